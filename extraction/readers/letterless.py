"""A picture without its letters, so that boxes are whole and wires don't run into words."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import away_from
from extraction.readers.primitives import TextLine, inside

Mask = NDArray[np.uint8]

#: Difference from the ground, of 255, that makes a letter.
INK = 28
#: What open heads of arrows are read as.
HEADS = frozenset("<>VvΛ^∨∧A个丫YyT↑↓→←⟶»«4▶►◀▼▲")
#: How much of what was read as a letter runs on beyond its box, if it is a head with its line.
RUNS_ON = 0.9


def without_letters(image: Image, texts: list[TextLine], unit: float) -> Image:
    """A copy in which the recognised lines of text have the colour of what they are written on.

    Ink that runs on beyond a line's box (an outline, an arrow) stays; of what touches it inside, only long straight
    strokes do, for letters have none.
    """
    result = image.copy()
    tall, wide = image.shape[:2]
    room = int(1.3 * unit)
    for text in texts:
        x0, y0, x1, y1 = (int(v) for v in text.bbox)
        left, top = max(0, x0 - room), max(0, y0 - room)
        around = result[top : min(tall, y1 + room + 1), left : min(wide, x1 + room + 1)]
        if x1 - x0 >= 3 and y1 - y0 >= 3:
            _clean(around, (max(0, x0 - left), max(0, y0 - top), x1 - left, y1 - top), unit)
    return result


def without_heads(texts: list[TextLine], image: Image, unit: float) -> list[TextLine]:
    """Texts without the lone letters that are heads of arrows: their ink runs on beyond their boxes, as a line."""
    return [text for text in texts if text.text not in HEADS or not _runs_on(text.bbox, image, unit)]


def _runs_on(box: BBox, image: Image, unit: float) -> bool:
    x0, y0, x1, y1 = (int(v) for v in box)
    tall, wide = image.shape[:2]
    left, top, room = max(0, x0 - int(unit)), max(0, y0 - int(unit)), 0.5 * unit
    around = image[top : min(tall, y1 + int(unit) + 1), left : min(wide, x1 + int(unit) + 1)]
    if not around.size or x1 - x0 < 2 or y1 - y0 < 2:
        return False
    ground = _common_colour(around)
    differs = np.asarray(away_from(around, ground.astype(np.int16)) > INK, dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(differs, connectivity=8)
    within = labels[y0 - top : y1 - top + 1, x0 - left : x1 - left + 1]
    counts = np.bincount(within[within > 0], minlength=len(stats))
    if not counts.sum():
        return False
    x, y, w, h, _ = stats[int(counts.argmax())].tolist()
    beyond = (x0 - left - x > room, x + w - (x1 - left) > room, y0 - top - y > room, y + h - (y1 - top) > room)
    return bool(counts.max() > RUNS_ON * counts.sum()) and any(beyond)


def without_specks(ink: Mask, texts: list[BBox], least: float, room: float) -> Mask:
    """Ink without pieces that are shorter than the `least`, or lie in one of the texts with some room round it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    gone = np.zeros(count, dtype=bool)
    rooms = [(x0 - room, y0 - room, x1 + room, y1 + room) for x0, y0, x1, y1 in texts]
    for i in range(1, count):
        x, y, w, h, _size = (int(v) for v in stats[i])
        piece = (x, y, x + w, y + h)
        gone[i] = max(w, h) < least or any(inside(piece, around, 0.9) for around in rooms)
    ink = ink.copy()
    ink[gone[labels]] = 0
    return ink


def _clean(around: Image, box: tuple[int, int, int, int], unit: float) -> None:
    """Take the letters out of one line's box, in place; `around` is the box and some room round it."""
    x0, y0, x1, y1 = box
    ground = _common_colour(around[y0 : y1 + 1, x0 : x1 + 1])
    differs = np.asarray(away_from(around, ground.astype(np.int16)) > INK, dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(differs, connectivity=8)
    out = 0.3 * unit + 1
    x, y, w, h = stats[:, 0], stats[:, 1], stats[:, 2], stats[:, 3]
    letter = (x > x0 - out) & (y > y0 - out) & (x + w < x1 + out) & (y + h < y1 + out)
    letter[0] = False
    letters = np.asarray(letter[labels], dtype=np.uint8)
    joined = differs & ~letters
    inner = np.zeros_like(joined)
    inner[y0 : y1 + 1, x0 : x1 + 1] = 1
    straight = np.zeros_like(joined)
    for shape in ((1, max(3, int(1.7 * unit))), (max(3, int(0.85 * (y1 - y0))), 1)):
        straight |= _opened(joined, shape)
    solid = _opened(joined, (max(3, int(0.45 * unit)),) * 2)
    kept = _grown(straight | solid, 3) & joined
    # A curve on its way through the box has no straight part that passes; it stays whole.
    kept |= _passing(joined & ~_passing(straight, inner, joined), inner)
    letters |= joined & ~kept & inner
    letters = _grown(letters, 5)
    letters &= ~_grown(joined & (kept | ~inner), 3) & 1
    around[letters > 0] = ground


def _passing(ink: Mask, inner: Mask, of: Mask | None = None) -> Mask:
    """Pieces that leave the box at two or more places: lines on their way, not ones that end at the words.

    With `of`, the pieces of that mask to which such ink belongs.
    """
    _, labels = cv2.connectedComponents(ink, connectivity=8)
    ring = _grown(inner, 5) & ~inner & 1
    count, exits = cv2.connectedComponents(ink & ring, connectivity=8)
    owners = [int(labels[exits == k].max()) for k in range(1, count)]
    through = np.isin(labels, [label for label in set(owners) if owners.count(label) > 1]) & (ink > 0)
    if of is not None:
        _, whole = cv2.connectedComponents(of, connectivity=8)
        through = np.isin(whole, np.unique(whole[through])) & (of > 0)
    return np.asarray(through, dtype=np.uint8)


def _grown(mask: Mask, size: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((size, size), np.uint8)), dtype=np.uint8)


def _opened(mask: Mask, size: tuple[int, int]) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(size, np.uint8)), dtype=np.uint8)


def _common_colour(patch: Image) -> Mask:
    flat = patch.reshape(-1, 3)
    keys = (flat // 16).astype(np.int32) @ np.array([256, 16, 1], dtype=np.int32)
    common = int(np.bincount(keys).argmax())
    return np.asarray(np.median(flat[keys == common], axis=0), dtype=np.uint8)
