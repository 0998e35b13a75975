"""Block arrows drawn in two pieces: a filled rectangle, and a triangle whose base stands on its end."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from extraction.pdf.model import Stroke
from extraction.readers.primitives import Point

#: How far from one another the middles of a shaft's end and of a head's base may lie, as a share of the base.
OFF = 0.15
#: How much wider than the shaft a head is, at least.
WIDER = 1.3


def whole_arrows(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """The strokes, with one outline of seven corners where a shaft and a head of one colour make an arrow.

    Programs that know no block arrows let people put a rectangle and a triangle together.
    """
    corners = {n: _corners(stroke) for n, stroke in enumerate(strokes) if stroke.fill and not stroke.curved}
    heads = [n for n, points in corners.items() if len(points) == 3]
    shafts = [n for n, points in corners.items() if len(points) == 4]
    made: dict[int, Stroke] = {}
    gone: set[int] = set()
    for head in heads:
        for shaft in shafts:
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
    simple = cv2.approxPolyDP(points, 0.04 * float(cv2.arcLength(points, True)), True).reshape(-1, 2)
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
