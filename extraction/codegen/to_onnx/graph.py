"""An ONNX graph in the making: operations, weights with their first values, and on which side channels stand.

Maps have their channels first, as all of ONNX's operations want them; sequences have them last. It is the order of the
PyTorch code.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from extraction.codegen.code import Refusal
from extraction.codegen.plan import Node, Sizes

Array = Any
#: A model in one file holds less than 2 GB.
MAX_NUMBERS = 400_000_000


@dataclass(slots=True)
class Graph:
    nodes: list[NodeProto] = field(default_factory=list)
    weights: list[TensorProto] = field(default_factory=list)
    #: Layer id of the flow -> the tensor that holds its result, and whether its channels come first.
    tensors: dict[str, str] = field(default_factory=dict)
    first: dict[str, bool] = field(default_factory=dict)
    _turned: dict[tuple[str, bool], str] = field(default_factory=dict)
    _numbers: int = 0

    def op(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add an operation; its one result has its name."""
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, name: str, shape: Sizes, value: float | None = None) -> str:
        """A weight that is learnt: one number everywhere, else small random ones that depend on its name alone."""
        self._make_room(math.prod(shape))
        if value is None:
            fan = max(1, math.prod(shape[1:]))
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            array = ((rng.random(shape, dtype=np.float32) * 2 - 1) / np.float32(math.sqrt(fan))).astype(np.float32)
        else:
            array = np.full(shape, value, np.float32)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def _make_room(self, count: int) -> None:
        """Before anything is put into memory.

        Raises:
            Refusal: there would be more numbers than a file holds.
        """
        self._numbers += count
        if self._numbers > MAX_NUMBERS:
            raise Refusal("onnx", None, f"there are too many numbers for one file; at most {MAX_NUMBERS:,} are written")

    def filled(self, name: str, shape: Sizes, value: float) -> str:
        """A constant that is the same everywhere."""
        self._make_room(math.prod(shape))
        return self.numbers(name, np.full(shape, value, np.float32))

    def ahead(self, name: str, steps: int, sources: int) -> str:
        """What is added to scores so that no step looks at a later one."""
        self._make_room(3 * steps * sources)
        return self.numbers(name, np.triu(np.full((steps, sources), -1e9, np.float32), 1))

    def numbers(self, name: str, values: Any, shape: Sizes | None = None) -> str:
        """Constants of single precision."""
        array = np.asarray(values, np.float32)
        self.weights.append(numpy_helper.from_array(array if shape is None else array.reshape(shape), name))
        return name

    def whole(self, name: str, values: Sequence[int]) -> str:
        """Constant whole numbers: sizes, axes."""
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
        return name

    def given(self, node: Node) -> str:
        """The tensor as it stands."""
        return self.tensors[node.id]

    def of(self, node: Node, first: bool) -> str:
        """The tensor with its channels on the wanted side."""
        tensor, rank = self.tensors[node.id], len(node.shape)
        if rank < 2 or self.first[node.id] == first:
            return tensor
        if (node.id, first) not in self._turned:
            order = [0, rank, *range(1, rank)] if first else [0, *range(2, rank + 1), 1]
            name = f"{node.name}_channels_{'first' if first else 'last'}"
            self._turned[node.id, first] = self.op("Transpose", [tensor], name, perm=order)
        return self._turned[node.id, first]

    def axis(self, node: Node, axis: int) -> int:
        """ONNX's number of an axis (from 0, without the batch, channels last) of a node's tensor as it stands."""
        last = len(node.shape) - 1
        if last == 0 or not self.first[node.id]:
            return axis + 1
        return 1 if axis == last else axis + 2

    def along(self, node: Node, axis: int, values: Sequence[float]) -> tuple[list[float], Sizes]:
        """One number, or one for each place of an axis, in a shape that spreads over the node's tensor."""
        if len(values) == 1:
            return list(values), ()
        sizes = [1] * (len(node.shape) + 1)
        sizes[self.axis(node, axis)] = len(values)
        return list(values), tuple(sizes)


def sizes_of(node: Node, first: bool) -> Sizes:
    """Sizes without the batch, as the tensor has them."""
    return (node.shape[-1], *node.shape[:-1]) if first and len(node.shape) > 1 else node.shape
