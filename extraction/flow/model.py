"""The flow: a graph of layers, their parameters and connections, and its JSON form.

A flow is immutable. Whoever changes one makes a new one (`dataclasses.replace`, `Flow.with_layers`).
Reading (`Flow.from_dict`, `load`) checks the form only: that ids are unique, that connections join layers that
exist, that values have the types they must have. Whether the network makes sense is for `extraction.flow.checks`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

FORMAT = "dlp2c-flow"
VERSION = 1

Kind = Literal["neurons", "box2d", "stacked2d", "box3d", "pipeline"]
KINDS: tuple[str, ...] = get_args(Kind)

Provenance = Literal["figure", "table", "text", "inferred", "assumed", "person"]
PROVENANCES: tuple[str, ...] = get_args(Provenance)

#: A shape without the batch axis, channels last; `None` is a size that is not known.
Shape = tuple[int | None, ...]
#: x0, y0, x1, y1 in the image's pixels, origin top left.
BBox = tuple[float, float, float, float]

# A flow comes from strangers. These bounds keep every later step (layout, shapes, code) finite.
MAX_LAYERS = 5_000
MAX_CONNECTIONS = 20_000
MAX_TEXT = 2_000
MAX_VALUES = 200
MAX_NUMBER = 10**9
MAX_BYTES = 16 * 1024 * 1024


class FlowError(ValueError):
    """A flow file that can't be read. The message says where in the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One drawn unit of the network."""

    id: str
    type: str
    name: str = ""
    label: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    #: Types of the further operations of the same box, in order; generators expand them.
    also: tuple[str, ...] = ()
    output_shape: Shape | None = None
    bbox: BBox | None = None
    confidence: float | None = None
    #: Where each value comes from, by parameter name (`output_shape`, `type` and `also` may stand here too).
    provenance: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"id": self.id, "type": self.type}
        for key in ("name", "label"):
            if value := getattr(self, key):
                data[key] = value
        if self.params:
            data["params"] = {k: _plain(v) for k, v in self.params.items()}
        if self.also:
            data["also"] = list(self.also)
        if self.output_shape is not None:
            data["output_shape"] = list(self.output_shape)
        if self.bbox is not None:
            data["bbox"] = [round(v, 2) for v in self.bbox]
        if self.confidence is not None:
            data["confidence"] = round(self.confidence, 4)
        if self.provenance:
            data["provenance"] = dict(self.provenance)
        return data


@dataclass(frozen=True, slots=True)
class Connection:
    """A directed connection; the order of a layer's incoming connections is the order of its inputs."""

    source: str
    target: str
    confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"source": self.source, "target": self.target}
        if self.confidence is not None:
            data["confidence"] = round(self.confidence, 4)
        return data


