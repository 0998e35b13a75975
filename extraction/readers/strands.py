"""Vector lines that touch on their way, as wires: which ends lead to which, arrowheads obeyed."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from extraction.readers.lines import Line, along
from extraction.readers.primitives import Box, End, Point, Wire, around, distance, inside, to_segment

#: How far before the place of entry a branch may leave, as a share of a line's length.
SLACK = 0.02
#: How far two lines that leave one place, or several, go off the direction of all (cosine).
PAIR, SEVERAL = 0.8, 0.4


@dataclass(slots=True)
class _Net:
    lines: list[Line]
    #: Of each line's two ends, where they run into other lines: line and place on it, 0 to 1.
    into: dict[tuple[int, int], list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    #: Of each line, which ends of others run into it: line, end, place.
    onto: dict[int, list[tuple[int, int, float]]] = field(default_factory=lambda: defaultdict(list))

    def ways(self, line: int) -> tuple[int, ...]:
        """In which direction a line is gone: 1 from its first point on, -1 back."""
        first, last = self.lines[line].heads
        return (1, -1) if first == last else (1,) if last else (-1,)

    def reached(self, line: int, end: int) -> set[tuple[int, int]]:
        """The free ends to which one comes from a free end."""
        found: set[tuple[int, int]] = set()
        waiting = [(line, float(end), 1 if end == 0 else -1)]
        seen: set[tuple[int, int]] = set()
        while waiting:
            at, place, way = waiting.pop()
            if (at, way) in seen or way not in self.ways(at):
                continue
            seen.add((at, way))
            far = 1 if way == 1 else 0
            for other, there in self.into[at, far]:
                waiting += [(other, there, w) for w in self.ways(other)]
            if not self.into[at, far] and (at, far) != (line, end):
                found.add((at, far))
            for other, its_end, there in self.onto[at]:
                if (there - place) * way > -SLACK and not self.lines[other].heads[its_end]:
                    waiting.append((other, float(its_end), 1 if its_end == 0 else -1))
        return found


def wires_of(lines: list[Line], boxes: list[Box], unit: float) -> list[Wire]:
    """Lines that touch away from any box belong to one wire."""
    net = _net([line for line in lines if any(line.heads) or _told(line, boxes, unit)], boxes, unit)
    wires = []
    for members in _groups(net):
        ends = [(i, end) for i in members for end in (0, 1) if not net.into[i, end]]
        place = {end: k for k, end in enumerate(ends)}
        pairs = {
            (min(place[start], place[goal]), max(place[start], place[goal]))
            for start in ends
            for goal in net.reached(*start)
            if goal in place
        }
        path = tuple(point for i in members for point in along(net.lines[i].points, unit))
        if len(ends) >= 2 and pairs:
            tips = tuple(
                End(net.lines[i].points[-end], net.lines[i].heads[end], heading(net.lines[i].points, end))
                for i, end in ends
            )
            wires.append(Wire(tips, path, tuple(sorted(pairs))))
    return wires


def _told(line: Line, boxes: list[Box], unit: float) -> bool:
    """Whether a line without a head is long enough to join something, or does join two boxes."""
    if _length(line.points) > 0.4 * unit:
        return True
    at = [{n for n, box in enumerate(boxes) if distance(line.points[end], box.bbox) < 0.12 * unit} for end in (0, -1)]
    return bool(at[0] and at[1] and not at[0] & at[1])


def _net(lines: list[Line], boxes: list[Box], unit: float) -> _Net:
    net = _Net(lines)
    spans = [around([(x, y, x, y) for x, y in line.points]) for line in lines]

    def at_box(i: int, end: int, tolerance: float) -> bool:
        point = lines[i].points[-end]
        return any(distance(point, box.bbox) <= tolerance and not inside(spans[i], box.bbox) for box in boxes)

    def starts_there(j: int, point: Point, tolerance: float) -> bool:
        ends = (k for k in (0, 1) if math.dist(lines[j].points[-k], point) <= 2 * tolerance)
        return any(not lines[j].heads[k] and at_box(j, k, tolerance) for k in ends)

    for i, line in enumerate(lines):
        for end in (0, 1):
            point = line.points[-end]
            tolerance = max(0.12 * unit, 2 * line.thickness, 1.5)
            if at_box(i, end, tolerance):
                continue
            fan = set() if line.heads[end] else _fan(lines, i, end, tolerance)
            for j, other in enumerate(lines):
                if i == j or distance(point, spans[j]) > tolerance:
                    continue
                if line.heads[end] and (_has_tip(other, point, tolerance) or starts_there(j, point, tolerance)):
                    continue  # arrows that meet at their tips, or where the next leaves a box, lead to the same
                place = _place(point, other.points, tolerance)
                if place is not None and not (i < j and j in fan):
                    net.into[i, end].append((j, place))
                    net.onto[j].append((i, end, place))
    return net


def _has_tip(line: Line, point: Point, near: float) -> bool:
    return any(line.heads[k] and math.dist(line.points[-k], point) <= near for k in (0, 1))


def _fan(lines: list[Line], i: int, end: int, near: float) -> set[int]:
    """The lines without heads that leave the place of a line's end on the same side as it: one has to keep its end.

    At a junction there is one among them that comes from the other side.
    """
    point = lines[i].points[-end]
    there = [
        (j, heading(line.points, k))
        for j, line in enumerate(lines)
        for k in (0, 1)
        if not line.heads[k] and math.dist(point, line.points[-k]) <= near
    ]
    x, y = sum(way[0] for _, way in there), sum(way[1] for _, way in there)
    size = math.hypot(x, y) or 1.0
    side = PAIR if len(there) == 2 else SEVERAL
    return {j for j, _ in there} if all(way[0] * x + way[1] * y > side * size for _, way in there) else set()


def _place(point: Point, points: list[Point], tolerance: float) -> float | None:
    """Where on a polyline a point lies, as a share of its length; `None` where it lies off it."""
    total = _length(points) or 1.0
    gone = 0.0
    best: tuple[float, float] | None = None
    for a, b in pairwise(points):
        step = math.dist(a, b)
        away = to_segment(point, a, b)
        if away <= tolerance and (best is None or away < best[0]):
            best = (away, (gone + min(step, math.dist(a, point))) / total)
        gone += step
    return best[1] if best else None


def _length(points: list[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def _groups(net: _Net) -> list[list[int]]:
    parent = list(range(len(net.lines)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for (i, _), others in net.into.items():
        for j, _ in others:
            parent[root(i)] = root(j)
    groups: dict[int, list[int]] = {}
    for i in range(len(net.lines)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def heading(points: list[Point], end: int, reach: float = 3.0) -> Point:
    """Direction, of length 1, in which a line leaves at its first (0) or last (1) point.

    `reach` in pixels: the ends of lines drawn as areas bend, so the direction is that of the point so far back.
    """
    tip = points[-end]
    inner = points[1:] if end == 0 else points[-2::-1]
    back = next(
        (point for point in inner if math.dist(tip, point) >= reach), max(inner, key=lambda p: math.dist(tip, p))
    )
    length = math.dist(tip, back)
    return ((tip[0] - back[0]) / length, (tip[1] - back[1]) / length) if length > 1e-3 else (0.0, 0.0)
