"""Tables as tests write them down, and what is asked of the flows read from them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from extraction.flow.model import Flow
from extraction.pdf.model import Cell, Region, Table
from extraction.tables import read_table


def table_of(text: str, caption: str = "Table 1: Architecture.") -> Table:
    """A line a row, cells between bars."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    cells = tuple(Cell(text, i, j) for i, row in enumerate(rows) for j, text in enumerate(row))
    return Table(Region("1", 1, (0, 0, 1, 1), caption), cells)


def read(text: str, caption: str = "Table 1: Architecture.") -> list[Flow]:
    return read_table(table_of(text, caption))


def types(flow: Flow) -> list[str]:
    return [layer.type for layer in flow.layers]


def layer(flow: Flow, place: int) -> tuple[str, dict[str, Any], tuple[int | None, ...] | None]:
    layer = flow.layers[place]
    return layer.type, dict(layer.params), layer.output_shape


def is_chain(flow: Flow) -> bool:
    ids = [layer.id for layer in flow.layers]
    return [(c.source, c.target) for c in flow.connections] == list(pairwise(ids))
