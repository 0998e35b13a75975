"""Lines that were followed along another's: what no line explains tells where each of them left it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from extraction.readers.plots.darkness import ENOUGH, Floats, at, seen_on
from extraction.readers.plots.heads import Arrow
from extraction.readers.plots.pieces import Mask

#: Two lines are one where so much of the shorter one lies no farther from the other than so many pixels.
SAME, CLOSE = 0.75, 2.5
#: Places of a line that are compared with another's.
COMPARED = 60
#: Lines are so wide, in capitals' heights, and at least so many pixels.
WIDE, LEAST = 0.4, 5
#: A line leaves another by so many degrees at most, and where it does so much is dark, of what is enough.
ASIDE, LEAVES = 75.0, 0.85


def doubled(arrows: Sequence[Arrow]) -> list[tuple[int, int]]:
    """Pairs of arrows between the same two nodes that run along one line, though a program draws each its own."""
    alike: dict[tuple[int, int], list[int]] = {}
    for number, arrow in enumerate(arrows):
        for source in arrow.sources:
            alike.setdefault((source, arrow.target), []).append(number)
    return [
        (first, second)
        for (source, _), numbers in alike.items()
        for first, second in combinations(numbers, 2)
        if _along(arrows[first].ways[source], arrows[second].ways[source])
    ]


def _along(first: Floats, second: Floats) -> bool:
    short, long = sorted((first, second), key=len)
    some = short[np.linspace(0, len(short) - 1, COMPARED).astype(int)]
    away = np.hypot(*(some[:, None] - long[None]).transpose(2, 0, 1)).min(axis=1)
    return bool((away <= CLOSE).mean() > SAME)


def unexplained(dark: Mask, arrows: Sequence[Arrow], capital: float) -> Mask:
    """The darkness of a picture without the lines that were followed."""
    rest = dark.copy()
    for way in (way for arrow in arrows for way in arrow.ways.values()):
        cv2.polylines(rest, [np.rint(way).astype(np.int32)], False, 0, _wide(capital))
    return rest


def left_at(rest: Mask, way: Floats, capital: float, reach: float) -> tuple[Floats, float] | None:
    """Where what is left leads away from a line, first from its head backwards, and in which direction.

    Args:
        way: points of the line, from its source to its head.
    """
    ring = _wide(capital) / 2 + 3
    off = np.radians(np.arange(-ASIDE, ASIDE + 1, 5.0))
    back = way[::-1]
    near = round(capital)
    for k in range(near, len(back) - near, 2):
        on = back[k + near] - back[k]
        angles = math.atan2(on[1], on[0]) + off
        places = back[k] + ring * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        best: tuple[float, Floats, float] | None = None
        for place in places[at(rest, places) > 0.7 * ENOUGH]:
            for angle in angles:
                seen = seen_on(rest, place, float(angle), 0.0, reach)
                if seen > (best[0] if best else LEAVES * ENOUGH):
                    best = seen, place, float(angle)
        if best:
            return best[1:]
    return None


def _wide(capital: float) -> int:
    return max(LEAST, round(WIDE * capital)) | 1
