"""Shapes of areas: boxes, also with rounded corners, octagons and ellipses."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

#: x0, y0, x1, y1; the last ones are outside.
Rect = tuple[int, int, int, int]

#: An area and the octagon or ellipse in its box have so much in common, of 1: what arrows enclose has less.
LIKE = 0.92
#: An area with rounded corners and its box.
ROUND = 0.9


def inside(a: Rect, b: Rect) -> bool:
    """Whether all of the first box lies in the second one."""
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def corners_of(part: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of the smallest convex shape around an area, clockwise in the picture."""
    edge = np.zeros_like(part)
    edge[np.arange(len(part)), part.argmax(axis=1)] = True
    edge[np.arange(len(part)), part.shape[1] - 1 - part[:, ::-1].argmax(axis=1)] = True
    ys, xs = np.nonzero(edge & part)
    # OpenCV takes y to point upwards.
    hull = cv2.convexHull(np.stack([xs, ys], axis=1).astype(np.int32), clockwise=False)
    return np.asarray(hull.reshape(-1, 2), dtype=np.float64)


def filled_of(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """An area without its holes."""
    padded = np.pad(part.astype(np.uint8), 1)
    outside = padded.copy()
    cv2.floodFill(outside, None, (0, 0), 2)
    return np.asarray(outside[1:-1, 1:-1] != 2)


def shape_of(part: NDArray[np.bool_], cut: int = 1) -> str | None:
    """Of an area cut to its box; `None` where it is none of the shapes of nodes.

    Args:
        cut: the side of a box with rounded corners lies in so many rows or columns.
    """
    h, w = part.shape
    # Lines that are not quite level leave a pixel or two free at a border.
    a, b = min(2, h // 4), min(2, w // 4)
    corners = [part[a, b], part[a, w - 1 - b], part[h - 1 - a, b], part[h - 1 - a, w - 1 - b]]
    edges = [part[0].mean(), part[-1].mean(), part[:, 0].mean(), part[:, -1].mean()]
    level = min(edges) > 0.8 or (min(part[1].mean(), part[-2].mean()) > 0.8 and edges[2] > 0.5)
    if all(corners) and level:
        return "rect"
    filled = filled_of(part)
    sides = (part[:cut].mean(axis=1), part[-cut:].mean(axis=1), part[:, :cut].mean(axis=0), part[:, -cut:].mean(axis=0))
    if filled.mean() > ROUND and min(float(side.max()) for side in sides) > (0.35 if all(corners) else 0.2):
        return "round"
    if any(corners):
        return None
    like = {shape: _overlap(filled, outline) for shape, outline in (("octagon", _octagon(w, h)), ("ellipse", None))}
    best = max(like, key=lambda shape: like[shape])
    return best if like[best] > LIKE else None


def _octagon(width: int, height: int) -> NDArray[np.float64]:
    """Corners of Graphviz's octagon, a regular one that is stretched: N x 2."""
    cut = 1 - math.sqrt(0.5)
    ends = np.array([(cut, 0), (1 - cut, 0), (1, cut), (1, 1 - cut), (1 - cut, 1), (cut, 1), (0, 1 - cut), (0, cut)])
    return np.asarray(ends * (width - 1, height - 1))


def _overlap(area: NDArray[np.bool_], corners: NDArray[np.float64] | None) -> float:
    """How well an area covers a shape with these corners, or the ellipse in its box: common part of both, of 1."""
    h, w = area.shape
    ideal = np.zeros((h, w), np.uint8)
    if corners is not None:
        cv2.fillConvexPoly(ideal, np.rint(corners).astype(np.int32), 1)
    else:
        cv2.ellipse(ideal, (((w - 1) / 2, (h - 1) / 2), (w, h), 0.0), 1, -1)
    return float((area & (ideal > 0)).sum() / max(1, (area | (ideal > 0)).sum()))
