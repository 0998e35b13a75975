"""How dark the lines of a picture are, and looking along them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.heads import Head
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.pieces import Mask

Floats = NDArray[np.float64]

#: Darkness that is enough for a line: what is darker is no better.
ENOUGH = 0.5
#: What stands for darkness in nodes, and in heads.
INSIDE, HEAD = 255, 50
#: Darkness, of 1, that each value stands for.
_SHARES = np.append(np.arange(INSIDE, dtype=np.float32) / np.float32(255), np.float32(-1))


def darkness(image: Image, drawn: Mask, nodes: Sequence[PlotNode], heads: Sequence[Head]) -> Mask:
    """How dark the lines are, 0 to 254, a little blurred so that their middles are darkest; `INSIDE` in nodes.

    Heads are hardly seen: they would lead lines astray that pass by.
    """
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
    np.subtract(255, grey, out=grey)
    grey *= drawn
    for node in nodes:
        node.paint(grey, 0, 0)
    for head in heads:
        x0, y0, x1, y1 = head.rect
        grey[y0:y1, x0:x1][head.core > 0] = HEAD
    dark = np.asarray(cv2.GaussianBlur(grey, (3, 3), 0.8), np.uint8)
    np.minimum(dark, INSIDE - 1, out=dark)
    for node in nodes:
        node.paint(dark, 0, INSIDE)
    return dark


def at(dark: Mask, points: Floats | NDArray[np.float32]) -> NDArray[np.float32]:
    """Darkness at points, ... x 2, 0 to 1; none outside, -1 in nodes."""
    height, width = dark.shape
    x, y = np.rint(points[..., 0]).astype(np.intp), np.rint(points[..., 1]).astype(np.intp)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if inside.all():
        return _SHARES[dark[y, x]]
    x, y = np.minimum(np.maximum(x, 0), width - 1), np.minimum(np.maximum(y, 0), height - 1)
    return np.where(inside, _SHARES[dark[y, x]], np.float32(0))


def ray(place: Floats, angle: float, reach: float) -> Floats:
    """Places ahead, a pixel apart."""
    return np.asarray(place + np.arange(1.0, reach)[:, None] * np.array([math.cos(angle), math.sin(angle)]))


def seen_on(dark: Mask, place: Floats, angle: float, start: float, end: float, enough: float = ENOUGH) -> float:
    """How dark it is between two distances from a place, in a direction; what is darker than enough is no better."""
    radii = np.arange(start, end + 0.5)[:, None]
    return float(np.clip(at(dark, place + radii * np.array([math.cos(angle), math.sin(angle)])), 0, enough).mean())
