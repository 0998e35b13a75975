"""What a shape rule gets, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from extraction.flow.catalogue import LayerType
from extraction.flow.model import Layer, Shape
from extraction.flow.problems import sizes, title
from extraction.flow.values import per_axis, value_of


class RuleError(ValueError):
    """The layer can't work on these inputs."""


class Call:
    """One layer, its catalogue row and its inputs' shapes, as a rule sees them."""

    def __init__(self, layer: Layer, row: LayerType, inputs: Sequence[Shape]) -> None:
        self.layer, self.row, self.inputs = layer, row, list(inputs)
        self.title = title(layer)

    def __getitem__(self, name: str) -> Any:
        return value_of(self.layer, self.row, name)

    @property
    def input(self) -> Shape:
        return self.inputs[0]

    @property
    def rank(self) -> int:
        """Axes that kernels, windows and borders have (2 for images)."""
        return self.row.window or 1

    def size(self, name: str, axes: int | None = None) -> tuple[int, ...]:
        return per_axis(self[name], axes or self.rank)


#: Shape of the output and number of parameters, `None` where a size it needs is not known.
Result = tuple[Shape, int | None]
Rule = Callable[[Call], Result]


def product(numbers: Sequence[int | None]) -> int | None:
    result = 1
    for number in numbers:
        if number is None:
            return None
        result *= number
    return result


def with_bias(call: Call, weights: int | None, outputs: int | None) -> int | None:
    if weights is None or outputs is None:
        return None
    return weights + (outputs if call["use_bias"] else 0)


def as_list(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else list(value)


def axis_index(call: Call, shape: Shape) -> int:
    """Index into a shape without the batch; Keras counts the batch as axis 0."""
    axis = int(call["axis"])
    index = axis - 1 if axis > 0 else axis + len(shape)
    if axis == 0 or not 0 <= index < len(shape):
        raise RuleError(f"{call.title} works along axis {axis}, but gets {sizes(shape)}")
    return index
