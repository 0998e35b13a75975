"""A second look: a figure's pixels are read once more, as a smaller picture, which says nothing about its network.

Where both readings say the same it is more likely right: of this confidences are made, beside what is left open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from extraction.flow.alignment import align
from extraction.flow.model import Flow

#: How much smaller the picture is.
SMALLER = 0.8


class Agreement(NamedTuple):
    """How far a second reading says what a first one said: shares from 0 to 1."""

    #: The mean of the F1 of layers and connections, one reading taken for the true one.
    figure: float
    #: Of each layer: 1 where the other reading has it, a half where it has it as another type.
    layers: tuple[float, ...]
    #: Of each connection: 1 where the other reading has it.
    connections: tuple[float, ...]


def agreed_in_all(flow: Flow) -> Agreement:
    """What a reading says that nothing speaks against."""
    return Agreement(1.0, (1.0,) * len(flow.layers), (1.0,) * len(flow.connections))


def agreement(flow: Flow, other: Flow) -> Agreement:
    """How far the other reading of the same figure says what this one says; both in the same pixels."""
    other = _renamed(other)
    there = {layer.id: layer for layer in other.layers}
    same = align(flow, other)
    led = {(connection.source, connection.target) for connection in other.connections}
    layers = tuple(
        0.0 if layer.id not in same else 1.0 if there[same[layer.id]].type == layer.type else 0.5
        for layer in flow.layers
    )
    connections = tuple(float((same.get(c.source), same.get(c.target)) in led) for c in flow.connections)
    of_layers = _f1(layers.count(1.0), len(layers), len(other.layers))
    of_connections = _f1(connections.count(1.0), len(connections), len(other.connections))
    return Agreement((of_layers + of_connections) / 2, layers, connections)


def _renamed(flow: Flow) -> Flow:
    """With ids that no other reading has: equal ids of two readings mean nothing, but are taken for the same layer."""
    ids = {layer.id: f"other {layer.id}" for layer in flow.layers}
    return flow.with_layers(
        [replace(layer, id=ids[layer.id]) for layer in flow.layers],
        [replace(c, source=ids[c.source], target=ids[c.target]) for c in flow.connections],
    )


def _f1(both: int, one: int, other: int) -> float:
    return 2 * both / (one + other) if one + other else 1.0
