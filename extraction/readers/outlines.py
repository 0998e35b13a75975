"""Upright rectangles by their four strokes, whatever other lines cross them: the front sheets of stacks, the fronts of
cuboids that kernels and the lines from them are drawn on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import paper_colour
from extraction.readers.primitives import area, overlap

#: How much a stroke differs from what is beside it, of 255.
STROKE = 24
#: Shortest side, in heights of a line.
SHORTEST = 1.0
#: More strokes than this are a photograph's or a table's.
MOST_STROKES = 300

Mask = NDArray[np.uint8]
#: A straight stroke: its place across, where it begins and where it ends.
Run = tuple[float, float, float]


def rectangles(image: Image, unit: float) -> list[tuple[BBox, BBox | None]]:
    """The upright rectangles whose four sides are drawn as thin strokes, each once, in pixels.

    With each comes the farthest of the sheets behind it, where strokes beside two of its sides show such.
    """
    strokes = _strokes(image, unit)
    across, upright = _runs(strokes, unit, upright=False), _runs(strokes, unit, upright=True)
    if len(across) + len(upright) > MOST_STROKES:
        return []
    slack = 0.12 * unit + 2
    found: list[BBox] = []
    upright.sort()
    for k, left in enumerate(upright):
        for right in upright[k + 1 :]:
            x0, x1 = left[0], right[0]
            if x1 - x0 < SHORTEST * unit or abs(left[1] - right[1]) > slack or abs(left[2] - right[2]) > slack:
                continue
            y0, y1 = (left[1] + right[1]) / 2, (left[2] + right[2]) / 2
            if all(_spans(across, x0, x1, y, slack) for y in (y0, y1)):
                found.append((x0, y0, x1, y1))
                break  # what is wider is several side by side
    kept: list[BBox] = []
    for box in sorted(found, key=lambda b: -area(b)):
        if not any(overlap(box, other) > 0.85 * area(other) for other in kept):
            kept.append(box)
    return [(box, _farthest(box, across, upright)) for box in kept]


def _farthest(box: BBox, across: list[Run], upright: list[Run]) -> BBox | None:
    """Where the last of equal sheets behind a front one lies, each moved by one step sideways and up or down."""
    x0, y0, x1, y1 = box
    sideways = max((_steps(upright, edge, way, (y0, y1), x1 - x0) for edge, way in ((x0, -1), (x1, 1))), key=len)
    upwards = max((_steps(across, edge, way, (x0, x1), y1 - y0) for edge, way in ((y0, -1), (y1, 1))), key=len)
    if not sideways or abs(len(sideways) - len(upwards)) > 1:
        return None
    dx, dy = sideways[-1], upwards[-1] if upwards else 0.0
    return (x0 + dx, y0 + dy, x1 + dx, y1 + dy) if dy else None


def _steps(runs: list[Run], edge: float, way: int, side: tuple[float, float], room: float) -> list[float]:
    """How far from a side strokes of nearly its length run, in equal steps away from it."""
    length = side[1] - side[0]
    away = sorted(
        way * (place - edge)
        for place, start, end in runs
        if min(end, side[1]) - max(start, side[0]) > 0.3 * length and end - start > 0.7 * length
    )
    steps: list[float] = []
    for distance in (d for d in away if 1 < d < 0.6 * room):
        step = distance - (steps[-1] if steps else 0.0)
        if step > (0.3 * room if not steps else 1.6 * steps[0]):
            break
        steps.append(distance)
    return [way * distance for distance in steps]


def _strokes(image: Image, unit: float) -> Mask:
    """Thin lines that are darker than both sides of them, or lighter where the paper is dark."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if float(paper_colour(image).mean()) < 128:
        grey = 255 - grey
    size = max(5, int(0.45 * unit)) | 1
    hat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((size, size), np.uint8))
    return np.asarray(hat > STROKE, dtype=np.uint8)


def _runs(strokes: Mask, unit: float, *, upright: bool) -> list[Run]:
    """Straight strokes: their place across, where they begin and where they end."""
    length = max(5, int(SHORTEST * unit))
    kernel = np.ones((length, 1) if upright else (1, length), np.uint8)
    # A stroke may waver by a pixel.
    thick = cv2.dilate(strokes, np.ones((1, 3) if upright else (3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel)
    count, _, stats, middles = cv2.connectedComponentsWithStats(np.asarray(runs, dtype=np.uint8))
    found = []
    for i in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[i])
        if (w if upright else h) > 0.5 * unit + 3:
            continue
        cx, cy = float(middles[i][0]), float(middles[i][1])
        found.append((cx, float(y), float(y + h)) if upright else (cy, float(x), float(x + w)))
    return found


def _spans(across: list[Run], x0: float, x1: float, y: float, slack: float) -> bool:
    """Whether a level stroke runs along a side from end to end."""
    return any(
        abs(place - y) <= slack + 1 and start <= x0 + slack and end >= x1 - slack for place, start, end in across
    )
