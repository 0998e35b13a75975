"""The difference that an answer makes, as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from extraction.flow.diff import Difference
from extraction.flow.model import Layer


@dataclass(frozen=True, slots=True)
class Change:
    """One row. `sign` is add, del or chg."""

    sign: str
    #: The layer or connection, and what of it.
    subject: str
    what: str
    before: Any
    after: Any
    #: Id of the layer in the answer (of a removed one: in what came before).
    layer: str = ""


def changes(difference: Difference) -> Iterator[Change]:
    """The difference as rows: layers first, then connections."""
    names: dict[str, str] = {}
    for layer in difference.layers:
        for side in (layer.before, layer.after):
            if side is not None:
                names[side.id] = _name(side)
    for layer in difference.layers:
        if layer.kind == "added" and layer.after:
            yield Change("add", _name(layer.after), "", None, _summary(layer.after), layer.after.id)
        elif layer.kind == "removed" and layer.before:
            yield Change("del", _name(layer.before), "", _summary(layer.before), None, layer.before.id)
        elif layer.kind == "changed" and layer.after:
            for name, before, after in layer.fields:
                yield Change("chg", _name(layer.after), name.replace("_", " "), before, after, layer.after.id)
    for connection in difference.connections:
        subject = (
            f"{names.get(connection.source, connection.source)} → {names.get(connection.target, connection.target)}"
        )
        if connection.kind == "added":
            yield Change("add", subject, "connection", None, "joined", connection.target)
        elif connection.kind == "removed":
            yield Change("del", subject, "connection", "joined", None, connection.target)


def _name(layer: Layer) -> str:
    return layer.name or layer.label or layer.id


def _summary(layer: Layer) -> str:
    return " + ".join([layer.type, *layer.also])
