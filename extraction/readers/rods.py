"""Cuboids among a PDF's own lines: a flat front, and slanted faces of its colour that begin at its sides."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Stroke
from extraction.readers.nodes import DOTS
from extraction.readers.primitives import (
    Box,
    Point,
    TextLine,
    around,
    centre,
    distance,
    gap,
    height,
    inside,
    overlap,
    width,
)

#: How far a corner of a slanted face may lie from the front's, as a share of the front's shorter side; and in pixels.
NEAR, PIXELS = 0.2, 2.0
#: A slanted face covers less of the upright box around it.
SLANTED = 0.8
#: Volumes of one sequence have one size up to this share, and between them dots no farther off than one.
ALIKE = 0.15


def cuboids(boxes: list[Box], strokes: tuple[Stroke, ...]) -> list[Box]:
    """The boxes; a front that has slanted faces at two of its sides is a volume as large as all of them."""
    faces = [points for stroke in strokes if (points := _slanted(stroke)) is not None]
    result = []
    for box in boxes:
        x0, y0, x1, y1 = box.bbox
        near = NEAR * min(width(box.bbox), height(box.bbox)) + PIXELS
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        mine = [face for face in faces if box.shape == "rect" and box.filled and _begins_at(face, corners, near)]
        if len(mine) < 2:
            result.append(box)
            continue
        points = [point for face in mine for point in face]
        hull = cv2.convexHull(np.asarray([*points, *corners], dtype=np.float32)).reshape(-1, 2)
        whole = around([box.bbox, *((x, y, x, y) for x, y in points)])
        outline = tuple((float(x), float(y)) for x, y in hull)
        result.append(replace(box, bbox=whole, shape="volume", hull=outline, front=box.bbox))
    return result


def _slanted(stroke: Stroke) -> list[Point] | None:
    """The corners of a filled face with four sides that do not stand upright."""
    points = np.asarray(stroke.points, dtype=np.float32)
    if stroke.fill is None or len(points) < 4:
        return None
    simple = cv2.approxPolyDP(points, 0.04 * float(cv2.arcLength(points, True)), True).reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    covered = float(cv2.contourArea(points)) / max((x1 - x0) * (y1 - y0), 1e-6)
    slanted = len(simple) == 4 and 0.1 < covered < SLANTED
    return [(float(x), float(y)) for x, y in simple] if slanted else None


def _begins_at(face: list[Point], corners: list[Point], near: float) -> bool:
    """Whether two neighbouring corners of a face are two neighbouring ones of a front, the others lie elsewhere."""
    at = [min(range(4), key=lambda k: np.hypot(corners[k][0] - x, corners[k][1] - y)) for x, y in face]
    close = [np.hypot(corners[k][0] - x, corners[k][1] - y) <= near for k, (x, y) in zip(at, face, strict=True)]
    return sum(close) == 2 and any(
        close[n] and close[n - 1] and (at[n] - at[n - 1]) % 4 in (1, 3) for n in range(len(face))
    )


def sequences(boxes: list[Box], texts: list[TextLine]) -> list[Box]:
    """The boxes; alike volumes that lie over one another are one, and so are those that dots between them join.

    So the columns of a map are drawn that become the steps of a sequence.
    """
    groups: list[list[Box]] = []
    dots = [text.bbox for text in texts if DOTS.fullmatch(text.text)]
    for box in boxes:
        mine = [group for group in groups if any(_one(box, other, dots) for other in group)]
        groups = [group for group in groups if not any(group is other for other in mine)]
        groups.append([box, *(other for group in mine for other in group)])
    return [_whole(group) for group in groups]


def is_gap(text: TextLine, boxes: list[Box]) -> bool:
    """Whether a text is the dots of a sequence, and no name of it."""
    sequence = any(box.shape == "volume" and inside(text.bbox, box.bbox) for box in boxes)
    return sequence and bool(DOTS.fullmatch(text.text))


def _one(a: Box, b: Box, dots: list[BBox]) -> bool:
    if a.shape != "volume" or b.shape != "volume" or a.colour != b.colour:
        return False
    if any(abs(size(a.bbox) - size(b.bbox)) > ALIKE * size(a.bbox) for size in (width, height)):
        return False
    if overlap(a.bbox, b.bbox) > 0:
        return True
    across = 1 if abs(centre(a.bbox)[0] - centre(b.bbox)[0]) > abs(centre(a.bbox)[1] - centre(b.bbox)[1]) else 0
    level = abs(centre(a.bbox)[across] - centre(b.bbox)[across]) < ALIKE * (a.bbox[across + 2] - a.bbox[across])
    both = around([a.bbox, b.bbox])
    between = [dot for dot in dots if distance(centre(dot), both) == 0]
    return level and any(max(gap(dot, a.bbox), gap(dot, b.bbox)) <= width(a.bbox) for dot in between)


def _whole(group: list[Box]) -> Box:
    if len(group) == 1:
        return group[0]
    hull = [point for box in group for point in box.hull]
    outline = cv2.convexHull(np.asarray(hull, dtype=np.float32)).reshape(-1, 2)
    return replace(
        group[0],
        bbox=around([box.bbox for box in group]),
        hull=tuple((float(x), float(y)) for x, y in outline),
        front=around([box.front or box.bbox for box in group]),
    )
