"""Lines that are drawn right over a node: some programs draw straight ones from box to box, whatever lies between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.darkness import ENOUGH, Floats, at
from extraction.readers.plots.heads import Head
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.outlines import Rect
from extraction.readers.plots.pieces import Mask

#: A line is so dark, of 1, for so much of its way, and what is at its sides is brighter than that for so much of it.
DARK, EVERYWHERE, BESIDE = 0.45, 0.97, 0.6
#: It is looked for a little aside of where it was heading: degrees and pixels.
TILTS, SHIFTS = np.arange(-4.0, 4.1, 0.5), np.array([-1.0, 0.0, 1.0])
#: What a degree or a pixel of that costs, of a way that is dark all along.
ASTRAY = 0.0025
#: Places at its sides and at its middle, in pixels.
ACROSS = np.array([-5.0, -1.0, 0.0, 1.0, 5.0])
#: Most nodes hold nothing so far behind their border, in pixels.
DEEP = 16
#: Of these so many may not be dark.
FREE = 1
#: What cuts off no more than so much of a corner, or runs no longer on an outline, in capitals' heights, and is a line
#: behind it for so much of what is enough, from its first pixels on, passes by.
CORNER, SIDE, LEADS, FIRST = 1.2, 8.0, 0.85, 4
#: So many pixels at a node's border are outline.
RIM = 2
#: What leaves a node's border lies so many pixels outside, and turns off by so little, in radians.
OUTSIDE, TURNING = 3, np.radians(np.arange(0.0, 12.1, 1.0))
#: It is looked for so many degrees aside.
GLANCING = np.radians(np.arange(-8.0, 8.1, 1.0))


def passed_over(
    image: Image, way: Sequence[Floats], angle: float, rect: Rect, reach: float
) -> tuple[Floats, float] | None:
    """Where, and in which direction, a line goes on behind a node; `None` where it ends there.

    Args:
        image: height x width x 3, uint8, RGB.
        way: the line's last places, x and y, the last one at the node.
        angle: in which direction it goes there, in radians.
        rect: the node's box.
        reach: so many pixels of a line tell it.
    """
    x0, y0, x1, y1 = rect
    dx, dy = way[-1] - way[0]
    tilts, shifts = np.array(list(product(TILTS, SHIFTS))).T
    bent = np.abs(np.tile(tilts, 2)) + np.abs(np.tile(shifts, 2))
    angles = np.concatenate([start + np.radians(tilts) for start in (math.atan2(dy, dx), angle)])
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    starts = way[-1] + np.tile(shifts, 2)[:, None] * np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    near = np.arange(1.0, DEEP)
    for some in (near[::5], near):  # most lines end at the node: a glance tells that
        dark = seen_on(image, starts, ways, some)[0]
        hopeful = (~dark).sum(axis=1) <= FREE
        starts, ways, angles, bent = starts[hopeful], ways[hopeful], angles[hopeful], bent[hopeful]
        if not len(ways):
            return None
    along = np.arange(1.0, math.hypot(x1 - x0, y1 - y0) + reach)
    on_line, free = seen_on(image, starts, ways, along)
    places = starts[:, None] + along[:, None] * ways[:, None]
    inside = ((places >= (x0 - 1, y0 - 1)) & (places <= (x1 + 1, y1 + 1))).all(axis=2)
    best: tuple[float, Floats, float] | None = None
    for k in range(len(ways)):
        end = int(np.flatnonzero(inside[k]).max(initial=-1)) + 1
        behind = end + round(reach / 2)
        if not 0 < end < behind <= len(along):
            continue
        seen = float(on_line[k, :behind].mean())
        if seen >= EVERYWHERE and free[k, :end].mean() > BESIDE:
            good = seen - ASTRAY * float(bent[k])
            if best is None or good > best[0]:
                best = good, places[k, end], float(angles[k])
    return None if best is None else best[1:]


def seen_on(image: Image, starts: Floats, ways: Floats, along: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each way (N x 2), at each place along it: whether it is on a line, and whether what is beside is brighter."""
    height, width = image.shape[:2]
    aside = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    points = (starts[:, None] + along[:, None] * ways[:, None])[:, :, None] + ACROSS[:, None] * aside[:, None, None]
    at = np.rint(points).astype(np.intp)
    within = ((at >= 0) & (at < (width, height))).all(axis=3)
    at = np.clip(at, 0, (width - 1, height - 1))
    dark = np.where(within, 1 - image[at[..., 1], at[..., 0], 1] / 255, 0.0)
    return dark[:, :, 1:-1].max(axis=2) > DARK, np.minimum(dark[:, :, 0], dark[:, :, -1]) < DARK


