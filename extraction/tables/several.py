"""How many networks a table with a layer a row holds, and which way round they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.tables.cells import family
from extraction.tables.head import Grid
from extraction.tables.spec import Group
from extraction.tables.text import COST_ROW, Role

MIN_LAYERS = 3
#: Share of the layers that must be operations.
SPECIFIC_SHARE = 0.15
#: Families of layers without which a list of layers is no network.
_COMPUTING = frozenset(("conv", "pool", "dense", "rec", "attn"))
_MODULE = re.compile(r"block|module|unit|layer|stage|bottleneck", re.IGNORECASE)
_VARYING: tuple[Role, ...] = ("filters", "repeat")


def variants(grid: Grid) -> list[tuple[int, str]]:
    """Columns of one meaning with a head each: the same network in several sizes."""
    for role in _VARYING:
        columns = grid.with_role(role)
        heads = [[row[column] for column in columns] for row in grid.head]
        shared = any(len(set(titles)) == 1 and titles[0] for titles in heads)
        telling = [titles for titles in heads if len(set(titles)) == len(titles) and all(titles)]
        if len(columns) > 1 and shared and telling:
            named = next((titles for titles in telling if not all(text.isdigit() for text in titles)), telling[0])
            return list(zip(columns, named, strict=True))
        if role == "filters" and shared and 1 < len(columns) == columns[-1] - columns[0] + 1:
            # Without heads of their own, a last row of what each costs tells them apart.
            last = next((row for row in reversed(grid.body) if COST_ROW.match(row[0])), None)
            if last is not None and len({last[column] for column in columns}) == len(columns):
                return [(column, last[column]) for column in columns]
    return []


def parts(groups: Sequence[Group]) -> list[list[Group]]:
    """Cut before each input that follows a network."""
    parts: list[list[Group]] = [[]]
    for group in groups:
        if group.specs[0].type == "Input" and len(parts[-1]) >= MIN_LAYERS:
            parts.append([])
        parts[-1].append(group)
    return [part for part in parts if len(part) >= MIN_LAYERS]


def is_upside_down(groups: Sequence[Group], caption: str) -> bool:
    """Whether the input stands at the bottom."""
    if groups[0].specs[0].type == "Input":
        return False
    said = re.search(r"(?:first|top) row is the (?:top|last)", caption, re.IGNORECASE)
    return groups[-1].specs[-1].type == "Input" or said is not None


def is_network(groups: Sequence[Group], *, sized: bool) -> bool:
    """A list of layers' names alone may be anything; an architecture has operations, and prints numbers."""
    specs = [spec for group in groups for spec in group.specs]
    specific = [spec for spec in specs if spec.specific]
    beside = [spec for spec in specs if family(spec.type) in ("act", "norm", "reg")]
    valued = [spec for spec in specs if spec.params or spec.output_shape]
    telling = sum(spec.specific and family(spec.type) in _COMPUTING for spec in valued)
    if len(specific) < max(1, SPECIFIC_SHARE * len(specs)) and not sized:
        return False
    # So are modules that make one map of another, whatever is inside of them.
    maps = [spec.output_shape for spec in specs if len(spec.output_shape or ()) > 2]
    if len({*maps}) >= MIN_LAYERS and all(spec.specific or _MODULE.search(spec.label) for spec in specs):
        return True
    varied = telling >= 2 and len({spec.type for spec in specs}) >= 2
    # Layers of one kind alone are a network where each is told in full.
    varied = varied or sum({"kernel_size", "filters"} <= spec.params.keys() for spec in specs) >= MIN_LAYERS
    return len(valued) >= 0.4 * (len(specs) - len(beside) / 2) and (varied or (sized and telling >= 1))
