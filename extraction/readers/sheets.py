"""Pictures of printed sheets: turned ones are made level, and paper that is lit unevenly or noisy is made white.

What a program drew is left alone: its lines are level or upright to the pixel, and its paper has one colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox, Flow
from extraction.pdf.model import Image

Floats = NDArray[np.float64]

#: No sheet has so many pixels: what a program drew can have.
LARGEST = 40_000_000
#: Rows that are looked at together.
STRIP = 256
#: An edge this long, in pixels, whose colours are the same all along, is exactly level or upright; so many pixels of
#: them tell it.
RUN, RUNS = 24, 30
#: Difference of brightness, of 255, at an edge.
EDGE = 40
#: Lines are looked for in a picture of about so many pixels, and are at least so long there.
PIXELS, LENGTH = 2_000_000, 25.0
#: A sheet is turned by no more than this, in degrees, and by at least this.
MOST, LEAST = 5.0, 0.15
#: Lines within so many degrees go in one direction.
ALIKE = 0.3
#: Of the length of all lines that are nearly level or upright, so much goes in the direction of the turn, and in both
#: families by themselves where they have some; no more is exactly level or upright.
TURNED, EACH, LEVEL = 0.4, 0.25, 0.2
#: And it is of so many lines at least.
LINES = 6
#: The commonest brightness of clean paper, which is not dark, has so many of its pixels.
CLEAN, BRIGHT = 0.12, 100
#: Side of the squares in which the paper is looked at, of 1 of the longer side; the brightest quarter is paper.
TILE, PAPER = 24, 0.75
#: What is darker than the paper by more, of 1, is none.
DARKER = 0.08
#: Noise, of 255, that is smoothed away; and how many times that the paper varies by.
NOISE, VARIES = 1.0, 3.0
#: In a grey picture the channels differ by less, of 255.
GREY = 24
#: Letters, lines and heads are less wide than this, in pixels; fills are brighter than this, of 1, vary by so much, and
#: are made so much fainter.
WIDE, SOLID, FLAT, FAINT = 21, 0.3, 0.05, 0.2
#: Specks have no more pixels, are darker than this, and nothing else is so near, in pixels.
SPECK, PALE, NEAR = 3, 225, 6


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture made level and white."""

    image: Image
    #: From a place in it to one in the picture as it was: 2 x 3.
    back: Floats

    def placed(self, flow: Flow) -> Flow:
        """The flow with its boxes where they are in the picture as it was."""
        return flow.with_layers(
            [replace(x, bbox=self._moved(x.bbox)) if x.bbox is not None else x for x in flow.layers]
        )

    def _moved(self, bbox: BBox) -> BBox:
        x0, y0, x1, y1 = bbox
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        points = corners @ self.back[:, :2].T + self.back[:, 2]
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom


def straightened(image: Image) -> Sheet | None:
    """A picture (height x width x 3, uint8, RGB) of a printed sheet, level and white; `None` where it is none."""
    if not 0 < image.shape[0] * image.shape[1] < LARGEST or _exact(image):
        return None
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
    bright = np.bincount(grey.ravel(), minlength=256)[BRIGHT:]
    noisy = float(bright.max()) < CLEAN * bright.sum()
    turn = turn_of(grey)
    if not turn and not noisy:
        return None
    cleaned = _whitened(image) if noisy else image
    level, back = _turned(cleaned, turn)
    return Sheet(_unspeckled(level) if noisy else level, back)


def _exact(image: Image) -> bool:
    """Whether edges in a picture are level, or upright, to the pixel."""
    green = image[:, :, 1]
    return _level(green) or _level(green.T)  # ellipses have hardly any edge that is level


def _level(channel: NDArray[np.uint8]) -> bool:
    seen = 0
    for y in range(0, len(channel) - 1, STRIP):
        part = np.ascontiguousarray(channel[y : y + STRIP + 1])
        edge = (cv2.absdiff(part[1:], part[:-1]) > EDGE).astype(np.uint8)
        edge[:, 1:] &= part[1:, 1:] == part[1:, :-1]
        edge[:, 1:] &= part[:-1, 1:] == part[:-1, :-1]
        seen += int(np.count_nonzero(cv2.erode(edge, np.ones((1, RUN), np.uint8), borderValue=0)))
        if seen >= RUNS:
            return True
    return False


