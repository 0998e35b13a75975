"""Channels, units and features, and layers that work on vectors and sequences."""

from __future__ import annotations

import math

from extraction.flow.completion.draft import Node, titled
from extraction.flow.completion.fit import Known, known, with_axes
from extraction.flow.completion.inputs import FILTERS
from extraction.flow.completion.step import State, Step, agrees
from extraction.flow.completion.traits import (
    ATTENTION,
    CONV_RECURRENT,
    KEEPS_SHAPE,
    PLACEHOLDERS,
    RECURRENT,
    channels_per_unit,
)
from extraction.flow.problems import sizes

#: What is assumed where neither the drawing nor its shapes tell.
UNITS, FEATURES, CLASSES = 128, 128, 10
#: A dense layer of the largest networks in use has half as many (VGG: 103 million).
MOST_WEIGHTS = 200_000_000


class Vectors(Step):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.prepares = {
            "Dense": self._dense,
            "Reshape": self._reshape,
            "Permute": self._permute,
            "GroupNormalization": self._groups,
            **dict.fromkeys(RECURRENT | CONV_RECURRENT, self._recurrent),
            **dict.fromkeys(ATTENTION, self._attention),
        }

    def channels(self, node: Node, name: str) -> None:
        if node.get(name) is not None:
            return
        per_unit = channels_per_unit(node.type, node.get("merge_mode"))
        wanted = self.outlook.channels(node.id)
        if wanted is not None and wanted % per_unit == 0:
            reason = "its channels are printed" if node.printed else "the layers that it is joined with call for it"
            self.infer(node, name, wanted // per_unit, reason)
            return
        value = self._usual_channels(node, name)
        as_before = name == "filters" and value == (self.input_shape(node) or (0,))[-1]
        self.assume(node, name, value, "not printed; as many as go in" if as_before else "not printed; a usual number")
        self.outlook.settle_channels(node.id, value * per_unit)

    def _usual_channels(self, node: Node, name: str) -> int:
        if name == "output_dim":
            return FEATURES
        if name == "units":
            return CLASSES if node.type == "Dense" and self._ends(node) else UNITS
        before = (self.input_shape(node) or (FILTERS,))[-1]
        groups = node.get("groups") or 1
        usual = before if before >= 8 else FILTERS
        return int(usual if usual % groups == 0 else groups * max(1, usual // groups))

    def _ends(self, node: Node) -> bool:
        """Nothing with weights follows: its outputs are the network's."""
        for _ in range(8):
            targets = self.outputs[node.id]
            if not targets:
                return True
            if len(targets) > 1:
                return all(self.draft.nodes[i].type == "Output" for i in targets)
            node = self.draft.nodes[targets[0]]
            if node.type not in KEEPS_SHAPE - PLACEHOLDERS:
                return False
        return False

    def _dense(self, node: Node) -> None:
        shape, printed = self.input_shape(node), node.printed
        assert shape is not None
        if len(shape) > 1:
            source = self.source(node)
            along = printed is not None and len(printed) == len(shape) and agrees(printed[:-1], shape[:-1])
            per_step = source.id in self.sequences and len(shape) == 2 and (printed is None or len(printed) != 1)
            if not along and not per_step:
                self.fit.replace_input(node, 0, self._as_vector(source, node, shape))
        elif printed and None not in printed and sum(size != 1 for size in printed if size) > 1:
            total = math.prod(size or 1 for size in printed)
            if node.get("units") in (None, total, printed[-1]):
                if node.get("units") != total:
                    self.draft.drop(node, "units")
                self.infer(node, "units", total, f"{sizes(printed)} is printed")
                self.add_after(node, "reshape", "Reshape", {"target_shape": printed}, f"{sizes(printed)} is printed")

    def _as_vector(self, source: Node, node: Node, shape: Known) -> Node:
        """Flattened, as custom has it, unless that would take more weights than any machine has room for."""
        weights = math.prod(shape) * int(node.get("units") or UNITS)
        if weights <= MOST_WEIGHTS or len(shape) > 4:
            return self.fit.axes(source, node, 1, "a vector")
        reason = f"flattening {sizes(shape)} would give {titled(node)} {weights:,} weights"
        kind = f"GlobalAveragePooling{len(shape) - 1}D"
        return self.fit.insert(source, node, "gap", kind, {"keepdims": False}, reason)

    def _recurrent(self, node: Node) -> None:
        if node.type in CONV_RECURRENT:
            rank = (node.row.rank or 2) - 1
            self.assume(node, "kernel_size", (3,) * rank, "its size is not printed; a usual one")
            self.assume(node, "padding", "same", "not printed; the usual choice")
            whole = (node.row.rank or 0) + 1
        else:
            whole = 2
        if node.get("return_sequences") is None:
            needed = self.outlook.axes.get(node.id, 0) >= whole
            if node.printed is not None:
                needed = len(node.printed) == whole
            if needed:
                self.infer(node, "return_sequences", True, "what follows takes every step")
            else:
                self.assume(node, "return_sequences", False, "what follows takes one result")

    def _attention(self, node: Node) -> None:
        shape = self.input_shape(node)
        assert shape is not None
        features = shape[-1]
        if node.type == "MultiHeadAttention":
            heads = next(h for h in (8, 4, 2, 1) if features % h == 0)
            self.assume(node, "num_heads", heads, "not printed; a usual number that divides the features")
            width = max(1, features // int(node.get("num_heads")))
            self.assume(node, "key_dim", width, "not printed; the features shared among the heads")
        elif node.type == "GroupQueryAttention":
            heads = next(h for h in (8, 4, 2, 1) if features % h == 0)
            self.assume(node, "num_query_heads", heads, "not printed; a usual number that divides the features")
            width = max(1, features // int(node.get("num_query_heads")))
            self.assume(node, "head_dim", width, "not printed; the features shared among the heads")
        elif (key := known(self.draft.nodes[node.inputs[-1]])) and key[-1] != features:
            reason = f"{titled(node)} compares queries and keys, which need equal features"
            self.fit.replace_input(node, 0, self.fit.channels(self.source(node), node, key[-1], reason))

    def _groups(self, node: Node) -> None:
        channels = (self.input_shape(node) or (1,))[-1]
        groups = next(n for n in (32, 16, 8, 4, 2, 1) if channels % n == 0)
        if node.get("axis") in (None, -1):
            self.assume(node, "groups", groups, "not printed; a usual number that divides the channels")

    def _reshape(self, node: Node) -> None:
        shape = self.input_shape(node)
        if shape is None or node.get("target_shape") is not None:
            return
        total, printed = math.prod(shape), node.printed
        if printed and None not in printed and math.prod(size or 1 for size in printed) == total:
            self.infer(node, "target_shape", printed, f"{sizes(printed)} is printed")
            return
        axes = self.outlook.axes.get(node.id, 1)
        target = with_axes(shape, axes)
        self.assume(node, "target_shape", target, "not printed; it suits what follows")

    def _permute(self, node: Node) -> None:
        axes = len(self.input_shape(node) or (1,))
        self.assume(
            node,
            "dims",
            (*range(2, axes), 1, axes) if axes > 2 else (2, 1) if axes == 2 else (1,),
            "not printed; a usual order",
        )
