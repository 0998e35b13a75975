"""What a figure is drawn of, the same whether it came as vectors or as pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

from extraction.flow.model import BBox

Point = tuple[float, float]
#: Boxes whose areas differ by less are as large as each other.
AS_LARGE = 0.97
#: Fills of one colour differ no more than this, in each of red, green and blue: pictures are blurred and compressed.
SHADE = 0.04


@dataclass(frozen=True, slots=True)
class Box:
    """A closed outline or a filled area that may be a layer."""

    bbox: BBox
    #: A volume is a cuboid or a stack of sheets, drawn as several faces.
    shape: Literal["rect", "circle", "other", "volume"] = "rect"
    #: The catalogue's type of the sign drawn in it: a plus in a circle is `Add`.
    operator: str = ""
    filled: bool = False
    confidence: float = 1.0
    #: Of the fill, red, green and blue from 0 to 1, where it is filled.
    colour: tuple[float, float, float] | None = None
    #: Corners of a volume's outline, which leaves two corners of its upright box empty.
    hull: tuple[Point, ...] = ()
    #: The upright face of a cuboid, where it is known: behind it lies what may be hidden.
    front: BBox | None = None


@dataclass(frozen=True, slots=True)
class TextLine:
    text: str
    bbox: BBox
    #: Degrees counter-clockwise: 0 left to right, 90 upwards, 270 downwards.
    direction: int = 0
    confidence: float = 1.0
    #: Height of the line itself where it runs aslant; its upright box is higher.
    slant: float = 0.0

    @property
    def tall(self) -> float:
        """How high its letters are, whichever way it runs."""
        return self.slant or min(width(self.bbox), height(self.bbox))


@dataclass(frozen=True, slots=True)
class End:
    """One end of a wire. `heading` is the direction in which the line runs there, outwards."""

    point: Point
    head: bool
    heading: Point = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Wire:
    """Lines that touch one another: an arrow, or several that branch or merge on their way."""

    ends: tuple[End, ...]
    #: Some points on the line, to tell which text stands beside it.
    path: tuple[Point, ...] = ()
    #: Pairs of `ends` between which the line leads, the smaller place first; empty: between any two.
    pairs: tuple[tuple[int, int], ...] = ()
    confidence: float = 1.0

    @property
    def links(self) -> tuple[tuple[int, int], ...]:
        """The pairs of ends between which the line leads, the smaller place first."""
        return self.pairs or tuple(combinations(range(len(self.ends)), 2))


@dataclass(slots=True)
class Drawing:
    """All primitives of one figure, in pixels of its image."""

    width: float
    height: float
    #: Height of a line of text: what "near" and "small" are measured in.
    unit: float
    boxes: list[Box] = field(default_factory=list)
    texts: list[TextLine] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    #: Those marked (a), (b), …; nothing leads from one to another.
    parts: list[BBox] = field(default_factory=list)


def same_shade(a: Box, b: Box) -> bool:
    """Whether two boxes are filled with one colour, or neither is filled."""
    if a.colour is None or b.colour is None:
        return a.colour == b.colour
    return all(abs(x - y) <= SHADE for x, y in zip(a.colour, b.colour, strict=True))


def width(box: BBox) -> float:
    return box[2] - box[0]


def height(box: BBox) -> float:
    return box[3] - box[1]


def area(box: BBox) -> float:
    wide, tall = box[2] - box[0], box[3] - box[1]
    return wide * tall if wide > 0 and tall > 0 else 0.0


def scaled(bbox: BBox, factor: float) -> BBox:
    return bbox[0] * factor, bbox[1] * factor, bbox[2] * factor, bbox[3] * factor


def scaled_box(box: Box, factor: float) -> Box:
    hull = tuple((x * factor, y * factor) for x, y in box.hull)
    front = scaled(box.front, factor) if box.front else None
    return replace(box, bbox=scaled(box.bbox, factor), hull=hull, front=front)


def scaled_line(line: TextLine, factor: float) -> TextLine:
    return replace(line, bbox=scaled(line.bbox, factor), slant=line.slant * factor)


def centre(box: BBox) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def overlap(a: BBox, b: BBox) -> float:
    """Area that both cover."""
    # Asked up to a million times a figure: comparisons are quicker than calls of `max` and `min`.
    wide = (a[2] if a[2] < b[2] else b[2]) - (a[0] if a[0] > b[0] else b[0])
    if wide <= 0:
        return 0.0
    tall = (a[3] if a[3] < b[3] else b[3]) - (a[1] if a[1] > b[1] else b[1])
    return wide * tall if tall > 0 else 0.0


def inside(inner: BBox, outer: BBox, share: float = 0.9) -> bool:
    """Whether at least a share of the inner box lies within the outer one."""
    both = overlap(inner, outer)
    return both > 0 and both >= share * max(area(inner), 1e-9)


def around(boxes: list[BBox]) -> BBox:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def distance(point: Point, box: BBox) -> float:
    """From a point to a box's border or inside (0)."""
    (x, y), (x0, y0, x1, y1) = point, box
    dx = x0 - x if x < x0 else x - x1 if x > x1 else 0.0
    dy = y0 - y if y < y0 else y - y1 if y > y1 else 0.0
    return math.hypot(dx, dy)


def depth(point: Point, box: BBox) -> float:
    """From a point in a box to the nearest side; 0 outside of it."""
    return max(0.0, min(point[0] - box[0], box[2] - point[0], point[1] - box[1], box[3] - point[1]))


def gap(a: BBox, b: BBox) -> float:
    """Between two boxes; 0 where they touch."""
    dx = max(a[0] - b[2], 0.0, b[0] - a[2])
    dy = max(a[1] - b[3], 0.0, b[1] - a[3])
    return math.hypot(dx, dy)


def touching(boxes: list[Box], apart: float) -> list[list[Box]]:
    """Groups of boxes of which each is no farther apart from another one of its group."""
    groups: list[list[Box]] = []
    for box in boxes:
        near = [group for group in groups if any(gap(box.bbox, other.bbox) <= apart for other in group)]
        groups = [group for group in groups if not any(group is other for other in near)]
        groups.append([box, *(other for group in near for other in group)])
    return groups


def to_segment(point: Point, a: Point, b: Point) -> float:
    """Distance from a point to a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
    return math.hypot(point[0] - a[0] - t * dx, point[1] - a[1] - t * dy)


def encloses(hull: tuple[Point, ...], point: Point) -> bool:
    """Whether a convex outline goes round a point."""
    turns = [
        (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
        for a, b in zip(hull, (*hull[1:], hull[0]), strict=True)
    ]
    return all(turn >= 0 for turn in turns) or all(turn <= 0 for turn in turns)


def unique_boxes(boxes: list[Box]) -> list[Box]:
    """One box where several were drawn over one another (a fill and its outline, a shadow).

    It is the larger one; of such as large as each other, and alike otherwise, the first.
    """
    kept: list[Box] = []
    order = {id(box): n for n, box in enumerate(boxes)}
    for box in sorted(boxes, key=lambda b: (-area(b.bbox), not b.operator, not b.filled)):
        for i, other in enumerate(kept):
            both = overlap(box.bbox, other.bbox)
            if both > 0.8 * max(area(box.bbox), area(other.bbox), 1e-9):
                same = area(box.bbox) > AS_LARGE * area(other.bbox) and box.filled == other.filled
                before = same and box.operator == other.operator and order[id(box)] < order[id(other)]
                if before or (box.operator and not other.operator):
                    kept[i] = box
                break
        else:
            kept.append(box)
    return kept
