"""What touches on the paper: outlines that are one cuboid, and those that are several, told apart by their fronts."""

from __future__ import annotations

import cv2
import numpy as np

from extraction.readers.primitives import Point, centre, height
from extraction.readers.silhouettes import TALL, Contour, Mask
from extraction.readers.slabs import Slab

#: What lies so far within the outlines of slabs is a piece of them.
COVERED = 0.7


def with_slabs(
    hulls: list[Contour], slabs: list[Slab], crowded: Mask
) -> tuple[list[tuple[Contour, Slab | None]], Mask]:
    """Outlines with their slabs, and a mask of all that have slabs.

    An outline of one slab stays; where it is of several, or of a piece of one, the slabs are meant.
    """
    found: list[tuple[Contour, Slab | None]] = []
    left: list[Contour] = []
    done: list[Slab] = []
    for hull in hulls:
        within = [slab for slab in slabs if _encloses(hull, centre(slab.front))]
        tall = [slab for slab in within if height(slab.front) > TALL * cv2.boundingRect(hull)[3]]
        if len(tall) > 1 or (tall and cv2.contourArea(hull) < COVERED * cv2.contourArea(tall[0].hull)):
            cv2.fillPoly(crowded, [hull], 1)
            continue
        done += within
        if tall:
            found.append((hull, tall[0]))
        else:
            left.append(hull)
    new = [slab for slab in slabs if not any(slab is other for other in done) and _set(crowded, centre(slab.front))]
    covered = np.zeros_like(crowded)
    for hull in (*(hull for hull, _ in found), *(slab.hull for slab in new)):
        cv2.fillPoly(covered, [hull], 1)
    found += [(hull, None) for hull in left if share(covered, hull) < COVERED]
    return found + [(slab.hull, slab) for slab in new], covered


def _encloses(hull: Contour, point: Point) -> bool:
    return cv2.pointPolygonTest(hull.astype(np.float32), point, False) > 0


def _set(mask: Mask, point: Point) -> bool:
    x, y = min(int(point[0]), mask.shape[1] - 1), min(int(point[1]), mask.shape[0] - 1)
    return bool(mask[y, x])


def share(mask: Mask, hull: Contour) -> float:
    """Which share of what an outline goes round is set."""
    x, y, w, h = cv2.boundingRect(hull)
    inner = np.zeros((h, w), np.uint8)
    cv2.fillPoly(inner, [hull - np.array([x, y])], 1)
    return float(mask[y : y + h, x : x + w][inner > 0].mean())
