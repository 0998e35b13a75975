"""From an ONNX graph to a flow."""

from __future__ import annotations

from pathlib import Path

from extraction.importing.building import Builder
from extraction.importing.layout import Blob, usual
from extraction.importing.onnx.graph import Graph, Operation, load
from extraction.importing.onnx.operations import HANDLERS
from extraction.importing.onnx.reader import Reader
from extraction.importing.result import Imported, ModelError, short


def read(path: Path, *, name: str = "") -> Imported:
    """The flow of an ONNX file.

    Raises:
        ModelError: with the operation.
    """
    graph = load(path)
    builder = Builder(graph.name or name, "onnx")
    reader = Reader(graph, builder)
    for blob, shape, whole in graph.inputs:
        order = usual(max(0, len(shape) - 1))
        sizes = tuple(shape[axis] for axis in order)
        reader.made[blob] = Blob(builder.input(blob, sizes, dtype="int32" if whole else None), order)
    for operation in graph.operations:
        _operation(reader, graph, operation)
    return builder.finished()


def _operation(reader: Reader, graph: Graph, operation: Operation) -> None:
    for blob in operation.inputs:
        if blob and blob not in reader.made and blob not in graph.constants and blob not in reader.shapes:
            raise operation.error(f"its input `{short(blob)}` is made by no operation before it")
    if reader.fold(operation):
        return
    handler = HANDLERS.get(operation.kind)
    result = handler(reader, operation) if handler else None
    if result is None:
        result = reader.unknown(operation)
    if not operation.outputs:
        raise ModelError("gives nothing", layer=operation.name)
    reader.made |= {output: result for output in operation.outputs if output}
