"""What changed between two flows: layers with their values, and connections."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from extraction.flow.alignment import align
from extraction.flow.model import Flow, Layer

LayerKind = Literal["added", "removed", "changed", "same"]
ConnectionKind = Literal["added", "removed", "same"]


@dataclass(frozen=True, slots=True)
class LayerChange:
    kind: LayerKind
    before: Layer | None
    after: Layer | None
    #: Name of what changed, value before, value after; a value that isn't there is `None`. Parameters go by their
    #: names, the rest is `type`, `name`, `label`, `also` and `output_shape`.
    fields: tuple[tuple[str, Any, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "before": self.before.to_dict() if self.before else None,
            "after": self.after.to_dict() if self.after else None,
            "fields": [{"name": name, "before": before, "after": after} for name, before, after in self.fields],
        }


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A connection; its ends are ids of the flow after, or of the flow before where a layer is gone."""

    kind: ConnectionKind
    source: str
    target: str

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "source": self.source, "target": self.target}


@dataclass(frozen=True, slots=True)
class Difference:
    #: Layers of the flow after in their order, then those that are gone.
    layers: tuple[LayerChange, ...]
    connections: tuple[ConnectionChange, ...]

    @property
    def empty(self) -> bool:
        return {change.kind for change in self.layers} | {change.kind for change in self.connections} <= {"same"}

    def to_dict(self) -> dict[str, Any]:
        return {
            "layers": [change.to_dict() for change in self.layers],
            "connections": [change.to_dict() for change in self.connections],
            "summary": {
                "layers": dict(Counter(change.kind for change in self.layers)),
                "connections": dict(Counter(change.kind for change in self.connections)),
            },
        }


def diff(before: Flow, after: Flow) -> Difference:
    """Compare two flows. Places, confidences and provenances are no change of the network."""
    pairs = align(before, after)
    partner = {b: a for a, b in pairs.items()}
    earlier = {layer.id: layer for layer in before.layers}
    layers = [_layer_change(earlier.get(partner.get(layer.id, "")), layer) for layer in after.layers]
    layers += [LayerChange("removed", layer, None) for layer in before.layers if layer.id not in pairs]
    return Difference(tuple(layers), tuple(_connections(before, after, pairs)))


def _layer_change(before: Layer | None, after: Layer) -> LayerChange:
    if before is None:
        return LayerChange("added", None, after)
    fields = [
        (name, _plain(getattr(before, name)), _plain(getattr(after, name)))
        for name in ("type", "name", "label", "also", "output_shape")
    ]
    names = dict.fromkeys((*before.params, *after.params))
    fields += [(name, _plain(before.params.get(name)), _plain(after.params.get(name))) for name in names]
    changed = tuple((name, old, new) for name, old, new in fields if old != new)
    return LayerChange("changed" if changed else "same", before, after, changed)


def _connections(before: Flow, after: Flow, pairs: dict[str, str]) -> list[ConnectionChange]:
    """Counted, so that of two equal connections one may go."""
    gone = {layer.id for layer in before.layers} - pairs.keys()
    old = Counter(
        tuple((i in gone, pairs.get(i, i)) for i in (connection.source, connection.target))
        for connection in before.connections
    )
    changes: list[ConnectionChange] = []
    for connection in after.connections:
        ends = ((False, connection.source), (False, connection.target))
        kind: ConnectionKind = "same" if old[ends] > 0 else "added"
        old[ends] -= 1
        changes.append(ConnectionChange(kind, connection.source, connection.target))
    for ((_, source), (_, target)), count in old.items():
        changes += [ConnectionChange("removed", source, target)] * max(0, count)
    return changes


def _plain(value: Any) -> Any:
    """Tuples as lists; what is empty is not there."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value] or None
    return None if value == "" else value
