"""Circles in columns or rows: which way layers stand, which circles are one, in which order they follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import paper_colour
from extraction.readers.circles import colour_of, find_circles, same_colour
from extraction.readers.meshes import chained, dotted
from extraction.readers.primitives import (
    Box,
    Drawing,
    End,
    area,
    around,
    centre,
    distance,
    height,
    inside,
    overlap,
    width,
)

#: A network has at least so many circles, in at least two columns.
FEWEST = 3
#: So many circles that stand closer than so many of their widths are a column by themselves.
ALONE, CLOSE = 3, 2.2
#: A step in a column that is so many times the usual one parts two layers, or leaves out units.
STEP = 2.6
#: A frame round one column is no wider than so many circles.
SLIM = 2.4


@dataclass(frozen=True, slots=True)
class Column:
    """The circles of one layer: a column, or a row."""

    circles: tuple[BBox, ...]
    upright: bool
    #: Which network of the figure it is in, and where in its order.
    panel: int = 0
    depth: int = 0
    #: What is drawn round it alone.
    frame: BBox | None = None
    #: Whether dots stand for units that are not drawn.
    more: bool = False

    @property
    def bbox(self) -> BBox:
        return self.frame or around(list(self.circles))


def columns_of(circles: list[BBox], drawing: Drawing, image: Image) -> list[Column]:
    """The layers of all networks of a figure; circles that stand by themselves are in none."""
    found: list[Column] = []
    for panel, members in enumerate(_panels(circles, drawing, image)):
        found += [replace(column, panel=panel) for column in _network(members, drawing, image)]
    return found


def circles_in_columns(drawing: Drawing, image: Image) -> list[Box]:
    """Circles that stand close in columns beside what else is drawn, as boxes, where they are none yet."""
    others = [box.bbox for box in drawing.boxes if box.shape != "circle"]
    free = [
        circle
        for circle in find_circles(drawing, image)
        if not any(overlap(circle, box) > 0.3 * area(circle) for box in others)
    ]
    known = [box.bbox for box in drawing.boxes if box.shape == "circle"]
    columns = [column for column in columns_of(free, drawing, image) if column.upright and _is_close(column)]
    return [Box(circle, "circle") for column in columns for circle in column.circles if circle not in known]


def _network(circles: list[BBox], drawing: Drawing, image: Image) -> list[Column]:
    """The layers of one part of a figure, as they follow one another."""
    if len(circles) < 2:
        return []
    frames = _frames(circles, drawing)
    upright = _upright(circles, frames, drawing)
    rows = _rows(circles, 0 if upright else 1)
    along = 1 if upright else 0
    for row in rows:
        row.sort(key=lambda circle: centre(circle)[along])
    if _are_lettered(circles, drawing) and any(len(row) > 1 and chained(row, image) for row in rows):
        return []
    if not upright and _starts_below(circles, drawing):
        rows.reverse()
    columns = [
        Column(tuple(part), upright, depth=depth, frame=_frame(part, frames), more=_leaves_out(part, image))
        for depth, row in enumerate(rows)
        for part in _parts(row, frames, image, along)
    ]
    if len(circles) < FEWEST or len(rows) < 2 or len(rows) > len(circles) / 1.5:
        return [column for column in columns if column.frame or _is_close(column)]
    return columns


def _are_lettered(circles: list[BBox], drawing: Drawing) -> bool:
    """Whether most circles have letters in them."""
    lettered = [
        circle
        for circle in circles
        if any(distance(centre(text.bbox), circle) == 0 and width(text.bbox) < width(circle) for text in drawing.texts)
    ]
    return 2 * len(lettered) > len(circles)


def _is_close(column: Column) -> bool:
    along = 1 if column.upright else 0
    steps = [centre(b)[along] - centre(a)[along] for a, b in pairwise(column.circles)]
    return len(column.circles) >= ALONE and max(steps) < CLOSE * width(column.circles[0])


def _frames(circles: list[BBox], drawing: Drawing) -> dict[BBox, list[BBox]]:
    """Outlines round the circles of one column or row alone, with these."""
    found = {}
    for box in drawing.boxes:
        within = [circle for circle in circles if inside(circle, box.bbox)]
        if len(within) < 2 or box.shape == "circle":
            continue
        slim = min(width(box.bbox), height(box.bbox)) < SLIM * max(width(circle) for circle in within)
        if slim and min(len(_rows(within, 0)), len(_rows(within, 1))) == 1:
            found[box.bbox] = within
    return found


def _frame(circles: Sequence[BBox], frames: dict[BBox, list[BBox]]) -> BBox | None:
    return next((box for box, within in frames.items() if circles[0] in within), None)


def _upright(circles: list[BBox], frames: dict[BBox, list[BBox]], drawing: Drawing) -> bool:
    """Whether layers are columns: as frames stand, or most arrows go sideways, or circles of one layer stand closer
    than layers do."""
    if frames:
        return sum(height(box) > width(box) for box in frames) > len(frames) / 2
    heads = _heads_at(circles, drawing)
    level = sum(abs(end.heading[0]) > 2 * abs(end.heading[1]) for end in heads)
    upwards = sum(abs(end.heading[1]) > 2 * abs(end.heading[0]) for end in heads)
    if max(level, upwards) > max(0.5 * len(circles), 1.5 * min(level, upwards)):
        return level > upwards
    columns, rows = len(_rows(circles, 0)), len(_rows(circles, 1))
    votes = 0
    for circle in circles:
        x, y = centre(circle)
        others = [centre(other) for other in circles if other is not circle]
        near = min(others, key=lambda other: math.dist(other, (x, y)))
        votes += 1 if abs(near[1] - y) > 2 * abs(near[0] - x) else -1 if abs(near[0] - x) > 2 * abs(near[1] - y) else 0
    if abs(votes) > 0.3 * len(circles):
        return votes > 0
    return columns <= rows


def _panels(circles: list[BBox], drawing: Drawing, image: Image) -> list[list[BBox]]:
    """The circles of each part of the figure: nothing is drawn between parts, or each has a frame."""
    frames = [
        box.bbox
        for box in drawing.boxes
        if box.shape == "rect" and sum(inside(circle, box.bbox) for circle in circles) >= FEWEST
    ]
    frames = [one for one in frames if not any(other is not one and inside(one, other) for other in frames)]
    if len(frames) > 1 and all(any(inside(circle, frame) for frame in frames) for circle in circles):
        return [[circle for circle in circles if inside(circle, frame)] for frame in frames]
    panels = [circles]
    for axis in (0, 1):
        panels = [part for panel in panels for part in _split(panel, drawing, image, axis)]
    return panels


def _split(circles: list[BBox], drawing: Drawing, image: Image, axis: int) -> list[list[BBox]]:
    """Circles parted where a wide stripe across the figure holds neither circles nor lines."""
    if len(circles) < 2 * FEWEST:
        return [circles]
    size = median(width(circle) for circle in circles)
    region = [int(v) for v in around(circles)]
    inner = image[max(0, region[1]) : region[3], max(0, region[0]) : region[2]]
    # Channel by channel: a largest value over an axis of three is slow.
    ink = np.zeros(inner.shape[:2], bool)
    for channel, paper in enumerate(map(float, paper_colour(image))):
        values = inner[..., channel]
        ink |= (values > math.floor(paper + 40)) | (values < math.ceil(paper - 40))
    for text in drawing.texts:
        if any(distance(centre(circle), text.bbox) == 0 for circle in circles):
            continue  # letters in circles, or circles that were taken for letters
        x0, y0, x1, y1 = (int(v) for v in text.bbox)
        ink[max(0, y0 - region[1]) : max(0, y1 - region[1]), max(0, x0 - region[0]) : max(0, x1 - region[0])] = False
    empty: list[bool] = np.logical_not(ink.any(axis=axis)).tolist()
    bounds = [float(region[axis])]
    start = None
    for k, free in enumerate([*empty, False]):
        if free and start is None:
            start = k
        elif not free and start is not None:
            if k - start > 0.5 * size:
                bounds.append(region[axis] + (start + k) / 2)
            start = None
    bounds.append(float(region[axis + 2]))
    parts = [[c for c in circles if low <= centre(c)[axis] <= high] for low, high in pairwise(bounds)]
    whole = all(len(part) >= FEWEST and min(len(_rows(part, 0)), len(_rows(part, 1))) > 1 for part in parts)
    return parts if len(parts) > 1 and whole else [circles]


def _parts(row: list[BBox], frames: dict[BBox, list[BBox]], image: Image, axis: int) -> list[list[BBox]]:
    """Circles of one place in the order, as layers: a frame, a wide gap without dots, or a gap between two colours
    parts them."""
    parts = [row[:1]]
    steps = [centre(b)[axis] - centre(a)[axis] for a, b in pairwise(row)]
    usual = sorted(steps)[(len(steps) - 1) // 2] if steps else 0.0
    for a, b in pairwise(row):
        step = (centre(b)[axis] - centre(a)[axis]) / max(usual, 1e-6)
        wide = step > STEP and not dotted(a, b, image)
        if _frame([a], frames) != _frame([b], frames) or (wide and len(row) > 2):
            parts.append([])
        parts[-1].append(b)
    return [piece for part in parts for piece in _by_colour(part, image, axis)]


def _leaves_out(row: Sequence[BBox], image: Image) -> bool:
    """Whether dots stand for some of its circles."""
    return any(dotted(a, b, image) for a, b in pairwise(row))


def _by_colour(row: list[BBox], image: Image, axis: int) -> list[list[BBox]]:
    """Two inputs side by side where a gap parts two colours."""
    if len(row) < 4:
        return [row]
    steps = [centre(b)[axis] - centre(a)[axis] for a, b in pairwise(row)]
    widest = max(range(len(steps)), key=lambda k: steps[k])
    first, second = row[: widest + 1], row[widest + 1 :]
    if steps[widest] < 1.3 * median(steps) or min(len(first), len(second)) < 2:
        return [row]
    one, two = ([colour_of(image, circle) for circle in part] for part in (first, second))
    same = all(same_colour(colours[0], other) for colours in (one, two) for other in colours)
    return [first, second] if same and not same_colour(one[0], two[0]) else [row]


def _rows(circles: list[BBox], axis: int) -> list[list[BBox]]:
    """Circles grouped by their place along an axis (0: columns from left, 1: rows from top)."""
    groups: list[list[BBox]] = []
    for circle in sorted(circles, key=lambda circle: centre(circle)[axis]):
        if groups and centre(circle)[axis] - median(centre(c)[axis] for c in groups[-1]) < 0.6 * width(circle):
            groups[-1].append(circle)
        else:
            groups.append([circle])
    return groups


def _heads_at(circles: list[BBox], drawing: Drawing) -> list[End]:
    """The arrows that end at circles."""
    near = 0.4 * width(circles[0])
    heads = [end for wire in drawing.wires for end in wire.ends if end.head]
    return [end for end in heads if any(distance(end.point, circle) < near for circle in circles)]


def _starts_below(circles: list[BBox], drawing: Drawing) -> bool:
    """Whether rows of circles are read upwards: "input" is written lower than "output", or nothing says otherwise."""
    places = {
        word: [centre(text.bbox)[1] for text in drawing.texts if word in text.text.lower()]
        for word in ("input", "output")
    }
    if places["input"] and places["output"]:
        return min(places["input"]) > max(places["output"])
    heads = _heads_at(circles, drawing)
    # Only clear arrows downwards speak against the usual way up.
    return sum(end.heading[1] for end in heads) <= max(2.0, 0.3 * len(circles))
