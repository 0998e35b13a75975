"""A plus that stands by itself where arrows meet: an `Add` without a circle round it."""

from __future__ import annotations

import cv2
import numpy as np

from extraction.pdf.model import Image
from extraction.readers.areas import largest, paper_colour
from extraction.readers.primitives import Box

#: Difference from the paper's colour, of 255, that is a stroke.
STROKE = 80
#: Sizes of a plus, in heights of a line, and how much longer one of its strokes may be.
SMALLEST, LARGEST, UNEVEN = 0.5, 1.8, 1.3
#: Its strokes are no thicker than this share of it; so much of them must be there, so little may be beside them.
THICK, THERE, BESIDE = 0.3, 0.85, 0.06


def find_crosses(image: Image, unit: float) -> list[Box]:
    """The plus signs that touch nothing; `unit` is the height of a line of text in pixels."""
    away = largest(np.abs(image.astype(np.int16) - paper_colour(image).astype(np.int16)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((away > STROKE).astype(np.uint8), connectivity=8)
    found = []
    for i in range(1, count):
        x, y, w, h, size = (int(v) for v in stats[i])
        if min(w, h) < max(7, SMALLEST * unit) or max(w, h) > min(LARGEST * unit, UNEVEN * min(w, h)):
            continue
        thick = max(1, round(size / (w + h)))
        part = labels[y : y + h, x : x + w] == i
        if thick > THICK * min(w, h):
            continue
        level = slice(max(0, h // 2 - thick), h // 2 + thick + 1)
        upright = slice(max(0, w // 2 - thick), w // 2 + thick + 1)
        beside = part.copy()
        beside[level, :] = False
        beside[:, upright] = False
        if min(part[level].any(axis=0).mean(), part[:, upright].any(axis=1).mean()) < THERE:
            continue
        if beside.sum() <= BESIDE * size:
            found.append(Box((x, y, x + w, y + h), "circle", "Add", True))
    return found
