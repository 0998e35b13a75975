"""Arrows that never merge: each line followed from its head backwards, as the eye does it, straight over all it meets.

A program draws such lines as smooth curves. So a line goes on where it was heading, and neither crossings nor the
numbers and heads that it runs through lead it astray. All lines of a picture are followed at the same time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.behind import Hidden
from extraction.readers.plots.darkness import ENOUGH, Floats, at, darkness, ray
from extraction.readers.plots.heads import TWOFOLD, Arrow, Head
from extraction.readers.plots.ink import Cell, PlotNode
from extraction.readers.plots.over import DARK as OVER
from extraction.readers.plots.over import leaving, passed_by, passed_over
from extraction.readers.plots.pieces import Mask
from extraction.readers.plots.shared import Follow, set_right, turned_round
from extraction.readers.plots.tails import ASLANT, Start, abreast, corner_under, forked, size_of, tail_of
from extraction.readers.plots.turning_off import (
    DARK,
    OUTLINE,
    STEP,
    corner_ahead,
    round_corner,
    upright_of,
)

#: How far is looked ahead, in heights of a capital letter, and at least so many pixels.
AHEAD, LEAST = 1.7, 16.0
#: Ways on that are looked at: arcs that begin a little aside and turn by so much, in degrees.
ASIDE = (-8.0, 0.0, 8.0)
TURNS = (-66.0, -44.0, -28.0, -16.0, -7.0, 0.0, 7.0, 16.0, 28.0, 44.0, 66.0)
#: How much darker a way must be for each degree that it turns.
STRAIGHT = 0.0025
#: Where the straight way is so much of that, no other is looked at.
SURE = 0.96
#: How good it is to get to a node, of what is enough.
ARRIVED = 0.8
#: Out of the axis of its head by more, in radians, a line seldom comes.
ASTRAY = 0.7
#: And of two lines side by side the heads, taken as one, seem turned by less, in radians.
ABREAST = 0.5
#: Where a line is less than so much of that ahead, a corner is looked for.
UNSURE = 0.8
#: And less than that where none leaves a head.
UNCLEAR = 0.7
#: A line with its head is at least so long, in heights of a capital letter.
SHORTEST = 2.5
#: Where nothing is.
NOWHERE = (-9, -9, -8, -8)
#: A place is moved so far to the middle of its line at each step, in pixels.
PULL = 0.4
#: And its line is looked for so far before and behind it, in pixels.
NEAR = np.array([-6.0, -3.0, 0.0, 3.0, 6.0])
#: Lines over a node are seen on what is at least so bright in its green.
SEEN_ON = 255 * (1 - OVER)
#: So many places back a line was not led astray by the border of the node that it comes to.
BACK = 8
#: Where nothing but the straight line lies ahead, so many steps are one.
STRIDE = 3


def run_back(
    image: Image,
    drawn: Mask,
    nodes: Sequence[PlotNode],
    heads: Sequence[Head],
    capital: float,
    *,
    hidden: bool = False,
    blobs: bool = False,
) -> list[Arrow]:
    """The arrow of each head whose line leads to a node.

    Args:
        image: height x width x 3, uint8, RGB.
        drawn: 0 where what is drawn belongs to no line.
        hidden: whether boxes may hide lines, and heads have barbs or a corner under them.
        blobs: whether every line joins a box and a blob, which is no box.
    """
    if not heads:
        return []
    dark = darkness(image, drawn, nodes, heads)
    usual = float(np.median([head.core.sum() for head in heads]))
    reach = max(LEAST, AHEAD * capital)
    starts: list[Start] = []
    for head in heads:
        if head.start:
            starts.append((head, np.array(head.start), math.atan2(-head.way[1], -head.way[0])))
            continue
        tail, sure = tail_of(dark, head, capital, barbed=hidden)
        two = forked(dark, head, tail, capital, barbed=hidden) if head.core.sum() > TWOFOLD * usual else []
        place = np.array(head.middle)
        axis = math.atan2(-head.way[1], -head.way[0])
        back = upright_of(axis)
        if not two and head.core.sum() > TWOFOLD * usual and abs(axis - back) < ABREAST:
            two = abreast(dark, head, back, capital)
        aside, most = (tail - back, ASLANT) if hidden else (tail - axis, ASTRAY)
        slanted = abs(math.remainder(aside, 2 * math.pi)) > most
        corner = corner_under(dark, head, back, reach) if slanted or sure < UNSURE * ENOUGH else None
        if not corner and sure < UNSURE * ENOUGH and not (slanted and sure > UNSURE * ENOUGH / 2):
            corner = corner_ahead(dark, place, back, reach, size_of(head))  # it can turn off right behind it
        # What runs right beside the node can be its outline, if another line leaves the head.
        clear = OUTLINE if hidden and sure > UNCLEAR * ENOUGH else 0
        if not two and corner and nodes[head.node].away(ray(*corner, reach)).min() > clear:
            place, tail = corner
        starts += two or [(head, place, tail)]

    def follow(starts: Sequence[Start]) -> list[Arrow]:
        return _followed(image, dark, nodes, starts, heads, reach, capital, hidden=hidden)

    by_tip = {head.tip: head for head in heads}
    arrows = follow(starts)
    if not hidden:
        arrows = [_long_enough(arrow, by_tip[arrow.tip], dark, capital, follow) for arrow in arrows]
    if blobs:
        arrows = [_to_other_kind(a, by_tip[a.tip], image, dark, nodes, reach, capital) for a in arrows]
    # Heads with barbs differ from one another, so that only large ones may be two.
    least = TWOFOLD * usual if hidden else 0.0
    return turned_round(set_right(dark, nodes, arrows, by_tip, least, capital, reach, follow), by_tip)


def _long_enough(arrow: Arrow, head: Head, dark: Mask, capital: float, follow: Follow) -> Arrow:
    """The same arrow, or that of another line at its head: between two nodes there is room for more than a head."""
    ((source, way),) = arrow.ways.items()
    if len(way) > SHORTEST * capital and source != arrow.target:
        return arrow
    barred = math.atan2(*(way[-max(2, len(way) // 2)] - way[-1])[::-1])
    tail, sure = tail_of(dark, head, capital, barred=barred)
    if sure < UNCLEAR * ENOUGH:
        return arrow
    return next(iter(follow([(head, np.array(head.middle), tail)])), arrow)


def _to_other_kind(
    arrow: Arrow,
    head: Head,
    image: Image,
    dark: Mask,
    nodes: Sequence[PlotNode],
    reach: float,
    capital: float,
) -> Arrow:
    """The same arrow, or, where its line seems to start at a node of its target's kind, where that leads without it."""
    ((source, way),) = arrow.ways.items()
    boxes = [node.cells[0].shape == "rect" for node in nodes]
    if boxes[source] != boxes[arrow.target]:
        return arrow
    start = way[min(len(way) - 1, round(capital))] - way[0]
    if on := leaving(dark, way[0], math.atan2(-start[1], -start[0]), nodes[source], reach):
        for found in _followed(image, dark, nodes, [(head, *on)], (), reach, capital):
            ((other, line),) = found.ways.items()
            if boxes[other] != boxes[arrow.target]:
                near = int(np.hypot(*(line - on[0]).T).argmin()) + 1
                return Arrow(arrow.target, found.sources, arrow.tip, {other: np.concatenate([line[:near], way])})
    unseen = dark.copy()
    nodes[source].paint(unseen, 0, 0)
    others = [*nodes]
    others[source] = PlotNode(NOWHERE, [Cell(NOWHERE)])
    start = way[-1 - min(len(way) - 1, round(capital))] - way[-1]
    again = (head, np.array(head.middle), math.atan2(start[1], start[0]))
    return next(iter(_followed(image, unseen, others, [again], (), reach, capital)), arrow)


