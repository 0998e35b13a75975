"""Rules of layers that hold another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from extraction.flow.catalogue import CATALOGUE, WRAPPERS
from extraction.flow.model import Layer, Shape
from extraction.flow.problems import sizes
from extraction.flow.rules.call import Call, Result, Rule, RuleError

#: `apply` of the whole table, which a wrapper asks for the layer inside.
Apply = Callable[[Layer, Sequence[Shape]], Result]


def inner_layer(layer: Layer) -> Layer:
    """The layer inside of a wrapper, with the parameters that it knows."""
    kind = str(layer.params.get("layer") or WRAPPERS[layer.type][0])
    row = CATALOGUE[kind]
    params = {name: value for name, value in layer.params.items() if row.parameter(name)}
    return replace(layer, type=kind, params=params, also=(), output_shape=None)


def rules(apply: Apply) -> dict[str, Rule]:
    def inside(call: Call, shape: Shape) -> Result:
        inner = inner_layer(call.layer)
        for parameter in CATALOGUE[inner.type].parameters:
            if parameter.required and inner.params.get(parameter.name) is None:
                raise RuleError(f"{call.title} holds a {inner.type}, which needs `{parameter.name}`")
        return apply(inner, [shape])

    def time_distributed(call: Call) -> Result:
        if len(call.input) < 2:
            raise RuleError(f"{call.title} needs a sequence (steps first), but gets {sizes(call.input)}")
        steps, *rest = call.input
        shape, count = inside(call, tuple(rest))
        return (steps, *shape), count

    def spectral(call: Call) -> Result:
        """A vector of as many numbers as there are outputs is kept beside the weights."""
        shape, count = inside(call, call.input)
        return shape, None if count is None or shape[-1] is None else count + shape[-1]

    return {"TimeDistributed": time_distributed, "SpectralNormalization": spectral}
