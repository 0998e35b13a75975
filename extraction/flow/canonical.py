"""A form of the flow that does not depend on ids, on the order of its layers, or on how it was drawn.

Two flows with equal digests describe the same network. The digest comes from colours: each layer's own description,
mixed with the colours of all that leads to it and of all that it leads to (one pass along the connections in each
direction, as in Weisfeiler and Leman's refinement).
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.graph import topological
from extraction.flow.model import Connection, Flow, Layer
from extraction.flow.values import per_axis, whole, wrong

#: Merges whose inputs may change places.
COMMUTATIVE = frozenset({"Add", "Multiply", "Average", "Maximum", "Minimum"})
#: Rounds of refinement for layers in circles, which no order helps with.
_ROUNDS = 8


def canonical(flow: Flow) -> Flow:
    """The network alone: ids `l0`, `l1`, … in an order of its own; no names, places, confidences or sources."""
    described, colours = _coloured(flow)
    place = {layer_id: i for i, layer_id in enumerate(_order(flow, colours))}
    connections = [
        Connection(f"l{place[source]}", f"l{place[target]}")
        for target, sources in flow.inputs_of().items()
        for source in (sorted(sources, key=place.__getitem__) if _commutes(described[target]) else sources)
    ]
    connections.sort(key=lambda connection: int(connection.target[1:]))
    layers = (replace(described[i], id=f"l{place[i]}") for i in sorted(place, key=place.__getitem__))
    return Flow(tuple(layers), tuple(connections))


def digest(flow: Flow) -> str:
    """32 hexadecimal digits: equal for equal networks, however drawn."""
    described, colours = _coloured(flow)
    ends = []
    for target, sources in flow.inputs_of().items():
        ordered = not _commutes(described[target])
        ends += [[colours[s], colours[target], i if ordered else 0] for i, s in enumerate(sources)]
    return _hash([sorted(colours.values()), sorted(ends)])


def _described(layer: Layer) -> Layer:
    """What the layer is, written one way: types by their catalogue names, sizes in full."""
    kind = canonical_type(layer.type) or layer.type
    row = CATALOGUE.get(kind)
    params: dict[str, Any] = {}
    for name, value in sorted(layer.params.items()):
        parameter = row.parameter(name) if row else None
        if value is None:
            continue
        if parameter and parameter.kind in ("int", "size", "ints"):
            value = whole(value)
        if parameter and row and row.window and parameter.kind == "size" and not wrong(parameter, value, row.window):
            value = list(per_axis(value, row.window))
        params[name] = value
    label = layer.label if row is None or row.family == "block" else ""
    also = tuple(canonical_type(name) or name for name in layer.also)
    return Layer("", kind, label=label, params=params, also=also, output_shape=layer.output_shape)


def _commutes(layer: Layer) -> bool:
    return layer.type in COMMUTATIVE


def _hash(value: Any) -> str:
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()


def _coloured(flow: Flow) -> tuple[dict[str, Layer], dict[str, str]]:
    """By layer id: what the layer is, and its colour."""
    described = {layer.id: _described(layer) for layer in flow.layers}
    colours = {i: _hash(layer.to_dict()) for i, layer in described.items()}
    inputs, outputs = flow.inputs_of(), flow.outputs_of()
    order, circling = topological(flow)

    def from_inputs(layer_id: str) -> str:
        around = [colours[source] for source in inputs[layer_id]]
        return _hash([colours[layer_id], sorted(around) if _commutes(described[layer_id]) else around])

    def from_outputs(layer_id: str) -> str:
        around = []
        for target in outputs[layer_id]:
            place = 0 if _commutes(described[target]) else inputs[target].index(layer_id)
            around.append([colours[target], place])
        return _hash([colours[layer_id], sorted(around)])

    for layer_id in order:
        colours[layer_id] = from_inputs(layer_id)
    for _ in range(_ROUNDS if circling else 0):
        _at_once(colours, circling, from_inputs)
        _at_once(colours, circling, from_outputs)
    for layer_id in reversed(order):
        colours[layer_id] = from_outputs(layer_id)
    for layer_id in order:
        colours[layer_id] = from_inputs(layer_id)
    return described, colours


def _at_once(colours: dict[str, str], ids: Sequence[str], colour: Callable[[str], str]) -> None:
    colours.update({layer_id: colour(layer_id) for layer_id in ids})


def _order(flow: Flow, colours: dict[str, str]) -> list[str]:
    """Inputs first; among layers that are ready by the places of their inputs, then by colour."""
    inputs, outputs = flow.inputs_of(), flow.outputs_of()
    waiting = {i: len(sources) for i, sources in inputs.items()}
    place: dict[str, int] = {}

    def key(layer_id: str) -> tuple[str, list[int], str]:
        return colours[layer_id], sorted(place.get(source, -1) for source in inputs[layer_id]), layer_id

    ready = [key(i) for i, count in waiting.items() if not count]
    heapq.heapify(ready)
    while ready:
        *_, layer_id = heapq.heappop(ready)
        place[layer_id] = len(place)
        for target in outputs[layer_id]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, key(target))
    rest = sorted((i for i in waiting if i not in place), key=lambda i: (colours[i], i))
    return [*sorted(place, key=place.__getitem__), *rest]
