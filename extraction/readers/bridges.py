"""Wires that a word written over them cut in two, made whole."""

from __future__ import annotations

from extraction.readers.nodes import DOTS, Node
from extraction.readers.primitives import End, Point, Wire, centre, distance, height, width
from extraction.vocabulary import parse

#: How far two pieces of one line may lie beside one another, in heights of a line.
ASIDE = 0.25
#: A line that passes a word's middle nearer than this share of its size leads to the word.
THROUGH = 0.3


def bridged(wires: list[Wire], texts: list[Node], unit: float) -> list[Wire]:
    """The wires, those joined that go on in one straight line behind a word that they only touch."""
    wires = list(wires)
    for text in texts:
        dots = bool(DOTS.fullmatch(text.label))
        if not dots and parse(text.label).role == "layer":
            continue  # what an arrow runs into is a layer, however it stands
        while (joined := _over(text, wires, texts, unit, dots=dots)) is not None:
            wires = joined
            if not dots:
                break
    return wires


def _over(text: Node, wires: list[Wire], texts: list[Node], unit: float, *, dots: bool) -> list[Wire] | None:
    """The wires with one pair joined that goes on behind a text; over dots, in several lines, each in its own."""
    near = [
        (k, e)
        for k, wire in enumerate(wires)
        for e, end in enumerate(wire.ends)
        if distance(end.point, text.bbox) < 0.5 * unit
    ]
    for n, (a, i) in enumerate(near):
        for b, j in near[n + 1 :]:
            one, other = wires[a].ends[i], wires[b].ends[j]
            if a == b or not _straight(one, other, unit):
                continue
            if dots or not any(_through(one, other, node) for node in texts):
                joined = _joined(wires[a], i, wires[b], j)
                return [wire for k, wire in enumerate(wires) if k not in (a, b)] + [joined]
    return None


def _straight(one: End, other: End, unit: float) -> bool:
    """Whether two ends look at each other along one line."""
    (x, y), (dx, dy) = one.point, one.heading
    ahead = (other.point[0] - x) * dx + (other.point[1] - y) * dy
    aside = abs((other.point[1] - y) * dx - (other.point[0] - x) * dy)
    opposite = dx * other.heading[0] + dy * other.heading[1] < -0.9
    return opposite and ahead > -0.3 * unit and aside < ASIDE * unit


def _through(one: End, other: End, text: Node) -> bool:
    """Whether the line between two ends passes the text through its middle, not at its rim."""
    (x, y), (dx, dy) = one.point, one.heading
    between = ((x + other.point[0]) / 2, (y + other.point[1]) / 2)
    if distance(between, text.bbox) > 0:
        return False
    cx, cy = centre(text.bbox)
    away = abs((cy - y) * dx - (cx - x) * dy)
    size = width(text.bbox) * abs(dy) + height(text.bbox) * abs(dx)
    return away <= THROUGH * size


def _joined(one: Wire, i: int, other: Wire, j: int) -> Wire:
    ends = [end for k, end in enumerate(one.ends) if k != i] + [end for k, end in enumerate(other.ends) if k != j]
    first = {k: n for n, k in enumerate(k for k in range(len(one.ends)) if k != i)}
    second = {k: n + len(first) for n, k in enumerate(k for k in range(len(other.ends)) if k != j)}
    pairs = {(first[a], first[b]) for a, b in one.links if i not in (a, b)}
    pairs |= {(second[a], second[b]) for a, b in other.links if j not in (a, b)}
    through = [first[b if a == i else a] for a, b in one.links if i in (a, b)]
    onward = [second[b if a == j else a] for a, b in other.links if j in (a, b)]
    pairs |= {(min(a, b), max(a, b)) for a in through for b in onward}
    between: tuple[Point, ...] = (one.ends[i].point, other.ends[j].point)
    sure = 0.95 * min(one.confidence, other.confidence)
    return Wire(tuple(ends), (*one.path, *between, *other.path), tuple(sorted(pairs)), sure)
