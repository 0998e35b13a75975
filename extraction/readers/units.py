"""Single neurons: what is drawn beside networks of circles, and letters that are the inputs of one circle."""

from __future__ import annotations

from dataclasses import replace

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.readers.primitives import Drawing, around, centre, distance, inside

#: Names of single inputs are no longer than this: "x1", "bias".
NAME = 6
#: A column is so many times as long as its members are out of line.
IN_LINE = 3.0


def beside(drawing: Drawing, regions: list[BBox]) -> Drawing:
    """What is drawn outside of the regions of networks and of their words."""
    rest = Drawing(drawing.width, drawing.height, drawing.unit)
    rest.boxes = [box for box in drawing.boxes if not any(inside(box.bbox, region, 0.3) for region in regions)]
    rest.texts = [text for text in drawing.texts if not any(inside(text.bbox, region, 0.5) for region in regions)]
    rest.wires = [
        wire
        for wire in drawing.wires
        if not any(distance(end.point, region) == 0 for end in wire.ends for region in regions)
    ]
    return rest


def together(flow: Flow, more: Flow) -> Flow:
    """Both flows as one, where the second joins anything."""
    if not more.connections:
        return flow
    joined = {end for c in more.connections for end in (c.source, c.target)}
    ids = {layer.id: f"l{len(flow.layers) + n}" for n, layer in enumerate(more.layers, 1) if layer.id in joined}
    layers = tuple(replace(layer, id=ids[layer.id]) for layer in more.layers if layer.id in ids)
    connections = tuple(replace(c, source=ids[c.source], target=ids[c.target]) for c in more.connections)
    return replace(flow, layers=flow.layers + layers, connections=flow.connections + connections)


def as_units(flow: Flow) -> Flow:
    """A circle is a layer of one unit, and the letters in a column that lead to it are its one input."""
    layers = [replace(layer, type="Dense") if layer.type == "Unknown" else layer for layer in flow.layers]
    return _gathered(replace(flow, layers=tuple(layers)))


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
