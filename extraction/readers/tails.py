"""Letters and wires that were taken for one another.

A finder of text often passes over letters that stand alone where an arrow begins or ends ("Q", "x", "V"); strokes of
letters that were found are left over as short lines.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import away_from, paper_colour
from extraction.readers.letters import MIN_SCORE_ALONE, recognise
from extraction.readers.primitives import Box, Drawing, End, Point, TextLine, Wire, around, distance, gap, height, width

#: Nothing is nearer to a loose end than this, and its letter stands so near; in heights of a line.
LOOSE, NEAR = 0.9, 1.5
#: A letter is so high and at most so wide, in heights of a line; what belongs to it (an index) stands so near.
LOWEST, HIGHEST, WIDEST, TOGETHER = 0.45, 1.5, 1.6, 0.3
#: A wire of which so much lies in words is of letters; their boxes' rim, in heights of a line, may have wires.
OF_LETTERS, RIM = 0.6, 0.2
#: Difference from the paper, of 255, that makes ink.
INK = 60


def without_strokes(wires: list[Wire], texts: list[TextLine]) -> list[Wire]:
    """Wires without those that run through the middle of words most of their way: strokes of letters."""
    middles = np.array([_middle(text.bbox) for text in texts]).reshape(-1, 4)

    def share(wire: Wire) -> float:
        points = np.array(wire.path).reshape(-1, 1, 2)
        within = np.all((middles[:, :2] <= points) & (points <= middles[:, 2:]), axis=2).any(axis=1)
        return int(within.sum()) / max(1, len(points))

    return [wire for wire in wires if share(wire) < OF_LETTERS]


def read_tails(drawing: Drawing, image: Image) -> None:
    """Add, in place, the letters at loose ends of wires, and take away the wires that their strokes were taken for."""
    things = [box.bbox for box in drawing.boxes] + [text.bbox for text in drawing.texts]
    ends = [
        end
        for wire in drawing.wires
        for end in wire.ends
        if not any(distance(end.point, thing) < LOOSE * drawing.unit for thing in things)
    ]
    if not ends:
        return
    ink = (away_from(image, paper_colour(image).astype(np.float32)) > INK).astype(np.uint8)
    read: dict[BBox, TextLine | None] = {}  # several ends may lead to one letter
    for end in ends:
        place = _letter_at(end, ink, drawing)
        if place and place not in read:
            read[place] = _read(image, place, drawing.unit)
        if place and (text := read[place]):
            drawing.texts.append(text)
            drawing.wires = [
                wire for wire in drawing.wires if not all(distance(e.point, text.bbox) < 2 for e in wire.ends)
            ]


def _letter_at(end: End, ink: NDArray[np.uint8], drawing: Drawing) -> BBox | None:
    """Where a letter may stand that a wire's end leads to."""
    unit = drawing.unit
    ahead = (end.point[0] + 0.8 * unit * end.heading[0], end.point[1] + 0.8 * unit * end.heading[1])
    marks = [mark for mark in _marks(ink, ahead, 2.5 * unit) if distance(end.point, mark) > 1]
    near = [
        mark
        for mark in marks
        if distance(ahead, mark) < 0.8 * unit
        and distance(end.point, mark) < NEAR * unit
        and LOWEST * unit < height(mark) < HIGHEST * unit
        and width(mark) < WIDEST * unit
    ]
    if not near:
        return None
    first = min(near, key=lambda mark: distance(ahead, mark))
    whole = around([mark for mark in marks if gap(mark, first) < TOGETHER * unit and height(mark) < HIGHEST * unit])
    things: list[Box | TextLine] = [*drawing.boxes, *drawing.texts]
    taken = any(gap(whole, thing.bbox) == 0 for thing in things)
    large = width(whole) > 2 * WIDEST * unit or height(whole) > HIGHEST * unit
    return None if taken or large else whole


def _read(image: Image, place: BBox, unit: float) -> TextLine | None:
    room = 0.2 * unit
    found = recognise(image, (place[0] - room, place[1] - room, place[2] + room, place[3] + room))
    if found is None or found.confidence < MIN_SCORE_ALONE or not found.text[0].isalpha():
        return None
    return replace(found, bbox=place)


def _middle(box: BBox) -> BBox:
    """A word's box without the rim, under which a line may run."""
    rim = RIM * min(width(box), height(box))
    return box[0] + rim, box[1] + rim, box[2] - rim, box[3] - rim


def _marks(ink: NDArray[np.uint8], middle: Point, reach: float) -> list[BBox]:
    """Boxes of what is drawn in one piece within reach of a point, cut off by nothing."""
    x0, y0 = max(0, int(middle[0] - reach)), max(0, int(middle[1] - reach))
    window = ink[y0 : int(middle[1] + reach) + 1, x0 : int(middle[0] + reach) + 1]
    if 0 in window.shape:
        return []
    count, _, stats, _ = cv2.connectedComponentsWithStats(window)
    found = []
    for x, y, wide, tall, _ in stats[1:count]:
        if x > 0 and y > 0 and x + wide < window.shape[1] and y + tall < window.shape[0]:
            found.append((float(x0 + x), float(y0 + y), float(x0 + x + wide), float(y0 + y + tall)))
    return found
