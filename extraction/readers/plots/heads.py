"""Arrows, and their heads: solid triangles with one corner at a node."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.ink import OUTLINE, PlotNode
from extraction.readers.plots.outlines import Rect
from extraction.readers.plots.pieces import Mask, around_ink, pieces_of

#: Heads are at least so large, as a share of the usual one.
SMALLEST = 0.3
#: No head is longer, in capitals' heights.
LONGEST = 3.5
#: Of a line's way so much is dark; and all dark ways lead in one direction where their mean is so long.
STEM, ONE_WAY = 0.65, 0.9
#: The skewness of a disc is 0, of a whole triangle 0.57, and of a core that tells where it points at least this. Its
#: line may come from aside, where between two nodes there is no room for more.
TRIANGLE = 0.16
#: And no head points back to where its line comes from, if its core is less clear than this: cosine of the angle.
CLEAR = 0.3
BACK = -0.5
#: One that lies on an outline is at least so large.
FLAT = 0.4
#: And so many pixels wide outside it.
NARROW = 2
#: A line tells that its head points to the nearest node: cosine of the angle between both.
AGREED = 0.5
#: A head whose base lies at a node has this skewness away from it, and the base lies across its way: cosine of both.
BASED, ACROSS = 0.04, 0.5
#: And two that touch are so much larger, or, if they lie on one another, in most cases so much.
TOUCHING, TWOFOLD = 1.6, 1.25
#: So much of a line that comes to two is dark, and it is aimed past their middle no farther off, of their size.
COMING, ASIDE = 0.9, 0.6
#: So far beside each other, in radians, lines are two.
APART = 0.35
#: Where capitals are lower than this, in pixels, lines are hardly more than one pixel wide, and heads four.
TINY = 8.5


@dataclass(slots=True)
class Arrow:
    """One or more lines that end in one head at a node."""

    target: int
    #: The nodes where they start, with how sure that is.
    sources: dict[int, float] = field(default_factory=dict)
    tip: tuple[float, float] = (0.0, 0.0)
    #: By source: points of the line from it, x and y, as far as it was followed.
    ways: dict[int, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(slots=True)
class Head:
    rect: Rect
    tip: tuple[float, float]
    #: From base to tip, of length 1.
    way: tuple[float, float]
    node: int
    core: Mask
    #: The middle of its core, which is as good a place as any for a line to end in.
    middle: tuple[float, float]
    #: Where its line comes to it, along its axis, if that is known.
    start: tuple[float, float] | None = None


def without(ink: Mask, nodes: list[PlotNode], rim: int) -> Mask:
    """Ink outside nodes, and outside a rim of so many pixels around them."""
    rest = ink.copy()
    for node in nodes:
        node.clear(rest, rim)
    return rest


def rim_of(capital: float) -> int:
    """Pixels around a node that may be its outline."""
    return max(2, round(0.15 * capital))


def find_heads(dark: Mask, nodes: list[PlotNode], capital: float, smallest: float = SMALLEST) -> list[Head]:
    """Solid areas thicker than lines, one corner at a node.

    Args:
        dark: 1 where ink is as dark as heads of arrows are.
        capital: the height of a capital letter, which tells how large heads are.
        smallest: heads are at least so large, as a share of the usual one.
    """
    rest = without(dark, nodes, 0)
    finder = _Finder(rest, nodes, capital)
    core = finder.without_lines(around_ink(rest, finder.opened, finder.size))
    heads = list(finder.heads(core))
    # A program draws all heads of one size; what is much smaller is a corner of a thick line.
    usual = float(np.median([head.core.sum() for head in heads])) if heads else 0.0
    heads = [part for head in heads for part in finder.parted(head, usual)]
    heads = [head for head in heads if head.core.sum() > smallest * usual]
    return heads + [head for head in finder.flat(dark, heads, usual) if head.core.sum() > smallest * usual]


class _End(NamedTuple):
    """A line that comes to two heads: the node that it leads to, where, in which direction, and where it comes from."""

    node: int
    tip: NDArray[np.float64]
    way: NDArray[np.float64]
    start: NDArray[np.float64]


class _Finder:
    """Heads of one picture: of one size, each at the nearest node."""

    def __init__(self, rest: Mask, nodes: list[PlotNode], capital: float) -> None:
        self._rest, self._nodes, self._capital = rest, nodes, capital
        self.size = max(3 if capital < TINY else 5, round(0.33 * capital)) | 1
        self._disc = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.size, self.size)), dtype=np.uint8)
        self._index = Index(nodes)
        # A head's corner is too thin to be left over: that much of it is lost.
        self._lost = rim_of(capital) + round(1.6 * self.size)

    def opened(self, ink: Mask) -> Mask:
        return np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, self._disc), np.uint8)

    def without_lines(self, core: Mask) -> Mask:
        """What is thick without lines that are nearly as thick as that: with its line a head is too long for one."""
        pieces = pieces_of(core, 8)
        wider = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.size + 2, self.size + 2)), dtype=np.uint8)
        for i in np.flatnonzero(pieces.stats[:, 2:4].max(axis=1) > LONGEST * self._capital).tolist():
            x, y, w, h = pieces.stats[i, :4].tolist()
            part = pieces.part(i)
            thick = cv2.morphologyEx(np.pad(part.astype(np.uint8), self.size), cv2.MORPH_OPEN, wider)
            core[y : y + h, x : x + w][part] = thick[self.size : -self.size, self.size : -self.size][part]
        return core

    def heads(self, core: Mask, least: float = 0.0, known: Sequence[Head] = ()) -> Iterator[Head]:
        """Heads by what is thick in the picture, of at least so many pixels, where none is known."""
        pieces = pieces_of(core, 8)
        capital = self._capital
        rects = np.array([head.rect for head in known], int).reshape(-1, 4)
        for i, (x, y, w, h, area) in enumerate(pieces.stats.tolist()):
            if max(w, h) > LONGEST * capital or area < 0.05 * capital * capital or area <= least:
                continue
            again = (rects[:, 0] < x + w) & (rects[:, 2] > x) & (rects[:, 1] < y + h) & (rects[:, 3] > y)
            if not again.any():
                ys, xs = np.nonzero(pieces.part(i))
                head = self._head(np.stack([xs + x, ys + y], axis=1).astype(float))
                if head is not None:
                    yield head

    def _head(self, points: NDArray[np.float64]) -> Head | None:
        """The head with these pixels, x and y, if a node is near."""
        nodes, lost = self._nodes, self._lost
        x, y = (int(v) for v in points.min(axis=0))
        right, bottom = (int(v) + 1 for v in points.max(axis=0))
        near = self._index.near((x - lost, y - lost, right + lost, bottom + lost))
        if not near:
            return None
        middle = points.mean(axis=0)
        outside = {n: nodes[n].away(points) for n in near}
        best = min(near, key=lambda n: float(outside[n].min()))
        if outside[best].min() > lost:
            return None
        nearest = points[outside[best] <= outside[best].min()]
        pointing, lopsided = _pointing(points)
        flat = np.ptp(nearest, axis=0).max() > NARROW
        stem = self._stem(points, middle) if len(near) > 1 or flat else None
        if stem is None and flat and len(lines := self._coming(points)) == 1:
            stem = lines[0][1]
        if stem is not None and (lopsided < TRIANGLE or (lopsided < CLEAR and stem @ pointing < BACK)):
            pointing = stem
        tip = nearest[(nearest @ pointing).argmax()]  # a whole side of one that comes in flat lies at the node
        way = (tip - middle) / (math.hypot(*(tip - middle)) or 1.0)
        # Where another node is as near to its side, its shape tells.
        ahead = middle + pointing * (((points - middle) @ pointing).max() + self.size)
        at_tip = min(near, key=lambda n: float(nodes[n].away(ahead[None])[0]))
        if at_tip != best and pointing @ way < 0.7 and nodes[at_tip].away(ahead[None])[0] < self.size:
            best, tip, way = at_tip, ahead, pointing
        elif (stem is None or stem @ way < AGREED) and (other := _beyond_base(points, outside, best, lost)) is not None:
            best, tip = other
            way = (tip - middle) / (math.hypot(*(tip - middle)) or 1.0)
        core = np.zeros((bottom - y, right - x), np.uint8)
        core[points[:, 1].astype(int) - y, points[:, 0].astype(int) - x] = 1
        return Head((x, y, right, bottom), _pair(tip), _pair(way), best, core, _pair(middle))

    def _stem(self, points: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Where a head points to by the one line that comes out of it, if there is just one."""
        first = np.hypot(*(points - middle).T).max() + 1
        radii = np.arange(first, first + 1.5 * self._capital)
        at = np.rint(middle + radii[:, None, None] * _FINE).astype(int)
        height, width = self._rest.shape
        inside = (at >= 0).all(axis=2) & (at[..., 0] < width) & (at[..., 1] < height)
        at[~inside] = 0
        seen = (self._rest[at[..., 1], at[..., 0]] * inside).mean(axis=0) > STEM
        if not seen.any():
            return None
        middle_way = _FINE[seen].mean(axis=0)
        length = float(np.hypot(*middle_way))
        return -middle_way / length if length > ONE_WAY else None

    def parted(self, head: Head, usual: float) -> list[Head]:
        """Heads that touch are one piece of ink, of up to twice the usual size."""
        if head.core.sum() < TWOFOLD * usual:
            return [head]
        ys, xs = np.nonzero(head.core)
        points = np.stack([xs + head.rect[0], ys + head.rect[1]], axis=1).astype(float)
        ends = [end for start, way in self._coming(points) if (end := self._ahead(points, start, way))]
        touching = head.core.sum() >= TOUCHING * usual
        if len(ends) == 2 and (touching or len({end.node for end in ends}) == 2):
            return self._split(points, ends)
        if not touching:
            return [head]
        centred = points - points.mean(axis=0)
        long = np.linalg.eigh(centred.T @ centred)[1][:, 1]
        first = centred @ long < 0
        for _ in range(5):  # each pixel to the nearer of two middles
            a, b = points[first].mean(axis=0), points[~first].mean(axis=0)
            first = np.hypot(*(points - a).T) < np.hypot(*(points - b).T)
        parts = [self._head(points[first]), self._head(points[~first])]
        return [part for part in parts if part is not None] if all(parts) else [head]

    def _coming(self, points: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Where lines come to a piece of ink, and in which direction."""
        middle = points.mean(axis=0)
        size = float(np.hypot(*(points - middle).T).max())
        near, far = size + 2, size + 2 + self._capital
        low = np.maximum(np.floor(middle - far - 3).astype(int), 0)
        high = np.ceil(middle + far + 4).astype(int)
        window = cv2.dilate(self._rest[low[1] : high[1], low[0] : high[0]], np.ones((3, 3), np.uint8))

        def inked(at: NDArray[np.float64]) -> NDArray[np.bool_]:
            x, y = np.moveaxis(np.rint(at - low).astype(int), -1, 0)
            inside = (x >= 0) & (y >= 0) & (x < window.shape[1]) & (y < window.shape[0])
            x, y = np.where(inside, x, 0), np.where(inside, y, 0)
            return np.asarray((window[y, x] > 0) & inside)

        found: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = []
        starts = middle + near * _FINE
        for k in np.flatnonzero(inked(starts)).tolist():
            onto = middle + far * np.roll(_FINE, -k, axis=0)[np.arange(-_TURN, _TURN + 1)]
            along = np.linspace(0, 1, round(self._capital) + 1)[:, None, None]
            dark = inked(starts[k] + along * (onto - starts[k])).mean(axis=0)
            ways = (starts[k] - onto) / np.hypot(*(starts[k] - onto).T)[:, None]
            aside = np.abs((ways * (middle - starts[k])[::-1]) @ (1, -1))
            aside[dark < COMING] = np.inf
            best = int(aside.argmin())
            if aside[best] < ASIDE * size:
                found.append((float(aside[best]), starts[k], ways[best]))
        chosen: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        for _, start, way in sorted(found, key=lambda line: line[0]):
            if all((start - middle) @ (other - middle) < math.cos(APART) * near * near for other, _ in chosen):
                chosen.append((start, way))
        return chosen

    def _ahead(self, points: NDArray[np.float64], start: NDArray[np.float64], way: NDArray[np.float64]) -> _End | None:
        """Where a line leads to through a piece of ink."""
        far = float(((points - start) @ way).max()) + self._lost
        places = start + np.arange(1.0, far)[:, None] * way
        low, high = np.minimum(start, places[-1]).astype(int), np.maximum(start, places[-1]).astype(int) + 1
        hits = {
            node: int(inside.argmax())
            for node in self._index.near((int(low[0]), int(low[1]), int(high[0]), int(high[1])))
            if (inside := self._nodes[node].away(places) <= 1).any()
        }
        node = min(hits, key=lambda node: hits[node], default=-1)
        return _End(node, places[hits[node]], way, start) if node >= 0 else None

    def _split(self, points: NDArray[np.float64], ends: list[_End]) -> list[Head]:
        """Heads that lie on one another: each has the ink that is nearest to its axis."""
        off = [
            np.abs(((points - end.tip)[:, ::-1] * end.way) @ (1, -1)) + 0.2 * ((end.tip - points) @ end.way)
            for end in ends
        ]
        nearest = np.argmin(off, axis=0)
        heads = []
        for number, end in enumerate(ends):
            own = points[nearest == number]
            if len(own):
                x, y = (int(v) for v in own.min(axis=0))
                right, bottom = (int(v) + 1 for v in own.max(axis=0))
                core = np.zeros((bottom - y, right - x), np.uint8)
                core[own[:, 1].astype(int) - y, own[:, 0].astype(int) - x] = 1
                middle = end.tip + ((own.mean(axis=0) - end.tip) @ end.way) * end.way
                places = (_pair(place) for place in (end.tip, end.way, middle, end.start))
                tip, way, on_axis, start = places
                heads.append(Head((x, y, right, bottom), tip, way, end.node, core, on_axis, start))
        return heads

    def flat(self, dark: Mask, heads: list[Head], usual: float) -> Iterator[Head]:
        """Heads of lines that come in so flat that half of the head lies on a node's outline; `heads` are known."""
        core = around_ink(without(dark, self._nodes, -OUTLINE), self.opened, self.size)
        for node in self._nodes:
            node.clear(core, 0)
        for head in self.heads(core, FLAT * usual, heads):
            if min(head.core.shape) < NARROW:  # of a line that runs along the node
                continue
            points = np.argwhere(head.core)[:, ::-1] + np.array(head.rect[:2], float)
            stem = self._stem(points, np.array(head.middle))
            if stem is not None:  # half a head is no triangle
                head.way = _pair(stem)
            yield head


def _beyond_base(
    points: NDArray[np.float64], outside: dict[int, NDArray[np.float64]], best: int, lost: float
) -> tuple[int, NDArray[np.float64]] | None:
    """The node at the tip of a head, and the tip, if it is the head's base that lies at the nearest node.

    Args:
        outside: by node, how far each of the head's points (N x 2) lies from it.
        lost: so many pixels of a tip are too thin to be among the points.
    """
    middle = points.mean(axis=0)
    span = np.ptp(points[outside[best] <= outside[best].min() + 1], axis=0)
    for node in sorted(outside.keys() - {best}, key=lambda n: float(outside[n].min())):
        tip = points[outside[node] <= outside[node].min()].mean(axis=0)
        way = (tip - middle) / (math.hypot(*(tip - middle)) or 1.0)
        along = (points - middle) @ way
        lopsided = float((along**3).mean()) / (float((along**2).mean()) ** 1.5 or 1.0)
        # One that comes in flat lies at the nearest node with all its length, and its tip may be near another one.
        if outside[node].min() <= lost and lopsided > BASED and abs(way @ span) < ACROSS * math.hypot(*span):
            return node, tip
    return None


def _pair(point: NDArray[np.float64]) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _directions(count: int) -> NDArray[np.float64]:
    angles = np.arange(count) * 2 * np.pi / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


#: Directions: for the shape of a head, and fine ones for thin lines.
_COMPASS, _FINE = _directions(64), _directions(192)
#: So many of the fine ones a line leads aside at most.
_TURN = 16


def _pointing(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Where a head of these points points to, and its skewness in that direction.

    Most of a head lies at its base, and it is narrow towards its tip.
    """
    x, y = (points - points.mean(axis=0)).T
    xx, xy, yy = x * x, x * y, y * y
    cos, sin = _COMPASS.T
    # The third moment in a direction, from those in x and y.
    lopsided = cos**3 * (xx @ x) + 3 * cos**2 * sin * (xx @ y) + 3 * cos * sin**2 * (yy @ x) + sin**3 * (yy @ y)
    best = int(lopsided.argmax())
    c, s = _COMPASS[best]
    spread = float(c * c * xx.sum() + 2 * c * s * xy.sum() + s * s * yy.sum()) / len(points)
    return np.asarray(_COMPASS[best]), float(lopsided[best]) / len(points) / (spread**1.5 or 1.0)


class Index:
    """Nodes by place."""

    def __init__(self, nodes: list[PlotNode]) -> None:
        self._rects = np.array([n.rect for n in nodes], dtype=float).reshape(-1, 4)

    def near(self, rect: Rect) -> list[int]:
        r = self._rects
        hit = (r[:, 0] <= rect[2]) & (r[:, 2] >= rect[0]) & (r[:, 1] <= rect[3]) & (r[:, 3] >= rect[1])
        return [int(i) for i in np.flatnonzero(hit)]
