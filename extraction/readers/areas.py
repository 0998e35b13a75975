"""Flat areas of a picture: insides of boxes, circles and other closed forms.

A box is an area of one colour with a border round it, or a fill on a ground of another colour. What "one colour"
means depends on the picture (JPEG's noise, pale fills), so `EDGES` may name several thresholds, the usual first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.primitives import area, inside, overlap

Mask = NDArray[np.uint8]
Form = Literal["rect", "circle", "other"]

#: Difference of colour between neighbours, of 255, that parts two areas; the one that finds pale boxes round words.
EDGES: tuple[int, ...] = (22,)
PALE = 9
#: A box with words is no so many times as large as one round the same words.
LARGER = 4.0
#: A bar's inside is no slimmer than this, in heights of a line; its outline is so much darker, of 255.
SLIMMEST, RIM = 0.1, 40
#: Less of its upright box than this is covered by a form whose corners are cut off, not round.
ROUNDED = 0.95
#: So much of an upright box's side a form with round corners runs along.
ALONG = 0.3
#: A side is slanted that goes aside by more than this share of its length.
SLANTED = 0.15
#: A bar's outline stands no farther apart than this, in heights of a line.
BAR_HEIGHT = 0.45
#: A triangle no larger than this, in heights of a line, is an arrow's head; so much of the triangle round it it covers.
HEAD, TRIANGLE = 2.0, 0.8
#: A circle cut in two is no larger than this, in heights of a line; what a circle covers of its upright box.
HALVED, ROUND = 4.0, math.pi / 4
#: A symbol read with the outline of its box is no so many times as large as the inside; that runs along more than so
#: much of its sides, which are ragged to this share of it.
AROUND, MOST, RAGGED = 2.5, 0.5, 0.1
#: An area of another colour than the paper's is filled; colours that differ no more are one fill.
FILLED, SAME = 9, 12


@dataclass(frozen=True, slots=True)
class Area:
    """One flat area, its holes filled; `bbox` takes in the outline round it, of width `edge`."""

    bbox: BBox
    form: Form
    contour: NDArray[np.int32]
    colour: NDArray[np.float64]
    edge: float
    filled: bool

    @property
    def rounded(self) -> bool:
        """Whether the form runs along all four sides of its upright box: only its corners are cut off."""
        points = self.contour.reshape(-1, 2)
        low, high = points.min(axis=0), points.max(axis=0)
        sides = [points[np.abs(points[:, k] - end[k]) <= 2, 1 - k] for k in (0, 1) for end in (low, high)]
        sizes = [int(high[1 - k] - low[1 - k]) + 1 for k in (0, 1) for _ in range(2)]
        return all(np.ptp(side) >= ALONG * size for side, size in zip(sides, sizes, strict=True))

    @property
    def slanted(self) -> bool:
        """Whether corners of its upright box lie far outside."""
        _, _, w, h = cv2.boundingRect(self.contour)
        if self.form == "other" or cv2.contourArea(self.contour) + 0.5 * len(self.contour) < ROUNDED * w * h:
            return True
        points = self.contour.reshape(-1, 2)
        for k in (0, 1):
            across, along = points[:, k], points[:, 1 - k]
            size = int(np.ptp(along)) + 1
            places = [np.abs(along - along.min() - share * size) < 0.05 * size + 1 for share in (0.2, 0.8)]
            first, last = (across[there] for there in places if there.any())
            if max(abs(first.min() - last.min()), abs(first.max() - last.max())) > SLANTED * size:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Even:
    """The pieces of a picture between the changes of colour at outlines."""

    #: Of each pixel how much colour changes there.
    steps: Mask
    #: Of each pixel its piece's number, 0 for none; of each piece left, top, width, height and how many pixels it has.
    labels: NDArray[np.int32]
    stats: NDArray[np.int32]


def paper_colour(image: Image) -> NDArray[np.float64]:
    """The colour that most pixels have."""
    few = np.ascontiguousarray(image[::2, ::2])
    counts = cv2.calcHist([few], [0, 1, 2], None, [16] * 3, [0, 256] * 3)
    low = 16.0 * np.array(np.unravel_index(int(counts.argmax()), counts.shape))
    common = np.asarray(cv2.inRange(few, low, low + 15), dtype=np.uint8)
    return np.array([_middle_of(cv2.calcHist([few], [part], common, [256], [0, 256])) for part in range(3)])


def _middle_of(counts: NDArray[Any]) -> float:
    """The median of whole numbers, told by how many there are of each."""
    until = counts.ravel().astype(np.int64).cumsum()
    both = (int(np.searchsorted(until, place, side="right")) for place in ((until[-1] - 1) // 2, until[-1] // 2))
    return sum(both) / 2


def largest(parts: NDArray[Any]) -> NDArray[Any]:
    """Of each pixel the largest of its three parts; numpy's `max` takes ten times as long along so short an axis."""
    return np.asarray(np.maximum(np.maximum(parts[..., 0], parts[..., 1]), parts[..., 2]))


