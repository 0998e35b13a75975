"""The rule of `EinsumDense`, and the sizes of its weights, which the generators need too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.flow.model import Shape
from extraction.flow.problems import sizes
from extraction.flow.rules.call import Call, Result, RuleError, as_list, product

#: Input, weights, output; dots stand for any axes in front.
EQUATION = re.compile(r"(\.{3})?([A-Za-z]+),([A-Za-z]+)->(\.{3})?([A-Za-z]+)")


def einsum(call: Call) -> Result:
    try:
        output, kernel, bias = einsum_sizes(call["equation"], call["output_shape"], call["bias_axes"], call.input)
    except ValueError as error:
        raise RuleError(f"{call.title}: {error}") from error
    weights = product(kernel)
    constants = 0 if bias is None else product(bias)
    return output, None if weights is None or constants is None else weights + constants


def einsum_sizes(
    equation: str, output_shape: int | Sequence[int], bias_axes: str | None, given: Shape
) -> tuple[Shape, Shape, Shape | None]:
    """Sizes of output, weights and bias (`None` without one).

    Raises:
        ValueError: the equation is none, or does not fit the input; says what is wrong.
    """
    found = EQUATION.fullmatch(str(equation).replace(" ", ""))
    if found is None or bool(found[1]) != bool(found[4]):
        raise ValueError(f"`{str(equation)[:40]}` is no equation like `abc,cd->abd` or `...c,cd->...d`")
    # Without dots the first letter is the batch, whose size is not in `given`.
    front, left, weights, right = 0 if found[1] else 1, found[2], found[3], found[5]
    if len(set(left)) < len(left) or len(set(right)) < len(right):
        raise ValueError("a letter stands twice for axes of one thing")
    if not found[1] and (left[0] != right[0] or left[0] in weights):
        raise ValueError("the first letter is the batch; it must be the same before and after, and not in the weights")
    named = left[front:]
    if len(named) > len(given) or (front and len(named) != len(given)):
        raise ValueError(f"its equation names {len(named)} axes, but it gets {sizes(given)}")
    elided = given[: len(given) - len(named)]
    before = dict(zip(named, given[len(elided) :], strict=True))
    said = as_list(output_shape)
    if len(said) != len(right) - front:
        raise ValueError(f"its output has {len(right) - front} axes, but `output_shape` says {len(said)}")
    after: dict[str, int | None] = {}
    for letter, size in zip(right[front:], said, strict=True):
        if size == -1 and letter not in before:
            raise ValueError(f"the size of `{letter}` is left open, and the input does not tell it")
        after[letter] = before[letter] if size == -1 else size
        if size == 0 or (letter in before and None not in (before[letter], size) and before[letter] != after[letter]):
            raise ValueError(f"`{letter}` is {before.get(letter)} in the input, but {size} in the output")
    unknown = next((letter for letter in weights if letter not in before and letter not in after), None)
    if unknown or any(letter not in before and letter not in weights for letter in right[front:]):
        raise ValueError(f"`{unknown or right}` has letters that no other part of the equation has")
    kernel = tuple(before[letter] if letter in before else after[letter] for letter in weights)
    bias: Shape | None = None
    if bias_axes:
        if not set(bias_axes) <= set(right[front:]):
            raise ValueError(f"`bias_axes` {str(bias_axes)[:20]} are no axes of its output")
        start = min(right.find(letter) for letter in bias_axes)
        bias = tuple(after[letter] if letter in bias_axes else 1 for letter in right[start:])
    return (*elided, *(after[letter] for letter in right[front:])), kernel, bias
