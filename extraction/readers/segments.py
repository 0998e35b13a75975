"""Lines that were not drawn as one open path: closed ones without an area, rows of dashes."""

from __future__ import annotations

import math

import cv2
import numpy as np

from extraction.pdf.model import Stroke
from extraction.readers.lines import Line
from extraction.readers.primitives import Point

#: Dashes of one row are no longer, and no farther apart, in heights of a line and in lengths of the longer.
DASH, APART, SPACE = 0.9, 0.7, 2.0
#: So many in line are a dashed line; they run in one direction (cosine), no farther beside it, in heights of a line.
FEWEST, STRAIGHT, ASIDE = 4, 0.97, 0.1
#: A path that encloses less, in pixels times its length, encloses nothing.
FLAT = 0.1


def opened(stroke: Stroke) -> Stroke:
    """A stroke that was closed or filled but encloses nothing as the open line that it shows."""
    if stroke.colour is None or not (stroke.closed or stroke.fill is not None):
        return stroke
    points = np.asarray(stroke.points, dtype=np.float32)
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    if length == 0 or float(cv2.contourArea(points)) > FLAT * length:
        return stroke
    count = len(points)
    there_and_back = count > 2 and bool(np.abs(points - points[::-1]).max() < FLAT)
    if count > 2 and not there_and_back:
        return stroke
    kept = stroke.points[: (count + 1) // 2] if there_and_back else stroke.points
    return Stroke(kept, False, stroke.colour, None, stroke.width, stroke.dashed, stroke.curved)


def dashed_rows(lines: list[Line], unit: float) -> tuple[list[Line], list[Line]]:
    """Lines that are no dashes, and for each row of short straight ones in line, evenly apart, the line it shows."""
    short = [i for i, line in enumerate(lines) if len(line.points) == 2 and 0 < _long(line) < DASH * unit]
    following: dict[int, int] = {}
    starts = {i: _turned(lines[i]) for i in short}
    order = sorted(short, key=lambda i: starts[i][0])
    for n, i in enumerate(order):
        best = (math.inf, -1)
        for j in order[n + 1 :]:
            if starts[j][0][0] > starts[i][1][0] + APART * unit:
                break
            if (away := _follows(starts[i], starts[j], unit)) is not None:
                best = min(best, (away, j))
        if best[1] >= 0:
            following[i] = best[1]
    led = set(following.values())
    rows: list[Line] = []
    used: set[int] = set()
    for i in order:
        if i in led or i in used:
            continue
        row = [i]
        while row[-1] in following and following[row[-1]] not in used:
            row.append(following[row[-1]])
        if len(row) >= FEWEST:
            used.update(row)
            rows.append(Line([starts[row[0]][0], starts[row[-1]][1]], lines[i].thickness, [False, False]))
    return [line for i, line in enumerate(lines) if i not in used], rows


def _long(line: Line) -> float:
    return math.dist(line.points[0], line.points[-1])


def _turned(line: Line) -> tuple[Point, Point]:
    """A dash from left to right, an upright one downwards."""
    a, b = line.points[0], line.points[-1]
    return (a, b) if (round(a[0], 1), a[1]) <= (round(b[0], 1), b[1]) else (b, a)


def _follows(one: tuple[Point, Point], other: tuple[Point, Point], unit: float) -> float | None:
    """How far behind a dash another one begins that goes on in its line."""
    (a, b), (c, d) = one, other
    first, second = math.dist(a, b), math.dist(c, d)
    space = math.dist(b, c)
    if not 0.2 * min(first, second) < space < min(APART * unit, SPACE * max(first, second)):
        return None
    dx, dy = (b[0] - a[0]) / first, (b[1] - a[1]) / first
    straight = (dx * (d[0] - c[0]) + dy * (d[1] - c[1])) / second
    aside = abs((c[1] - b[1]) * dx - (c[0] - b[0]) * dy)
    ahead = (c[0] - b[0]) * dx + (c[1] - b[1]) * dy
    return space if straight > STRAIGHT and aside < ASIDE * unit and ahead > 0 else None
