"""The drawn paths of a page: curves flattened, clipping applied."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pymupdf

from extraction.pdf.model import Box, Colour, Point, Stroke

#: A page with more paths than this is a plot or a map, no drawing of boxes and arrows.
MAX_PATHS = 60_000
_CURVE_STEPS = 8
#: What each of a curve's four points counts for at each step along it.
_CURVE_WEIGHTS = tuple(
    ((1 - t) * (1 - t) * (1 - t), 3 * (1 - t) * (1 - t) * t, 3 * (1 - t) * t * t, t * t * t)
    for t in (step / _CURVE_STEPS for step in range(1, _CURVE_STEPS + 1))
)


def read_strokes(page: pymupdf.Page) -> list[Stroke]:
    """All visible paths of a page in drawing order, in points. Empty where there are more than `MAX_PATHS`."""
    paths = page.get_cdrawings(extended=True)
    if len(paths) > MAX_PATHS:
        return []
    clips: list[tuple[int, Box]] = []
    strokes: list[Stroke] = []
    for path in paths:
        level = path["level"]
        while clips and clips[-1][0] >= level:
            clips.pop()
        if path["type"] == "clip":
            scissor = path["scissor"]
            clips.append((level, (scissor[0], scissor[1], scissor[2], scissor[3])))
        elif path["type"] != "group":
            strokes.extend(_strokes(path, _window(clips)))
    return strokes


def read_rules(page: pymupdf.Page) -> list[Box]:
    """Boxes of the horizontal rules of a page, the cheap way."""
    return [box for box in _thin(page) if box[3] - box[1] < 3 and box[2] - box[0] > 24]


def read_uprights(page: pymupdf.Page) -> list[Box]:
    """Boxes of the upright rules of a page, which may be as short as a row."""
    return [box for box in _thin(page) if box[2] - box[0] < 3 and box[3] - box[1] > 5]


def read_frames(page: pymupdf.Page) -> list[Box]:
    """Drawn boxes that may hold text: the outlines of listings, examples, boxed figures; not the page's ground."""
    width, height = page.rect.width, page.rect.height
    return [
        (x0, y0, x1, y1)
        for kind, (x0, y0, x1, y1) in page.get_bboxlog()
        if kind == "stroke-path" and x1 - x0 > 90 and y1 - y0 > 24 and (x1 - x0) * (y1 - y0) < 0.6 * width * height
    ]


def _thin(page: pymupdf.Page) -> Iterator[Box]:
    # The log knows no clipping and widens a stroke by its width on every side.
    for kind, (x0, y0, x1, y1) in page.get_bboxlog():
        if kind in ("fill-path", "stroke-path", "fill-image", "fill-imgmask") and min(x1 - x0, y1 - y0) < 3:
            yield x0, y0, x1, y1


def _window(clips: Sequence[tuple[int, Box]]) -> Box | None:
    if not clips:
        return None
    boxes = [box for _, box in clips]
    return (
        max(box[0] for box in boxes),
        max(box[1] for box in boxes),
        min(box[2] for box in boxes),
        min(box[3] for box in boxes),
    )


def _strokes(path: dict[str, Any], window: Box | None) -> Iterator[Stroke]:
    colour = _colour(path.get("color")) if "s" in path["type"] and path.get("stroke_opacity", 1) != 0 else None
    fill = _colour(path.get("fill")) if "f" in path["type"] and path.get("fill_opacity", 1) != 0 else None
    if colour is None and fill is None:
        return
    width = float(path.get("width") or 0.0) if colour is not None else 0.0
    dashed = colour is not None and str(path.get("dashes") or "[]").split("]")[0].strip("[ ") != ""
    for points, closed, curved in _outlines(path["items"], bool(path.get("closePath"))):
        shown = points
        if window is not None:
            margin = width / 2
            if _outside(points, window, margin):
                continue
            if not _inside(points, window, margin + 0.01):
                if closed and fill is not None:
                    shown = _clip_polygon(points, window)
                    if len(shown) >= 3:
                        yield Stroke(tuple(shown), True, colour, fill, width, dashed, curved)
                else:
                    line = [*points, points[0]] if closed else points
                    for part in _clip_line(line, window):
                        yield Stroke(tuple(part), False, colour, None, width, dashed, curved)
                continue
        yield Stroke(tuple(shown), closed or colour is None, colour, fill, width, dashed, curved)


