"""Lines that were followed along another's: what no line explains tells where each of them left it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from extraction.readers.plots.darkness import ENOUGH, Floats, at, seen_on
from extraction.readers.plots.heads import Arrow, Head
from extraction.readers.plots.pieces import Mask
from extraction.readers.plots.tails import Start

Follow = Callable[[Sequence[Start]], list[Arrow]]

#: A line runs along others where so much of it, or more than so many capitals' heights, lies in the cells of these or
#: beside them, which are so many pixels wide.
SAME, TOGETHER, CELL = 0.75, 6.0, 3
#: Two lines meet again so often at most.
MEETINGS = 2
#: Lines are so wide, in capitals' heights, and at least so many pixels.
WIDE, LEAST = 0.4, 5
#: A line leaves another by so many degrees at most, and where it does so much is dark, of what is enough.
ASIDE, LEAVES = 75.0, 0.85


@dataclass(frozen=True, slots=True)
class Branch:
    """A line that leaves another."""

    place: Floats
    #: In which direction it leads on from there, and by how much it turns off from how the other came, in radians.
    angle: float
    bend: float


def set_right(
    dark: Mask,
    arrows: Sequence[Arrow],
    heads: Mapping[tuple[float, float], Head],
    least: float,
    capital: float,
    reach: float,
    follow: Follow,
) -> list[Arrow]:
    """The same arrows, those that ran along another's line led to their own, and second lines of heads found.

    Args:
        heads: by their tips.
        least: heads that are smaller, in pixels, have one line.
        follow: gives the arrows of lines from where these start.
    """
    led = Counter(arrow.tip for arrow in arrows)
    found = list(arrows)
    rest = unexplained(dark, found, capital)

    def other(arrow: Arrow) -> tuple[float, Arrow] | None:
        """The one whose line leaves that of an arrow, but ends in the same head, and by how much it turns off there."""
        left, seen = rest, [arrow]
        while led[arrow.tip] == 1 and len(seen) <= MEETINGS:
            (way,) = seen[-1].ways.values()
            branch = left_at(left, way, capital, reach)
            more = follow([(heads[arrow.tip], branch.place, branch.angle)]) if branch else []
            if not branch or not more:
                return None
            if more[0].sources != arrow.sources:
                return branch.bend, more[0]
            seen += more  # where both meet again the other one goes on
            left = unexplained(left, more, capital)
        return None

    astray = running_along(found, capital)
    while instead := {number: more for number in astray if (more := other(found[number]))}:
        number = min(instead, key=lambda number: instead[number][0])  # a line goes on as straight as it can
        found[number] = instead[number][1]
        astray.remove(number)
        rest = unexplained(dark, found, capital)
    large = [arrow for arrow in found if heads[arrow.tip].core.sum() > least]
    return found + [more[1] for arrow in large if (more := other(arrow))]


def running_along(arrows: Sequence[Arrow], capital: float) -> list[int]:
    """Arrows whose lines run along others' for most of their way or for long, though a program draws each its own."""
    cells = [{(x, y) for x, y in (way // CELL).astype(int).tolist()} for arrow in arrows for way in arrow.ways.values()]
    taken = Counter(cell for own in cells for cell in own)
    along = []
    for number, own in enumerate(cells):
        around = [[(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)] for x, y in own]
        shared = sum(any(taken[cell] > (cell in own) for cell in near) for near in around)
        if shared > SAME * len(own) or shared * CELL > TOGETHER * capital:
            along.append(number)
    return along


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
        # How the line came there, well before both met.
        came = back[max(near, ks[k] - 2 * near)] - back[max(0, ks[k] - 5 * near)]
        before = math.atan2(came[1], came[0])
        for place in places[k, inked[k]]:
            for angle in angles[k].tolist():
                seen = seen_on(rest, place, angle, 0.0, reach)
                if seen > best:
                    bend = abs(math.remainder(angle - before, 2 * math.pi))
                    best, found = seen, Branch(place, angle, bend)
        if found:
            return found
    return None


def _wide(capital: float) -> int:
    return max(LEAST, round(WIDE * capital)) | 1
