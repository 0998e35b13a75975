"""What acts along the channels alone."""

from __future__ import annotations

from extraction.codegen.plan import Node
from extraction.codegen.to_onnx.graph import Graph
from extraction.codegen.to_onnx.plain import as_input


def _axis(node: Node, graph: Graph) -> int:
    return graph.axis(node.input, len(node.input.shape) - 1)


def slice_(node: Node, graph: Graph) -> str:
    tensor, name = as_input(node, graph), node.name
    bounds = {"starts": node.whole("start"), "ends": node.whole("stop"), "axes": _axis(node, graph)}
    return graph.op("Slice", [tensor, *(graph.whole(f"{name}.{key}", [n]) for key, n in bounds.items())], name)


def bias(node: Node, graph: Graph) -> str:
    tensor, sizes = as_input(node, graph), [1] * len(node.shape)
    sizes[_axis(node, graph) - 1] = node.shape[-1]
    return graph.op("Add", [tensor, graph.weight(f"{node.name}.bias", tuple(sizes), 0.0)], node.name)


def arg_max(node: Node, graph: Graph) -> str:
    tensor = as_input(node, graph)
    found = graph.op("ArgMax", [tensor], f"{node.name}_number", axis=_axis(node, graph), keepdims=1)
    return graph.op("Cast", [found], node.name, to=1)
