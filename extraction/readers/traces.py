"""Wires from ink: connected lines, where they meet boxes, where they end, and which ends bear arrowheads."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.primitives import Box, End, Point, TextLine, Wire, inside

Mask = NDArray[np.uint8]
Pixels = NDArray[np.float64]


def trace_wires(ink: Mask, boxes: list[Box], texts: list[TextLine], unit: float, scale: float) -> list[Wire]:
    """Wires of a mask of line ink; `scale` brings its pixels to those of the figure."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    solid = [box for box in boxes if sum(inside(other.bbox, box.bbox) for other in boxes) <= 2]
    wires = []
    for i in range(1, count):
        x, y, w, h, _size = (int(v) for v in stats[i])
        if max(w, h) < 0.4 * unit:
            continue
        part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        wire = _wire(np.pad(part, 1), (x - 1.0, y - 1.0), solid, unit)
        if wire is not None:
            wires.append(_scaled(wire, scale))
    return wires


def _wire(part: Mask, corner: Point, boxes: list[Box], unit: float) -> Wire | None:
    ys, xs = np.nonzero(part)
    pixels = np.column_stack((xs, ys)).astype(float) + np.array(corner)
    thickness = _thickness(part)
    if thickness > 1.2 * unit:
        return None
    points = [point for point, _ in _contacts(part, corner, pixels, boxes, unit)]
    points += _free_ends(part, corner, points, unit, thickness)
    if len(points) < 2:
        return None
    ends = _with_heads([_end(point, pixels, boxes, unit, thickness) for point in points], unit)
    step = max(1, len(pixels) // 200)
    path = tuple((float(px), float(py)) for px, py in pixels[::step])
    return Wire(tuple(ends), path, _pairs(ends, part, corner), confidence=0.95)


def _with_heads(found: list[tuple[End, float]], unit: float) -> list[End]:
    """Ends with their arrowheads. A short arrow looks like one from both sides: its clearer end is the head."""
    heads = [headness > 0 for _, headness in found]
    if len(found) == 2 and all(heads) and math.dist(found[0][0].point, found[1][0].point) < 3 * unit:
        first, second = found[0][1], found[1][1]
        if abs(first - second) > 0.1:
            heads = [first > second, second > first]
    return [End(end.point, head, end.heading) for (end, _), head in zip(found, heads, strict=True)]


def _thickness(part: Mask) -> float:
    """Of the line itself: twice the median distance from its middle to its border."""
    inner = cv2.distanceTransform(part, cv2.DIST_L2, 3)
    ridge = (inner >= cv2.dilate(inner, np.ones((3, 3), np.uint8)) - 0.01) & (part > 0)
    return float(2 * np.median(inner[ridge]) - 0.5) if ridge.any() else 1.0


def _contacts(part: Mask, corner: Point, pixels: Pixels, boxes: list[Box], unit: float) -> list[tuple[Point, int]]:
    """Where a wire meets boxes: one point for each piece of it that lies close to one."""
    found = []
    reach = max(3.0, 0.22 * unit)
    x0, y0 = pixels.min(axis=0)
    x1, y1 = pixels.max(axis=0)
    for n, box in enumerate(boxes):
        bx0, by0, bx1, by1 = box.bbox
        if bx0 - reach > x1 or bx1 + reach < x0 or by0 - reach > y1 or by1 + reach < y0:
            continue
        dx = np.maximum(np.maximum(bx0 - pixels[:, 0], pixels[:, 0] - bx1), 0)
        dy = np.maximum(np.maximum(by0 - pixels[:, 1], pixels[:, 1] - by1), 0)
        away = np.hypot(dx, dy)
        near = away <= reach
        if not near.any():
            continue
        mask = np.zeros_like(part)
        local = (pixels[near] - np.array(corner)).astype(int)
        mask[local[:, 1], local[:, 0]] = 1
        count, labels, _, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        for i in range(1, count):
            ys, xs = np.nonzero(labels == i)
            piece = np.column_stack((xs, ys)) + np.array(corner)
            if max(np.ptp(piece[:, 0]), np.ptp(piece[:, 1])) > 2.5 * unit:
                continue  # a line that runs along the box
            dist = np.hypot(
                np.maximum(np.maximum(bx0 - piece[:, 0], piece[:, 0] - bx1), 0),
                np.maximum(np.maximum(by0 - piece[:, 1], piece[:, 1] - by1), 0),
            )
            tip = piece[dist <= dist.min() + 1.5].mean(axis=0)
            found.append(((float(tip[0]), float(tip[1])), n))
    return found


def _free_ends(part: Mask, corner: Point, taken: list[Point], unit: float, thickness: float) -> list[Point]:
    """Ends of a wire that touch no box: ends of its middle line far from those known."""
    thin = _thin(part)
    neighbours = cv2.filter2D(thin, -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
    ys, xs = np.nonzero((thin > 0) & (neighbours == 2))
    candidates = [(float(x) + corner[0], float(y) + corner[1]) for x, y in zip(xs, ys, strict=True)]
    middle = np.mean(taken, axis=0) if taken else np.mean(candidates, axis=0) if candidates else np.zeros(2)
    candidates.sort(key=lambda p: -math.dist(p, (float(middle[0]), float(middle[1]))))
    found: list[Point] = []
    apart = max(1.0 * unit, 2.5 * thickness)
    for point in candidates:
        if all(math.dist(point, other) > apart for other in taken + found):
            found.append(point)
    return found


def _thin(mask: Mask) -> Mask:
    """Lines one pixel wide (Zhang and Suen 1984)."""
    image = mask.astype(bool)
    while True:
        changed = False
        for first in (True, False):
            p = [
                np.roll(image, shift, axis=(0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ]
            total = sum(q.astype(np.int8) for q in p)
            turns = sum((~a & b).astype(np.int8) for a, b in zip(p, p[1:] + p[:1], strict=True))
            n, e, s, w = p[0], p[2], p[4], p[6]
            keep = (~(n & e & s) & ~(e & s & w)) if first else (~(n & e & w) & ~(n & s & w))
            gone = image & (total >= 2) & (total <= 6) & (turns == 1) & keep
            if gone.any():
                image = image & ~gone
                changed = True
        if not changed:
            return image.astype(np.uint8)


def _end(point: Point, pixels: Pixels, boxes: list[Box], unit: float, thickness: float) -> tuple[End, float]:
    away = pixels - np.array(point)
    radius = np.hypot(away[:, 0], away[:, 1])
    for outer in (1.9, 1.3, 1.0):
        ring = pixels[(radius > 0.6 * outer * unit) & (radius < outer * unit)]
        if len(ring) < 2:
            continue
        spread = float(np.hypot(*ring.std(axis=0)))
        if spread < 0.3 * unit + thickness or outer == 1.0:
            vector = np.array(point) - ring.mean(axis=0)
            length = float(np.hypot(*vector)) or 1.0
            heading = (float(vector[0]) / length, float(vector[1]) / length)
            return End(point, False, heading), _headness(away, heading, unit, thickness)
    near = pixels[radius < 1.2 * unit]
    vector = np.array(point) - near.mean(axis=0)
    length = float(np.hypot(*vector)) or 1.0
    heading = (float(vector[0]) / length, float(vector[1]) / length)
    return End(point, False, heading), _headness(away, heading, unit, thickness)


def _headness(away: Pixels, heading: Point, unit: float, thickness: float) -> float:
    """An arrowhead widens from its tip to both sides, then stops; 0 where there is none, up to 1 for a clear one."""
    back = -(away[:, 0] * heading[0] + away[:, 1] * heading[1])
    side = away[:, 0] * -heading[1] + away[:, 1] * heading[0]
    reach = max(1.5 * unit, 4 * thickness)
    near = (back > -0.4 * unit) & (back < reach) & (np.abs(side) < 1.3 * unit + thickness)
    back, side = back[near], side[near]
    if not len(back):
        return 0.0
    left: list[float] = []
    right: list[float] = []
    step = 1.0
    for k in range(int(back.min()), int(reach)):
        row = side[(back >= k * step) & (back < (k + 1) * step)]
        if len(row):
            left.append(max(0.0, -float(row.min())))
            right.append(max(0.0, float(row.max())))
    if len(left) < 3:
        return 0.0
    total = np.array(left) + np.array(right)
    widest = int(total.argmax())
    half = max(0.5 * thickness, 0.5)
    needed = half + max(1.6, 0.45 * thickness)
    both = min(left[widest], right[widest]) >= needed and max(left[widest], right[widest]) <= 3.2 * min(
        left[widest], right[widest]
    )
    tip = float(total[: max(1, widest // 3)].mean())
    after = total[widest + 1 :]
    shrinks = len(after) > 0 and float(after.min()) <= 0.65 * total[widest]
    if not both or tip >= 0.8 * total[widest]:
        return 0.0
    if not shrinks and not (widest >= len(total) - 2 and len(total) < 0.8 * reach):
        return 0.0
    # From its tip a head grows slowly and ends all at once; seen from the line's other end it is the other way round.
    low = 0.6 * float(total[widest])
    to_tip = next((k for k in range(1, widest + 1) if total[widest - k] <= low), widest + 1)
    to_line = next((k for k in range(1, len(total) - widest) if total[widest + k] <= low), len(total) - widest)
    return to_tip / (to_tip + to_line)


def _pairs(ends: list[End], part: Mask, corner: Point) -> tuple[tuple[int, int], ...]:
    """Where several lines cross: tails and heads with a straight inked way between them."""
    tails = [i for i, end in enumerate(ends) if not end.head]
    heads = [i for i, end in enumerate(ends) if end.head]
    if len(tails) < 2 or len(heads) < 2:
        return ()
    thick = cv2.dilate(part, np.ones((3, 3), np.uint8))
    pairs = []
    for tail in tails:
        for head in heads:
            a, b = np.array(ends[tail].point) - corner, np.array(ends[head].point) - corner
            steps = max(2, int(math.dist(a, b) / 2))
            way = a + (b - a) * np.linspace(0.05, 0.95, steps)[:, None]
            inked = thick[
                np.clip(way[:, 1].round().astype(int), 0, thick.shape[0] - 1),
                np.clip(way[:, 0].round().astype(int), 0, thick.shape[1] - 1),
            ]
            if inked.mean() > 0.93:
                pairs.append((tail, head))
    whole = {t for t, _ in pairs} == set(tails) and {h for _, h in pairs} == set(heads)
    return tuple(pairs) if whole else ()


def _scaled(wire: Wire, scale: float) -> Wire:
    def to(point: Point) -> Point:
        return point[0] * scale, point[1] * scale

    ends = tuple(End(to(end.point), end.head, end.heading) for end in wire.ends)
    return Wire(ends, tuple(to(point) for point in wire.path), wire.pairs, wire.confidence)
