"""Lines that a node hides: some programs draw straight ones from box to box, and some of the boxes over them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.heads import Head
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.over import ASTRAY, BESIDE, EVERYWHERE, SHIFTS, TILTS, seen_on

Floats = NDArray[np.float64]

#: A line's last places no farther from their chord, in pixels, tell how it goes on behind a node.
CLOSE = 0.7
#: So do more of them where those were drawn aside by a border: all of a hidden line lies no farther from its chord.
STRAIGHT = 3.0
#: The middle of a head is no farther from its line than this, in pixels.
OFF_AXIS = 2.5


class Hidden:
    """Where lines came out again behind nodes, and where they begin after all."""

    def __init__(self, image: Image, nodes: Sequence[PlotNode], heads: Sequence[Head], reach: float) -> None:
        self._image, self._nodes, self._heads, self._reach = image, nodes, heads, reach
        #: By line: the nodes that it passed behind, and how many places it had then.
        self._passed: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def passed(self, line: int, way: Sequence[Floats], node: int) -> tuple[Floats, float] | None:
        """Where, and in which direction, a line comes out of a node that its last place lies in, if it does."""
        found = _behind(self._image, way, self._nodes[node], self._reach)
        if found is None or self._ends(node, *found):
            return None
        self._passed[line].append((node, len(way)))
        return found

    def source(self, line: int, way: Sequence[Floats], source: int) -> int:
        """The node where a line begins that was followed to one, or to none (-1).

        A line that was hidden is straight, and at the node where it begins is no head: else it begins at one of those
        that seemed to hide it.
        """
        places = np.array(way)
        ends = [(source, len(way)), *reversed(self._passed[line])] if self._passed[line] else []
        for number, (node, count) in enumerate(ends):
            if number == len(ends) - 1:
                return node
            if node < 0 or _bend(places[:count]) > STRAIGHT:
                continue
            dx, dy = places[count - 2] - places[count - 1]
            if not self._ends(node, places[count - 1], math.atan2(dy, dx)):
                return node
        return source

    def _ends(self, node: int, place: Floats, angle: float) -> bool:
        """Whether a line that leaves a node at a place ends there: its head points at the node."""
        way = np.array([math.cos(angle), math.sin(angle)])
        off = [np.array(head.middle) - place for head in self._heads if head.node == node]
        return any(0 < o @ way < 2 * self._reach and abs(o @ (-way[1], way[0])) < OFF_AXIS for o in off)


def _behind(image: Image, way: Sequence[Floats], node: PlotNode, reach: float) -> tuple[Floats, float] | None:
    """Where, and in which direction, a line goes on beyond a node; `None` where none does."""
    chords = [way[-1] - way[_straight_from(way, bend)] for bend in (CLOSE, STRAIGHT)]
    tilts, shifts = np.tile(np.array(list(product(TILTS, SHIFTS))).T, len(chords))
    angles = np.repeat([math.atan2(dy, dx) for dx, dy in chords], len(tilts) // len(chords)) + np.radians(tilts)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    starts = way[-1] + shifts[:, None] * np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    outside = starts + _left(starts, ways, node)[:, None] * ways
    on_line, free = seen_on(image, outside, ways, np.arange(1.0, reach))
    good = on_line.mean(axis=1) - ASTRAY * (np.abs(tilts) + np.abs(shifts))
    good[(on_line.mean(axis=1) < EVERYWHERE) | (free.mean(axis=1) <= BESIDE)] = 0
    best = int(good.argmax())
    return (outside[best], float(angles[best])) if good[best] > 0 else None


def _straight_from(way: Sequence[Floats], most: float) -> int:
    """The first of a line's places from which on it bends by no more than so many pixels."""
    points = np.array(way)
    return next((first + 1 for first in range(len(way) - 3, -1, -1) if _bend(points[first:]) > most), 0)


def _bend(points: Floats) -> float:
    """How far the places of a line lie from its chord, at most."""
    chord = points[-1] - points[0]
    aside = np.array([-chord[1], chord[0]]) / max(math.hypot(*chord), 1e-6)
    return float(np.abs((points - points[0]) @ aside).max())


def _left(starts: Floats, ways: Floats, node: PlotNode) -> Floats:
    """How far it is along each way (N x 2) until it has left a node: at the first of the sides that it leads out of."""
    out, ends = node.sides()
    toward = ways @ out.T
    ahead = np.where(toward > 1e-6, (ends - starts @ out.T) / np.maximum(toward, 1e-6), np.inf)
    return np.asarray(np.maximum(ahead.min(axis=1), 0))
