"""What the handlers of ONNX's operations share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from extraction.flow.model import Shape
from extraction.importing.building import Builder, Value
from extraction.importing.layout import Blob, Orders, blob
from extraction.importing.onnx.graph import Constant, Graph, Operation


class Reader:
    def __init__(self, graph: Graph, builder: Builder) -> None:
        self.graph, self.builder = graph, builder
        self.orders = Orders(builder)
        self.made: dict[str, Blob] = {}
        #: Numbers that are computed from sizes alone; `None` is a size that is not known, as the batch.
        self.shapes: dict[str, list[int | None]] = {}
        #: Names of operations that belong to the one in front of them.
        self.taken: set[str] = set()
        #: Results of sigmoids that are a SiLU together with the product behind them.
        self.gated: set[str] = set()

    def given(self, operation: Operation) -> Blob | None:
        """The first input, if it is computed."""
        return self.made.get(operation.inputs[0]) if operation.inputs else None

    def blobs(self, operation: Operation) -> list[Blob]:
        return [self.made[name] for name in operation.inputs if name in self.made]

    def constant(self, operation: Operation, place: int) -> Constant | None:
        return self.graph.constants.get(operation.inputs[place]) if place < len(operation.inputs) else None

    def numbers(self, operation: Operation, place: int, attribute: str = "") -> list[Any] | None:
        """Numbers that stand in an attribute, in older versions, or come as an input."""
        if attribute and attribute in operation.attributes:
            value = operation.attributes[attribute]
            return list(value) if isinstance(value, list) else [value]
        if place < len(operation.inputs) and operation.inputs[place] in self.shapes:
            return list(self.shapes[operation.inputs[place]])
        found = self.constant(operation, place)
        return found.numbers if found else None

    def add(
        self,
        operation: Operation,
        kind: str,
        inputs: Sequence[Value],
        name: str = "",
        shape: Shape | None = None,
        **params: Any,
    ) -> Value:
        return self.builder.add(kind, name or operation.name, inputs, params, shape=shape)

    def same(self, operation: Operation, kind: str, **params: Any) -> Blob | None:
        """A layer that treats every value alike, in whatever order they stand."""
        given = self.given(operation)
        if given is None or len(self.blobs(operation)) != 1:
            return None
        return Blob(self.add(operation, kind, [given.value], shape=given.value.shape, **params), given.layout)

    def unknown(self, operation: Operation) -> Blob:
        """Keep an operation whole, with the sizes of the weights that it takes."""
        values = self.blobs(operation)
        weights = [list(self.graph.constants[name].shape) for name in operation.inputs if name in self.graph.constants]
        said = {name: plain(value) for name, value in operation.attributes.items()}
        said |= {"weights": weights} if weights else {}
        made = self.builder.unknown(operation.kind, operation.name, [item.value for item in values], said)
        return blob(made, values[0].rank if values else None)

    def follower(self, operation: Operation) -> Operation | None:
        """The one operation that reads the result, if it is one and the result is no output."""
        uses = self.graph.uses.get(operation.outputs[0], [])
        return self.graph.operations[uses[0]] if len(uses) == 1 and uses[0] >= 0 else None

    def fold(self, operation: Operation) -> bool:
        """Take in what is computed from sizes alone, as exporters do in front of a Reshape."""
        if operation.kind == "Shape":
            given = self.given(operation)
            if given is None:
                return False
            self.shapes[operation.outputs[0]] = [None, *given.outer]
            return True
        rows = [self._folded(name) for name in operation.inputs if name]
        if not rows or any(row is None for row in rows) or not any(name in self.shapes for name in operation.inputs):
            return False
        known = [row for row in rows if row is not None]
        result = _fold(operation, known)
        if result is None:
            return False
        self.shapes[operation.outputs[0]] = result
        return True

    def _folded(self, name: str) -> list[int | None] | None:
        if name in self.shapes:
            return self.shapes[name]
        found = self.graph.constants.get(name)
        return found.numbers if found else None


def _fold(operation: Operation, rows: list[list[int | None]]) -> list[int | None] | None:
    first = rows[0]
    match operation.kind:
        case "Gather" if len(rows) == 2:
            places = rows[1]
            if all(place is not None and -len(first) <= place < len(first) for place in places):
                return [first[place] for place in places if place is not None]
        case "Concat":
            return [number for row in rows for number in row]
        case "Unsqueeze" | "Squeeze" | "Cast" | "Identity" | "Reshape":
            return list(first)
        case "Slice" if 3 <= len(rows) <= 5 and rows[1] and rows[2] and (len(rows) < 5 or rows[4] == [1]):
            return first[rows[1][0] : rows[2][0]]
        case "Mul" if len(rows) == 2 and len(first) == len(rows[1]) == 1:
            a, b = first[0], rows[1][0]
            return [None if a is None or b is None else a * b]
    return None


def plain(value: Any) -> Any:
    if isinstance(value, Constant):
        return value.numbers if value.numbers is not None else list(value.shape)
    return value
