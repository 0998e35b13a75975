"""Wires from ink: where lines end, which of their ends bear arrowheads, which ends a line leads to from which."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.meetings import end_at_boxes
from extraction.readers.pointed import pointed
from extraction.readers.primitives import End, Point, Wire, distance
from extraction.readers.skeleton import Graph, graph_of
from extraction.readers.things import Things

Mask = NDArray[np.uint8]

#: Lengths below are in heights of a line of text.
SHORTEST = 0.4
#: The same of what lies close between two things.
BETWEEN = 0.22
#: A piece no longer than this between two things is an arrow with hardly a line.
STUB = 1.7
#: What is so many times as long as wide lies along its arrow.
LONG = 2.5
#: Arrowheads are no longer than this, and at least so many times as wide as their line.
HEAD = 1.4
HEAD_WIDTH = 1.7
#: Of several ends that look like heads one is the line's start, if it is so much less broad than the others.
LEAST = 0.8
#: A line turns no more sharply than this at a junction (cosine of the angle between its two ways).
SHARP = 0.45
#: Two ways at a crossing go straight on (the same cosine).
STRAIGHT = -0.85


@dataclass(slots=True)
class _Tip:
    """An end of a line while its arrowhead is sought."""

    node: int
    point: Point
    heading: Point
    #: Width at its widest against that of the line; barbs count as wide.
    breadth: float
    #: Several lines come together right behind the end.
    fan: bool


def trace_wires(ink: Mask, things: Things, unit: float, scale: float) -> list[Wire]:
    """Wires of a mask of line ink.

    Args:
        ink: 1 where a line is.
        things: what lines may join.
        unit: height of a line of text in pixels of the mask.
        scale: brings its pixels to those of the figure.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    wires = []
    for i in range(1, count):
        x, y, w, h, _size = (int(v) for v in stats[i])
        if max(w, h) < BETWEEN * unit:
            continue
        part = np.pad((labels[y : y + h, x : x + w] == i).astype(np.uint8), 1)
        wire = _stub(part, (x - 1.0, y - 1.0), things, unit) if max(w, h) < STUB * unit else None
        if wire is None and max(w, h) >= SHORTEST * unit:
            wire = _wire(part, (x - 1.0, y - 1.0), things, unit)
        if wire is not None:
            wires.append(_placed(wire, x - 1.0, y - 1.0, scale))
    return wires


def _wire(part: Mask, corner: Point, things: Things, unit: float) -> Wire | None:
    graph = graph_of(part)
    if not graph.branches or len(graph.branches) > 400:
        return None
    line = _line_width(graph)
    if line > 1.3 * unit:
        return None
    graph.without_loops(1.2 * unit)
    held = {
        n for n, place in enumerate(graph.places) if len(graph.at(n)) == 1 and _meets(graph, n, corner, things, unit)
    }
    barbed = _prune(graph, held, unit, line)
    end_at_boxes(graph, corner, things, unit, line)
    tips = _tips(graph, part, barbed, unit, line)
    if len(tips) < 2:
        return None
    heads = _heads(tips)
    ends = tuple(End(tip.point, head, tip.heading) for tip, head in zip(tips, heads, strict=True))
    step = max(1, int(0.3 * unit))
    path = tuple((float(x), float(y)) for b in graph.branches for x, y in b.points[::step])
    nodes = [tip.node for tip in tips]
    pairs = _ways(graph, nodes, unit)
    lost = [all(heads[i] == heads[j] for i, j in pairs if k in (i, j)) for k in range(len(ends))]
    if len(set(heads)) > 1 and any(lost):
        # An end without a way on: what looked like a crossing is where lines meet.
        pairs = _ways(graph, nodes, unit, crossings=False)
    return Wire(ends, path, pairs, confidence=0.95)


