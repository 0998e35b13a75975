"""Lines that a program drew right over a cell: they are taken out of it, and the letters under them stay."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Patch = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Darkness, of 255, of lines; and of what is darker than a cell's ground.
LINE, FAINT = 110, 40
#: Pixels between a cell's border and the ring on which its lines are looked for.
RIM = 3
#: A line is dark nearly everywhere, and to its sides it is not for so much of its way.
EVERYWHERE, BESIDE = 0.97, 0.55
#: Pixels beside that in which it fades.
SOFT = 1.0
#: Pixels by which its ends may be astray.
ASTRAY = np.arange(-2.0, 2.1, 0.5)
#: Pixels that a line is wide at most, to either side of its middle, and how long it is at least.
WIDEST, SHORTEST = 4, 12


def clear_strokes(dark: Patch) -> NDArray[np.bool_]:
    """Take straight lines from side to side out of a cell's darkness (height x width, 0 to 255); where they were.

    What is as dark at both sides of a line belongs to a letter under it, and stays.
    """
    taken = np.zeros(dark.shape, bool)
    places = _entries(dark)
    for (a, side), (b, other) in combinations(places, 2):
        if side == other or math.dist(a, b) < SHORTEST:
            continue
        first, last = np.array(a), np.array(b)
        if _width(dark, first, last) is not None:
            first, last = _in_middle(dark, first, last)
            width = _width(dark, first, last)
            taken |= _paint_out(dark, first, last, 0.0 if width is None else width)
    return taken


def _in_middle(dark: Patch, first: Floats, last: Floats) -> tuple[Floats, Floats]:
    """The ends of a line where it is darkest: beside a rounded corner the one on the ring is not its middle."""
    way = (last - first) / math.dist(first, last)
    aside = np.array([-way[1], way[0]])
    steps = np.linspace(0.0, 1.0, round(math.dist(first, last)) + 1)[:, None]
    moved = [(a, b) for a in ASTRAY for b in ASTRAY]
    seen = [_at(dark, first + a * aside + steps * (last - first + (b - a) * aside)).mean() for a, b in moved]
    # Of those that are as dark, the one in their middle.
    a, b = np.array([pair for pair, value in zip(moved, seen, strict=True) if value > max(seen) - 1]).mean(axis=0)
    return first + a * aside, last + b * aside


def _entries(dark: Patch) -> list[tuple[tuple[float, float], int]]:
    """Middles of what is dark on a ring within a cell, x and y, and the side on which each lies."""
    height, width = dark.shape
    if min(height, width) < 4 * RIM:
        return []
    found = []
    for side, row in enumerate((dark[RIM], dark[-1 - RIM], dark[:, RIM], dark[:, -1 - RIM])):
        steps = np.diff(np.concatenate([[0], row > LINE, [0]]).astype(np.int8))
        for start, end in zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True):
            # Where a line meets the outline, what is dark is wider than it.
            middles = [(start + end - 1) / 2]
            middles += [start + 1.0, end - 2.0] if end - start > WIDEST else []
            far = float(height - 1 - RIM if side == 1 else width - 1 - RIM if side == 3 else RIM)
            found += [((middle, far) if side < 2 else (far, middle), side) for middle in middles]
    return found


def _width(dark: Patch, first: Floats, last: Floats) -> float | None:
    """Half the width of the line between two points; `None` where there is none."""
    count = round(math.dist(first, last)) + 1
    way = (last - first) / math.dist(first, last)
    aside = np.array([-way[1], way[0]])
    offsets = np.arange(-WIDEST - 2.0, WIDEST + 2.5)
    points = np.linspace(first, last, count)[:, None] + offsets[:, None] * aside
    seen = _at(dark, points)
    middle = seen[:, np.abs(offsets) <= 1].max(axis=1)
    if (middle > LINE).mean() < EVERYWHERE:
        return None
    usual = np.median(seen, axis=0)
    inked = np.abs(offsets)[usual > FAINT]
    half = float(inked.max()) if len(inked) else 0.0
    beside = np.minimum(seen[:, 0], seen[:, -1])
    return half if half <= WIDEST and (beside < LINE).mean() > BESIDE else None


def _paint_out(dark: Patch, first: Floats, last: Floats, half: float) -> NDArray[np.bool_]:
    """Give the pixels of a line, which are returned, the brighter one of what is at its sides, up to the borders."""
    way = (last - first) / math.dist(first, last)
    aside = np.array([-way[1], way[0]])
    rows, columns = np.indices(dark.shape)
    off = (columns - first[0]) * aside[0] + (rows - first[1]) * aside[1]
    on_line = np.asarray(np.abs(off) <= half + SOFT)
    ys, xs = np.nonzero(on_line)
    points, off = np.stack([xs, ys], axis=1), off[ys, xs][:, None]
    sides = [_at(dark, points + (reach - off) * aside) for reach in (-half - SOFT - 1, half + SOFT + 1)]
    dark[ys, xs] = np.minimum(*sides)
    return on_line


def _at(dark: Patch, points: Floats) -> Patch:
    """Darkness at points, ... x 2 of x and y; none outside."""
    at = np.rint(points).astype(int)
    height, width = dark.shape
    inside = (at >= 0).all(axis=-1) & (at[..., 0] < width) & (at[..., 1] < height)
    at = np.clip(at, 0, (width - 1, height - 1))
    return np.where(inside, dark[at[..., 1], at[..., 0]], np.uint8(0))
