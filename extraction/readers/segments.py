"""Lines that were not drawn as one open path: closed ones without an area, rows of dashes."""

from __future__ import annotations

import math

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Stroke
from extraction.readers.lines import Line
from extraction.readers.primitives import Point, inside

#: Dashes of one row are no longer, and no farther apart, in heights of a line and in lengths of the longer.
DASH, APART, SPACE = 0.9, 0.7, 2.0
#: So many in line are a dashed line; they run in one direction (cosine), no farther beside it, in heights of a line.
FEWEST, STRAIGHT, ASIDE = 4, 0.97, 0.1
#: A box of four lines is no higher, in heights of a line for each line of text in it: larger ones are frames.
TALL = 4.0
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


def framed_by_four(lines: list[Line], texts: list[BBox], unit: float) -> tuple[list[Line], list[Stroke]]:
    """Lines that are no sides of boxes, and the outlines round a text that two level and two upright lines make."""
    near = 0.1 * unit + 0.5
    level, upright = [], []
    for line in lines:
        (x0, y0), (x1, y1) = line.points[0], line.points[-1]
        if len(line.points) == 2 and abs(y0 - y1) < 0.5 < abs(x0 - x1):
            level.append((line, min(x0, x1), max(x0, x1), y0))
        elif len(line.points) == 2 and abs(x0 - x1) < 0.5 < abs(y0 - y1):
            upright.append((line, min(y0, y1), max(y0, y1), x0))
    used: list[Line] = []
    outlines: list[Stroke] = []
    for n, (top, x0, x1, y0) in enumerate(level):
        for bottom, left, right, y1 in level[n + 1 :]:
            if abs(left - x0) > near or abs(right - x1) > near or abs(y1 - y0) < near:
                continue
            low, high = sorted((y0, y1))
            sides = [
                next((s for s, a, b, at in upright if max(abs(a - low), abs(b - high), abs(at - x)) <= near), None)
                for x in (x0, x1)
            ]
            held = sum(inside(text, (x0, low, x1, high)) for text in texts)
            taken = any(line is other for line in (top, bottom) for other in used)
            if high - low < TALL * held * unit and sides[0] and sides[1] and not taken:
                used += [top, bottom, sides[0], sides[1]]
                corners = ((x0, low), (x1, low), (x1, high), (x0, high))
                outlines.append(Stroke(corners, True, (0.0, 0.0, 0.0), None, top.thickness))
    return [line for line in lines if not any(line is other for other in used)], outlines


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
