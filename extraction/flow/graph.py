"""Orders, cycles and components of a flow. Linear in layers and connections, without recursion."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from extraction.flow.model import Flow


def topological(flow: Flow, late: Callable[[str], bool] | None = None) -> tuple[list[str], list[str]]:
    """Layer ids so that each comes after its inputs, and those that can't be ordered (a cycle, and what follows it).

    Among layers that are ready the drawn order decides; those for which `late` is true wait until no other is ready.
    """
    position = {layer.id: i for i, layer in enumerate(flow.layers)}
    waiting = dict.fromkeys(position, 0)
    outputs = flow.outputs_of()
    for connection in flow.connections:
        waiting[connection.target] += 1
    ids = list(position)
    ready = [(bool(late and late(i)), position[i]) for i in ids if not waiting[i]]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, index = heapq.heappop(ready)
        order.append(ids[index])
        for target in outputs[ids[index]]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, (bool(late and late(target)), position[target]))
    placed = set(order)
    return order, [i for i in ids if i not in placed]


def find_cycle(inputs: Mapping[str, Sequence[str]], candidates: Sequence[str]) -> list[str]:
    """One cycle among `candidates` (layers that couldn't be ordered), each layer leading into the next."""
    allowed = set(candidates)
    if not allowed:
        return []
    step: dict[str, int] = {}
    path: list[str] = []
    here = candidates[0]
    while here not in step:  # every layer left over has an input that is left over too
        step[here] = len(path)
        path.append(here)
        here = next(source for source in inputs[here] if source in allowed)
    cycle = path[step[here] :][::-1]
    place = {layer_id: i for i, layer_id in enumerate(candidates)}
    start = min(range(len(cycle)), key=lambda i: place[cycle[i]])
    return cycle[start:] + cycle[:start]


class Classes:
    """Things that must be equal, joined into classes (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[Any, Any] = {}

    def find(self, item: Any) -> Any:
        root = item
        while (parent := self._parent.get(root, root)) != root:
            root = parent
        while (parent := self._parent.get(item, item)) != root:
            self._parent[item] = root
            item = parent
        return root

    def join(self, one: Any, other: Any) -> None:
        self._parent[self.find(other)] = self.find(one)


def components(flow: Flow) -> dict[str, str]:
    """For every layer the id of the first drawn layer of its component."""
    classes = Classes()
    for connection in flow.connections:
        classes.join(connection.source, connection.target)
    first: dict[str, str] = {}
    return {layer.id: first.setdefault(classes.find(layer.id), layer.id) for layer in flow.layers}
