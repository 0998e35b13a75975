"""Which layer of one flow is which layer of another.

Layers with the same id are the same unless everything about them speaks against it: a person who corrects a reading
keeps its ids. The others are matched by place, text, type and neighbours, best pairs first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.graph import topological
from extraction.flow.model import BBox, Flow, Layer

#: A pair this alike is accepted without a look at its neighbours, and with one.
ALIKE, ALIKE_WITH_NEIGHBOURS = 0.8, 0.5
#: A pair with the same id is given up below this.
STRANGERS = 0.15
#: How many pairs a layer is compared with for each of its traits.
MOST_PARTNERS = 12
_ROUNDS = 6

# Weights of what speaks for a pair; what one side doesn't say doesn't count.
_TYPE, _TEXT, _PLACE, _VALUES, _NEIGHBOURS = 0.35, 0.25, 0.25, 0.15, 0.5


def align(before: Flow, after: Flow) -> dict[str, str]:
    """Ids of `before` to ids of `after`, one to one; layers without a counterpart are missing."""
    return _Alignment(before, after).run()


def overlap(one: BBox, other: BBox) -> float:
    """Shared area of two boxes over their joint area, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    joint = _area(one) + _area(other) - shared
    return shared / joint if joint > 0 else float(one == other)


def likeness(one: Layer, other: Layer) -> float:
    """How alike two layers are by themselves, 0 to 1."""
    weight, score = _TYPE, _TYPE * _same_type(one, other)
    words, others = _words(one), _words(other)
    if words or others:
        weight += _TEXT
        score += _TEXT * len(words & others) / len(words | others)
    if one.bbox and other.bbox:
        weight += _PLACE
        score += _PLACE * overlap(one.bbox, other.bbox)
    values, other_values = _values(one), _values(other)
    if values or other_values:
        weight += _VALUES
        names = values.keys() | other_values.keys()
        score += _VALUES * sum(values.get(n) == other_values.get(n) for n in names) / len(names)
    return score / weight


def _area(box: BBox) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _same_type(one: Layer, other: Layer) -> float:
    a, b = canonical_type(one.type) or one.type, canonical_type(other.type) or other.type
    if a == b:
        return 1.0
    row, other_row = CATALOGUE.get(a), CATALOGUE.get(b)
    return 0.4 if row and other_row and row.family == other_row.family else 0.0


def _words(layer: Layer) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", (layer.label or layer.name).casefold()))


def _values(layer: Layer) -> dict[str, str]:
    values = {name: str(value) for name, value in layer.params.items()}
    return values | ({"output_shape": str(layer.output_shape)} if layer.output_shape else {})


@dataclass(slots=True)
class _Side:
    """One of the two flows."""

    layers: dict[str, Layer]
    neighbours: dict[str, list[tuple[str, int]]]
    #: How far along the flow a layer stands, 0 to 1.
    progress: dict[str, float]

    @classmethod
    def of(cls, flow: Flow) -> _Side:
        neighbours: dict[str, list[tuple[str, int]]] = {layer.id: [] for layer in flow.layers}
        for connection in flow.connections:
            neighbours[connection.source].append((connection.target, 1))
            neighbours[connection.target].append((connection.source, -1))
        order, rest = topological(flow)
        ids = [*order, *rest]
        return cls(
            {layer.id: layer for layer in flow.layers},
            neighbours,
            {layer_id: i / max(1, len(ids) - 1) for i, layer_id in enumerate(ids)},
        )


class _Alignment:
    def __init__(self, before: Flow, after: Flow) -> None:
        self._before, self._after = _Side.of(before), _Side.of(after)
        self._pairs: dict[str, str] = {}
        self._taken: set[str] = set()

    def run(self) -> dict[str, str]:
        for layer_id, layer in self._before.layers.items():
            other = self._after.layers.get(layer_id)
            if other is not None and likeness(layer, other) >= STRANGERS:
                self._join(layer_id, layer_id)
        candidates = [
            (likeness(self._before.layers[a], self._after.layers[b]), a, b)
            for a, b in dict.fromkeys(self._candidates())
        ]
        self._accept([(score, a, b) for score, a, b in candidates], ALIKE)
        for _ in range(_ROUNDS):
            scored = [(self._with_neighbours(score, a, b), a, b) for score, a, b in candidates if self._open(a, b)]
            if not self._accept(scored, ALIKE_WITH_NEIGHBOURS):
                break
        return self._pairs

    def _join(self, a: str, b: str) -> None:
        self._pairs[a] = b
        self._taken.add(b)

    def _open(self, a: str, b: str) -> bool:
        return a not in self._pairs and b not in self._taken

    def _accept(self, scored: list[tuple[float, str, str]], least: float) -> bool:
        """Join the best pairs first; among equals those that stand equally far along."""
        found = False
        side, other = self._before.progress, self._after.progress
        for score, a, b in sorted(scored, key=lambda row: (-row[0], abs(side[row[1]] - other[row[2]]))):
            if score < least:
                break
            if self._open(a, b):
                self._join(a, b)
                found = True
        return found

    def _with_neighbours(self, score: float, a: str, b: str) -> float:
        """The score with the share of neighbours that are joined already."""
        mine, theirs = self._before.neighbours[a], set(self._after.neighbours[b])
        most = max(len(mine), len(theirs))
        if not most:
            return score
        shared = sum((self._pairs.get(i), way) in theirs for i, way in mine)
        return (score + _NEIGHBOURS * shared / most) / (1 + _NEIGHBOURS)

    def _candidates(self) -> Iterator[tuple[str, str]]:
        """Pairs worth comparing: those that share a trait, nearest along the flow first. Linear in layers."""
        left = [i for i in self._before.layers if i not in self._pairs]
        right = [i for i in self._after.layers if i not in self._taken]
        if len(left) * len(right) <= 10_000:
            yield from ((a, b) for a in left for b in right)
            return
        by_trait: Mapping[tuple[str, object], list[str]] = defaultdict(list)
        for b in right:
            for trait in _traits(self._after.layers[b]):
                by_trait[trait].append(b)
        for a in left:
            here = self._before.progress[a]
            for trait in _traits(self._before.layers[a]):
                partners = by_trait.get(trait, [])
                if len(partners) > MOST_PARTNERS:
                    # The flow's order is kept in `right`, so the nearest stand around the same share of the list.
                    middle = min(max(int(here * len(partners)), MOST_PARTNERS // 2), len(partners) - MOST_PARTNERS // 2)
                    partners = partners[middle - MOST_PARTNERS // 2 : middle + MOST_PARTNERS // 2]
                yield from ((a, b) for b in partners)


def _traits(layer: Layer) -> Iterator[tuple[str, object]]:
    yield "type", canonical_type(layer.type) or layer.type
    if layer.label:
        yield "label", layer.label.casefold()
    if layer.bbox:
        yield "place", (round((layer.bbox[0] + layer.bbox[2]) / 80), round((layer.bbox[1] + layer.bbox[3]) / 80))
