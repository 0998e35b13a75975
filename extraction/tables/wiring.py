"""Rows that name the rows they take their input from: "upconv5+conv4b", "conv2d_1[0][0]"."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from extraction.tables.beside import BLANK
from extraction.tables.chain import MERGING
from extraction.tables.head import Grid
from extraction.tables.spec import Group, Spec

_HEAD = re.compile(
    r"(?:in|inputs?|inputs?(?: layers?| from)(?: ?(?:#|no\.?|numbers?|ids?))?|connected to|from|sources?|bottoms?"
    r"|previous(?: layer)?)",
    re.IGNORECASE,
)
#: What comes in beside the row above.
_BESIDE = re.compile(r"skips?(?:[ -]connections?)?(?: from)?|concat\w*(?: with)?|shortcut", re.IGNORECASE)
#: The layer's own map is what is concatenated, not what it takes.
_BEHIND = re.compile(r"concat\w* with", re.IGNORECASE)
BEHIND = "\0"
#: What stands between the names of a cell.
_BETWEEN = re.compile(r"\s*(?:[,;&+⊕∪]|\band\b)\s*")
#: What programs print behind a name.
_PLACE = re.compile(r"(?:\[\d+\]){1,2}|\s*\(\w+\)$")
_FROM = re.compile(r"from (?:layer )?([\w.-]+) ?:", re.IGNORECASE)
#: "route 8, 12" and "shortcut 4", as detectors number their rows; "-3" counts back.
_ROUTE = re.compile(r"(route|shortcut)s?((?:(?: |, ?)-?\d{1,3}){1,4})", re.IGNORECASE)
_MERGES = re.compile(r"\b(?:add(?:ition)?|sum|concat\w*|merge)\b", re.IGNORECASE)
#: Share of the filled cells that must name a row.
SHARE = 0.6
#: More names in a cell are prose.
MAX_SOURCES = 16


def wiring_of(
    grid: Grid, labels: Sequence[str], texts: Sequence[str]
) -> tuple[Sequence[str], Mapping[int, tuple[str, ...]]]:
    """What the rows are called where they lead into each other, and by row the names of those that lead into it.

    A column says so, by the rows' labels or their numbers; or else their texts do.
    """
    numbers = numbers_of(grid) if len(numbers_of(grid)) == len(labels) else []
    first = grid.column(0) if len({*grid.column(0)}) == len(labels) else []
    for names in (labels, numbers, first):
        if sources := sources_of(grid, names):
            return names, sources
    if not numbers and any(_ROUTE.fullmatch(text) for text in texts):
        numbers = [str(number) for number in range(len(labels))]  # detectors count their rows from nought
    for names in (numbers, labels):
        if names and (sources := told_sources(texts, names)):
            return names, sources
    return labels, {}


def sources_of(grid: Grid, names: Sequence[str]) -> Mapping[int, tuple[str, ...]]:
    """By row, the names of the rows that lead into it; empty for a table without such a column.

    `names` is what each row is called. A name of no row is an input of the network.
    """
    known = {key(name) for name in names if name}
    for column in range(grid.width):
        own = next((row[column] for row in reversed(grid.head) if row[column]), "")
        titles = [title.strip(" .:") for title in (grid.title(column), own)]
        beside = any(_BESIDE.fullmatch(title) for title in titles)
        if (not beside and not any(_HEAD.fullmatch(title) for title in titles)) or grid.column(column) == list(names):
            continue
        texts = ["" if text in BLANK else text for text in grid.column(column)]
        cells = [tuple(name for part in _BETWEEN.split(text) for name in _listed(key(part), known)) for text in texts]
        filled = [cell for cell in cells if cell]
        naming = sum(any(name in known for name in cell) for cell in filled)
        if len(filled) >= 2 and naming >= SHARE * len(filled):
            told = {index: cell for index, cell in enumerate(cells) if cell and _are_names(cell, known)}
            first = (BEHIND if _BEHIND.search(titles[1]) else "",) if beside else ()
            return {index: (*first, *cell) for index, cell in told.items()}
    return {}


def _listed(text: str, known: Collection[str]) -> list[str]:
    """The names of a text: what programs print below each other comes with nothing but a space between."""
    several = text.split()
    return several if text not in known and several and all(name in known for name in several) else [text] * bool(text)


def told_sources(texts: Sequence[str], names: Sequence[str]) -> Mapping[int, tuple[str, ...]]:
    """By row, the rows that its words say lead into it: "From 18: …", "add layer 1 and 3", "Concatenate output of
    pool2". "" stands for the row before."""
    known = {key(name) for name in names if name}
    told: dict[int, tuple[str, ...]] = {}
    for index, text in enumerate(texts):
        if (match := _FROM.match(text)) and key(match[1]) in known:
            told[index] = (key(match[1]),)
        elif match := _ROUTE.fullmatch(text):
            numbers = [_absolute(number, index, names) for number in re.findall(r"-?\d+", match[2])]
            if all(number in known for number in numbers):
                told[index] = (*([""] if match[1].lower() == "shortcut" else []), *numbers)
        elif match := _MERGES.search(text):
            numbered = re.search(r"\blayers?\b", text, re.IGNORECASE)
            meant = {name for name in known if (numbered or not name.isdigit()) and name != key(names[index])}
            found = _named_in(text[match.end() :], meant)
            if found:
                told[index] = (*([""] if len(found) == 1 else []), *found)
    return told


