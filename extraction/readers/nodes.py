"""Which boxes and free texts of a drawing are layers, and what is written in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction.flow.model import BBox
from extraction.readers.primitives import (
    Box,
    Drawing,
    Point,
    TextLine,
    area,
    around,
    centre,
    distance,
    encloses,
    gap,
    height,
    inside,
    overlap,
    width,
)

#: How close lines of one free text stand, in heights of a line.
LINE_GAP = 0.55
#: An ellipsis, as words have it.
DOTS = re.compile(r"[.·•…⋯⋮⋱:\s]+")
#: What circles are read as; so many in one box are no words.
CIRCLES, MANY = "oO0Q○〇●◎", 3
#: The mark of a sub-figure, with or without its caption: no line leads to it.
SUBCAPTION = re.compile(r"\s*\([a-zA-Z0-9]\)(\s|$)")


@dataclass(slots=True)
class Node:
    """A box or a free text that may turn out to be a layer."""

    bbox: BBox
    box: Box | None = None
    lines: list[TextLine] = field(default_factory=list)

    @property
    def body(self) -> BBox:
        """What of it hides others: of a cuboid its front, as volumes stand before its depth."""
        return self.box.front if self.box and self.box.front else self.bbox

    @property
    def place(self) -> Point:
        """Where it stands: a cuboid by its front."""
        return centre(self.body)

    @property
    def label(self) -> str:
        return " ".join(line.text for line in reading_order(self.lines)).strip()

    @property
    def letters(self) -> float:
        """How surely the text was read."""
        return min((line.confidence for line in self.lines), default=1.0)


@dataclass(slots=True)
class Scene:
    """A drawing sorted: what may be layers, what stands free, what frames others."""

    boxes: list[Node]
    texts: list[Node]
    frames: list[Node]


def reading_order(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines from top to bottom, those of one height from left to right; upright text turned so first."""
    if not lines:
        return []
    if all(line.direction == 90 for line in lines):
        return sorted(lines, key=lambda line: (line.bbox[0], -line.bbox[3]))
    if all(line.direction == 270 for line in lines):
        return sorted(lines, key=lambda line: (-line.bbox[2], line.bbox[1]))
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: centre(line.bbox)[1]):
        if rows and centre(line.bbox)[1] < rows[-1][0].bbox[3] - 0.3 * height(rows[-1][0].bbox):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.bbox[0])]


def sort_out(drawing: Drawing, *, volumes: bool = False) -> Scene:
    """Put each text into the smallest box around it; tell frames around other boxes from boxes.

    In a figure of `volumes`, lines that end at boxes in boxes show what a filter sees.
    """
    boxes = sorted((Node(box.bbox, box) for box in drawing.boxes), key=lambda node: area(node.bbox))
    free: list[TextLine] = []
    for line in drawing.texts:
        for node in boxes:
            if inside(line.bbox, node.bbox, 0.6) and _fits(line, node):
                node.lines.append(line)
                break
        else:
            free.append(line)
    for node in boxes:
        drawn = [line for line in node.lines if line.text in CIRCLES]
        if len(drawn) >= MANY:
            node.lines = [line for line in node.lines if line.text not in CIRCLES]
    frames: list[Node] = []
    kept: list[Node] = []
    for node in boxes:
        within = [other for other in boxes if other is not node and _is_in(other, node)]
        within = [other for other in within if area(other.bbox) < 0.9 * area(node.bbox)]
        speaking = [other for other in within if _speaks(other) or (other.box and other.box.operator)]
        silent = not _speaks(node)
        if (
            len(speaking) >= 2
            or (not volumes and silent and len([other for other in within if wired(other, drawing)]) >= 2)
            or _is_key(node, within, volumes)
            or (speaking and (silent or area(speaking[-1].bbox) < 0.25 * area(node.bbox)))
        ):
            frames.append(node)
        else:
            kept.append(node)
    for frame in frames:
        free += frame.lines
    # What is drawn inside a box that speaks for itself is decoration.
    kept = [
        node
        for node in kept
        if node.lines
        or (node.box and node.box.operator)
        or not any(other is not node and _is_in(node, other) for other in kept)
    ]
    texts = [text for text in clusters(free, drawing.unit) if not SUBCAPTION.match(text.label)]
    return Scene(kept, texts, frames)


