"""Lines of a vector figure: joined where they go on, cut where a box covers them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.readers.primitives import (
    Box,
    Point,
    TextLine,
    area,
    around,
    centre,
    depth,
    distance,
    gap,
    height,
    inside,
    overlap,
    to_segment,
    width,
)

Points = NDArray[np.float32]


@dataclass(slots=True)
class Line:
    points: list[Point]
    thickness: float
    #: Whether an arrowhead sits at the first and at the last point.
    heads: list[bool]


#: How near a box's side a line ends that belongs to that box, in heights of a line.
ON_SIDE = 0.1
#: A line that comes no nearer to a circle's middle, in radii, goes past it.
GRAZES = 0.9
#: A line that turns by more (cosine) ends, and another begins there.
FOLD = -0.64


def join(lines: list[Line], tolerance: float, heads: list[tuple[Point, float]], boxes: list[Box]) -> list[Line]:
    """Lines that meet end to end, and nobody else there, are one.

    Where they meet at an arrowhead, outside of a box at its side or on another line, each leads there; where they fold
    back, both come from there. `heads` are places and sizes.
    """
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    size = max(tolerance, 1.0)

    def near(point: Point) -> list[tuple[int, int]]:
        cx, cy = int(point[0] // size), int(point[1] // size)
        return [
            (i, end)
            for x in (cx - 1, cx, cx + 1)
            for y in (cy - 1, cy, cy + 1)
            for i, end in cells.get((x, y), ())
            if math.dist(point, lines[i].points[-end]) <= tolerance
        ]

    for i, line in enumerate(lines):
        for end in (0, 1):
            x, y = line.points[-end]
            cells.setdefault((int(x // size), int(y // size)), []).append((i, end))
    used = [False] * len(lines)
    solid = [box for box in boxes if box.filled]
    hollow = [box for box in boxes if not box.filled]
    segments = np.array([(*a, *b, i) for i, line in enumerate(lines) for a, b in pairwise(line.points)]).reshape(-1, 5)

    def goes_on(before: Point, point: Point, after: Point, own: tuple[int, int]) -> bool:
        if any(math.dist(point, head) <= reach for head, reach in heads):
            return False
        if any(distance(point, box.bbox) <= tolerance for box in solid):
            return False
        if any(
            distance(point, box.bbox) <= tolerance < min(distance(p, box.bbox) for p in (before, after))
            for box in hollow
        ):
            return False
        arriving = (point[0] - before[0], point[1] - before[1])
        leaving = (after[0] - point[0], after[1] - point[1])
        size = math.hypot(*arriving) * math.hypot(*leaving)
        if arriving[0] * leaving[0] + arriving[1] * leaving[1] < FOLD * size:
            return False
        return not _on_another(point, segments, own, tolerance)

    joined = []
    for start in range(len(lines)):
        if used[start]:
            continue
        used[start] = True
        chain, last = list(lines[start].points), start
        for _ in (0, 1):  # forwards, then, turned round, backwards
            while True:
                there = near(chain[-1])
                following = [(i, end) for i, end in there if not used[i]]
                if len(there) != 2 or len(following) != 1:
                    break
                i, end = following[0]
                if not goes_on(chain[-2], chain[-1], lines[i].points[-2 if end else 1], (last, i)):
                    break
                used[i], last = True, i
                chain += lines[i].points[1:] if end == 0 else lines[i].points[-2::-1]
            chain.reverse()
            last = start
        joined.append(Line(chain, lines[start].thickness, [False, False]))
    return joined


def without_doubles(lines: list[Line], near: float) -> list[Line]:
    """Lines that are not drawn over another one: an arrow's area and its outline are one arrow."""
    kept: list[tuple[Line, BBox]] = []
    for line in sorted(lines, key=lambda line: not any(line.heads)):
        some = [line.points[0], line.points[len(line.points) // 2], line.points[-1]]
        over = [other for other, room in kept if all(distance(point, room) <= near for point in some)]
        if any(line.heads) or not any(all(_on(point, other, near) for point in some) for other in over):
            kept.append((line, around([(x, y, x, y) for x, y in line.points])))
    return [line for line, _ in kept]


def _on(point: Point, line: Line, near: float) -> bool:
    return any(to_segment(point, a, b) <= near for a, b in pairwise(line.points))


def _on_another(point: Point, segments: NDArray[np.float64], own: tuple[int, int], tolerance: float) -> bool:
    """Whether a point lies on one of the segments (x, y, x, y, line) of another line, away from that segment's ends."""
    a, b = segments[:, :2] - point, segments[:, 2:4] - point
    step = b - a
    length = np.maximum(np.hypot(*step.T), 1e-6)
    away = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / length
    place = -(a * step).sum(axis=1) / length
    there = (away <= tolerance) & (place > 2 * tolerance) & (place < length - 2 * tolerance)
    return bool((there & ~np.isin(segments[:, 4], own)).any())


def filled_line(points: Points, unit: float) -> Line | None:
    """The middle of a line that was drawn as the thin area it covers, straight or curved."""
    loop = np.vstack((points, points[:1]))
    steps = np.hypot(*np.diff(loop, axis=0).T)
    length = float(steps.sum())
    thickness = 2 * float(cv2.contourArea(points)) / max(length, 1e-6)
    if not 0 < thickness <= 0.25 * unit or length < 12 * thickness:
        return None
    along = np.concatenate(([0.0], np.cumsum(steps)))
    count = int(min(2000, max(16, length / (0.5 * thickness))))
    places = np.arange(count) * length / count
    ring = np.column_stack([np.interp(places, along, loop[:, k]) for k in (0, 1)])
    # Where the outline turns round, what lies before and behind is close together.
    reach = max(1, round(2 * thickness * count / length))
    turn = np.hypot(*(np.roll(ring, reach, axis=0) - np.roll(ring, -reach, axis=0)).T)
    first = int(turn.argmin())
    apart = np.minimum((np.arange(count) - first) % count, (first - np.arange(count)) % count)
    second = int(np.where(apart > 0.3 * count, turn, np.inf).argmin())
    if max(turn[first], turn[second]) > 2.5 * thickness:
        return None
    a, b = sorted((first, second))
    side = ring[a : b + 1]
    return Line([(float(x), float(y)) for x, y in side], thickness, [False, False])


def block_arrow(points: Points) -> Line | None:
    """The middle of an arrow that was drawn as an outline of seven corners: shaft, barbs and tip."""
    # Of long arrows no more than a part of the shaft's thickness may be smoothed away.
    rough = min(0.02 * float(cv2.arcLength(points, True)), 0.08 * math.sqrt(cv2.contourArea(points)))
    corners = cv2.approxPolyDP(points, rough, True).reshape(-1, 2)
    if len(corners) != 7:
        return None
    for first in range(7):
        tip, barb, neck, foot, other_foot, other_neck, other_barb = np.roll(corners, -first, axis=0).astype(float)
        tail = (foot + other_foot) / 2
        length = float(np.hypot(*(tip - tail)))
        way = (tip - tail) / max(length, 1e-6)
        left = np.array([(p - tail) @ (-way[1], way[0]) for p in (barb, neck, foot)])
        right = np.array([(p - tail) @ (-way[1], way[0]) for p in (other_barb, other_neck, other_foot)])
        on = [float((p - tail) @ way) for p in (barb, other_barb, neck, other_neck)]
        wide, shaft = (abs(float(left[k] - right[k])) for k in (0, 2))
        even = np.abs(left + right).max() < 0.12 * wide and abs(on[0] - on[1]) + abs(on[2] - on[3]) < 0.2 * wide
        if even and wide > 1.3 * shaft and abs(abs(float(left[1] - right[1])) - shaft) < 0.25 * wide and min(on) > 0:
            ends = [(float(tail[0]), float(tail[1])), (float(tip[0]), float(tip[1]))]
            return Line(ends, 1.0, [False, True])
    return None


def along(points: list[Point], step: float) -> list[Point]:
    """Points on a polyline, at most a step apart."""
    result = []
    for a, b in pairwise(points):
        count = min(50, max(1, int(math.dist(a, b) / max(step, 1))))
        result += [(a[0] + (b[0] - a[0]) * k / count, a[1] + (b[1] - a[1]) * k / count) for k in range(count + 1)]
    return result


def cells(boxes: list[Box], lines: list[Line], unit: float) -> tuple[list[Box], list[Line]]:
    """Boxes that lines part from side to side become a box for each part."""
    rest = list(lines)
    result = []
    for box in boxes:
        x0, y0, x1, y1 = box.bbox
        near = 0.15 * unit + 1
        rows, columns, used = [y0], [x0], []
        for line in rest:
            (ax, ay), (bx, by) = line.points[0], line.points[-1]
            if any(line.heads) or box.shape != "rect":
                continue
            left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            if bottom - top < 1 and abs(left - x0) < near and abs(right - x1) < near and y0 + near < top < y1 - near:
                rows.append(top)
            elif right - left < 1 and abs(top - y0) < near and abs(bottom - y1) < near and x0 + near < left < x1 - near:
                columns.append(left)
            else:
                continue
            used.append(line)
        rows, columns = [*sorted(rows), y1], [*sorted(columns), x1]
        sizes = [b - a for a, b in [*pairwise(rows), *pairwise(columns)]]
        if not used or min(sizes) < 0.7 * unit:
            result.append(box)
            continue
        rest = [line for line in rest if line not in used]
        result += [replace(box, bbox=(a, c, b, d)) for a, b in pairwise(columns) for c, d in pairwise(rows)]
    return result, rest


def cut(lines: list[Line], boxes: list[Box], texts: list[TextLine], unit: float) -> list[Line]:
    """Lines that run on under boxes, cut at the boxes' borders; each piece keeps the line's direction."""
    solid = [
        box
        for box in boxes
        if (box.filled or box.operator or any(inside(text.bbox, box.bbox, 0.6) for text in texts))
        and not any(other is not box and inside(other.bbox, box.bbox) and area(other.bbox) > unit**2 for other in boxes)
    ]
    result = []
    for line in lines:
        pieces = [line.points]
        room = around([(x, y, x, y) for x, y in line.points])
        for box in solid:
            if gap(room, box.bbox) > 0:
                continue
            if any(_leaves_over(line.points[end], box, solid, unit) for end in (0, -1)) or _grazes(line, box):
                continue
            margin = 0.1 * min(unit, width(box.bbox), height(box.bbox))
            x0, y0, x1, y1 = box.bbox
            core = (x0 + margin, y0 + margin, x1 - margin, y1 - margin)
            pieces = [part for piece in pieces for part in _outside(piece, core, unit)]
        for n, piece in enumerate(pieces):
            first = line.heads[0] if n == 0 or any(line.heads) else False
            last = line.heads[1] if n == len(pieces) - 1 or any(line.heads) else False
            result.append(Line(piece, line.thickness, [first, last]))
    return result


def _grazes(line: Line, box: Box) -> bool:
    """Whether a line goes through a corner of a circle's upright box, past the circle."""
    if box.shape != "circle":
        return False
    (x, y), across, down = centre(box.bbox), GRAZES * width(box.bbox) / 2, GRAZES * height(box.bbox) / 2
    scaled = [((px - x) / across, (py - y) / down) for px, py in line.points]
    return all(to_segment((0.0, 0.0), a, b) > 1 for a, b in pairwise(scaled))


def _leaves_over(point: Point, box: Box, solid: list[Box], unit: float) -> bool:
    """Whether a line ends in a box, but at the side of another one that lies before it or behind it."""
    if distance(point, box.bbox) > 0:
        return False
    near = min(ON_SIDE * unit, _to_side(point, box.bbox))
    return any(
        other is not box
        and _to_side(point, other.bbox) < near
        and overlap(box.bbox, other.bbox) > 0
        and not inside(box.bbox, other.bbox)
        and not inside(other.bbox, box.bbox)
        for other in solid
    )


def _to_side(point: Point, box: BBox) -> float:
    """How far from a box's outline a point lies, inside or outside of it."""
    return distance(point, box) or depth(point, box)


def _outside(points: list[Point], core: tuple[float, float, float, float], unit: float) -> list[list[Point]]:
    """The parts of a polyline that lie outside a box; the whole line where it lies all in it or all outside."""
    dense = [points[0]]
    touched = False
    for a, b in pairwise(points):
        count = max(1, int(math.dist(a, b) / max(0.08 * unit, 0.7)))
        if _apart(a, b, core):
            dense.append(b)
            continue
        dense += [(a[0] + (b[0] - a[0]) * k / count, a[1] + (b[1] - a[1]) * k / count) for k in range(1, count + 1)]
        touched = True
    if not touched:
        return [points]
    within = [distance(point, core) == 0 for point in dense]
    if all(within) or not any(within):
        return [points]
    parts: list[list[Point]] = []
    part: list[Point] = []
    for point, hidden in zip(dense, within, strict=True):
        if not hidden:
            part.append(point)
        elif part:
            parts.append(part)
            part = []
    if part:
        parts.append(part)
    return [part for part in parts if len(part) > 1] or [points]


def _apart(a: Point, b: Point, core: tuple[float, float, float, float]) -> bool:
    return (
        max(a[0], b[0]) < core[0] or min(a[0], b[0]) > core[2] or max(a[1], b[1]) < core[1] or min(a[1], b[1]) > core[3]
    )