def _absolute(number: str, index: int, names: Sequence[str]) -> str:
    """The name of a row by its number, or by how many rows it stands above."""
    return names[index + int(number)] if number.startswith("-") and index + int(number) >= 0 else number


def _named_in(text: str, names: Collection[str]) -> list[str]:
    """The names that occur in a text as words of their own, in its order; of two at one place the longer."""
    if not names:
        return []
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    return list(dict.fromkeys(key(match[0]) for match in pattern.finditer(text)))


def numbers_of(grid: Grid) -> list[str]:
    """What a first column that numbers the rows calls each; empty where it does not."""
    texts = grid.column(0)
    filled = [text for text in texts if text]
    return texts if len(filled) > 2 and all(re.fullmatch(r"\d{1,3}", text) for text in filled) else []


def key(name: str) -> str:
    """A row's name as other rows write it."""
    return _PLACE.sub("", name).strip(" *↑↓").casefold()


def wired(groups: Sequence[Group], name: str, sources: tuple[str, ...]) -> list[Group]:
    """The layers of a row: the first takes what the row names, or the one that merges it with the layer above; the
    last is what other rows mean by its name."""
    if not groups or not name:
        return list(groups)
    done = list(groups)
    if BEHIND in sources:
        names = ("", *(source for source in sources if source != BEHIND))
        done += [] if _merging(done) else [Group((Spec("Concatenate", f"concatenated with {', '.join(names[1:])}"),))]
        sources = names
    merging = _merging(done)
    group, place = merging[0] if merging and "" in sources else (0, 0)
    specs = list(done[group].specs)
    specs[place] = replace(specs[place], sources=sources)
    done[group] = replace(done[group], specs=tuple(specs))
    *before, last = done[-1].specs
    done[-1] = replace(done[-1], specs=(*before, replace(last, known_as=key(name))))
    return done


def _merging(groups: Sequence[Group]) -> list[tuple[int, int]]:
    """Where layers that take several stand, by group and place."""
    return [(i, j) for i, group in enumerate(groups) for j, spec in enumerate(group.specs) if spec.type in MERGING]


def _are_names(cell: Sequence[str], known: set[str]) -> bool:
    names = all(name in known or (re.search(r"[^\W\d]", name) and len(name) <= 40) for name in cell)
    return len(cell) <= MAX_SOURCES and names
