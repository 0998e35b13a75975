"""Lines that were followed along another's: what no line explains tells where each of them left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from extraction.readers.plots.darkness import ENOUGH, Floats, at, seen_on
from extraction.readers.plots.heads import Arrow
from extraction.readers.plots.pieces import Mask

#: Two lines are one where so much of the shorter one lies no farther from the other than so many pixels.
SAME, CLOSE = 0.75, 2.5
#: Or it does so for more than so many capitals' heights.
TOGETHER = 6.0
#: Places of a line that are compared with another's.
COMPARED = 60
#: Lines are so wide, in capitals' heights, and at least so many pixels.
WIDE, LEAST = 0.4, 5
#: A line leaves another by so many degrees at most, and where it does so much is dark, of what is enough.
ASIDE, LEAVES = 75.0, 0.85


@dataclass(frozen=True, slots=True)
class Branch:
    """A line that leaves another."""

    place: Floats
    #: In which direction it leads on from there, and by how much it turns off from the other, in radians.
    angle: float
    bend: float


def doubled(arrows: Sequence[Arrow], capital: float) -> list[tuple[int, int]]:
    """Pairs of arrows from one node that run along one line for long, though a program draws each its own."""
    alike: dict[int, list[int]] = {}
    for number, arrow in enumerate(arrows):
        for source in arrow.sources:
            alike.setdefault(source, []).append(number)
    return [
        (first, second)
        for source, numbers in alike.items()
        for first, second in combinations(numbers, 2)
        if _along(arrows[first].ways[source], arrows[second].ways[source], capital)
    ]


def _along(first: Floats, second: Floats, capital: float) -> bool:
    short, long = sorted((first, second), key=len)
    some = short[np.linspace(0, len(short) - 1, COMPARED).astype(int)]
    away = np.hypot(*(some[:, None] - long[None]).transpose(2, 0, 1)).min(axis=1)
    share = float((away <= CLOSE).mean())
    return share > SAME or share * len(short) > TOGETHER * capital


def unexplained(dark: Mask, arrows: Sequence[Arrow], capital: float) -> Mask:
    """The darkness of a picture without the lines that were followed."""
    rest = dark.copy()
    for way in (way for arrow in arrows for way in arrow.ways.values()):
        cv2.polylines(rest, [np.rint(way).astype(np.int32)], False, 0, _wide(capital))
    return rest


def left_at(rest: Mask, way: Floats, capital: float, reach: float) -> Branch | None:
    """Where what is left leads away from a line, first from its head backwards.

    Args:
        way: points of the line, from its source to its head.
    """
    ring = _wide(capital) / 2 + 3
    off = np.radians(np.arange(-ASIDE, ASIDE + 1, 5.0))
    back, near = way[::-1], round(capital)
    ks = np.arange(near, len(back) - near, 2)
    on = back[ks + near] - back[ks]
    angles = np.arctan2(on[:, 1], on[:, 0])[:, None] + off
    places = back[ks][:, None] + ring * np.stack([np.cos(angles), np.sin(angles)], axis=2)
    inked = at(rest, places) > 0.7 * ENOUGH
    for k in np.flatnonzero(inked.any(axis=1)).tolist():
        best, found = LEAVES * ENOUGH, None
        for place in places[k, inked[k]]:
            for angle, bend in zip(angles[k].tolist(), np.abs(off).tolist(), strict=True):
                seen = seen_on(rest, place, angle, 0.0, reach)
                if seen > best:
                    best, found = seen, Branch(place, angle, bend)
        if found:
            return found
    return None


def _wide(capital: float) -> int:
    return max(LEAST, round(WIDE * capital)) | 1
