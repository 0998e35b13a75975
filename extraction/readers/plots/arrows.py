"""Arrows that may merge: their lines as a graph, and each head's followed back to where they start."""

from __future__ import annotations

import math
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.heads import Arrow, Head, Index, rim_of, without
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.pieces import Mask, around_ink
from extraction.readers.plots.thinning import Lines, joined, lines_of_ink

#: A way goes on at a junction only this straight: cosine between the way in and the way out.
SMOOTH = 0.5
#: How much nearer that is looked at where nothing seems straight.
CLOSELY = 0.35
#: And what is at least so straight is followed there.
CURLED = 0.25
#: What goes on beyond a head is the same line where it is so straight.
STRAIGHT = 0.95
#: And beyond a node that it passes by, where it is cut off.
PAST = 0.8
#: A line that is cut off at the rim of a node ends no more than so many pixels from it.
CUT = 1
#: Pieces that one line may have.
MOST_PIECES = 200


def trace_back(dark: Mask, pale: Mask, nodes: list[PlotNode], heads: list[Head], capital: float) -> list[Arrow]:
    """The arrow of each head whose line leads to a node; one head may belong to several lines.

    Args:
        dark: 1 where ink is as dark as heads of arrows are.
        pale: 1 where anything is drawn, as lines are smoothed.
        capital: the height of a capital letter, which tells how large heads are.
    """
    rim = rim_of(capital)
    lines = without(pale, nodes, rim)
    reach = max(3, round(0.3 * capital))
    for head in heads:
        x0, y0 = head.rect[0] - reach, head.rect[1] - reach
        part = np.pad(head.core, reach)
        # A head is a little larger than its core, its barbs above all.
        round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        part = np.asarray(cv2.dilate(part, round_), dtype=np.uint8)
        a, b = max(0, -y0), max(0, -x0)
        window = lines[y0 + a : y0 + part.shape[0], x0 + b : x0 + part.shape[1]]
        window[part[a : a + window.shape[0], b : b + window.shape[1]] > 0] = 0
    # Where one piece of a line ends and the next begins, a pixel may be missing.
    lines = around_ink(lines, lambda part: _closed(part, (3, 3)), 3)
    length = max(5, round(0.5 * capital))
    lines[around_ink(dark, lambda part: _between(part, length), 2 * length) > 0] = 0
    for head in heads:
        head.lengthen(lines, reach)
    close = max(3, round(0.3 * capital))

    def graph_of(mask: Mask) -> Lines:
        return joined(lines_of_ink(mask), close)

    tracer = _Tracer(graph_of(lines), nodes, heads, rim, capital)
    if tracer.bridge(lines, pale):
        tracer = _Tracer(graph_of(lines), nodes, heads, rim, capital)
    return [arrow for number in range(len(heads)) for arrow in [tracer.follow(number)] if arrow is not None]


def _between(ink: Mask, length: int) -> Mask:
    """1 where two level or upright lines leave hardly more than a pixel of paper between them, at least so long."""
    found = np.zeros_like(ink)
    for across, along in (((4, 1), (1, length)), ((1, 4), (length, 1))):
        gap = _closed(ink, across) & (1 - ink)
        found |= np.asarray(cv2.morphologyEx(gap, cv2.MORPH_OPEN, np.ones(along, np.uint8)), dtype=np.uint8)
    return found


