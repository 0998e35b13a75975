"""Primitives from the PDF's own lines and letters: exact, without recognising anything from pixels."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Figure, Stroke, Word
from extraction.readers.areas import Form
from extraction.readers.ellipsis import drawn_ellipses
from extraction.readers.heads import Head, chevron, has_shaft, put_heads, strokes_of_heads
from extraction.readers.letterless import without_letters
from extraction.readers.lines import Line, block_arrow, cells, cut, filled_line, join, without_doubles
from extraction.readers.photos import find_photos
from extraction.readers.primitives import (
    Box,
    Drawing,
    TextLine,
    area,
    around,
    centre,
    distance,
    height,
    inside,
    overlap,
    unique_boxes,
    width,
)
from extraction.readers.rods import cuboids, is_gap, sequences
from extraction.readers.segments import dashed_rows, framed_by_four, opened
from extraction.readers.shafts import thin_arrow, whole_arrows
from extraction.readers.strands import wires_of

Points = NDArray[np.float32]
#: Share of the box around it that a circle covers, about; arrowheads cover less.
ROUND = (0.7, 0.85)
#: Outlines of fewer pixels are lines; how many boxes tell how high a line of text may be.
SLIVER, FEW = 4.0, 3
#: So many texts of more than one letter tell how high a line is.
WORDED = 2
#: Height of a line as a share of the box it stands in; share of boxes without words where it is told so.
LINE_OF_BOX, SILENT = 0.6, 0.8
#: A path of straight pieces with so many points may be a circle.
SMOOTH = 16


def read_vector(figure: Figure) -> Drawing:
    """The primitives of a figure that the PDF draws with lines."""
    image_height, image_width = figure.image.shape[:2]
    texts = text_lines(figure.words)
    unit = _unit(figure, texts)
    drawing = Drawing(image_width, image_height, unit, texts=texts)
    boxes, lines, heads = _sort(whole_arrows(figure.strokes), drawing)
    boxes = [box for box in boxes if not _is_halo(box, lines, texts)]
    boxes = sequences(cuboids(boxes, figure.strokes), texts)
    dots = _dots(figure.strokes, unit)
    # Of a box and its shadow, the box lies above.
    boxes, lines = _operators(unique_boxes(boxes[::-1]), lines, drawing, dots)
    put_heads(lines, heads, unit)
    boxes, lines = cells(boxes, lines, unit)
    if figure.content == "mixed":
        photos = find_photos(without_letters(figure.image, texts, unit), unit)
        boxes += [
            Box(photo, "other", filled=True, confidence=0.8)
            for photo in photos
            if not any(overlap(photo, box.bbox) > 0.5 * min(area(photo), area(box.bbox)) for box in boxes)
        ]
    drawing.boxes = boxes
    texts = text_lines(figure.words, boxes) + drawn_ellipses(dots, unit)
    texts = [text for text in texts if not is_gap(text, boxes)]
    drawing.texts = texts
    drawing.wires = wires_of(cut(lines, boxes, texts, unit), boxes, unit)
    return drawing


def _unit(figure: Figure, texts: list[TextLine]) -> float:
    """Height of a line of text; of the boxes' where those are lower, as where text is a title or two.

    Where nearly no box holds words, it is that of a line that would fit into one.
    """
    high = [min(width(t.bbox), height(t.bbox)) for t in texts] or [0.02 * math.hypot(*figure.image.shape[:2])]
    # A line of one letter is higher than it is long.
    worded = [size for size, text in zip(high, texts, strict=False) if len(text.text) > 1]
    high = worded if len(worded) >= WORDED else high
    low, silent = [], 0
    for stroke in figure.strokes:
        if stroke.closed and stroke.colour and len(stroke.points) in (4, 5):
            box = around([(x, y, x, y) for x, y in stroke.points])
            filled = float(cv2.contourArea(np.asarray(stroke.points, dtype=np.float32)))
            if min(width(box), height(box)) > SLIVER and filled > 0.9 * area(box):
                low.append(min(width(box), height(box)))
                silent += not any(inside(text.bbox, box, 0.6) for text in texts)
    share = LINE_OF_BOX if texts and silent > SILENT * len(low) else 1.2
    return min(median(high), share * median(low)) if len(low) > FEW else median(high)


def text_lines(words: tuple[Word, ...], boxes: list[Box] | None = None) -> list[TextLine]:
    """Words of one printed line joined; a wide space parts them, and so does the border of a box."""

    def home(word: Word) -> int:
        there = [n for n, box in enumerate(boxes or []) if inside(word.bbox, box.bbox, 0.6)]
        return min(there, key=lambda n: area(boxes[n].bbox), default=-1) if boxes else -1

    rows: dict[tuple[int, int], list[Word]] = {}
    for i, word in enumerate(_printed_once(words)):
        if word.text.strip():
            rows.setdefault((word.line, word.direction) if word.line >= 0 else (-1 - i, word.direction), []).append(
                word
            )
    lines: list[TextLine] = []
    for (_, direction), row in rows.items():
        upright = direction in (90, 270)
        row.sort(key=lambda w: w.bbox[1] if upright else w.bbox[0], reverse=direction == 90)
        part = [row[0]]
        for before, word in pairwise(row):
            space = (
                max(word.bbox[1] - before.bbox[3], before.bbox[1] - word.bbox[3])
                if upright
                else word.bbox[0] - before.bbox[2]
            )
            tall = width(before.bbox) if upright else height(before.bbox)
            if space > 0.9 * max(tall, 1) or home(word) != home(before):
                lines.append(_line_of(part, direction))
                part = []
            part.append(word)
        lines.append(_line_of(part, direction))
    return lines


def _printed_once(words: tuple[Word, ...]) -> list[Word]:
    """Words without those that are printed over themselves, as some programs make letters bold."""
    once: dict[str, list[Word]] = {}
    for word in words:
        there = once.setdefault(word.text, [])
        if not any(inside(word.bbox, other.bbox, 0.5) for other in there):
            there.append(word)
    kept = {id(word) for there in once.values() for word in there}
    return [word for word in words if id(word) in kept]


def _line_of(words: list[Word], direction: int) -> TextLine:
    text = " ".join(word.text for word in words)
    confidence = min(word.confidence for word in words)
    return TextLine(text, around([word.bbox for word in words]), direction, confidence)


def _sort(strokes: tuple[Stroke, ...], drawing: Drawing) -> tuple[list[Box], list[Line], list[Head]]:
    """Tell outlines of boxes, lines and arrowheads apart by form and size."""
    unit = drawing.unit
    boxes: list[Box] = []
    heads: list[Head] = []
    lines: list[Line] = []
    loose: list[Line] = []
    dashed: list[Line] = []
    wide: list[tuple[Head, Line]] = []
    for stroke in map(opened, strokes):
        if len(stroke.points) < 2 or (stroke.colour is None and stroke.fill is None):
            continue
        points = np.asarray(stroke.points, dtype=np.float32)
        closed = stroke.closed or bool(np.hypot(*(points[0] - points[-1])) < 0.05 * unit and len(points) > 3)
        if closed or stroke.fill is not None:
            _closed(points, stroke, drawing, boxes, lines, heads)
            continue
        line = Line([(float(x), float(y)) for x, y in points], stroke.width, [False, False])
        if (head := chevron(points, unit)) is None:
            (dashed if stroke.dashed else loose).append(line)
        elif head.wide:
            wide.append((head, line))
        else:
            heads.append(head)
    for head, line in wide:
        if any(has_shaft(other, head, unit) for other in loose):
            heads.append(head)
        else:
            loose.append(line)
    loose, outlines = framed_by_four(loose, [text.bbox for text in drawing.texts], unit)
    for outline in outlines:
        _closed(np.asarray(outline.points, dtype=np.float32), outline, drawing, boxes, lines, heads)
    loose, legs = strokes_of_heads(loose, unit)
    heads += legs
    loose, rows = dashed_rows(loose, unit)
    dashed += rows
    loose = [line for line in loose if not (dashed and _is_dash(line, dashed, unit))]
    at = [(head.middle, head.size) for head in heads]
    joined = [(line, 0.1 * unit + 1) for line in join(loose, 0.08 * unit + 0.5, at, boxes)]
    # The sides of a dashed outline need not meet.
    joined += [(line, 0.3 * unit) for line in join(dashed, 0.3 * unit, [], [])]
    for line, apart in joined:
        points = np.asarray(line.points, dtype=np.float32)
        if len(line.points) > 4 and math.dist(line.points[0], line.points[-1]) < apart:
            shape = Stroke(tuple(line.points), True, (0, 0, 0), None, line.thickness)
            _closed(points, shape, drawing, boxes, lines, heads)
        else:
            lines.append(line)
    return boxes, without_doubles(lines, 0.25 * unit), heads


def _closed(
    points: Points, stroke: Stroke, drawing: Drawing, boxes: list[Box], lines: list[Line], heads: list[Head]
) -> None:
    unit = drawing.unit
    x0, y0 = points.min(axis=0).tolist()
    x1, y1 = points.max(axis=0).tolist()
    short, long = sorted((x1 - x0, y1 - y0))
    hull = cv2.convexHull(points)
    covered = float(cv2.contourArea(hull)) / max((x1 - x0) * (y1 - y0), 1e-6)
    bare = stroke.fill is not None and stroke.colour is None
    thin = max(0.12 * unit, 1.5 * stroke.width, 1.0)
    if long > 0.5 * unit and (
        short <= thin or (bare and short <= 0.35 * unit and long > 2.5 * short and covered > 0.8)
    ):
        # A filled sliver is how some programs draw a line.
        middle = (y0 + y1) / 2 if x1 - x0 >= y1 - y0 else (x0 + x1) / 2
        ends = [(x0, middle), (x1, middle)] if x1 - x0 >= y1 - y0 else [(middle, y0), (middle, y1)]
        lines.append(Line(ends, short, [False, False]))
        return
    corners = len(cv2.approxPolyDP(hull, 0.06 * float(cv2.arcLength(hull, True)), True))
    dark = stroke.fill is not None and sum(stroke.fill) < 2.4
    if (
        long <= 2.2 * unit
        and (3 <= corners <= 4 if dark else corners == 3)
        and covered < ROUND[0]
        and cv2.contourArea(points) > 0.1 * long * long
    ):
        heads.append(Head(tuple((float(x), float(y)) for x, y in points), long))
        return
    slim = bare or stroke.fill is None
    if (line := block_arrow(points) or thin_arrow(points, unit)) or (slim and (line := filled_line(points, unit))):
        lines.append(line)
        return
    bar = stroke.fill is not None and stroke.colour is not None and covered > 0.9 and long > 1.2 * unit
    round_ = (stroke.curved or len(points) >= SMOOTH) and ROUND[0] < covered < ROUND[1] and short > 0.75 * long
    sign = round_ and any(distance(centre(text.bbox), (x0, y0, x1, y1)) == 0 for text in drawing.texts)
    if (
        short < (0.2 if bar else 0.3 if sign else 0.55) * unit
        or (x1 - x0) * (y1 - y0) > 0.85 * drawing.width * drawing.height
    ):
        return
    if stroke.colour is None and stroke.fill is not None and min(stroke.fill) > 0.985:
        return  # a white patch under a label
    # Round corners take something off a rectangle; four straight sides that cover as little are a trapezoid.
    straight = len(cv2.approxPolyDP(hull, 0.02 * float(cv2.arcLength(hull, True)), True)) == 4
    upright = covered > (0.93 if straight else 0.82)
    form: Form = "circle" if round_ else "rect" if upright else "other"
    if form == "other" and covered < 0.45:
        return
    boxes.append(Box((x0, y0, x1, y1), form, filled=stroke.fill is not None, colour=stroke.fill))


def _is_halo(box: Box, lines: list[Line], texts: list[TextLine]) -> bool:
    """Whether a shape without words goes round an arrow: its outline, or what leads from one box into the next.

    Of the `lines` only those drawn as areas have heads yet.
    """
    if any(inside(text.bbox, box.bbox, 0.6) for text in texts):
        return False
    for line in lines:
        (ax, ay), (bx, by) = line.points[0], line.points[-1]
        within = distance((ax, ay), box.bbox) == 0 == distance((bx, by), box.bbox)
        across = abs(ax - bx) > 0.7 * width(box.bbox) or abs(ay - by) > 0.7 * height(box.bbox)
        if any(line.heads) and within and (across or box.shape == "other"):
            return True
    return False


def _dots(strokes: tuple[Stroke, ...], unit: float) -> list[BBox]:
    """Small filled circles."""
    found = []
    for stroke in strokes:
        if stroke.fill is None or len(stroke.points) < 4 or sum(stroke.fill) > 2.4:
            continue
        points = np.asarray(stroke.points, dtype=np.float32)
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        short, long = sorted((x1 - x0, y1 - y0))
        covered = float(cv2.contourArea(cv2.convexHull(points))) / max((x1 - x0) * (y1 - y0), 1e-6)
        if 0.75 * long < short and long < 0.8 * unit and ROUND[0] < covered < ROUND[1]:
            found.append((x0, y0, x1, y1))
    return found


def _in_the_middle(dot: BBox, circle: BBox) -> bool:
    return math.dist(centre(dot), centre(circle)) < 0.12 * width(circle) and 2 * width(dot) < width(circle)


def _operators(boxes: list[Box], lines: list[Line], drawing: Drawing, dots: list[BBox]) -> tuple[list[Box], list[Line]]:
    """A cross in a circle is an operator, whose strokes are no connections, and so is a dot in its middle."""
    taken: set[int] = set()
    result = []
    for box in boxes:
        operator = ""
        if box.shape == "circle" and width(box.bbox) < 4 * drawing.unit:
            x0, y0, x1, y1 = box.bbox
            margin = 0.12 * width(box.bbox)
            room = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
            slopes = []
            for i, line in enumerate(lines):
                a, b = line.points[0], line.points[-1]
                if distance(a, room) == 0 == distance(b, room) and math.dist(a, b) > 0.35 * width(box.bbox):
                    taken.add(i)
                    slopes.append(abs(math.sin(2 * math.atan2(b[1] - a[1], b[0] - a[0]))))
            if len(slopes) >= 2:
                operator = "Multiply" if min(slopes) > 0.7 else "Add"
            elif any(_in_the_middle(dot, box.bbox) for dot in dots):
                operator = "Multiply"
        result.append(replace(box, operator=operator) if operator else box)
    return result, [line for i, line in enumerate(lines) if i not in taken]


def _is_dash(line: Line, dashed: list[Line], unit: float) -> bool:
    """Whether a short line is a corner between the sides of a dashed outline, drawn by itself."""
    short = math.dist(line.points[0], line.points[-1]) < 0.3 * unit and len(line.points) < 4
    ends = (line.points[0], line.points[-1])
    return short and any(
        math.dist(end, other.points[k]) < 0.2 * unit for end in ends for other in dashed for k in (0, -1)
    )
