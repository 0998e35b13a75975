"""Arrows drawn as areas: a shaft of one width and a wider head that narrows to a tip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import FILLED, SAME, Even, away_from, even_pieces, paper_colour
from extraction.readers.primitives import End, Point, Wire, area, overlap

Contour = NDArray[np.int32]

#: Lengths in heights of a line of text.
SHORTEST, LONGEST, SLIMMEST = 0.7, 14.0, 0.45
#: A shaft no wider than this is a line's, in heights of a line of text.
SHAFT = 0.34
#: Heads are no wider than so many of the thinnest shafts.
WIDEST = 14.0
#: Difference from the paper, of 255, of an arrow that is all ink.
SOLID = 60
#: How far round an arrow one looks for paper, in heights of a line: beyond its outline.
ROUND = 0.25
#: So much of what lies round it has one colour on a ground of its own.
GROUND = 0.85
#: How far beyond its own ends an arrow points, in heights of a line.
AHEAD = 0.7
#: An arrow covers less of its hull than a box does, and more than a frame.
LEAST, MOST = 0.45, 0.9


@dataclass(frozen=True, slots=True)
class BlockArrow:
    tail: Point
    tip: Point
    contour: Contour

    @property
    def bbox(self) -> BBox:
        x, y, w, h = cv2.boundingRect(self.contour)
        return float(x), float(y), float(x + w), float(y + h)

    def wire(self, unit: float, scale: float) -> Wire:
        """The arrow as a wire, its ends a little longer; `scale` brings its pixels to those of the figure."""
        length = math.dist(self.tail, self.tip) or 1.0
        way = ((self.tip[0] - self.tail[0]) / length, (self.tip[1] - self.tail[1]) / length)
        far = AHEAD * unit
        start = (scale * (self.tail[0] - way[0] * far), scale * (self.tail[1] - way[1] * far))
        end = (scale * (self.tip[0] + way[0] * far), scale * (self.tip[1] + way[1] * far))
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        ends = (End(start, False, (-way[0], -way[1])), End(end, True, way))
        return Wire(ends, (start, middle, end), ((0, 1),), 0.95)


def find_block_arrows(image: Image, unit: float, even: Even | None = None) -> list[BlockArrow]:
    """All block arrows of a picture without letters: even areas in an outline, and slim ones that are all ink.

    `even` where the picture's pieces are known.
    """
    even = even or even_pieces(image)
    away = away_from(image, paper_colour(image).astype(np.int16))
    paper = np.asarray(away <= FILLED, dtype=np.uint8)

    def stands_free(arrow: BlockArrow) -> bool:
        return not _is_paper_between(arrow, image, paper, unit)

    # The change of colour at its border belongs to an arrow.
    found = [arrow for arrow in _arrows_of(even.labels, even.stats, 3, unit) if stands_free(arrow)]
    _, labels, stats, _ = cv2.connectedComponentsWithStats((away > SOLID).astype(np.uint8), connectivity=4)
    for arrow in _arrows_of(np.asarray(labels), np.asarray(stats), 1, unit):
        if not any(overlap(arrow.bbox, other.bbox) > 0.5 * area(arrow.bbox) for other in found):
            found.append(arrow)
    return found


def _is_paper_between(arrow: BlockArrow, image: Image, paper: NDArray[np.uint8], unit: float) -> bool:
    """Whether what has an arrow's form is paper that boxes shut in: round it is neither paper nor one ground."""
    x, y, w, h = cv2.boundingRect(arrow.contour)
    room = int(ROUND * unit) + 4
    left, top = max(0, x - room), max(0, y - room)
    place = (slice(top, y + h + room), slice(left, x + w + room))
    form = np.zeros_like(paper[place])
    cv2.drawContours(form, [arrow.contour], -1, 1, -1, offset=(-left, -top))
    if paper[place][form > 0].mean() < 0.5:
        return False
    away = cv2.distanceTransform(1 - form, cv2.DIST_L2, 3)
    ring = (away > room - 4) & (away <= room)
    if not ring.any() or paper[place][ring].mean() >= 0.5:
        return False
    seen = image[place][ring].astype(np.int16)
    return bool((np.abs(seen - np.median(seen, axis=0)).max(axis=1) < SAME).mean() < GROUND)


