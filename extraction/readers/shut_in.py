"""Paper and grounds that boxes and the lines between them shut in: they look like boxes and are none."""

from __future__ import annotations

import numpy as np

from extraction.pdf.model import Image
from extraction.readers.areas import Area
from extraction.readers.primitives import Box, area, overlap

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
