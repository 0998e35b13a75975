"""Dense layers, normalisation, activations, merges and reshaping in ONNX."""

from __future__ import annotations

import math
from typing import Any

from extraction.codegen.plan import Node, deviations
from extraction.codegen.to_onnx.graph import Graph, sizes_of

#: Activations that are one operation, with its attributes.
SIMPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "celu": ("Celu", {}),
    "gelu": ("Gelu", {}),
    "mish": ("Mish", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_swish": ("HardSwish", {}),
    "hard_silu": ("HardSwish", {}),
    "exponential": ("Exp", {}),
}


def activate(node: Node, graph: Graph, function: str, tensor: str, name: str) -> str:
    """An activation of the node's own shape."""
    axis = 1 if graph.first[node.id] and len(node.shape) > 1 else -1
    if function in SIMPLE:
        kind, said = SIMPLE[function]
        return graph.op(kind, [tensor], name, **said)
    match function:
        case "linear":
            return tensor
        case "softmax" | "log_softmax":
            return graph.op("Softmax" if function == "softmax" else "LogSoftmax", [tensor], name, axis=axis)
        case "silu" | "swish":
            return graph.op("Mul", [tensor, graph.op("Sigmoid", [tensor], f"{name}_gate")], name)
        case "relu6":
            return _clip(graph, tensor, name, 0, 6)
        case "hard_tanh":
            return _clip(graph, tensor, name, -1, 1)
        case "log_sigmoid":
            opposite = graph.op("Neg", [tensor], f"{name}_opposite")
            return graph.op("Neg", [graph.op("Softplus", [opposite], f"{name}_softplus")], name)
    raise node.refuse(f"ONNX has no activation `{function}`")


def _clip(graph: Graph, tensor: str, name: str, least: float, most: float | None) -> str:
    ends = [graph.numbers(f"{name}.min", least)]
    ends += [graph.numbers(f"{name}.max", most)] if most is not None else []
    return graph.op("Clip", [tensor, *ends], name)


def as_input(node: Node, graph: Graph) -> str:
    graph.first[node.id] = graph.first[node.input.id]
    return graph.given(node.input)


def dense(node: Node, graph: Graph) -> str:
    graph.first[node.id] = False
    units, given, row = node.whole("units"), graph.of(node.input, False), len(node.input.shape) == 1
    sizes = (units, node.channels) if row else (node.channels, units)
    weight = graph.weight(f"{node.name}.weight" if row else f"{node.name}.kernel", sizes)
    bias = [graph.weight(f"{node.name}.bias", (units,), 0.0)] if node.flag("use_bias") else []
    if row:
        return graph.op("Gemm", [given, weight, *bias], node.name, transB=1)
    product = graph.op("MatMul", [given, weight], f"{node.name}_product" if bias else node.name)
    return graph.op("Add", [product, *bias], node.name) if bias else product


def time_distributed(node: Node, graph: Graph) -> str:
    if node.layer.params.get("layer", "Dense") != "Dense":
        raise node.refuse("ONNX repeats no other layer than a product over steps")
    return dense(node, graph)


def passes(node: Node, graph: Graph) -> str:
    return as_input(node, graph)


def placeholder(node: Node, graph: Graph) -> str:
    if len(node.inputs) != 1 or node.input.shape != node.shape:
        raise node.refuse(
            "its inside is not shown, and a stand-in that changes the size is code, which ONNX has none of"
        )
    return as_input(node, graph)


def activation(node: Node, graph: Graph) -> str:
    tensor = as_input(node, graph)
    return activate(node, graph, node.word("activation"), tensor, node.name)


def relu(node: Node, graph: Graph) -> str:
    tensor = as_input(node, graph)
    slope, most, threshold = node.number("negative_slope"), node.get("max_value"), node.number("threshold")
    if threshold:
        raise node.refuse("a ReLU with a threshold has no operation in ONNX")
    if not slope:
        return graph.op("Relu", [tensor], node.name) if most is None else _clip(graph, tensor, node.name, 0, most)
    bent = graph.op("LeakyRelu", [tensor], node.name if most is None else f"{node.name}_bent", alpha=float(slope))
    return bent if most is None else graph.op("Min", [bent, graph.numbers(f"{node.name}.max", most)], node.name)


