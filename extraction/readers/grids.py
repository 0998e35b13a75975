"""Grids of cells beside volumes: a map of so many places, seen from the front, one thing however many cells it has."""

from __future__ import annotations

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.readers.primitives import Box, Drawing, area, around, centre, height, inside, touching, width

#: Fewest flat cells that are a grid; cells touch where they are no farther apart, in heights of a line.
FEWEST, APART = 3, 0.3
#: A cell, or a row of cells that were seen as one, is so many times as long as the shorter side of the middle one.
LONGEST = 4.0
#: What is seen of a grid's cells covers so much of it; a grid is no longer than this against its width.
COVERED, LONG = 0.6, 2.5
#: Of an outline's upright box, the share that something flat fills.
FLAT = 0.9


def whole_grids(drawing: Drawing) -> None:
    """Make one box of cells without words that touch both side by side and one above the other, in place.

    What is drawn in cells, as small arrows are, goes with them.
    """
    silent = [box for box in drawing.boxes if box.shape != "circle" and not box.operator and not _speaks(box, drawing)]
    flat = [box for box in silent if _is_flat(box)]
    if len(flat) < FEWEST:
        return
    for group in touching(silent, APART * drawing.unit):
        cells = [box for box in group if _is_flat(box)]
        whole = around([box.bbox for box in group])
        if len(cells) < FEWEST or not _both_ways(cells) or not _is_grid(group, cells, whole):
            continue
        drawing.boxes = [box for box in drawing.boxes if not inside(box.bbox, whole, 0.9)]
        drawing.boxes.append(Box(whole, filled=True, confidence=min(cell.confidence for cell in cells)))


def _speaks(box: Box, drawing: Drawing) -> bool:
    return any(inside(text.bbox, box.bbox, 0.6) for text in drawing.texts if any(c.isalnum() for c in text.text))


def _is_flat(box: Box) -> bool:
    """Whether something is seen right from the front."""
    if box.shape == "rect" and not box.hull:
        return True
    return not box.front and len(box.hull) == 4 and _outlined(box) > FLAT * area(box.bbox) - 2 * _rim(box)


def _outlined(box: Box) -> float:
    return float(cv2.contourArea(np.asarray(box.hull, dtype=np.float32)))


def _rim(box: Box) -> float:
    return width(box.bbox) + height(box.bbox)


def _both_ways(cells: list[Box]) -> bool:
    """Whether some cells stand level beside one another, and some under one another."""
    return all(
        any(
            one.bbox[axis + 2] <= centre(two.bbox)[axis] and abs(_off(one, two, axis)) < 0.5 * _thick(one, axis)
            for one in cells
            for two in cells
        )
        for axis in (0, 1)
    )


def _off(one: Box, two: Box, axis: int) -> float:
    return centre(one.bbox)[1 - axis] - centre(two.bbox)[1 - axis]


def _thick(box: Box, axis: int) -> float:
    return box.bbox[3 - axis] - box.bbox[1 - axis]


def _is_grid(group: list[Box], cells: list[Box], whole: BBox) -> bool:
    """Whether pieces of about a cell's size fill a rectangle."""
    sides = sorted(min(width(cell.bbox), height(cell.bbox)) for cell in cells)
    longest = LONGEST * sides[len(sides) // 2]
    if any(max(width(box.bbox), height(box.bbox)) > longest for box in group):
        return False
    if max(width(whole), height(whole)) > LONG * min(width(whole), height(whole)):
        return False
    seen = np.zeros((max(1, round(height(whole))), max(1, round(width(whole)))), np.uint8)
    for box in group:
        x0, y0, x1, y1 = (round(v - whole[k % 2]) for k, v in enumerate(box.bbox))
        seen[max(0, y0) : y1, max(0, x0) : x1] = 1
    return float(seen.mean()) > COVERED
