"""From a flow as drawn to one that can be built, assuming openly what the drawing leaves out.

What is printed outranks what follows from it, and that outranks custom. Every value set here carries the provenance
`inferred` (the printed sizes leave no choice) or `assumed` (custom) on its layer and stands in `assumptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from extraction.flow.completion.draft import Assumption, Draft, name_all
from extraction.flow.completion.expand import expand
from extraction.flow.completion.outlook import CUSTOMARY
from extraction.flow.completion.settle import Settler
from extraction.flow.graph import find_cycle, topological
from extraction.flow.model import Flow
from extraction.flow.problems import Problem, sizes
from extraction.flow.shapes import cycle_problem

__all__ = ["Assumption", "Completion", "complete"]

#: Of more contradictions than this no one can say which are misprints.
MISPRINTS = 3


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


def _settled(flow: Flow, side: int | None = None, *, opened: bool = True) -> Draft:
    draft = Draft(flow, side)
    expand(draft, opened=opened)
    Settler(draft).run()
    return draft


def _fitting(flow: Flow, *, opened: bool = True) -> Draft:
    """The completion with the first size of images, where one has to be assumed, that nothing contradicts."""
    draft = _settled(flow, opened=opened)
    if draft.sized and not draft.fits:
        others = (_settled(flow, side, opened=opened) for side in CUSTOMARY)
        draft = next((other for other in others if other.fits), draft)
    return draft


def _without_misprints(flow: Flow, draft: Draft) -> Draft | None:
    """The completion with the next layer's printed size for one that can't be and differs from it, if that fits."""
    stated = {layer.id: layer.output_shape for layer in flow.layers}
    after = {
        source: [shape[:-1] for target in targets if (shape := stated[target]) is not None]
        for source, targets in flow.outputs_of().items()
    }
    wrong = {
        p.layer: p.message
        for p in draft.problems
        if p.severity == "error" and p.layer and (own := stated.get(p.layer)) and own[:-1] not in after[p.layer]
    }
    doubted = [i for i in wrong if after[i]]
    if not 0 < len(doubted) <= MISPRINTS:
        return None
    meant = {i: (*after[i][0], (stated[i] or (None,))[-1]) for i in doubted}
    layers = [
        replace(layer, output_shape=meant[layer.id], provenance={**layer.provenance, "output_shape": "inferred"})
        if layer.id in meant
        else layer
        for layer in flow.layers
    ]
    other = _fitting(replace(flow, layers=tuple(layers)))
    for i in doubted:
        message = f"{wrong[i]}; with {sizes(meant[i])} it goes with what is printed of the next layer"
        other.problem(other.nodes[i], message, "warning")
    return other if other.fits else None


def complete(flow: Flow) -> Completion:
    """Complete a flow. Never raises; the same flow gives the same result, and a completed flow stays as it is."""
    _, unordered = topological(flow)
    if cycle := find_cycle(flow.inputs_of(), unordered):
        layers = {layer.id: layer for layer in flow.layers}
        problem = cycle_problem([layers[i] for i in cycle])
        return Completion(flow, (problem,), members={i: (i,) for i in layers})
    draft = _fitting(flow)
    if not draft.fits and any(layer.type == "Block" for layer in flow.layers):
        # What the columns say may not go with the printed sizes: the module then stays one that is not shown.
        draft = next((other for other in [_fitting(flow, opened=False)] if other.fits), draft)
    if not draft.fits:
        draft = _without_misprints(flow, draft) or draft
    name_all(draft.nodes.values())
    known = draft.nodes.keys()
    return Completion(
        draft.finished(),
        tuple(draft.problems),
        tuple(assumption for assumption in draft.assumptions.values() if assumption.layer in known),
        draft.members,
    )
