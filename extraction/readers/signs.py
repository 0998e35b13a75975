"""Operators: small circles with a plus, a cross or a dot in them, whatever lines end at them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import Even, away_from, even_pieces
from extraction.readers.primitives import Box, TextLine, area, overlap

Mask = NDArray[np.uint8]

#: Sizes of a sign's circle, in heights of a line.
SMALLEST, LARGEST = 0.4, 3.2
#: Difference of colour, of 255, from the fill that makes a stroke.
INK = 40
#: Signs are looked at in so many pixels; what lies farther out, as a share of the radius, is the circle
#: itself; where that is bold, less is looked at.
SIDE, INNER = 48, (0.8, 0.68, 0.58)
#: A mark no larger than this share of that is a dot, and no smaller one is a mark.
DOT, SPECK = 0.3, 0.08
#: Share of its enclosing circle that a disc covers.
ROUND = 0.84
#: A circle of fewer pixels is looked at for four arms, between these shares of its radius, that are darker than what is
#: between them by so much of its darkest ink.
FEW_PIXELS, ARM, CLEAR = 26, (0.15, 0.5), 0.12
#: Where among a disc's pixels, from dark to light, its fill is looked for.
FILLS = (0.5, 0.95, 0.05)
_SIDES = (slice(0, 4), slice(11, 15))


def may_be_sign(text: TextLine) -> bool:
    """Whether what was read as a letter may be the sign of an operator."""
    plain = text.text.isascii() and text.text.isalnum() and text.text not in ("x", "X")
    return len(text.text) <= 2 and not plain


def find_signs(image: Image, unit: float, even: Even | None = None) -> list[Box]:
    """The operators of a picture; `unit` is the height of a line of text in its pixels.

    `even` where the picture's pieces are known.
    """
    even = even or even_pieces(image)
    found: list[Box] = []
    between = _between_strokes(image, unit)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(between, connectivity=4)
    plain = np.asarray(even.labels > 0, dtype=np.uint8)
    both: list[tuple[Mask, NDArray[Any], NDArray[Any]]]
    both = [(between, np.asarray(labels), np.asarray(stats)), (plain, even.labels, even.stats)]
    for mask, labels, stats in both:
        for bbox in _discs(mask, labels, stats, unit):
            if any(overlap(bbox, old.bbox) > 0.3 * area(bbox) for old in found):
                continue
            if kind := sign_on(image, bbox):
                found.append(Box(bbox, "circle", kind, True))
    return found


def _between_strokes(image: Image, unit: float) -> Mask:
    """What is no darker than its surroundings: the ground between strokes, whatever its colour."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    size = max(3, int(1.2 * unit)) | 1
    return np.asarray(
        cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, size, 12), dtype=np.uint8
    )


def _discs(even: Mask, labels: NDArray[Any], stats: NDArray[Any], unit: float) -> Iterator[BBox]:
    """Boxes of what is round once the strokes between its parts are bridged: quarters of a disc, or a ring."""
    largest = LARGEST * unit
    small = (stats[:, 2] < largest) & (stats[:, 3] < largest) & (stats[:, 4] >= 4)
    small[0] = False
    parts = np.take(small.astype(np.uint8), labels)
    for bridge in sorted({3, max(3, int(0.16 * unit)) | 1, max(3, int(0.3 * unit)) | 1}):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (bridge, bridge))
        whole = cv2.morphologyEx(parts, cv2.MORPH_CLOSE, kernel)
        number, groups, boxes, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
        for i in range(1, number):
            x, y, w, h, size = (int(v) for v in boxes[i])
            if not (SMALLEST * unit <= max(w, h) <= largest and min(w, h) > 0.8 * max(w, h)):
                continue
            part = (groups[y : y + h, x : x + w] == i).astype(np.uint8)
            hull = cv2.convexHull(cv2.findNonZero(part))
            _, radius = cv2.minEnclosingCircle(hull)
            solid = cv2.contourArea(hull) + 0.5 * len(hull)
            if solid > ROUND * math.pi * radius**2 and size > 0.5 * solid:
                yield _with_rim(even, x + w / 2, y + h / 2, (w + h) / 4, 0.3 * unit)


def _with_rim(even: Mask, x: float, y: float, radius: float, widest: float) -> BBox:
    """The box of a disc with the stroke round it, but nothing of what ends there."""
    ends = []
    for k in range(24):
        dx, dy = math.cos(math.tau * k / 24), math.sin(math.tau * k / 24)
        far = radius
        while far < radius + widest:
            px, py = int(x + far * dx), int(y + far * dy)
            inside = 0 <= py < even.shape[0] and 0 <= px < even.shape[1]
            if not inside or (far > radius + 1 and even[py, px]):
                break
            far += 0.5
        ends.append(far)
    outer = float(np.quantile(ends, 0.4))
    return x - outer, y - outer, x + outer, y + outer