def _speaks(node: Node) -> bool:
    """Whether words stand in a box: dots say that what is in it goes on."""
    return any(not DOTS.fullmatch(line.text) for line in node.lines)


def _is_in(node: Node, other: Node) -> bool:
    """Whether a box lies in another; before a cuboid's depth or in the empty corner beside a rod it does not."""
    if other.box and other.box.hull and not encloses(other.box.hull, centre(node.bbox)):
        return False
    return inside(node.bbox, other.body, 0.85)


def wired(node: Node, drawing: Drawing) -> bool:
    """Whether a line begins or ends at a flat box."""
    if node.box and node.box.shape == "volume":
        return False  # volumes in a frame show what the module is that it means
    near = 0.2 * drawing.unit
    return any(distance(end.point, node.bbox) <= near for wire in drawing.wires for end in wire.ends)


def _is_key(node: Node, within: list[Node], volumes: bool) -> bool:
    """Whether a box frames samples with their meanings: each is level with a line of its own, or has one below it.

    Beside volumes, only where these lines stand apart: they are labelled so themselves.
    """
    beside = [line for line in node.lines if any(overlap(line.bbox, other.bbox) == 0 for other in within)]
    if len(within) < 2 or len(beside) < 2:
        return False
    if not any(_together(a, b, height(a.bbox)) for a in beside for b in beside if a is not b):
        return True
    for axis in () if volumes else (1, 0):
        named = set()
        for line in beside:
            level = [
                (gap(line.bbox, other.bbox), k)
                for k, other in enumerate(within)
                if abs(centre(line.bbox)[axis] - centre(other.bbox)[axis]) < 0.5 * height(line.bbox)
            ]
            named |= {min(level)[1]} if level else set()
        if len(named) == len(within):
            return True
    return False


def _fits(line: TextLine, node: Node) -> bool:
    """A long text that merely crosses a small box is not its label, nor one in an empty corner beside a volume."""
    if node.box and node.box.hull and not encloses(node.box.hull, centre(line.bbox)):
        return False
    return width(line.bbox) <= 1.35 * width(node.bbox) and height(line.bbox) <= 1.6 * height(node.bbox)


def clusters(lines: list[TextLine], unit: float) -> list[Node]:
    """Free lines that stand under one another, as one text each."""
    groups: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.bbox[1], line.bbox[0])):
        touching = [group for group in groups if any(_together(line, other, unit) for other in group)]
        merged = [line]
        for group in touching:
            groups.remove(group)
            merged += group
        groups.append(merged)
    return [Node(around([line.bbox for line in group]), None, group) for group in groups]


def is_number(text: str) -> bool:
    """A lone number: the channels of what a wire carries, not a name."""
    return bool(text) and not any(c.isalpha() for c in text) and sum(c.isdigit() for c in text) >= 0.6 * len(text)


def _together(a: TextLine, b: TextLine, unit: float) -> bool:
    if a.direction != b.direction or is_number(a.text) != is_number(b.text):
        return False
    tall = unit if a.direction == 0 else 1.2 * unit
    shared = overlap(
        (a.bbox[0], 0, a.bbox[2], 1) if a.direction == 0 else (a.bbox[1], 0, a.bbox[3], 1),
        (b.bbox[0], 0, b.bbox[2], 1) if a.direction == 0 else (b.bbox[1], 0, b.bbox[3], 1),
    )
    short = min(_length(a), _length(b))
    return gap(a.bbox, b.bbox) <= LINE_GAP * tall and shared >= 0.5 * short


def _length(line: TextLine) -> float:
    return width(line.bbox) if line.direction == 0 else height(line.bbox)
