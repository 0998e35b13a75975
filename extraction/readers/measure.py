"""What "near" and "small" are measured in: the height of a line of text, or what boxes say where none is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import numpy as np

from extraction.pdf.model import Image
from extraction.readers.areas import even_pieces
from extraction.readers.nodes import SUBCAPTION
from extraction.readers.primitives import TextLine, inside

#: Of a line of text's box its letters are so high; a picture without any has letters of this share of its diagonal.
LETTERS, USUAL = 0.8, 0.02
#: Of a box without words the short side counts so much; outline and slope take so many pixels of it.
OF_BOX, RIM = 0.8, 4
#: So many boxes say how large things are; each fills its upright box to this share, and no larger part of the picture.
ENOUGH, FORM, MOST = 4, 0.85, 0.1


def unit_of(image: Image, texts: Sequence[TextLine], *, flat: bool = True) -> float:
    """Height of a line of text, in pixels of the picture.

    Marks of parts, "(a)" with its caption, are set as the paper is: where nothing else is written, boxes say how large
    things are; faces of volumes, in a figure that is not `flat`, do not.
    """
    usual = float(median(t.tall * LETTERS for t in texts)) if texts else USUAL * math.hypot(*image.shape[:2])
    if not flat or any(not SUBCAPTION.match(text.text) for text in texts):
        return usual
    sides = _short_sides(image, texts)
    return min(usual, OF_BOX * float(median(sides))) if len(sides) >= ENOUGH else usual


def _short_sides(image: Image, texts: Sequence[TextLine]) -> list[float]:
    """Of all even rectangles in a picture."""
    stats = even_pieces(image).stats[1:]
    x, y, wide, tall, covered = (stats[:, k].astype(np.int64) for k in range(5))
    size = wide * tall
    formed = (covered > FORM * size) & (np.minimum(wide, tall) > 2) & (size < MOST * image.shape[0] * image.shape[1])
    boxes = [(float(x[i]), float(y[i]), float(x[i] + wide[i]), float(y[i] + tall[i])) for i in np.flatnonzero(formed)]
    return [
        min(x1 - x0, y1 - y0) + RIM
        for x0, y0, x1, y1 in boxes
        if not any(inside((x0, y0, x1, y1), text.bbox) for text in texts)
    ]
