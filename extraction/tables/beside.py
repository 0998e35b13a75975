"""What has columns of its own beside a layer: normalisation, activation, pooling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from extraction.tables.cells import family
from extraction.tables.head import Grid
from extraction.tables.spec import Spec, groups_of, spec_of
from extraction.tables.text import shapes_of
from extraction.tables.values import with_values

OF_POOLING = re.compile(r"(?:max[ -]?)?pool(?:ing)?(?: (?:size|window|kernel|strides?))?", re.IGNORECASE)
_NORMED = re.compile(r"(?:bn|batch ?norm)", re.IGNORECASE)
_DROPPED = re.compile(r"drop-?out(?: (?:rate|ratio|prob\w*|p))?|drop(?: rate)?", re.IGNORECASE)
_NORMS = re.compile(r"norm(?:ali[sz]ation)?\.?(?: layer)?", re.IGNORECASE)
_KINDS = re.compile(r"(?:[BILGS]N|(?:batch|instance|layer|group|spectral)(?: ?norm\w*)?)", re.IGNORECASE)
_OVER_ALL = re.compile(r"(?:over|across) (?:all |the )?(?:points|time|frames|sequence)")
_OF_UNITS = re.compile(r"neurons|units|nodes|dim", re.IGNORECASE)
BLANK = frozenset(("", "-", "n/a", "N/A"))
#: What stands in a column that only says whether.
_MARKS = frozenset(("√", "✓", "✔", "yes", "o", "x"))
_WORD = re.compile(r"[A-Za-z]{2}")
#: "C.ReLU #1x1-KxK-1x1": what its numbers mean stands below a name.
_EXPLAINED = re.compile(r"(?<=\S) #\S.*")


def counts_units(grid: Grid) -> bool:
    """Whether the column of counts is one of numbers, and not of maps."""
    return any(_OF_UNITS.search(grid.title(column)) for column in grid.with_role("filters"))


def pooled(grid: Grid, spec: Spec, row: Sequence[str], columns: Sequence[int]) -> Spec:
    """A pooling with the window and step that have columns beside those of its convolution."""
    for column in columns if "Pooling" in spec.type else ():
        title = OF_POOLING.match(grid.title(column))
        if title and re.search(r"\d", row[column]):
            spec = with_values(spec, f"{'s' if 'stride' in title[0].lower() else 'k'}:{row[column]}")
    return spec


def kind_of_pooling(spec: Spec, text: str) -> Spec:
    """A pooling of the kind that its row's words and size tell."""
    if spec.type == "MaxPooling2D" and "max" not in text and (spec.output_shape or ())[:2] == (1, 1):
        spec = replace(spec, type="AveragePooling2D")
    if spec.type == "MaxPooling2D" and "max" not in text and re.search(r"\b(?:average|avg|mean)\b", text):
        spec = replace(spec, type="AveragePooling2D")
    along = _OVER_ALL.search(text)
    if ("global" in text or along) and re.fullmatch("(?:Global)?(?:Average|Max)Pooling2D", spec.type):
        kind = spec.type.removeprefix("Global")
        return replace(spec, type=f"Global{kind.replace('2D', '1D') if along else kind}", params={})
    return spec


