"""Arrows that lead to a frame around layers, or come from one: they mean the first layers in it, or the last ones."""

from __future__ import annotations

from extraction.readers.links import Attached, Links
from extraction.readers.nodes import Node
from extraction.readers.primitives import End, area, distance, inside

#: How far from a frame's border an arrow may end, before it and behind it, in heights of a line.
BEFORE, BEHIND = 0.9, 0.6
#: Frames with more first or last layers than this hold several networks.
MOST = 4


def attach_frames(item: Attached, nodes: list[Node], first: int, unit: float) -> None:
    """Ends that meet no layer may meet a frame, in place: `nodes` from `first` on are frames."""
    for e, end in enumerate(item.wire.ends):
        if item.nodes[e] >= 0:
            continue
        others = [other for k, other in enumerate(item.wire.ends) if k != e]
        met = [i for i in range(first, len(nodes)) if _meets(end, others, nodes[i], unit)]
        if met:
            item.nodes[e] = min(met, key=lambda i: area(nodes[i].bbox))
            item.sure[e] = 0.75


def _meets(end: End, others: list[End], frame: Node, unit: float) -> bool:
    """Whether a line from outside ends at a frame's border."""
    x0, y0, x1, y1 = frame.bbox
    (x, y), (dx, dy) = end.point, end.heading
    within = distance(end.point, frame.bbox) == 0
    if within and min(x - x0, x1 - x, y - y0, y1 - y) > BEHIND * unit:
        return False
    if not within and distance(end.point, frame.bbox) > BEFORE * unit:
        return False
    ahead = (x + 2 * BEFORE * unit * dx, y + 2 * BEFORE * unit * dy)
    return distance(ahead, frame.bbox) == 0 and all(distance(other.point, frame.bbox) > 0.3 * unit for other in others)


def open_frames(links: Links, first: int) -> None:
    """Put the layers in place of the frames, which are the nodes from `first` on."""
    direct = {pair: sure for pair, sure in links.certain.items() if max(pair) < first}
    framed = {pair: sure for pair, sure in links.certain.items() if max(pair) >= first}
    frames = links.nodes[first:]
    del links.nodes[first:]
    links.certain = direct
    links.leaves = [(wire, node) for wire, node in links.leaves if node < first]
    links.reaches = [(wire, node) for wire, node in links.reaches if node < first]
    for (source, target), sure in framed.items():
        starts = _edge(frames[source - first], links, 0, target) if source >= first else [source]
        goals = _edge(frames[target - first], links, 1, source) if target >= first else [target]
        if len(starts) <= MOST and len(goals) <= MOST:
            for start in starts:
                for goal in goals:
                    links.add(start, goal, 0.8 * sure)


def _edge(frame: Node, links: Links, side: int, other: int) -> list[int]:
    """The layers in a frame that nothing in it leads on from (side 0) or leads to (1)."""
    held = [i for i, node in enumerate(links.nodes) if i != other and inside(node.bbox, frame.bbox)]
    joined = {i for pair in links.certain for i in pair}
    held = [i for i in held if i in joined or links.nodes[i].box is not None]
    known = set(held)
    taken = {pair[side] for pair in links.certain if pair[1 - side] in known}
    return [i for i in held if i not in taken]