def away_from(image: NDArray[Any], colour: NDArray[Any]) -> NDArray[Any]:
    """How far each pixel is from a colour, in the part that differs most, as numbers of the colour's type."""
    red, green, blue = (np.abs(image[..., part] - colour[part]) for part in range(3))
    return np.asarray(np.maximum(np.maximum(red, green), blue))


def gradient(image: Image) -> Mask:
    """Largest difference of colour within each pixel's neighbourhood."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
    return np.asarray(largest(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, kernel)), dtype=np.uint8)


def even_pieces(image: Image) -> Even:
    steps = gradient(image)
    return Even(steps, *_pieces(steps, EDGES[0]))


def _pieces(steps: Mask, edge: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((steps < edge).astype(np.uint8), connectivity=4)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)


def find_areas(image: Image, unit: float, texts: list[BBox] | None = None, even: Even | None = None) -> list[Area]:
    """All areas of a box's form, larger than letters' insides; `unit` is the height of a line of text in pixels.

    Pale ones are found only where one of the `texts` stands in them and in no other box. `even` where the picture's
    pieces are known.
    """
    even = even or even_pieces(image)
    paper = paper_colour(image)
    found: list[Area] = []
    for edge in EDGES:
        pieces = (even.labels, even.stats) if edge == EDGES[0] else _pieces(even.steps, edge)
        for new in _areas_at(image, pieces, edge, unit, paper, texts):
            if not any(overlap(new.bbox, old.bbox) > 0.7 * max(area(new.bbox), area(old.bbox)) for old in found):
                found.append(new)
    if texts:
        sure = list(found)
        pale = _pieces(even.steps, PALE)
        found += [new for new in _areas_at(image, pale, PALE, unit, paper) if _adds(new, sure, texts)]
        fills = [a.colour for a in found if a.filled]
        found += [bar for bar in _bars(image, unit, paper, fills) if not any(_crosses(bar, a) for a in found)]
        circles = _halved_circles(image, even, unit, paper)
        found = [a for a in found if a.form != "other" or not any(inside(a.bbox, new.bbox) for new in circles)]
        found += [new for new in circles if not any(_same_place(new, a) for a in found)]
    return found


def _same_place(new: Area, old: Area) -> bool:
    both = overlap(new.bbox, old.bbox)
    return both > 0.5 * min(area(new.bbox), area(old.bbox)) and area(old.bbox) < LARGER * area(new.bbox)


def _halved_circles(image: Image, even: Even, unit: float, paper: NDArray[np.float64]) -> list[Area]:
    """Circles that a curve drawn in them cuts in two: a wave, the graph of a function."""
    labels, stats = even.labels, even.stats
    small = (stats[:, 2:4].max(axis=1) < HALVED * unit) & (stats[:, 4] > (0.5 * unit) ** 2)
    pieces = [(int(i), tuple(int(v) for v in stats[i, :4])) for i in np.flatnonzero(small[1:]) + 1]
    size, result = max(3, int(0.5 * unit)) | 1, []
    for (i, (ax, ay, aw, ah)), (j, (bx, by, bw, bh)) in combinations(pieces, 2):
        x, y, x1, y1 = min(ax, bx), min(ay, by), max(ax + aw, bx + bw), max(ay + ah, by + bh)
        w, h = x1 - x, y1 - y
        if (
            max(w, h) > min(HALVED * unit, 1.15 * min(w, h))
            or not 0.7 < (stats[i, 4] + stats[j, 4]) / (ROUND * w * h) < 1
        ):
            continue
        part = np.pad(np.isin(labels[y:y1, x:x1], (i, j)).astype(np.uint8), size)
        whole = cv2.morphologyEx(part, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        shape = _outer(np.asarray(whole, dtype=np.uint8))
        if shape is None or shape[1] != "circle":
            continue
        colour = np.median(image[y:y1, x:x1][part[size:-size, size:-size] > 0], axis=0)
        border = _outline(image, x, y, w, h, "circle", unit, EDGES[0])
        contour = np.asarray(shape[0] + np.array([x - size, y - size]), dtype=np.int32)
        filled = bool(np.abs(colour - paper).max() > FILLED)
        bbox = (x - border, y - border, x1 + border, y1 + border)
        result.append(Area(bbox, "circle", contour, colour, border, filled))
    return result


def _crosses(bar: Area, other: Area) -> bool:
    """Whether an area is found where a bar is, and not round it."""
    return overlap(bar.bbox, other.bbox) > 0 and not inside(bar.bbox, other.bbox, 0.98)


def _bars(image: Image, unit: float, paper: NDArray[np.float64], fills: list[NDArray[np.float64]]) -> list[Area]:
    """Coloured bars of so few pixels that the slopes of their outline meet inside, pale ones in one of the `fills`."""
    size = max(3, int(BAR_HEIGHT * unit)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    result: list[Area] = []
    # Of a pale fill the outline differs most in its brightest part, of a dark one in its darkest.
    for part in (255 - largest(255 - image), largest(image)):
        inked = cv2.morphologyEx(part, cv2.MORPH_BLACKHAT, kernel) > RIM
        _, labels, stats, _ = cv2.connectedComponentsWithStats((~inked).astype(np.uint8), connectivity=4)
        for i, (x, y, w, h, covered) in enumerate(stats.tolist()):
            short, long = min(w, h), max(w, h)
            slim = 2 <= short < BAR_HEIGHT * unit and long > max(1.2 * unit, 4 * short)
            if not slim or covered <= 0.85 * w * h:
                continue
            colour = np.median(image[y : y + h, x : x + w][labels[y : y + h, x : x + w] == i], axis=0)
            edge = 0.1 * unit + 1
            bbox = (x - edge, y - edge, x + w + edge, y + h + edge)
            away = float(np.abs(colour - paper).max())
            pale = away > FILLED and any(float(np.abs(colour - fill).max()) < SAME for fill in fills)
            if i and (away > RIM or pale) and not any(overlap(bbox, bar.bbox) for bar in result):
                box = np.array([[x, y], [x + w - 1, y], [x + w - 1, y + h - 1], [x, y + h - 1]], dtype=np.int32)
                result.append(Area(bbox, "rect", box[:, None, :], colour, edge, True))
    return result


def _adds(new: Area, found: list[Area], texts: list[BBox]) -> bool:
    """Whether a pale area is a box that was not found: words are in it that have no box, and it cuts no other."""
    held = [text for text in texts if inside(text, new.bbox, 0.8)]
    free = [
        text
        for text in held
        if not any(inside(text, old.bbox, 0.8) and area(old.bbox) < LARGER * area(new.bbox) for old in found)
    ]
    if new.form == "circle" or not free:
        return False
    for old in found:
        both = overlap(new.bbox, old.bbox)
        if 0.05 * min(area(new.bbox), area(old.bbox)) < both < 0.95 * min(area(new.bbox), area(old.bbox)):
            return False
    return True


def _areas_at(
    image: Image,
    pieces: tuple[NDArray[np.int32], NDArray[np.int32]],
    edge: int,
    unit: float,
    paper: NDArray[np.float64],
    texts: list[BBox] | None = None,
) -> list[Area]:
    tall, wide = image.shape[:2]
    labels, stats = pieces
    large = (
        (stats[:, 4] >= (0.5 * unit) ** 2)
        & (stats[:, 2:4].min(axis=1) >= SLIMMEST * unit)
        & (stats[:, 2].astype(float) * stats[:, 3] < 0.9 * tall * wide)
    )
    result = []
    for i in np.flatnonzero(large[1:]) + 1:
        x, y, w, h, _size = (int(v) for v in stats[i])
        part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        if max(w, h) < HEAD * unit and _is_triangle(part):
            continue
        shape = _outer(part)
        if shape is None and texts:
            shape = _outer(_with_symbol(part, (x, y, x + w, y + h), texts))
        shape = shape or _outer(_without_leaks(part, unit))
        if shape is None and texts:
            shape = _outer(_with_words(part, (x, y, x + w, y + h), texts))
        if shape is None or not (part & _filled(part, shape[0])).any():
            continue
        contour, form = shape
        cx, cy, cw, ch = cv2.boundingRect(contour)
        filling = _filled(part, contour)
        colour = np.median(image[y : y + h, x : x + w][(part & filling) > 0], axis=0)
        filled = bool(np.abs(colour - paper).max() > FILLED)
        slim = min(cw, ch) < (0.2 if filled and max(cw, ch) > unit else 0.4) * unit
        if slim and not (filled and max(cw, ch) > unit and _rimmed(image[y : y + h, x : x + w], part, colour, paper)):
            continue
        border = _outline(image, x + cx, y + cy, cw, ch, form, unit, edge)
        bbox = (x + cx - border, y + cy - border, x + cx + cw + border, y + cy + ch + border)
        shifted = np.asarray(contour + np.array([x, y]), dtype=np.int32)
        result.append(Area(bbox, form, shifted, colour, border, filled))
    return result


def _rimmed(patch: Image, part: Mask, colour: NDArray[np.float64], paper: NDArray[np.float64]) -> bool:
    """Whether what bounds a slim area on both sides is darker than it and the paper: a bar, and no thick line."""
    sides = patch[part == 0]
    if len(sides) < 4:
        return False
    rim = np.quantile(sides.max(axis=1), 0.5)
    return bool(rim < min(colour.max(), paper.max()) - RIM)


def _is_triangle(part: Mask) -> bool:
    points = np.argwhere(part > 0).astype(np.int32)
    triangle, _ = cv2.minEnclosingTriangle(cv2.convexHull(points))
    return len(points) > TRIANGLE * max(float(triangle), 1.0)


def _without_leaks(part: Mask, unit: float) -> Mask:
    """Cut narrow ways off: through a gap in an outline, into a wire's own inside."""
    size = max(3, int(0.3 * unit)) | 1
    opened = cv2.morphologyEx(
        np.pad(part, size), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    )
    return np.asarray(opened[size:-size, size:-size], dtype=np.uint8)


