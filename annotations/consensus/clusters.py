"""Which layers of several flows are the same layer.

A person who corrects what they were shown keeps its ids: such a layer stays with the one it comes from, unless all
speaks against it. Layers that people added, or drew anew, are matched by what they say, where they stand and what
they are joined with: the least ambiguous first, and from those along the connections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.consensus.likeness import Likeness
from annotations.consensus.matching import Matching
from annotations.consensus.nearness import Cluster, Clusters
from annotations.consensus.sides import Side, Traits

__all__ = ["Cluster", "Clusters", "cluster"]

#: What having the id of the layer shown adds where that alone doesn't decide.
KEPT_ID = 2.5
#: How often those that had to be matched are matched again, with all others there.
_ROUNDS = 2


@dataclass(eq=False, slots=True)
class _Free:
    """Layers of one side that had to be matched."""

    side: Side
    layers: list[int]
    #: What the ids of some speak for.
    doubtful: dict[tuple[int, int], float]
    #: How many clusters there were when it was done.
    clusters: int = 0


def cluster(sides: Sequence[Side]) -> Clusters:
    """Cluster the layers of `sides` (from `sides_of`). Linear in layers, beside those that look all the same."""
    found = Clusters(sides, [], {})
    matching: Matching | None = None
    free: list[_Free] = []
    for side in sides:
        places, doubtful = _kept(found, side)
        if found.all and -1 in places:
            free.append(_Free(side, [i for i, at in enumerate(places) if at < 0], doubtful))
            matching = matching or Matching(found, Likeness(sides))
            matching.match(side, places, doubtful)
        for i, at in enumerate(places):
            if at < 0:
                places[i] = len(found.all)
                found.all.append(Cluster({side.name: side.traits[i]}))
        found.of[side.name] = places
        if free and free[-1].side is side:
            free[-1].clusters = len(found.all)
    if matching:
        _match_again(matching, free)
        matching.join()
    return found


def _match_again(matching: Matching, free: Sequence[_Free]) -> None:
    """Match layers once more where new clusters came after them, until nothing changes."""
    waiting = [one for one in free if one.clusters < len(matching.clusters.all)]
    for _ in range(_ROUNDS):
        changed = [one for one in waiting if matching.again(one.side, one.layers, one.doubtful)]
        if not changed:
            break
        waiting = [one for one in free if one is not changed[-1]]


def _kept(found: Clusters, side: Side) -> tuple[list[int], dict[tuple[int, int], float]]:
    """By position the cluster of the layer that it comes from, or -1; and pairs whose ids alone speak for them."""
    base = side.base
    if base is None:
        return [-1] * len(side.traits), {}
    known, shown = found.of[base.name], base.traits
    places: list[int] = []
    doubtful: dict[tuple[int, int], float] = {}
    for i, (at, traits) in enumerate(zip(side.origin, side.traits, strict=True)):
        if at is None:
            places.append(-1)
        elif traits is shown[at] or _of_one_id(traits, shown[at]):
            places.append(known[at])
            found.all[known[at]].members[side.name] = traits
        else:
            places.append(-1)
            doubtful[i, known[at]] = KEPT_ID
    return places, doubtful


def _of_one_id(a: Traits, b: Traits) -> bool:
    """Whether a layer is clearly the one that was shown under its id. People move it, or say otherwise what it is."""
    if a.place and b.place:
        if a.place == b.place:
            return True
        near = 2 * abs(a.place[0] - b.place[0]) <= b.place[2] and 2 * abs(a.place[1] - b.place[1]) <= b.place[3]
        return near and (a.kind == b.kind or (bool(a.label) and a.label == b.label))
    if a.label and b.label:
        return a.label == b.label
    # A layer that is drawn anew has no place and no label yet, and may have been given an id that was free again.
    return a.kind == b.kind and not b.place and a.label == b.label
