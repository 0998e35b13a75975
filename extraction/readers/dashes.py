"""Dashed arrows: pieces of one line that follow one another, the last with a head."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.flow.model import BBox
from extraction.readers.primitives import Point, Wire, distance

#: A dash is no longer than this, and the next one no farther off, in heights of a line.
LONGEST, APART = 1.6, 0.9
#: How straight one dash leads to the next (cosine).
ONWARDS = 0.8
#: So many pieces make a line.
FEWEST = 3
#: A wire that is no more sure than this is a lone dash, and nothing by itself.
LONE = 0.5

#: A piece and one of its two ends.
_End = tuple[int, int]


def without_dashes(wires: list[Wire], boxes: list[BBox], unit: float) -> list[Wire]:
    """The wires between boxes, dashes with a head at one end of their row as one wire. Rows without a head are frames, and go."""
    pieces = [k for k, wire in enumerate(wires) if len(wire.ends) == 2 and _length(wire) <= LONGEST * unit]
    nearest: dict[_End, _End] = {}
    for k in pieces:
        for e in (0, 1):
            found = [
                (away, (other, f))
                for other in pieces
                if other != k
                for f in (0, 1)
                if (away := _step(wires[k], e, wires[other], f, unit)) < math.inf
                and not _between(wires[k].ends[e].point, wires[other].ends[f].point, boxes)
            ]
            if found:
                nearest[k, e] = min(found)[1]
    joined = {end: other for end, other in nearest.items() if nearest.get(other) == end}
    used: set[int] = set()
    lines: list[Wire] = []
    for k in pieces:
        if k in used:
            continue
        starts = [e for e in (0, 1) if (k, e) not in joined]
        if not starts:
            continue
        row = _row(k, starts[0], joined)
        if len(row) >= FEWEST:
            used |= {piece for piece, _ in row}
            line = _whole(wires, row)
            if sum(end.head for end in line.ends) == 1:
                lines.append(line)
    return [wire for k, wire in enumerate(wires) if k not in used and wire.confidence > LONE] + lines


def _between(a: Point, b: Point, boxes: list[BBox]) -> bool:
    """Whether a box lies between two ends: they are of two arrows then."""
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    return any(distance(middle, box) == 0 for box in boxes)


def _length(wire: Wire) -> float:
    return math.dist(wire.ends[0].point, wire.ends[1].point)


def _step(one: Wire, e: int, other: Wire, f: int, unit: float) -> float:
    """How far it is from an end of one dash to an end of another that goes on from it; infinite where it does not."""
    a, b = one.ends[e].point, other.ends[f].point
    away = math.dist(a, b)
    if away > APART * unit or away == 0:
        return math.inf
    way = ((b[0] - a[0]) / away, (b[1] - a[1]) / away)
    out, back = _way(one, e), _way(other, f)
    straight = out[0] * way[0] + out[1] * way[1] > ONWARDS and back[0] * way[0] + back[1] * way[1] < -ONWARDS
    return away if straight else math.inf


def _way(wire: Wire, e: int) -> Point:
    """Outwards at an end, by where the other one lies: a dash is too short for more."""
    (x, y), (fx, fy) = wire.ends[e].point, wire.ends[1 - e].point
    length = math.dist((x, y), (fx, fy)) or 1.0
    return (x - fx) / length, (y - fy) / length


def _row(start: int, end: int, joined: dict[_End, _End]) -> list[_End]:
    """Pieces from one that begins a row, each with the end by which the row comes in."""
    row = [(start, end)]
    while (onward := joined.get((row[-1][0], 1 - row[-1][1]))) and onward[0] not in {piece for piece, _ in row}:
        row.append(onward)
    return row


def _whole(wires: list[Wire], row: list[_End]) -> Wire:
    first, last = (wires[row[0][0]], row[0][1]), (wires[row[-1][0]], 1 - row[-1][1])
    # On a piece of a few pixels it is hard to say at which end its head is; it is the line's end that has one.
    ends = tuple(
        replace(wire.ends[e], head=any(end.head for end in wire.ends), heading=_way(wire, e))
        for wire, e in (first, last)
    )
    path = tuple(point for piece, _ in row for point in wires[piece].path)
    return Wire(ends, path, ((0, 1),), 0.8)
