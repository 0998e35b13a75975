"""Arrowheads of a vector figure: which strokes are some, and which line each one ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.lines import Line
from extraction.readers.primitives import Point
from extraction.readers.strands import heading

Points = NDArray[np.float32]
#: How far (cosine) an arrowhead of two strokes may open beyond a right angle, and how straight its shaft comes in.
WIDE, STRAIGHT = 0.6, 0.9
#: A piece of line so long, in sizes of its head, says whence it comes in.
STRAIGHT_IN = 0.4
#: Of a head whose sides tell its tip, an end that would be at another corner counts as so much farther away, in sizes
#: of the head; they tell it where two are so much more alike than others.
ASIDE, EVEN = 0.5, 0.3
#: Legs of a head are no longer, in heights of a line.
LEG = 1.2


@dataclass(frozen=True, slots=True)
class Head:
    points: tuple[Point, ...]
    size: float
    #: It opens by more than a right angle, as the corner of a line may.
    wide: bool = False

    @property
    def middle(self) -> Point:
        count = len(self.points)
        return sum(p[0] for p in self.points) / count, sum(p[1] for p in self.points) / count


def chevron(points: Points, unit: float) -> Head | None:
    """An open arrowhead: two short legs that meet at the tip."""
    simple = cv2.approxPolyDP(points, 0.08 * unit, False).reshape(-1, 2)
    if len(simple) != 3:
        return None
    legs = [float(np.hypot(*(simple[i] - simple[1]))) for i in (0, 2)]
    if max(legs) > LEG * unit or min(legs) < 0.5 * max(legs):
        return None
    a, b = (simple[i] - simple[1] for i in (0, 2))
    cosine = float(a @ b) / max(legs[0] * legs[1], 1e-6)
    corners = tuple((float(x), float(y)) for x, y in simple)
    return Head(corners, max(legs), wide=cosine <= 0.0) if -WIDE < cosine < 0.98 else None


def has_shaft(line: Line, head: Head, unit: float) -> bool:
    """Whether a line runs into an open head's tip, between its legs."""
    first, tip, last = head.points
    opening = ((first[0] + last[0]) / 2 - tip[0], (first[1] + last[1]) / 2 - tip[1])
    size = math.hypot(*opening)
    for end in (0, 1):
        x, y = heading(line.points, end)
        straight = -(x * opening[0] + y * opening[1]) / max(size, 1e-6)
        if straight > STRAIGHT and math.dist(line.points[-end], tip) <= max(0.15 * unit, size):
            return True
    return False


def strokes_of_heads(lines: list[Line], unit: float) -> tuple[list[Line], list[Head]]:
    """Lines that are no legs of heads, and the heads that two short strokes make at the end of a longer line."""
    short = [
        i
        for i, line in enumerate(lines)
        if len(line.points) == 2 and 0 < math.dist(line.points[0], line.points[1]) <= LEG * unit
    ]
    heads: list[Head] = []
    used: set[int] = set()
    for n, i in enumerate(short):
        for j in short[n + 1 :]:
            if i in used or j in used or (legs := _legs(lines[i], lines[j], unit)) is None:
                continue
            head = chevron(np.asarray(legs, dtype=np.float32), unit)
            shafts = (line for k, line in enumerate(lines) if k not in (i, j, *used))
            if head and any(_longer(line, head) and has_shaft(line, head, unit) for line in shafts):
                heads.append(head)
                used.update((i, j))
    return [line for i, line in enumerate(lines) if i not in used], heads


def _legs(one: Line, other: Line, unit: float) -> list[Point] | None:
    """Two strokes as one, through the tip at which they meet."""
    for a in (0, 1):
        for b in (0, 1):
            if math.dist(one.points[a], other.points[b]) < 0.05 * unit + 0.5:
                return [one.points[1 - a], one.points[a], other.points[1 - b]]
    return None


def _longer(line: Line, head: Head) -> bool:
    return sum(math.dist(a, b) for a, b in pairwise(line.points)) > head.size


def _tip(head: Head, point: Point, way: Point, near: float) -> Point:
    """The corner of a head at which a line ends that comes a way: where it ends already, or the one farthest on."""
    closest = min(head.points, key=lambda corner: math.dist(corner, point))
    if math.dist(closest, point) <= near:
        return closest
    return max(head.points, key=lambda corner: corner[0] * way[0] + corner[1] * way[1])


def _tip_of(line: Line, end: int, head: Head, unit: float) -> Point:
    """The corner of a head at which a line ends."""
    point = line.points[-end]
    last = math.dist(point, line.points[-2 if end else 1])
    # Ends of lines drawn as areas bend, those of others may turn off just before the head.
    way = heading(line.points, end, last if last >= STRAIGHT_IN * head.size else head.size)
    return _tip(head, point, way, 0.02 * unit + 0.5)


def _is_aside(line: Line, end: int, head: Head, unit: float) -> bool:
    """Whether a line would end at a corner of a head that is not the one where its equal sides meet."""
    if len(head.points) != 3:
        return False
    a, b, c = head.points
    legs = [(abs(math.dist(p, q) - math.dist(p, r)), p) for p, q, r in ((a, b, c), (b, a, c), (c, a, b))]
    (uneven, apex), (other, _), _ = sorted(legs)
    return uneven < EVEN * other and _tip_of(line, end, head, unit) != apex


def _leads(head: Head, tip: Point, point: Point, way: Point) -> bool:
    """Whether a line that ends at a point, going a way, runs into a head: from before its middle, or as it points."""
    mx, my = head.middle
    before = (mx - point[0]) * way[0] + (my - point[1]) * way[1] >= 0
    return before or (tip[0] - mx) * way[0] + (tip[1] - my) * way[1] > 0


def _once(heads: list[Head]) -> list[Head]:
    """Heads without those drawn over another one: a triangle's fill and its outline are one."""
    kept: list[tuple[Point, Head]] = []
    for head in heads:
        middle = head.middle
        if not any(math.dist(middle, place) < 0.2 * other.size for place, other in kept):
            kept.append((middle, head))
    return [head for _, head in kept]


def put_heads(lines: list[Line], heads: list[Head], unit: float) -> None:
    """Give each arrowhead to the line end that runs into it, and let that end reach to the tip.

    The nearest pairs come first: where several arrows end side by side, each has its own head.
    """
    heads = _once(heads)
    middles = [head.middle for head in heads]
    near = sorted(
        (away + (ASIDE * head.size if _is_aside(line, end, head, unit) else 0.0), h, n, end)
        for h, (head, middle) in enumerate(zip(heads, middles, strict=True))
        for n, line in enumerate(lines)
        for end in (0, 1)
        if (away := math.dist(line.points[-end], middle)) <= 1.1 * head.size + 0.15 * unit
    )
    same = 0.08 * unit + 1
    #: Of each head the point at which its first line ended, and its tip.
    put: dict[int, tuple[Point, Point]] = {}
    for _, h, n, end in near:
        line, head = lines[n], heads[h]
        point = line.points[-end]
        if line.heads[end]:
            continue
        if h in put:  # several lines may end in one head
            place, tip = put[h]
            if math.dist(place, point) > same or not _leads(head, tip, point, heading(line.points, end)):
                continue
        else:
            tip = _tip_of(line, end, head, unit)
            put[h] = point, tip
        line.points[-end] = tip
        line.heads[end] = True
