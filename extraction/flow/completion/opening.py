"""Modules whose inside a table prints, replaced by the layers that they are made of."""

from __future__ import annotations

from dataclasses import replace

from extraction.flow.completion.draft import Draft, Node, titled
from extraction.flow.completion.modules import Step, inside
from extraction.flow.completion.traits import KEEPS_CHANNELS, MERGES, PLACEHOLDERS, said_channels
from extraction.flow.graph import topological
from extraction.flow.model import MAX_LAYERS

REASON = "the columns of the table say what {module} is made of"


def open_modules(draft: Draft) -> None:
    """Every `Block` that says its inside becomes those layers. Its own id stays with the one that gives its result."""
    order, _ = topological(draft.finished())
    budget = MAX_LAYERS - len(draft.nodes)
    channels: dict[str, int | None] = {}
    for node in [draft.nodes[i] for i in order]:
        if node.type == "Block" and len(node.inputs) < 2:
            steps = inside(node.layer, channels[node.inputs[0]] if node.inputs else None)
            if steps and len(steps) <= budget:
                budget -= len(steps) - 1
                _put(draft, node, steps)
        channels[node.id] = _channels(node, channels)
    draft.nodes = {i: draft.nodes[i] for i in _in_order(draft)}


def _in_order(draft: Draft) -> list[str]:
    """Inner layers in front of the one that keeps the module's id."""
    order: list[str] = []
    inner = {i for members in draft.members.values() for i in members}
    for node_id in draft.nodes:
        if node_id in draft.members:
            order += draft.members[node_id]
        elif node_id not in inner:
            order.append(node_id)
    return order


def _put(draft: Draft, node: Node, steps: list[Step]) -> None:
    before = list(node.inputs)
    reason = REASON.format(module=titled(node))
    confidence = dict(node.confidence)
    ids = {"": before}
    called = node.layer.name or node.layer.label
    made: list[Node] = []
    for step in steps[:-1]:
        inputs = [i for name in step.inputs for i in ids[name]]
        new = draft.add(f"{node.id}.{step.name}", step.type, inputs, reason, step.params, provenance="inferred")
        new.layer = replace(new.layer, name=f"{called} {step.name}" if called else "")
        new.confidence = {i: confidence[i] for i in inputs if i in confidence}
        ids[step.name] = [new.id]
        made.append(new)
    last = steps[-1]
    origin = {k: v for k, v in node.layer.provenance.items() if k == "output_shape"}
    origin |= dict.fromkeys(("type", *last.params), "inferred")
    node.layer = replace(node.layer, type=last.type, params=dict(last.params), provenance=origin)
    node.inputs = [i for name in last.inputs for i in ids[name]]
    node.confidence = {i: confidence[i] for i in node.inputs if i in confidence}
    draft.note(node, "type", last.type, reason, "inferred")
    draft.members[node.id] = (*(new.id for new in made), *draft.members.get(node.id, (node.id,)))


def _channels(node: Node, before: dict[str, int | None]) -> int | None:
    """How many channels a layer gives, as far as that is printed."""
    if said := said_channels(node):
        return said
    came = [before.get(source) for source in node.inputs]
    if node.type == "Concatenate":
        return sum(n for n in came if n is not None) if came and None not in came else None
    if node.type in MERGES or node.type in KEEPS_CHANNELS - PLACEHOLDERS:
        return next((n for n in came if n is not None), None)
    return None
