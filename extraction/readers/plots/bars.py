"""Dark bars with bright letters in them: where they end, and where one colour follows another."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from extraction.pdf.model import Image
from extraction.readers.plots.outlines import Rect
from extraction.readers.plots.pieces import Mask

#: Colours differ by more than this in some channel.
OTHER = 40
#: What is between a bar and a line beside it is brighter by more than this.
SLIT = 60
#: A bar's rows and columns are so full of ink.
FULL = 0.8


def bands_of_colour(bar: Image) -> list[tuple[int, int]]:
    """First row, and the one behind the last, of each colour of a bar: cells of dark colours may lie on one another."""
    rows = np.quantile(bar, 0.25, axis=1)  # letters are brighter than their ground
    ends = np.flatnonzero(np.abs(np.diff(rows, axis=0)).max(axis=1) > OTHER) + 1
    return list(pairwise([0, *ends.tolist(), len(bar)]))


def trimmed(rect: Rect, ink: Mask) -> Rect:
    """A box without the first and last rows and columns where an arc of a frame is all there is."""
    x0, y0, x1, y1 = rect[0], rect[1], min(rect[2], ink.shape[1]), min(rect[3], ink.shape[0])
    top, bottom = ink[y0, x0:x1].mean() < FULL, ink[y1 - 1, x0:x1].mean() < FULL
    left, right = ink[y0:y1, x0].mean() < FULL, ink[y0:y1, x1 - 1].mean() < FULL
    return x0 + left, y0 + top, x1 - right, y1 - bottom


def cut_at_slits(rect: Rect, image: Image, ink: Mask, most: int) -> Rect:
    """A bar without lines that run so close beside it, in so many pixels, that what is between is ink: it is none."""
    x0, y0, x1, y1 = rect
    bright = image[y0:y1, x0:x1].max(axis=2)
    ends = []
    for inked, darkest in ((ink[y0:y1, x0:x1].T, bright.min(axis=0)), (ink[y0:y1, x0:x1], bright.min(axis=1))):
        slits = np.flatnonzero(darkest > float(np.median(darkest)) + SLIT)  # letters are never as high as a bar
        first, last = slits[slits < most], slits[slits >= len(darkest) - most]
        inked[first] = inked[last] = 0
        ends.append((first[-1] + 1 if len(first) else 0, len(darkest) - last[0] if len(last) else 0))
    (left, right), (top, bottom) = ends
    return x0 + left, y0 + top, x1 - right, y1 - bottom
