"""A completed flow in the order in which code is written: models, nodes, their shapes and values.

Everything here holds for every framework; the emitters read nodes and write text.
"""

from __future__ import annotations

import keyword
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from extraction.codegen.code import Refusal
from extraction.flow.catalogue import CATALOGUE
from extraction.flow.graph import components
from extraction.flow.model import Flow, Layer
from extraction.flow.rules.einsum import einsum_sizes
from extraction.flow.rules.wrapped import inner_layer
from extraction.flow.values import margins, per_axis

Sizes = tuple[int, ...]
#: Zeros before and after, for each spatial axis.
Pads = tuple[tuple[int, int], ...]

#: Names that the written code, or a PyTorch module, uses for itself.
RESERVED = frozenset(
    (
        *(
            "keras",
            "layers",
            "ops",
            "torch",
            "nn",
            "F",
            "np",
            "self",
            "super",
            "log",
            "stand_in",
            "join_directions",
            "average_pool",
            "rescale",
            "standardize",
            "LowestPadding",
            "AbsVal",
            "PowerLaw",
            "Logarithm",
            "Exponential",
            "Threshold",
            "MVN",
            "Slice",
            "Bias",
            "ArgMax",
            "even_maps",
        ),
        *("build", "train", "made_up_examples", "model", "inputs", "targets", "optimizer", "loss", "schedule"),
        *("BATCH_SIZE", "EPOCHS", "LOSSES", "INPUTS", "OUTPUTS", "Placeholder", "LocalResponseNormalization"),
        *(
            "MultiHeadAttention",
            "DotAttention",
            "AdditiveAttention",
            "ConvLSTM",
            "LayerScale",
            "StochasticDepth",
            "Measured",
            "each_step",
            "sum",
            "len",
            "float",
            "tuple",
            "zip",
            "print",
        ),
        *("range", "list", "isinstance", "any", "type", "forward", "training", "parameters", "buffers", "modules"),
        *("children", "named_parameters", "named_buffers", "named_modules", "named_children", "state_dict"),
        *("load_state_dict", "register_buffer", "register_parameter", "register_module", "add_module", "apply"),
        *("eval", "to", "to_empty", "cpu", "cuda", "xpu", "ipu", "mtia", "half", "double", "bfloat16", "compile"),
        *("zero_grad", "requires_grad_", "share_memory", "extra_repr", "get_submodule", "set_submodule"),
        *("get_parameter", "get_buffer", "get_extra_state", "set_extra_state", "call_super_init", "dump_patches"),
    )
)


