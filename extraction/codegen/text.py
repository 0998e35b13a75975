"""Writing text that others' words can't break out of, and Python that is already formatted.

Words of the flow (labels, names, citations) reach the code only through `literal`, `comment` and `prose`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.codegen.plan import Node

WIDTH = 100


def literal(value: Any) -> str:
    """A Python literal, with double quotes where that needs no escapes. Numbers, text, tuples of them."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in text else text
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise TypeError(f"{value!r} is not written into code")


def size(values: Sequence[int]) -> str:
    """Equal sizes as one number."""
    return literal(values[0] if len(set(values)) == 1 else tuple(values))


def plain(text: str, limit: int = 90) -> str:
    """One line of printable characters, cut to a length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def quoted(text: str, limit: int = 90) -> str:
    """Printed words inside a comment."""
    return '"' + plain(text, limit).replace('"', "'") + '"'


def prose(text: str, indent: str = "") -> list[str]:
    """Lines of a docstring: nothing in them ends it or escapes."""
    safe = plain(text, 2000).replace("\\", "/").replace('"', "'")
    return textwrap.wrap(safe, WIDTH - 4, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def dims(shape: Sequence[int]) -> str:
    return " x ".join(str(size) for size in shape) if shape else "scalar"


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a call: its text, its keyword (none: by position), the flow's parameter that it comes from."""

    text: str
    keyword: str = ""
    parameter: str = ""

    def __str__(self) -> str:
        return f"{self.keyword}={self.text}" if self.keyword else self.text


def sources(node: Node, args: Iterable[Arg]) -> str:
    """Where the values of a call come from, for a comment on its line: `figure`, `text: filters; assumed: padding`."""
    if whole := node.where_from("type"):  # the layer itself was assumed, or set by a person
        return whole
    groups: dict[str, list[str]] = {}
    for name in (arg.parameter for arg in args):
        if name:
            groups.setdefault(node.where_from(name), []).append(name)
    if len(groups) == 1:
        return next(iter(groups))
    groups.pop("", None)  # the flow doesn't say
    return "; ".join(f"{origin}: {', '.join(dict.fromkeys(names))}" for origin, names in groups.items())


def statement(
    node: Node, indent: str, target: str, call: str, args: Sequence[Arg], after: str = "", note: str = ""
) -> list[str]:
    """`target = call(args)after  # note; sources`: the comment above where the line gets too long, then a line an
    argument."""
    origins = sources(node, args)
    shown = [node.where_from(arg.parameter) for arg in args]
    return assignment(indent, target, call, args, after, note, origins, shown)


def assignment(
    indent: str,
    target: str,
    call: str,
    args: Sequence[Arg],
    after: str = "",
    note: str = "",
    origins: str = "",
    each: Sequence[str] = (),
) -> list[str]:
    """As `statement`, with the words about all arguments and about each."""
    inner = ", ".join(str(arg) for arg in args)
    remark = "; ".join(part for part in (note, origins) if part)
    line = f"{indent}{target} = {call}({inner}){after}"
    whole = f"{line}  # {remark}" if remark else line
    if len(whole) <= WIDTH:
        return [whole]
    if len(line) <= WIDTH or not args:
        return [f"{indent}# {remark}", line]
    lines = [f"{indent}{target} = {call}("]
    for arg, origin in zip(args, each or [""] * len(args), strict=True):
        *rows, last = spread(f"{indent}    ", str(arg))
        own = f"  # {origin}" if origin else ""
        if len(last) + len(own) > WIDTH:
            rows, own = [f"{indent}    # {origin}", *rows], ""
        lines += [*rows, f"{last}{own}"]
    words = f"  # {note}" if note else ""
    if len(indent) + 1 + len(after) <= WIDTH or not after.startswith("([") or not after.endswith("])"):
        return [*lines, f"{indent}){after}{words}"]
    entries = [f"{indent}        {entry}," for entry in split_outside(after[2:-2], (", ",))]
    return [*lines, f"{indent})(", f"{indent}    [", *entries, f"{indent}    ]", f"{indent}){words}"]


def spread(indent: str, item: str) -> list[str]:
    """An argument on a line of its own; a list or tuple that is too long for it, an entry a line."""
    line, opening = f"{indent}{item},", min((i for sign in "([" if (i := item.find(sign)) >= 0), default=-1)
    if len(line) <= WIDTH or opening < 0 or item[-1] not in ")]":
        return [line]
    entries = split_outside(item[opening + 1 : -1], (", ",))
    rows = [f"{indent}    {entry}," for entry in entries]
    return [f"{indent}{item[: opening + 1]}", *rows, f"{indent}{item[-1]},"]


def computed_lines(indent: str, name: str, expression: str, note: str = "") -> list[str]:
    """`name = expression  # note`; what is too long for a line is broken at its outermost signs, else at its commas."""
    line = f"{indent}{name} = {expression}"
    if note and len(line) + len(note) + 4 <= WIDTH:
        return [f"{line}  # {note}"]
    above = [f"{indent}# {note}"] if note else []
    if len(line) <= WIDTH:
        return [*above, line]
    terms = split_outside(expression, (" + ", " * "), keep=True)
    if len(terms) > 1:
        return [*above, f"{indent}{name} = (", *(f"{indent}    {term}" for term in terms), f"{indent})"]
    head, _, rest = expression.partition("(")
    inner, _, tail = rest.rpartition(")")
    rows = [row for item in split_outside(inner, (", ",)) for row in spread(f"{indent}    ", item)]
    return [*above, f"{indent}{name} = {head}(", *rows, f"{indent}){tail}"]


def label_lines(node: Node, indent: str) -> list[str]:
    """Comment lines above a layer: what the paper prints there; or that its inside is not shown."""
    label = node.layer.label
    if node.is_placeholder:
        shown = quoted(label or node.layer.name or node.id, 46)
        return [f"{indent}# PLACEHOLDER: {shown} is not shown in the paper"]
    return [f"{indent}# {quoted(label, 84)}"] if label.strip() else []


def split_outside(expression: str, signs: tuple[str, ...], *, keep: bool = False) -> list[str]:
    """Parts of a Python expression between signs that stand outside of brackets and quotes.

    With `keep` a part begins with the sign before it.
    """
    parts, depth, start, quote, position = [], 0, 0, "", 0
    while position < len(expression):
        character = expression[position]
        sign = next((sign for sign in signs if expression.startswith(sign, position)), None)
        if quote:
            position += character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif depth == 0 and sign:
            parts.append(expression[start:position])
            start = position + (1 if keep else len(sign))
            position += len(sign) - 1
        depth += (character in "([{") - (character in ")]}") if not quote else 0
        position += 1
    return [*parts, expression[start:]]
