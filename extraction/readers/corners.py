"""Lines of a picture that meet at a box's side: both lead there, or one ends where the next leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from extraction.readers.primitives import Box, End, Point, Wire, distance, to_segment

#: Two lines make a corner that lies so far off the straight way between their ends; its box stands so near, and so far
#: ahead something of it lies, in heights of a line.
BENT, AT, AHEAD = 1.0, 0.5, 1.2
#: Both are straight up to this share of their length.
STRAIGHT = 0.04


def parted_at_boxes(wires: Sequence[Wire], boxes: Sequence[Box], unit: float) -> list[Wire]:
    """Lines through a corner that points into a box as two: a head at their other end means that they leave it."""
    return [part for wire in wires for part in _parted(wire, boxes, unit)]


def _parted(wire: Wire, boxes: Sequence[Box], unit: float) -> list[Wire]:
    if len(wire.ends) != 2 or (corner := _corner(wire, unit)) is None:
        return [wire]
    a, b = (end.point for end in wire.ends)
    ways = [(corner[k] - a[k], corner[k] - b[k]) for k in (0, 1)]
    out = (sum(ways[0]), sum(ways[1]))
    long = math.hypot(*out) or 1.0
    ahead = (corner[0] + AHEAD * unit * out[0] / long, corner[1] + AHEAD * unit * out[1] / long)
    near = [box.bbox for box in boxes if distance(corner, box.bbox) < AT * unit and distance(ahead, box.bbox) == 0]
    if not any(min(distance(a, box), distance(b, box)) > unit for box in near):
        return [wire]
    legs = []
    for end, other in zip(wire.ends, reversed(wire.ends), strict=True):
        steps = (corner[0] - end.point[0], corner[1] - end.point[1])
        size = math.hypot(*steps) or 1.0
        own = [p for p in wire.path if to_segment(p, corner, end.point) <= to_segment(p, corner, other.point)]
        tip = End(corner, not end.head, (steps[0] / size, steps[1] / size))
        legs.append(Wire((end, tip), tuple(own), ((0, 1),), wire.confidence))
    return legs


def _corner(wire: Wire, unit: float) -> Point | None:
    """Where two straight lines meet in one, if it is such a one."""
    a, b = (end.point for end in wire.ends)
    corner = max(wire.path, key=lambda point: to_segment(point, a, b), default=a)
    off = to_segment(corner, a, b)
    long = math.dist(a, corner) + math.dist(corner, b)
    straight = all(
        min(to_segment(point, a, corner), to_segment(point, corner, b)) <= STRAIGHT * long + 1 for point in wire.path
    )
    return corner if off > BENT * unit and straight else None
