"""How lines leave their heads."""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import find_peaks

from extraction.readers.plots.darkness import ENOUGH, Floats, at, seen_on
from extraction.readers.plots.heads import Head
from extraction.readers.plots.pieces import Mask
from extraction.readers.plots.turning_off import along_outline

#: A line leaves its head along the head's axis: out of it by more than so many degrees, it must be so much darker.
AXIS, ELSEWHERE = 40.0, 0.08
#: Barbs lie so many steps of two degrees to either side of their line.
BARBS = 18
#: They are so long, in capitals' heights.
BARB = 1.2
#: A line that leaves its head out of level and plumb by more, in radians, may be none: a corner can lie under the head.
ASLANT = 0.35
#: A level or upright line that leaves a head aside is so much of what is enough for one, from its first pixels on.
ASIDE, FIRST = 0.7, 4
#: Between so far from them, in capitals' heights, their lines are two, so many degrees beside each other at most; of
#: the way there so much is dark, of what is enough.
LEAVING, PARTED, ASTRIDE, LEADS = 0.5, 2.5, 90.0, 0.8
#: Between two lines side by side it is so much brighter, of 1.
DIP = 0.08

#: A head, a place on its line, and in which direction the line leads on from there.
Start = tuple[Head, Floats, float]


def size_of(head: Head) -> float:
    """How far a head reaches from its middle."""
    ys, xs = np.nonzero(head.core)
    return float(np.hypot(xs + head.rect[0] - head.middle[0], ys + head.rect[1] - head.middle[1]).max())


def tail_of(
    dark: Mask, head: Head, capital: float, *, barbed: bool = False, barred: float | None = None
) -> tuple[float, float]:
    """The direction in which a line leaves its head, and how dark it is behind the head.

    Where heads may have barbs, their line is what lies between these. Where a direction is barred, it is another one.
    """
    x, y = head.middle
    size = size_of(head)
    back = math.degrees(math.atan2(-head.way[1], -head.way[0]))
    off = np.arange(-150.0, 151.0, 2.0)
    angles = np.radians(back + off)
    radii = np.arange(0.6 * size, size + 1.3 * capital)
    points = radii[None, :, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None] + (x, y)
    shown = np.clip(at(dark, points), 0, ENOUGH)
    seen = shown.mean(axis=1) - 0.0005 * np.abs(off)
    seen -= ELSEWHERE * (np.abs(off) > AXIS)
    if barbed:
        beside = np.pad(shown.mean(axis=1), BARBS)
        seen += np.minimum(beside[: -2 * BARBS], beside[2 * BARBS :]) / 2
    if barred is not None:
        seen[np.cos(angles - barred) > math.cos(math.radians(AXIS))] = -1.0
    best = np.flatnonzero(seen > seen.max() - 0.02)
    behind = float(shown[best][:, radii > size].mean(axis=1).max())
    return float(angles[best].mean() if np.ptp(best) < 8 else angles[seen.argmax()]), behind


def forked(dark: Mask, head: Head, tail: float, capital: float, *, barbed: bool = False) -> list[Start]:
    """Two lines whose heads lie on each other: where each has left the other, and in which direction; else nothing.

    Where heads may have barbs, only what is longer than these is a line.
    """
    middle, size = np.array(head.middle), size_of(head)
    angles = tail + np.radians(np.arange(-ASTRIDE, ASTRIDE + 0.5, 0.5))
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for away in np.arange((BARB if barbed else LEAVING) * capital, PARTED * capital, 2.0):
        inked = np.clip(at(dark, middle + (size + away) * around), 0, ENOUGH) > 0.5 * ENOUGH
        ends = np.flatnonzero(np.diff(np.pad(inked.astype(np.int8), 1)))
        ways = angles[(ends[::2] + ends[1::2] - 1) // 2]
        # What only passes by does not lead to the head.
        leading = [way for way in ways if seen_on(dark, middle, way, size, size + away) > LEADS * ENOUGH]
        if len(leading) == 2:
            starts = [_leading_on(dark, middle, way, size + away, capital) for way in leading]
            passing = any(_goes_on(dark, *start, away + 2.2 * size, capital) for start in starts)
            return [] if passing else [(head, *start) for start in starts]
    return []


def abreast(dark: Mask, head: Head, back: float, capital: float) -> list[Start]:
    """Level or upright lines that come side by side to heads on each other, a pixel or more apart; else nothing.

    Args:
        back: the level or upright direction from the head to its lines.
    """
    ys, xs = np.nonzero(head.core)
    way = np.array([math.cos(back), math.sin(back)])
    aside = np.array([-way[1], way[0]])
    points = np.stack([xs, ys], axis=1) + head.rect[:2] - np.rint(head.middle)
    offsets = np.arange(np.ceil((points @ aside).min()) + 1, np.floor((points @ aside).max()))
    along = np.ceil((points @ way).max()) + 1 + np.arange(1.0, capital)
    places = np.rint(head.middle) + offsets[:, None, None] * aside + along[:, None] * way
    seen = np.pad(np.median(np.clip(at(dark, places), 0, 1), axis=1), 1)
    tops = find_peaks(seen, height=ENOUGH, prominence=DIP)[0] - 1
    if len(tops) < 2:
        return []
    return [(head, np.rint(head.middle) + offsets[top] * aside + along[0] * way, back) for top in tops]


def _goes_on(dark: Mask, place: Floats, angle: float, away: float, capital: float) -> bool:
    """Whether a line goes on so far behind a place on it, beyond the head: it only passes by."""
    back = angle + math.pi + np.radians((-4.0, -2.0, 0.0, 2.0, 4.0))
    return any(seen_on(dark, place, turned, away, away + capital) > LEADS * ENOUGH for turned in back.tolist())


def _leading_on(dark: Mask, middle: Floats, way: float, away: float, capital: float) -> tuple[Floats, float]:
    """The place on a line so far from the middle of its head, and in which direction it leads on from there."""
    place = middle + away * np.array([math.cos(way), math.sin(way)])
    turned = way + np.radians(np.arange(-AXIS, AXIS + 1, 2.0))
    seen = np.array([seen_on(dark, place, angle, 0.0, 1.3 * capital) for angle in turned])
    best = turned[seen > seen.max() - 0.02]
    return place, float(best[len(best) // 2])


def corner_under(dark: Mask, head: Head, back: float, reach: float) -> tuple[Floats, float] | None:
    """Where a line leaves its head aside that turns off under it, and in which direction, if it does."""
    size = size_of(head)
    way = np.array([math.cos(back), math.sin(back)])
    corners = head.middle + np.arange(-size, 2 * size)[:, None] * way
    sides = [back - math.pi / 2, back + math.pi / 2]
    ways = np.array([(math.cos(side), math.sin(side)) for side in sides])
    on_sides = corners[:, None] + np.arange(size, size + reach)[:, None] * ways[:, None, None]
    seen = at(dark, on_sides)
    # The line may soon end in a node, but it must have left its head.
    shares = np.where(seen < 0, ENOUGH, np.minimum(seen, ENOUGH)).mean(axis=2)
    leaves = np.clip(seen[:, :, :FIRST], 0, ENOUGH).mean(axis=2) > ASIDE * ENOUGH
    leaves &= ~along_outline(dark, on_sides, way)
    shares[~leaves | leaves.all(axis=0)] = 0  # what leaves it at both sides passes by, however soon it turns off
    side, k = np.unravel_index(int(shares.argmax()), shares.shape)
    return (corners[k] + size * ways[side], sides[side]) if shares[side, k] > ASIDE * ENOUGH else None
