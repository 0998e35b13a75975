"""Lines that were followed along another's: what no line explains tells where each of them left it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from extraction.readers.plots.darkness import ENOUGH, INSIDE, Floats, at
from extraction.readers.plots.heads import Arrow, Head
from extraction.readers.plots.ink import OUTLINE, PlotNode
from extraction.readers.plots.pieces import Mask
from extraction.readers.plots.tails import Start

Follow = Callable[[Sequence[Start]], list[Arrow]]

#: A line runs along others where so much of it, or more than so many capitals' heights, lies in the cells of these or
#: beside them, which are so many pixels wide.
SAME, TOGETHER, CELL = 0.75, 6.0, 3
#: No line but its own comes so near to the middle of a head, in pixels.
IN_HEAD = 2.5
#: And what runs along its line for no more pixels only crosses it.
ALONG = 12
#: So much of a way is darker than this, if it is that of a line; and so many capitals' heights of a second one's way
#: where no other line is.
DRAWN, INK, OWN = 0.85, 0.1, 2.0
#: Two lines meet again so often at most.
MEETINGS = 2
#: Lines are so wide, in capitals' heights, and at least so many pixels.
WIDE, LEAST = 0.4, 5
#: A line leaves another by so many degrees at most, and where it does so much is dark, of what a thin line between two
#: rows of pixels is at least.
ASIDE, LEAVES, FAINT = 75.0, 0.85, 0.36


@dataclass(frozen=True, slots=True)
class Branch:
    """A line that leaves another."""

    place: Floats
    #: In which direction it leads on from there, and by how much it turns off from how the other came, in radians.
    angle: float
    bend: float
    #: So many points of the other's way lie between there and its head.
    on: int


def set_right(
    dark: Mask,
    nodes: Sequence[PlotNode],
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
    dark = _without_outlines(dark, nodes)
    rest = unexplained(dark, found, capital)

    def other(arrow: Arrow, second: bool) -> tuple[float, Arrow] | None:
        """The one whose line leaves that of an arrow, but ends in the same head, and by how much it turns off there.

        A second line is drawn for longer where none is yet than the digit that a line crosses.
        """
        left, seen = rest, [arrow]
        while led[arrow.tip] == 1 and len(seen) <= MEETINGS:
            (way,) = seen[-1].ways.values()
            branch = left_at(left, way, capital, reach)
            more = follow([(heads[arrow.tip], branch.place, branch.angle)]) if branch else []
            if not branch or not more:
                return None
            seen.append(_with_shared(more[0], way, branch))
            if _drawn(dark, seen[-1]).mean() <= DRAWN or (second and _drawn(rest, more[0]).sum() <= OWN * capital):
                return None
            if seen[-1].sources != arrow.sources:
                return branch.bend, seen[-1]
            left = unexplained(left, seen[-1:], capital)  # where both meet again the other one goes on
        return None

    def others(numbers: Sequence[int], second: bool = False) -> dict[int, Arrow]:
        """Of those arrows that have one, the straightest first: a line goes on as straight as it can."""
        more = {number: there for number in numbers if (there := other(found[number], second))}
        return {number: more[number][1] for number in sorted(more, key=lambda number: more[number][0])}

    astray = running_along(found, capital)
    while instead := others(astray):
        number, arrow = next(iter(instead.items()))
        found[number] = arrow
        astray.remove(number)
        rest = unexplained(dark, found, capital)
    large = [number for number, arrow in enumerate(found) if heads[arrow.tip].core.sum() > least]
    while more := others(large, second=True):
        found.append(next(iter(more.values())))
        large = list(more)[1:]
        _explain(rest, found[-1:], capital)
    return found


def _drawn(dark: Mask, arrow: Arrow) -> NDArray[np.bool_]:
    """At each place of an arrow's way, a pixel apart: whether there is ink, or a node."""
    (way,) = arrow.ways.values()
    return np.asarray(np.abs(at(dark, way)) > INK)


def _without_outlines(dark: Mask, nodes: Sequence[PlotNode]) -> Mask:
    """The darkness of a picture without what is right beside nodes."""
    bare = dark.copy()
    for rim, value in ((OUTLINE, 0), (0, INSIDE)):
        for node in nodes:
            node.paint(bare, rim, value)
    return bare


def _with_shared(arrow: Arrow, along: Floats, branch: Branch) -> Arrow:
    """The arrow of a line that left another's way, with what both share of that, from its branch to its head."""
    ((source, way),) = arrow.ways.items()
    end = int(np.hypot(*(way - branch.place).T).argmin()) + 1
    arrow.ways = {source: np.concatenate([way[:end], along[len(along) - branch.on :]])}
    return arrow


def turned_round(arrows: Sequence[Arrow], heads: Mapping[tuple[float, float], Head]) -> list[Arrow]:
    """The same arrows; a line that seems to start in another one's head ran along that one's line the wrong way.

    All the way, even: where its head has another line, it is none.
    """
    result = []
    led = Counter(arrow.tip for arrow in arrows)
    for arrow in arrows:
        ((source, way),) = arrow.ways.items()
        for other in arrows:
            if other.target != source or other.tip == arrow.tip:
                continue
            away = np.hypot(*(way - heads[other.tip].middle).T)
            if away.min() > IN_HEAD:
                continue
            ((start, line),) = other.ways.items()
            on = way[int(away.argmin()) :]
            apart = KDTree(line[::CELL]).query(on)[0]
            left = int((apart > CELL).argmax())  # where it came to that line
            if start == arrow.target and led[arrow.tip] > 1 and (left > ALONG or not left):
                led[arrow.tip] -= 1
                break
            if start != arrow.target and left > ALONG:
                meets = int(np.hypot(*(line - on[left]).T).argmin())
                ways = {start: np.concatenate([line[: meets + 1], on[left:]])}
                result.append(Arrow(arrow.target, {start: 1.0}, arrow.tip, ways))
                break
        else:
            result.append(arrow)
    return result


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
    _explain(rest, arrows, capital)
    return rest


def _explain(rest: Mask, arrows: Sequence[Arrow], capital: float) -> None:
    """Take followed lines out of what is left, in place."""
    for way in (way for arrow in arrows for way in arrow.ways.values()):
        cv2.polylines(rest, [np.rint(way).astype(np.int32)], False, 0, _wide(capital))


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
    inked = at(rest, places) > 0.7 * FAINT
    radii = np.arange(0.0, reach + 0.5)[:, None]
    for k in np.flatnonzero(inked.any(axis=1)).tolist():
        starts = places[k, inked[k]]
        rays = radii * np.stack([np.cos(angles[k]), np.sin(angles[k])], axis=1)[:, None]
        shown = np.maximum(at(rest, starts[:, None, None] + rays), 0)
        seen = np.minimum(shown, ENOUGH).mean(axis=2)
        seen[np.minimum(shown, FAINT).mean(axis=2) <= LEAVES * FAINT] = 0
        start, turn = np.unravel_index(int(seen.argmax()), seen.shape)
        if seen[start, turn] > 0:
            # How the line came there, well before both met.
            came = back[max(near, ks[k] - 2 * near)] - back[max(0, ks[k] - 5 * near)]
            angle = float(angles[k, turn])
            bend = abs(math.remainder(angle - math.atan2(came[1], came[0]), 2 * math.pi))
            return Branch(starts[start], angle, bend, int(ks[k]))
    return None


def _wide(capital: float) -> int:
    return max(LEAST, round(WIDE * capital)) | 1