def _arrows_of(labels: NDArray[Any], stats: NDArray[Any], border: int, unit: float) -> list[BlockArrow]:
    """The arrows among pieces, which grow by half a border's size all round."""
    found = []
    for i, (x, y, w, h, size) in enumerate(stats.tolist()):
        sized = SHORTEST * unit < max(w, h) < LONGEST * unit and min(w, h) >= SLIMMEST * unit
        if not i or not sized or size < 0.15 * unit**2:
            continue
        part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        part = np.asarray(cv2.dilate(np.pad(part, 2), np.ones((border, border), np.uint8)), dtype=np.uint8)
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        contour = np.asarray(max(contours, key=cv2.contourArea), dtype=np.int32)
        solid = cv2.contourArea(contour) / max(cv2.contourArea(cv2.convexHull(contour)), 1.0)
        if LEAST < solid < MOST and (ends := _axis(contour, SHAFT * unit)):
            dx, dy = x - 2, y - 2
            (ax, ay), (bx, by) = ends
            moved = np.asarray(contour + np.array([dx, dy]), dtype=np.int32)
            found.append(BlockArrow((ax + dx, ay + dy), (bx + dx, by + dy), moved))
    return found


def _axis(contour: Contour, thinnest: float) -> tuple[Point, Point] | None:
    """Tail and tip of an outline of an arrow's form, `None` where it has another."""
    filled = np.zeros((int(contour[..., 1].max()) + 2, int(contour[..., 0].max()) + 2), np.uint8)
    cv2.drawContours(filled, [contour], -1, 1, -1)
    ys, xs = np.nonzero(filled)
    points = np.column_stack((xs, ys)).astype(np.float64)
    middle = points.mean(axis=0)
    _, _, ways = np.linalg.svd(points - middle, full_matrices=False)
    for way in (ways[0], ways[1], np.array([1.0, 0.0]), np.array([0.0, 1.0])):
        across = np.array([-way[1], way[0]])
        along, aside = (points - middle) @ way, (points - middle) @ across
        misfit, sign = min((_misfit(sign * along, aside, thinnest), sign) for sign in (1, -1))
        if math.isfinite(misfit):
            low, high = (sign * along).min(), (sign * along).max()
            tail, tip = middle + way * sign * low, middle + way * sign * high
            return (float(tail[0]), float(tail[1])), (float(tip[0]), float(tip[1]))
    return None


def _misfit(along: NDArray[np.float64], aside: NDArray[np.float64], thinnest: float) -> float:
    """How far widths along an axis are from those of a shaft, then of a head that narrows evenly to its tip.

    Infinite where they are no arrow's at all; in few pixels, one turned round may seem to be an arrow, too.
    """
    places = (along - along.min()).astype(int)
    length = int(places.max()) + 1
    if length < 8:
        return math.inf
    whole = np.bincount(places, minlength=length).astype(float)
    edged = np.concatenate((whole[:1], whole, whole[-1:]))
    counts = np.convolve(edged, np.ones(3) / 3, mode="valid")
    peak = int(counts.argmax())
    head, shaft = counts[peak:], counts[int(0.05 * length) : max(1, int(peak - 0.12 * length))]
    if not 0.15 * length < peak < 0.9 * length or len(shaft) < 2 or len(head) < 3:
        return math.inf
    widest = counts[peak]
    narrows = head[-1] < 0.4 * widest + 1 and abs(head[len(head) // 2] / widest - 0.5) < 0.22
    if not narrows or widest > WIDEST * thinnest:
        return math.inf
    offsets = np.bincount(places, weights=aside, minlength=length) / np.maximum(whole, 1)
    if np.abs(offsets[1:-1] - np.median(offsets)).max() > 0.12 * whole.max() + 1:
        return math.inf  # not the same on both sides of its axis
    steady = np.quantile(shaft, 0.9) - np.quantile(shaft, 0.1) < 0.1 * widest + 1
    if not steady or not max(0.2 * widest, thinnest) < float(np.median(shaft)) < 0.78 * widest:
        return math.inf
    return float(np.abs(head / widest - np.linspace(1, 0, len(head))).mean())
