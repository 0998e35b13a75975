"""A moderator chooses other values than the consensus has: the flow with these in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotations.services.errors import Conflict, Invalid
from extraction.flow.model import Connection, Flow, Layer

Element = Mapping[str, Any]
#: Facts of a layer beside its parameters, with what stands for nothing.
FACTS: dict[str, Any] = {"label": "", "name": "", "output_shape": None}


def can_choose(element: Element, value: Any, shown: Flow | None) -> bool:
    """Whether the flow can be changed so that this value holds: a layer nobody was shown can't be drawn from a list."""
    if element["kind"] == "layer":
        return not value or (shown is not None and any(layer.id in element["layers"] for layer in shown.layers))
    if element["kind"] == "connection":
        return len(element["layers"]) == 2
    return element["kind"] in {"type", "parameter"} and len(element["layers"]) == 1


def chosen_flow(flow: Flow, elements: Sequence[Element], choices: Mapping[str, int], *, shown: Flow | None) -> Flow:
    """The flow with other values: `choices` are places in the rankings of elements, by the elements' keys.

    Raises:
        Conflict: no such element or value; the consensus was another one when it was chosen from.
        Invalid: this can't be chosen, but must be edited.
    """
    known = {element["key"]: element for element in elements}
    # Layers come first, so that their connections find them.
    for key in sorted(choices, key=lambda key: (known.get(key, {}).get("kind") != "layer", key)):
        element, place = known.get(key), choices[key]
        if element is None or not 0 <= place < len(element["ranking"]):
            raise Conflict("What you chose from has changed. Reload the page and choose again.")
        value = element["ranking"][place][0]
        if not can_choose(element, value, shown):
            raise Invalid("This can't be chosen here. Open the editor, and approve from there.")
        flow = _with(flow, element, value, shown)
    return flow


def _with(flow: Flow, element: Element, value: Any, shown: Flow | None) -> Flow:
    layers = element["layers"]
    if element["kind"] == "layer":
        return _with_layer(flow, layers[0], there=bool(value), shown=shown)
    if element["kind"] == "connection":
        return _with_connection(flow, layers[0], layers[1], there=bool(value))
    return flow.with_layers(
        [_with_value(layer, element, value) if layer.id == layers[0] else layer for layer in flow.layers]
    )


def _with_layer(flow: Flow, layer_id: str, *, there: bool, shown: Flow | None) -> Flow:
    if not there:
        kept = tuple(c for c in flow.connections if layer_id not in (c.source, c.target))
        return replace(flow, layers=tuple(x for x in flow.layers if x.id != layer_id), connections=kept)
    if shown is None or any(layer.id == layer_id for layer in flow.layers):
        return flow
    ids = {layer.id for layer in flow.layers} | {layer_id}
    known = {(c.source, c.target) for c in flow.connections}
    back = [
        c
        for c in shown.connections
        if layer_id in (c.source, c.target) and {c.source, c.target} <= ids and (c.source, c.target) not in known
    ]
    added = [layer for layer in shown.layers if layer.id == layer_id]
    return replace(flow, layers=(*flow.layers, *added), connections=(*flow.connections, *back))


def _with_connection(flow: Flow, source: str, target: str, *, there: bool) -> Flow:
    if not there:
        kept = tuple(c for c in flow.connections if (c.source, c.target) != (source, target))
        return replace(flow, connections=kept)
    ids = {layer.id for layer in flow.layers}
    if not {source, target} <= ids or any((c.source, c.target) == (source, target) for c in flow.connections):
        return flow
    return replace(flow, connections=(*flow.connections, Connection(source, target)))


def _with_value(layer: Layer, element: Element, value: Any) -> Layer:
    name = element["name"]
    if element["kind"] == "type":
        first, *also = str(value).split(" + ")
        return replace(layer, type=first, also=tuple(also), confidence=None)
    if "/params/" not in element["key"] and name in FACTS:
        fact = FACTS[name] if value is None else tuple(value) if isinstance(value, list) else value
        return replace(layer, **{name: fact})  # type: ignore[arg-type]  # `FACTS` names fields of layers
    params = {key: given for key, given in layer.params.items() if key != name}
    return replace(layer, params=params if value is None else params | {name: value})
