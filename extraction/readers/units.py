"""Single neurons: circles that are layers by themselves, and letters that are the inputs of one circle."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.readers.primitives import Drawing, around, centre, width

#: Names of single inputs are no longer than this: "x1", "bias".
NAME = 6
#: A column is so many times as long as its members are out of line.
IN_LINE = 3.0
#: So many arrows from a letter to the same one beside it are steps of an unrolled network.
STEPS = 2


def as_units(flow: Flow, drawing: Drawing) -> Flow:
    """A circle is a layer of one unit, and the letters in a column that lead to it are its one input.

    In an unrolled network circles are what is there at each step, none of them a single unit.
    """
    circles = [box.bbox for box in drawing.boxes if box.shape == "circle"]
    if _unrolled(flow, circles):
        return flow
    comes = {c.target for c in flow.connections}
    layers = [_as_unit(layer, circles) if layer.id in comes else layer for layer in flow.layers]
    return _gathered(replace(flow, layers=tuple(layers)))


def _unrolled(flow: Flow, circles: list[BBox]) -> bool:
    """Whether circles of one letter follow one another, level: a state, step by step."""
    states = {layer.id: layer for layer in flow.layers if layer.label[:1].isalpha() and _is_round(layer, circles)}
    steps = 0
    for c in flow.connections:
        one, two = states.get(c.source), states.get(c.target)
        if one and two and one.bbox and two.bbox and one.label[0].casefold() == two.label[0].casefold():
            (x, y), (next_x, next_y) = centre(one.bbox), centre(two.bbox)
            steps += abs(next_y - y) < 0.5 * width(one.bbox) < abs(next_x - x)
    return steps >= STEPS


def _is_round(layer: Layer, circles: list[BBox]) -> bool:
    return layer.bbox is not None and any(
        math.dist(centre(layer.bbox), centre(circle)) < 0.3 * width(circle) for circle in circles
    )


def _as_unit(layer: Layer, circles: list[BBox]) -> Layer:
    """A circle that something comes into, with a letter in it or none."""
    round_ = _is_round(layer, circles)
    if layer.type == "Unknown":
        return replace(layer, type="Dense")
    if round_ and layer.type in ("Block", "Output") and len(layer.label) <= NAME:
        return replace(layer, type="Dense", params={"units": 1}, provenance={"units": "figure"})
    return layer


def _gathered(flow: Flow) -> Flow:
    """A column or row of single inputs of the same layers as one `Input`."""
    goes: dict[str, list[str]] = {}
    for c in flow.connections:
        goes.setdefault(c.source, []).append(c.target)
    comes = {c.target for c in flow.connections}
    groups: dict[tuple[str, ...], list[Layer]] = {}
    for layer in flow.layers:
        if layer.id in goes and layer.id not in comes and len(layer.label) <= NAME and layer.bbox:
            groups.setdefault(tuple(sorted(goes[layer.id])), []).append(layer)
    for group in groups.values():
        if len(group) > 1 and _in_line([layer.bbox for layer in group if layer.bbox]):
            flow = _one(flow, group)
    return flow


def _in_line(boxes: list[BBox]) -> bool:
    spreads = [max(values) - min(values) for values in zip(*(centre(box) for box in boxes), strict=True)]
    return bool(max(spreads) > IN_LINE * min(spreads))


def _one(flow: Flow, group: list[Layer]) -> Flow:
    gone = {layer.id for layer in group[1:]}
    bbox = around([layer.bbox for layer in group if layer.bbox])
    label = " ".join(layer.label for layer in group)
    first = replace(group[0], type="Input", params={}, provenance={}, label=label, bbox=bbox)
    layers = tuple(first if layer.id == first.id else layer for layer in flow.layers if layer.id not in gone)
    kept: tuple[Connection, ...] = tuple(c for c in flow.connections if c.source not in gone)
    return replace(flow, layers=layers, connections=kept)
