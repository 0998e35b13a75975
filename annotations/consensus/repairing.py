"""The likeliest values together, where the likeliest of each contradict each other."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping, Sequence

#: How many sets of connections are tried before the cheapest of each circle is taken out.
_MOST_TRIED = 400


def open_circles(edges: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The least costly connections that lie on every circle between them.

    Args:
        edges: for each connection what taking it out costs, at least 0.
    """
    start: tuple[tuple[int, int], ...] = ()
    heap = [(0.0, start)]
    seen = {frozenset(start)}
    for _ in range(_MOST_TRIED):
        if not heap:
            break
        cost, out = heapq.heappop(heap)
        circle = find_circle([edge for edge in edges if edge not in out])
        if not circle:
            return list(out)
        for edge in circle:
            more = (*out, edge)
            if frozenset(more) not in seen:
                seen.add(frozenset(more))
                heapq.heappush(heap, (cost + edges[edge], more))
    left, found = dict(edges), []
    while circle := find_circle(list(left)):
        cheapest = min(circle, key=lambda edge: (left[edge], edge))
        found.append(cheapest)
        del left[cheapest]
    return found


def find_circle(edges: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """The connections of one circle, or none."""
    outputs: dict[int, list[int]] = {}
    waiting: dict[int, int] = {}
    for source, target in edges:
        outputs.setdefault(source, []).append(target)
        waiting[target] = waiting.get(target, 0) + 1
        waiting.setdefault(source, 0)
    ready = [n for n, count in waiting.items() if not count]
    while ready:
        n = ready.pop()
        del waiting[n]
        for target in outputs.get(n, ()):
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if not waiting:
        return []
    inputs: dict[int, int] = {}
    for source, target in edges:
        if source in waiting and target in waiting:
            inputs[target] = min(source, inputs.get(target, source))
    # Every layer left has an input that is left too, so going back ends in a circle.
    here, step = min(waiting), {}
    path: list[int] = []
    while here not in step:
        step[here] = len(path)
        path.append(here)
        here = inputs[here]
    circle = [*path[step[here] :], here]
    return [(circle[i + 1], circle[i]) for i in range(len(circle) - 1)]


def odds(chance: float, other: float) -> float:
    """What choosing `other` in place of `chance` costs, as log odds."""
    return math.log(max(chance, 1e-12)) - math.log(max(other, 1e-12))


def cheapest(ranking: Sequence[tuple[object, float]]) -> float:
    """What the second value of a ranking costs; infinite where there is none."""
    return odds(ranking[0][1], ranking[1][1]) if len(ranking) > 1 else math.inf