def sign_on(image: Image, bbox: BBox) -> str:
    """The sign in a circle as the catalogue's type, "" for none. It may be far smaller than the circle."""
    x0, y0, x1, y1 = (int(max(0, v)) for v in bbox)
    patch = image[y0 : y1 + 1, x0 : x1 + 1]
    if min(patch.shape[:2]) < 5:
        return ""
    patch = np.asarray(cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    ys, xs = np.mgrid[:SIDE, :SIDE]
    away = np.hypot(xs - SIDE / 2 + 0.5, ys - SIDE / 2 + 0.5)
    kinds = (_mark_in(patch, away < inner * SIDE / 2) for inner in INNER)
    return next((kind for kind in kinds if kind), "") or (_arms(patch) if bbox[2] - bbox[0] < FEW_PIXELS else "")


def _arms(patch: Image) -> str:
    """The sign of a circle of few pixels, where strokes run together: it has four arms and nothing in between."""
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float64)
    dark = np.quantile(grey, 0.9) - grey
    full = float(np.quantile(dark, 0.97))
    if full < INK:
        return ""
    ways = np.array([(math.cos(math.tau * k / 8), math.sin(math.tau * k / 8)) for k in range(8)])
    reaches = np.linspace(*ARM, 6) * SIDE / 2
    # From each middle along each way.
    middles = np.arange(SIDE // 2 - 4, SIDE // 2 + 5)[:, None, None]
    across, down = ((middles + reaches * way[:, None]).astype(int) for way in ways.T)
    arms = dark[down[:, None], across].mean(axis=-1)
    straight, slanted = arms[..., ::2], arms[..., 1::2]
    found = {
        "Add": float((straight.min(axis=-1) - slanted.max(axis=-1)).max()),
        "Multiply": float((slanted.min(axis=-1) - straight.max(axis=-1)).max()),
    }
    best = max(found, key=lambda kind: found[kind])
    return best if found[best] > CLEAR * full else ""


def _mark_in(patch: Image, disc: NDArray[np.bool_]) -> str:
    """The sign that the ink within a disc is: on what most of it is, or between bold strokes that fill half of it."""
    fills = np.quantile(patch[disc], FILLS, axis=0)
    return next((kind for fill in fills if (kind := _mark_on(fill, patch, disc))), "")


def _mark_on(fill: NDArray[np.float64], patch: Image, disc: NDArray[np.bool_]) -> str:
    """The sign that the ink within a disc is, which is what differs from the fill."""
    away = away_from(patch, fill.astype(np.int16)) * disc
    if away.max() < INK:
        return ""
    ink = (away > 0.45 * away.max()).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if len(stats) < 2:
        return ""
    i = int(stats[1:, 4].argmax()) + 1
    x, y, w, h, size = (int(v) for v in stats[i])
    if size < 0.8 * ink.sum():
        return ""
    if max(w, h) < DOT * SIDE and math.dist((x + w / 2, y + h / 2), (SIDE / 2, SIDE / 2)) > 0.1 * SIDE:
        return ""  # no dot in the middle
    return _form(np.asarray(labels[y : y + h, x : x + w] == i, dtype=np.uint8))


def _form(mark: Mask) -> str:
    """Which sign a mark has the form of."""
    tall, wide = mark.shape
    if max(tall, wide) < DOT * SIDE:
        dot = min(tall, wide) > max(0.7 * max(tall, wide), SPECK * SIDE) and mark.mean() > 0.6
        if dot:
            return "Multiply"
    if tall < 0.35 * wide:
        return "Subtract" if wide > 0.3 * SIDE and mark.mean() > 0.7 else ""
    if not 0.7 < tall / wide < 1.4 or max(tall, wide) < 0.16 * SIDE:
        return ""
    grid = cv2.resize(mark * 255, (15, 15), interpolation=cv2.INTER_AREA) > 100
    middle = min(float(grid[6:9].max(axis=0).mean()), float(grid[:, 6:9].max(axis=1).mean()))
    corners = float(np.mean([grid[a, b].mean() for a in _SIDES for b in _SIDES]))
    edges = float(np.mean([grid[6:9, b].mean() for b in _SIDES] + [grid[a, 6:9].mean() for a in _SIDES]))
    slanted = np.array([[grid[k, k], grid[k, 14 - k]] for k in range(15)]).mean(axis=0).min()
    if middle > 0.85 and corners < 0.12:
        return "Add"
    if slanted > 0.75 and edges < 0.25 and corners > 0.3:
        return "Multiply"
    return ""
