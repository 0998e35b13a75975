"""Shape rules: what each layer type makes of its inputs, and how many parameters it has, as Keras counts them.

A rule gets a layer whose parameters fit the catalogue and the shapes of its inputs (without the batch, channels last;
`None` is a size that is not known). It gives the shape of the output and the number of parameters, `None` where a size
it needs is not known. What can't be is a `RuleError` in words for the person who drew it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from extraction.flow.catalogue import CATALOGUE, LayerType
from extraction.flow.model import Layer, Shape
from extraction.flow.problems import sizes, title
from extraction.flow.rules import channels, maps, merges, plain, sequences, wrapped
from extraction.flow.rules.call import Call, Result, Rule, RuleError
from extraction.flow.rules.maps import transposed, window

__all__ = ["RULES", "Result", "Rule", "RuleError", "apply", "transposed", "window"]

_ALL = {
    **plain.RULES,
    **channels.RULES,
    **merges.RULES,
    **maps.RULES,
    **sequences.RULES,
    **wrapped.rules(lambda *a: apply(*a)),
}
#: The rule of every type of the catalogue.
RULES: Mapping[str, Rule] = MappingProxyType({name: _ALL[name] for name in CATALOGUE})


def apply(layer: Layer, inputs: Sequence[Shape]) -> Result:
    """Shape and parameter count of a layer of a known type.

    Raises:
        RuleError: the message names the layer and says what doesn't fit.
    """
    row = CATALOGUE[layer.type]
    if row.rank is not None:
        for shape in inputs:
            if len(shape) != row.rank + 1:
                raise RuleError(f"{title(layer)} is of type {row.name} and needs {_axes(row)}, but gets {sizes(shape)}")
    shape, count = RULES[layer.type](Call(layer, row, inputs))
    return shape, count


def _axes(row: LayerType) -> str:
    """The input that a type needs, in words."""
    if row.name == "Embedding":
        return "a row of whole numbers"
    if row.name.startswith("ConvLSTM"):
        return f"a sequence of maps ({row.rank} axes and channels)"
    if row.family in ("rec", "attn"):
        return "a sequence (steps x features)"
    return {
        0: "a plain vector",
        1: "a sequence (steps x channels)",
        2: "an image (height x width x channels)",
        3: "a volume (depth x height x width x channels)",
    }[row.rank or 0]
