"""Lines told apart by their colour: a red line that crosses a black one or ends at it is another line."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.areas import largest

Mask = NDArray[np.uint8]

#: Difference between the parts of a colour, of 255, that makes it no grey.
COLOURED = 70
#: The same where a picture has lost some of it.
FAINT = 25
#: Hues of one line differ by less than this, of 180 degrees halved.
HUES = 12
#: A colour that fewer of the ink's pixels have is no line's; one that so many of a line's coloured and dark pixels have
#: is that of the whole line.
RARE, ALONE = 0.03, 0.95


def by_colour(ink: Mask, image: Image) -> list[Mask]:
    """The ink of each colour; all in one where the lines have no more than one.

    Pale pixels at a line's rim belong to the colour beside them, and a line that another one covers is closed again.
    """
    parts = image.astype(np.int16)
    brightest = largest(parts)
    chroma = brightest + largest(-parts)
    coloured = (ink > 0) & (chroma > COLOURED)
    total = int(ink.sum())
    if coloured.sum() < RARE * total:
        return [ink]
    hue = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[..., 0].astype(np.int16)
    left = coloured.copy()
    masks: list[Mask] = []
    pale: list[NDArray[np.bool_]] = []
    taken = np.zeros_like(ink)
    while left.sum() > RARE * total and len(masks) < 5:
        common = int(np.bincount(hue[left]).argmax())
        alike = hues_apart(hue, common) <= HUES
        mine = left & alike
        if mine.sum() > RARE * total:
            masks.append(mine.astype(np.uint8))
            pale.append((ink > 0) & (chroma > FAINT) & alike)
        left &= ~mine
    dark = (ink > 0) & (chroma < 0.5 * COLOURED) & (brightest < 110)
    # Of a line that touches none of another colour pale pixels are its own, too: a picture has lost their colour.
    count, pieces = cv2.connectedComponents(ink, connectivity=8)
    there = np.array([np.bincount(pieces[mask > 0], minlength=count) for mask in (*masks, dark)])
    alone = there[:-1] > ALONE * there.sum(axis=0)
    result = []
    for mask, faint, own in zip(masks, pale, alone, strict=True):
        mask = mask | (faint & own[pieces]).astype(np.uint8)
        wider = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), dtype=np.uint8)
        mask = _closed(np.where(dark, 0, wider & ink).astype(np.uint8), ink)
        taken |= mask
        result.append(mask)
    rest = np.asarray((ink & ~taken & 1) | dark.astype(np.uint8), dtype=np.uint8)
    if dark.sum() <= RARE * total:
        # What is left beside lines of a colour is their rims; what touches none is a line by itself.
        rest &= np.asarray(there[:-1].sum(axis=0) == 0, dtype=np.uint8)[pieces]
    if rest.any():
        result.append(_closed(rest, ink))
    return result if len(result) > 1 else [ink]


def hues_apart(hues: NDArray[np.int16], hue: int) -> NDArray[np.int16]:
    """How far hues are from one, of 180 in all, the shorter way round."""
    away = np.abs(hues - hue)
    return np.asarray(np.minimum(away, 180 - away), dtype=np.int16)


def _closed(mask: Mask, ink: Mask) -> Mask:
    closed = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), dtype=np.uint8)
    return closed & ink
