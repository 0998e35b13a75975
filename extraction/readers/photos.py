"""Photographs in figures: areas where colour changes everywhere, unlike flat boxes and thin lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import gradient

#: A change of colour between neighbours, of 255, that flat fills have not.
CHANGE = 7
#: Share of a neighbourhood that changes in a photograph.
BUSY = 0.62
#: Smallest side, in heights of a line.
SMALLEST = 2.5
#: A photograph covers so much of its upright box.
COVERED = 0.75


def find_photos(image: Image, unit: float) -> list[BBox]:
    """Boxes of the photographs in a picture without letters; `unit` is the height of a line of text."""
    size = max(5, int(0.9 * unit)) | 1
    share = cv2.boxFilter((gradient(image) > CHANGE).astype(np.float32), -1, (size, size))
    busy = np.asarray(share > BUSY, dtype=np.uint8)
    # Dark and bright parts of a photograph are flat; lines are busy but slim.
    busy = _morph(busy, cv2.MORPH_CLOSE, int(1.4 * unit))
    busy = _morph(busy, cv2.MORPH_OPEN, int(1.6 * unit))
    count, _, stats, _ = cv2.connectedComponentsWithStats(busy, connectivity=4)
    found = []
    for i in range(1, count):
        x, y, w, h, covered = (int(v) for v in stats[i])
        if min(w, h) >= SMALLEST * unit and covered > COVERED * w * h:
            found.append(_trimmed(image, (x, y, x + w, y + h), unit))
    return found


def _morph(mask: NDArray[np.uint8], how: int, size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.morphologyEx(mask, how, np.ones((size | 1, size | 1), np.uint8)), dtype=np.uint8)


def _trimmed(image: Image, bbox: tuple[int, int, int, int], unit: float) -> BBox:
    """The box moved to where the change of colour begins and ends."""
    x0, y0, x1, y1 = bbox
    room = int(0.6 * unit)
    left, top = max(0, x0 - room), max(0, y0 - room)
    changes = gradient(image[top : y1 + room, left : x1 + room]) > CHANGE
    columns = np.flatnonzero(changes.mean(axis=0) > 0.3)
    rows = np.flatnonzero(changes.mean(axis=1) > 0.3)
    if not len(columns) or not len(rows):
        return float(x0), float(y0), float(x1), float(y1)
    return float(left + columns[0]), float(top + rows[0]), float(left + columns[-1] + 1), float(top + rows[-1] + 1)
