"""Clusters of layers, and those of them that share something with a layer."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from annotations.consensus.sides import Side, Traits

#: How many clusters a trait leads to.
PARTNERS = 12


@dataclass(eq=False, slots=True)
class Cluster:
    """One layer as several people have it: at most one member a person."""

    #: By name of the side.
    members: dict[str, Traits] = field(default_factory=dict)


@dataclass(eq=False)
class Clusters:
    """All layers of all flows, each in exactly one cluster."""

    sides: Sequence[Side]
    all: list[Cluster]
    #: By name of the side and position of the layer: the position of its cluster in `all`.
    of: dict[str, list[int]]


class Near:
    """Finds clusters that share a trait with a layer."""

    def __init__(self, everything: Sequence[Cluster], progress: Sequence[float], numbers: Iterable[int]) -> None:
        self._by: defaultdict[tuple[object, ...], list[tuple[float, int]]] = defaultdict(list)
        self._places: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        boxes = []
        for number in numbers:
            for traits in dict.fromkeys(everything[number].members.values()):
                self._by["kind", traits.kind].append((progress[number], number))
                if traits.label:
                    self._by["label", traits.label].append((progress[number], number))
                if traits.place:
                    boxes.append((traits.place, number))
        sizes = sorted(max(place[2], place[3]) for place, _ in boxes)
        self._cell = max(1.0, sizes[len(sizes) // 2]) if sizes else 1.0
        for place, number in boxes:
            self._places[int(place[0] // self._cell), int(place[1] // self._cell)].append(number)
        for rows in self._by.values():
            rows.sort()

    def of(self, traits: Traits, progress: float) -> dict[int, None]:
        found: dict[int, None] = {}
        if traits.place:
            x, y = int(traits.place[0] // self._cell), int(traits.place[1] // self._cell)
            for cell in ((x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
                found.update(dict.fromkeys(self._places.get(cell, ())[:PARTNERS]))
        for key in (("label", traits.label), ("kind", traits.kind)):
            rows = self._by.get(key, [])
            at = max(0, min(bisect_left(rows, (progress, -1)) - PARTNERS // 2, len(rows) - PARTNERS))
            found.update(dict.fromkeys(number for _, number in rows[at : at + PARTNERS]))
        return found
