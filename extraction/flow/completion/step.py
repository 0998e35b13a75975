"""What every step of settling shares: the draft, the outlook, and ways to set a value and say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from extraction.flow.completion.draft import Draft, Node
from extraction.flow.completion.fit import Fitter, Known, known
from extraction.flow.completion.outlook import Outlook, spatial_of
from extraction.flow.model import Shape
from extraction.flow.problems import same_shape
from extraction.flow.rules import apply

Prepare = Callable[[Node], None]


@dataclass(slots=True)
class State:
    draft: Draft
    outlook: Outlook
    fit: Fitter
    #: Ids of the layers that each layer feeds, as drawn.
    outputs: dict[str, list[str]]
    #: Ids of layers whose output is a sequence of steps, not a map.
    sequences: set[str] = field(default_factory=set)
    #: Layers to be settled right after another.
    followers: dict[str, Node] = field(default_factory=dict)


class Step:
    """Chooses the values of some layer types. `prepares` says by type what to call before the shape rule."""

    prepares: Mapping[str, Prepare]

    def __init__(self, state: State) -> None:
        self.state = state
        self.draft, self.outlook, self.fit = state.draft, state.outlook, state.fit
        self.outputs, self.sequences = state.outputs, state.sequences

    def apply(self, node: Node) -> None:
        node.shape, _ = apply(node.layer, [self.draft.nodes[i].shape or () for i in node.inputs])

    def input_shape(self, node: Node) -> Known | None:
        return known(self.draft.nodes[node.inputs[0]]) if node.inputs else None

    def source(self, node: Node) -> Node:
        return self.draft.nodes[node.inputs[0]]

    def infer(self, node: Node, name: str, value: Any, reason: str) -> None:
        if node.get(name) is None:
            self.draft.put(node, name, value, "inferred", reason)

    def assume(self, node: Node, name: str, value: Any, reason: str) -> None:
        if node.get(name) is None:
            self.draft.put(node, name, value, "assumed", reason)
            node.free.add(name)

    def add_after(self, node: Node, suffix: str, kind: str, params: dict[str, Any], reason: str) -> None:
        """A marked layer between `node` and all that it feeds; it takes over what is printed."""
        self.apply(node)
        made = self.draft.add(f"{node.id}.{suffix}", kind, [node.id], reason, params)
        made.printed, node.printed = node.printed, None
        for target in self.outputs[node.id]:
            other = self.draft.nodes[target]
            other.inputs = [made.id if source == node.id else source for source in other.inputs]
            if node.id in other.confidence:
                other.confidence[made.id] = other.confidence.pop(node.id)
        self.outputs[made.id], self.outputs[node.id] = self.outputs[node.id], [made.id]
        self.state.followers[node.id] = made

    def target(self, node: Node) -> Known | None:
        return spatial_of(node, None)


def agrees(printed: Shape, shape: Shape) -> bool:
    """The printed shape is the shape, its height and width alone, or its channels alone."""
    if len(printed) == 1 < len(shape):
        return printed[0] in (shape[-1], None) or same_shape(printed, shape)
    return same_shape(printed, shape) or (len(printed) == len(shape) - 1 and same_shape(printed, shape[:-1]))
