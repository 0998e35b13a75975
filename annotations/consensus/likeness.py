"""How much speaks for two layers of different people being one, as log odds.

Every trait adds the logarithm of how much likelier it is for the same layer than for two of the same figure. What is
rare in the figure says more: two `LSTM` among convolutions are likelier one than two `Conv2D`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

from annotations.consensus.sides import Side, Traits
from extraction.flow.catalogue import CATALOGUE

_SAME_FAMILY, _UNTOLD, _OTHER_TYPE = -0.7, -0.5, -2.5
_MOST_TYPE, _MOST_TEXT = 2.5, 3.5
#: Of texts that share no more of their letters than any two.
_OTHER_TEXT, _CHANCE_TEXT, _ONE_SILENT = -2.0, 0.3, -0.3
#: At the same place; falls to its negative as the middles part.
_PLACE, _APART = 4.0, 7.0
_OTHER_SIZE = -1.5
_EQUAL_VALUE, _OTHER_VALUE, _MOST_VALUES = 0.7, -0.7, 2.0
#: The same id, where it is not one that both kept.
_SAME_ID = 0.5

_FAMILY = {name: row.family for name, row in CATALOGUE.items()}


class Members:
    """The layers of a cluster, those that are equal once."""

    __slots__ = ("distinct", "half", "kinds", "labels", "places")

    def __init__(self, members: Collection[Traits]) -> None:
        self.distinct = list(dict.fromkeys(members))
        self.half = len(members) / 2
        self.places = [traits.place for traits in self.distinct if traits.place]
        self.kinds = {traits.kind for traits in self.distinct}
        self.labels = {traits.label for traits in self.distinct}

    def related(self, traits: Traits) -> bool:
        """Whether one of them has the same type or label."""
        return traits.kind in self.kinds or (bool(traits.label) and traits.label in self.labels)


class Likeness:
    """Compares the layers of one figure."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._known: dict[tuple[Traits, Traits], float] = {}
        kinds: Counter[str] = Counter()
        labels: Counter[str] = Counter()
        for side in sides:
            kinds.update(traits.kind for traits in side.traits)
            labels.update(traits.label for traits in side.traits)
        total = max(1, sum(kinds.values()))
        one = len(sides) / total  # the share of what every flow has once
        self._kinds = {kind: min(_MOST_TYPE, -math.log(max(n / total, one / 2))) for kind, n in kinds.items()}
        self._labels = {label: min(_MOST_TEXT, 0.5 - math.log(max(n / total, one / 4))) for label, n in labels.items()}

    def _compare(self, a: Traits, b: Traits) -> float:
        """By what they say, not by where they stand."""
        if a.kind == b.kind:
            score = self._kinds[a.kind]
        elif _FAMILY.get(a.kind, "block") == "block" or _FAMILY.get(b.kind, "block") == "block":
            score = _UNTOLD
        else:
            score = _SAME_FAMILY if _FAMILY[a.kind] == _FAMILY[b.kind] else _OTHER_TYPE
        if a.label and b.label:
            score += self._text(a, b)
        elif a.label or b.label:
            score += _ONE_SILENT
        if a.values or b.values:
            score += _values(a, b)
        if a.layer.id == b.layer.id:
            score += _SAME_ID
        return score

    def of_cluster(self, a: Traits, members: Members) -> float:
        """Of a layer and those of a cluster: by what the likest says, and where the nearest stands."""
        near = 0.0
        if a.place and members.places:
            place = a.place
            near = max([_place(place, other) for other in members.places])
            if near <= -_PLACE and not members.related(a):
                return near  # nothing in common, so nothing else can make them one
        known = self._known
        best = -math.inf
        for b in members.distinct:
            score = known.get((a, b))
            if score is None:
                score = known[a, b] = self._compare(a, b)
            if score > best:
                best = score
        return near + best

    def _text(self, a: Traits, b: Traits) -> float:
        equal = min(self._labels[a.label], self._labels[b.label])
        if a.label == b.label:
            return equal
        one, other = a.grams, b.grams
        share = 2 * len(one & other) / (len(one) + len(other))
        return _OTHER_TEXT + (equal - _OTHER_TEXT) * max(0.0, (share - _CHANCE_TEXT) / (1 - _CHANCE_TEXT)) ** 2


def _place(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    width, height = (a[2] + b[2]) / 2 + 2, (a[3] + b[3]) / 2 + 2
    apart = max(abs(a[0] - b[0]) / width, abs(a[1] - b[1]) / height)
    score = max(-_PLACE, _PLACE - _APART * apart)
    one, other = (a[2] + 2) * (a[3] + 2), (b[2] + 2) * (b[3] + 2)
    return score + _OTHER_SIZE if one > 4 * other or other > 4 * one else score


def _values(a: Traits, b: Traits) -> float:
    score = 0.0
    for name, value in a.values.items():
        if (other := b.values.get(name)) is not None:
            score += _EQUAL_VALUE if value == other else _OTHER_VALUE
    if a.shape and b.shape:
        score += _EQUAL_VALUE if a.shape == b.shape else _OTHER_VALUE
    return max(-_MOST_VALUES, min(_MOST_VALUES, score))