@dataclass(frozen=True, slots=True)
class Flow:
    layers: tuple[Layer, ...] = ()
    connections: tuple[Connection, ...] = ()
    name: str = ""
    kind: str | None = None
    confidence: float | None = None
    #: Hyper-parameters of the training, each `{"value": …, "provenance": …, "page": …}`.
    training: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Where the flow was printed, each `{"paper": …, "page": …, "figure" or "table": …, "bbox": …}`, boxes in points.
    sources: tuple[Mapping[str, Any], ...] = ()

    def layer(self, layer_id: str) -> Layer:
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def inputs_of(self) -> dict[str, list[str]]:
        """Ids of each layer's inputs, in the order of its inputs."""
        inputs: dict[str, list[str]] = {layer.id: [] for layer in self.layers}
        for connection in self.connections:
            inputs[connection.target].append(connection.source)
        return inputs

    def outputs_of(self) -> dict[str, list[str]]:
        """Ids of the layers that each layer feeds."""
        outputs: dict[str, list[str]] = {layer.id: [] for layer in self.layers}
        for connection in self.connections:
            outputs[connection.source].append(connection.target)
        return outputs

    def with_layers(self, layers: Iterable[Layer], connections: Iterable[Connection] | None = None) -> Flow:
        return replace(
            self,
            layers=tuple(layers),
            connections=self.connections if connections is None else tuple(connections),
        )

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"format": FORMAT, "version": VERSION, "name": self.name}
        if self.kind:
            data["kind"] = self.kind
        if self.confidence is not None:
            data["confidence"] = round(self.confidence, 4)
        data["layers"] = [layer.to_dict() for layer in self.layers]
        data["connections"] = [connection.to_dict() for connection in self.connections]
        if self.training:
            data["training"] = {k: _plain(v) for k, v in self.training.items()}
        if self.sources:
            data["sources"] = [_plain(source) for source in self.sources]
        return data

    def dumps(self) -> str:
        """JSON text, one line a layer and connection; the same flow gives the same bytes."""
        data = self.to_dict()
        lines = []
        for key, value in data.items():
            if key in ("layers", "connections"):
                rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
                lines.append(f' "{key}": [\n{rows}\n ]' if rows else f' "{key}": []')
            else:
                lines.append(f' "{key}": {json.dumps(value, ensure_ascii=False)}')
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_dict(cls, data: object) -> Flow:
        """Read the JSON form.

        Raises:
            FlowError: with the place in the data and what is wrong there.
        """
        root = _mapping(data, "the flow")
        if root.get("format", FORMAT) != FORMAT:
            raise FlowError(f"format: is {_short(root['format'])}, must be “{FORMAT}”")
        if root.get("version", VERSION) != VERSION:
            raise FlowError(f"version: is {_short(root['version'])}, this program reads version {VERSION}")
        kind = root.get("kind")
        if kind is not None and kind not in KINDS:
            raise FlowError(f"kind: is {_short(kind)}, must be one of {', '.join(KINDS)}")
        layers = [
            _layer(row, f"layers[{i}]") for i, row in enumerate(_list(root.get("layers", []), "layers", MAX_LAYERS))
        ]
        ids: set[str] = set()
        for i, layer in enumerate(layers):
            if layer.id in ids:
                raise FlowError(f"layers[{i}].id: {_short(layer.id)} stands twice; every id must be unique")
            ids.add(layer.id)
        rows = _list(root.get("connections", []), "connections", MAX_CONNECTIONS)
        connections = [_connection(row, f"connections[{i}]", ids) for i, row in enumerate(rows)]
        return cls(
            layers=tuple(layers),
            connections=tuple(connections),
            name=_text(root.get("name", ""), "name"),
            kind=kind,
            confidence=_confidence(root.get("confidence"), "confidence"),
            training=_training(root.get("training", {})),
            sources=tuple(
                _values(_mapping(row, f"sources[{i}]"), f"sources[{i}]")
                for i, row in enumerate(_list(root.get("sources", []), "sources", MAX_VALUES))
            ),
        )

    @classmethod
    def loads(cls, text: str | bytes) -> Flow:
        if len(text) > MAX_BYTES:
            raise FlowError(f"the file has more than {MAX_BYTES // 1024 // 1024} MB")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FlowError(f"not readable as JSON: {error}") from error
        return cls.from_dict(data)


def load(path: Path) -> Flow:
    """Read a flow file. Raises `FlowError`, or `OSError` if the file can't be opened."""
    return Flow.loads(path.read_bytes())


def _layer(data: object, where: str) -> Layer:
    row = _mapping(data, where)
    layer_id = row.get("id")
    if not isinstance(layer_id, str | int) or isinstance(layer_id, bool) or layer_id == "":
        raise FlowError(f"{where}.id: is missing; every layer needs an id of its own")
    kind = row.get("type")
    if not isinstance(kind, str) or not kind:
        raise FlowError(f"{where}.type: is missing; use “Unknown” where the type can't be told")
    bbox = row.get("bbox")
    also = _list(row.get("also", []), f"{where}.also", MAX_VALUES)
    provenance = _mapping(row.get("provenance", {}), f"{where}.provenance")
    for key, value in provenance.items():
        if value not in PROVENANCES:
            raise FlowError(
                f"{where}.provenance.{_short(key)}: is {_short(value)}, must be one of {', '.join(PROVENANCES)}"
            )
    return Layer(
        id=_text(str(layer_id), f"{where}.id"),
        type=_text(kind, f"{where}.type"),
        name=_text(row.get("name", ""), f"{where}.name"),
        label=_text(row.get("label", ""), f"{where}.label"),
        params=_values(_mapping(row.get("params", {}), f"{where}.params"), f"{where}.params"),
        also=tuple(_text(value, f"{where}.also[{i}]") for i, value in enumerate(also)),
        output_shape=_shape(row.get("output_shape"), f"{where}.output_shape"),
        bbox=None if bbox is None else _bbox(bbox, f"{where}.bbox"),
        confidence=_confidence(row.get("confidence"), f"{where}.confidence"),
        provenance={str(k): str(v) for k, v in provenance.items()},
    )


