"""Figures of several parts (a), (b), …: each is read by itself, and the flow has them as components of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Figure, Part, Stroke, Word
from extraction.readers.primitives import around, centre, distance


def apart(figure: Figure) -> list[Figure]:
    """A figure's parts as figures, each with what stands in it."""
    return [_cut_out(figure, part) for part in figure.parts]


def joined(flows: Sequence[Flow], parts: Sequence[Part]) -> Flow:
    """The parts' flows as one, in the pixels of the whole figure."""
    layers: list[Layer] = []
    connections: list[Connection] = []
    for flow, part in zip(flows, parts, strict=True):
        ids = {layer.id: f"l{n}" for n, layer in enumerate(flow.layers, len(layers) + 1)}
        layers += [replace(layer, id=ids[layer.id], bbox=_back(layer.bbox, part)) for layer in flow.layers]
        connections += [replace(c, source=ids[c.source], target=ids[c.target]) for c in flow.connections]
    sure = [(flow.confidence or 0.0, len(flow.layers)) for flow in flows]
    confidence = round(sum(value * count for value, count in sure) / len(layers), 3) if layers else None
    kinds = {flow.kind for flow in flows if flow.layers}
    return Flow(tuple(layers), tuple(connections), kind=kinds.pop() if len(kinds) == 1 else None, confidence=confidence)


def _cut_out(figure: Figure, part: Part) -> Figure:
    x0, y0, x1, y1 = (round(value) for value in part.bbox)

    def moved_word(word: Word) -> Word:
        a, b, c, d = word.bbox
        return replace(word, bbox=(a - x0, b - y0, c - x0, d - y0))

    def moved_stroke(stroke: Stroke) -> Stroke:
        return replace(stroke, points=tuple((x - x0, y - y0) for x, y in stroke.points))

    return replace(
        figure,
        image=figure.image[y0:y1, x0:x1].copy(),
        words=tuple(moved_word(word) for word in figure.words if distance(centre(word.bbox), part.bbox) == 0),
        strokes=tuple(moved_stroke(stroke) for stroke in figure.strokes if _stands_in(stroke, part.bbox)),
        parts=(),
    )


def _stands_in(stroke: Stroke, box: BBox) -> bool:
    bounds = around([(x, y, x, y) for x, y in stroke.points])
    return distance(centre(bounds), box) == 0


def _back(bbox: BBox | None, part: Part) -> BBox | None:
    if bbox is None:
        return None
    x, y = round(part.bbox[0]), round(part.bbox[1])
    return bbox[0] + x, bbox[1] + y, bbox[2] + x, bbox[3] + y
