"""Connections as they are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from extraction.readers.nodes import Node
from extraction.readers.primitives import Wire, centre

Direction = Literal["down", "up", "right", "left"]


@dataclass(slots=True)
class Attached:
    """A wire and the nodes that its ends meet."""

    wire: Wire
    #: For each end its node or -1, and how sure.
    nodes: list[int]
    sure: list[float]


@dataclass(slots=True)
class Links:
    """Connections by the nodes' places in `nodes`, each with how sure it is."""

    nodes: list[Node]
    certain: dict[tuple[int, int], float] = field(default_factory=dict)
    #: For each wire that has one, the node it leaves.
    leaves: list[tuple[Wire, int]] = field(default_factory=list)
    #: Connections by lines without heads between two nodes.
    headless: set[tuple[int, int]] = field(default_factory=set)
    #: For each arrow, the nodes it leads to.
    reaches: list[tuple[Wire, int]] = field(default_factory=list)

    #: The way most arrows go.
    flow: Direction = "down"

    def bare(self, i: int) -> bool:
        """Whether no box stands where a connection of a node with one unjoined side would come from or go to.

        Where one does, an arrow between them was rather missed than not drawn.
        """
        node = self.nodes[i]
        if node.box is None:
            return True
        axis, sign = {"down": (1, 1), "up": (1, -1), "right": (0, 1), "left": (0, -1)}[self.flow]
        if not any(target == i for _, target in self.certain):
            sign = -sign
        joined = {s for s, t in self.certain if t == i} | {t for s, t in self.certain if s == i}
        for j, other in enumerate(self.nodes):
            if j == i or j in joined or other.box is None:
                continue
            beyond = (centre(other.bbox)[axis] - centre(node.bbox)[axis]) * sign > 0
            apart = max(other.bbox[axis] - node.bbox[axis + 2], node.bbox[axis] - other.bbox[axis + 2]) >= 0
            across = 1 - axis
            shared = min(node.bbox[across + 2], other.bbox[across + 2]) - max(node.bbox[across], other.bbox[across])
            if beyond and apart and shared > 0:
                return False
        return True

    def add(self, source: int, target: int, confidence: float) -> None:
        if source != target and (target, source) not in self.certain:
            self.certain[source, target] = max(confidence, self.certain.get((source, target), 0.0))
        elif source != target and confidence > self.certain[target, source] + 0.2:
            del self.certain[target, source]
            self.certain[source, target] = confidence
