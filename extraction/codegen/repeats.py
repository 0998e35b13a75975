"""Parts of a network that come again and again: what an engineer writes once, as a function, and calls by name.

A part is a run of layers in the order of the code, with one value leading into it and one out of it. Two parts are the
same where their layers are written alike, join each other alike, and their names differ in one place: what stands in
front (`block_1_expand`, `block_2_expand`) or one number (`conv_dw_1`, `conv_pw_1`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from extraction.codegen.plan import Node

#: Longest part that is looked for, and most values in which its copies may differ.
LONGEST, MOST_PARAMETERS = 64, 4
SHORTEST = 3
#: Values that are numbers of channels, whatever a layer calls them.
CHANNELS = frozenset({"channels", "filters", "units"})
#: Lines that a function must save, its head counted.
LEAST_SAVED = 4


@dataclass(frozen=True, slots=True)
class Written:
    """How a layer is written: what must be the same in every copy, and texts that may differ, each with its name."""

    form: Hashable
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Copies of a part: where each begins, and what is put into the names of its layers."""

    starts: tuple[int, ...]
    length: int
    #: Of each layer the text before and after what is put in.
    names: tuple[tuple[str, str], ...]
    filled: tuple[str, ...]
    #: Values that differ: a name, and for every copy its text.
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Of each layer, for each of its values the index into `parameters`, or `None` where all copies agree.
    columns: tuple[tuple[int | None, ...], ...] = ()

    @property
    def saved(self) -> int:
        return len(self.starts) * (self.length - 1) - self.length - 3

    @property
    def by_number(self) -> bool:
        """One number is put in, not what stands in front."""
        return any(before for before, _ in self.names)


def repeats(nodes: Sequence[Node], written: Sequence[Written | None]) -> list[Repeat]:
    """Parts worth a function, in the order in which they come first. Deterministic; linear in the nodes.

    `written` is `None` for layers that belong to no part: inputs and placeholders.
    """
    groups = _candidates(nodes, written)
    found: list[Repeat] = []
    taken: set[int] = set()
    while True:
        best: Repeat | None = None
        for (_, length, hole), starts in groups.items():
            free = _apart(starts, length, taken)
            if len(free) < 2 or (best and len(free) * (length - 1) - length - 3 <= best.saved):
                continue
            made = _repeat(free, length, hole, nodes, written)
            if made and made.saved >= LEAST_SAVED and (best is None or made.saved > best.saved):
                best = made
        if best is None:
            return sorted(found, key=lambda repeat: repeat.starts)
        found.append(best)
        taken |= {start + i for start in best.starts for i in range(best.length)}


#: A number for what is the same in all copies, the length, and whether their names differ in front or in a number.
_Key = tuple[int, int, str]


def _candidates(nodes: Sequence[Node], written: Sequence[Written | None]) -> dict[_Key, list[int]]:
    place = {node.id: i for i, node in enumerate(nodes)}
    inputs = [[place[source.id] for source in node.inputs] for node in nodes]
    #: The last layer that takes a layer's result; none takes that of an output.
    last = [max((place[target.id] for target in node.outputs), default=len(nodes)) for node in nodes]
    names = [node.name for node in nodes]
    parts = [(frozenset(_fronts(name)), frozenset(_NUMBER.findall(name))) for name in names]
    numbered: dict[Hashable, int] = {}

    def number(thing: Hashable) -> int:
        return numbered.setdefault(thing, len(numbered) + 1)

    groups: dict[_Key, list[int]] = {}
    for start in range(len(nodes)):
        outside: set[int] = set()
        needed, form = -1, 0
        holes = [_Hole("front", parts[start][0]), _Hole("number", parts[start][1])]
        for end in range(start, min(start + LONGEST, len(nodes))):
            row = written[end]
            outside.update(source for source in inputs[end] if source < start)
            open_ = [hole.goes_on(parts[end], names[start : end + 1], number) for hole in holes]
            if row is None or len(outside) > 1 or not any(open_):
                break
            joins = tuple(source - start if source >= start else -1 for source in inputs[end])
            form = number((form, row.form, tuple(name for name, _ in row.values), joins))
            length = end - start + 1
            if length >= SHORTEST and needed <= end:
                for hole in holes:
                    if hole.open:
                        groups.setdefault((number((form, hole.key)), length, hole.kind), []).append(start)
            needed = max(needed, last[end])
    return {key: starts for key, starts in groups.items() if len(starts) > 1}


