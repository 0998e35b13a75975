"""What scripted people answer on a site for trying out: made from the real reading of a figure, never stored.

The careful ones repair what the eye sees at once, by rules that hold for any figure drawn from top to bottom. The
others make the mistakes that people make.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from extraction.flow.model import Connection, Flow, Layer

Answer = Callable[[Flow, str], Flow]


def careful(reading: Flow, caption: str) -> Flow:
    """Named as the caption names it; arrows go down, not across, and every box but an input is reached by one."""
    connections = list(reading.connections)
    layers = {layer.id: layer for layer in reading.layers}
    if _goes_down(reading, layers):
        connections = [c for c in connections if not _beside(layers[c.source], layers[c.target])]
        for layer in reading.layers:
            if layer.type == "Input" or any(c.target == layer.id for c in connections):
                continue
            if above := _above(layer, reading):
                connections.append(Connection(source=above.id, target=layer.id))
    return replace(reading.with_layers(reading.layers, connections), name=_name(caption) or reading.name)


def as_read(reading: Flow, caption: str) -> Flow:
    """Looks good: nothing was changed."""
    return reading


def hasty(reading: Flow, caption: str) -> Flow:
    """As the careful one, but a value of the last layer that has one is lost."""
    flow = careful(reading, caption)
    if (lost := forgotten(reading)) is None:
        return flow
    layer, name = lost
    rest = {key: value for key, value in layer.params.items() if key != name}
    return flow.with_layers([replace(each, params=rest) if each.id == layer.id else each for each in flow.layers])


def in_a_row(reading: Flow, caption: str) -> Flow:
    """As the careful one, but of boxes side by side that come from one box, the second is taken to follow the first."""
    flow = careful(reading, caption)
    layers = {layer.id: layer for layer in flow.layers}
    first: dict[str, str] = {}
    connections = []
    for c in flow.connections:
        before = first.setdefault(c.source, c.target)
        aside = before != c.target and _beside(layers[before], layers[c.target])
        connections.append(Connection(source=before, target=c.target) if aside else c)
    if connections == list(flow.connections):  # nothing stands side by side: the last arrow is forgotten
        connections = connections[:-1]
    return flow.with_layers(flow.layers, connections)


def unfinished(reading: Flow, caption: str) -> Flow:
    """As the careful one, but handed in when half of it was done."""
    flow = careful(reading, caption)
    kept = flow.layers[: len(flow.layers) // 2]
    ids = {layer.id for layer in kept}
    return flow.with_layers(kept, [c for c in flow.connections if c.source in ids and c.target in ids])


def forgotten(reading: Flow) -> tuple[Layer, str] | None:
    """The layer, and which value of it, that the hasty one loses."""
    for layer in reversed(reading.layers):
        if layer.params:
            return layer, list(layer.params)[-1]
    return None


def thoughtless(reading: Flow, caption: str) -> Flow:
    """No honest answer: every box is the same, one below the other."""
    layers = [
        layer if layer.type == "Input" else replace(layer, type="Dense", params={"units": 1}, also=())
        for layer in reading.layers
    ]
    ids = [layer.id for layer in reversed(layers)]
    return reading.with_layers(layers, [Connection(source=a, target=b) for a, b in pairwise(ids)])


def _name(caption: str) -> str:
    text = re.sub(r"^\s*(?:figure|fig\.?)\s*\w+\s*[:.]\s*", "", caption, flags=re.IGNORECASE)
    return re.split(r"[.,;:]", text)[0].strip()[:60]


def _goes_down(flow: Flow, layers: dict[str, Layer]) -> bool:
    """Whether most arrows of the figure go down."""
    pairs = [(layers[c.source].bbox, layers[c.target].bbox) for c in flow.connections]
    down = [a is not None and b is not None and b[1] >= a[3] for a, b in pairs]
    return sum(down) * 2 > len(down)


def _beside(one: Layer, other: Layer) -> bool:
    if one.bbox is None or other.bbox is None:
        return False
    return min(one.bbox[3], other.bbox[3]) - max(one.bbox[1], other.bbox[1]) > 0


def _above(layer: Layer, flow: Flow) -> Layer | None:
    """The nearest box above it."""
    if layer.bbox is None:
        return None
    top = layer.bbox[1]
    above = [other for other in flow.layers if other.bbox is not None and other.bbox[3] <= top]
    return max(above, key=lambda other: other.bbox[3] if other.bbox else 0.0, default=None)
