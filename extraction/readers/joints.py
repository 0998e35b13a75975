"""Lines that begin or end at another line: they go on in it."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.readers.links import Attached
from extraction.readers.nodes import Node
from extraction.readers.primitives import End, Point, Wire, centre, distance, height, width

#: How far on a loose end is followed to another wire, and how far one that seems to end at something beside it.
RUN_ON = 2.4
#: What ends nearer to a node than this goes on only in a wire as near.
BESIDE = 0.5
#: A line that comes to a node's side more slanted than this runs along it (cosine).
ALONG = 0.35
#: What lies behind an end is no more aside than this (cosine).
BEHIND = 0.8
#: One that it runs onto lies across it (cosine).
ACROSS = 0.5
#: A wire of fewer points is a short one.
SHORT = 3


def parted_at_signs(wires: list[Wire], nodes: list[Node]) -> list[Wire]:
    """The wires, those that run straight through a sign in two: what comes in is reckoned with there."""
    for sign in [node.bbox for node in nodes if node.box and node.box.operator]:
        (x, y), half = centre(sign), 0.5 * min(width(sign), height(sign))
        for wire in list(wires):
            if len(wire.ends) != 2 or any(distance(end.point, sign) == 0 for end in wire.ends):
                continue
            (ax, ay), (bx, by) = (end.point for end in wire.ends)
            length = math.dist((ax, ay), (bx, by))
            dx, dy = (bx - ax) / length, (by - ay) / length
            along, aside = (x - ax) * dx + (y - ay) * dy, abs((y - ay) * dx - (x - ax) * dy)
            straight = all(abs((py - ay) * dx - (px - ax) * dy) < half for px, py in wire.path)
            if straight and 0 < along < length and aside < 0.5 * half:
                ends = (End((x - dx * half, y - dy * half), wire.ends[1].head, (dx, dy)), wire.ends[1])
                back = End((x + dx * half, y + dy * half), wire.ends[0].head, (-dx, -dy))
                pieces = [replace(wire, ends=(wire.ends[0], ends[0])), replace(wire, ends=(back, ends[1]))]
                wires = [other for other in wires if other is not wire] + pieces
    return wires


def let_go(attached: list[Attached], nodes: list[Node], unit: float) -> None:
    """Take from nodes, in place, the ends that pass them by and run straight onto another wire.

    A way round a layer begins and ends on the lines before and behind it, so it comes close to their boxes.
    """
    plain = [item for item in attached if len(item.wire.ends) == 2]
    for item in plain:
        for e, end in enumerate(item.wire.ends):
            node = item.nodes[e]
            if node < 0 or not _passes_by(end, nodes[node], unit):
                continue
            far = RUN_ON if distance(end.point, nodes[node].bbox) > BESIDE * unit else BESIDE
            others = [other for other in plain if other is not item and _crosses_end(end, other.wire, far, unit)]
            if _hit(end, others, unit):
                item.nodes[e] = -1


def _passes_by(end: End, node: Node, unit: float) -> bool:
    """Whether a wire's end stands beside a node and runs along its side."""
    return distance(end.point, node.bbox) > 0.1 * unit and _towards(end, node) < ALONG


def turn_away(attached: list[Attached], nodes: list[Node], unit: float) -> None:
    """Let short arrows go, in place, at the end that looks away from the node of the other one, at a line close by."""
    for item in attached:
        ends, node = item.wire.ends, item.nodes[0]
        if len(ends) != 2 or node < 0 or item.nodes != [node, node]:
            continue
        looks = [_towards(end, nodes[node]) for end in ends]
        e = looks.index(min(looks))
        others = [other for other in attached if other is not item]
        if looks[e] < -BEHIND and max(looks) > BEHIND and _hit(ends[e], others, unit, BESIDE):
            item.nodes[e] = -1


def _towards(end: End, node: Node) -> float:
    """How straight a wire's end looks at the nearest point of a node (cosine); 0 in the node."""
    (x, y), (x0, y0, x1, y1) = end.point, node.bbox
    to = (min(max(x, x0), x1) - x, min(max(y, y0), y1) - y)
    return (end.heading[0] * to[0] + end.heading[1] * to[1]) / (math.hypot(*to) or 1.0)


