"""Which nodes a drawing's wires join, and in which direction."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from extraction.flow.model import BBox
from extraction.readers.aims import aim, fork, from_behind, reach_out
from extraction.readers.bridges import bridged
from extraction.readers.crowded import as_the_others, feed, spread
from extraction.readers.ellipsis import lead_through
from extraction.readers.framed import attach_frames, open_frames
from extraction.readers.guides import without_guides
from extraction.readers.joints import is_ahead, let_go, parted_at_signs, run_into, turn_away
from extraction.readers.links import Attached, Direction, Links
from extraction.readers.nodes import Node, Scene, is_number
from extraction.readers.primitives import (
    Drawing,
    End,
    Wire,
    area,
    around,
    centre,
    depth,
    distance,
)
from extraction.readers.rows import NEIGHBOURS, neighbours, solid_neighbours, stand_upright
from extraction.readers.stream import direction, ways, with_the_stream
from extraction.readers.sums import add_up
from extraction.readers.touching import follow_signs, follow_touching
from extraction.readers.two_ways import in_both
from extraction.vocabulary import parse

#: How far from a box or text a wire may end, in heights of a line.
REACH = 0.9
#: Lines between volumes with more ends than this show what a filter sees, not where data go.
MOST_ENDS = 4
#: What it counts that an end close to a box does not point at it, in heights of a line.
ASIDE = 0.15
#: A wire that passes by more of a text than this runs along it.
ALONG = 0.6
#: Share of the lines that have heads, where one without is no connection; how alike its ends' headings are (cosine).
MOSTLY, STRAIGHT = 0.7, 0.9
#: What is written so near a line, in heights of a line of text, may say that it carries nothing.
BESIDE = 0.8
_SHARED = re.compile(r"\b(shar(?:e|ed|ing)|tied)\b", re.IGNORECASE)
#: A line that comes in at a box's first side runs at least so steeply (cosine).
STEEP = 0.02


def connect(scene: Scene, drawing: Drawing, *, rows: bool = False) -> Links:
    """Join the nodes; free texts count as nodes where a wire runs up to them.

    With `rows`, boxes that no wire joins follow one another as they stand.
    """
    layers = len(scene.boxes) + len(scene.texts)
    nodes = scene.boxes + scene.texts + ([] if rows else scene.frames)
    links = Links(nodes)
    wires = parted_at_signs(bridged(drawing.wires, scene.texts, drawing.unit), scene.boxes)
    wires = [wire for wire in wires if not rows or len(wire.ends) <= MOST_ENDS]
    wires = [wire for wire in wires if not _is_shared(wire, scene.texts, drawing.unit)]
    attached = [_attach(wire, nodes[:layers], drawing.unit) for wire in wires]
    if not rows:
        let_go(attached, nodes, drawing.unit)
        turn_away(attached, nodes, drawing.unit)
    # What begins and ends at one node is left of its outline.
    attached = [item for item in attached if len(set(item.nodes)) > 1 or -1 in item.nodes]
    if not rows:
        attached = without_guides(attached, nodes, drawing.unit)
    for item in attached:
        attach_frames(item, nodes, layers, drawing.unit)
    if not rows:
        attached = feed(attached, nodes[:layers], drawing.unit)
    attached = run_into(attached, nodes, drawing.unit)
    for item in attached if not rows else ():
        aim(item, nodes[:layers], [other.wire for other in attached if other is not item], drawing.unit)
        fork(item, nodes[:layers], drawing.unit)
    attached = [item for item in attached if len(set(item.nodes)) > 1]
    if not rows:
        as_the_others(attached, nodes[:layers])
        attached = spread(attached, nodes[:layers])
        with_the_stream(attached, nodes, drawing.unit)
    flow = direction(attached, drawing)
    links.flow = flow
    for item in attached:
        _enters(item, nodes, flow, drawing.unit)
        _inputs_beside(item, nodes[:layers], drawing.unit, sizes=rows)
    headed = [item for item in attached if any(end.head for end in item.wire.ends)]
    if len(headed) > MOSTLY * len(attached):
        attached = [item for item in attached if not _is_bracket(item)]
    for item in attached:
        _join(item, links, flow, drawing.unit)
    _into_signs(links)
    if not rows:
        from_behind(links, drawing.unit)
        reach_out(attached, links, len(scene.boxes), drawing.unit)
        add_up(links, len(scene.boxes), drawing.unit)
        follow_signs(links, len(scene.boxes), flow, drawing.unit)
        follow_touching(links, len(scene.boxes), flow, drawing.unit)
        for source, target in solid_neighbours(scene.boxes, links.certain, drawing.unit):
            links.add(source, target, NEIGHBOURS)
    frames = links.nodes[layers:]
    open_frames(links, layers)
    in_both(links, frames)
    lead_through(links)
    if rows:
        upright = not links.certain and stand_upright(scene.boxes)
        _onwards(links)
        for source, target in neighbours(scene.boxes, links.certain, upright=upright):
            links.add(source, target, NEIGHBOURS)
    _within_parts(links, drawing.parts)
    return links


def _within_parts(links: Links, parts: list[BBox]) -> None:
    """Leave out, in place, what would lead from one part of a figure to another."""
    within = [
        min(range(len(parts)), key=lambda p: distance(centre(node.bbox), parts[p]), default=0) for node in links.nodes
    ]
    links.certain = {pair: sure for pair, sure in links.certain.items() if within[pair[0]] == within[pair[1]]}


def _is_shared(wire: Wire, texts: list[Node], unit: float) -> bool:
    """Whether a line that goes both ways or none says that two layers have the same weights."""
    if len(wire.ends) != 2 or wire.ends[0].head != wire.ends[1].head:
        return False
    points = [*wire.path, centre(around([(*end.point, *end.point) for end in wire.ends]))]
    beside = [text for text in texts if min(distance(point, text.bbox) for point in points) < BESIDE * unit]
    return any(_SHARED.search(text.label) for text in beside)


def _is_bracket(item: Attached) -> bool:
    """Whether a line without a head joins boxes on the same side of all: it says what belongs together."""
    ends = [end for end, node in zip(item.wire.ends, item.nodes, strict=True) if node >= 0]
    (x, y) = ends[0].heading
    alike = all(x * end.heading[0] + y * end.heading[1] > STRAIGHT for end in ends)
    return len(ends) > 1 and alike and not any(end.head for end in item.wire.ends)


def _onwards(links: Links) -> None:
    """Volumes are drawn from left to right: the lines between them have what looks like heads where filters are."""
    for (source, target), confidence in list(links.certain.items()):
        a, b = links.nodes[source], links.nodes[target]
        solid = any(node.box and node.box.shape == "volume" for node in (a, b))
        level = min(a.bbox[3], b.bbox[3]) - max(a.bbox[1], b.bbox[1])
        if solid and level > 0 and centre(a.bbox)[0] > centre(b.bbox)[0]:
            del links.certain[source, target]
            links.certain.setdefault((target, source), 0.7 * confidence)


def _attach(wire: Wire, nodes: list[Node], unit: float) -> Attached:
    found, sure = [], []
    for end in wire.ends:
        best, score, far = -1, math.inf, 0.0
        for i, node in enumerate(nodes):
            away = distance(end.point, node.bbox)
            if node.box is None and is_number(node.label):
                continue
            if away > REACH * unit + 2:
                continue
            cost = away / unit
            if node.box is None:
                # Text beside a wire is a remark; text ahead of its end is what it leads to.
                if not is_ahead(end, node, unit) or _runs_along(wire, node, unit):
                    continue
                cost += 0.4
            elif not is_ahead(end, node, unit):
                if _leaves_behind(wire, end, node, away - 0.25 * unit):
                    continue
                cost += 0.5 if away > 0.25 * unit else ASIDE
            elif away == 0:
                # Of boxes that lie over one another, a line belongs to that at whose side it ends.
                cost += min(ASIDE, depth(end.point, node.bbox) / unit)
            cost += 0.02 * math.sqrt(area(node.bbox)) / unit
            if cost < score:
                best, score, far = i, cost, away
        found.append(best)
        sure.append(max(0.5, 1.0 - 0.3 * far / unit) * (1.0 if best >= 0 and nodes[best].box else 0.85))
    return Attached(wire, found, sure)


def _leaves_behind(wire: Wire, end: End, node: Node, away: float) -> bool:
    """Whether an arrow that begins beside a node passes by it nearer still: it comes from elsewhere."""
    return (
        away > 0
        and not end.head
        and len(wire.ends) == 2
        and any(distance(point, node.bbox) < away for point in wire.path)
    )


def _runs_along(wire: Wire, text: Node, unit: float) -> bool:
    """Whether a wire passes by most of a text: it is what the wire carries, not where it goes."""
    x0, y0, x1, y1 = text.bbox
    near = [(x, y) for x, y in wire.path if 0 < distance((x, y), text.bbox) < unit]
    xs, ys = [x for x, _ in near if x0 <= x <= x1], [y for _, y in near if y0 <= y <= y1]
    return max((max(v) - min(v)) / size for v, size in ((xs or [0.0], x1 - x0), (ys or [0.0], y1 - y0))) > ALONG


def _enters(item: Attached, nodes: list[Node], flow: Direction, unit: float) -> None:
    """A bare end at the side by which things come in is a way in, where the wire comes from farther up."""
    ends = list(item.wire.ends)
    bare = not any(end.head for end in ends)
    if bare and len(ends) < 3:
        return
    axis, sign = (1, 1) if flow == "down" else (1, -1) if flow == "up" else (0, 1) if flow == "right" else (0, -1)
    linked = _linked(item.wire)
    for e, end in enumerate(ends):
        if end.head or item.nodes[e] < 0:
            continue
        box = nodes[item.nodes[e]].bbox
        entry = box[axis] if sign > 0 else box[axis + 2]
        beside = max(box[1 - axis] - end.point[1 - axis], end.point[1 - axis] - box[3 - axis])
        onward = end.heading[axis] * sign > STEEP and abs(end.point[axis] - entry) < 0.5 * unit and beside < 0.2 * unit
        others = [f for f in linked[e] if not ends[f].head]
        before = [f for f in others if (end.point[axis] - ends[f].point[axis]) * sign > 0.6 * unit]
        if before and (onward or _beyond(e, linked[e], ends, item, nodes, (axis, sign), unit)):
            ends[e] = replace(end, head=True)
    if any(end.head for end in ends):
        item.wire = replace(item.wire, ends=tuple(ends), confidence=item.wire.confidence * (0.7 if bare else 1.0))


def _beyond(
    e: int, linked: list[int], ends: list[End], item: Attached, nodes: list[Node], way: tuple[int, int], unit: float
) -> bool:
    """Whether all that a bare end would lead to lies before it in the figure's direction."""
    axis, sign = way
    here = centre(nodes[item.nodes[e]].bbox)[axis]
    places = [centre(nodes[item.nodes[f]].bbox)[axis] for f in linked if ends[f].head and item.nodes[f] >= 0]
    return bool(places) and all((here - place) * sign > unit for place in places)


