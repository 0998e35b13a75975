"""Tables printed in blocks: side by side under the same heads, or wrapped into rows below each other."""

from __future__ import annotations

import re

from extraction.tables.prepare import Rows, is_turned
from extraction.tables.spec import spec_of
from extraction.tables.text import role_of

#: Blocks under heads of their own that are parts of one network.
_PARTS = re.compile(r"\W*(?:encoder|decoder|cont(?:inued|\.|')?|part \w+|.*\(cont.*\))\W*", re.IGNORECASE)
#: What a network by itself is called; blocks with other names are parts of one.
_WHOLE = re.compile(
    r"generator|discriminator|critic|actor|teacher|student|model|(?:\b|[a-z])net(?:work)?\b", re.IGNORECASE
)
#: Heads over the same columns, at most.
MOST = 3


def blocks(rows: Rows) -> list[tuple[str, Rows]]:
    """The table's blocks, each with what its head says; blocks of one network below each other as one."""
    below = _below(rows)
    return [(name or inner, part) for name, block in below for inner, part in _abreast(block)]


def _below(rows: Rows) -> list[tuple[str, Rows]]:
    """Cut where the head comes again with another name in it; what comes again as it was is left out."""
    head = rows[0] if rows else []
    if not any(role_of(text) for text in head) or any((spec := spec_of(t)) and spec.specific for t in head):
        return [("", rows)]
    heads = [index for index, row in enumerate(rows) if index and _is_again(row, head)]
    named = [index for index in heads if rows[index] != head]
    column = next((i for i, text in enumerate(rows[named[0]]) if text != head[i]), 0) if named else 0
    if not named or not any(_WHOLE.search(rows[index][column]) for index in named):
        return [("", [row for index, row in enumerate(rows) if index not in heads])]
    ends = [*named, len(rows)]
    return [
        (rows[start][column], [row for i, row in enumerate(rows[start:end], start) if i == start or i not in heads])
        for start, end in zip([0, *named], ends, strict=True)
    ]


def _is_again(row: list[str], head: list[str]) -> bool:
    """Whether a row is the head once more, but for one cell at most."""
    same = [text == other for text, other in zip(row, head, strict=True)]
    plain = not any(re.search(r"\d", text) for text in row)
    return plain and bool(head[0]) and same[0] and len({*head}) > 1 and sum(same) >= max(2, len(same) - 1)


def _abreast(rows: Rows) -> list[tuple[str, Rows]]:
    for place, row in enumerate(rows[:3]):
        for count in range(2, MOST + 1):
            width, rest = divmod(len(row), count)
            if rest or width < 2 or not _alike([row[i * width : (i + 1) * width] for i in range(count)]):
                continue
            return _beside(rows, place, width)
    return [("", _unwrapped(rows))]


def _alike(heads: Rows) -> bool:
    """Whether heads are the same, but for the first column's, which may name the block."""
    first, *others = heads
    told = [role_of(text) for text in first]
    if len(set(first)) < len(first):
        return False
    if any(other[1:] != first[1:] for other in others) or not all(first[1:]):
        return False
    same = all(other[0] == first[0] for other in others)
    return sum(role is not None for role in told[1:]) >= (1 if same else 2) and (same or len(first) > 2)


def _beside(rows: Rows, place: int, width: int) -> list[tuple[str, Rows]]:
    head = rows[place]
    starts = range(0, len(head), width)
    above = [next((row[start] for row in rows[:place] if row[start]), "") for start in starts]
    names = [head[start] for start in starts]
    names = names if len(set(names)) > 1 else above
    parts = [[row[start : start + width] for row in rows[place + 1 :]] for start in starts]
    parts = [[row for row in part if any(row)] for part in parts]
    if len(set(names)) == 1 or all(_PARTS.fullmatch(name) for name in names):
        return [("", [head[:width], *(row for part in parts for row in part)])]
    titles = [head[start : start + width] for start in starts]
    return [(name, [title, *part]) for name, title, part in zip(names, titles, parts, strict=True)]


def _unwrapped(rows: Rows) -> Rows:
    """Layers side by side that go on in a second block of the same rows: put behind each other."""
    titles = [row[0] for row in rows]
    again = [index for index, title in enumerate(titles) if index and title and title == titles[0]]
    if not again:
        return rows
    period = again[0]
    whole = period > 2 and len(rows) % period == 0 and titles == titles[:period] * (len(rows) // period)
    if not whole or not is_turned(rows[:period]):
        return rows
    joined = [
        [titles[line], *(text for start in range(0, len(rows), period) for text in rows[start + line][1:])]
        for line in range(period)
    ]
    kept = [column for column in range(len(joined[0])) if any(row[column] for row in joined)]
    return [[row[column] for column in kept] for row in joined]