class _Hole:
    """What may be cut out of all names of a part, and a number for what is left of them."""

    def __init__(self, kind: str, choices: frozenset[str]) -> None:
        self.kind, self._choices, self._chosen, self.key = kind, choices, "", 0

    @property
    def open(self) -> bool:
        return bool(self._choices)

    def goes_on(
        self, parts: tuple[frozenset[str], frozenset[str]], names: Sequence[str], number: Callable[[Hashable], int]
    ) -> bool:
        """Take in the last of the names."""
        if not self._choices:
            return False
        self._choices &= parts[self.kind == "number"]
        if not self._choices:
            return False
        chosen, new = max(self._choices, key=lambda text: (len(text), text)), names[-1:]
        if chosen != self._chosen:
            self._chosen, self.key, new = chosen, 0, names
        for name in new:
            self.key = number((self.key, _without(name, self.kind, chosen)))
        return True


def _fronts(name: str) -> set[str]:
    """What may stand in front of the names of a part: `a_b_c` -> `a`, `a_b`, `a_b_c`."""
    return {name[: match.start()] for match in _END.finditer(name) if match.start()}


_END, _NUMBER = re.compile(r"_|$"), re.compile(r"\d+")


def _without(name: str, kind: str, chosen: str) -> tuple[str, str]:
    """What stands before and after the first place of what is cut out."""
    if kind == "front":
        return "", name[len(chosen) :]
    match = next(match for match in _NUMBER.finditer(name) if match[0] == chosen)
    return name[: match.start()], name[match.end() :]


def _apart(starts: Sequence[int], length: int, taken: set[int]) -> list[int]:
    """Those that don't overlap each other, nor what is taken."""
    free: list[int] = []
    for start in starts:
        if (not free or start >= free[-1] + length) and not any(start + i in taken for i in range(length)):
            free.append(start)
    return free


def _repeat(
    starts: list[int], length: int, kind: str, nodes: Sequence[Node], written: Sequence[Written | None]
) -> Repeat | None:
    """The repeat with the values in which its copies differ; `None` where those are too many."""
    known: dict[tuple[str, tuple[str, ...]], int] = {}
    columns = []
    for i in range(length):
        rows = [row.values for start in starts if (row := written[start + i]) is not None]
        column: list[int | None] = []
        for values in zip(*rows, strict=True):
            texts = tuple(text for _, text in values)
            differ = len(set(texts)) > 1
            name = next((n for n, t in known if t == texts and {n, values[0][0]} <= CHANNELS), values[0][0])
            column.append(known.setdefault((name, texts), len(known)) if differ else None)
        columns.append(tuple(column))
    if len(known) > MOST_PARAMETERS:
        return None
    filled = tuple(_filled([node.name for node in nodes[start : start + length]], kind) for start in starts)
    names = tuple(_without(node.name, kind, filled[0]) for node in nodes[starts[0] : starts[0] + length])
    return Repeat(tuple(starts), length, names, filled, tuple(_named(list(known))), tuple(columns))


def _filled(names: list[str], kind: str) -> str:
    """What is cut out of all these names."""
    sets = [frozenset(_fronts(name)) if kind == "front" else frozenset(_NUMBER.findall(name)) for name in names]
    common: frozenset[str] = sets[0].intersection(*sets[1:])
    return max(common, key=lambda text: (len(text), text))


def _named(known: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    """Each value's own name: `filters`, `filters_2`."""
    counts: dict[str, int] = {}
    named = []
    for name, texts in known:
        counts[name] = counts.get(name, 0) + 1
        named.append((name if counts[name] == 1 else f"{name}_{counts[name]}", texts))
    return named


def title(repeat: Repeat, taken: set[str]) -> str:
    """A name for the function, of what all copies are called: `conv2_block1` -> `conv_block`."""
    text = repeat.names[0][0] if repeat.by_number else repeat.filled[0]
    words = [word for word in re.split(r"[\d_]+", text.lower()) if len(word) > 1]
    name = "_".join(words) or "block"
    name = name if name.endswith("block") else f"{name}_block"
    wanted, count = name, 2
    while name in taken:
        name, count = f"{wanted}_{count}", count + 1
    taken.add(name)
    return name
