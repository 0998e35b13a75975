"""Block arrows drawn in two pieces: a filled rectangle, and a triangle whose base stands on its end."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Stroke
from extraction.readers.lines import Line, filled_line
from extraction.readers.primitives import Point, around, gap

#: How far from one another the middles of a shaft's end and of a head's base may lie, as a share of the base.
OFF = 0.15
#: Corners that stand out less are none; a head is no wider, in heights of a line.
EVEN, LARGEST = 0.03, 2.2
#: How much wider than the shaft a head is, at least.
WIDER = 1.3


def whole_arrows(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """The strokes, with one outline of seven corners where a shaft and a head of one colour make an arrow.

    Programs that know no block arrows let people put a rectangle and a triangle together.
    """
    corners = {n: _corners(stroke) for n, stroke in enumerate(strokes) if stroke.fill and not stroke.curved}
    rooms = {n: around([(x, y, x, y) for x, y in points]) for n, points in corners.items() if points}
    heads = [n for n, points in corners.items() if len(points) == 3]
    shafts = [n for n, points in corners.items() if len(points) == 4]
    made: dict[int, Stroke] = {}
    gone: set[int] = set()
    for head in heads:
        reach = OFF * math.dist(rooms[head][:2], rooms[head][2:])
        for shaft in shafts:
            if gap(rooms[shaft], rooms[head]) > reach:
                continue
            if shaft in gone or strokes[shaft].fill != strokes[head].fill:
                continue
            if outline := _arrow(corners[shaft], corners[head]):
                made[head] = replace(strokes[head], points=outline, closed=True)
                gone.add(shaft)
                break
    return tuple(made.get(n, stroke) for n, stroke in enumerate(strokes) if n not in gone)


def _corners(stroke: Stroke) -> list[Point]:
    points = np.asarray(stroke.points, dtype=np.float32)
    if len(points) < 3:
        return []
    simple = cv2.approxPolyDP(points, 0.05 * math.sqrt(cv2.contourArea(points)), True).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in simple]


def _arrow(shaft: list[Point], head: list[Point]) -> tuple[Point, ...] | None:
    """The corners of both together, where one side of the shaft lies in the middle of a side of the head."""
    for k in range(3):
        tip, (left, right) = head[k], (head[k - 2], head[k - 1])
        base = math.dist(left, right)
        for (a, b), n in zip(pairwise((*shaft, shaft[0])), range(4), strict=True):
            far = (shaft[(n + 2) % 4], shaft[(n + 3) % 4])
            wide = math.dist(a, b)
            if math.dist(_middle(a, b), _middle(left, right)) > OFF * base or base < WIDER * wide:
                continue
            if math.dist(_middle(*far), tip) < math.dist(_middle(a, b), tip):
                continue
            if math.dist(a, left) > math.dist(b, left):
                a, b, far = b, a, (far[1], far[0])
            return tip, left, a, far[1], far[0], b, right
    return None


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def thin_arrow(points: NDArray[np.float32], unit: float) -> Line | None:
    """An arrow whose line and head were drawn as one area: a tip between two barbs, and a band that leads there."""
    ring = np.asarray(cv2.approxPolyDP(points, EVEN * unit, True), dtype=np.float32).reshape(-1, 2)
    count = len(ring)
    if count < 7:
        return None
    for k in range(count):
        tip, left, right, one, other = (ring[(k + n) % count] for n in (0, -1, 1, -2, 2))
        base, neck = (left + right) / 2, (one + other) / 2
        long, wide, slim = (float(np.hypot(*v)) for v in (tip - base, left - right, one - other))
        if long == 0 or wide > LARGEST * unit or wide < 1.5 * slim or slim > 0.5 * unit:
            continue
        way = (tip - base) / long
        sides = [float(np.hypot(*(tip - barb))) for barb in (left, right)]
        behind, aside = float((base - neck) @ way), abs(float((base - neck) @ (-way[1], way[0])))
        if min(sides) < 0.75 * max(sides) or abs(behind) > 0.5 * long or aside > OFF * wide:
            continue
        band = np.roll(ring, -((k + 2) % count), axis=0)[: count - 3]
        line = filled_line(band, unit) if count > 7 else None
        tail = line.points if line else [tuple(float(v) for v in (band[1] + band[2]) / 2)] if count == 7 else []
        if not tail:
            continue
        if math.dist(tail[0], tuple(tip)) < math.dist(tail[-1], tuple(tip)):
            tail = tail[::-1]
        return Line([*tail, (float(tip[0]), float(tip[1]))], slim, [False, True])
    return None
