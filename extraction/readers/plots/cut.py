"""Coloured boxes that lines cut in pieces: some programs draw these right over boxes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.outlines import Rect, corners_of, filled_of, inside, shape_of
from extraction.readers.plots.pieces import pieces_of

Colour = tuple[int, int, int]

#: Boxes that are brighter in all channels are not told from paper.
WHITE = 225
#: Lines over a box are so wide, in pixels, and on its colour, of 255, lies what differs by no more than this.
LINE, SAME = 7, 12
#: So much of what is beside a part of a box is of its colour.
MORE = 0.2
#: Pixels of a notch that a line leaves which runs along a border: between two boxes side by side is more.
NOTCH = 30
#: A line that runs along a border is not quite level, and cuts off some of so many rows or columns.
CUT = 3
#: Pixels at the rim of a part that are not quite of its colour.
RIM = 2


def whole(image: Image, parts: Sequence[tuple[Rect, Colour]]) -> list[tuple[Rect, str, Colour]]:
    """Boxes, their shapes and colours, that consist of more than one area of one colour.

    Args:
        image: height x width x 3, uint8, RGB.
        parts: areas that may be pieces of such boxes.
    """
    found: dict[Rect, tuple[str, Colour]] = {}
    for part, colour in parts:
        if min(colour) >= WHITE or any(holds(rect, part) for rect in found):
            continue
        x0, y0, x1, y1 = part
        reach = 2 * max(x1 - x0, y1 - y0)
        left, top = max(0, x0 - reach), max(0, y0 - reach)
        own = _like(image[top : y1 + reach, left : x1 + reach], colour).astype(np.uint8)
        if max(colour) - min(colour) <= 2 * SAME:  # the edges of what is black are as grey
            own = np.asarray(cv2.morphologyEx(own, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
        closed = np.asarray(cv2.morphologyEx(own, cv2.MORPH_CLOSE, np.ones((LINE, LINE), np.uint8)), np.uint8)
        pieces = pieces_of(closed, 4)
        for k in pieces.within(x0 - left, y0 - top, x1 - left, y1 - top).tolist():
            x, y, w, h = (int(v) for v in pieces.stats[k, :4])
            rect = (left + x, top + y, left + x + w, top + y + h)
            area = pieces.part(k)
            shape = shape_of(area, CUT)
            if shape in ("rect", "round") and holds(rect, part) and _bulges(filled_of(area)):
                found[rect] = shape, colour
    return [(rect, shape, colour) for rect, (shape, colour) in found.items()]


def holds(rect: Rect, part: Rect) -> bool:
    """Whether a part of a box, but for its rim, lies in it."""
    x0, y0, x1, y1 = part
    return inside((x0 + RIM, y0 + RIM, x1 - RIM, y1 - RIM), rect)


def goes_on(image: Image, rect: Rect, colour: Colour) -> bool:
    """Whether more of its colour, if that is not white, lies behind a line beside an area."""
    if min(colour) >= WHITE:
        return False
    x0, y0, x1, y1 = rect
    sides = (
        image[y0:y1, x1 + 2 : x1 + LINE],
        image[y0:y1, max(0, x0 - LINE + 1) : max(0, x0 - 1)],
        image[y1 + 2 : y1 + LINE, x0:x1],
        image[max(0, y0 - LINE + 1) : max(0, y0 - 1), x0:x1],
    )
    return any(side.size > 0 and _like(side, colour).mean() > MORE for side in sides)


def _like(pixels: Image, colour: Colour) -> NDArray[np.bool_]:
    return np.asarray((np.abs(pixels.astype(np.int16) - colour) <= SAME).all(axis=-1))


def _bulges(area: NDArray[np.bool_]) -> bool:
    """Whether an area has no notches: two boxes that stand side by side have."""
    hull = np.zeros(area.shape, np.uint8)
    cv2.fillConvexPoly(hull, np.rint(corners_of(area)).astype(np.int32), 1)
    hull[area] = 0
    return int(cv2.morphologyEx(hull, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).sum()) <= NOTCH
