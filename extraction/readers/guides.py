"""Lines from a corner of one box to a corner of another: they show that one widens to the other, and are no arrows."""

from __future__ import annotations

import math
from dataclasses import replace

from extraction.readers.links import Attached
from extraction.readers.nodes import Node
from extraction.readers.primitives import Point, height, width

#: What ends so near a corner ends there, and of a box no smaller than this one can say so, in heights of a line.
CORNER, SMALLEST = 0.6, 1.6


def without_guides(attached: list[Attached], nodes: list[Node], unit: float) -> list[Attached]:
    """The wires, guides without heads, and left out where another wire joins the same boxes."""
    told = [(item, _is_guide(item, nodes, unit)) for item in attached]
    joined = {frozenset(item.nodes) for item, is_guide in told if not is_guide}
    kept = []
    for item, is_guide in told:
        if not is_guide:
            kept.append(item)
        elif frozenset(item.nodes) not in joined:
            ends = tuple(replace(end, head=False) for end in item.wire.ends)
            kept.append(replace(item, wire=replace(item.wire, ends=ends)))
    return kept


def _is_guide(item: Attached, nodes: list[Node], unit: float) -> bool:
    if len(item.nodes) != 2 or -1 in item.nodes or len(set(item.nodes)) < 2:
        return False
    return all(_at_corner(end.point, nodes[i], unit) for end, i in zip(item.wire.ends, item.nodes, strict=True))


def _at_corner(point: Point, node: Node, unit: float) -> bool:
    if node.box is None or node.box.shape != "rect" or min(width(node.bbox), height(node.bbox)) < SMALLEST * unit:
        return False
    x0, y0, x1, y1 = node.bbox
    return any(math.dist(point, corner) < CORNER * unit for corner in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)))