def extras(grid: Grid, row: Sequence[str], columns: Sequence[int], own: Sequence[Spec]) -> list[Spec]:
    """Normalisation, activation and pooling that have columns of their own are layers of their own."""
    found: list[Spec] = []
    if not any("Pooling" in spec.type for spec in own):
        windows = [row[column] for column in columns if OF_POOLING.fullmatch(grid.title(column))]
        found = [
            with_values(Spec("MaxPooling2D", "pool", confidence=0.6), f"k:{text}" if text.isdecimal() else text)
            for text in windows[:1]
            if re.fullmatch(r"\d(?:x\d)*(?:(?:,? stride|/|, ?s) ?\d)?", text)
        ]
    # Where a table tells what follows a layer column by column, so is what is dropped.
    expanded = any(grid.roles[c] == "activation" or _NORMED.match(grid.title(c)) for c in columns)
    for column in columns:
        if grid.roles[column] not in (None, "activation", "other"):
            continue
        if _NORMED.match(grid.title(column)) and row[column].casefold() in _MARKS | {"bn"}:
            found.append(Spec("BatchNormalization", "BN", confidence=0.8))
            continue
        if _NORMS.fullmatch(grid.title(column)) and (told := _KINDS.fullmatch(row[column])):
            found.append(spec_of(told[0]) or Spec("Block", told[0], confidence=0.6))
            continue
        if expanded and _DROPPED.fullmatch(grid.title(column)) and (rate := _rate(row[column])):
            found.append(Spec("Dropout", "dropout", {"rate": rate}, confidence=0.7))
            continue
        if "/" in grid.title(column):  # "Norm/Act." over "IN/ReLU"
            told_, *rest = row[column].split("/", 1)
            kind = _KINDS.fullmatch(told_.strip())
            found += [spec_of(kind[0]) or Spec("Block", kind[0], confidence=0.6)] if kind else []
            specs = [spec for text in (rest if kind or told_ in BLANK else [row[column]]) for spec in _specs(text)]
        else:
            specs = _specs(row[column])
        if specs and all(family(spec.type) in ("act", "norm", "reg") for spec in specs):
            found += specs
    return found


def _specs(text: str) -> list[Spec]:
    return [spec for group in groups_of(text) for spec in group.specs]


def acts_beside(row: Sequence[str], columns: Sequence[int], own: Sequence[Spec]) -> list[Spec]:
    """Activations that are all a column says beside a layer's name ("1 unit, sigmoid")."""
    if len(own) != 1 or family(own[0].type) not in ("conv", "dense", "rec"):
        return []
    found: list[Spec] = []
    for column in columns:
        specs = [spec for group in groups_of(row[column]) for spec in group.specs]
        found += specs if all(family(spec.type) == "act" for spec in specs) else []
    return found


def _rate(text: str) -> float:
    """ "0.5" and "50%"; 0 for anything else."""
    match = re.fullmatch(r"(?:p ?= ?)?(0?\.\d+|\d{1,2} ?%)", text)
    value = match[1] if match else "0"
    return float(value.rstrip("% ")) / (100 if value.endswith("%") else 1)


def as_named(specs: tuple[Spec, ...], others: Sequence[str]) -> tuple[Spec, ...]:
    """The operations of a cell of settings; the first is of the type that another column names."""
    names = [spec_of(text) for text in others if text]
    named = next((spec for spec in names if spec is not None and spec.specific), None)
    first, *rest = specs
    if named is None or named.type == first.type or any(family(s.type) == family(named.type) for s in rest):
        return specs
    if first.type == "Block" or family(first.type) == family(named.type):
        return (with_values(named, first.label), *rest)
    return specs


def block_params(grid: Grid, row: Sequence[str], columns: Sequence[int], naming: int) -> dict[str, Any]:
    """A module's numbers under their heads in lower case; `naming` is a column of names alone.

    A column of marks ("✓", "O") says yes or nothing.
    """
    params: dict[str, Any] = {}
    for column in columns:
        role, text = grid.roles[column], row[column]
        if role in ("cost", "output", "input", "name") or text in BLANK or column == naming:
            continue
        if shapes_of(text) and not _WORD.search(text):
            continue
        own = _own_head(grid, column)
        if role == "filters" and not own.startswith("#"):
            title = grid.group(column)  # what stands below it is a size of the network
        else:
            title = own or _EXPLAINED.sub("", grid.title(column))
        title = re.sub(r"\s*\(.*\)$", "", title).lower().strip()
        if title:
            marks = {cell.casefold() for cell in grid.column(column) if cell not in BLANK} <= _MARKS
            params[title] = True if marks else int(text) if text.isdecimal() else text
    return params


def _own_head(grid: Grid, column: int) -> str:
    """What stands over a column alone where the head over it is its neighbours' as well."""
    for row, below in pairwise(grid.head):
        sides = [row[c] for c in (column - 1, column + 1) if 0 <= c < grid.width]
        if row[column] and row[column] in sides and below[column]:
            return below[column]
    return ""