def _connection(data: object, where: str, ids: set[str]) -> Connection:
    row = _mapping(data, where)
    ends = []
    for end in ("source", "target"):
        value = row.get(end)
        if value is None or str(value) not in ids:
            raise FlowError(f"{where}.{end}: {_short(value)} is not the id of a layer")
        ends.append(str(value))
    return Connection(ends[0], ends[1], _confidence(row.get("confidence"), f"{where}.confidence"))


def _training(data: object) -> dict[str, dict[str, Any]]:
    training = {}
    for name, value in _mapping(data, "training").items():
        where = f"training.{_short(name)}"
        entry = value if isinstance(value, Mapping) else {"value": value}
        training[str(name)] = _values(_mapping(entry, where), where)
    if len(training) > MAX_VALUES:
        raise FlowError(f"training: has more than {MAX_VALUES} entries")
    return training


def _mapping(data: object, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise FlowError(f"{where}: must be an object with named fields, is {_short(data)}")
    return data


def _list(data: object, where: str, limit: int) -> Sequence[Any]:
    if not isinstance(data, list | tuple):
        raise FlowError(f"{where}: must be a list, is {_short(data)}")
    if len(data) > limit:
        raise FlowError(f"{where}: has {len(data):,} entries, at most {limit:,} are read")
    return data


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise FlowError(f"{where}: must be text, is {_short(value)}")
    if len(value) > MAX_TEXT:
        raise FlowError(f"{where}: has {len(value):,} characters, at most {MAX_TEXT:,} are read")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FlowError(f"{where}: must be a number, is {_short(value)}")
    if abs(value) > MAX_NUMBER:
        raise FlowError(f"{where}: {value:g} is too large; at most {MAX_NUMBER:,} is read")
    return value


def _confidence(value: object, where: str) -> float | None:
    if value is None:
        return None
    number = float(_number(value, where))
    if not 0 <= number <= 1:
        raise FlowError(f"{where}: must lie between 0 and 1, is {number:g}")
    return number


def _shape(value: object, where: str) -> Shape | None:
    if value is None:
        return None
    sizes = []
    for i, size in enumerate(_list(value, where, 8)):
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= MAX_NUMBER):
            raise FlowError(f"{where}[{i}]: must be a whole number above 0 or null, is {_short(size)}")
        sizes.append(size)
    return tuple(sizes)


def _bbox(value: object, where: str) -> BBox:
    numbers = _list(value, where, 4)
    if len(numbers) != 4:
        raise FlowError(f"{where}: must be four numbers (x0, y0, x1, y1), is {_short(value)}")
    x0, y0, x1, y1 = (float(_number(v, where)) for v in numbers)
    return x0, y0, x1, y1


def _values(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    if len(data) > MAX_VALUES:
        raise FlowError(f"{where}: has {len(data):,} entries, at most {MAX_VALUES} are read")
    return {_text(key, where): _value(value, f"{where}.{_short(key)}", 0) for key, value in data.items()}


def _value(value: object, where: str, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value, where)
    if isinstance(value, str):
        return _text(value, where)
    if depth > 4:
        raise FlowError(f"{where}: is nested too deeply")
    if isinstance(value, list | tuple):
        return [_value(v, where, depth + 1) for v in _list(value, where, MAX_VALUES)]
    if isinstance(value, Mapping):
        return {_text(k, where): _value(v, where, depth + 1) for k, v in value.items()}
    raise FlowError(f"{where}: {_short(value)} is no value that a flow can hold")


def _plain(value: Any) -> Any:
    """Tuples as lists, so that a flow equals itself after a round trip."""
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _short(value: object) -> str:
    text = str(value)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
