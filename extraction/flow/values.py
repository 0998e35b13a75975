"""Reading parameters of a layer: its own value or Keras's default, and whether a value fits its parameter."""

from __future__ import annotations

import math
from typing import Any

from extraction.flow.catalogue import LayerType, Parameter
from extraction.flow.model import Layer
from extraction.flow.problems import listed

#: Parameters that any layer may carry; completion expands them into layers of their own.
EXPANDED = ("repeat", "activation")

#: Parameters whose list holds a number or a pair for each axis.
_IN_PAIRS = ("padding", "cropping")

#: Largest number of copies that `repeat` makes.
MAX_REPEAT = 200


def wrong(parameter: Parameter, value: Any, rank: int | None = None) -> str | None:
    """Why a value doesn't fit its parameter ("is 0, must be at least 1"), or `None` where it does."""
    if value is None:
        return "is empty" if parameter.required else None
    if parameter.name == "padding" and parameter.kind == "choice" and not isinstance(value, str):
        return _wrong_size(value, rank, 0, None)
    match parameter.kind:
        case "int":
            if not _whole(value):
                return f"is {_short(value)}, must be a whole number"
            return _out_of_range(parameter, value)
        case "float":
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                return f"is {_short(value)}, must be a number"
            return _out_of_range(parameter, value)
        case "bool":
            return None if isinstance(value, bool) else f"is {_short(value)}, must be yes or no"
        case "choice":
            if not isinstance(value, str) or value not in parameter.choices:
                return f"is {_short(value)}, must be one of {listed(parameter.choices)}"
        case "size":
            return _wrong_size(value, rank, parameter.minimum, parameter.maximum)
        case "ints":
            flat = _flat(value, pairs=parameter.name in _IN_PAIRS)
            if flat is None:
                return f"is {_short(value)}, must be whole numbers"
            if parameter.name in _IN_PAIRS and not _fits_axes(value, rank):
                return f"is {_short(value)}, must be one number, or one number or pair for each axis"
            return next((reason for number in flat if (reason := _out_of_range(parameter, number))), None)
        case "floats":
            return _wrong_numbers(parameter, value)
        case "text":
            return None if isinstance(value, str) else f"is {_short(value)}, must be text"
    return None


def value_of(layer: Layer, row: LayerType, name: str) -> Any:
    """The layer's value of a parameter, or Keras's default."""
    value = layer.params.get(name)
    if value is None and (parameter := row.parameter(name)):
        return parameter.default
    return value


def whole(value: Any) -> Any:
    """Whole numbers that came as `64.0`, as `64`; anything else as it is."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        numbers = [whole(item) for item in value]
        return value if all(a is b for a, b in zip(numbers, value, strict=True)) else numbers
    return value


def per_axis(value: Any, rank: int) -> tuple[int, ...]:
    """A `size` as one whole number an axis."""
    if isinstance(value, int):
        return (value,) * rank
    numbers = tuple(int(number) for number in value)
    return numbers * rank if len(numbers) == 1 else numbers


def margins(value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """What `ZeroPadding` adds and `Cropping` cuts before and after each axis."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if rank == 1 and len(value) == 2 and all(isinstance(v, int) for v in value):
        return ((value[0], value[1]),)
    pairs = [(v, v) if isinstance(v, int) else (v[0], v[1]) if len(v) == 2 else (v[0], v[0]) for v in value]
    return tuple(pairs * rank if len(pairs) == 1 else pairs)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_size(value: Any, rank: int | None, minimum: float | None, maximum: float | None) -> str | None:
    numbers = [value] if _whole(value) else list(value) if isinstance(value, list | tuple) else []
    if not numbers or not all(_whole(number) for number in numbers):
        return f"is {_short(value)}, must be one whole number, or one for each axis"
    if rank is not None and len(numbers) not in (1, rank):
        return f"has {len(numbers)} numbers, but the layer has {rank} {'axis' if rank == 1 else 'axes'}"
    for number in numbers:
        if minimum is not None and number < minimum:
            return f"is {_short(value)}, must be at least {minimum:g}"
        if maximum is not None and number > maximum:
            return f"is {_short(value)}, must be at most {maximum:g}"
    return None


def _fits_axes(value: Any, rank: int | None) -> bool:
    """One entry, one for each axis, or the two sides of a single axis."""
    return not isinstance(value, list | tuple) or rank is None or len(value) in (1, 2 if rank == 1 else rank)


def _flat(value: Any, *, pairs: bool) -> list[int] | None:
    """The numbers in a number, a list of numbers or, with `pairs`, a list of pairs of numbers."""
    if _whole(value):
        return [value]
    if not isinstance(value, list | tuple) or not value:
        return None
    numbers: list[int] = []
    for item in value:
        inner = [item] if _whole(item) else item
        if not isinstance(inner, list | tuple) or not 1 <= len(inner) <= 2 or not all(_whole(n) for n in inner):
            return None
        if inner is item and not pairs:
            return None
        numbers += inner
    return numbers


def _wrong_numbers(parameter: Parameter, value: Any) -> str | None:
    """One number, or a list of some."""
    numbers = list(value) if isinstance(value, list | tuple) else [value]
    if not numbers or not all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers
    ):
        return f"is {_short(value)}, must be a number, or one for each channel"
    return next((reason for number in numbers if (reason := _out_of_range(parameter, number))), None)


def _out_of_range(parameter: Parameter, value: float) -> str | None:
    if parameter.minimum is not None and value < parameter.minimum:
        return f"is {value:g}, must be at least {parameter.minimum:g}"
    if parameter.maximum is not None and value > parameter.maximum:
        return f"is {value:g}, must be at most {parameter.maximum:g}"
    return None


def _short(value: Any) -> str:
    text = str(value)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
