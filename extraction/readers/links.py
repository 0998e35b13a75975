"""Connections as they are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from extraction.readers.nodes import Node
from extraction.readers.primitives import Wire

Direction = Literal["down", "up", "right", "left"]


@dataclass(slots=True)
class Links:
    """Connections by the nodes' places in `nodes`, each with how sure it is."""

    nodes: list[Node]
    certain: dict[tuple[int, int], float] = field(default_factory=dict)
    #: For each wire that has one, the node it leaves.
    leaves: list[tuple[Wire, int]] = field(default_factory=list)

    def add(self, source: int, target: int, confidence: float) -> None:
        if source != target and (target, source) not in self.certain:
            self.certain[source, target] = max(confidence, self.certain.get((source, target), 0.0))
        elif source != target and confidence > self.certain[target, source] + 0.2:
            del self.certain[target, source]
            self.certain[source, target] = confidence