def _closed(ink: Mask, size: tuple[int, int]) -> Mask:
    kernel = np.ones(size, np.uint8)
    # Where a side is even, OpenCV's own closing moves what it closes by a pixel.
    spread = cv2.dilate(ink, kernel, anchor=(size[1] // 2, size[0] // 2))
    return np.asarray(cv2.erode(spread, kernel, anchor=((size[1] - 1) // 2, (size[0] - 1) // 2)), dtype=np.uint8)


class _Tracer:
    """Follows lines from heads back to nodes."""

    def __init__(self, graph: Lines, nodes: list[PlotNode], heads: list[Head], rim: int, capital: float) -> None:
        self._graph, self._nodes, self._rim, self._capital = graph, nodes, rim, capital
        self._index = Index(nodes)
        self._at: dict[int, list[int]] = {}
        for i, stretch in enumerate(graph.stretches):
            for place in set(stretch.ends):
                self._at.setdefault(place, []).append(i)
        self._shave(max(3, round(0.25 * capital)))
        #: Of each place where a line ends: the node that lies there, or -1.
        self._touches = {p: self._touching(graph.places[p]) for p, own in self._at.items() if len(own) == 1}
        self._heads = heads
        self._middles = np.array([head.middle for head in heads]).reshape(-1, 2)
        self._rects = np.array([head.rect for head in heads], dtype=float).reshape(-1, 4)
        #: Of each such place: the head that the line runs into, or -1.
        self._ends = {p: self._head_at(p) for p in self._touches}

    def _shave(self, most: int) -> None:
        """Leave out hairs: short pieces beside a line's end or corner that come of thinning, and lead to no node."""
        for ways in [ways for ways in self._at.values() if len(ways) > 2]:
            for i in list(ways):
                stretch = self._graph.stretches[i]
                ends = [place for place in stretch.ends if len(self._at[place]) == 1]
                # A line is cut off right at the rim of the node that it leads to.
                if ends and len(stretch.points) <= most and self._touching(self._graph.places[ends[0]], CUT) < 0:
                    ways.remove(i)
                    del self._at[ends[0]]

    def _touching(self, place: tuple[float, float], beyond: int = 0) -> int:
        """The node that lies so many pixels beyond its rim, or as near as a line may end before it; -1 for none."""
        reach = self._rim + (beyond or max(4, round(0.4 * self._capital)))
        x, y = round(place[0]), round(place[1])
        near = self._index.near((x - reach, y - reach, x + reach, y + reach))
        if not near:
            return -1
        point = np.array([place])
        away = {n: float(self._nodes[n].away(point)[0]) for n in near}
        best = min(near, key=lambda n: away[n])
        return best if away[best] <= reach + 1 else -1

    def _head_at(self, place: int) -> int:
        """The head that a line runs into with its end, or -1."""
        x, y = self._graph.places[place]
        here = np.flatnonzero(np.hypot(*(self._middles - (x, y)).T) < 2)
        if len(here):
            return int(here[0])
        rects = self._rects
        dx = np.maximum(np.maximum(rects[:, 0] - x, x - rects[:, 2] + 1), 0)
        dy = np.maximum(np.maximum(rects[:, 1] - y, y - rects[:, 3] + 1), 0)
        apart = np.hypot(dx, dy)
        near = np.flatnonzero(apart < 1.6 * self._capital)
        if not len(near):
            return -1
        way = _heading(self._graph.stretches[self._at[place][0]].from_end(place), 0.8 * self._capital)
        for number in near[np.argsort(apart[near], kind="stable")].tolist():
            x0, y0, x1, y1 = rects[number]
            to = ((x0 + x1 - 1) / 2 - x, (y0 + y1 - 1) / 2 - y)
            ahead = -(way[0] * to[0] + way[1] * to[1]) / (math.hypot(*to) or 1.0)
            # One that passes by runs elsewhere; from farther off it must run straight at the head.
            if ahead > (0.4 if apart[number] < 0.7 * self._capital else 0.9):
                return int(number)
        return -1

    def bridge(self, lines: Mask, pale: Mask) -> bool:
        """Paint gaps straight ahead of ends that lead nowhere, past nodes and through heads; whether there were any."""
        found = self._through_heads(lines) | self._past_nodes(lines, pale)
        for place, own in self._at.items():
            if len(own) != 1 or self._touches[place] >= 0 or self._ends[place] >= 0:
                continue
            points = self._graph.stretches[own[0]].from_end(place)
            if len(points) < 0.5 * self._capital:
                continue
            way = _heading(points, 0.9 * self._capital)
            x, y = self._graph.places[place]
            left = False
            for step in range(1, round(1.1 * self._capital)):
                px, py = round(x - way[0] * step), round(y - way[1] * step)
                if not (1 <= px < lines.shape[1] - 1 and 1 <= py < lines.shape[0] - 1):
                    break
                inked = bool(lines[py - 1 : py + 2, px - 1 : px + 2].any() if left else lines[py, px])
                left = left or not lines[py - 1 : py + 2, px - 1 : px + 2].any()
                if left and inked:
                    cv2.line(lines, (round(x), round(y)), (px, py), 1, 2)
                    found = True
                    break
        return found

    def _through_heads(self, lines: Mask) -> bool:
        """Paint lines that pass over the head of another, whose own line comes from behind it."""
        ends: dict[int, list[int]] = {}
        for place, head in self._ends.items():
            if head >= 0:
                ends.setdefault(head, []).append(place)
        found = False
        for number, places in ends.items():
            if len(places) < 3:
                continue
            ways = {p: np.array(self._way_from(p)) for p in places}
            for a, b in combinations(places, 2):
                first, second = (np.array(self._graph.places[p]) for p in (a, b))
                across = (second - first) / max(1.0, math.dist(first, second))
                through = across @ ways[a] < -STRAIGHT and across @ ways[b] > STRAIGHT
                behind = [p for p in places if p not in (a, b) and ways[p] @ self._heads[number].way < -SMOOTH]
                if through and behind:
                    cv2.line(lines, np.rint(first).astype(int).tolist(), np.rint(second).astype(int).tolist(), 1, 1)
                    found = True
        return found

    def _past_nodes(self, lines: Mask, pale: Mask) -> bool:
        """Paint what the rim of a node took of a line that passes close by it: ink leads straight from end to end."""
        ends: dict[int, list[int]] = {}
        for place, node in self._touches.items():
            if node >= 0 and self._ends[place] < 0:
                ends.setdefault(node, []).append(place)
        found = False
        for node, places in ends.items():
            for a, b in combinations(places, 2):
                first, second = (np.array(self._graph.places[p]) for p in (a, b))
                across = (second - first) / max(1.0, math.dist(first, second))
                if across @ self._way_from(a) > -PAST or across @ self._way_from(b) < PAST:
                    continue
                points = np.linspace(first, second, 2 + round(math.dist(first, second)))
                x, y = np.clip(np.rint(points).astype(int).T, 1, np.array(pale.shape[::-1])[:, None] - 2)
                beside = np.stack([pale[y + v, x + u] for u, v in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))])
                inked = beside.any(axis=0).all() and beside[0].mean() > 0.5
                if inked and self._nodes[node].away(points + 0.5).min() > 0:
                    cv2.line(lines, (x[0], y[0]), (x[-1], y[-1]), 1, 1)
                    found = True
        return found

    def _way_from(self, place: int) -> tuple[float, float]:
        """Direction in which a line leaves the place where it ends."""
        return _heading(self._graph.stretches[self._at[place][0]].from_end(place), 0.9 * self._capital)

    def follow(self, number: int) -> Arrow | None:
        """The arrow that ends in a head."""
        head = self._heads[number]
        arrow = Arrow(head.node, tip=head.tip)
        for place, ends_in in self._ends.items():
            if ends_in != number:
                continue
            own = self._at[place][0]
            for source, (sure, way) in self._back(own, place).items():
                if source == head.node and len(self._graph.stretches[own].points) < 3 * self._capital:
                    continue  # what is left of the head itself
                arrow.sources[source] = max(sure, arrow.sources.get(source, 0.0))
                arrow.ways.setdefault(source, way)
        return arrow if arrow.sources else None

    def _back(self, stretch: int, start: int) -> dict[int, tuple[float, NDArray[np.float64]]]:
        """Nodes where the lines begin that come along a stretch to a place, how sure that is, and on which way."""
        found: dict[int, tuple[float, NDArray[np.float64]]] = {}
        waiting: list[tuple[int, float, tuple[int, ...]]] = [(start, 1.0, (stretch,))]
        seen: set[tuple[int, int, int]] = set()
        while waiting:
            place, sure, way = waiting.pop()
            here = way[-1]
            # A short piece that two lines share is left by each in its own direction: it may be come along again.
            before = way[-2] if len(way) > 1 and self._short(here) else -1
            if (here, place, before) in seen or len(way) > MOST_PIECES:
                continue
            seen.add((here, place, before))
            far = self._graph.stretches[here].other(place)
            if all(i == here for i in self._at[far]):
                node = self._touches.get(far, -1)
                # What runs into the head of another line there goes on behind it.
                if node >= 0 and node not in found and self._ends[far] < 0:
                    found[node] = sure, self._points(way, far)
                continue
            waiting += [(far, sure, (*way, onward)) for onward in self._onwards(way, far) if onward not in way]
        return found

    def _short(self, stretch: int) -> bool:
        return len(self._graph.stretches[stretch].points) < self._capital

    def _points(self, way: tuple[int, ...], end: int, most: float = math.inf) -> NDArray[np.float64]:
        """Points along a way, from its end backwards; at least `most` of them, if it is that long."""
        parts: list[NDArray[np.float64]] = []
        count = 0
        for stretch in reversed(way):
            points = self._graph.stretches[stretch].from_end(end)
            end = self._graph.stretches[stretch].other(end)
            parts.append(points)
            count += len(points)
            if count >= most:
                break
        return np.concatenate(parts)

    def _onwards(self, way: tuple[int, ...], place: int) -> list[int]:
        """The stretches on which a line goes on behind a junction."""
        here = way[-1]
        own = self._at[place]
        reach = 0.9 * self._capital
        others = [i for i in own if i != here]
        if len(own) == 2:
            return others  # a corner that was shaved
        headings = {i: _heading(self._graph.stretches[i].from_end(place), reach) for i in others}
        # On a short piece that two lines share, the direction is that of the way before it.
        back = _heading(self._points(way, place, 2 * reach), 1.8 * reach if self._short(here) else reach)
        straight = {i: -(back[0] * h[0] + back[1] * h[1]) for i, h in headings.items()}
        candidates = [i for i in others if straight[i] > SMOOTH]
        if not candidates:  # a line that curls around right behind the junction is looked at more closely
            back = _heading(self._points(way, place, reach), CLOSELY * reach)
            for i in others:
                onward = _heading(self._graph.stretches[i].from_end(place), CLOSELY * reach)
                straight[i] = max(straight[i], -(back[0] * onward[0] + back[1] * onward[1]))
            best = max(others, key=lambda i: straight[i])
            return [best] if straight[best] > CURLED else []
        if len(candidates) < 2:
            return candidates
        best = max(candidates, key=lambda i: straight[i])
        if len(own) == 4:
            # Two lines that cross: each goes straight on.
            paired = {}
            for i in others:
                a, b = (headings[k] for k in others if k != i)
                paired[i] = straight[i], -(a[0] * b[0] + a[1] * b[1])
            best = max(others, key=lambda i: sum(paired[i]))
            if min(paired[best]) > 0.9:
                return [best]
        elif len(own) == 3 and len(way) > 1 and self._short(here):
            # The same, where the crossing is a short piece of line instead of a point.
            first = self._graph.stretches[here].other(place)
            side = [i for i in self._at[first] if i not in (here, way[-2])]
            if len(side) == 1 and len(others) == 2:
                a = _heading(self._graph.stretches[side[0]].from_end(first), reach)
                rest = {i: -(a[0] * headings[k][0] + a[1] * headings[k][1]) for i in others for k in others if k != i}
                best = max(others, key=lambda i: straight[i] + rest[i])
                if straight[best] > 0.9 and rest[best] > 0.9:
                    return [best]
        return candidates


def _heading(points: NDArray[np.float64], reach: float) -> tuple[float, float]:
    """Direction in which a line leaves its first point, a little way on."""
    last = min(len(points) - 1, max(2, int(reach)))
    first = min(2, last - 1) if last > 3 else 0
    dx, dy = points[last] - points[first]
    length = math.hypot(dx, dy) or 1.0
    return float(dx / length), float(dy / length)
