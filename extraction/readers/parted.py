"""Figures of several parts (a), (b), …: each is read by itself, and the flow has them as components of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Figure, Image, Part, Stroke, Word
from extraction.pdf.parts import find_parts
from extraction.readers.primitives import TextLine, area, around, centre, distance, overlap, width

#: Parts share no more of the smaller one than this: words below one may reach under the next.
LAP = 0.1
#: A part's mark at the start of a line that was recognised: a bracket may be lost, and the space behind it.
_MARK = re.compile(r"\(?([a-h])\)(?=$|[^\w]|[A-Z])")


def parts_of_picture(image: Image, lines: Sequence[TextLine]) -> list[BBox]:
    """The parts of a picture (height x width x 3, RGB) by the marks among its lines of text; none that lap over."""
    found = find_parts(image, [word for n, line in enumerate(lines) for word in _words(line, n)], "")
    parts = [part.bbox for part in found]
    lap = any(overlap(a, b) > LAP * min(area(a), area(b)) for a, b in combinations(parts, 2))
    return [] if lap else parts


def _words(line: TextLine, number: int) -> list[Word]:
    """A recognised line as its mark, if it has one, and what follows: each in its share of the line's width."""
    match = _MARK.match(line.text)
    if not match:
        return [Word(line.text, line.bbox, line=number)]
    x0, y0, x1, y1 = line.bbox
    cut = x0 + width(line.bbox) * match.end() / len(line.text)
    mark = Word(f"({match[1]})", (x0, y0, cut, y1), line=number)
    rest = line.text[match.end() :].strip()
    return [mark, Word(rest, (cut, y0, x1, y1), line=number)] if rest else [mark]


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