def _filled(part: Mask, contour: NDArray[np.int32]) -> Mask:
    filling = np.zeros_like(part)
    cv2.drawContours(filling, [contour], -1, 1, -1)
    return filling


def _with_words(part: Mask, bbox: BBox, texts: list[BBox]) -> Mask:
    """An area with the words in it: letters close to a box's border are not told from it and cut a piece out."""
    result = part
    for text in texts:
        if inside(text, bbox, 0.8) and area(text) < 0.9 * area(bbox):
            x0, y0, x1, y1 = (int(v) for v in text)
            result = result.copy()
            result[max(0, y0 - int(bbox[1])) : y1 - int(bbox[1]), max(0, x0 - int(bbox[0])) : x1 - int(bbox[0])] = 1
    return result if int(part.sum()) > 0.4 * int(result.sum()) else part


def _with_symbol(part: Mask, bbox: BBox, texts: list[BBox]) -> Mask:
    """A small box's inside with the symbol in it, which was read together with the box's outline.

    It runs along most of each side of its upright box, as no letter's inside does.
    """
    if not any(inside(bbox, text, 0.8) and area(text) < AROUND * area(bbox) for text in texts):
        return part
    deep = max(1, int(RAGGED * min(part.shape)))
    sides = (part[:deep].max(0), part[-deep:].max(0), part[:, :deep].max(1), part[:, -deep:].max(1))
    return np.ones_like(part) if min(float(side.mean()) for side in sides) > MOST else part


