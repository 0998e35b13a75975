"""Architecture tables to flows. Tables of results, data or settings give none."""

from __future__ import annotations

from extraction.flow.model import Flow
from extraction.pdf.model import Table
from extraction.tables.across import read_across
from extraction.tables.columns import read_columns
from extraction.tables.head import caption_name, grid_of
from extraction.tables.rows import read_rows

__all__ = ["read_table"]


def read_table(table: Table) -> list[Flow]:
    """A flow for each network that the table describes, named as the table names it.

    Layers' values carry the provenance `table`; repeats are written out. Empty where the table describes no network.
    """
    grid = grid_of(table)
    if grid is None:
        return []
    return (
        read_across(grid)
        or read_columns(grid)
        or read_rows(grid, table.region.caption, caption_name(table.region.caption))
    )
