"""Who says so: the provenance of each value of an answer, told from the reading it started from.

A browser could claim anything, so this is told here: a value that stands in the reading keeps what the reading says
of it, any other was set by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from extraction.flow.model import Flow, Layer

PERSON = "person"
#: Facts of a layer, beside its parameters, that have a provenance of their own.
FACTS = ("type", "also", "output_shape")


def attribute(flow: Flow, *, reading: Flow | None) -> Flow:
    """The flow with a provenance for every value that its layers have."""
    known = {layer.id: layer for layer in reading.layers} if reading else {}
    layers = [replace(layer, provenance=dict(_provenance(layer, known.get(layer.id)))) for layer in flow.layers]
    return replace(flow.with_layers(layers), sources=reading.sources if reading else flow.sources)


def _provenance(layer: Layer, before: Layer | None) -> Iterator[tuple[str, str]]:
    values, old = _values(layer), _values(before) if before else {}
    for name, value in values.items():
        if name in old and old[name] == value and before is not None:
            yield name, before.provenance.get(name, "figure")
        else:
            yield name, PERSON


def _values(layer: Layer) -> dict[str, Any]:
    values: dict[str, Any] = dict(layer.to_dict().get("params", {}))
    for fact in FACTS:
        value = getattr(layer, fact)
        if value:
            values[fact] = value
    return values
