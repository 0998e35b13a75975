"""Outlines round areas: how wide they are, and forms taken out of ink with theirs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox

Mask = NDArray[np.uint8]

#: So many pixels of an outline's slope are neither of the area within nor ink.
SLOPE = 4


def rim_of(ink: Mask, contour: NDArray[np.int32], most: float, slope: int = 0) -> int:
    """Pixels that the outline round a form is wide: as far out as more than half of all that is so far away is ink.

    It begins after no more than a `slope` of pixels that are no ink.
    """
    x, y, w, h = cv2.boundingRect(contour)
    room = int(most) + 2
    x0, y0 = max(0, x - room), max(0, y - room)
    around = ink[y0 : y + h + room, x0 : x + w + room]
    form = np.zeros_like(around)
    cv2.drawContours(form, [contour], -1, 1, -1, offset=(-x0, -y0))
    away = cv2.distanceTransform(1 - form, cv2.DIST_L2, 5)
    last = 0
    for rim in range(1, room):
        ring = around[(away > rim - 0.5) & (away <= rim + 0.5)]
        if ring.size and ring.mean() > 0.5:
            last = rim
        elif last or rim > slope:
            break
    return last


def erase_circle(ink: Mask, contour: NDArray[np.int32], most: float) -> None:
    """Take a circle out of ink, in place, no farther than its outline is wide: open heads of arrows are few pixels
    long."""
    rim = rim_of(ink, contour, most, SLOPE) + 1
    cv2.drawContours(ink, [contour], -1, 0, -1)
    cv2.drawContours(ink, [contour], -1, 0, 2 * rim + 1)


def erase(ink: Mask, bbox: BBox, margin: float) -> None:
    """Take an upright box out of ink, in place, with so many pixels around it."""
    x0, y0 = max(0, int(bbox[0] - margin)), max(0, int(bbox[1] - margin))
    ink[y0 : int(bbox[3] + margin) + 1, x0 : int(bbox[2] + margin) + 1] = 0
