"""Recurrent layers, embeddings and attention in ONNX, which counts steps first: (steps, N, features)."""

from __future__ import annotations

from typing import Any

from extraction.codegen.plan import Node
from extraction.codegen.to_onnx.graph import Graph

#: Of a recurrent layer: its gates, and how many rows of bias ONNX keeps for it (those of input and state).
GATES = {"SimpleRNN": ("RNN", 1), "GRU": ("GRU", 3), "LSTM": ("LSTM", 4)}
ACTIVATIONS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu"}


def embedding(node: Node, graph: Graph) -> str:
    graph.first[node.id] = False
    weight = graph.weight(f"{node.name}.weight", (node.whole("input_dim"), node.whole("output_dim")))
    return graph.op("Gather", [weight, graph.given(node.input)], node.name)


def recurrent(node: Node, graph: Graph) -> str:
    if node.flag("go_backwards") and node.flag("return_sequences"):
        raise node.refuse("ONNX gives the steps of a layer that reads backwards in the other order")
    direction = "reverse" if node.flag("go_backwards") else "forward"
    whole, last = _cells(node, graph, node.type, direction, 1)
    return _result(node, graph, whole, last, 1)


def bidirectional(node: Node, graph: Graph) -> str:
    if node.word("merge_mode") != "concat":
        raise node.refuse("ONNX's operation joins both directions side by side alone")
    whole, last = _cells(node, graph, node.word("layer"), "bidirectional", 2)
    return _result(node, graph, whole, last, 2)


def _cells(node: Node, graph: Graph, layer: str, direction: str, count: int) -> tuple[str, str]:
    graph.first[node.id] = False
    (kind, gates), units, name = GATES[layer], node.whole("units"), node.name
    given: Any = node.layer.params
    if layer == "GRU" and given.get("reset_after") is False:
        raise node.refuse("a reset gate in front of the product keeps its biases otherwise in ONNX")
    functions = [node.activation()]
    if layer != "SimpleRNN":
        functions.insert(0, given.get("recurrent_activation") or "sigmoid")
        functions += [node.activation()] if layer == "LSTM" else []
    if wrong := next((word for word in functions if word not in ACTIVATIONS), None):
        raise node.refuse(f"ONNX's {kind} has no activation `{wrong}`")
    steps = graph.op("Transpose", [graph.of(node.input, False)], f"{name}_steps", perm=[1, 0, 2])
    rows = gates * units
    inputs = [
        steps,
        graph.weight(f"{name}.input_weights", (count, rows, node.channels)),
        graph.weight(f"{name}.state_weights", (count, rows, units)),
        *([graph.weight(f"{name}.biases", (count, 2 * rows), 0.0)] if node.flag("use_bias") else []),
    ]
    said: dict[str, Any] = {"hidden_size": units, "direction": direction}
    said["activations"] = [ACTIVATIONS[word] for word in functions] * count
    if layer == "GRU":
        said["linear_before_reset"] = 1
    names = [f"{name}_all", f"{name}_last"]
    graph.op(kind, inputs, names[0], **said)
    graph.nodes[-1].output.append(names[1])
    return names[0], names[1]


def _result(node: Node, graph: Graph, whole: str, last: str, count: int) -> str:
    """(steps, directions, N, units) as (N, steps, features), or the last step's (directions, N, units)."""
    sequences = node.flag("return_sequences")
    order = [2, 0, 1, 3] if sequences else [1, 0, 2]
    turned = graph.op("Transpose", [whole if sequences else last], f"{node.name}_turned", perm=order)
    shape = graph.whole(f"{node.name}.shape", [-1, *node.shape])
    return graph.op("Reshape", [turned, shape], node.name)


def multi_head(node: Node, graph: Graph) -> str:
    """Query, value and key, each cut into heads; one input attends to itself."""
    graph.first[node.id] = False
    query, *others = node.inputs
    value = others[0] if others else query
    key = others[1] if len(others) > 1 else value
    heads, size, name = node.whole("num_heads"), node.whole("key_dim"), node.name
    values = node.whole("value_dim") if node.get("value_dim") is not None else size
    q = _heads(node, graph, "query", query, heads, size, [0, 2, 1, 3])
    k = _heads(node, graph, "key", key, heads, size, [0, 2, 3, 1])
    v = _heads(node, graph, "value", value, heads, values, [0, 2, 1, 3])
    products = graph.op("MatMul", [q, k], f"{name}_products")
    scores = graph.op("Mul", [products, graph.numbers(f"{name}.factor", size**-0.5)], f"{name}_scores")
    if node.flag("use_causal_mask"):
        scores = graph.op("Add", [scores, graph.ahead(f"{name}.ahead", query.shape[0], key.shape[0])], f"{name}_masked")
    attended = graph.op("MatMul", [graph.op("Softmax", [scores], f"{name}_weights", axis=-1), v], f"{name}_attended")
    turned = graph.op("Transpose", [attended], f"{name}_turned", perm=[0, 2, 1, 3])
    shape = graph.whole(f"{name}.shape", [0, 0, heads * values])
    row = graph.op("Reshape", [turned, shape], f"{name}_row")
    return _linear(node, graph, "attention_output", row, heads * values, node.shape[-1], name)


def _heads(node: Node, graph: Graph, part: str, source: Node, heads: int, size: int, order: list[int]) -> str:
    name = f"{node.name}_{part}"
    row = _linear(node, graph, part, graph.of(source, False), source.shape[-1], heads * size, name)
    cut = graph.op("Reshape", [row, graph.whole(f"{name}.heads", [0, 0, heads, size])], f"{name}_heads")
    return graph.op("Transpose", [cut], f"{name}_turned", perm=order)


def _linear(node: Node, graph: Graph, part: str, tensor: str, inputs: int, outputs: int, name: str) -> str:
    kernel = graph.weight(f"{node.name}.{part}.kernel", (inputs, outputs))
    bias = node.flag("use_bias")
    product = graph.op("MatMul", [tensor, kernel], f"{name}_product" if bias else name)
    return (
        graph.op("Add", [product, graph.weight(f"{node.name}.{part}.bias", (outputs,), 0.0)], name) if bias else product
    )