def _stub(part: Mask, corner: Point, things: Things, unit: float) -> Wire | None:
    """A short straight piece between two things that lie on opposite sides of it."""
    ys, xs = np.nonzero(part)
    x0, y0, x1, y1 = float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    left, top = corner
    things = things.around((x0 + left, y0 + top, x1 + left, y1 + top), unit)
    upright = [(middle[0], y0), (middle[0], y1)]
    level = [(x0, middle[1]), (x1, middle[1])]
    found = None
    near = math.inf if max(x1 - x0, y1 - y0) >= SHORTEST * unit else 0.5 * unit
    for ends, along, across in ((upright, ys, xs), (level, xs, ys)):
        if np.ptp(along) * LONG < np.ptp(across):
            continue  # an arrow is longer than wide
        way = (1.0, 0.0) if along is xs else (0.0, 1.0)
        offs = [_ahead(ends[0], (-way[0], -way[1]), corner, things, unit), _ahead(ends[1], way, corner, things, unit)]
        apart = sum(offs)
        if math.isfinite(apart) and apart <= near and (found is None or apart < found[0]):
            found = (apart, ends, along, across)
    if found is None:
        return None
    _, ends, along, across = found
    rows = along - along.min()
    spans = np.array([np.ptp(across[rows == k]) + 1.0 for k in range(int(rows.max()) + 1) if (rows == k).any()])
    tip = pointed(spans)
    first, last = ends
    length = math.dist(first, last) or 1.0
    way = ((last[0] - first[0]) / length, (last[1] - first[1]) / length)
    both = (End(first, tip == 0, (-way[0], -way[1])), End(last, tip == 1, way))
    return Wire(both, (middle,), ((0, 1),), confidence=0.9 if tip is not None else 0.8)


def _ahead(point: Point, way: Point, corner: Point, things: Things, unit: float) -> float:
    """How far it is from an end straight on to a thing; infinite where there is none near."""
    for step in range(0, 10):
        x, y = point[0] + corner[0] + way[0] * 0.1 * step * unit, point[1] + corner[1] + way[1] * 0.1 * step * unit
        if things.near((x, y), 0.08 * unit, unit):
            return 0.1 * step * unit
    return math.inf


def _line_width(graph: Graph) -> float:
    """Of the line itself: heads are the smaller part of most lines, so a low quantile is safe."""
    return max(1.0, float(np.quantile([w for b in graph.branches for w in b.widths], 0.3)))


def _prune(graph: Graph, held: set[int], unit: float, line: float) -> set[int]:
    """Take away what is no way of a line: corners of arrowheads, barbs, roughness. Returns the nodes with barbs.

    `held` are ends that meet a box; they stay however short the way to them is.
    """
    barbed: set[int] = set()
    for _ in range(4):
        ends = {n for n in range(len(graph.places)) if len(graph.at(n)) == 1} - held
        gone: set[int] = set()
        for node in range(len(graph.places)):
            there = graph.at(node)
            if len(there) < 3 or gone & set(there):
                continue
            spurs = [i for i in there if graph.branches[i].other(node) in ends]
            short = [i for i in spurs if graph.branches[i].length <= max(0.8 * unit, 1.5 * line)]
            if not short:
                continue
            ways = {i: graph.heading(i, node, 0.6 * unit) for i in set(there)}
            onward = [i for i in there if i not in short]
            if not onward:
                # A short arrow: its line is what the barbs lie along.
                onward = [max(short, key=lambda i: sum(_cosine(ways[i], ways[j]) for j in short))]
            if len(onward) == 1:
                gone |= set(short) - set(onward)
                if any(_cosine(ways[i], ways[onward[0]]) > 0.3 for i in short if i not in onward):
                    barbed.add(node)
            else:
                _beside(graph, node, short, onward, ways, held, gone, barbed, max(0.3 * unit, 1.1 * line))
        if not gone:
            break
        graph.drop(gone)
    return barbed


def _beside(
    graph: Graph,
    node: int,
    short: list[int],
    onward: list[int],
    ways: dict[int, Point],
    held: set[int],
    gone: set[int],
    barbed: set[int],
    rough: float,
) -> None:
    """Short branches beside a line that goes on: roughness, or barbs of the head at an end that meets a box."""
    tips = [i for i in onward if graph.branches[i].other(node) in held]
    for i in short:
        barb = tips and any(_cosine(ways[i], ways[j]) > 0.3 for j in onward if j not in tips)
        if barb or graph.branches[i].length <= rough:
            gone.add(i)
        if barb and len(tips) == 1 and len(onward) == 2:
            barbed.add(graph.branches[tips[0]].other(node))