def with_alpha(kind: str, parameter: str) -> Any:
    def emit(node: Node, graph: Graph) -> str:
        return graph.op(kind, [as_input(node, graph)], node.name, alpha=float(node.number(parameter)))

    return emit


def prelu(node: Node, graph: Graph) -> str:
    tensor, rank = as_input(node, graph), len(node.shape)
    shared = set(node.whole_numbers("shared_axes")) if node.get("shared_axes") is not None else set()
    sizes = tuple(1 if axis in shared else n for axis, n in enumerate(node.shape, 1))
    if graph.first[node.id] and rank > 1:
        sizes = (sizes[-1], *sizes[:-1])
    return graph.op("PRelu", [tensor, graph.weight(f"{node.name}.slope", sizes, 0.0)], node.name)


def softmax(node: Node, graph: Graph) -> str:
    tensor = as_input(node, graph)
    return graph.op("Softmax", [tensor], node.name, axis=graph.axis(node.input, node.axis()))


def dropout(node: Node, graph: Graph) -> str:
    return graph.op(
        "Dropout", [as_input(node, graph), graph.numbers(f"{node.name}.ratio", node.number("rate"))], node.name
    )


def rescaling(node: Node, graph: Graph) -> str:
    return _scaled(node, graph, len(node.shape) - 1, node.numbers("scale"), node.numbers("offset"))


def _scaled(node: Node, graph: Graph, axis: int, scale: Any, offset: Any) -> str:
    tensor = as_input(node, graph)
    factor = graph.numbers(f"{node.name}.factor", *graph.along(node.input, axis, scale))
    if not any(offset):
        return graph.op("Mul", [tensor, factor], node.name)
    shift = graph.numbers(f"{node.name}.offset", *graph.along(node.input, axis, offset))
    return graph.op("Add", [graph.op("Mul", [tensor, factor], f"{node.name}_scaled"), shift], node.name)


def normalization(node: Node, graph: Graph) -> str:
    if node.get("mean") is None:
        raise node.refuse("its mean and variance are measured on data, for which ONNX has no operation of its own")
    means, sizes = node.numbers("mean"), deviations(node)
    if node.flag("invert"):
        return _scaled(node, graph, node.axis(), sizes, means)
    tensor = as_input(node, graph)
    mean = graph.numbers(f"{node.name}.middle", *graph.along(node.input, node.axis(), means))
    deviation = graph.numbers(f"{node.name}.deviation", *graph.along(node.input, node.axis(), sizes))
    return graph.op("Div", [graph.op("Sub", [tensor, mean], f"{node.name}_centred"), deviation], node.name)


def elementwise(node: Node, graph: Graph) -> str:
    """Arithmetic on every value alone."""
    tensor, name = as_input(node, graph), node.name
    if node.type == "AbsVal":
        return graph.op("Abs", [tensor], name)
    if node.type == "Threshold":
        limit = graph.numbers(f"{name}.limit", node.number("threshold"))
        return graph.op("Cast", [graph.op("Greater", [tensor, limit], f"{name}_above")], name, to=1)
    if (scale := node.number("scale")) != 1:
        tensor = graph.op("Mul", [tensor, graph.numbers(f"{name}.factor", scale)], f"{name}_scaled")
    if shift := node.number("shift"):
        tensor = graph.op("Add", [tensor, graph.numbers(f"{name}.offset", shift)], f"{name}_shifted")
    if node.type == "PowerLaw":
        return graph.op("Pow", [tensor, graph.numbers(f"{name}.power", node.number("power"))], name)
    kind, base = ("Log" if node.type == "Logarithm" else "Exp"), node.get("base")
    if base is None:
        return graph.op(kind, [tensor], name)
    number = graph.numbers(f"{name}.base", node.number("base") if kind == "Exp" else math.log(node.number("base")))
    if kind == "Exp":
        return graph.op("Pow", [number, tensor], name)
    return graph.op("Div", [graph.op("Log", [tensor], f"{name}_log"), number], name)


