"""Where a line of a plot turns off at a corner: level and upright lines do so at right angles, others as they come."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.darkness import ENOUGH, Floats, at
from extraction.readers.plots.pieces import Mask

#: Pixels from one place to the next.
STEP = 4.0
#: A line is at least so dark, of 1, where it goes on.
DARK = 0.15
#: A line turns off at a corner, by so many degrees, where it is so much of what is enough.
CORNERS = (49, 57, 65, 73, 82, 90, 98, 107, 115)
CORNER = 0.7
#: There it has less than so much of its darkness, and what is behind is another line across, of so many pixels at most.
FADED, CROSSING = 0.3, 6
#: The outline of a node is so wide at most, in pixels.
OUTLINE = 4
#: What has a node beside it for so much of its way is that outline.
ALONG = 0.4
#: A direction is level or upright that is out of these by less, in radians.
SLANT = 0.25


def round_corner(dark: Mask, place: Floats, angle: float, reach: float) -> tuple[Floats, float] | None:
    """Where a line that ended turns off at a corner, and in which direction, if it does."""
    back = np.arange(-DARK * reach - 2.0, reach, 1.0)  # a line is given up a little before its end
    corners = place - back[:, None] * np.array([math.cos(angle), math.sin(angle)])
    best: tuple[float, Floats, float] | None = None
    for turned in _turned(angle):
        on = np.arange(1.0, reach)[None, :, None] * np.array([math.cos(turned), math.sin(turned)])
        seen = at(dark, corners[:, None, :] + on)
        # The line may soon end in a node, but it must have left its corner.
        ahead = np.where(seen < 0, ENOUGH, np.minimum(seen, ENOUGH)).mean(axis=1)
        ahead[np.clip(seen[:, : int(STEP)], 0, ENOUGH).mean(axis=1) <= CORNER * ENOUGH] = 0
        k = int(ahead.argmax())
        if ahead[k] > (best[0] if best else CORNER * ENOUGH):
            best = float(ahead[k]), corners[k], turned
    return (best[1], best[2]) if best else None


def corner_ahead(
    dark: Mask, place: Floats, angle: float, reach: float, skip: float = 0.0, least: float = 0.0
) -> tuple[Floats, float] | None:
    """Where a level or upright line ends ahead and goes on aside, and in which direction, if it does.

    Args:
        skip: so many pixels of the way tell nothing.
        least: the line is darker than this behind its corner.
    """
    upright = upright_of(angle)
    if abs(angle - upright) > SLANT / 2:
        return None
    way = np.array([math.cos(upright), math.sin(upright)])
    on = at(dark, place + np.arange(skip, skip + reach + 2 * OUTLINE)[:, None] * way)
    free = np.append(on <= max(DARK, FADED * float(np.median(on[: int(STEP)]))), True)
    if on.min() < 0:  # as far as the outline of the next node
        node = int((on < 0).argmax())
        outline = int(free[:node][::-1].argmax()) if free[:node].any() else node
        if outline > OUTLINE:  # it leads there
            return None
        free = np.append(free[: node - outline], True)
    inked = ~free[: int(reach)]
    start = int(inked.argmax())
    end = start + int(inked[start:].argmin())
    if start > STEP or inked[end:].sum() > CROSSING or on[start:end].max(initial=0.0) <= CORNER * ENOUGH:
        return None
    corners = place + (skip + end - 1 - np.arange(STEP))[:, None] * way
    ahead = np.arange(1.0, reach)[:, None]
    sides = [upright - math.pi / 2, upright + math.pi / 2]
    on_sides = corners[:, None] + ahead * np.array([(math.cos(s), math.sin(s)) for s in sides])[:, None, None]
    seen = at(dark, on_sides)
    # As behind any corner: the line may soon end in a node, but it must have left its corner.
    shares = np.where(seen < 0, ENOUGH, np.minimum(seen, ENOUGH)).mean(axis=2)
    shares[np.clip(seen[:, :, : int(STEP)], 0, ENOUGH).mean(axis=2) <= CORNER * ENOUGH] = 0
    shares[along_outline(dark, on_sides, way)] = 0
    if least:  # and be drawn for longer than what only crosses a node's outline
        shares[(seen >= 0).sum(axis=2) <= 2 * OUTLINE] = 0
    side, k = np.unravel_index(int(shares.argmax()), shares.shape)
    return (corners[k], sides[side]) if shares[side, k] > max(least, CORNER * ENOUGH) else None


def along_outline(dark: Mask, places: Floats, way: Floats) -> NDArray[np.bool_]:
    """Which ways (... x N x 2) run along a node to either side: that is its outline, where no paper lies between."""
    seen, outline = at(dark, places), np.zeros(places.shape[:-2], bool)
    for toward in (-way, way):
        beside = at(dark, places + np.arange(1.0, OUTLINE + 1).reshape(-1, *[1] * places.ndim) * toward)
        on_rim = (beside[-1] < 0) & ((beside < 0) | (beside > DARK)).all(axis=0) & (seen >= 0)
        outline |= on_rim.mean(axis=-1) > ALONG
    return outline


def upright_of(angle: float) -> float:
    """The level or upright direction that is nearest."""
    return round(angle / (math.pi / 2)) * math.pi / 2


def _turned(angle: float) -> list[float]:
    """Directions in which a line may turn off: first the level and upright ones, as most are."""
    ways = [angle + side * math.radians(turn) for side in (-1, 1) for turn in CORNERS]
    uprights = [upright_of(way) for way in ways]
    near = [abs(way - upright) < SLANT for way, upright in zip(ways, uprights, strict=True)]
    level = dict.fromkeys(upright for upright, is_near in zip(uprights, near, strict=True) if is_near)
    return [*level, *(way for way, is_near in zip(ways, near, strict=True) if not is_near)]
