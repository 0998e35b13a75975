"""Bidirectional networks: two rows of layers, of which one goes back; what is drawn at both means both."""

from __future__ import annotations

from extraction.readers.links import Links
from extraction.readers.nodes import Node
from extraction.readers.primitives import centre, height, inside

#: How much of the higher one's side two layers of a row have beside one another.
LEVEL = 0.5
#: How sure it is that an arrow at a frame means both layers in it.
BOTH = 0.8


def opposed(links: Links, i: int, j: int) -> bool:
    """Whether arrows in the rows of two layers go opposite ways: the two directions of a bidirectional network."""
    first, second = _ways(links, i), _ways(links, j)
    return len(first) == len(second) == 1 and first != second


def in_both(links: Links, frames: list[Node]) -> None:
    """What comes into or leaves one of two opposed layers in a frame, from outside their rows, does so of both."""
    for frame in frames:
        held = [i for i, node in enumerate(links.nodes) if inside(node.bbox, frame.bbox)]
        if len(held) != 2 or not opposed(links, *held):
            continue
        for (source, target), sure in list(links.certain.items()):
            if (source in held) == (target in held) or _level(links.nodes[source], links.nodes[target]):
                continue
            for one in held:
                pair = (one, target) if source in held else (source, one)
                if pair not in links.certain:
                    links.add(*pair, BOTH * sure)


def _ways(links: Links, i: int) -> set[bool]:
    """Whether connections between a layer and others level with it go to the right."""
    nodes = links.nodes
    row = [(s, t) for s, t in links.certain if i in (s, t) and _level(nodes[s], nodes[t])]
    return {centre(nodes[t].bbox)[0] > centre(nodes[s].bbox)[0] for s, t in row}


def _level(a: Node, b: Node) -> bool:
    shared = min(a.bbox[3], b.bbox[3]) - max(a.bbox[1], b.bbox[1])
    return shared > LEVEL * max(height(a.bbox), height(b.bbox))
