"""Flat faces of cuboids and sheets, as pixels show them: areas of one colour with four corners, or parts of such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import EDGES, FILLED, gradient, paper_colour
from extraction.readers.primitives import area, inside, overlap

Contour = NDArray[np.int32]


@dataclass(slots=True, eq=False)
class Face:
    points: Contour
    bbox: BBox
    colour: NDArray[np.float64]
    filled: bool
    #: An upright rectangle: a front.
    front: bool
    #: A sheet of which only an edge is seen.
    hidden: bool
    #: Of four corners with opposite sides alike, so not a part of a face.
    whole: bool
    covered: float


def find_faces(image: Image, unit: float) -> list[Face]:
    tall, wide = image.shape[:2]
    paper = paper_colour(image)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (gradient(image) < EDGES[0]).astype(np.uint8), connectivity=4
    )
    result = []
    for i in range(1, count):
        x, y, w, h, size = (int(v) for v in stats[i])
        if size < (0.35 * unit) ** 2 or max(w, h) < 0.6 * unit or w * h > 0.6 * tall * wide:
            continue
        part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        contour = np.asarray(max(contours, key=cv2.contourArea), dtype=np.int32)
        colour = np.asarray(np.median(image[y : y + h, x : x + w][part > 0], axis=0), dtype=np.float64)
        filled = bool(np.abs(colour - paper).max() > FILLED)
        at_border = x <= 1 or y <= 1 or x + w >= wide - 1 or y + h >= tall - 1
        if at_border and not filled:
            continue
        form = _form(contour, filled)
        if form is None:
            continue
        points = np.asarray(contour.reshape(-1, 2) + np.array([x, y]), dtype=np.int32)
        result.append(Face(points, (x, y, x + w, y + h), colour, filled, *form))
    return result


def with_fronts(faces: list[Face], outlines: list[tuple[BBox, BBox | None]], image: Image) -> list[Face]:
    """The faces, and in place of the pieces that lines cut a front into, the whole of it."""
    paper = paper_colour(image)
    fronts = []
    for outline, farthest in outlines:
        size = area(outline)
        if farthest:
            fronts.append(Face(_filled_out(farthest), farthest, paper, False, False, True, True, 0.0))
        if any(face.front and overlap(face.bbox, outline) > 0.8 * max(area(face.bbox), size) for face in faces):
            continue
        x0, y0, x1, y1 = (round(value) for value in outline)
        pixels = image[y0 + 2 : y1 - 1, x0 + 2 : x1 - 1].reshape(-1, 3)
        if len(pixels) == 0:
            continue
        colour = np.asarray(common_colour(pixels), dtype=np.float64)
        filled = bool(np.abs(colour - paper).max() > FILLED)
        fronts.append(Face(_filled_out(outline), outline, colour, filled, True, False, True, area(outline)))
    pieces = {
        id(face)
        for face in faces
        for front in fronts
        if front.front and inside(face.bbox, front.bbox, 0.95) and area(face.bbox) < 0.97 * area(front.bbox)
    }
    return [face for face in faces if id(face) not in pieces] + fronts


def _filled_out(bbox: BBox) -> Contour:
    """A box's outline with a point for each pixel on it."""
    x0, y0, x1, y1 = (round(value) for value in bbox)
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.int32)
    parts = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        count = int(np.abs(b - a).max()) + 1
        parts.append(np.linspace(a, b, count).round().astype(np.int32))
    return np.asarray(np.vstack(parts), dtype=np.int32)


def common_colour(pixels: NDArray[np.uint8]) -> tuple[float, float, float]:
    keys = (pixels // 16).astype(np.int32) @ np.array([256, 16, 1], dtype=np.int32)
    red, green, blue = np.median(pixels[keys == int(np.bincount(keys).argmax())], axis=0)
    return float(red), float(green), float(blue)


def _form(contour: Contour, filled: bool) -> tuple[bool, bool, bool, float] | None:
    """Whether a flat area is a front, an edge of a hidden sheet, whole, and its size; `None` where it is no face."""
    _, _, w, h = cv2.boundingRect(contour)
    rim = 0.5 * len(contour)
    covered = cv2.contourArea(contour) + rim
    hull = cv2.convexHull(contour)
    solid = covered / max(cv2.contourArea(hull) + rim, 1.0)
    corners = corners_of(hull)
    if solid > 0.9:
        if covered > 0.9 * w * h:
            return True, False, True, covered
        whole = parallel(corners)
        # Between lines there are triangles of paper, too; a face has four corners.
        return (False, False, whole, covered) if filled or whole else None
    outline = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, True), True).reshape(-1, 2)
    if 5 <= len(outline) <= 9 and min(w, h) > 4:
        steps = np.abs(np.diff(np.vstack((outline, outline[:1])), axis=0))
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        straight = steps.min(axis=1) <= np.maximum(0.2 * lengths, 2.0)
        if lengths[straight].sum() > 0.85 * lengths.sum():
            return False, True, True, covered
    return None


def corners_of(hull: NDArray[Any]) -> Contour:
    """Of an outline, however thin what it goes round."""
    thin = 2 * cv2.contourArea(hull) / max(cv2.arcLength(hull, True), 1.0)
    return np.asarray(cv2.approxPolyDP(hull, max(1.5, 0.3 * thin), True).reshape(-1, 2), dtype=np.int32)


def parallel(corners: NDArray[np.int32]) -> bool:
    """Four corners whose opposite sides are of one length and direction."""
    if len(corners) != 4:
        return False
    sides = [corners[(k + 1) % 4] - corners[k] for k in range(4)]
    for k in (0, 1):
        away = float(np.hypot(*(sides[k] + sides[k + 2])))
        if away > 0.25 * float(np.hypot(*sides[k])) + 4:
            return False
    return True
