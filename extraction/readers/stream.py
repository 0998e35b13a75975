"""Which way a figure goes: that of most of its arrows."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from extraction.readers.links import Attached, Direction
from extraction.readers.nodes import Node
from extraction.readers.primitives import Drawing, Point, Wire, centre

#: Arrows shorter than this, in heights of a line, go where so many times as many others go.
SHORT, STREAM = 3.0, 4
_OPPOSITE: dict[Direction, Direction] = {"down": "up", "up": "down", "left": "right", "right": "left"}


def direction(attached: list[Attached], drawing: Drawing) -> Direction:
    """The way most arrows go: each that joins two things counts once, by where it begins and ends.

    Figures are read from left to right: to the left only those go in which nearly all arrows do, a few small heads
    are misread more often than that.
    """
    votes: Counter[Direction] = Counter()
    for item in attached:
        ends = item.wire.ends
        mine = Counter(
            _way(ends[tail].point, ends[head].point)
            for tail, head in ways(item.wire)
            if min(item.nodes[tail], item.nodes[head]) >= 0 and item.nodes[tail] != item.nodes[head]
        )
        votes.update(way for way, _ in mine.most_common(1))
    if votes:  # there and back speak against one another
        most = max(votes, key=lambda way: (votes[way] - votes[_OPPOSITE[way]], votes[way], way))
        return "right" if most == "left" and votes["left"] < STREAM * max(1, votes["right"]) else most
    return "right" if drawing.width > 1.6 * drawing.height else "down"


def with_the_stream(attached: list[Attached], nodes: list[Node], unit: float) -> None:
    """Turn short arrows that go against all others: heads of a few pixels are easily misread, ways back are long."""

    def way(item: Attached) -> Direction:
        tail, head = (item.nodes[e] for e in ((1, 0) if item.wire.ends[0].head else (0, 1)))
        return _way(centre(nodes[tail].bbox), centre(nodes[head].bbox))

    plain = [
        item
        for item in attached
        if len(item.wire.ends) == 2 and min(item.nodes) >= 0 and item.wire.ends[0].head != item.wire.ends[1].head
    ]
    votes = Counter(way(item) for item in plain)
    for item in plain:
        mine, first, last = way(item), *item.wire.ends
        against = votes[_OPPOSITE[mine]]
        if against >= STREAM and against >= STREAM * votes[mine] and math.dist(first.point, last.point) < SHORT * unit:
            ends = (replace(first, head=not first.head), replace(last, head=not last.head))
            item.wire = replace(item.wire, ends=ends, confidence=0.8 * item.wire.confidence)


def _way(a: Point, b: Point) -> Direction:
    dx, dy = b[0] - a[0], b[1] - a[1]
    if abs(dx) > abs(dy):
        return "right" if dx > 0 else "left"
    return "down" if dy > 0 else "up"


def ways(wire: Wire) -> list[tuple[int, int]]:
    """From which end without an arrowhead a wire leads to which with one."""
    both = [*wire.links, *((j, i) for i, j in wire.links)]
    return sorted((i, j) for i, j in both if wire.ends[j].head and not wire.ends[i].head)