def _followed(
    image: Image,
    dark: Mask,
    nodes: Sequence[PlotNode],
    starts: Sequence[Start],
    ends: Sequence[Head],
    reach: float,
    capital: float,
    *,
    hidden: bool = False,
) -> list[Arrow]:
    """The arrow of each line that leads to a node; `ends` are all heads, `hidden` says that nodes may hide lines."""
    heads = [head for head, _, _ in starts]
    place = np.array([point for _, point, _ in starts])
    angle = np.array([way for _, _, way in starts])
    rects = np.array([node.rect for node in nodes], dtype=float)
    own = np.array([head.node for head in heads])
    sources = np.full(len(heads), -1)
    ways: list[list[Floats]] = [[np.array(head.middle), p.copy()] for head, p in zip(heads, place, strict=True)]
    behind = Hidden(image, nodes, ends, reach) if hidden else None
    missed, gone = np.zeros(len(heads), int), np.zeros(len(heads), int)
    going = np.arange(len(heads))
    for _ in range(int(6 * sum(dark.shape) / STEP)):
        if not len(going):
            break
        p, a = place[going], angle[going]
        turn, seen, straight = _turn(dark, p, a, reach)
        for k in np.flatnonzero((seen >= DARK) & ((seen < UNSURE * ENOUGH) | (turn != 0))).tolist():
            # What bends could be another line beside this one, if this turns off.
            least = 0.0 if seen[k] < UNSURE * ENOUGH else float(seen[k])
            if corner := corner_ahead(dark, p[k], float(a[k]), reach, least=least):
                (p[k], a[k]), turn[k], seen[k] = corner, 0.0, ENOUGH
                ways[going[k]].append(corner[0])
        lost = seen < DARK
        a = a + np.where(lost, 0.0, turn)
        steps = np.where(straight, STRIDE, 1)[:, None]
        p = p + STEP * steps * np.stack([np.cos(a), np.sin(a)], axis=1)
        p += np.where(lost[:, None], 0.0, steps * _centred(dark, p, a))
        gone[going] += steps[:, 0]
        place[going], angle[going] = p, a
        missed[going] = np.where(lost, missed[going] + 1, 0)
        for i in going[missed[going] == 1].tolist():
            if corner := round_corner(dark, place[i], float(angle[i]), reach):
                place[i], angle[i] = corner
        p = place[going]
        for k, i in enumerate(going.tolist()):
            ways[i].append(p[k])
        left = gone[going] * STEP > 1.5 * capital
        arrived = _arrived(p, rects, nodes, own[going], left)
        for k in np.flatnonzero(arrived >= 0).tolist():
            i = going[k]
            node = nodes[arrived[k]]
            if on := passed_by(dark, ways[i][-1 - BACK :], float(angle[i]), node, ends, capital, reach):
                (place[i], angle[i]), arrived[k] = on, -1
                ways[i].append(on[0])
                continue
            # Nothing is seen on what is dark, and in a table a line can be that between two cells.
            if len(node.cells) > 1 or node.cells[0].inverted or node.cells[0].colour[1] < SEEN_ON:
                continue
            over = passed_over(image, ways[i][-1 - BACK :], float(angle[i]), node.rect, reach)
            if over is None and behind:
                over = behind.passed(i, ways[i], int(arrived[k]))
            if over is not None:
                (place[i], angle[i]), arrived[k] = over, -1
                ways[i].append(over[0])
        sources[going] = np.where(arrived >= 0, arrived, sources[going])
        going = going[(arrived < 0) & (missed[going] <= reach / STEP)]
    if behind:
        sources = np.array([behind.source(i, way, int(sources[i])) for i, way in enumerate(ways)])
    return [
        Arrow(head.node, {int(source): 1.0}, head.tip, {int(source): _dense(np.array(way[::-1]))})
        for head, source, way in zip(heads, sources, ways, strict=True)
        if source >= 0
    ]


