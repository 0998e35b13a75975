"""What is drawn as cells: a vector's row, a record of name and sizes; one thing, however many cells it has."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from extraction.readers.captions import printed_size
from extraction.readers.nodes import DOTS
from extraction.readers.primitives import (
    Box,
    Drawing,
    TextLine,
    area,
    around,
    centre,
    distance,
    gap,
    height,
    inside,
    overlap,
    width,
)
from extraction.vocabulary import parse

#: Cells of one bar are as thick as one another up to this share, and stand no farther apart, in heights of a line.
ALIKE, APART = 0.15, 0.3
#: So near to a legend's sample its words begin, in heights of a line.
BESIDE = 2.5
#: Cells fill so much of their record, which has no more of them.
FILLED, MOST = 0.9, 12
#: A bar with a card's title is so wide, of the card, and no higher.
WIDE, TALL = 0.85, 0.8


def whole_bars(drawing: Drawing) -> None:
    """Make one box of cells that touch side to side, in place. Where most have words, they are layers.

    Bars of a row with dots between them are one vector, too: parts of it are left out.
    """
    boxes = [box for box in drawing.boxes if box.shape == "rect" and not box.operator]
    for axis in (0, 1):
        for bar in _bars(boxes, axis, APART * drawing.unit + 1):
            if axis == 1 and _samples(bar, drawing):
                continue
            silent = [cell for cell in bar if not _speaks(cell, drawing)]
            # Words stand side by side in a vector's parts, but under one another in a stack of layers.
            row = axis == 0 and len(bar) > 2 and (silent or _spelled(bar, drawing))
            if not row and len(silent) < max(2, len(bar) / 2):
                continue
            drawing.boxes = [box for box in drawing.boxes if not any(box is cell for cell in bar)]
            whole = replace(bar[0], bbox=around([cell.bbox for cell in bar]), colour=None)
            drawing.boxes.append(whole)
            boxes = [box for box in boxes if not any(box is cell for cell in bar)] + [whole]
    _over_dots(drawing)
    _spelled_out(drawing)


def _samples(bar: list[Box], drawing: Drawing) -> bool:
    """Whether cells are the samples of a legend: each has a colour of its own and words right beside it."""
    colours = {cell.colour for cell in bar}

    def told(cell: Box) -> bool:
        x1, y = cell.bbox[2], centre(cell.bbox)[1]
        return any(
            0 <= text.bbox[0] - x1 + 0.3 * drawing.unit < BESIDE * drawing.unit and text.bbox[1] < y < text.bbox[3]
            for text in drawing.texts
        )

    return None not in colours and len(colours) == len(bar) and all(told(cell) for cell in bar)


def _spelled_out(drawing: Drawing) -> None:
    """Make one box of boxes in a row that hold a letter each and together name a layer, in place."""
    rows: list[list[Box]] = []
    for box in sorted((box for box in drawing.boxes if box.shape == "rect"), key=lambda box: box.bbox[0]):
        if not _spelled([box], drawing):
            continue
        home = next((row for row in rows if _in_row(row[-1], box)), None)
        if home is None:
            rows.append([box])
        else:
            home.append(box)
    for row in rows:
        letters = [text.text for box in row for text in drawing.texts if inside(text.bbox, box.bbox, 0.6)]
        if len(row) > 2 and parse(" ".join(letters)).type:
            drawing.boxes = [box for box in drawing.boxes if not any(box is cell for cell in row)]
            drawing.boxes.append(replace(row[0], bbox=around([cell.bbox for cell in row])))


def _in_row(a: Box, b: Box) -> bool:
    """Whether two boxes of one size stand level, no farther apart than they are wide."""
    same = all(abs(size(a.bbox) - size(b.bbox)) <= ALIKE * size(a.bbox) for size in (width, height))
    level = abs(centre(a.bbox)[1] - centre(b.bbox)[1]) <= ALIKE * height(a.bbox)
    return same and level and b.bbox[0] - a.bbox[2] <= 1.5 * width(a.bbox)


def _over_dots(drawing: Drawing) -> None:
    """Join boxes that stand level on both sides of dots, are as thick as one another and say nothing, in place.

    The dots go with them.
    """
    for dots in [text for text in drawing.texts if DOTS.fullmatch(text.text)]:
        x, y = centre(dots.bbox)
        beside = [
            box
            for box in drawing.boxes
            if box.shape == "rect"
            and box.filled
            and box.bbox[1] < y < box.bbox[3]
            and width(box.bbox) > height(box.bbox)
        ]
        left = max((box for box in beside if box.bbox[2] <= x), key=lambda box: box.bbox[2], default=None)
        right = min((box for box in beside if box.bbox[0] >= x), key=lambda box: box.bbox[0], default=None)
        if left is None or right is None or not _one_vector(left, right, dots, drawing):
            continue
        whole = replace(left, bbox=around([left.bbox, right.bbox]), colour=None)
        drawing.boxes = [box for box in drawing.boxes if box is not left and box is not right] + [whole]
        drawing.texts = [text for text in drawing.texts if text is not dots]


def _one_vector(left: Box, right: Box, dots: TextLine, drawing: Drawing) -> bool:
    thick = height(left.bbox)
    level = max(abs(left.bbox[k] - right.bbox[k]) for k in (1, 3)) <= ALIKE * thick + 1
    near = max(gap(left.bbox, dots.bbox), gap(dots.bbox, right.bbox)) < thick
    parts = not _speaks(left, drawing) or not _speaks(right, drawing)
    run = (left.bbox[2], left.bbox[1], right.bbox[0], right.bbox[3])
    led = any(distance(point, run) == 0 for wire in drawing.wires for point in wire.path)
    return level and near and parts and not led


def _spelled(bar: list[Box], drawing: Drawing) -> bool:
    """Whether every cell holds one letter: a string, or what is said of each step of a sequence."""
    texts = [[text.text for text in drawing.texts if inside(text.bbox, cell.bbox, 0.6)] for cell in bar]
    return all(len(held) == 1 and len(held[0]) == 1 for held in texts)


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


def whole_records(drawing: Drawing) -> None:
    """Make one box of cells that fill a rectangle, in place: parted both ways, or side by side where one is a size.

    So programs print a layer: its name in one cell, what comes in and goes out in others.
    """
    boxes = [box for box in drawing.boxes if box.shape == "rect" and not box.operator]
    leaves = [box for box in boxes if not any(inside(other.bbox, box.bbox) and other is not box for other in boxes)]
    for group in _touching(leaves, 0.05 * drawing.unit + 1):
        whole = around([cell.bbox for cell in group])
        covered = sum(area(cell.bbox) for cell in group)
        if not 2 <= len(group) <= MOST or not FILLED < covered / area(whole) < 2.1 - FILLED:
            continue
        if not all(_speaks(cell, drawing) for cell in group) or not _parted(group, 0):
            continue
        if _parted(group, 1) or any(_is_size(cell, drawing) for cell in group):
            drawing.boxes = [box for box in drawing.boxes if not inside(box.bbox, whole, 0.95)]
            drawing.boxes.append(replace(group[0], bbox=whole, colour=None))


def whole_cards(drawing: Drawing) -> None:
    """Take the bars out of boxes that are cards, in place: a title on a bar as wide as the card, and words below it."""
    boxes = [box for box in drawing.boxes if box.shape == "rect" and not box.operator]
    for card in boxes:
        held = [box for box in drawing.boxes if box is not card and inside(box.bbox, card.bbox, 0.85)]
        if len(held) != 1 or not held[0].filled or not _is_head(held[0], card, drawing):
            continue
        drawing.boxes = [box for box in drawing.boxes if box is not held[0]]


def _is_head(bar: Box, card: Box, drawing: Drawing) -> bool:
    wide = width(bar.bbox) > WIDE * width(card.bbox) and height(bar.bbox) < TALL * height(card.bbox)
    on_top = abs(bar.bbox[1] - card.bbox[1]) < APART * drawing.unit
    below = [text for text in drawing.texts if inside(text.bbox, card.bbox, 0.6) and text.bbox[1] > centre(bar.bbox)[1]]
    return wide and on_top and _speaks(bar, drawing) and bool(below)


def _touching(boxes: list[Box], apart: float) -> list[list[Box]]:
    groups: list[list[Box]] = []
    for box in boxes:
        near = [group for group in groups if any(_side_by_side(box, other, apart) for other in group)]
        groups = [group for group in groups if not any(group is other for other in near)]
        groups.append([box, *(other for group in near for other in group)])
    return groups


def _side_by_side(a: Box, b: Box, apart: float) -> bool:
    """Whether two boxes touch along a side, all of the shorter one's."""
    if gap(a.bbox, b.bbox) > apart:
        return False
    level = min(a.bbox[3], b.bbox[3]) - max(a.bbox[1], b.bbox[1])
    upright = min(a.bbox[2], b.bbox[2]) - max(a.bbox[0], b.bbox[0])
    return (
        level > 0.85 * min(height(a.bbox), height(b.bbox)) or upright > 0.85 * min(width(a.bbox), width(b.bbox))
    ) and min(level, upright) < 5 * apart  # a border drawn between them belongs to both


def _parted(group: list[Box], axis: int) -> bool:
    """Whether some cells stand beside one another (axis 0) or under one another (1)."""
    across = 1 - axis
    return any(
        centre(a.bbox)[axis] < b.bbox[axis]
        and a.bbox[axis + 2] < centre(b.bbox)[axis]
        and a.bbox[across] < centre(b.bbox)[across] < a.bbox[across + 2]
        for a in group
        for b in group
    )


def _is_size(cell: Box, drawing: Drawing) -> bool:
    texts = [text.text for text in drawing.texts if inside(text.bbox, cell.bbox, 0.6)]
    return bool(texts) and all(printed_size(text) for text in texts)
