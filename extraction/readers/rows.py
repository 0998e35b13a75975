"""Figures whose order is their place: volumes and boxes in a row; boxes that are called by what stands beside them."""

from __future__ import annotations

import math
import re
from itertools import pairwise

from extraction.readers.nodes import DOTS, Node, is_number
from extraction.readers.primitives import Wire, area, centre, distance, gap, height, width
from extraction.vocabulary import parse

#: How far from a box that has none inside its words stand, in heights of a line.
NAME = 1.0
_WORD = re.compile(r"[^\W\d_]{3}")
#: A letter with an index has no more letters than this.
SYMBOL = 2
#: The same from a volume; volumes stand so close where they follow one another without an arrow.
CAPTION, NEAR = 2.0, 4.0
#: Their middle is the box's, up to this share of its side.
MIDDLE = 0.15
_SUB_CAPTION = re.compile(r"\s*\([a-zA-Z0-9]\)(\s|$)")
#: Boxes stand in one row where they share so much of the lower one's height.
LEVEL = 0.3
#: Boxes of one step of a row share so much of the slimmer one's width.
SAME_STEP = 0.7
#: Fewest volumes that may be a column, and the share of them that has none beside it.
FEWEST, TOWER = 3, 0.8
#: How sure it is that neighbours without an arrow between them follow one another.
NEIGHBOURS = 0.45


def name_beside(nodes: list[Node], joined: set[int], reaches: list[tuple[Wire, int]], unit: float) -> None:
    """Joined boxes, pictures and volumes without words are called by the text right above, below or beside them.

    Where a box holds a symbol alone, the text goes on behind that.

    Each text names one box, the one it stands nearest to, or all volumes that it spans; what a wire leads to is no
    name. What is written along an arrow calls what that leads to. All in place.
    """
    homes = [
        node
        for i, node in enumerate(nodes)
        if node.box and not node.box.operator
        if _is_symbol(node) or (not node.lines and node.box.shape != "circle")
        if i in joined or node.box.shape == "volume"
    ]
    free = [i for i, text in enumerate(nodes) if i not in joined and _may_be_name(text)]
    # What is done to what an arrow carries stands at that; elsewhere it names a box.
    acts = {i for i in free if parse(nodes[i].label).role == "activation"}
    free = [i for i in free if i not in acts or not _at_arrow(nodes[i], reaches, unit)]
    pairs = []
    for i in free:
        text = nodes[i]
        for node in homes:
            if _is_symbol(node) and not _WORD.search(text.label):
                continue  # symbols beside one another, a sum's or an arrow's
            away = gap(node.bbox, text.bbox)
            aside = min(
                abs(a - b) - MIDDLE * size
                for a, b, size in zip(
                    centre(text.bbox), centre(node.bbox), (width(node.bbox), height(node.bbox)), strict=True
                )
            )
            solid = node.box is not None and node.box.shape == "volume"
            if away < (CAPTION if solid else NAME) * unit and aside < 0.6 * unit and not (solid and i in acts):
                pairs.append((away, aside, i, node))
    used: set[int] = set()
    for _, _, i, node in sorted(pairs, key=lambda pair: pair[:3]):
        if i not in used and (not node.lines or _is_symbol(node)):
            node.lines = [*node.lines, *nodes[i].lines]
            used.add(i)
    for i in (i for i in free if i not in used):
        spanned = [node for node in homes if not node.lines and _spans(nodes[i], node, unit)]
        goal = _led_to(nodes[i], reaches, nodes, unit)
        for node in spanned if len(spanned) > 1 else goal:
            node.lines = list(nodes[i].lines)


def _is_symbol(node: Node) -> bool:
    """Whether a box holds no word but a letter with an index, which words beside it explain."""
    return len(node.lines) == 1 and len(node.label) <= SYMBOL and node.label[:1].isalpha()


def _may_be_name(text: Node) -> bool:
    return (
        text.box is None
        and not is_number(text.label)
        and not DOTS.fullmatch(text.label)
        and not _SUB_CAPTION.match(text.label)
    )


def _at_arrow(text: Node, reaches: list[tuple[Wire, int]], unit: float) -> bool:
    return any(distance(point, text.bbox) < 0.5 * unit for wire, _ in reaches for point in wire.path)


def _spans(text: Node, node: Node, unit: float) -> bool:
    """Whether a text stands right above or below a volume, beside other such ones."""
    solid = node.box is not None and node.box.shape == "volume"
    return solid and gap(text.bbox, node.bbox) < CAPTION * unit and _level(text, node, 0) > SAME_STEP


