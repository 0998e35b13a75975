"""What an arrow points at that ends before it gets there, and what one with two heads comes from."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.readers.links import Attached, Links
from extraction.readers.nodes import Node, is_number
from extraction.readers.primitives import End, Wire, centre, distance, gap, height, to_segment, width
from extraction.vocabulary import parse

#: How far ahead of its end an arrow points: as a share of its length, and in heights of a line.
AIM, FARTHEST, WORDS = 1.0, 8.0, 2.0
#: How far from a box the number stands that counts its channels, in heights of a line.
COUNT = 1.0
#: A line bends where it lies so far from the straight way between its ends; what it comes from stands so near there.
BENT, AT = 1.5, 1.0
#: What an arrow points at from far away it points at no farther from the middle, as a share of its side.
AMID = 0.3
#: The part of an arrow before the words on it may be so short, in heights of a line.
SHORT = 1.2


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
        if seen and (box := _counted(end, nodes, min(seen), unit)):
            seen = [box]
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


def _counted(end: End, nodes: list[Node], nearest: tuple[float, int], unit: float) -> tuple[float, int] | None:
    """The box right behind a number, which counts its channels."""
    number = nodes[nearest[1]]
    if number.box or not is_number(number.label):
        return None
    boxes = [(i, node) for i, node in enumerate(nodes) if node.box]
    behind = [(away, i) for i, node in boxes if (away := _sight(end, node, FARTHEST * unit)) < math.inf]
    if behind and gap(nodes[min(behind)[1]].bbox, number.bbox) < COUNT * unit:
        return min(behind)
    return None


def fork(item: Attached, nodes: list[Node], unit: float) -> None:
    """A line with a head at both ends comes from what stands at its corner: two arrows leave there."""
    wire = item.wire
    if len(wire.ends) != 2 or not all(end.head for end in wire.ends) or -1 in item.nodes:
        return
    a, b = (end.point for end in wire.ends)
    corner = max(wire.path, key=lambda point: to_segment(point, a, b), default=a)
    if to_segment(corner, a, b) < BENT * unit:
        return
    near = [
        (distance(corner, node.bbox), i)
        for i, node in enumerate(nodes)
        if i not in item.nodes and distance(corner, node.bbox) < AT * unit and not is_number(node.label)
    ]
    if near:
        item.wire = replace(wire, ends=(*wire.ends, End(corner, False)), pairs=((0, 2), (1, 2)))
        item.nodes.append(min(near)[1])
        item.sure.append(0.8)


def from_behind(links: Links, unit: float) -> None:
    """An operation written over an arrow, close behind a box, comes from that: the arrow's first part is too short."""
    entered = {target for _, target in links.certain}
    for wire, text in links.leaves:
        node = links.nodes[text]
        if node.box or text in entered or parse(node.label).role != "layer":
            continue
        end = min(wire.ends, key=lambda end: distance(end.point, node.bbox))
        far = SHORT * unit + abs(end.heading[0]) * width(node.bbox) + abs(end.heading[1]) * height(node.bbox)
        seen = [(away, i) for i, n in enumerate(links.nodes) if n.box and (away := _sight(end, n, far)) < math.inf]
        if seen and (text, min(seen)[1]) not in links.certain:
            links.add(min(seen)[1], text, 0.6)


def reach_out(attached: list[Attached], links: Links, boxes: int, unit: float) -> None:
    """A loose end of an arrow at a box leads to the middle of the next box straight ahead that nothing is joined to,
    however short the arrow is: of the first nodes, `boxes` in number."""
    joined = {i for pair in links.certain for i in pair}
    for item in attached:
        wire = item.wire
        if len(wire.ends) != 2 or wire.ends[0].head == wire.ends[1].head or sorted(item.nodes)[0] >= 0:
            continue
        e = item.nodes.index(-1)
        near, end = item.nodes[1 - e], wire.ends[e]
        if near < 0 or links.nodes[near].box is None or end.heading == (0.0, 0.0):
            continue
        seen = [(_sight(end, node, FARTHEST * unit), i) for i, node in enumerate(links.nodes[:boxes]) if i != near]
        away, found = min(seen, default=(math.inf, -1))
        if away < math.inf and found not in joined and _amid(end, links.nodes[found]):
            links.add(*((near, found) if end.head else (found, near)), 0.5)


def _amid(end: End, node: Node) -> bool:
    """Whether an end points at the middle part of a node."""
    (x, y), (dx, dy), (cx, cy) = end.point, end.heading, centre(node.bbox)
    return abs((cy - y) * dx - (cx - x) * dy) < AMID * (abs(dy) * width(node.bbox) + abs(dx) * height(node.bbox))


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