def _outer(part: Mask) -> tuple[NDArray[np.int32], Form] | None:
    """The largest outer border of a mask and its form, or `None` where it is of no box's form."""
    contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = np.asarray(max(contours, key=cv2.contourArea), dtype=np.int32)
    _, _, w, h = cv2.boundingRect(contour)
    # Contours run through the middles of border pixels: half of each lies outside.
    covered = cv2.contourArea(contour) + 0.5 * len(contour)
    share = covered / max(w * h, 1)
    hull = cv2.convexHull(contour)
    solid = covered / max(cv2.contourArea(hull) + 0.5 * len(contour), 1)
    _, radius = cv2.minEnclosingCircle(contour)
    if share < 0.86 and solid > 0.92 and covered > 0.85 * math.pi * radius**2:
        return contour, "circle"
    if share > 0.84 and solid > 0.9:
        return contour, "rect"
    if share > 0.42 and solid > 0.92:
        return contour, "other"
    return None


def _outline(image: Image, x: int, y: int, w: int, h: int, form: Form, unit: float, edge: int) -> float:
    """Width of the outline round an area: how far it is to the next even colour, at the middle of the sides."""
    reach = int(max(4, 0.45 * unit))
    tall, wide = image.shape[:2]
    middles = [(int(x + part * w), int(y + part * h)) for part in ((0.3, 0.5, 0.7) if form == "rect" else (0.5,))]
    rays = [
        ray
        for cx, cy in middles
        for ray in ((cx, y, 0, -1), (cx, y + h - 1, 0, 1), (x, cy, -1, 0), (x + w - 1, cy, 1, 0))
    ]
    px, py, dx, dy = np.array(rays).T[:, :, None]
    out = np.arange(reach + 2)
    # Beyond the picture's edge nothing changes any more.
    seen = image[np.clip(py + dy * out, 0, tall - 1), np.clip(px + dx * out, 0, wide - 1)].astype(np.int16)
    turns = (np.abs(np.diff(seen, axis=1)) > edge // 2).any(axis=2)
    any_ = turns.any(axis=1)
    first, last = turns.argmax(axis=1), np.where(any_, reach - turns[:, ::-1].argmax(axis=1), 0)
    # Two slopes: into the outline and out of it; one alone is the border of a fill.
    return float(np.median(np.where(last - first < reach - 2, last + 1, first + 2)))