def _linked(wire: Wire) -> list[list[int]]:
    """For each end those that the line leads to from there."""
    linked: list[list[int]] = [[] for _ in wire.ends]
    for a, b in wire.links:
        linked[a].append(b)
        linked[b].append(a)
    return linked


def _inputs_beside(item: Attached, nodes: list[Node], unit: float, *, sizes: bool) -> None:
    """A text beside a wire that comes from nowhere is where it comes from, unless it is a remark.

    With `sizes`, one that says how large something is says so of what comes in.
    """
    for e, end in enumerate(item.wire.ends):
        if end.head or item.nodes[e] >= 0 or not (sizes or any(other.head for other in item.wire.ends)):
            continue
        near = [
            (distance(end.point, node.bbox), i)
            for i, node in enumerate(nodes)
            if node.box is None and distance(end.point, node.bbox) < 1.6 * unit and _may_be_source(node, sizes)
        ]
        if near:
            item.nodes[e] = min(near)[1]
            item.sure[e] = 0.75


def _may_be_source(node: Node, sizes: bool) -> bool:
    role = parse(node.label).role
    if sizes and role == "size":
        return True
    return role == "input" or (role in ("other", "operator") and node.label[:1].isalpha() and len(node.lines) == 1)


def _before(a: Node, b: Node, flow: Direction, unit: float) -> bool:
    """Whether a comes before b in the flow's direction."""
    (ax, ay), (bx, by) = centre(a.bbox), centre(b.bbox)
    along, across = (by - ay, bx - ax) if flow in ("down", "up") else (bx - ax, by - ay)
    if flow in ("up", "left"):
        along = -along
    return along > 0 if abs(along) > 0.5 * unit else across > 0


