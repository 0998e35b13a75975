"""Convolutions, pooling, borders and resizing in ONNX. All of them take channels first."""

from __future__ import annotations

from typing import Any

from extraction.codegen.plan import Node, Pads
from extraction.codegen.to_onnx.graph import Graph


def _pads(pads: Pads) -> list[int]:
    """As ONNX has them: all that lies before, then all that lies behind."""
    return [before for before, _ in pads] + [after for _, after in pads]


def _window(node: Node, pads: Pads | None = None) -> dict[str, Any]:
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    around = node.pads(kernel, strides, dilation) if pads is None else pads
    return {"kernel_shape": kernel, "strides": strides, "dilations": dilation, "pads": _pads(around)}


def _bias(node: Node, graph: Graph, outputs: int) -> list[str]:
    return [graph.weight(f"{node.name}.bias", (outputs,), 0.0)] if node.flag("use_bias") else []


def convolution(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    filters, groups = node.whole("filters"), node.whole("groups")
    weight = graph.weight(f"{node.name}.weight", (filters, node.channels // groups, *node.sizes("kernel_size")))
    inputs = [graph.of(node.input, True), weight, *_bias(node, graph, filters)]
    return graph.op("Conv", inputs, node.name, group=groups, **_window(node))


def depthwise(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    outputs = node.channels * node.whole("depth_multiplier")
    weight = graph.weight(f"{node.name}.weight", (outputs, 1, *node.sizes("kernel_size")))
    inputs = [graph.of(node.input, True), weight, *_bias(node, graph, outputs)]
    return graph.op("Conv", inputs, node.name, group=node.channels, **_window(node))


def separable(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    between, filters, kernel = (
        node.channels * node.whole("depth_multiplier"),
        node.whole("filters"),
        node.sizes("kernel_size"),
    )
    each = graph.weight(f"{node.name}.depthwise", (between, 1, *kernel))
    inputs = [graph.of(node.input, True), each]
    alone = graph.op("Conv", inputs, f"{node.name}_depthwise", group=node.channels, **_window(node))
    mixing = graph.weight(f"{node.name}.pointwise", (filters, between, *[1] * len(kernel)))
    return graph.op("Conv", [alone, mixing, *_bias(node, graph, filters)], node.name, kernel_shape=[1] * len(kernel))


def transposed(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    full = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(node.spatial, strides, kernel, dilation, strict=True)]
    cuts = [has - wants for has, wants in zip(full, node.shape[:-1], strict=True)]
    extra = [max(-cut, 0) for cut in cuts]
    if any(more >= max(s, d) for more, s, d in zip(extra, strides, dilation, strict=True)):
        raise node.refuse("ONNX can't make a transposed convolution's output that much larger")
    pads = tuple((max(cut, 0) // 2, max(cut, 0) - max(cut, 0) // 2) for cut in cuts)
    filters = node.whole("filters")
    weight = graph.weight(f"{node.name}.weight", (node.channels, filters, *kernel))
    inputs = [graph.of(node.input, True), weight, *_bias(node, graph, filters)]
    return graph.op("ConvTranspose", inputs, node.name, output_padding=extra, **_window(node, pads))


def pooling(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    kernel, strides = node.sizes("pool_size"), node.strides("pool_size")
    said: dict[str, Any] = {"kernel_shape": kernel, "strides": strides, "pads": _pads(node.pads(kernel, strides))}
    if node.type.startswith("Max"):
        return graph.op("MaxPool", [graph.of(node.input, True)], node.name, **said)
    counted = int(not isinstance(node.get("padding"), str))
    return graph.op("AveragePool", [graph.of(node.input, True)], node.name, count_include_pad=counted, **said)


def adaptive_pooling(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    wanted = node.sizes("output_size")
    if any(n % w for n, w in zip(node.spatial, wanted, strict=True)):
        raise node.refuse("ONNX pools windows of equal size, and the output's size does not divide the input's")
    steps = [n // w for n, w in zip(node.spatial, wanted, strict=True)]
    kind = "MaxPool" if "Max" in node.type else "AveragePool"
    return graph.op(kind, [graph.of(node.input, True)], node.name, kernel_shape=steps, strides=steps)


def global_pooling(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    given, largest = graph.of(node.input, True), "Max" in node.type
    if node.flag("keepdims"):
        return graph.op("GlobalMaxPool" if largest else "GlobalAveragePool", [given], node.name)
    axes = graph.whole(f"{node.name}.axes", range(2, 2 + len(node.spatial)))
    return graph.op("ReduceMax" if largest else "ReduceMean", [given, axes], node.name, keepdims=0)


def up_sampling(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    mode = node.word("interpolation") if node.type == "UpSampling2D" else "nearest"
    scales = graph.numbers(f"{node.name}.scales", [1, 1, *node.sizes("size")])
    return _resized(node, graph, mode, [graph.of(node.input, True), "", scales], "asymmetric", "floor")


def resizing(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    axes = {"axes": [2, 3]}
    sizes = graph.whole(f"{node.name}.sizes", node.shape[:2])
    inputs = [graph.of(node.input, True), "", "", sizes]
    return _resized(node, graph, node.word("interpolation"), inputs, "half_pixel", "round_prefer_ceil", **axes)


def _resized(node: Node, graph: Graph, mode: str, inputs: list[str], place: str, rounding: str, **more: Any) -> str:
    if mode == "nearest":
        said = {"mode": "nearest", "coordinate_transformation_mode": place, "nearest_mode": rounding}
    elif mode == "bilinear":
        said = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    else:
        raise node.refuse(f"ONNX has no {mode} interpolation that is Keras's")
    return graph.op("Resize", inputs, node.name, **said, **more)


def zero_padding(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    pads = ((0, 0), (0, 0), *node.border("padding"))
    return graph.op("Pad", [graph.of(node.input, True), graph.whole(f"{node.name}.pads", _pads(pads))], node.name)


def cropping(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    border, rank = node.border("cropping"), len(node.spatial)
    starts = graph.whole(f"{node.name}.starts", [before for before, _ in border])
    ends = graph.whole(f"{node.name}.ends", [n - after for n, (_, after) in zip(node.spatial, border, strict=True)])
    axes = graph.whole(f"{node.name}.axes", range(2, 2 + rank))
    return graph.op("Slice", [graph.of(node.input, True), starts, ends, axes], node.name)


def lrn(node: Node, graph: Graph) -> str:
    graph.first[node.id] = True
    said = {"alpha": "alpha", "beta": "beta", "bias": "k"}
    numbers = {name: float(node.number(parameter)) for name, parameter in said.items()}
    return graph.op("LRN", [graph.of(node.input, True)], node.name, size=node.whole("size"), **numbers)
