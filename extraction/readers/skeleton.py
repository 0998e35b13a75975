"""Middle lines of ink as a graph: ends and junctions, and the branches between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.primitives import Point
from extraction.readers.thinning import ZHANG_SUEN, thin

Mask = NDArray[np.uint8]
Pixel = tuple[int, int]
#: Ways to a pixel's eight neighbours.
_ROUND = [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dx or dy]


@dataclass(slots=True)
class Branch:
    """A piece of middle line from node `a` to node `b`; `points` runs from one to the other, (x, y)."""

    a: int
    b: int
    points: list[Pixel]
    #: Thickness of the ink at each point.
    widths: list[float]

    @property
    def length(self) -> float:
        return float(len(self.points))

    def seen_from(self, node: int) -> tuple[list[Pixel], list[float]]:
        """Points and widths beginning at a node."""
        if node == self.a:
            return self.points, self.widths
        return self.points[::-1], self.widths[::-1]

    def other(self, node: int) -> int:
        return self.b if node == self.a else self.a


@dataclass(slots=True)
class Graph:
    places: list[Point] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    #: What `at` has found out last, and of which branches: other branches come in a list of their own.
    _known: tuple[list[Branch], list[list[int]]] = field(default=([], []), init=False, repr=False)

    def at(self, node: int) -> list[int]:
        """Branches that begin or end at a node; one that does both stands twice."""
        if self._known[0] is not self.branches:
            meeting: list[list[int]] = [[] for _ in self.places]
            for i, branch in enumerate(self.branches):
                meeting[branch.a].append(i)
                meeting[branch.b].append(i)
            self._known = (self.branches, meeting)
        return self._known[1][node]

    def heading(self, branch: int, node: int, reach: float) -> Point:
        """Unit vector in which a branch leaves a node, over its first `reach` pixels."""
        points, _ = self.branches[branch].seen_from(node)
        x0, y0 = points[0]
        x1, y1 = points[min(len(points) - 1, max(1, int(reach)))]
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        return (x1 - x0) / length, (y1 - y0) / length

    def drop(self, gone: set[int]) -> None:
        """Take branches away and join those that then meet alone."""
        self.branches = [b for i, b in enumerate(self.branches) if i not in gone]
        for node in range(len(self.places)):
            there = self.at(node)
            if len(there) == 2 and there[0] != there[1]:
                self._join(node, there[0], there[1])

    def without_loops(self, longest: float) -> None:
        """Take away short loops and short doubles: holes that roughness leaves in the ink."""
        gone: set[int] = set()
        seen: dict[tuple[int, int], int] = {}
        for i, branch in enumerate(self.branches):
            if branch.length > longest:
                continue
            pair = (min(branch.a, branch.b), max(branch.a, branch.b))
            if branch.a == branch.b or pair in seen:
                gone.add(i)
            seen[pair] = i
        if gone:
            self.drop(gone)

    def _join(self, node: int, first: int, second: int) -> None:
        one, two = self.branches[first], self.branches[second]
        points, widths = one.seen_from(node)
        more, wider = two.seen_from(node)
        merged = Branch(one.other(node), two.other(node), points[::-1] + more, widths[::-1] + wider)
        self.branches = [b for i, b in enumerate(self.branches) if i not in (first, second)] + [merged]


def graph_of(mask: Mask) -> Graph:
    """The graph of one connected piece of ink (with a border of empty pixels)."""
    thick = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    pixels = {(x, y) for y, x in thin(mask, ZHANG_SUEN).tolist()}
    near = {(x, y): [(x + dx, y + dy) for dx, dy in _ROUND if (x + dx, y + dy) in pixels] for x, y in pixels}
    crowded = np.zeros_like(mask)
    for (x, y), others in near.items():
        if len(others) > 2:
            crowded[y, x] = 1
    _, labels, _, middles = cv2.connectedComponentsWithStats(crowded, connectivity=8)
    graph = Graph([(float(mx), float(my)) for mx, my in middles[1:]])
    node_of: dict[Pixel, int] = {(x, y): int(labels[y, x]) - 1 for x, y in pixels if crowded[y, x]}
    for p in sorted(pixels):
        if p not in node_of and len(near[p]) == 1:
            node_of[p] = len(graph.places)
            graph.places.append((float(p[0]), float(p[1])))
    walked: set[tuple[Pixel, Pixel]] = set()
    for start in sorted(node_of):
        for step in near[start]:
            if (start, step) in walked or node_of.get(step) == node_of[start]:
                continue
            path = _walk(start, step, near, node_of)
            end = path[-1]
            walked |= {(start, step), (end, path[-2])}
            if end in node_of:
                widths = [float(2 * thick[y, x]) for x, y in path]
                graph.branches.append(Branch(node_of[start], node_of[end], path, widths))
    return graph


def _walk(start: Pixel, step: Pixel, near: dict[Pixel, list[Pixel]], node_of: dict[Pixel, int]) -> list[Pixel]:
    path = [start, step]
    seen = {start, step}
    while path[-1] not in node_of:
        onwards = [q for q in near[path[-1]] if q not in seen]
        if not onwards:
            break
        # A node right beside ends the walk; straight steps come before diagonal ones.
        here = path[-1]
        onwards.sort(key=lambda q: (q not in node_of or q == start, abs(q[0] - here[0]) + abs(q[1] - here[1])))
        seen.update(onwards if onwards[0] in node_of else onwards[:1])
        path.append(onwards[0])
    return path