def passed_by(
    dark: Mask,
    way: Sequence[Floats],
    angle: float,
    node: PlotNode,
    heads: Sequence[Head],
    capital: float,
    reach: float,
) -> tuple[Floats, float] | None:
    """Where, and in which direction, a line goes on that only touches a node; `None` where it ends there.

    A line that ends in a node points into it. `way` are its last places, the last one at the node.
    """
    dx, dy = way[-1] - way[0]
    angles = np.concatenate([start + GLANCING for start in (math.atan2(dy, dx), angle)])
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    along = np.arange(SIDE * capital + reach)
    places = way[-1] + along[:, None] * ways[:, None]
    inside = node.away(places.reshape(-1, 2)).reshape(places.shape[:2]) <= 1
    x0, y0, x1, y1 = node.rect
    deep = (np.minimum(places - (x0, y0), (x1, y1) - places) > RIM).all(axis=2)
    on_head = _in_any(places, [head.rect for head in heads])
    best: tuple[float, Floats, float] | None = None
    for k in range(len(ways)):
        end = int(np.flatnonzero(inside[k]).max(initial=-1)) + 1
        if not 0 < end <= SIDE * capital or deep[k].sum() > CORNER * capital:
            continue
        seen = at(dark, places[k, end : end + round(reach)])
        # The line may soon end in another node or in a head, but it must have left this one.
        if np.clip(seen[:FIRST], 0, ENOUGH).mean() < LEADS * ENOUGH:
            continue
        at_end = (seen < 0) | on_head[k, end : end + round(reach)]
        share = float(np.where(at_end, ENOUGH, np.minimum(seen, ENOUGH)).mean())
        if share > (best[0] if best else LEADS * ENOUGH):
            best = share, places[k, end], float(angles[k])
    return best and best[1:]


def _in_any(places: Floats, rects: Sequence[Rect]) -> NDArray[np.bool_]:
    """Which places (N x M x 2) lie in any of some boxes."""
    low, high = places.reshape(-1, 2).min(axis=0), places.reshape(-1, 2).max(axis=0)
    found = np.zeros(places.shape[:2], bool)
    for x0, y0, x1, y1 in rects:
        if x0 <= high[0] and y0 <= high[1] and x1 > low[0] and y1 > low[1]:
            found |= ((places >= (x0, y0)) & (places < (x1, y1))).all(axis=2)
    return found


def leaving(dark: Mask, place: Floats, angle: float, node: PlotNode, reach: float) -> tuple[Floats, float] | None:
    """Where, and in which direction, a line leaves the border of a node that it runs along; `None` where it does not.

    Args:
        place: where it came to the border.
        angle: in which direction it goes there, in radians.
    """
    level = abs(math.cos(angle)) > abs(math.sin(angle))
    along = np.array(
        [math.copysign(1.0, math.cos(angle)), 0.0] if level else [0.0, math.copysign(1.0, math.sin(angle))]
    )
    (x0, y0, x1, y1), (x, y) = node.rect, place
    out = np.array([0.0, -1.0 if y - y0 < y1 - y else 1.0] if level else [-1.0 if x - x0 < x1 - x else 1.0, 0.0])
    left = float(along @ (x1 if along[0] > 0 else x0, y1 if along[1] > 0 else y0) - along @ place)
    ways = np.cos(TURNING)[:, None] * along + np.sin(TURNING)[:, None] * out
    starts = place + OUTSIDE * out + np.arange(0.0, max(left, 1.0), 2.0)[:, None] * along
    seen = np.clip(at(dark, starts[:, None, None] + np.arange(reach)[:, None] * ways[:, None]), 0, ENOUGH)
    seen[:, :, FIRST:] = seen[:, :, FIRST:] * (seen[:, :, :FIRST].mean(axis=2) > LEADS * ENOUGH)[:, :, None]
    shares = seen.mean(axis=2)
    k, turn = np.unravel_index(int(shares.argmax()), shares.shape)
    if shares[k, turn] <= LEADS * ENOUGH:
        return None
    return starts[k], math.atan2(*ways[turn][::-1])