def _meets(graph: Graph, node: int, corner: Point, things: Things, unit: float) -> bool:
    """Whether a line's end runs straight into a box or text close by."""
    branch = graph.at(node)[0]
    inner = graph.heading(branch, node, 0.5 * unit)
    far = graph.branches[branch].other(node)
    straight = any(_cosine(inner, graph.heading(i, far, 0.8 * unit)) > 0.85 for i in graph.at(far) if i != branch)
    # The middle of a thick line ends half its width before its ink does; so do barbs, but they cross nothing.
    half = 0.5 * float(np.median(graph.branches[branch].widths))
    reach = 0.3 * unit + (half if _straight_on(graph, branch, far, unit) else 0.0)
    straight |= graph.branches[branch].length > 0.7 * unit
    x, y = graph.places[node][0] + corner[0], graph.places[node][1] + corner[1]
    things = things.around((x, y, x, y), reach + 3.0)
    for step in np.arange(0.0, reach + 1.0, 2.0).tolist():
        place = (x - inner[0] * step, y - inner[1] * step)
        # What is left of a letter beside a line seems to lead to its word.
        if things.at_box(place, 1.0, unit) or (straight and any(distance(place, box) <= 1.0 for box in things.texts)):
            return True
    return False


def _cosine(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1]


def _tips(graph: Graph, part: Mask, barbed: set[int], unit: float, line: float) -> list[_Tip]:
    tips = []
    for node in range(len(graph.places)):
        there = graph.at(node)
        if len(there) != 1:
            continue
        branch = graph.branches[there[0]]
        points, _ = branch.seen_from(node)
        inner = graph.heading(there[0], node, min(1.2 * unit, 0.8 * len(points)))
        heading = (-inner[0], -inner[1])
        point = _foremost(part, points[0], heading, 1.5 * unit)
        far = branch.other(node)
        onward = [graph.heading(i, far, 0.8 * unit) for i in graph.at(far) if i != there[0]]
        fan = len(points) < HEAD * unit and sum(_cosine(inner, way) > 0.5 for way in onward) > 1
        # From the tip inwards: a head is widest somewhere in its first part, and the line goes on thinner.
        reach = min(HEAD * unit, 0.62 * (len(points) + math.dist(point, points[0])))
        rings = _rings(part, point, inner, HEAD * 2 * unit, 0.85 * unit)
        first = max(1, int(0.1 * unit))
        widest = float(rings[first : int(reach) + 1].max(initial=0.0))
        if _points_inwards(rings[: int(reach) + 1], line, unit):
            widest = line
        behind = rings[int(reach) + 1 : min(len(rings), len(points))]
        beyond = float(np.quantile(behind, 0.3)) if len(behind) > 0.3 * unit else _onward(graph, there[0], node, unit)
        breadth = max(widest / min(max(beyond, line), 1.6 * line), 3.0 if node in barbed else 0.0)
        tips.append(_Tip(node, point, heading, breadth, fan))
    return tips


def _onward(graph: Graph, branch: int, node: int, unit: float) -> float:
    """How wide a line is behind the crossing that its end lies before; 0 where there is none."""
    far = graph.branches[branch].other(node)
    on = _straight_on(graph, branch, far, unit)
    if on is None:
        return 0.0
    _, widths = graph.branches[on].seen_from(far)
    return float(np.quantile(widths[: int(HEAD * unit)], 0.3))


def _straight_on(graph: Graph, branch: int, node: int, unit: float) -> int | None:
    """The branch in which one goes on where two lines cross."""
    for pair in _crossing(graph, node, unit):
        if branch in pair:
            return next(iter(pair - {branch}))
    return None


def _points_inwards(rings: NDArray[np.float64], line: float, unit: float) -> bool:
    """Whether the wide place near an end is a head that points away from it: first the line, then at once wide."""
    wide = rings > 1.5 * line
    first = int(wide.argmax())
    if not wide.any() or first < 0.2 * unit:
        return False
    run = int((~wide[first:]).argmax()) or len(rings) - first
    return int(rings[first : first + run].argmax()) < 0.35 * (run - 1)


def _foremost(part: Mask, start: Point, heading: Point, far: float) -> Point:
    """Where the ink ends straight ahead of a middle line's end."""
    x, y = start
    for k in range(1, int(far) + 1):
        px, py = round(start[0] + heading[0] * k), round(start[1] + heading[1] * k)
        if not (0 <= px < part.shape[1] and 0 <= py < part.shape[0] and part[py, px]):
            break
        x, y = start[0] + heading[0] * k, start[1] + heading[1] * k
    return x, y


