"""Dashed and dotted lines made solid in the picture, so that frames close and arrows lead from end to end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import largest
from extraction.readers.primitives import Point, area, distance, overlap

Mask = NDArray[np.uint8]
#: Where a straight run of dashes lies, and what it covers.
_Run = tuple[float, list[tuple[float, float]]]

#: Differences from the ground, of 255, that make ink: pale dashes need a low one, close dark ones a high one.
INKS = (24, 80)
#: Lengths in heights of a line of text: of a dash, of its width, of the gap behind it.
LONGEST, WIDEST, GAP = 1.6, 0.36, 1.0
#: A dash is so much longer than wide; shorter ones are dots.
DASH = 1.5
#: The ground between dashes is of one colour, but for so much, of 255.
EVEN = 30
#: So many dashes, and so many dots, make a line: three dots are an ellipsis.
DASHES, DOTS = 3, 6
#: Dashes of one line are alike: the ratios of their widths, lengths and gaps.
WIDTHS, LENGTHS, GAPS = 1.8, 2.6, 2.5
#: A line bends no more than this from one dash to the next (cosine).
BEND = 0.8
#: Frames have three sides of which so much is covered, or four of which so much is.
WHOLE, HALF = 0.75, 0.5
#: A picture with more specks than this has no dashes that could be told.
MOST = 6000


@dataclass(frozen=True, slots=True)
class _Dash:
    ends: tuple[Point, Point]
    width: float
    label: int

    @property
    def length(self) -> float:
        return math.dist(*self.ends)

    @property
    def dot(self) -> bool:
        return self.length < DASH * self.width


def without_dashes(image: Image, texts: list[BBox], unit: float) -> tuple[Image, list[BBox]]:
    """The picture with its dashed arrows drawn through and its dashed frames taken out, and those frames.

    `unit` is the height of a line of text. What begins and ends in the open parts a figure and is taken out, too.
    """
    closed = _closed(image, unit)
    result, frames = image.copy(), []
    for least in INKS:
        ink = np.asarray(largest(cv2.subtract(closed, result)) > least, dtype=np.uint8)
        count, *found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        labels, stats = (np.asarray(part, dtype=np.int32) for part in found)
        if count > MOST:
            continue
        dashes = [dash for i in range(1, count) if (dash := _dash(labels, stats[i], i, unit))]
        chains = [chain for chain in _chains(dashes, _Gaps(closed, labels), unit) if _alike(chain, dashes)]
        rows = [_Chain(chain, dashes, labels) for chain in chains]
        round_ = _frames(rows, unit)
        frames += round_
        small = np.asarray(np.maximum(stats[:, 2], stats[:, 3]) < LONGEST * unit)
        loose = [row for row in rows if not any(row.along(frame, unit) for frame in round_)]
        arrows = [row for group in _groups(loose, small) if _leads(group, small, texts, unit) for row in group]
        for row in rows:
            if any(row is arrow for arrow in arrows):
                row.draw(result, image)
            else:
                for part in row.parts:
                    _erase(result, closed, labels, part.label, stats[part.label])
        for label in _corners(stats, small, round_, unit):
            _erase(result, closed, labels, label, stats[label])
    return result, _unique(frames)


def _corners(stats: NDArray[np.int32], small: NDArray[np.bool_], frames: list[BBox], unit: float) -> list[int]:
    """The pieces at frames' corners, which are no straight dashes."""
    places = [(x, y) for x0, y0, x1, y1 in frames for x in (x0, x1) for y in (y0, y1)]
    return [
        int(i)
        for i in np.flatnonzero(small)
        for x, y in places
        if i and math.hypot(*(stats[i, :2] + stats[i, 2:4] / 2 - (x, y))) < unit
    ]