def _dense(way: Floats) -> Floats:
    """The same way with a point at each pixel or so."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    at = np.linspace(0.0, along[-1], round(along[-1]) + 1)
    return np.stack([np.interp(at, along, way[:, 0]), np.interp(at, along, way[:, 1])], axis=1)


@cache
def _arcs(reach: float) -> tuple[NDArray[np.float32], Floats, Floats]:
    """Ways on from the origin to the right: points A x K x 2, their turns in a step, and by how much they bend.

    The first three are those that are hardly bent.
    """
    ways = sorted(product(ASIDE, TURNS), key=lambda way: (abs(way[0]), abs(way[1])))
    aside, turns = np.radians(ways).T
    radii = np.arange(2.0, reach, 2.0)
    middle = aside[:, None] + turns[:, None] * radii / (2 * reach)  # of the chord to each point
    points = radii[None, :, None] * np.stack([np.cos(middle), np.sin(middle)], axis=2)
    return points.astype(np.float32), aside + turns * STEP / reach, np.degrees(np.abs(aside) + 0.5 * np.abs(turns))


def _turn(
    dark: Mask, place: Floats, angle: Floats, reach: float
) -> tuple[Floats, NDArray[np.float32], NDArray[np.bool_]]:
    """By how much each line turns in a step, in radians, how dark it is ahead, and where it runs straight on."""
    arcs, turns, bent = _arcs(reach)
    best, seen = _best(dark, place, angle, arcs[:3], bent[:3])
    straight = (best == 0) & (seen >= SURE * ENOUGH)
    unsure = np.flatnonzero(seen < SURE * ENOUGH)
    if len(unsure):
        best[unsure], seen[unsure] = _best(dark, place[unsure], angle[unsure], arcs, bent)
    return turns[best], seen, straight


def _best(
    dark: Mask, place: Floats, angle: Floats, arcs: NDArray[np.float32], bent: Floats
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    cos, sin = (f(angle).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    x, y = arcs[None, :, :, 0], arcs[None, :, :, 1]
    start = place.astype(np.float32)
    points = np.stack(
        [cos * x - sin * y + start[:, 0, None, None], sin * x + cos * y + start[:, 1, None, None]], axis=3
    )
    seen = at(dark, points)
    # A line may end in a node, so what lies there is as good as a line, nearly.
    seen = np.where(seen < 0, np.float32(ARRIVED * ENOUGH), np.minimum(seen, ENOUGH)).mean(axis=2)
    best = (seen - STRAIGHT * bent).argmax(axis=1)
    return best, seen[np.arange(len(best)), best]


def _centred(dark: Mask, place: Floats, angle: Floats) -> Floats:
    """From places on lines to the middles of these; nowhere, where something else lies beside a line."""
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    aside = np.stack([-way[:, 1], way[:, 0]], axis=1)
    offsets = np.arange(-4.0, 4.1, 0.5)
    across = place[:, None, None, :] + offsets[:, None] * aside[:, None, None, :]
    # A line is dark all along, what stands beside it is so only here and there.
    seen = at(dark, across + NEAR[:, None, None] * way[:, None, None, :])
    seen = np.maximum(0, np.sort(seen, axis=1)[:, len(NEAR) // 2])
    beside = seen[:, np.abs(offsets) > 2.6].max(axis=1)
    seen, offsets = seen[:, 4:-4], offsets[4:-4]
    total = seen.sum(axis=1)
    told = (total > 0.05) & (beside < ENOUGH / 2)
    shift = np.where(told, (seen * offsets).sum(axis=1) / np.maximum(total, 1e-6), 0.0)
    return np.asarray(np.clip(shift, -PULL, PULL)[:, None] * aside)


def _arrived(
    place: Floats, rects: Floats, nodes: Sequence[PlotNode], own: NDArray[np.int64], left: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The node that each place lies in, or -1; the own one of a head only when its line has left it."""
    x, y = place[:, 0, None], place[:, 1, None]
    hit = (x >= rects[:, 0]) & (x <= rects[:, 2]) & (y >= rects[:, 1]) & (y <= rects[:, 3])
    found = np.full(len(place), -1)
    for k, n in np.argwhere(hit).tolist():
        if (left[k] or n != own[k]) and nodes[n].away(place[k : k + 1])[0] <= 0.5:
            found[k] = n
    return found
