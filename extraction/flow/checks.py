"""Does the network make sense as drawn? What is not said is no error; what contradicts itself is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.complete import Completion, complete
from extraction.flow.model import Flow, Layer, Shape
from extraction.flow.problems import Problem, title
from extraction.flow.shapes import infer
from extraction.flow.values import EXPANDED

__all__ = ["Problem", "Report", "check", "report"]


@dataclass(frozen=True, slots=True)
class Report:
    #: True where nothing is wrong; warnings don't count.
    valid: bool
    problems: tuple[Problem, ...]
    #: Number of trained and untrained parameters of the completed flow, `None` where it can't be told.
    parameters: int | None
    #: By layer id, of the layers as drawn.
    output_shapes: Mapping[str, Shape | None] = field(default_factory=dict)
    #: Parameters by layer id, of the layers as drawn.
    layer_parameters: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "valid": self.valid,
            "problems": [problem.to_dict() for problem in self.problems],
            "parameters": self.parameters,
            "output_shapes": {i: None if s is None else list(s) for i, s in self.output_shapes.items()},
            "layer_parameters": dict(self.layer_parameters),
        }


def check(flow: Flow) -> Report:
    """Check a flow as drawn. Never raises."""
    return report(flow, complete(flow))


def report(flow: Flow, completion: Completion) -> Report:
    """The report of a flow whose completion is at hand."""
    problems = tuple(dict.fromkeys((*_as_drawn(flow), *completion.problems)))
    inference = infer(completion.flow)
    counts = inference.parameters
    shapes: dict[str, Shape | None] = {}
    layer_parameters: dict[str, int] = {}
    for layer in flow.layers:
        members = completion.members.get(layer.id, ())
        shapes[layer.id] = inference.output_shapes.get(members[-1]) if members else None
        own = [counts.get(member) for member in members]
        if own and None not in own:
            layer_parameters[layer.id] = sum(count for count in own if count is not None)
    told = completion.ok and None not in counts.values()
    return Report(
        valid=all(problem.severity != "error" for problem in problems),
        problems=problems,
        parameters=sum(count for count in counts.values() if count is not None) if told else None,
        output_shapes=shapes,
        layer_parameters=layer_parameters,
    )


def _as_drawn(flow: Flow) -> Iterator[Problem]:
    """What can be told from the drawing alone, layer by layer."""
    if not flow.layers:
        yield Problem(None, "there are no layers yet; draw at least one")
        return
    layers = {layer.id: layer for layer in flow.layers}
    inputs, outputs = flow.inputs_of(), flow.outputs_of()
    for layer in flow.layers:
        row = CATALOGUE.get(canonical_type(layer.type) or "")
        if not inputs[layer.id] and not outputs[layer.id] and len(layers) > 1:
            yield Problem(layer.id, f"{title(layer)} is connected to nothing", "warning")
        if row is None:
            continue  # completion says so
        yield from _unknown_parameters(layer)
        sources = len(set(inputs[layer.id]))
        if row.name == "Input" and sources:
            yield Problem(layer.id, f"{title(layer)} is an input, but connections lead into it", "warning")
        elif sources == 1 and row.min_inputs > 1 and len(inputs[layer.id]) == 1:
            yield Problem(layer.id, f"{title(layer)} joins inputs, but only one leads into it", "warning")
        elif row.max_inputs == 1 and sources > 1:
            message = f"{title(layer)} takes one input, but {sources} lead into it; draw how they are joined"
            yield Problem(layer.id, message, "warning")
    seen: set[tuple[str, str]] = set()
    for connection in flow.connections:
        pair = (connection.source, connection.target)
        row = CATALOGUE.get(canonical_type(layers[connection.target].type) or "")
        if pair in seen and (row is None or row.family != "attn"):
            names = f"{title(layers[pair[0]])} leads into {title(layers[pair[1]])}"
            yield Problem(pair[1], f"{names} twice; remove one connection", "warning", connection=pair)
        seen.add(pair)


def _unknown_parameters(layer: Layer) -> Iterator[Problem]:
    row = CATALOGUE[canonical_type(layer.type) or ""]
    if row.family == "block":
        return
    for name in layer.params:
        if name not in EXPANDED and row.parameter(name) is None:
            message = f"{title(layer)} has a parameter `{name[:40]}`, which {row.name} doesn't have"
            yield Problem(layer.id, message, "warning")
