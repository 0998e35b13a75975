"""Boxes that stand on one another: their order is that of a chain of layers."""

from __future__ import annotations

from itertools import pairwise

from extraction.readers.links import Direction, Links
from extraction.readers.nodes import Node
from extraction.readers.primitives import area, around, centre, gap, height, inside, overlap, width
from extraction.readers.two_ways import opposed

#: How far apart boxes follow one another where no wire goes in between, in heights of a line.
FAR = 2.2
#: The same where they stand over one another in the figure's direction, though wires lead away from them: there is no
#: room for an arrow. Their middles lie no farther apart, as a share of the narrower one.
STACKED, MIDDLE = 0.6, 0.05


def follow_touching(links: Links, boxes: int, flow: Direction, unit: float) -> None:
    """Of the first nodes, `boxes` in number, those that touch without a wire between them follow one another."""
    nodes = links.nodes
    few = len(links.certain) < 0.4 * boxes
    near, far = 0.9 * unit + 2, FAR * unit
    close = near if not links.certain else 0.3 * unit + 2
    comes = {target for _, target in links.certain}
    goes = {source for source, _ in links.certain}
    pairs: list[tuple[int, int, bool]] = []
    for i in range(boxes):
        for j in range(i + 1, boxes):
            a, b = nodes[i], nodes[j]
            if not (a.lines and b.lines) or gap(a.bbox, b.bbox) > far:
                continue
            if inside(a.bbox, b.bbox, 0.5) or inside(b.bbox, a.bbox, 0.5):
                continue
            if any(node.box and node.box.shape == "circle" for node in (a, b)):
                continue  # circles form no stack
            upright = _share(a, b, upright=True) > 0.5
            level = _share(a, b, upright=False) > 0.5
            if upright == level or not (upright or few) or _joined(links, i, j):
                continue
            across = upright != (flow in ("up", "down"))
            if (across and _siblings(links, i, j)) or (upright and opposed(links, i, j)):
                continue
            # A little apart, they are a chain where it goes their way: from what nothing leaves to what nothing enters.
            way = 1 if upright else 0
            first = min(i, j, key=lambda k: centre(nodes[k].bbox)[way])
            follows = i + j - first if flow in ("down", "right") else first
            along = upright == (flow in ("up", "down"))
            free = follows not in comes and i + j - follows not in goes
            stacked = along and gap(a.bbox, b.bbox) <= STACKED * unit and _over(a, b)
            if gap(a.bbox, b.bbox) <= close or stacked or (along and free and _beside(i, j, nodes[:boxes])):
                pairs.append((i, j, upright))
    for chain, upright in _chains(pairs):
        chain.sort(key=lambda i: centre(nodes[i].bbox)[1 if upright else 0])
        if _backwards(chain, links, flow, upright):
            chain.reverse()
        for source, target in pairwise(chain):
            links.add(source, target, 0.5)


def _over(a: Node, b: Node) -> bool:
    """Whether two boxes have one middle, as those of a stack have."""
    upright = abs(centre(a.bbox)[1] - centre(b.bbox)[1]) > abs(centre(a.bbox)[0] - centre(b.bbox)[0])
    k = 0 if upright else 1
    narrow = min(node.bbox[k + 2] - node.bbox[k] for node in (a, b))
    return abs(centre(a.bbox)[k] - centre(b.bbox)[k]) < MIDDLE * narrow


def follow_signs(links: Links, boxes: int, flow: Direction, unit: float) -> None:
    """A sign right before or behind a box, in line with it, goes with it: the line between them is too short to see."""
    axis, near = 1 if flow in ("down", "up") else 0, 0.3 * unit + 2
    ends = {source for source, _ in links.certain}, {target for _, target in links.certain}
    for i, sign in enumerate(links.nodes[:boxes]):
        for j, other in enumerate(links.nodes[:boxes]):
            if i == j or not (sign.box and sign.box.operator) or gap(sign.bbox, other.bbox) > near:
                continue
            apart = max(sign.bbox[axis] - other.bbox[axis + 2], other.bbox[axis] - sign.bbox[axis + 2])
            aside = abs(centre(sign.bbox)[1 - axis] - centre(other.bbox)[1 - axis])
            first, last = sorted((i, j), key=lambda k: centre(links.nodes[k].bbox)[axis])
            source, target = (first, last) if flow in ("down", "right") else (last, first)
            if apart > 0 and aside < near and source not in ends[0] and target not in ends[1]:
                links.add(source, target, 0.6)


def _siblings(links: Links, i: int, j: int) -> bool:
    """Whether arrows lead to both from one layer, or from both to one: they stand side by side."""
    before = [{s for s, t in links.certain if t == k} for k in (i, j)]
    after = [{t for s, t in links.certain if s == k} for k in (i, j)]
    return bool(before[0] & before[1]) or bool(after[0] & after[1])


def _beside(i: int, j: int, nodes: list[Node]) -> bool:
    """Whether nothing stands between two nodes."""
    both = around([nodes[i].bbox, nodes[j].bbox])
    return not any(overlap(node.bbox, both) > 0.3 * area(node.bbox) for k, node in enumerate(nodes) if k not in (i, j))


def _share(a: Node, b: Node, *, upright: bool) -> float:
    """How much of the wider one's side the two have beside one another."""
    k = 0 if upright else 1
    both = overlap((a.bbox[k], 0, a.bbox[k + 2], 1), (b.bbox[k], 0, b.bbox[k + 2], 1))
    size = width if upright else height
    return both / max(size(a.bbox), size(b.bbox), 1e-6)


def _joined(links: Links, i: int, j: int) -> bool:
    return (i, j) in links.certain or (j, i) in links.certain


def _chains(pairs: list[tuple[int, int, bool]]) -> list[tuple[list[int], bool]]:
    chains = []
    for upright in (True, False):
        groups: list[set[int]] = []
        for i, j, way in pairs:
            if way != upright:
                continue
            touching = [group for group in groups if i in group or j in group]
            for group in touching:
                groups.remove(group)
            groups.append({i, j}.union(*touching))
        chains += [(sorted(group), upright) for group in groups]
    return chains


def _few(met: set[int], chain: list[int]) -> set[int]:
    """Nodes of a chain that wires meet; none where they meet most of it: those pass from stack to stack."""
    met &= set(chain)
    return met if 2 * len(met) <= len(chain) or len(met) < 3 else set()


def _backwards(chain: list[int], links: Links, flow: Direction, upright: bool) -> bool:
    """Whether a stack runs upwards (leftwards): wires come in at its far end, leave at the near one."""
    first, last = chain[0], chain[-1]
    inside_ = set(chain)
    comes = _few({t for s, t in links.certain if s not in inside_}, chain)
    goes = _few({s for s, t in links.certain if t not in inside_}, chain)
    vote = (last in comes) + (first in goes) - (first in comes) - (last in goes)
    if vote:
        return vote > 0
    return flow == ("up" if upright else "left")