@dataclass(slots=True)
class Node:
    """One layer of a completed flow, with what its code needs to know."""

    layer: Layer
    name: str
    inputs: list[Node] = field(default_factory=list)
    outputs: list[Node] = field(default_factory=list)
    framework: str = ""

    @property
    def id(self) -> str:
        return self.layer.id

    @property
    def type(self) -> str:
        return self.layer.type

    @property
    def shape(self) -> Sizes:
        """The output's sizes without the batch, channels last."""
        shape = self.layer.output_shape
        if shape is None or any(size is None for size in shape):
            raise self.refuse("the size of its output is not known")
        return tuple(int(size) for size in shape if size is not None)

    @property
    def input(self) -> Node:
        if not self.inputs:
            raise self.refuse("nothing leads into it")
        return self.inputs[0]

    @property
    def channels(self) -> int:
        """Channels of its (first) input."""
        return self.input.shape[-1] if self.input.shape else 1

    @property
    def spatial(self) -> Sizes:
        """Spatial sizes of its (first) input."""
        return self.input.shape[:-1]

    def given(self, name: str) -> bool:
        return self.layer.params.get(name) is not None

    def get(self, name: str) -> Any:
        """A parameter's value, or what Keras assumes for it."""
        value = self.layer.params.get(name)
        if value is not None:
            return value
        row = CATALOGUE.get(self.type)
        parameter = row.parameter(name) if row else None
        if parameter is None or parameter.required:
            raise self.refuse(f"its `{name}` is not known")
        return parameter.default

    def whole(self, name: str) -> int:
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self.refuse(f"its `{name}` must be a whole number")
        return int(value)

    def number(self, name: str) -> float:
        value = self.get(name)
        if not _is_number(value):
            raise self.refuse(f"its `{name}` must be a number")
        return int(value) if value == int(value) and abs(value) < 1e9 else float(value)

    def numbers(self, name: str) -> tuple[float, ...]:
        """A parameter that is one number or one for each channel, as numbers."""
        value = self.get(name)
        rows = list(value) if isinstance(value, list | tuple) else [value]
        if not rows or not all(_is_number(row) for row in rows):
            raise self.refuse(f"its `{name}` must be a number, or one for each channel")
        return tuple(int(row) if row == int(row) and abs(row) < 1e9 else float(row) for row in rows)

    def flag(self, name: str) -> bool:
        return bool(self.get(name))

    def word(self, name: str) -> str:
        """A parameter that is one of a few words; never other text."""
        value = self.get(name)
        row = CATALOGUE.get(self.type)
        parameter = row.parameter(name) if row else None
        if parameter is None or value not in parameter.choices:
            raise self.refuse(f"its `{name}` is not one of {', '.join(parameter.choices if parameter else ())}")
        return str(value)

    def sizes(self, name: str, rank: int | None = None) -> Sizes:
        """A parameter that is one number or one for each spatial axis, as one for each."""
        rank = len(self.spatial) if rank is None else rank
        numbers = self.whole_numbers(name)
        if len(numbers) not in (1, rank):
            raise self.refuse(f"its `{name}` has {len(numbers)} numbers, its input has {rank} spatial axes")
        return per_axis(list(numbers), rank)

    def whole_numbers(self, name: str) -> Sizes:
        value = self.get(name)
        numbers = list(value) if isinstance(value, list | tuple) else [value]
        if not numbers or not all(_is_whole(number) for number in numbers):
            raise self.refuse(f"its `{name}` must be whole numbers")
        return tuple(int(number) for number in numbers)

    def strides(self, window: str = "") -> Sizes:
        """Strides; where nothing is said, as long as the window (pooling) or 1."""
        if window and self.get("strides") is None:
            return self.sizes(window)
        return self.sizes("strides")

    def border(self, name: str) -> Pads:
        """`padding` or `cropping` of a layer that only does that: (before, after) for each spatial axis."""
        return margins(self.get(name), len(self.spatial))

    def pads(self, window: Sizes, strides: Sizes, dilation: Sizes | None = None) -> Pads:
        """Zeros around the input that its `padding` means, sides told apart as Keras does."""
        padding = self.get("padding")
        if padding == "causal":
            rates = dilation or (1,) * len(window)
            return tuple(((kernel - 1) * rate, 0) for kernel, rate in zip(window, rates, strict=True))
        if padding == "valid":
            return ((0, 0),) * len(window)
        if padding != "same":
            return tuple((size, size) for size in self.sizes("padding", len(window)))
        pads = []
        for size, kernel, stride, rate in zip(
            self.spatial, window, strides, dilation or (1,) * len(window), strict=True
        ):
            reach = (kernel - 1) * rate + 1
            total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
            pads.append((total // 2, total - total // 2))
        return tuple(pads)

    def axis(self, name: str = "axis") -> int:
        """An axis of its input's shape, counted from 0 without the batch."""
        axis, rank = self.whole(name), len(self.input.shape)
        index = rank + axis if axis < 0 else axis - 1
        if not 0 <= index < rank:
            raise self.refuse(f"its `{name}` {axis} is no axis of its input")
        return index

    def einsum(self) -> tuple[Sizes, Sizes, Sizes | None]:
        """Sizes of output, weights and bias of an `EinsumDense`; its equation holds letters alone."""
        sizes = self.whole_numbers("output_shape")
        try:
            found = einsum_sizes(self.get("equation"), sizes, self.get("bias_axes"), self.input.shape)
        except ValueError as error:
            raise self.refuse(str(error)) from error
        output, kernel, bias = (None if one is None else tuple(n or 0 for n in one) for one in found)
        return output or (), kernel or (), bias

    def activation(self, name: str = "activation") -> str:
        """Its activation function; `linear` for none."""
        row = CATALOGUE.get(self.type)
        if row is None or row.parameter(name) is None:
            return "linear"
        return self.word(name)

    def refuse(self, reason: str) -> Refusal:
        return Refusal(self.framework, self.id, reason, name=self.name)

    @property
    def is_placeholder(self) -> bool:
        return self.type in ("Block", "Unknown")

    def where_from(self, name: str) -> str:
        """The provenance of a value; the `shape` of an input may be known as what it gives."""
        source = self.layer.provenance.get(name, "")
        return source or (self.layer.provenance.get("output_shape", "") if name == "shape" else "")


@dataclass(slots=True)
class Part:
    """A connected part of the flow: one model."""

    nodes: list[Node]
    index: int
    #: Its name in code: `lenet_5`.
    slug: str
    #: Its name as a class: `LeNet5`.
    class_name: str

    @property
    def inputs(self) -> list[Node]:
        return [node for node in self.nodes if node.type == "Input"]

    @property
    def outputs(self) -> list[Node]:
        return [node for node in self.nodes if node.type == "Output" or not node.outputs]

    @property
    def vocabulary(self) -> int:
        """The smallest vocabulary of its embeddings: whole-number inputs stay below it."""
        return min((node.whole("input_dim") for node in self.nodes if node.type == "Embedding"), default=2)


def inner_node(node: Node, name: str, shape: Sizes, output: Sizes) -> Node:
    """The layer inside of a wrapper, on an input of that name and shape."""
    source = Node(Layer(f"{node.id}.in", "Input", output_shape=shape), name, framework=node.framework)
    inner = replace(inner_layer(node.layer), output_shape=output)
    return Node(inner, node.name, [source], framework=node.framework)


def plan(flow: Flow, framework: str) -> list[Part]:
    """The models of a completed flow. Its layers come in an order in which they can be computed."""
    names: dict[str, str] = {}
    nodes = {layer.id: Node(layer, _name(layer, names), framework=framework) for layer in flow.layers}
    for connection in flow.connections:
        source, target = nodes[connection.source], nodes[connection.target]
        target.inputs.append(source)
        source.outputs.append(target)
    groups: dict[str, list[Node]] = {}
    for layer_id, first in components(flow).items():
        groups.setdefault(first, []).append(nodes[layer_id])
    slug = identifier(flow.name.lower(), "network")
    base = _class_name(identifier(flow.name, "network"))
    several = len(groups) > 1
    return [
        Part(group, i, f"{slug}_{i + 1}" if several else slug, f"{base}{i + 1}" if several else base)
        for i, group in enumerate(groups.values())
    ]


def deviations(node: Node) -> tuple[float, ...]:
    """Of a `Normalization` whose variance is given; as in Keras, less than 1e-7 counts as that."""
    return tuple(round(max(variance**0.5, 1e-7), 9) for variance in node.numbers("variance"))


def scaled(node: Node, x: str) -> str:
    """`scale * x + shift` of the layers that do arithmetic on it."""
    scale, shift = node.number("scale"), node.number("shift")
    text = x if scale == 1 else f"{scale!r} * {x}"
    return f"{text} {'-' if shift < 0 else '+'} {abs(shift)!r}" if shift else text


def identifier(text: str, otherwise: str) -> str:
    """A Python name out of any text."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:60].strip("_")
    if not name:
        return otherwise
    if name[0].isdigit():
        name = f"{otherwise}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in RESERVED else name


def _class_name(slug: str) -> str:
    name = "".join(word[:1].upper() + word[1:] for word in slug.split("_"))
    return f"{name}Network" if keyword.iskeyword(name) or name in RESERVED else name


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and number == int(number)


def _name(layer: Layer, taken: dict[str, str]) -> str:
    wanted = identifier(layer.name or layer.id, "layer")
    name, count = wanted, 2
    while name in taken:
        name, count = f"{wanted}_{count}", count + 1
    taken[name] = layer.id
    return name
