"""Sheets of a stack that were taken for stacks of their own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.primitives import Box

#: A stack so much of which lies within a larger one is a piece of it.
PIECE = 0.9


def without_pieces(boxes: list[Box]) -> list[Box]:
    """Boxes without the stacks that lie in larger ones. Cuboids may hide most of one another, stacks do not."""
    outlines = [(box, _outline(box)) for box in boxes if box.shape == "volume"]

    def is_piece(box: Box) -> bool:
        outline = _outline(box)
        size = cv2.contourArea(outline)
        return any(
            cv2.contourArea(other) > size and cv2.intersectConvexConvex(outline, other)[0] > PIECE * size
            for whole, other in outlines
            if whole is not box
        )

    return [box for box in boxes if box.shape != "volume" or not is_piece(box)]


def _outline(box: Box) -> NDArray[np.float32]:
    x0, y0, x1, y1 = box.bbox
    corners = box.hull or ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return np.asarray(cv2.convexHull(np.asarray(corners, dtype=np.float32)), dtype=np.float32)
