"""Middle lines of thin ink as a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.pieces import Mask
from extraction.readers.thinning import COLUMNS, GUO_HALL, ROWS, thin

Pixel = tuple[int, int]


@dataclass(slots=True)
class Stretch:
    """A piece of middle line between two places where lines end or meet."""

    #: Numbers of the places at its two ends.
    ends: tuple[int, int]
    #: x, y along it, from the first place to the second.
    points: NDArray[np.float64]

    def from_end(self, place: int) -> NDArray[np.float64]:
        return self.points if self.ends[0] == place else self.points[::-1]

    def other(self, place: int) -> int:
        return self.ends[1] if self.ends[0] == place else self.ends[0]


@dataclass(slots=True)
class Lines:
    """Middle lines as a graph."""

    #: x, y.
    places: list[tuple[float, float]]
    stretches: list[Stretch]

    def at(self, place: int) -> list[int]:
        return [i for i, s in enumerate(self.stretches) if place in s.ends]


def lines_of_ink(mask: Mask) -> Lines:
    """The graph of middle lines of a mask. Closed rings without a junction are left out."""
    pixels = thin(mask, GUO_HALL)
    if not len(pixels):
        return Lines([], [])
    height, width = mask.shape
    image = np.zeros((height + 2, width + 2), bool)
    image[pixels[:, 0] + 1, pixels[:, 1] + 1] = True
    flat = image.ravel()
    across = width + 2
    index = (pixels[:, 0] + 1) * across + pixels[:, 1] + 1
    offsets = (ROWS * across + COLUMNS).tolist()
    codes = flat[index[:, None] + np.array(offsets)]
    # A corner that is joined through a straight neighbour as well is no way of its own.
    ways = codes.copy()
    for k in (1, 3, 5, 7):
        ways[:, k] &= ~(codes[:, k - 1] | codes[:, (k + 1) % 8])
    degree = ways.sum(axis=1)
    nodes = {int(i) for i in index[degree != 2]}
    neighbours = {int(i): [int(i) + offsets[k] for k in range(8) if row[k]] for i, row in zip(index, ways, strict=True)}
    place_of, places = _places(nodes, neighbours, {int(i) for i in index[degree > 2]}, across)
    stretches = []
    walked: set[tuple[int, int]] = set()
    for start in sorted(nodes):
        for step in neighbours[start]:
            if (start, step) in walked or (step in nodes and place_of[step] == place_of[start]):
                continue
            path = [start, step]
            before, here = start, step
            while here not in nodes:
                onwards = [q for q in neighbours[here] if q != before]
                if not onwards:
                    break
                before, here = here, onwards[0]
                path.append(here)
            if here not in nodes:
                continue
            walked |= {(start, step), (here, path[-2])}
            points = np.array([(i % across - 1, i // across - 1) for i in path], dtype=np.float64)
            stretches.append(Stretch((place_of[start], place_of[here]), points))
    return Lines(places, stretches)


def _places(
    nodes: set[int], neighbours: dict[int, list[int]], junctions: set[int], across: int
) -> tuple[dict[int, int], list[tuple[float, float]]]:
    """Junctions that touch are one place."""
    place_of: dict[int, int] = {}
    places: list[tuple[float, float]] = []
    for start in sorted(nodes):
        if start in place_of:
            continue
        members, waiting = [], [start]
        place_of[start] = len(places)
        while waiting:
            here = waiting.pop()
            members.append(here)
            for other in neighbours[here] if start in junctions else []:
                if other in junctions and other not in place_of:
                    place_of[other] = len(places)
                    waiting.append(other)
        xs = [i % across - 1 for i in members]
        ys = [i // across - 1 for i in members]
        places.append((sum(xs) / len(xs), sum(ys) / len(ys)))
    return place_of, places


def joined(lines: Lines, close: int) -> Lines:
    """The same lines with junctions taken together that a piece of at most so many pixels joins.

    Where thick lines cross, their middle lines meet in two places. And where two run into each other, paper can show
    between them once more: two pieces so close to each other, from one place to the same other, are one.
    """
    at: dict[int, int] = {}
    for stretch in lines.stretches:
        for place in stretch.ends:
            at[place] = at.get(place, 0) + 1
    root = list(range(len(lines.places)))

    def of(place: int) -> int:
        while root[place] != place:
            place = root[place]
        return place

    for stretch in lines.stretches:
        if len(stretch.points) <= close and min(at[place] for place in stretch.ends) > 2:
            a, b = sorted(of(place) for place in stretch.ends)
            root[b] = a
    stretches = [Stretch((of(s.ends[0]), of(s.ends[1])), s.points) for s in lines.stretches]
    kept: dict[tuple[int, ...], list[Stretch]] = {}
    for stretch in stretches:
        own = kept.setdefault(tuple(sorted(stretch.ends)), [])
        if stretch.ends[0] != stretch.ends[1] and not any(_beside(stretch, other, close) for other in own):
            own.append(stretch)
    return Lines(lines.places, [stretch for own in kept.values() for stretch in own])


def _beside(first: Stretch, second: Stretch, close: int) -> bool:
    """Whether two stretches with the same ends are nowhere farther from each other than so many pixels."""
    count = min(len(first.points), len(second.points))
    if count < 2 or max(len(first.points), len(second.points)) > count + 2 * close:
        return False
    a, b = (s.from_end(first.ends[0])[np.linspace(0, len(s.points) - 1, count).astype(int)] for s in (first, second))
    return bool(np.abs(a - b).max() <= close)
