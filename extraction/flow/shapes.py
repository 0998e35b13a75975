"""Shapes and parameter counts of every layer of a flow, taking Keras's defaults for what is not said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.graph import find_cycle, topological
from extraction.flow.model import Flow, Layer, Shape
from extraction.flow.problems import Problem, listed, title
from extraction.flow.rules import RuleError, apply
from extraction.flow.values import wrong


@dataclass(frozen=True, slots=True)
class Inference:
    #: By layer id; `None` where the shape can't be told.
    output_shapes: dict[str, Shape | None]
    parameters: dict[str, int | None]
    problems: list[Problem]


def infer(flow: Flow) -> Inference:
    """Shapes and counts layer by layer. Never raises and always ends; what can't be is in `problems`."""
    result = Inference({layer.id: None for layer in flow.layers}, {layer.id: None for layer in flow.layers}, [])
    layers = {layer.id: layer for layer in flow.layers}
    inputs = flow.inputs_of()
    order, unordered = topological(flow)
    if cycle := find_cycle(inputs, unordered):
        result.problems.append(cycle_problem([layers[i] for i in cycle]))
    for layer_id in order:
        layer = layers[layer_id]
        shapes = [result.output_shapes[source] for source in inputs[layer_id]]
        try:
            result.output_shapes[layer_id], result.parameters[layer_id] = _one(layer, shapes)
        except RuleError as error:
            result.problems.append(Problem(layer_id, str(error)))
    return result


def cycle_problem(cycle: list[Layer]) -> Problem:
    if len(cycle) == 1:
        return Problem(
            cycle[0].id,
            f"{title(cycle[0])} leads into itself; remove that connection",
            connection=(cycle[0].id, cycle[0].id),
        )
    names = [title(layer) for layer in cycle]
    if len(names) > 6:
        names = [*names[:5], f"{len(names) - 5} more"]
    return Problem(
        cycle[0].id,
        f"{listed(names)} lead into each other in a circle; remove one of the connections",
        connection=(cycle[-1].id, cycle[0].id),
    )


def _one(layer: Layer, shapes: list[Shape | None]) -> tuple[Shape | None, int | None]:
    row = CATALOGUE.get(canonical_type(layer.type) or "")
    if row is None or (row.name != "Input" and not shapes):
        return layer.output_shape, None
    if any(shape is None for shape in shapes) or any(
        p.required and layer.params.get(p.name) is None and p.name not in ("filters", "units") for p in row.parameters
    ):
        return layer.output_shape, None
    if any(wrong(p, layer.params.get(p.name), row.window) for p in row.parameters if p.name in layer.params):
        return layer.output_shape, None
    if (row.min_inputs > len(shapes)) or (row.max_inputs is not None and len(shapes) > row.max_inputs):
        return layer.output_shape, None
    shape, count = apply(replace(layer, type=row.name), [shape for shape in shapes if shape is not None])
    for also in layer.also:
        more, added = _one(Layer(layer.id, also, layer.name), [shape])
        if more is None:
            return layer.output_shape, None
        shape, count = more, None if count is None or added is None else count + added
    return shape, count