def _erase(result: Image, closed: Image, labels: NDArray[np.int32], label: int, stats: NDArray[np.int32]) -> None:
    """Put the ground in place of one piece of ink and its pale rim, but not of what is close to it."""
    x, y, w, h = (int(v) for v in stats[:4])
    rows, columns = slice(max(0, y - 3), y + h + 3), slice(max(0, x - 3), x + w + 3)
    there = labels[rows, columns]
    rim = cv2.dilate((there == label).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    others = cv2.dilate(((there > 0) & (there != label)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    mine = rim & ~others
    result[rows, columns][mine] = closed[rows, columns][mine]


def _closed(image: Image, unit: float) -> Image:
    """The picture without what is darker than its surroundings and no wider than a dash."""
    size = max(3, int(2 * WIDEST * unit)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    return np.asarray(cv2.morphologyEx(image, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)


def _dash(labels: NDArray[np.int32], stats: NDArray[np.int32], label: int, unit: float) -> _Dash | None:
    x, y, w, h, size = (int(v) for v in stats)
    if max(w, h) > LONGEST * unit or size < 3:
        return None
    ys, xs = np.nonzero(labels[y : y + h, x : x + w] == label)
    points = np.column_stack((xs, ys)).astype(np.float64)
    middle = points.mean(axis=0)
    if len(points) > 2:
        _, _, ways = np.linalg.svd(points - middle, full_matrices=False)
    else:
        ways = np.eye(2)
    along, aside = (points - middle) @ ways[0], (points - middle) @ ways[1]
    length, breadth = np.ptp(along) + 1, np.ptp(aside) + 1
    width = size / length
    if breadth > max(1.6 * width, width + 2) or width > WIDEST * unit:
        return None
    tips = [middle + ways[0] * v + (x, y) for v in (along.min(), along.max())]
    return _Dash(((float(tips[0][0]), float(tips[0][1])), (float(tips[1][0]), float(tips[1][1]))), float(width), label)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """What lies between dashes."""

    closed: Image
    labels: NDArray[np.int32]

    def empty(self, a: Point, b: Point) -> bool:
        """Whether nothing but one ground is seen from one end to another: two arrows with a box between are no line."""
        steps = max(3, int(math.dist(a, b)))
        at = np.linspace(0.0, 1.0, steps)
        tall, wide = self.labels.shape
        # An end may lie off the picture by less than a pixel.
        xs, ys = (
            np.clip(np.round(a[k] + (b[k] - a[k]) * at).astype(int), 0, side - 1) for k, side in ((0, wide), (1, tall))
        )
        if self.labels[ys, xs][steps // 4 : steps - steps // 4].any():
            return False
        return bool(np.ptp(self.closed[ys, xs].astype(int), axis=0).max() < EVEN)


def _chains(dashes: list[_Dash], gaps: _Gaps, unit: float) -> list[list[tuple[int, int]]]:
    """Rows of dashes, each with the end by which the row comes in."""
    following: dict[tuple[int, int], tuple[int, int]] = {}
    grid: dict[tuple[int, int], list[tuple[int, int]]] = {}
    reach = GAP * unit
    for i, dash in enumerate(dashes):
        for e, (x, y) in enumerate(dash.ends):
            grid.setdefault((int(x // reach), int(y // reach)), []).append((i, e))
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {}
    for i, dash in enumerate(dashes):
        for e in (0, 1):
            x, y = dash.ends[e]
            cx, cy = int(x // reach), int(y // reach)
            near = sorted(
                (cost, other)
                for gx in (cx - 1, cx, cx + 1)
                for gy in (cy - 1, cy, cy + 1)
                for other in grid.get((gx, gy), ())
                if other[0] != i and (cost := _cost(dash, e, dashes[other[0]], other[1], reach)) < math.inf
            )
            if free := next((n for n in near if gaps.empty(dash.ends[e], dashes[n[1][0]].ends[n[1][1]])), None):
                best[i, e] = free
    for end, (_, other) in best.items():
        if best.get(other, (0.0, (-1, -1)))[1] == end:
            following[end] = other
    return _rows(len(dashes), following)


def _rows(count: int, following: dict[tuple[int, int], tuple[int, int]]) -> list[list[tuple[int, int]]]:
    rows, used = [], [False] * count
    # From loose ends first; what is left are rings.
    starts = [(i, e) for i in range(count) for e in (0, 1) if (i, e) not in following]
    for i, e in starts + [(i, 0) for i in range(count)]:
        row: list[tuple[int, int]] = []
        while not used[i]:
            used[i] = True
            row.append((i, e))
            if (i, 1 - e) not in following:
                break
            i, e = following[i, 1 - e]
        if row:
            rows.append(row)
    return rows


def _cost(dash: _Dash, e: int, other: _Dash, f: int, reach: float) -> float:
    """How badly one dash's end goes on in another's; infinite where it does not."""
    (x, y), (px, py) = dash.ends[e], other.ends[f]
    away = math.hypot(px - x, py - y)
    if away > reach or away < 1e-6 or max(dash.width, other.width) > WIDTHS * min(dash.width, other.width):
        return math.inf
    step = ((px - x) / away, (py - y) / away)
    ways = [_way(dash, e)] if not dash.dot else []
    if not other.dot:
        ways.append(_way(other, 1 - f))
    if dash.dot != other.dot and max(dash.length, other.length) > LENGTHS * min(dash.length, other.length) + 2:
        return math.inf
    turns = [1 - (way[0] * step[0] + way[1] * step[1]) for way in ways]
    if len(ways) == 2:
        turns.append(1 - (ways[0][0] * ways[1][0] + ways[0][1] * ways[1][1]))
    return away * (1 + 2 * max(turns, default=0.0)) if max(turns, default=0.0) < 1 - BEND else math.inf


def _way(dash: _Dash, e: int) -> Point:
    (ax, ay), (bx, by) = dash.ends[1 - e], dash.ends[e]
    length = math.hypot(bx - ax, by - ay) or 1.0
    return (bx - ax) / length, (by - ay) / length


def _path(chain: list[tuple[int, int]], dashes: list[_Dash]) -> list[Point]:
    return [dashes[i].ends[k] for i, e in chain for k in (e, 1 - e)]


def _alike(chain: list[tuple[int, int]], dashes: list[_Dash]) -> bool:
    parts = [dashes[i] for i, _ in chain]
    dots = sum(part.dot for part in parts) > len(parts) / 2
    if len(parts) < (DOTS if dots else DASHES):
        return False
    path = _path(chain, dashes)
    gaps = [math.dist(path[k], path[k + 1]) for k in range(1, len(path) - 1, 2)]
    lengths = sorted(part.length for part in parts)
    middle = lengths[len(lengths) // 2]
    near = sorted(gaps)[len(gaps) // 2]
    inner = [part.length for part in parts[1:-1]]
    even = sum(middle / LENGTHS - 1 <= length <= LENGTHS * middle + 1 for length in inner)
    steady = sum(gap <= GAPS * near + 1 for gap in gaps)
    return even >= 0.8 * len(inner) and steady >= 0.8 * len(gaps) and near < 2.5 * middle + 2


class _Chain:
    """One row of dashes and what it leads to: at each end the place and the label of the next ink, if there is any."""

    def __init__(self, chain: list[tuple[int, int]], dashes: list[_Dash], labels: NDArray[np.int32]) -> None:
        self.parts = [dashes[i] for i, _ in chain]
        self.path = _path(chain, dashes)
        gaps = sorted(math.dist(*pair) for pair in self.between())
        self.far = 1.6 * gaps[len(gaps) // 2] + 2
        self.goals = [
            _next_ink(labels, self.parts[k], 0 if self.parts[k].ends[0] == self.path[k] else 1, self.far)
            for k in (0, -1)
        ]

    def between(self) -> list[tuple[Point, Point]]:
        return [(self.path[k], self.path[k + 1]) for k in range(1, len(self.path) - 1, 2)]

    def along(self, frame: BBox, unit: float) -> bool:
        """Whether the row lies on a frame's border for the most part."""
        near = 0.3 * unit + 2
        x0, y0, x1, y1 = frame
        on = [
            x0 - near < x < x1 + near and y0 - near < y < y1 + near and min(x - x0, x1 - x, y - y0, y1 - y) < near
            for x, y in self.path
        ]
        return sum(on) > 0.7 * len(on)

    def draw(self, result: Image, image: Image) -> None:
        middles = [((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in (part.ends for part in self.parts)]
        colours = np.array([image[round(y), round(x)] for x, y in middles])
        colour = [int(v) for v in np.median(colours, axis=0)]
        thick = max(1, round(float(np.median([part.width for part in self.parts]))))
        onwards = [(self.path[k], goal[0]) for k, goal in zip((0, -1), self.goals, strict=True) if goal]
        for (ax, ay), (bx, by) in onwards + self.between():
            cv2.line(result, (round(ax), round(ay)), (round(bx), round(by)), colour, thick)


def _groups(chains: list[_Chain], small: NDArray[np.bool_]) -> list[list[_Chain]]:
    """Chains that meet at a corner: one leads to another's dash, or both to the same small piece."""
    owner = {part.label: k for k, chain in enumerate(chains) for part in chain.parts}
    parent = list(range(len(chains)))

    def root(k: int) -> int:
        while parent[k] != k:
            k = parent[k]
        return k

    for k, chain in enumerate(chains):
        for goal in chain.goals:
            if goal and small[goal[1]]:
                other = owner.setdefault(goal[1], k)
                parent[root(k)] = root(other)
    groups: dict[int, list[_Chain]] = {}
    for k, chain in enumerate(chains):
        groups.setdefault(root(k), []).append(chain)
    return list(groups.values())


def _frames(chains: list[_Chain], unit: float) -> list[BBox]:
    """Rectangles that dashes go round: along three of four sides for the most part, whatever crosses them."""
    near = 0.2 * unit + 1
    level, upright = (_lines(chains, axis, near) for axis in (0, 1))
    # A side that a title or arrows break up is where the others end.
    level, upright = level + _ends(upright, near), upright + _ends(level, near)
    if len(level) * len(upright) > MOST:
        return []
    level, upright = sorted(level), sorted(upright)
    across, down = _shares(level, upright, unit, near), _shares(upright, level, unit, near)
    found = []
    for top, bottom in combinations(range(len(level)), 2):
        for left, right in combinations(range(len(upright)), 2):
            (y0, _), (y1, _), (x0, _), (x1, _) = level[top], level[bottom], upright[left], upright[right]
            if min(x1 - x0, y1 - y0) < 1.2 * unit:
                continue
            ends, sides = (left, right), (top, bottom)
            shares = [across[top, ends], across[bottom, ends], down[left, sides], down[right, sides]]
            covered = sorted(share for share, _ in shares)
            if (covered[1] > WHOLE or covered[0] > HALF) and max(outside for _, outside in shares) < 0.3:
                found.append((x0, y0, x1, y1))
    return found


def _shares(
    lines: list[_Run], others: list[_Run], unit: float, near: float
) -> dict[tuple[int, tuple[int, int]], tuple[float, float]]:
    """How much each line covers of what lies between every two others, and of what lies close outside of them."""
    return {
        (n, ends): (
            _covered(spans, start, end),
            max(_covered(spans, start - 3 * unit, start - near), _covered(spans, end + near, end + 3 * unit)),
        )
        for n, (_, spans) in enumerate(lines)
        for ends in combinations(range(len(others)), 2)
        for start, end in [(others[ends[0]][0], others[ends[1]][0])]
    }


def _lines(chains: list[_Chain], axis: int, near: float) -> list[_Run]:
    """Straight runs of dashes, level (axis 0) or upright (1): where they lie and what they cover, joined."""
    found: list[_Run] = []
    for chain in chains:
        for a, b in pairwise(chain.path):
            if abs(a[1 - axis] - b[1 - axis]) > 0.15 * abs(a[axis] - b[axis]) + 1:
                continue
            place, span = (a[1 - axis] + b[1 - axis]) / 2, (min(a[axis], b[axis]), max(a[axis], b[axis]))
            home = next((spans for at, spans in found if abs(at - place) <= near), None)
            if home is None:
                found.append((place, [span]))
            else:
                home.append(span)
    return [(at, spans) for at, spans in found if len(spans) > DASHES]


def _ends(lines: list[_Run], near: float) -> list[_Run]:
    places = sorted({pick(v for span in spans for v in span) for _, spans in lines for pick in (min, max)})
    return [(place, []) for k, place in enumerate(places) if k == 0 or place - places[k - 1] > near]


def _covered(spans: list[tuple[float, float]], start: float, end: float) -> float:
    """The share of a stretch that spans cover, which do not overlap."""
    return sum(max(0.0, min(end, b) - max(start, a)) for a, b in spans) / max(end - start, 1.0)


def _leads(group: list[_Chain], small: NDArray[np.bool_], texts: list[BBox], unit: float) -> bool:
    """Whether dashes lead from one thing to another."""
    mine = {part.label for chain in group for part in chain.parts}
    ends = 0
    for chain in group:
        for k, goal in zip((0, -1), chain.goals, strict=True):
            ends += bool(goal and goal[1] not in mine) or any(distance(chain.path[k], t) < 0.6 * unit for t in texts)
    return ends >= 2


def _unique(frames: list[BBox]) -> list[BBox]:
    kept: list[BBox] = []
    for frame in sorted(frames, key=area, reverse=True):
        if not any(overlap(frame, other) > 0.8 * area(other) for other in kept):
            kept.append(frame)
    return kept


def _next_ink(labels: NDArray[np.int32], dash: _Dash, e: int, far: float) -> tuple[Point, int] | None:
    """Where a line that goes straight on from a dash meets other ink, and its label."""
    (x, y), (dx, dy) = dash.ends[e], _way(dash, e)
    for step in range(1, int(far) + 1):
        px, py = round(x + dx * step), round(y + dy * step)
        if not (0 <= py < labels.shape[0] and 0 <= px < labels.shape[1]):
            return None
        if labels[py, px] not in (0, dash.label):
            return (float(px), float(py)), int(labels[py, px])
    return None
