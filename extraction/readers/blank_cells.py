"""Rows and columns of empty cells: a vector that is drawn cell by cell, on the paper's ground."""

from __future__ import annotations

import numpy as np

from extraction.pdf.model import Image
from extraction.readers.areas import Area
from extraction.readers.primitives import area, around, centre, inside
from extraction.readers.shut_in import SHORTEST, is_blank

#: So many cells are a vector, however few a row of boxes may have.
FEWEST = 4
#: Cells of one vector stand level, and as far apart as one another, up to this share of a cell. One that is drawn bold
#: has a smaller inside, of this share at least; more than the last share of them are of one size.
ALIKE, INSIDE, NEARLY = 0.15, 0.5, 0.7
#: The outlines between cells are no wider than this share of the distance from cell to cell.
CLOSE = 0.3
#: What lies in a vector by more than this share, and is smaller than that share of it, is one of its cells.
WITHIN = 0.6


def with_blank_cells(areas: list[Area], image: Image, unit: float) -> tuple[list[Area], list[Area]]:
    """The areas, those of a row or column of empty cells made one, and which those are.

    Args:
        areas: those of a box's form.
        image: with its letters, height x width x 3, uint8, RGB.
        unit: height of a line of text in pixels.
    """
    cells = [
        a
        for a in areas
        if a.form == "rect" and not a.filled and min(_sizes(a)) >= SHORTEST * unit and is_blank(a, image)
    ]
    lines = [_lines(cells, axis) for axis in (0, 1)]
    both = {id(a) for line in lines[0] for a in line} & {id(a) for line in lines[1] for a in line}
    # What goes on both ways is a table or a matrix.
    vectors = [
        line
        for axis in (0, 1)
        for line in lines[axis]
        if len(line) >= FEWEST and _regular(line, axis) and not any(id(a) in both for a in line)
    ]
    taken = {id(a) for line in vectors for a in line}
    wholes = [_whole(line) for line in vectors]
    # A bold outline of one cell is no box either.
    areas = [a for a in areas if id(a) not in taken and not any(_is_cell(a, whole) for whole in wholes)]
    return areas + wholes, wholes


def _is_cell(a: Area, whole: Area) -> bool:
    return inside(a.bbox, whole.bbox, WITHIN) and area(a.bbox) < WITHIN * area(whole.bbox)


def _sizes(a: Area) -> tuple[float, float]:
    return a.bbox[2] - a.bbox[0], a.bbox[3] - a.bbox[1]


def _lines(cells: list[Area], axis: int) -> list[list[Area]]:
    """Rows (axis 0) or columns (1) of cells that follow right on one another."""
    lines: list[list[Area]] = []
    for cell in sorted(cells, key=lambda a: a.bbox[axis]):
        home = next((line for line in lines if _follows(line, cell, axis)), None)
        if home is None:
            lines.append([cell])
        else:
            home.append(cell)
    return [line for line in lines if len(line) > 1]


def _follows(line: list[Area], cell: Area, axis: int) -> bool:
    """Whether a cell comes right behind the last one of a line, level with it."""
    last = line[-1]
    long, thick = (max(_sizes(a)[k] for a in (*line, cell)) for k in (axis, 1 - axis))
    aside = abs(centre(last.bbox)[1 - axis] - centre(cell.bbox)[1 - axis])
    alike = _sizes(cell)[axis] >= INSIDE * long and _sizes(cell)[1 - axis] >= INSIDE * thick
    return alike and aside <= ALIKE * thick + 1 and abs(cell.bbox[axis] - last.bbox[axis + 2]) <= CLOSE * long


def _regular(line: list[Area], axis: int) -> bool:
    """Whether the cells stand at one distance, most of them of one size."""
    steps = np.diff([centre(a.bbox)[axis] for a in line])
    sizes = np.array([_sizes(a) for a in line])
    alike = np.abs(sizes - np.median(sizes, axis=0)) <= ALIKE * np.median(sizes, axis=0) + 1
    even = np.abs(steps - np.median(steps)) <= ALIKE * np.median(steps) + 1
    return bool(even.all()) and float(alike.all(axis=1).mean()) > NEARLY


def _whole(line: list[Area]) -> Area:
    x0, y0, x1, y1 = around([a.bbox for a in line])
    left, top, right, low = int(x0), int(y0), int(x1), int(y1)
    rim = [(x, top) for x in range(left, right)] + [(right, y) for y in range(top, low)]
    rim += [(x, low) for x in range(right, left, -1)] + [(left, y) for y in range(low, top, -1)]
    contour = np.array(rim, dtype=np.int32)[:, None, :]
    return Area((x0, y0, x1, y1), "rect", contour, line[0].colour, line[0].edge, False)