def _join(item: Attached, links: Links, flow: Direction, unit: float) -> None:
    ends = item.wire.ends
    at = item.nodes
    base = 0.97 * item.wire.confidence
    directed = [(tail, head) for tail, head in ways(item.wire) if at[tail] >= 0 <= at[head]]
    directed = _without_remarks(directed, at, links.nodes)
    if directed:
        tails, heads = len({at[t] for t, _ in directed}), len({at[h] for _, h in directed})
        # Arrows that touch on their way lead nearly anywhere, by their ink alone.
        tangled = not item.wire.pairs or len(directed) > tails + heads
        if tangled and tails > 1 and heads > 1:
            base *= 0.7
            directed = _nearest(directed, ends)
        for tail, head in directed:
            links.add(at[tail], at[head], base * item.sure[tail] * item.sure[head])
            links.reaches.append((item.wire, at[head]))
        links.leaves += [(item.wire, node) for node in dict.fromkeys(at[tail] for tail, _ in directed)]
        return
    if len({end.head for end in ends}) > 1 or (ends[0].head and -1 in at):
        return  # an arrow that comes from nowhere, or leads nowhere
    # No arrowhead, or one at every end: the figure's own direction says which comes first.
    known_nodes = list(dict.fromkeys(node for node in at if node >= 0))
    if len(known_nodes) < 2:
        return
    rank = _ranked(known_nodes, links.nodes, flow, unit)
    sure = base * (0.6 if len(rank) == 2 else 0.45)
    if len(rank) == 2:
        links.headless.add((rank[0], rank[1]))
    if len(rank) > 2 and _apart(rank[-1], rank[:-1], links.nodes, flow) > _apart(rank[0], rank[1:], links.nodes, flow):
        # All but the last lie side by side: they run together.
        for node in rank[:-1]:
            links.add(node, rank[-1], sure)
        links.reaches.append((item.wire, rank[-1]))
        links.leaves += [(item.wire, node) for node in rank[:-1]]
        return
    first = rank[0]
    for node in rank[1:]:
        links.add(first, node, sure)
        links.reaches.append((item.wire, node))
    links.leaves.append((item.wire, first))


