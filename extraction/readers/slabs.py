"""Cuboids by their edges alone: an upright front, and parallel lines that run from its corners into the depth.

Nothing is asked of the faces, so that slabs are found which stand before one another, hide most of one another, or show
through one another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import paper_colour
from extraction.readers.primitives import area, around, height, inside, overlap, width

Contour = NDArray[np.int32]
Mask = NDArray[np.uint8]
#: Rows of x0, y0, x1, y1.
Segments = NDArray[np.float64]
#: An upright line: its place, where it begins and where it ends.
Upright = tuple[float, float, float]
#: A direction: x, y of length 1.
Way = tuple[float, float]

#: More lines than this are a photograph's, or are too many to look at every pair.
MOST_LINES, MOST_UPRIGHTS = 12000, 500
#: Change from one pixel to the next, of 255, that is an edge.
EDGE = 6
#: Upwards it changes so many times as much as sideways at a level edge.
LEVEL = 1.5
#: Narrowest front and shortest side, in heights of a line: what is narrower is a stroke.
NARROW, SHORT = 0.25, 0.35
#: Both sides of a stroke are one line where they are no farther apart, in pixels; or as thick as the figure's strokes
#: are, where these are bold: so thick, up to a share of the height of a line, and so far from the paper, of 255.
STROKE, BOLD, THICKEST, INK = 3.2, 4.0, 0.27, 150
#: A line goes on behind a gap of so many heights of a line, or of so many where something crosses it.
SHORT_GAP, CROSSED = 0.42, 1.0
#: So many pairs of sides are seen for each upright line where all are strokes.
MOSTLY = 0.5
#: Slanted lines depart at least so far from the level and the upright, in degrees.
SLANTED = 12
#: Of a front's upper and lower side, the share that must be seen; less of a narrow one.
SEEN, SEEN_NARROW = 0.8, 0.6
#: What is drawn on a cuboid's side is no higher than this share of it; what is higher stands before it.
LOW = 0.45
#: A filter may stick out of the front that it is drawn on, but so much of it is there.
HALF_ON = 0.4
#: Fewest fronts that are sheets of one stack; each shows no more of itself than this share of its height.
SHEETS, SHEET = 3, 0.25
#: So many are sheets of one stack whatever their colours.
MANY = 6
#: Share of a front that is of one colour, and how far that may waver, of 255.
PLAIN, WAVER = 0.5, 14
#: So much darker than what is on both sides of it, of 255, something narrow is a stroke.
DARKER = 40


@dataclass(frozen=True, slots=True)
class Slab:
    front: BBox
    #: Outline (points x, y) of the front and of all that lies behind it.
    hull: Contour

    @property
    def bbox(self) -> BBox:
        x, y, wide, high = cv2.boundingRect(self.hull)
        return float(x), float(y), float(x + wide - 1), float(y + high - 1)


def find_slabs(image: Image, unit: float) -> list[Slab]:
    """The cuboids with an upright front; `unit` is the height of a line of text in pixels."""
    lines = _segments(image)
    ways = _depths(lines, unit) if 0 < len(lines) < MOST_LINES else []
    if not ways:
        return []
    thick = _thickness(lines, image, unit)
    sharp, level = _edges(image, thick)
    # Pieces with something across between them may be one line or two: what makes more of the lines fronts is right.
    readings = [
        _each_once(_one_way(_with_depth(uprights, ways, sharp, level, image, thick, unit)))
        for uprights in (_uprights(lines, thick, unit), _uprights(lines, thick, unit, sharp))
        if len(uprights) <= MOST_UPRIGHTS
    ]
    best = max(readings, key=lambda slabs: sum(height(slab.front) for slab in slabs), default=[])
    return _stacked(best, image, unit)


def _with_depth(
    uprights: list[Upright], ways: list[Way], sharp: Mask, level: Mask, image: Image, thick: float, unit: float
) -> list[tuple[Slab, bool]]:
    """Fronts of upright lines that have a depth, and whether that goes to the right."""
    found: list[tuple[Slab, bool]] = []
    for front in _fronts(uprights, level, image, thick, unit):
        deep = _depth(front, ways, sharp, unit)
        if deep and _plain(front, image, thick):
            x0, y0, x1, y1 = front
            corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
            points = np.vstack([corners, corners + deep]).round().clip(0, (sharp.shape[1] - 1, sharp.shape[0] - 1))
            hull = cv2.convexHull(points.astype(np.int32))
            found.append((Slab(front, np.asarray(hull, dtype=np.int32)), deep[0] > 0))
    return found


def _one_way(found: list[tuple[Slab, bool]]) -> list[Slab]:
    """The slabs, each with whether its depth goes to the right; of two that share their place, that which goes as most
    do: the other is its side, seen as a front."""
    right = sum(goes for _, goes in found) * 2 > len(found)
    usual = [slab for slab, goes in found if goes is right]
    places = [slab.bbox for slab in usual]
    return usual + [
        slab for slab, goes in found if goes is not right and not any(inside(slab.front, p, 0.7) for p in places)
    ]


def _segments(image: Image) -> Segments:
    """Straight lines in any of the three colours: what is of one grey may differ in red."""
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD, 1.0)
    planes = [np.ascontiguousarray(image[:, :, k]) for k in range(3)]
    found = [detector.detect(planes[0])[0]]
    # A grey picture has the same lines three times.
    found += [found[0] if np.array_equal(plane, planes[0]) else detector.detect(plane)[0] for plane in planes[1:]]
    rows = [lines.reshape(-1, 4) for lines in found if lines is not None]
    return np.vstack(rows).astype(np.float64) if rows else np.zeros((0, 4))


def _steep(lines: Segments, shortest: float) -> list[Upright]:
    dx, dy = lines[:, 2] - lines[:, 0], np.abs(lines[:, 3] - lines[:, 1])
    steep = (np.abs(dx) <= 0.06 * dy + 0.5) & (dy > shortest)
    return sorted(((a + c) / 2, min(b, d), max(b, d)) for a, b, c, d in lines[steep].tolist())


def _thickness(lines: Segments, image: Image, unit: float) -> float:
    """How thick the bold upright strokes of a figure are, the middle one of all that are seen; 0 of thin ones."""
    red, green, blue = (image[..., part].astype(np.float64) for part in range(3))
    grey = (red + green + blue) / 3
    paper = float(paper_colour(image).mean())
    widths = []
    runs = _steep(lines, unit)
    for k, (x0, begin, end) in enumerate(runs):
        for x1, first, last in runs[k + 1 :]:
            if x1 - x0 > THICKEST * unit + 1:
                break
            top, low = max(begin, first), min(end, last)
            if x1 - x0 < 2 or low - top < 0.8 * min(end - begin, last - first):
                continue
            columns = (round(x0 - 3), round((x0 + x1) / 2), min(round(x1 + 3), grey.shape[1] - 1))
            left, middle, right = (grey[int(top) : int(low) + 1, max(0, column)] for column in columns)
            dark = abs(_middle(middle) - paper)
            if dark > INK and all(abs(_middle(side) - paper) < dark - DARKER for side in (left, right)):
                widths.append(x1 - x0)
    thick = float(np.median(widths)) if len(widths) > MOSTLY * len(runs) else 0.0
    return thick if thick >= BOLD else 0.0


def _middle(values: NDArray[np.float64]) -> float:
    """The median of a few numbers, of which there are very many times a few."""
    if not len(values):
        return math.nan
    half = len(values) // 2
    ordered = np.partition(values, (half - 1, half) if len(values) % 2 == 0 else half)
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _uprights(lines: Segments, thick: float, unit: float, sharp: Mask | None = None) -> list[Upright]:
    """Upright lines from left to right: both sides of a stroke are one, and with all edges, `sharp`, what something
    crosses."""
    shortest = SHORT * unit
    stroke = max(STROKE, 1.15 * thick + 0.5)
    merged: list[tuple[float, float, float, float]] = []  # place, begin, end, how much was seen of it
    for x, begin, end in _steep(lines, 0.35 * shortest):
        seen = end - begin
        for k in range(len(merged) - 1, max(-1, len(merged) - 40), -1):
            place, first, last, much = merged[k]
            if x - place <= stroke and _goes_on((place, first, last), (x, begin, end), sharp, unit):
                merged[k] = ((place * much + x * seen) / (much + seen), min(first, begin), max(last, end), much + seen)
                break
        else:
            merged.append((x, begin, end, seen))
    return sorted((x, begin, end) for x, begin, end, _ in merged if end - begin >= shortest)


def _goes_on(one: Upright, other: Upright, sharp: Mask | None, unit: float) -> bool:
    """Whether two pieces at nearly one place are one line: a short gap, or one where something crosses, all edges."""
    top, low = min(one[2], other[2]), max(one[1], other[1])
    if low - top < SHORT_GAP * unit:
        return True
    if sharp is None:
        return False
    columns = sharp[round(top) : round(low) + 1, max(0, round(one[0])) : round(other[0]) + 1]
    return low - top < CROSSED * unit and columns.size > 0 and bool(columns.any(axis=1).all())


def _depths(lines: Segments, unit: float) -> list[Way]:
    """The directions, upwards, that most slanted lines run in, the commonest first: all depth of a figure is alike."""
    dx, dy = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    length = np.hypot(dx, dy)
    angle = np.degrees(np.arctan2(-dy, dx)) % 180
    away = np.minimum(angle % 90, 90 - angle % 90)
    slanted = (away > SLANTED) & (length > 0.5 * unit)
    votes = np.zeros(180)
    np.add.at(votes, np.round(angle[slanted]).astype(int) % 180, length[slanted])
    votes = np.sum([np.roll(votes, k) for k in range(-3, 4)], axis=0)
    most = float(votes.max())
    found: list[Way] = []
    while most > 0 and len(found) < 2 and votes.max() > 0.4 * most:
        best = int(votes.argmax())
        near = slanted & (np.abs(angle - best) <= 4)
        mean = math.radians(float(np.average(angle[near], weights=length[near])) if near.any() else best)
        found.append((math.cos(mean), -math.sin(mean)))
        votes[np.arange(best - 8, best + 9) % 180] = 0
    return found


def _edges(image: Image, thick: float) -> tuple[Mask, Mask]:
    """Where a picture changes at all, all of a stroke so thick, and where it changes upwards or downwards alone."""
    size = max(3, round(thick) | 1)
    across, along = [], []
    for k in range(3):
        plane = cv2.GaussianBlur(image[:, :, k], (3, 3), 0)
        across.append(np.abs(cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3)) / 8)
        along.append(np.abs(cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3)) / 8)
    gx, gy = np.max(across, axis=0), np.max(along, axis=0)
    sharp = (np.hypot(gx, gy) > EDGE).astype(np.uint8)
    level = ((gy > EDGE) & (gy > LEVEL * gx)).astype(np.uint8)
    return (
        np.asarray(cv2.dilate(sharp, np.ones((size, size), np.uint8)), dtype=np.uint8),
        np.asarray(cv2.dilate(level, np.ones((5, 3), np.uint8)), dtype=np.uint8),
    )


def _fronts(uprights: list[Upright], level: Mask, image: Image, thick: float, unit: float) -> list[BBox]:
    """Rectangles between two upright lines that begin and end together; of several the narrowest."""
    slack = 0.1 * unit + max(2.0, 1.25 * thick)
    found = []
    for k, (x0, begin, end) in enumerate(uprights):
        for x1, other_begin, other_end in uprights[k + 1 :]:
            if x1 - x0 < max(4, NARROW * unit) or max(x1 - x0, end - begin) < 0.45 * unit:
                continue
            if abs(begin - other_begin) > slack or abs(end - other_end) > slack:
                continue
            top, low = (begin + other_begin) / 2, (end + other_end) / 2
            # Beside its corners run the slanted edges, of what is no front, too.
            rim = min(max(2.0, (x1 - x0) / 3), 4.0)
            least = SEEN if x1 - x0 > unit else SEEN_NARROW
            seen = all(_seen(level, x0 + rim, x1 - rim, y) >= least for y in (top, low))
            if seen and not _stroke((x0, top, x1, low), image, unit):
                found.append((x0, top, x1, low))
                break
    return found


def _seen(level: Mask, x0: float, x1: float, y: float) -> float:
    """Along which share of a level line an edge is seen."""
    row = level[min(max(round(y), 0), level.shape[0] - 1), max(round(x0), 0) : round(x1) + 1]
    return float(row.mean()) if row.size else 0.0


def _depth(front: BBox, ways: list[Way], sharp: Mask, unit: float) -> tuple[float, float] | None:
    """How far the back of a front lies from it, sideways and upwards; `None` where no two lines run there."""
    x0, top, x1, low = front
    best: tuple[float, float, Way] | None = None
    for dx, dy in ways:
        starts = ((x0, top), (x1, top), (x1 if dx > 0 else x0, low))
        upper_left, upper_right, lower = (_run(sharp, start, (dx, dy)) for start in starts)
        second = sorted((upper_left, upper_right, lower))[1]
        upper = sorted((upper_left, upper_right))
        far = upper[1] if upper[0] > 0.4 * upper[1] else second
        if second > 0.45 * unit and (best is None or second > best[0]):
            best = (second, far, (dx, dy))
    if best is None or math.hypot(x1 - x0, low - top) + best[0] < 1.2 * unit:
        return None
    _, far, (dx, dy) = best
    return far * dx, far * dy


def _run(sharp: Mask, start: tuple[float, float], way: Way) -> float:
    """How far an edge runs on from a corner, over gaps of a few pixels."""
    steps = np.arange(3, max(sharp.shape))
    xs = np.round(start[0] + way[0] * steps).astype(int)
    ys = np.round(start[1] + way[1] * steps).astype(int)
    within = (xs >= 0) & (ys >= 0) & (xs < sharp.shape[1]) & (ys < sharp.shape[0])
    places = np.flatnonzero(sharp[ys[within], xs[within]])
    if len(places) == 0 or places[0] > 4:
        return 0.0
    broken = np.flatnonzero(np.diff(places) > 5)
    return float(places[broken[0]] if len(broken) else places[-1])


def _plain(front: BBox, image: Image, thick: float) -> bool:
    """Whether most of a front within its strokes is of one colour, as nothing in a photograph is."""
    x0, y0, x1, y1 = (round(value) for value in front)
    rim = max(2, min(round(0.5 * thick) + 1, (x1 - x0) // 3))
    pixels = image[y0 + rim : y1 - rim + 1, x0 + rim : x1 - rim + 1].reshape(-1, 3).astype(np.int16)
    if len(pixels) == 0:
        return False
    away = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1)
    return float((away < WAVER).mean()) > PLAIN


def _stroke(front: BBox, image: Image, unit: float) -> bool:
    """Whether something narrow is a bold line: dark between what is light."""
    x0, y0, x1, y1 = (round(value) for value in front)
    if x1 - x0 >= 0.4 * unit:
        return False
    grey = image[y0 + 2 : y1 - 1, max(0, x0 - 4) : x1 + 5].mean(axis=2)
    x1, x0 = x1 - max(0, x0 - 4), x0 - max(0, x0 - 4)
    parts = (grey[:, x0 + 1 : x1], grey[:, : max(1, x0 - 2)], grey[:, x1 + 3 :])
    if any(part.size == 0 for part in parts):
        return True
    mine, left, right = (float(np.median(part)) for part in parts)
    return min(left, right) > mine + DARKER


def _stacked(slabs: list[Slab], image: Image, unit: float) -> list[Slab]:
    """Several alike without a gap are the sheets of one stack, seen from a corner: what is between two is no front.

    Where they are many, each may have its own colour.
    """
    found: list[Slab] = []
    for row in _runs(slabs, lambda one, other: _next_sheet(one, other, unit)):
        if len(row) >= MANY:
            found.append(_one_stack(row))
            continue
        for run in _runs(row, lambda one, other: _next_sheet(one, other, unit) and _same_colour(one, other, image)):
            found += [_one_stack(run)] if len(run) >= SHEETS else run
    return found


def _runs(slabs: list[Slab], follows: Callable[[BBox, BBox], bool]) -> list[list[Slab]]:
    runs: list[list[Slab]] = []
    for slab in sorted(slabs, key=lambda slab: slab.front[0]):
        run = next((run for run in runs if follows(run[-1].front, slab.front)), None)
        if run is None:
            runs.append([slab])
        else:
            run.append(slab)
    return runs


def _next_sheet(one: BBox, other: BBox, unit: float) -> bool:
    near = 0.15 * unit + 2
    return (
        width(one) <= SHEET * height(one)
        and max(abs(one[1] - other[1]), abs(one[3] - other[3])) < near
        and abs(other[0] - one[2]) <= near
        and abs(width(one) - width(other)) <= 0.3 * width(one) + 2
    )


def _same_colour(one: BBox, other: BBox, image: Image) -> bool:
    a, b = (image[round((f[1] + f[3]) / 2), round((f[0] + f[2]) / 2)].astype(np.int16) for f in (one, other))
    return bool(np.abs(a - b).max() < WAVER)


def _one_stack(run: list[Slab]) -> Slab:
    hull = cv2.convexHull(np.vstack([slab.hull for slab in run]))
    return Slab(around([slab.front for slab in run]), np.asarray(hull, dtype=np.int32))


def _each_once(slabs: list[Slab]) -> list[Slab]:
    """Without what is drawn on the front of another, and each front once, however thick its outline."""
    kept: list[Slab] = []
    for slab in sorted(slabs, key=lambda slab: area(slab.front)):
        same = (
            other
            for other in kept
            if overlap(slab.front, other.front) > 0.5 * min(area(slab.front), area(other.front))
            and height(other.front) > 0.8 * height(slab.front)
        )
        if next(same, None) is None:
            kept.append(slab)
    return [slab for slab in kept if not any(other is not slab and _on(slab, other) for other in kept)]


def _on(slab: Slab, other: Slab) -> bool:
    """Whether a cuboid is drawn on another, as filters are: all of it, or its front on the other's front."""
    if inside(slab.front, other.front, 0.9) and width(slab.front) < width(other.front):
        return True
    if height(slab.front) > LOW * height(other.front):
        return False
    if overlap(slab.front, other.front) > HALF_ON * area(slab.front):
        return True
    outline = other.hull.astype(np.float32)
    points = ((float(x), float(y)) for x, y in slab.hull.reshape(-1, 2))
    return all(cv2.pointPolygonTest(outline, point, True) > -2 for point in points)
