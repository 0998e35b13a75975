"""Frames found by their outlines alone: what goes through their sides cuts their ground in pieces of no box's form."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.readers.primitives import area, inside

Mask = NDArray[np.uint8]

#: Lines in a frame are thinner than this, in heights of a line of text; so are heads of arrows.
THIN = 1.2
#: So much of its upright box a frame fills, its corners may be round; it holds so many boxes.
FILLS, HOLDS = 0.93, 2


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed line round several boxes."""

    bbox: BBox
    contour: NDArray[np.int32]


def find_loops(ink: Mask, boxes: list[BBox], unit: float) -> list[Loop]:
    """The frames among lines from which boxes were erased: what they shut in is one rectangle but for thin lines."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink == 0).astype(np.uint8), connectivity=4)
    tall, wide = ink.shape
    size = int(THIN * unit) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    loops = []
    for i in range(1, count):
        x, y, w, h, covered = (int(v) for v in stats[i])
        if x == 0 or y == 0 or x + w == wide or y + h == tall or covered < 0.5 * w * h:
            continue
        bbox: BBox = (x, y, x + w, y + h)
        held = [box for box in boxes if inside(box, bbox) and area(box) < 0.6 * area(bbox)]
        if len(held) < HOLDS:
            continue
        part = np.pad((labels[y : y + h, x : x + w] == i).astype(np.uint8), size)
        closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, kernel)
        contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        contour = np.asarray(max(contours, key=cv2.contourArea), dtype=np.int32)
        if cv2.contourArea(contour) > FILLS * w * h:
            shifted = np.asarray(contour + np.array([x - size, y - size]), dtype=np.int32)
            loops.append(Loop(bbox, shifted))
    return loops


def without_loops(ink: Mask, loops: list[Loop], unit: float) -> Mask:
    """The lines without those frames; what goes through a frame's side goes on."""
    result = ink.copy()
    for loop in loops:
        thick = _thickness(ink, loop, unit)
        within = np.zeros_like(ink)
        cv2.drawContours(within, [loop.contour], -1, 1, -1)
        # The line lies outside of what it shuts in.
        outer = cv2.dilate(within, np.ones((2 * thick + 3,) * 2, np.uint8))
        ring = np.asarray(cv2.subtract(outer, cv2.erode(within, np.ones((3, 3), np.uint8))), dtype=np.uint8)
        result[ring > 0] = 0
        size = 2 * thick + 7
        bridged = np.asarray(cv2.morphologyEx(result, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)), dtype=np.uint8)
        result |= bridged & ring & ink
    return result


def _thickness(ink: Mask, loop: Loop, unit: float) -> int:
    """How thick a frame's line is: the ink outside of it, at the middle of its sides."""
    x0, y0, x1, y1 = (int(v) for v in loop.bbox)
    reach = max(2, int(0.5 * unit))
    sides = []
    for share in (0.2, 0.35, 0.65, 0.8):
        x, y = int(x0 + share * (x1 - x0)), int(y0 + share * (y1 - y0))
        rays = [ink[max(0, y0 - reach) : y0, x][::-1], ink[y1 : y1 + reach, x]]
        rays += [ink[y, max(0, x0 - reach) : x0][::-1], ink[y, x1 : x1 + reach]]
        sides += [int((ray == 0).argmax()) if (ray == 0).any() else len(ray) for ray in rays]
    return max(1, int(np.median(sides)))