def _rings(part: Mask, tip: Point, inner: Point, far: float, aside: float) -> NDArray[np.float64]:
    """How much ink lies at each distance from a tip, in pixels of width: no way of a line counts for more."""
    x0, y0 = max(0, int(tip[0] - far)), max(0, int(tip[1] - far))
    ys, xs = np.nonzero(part[y0 : int(tip[1] + far) + 2, x0 : int(tip[0] + far) + 2])
    dx, dy = xs + x0 - tip[0], ys + y0 - tip[1]
    near = (np.abs(dy * inner[0] - dx * inner[1]) <= aside) & (dx * inner[0] + dy * inner[1] > -0.2 * aside)
    counts = np.bincount(np.hypot(dx, dy)[near].astype(int), minlength=int(far) + 1)[: int(far) + 1]
    return np.convolve(np.pad(counts.astype(float), 1, mode="edge"), np.ones(3) / 3, mode="valid")


def _heads(tips: list[_Tip]) -> list[bool]:
    """Which ends bear arrowheads. A line with a head at every end has them where they are clearest."""
    heads = [tip.breadth >= HEAD_WIDTH for tip in tips]
    if any(not head for head in heads):
        if any(heads) and any(tip.fan for tip in tips):
            clear = [head and not tip.fan for head, tip in zip(heads, tips, strict=True)]
            # Lines that part right behind an end are thick there without being a head.
            return clear if any(clear) else heads
        return heads
    if any(tip.fan for tip in tips) and not all(tip.fan for tip in tips):
        return [not tip.fan for tip in tips]
    if len(tips) > 2:
        least, second, *_ = sorted(tip.breadth for tip in tips)
        # Several heads have one line that comes in.
        return [tip.breadth > least or least > LEAST * second for tip in tips]
    if len(tips) == 2:
        first, second = tips[0].breadth, tips[1].breadth
        if max(first, second) > 1.12 * min(first, second):
            return [first > second, second > first]
    return heads


def _ways(graph: Graph, ends: list[int], unit: float, *, crossings: bool = True) -> tuple[tuple[int, int], ...]:
    """Pairs of ends between which one can go without a sharp turn; crossings are gone straight over."""
    if len(ends) == 2:
        return ((0, 1),)
    junctions = [node for node in range(len(graph.places)) if len(graph.at(node)) > 2]
    allowed = {node: _turns(graph, node, unit, crossings) for node in junctions}
    place = {node: k for k, node in enumerate(ends)}
    pairs: set[tuple[int, int]] = set()
    for node in ends:
        start = graph.at(node)[0]
        waiting, seen = [(start, graph.branches[start].other(node))], {(start, node)}
        while waiting:
            branch, at = waiting.pop()
            if at in place and at != node:
                pairs.add((min(place[node], place[at]), max(place[node], place[at])))
                continue
            for following in graph.at(at):
                if following == branch or (following, at) in seen:
                    continue
                if at in allowed and frozenset((branch, following)) not in allowed[at]:
                    continue
                seen.add((following, at))
                waiting.append((following, graph.branches[following].other(at)))
    return tuple(sorted(pairs))


def _turns(graph: Graph, node: int, unit: float, crossings: bool) -> set[frozenset[int]]:
    there = sorted(set(graph.at(node)))
    ways = {i: graph.heading(i, node, 0.8 * unit) for i in there}
    cosine = {
        frozenset((i, j)): ways[i][0] * ways[j][0] + ways[i][1] * ways[j][1] for i in there for j in there if i < j
    }
    if crossings and (straight := _crossing(graph, node, unit)):
        return straight
    return {pair for pair, value in cosine.items() if value < SHARP}


def _crossing(graph: Graph, node: int, unit: float) -> set[frozenset[int]]:
    """The two pairs of branches that go straight on in one another where two lines cross; none elsewhere."""
    there = sorted(set(graph.at(node)))
    if len(there) != 4:
        return set()
    ways = {i: graph.heading(i, node, 0.8 * unit) for i in there}
    straight = [frozenset((i, j)) for i in there for j in there if i < j and _cosine(ways[i], ways[j]) < STRAIGHT]
    return set(straight) if len(straight) == 2 and not straight[0] & straight[1] else set()


def _placed(wire: Wire, left: float, top: float, scale: float) -> Wire:
    def to(point: Point) -> Point:
        return (point[0] + left) * scale, (point[1] + top) * scale

    ends = tuple(End(to(end.point), end.head, end.heading) for end in wire.ends)
    return Wire(ends, tuple(to(point) for point in wire.path), wire.pairs, wire.confidence)
