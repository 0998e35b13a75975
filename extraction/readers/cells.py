"""Vectors drawn as rows of cells: one thing, however many cells it has."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from extraction.readers.primitives import Box, Drawing, area, around, inside, overlap

#: Cells of one bar are as thick as one another up to this share, and stand no farther apart, in heights of a line.
ALIKE, APART = 0.15, 0.3


def whole_bars(drawing: Drawing) -> None:
    """Make one box of cells that touch side to side, in place. Where most have words, they are layers."""
    boxes = [box for box in drawing.boxes if box.shape == "rect" and not box.operator]
    for axis in (0, 1):
        for bar in _bars(boxes, axis, APART * drawing.unit + 1):
            silent = [cell for cell in bar if not _speaks(cell, drawing)]
            # Words stand side by side in a vector's parts, but under one another in a stack of layers.
            row = axis == 0 and len(bar) > 2 and silent
            if not row and len(silent) < max(2, len(bar) / 2):
                continue
            drawing.boxes = [box for box in drawing.boxes if not any(box is cell for cell in bar)]
            whole = replace(bar[0], bbox=around([cell.bbox for cell in bar]), colour=None)
            drawing.boxes.append(whole)
            boxes = [box for box in boxes if not any(box is cell for cell in bar)] + [whole]


def _speaks(cell: Box, drawing: Drawing) -> bool:
    return any(inside(text.bbox, cell.bbox, 0.6) for text in drawing.texts)


def _bars(boxes: list[Box], axis: int, apart: float) -> list[list[Box]]:
    """Rows (axis 0) or columns (1) of boxes that share their whole sides."""
    groups: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.bbox[axis]):
        home = next((group for group in groups if _next_to(group[-1], box, axis, apart)), None)
        if home is None:
            groups.append([box])
        else:
            home.append(box)
    return [
        group for group in groups if len(group) > 1 and all(_next_to(a, b, axis, apart) for a, b in pairwise(group))
    ]


def _next_to(a: Box, b: Box, axis: int, apart: float) -> bool:
    across = 1 - axis
    low, high = a.bbox[across], a.bbox[across + 2]
    thick = high - low
    same = max(abs(b.bbox[across] - low), abs(b.bbox[across + 2] - high)) <= ALIKE * thick + 1
    away = b.bbox[axis] - a.bbox[axis + 2]
    return same and abs(away) <= apart and overlap(a.bbox, b.bbox) < 0.35 * min(area(a.bbox), area(b.bbox))
