"""Outlines of what stands alone on the paper: a cuboid or a stack of sheets is convex, however it is drawn inside."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import away_from, paper_colour
from extraction.readers.primitives import height, inside

Mask = NDArray[np.uint8]
Contour = NDArray[np.int32]

#: Difference from the paper's colour, of 255, that is something drawn.
DRAWN = 20
#: Share of its hull that a volume covers.
CONVEX = 0.92
#: The same of sheets in steps.
STACKED = 0.84
#: Of the smallest triangle round it, what covers more is one.
TRIANGLE = 0.8
#: Fronts of one height begin and end on one level but for this share of it; sheets of a stack do not.
LEVEL = 0.012
#: A front takes at least this share of a cuboid's height.
TALL = 0.35
#: A rod is so many times as long as thick, departs so far from the level and the upright (sine), and is as thick
#: everywhere but for a share of its length.
ROD, SLANT, EVEN = 6.0, 0.2, 0.75
#: What covers more than this of its upright box is a flat box.
FLAT = 0.95


def silhouettes(image: Image, unit: float, whole: list[Contour], fronts: list[BBox]) -> tuple[list[Contour], Mask]:
    """Hulls of what is one convex form, and a mask of what is not: several that touch.

    `whole` are the outlines (points x, y) of flat faces with four corners. White pieces that are none of them lie
    between lines; where they make things hang together they are paper. `fronts` are the upright faces: cuboids of one
    height that stand close together have a convex outline, too, but several fronts beside one another.
    """
    away = away_from(image, paper_colour(image).astype(np.int16))
    ink = np.asarray(away > DRAWN, dtype=np.uint8)
    # Through dashes the paper comes between volumes; through a gap in an outline it must not come into one.
    found, crowded = _convex(_opened(_drawn(ink, 1), unit), unit, fronts)
    closed = _without(_drawn(ink, 3), found)
    more, left = _convex(_opened(closed, unit), unit, fronts)
    found += more
    crowded |= left
    # Colour alone, without the paper that lines between volumes shut in.
    more, _ = _convex(_opened(_without(ink & crowded, found), unit), unit, fronts, STACKED)
    found += more
    faces = ink.copy()
    for points in whole:
        cv2.fillPoly(faces, [cv2.convexHull(points)], 1)
    # The ink between two faces is their outline.
    faces = np.asarray(cv2.morphologyEx(faces, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    more, _ = _convex(_opened(_without(faces & crowded, found), unit), unit, fronts)
    found += more
    return found, _without(crowded, found)


def _without(mask: Mask, hulls: list[Contour]) -> Mask:
    mask = mask.copy()
    cv2.fillPoly(mask, hulls, 0)
    return mask


def _drawn(ink: Mask, gaps: int) -> Mask:
    """Ink and what it encloses, once gaps of fewer pixels are closed."""
    thick = cv2.dilate(ink, np.ones((gaps, gaps), np.uint8))
    paper = np.pad(1 - thick, 1, constant_values=1).astype(np.uint8)
    _, labels = cv2.connectedComponents(paper, connectivity=4)
    ground = (labels == labels[0, 0])[1:-1, 1:-1].astype(np.uint8)
    return np.asarray(1 - cv2.dilate(ground, np.ones((gaps, gaps), np.uint8)), dtype=np.uint8) | ink


def _opened(mask: Mask, unit: float) -> Mask:
    """Without lines."""
    size = max(3, int(0.3 * unit)) | 1
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((size, size), np.uint8)), dtype=np.uint8)


def _convex(mask: Mask, unit: float, fronts: list[BBox], least: float = CONVEX) -> tuple[list[Contour], Mask]:
    """Hulls of the convex pieces of a mask that are no flat boxes, and a mask of the others."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    hulls = []
    crowded = np.zeros_like(mask)
    for i in range(1, count):
        x, y, w, h, size = (int(v) for v in stats[i])
        if max(w, h) < 0.55 * unit or size < 0.25 * unit**2:
            continue
        part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        contour = np.asarray(max(contours, key=cv2.contourArea), dtype=np.int32)
        rim = 0.5 * len(contour)
        covered = cv2.contourArea(contour) + rim
        hull = np.asarray(cv2.convexHull(contour), dtype=np.int32)
        if covered > least * (cv2.contourArea(hull) + rim) and not _several((x, y, x + w, y + h), fronts):
            flat = covered >= FLAT * w * h and not _cut_corners(part)
            triangle, _ = cv2.minEnclosingTriangle(hull)
            # A triangle is an arrow's head.
            if not flat and covered < TRIANGLE * triangle:
                hulls.append(np.asarray(hull + np.array([x, y]), dtype=np.int32))
        elif (rod := _rod(part)) is not None:
            hulls.append(np.asarray(rod + np.array([x, y]), dtype=np.int32))
        else:
            crowded[y : y + h, x : x + w] |= part
    return hulls, crowded


def _rod(part: Mask) -> Contour | None:
    """The outline of something long and slanted, without the stubs of lines that cross it; `None` where it is none."""
    ys, xs = np.nonzero(part)
    points = np.column_stack((xs, ys)).astype(np.float64)
    middle = points.mean(axis=0)
    _, _, ways = np.linalg.svd(np.cov((points - middle).T))
    if min(abs(ways[0])) < SLANT:
        return None
    along, across = (points - middle) @ ways[0], (points - middle) @ ways[1]
    place = np.round(along - along.min()).astype(int)
    low, high = np.full(place.max() + 1, np.inf), np.full(place.max() + 1, -np.inf)
    np.minimum.at(low, place, across)
    np.maximum.at(high, place, across)
    thick = high - low + 1
    usual = float(np.median(thick))
    even = np.abs(thick - usual) <= 0.3 * usual + 1
    if len(thick) < ROD * usual or even.mean() < EVEN:
        return None
    return np.asarray(cv2.convexHull(points[even[place]].astype(np.int32)), dtype=np.int32)


def _several(bbox: BBox, fronts: list[BBox]) -> bool:
    """Whether fronts of one height, large beside the whole, stand beside one another in it."""
    within = [front for front in fronts if inside(front, bbox, 0.9) and height(front) > TALL * height(bbox)]
    return any(
        b[0] > a[2] - 1 and max(abs(a[1] - b[1]), abs(a[3] - b[3])) < LEVEL * height(a) + 1.5
        for a in within
        for b in within
        if a is not b
    )


def _cut_corners(part: Mask) -> bool:
    """Whether two opposite corners of a form's upright box are empty and the others are not: a cuboid's depth."""
    tall, wide = part.shape
    side = max(3, int(0.1 * min(tall, wide)))
    near, far = slice(None, side), slice(-side, None)
    falling = float(part[near, near].mean() + part[far, far].mean()) / 2
    rising = float(part[near, far].mean() + part[far, near].mean()) / 2
    return abs(falling - rising) > 0.25