def _crosses_end(end: End, wire: Wire, far: float, unit: float) -> bool:
    """Whether a wire lies straight across an end's way, right before it."""
    (x, y), (dx, dy) = end.point, end.heading
    (ax, ay), (bx, by) = (other.point for other in wire.ends)
    if abs(dx * (bx - ax) + dy * (by - ay)) > ACROSS * math.dist((ax, ay), (bx, by)):
        return False
    for px, py in _course(wire):
        ahead, aside = (px - x) * dx + (py - y) * dy, abs((py - y) * dx - (px - x) * dy)
        if -0.2 * unit < ahead < far * unit and aside < 0.5 * unit:
            return True
    return False


def _course(wire: Wire) -> list[Point]:
    """The points of a wire; of a short one only the middle is kept beside its ends."""
    return [*wire.path, *(end.point for end in wire.ends)] if len(wire.path) < SHORT else list(wire.path)


def is_ahead(end: End, node: Node, unit: float) -> bool:
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


def run_into(attached: list[Attached], nodes: list[Node], unit: float) -> list[Attached]:
    """Wires whose loose ends run towards other wires close by go on in those, though a box may stand beside them."""
    for k, item in enumerate(attached):
        known = [other for other in attached if other is not item and max(other.nodes, default=-1) >= 0]
        loose = [e for e, node in enumerate(item.nodes) if node < 0 or _ends_beside(item, e, nodes[node], unit)]
        hits = [(e, hit) for e in loose if (hit := _hit(item.wire.ends[e], known, unit))]
        if max(item.nodes, default=-1) < 0 and len(hits) < len(loose):
            continue
        for e, hit in reversed(hits):
            if _comes_out(item, e, hit[0]):
                item.wire = replace(item.wire, ends=_headed(item.wire, e))
            attached[k] = item = _grafted(item, e, *hit)
    return attached


def _ends_beside(item: Attached, e: int, node: Node, unit: float) -> bool:
    """Whether an arrow ends near a node that it does not point at."""
    end = item.wire.ends[e]
    beside = distance(end.point, node.bbox) > 0.25 * unit and not is_ahead(end, node, unit)
    return end.head and beside and len(item.nodes) == 2


def _comes_out(item: Attached, loose: int, onto: Attached) -> bool:
    """Whether a line without heads between a node and an arrow leaves the node as the arrow goes: it runs into the
    arrow. Where it comes in against what the arrow comes from, it branches off."""
    ends, there = item.wire.ends, onto.wire.ends
    if len(ends) != 2 or len(there) != 2 or ends[0].head or ends[1].head or there[0].head == there[1].head:
        return False
    (x0, y0), (x1, y1) = (end.point for end in (there if there[1].head else there[::-1]))
    dx, dy = ends[1 - loose].heading
    return dx * (x1 - x0) + dy * (y1 - y0) < -ALONG * math.hypot(x1 - x0, y1 - y0)


def _headed(wire: Wire, e: int) -> tuple[End, ...]:
    return tuple(replace(end, head=k == e) for k, end in enumerate(wire.ends))


def _hit(end: End, others: list[Attached], unit: float, far: float = RUN_ON) -> tuple[Attached, Point] | None:
    """The wire that a loose end points at, not farther than a few heights of a line, and where it meets it."""
    best: tuple[Attached, Point] | None = None
    (x, y), (dx, dy) = end.point, end.heading
    behind, nearest, beside = -0.2 * unit, far * unit, 0.6 * unit
    for other in others:
        for px, py in _course(other.wire):
            ahead = (px - x) * dx + (py - y) * dy
            if behind < ahead < nearest and abs((py - y) * dx - (px - x) * dy) < beside:
                best, nearest = (other, (px, py)), ahead
    return best if best and any(node >= 0 for node in best[0].nodes) else None


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
    joined = [(place[i], place[j]) for i, j in wire.links if loose not in (i, j)]
    through = [place[i if j == loose else j] for i, j in wire.links if loose in (i, j)]
    joined += [(k, len(kept) + n) for k in through for n in range(len(added))]
    merged = Wire(tuple(ends), wire.path, tuple(sorted(set(joined))), 0.85 * wire.confidence)
    return Attached(
        merged,
        [item.nodes[k] for k in kept] + [onto.nodes[k] for k in added],
        [item.sure[k] for k in kept] + [0.9 * onto.sure[k] for k in added],
    )