def _led_to(text: Node, reaches: list[tuple[Wire, int]], nodes: list[Node], unit: float) -> list[Node]:
    """What has no words at the end of the arrow that a text is written at, where it names an operation."""
    if parse(text.label).role != "layer":
        return []
    wires = {id(wire): wire for wire, _ in reaches}
    away = {
        key: min((distance(point, text.bbox) for point in wire.path), default=math.inf) for key, wire in wires.items()
    }
    near = sorted((away[id(wire)], i) for wire, i in reaches if away[id(wire)] < unit)
    goals = [nodes[i] for _, i in near[:1]]
    return [node for node in goals if node.box and not node.lines and not node.box.operator]


def rows_of(nodes: list[Node], *, upright: bool = False) -> list[list[int]]:
    """Nodes grouped in rows from top to bottom, each from left to right; or in columns, each from its large end on."""
    k = 0 if upright else 1
    rows: list[list[int]] = []
    for i in sorted(range(len(nodes)), key=lambda i: nodes[i].bbox[k] - nodes[i].bbox[k + 2]):
        fitting = [row for row in rows if _level(nodes[i], nodes[row[0]], k) > LEVEL]
        if fitting:
            max(fitting, key=lambda row: _level(nodes[i], nodes[row[0]], k)).append(i)
        else:
            rows.append([i])
    rows.sort(key=lambda row: min(nodes[i].bbox[k] for i in row))
    if upright:
        return [_from_the_large(sorted(row, key=lambda i: -centre(nodes[i].bbox)[1]), nodes) for row in rows]
    return [sorted(row, key=lambda i: nodes[i].place[0]) for row in rows]


def _from_the_large(column: list[int], nodes: list[Node]) -> list[int]:
    """A column of volumes, upwards: maps get smaller on the way, so that it starts at the large end."""
    return column[::-1] if area(nodes[column[-1]].bbox) > 1.5 * area(nodes[column[0]].bbox) else column


def stand_upright(nodes: list[Node]) -> bool:
    """Whether volumes stand over one another: next to nearly each is one above or below, none beside it."""
    solid = [node for node in nodes if node.box and node.box.shape == "volume"]
    if len(solid) < FEWEST:
        return False
    votes = 0
    for node in solid:
        others = [other for other in solid if other is not node]
        near = min(others, key=lambda other: gap(other.bbox, node.bbox))
        votes += _level(node, near, 0) > LEVEL and _level(node, near, 1) <= 0
    return votes > TOWER * len(solid)


def _level(a: Node, b: Node, k: int) -> float:
    both = min(a.bbox[k + 2], b.bbox[k + 2]) - max(a.bbox[k], b.bbox[k])
    return both / max(min(a.bbox[k + 2] - a.bbox[k], b.bbox[k + 2] - b.bbox[k]), 1e-6)


def neighbours(
    nodes: list[Node], joined: dict[tuple[int, int], float], *, upright: bool = False
) -> list[tuple[int, int]]:
    """Pairs that follow one another by place, where no connection says otherwise."""
    comes = {target for _, target in joined}
    goes = {source for source, _ in joined}
    found = []
    k = 1 if upright else 0
    for row in rows_of(nodes, upright=upright):
        for a, b in ((a, b) for some, more in pairwise(_side_by_side(row, nodes, k)) for a in some for b in more):
            solid = any(node.box and node.box.shape == "volume" for node in (nodes[a], nodes[b]))
            free = (a not in goes or b not in comes) if solid else (a not in goes and b not in comes)
            if free and (a, b) not in joined and (b, a) not in joined:
                found.append((a, b))
    return found


def solid_neighbours(nodes: list[Node], joined: dict[tuple[int, int], float], unit: float) -> list[tuple[int, int]]:
    """Pairs of volumes that stand close in a row, among other things, and that nothing leads on between."""
    comes = {target for _, target in joined}
    goes = {source for source, _ in joined}
    return [
        (a, b)
        for a, b in neighbours(nodes, joined)
        if a not in goes
        and b not in comes
        and all(node.box and node.box.shape == "volume" for node in (nodes[a], nodes[b]))
        and gap(nodes[a].bbox, nodes[b].bbox) < NEAR * unit
    ]


def _side_by_side(row: list[int], nodes: list[Node], k: int) -> list[list[int]]:
    """A row in steps: boxes with words that stand over one another in it, a list of results, are one step."""

    def beside(i: int, j: int) -> bool:
        a, b = nodes[i], nodes[j]
        worded = all(node.lines and node.box and node.box.shape == "rect" for node in (a, b))
        return worded and _level(a, b, k) > SAME_STEP and _level(a, b, 1 - k) <= 0

    steps: list[list[int]] = []
    for i in row:
        if steps and all(beside(i, j) for j in steps[-1]):
            steps[-1].append(i)
        else:
            steps.append([i])
    return steps
