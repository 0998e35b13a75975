"""An ONNX file as its operations, each input led back to what makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
from onnx import AttributeProto, TensorProto, numpy_helper

from extraction.flow.model import MAX_LAYERS, Shape
from extraction.importing.result import ModelError, short

#: Larger files keep their weights beside themselves, by ONNX's own rules.
MAX_FILE = 512 * 1024 * 1024
#: Constants up to this many numbers are looked at: shapes, axes, factors.
MAX_LOOKED_AT = 64
MAX_NODES = 4 * MAX_LAYERS


@dataclass(slots=True)
class Constant:
    """A weight or a constant: its sizes, and its numbers where they are few."""

    shape: tuple[int, ...]
    numbers: list[Any] | None = None


@dataclass(slots=True)
class Operation:
    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: Mapping[str, Any]

    def error(self, reason: str) -> ModelError:
        return ModelError(reason, layer=self.name)


@dataclass(slots=True)
class Graph:
    name: str
    operations: list[Operation] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)
    #: Inputs with their sizes (the batch first) and whether they hold whole numbers.
    inputs: list[tuple[str, Shape, bool]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    uses: dict[str, list[int]] = field(default_factory=dict)


def load(path: Path) -> Graph:
    """Read the file; weights that lie in other files are left there.

    Raises:
        ModelError: it is no ONNX, or larger than what is read.
    """
    if path.stat().st_size > MAX_FILE:
        raise ModelError(f"the file has more than {MAX_FILE >> 20} MB; save the weights as external data")
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except Exception as error:  # protobuf's own classes differ from version to version
        raise ModelError("is no ONNX file, or a damaged one") from error
    proto = model.graph
    if not proto.node:
        raise ModelError("the ONNX graph holds no operations")
    if len(proto.node) > MAX_NODES:
        raise ModelError(f"the graph has {len(proto.node):,} operations; at most {MAX_NODES:,} are read")
    graph = Graph(text(proto.name))
    for tensor in proto.initializer:
        graph.constants[text(tensor.name)] = constant(tensor)
    for value in proto.input:
        if text(value.name) not in graph.constants:
            graph.inputs.append((text(value.name), _shape(value), _is_whole(value)))
    graph.outputs = [text(value.name) for value in proto.output]
    for node in proto.node:
        attributes = {text(attribute.name): _attribute(attribute) for attribute in node.attribute}
        inputs, outputs = [text(blob) for blob in node.input], [text(blob) for blob in node.output]
        name = text(node.name) or (outputs[0] if outputs else text(node.op_type))
        domain = "" if node.domain in ("", "ai.onnx") else f"{text(node.domain)}."
        operation = Operation(f"{domain}{text(node.op_type)}", name, inputs, outputs, attributes)
        if operation.kind == "Constant" and len(operation.outputs) == 1:
            graph.constants[operation.outputs[0]] = _of_attributes(attributes)
            continue
        for blob in operation.inputs:
            graph.uses.setdefault(blob, []).append(len(graph.operations))
        graph.operations.append(operation)
    for name in graph.outputs:
        graph.uses.setdefault(name, []).append(-1)
    return graph


def text(value: str | bytes) -> str:
    """A name; protobuf gives bytes where it is no UTF-8."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def constant(tensor: TensorProto) -> Constant:
    shape = tuple(int(size) for size in tensor.dims)
    count = 1
    for size in shape:
        count *= size
    if not 0 <= count <= MAX_LOOKED_AT or tensor.data_location == TensorProto.EXTERNAL:
        return Constant(shape)
    try:
        numbers = numpy_helper.to_array(tensor).reshape(-1).tolist()
        return Constant(shape, numbers if all(isinstance(number, int | float) for number in numbers) else None)
    except (ValueError, TypeError, LookupError) as error:  # LookupError: a type of number that is not known
        raise ModelError(f"the weight `{short(tensor.name)}` is damaged: {short(error)}") from error


def _attribute(attribute: AttributeProto) -> Any:
    match attribute.type:
        case AttributeProto.FLOAT:
            return attribute.f
        case AttributeProto.INT:
            return attribute.i
        case AttributeProto.STRING:
            return attribute.s.decode(errors="replace")
        case AttributeProto.FLOATS:
            return list(attribute.floats)
        case AttributeProto.INTS:
            return list(attribute.ints)
        case AttributeProto.STRINGS:
            return [word.decode(errors="replace") for word in attribute.strings[:100]]
        case AttributeProto.TENSOR:
            return constant(attribute.t)
    return "a graph" if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) else "…"


def _of_attributes(attributes: Mapping[str, Any]) -> Constant:
    """What a `Constant` holds."""
    value = attributes.get("value")
    if isinstance(value, Constant):
        return value
    for name in ("value_int", "value_float"):
        if name in attributes:
            return Constant((), [attributes[name]])
    for name in ("value_ints", "value_floats"):
        if name in attributes:
            return Constant((len(attributes[name]),), list(attributes[name]))
    return Constant((0,))


def _shape(value: onnx.ValueInfoProto) -> Shape:
    sizes: Sequence[Any] = value.type.tensor_type.shape.dim
    return tuple(int(size.dim_value) if size.HasField("dim_value") and size.dim_value > 0 else None for size in sizes)


def _is_whole(value: onnx.ValueInfoProto) -> bool:
    return value.type.tensor_type.elem_type in (TensorProto.INT32, TensorProto.INT64)
