"""From a flow as drawn to one that can be built, assuming openly what the drawing leaves out.

What is printed outranks what follows from it, and that outranks custom. Every value set here carries the provenance
`inferred` (the printed sizes leave no choice) or `assumed` (custom) on its layer and stands in `assumptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from extraction.flow.completion.draft import Assumption, Draft, name_all
from extraction.flow.completion.expand import expand
from extraction.flow.completion.outlook import CUSTOMARY
from extraction.flow.completion.settle import Settler
from extraction.flow.graph import find_cycle, topological
from extraction.flow.model import Flow
from extraction.flow.problems import Problem
from extraction.flow.shapes import cycle_problem

__all__ = ["Assumption", "Completion", "complete"]


@dataclass(frozen=True, slots=True)
class Completion:
    #: Layers in an order in which each comes after its inputs. As drawn where layers lead into each other in a circle.
    flow: Flow
    problems: tuple[Problem, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    #: For every drawn layer the layers that it became, in order ("Conv-BN-ReLU" becomes three).
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True where the flow can be built."""
        return all(problem.severity != "error" for problem in self.problems)


def _settled(flow: Flow, side: int | None = None) -> Draft:
    draft = Draft(flow, side)
    expand(draft)
    Settler(draft).run()
    return draft


def complete(flow: Flow) -> Completion:
    """Complete a flow. Never raises; the same flow gives the same result, and a completed flow stays as it is."""
    _, unordered = topological(flow)
    if cycle := find_cycle(flow.inputs_of(), unordered):
        layers = {layer.id: layer for layer in flow.layers}
        problem = cycle_problem([layers[i] for i in cycle])
        return Completion(flow, (problem,), members={i: (i,) for i in layers})
    draft = _settled(flow)
    if draft.sized and not draft.fits:
        others = (_settled(flow, side) for side in CUSTOMARY)
        draft = next((other for other in others if other.fits), draft)
    name_all(draft.nodes.values())
    known = draft.nodes.keys()
    return Completion(
        draft.finished(),
        tuple(draft.problems),
        tuple(assumption for assumption in draft.assumptions.values() if assumption.layer in known),
        draft.members,
    )
