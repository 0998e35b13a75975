"""A flow in the making: every importer adds layers here, which checks them and tells their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import MAX_CONNECTIONS, MAX_LAYERS, MAX_NUMBER, MAX_TEXT, Connection, Flow, Layer, Shape
from extraction.flow.rules import RuleError, apply
from extraction.flow.values import wrong
from extraction.importing.result import Imported, ModelError, Note, NoteKind, short

#: Largest size, or number of filters, units and the like, of one layer.
MAX_SIZE = 10_000_000
#: Entries of a list, and depth of lists in lists, that an unknown layer keeps.
MAX_KEPT, MAX_DEPTH = 200, 4
#: Parameters that are said even where they have their default: what is not said of them is open to be assumed.
SAID = frozenset(
    {"padding", "strides", "return_sequences", "keepdims", "activation", "use_bias", "dilation_rate", "size"}
)


@dataclass(frozen=True, slots=True)
class Value:
    """What a layer gives: its id, and its sizes without the batch, channels last; `None` where they are not known."""

    layer: str
    shape: Shape | None


class Builder:
    def __init__(self, name: str, form: str) -> None:
        self._name, self._form = name[:MAX_TEXT], form
        self._layers: dict[str, Layer] = {}
        self._connections: list[Connection] = []
        self._notes: list[Note] = []
        self._next: dict[str, int] = {}
        self._counts: dict[str, int | None] = {}

    def add(
        self,
        kind: str,
        name: str,
        inputs: Sequence[Value] = (),
        params: Mapping[str, Any] | None = None,
        *,
        label: str = "",
        line: int = 0,
        shape: Shape | None = None,
    ) -> Value:
        """Add a layer of a type of the catalogue.

        Args:
            params: under the catalogue's names; `None` is left out, and so are most defaults.
            shape: what it gives, where no rule tells it (inputs of unknown size, unknown layers).

        Raises:
            ModelError: a value that its parameter can't have, or too many layers.
        """
        if len(self._layers) >= MAX_LAYERS or len(self._connections) + len(inputs) > MAX_CONNECTIONS:
            raise ModelError(
                f"there are too many; at most {MAX_LAYERS:,} layers and {MAX_CONNECTIONS:,} connections are read",
                layer=name,
                line=line,
            )
        given = self._params(kind, name, params or {}, line)
        layer = Layer(self._id(name or kind), kind, name[:MAX_TEXT], label[:MAX_TEXT], given)
        layer_shape = self._shape(layer, inputs, line, shape)
        if _is_said(kind, shape):
            layer = replace(layer, output_shape=shape)
        elif kind == "Dense" and layer_shape is not None and len(layer_shape) > 1:
            layer = replace(layer, output_shape=layer_shape)  # it works along the last axis; a drawn one flattens
        self._layers[layer.id] = layer
        self._connections += [Connection(value.layer, layer.id) for value in inputs]
        return Value(layer.id, layer_shape)

    def input(self, name: str, shape: Shape, *, line: int = 0, dtype: str | None = None) -> Value:
        """An input. `shape` needs all sizes, so those of which some are not known stand as `output_shape` alone."""
        if any(size is not None and not 0 < size <= MAX_SIZE for size in shape) or len(shape) > 8:
            raise ModelError(
                f"its shape {short(list(shape))} must have at most 8 sizes from 1 to {MAX_SIZE:,}",
                layer=name,
                line=line,
            )
        whole = None not in shape
        params: dict[str, Any] = {"shape": list(shape)} if whole and shape else {}
        return self.add("Input", name, (), params | {"dtype": dtype}, line=line, shape=shape if shape else None)

    def unknown(
        self,
        kind: str,
        name: str,
        inputs: Sequence[Value],
        said: Mapping[str, Any],
        *,
        line: int = 0,
        shape: Shape | None = None,
        why: str = "",
    ) -> Value:
        """A layer of a type that the catalogue lacks, kept whole: its type as label, all it says as parameters."""
        reason = why or f"the catalogue has no layer {short(kind)}"
        self.note("kept", f"{reason}; it stands as Unknown, with all that the file says of it", name, line)
        values = {short(key, 200): kept(value) for key, value in list(said.items())[: MAX_KEPT - 1]}
        params = {"imported_from": self._form, **values}
        if any(value.shape is None or None in value.shape for value in inputs):
            shape = None  # what is said of the result may not fit what is yet to be assumed of the input
        return self.add("Unknown", name, inputs, params, label=kind, line=line, shape=shape)

    def note(self, kind: NoteKind, message: str, layer: str = "", line: int = 0) -> None:
        self._notes.append(Note(kind, message, short(layer), line))

    def has_weights(self, value: Value) -> bool:
        """Its layer learns something, as far as its sizes tell."""
        return self._counts.get(value.layer, 0) != 0

    def amend(self, value: Value, params: Mapping[str, Any], name: str = "") -> None:
        """Set further parameters of a layer, or its name."""
        layer = self._layers[value.layer]
        merged = self._params(layer.type, layer.name, {**layer.params, **params}, 0)
        self._layers[value.layer] = replace(layer, name=name or layer.name, params=merged)

    def finished(self, training: Mapping[str, Mapping[str, Any]] | None = None) -> Imported:
        flow = Flow(tuple(self._layers.values()), tuple(self._connections), self._name, training=training or {})
        return Imported(flow, self._form, tuple(self._notes))

    def _id(self, name: str) -> str:
        wanted = short(name, 100)
        if wanted not in self._layers:
            return wanted
        count = self._next.get(wanted, 2)
        while f"{wanted}_{count}" in self._layers:
            count += 1
        self._next[wanted] = count + 1
        return f"{wanted}_{count}"

    def _params(self, kind: str, name: str, params: Mapping[str, Any], line: int) -> dict[str, Any]:
        row = CATALOGUE[kind]
        if row.family == "block":
            return dict(params)
        given = {}
        for key, value in params.items():
            parameter = row.parameter(key)
            if parameter is None or value is None:
                continue
            if not parameter.required and value == parameter.default and key not in SAID:
                continue
            if isinstance(value, tuple):
                value = [list(item) if isinstance(item, tuple) else item for item in value]
            if reason := wrong(parameter, value, row.window) or _too_large(value):
                raise ModelError(f"`{key}` {reason}", layer=name, line=line)
            given[key] = value
        return given

    def _shape(self, layer: Layer, inputs: Sequence[Value], line: int, said: Shape | None) -> Shape | None:
        shapes = [value.shape for value in inputs if value.shape is not None]
        row = CATALOGUE[layer.type]
        if layer.type == "Unknown" or len(shapes) < len(inputs):
            return said
        if layer.type == "Input":
            return said if said is not None else ()
        if any(p.required and p.name not in layer.params for p in row.parameters):
            return said
        if len(shapes) < row.min_inputs or (row.max_inputs is not None and len(shapes) > row.max_inputs):
            return said
        try:
            shape, self._counts[layer.id] = apply(layer, shapes)
            return shape
        except RuleError as error:
            self.note("odd", str(error), layer.name, line)
            return said


def kept(value: Any, depth: int = 0) -> Any:
    """A value out of a file as a flow can hold it; what is too long is cut, and ends in an ellipsis."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= MAX_NUMBER else short(value)
    if isinstance(value, Mapping):
        items = list(value.items())[:MAX_KEPT]
        return {short(key, 200): kept(item, depth + 1) for key, item in items} if depth < MAX_DEPTH else "…"
    if isinstance(value, list | tuple):
        if depth >= MAX_DEPTH:
            return "…"
        rows = [kept(item, depth + 1) for item in value[: MAX_KEPT - 1]]
        return [*rows, "…"] if len(value) >= MAX_KEPT else rows
    return short(value, MAX_TEXT - 1)


def _is_said(kind: str, shape: Shape | None) -> bool:
    """The shape stands at the layer itself: nothing else tells it, or (of an input) it is not to be added to."""
    if shape is None:
        return False
    return kind == "Input" or (kind == "Unknown" and None not in shape)


def _too_large(value: Any) -> str | None:
    numbers = value if isinstance(value, list) else [value]
    for number in numbers:
        if isinstance(number, int) and not isinstance(number, bool) and abs(number) > MAX_SIZE:
            return f"is {short(f'{number:,}')}; at most {MAX_SIZE:,} is read"
        if isinstance(number, float) and abs(number) > MAX_NUMBER:
            return f"is {number:g}; at most {MAX_NUMBER:,} is read"
    return None
