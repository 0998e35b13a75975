"""Architecture tables to flows. Tables of results, data or settings give none."""

from __future__ import annotations

import re
from dataclasses import replace

from extraction.flow.model import Flow
from extraction.pdf.model import Table
from extraction.tables.abreast import blocks
from extraction.tables.across import read_across
from extraction.tables.chain import over_line, over_space
from extraction.tables.columns import read_columns, read_single
from extraction.tables.grouped import ungrouped
from extraction.tables.head import caption_name, grid_of, lists_models
from extraction.tables.keys import with_keys
from extraction.tables.places import located
from extraction.tables.prepare import Rows, parts_of, prepared, squares_written_out, tidied
from extraction.tables.rows import read_rows
from extraction.tables.weights import with_weights

__all__ = ["read_table"]

#: Windows over pictures have no longer sides; over a line they may.
LARGEST_SQUARE = 31


def read_table(table: Table) -> list[Flow]:
    """A flow for each network that the table describes, named as the table names it.

    Layers' values carry the provenance `table`, and layers the place of their cells in the table's picture; repeats are
    written out. Empty where the table describes no network.
    """
    flows = []
    rows = squares_written_out(tidied(table), table.region.caption)
    parts = [(name or block, rows) for name, part in parts_of(rows) for block, rows in blocks(part)]
    for name, rows in parts:
        found = _read(with_keys(with_weights(ungrouped(prepared(rows))), table.region.caption), table.region.caption)
        found = [over_line(f) if _is_line(f, table.region.caption) else over_space(f) for f in found]
        flows += [replace(flow, name=name) for flow in found] if name and len(found) == 1 else found
    return [located(flow, table, alone=len(flows) == 1) for flow in flows]


def _is_line(flow: Flow, caption: str) -> bool:
    """Whether the network works along one axis: its caption says so, or a signal goes in."""
    shape = flow.layers[0].output_shape if flow.layers[0].type == "Input" else None
    lengths = [layer.output_shape for layer in flow.layers if layer.type.startswith(("Conv", "MaxPool"))]
    if (
        lengths
        and all(size is not None and len(size) == 1 for size in lengths)
        and max(s[0] or 0 for s in lengths if s) > 64
    ):
        return True
    windows = [layer.params.get("kernel_size", []) for layer in flow.layers if layer.type == "Conv2D"]
    if any(len(set(window)) == 1 and window[0] > LARGEST_SQUARE for window in windows):
        return True
    if any(layer.type == "Embedding" for layer in flow.layers[:2]):
        return True
    signal = shape is not None and len(shape) == 2 and shape[1] == 1
    return signal or re.search(r"\b(?:1-?D[ -]|(?:temporal|one-dimensional) )conv", caption, re.IGNORECASE) is not None


def _read(rows: Rows, caption: str) -> list[Flow]:
    if rows and len(rows[0]) == 1:
        return read_single(rows, caption_name(caption))
    grid = grid_of(rows, caption)
    if grid is None:
        return []
    if flows := read_across(grid):
        return flows
    if lists_models(rows):
        return []
    return read_columns(grid) or read_rows(grid, caption, caption_name(caption))
