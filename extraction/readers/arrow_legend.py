"""Legends of arrows: what the operation is that an arrow of some colour stands for, written beside a sample of it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.aims import COUNT
from extraction.readers.links import Links
from extraction.readers.nodes import Node, Scene, clusters, is_number
from extraction.readers.primitives import (
    Drawing,
    Point,
    TextLine,
    Wire,
    around,
    centre,
    distance,
    gap,
    height,
    to_segment,
    width,
)
from extraction.vocabulary import Phrase, parse_name

#: A sample is no longer, its meaning stands no farther right of it, nor begins so much before its end: a block arrow
#: counts as longer than it is. In heights of a line.
LONGEST, REACH, OVER = 9.0, 4.0, 1.0
#: Their middles are so level, and meanings in a column begin so much in one line.
LEVEL, ALIGNED = 0.8, 1.5
#: No box is so near to a sample.
CLEAR = 0.5
#: Fewest samples of a legend; the longest is no so many times as long as the shortest.
FEWEST, ALIKE = 2, 2.5
#: Inks of two meanings differ by more, those of one by less, of how much ink a line has.
OTHER, SAME = 0.2, 0.4
#: Pixels around a point of a line that hold all of its ink.
AROUND = 3
#: Where on a straight line its ink is looked at, as shares of it: not at its ends, where a head or a box may be.
PLACES = np.linspace(0.3, 0.6, 7)
#: How sure a layer is that an arrow names.
SURE = 0.8

_JOINS = re.compile(r"\b(cop(?:y|ied)|crop\w*|concat\w*|skip\w*|merg\w*)\b", re.IGNORECASE)
_ADDS = re.compile(r"\b(add\w*|sum\w*|residual|shortcut|identity|element-?wise)\b", re.IGNORECASE)

#: How much of red, green and blue a line takes from the paper, across it: pixels of 1 each.
Ink = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArrowMeaning:
    ink: Ink
    phrase: Phrase
    text: str

    @property
    def merges(self) -> str:
        """The type of what several such arrows lead to, if they bring together."""
        if self.phrase.type in ("Concatenate", "Add", "Multiply", "Average", "Maximum"):
            return self.phrase.type
        return "Concatenate" if _JOINS.search(self.text) else "Add" if _ADDS.search(self.text) else ""


def take_arrows(scene: Scene, drawing: Drawing, image: Image) -> list[ArrowMeaning]:
    """Take the samples of a legend and their words out of a scene and its drawing.

    Args:
        image: what the drawing is of, height x width x 3, uint8, RGB.
    """
    samples = [wire for wire in drawing.wires if _is_short(wire, drawing.unit)]
    keys = [node for node in scene.boxes if _is_key(node, samples)]
    boxes = [node for node in scene.boxes if not any(node is key for key in keys)]
    samples = [wire for wire in samples if _is_free(wire, boxes, drawing.unit)]
    told = [line for text in (*scene.texts, *keys) for line in text.lines]
    lines = [line for line in told if not is_number(line.text)]
    found = [(wire, beside) for wire in samples if (beside := _meaning(wire, lines, drawing.unit))]
    found = _in_line(found, drawing.unit)
    meanings = [
        ArrowMeaning(ink, parse_name(text), text)
        for wire, beside in found
        if (text := " ".join(line.text for line in beside)) and (ink := ink_of(wire, image)) is not None
    ]
    usual = _usual(meanings)
    apart = all(math.dist(a.ink, b.ink) > OTHER * usual for k, a in enumerate(meanings) for b in meanings[:k])
    typed = any(meaning.phrase.type for meaning in meanings)
    if len(meanings) < FEWEST or len(meanings) < len(found) or not apart or not typed:
        return []
    drawing.wires = [wire for wire in drawing.wires if not any(wire is sample for sample, _ in found)]
    gone = {id(line) for _, beside in found for line in beside}
    scene.boxes[:] = [node for node in scene.boxes if not any(id(line) in gone for line in node.lines)]
    left = [line for text in scene.texts for line in text.lines if id(line) not in gone]
    scene.texts[:] = clusters(left, drawing.unit)
    return meanings


def _usual(meanings: Sequence[ArrowMeaning]) -> float:
    return median(math.hypot(*meaning.ink) for meaning in meanings) if meanings else 0.0


def ink_of(wire: Wire, image: Image) -> Ink | None:
    """The ink of a line, the same however it lies between pixels; `None` for one without points."""
    tall, wide = image.shape[:2]
    seen = []
    for x, y in _between(wire):
        x0, y0 = max(0, round(x) - AROUND), max(0, round(y) - AROUND)
        patch = image[y0 : min(tall, y0 + 2 * AROUND + 1), x0 : min(wide, x0 + 2 * AROUND + 1)]
        if patch.size:
            seen.append((1 - patch / 255).sum(axis=(0, 1)) / (2 * AROUND + 1))
    return np.median(np.array(seen), axis=0) if seen else None


def _between(wire: Wire) -> list[Point]:
    """Points of a line away from its ends."""
    if len(wire.ends) != 2:
        return list(wire.path)
    a, b = (np.array(end.point) for end in wire.ends)
    if all(to_segment(point, tuple(a), tuple(b)) < 1.5 for point in wire.path):
        return [(float(x), float(y)) for x, y in a + PLACES[:, None] * (b - a)]
    far = 0.2 * math.dist(a, b)
    return [point for point in wire.path if min(math.dist(point, a), math.dist(point, b)) > far]


def _is_short(wire: Wire, unit: float) -> bool:
    return len(wire.ends) == 2 and math.dist(*(end.point for end in wire.ends)) <= LONGEST * unit


def _is_key(node: Node, samples: Sequence[Wire]) -> bool:
    """Whether a box frames a legend: it holds lines of words, and about as many samples."""
    held = sum(all(distance(end.point, node.bbox) == 0 for end in wire.ends) for wire in samples)
    return len(node.lines) >= FEWEST and held >= max(FEWEST, len(node.lines) / 2)


def _is_free(wire: Wire, boxes: Sequence[Node], unit: float) -> bool:
    """Whether a line ends at no box."""
    return all(distance(end.point, node.bbox) > CLEAR * unit for end in wire.ends for node in boxes)


def _meaning(wire: Wire, lines: Sequence[TextLine], unit: float) -> list[TextLine]:
    """The words right of a sample: a line that is level with it."""
    _, y0, x1, y1 = _bounds(wire)
    return [
        line
        for line in lines
        if -OVER * unit < line.bbox[0] - x1 < REACH * unit and abs(centre(line.bbox)[1] - (y0 + y1) / 2) < LEVEL * unit
    ][:1]


def _in_line(found: list[tuple[Wire, list[TextLine]]], unit: float) -> list[tuple[Wire, list[TextLine]]]:
    """Those whose meanings stand in a column, or else in a row, if all their samples are of about one length."""
    for at, far in ((lambda line: line.bbox[0], ALIGNED), (lambda line: centre(line.bbox)[1], LEVEL)):
        places = [at(beside[0]) for _, beside in found]
        if places:
            usual = median(places)
            alike = [item for item, place in zip(found, places, strict=True) if abs(place - usual) < far * unit]
            long = [math.dist(*(end.point for end in wire.ends)) for wire, _ in alike]
            if len(alike) >= FEWEST and max(long) < ALIKE * min(long):
                return alike
    return []


def _bounds(wire: Wire) -> BBox:
    return around([(x, y, x, y) for x, y in (*(end.point for end in wire.ends), *wire.path)])


def name_by_arrows(
    links: Links, meanings: Sequence[ArrowMeaning], image: Image, unit: float
) -> dict[int, tuple[Phrase, str]]:
    """What the boxes without words are that arrows lead to: by the place of each, what its arrow means, and its words.

    A number right above or below such a box, which counts its channels, is written into it, in place.
    """
    if not meanings:
        return {}
    entering: dict[int, list[ArrowMeaning]] = {}
    usual = _usual(meanings)
    for wire, target in links.reaches:
        ink = ink_of(wire, image)
        node = links.nodes[target]
        if ink is None or node.box is None or any(not is_number(line.text) for line in node.lines):
            continue
        away, k = min((math.dist(ink, meaning.ink), k) for k, meaning in enumerate(meanings))
        if away < SAME * usual:
            entering.setdefault(target, []).append(meanings[k])
    named = {}
    for target, several in entering.items():
        together = len({s for s, t in links.certain if t == target}) > 1
        merging = next((meaning for meaning in several if meaning.merges), None) if together else None
        plain = [meaning for meaning in several if not meaning.merges]
        meaning = merging or next((m for m in plain if m.phrase.type), several[0])
        # What is copied alone is nothing new.
        kind = (meaning.merges or meaning.phrase.type) if together or not meaning.merges else None
        if kind:
            phrase = meaning.phrase if kind == meaning.phrase.type else Phrase(kind, "layer", confidence=SURE)
            named[target] = (phrase, meaning.text)
    _count(links, list(named), unit)
    return named


def _count(links: Links, boxes: Sequence[int], unit: float) -> None:
    joined = {i for pair in links.certain for i in pair}
    for i, text in enumerate(links.nodes):
        if text.box or i in joined or not text.label.isdecimal():
            continue
        near = [(gap(links.nodes[k].bbox, text.bbox), k) for k in boxes if _over(text, links.nodes[k])]
        if near and min(near)[0] < COUNT * unit and not links.nodes[min(near)[1]].lines:
            links.nodes[min(near)[1]].lines = list(text.lines)


def _over(text: Node, node: Node) -> bool:
    """Whether a text stands above or below a box, in the middle."""
    aside = abs(centre(text.bbox)[0] - centre(node.bbox)[0])
    return aside < 0.5 * max(width(node.bbox), width(text.bbox)) and (
        text.bbox[3] <= node.bbox[1] + 0.5 * height(text.bbox) or text.bbox[1] >= node.bbox[3] - 0.5 * height(text.bbox)
    )
