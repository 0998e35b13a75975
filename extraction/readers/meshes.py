"""Lines between single circles, seen as ink from rim to rim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.primitives import around, centre, width

#: Difference from the ground, of 255, that is ink; so much of the way between two rims is ink where a line joins them.
INK, WHOLE = 24, 0.9
#: Less of it is ink where nothing stands there.
DOTTED = 0.08
#: What is left out at each rim, as a share of a circle's radius, and the fewest places between rims that show a line.
RIM, SHORTEST = 0.2, 5
#: Every so many pixels are enough to tell the ground of a figure.
SPARSE = 8

#: Circles of one row nearer than so many of their widths show no line between them.
APART = 1.4
#: So far beside a line, as a share of its length, there is no ink.
ASIDE = 0.12


def meshed(one: Sequence[BBox], two: Sequence[BBox], image: Image) -> bool:
    """Whether a line joins a circle of one layer with a circle of the other."""
    ink = _ink_between([*one, *two], image)
    return any(_joined(a, b, *ink) for a in one for b in two)


def chained(row: Sequence[BBox], image: Image) -> bool:
    """Whether circles of a row are joined to their neighbours: each is a layer of its own then."""
    ink = _ink_between(row, image)
    apart = [(a, b) for a, b in pairwise(row) if math.dist(centre(a), centre(b)) > APART * width(a)]
    pairs = [_joined(a, b, *ink) and not any(_joined(a, b, *ink, aside) for aside in (-ASIDE, ASIDE)) for a, b in apart]
    return bool(pairs) and 2 * sum(pairs) >= len(pairs)


def _ink_between(circles: Sequence[BBox], image: Image) -> tuple[NDArray[np.bool_], int, int]:
    """What differs from the ground around circles, a pixel more on each side, and where that piece begins."""
    x0, y0, x1, y1 = (int(v) for v in around(list(circles)))
    x0, y0 = max(0, x0), max(0, y0)
    piece = image[y0 : y1 + 2, x0 : x1 + 2].astype(np.int16)
    light = float(np.median(image[::SPARSE, ::SPARSE])) > 127  # what is drawn on is most of a figure
    ground = np.quantile(piece.reshape(-1, 3), 0.9 if light else 0.1, axis=0)
    ink = np.abs(piece - ground).max(axis=2) > INK
    wide = ink.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            wide |= np.roll(ink, step, axis=axis)
    return wide, x0, y0


def dotted(a: BBox, b: BBox, image: Image) -> bool:
    """Whether something stands between two circles that reaches neither: dots for units that are not drawn."""
    way = _way(a, b, *_ink_between([a, b], image))
    rim = len(way) // 8
    return bool(rim and DOTTED < way.mean() < WHOLE and not way[:rim].any() and not way[-rim:].any())


def _joined(a: BBox, b: BBox, ink: NDArray[np.bool_], left: int, top: int, aside: float = 0.0) -> bool:
    """Whether ink leads from rim to rim, on the straight way or aside of it by a share of its length."""
    way = _way(a, b, ink, left, top, aside)
    return len(way) > SHORTEST and float(way.mean()) > WHOLE


def _way(a: BBox, b: BBox, ink: NDArray[np.bool_], left: int, top: int, aside: float = 0.0) -> NDArray[np.bool_]:
    """Where ink is on the way from rim to rim."""
    (ax, ay), (bx, by) = centre(a), centre(b)
    away = math.hypot(bx - ax, by - ay)
    ax, ay, bx, by = (v + aside * off for v, off in zip((ax, ay, bx, by), (ay - by, bx - ax) * 2, strict=True))
    start, end = (0.5 + 0.5 * RIM) * width(a), away - (0.5 + 0.5 * RIM) * width(b)
    if end <= start:
        return np.zeros(0, dtype=bool)
    steps = np.linspace(start, end, int(end - start) + 2) / away
    xs = np.clip(ax + (bx - ax) * steps - left, 0, ink.shape[1] - 1).astype(int)
    ys = np.clip(ay + (by - ay) * steps - top, 0, ink.shape[0] - 1).astype(int)
    return np.asarray(ink[ys, xs], dtype=bool)
