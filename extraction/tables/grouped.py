"""Heads over groups of columns that name operations: "Convolution: filters, kernel | Pooling: size, stride"."""

from __future__ import annotations

from extraction.tables.beside import BLANK
from extraction.tables.prepare import Rows
from extraction.tables.spec import spec_of
from extraction.tables.text import Role, role_of

#: What a group's columns may tell, under the heads that the rows get.
_TITLES: dict[Role, str] = {"filters": "Filters", "kernel": "Kernel", "stride": "Stride", "padding": "Padding"}


def ungrouped(rows: Rows) -> Rows:
    """The rows with a layer a row where each held one of every group; any other table as it is.

    What stands in no group ("Output") is said of the row's last layer.
    """
    if len(rows) < 3:
        return rows
    groups = _groups(rows[0], rows[1])
    inside = {column for _, columns in groups for column in columns.values()}
    others = [column for column in range(len(rows[0])) if column not in inside]
    if len({title for title, _ in groups}) < 2 or any(_names_layer(row[c]) for row in rows[2:] for c in others[:1]):
        return rows
    done = [["Layer", *_TITLES.values(), *(rows[0][c] or rows[1][c] for c in others[1:])]]
    for row in rows[2:]:
        layers = [(title, columns) for title, columns in groups if any(row[c] not in BLANK for c in columns.values())]
        for place, (title, columns) in enumerate(layers, 1):
            told = [row[columns[role]] if role in columns else "" for role in _TITLES]
            done.append([title, *told, *(row[c] if place == len(layers) else "" for c in others[1:])])
    return done


def _groups(top: list[str], heads: list[str]) -> list[tuple[str, dict[Role, int]]]:
    """Operations with the columns under them; a size is that of the window."""
    found: list[tuple[str, dict[Role, int]]] = []
    for column, (title, head) in enumerate(zip(top, heads, strict=True)):
        role: Role | None = "kernel" if head.lower() == "size" else role_of(head)
        if role not in _TITLES or not _names_layer(title):
            continue
        if not found or found[-1][0] != title or top[column - 1] != title or role in found[-1][1]:
            found.append((title, {}))
        found[-1][1][role] = column
    return found


def _names_layer(text: str) -> bool:
    spec = spec_of(text)
    return spec is not None and spec.specific
