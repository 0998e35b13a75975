"""Paper and grounds that boxes, letters and lines shut in: they look like boxes and are none."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import Area, away_from
from extraction.readers.primitives import Box, area, height, inside, overlap, width

#: What is blank differs by no more from its colour, of 255, within so much of its sides; at each of its corners the
#: outline ends: beyond them, so far in heights of a line, nothing is drawn. And they are alike that differ in a side by
#: less than this share.
BLANK, WITHIN, BEYOND, ALIKE = 25, 0.15, 0.45, 0.15
#: So much of the way beyond a corner is inked where the outline goes on there.
GOES_ON = 0.95
#: At so many ends of its sides the outline of a box as large as another one may seem to go on.
OPEN = 1
#: No side of one is shorter, in heights of a line.
SHORTEST = 0.4
#: As the outline's width counts no more than this share of the shorter side.
RIM = 0.2
#: What is drawn in a box differs so much from it, of 255, and covers more than this share of it.
INKED, HELD = 90, 0.05
#: Where on a box's sides its surroundings are looked at; colours that differ less, of 255, are the same; where so much
#: of them is of its own colour it is a piece of them.
SIDE_PARTS, SAME, ROUND_ABOUT = (0.2, 0.4, 0.6, 0.8), 10, 0.5


def like_its_ground(a: Area, image: Image, unit: float) -> bool:
    """Whether what lies round an area has its colour: lines have shut in a piece of a coloured ground."""
    x0, y0, x1, y1 = a.bbox
    off = 0.25 * unit + 2
    places = [(x0 + s * (x1 - x0), y) for s in SIDE_PARTS for y in (y0 - off, y1 + off)]
    places += [(x, y0 + s * (y1 - y0)) for s in SIDE_PARTS for x in (x0 - off, x1 + off)]
    tall, wide = image.shape[:2]
    seen = [image[int(y), int(x)] for x, y in places if 0 <= x < wide and 0 <= y < tall]
    like = sum(float(np.abs(pixel - a.colour).max()) < SAME for pixel in seen)
    return like > ROUND_ABOUT * len(places)


def closed_by_themselves(boxes: list[Box]) -> list[Box]:
    """Without the paper that boxes and the lines between them shut in: it reaches a little under those boxes."""
    return [
        box
        for box in boxes
        if box.filled
        or box.operator
        or not any(
            other is not box
            and 0.06 * area(other.bbox) < overlap(box.bbox, other.bbox) < 0.85 * area(other.bbox)
            and area(other.bbox) < area(box.bbox)
            for other in boxes
        )
    ]


def not_between(boxes: list[Box], near: float) -> list[Box]:
    """Without the paper that two lines shut in between two boxes, both longer than they are far apart."""

    def between(box: Box) -> bool:
        for k in (0, 1):
            low, high = box.bbox[1 - k], box.bbox[3 - k]
            beside = [b.bbox for b in boxes if b.bbox[1 - k] < low - near and b.bbox[3 - k] > high + near]
            before = any(abs(b[k + 2] - box.bbox[k]) < near for b in beside)
            if before and any(abs(b[k] - box.bbox[k + 2]) < near for b in beside):
                return True
        return False

    return [box for box in boxes if box.filled or box.operator or not between(box)]


def blank_boxes(areas: Sequence[Area], image: Image, unit: float) -> list[Area]:
    """Rectangles of paper without anything in them that are boxes all the same: drawn by themselves, several alike, or
    the halves of filled ones. Of one as large as such a box, all corners but one are enough: a line begins there."""
    rects = [(a, _open_corners(a, image, unit)) for a in areas if a.form == "rect" and not a.filled]
    found = [a for a, open_ in rects if open_ == 0]

    def alike(a: Area, b: Area) -> int:
        return sum(abs(size(a.bbox) - size(b.bbox)) < ALIKE * size(a.bbox) for size in (width, height))

    sure = [a for a in found if any(b is not a and alike(a, b) for b in found)]
    twins = [a for a, open_ in rects if 0 < open_ <= OPEN and any(alike(a, b) == 2 for b in sure)]
    return sure + twins + other_halves(areas, unit)


def other_halves(areas: Sequence[Area], unit: float) -> list[Area]:
    """Paper in an outline of its own that shares a whole side with a filled box, and has none on the other side: what
    was copied, drawn beside what is there."""
    near = 0.2 * unit + 2
    rects = [a for a in areas if a.form == "rect"]

    def beside(a: Area, sign: int) -> list[Area]:
        there, here = (0, 2) if sign > 0 else (2, 0)
        return [
            b
            for b in rects
            if b.filled
            and abs(b.bbox[there] - a.bbox[here]) < near
            and abs(b.bbox[1] - a.bbox[1]) < near
            and abs(b.bbox[3] - a.bbox[3]) < near
        ]

    return [a for a in rects if not a.filled and bool(beside(a, 1)) != bool(beside(a, -1))]


def is_blank(a: Area, image: Image) -> bool:
    """Whether nothing is drawn in an area."""
    x0, y0, x1, y1 = a.bbox
    dx, dy = (max(WITHIN * size, a.edge + 2) for size in (x1 - x0, y1 - y0))
    inner = image[int(y0 + dy) : int(y1 - dy) + 1, int(x0 + dx) : int(x1 - dx) + 1].astype(np.int16)
    return bool(inner.size) and float(np.abs(inner - a.colour).max()) <= BLANK


def _open_corners(a: Area, image: Image, unit: float) -> int:
    """At how many of the eight ends of its sides a rectangle's outline goes on; at all where it is not blank."""
    x0, y0, x1, y1 = a.bbox
    if min(x1 - x0, y1 - y0) < SHORTEST * unit or not is_blank(a, image):
        return 8
    # Beside a slim one's outline an arrow's head may stand.
    near, off, rim = 0.15 * unit + 1, BEYOND * unit + 2, min(a.edge + 1, RIM * min(x1 - x0, y1 - y0))
    tall, wide = image.shape[:2]
    going_on = 0
    for x, sx in ((x0, -1), (x1, 1)):
        for y, sy in ((y0, -1), (y1, 1)):
            # The outline would go on along either side.
            for axis, ((ax, ay), (bx, by)) in (
                (1, ((x + sx * near, y - sy * rim), (x + sx * off, y + sy))),
                (0, ((x - sx * rim, y + sy * near), (x + sx, y + sy * off))),
            ):
                left, right, top, low = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
                patch = image[max(0, int(top)) : min(tall, int(low) + 1), max(0, int(left)) : min(wide, int(right) + 1)]
                # An arrow that begins or ends at the corner leaves the outline's own line at once.
                inked = np.abs(patch.astype(np.int16) - a.colour).max(axis=2) > 2 * BLANK
                going_on += bool(patch.size and inked.mean(axis=axis).max() > GOES_ON)
    return going_on


def letters_insides(areas: list[Area], texts: list[BBox], image: Image) -> list[Area]:
    """The areas without those that lie in a letter (the hole of an O) or between letters of a line.

    In the `image`, with its letters, a letter's hole is empty: what holds a symbol is a box whose outline was taken
    for a part of it.
    """
    return [
        a
        for a in areas
        if not any(
            inside(a.bbox, text, 0.8) and height(a.bbox) < 0.95 * height(text) and width(a.bbox) < 1.5 * height(text)
            for text in texts
        )
        or _holds_ink(a, image)
    ]


def _holds_ink(a: Area, image: Image) -> bool:
    """Whether something is drawn in an area, away from its border."""
    x, y, w, h = cv2.boundingRect(a.contour)
    within = np.zeros((h, w), dtype=np.uint8)
    cv2.drawContours(within, [a.contour], -1, 1, -1, offset=(-x, -y))
    cv2.drawContours(within, [a.contour], -1, 0, 3 + 2 * int(a.edge), offset=(-x, -y))
    inked = away_from(image[y : y + h, x : x + w].astype(np.int16), a.colour.astype(np.int16)) > INKED
    return bool(within.any()) and float(inked[within > 0].mean()) > HELD
