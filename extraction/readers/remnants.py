"""Volumes, and what looks like one but is a part of another: filters, heads of arrows, what lines cut off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.readers.faces import Contour
from extraction.readers.primitives import Box, area, gap, height, inside, overlap, width

#: White and dark forms lower than this, in heights of a line, lie between lines or are arrows.
SLIT = 0.7
#: What lies so far within the upright box of others may be a part of one of them.
BEHIND = 0.3
#: Arrows' heads are darker than this, of 1; volumes are not.
DARK = 0.45
#: Grey up to so much is ink, too, of letters a few pixels high; grey is what differs no more in its three parts.
GREY, HUELESS = 0.75, 0.08
#: What is cut off from a volume is smaller than this share of it.
CRUMB = 0.4


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume and its outline (points x, y)."""

    box: Box
    hull: Contour


def behind_others(one: Volume, others: list[Volume], unit: float) -> bool:
    """Whether a form is what is seen of a volume behind others: it touches them and none of its sides is upright."""
    return any(
        other is not one
        and gap(one.box.bbox, other.box.bbox) < 0.25 * unit
        and overlap(one.box.bbox, other.box.bbox) > BEHIND * area(one.box.bbox)
        for other in others
    ) and not _upright(one.hull, height(one.box.bbox))


def _upright(hull: Contour, tall: float) -> bool:
    """Whether an outline has an upright edge on its left, as a cuboid's front has."""
    points = hull.reshape(-1, 2)
    left = points[points[:, 0] <= points[:, 0].min() + 2]
    return float(left[:, 1].max() - left[:, 1].min()) > 0.4 * tall


def a_head(one: Volume, volumes: list[Volume], unit: float) -> bool:
    """Whether something tiny is an arrow's head, or paper between two lines: dark, or with no larger one's colour."""
    mine = one.box.colour
    small, large = sorted((width(one.box.bbox), height(one.box.bbox)))
    level = width(one.box.bbox) == large < 5 * unit
    if level and small < (SLIT if mine is None or _is_ink(mine) else 0.5) * unit:
        return True
    if max(width(one.box.bbox), height(one.box.bbox)) > 1.2 * unit:
        return False
    return (mine is not None and max(mine) < DARK) or not any(
        mine
        and other.box.colour
        and area(other.box.bbox) > 2 * area(one.box.bbox)
        and max(abs(a - b) for a, b in zip(mine, other.box.colour, strict=True)) < 0.08
        for other in volumes
    )


def _is_ink(colour: tuple[float, float, float]) -> bool:
    return max(colour) < (GREY if max(colour) - min(colour) < HUELESS else DARK)


def paper_between(one: Volume, volumes: list[Volume], unit: float) -> bool:
    """Whether an upright white form fills the gap between two volumes as high that are not white."""
    if one.box.filled or one.box.front or cv2.contourArea(one.hull) < 0.9 * area(one.box.bbox):
        return False
    x0, _, x1, _ = one.box.bbox
    beside = [other.box.bbox for other in volumes if other.box.filled and _as_high(one.box.bbox, other.box.bbox)]
    return any(abs(b[2] - x0) < 0.5 * unit for b in beside) and any(abs(b[0] - x1) < 0.5 * unit for b in beside)


def _as_high(one: BBox, other: BBox) -> bool:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared > 0.8 * max(height(one), height(other))


def crumb(one: Volume, volumes: list[Volume], unit: float) -> bool:
    """Whether something small that touches a large volume is what lines cut off: the lines from its filters."""
    size = max(width(one.box.bbox), height(one.box.bbox))
    return one.box.front is None and any(
        other is not one
        and size < CRUMB * max(width(other.box.bbox), height(other.box.bbox))
        and _touches(one.hull, other.hull, 0.35 * unit)
        for other in volumes
    )


def _touches(one: Contour, other: Contour, near: float) -> bool:
    outline = other.astype(np.float32)
    points = one.reshape(-1, 2).astype(float).tolist()
    return any(cv2.pointPolygonTest(outline, (x, y), True) > -near for x, y in points)


def outermost(volumes: list[Volume]) -> list[Volume]:
    """Without what is drawn on the face of another: kernels and patches."""
    return [
        one
        for one in volumes
        if not any(
            other is not one
            and not (one.box.front and other.box.front)
            and area(one.box.bbox) < 0.5 * area(other.box.bbox)
            and inside(one.box.bbox, other.box.bbox, 0.95)
            and within(one.box.bbox, other.hull)
            for other in volumes
        )
    ]


def within(bbox: BBox, hull: Contour) -> bool:
    """Whether a box lies inside an outline, but for a part at its corners."""
    x0, y0, x1, y1 = bbox
    margin = 0.25 * math.hypot(x1 - x0, y1 - y0)
    return all(
        cv2.pointPolygonTest(hull.astype(np.float32), (float(x), float(y)), True) > -margin
        for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))
    )