def _outlines(items: Sequence[tuple[Any, ...]], close: bool) -> Iterator[tuple[list[Point], bool, bool]]:
    """Sub-paths as points, whether closed, whether curved."""
    points: list[Point] = []
    curved = False
    for item in items:
        kind = item[0]
        if kind == "re":
            if len(points) > 1:
                yield _finish(points, False, curved)
            points, curved = [], False
            x0, y0, x1, y1 = item[1]
            yield [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], True, False
        elif kind == "qu":
            if len(points) > 1:
                yield _finish(points, False, curved)
            points, curved = [], False
            ul, ur, ll, lr = item[1]
            yield [tuple(ul), tuple(ur), tuple(lr), tuple(ll)], True, False
        else:
            start = (item[1][0], item[1][1])
            if not points or _apart(points[-1], start):
                if len(points) > 1:
                    yield _finish(points, False, curved)
                points, curved = [start], False
            if kind == "l":
                points.append((item[2][0], item[2][1]))
            else:
                curved = True
                points.extend(_bezier(start, *((p[0], p[1]) for p in item[2:5])))
    if len(points) > 1:
        yield _finish(points, close, curved)


def _finish(points: list[Point], close: bool, curved: bool) -> tuple[list[Point], bool, bool]:
    closed = close or not _apart(points[0], points[-1])
    if closed and len(points) > 2 and not _apart(points[0], points[-1]):
        points = points[:-1]
    return points, closed and len(points) > 2, curved


def _bezier(p0: Point, p1: Point, p2: Point, p3: Point) -> Iterator[Point]:
    for a, b, c, d in _CURVE_WEIGHTS:
        yield a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0], a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1]


def _apart(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) > 0.01 or abs(a[1] - b[1]) > 0.01


def _colour(value: Any) -> Colour | None:
    if value is None:
        return None
    if len(value) == 1:
        return float(value[0]), float(value[0]), float(value[0])
    return float(value[0]), float(value[1]), float(value[2])


def _outside(points: Sequence[Point], box: Box, margin: float) -> bool:
    return (
        all(x < box[0] - margin for x, _ in points)
        or all(x > box[2] + margin for x, _ in points)
        or all(y < box[1] - margin for _, y in points)
        or all(y > box[3] + margin for _, y in points)
    )


def _inside(points: Sequence[Point], box: Box, margin: float) -> bool:
    return all(box[0] - margin <= x <= box[2] + margin and box[1] - margin <= y <= box[3] + margin for x, y in points)


def _clip_polygon(points: Sequence[Point], box: Box) -> list[Point]:
    """Sutherland and Hodgman's polygon clipping against a rectangle (1974)."""
    result = list(points)
    for axis, bound, keep_above in ((0, box[0], True), (0, box[2], False), (1, box[1], True), (1, box[3], False)):
        source, result = result, []
        for i, end in enumerate(source):
            start = source[i - 1]
            inside_start = (start[axis] >= bound) == keep_above or start[axis] == bound
            inside_end = (end[axis] >= bound) == keep_above or end[axis] == bound
            if inside_start != inside_end:
                t = (bound - start[axis]) / (end[axis] - start[axis])
                result.append((start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])))
            if inside_end:
                result.append(end)
    return result


def _clip_line(points: Sequence[Point], box: Box) -> list[list[Point]]:
    """Liang and Barsky's line clipping (1984), parts that stay connected kept as one."""
    parts: list[list[Point]] = []
    for start, end in pairwise(points):
        piece = _clip_segment(start, end, box)
        if piece is None:
            continue
        if parts and not _apart(parts[-1][-1], piece[0]):
            parts[-1].append(piece[1])
        else:
            parts.append([piece[0], piece[1]])
    return parts


def _clip_segment(start: Point, end: Point, box: Box) -> tuple[Point, Point] | None:
    dx, dy = end[0] - start[0], end[1] - start[1]
    low, high = 0.0, 1.0
    for p, q in ((-dx, start[0] - box[0]), (dx, box[2] - start[0]), (-dy, start[1] - box[1]), (dy, box[3] - start[1])):
        if math.isclose(p, 0.0, abs_tol=1e-12):
            if q < 0:
                return None
        elif p < 0:
            low = max(low, q / p)
        else:
            high = min(high, q / p)
    if low > high:
        return None
    return (start[0] + low * dx, start[1] + low * dy), (start[0] + high * dx, start[1] + high * dy)
