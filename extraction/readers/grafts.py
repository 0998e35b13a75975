"""Arrows that end at another arrow go on in that one."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.readers.links import Attached
from extraction.readers.nodes import Node
from extraction.readers.primitives import End, Point, Wire, distance, height, width

#: How far on a loose end is followed to another wire, in heights of a line.
RUN_ON = 2.4


def run_into(attached: list[Attached], nodes: list[Node], unit: float) -> list[Attached]:
    """Wires whose loose end runs towards another wire close by go on in that one, though a box may stand beside it."""
    for k, item in enumerate(attached):
        for e, end in enumerate(item.wire.ends):
            near = nodes[item.nodes[e]] if item.nodes[e] >= 0 else None
            beside = near and len(item.nodes) == 2 and _beside(end, near, unit)
            if (near and not beside) or not any(node >= 0 for node in item.nodes):
                continue
            hit = _hit(end, [other for other in attached if other is not item and max(other.nodes) >= 0], unit)
            if hit is not None:
                attached[k] = item = _grafted(item, e, *hit)
                break
    return attached


def _beside(end: End, node: Node, unit: float) -> bool:
    """Whether a head ends near a node that it does not point at."""
    return end.head and distance(end.point, node.bbox) > 0.25 * unit and not ahead_of(end, node, unit)


def _hit(end: End, others: list[Attached], unit: float) -> tuple[Attached, Point] | None:
    """The wire that a loose end points at, not farther than a few heights of a line, and where it meets it."""
    best: tuple[float, Attached, Point] | None = None
    (x, y), (dx, dy) = end.point, end.heading
    for other in others:
        for px, py in other.wire.path:
            ahead, aside = (px - x) * dx + (py - y) * dy, abs((py - y) * dx - (px - x) * dy)
            if -0.2 * unit < ahead < RUN_ON * unit and aside < 0.6 * unit and (best is None or ahead < best[0]):
                best = (ahead, other, (px, py))
    return best[1:] if best and any(node >= 0 for node in best[1].nodes) else None


def _grafted(item: Attached, loose: int, onto: Attached, at: Point) -> Attached:
    """A wire with what its loose end leads to: where the other wire goes, or comes from, nearest to where they meet."""
    wire, other = item.wire, onto.wire
    head = wire.ends[loose].head
    many = any(end.head for end in other.ends)
    added = [k for k, end in enumerate(other.ends) if onto.nodes[k] >= 0 and (not many or end.head == head)]
    if head and many:
        added = sorted(added, key=lambda k: math.dist(other.ends[k].point, at))[:1]
    kept = [k for k in range(len(wire.ends)) if k != loose]
    place = {k: n for n, k in enumerate(kept)}
    ends = [wire.ends[k] for k in kept] + [replace(other.ends[k], head=head) for k in added]
    pairs = wire.pairs or tuple((i, j) for i in range(len(wire.ends)) for j in range(i + 1, len(wire.ends)))
    joined = [(place[i], place[j]) for i, j in pairs if loose not in (i, j)]
    through = [place[i if j == loose else j] for i, j in pairs if loose in (i, j)]
    joined += [(k, len(kept) + n) for k in through for n in range(len(added))]
    merged = Wire(tuple(ends), wire.path, tuple(sorted(set(joined))), 0.85 * wire.confidence)
    return Attached(
        merged,
        [item.nodes[k] for k in kept] + [onto.nodes[k] for k in added],
        [item.sure[k] for k in kept] + [0.9 * onto.sure[k] for k in added],
    )


def ahead_of(end: End, node: Node, unit: float) -> bool:
    """Whether a wire that runs on from its end meets the node."""
    x, y = end.point
    dx, dy = end.heading
    if dx == 0 == dy:
        return distance(end.point, node.bbox) < 0.5 * unit
    x0, y0, x1, y1 = node.bbox
    if node.box is None:
        # What stands beside a line may reach a little under it.
        rim = min(0.3 * unit, 0.2 * min(width(node.bbox), height(node.bbox)))
        x0, x1 = x0 + rim * abs(dy), x1 - rim * abs(dy)
        y0, y1 = y0 + rim * abs(dx), y1 - rim * abs(dx)
    steps = (0.1, 0.4, 0.8, 1.3)
    return any(distance((x + dx * step * unit, y + dy * step * unit), (x0, y0, x1, y1)) == 0 for step in steps)
