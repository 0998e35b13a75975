"""What is drawn over and over, as at every step of an unrolled network: what most steps show holds for all."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from statistics import median

from extraction.readers.links import Links
from extraction.readers.nodes import Node
from extraction.readers.primitives import height, same_shade, width

#: Boxes of one row have the same sizes up to this share; so many of them are a row.
ALIKE, FEWEST = 0.2, 3
#: Pairs of boxes stand alike where their offsets differ by no more than this, in sizes of a box.
SAME = 0.3
#: More than this share of the steps say how all go, where so many times as many go one way as the other; where even
#: more show a connection, all have it.
MOST, CLEAR, NEARLY_ALL = 0.5, 2, 0.55
#: How sure is what was seen at other steps alone.
UNSEEN = 0.6

Pair = tuple[int, int]


def as_at_most_steps(links: Links) -> None:
    """Give rows of alike boxes the same connections at each step, in place.

    Where more than half of the pairs that stand to one another alike are joined, all are, and all in the direction of
    most. Lines that cross others, or heads that touch a box beside theirs, are missed at some steps only.
    """
    for axis in (0, 1):
        rows = _rows(links.nodes, axis)
        home = {i: n for n, row in enumerate(rows) for i in row}
        met = {(home[s], home[t]) for s, t in links.certain if s in home and t in home}
        for one, two in sorted(met | {(two, one) for one, two in met}):
            for pairs in _alike_pairs(links.nodes, rows[one], rows[two], axis):
                _complete(links, pairs)


def _rows(nodes: list[Node], axis: int) -> list[list[int]]:
    """Boxes of one size, with the same letter or none, that stand level in a row (axis 0) or a column (1)."""
    rows: list[list[int]] = []
    for i, node in enumerate(nodes):
        if node.box is None or node.box.operator:
            continue
        home = next((row for row in rows if _in_row([nodes[k] for k in row], node, axis)), None)
        if home is None:
            rows.append([i])
        else:
            home.append(i)
    return [sorted(row, key=lambda i: nodes[i].place[axis]) for row in rows if len(row) >= FEWEST]


def _in_row(row: list[Node], node: Node, axis: int) -> bool:
    if row[0].box is None or node.box is None or row[0].box.shape != node.box.shape:
        return False
    if _letter(row[0]) != _letter(node) or not same_shade(row[0].box, node.box):
        return False
    for size in (width, height):
        usual = median(size(other.bbox) for other in row)
        if abs(size(node.bbox) - usual) > ALIKE * usual + 1:
            return False
    level = median(other.place[1 - axis] for other in row)
    thick = row[0].bbox[3 - axis] - row[0].bbox[1 - axis]
    return abs(node.place[1 - axis] - level) <= ALIKE * thick + 1


def _letter(node: Node) -> str:
    """What its name begins with: names of steps differ in their indexes."""
    return next((c.casefold() for c in node.label if c.isalpha()), "")


def _alike_pairs(nodes: list[Node], one: list[int], two: list[int], axis: int) -> list[list[Pair]]:
    """The pairs of a box of each row, by how far apart they stand; within a row only neighbours."""
    near = SAME * min(_long(nodes[one[0]], axis), _long(nodes[two[0]], axis))
    pairs = pairwise(one) if one is two else ((i, j) for i in one for j in two)
    found: dict[int, list[Pair]] = defaultdict(list)
    for i, j in pairs:
        found[round((nodes[j].place[axis] - nodes[i].place[axis]) / max(1.0, 2 * near))].append((i, j))
    return [alike for alike in found.values() if len(alike) >= FEWEST]


def _long(node: Node, axis: int) -> float:
    return node.bbox[axis + 2] - node.bbox[axis]


def _complete(links: Links, pairs: list[Pair]) -> None:
    there = [pair for pair in pairs if pair in links.certain]
    back = [(i, j) for i, j in pairs if (j, i) in links.certain]
    # The other way round is seen from the other row, or as neighbours from the other end.
    if len(there) + len(back) <= MOST * len(pairs):
        return
    if len(there) >= max(FEWEST, CLEAR * len(back)):
        turned, goes = back, True
    elif len(back) >= max(FEWEST, CLEAR * len(there)):
        turned, goes = there, False
    else:
        return
    for i, j in turned:
        del links.certain[(j, i) if goes else (i, j)]
    if len(there) + len(back) <= NEARLY_ALL * len(pairs):
        return
    goals: dict[int, set[int]] = defaultdict(set)
    for source, target in links.certain:
        goals[source].add(target)
    for i, j in pairs:
        source, target = (i, j) if goes else (j, i)
        if (target, source) not in links.certain and not _leads(goals, source, target):
            links.certain[source, target] = UNSEEN
            goals[source].add(target)


def _leads(goals: dict[int, set[int]], source: int, target: int) -> bool:
    """Whether one leads to the other, past whatever stands between them at this step."""
    seen, waiting = {source}, [source]
    while waiting:
        found = goals.get(waiting.pop(), set()) - seen
        if target in found:
            return True
        seen |= found
        waiting += found
    return False