def _into_signs(links: Links) -> None:
    """A sign joins two things: a line without a head between it and what has an input of its own leads to the sign.

    So does one from what nothing else leads to, where the sign leads on.
    """
    for i, node in enumerate(links.nodes):
        if not (node.box and node.box.operator):
            continue
        for _, target in [pair for pair in links.headless if pair[0] == i and pair in links.certain]:
            comes = sum(t == i for _, t in links.certain)
            fed = any(t == target and s != i for s, t in links.certain)
            leads_on = any(s == i and t != target for s, t in links.certain)
            if comes < 2 and (fed or (comes and leads_on)):
                links.certain[target, i] = links.certain.pop((i, target))


def _without_remarks(directed: list[tuple[int, int]], at: list[int], nodes: list[Node]) -> list[tuple[int, int]]:
    """Ways of one wire without those to a text that it only passes: from the same end it leads to a box."""
    boxed = {tail for tail, head in directed if nodes[at[head]].box}
    return [
        (tail, head)
        for tail, head in directed
        if nodes[at[head]].box or tail not in boxed or parse(nodes[at[head]].label).role == "output"
    ]


def _ranked(chosen: list[int], nodes: list[Node], flow: Direction, unit: float) -> list[int]:
    """Nodes in the order in which the figure's direction has them."""
    rank: list[int] = []
    for node in chosen:
        place = sum(_before(nodes[other], nodes[node], flow, unit) for other in rank)
        rank.insert(place, node)
    return rank


def _apart(one: int, rest: list[int], nodes: list[Node], flow: Direction) -> float:
    """How far a node lies from the nearest of others along the figure's direction."""
    k = 1 if flow in ("down", "up") else 0
    return min(abs(centre(nodes[one].bbox)[k] - centre(nodes[other].bbox)[k]) for other in rest)


def _nearest(pairs: list[tuple[int, int]], ends: tuple[End, ...]) -> list[tuple[int, int]]:
    """Several wires that touch: each head has the nearest tail, and no tail stays without a head."""

    def away(pair: tuple[int, int]) -> float:
        return math.dist(ends[pair[0]].point, ends[pair[1]].point)

    chosen = {min((p for p in pairs if p[1] == head), key=away) for head in {head for _, head in pairs}}
    used = {tail for tail, _ in chosen}
    chosen |= {min((p for p in pairs if p[0] == tail), key=away) for tail in {tail for tail, _ in pairs} - used}
    return sorted(chosen)
