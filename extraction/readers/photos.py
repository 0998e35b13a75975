"""Photographs in figures: areas where colour changes everywhere, unlike flat boxes and thin lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import away_from, gradient, paper_colour
from extraction.readers.primitives import Box, area, around, height, inside, overlap, width

Mask = NDArray[np.uint8]

#: A change of colour between neighbours, of 255, that flat fills have not.
CHANGE = 7
#: Share of a neighbourhood that changes in a photograph.
BUSY = 0.62
#: Smallest side, in heights of a line; the same of the part that a photograph is found by.
SMALLEST, SEED = 2.2, 1.6
#: Flat parts of a photograph no wider than this are busy, too, in heights of a line.
CLOSED = 0.8
#: Difference from the ground, of 255, of what is drawn; so much of a side's length is, where a photograph goes on.
DRAWN, GOES_ON = 12, 0.6
#: A box that changes no more than this holds no photograph.
QUIET = 0.1
#: Less of a side is drawn where nothing but lines leave a photograph.
ENDS = 0.35
#: No more than this is drawn across the paper between two.
EMPTY = 0.08
#: What is thinner is a line, in heights of a line of text.
LINE = 0.5
#: What is found in pieces is one photograph where they share so much of the smaller one.
SHARED = 0.25
#: What boxes cover so much of is no photograph; so much round a text changes where it is a part of one.
FLAT, UNEVEN = 0.5, 0.5
#: What is covered by less of a photograph reaches out of it.
WITHIN = 0.8
#: So much of a whole photograph changes, and so much of it is drawn.
LIVELY, FULL = 0.3, 0.7


def find_photos(image: Image, unit: float, taken: list[BBox] | None = None) -> list[BBox]:
    """Boxes of the photographs in a picture without letters; `unit` is the height of a line of text.

    Flat parts of a photograph, a sky or a shadow, belong to it as far as they differ from the paper. No photograph
    reaches into what is `taken`.
    """
    changes = np.asarray(gradient(image) > CHANGE, dtype=np.uint8)
    size = max(5, int(0.9 * unit)) | 1
    share = cv2.boxFilter(changes.astype(np.float32), -1, (size, size))
    busy = np.asarray(share > BUSY, dtype=np.uint8)
    # Dark and bright parts of a photograph are flat; lines are busy but slim.
    busy = _morph(busy, cv2.MORPH_CLOSE, int(CLOSED * unit))
    busy = _morph(busy, cv2.MORPH_OPEN, int(SEED * unit))
    away = away_from(image, paper_colour(image).astype(np.int16))
    drawn = np.asarray(away > DRAWN, dtype=np.uint8)
    for box in taken or ():
        if _share(busy, box) < QUIET:
            x0, y0, x1, y1 = (max(0, int(v)) for v in box)
            drawn[y0 : y1 + 1, x0 : x1 + 1] = 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(busy, connectivity=4)
    solid = _morph(drawn, cv2.MORPH_OPEN, int(LINE * unit))
    seeds = [(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:].tolist() if min(w, h) >= SEED * unit]
    found = [_grown(_trimmed(part, solid), drawn) for seed in seeds for part in _parted(seed, drawn)]
    return [
        photo
        for photo in _whole(found)
        if min(width(photo), height(photo)) >= SMALLEST * unit
        and _share(changes, photo) > LIVELY
        and _share(drawn, photo) > FULL
    ]


def _morph(mask: Mask, how: int, size: int) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, how, np.ones((size | 1, size | 1), np.uint8)), dtype=np.uint8)


def _share(mask: Mask, bbox: BBox) -> float:
    x0, y0, x1, y1 = (max(0, int(v)) for v in bbox)
    return float(mask[y0:y1, x0:x1].mean()) if x1 > x0 and y1 > y0 else 0.0


def _parted(bbox: tuple[int, int, int, int], drawn: Mask) -> list[tuple[int, int, int, int]]:
    """Photographs that stand close to one another: paper is between them from side to side."""
    x0, y0, x1, y1 = bbox
    parts = [(x0, a, x1, b) for a, b in _runs(drawn[y0:y1, x0:x1].mean(axis=1), y0)]
    return [(a, top, b, low) for _, top, _, low in parts for a, b in _runs(drawn[top:low, x0:x1].mean(axis=0), x0)]


def _runs(shares: NDArray[np.float64], start: int) -> list[tuple[int, int]]:
    """Where something is drawn, from and to."""
    there = np.flatnonzero(shares > EMPTY)
    if not len(there):
        return []
    breaks = np.flatnonzero(np.diff(there) > 1)
    firsts, lasts = [there[0], *there[breaks + 1]], [*there[breaks], there[-1]]
    return [(start + int(a), start + int(b) + 1) for a, b in zip(firsts, lasts, strict=True)]


def _trimmed(bbox: tuple[int, int, int, int], solid: Mask) -> tuple[int, int, int, int]:
    """The box without the lines at its sides, of which `solid` has none."""
    x0, y0, x1, y1 = bbox
    while x1 - x0 > 8 and solid[y0:y1, x0].mean() < ENDS:
        x0 += 1
    while x1 - x0 > 8 and solid[y0:y1, x1 - 1].mean() < ENDS:
        x1 -= 1
    while y1 - y0 > 8 and solid[y0, x0:x1].mean() < ENDS:
        y0 += 1
    while y1 - y0 > 8 and solid[y1 - 1, x0:x1].mean() < ENDS:
        y1 -= 1
    return x0, y0, x1, y1


def _grown(bbox: tuple[int, int, int, int], drawn: Mask) -> BBox:
    """The box with the flat parts beside it: a side moves out as long as most of it is drawn."""
    tall, wide = drawn.shape
    x0, y0, x1, y1 = bbox
    before = None
    while before != (x0, y0, x1, y1):
        before = (x0, y0, x1, y1)
        mx, my = (x1 - x0) // 8, (y1 - y0) // 8
        rows, columns = slice(y0 + my, y1 - my), slice(x0 + mx, x1 - mx)
        while x0 > 0 and drawn[rows, x0 - 1].mean() > GOES_ON:
            x0 -= 1
        while x1 < wide and drawn[rows, x1].mean() > GOES_ON:
            x1 += 1
        while y0 > 0 and drawn[y0 - 1, columns].mean() > GOES_ON:
            y0 -= 1
        while y1 < tall and drawn[y1, columns].mean() > GOES_ON:
            y1 += 1
    return float(x0), float(y0), float(x1), float(y1)


def _whole(found: list[BBox]) -> list[BBox]:
    """Each photograph once: pieces that were found of it cover one another once they have grown."""
    kept: list[BBox] = []
    for photo in sorted(found, key=area, reverse=True):
        piece = photo
        for other in list(kept):
            if overlap(piece, other) > SHARED * min(area(piece), area(other)):
                kept.remove(other)
                piece = around([piece, other])
        kept.append(piece)
    return kept


def is_drawn(photo: BBox, boxes: list[Box], legible: list[BBox], unit: float) -> bool:
    """Whether what changes everywhere is a close drawing: written in, full of boxes, or volumes stand there.

    `legible` are the texts that stand on an even ground.
    """
    flat = [box for box in boxes if box.shape == "rect" and box.filled and inside(box.bbox, photo)]
    if len(flat) > 1 and sum(area(box.bbox) for box in flat) > FLAT * area(photo):
        return True
    if any(inside(text, photo, 0.6) and width(text) > unit for text in legible):
        return True
    rects = [box.bbox for box in boxes if box.shape == "rect" and box.filled]
    if sum(SHARED * area(box) < overlap(box, photo) < WITHIN * area(box) for box in rects) > 1:
        return True  # bars that stand close reach out of it
    written = [box.bbox for box in boxes if any(inside(text, box.bbox, 0.6) for text in legible)]
    return any(SHARED * area(box) < overlap(box, photo) and not inside(photo, box) for box in written) or any(
        box.shape == "volume" and overlap(box.bbox, photo) > 0 for box in boxes
    )


def is_legible(text: BBox, image: Image, unit: float) -> bool:
    """Whether a text is written on an even ground, and is no part of a photograph; the picture is without letters."""
    x0, y0, x1, y1 = (int(v) for v in text)
    rim = int(0.4 * unit) + 1
    top, left = max(0, y0 - rim), max(0, x0 - rim)
    changes = (gradient(image[top : y1 + rim + 1, left : x1 + rim + 1]) > CHANGE).astype(np.uint8)
    beside = changes.size - (y1 - y0) * (x1 - x0)
    changes[y0 - top : y1 - top, x0 - left : x1 - left] = 0
    return float(changes.sum()) < UNEVEN * max(beside, 1)
