"""An ONNX model from a completed flow: operations by the layers' names, weights with their first values."""

from __future__ import annotations

from collections.abc import Mapping

import onnx
from onnx import TensorProto, ValueInfoProto, helper

from extraction.codegen.code import Model, Place, Refusal
from extraction.codegen.plan import Node, Part
from extraction.codegen.text import plain as one_line
from extraction.codegen.to_onnx.graph import MAX_NUMBERS, Graph, sizes_of
from extraction.codegen.to_onnx.layers import EMITTERS, OWN_ACTIVATION
from extraction.codegen.to_onnx.plain import activate
from extraction.codegen.writer import count
from extraction.flow.model import Flow

OPSET, IR_VERSION = 20, 9


def write(
    flow: Flow, parts: list[Part], parameters: Mapping[str, int | None], citation: str
) -> tuple[bytes, tuple[Model, ...], dict[str, Place]]:
    """The file, its one model, and where each layer's result is.

    Raises:
        Refusal: a layer that ONNX has no operations for, or too many weights for a file.
    """
    nodes = [node for part in parts for node in part.nodes]
    total = count(parameters, nodes)
    if total > MAX_NUMBERS:
        raise Refusal("onnx", None, f"{total:,} weights are too many for one file; at most {MAX_NUMBERS:,} are written")
    graph = Graph()
    for node in nodes:
        _write(node, graph)
    inputs = [node for part in parts for node in part.inputs]
    outputs = [node for part in parts for node in part.outputs]
    takes = [_value(node, graph) for node in inputs]  # before an input that is an output, too, gets another name
    _own_outputs(graph, outputs)
    proto = helper.make_graph(
        graph.nodes,
        one_line(flow.name, 80) or parts[0].slug,
        takes,
        [_value(node, graph) for node in outputs],
        graph.weights,
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name = "dlpaper2code"
    if citation:
        model.doc_string = one_line(citation, 2000)
    onnx.checker.check_model(model)
    places = {node.id: Place(0, graph.tensors[node.id], len(node.shape) > 1 and graph.first[node.id]) for node in nodes}
    models = (Model("graph", tuple(node.id for node in inputs), tuple(node.id for node in outputs)),)
    return model.SerializeToString(deterministic=True), models, places


def _write(node: Node, graph: Graph) -> None:
    if node.type == "Input":
        graph.first[node.id] = len(node.shape) > 2
        graph.tensors[node.id] = node.name
        return
    if node.type not in EMITTERS:
        raise node.refuse(f"ONNX has no operations for {node.type} here")
    tensor = EMITTERS[node.type](node, graph)
    if node.type not in OWN_ACTIVATION:
        tensor = activate(node, graph, node.activation(), tensor, f"{node.name}_{node.activation()}")
    graph.tensors[node.id] = tensor


def _own_outputs(graph: Graph, outputs: list[Node]) -> None:
    """What the model gives are results of operations, each once."""
    made = {name for operation in graph.nodes for name in operation.output}
    for node in outputs:
        if graph.tensors[node.id] in made:
            made.discard(graph.tensors[node.id])
        else:
            graph.tensors[node.id] = graph.op("Identity", [graph.tensors[node.id]], f"{node.name}_output")


def _value(node: Node, graph: Graph) -> ValueInfoProto:
    whole = node.type == "Input" and node.word("dtype") != "float32"
    kind = TensorProto.INT32 if whole else TensorProto.FLOAT
    return helper.make_tensor_value_info(graph.tensors[node.id], kind, ["N", *sizes_of(node, graph.first[node.id])])
