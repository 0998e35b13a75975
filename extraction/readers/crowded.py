"""Rows of alike boxes, as unrolled networks are drawn: what one arrow says of all of them."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.readers.aims import aim
from extraction.readers.links import Attached
from extraction.readers.nodes import Node
from extraction.readers.primitives import End, Point, around, centre, height, same_shade, width

#: Boxes of one row have the same sizes up to this share; so many of them are a row.
ALIKE, FEWEST = 0.15, 3
#: How far from a row an arrow may begin or end that means all of it, in lengths of the arrow.
FAR = 2.0
#: How sure it is that an arrow at a row means all of it, or that a line goes as the others like it.
WHOLE, SAME = 0.7, 0.75
#: Arrows run in the same direction (cosine).
PARALLEL = 0.95


def rows_of_alike(nodes: list[Node], axis: int) -> list[list[int]]:
    """Boxes of one size and colour that stand level in a row (axis 0) or a column (1), at least three."""
    rows: list[list[int]] = []
    for i, node in enumerate(nodes):
        if node.box is None:
            continue
        home = next((row for row in rows if _alike(nodes[row[0]], node) and _level(nodes[row[0]], node, axis)), None)
        if home is None:
            rows.append([i])
        else:
            home.append(i)
    return [row for row in rows if len(row) >= FEWEST]


def _alike(a: Node, b: Node) -> bool:
    if a.box is None or b.box is None or a.box.shape != b.box.shape or not same_shade(a.box, b.box):
        return False
    return all(abs(size(a.bbox) - size(b.bbox)) <= ALIKE * size(a.bbox) + 1 for size in (width, height))


def _level(a: Node, b: Node, axis: int) -> bool:
    thick = a.bbox[3 - axis] - a.bbox[1 - axis]
    return abs(centre(a.bbox)[1 - axis] - centre(b.bbox)[1 - axis]) <= ALIKE * thick + 1


def as_the_others(attached: list[Attached], nodes: list[Node]) -> None:
    """Give lines without heads between two boxes of a row the direction of the arrows between such boxes, in place.

    What is drawn over and over is drawn carelessly now and then: a head is forgotten or hidden.
    """
    for axis in (0, 1):
        for row in rows_of_alike(nodes, axis):
            known = set(row)
            inner = [item for item in attached if len(item.nodes) == 2 and set(item.nodes) <= known]
            signs = {_sign(item, nodes, axis) for item in inner} - {0}
            model = nodes[row[0]]
            kin = signs or (_kin(model, attached, nodes, axis) if model.box and model.box.colour else set())
            if len(kin) != 1:
                continue
            for item in inner:
                if not any(end.head for end in item.wire.ends):
                    _turn(item, nodes, axis, next(iter(kin)))


def _kin(model: Node, attached: list[Attached], nodes: list[Node], axis: int) -> set[int]:
    """Which ways arrows go between boxes that look like one, wherever they stand."""
    pairs = [item for item in attached if len(item.nodes) == 2 and 0 <= min(item.nodes) <= max(item.nodes) < len(nodes)]
    like = [item for item in pairs if all(_alike(model, nodes[i]) for i in item.nodes)]
    return {_sign(item, nodes, axis) for item in like if _level(nodes[item.nodes[0]], nodes[item.nodes[1]], axis)} - {0}


def _sign(item: Attached, nodes: list[Node], axis: int) -> int:
    """Whether an arrow goes right or down (1), left or up (-1), or has no direction (0)."""
    first, last = item.wire.ends
    if first.head == last.head:
        return 0
    ahead = centre(nodes[item.nodes[1]].bbox)[axis] > centre(nodes[item.nodes[0]].bbox)[axis]
    return 1 if ahead == last.head else -1


def _turn(item: Attached, nodes: list[Node], axis: int, sign: int) -> None:
    ahead = centre(nodes[item.nodes[1]].bbox)[axis] > centre(nodes[item.nodes[0]].bbox)[axis]
    head = 1 if ahead == (sign == 1) else 0
    ends = tuple(replace(end, head=k == head) for k, end in enumerate(item.wire.ends))
    item.wire = replace(item.wire, ends=ends, confidence=SAME * item.wire.confidence)


def feed(attached: list[Attached], nodes: list[Node], unit: float) -> list[Attached]:
    """The arrows without those that end where several begin in nothing, side by side: those come from where it does."""
    kept = []
    for item in attached:
        tail = _tail(item)
        fed = [] if tail is None or item.nodes[1 - tail] >= 0 else _from_nowhere(item, 1 - tail, attached, unit)
        if fed and tail is not None:
            aim(item, nodes, [], unit)
            for other in fed:
                other.nodes[_tail(other) or 0] = item.nodes[tail]
        else:
            kept.append(item)
    return kept


def spread(attached: list[Attached], nodes: list[Node]) -> list[Attached]:
    """The arrows, and for each that begins or ends before a row of alike boxes one for every box of the row.

    An arrow drawn in the middle below a row, or above it, means all that stands there: it leads to all boxes where
    nothing comes into any, or comes from all where nothing leaves any.
    """
    result: list[Attached] = []
    for item in attached:
        tail = _tail(item)
        places = [[node] for node in item.nodes]
        for end in () if tail is None else (0, 1):
            side = 0 if end == tail else 1
            taken = {node for other in attached for node in _joined(other, side)}
            if item.nodes[end] < 0 <= item.nodes[1 - end]:
                row = _row_at(item, end, nodes, taken)
                places[end] = row if row and item.nodes[1 - end] not in row else places[end]
        if max(len(place) for place in places) == 1:
            result.append(item)
        else:
            result += [Attached(item.wire, [a, b], [WHOLE, WHOLE]) for a in places[0] for b in places[1]]
    return result


def _tail(item: Attached) -> int | None:
    """The end that a plain arrow comes from; `None` for other lines."""
    heads = [end.head for end in item.wire.ends]
    return heads.index(False) if sorted(heads) == [False, True] else None


def _joined(item: Attached, side: int) -> list[int]:
    """The nodes that an arrow comes from (0) or leads to (1); either for a line without a head."""
    heads = [end.head for end in item.wire.ends]
    return [node for node, head in zip(item.nodes, heads, strict=True) if head == bool(side) or not any(heads)]


def _from_nowhere(item: Attached, head: int, attached: list[Attached], unit: float) -> list[Attached]:
    """Arrows side by side that begin ahead of an arrow's loose head, in nothing, and go on in its direction."""
    far = FAR * math.dist(item.wire.ends[0].point, item.wire.ends[1].point)
    end = item.wire.ends[head]
    found: list[tuple[float, Attached]] = []
    for other in attached:
        tail = _tail(other)
        if other is item or tail is None or other.nodes[tail] >= 0 or other.nodes[1 - tail] < 0:
            continue
        goal = other.wire.ends[1 - tail]
        same = end.heading[0] * goal.heading[0] + end.heading[1] * goal.heading[1] > PARALLEL
        ahead, aside = _seen(end, other.wire.ends[tail].point)
        if same and -0.5 * unit < ahead < far:
            found.append((aside, other))
    reach = [aside for aside, _ in found]
    between = len(reach) >= FEWEST and min(reach) <= 0.5 * unit and max(reach) >= -0.5 * unit
    return [other for _, other in found] if between else []


def _seen(end: End, point: Point) -> tuple[float, float]:
    """How far ahead of an end a point lies, and how far aside."""
    (x, y), (dx, dy) = end.point, end.heading
    return (point[0] - x) * dx + (point[1] - y) * dy, (point[1] - y) * dx - (point[0] - x) * dy


def _row_at(item: Attached, e: int, nodes: list[Node], taken: set[int]) -> list[int]:
    """The row of alike boxes right ahead of a loose end, none of which is taken."""
    end = item.wire.ends[e]
    axis = 0 if abs(end.heading[1]) > abs(end.heading[0]) else 1
    far = FAR * math.dist(item.wire.ends[0].point, item.wire.ends[1].point)
    best: tuple[float, list[int]] = (far, [])
    for row in rows_of_alike(nodes, axis):
        whole = around([nodes[i].bbox for i in row])
        sign = 1 if end.heading[1 - axis] > 0 else -1
        side = whole[1 - axis] if sign > 0 else whole[3 - axis]
        away = (side - end.point[1 - axis]) * sign
        if not taken & set(row) and 0 <= away < best[0] and whole[axis] <= end.point[axis] <= whole[axis + 2]:
            best = (away, row)
    return best[1]
