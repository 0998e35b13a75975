"""What is drawn before words and was taken into their line: the arrow or the coloured square of a legend."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.areas import away_from
from extraction.readers.primitives import TextLine

#: Difference from the ground, of 255, that makes ink.
INK = 40
#: Lengths in heights of a line: how wide a mark is at least, the gap behind it, how far left of a line it is looked at.
WIDE, GAP, BEFORE = 0.4, 0.05, 5.0
#: So far, in heights of a line, no letter stands out of its line.
OUT = 0.25
#: A mark has a place so many times as thick as strokes of letters; fewest pieces of ink that tell how thick these are.
THICK, FEWEST = 1.75, 3
#: Pixels that the line is made high to measure strokes.
FINE = 64


def without_mark(line: TextLine, image: Image) -> TextLine:
    """A level line without the mark before its words, if there is one: thicker than strokes of letters, or cut by the
    line's box.

    Args:
        image: what the line was read from, height x width x 3, uint8, RGB.
    """
    x0, y0, x1, y1 = (max(0, round(v)) for v in line.bbox)
    tall = y1 - y0
    if line.direction or line.slant or tall < 4 or x1 - x0 < 2 * tall or len(line.text) < FEWEST:
        return line
    scale, left = FINE / tall, max(0, x0 - round(BEFORE * tall))
    patch = image[y0:y1, left:x1]
    fine = np.asarray(cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.int16)
    ground = np.median(fine[:, round((x0 - left) * scale) :].reshape(-1, 3), axis=0)
    ink = np.asarray(away_from(fine, ground) > INK, dtype=np.uint8)
    begin = (x0 - left) * scale
    pieces = [(start, end) for start, end in _pieces(ink) if end > begin]
    if len(pieces) <= FEWEST:
        return line
    thick = cv2.distanceTransform(np.pad(ink, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    thickest = [float(thick[:, a:b].max()) for a, b in pieces]
    (start, end), (following, _) = pieces[0], pieces[1]
    cut = begin - start > OUT * FINE
    bold = end - start > WIDE * FINE and thickest[0] > THICK * median(thickest[1:])
    # Where nothing is left of it but itself, it is another ground.
    if start == 0 or following - end < GAP * FINE or not (cut or bold):
        return line
    return replace(line, bbox=(left + (end + following) / (2 * scale), line.bbox[1], line.bbox[2], line.bbox[3]))


def _pieces(ink: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Stretches of columns with ink."""
    inked = np.pad(ink.any(axis=0).astype(np.int8), 1)
    turns = np.flatnonzero(np.diff(inked)).tolist()
    return list(zip(turns[::2], turns[1::2], strict=True))