def mvn(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    name, x = node.name, graph.of(node.input, True)
    axes = graph.whole(f"{name}.axes", [1, 2, 3] if node.flag("across_channels") else [2, 3])
    variance = node.flag("normalize_variance")
    mean = graph.op("ReduceMean", [x, axes], f"{name}_mean")
    centred = graph.op("Sub", [x, mean], f"{name}_centred" if variance else name)
    if not variance:
        return centred
    squares = graph.op("Mul", [centred, centred], f"{name}_squares")
    root = graph.op("Sqrt", [graph.op("ReduceMean", [squares, axes], f"{name}_variance")], f"{name}_deviation")
    above = graph.op("Add", [root, graph.numbers(f"{name}.epsilon", node.number("epsilon"))], f"{name}_above")
    return graph.op("Div", [centred, above], name)


def layer_scale(node: Node, graph: Graph) -> str:
    tensor = as_input(node, graph)
    sizes = [1] * len(node.shape)
    sizes[graph.axis(node.input, len(node.shape) - 1) - 1] = node.shape[-1]
    weight = graph.weight(f"{node.name}.weight", tuple(sizes), float(node.number("init_values")))
    return graph.op("Mul", [tensor, weight], node.name)


def batch_norm(node: Node, graph: Graph) -> str:
    if node.axis() != len(node.shape) - 1:
        raise node.refuse("it normalises along another axis than the channels, which ONNX's operation can't")
    graph.first[node.id] = True
    name, size = node.name, (node.channels,)
    scale = graph.weight(f"{name}.scale" if node.flag("scale") else f"{name}.fixed_scale", size, 1.0)
    shift = graph.weight(f"{name}.shift" if node.flag("center") else f"{name}.fixed_shift", size, 0.0)
    measured = [graph.weight(f"{name}.mean", size, 0.0), graph.weight(f"{name}.variance", size, 1.0)]
    said = {"epsilon": float(node.number("epsilon")), "momentum": float(node.number("momentum"))}
    return graph.op("BatchNormalization", [graph.of(node.input, True), scale, shift, *measured], name, **said)


def _affine(node: Node, graph: Graph, size: tuple[int, ...]) -> tuple[str, str]:
    name = node.name
    scale = graph.weight(f"{name}.scale" if node.flag("scale") else f"{name}.fixed_scale", size, 1.0)
    return scale, graph.weight(f"{name}.shift" if node.flag("center") else f"{name}.fixed_shift", size, 0.0)


def _channels_only(node: Node) -> None:
    if node.axis() != len(node.shape) - 1:
        raise node.refuse("it normalises along another axis than the channels")


def layer_norm(node: Node, graph: Graph) -> str:
    _channels_only(node)
    graph.first[node.id] = False
    scale, shift = _affine(node, graph, (node.channels,))
    said = {"axis": -1, "epsilon": float(node.number("epsilon"))}
    return graph.op("LayerNormalization", [graph.of(node.input, False), scale, shift], node.name, **said)


def rms_norm(node: Node, graph: Graph) -> str:
    _channels_only(node)
    graph.first[node.id] = False
    name, x = node.name, graph.of(node.input, False)
    squares = graph.op("Mul", [x, x], f"{name}_squares")
    axes = graph.whole(f"{name}.axes", [-1])
    mean = graph.op("ReduceMean", [squares, axes], f"{name}_mean")
    above = graph.op("Add", [mean, graph.numbers(f"{name}.epsilon", node.number("epsilon"))], f"{name}_above")
    root = graph.op("Sqrt", [above], f"{name}_root")
    return graph.op(
        "Mul", [graph.op("Div", [x, root], f"{name}_whole"), graph.weight(f"{name}.scale", (node.channels,), 1.0)], name
    )


def group_norm(node: Node, graph: Graph) -> str:
    _channels_only(node)
    graph.first[node.id] = True
    name, groups = node.name, node.whole("groups")
    ones = [graph.filled(f"{name}.one", (groups,), 1.0), graph.filled(f"{name}.zero", (groups,), 0.0)]
    cut = graph.op(
        "Reshape", [graph.of(node.input, True), graph.whole(f"{name}.groups", [0, groups, -1])], f"{name}_cut"
    )
    even = graph.op("InstanceNormalization", [cut, *ones], f"{name}_even", epsilon=float(node.number("epsilon")))
    back = graph.op("Reshape", [even, graph.whole(f"{name}.sizes", [-1, *sizes_of(node, True)])], f"{name}_back")
    scale, shift = _affine(node, graph, (node.channels, *[1] * (len(node.shape) - 1)))
    return graph.op("Add", [graph.op("Mul", [back, scale], f"{name}_scaled"), shift], name)


def unit_norm(node: Node, graph: Graph) -> str:
    tensor = as_input(node, graph)
    return graph.op("LpNormalization", [tensor], node.name, axis=graph.axis(node.input, node.axis()), p=2)


def flatten(node: Node, graph: Graph) -> str:
    graph.first[node.id] = False
    return graph.op("Flatten", [graph.given(node.input)], node.name)


def reshape(node: Node, graph: Graph) -> str:
    graph.first[node.id] = False
    return graph.op(
        "Reshape", [graph.of(node.input, False), graph.whole(f"{node.name}.shape", [-1, *node.shape])], node.name
    )


def permute(node: Node, graph: Graph) -> str:
    graph.first[node.id] = False
    return graph.op("Transpose", [graph.of(node.input, False)], node.name, perm=[0, *node.whole_numbers("dims")])


def repeat_vector(node: Node, graph: Graph) -> str:
    graph.first[node.id] = False
    row = graph.op("Unsqueeze", [graph.given(node.input), graph.whole(f"{node.name}.axes", [1])], f"{node.name}_row")
    return graph.op("Tile", [row, graph.whole(f"{node.name}.repeats", [1, node.whole("n"), 1])], node.name)


MERGES = {"Add": "Sum", "Subtract": "Sub", "Multiply": "Mul", "Average": "Mean", "Maximum": "Max", "Minimum": "Min"}


def merge(node: Node, graph: Graph) -> str:
    """Value by value; a vector joins a map channel by channel, as in Keras."""
    ranks = {len(source.shape) for source in node.inputs}
    largest = max(node.inputs, key=lambda source: len(source.shape))
    first = graph.first[node.id] = graph.first[largest.id] and (len(ranks) == 1 or min(ranks) == 1)
    rank, terms = len(largest.shape), []
    for i, source in enumerate(node.inputs):
        term = graph.of(source, first)
        if missing := rank - len(source.shape):
            axes = range(2, 2 + missing) if first else range(1, 1 + missing)
            term = graph.op("Unsqueeze", [term, graph.whole(f"{node.name}.axes_{i}", axes)], f"{node.name}_input_{i}")
        terms.append(term)
    kind = MERGES[node.type]
    if kind not in ("Sub", "Mul") or len(terms) == 2:
        return graph.op("Add" if kind == "Sum" and len(terms) == 2 else kind, terms, node.name)
    tensor = terms[0]
    for i, term in enumerate(terms[1:], 2):
        tensor = graph.op(kind, [tensor, term], node.name if i == len(terms) else f"{node.name}_{i}")
    return tensor


def concatenate(node: Node, graph: Graph) -> str:
    first = graph.first[node.id] = graph.first[node.input.id]
    terms = [graph.of(source, first) for source in node.inputs]
    return graph.op("Concat", terms, node.name, axis=graph.axis(node.input, node.axis()))
