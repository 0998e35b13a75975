"""Labels of charts that torchview draws: a module's or function's name, its depth, and the sizes of its tensors.

The cells of such a card are read line by line, so that its name stands anywhere among the sizes:
"input: (1, 8, 8) view depth:1 output: (1, 64)".
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: How deep the module lies in others; recognisers take the colon for a letter or a dot.
_DEPTH = re.compile(r"(?i)(?<![a-z])depth ?[:;.,ce] ?\d{1,2}(?!\d)")
_SIDE = re.compile(r"(?i)(?<![a-z-])(?:in|out)puts? ?(?::|(?![a-z:-]))")
#: A tensor's size, or a number of tensors of that size.
_SIZE = re.compile(r"(?:\d{1,3} ?[x×*] ?)?\(([\d., ]*)\)")
_BETWEEN = re.compile(r"[\s,]+")
#: Sides of a tensor that make a layer's output: more than channels, height and width none has that is drawn.
MOST_SIDES = 5


class Card(NamedTuple):
    name: str
    #: The output's size without the batch, channels last; `None` where it is not printed.
    output_shape: tuple[int, ...] | None


def read_torchview(text: str) -> Card | None:
    """The name and the output's size in a card's words, or `None` where they are no such card's."""
    bare, cards = _DEPTH.subn(" ", text)
    if cards != 1:
        return None
    sizes = [_sides(size) for size in _SIZE.findall(bare)]
    bare = _SIDE.sub(" ", _SIZE.sub(" ", bare))
    name = _BETWEEN.sub(" ", bare).strip()
    if not name or " " in name:
        return None  # a card has one name
    return Card(name, _channels_last(sizes[-1]) if sizes else None)


def _sides(size: str) -> tuple[int, ...]:
    """The numbers of a size; recognisers take commas for dots."""
    return tuple(int(side) for side in re.findall(r"\d{1,7}", size))


def _channels_last(sides: tuple[int, ...]) -> tuple[int, ...] | None:
    """A size as PyTorch has it, batch and channels first, without the batch and channels last."""
    if not 2 <= len(sides) <= MOST_SIDES or 0 in sides:
        return None
    own = sides[1:]
    return (*own[1:], own[0]) if len(own) > 2 else own
