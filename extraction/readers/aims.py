"""What an arrow points at that ends before it gets there."""

from __future__ import annotations

import math

from extraction.readers.links import Attached
from extraction.readers.nodes import Node
from extraction.readers.primitives import End, Wire

#: How far ahead of its end an arrow points: as a share of its length, and in heights of a line.
AIM, FARTHEST, WORDS = 1.0, 8.0, 2.0


def aim(item: Attached, nodes: list[Node], others: list[Wire], unit: float) -> None:
    """A loose end of an arrow points at what lies straight ahead, no farther away than the arrow is long.

    An arrow drawn between two things does not always touch them; the longer it is, the farther off it may stand.
    """
    wire = item.wire
    if len(wire.ends) != 2 or not any(end.head for end in wire.ends):
        return
    far = min(AIM * math.dist(wire.ends[0].point, wire.ends[1].point), FARTHEST * unit)
    for e, end in enumerate(wire.ends):
        if item.nodes[e] >= 0 or end.heading == (0.0, 0.0):
            continue
        seen = [
            (away, i)
            for i, node in enumerate(nodes)
            if (away := _sight(end, node, far if node.box else min(far, WORDS * unit))) < math.inf
        ]
        if not seen or min(seen)[1] == item.nodes[1 - e]:
            continue
        (x, y), (dx, dy), nearest = end.point, end.heading, min(seen)
        ahead = [
            (px - x) * dx + (py - y) * dy
            for wire_ in others
            for px, py in wire_.path
            if abs((py - y) * dx - (px - x) * dy) < 0.3 * unit
        ]
        if not any(0.2 * unit < way < nearest[0] for way in ahead):  # else it points at a line
            item.nodes[e] = nearest[1]
            item.sure[e] = 0.75


def _sight(end: End, node: Node, far: float) -> float:
    """How far straight ahead of an end a node begins; infinite where it lies aside, behind, or too far."""
    x0, y0, x1, y1 = node.bbox
    near, last = 0.0, far
    for at, way, low, high in ((end.point[0], end.heading[0], x0, x1), (end.point[1], end.heading[1], y0, y1)):
        if abs(way) < 1e-6:
            if not low <= at <= high:
                return math.inf
            continue
        first, second = sorted(((low - at) / way, (high - at) / way))
        near, last = max(near, first), min(last, second)
    return near if near <= last else math.inf
