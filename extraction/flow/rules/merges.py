"""Rules of layers that join their inputs."""

from __future__ import annotations

from extraction.flow.model import Shape
from extraction.flow.problems import listed, sizes
from extraction.flow.rules.call import Call, Result, Rule, RuleError, as_list, axis_index


def elementwise(call: Call) -> Result:
    result = call.inputs[0]
    for shape in call.inputs[1:]:
        merged = _broadcast(result, shape)
        if merged is None:
            raise RuleError(
                f"{call.title} joins its inputs value by value, but they differ: "
                f"{listed([sizes(shape) for shape in call.inputs[:6]])}"
            )
        result = merged
    return result, 0


def _broadcast(one: Shape, other: Shape) -> Shape | None:
    """Keras's rule: a vector joins a map channel by channel, an axis of 1 is stretched."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    front = len(longer) - len(shorter)
    merged = list(longer[:front])
    for a, b in zip(longer[front:], shorter, strict=True):
        if a == 1 or b == 1:
            merged.append(b if a == 1 else a)
        elif a is not None and b is not None and a != b:
            return None
        else:
            merged.append(b if a is None else a)
    return tuple(merged)


def _concatenate(call: Call) -> Result:
    first = call.inputs[0]
    index = axis_index(call, first)
    if any(len(shape) != len(first) for shape in call.inputs):
        raise RuleError(
            f"{call.title} puts its inputs side by side, but they have different numbers of axes: "
            f"{listed([sizes(shape) for shape in call.inputs[:6]])}"
        )
    result = list(first)
    for shape in call.inputs[1:]:
        for axis, (a, b) in enumerate(zip(result, shape, strict=True)):
            if axis == index:
                result[axis] = None if a is None or b is None else a + b
            elif a is not None and b is not None and a != b:
                raise RuleError(
                    f"{call.title} puts its inputs side by side, but they differ in more than the channels: "
                    f"{listed([sizes(shape) for shape in call.inputs[:6]])}"
                )
            else:
                result[axis] = b if a is None else a
    return tuple(result), 0


def _dot(call: Call) -> Result:
    one, other = call.inputs
    axes = as_list(call["axes"])
    if len(axes) > 2:
        raise RuleError(f"{call.title} multiplies two inputs, so it takes one axis or two, not {len(axes)}")
    pair = axes if len(axes) == 2 else axes * 2
    indices = [axis - 1 if axis > 0 else axis + len(shape) for axis, shape in zip(pair, (one, other), strict=True)]
    if any(not 0 <= index < len(shape) for index, shape in zip(indices, (one, other), strict=True)):
        raise RuleError(f"{call.title} multiplies along an axis that {sizes(one)} or {sizes(other)} doesn't have")
    a, b = one[indices[0]], other[indices[1]]
    if a is not None and b is not None and a != b:
        raise RuleError(f"{call.title} multiplies {sizes(one)} with {sizes(other)}, but {a} and {b} differ")
    rest = [size for shape, cut in ((one, indices[0]), (other, indices[1])) for i, size in enumerate(shape) if i != cut]
    return tuple(rest or [1]), 0


RULES: dict[str, Rule] = {
    "Concatenate": _concatenate,
    "Dot": _dot,
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), elementwise),
}