def turn_of(grey: NDArray[np.uint8]) -> float:
    """By how many degrees a sheet is turned, clockwise; 0 where it is level, or where that is not sure."""
    scale = min(1.0, math.sqrt(PIXELS / grey.size))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    found: Any = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(small)[0]
    if found is None:
        return 0.0
    ends = np.asarray(found, float).reshape(-1, 4)
    way = ends[:, 2:] - ends[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    angle = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    off = (angle + 45) % 90 - 45
    near = (np.abs(off) < MOST + ALIKE) & (length > LENGTH)
    off, length, upright = off[near], length[near], (np.abs(np.abs(angle[near]) - 90) < 45)
    if len(off) < LINES:
        return 0.0
    counts, edges = np.histogram(off, np.arange(-MOST - ALIKE, MOST + ALIKE + 0.05, 0.1), weights=length)
    smooth = np.convolve(counts, (1, 2, 2, 2, 1), "same")
    turn = float(edges[smooth.argmax()]) + 0.05
    for _ in range(3):
        alike = np.abs(off - turn) < ALIKE
        if not alike.any():
            return 0.0
        turn = _middle(off[alike], length[alike])
    alike = np.abs(off - turn) < ALIKE
    if abs(turn) < LEAST or alike.sum() < LINES or length[alike].sum() < TURNED * length.sum():
        return 0.0
    if length[np.abs(off) < LEAST / 2].sum() > LEVEL * length.sum():
        return 0.0
    families = [own for own in (upright, ~upright) if own.sum() >= LINES]
    return turn if all(length[alike & own].sum() >= EACH * length[own].sum() for own in families) else 0.0


def _middle(values: Floats, weights: Floats) -> float:
    """The weighted median."""
    order = values.argsort()
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _turned(image: Image, turn: float) -> tuple[Image, Floats]:
    """A picture turned back by so many degrees, with the way back from its places."""
    if not turn:
        return image, np.eye(2, 3)
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    matrix[:, 2] -= low
    wide, tall = (int(v) for v in np.ceil(high - low))
    ground = [float(v) for v in np.median(image.reshape(-1, image.shape[2])[::97], axis=0)]
    turned = cv2.warpAffine(image, matrix, (wide, tall), flags=cv2.INTER_CUBIC, borderValue=ground)
    return np.asarray(turned, np.uint8), np.asarray(cv2.invertAffineTransform(matrix), float)


def _whitened(image: Image) -> Image:
    """A picture whose paper is white and without noise."""
    even = np.asarray(image / _paper(image), np.float32)
    noise = 255 * _noise(even)
    if noise > NOISE:
        smooth = np.clip(even * 255, 0, 255).astype(np.uint8)
        even = np.asarray(cv2.bilateralFilter(smooth, 5, 2 * noise, 1.5) / np.float32(255), np.float32)
    top = 1 - VARIES * min(_noise(even), 0.05)
    even = np.minimum(even / np.float32(top), 1)
    if float(cv2.absdiff(image[::7, ::7, 0], image[::7, ::7, 2]).max()) < GREY:
        even = _pale(even)
    return np.asarray(np.clip(even * 255, 0, 255).astype(np.uint8))


def _pale(even: NDArray[np.float32]) -> NDArray[np.float32]:
    """A grey picture, from 0 to 1, whose fills are nearly white: no colour tells them from ink."""
    fill = cv2.morphologyEx(even, cv2.MORPH_CLOSE, np.ones((WIDE, WIDE), np.uint8))
    fill = cv2.blur(fill, (5, 5))
    known = fill > SOLID
    ratio = np.where(known, np.minimum(even / np.maximum(fill, SOLID) / np.float32(1 - FLAT), 1), even)
    return np.asarray(np.where(known, ratio * (1 - FAINT * (1 - fill)), even), np.float32)


def _paper(image: Image) -> NDArray[np.float32]:
    """The brightness of the paper everywhere, by channel: it changes slowly from side to side."""
    height, width = image.shape[:2]
    size = max(8, max(height, width) // TILE)
    rows, columns = np.arange(0, height, size), np.arange(0, width, size)
    places = np.array(
        [((x + min(x + size, width)) / 2, (y + min(y + size, height)) / 2) for y in rows for x in columns]
    )
    values = np.array(
        [np.quantile(image[y : y + size : 2, x : x + size : 2], PAPER, axis=(0, 1)) for y in rows for x in columns]
    )

    def terms(x: Floats, y: Floats) -> Floats:
        return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)

    u, v = places[:, 0] / width - 0.5, places[:, 1] / height - 0.5
    known = np.ones(len(values), bool)
    weights = np.zeros((6, values.shape[1]))
    for _ in range(5):
        weights = np.linalg.lstsq(terms(u[known], v[known]), values[known], rcond=None)[0]
        away = (values - terms(u, v) @ weights) / 255
        known = away.max(axis=1) > -DARKER
        if known.sum() < 6:
            break
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - np.float32(0.5), y / height - np.float32(0.5)
    light = np.zeros(image.shape, np.float32)
    for term, weight in zip((1.0, x, y, x * x, x * y, y * y), weights.astype(np.float32), strict=True):
        light += np.multiply.outer(np.broadcast_to(np.float32(term), x.shape), weight)
    return np.maximum(light, 16)


def _noise(even: NDArray[np.float32]) -> float:
    """How much the paper varies, of 1."""
    grey = even[:, :, 1]
    differences = np.abs(grey[:, 1:] - grey[:, :-1])[(grey[:, 1:] > 1 - 2 * DARKER) & (grey[:, :-1] > 1 - 2 * DARKER)]
    return float(np.median(differences)) / 0.954 if differences.size else 0.0


def _unspeckled(image: Image) -> Image:
    """Without specks: a few pixels that nothing is beside, as letters are beside a dot."""
    ink = (image.min(axis=2) < PALE).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] <= SPECK
    small[0] = False
    specks = small[labels]
    ink[specks] = 0
    beside = cv2.dilate(ink, np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8))
    cleaned = image.copy()
    cleaned[specks & (beside == 0)] = 255
    return cleaned
