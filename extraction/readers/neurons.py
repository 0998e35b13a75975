"""Columns of circles: each is one layer of units, joined to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers.areas import paper_colour
from extraction.readers.letters import is_circles
from extraction.readers.nodes import Node, clusters
from extraction.readers.primitives import Drawing, TextLine, around, centre, distance, gap, height, inside, width
from extraction.vocabulary import parse

#: A figure of neurons has at least so many circles, in at least two columns.
FEWEST = 4
#: Smaller pictures are enlarged to so many pixels on their longer side, for circles to be round.
CIRCLES_SIDE = 900
#: How sure a column of circles is a layer, and how sure it feeds the next one: lines between single units are many.
LAYER, LINK = 0.75, 0.7
#: Kinds of cell that legends name.
_CELLS = {
    "input cell": "Input", "gated memory": "GRU", "memory cell": "LSTM", "recurrent cell": "SimpleRNN",
    "kernel": "Conv2D", "convolution": "Conv2D", "output": "Dense", "hidden": "Dense",
}  # fmt: skip


#: Colours of one meaning differ by less than this in each part, of 255.
SAME_COLOUR = 34
#: So many letters are a word, and no circles.
WORD = 4
#: Circles are compared with a legend's samples in so many pixels.
PATCH = 12


@dataclass(frozen=True, slots=True)
class Column:
    circles: tuple[BBox, ...]

    @property
    def bbox(self) -> BBox:
        return around(list(self.circles))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A sample of a legend and what stands beside it."""

    sample: BBox
    text: str


def read_neurons(drawing: Drawing, image: Image) -> tuple[Flow, list[BBox]] | None:
    """The layers of a figure of circles, and where its networks are, or `None` where it shows no columns of them."""
    circles = [box.bbox for box in drawing.boxes if box.shape == "circle" and not box.operator]
    seen = hough_circles(image, drawing.unit)
    circles += [new for new in seen if all(math.dist(centre(new), centre(old)) > 0.5 * width(new) for old in circles)]
    circles = _alike([circle for circle in circles if not _is_letter(circle, drawing.texts)])
    samples = {circle: text for circle in circles if (text := _explained(circle, drawing.texts))}
    # A legend lists its samples under one another.
    samples = {
        one: text
        for one, text in samples.items()
        if any(other is not one and abs(centre(other)[0] - centre(one)[0]) < 0.5 * width(one) for other in samples)
    }
    legend = [_Meaning(circle, text) for circle, text in samples.items()]
    circles = [circle for circle in circles if circle not in samples]
    layers: list[Layer] = []
    links: list[Connection] = []
    regions = list(samples) + [text.bbox for text in drawing.texts if text.text in samples.values()]
    for panel in _panels(circles, drawing, image):
        found = _network(panel, drawing, image, legend, len(layers))
        if found is not None:
            layers += found[0]
            links += found[1]
            regions += [around(panel), *found[2]]
    if not layers:
        return None
    return Flow(tuple(layers), tuple(links), confidence=round((LAYER + LINK) / 2, 3)), regions


def _network(
    circles: list[BBox], drawing: Drawing, image: Image, legend: list[_Meaning], before: int
) -> tuple[list[Layer], list[Connection], list[BBox]] | None:
    """The layers of one part of a figure, and where their words are; `before` of them are named already."""
    if len(circles) < FEWEST:
        return None
    upright = _upright(circles, drawing)
    rows = _rows(circles, 0 if upright else 1)
    if len(rows) < 2 or len(rows) > len(circles) / 1.5:
        return None
    if not upright and _starts_below(circles, drawing):
        rows.reverse()
    groups = [_parts(row, image, 1 if upright else 0) for row in rows]
    columns = [Column(tuple(part)) for row in groups for part in row]
    depth = [d for d, row in enumerate(groups) for _ in row]
    labels, words = _labels(columns, drawing, 0 if upright else 1)
    layers = []
    for i, (column, label) in enumerate(zip(columns, labels, strict=True)):
        kind, params = ("Input", {}) if depth[i] == 0 else ("Dense", {"units": len(column.circles)})
        if meaning := _meaning(column, image, legend):
            label = meaning.text
            phrase = parse(label)
            cell = _CELLS.get(next((word for word in _CELLS if word in label.casefold()), ""))
            kind = cell or (phrase.type if phrase.type not in (None, "Block", "Output") else None) or kind
            params = {} if kind not in ("Dense", "SimpleRNN", "LSTM", "GRU") else {"units": len(column.circles)}
        x0, y0, x1, y1 = (round(v, 1) for v in column.bbox)
        bbox = (max(0.0, x0), max(0.0, y0), min(drawing.width, x1), min(drawing.height, y1))
        provenance = dict.fromkeys(params, "figure")
        layers.append(
            Layer(
                f"l{before + i + 1}",
                kind,
                label=label,
                params=params,
                bbox=bbox,
                confidence=LAYER,
                provenance=provenance,
            )
        )
    links = [
        Connection(layers[i].id, layers[j].id, LINK)
        for i in range(len(layers))
        for j in range(len(layers))
        if depth[j] == depth[i] + 1
    ]
    return layers, links, words


def _upright(circles: list[BBox], drawing: Drawing) -> bool:
    """Whether layers are columns: most arrows go sideways, or circles of one layer stand closer than layers do."""
    region = around(circles)
    heads = [end for wire in drawing.wires for end in wire.ends if end.head and distance(end.point, region) == 0]
    level = sum(abs(end.heading[0]) > 2 * abs(end.heading[1]) for end in heads)
    upwards = sum(abs(end.heading[1]) > 2 * abs(end.heading[0]) for end in heads)
    if max(level, upwards) > max(0.5 * len(circles), 1.5 * min(level, upwards)):
        return level > upwards
    columns, rows = len(_rows(circles, 0)), len(_rows(circles, 1))
    votes = 0
    for circle in circles:
        x, y = centre(circle)
        others = [centre(other) for other in circles if other is not circle]
        near = min(others, key=lambda other: math.dist(other, (x, y)))
        votes += 1 if abs(near[1] - y) > 2 * abs(near[0] - x) else -1 if abs(near[0] - x) > 2 * abs(near[1] - y) else 0
    if abs(votes) > 0.3 * len(circles):
        return votes > 0
    return columns <= rows


def _panels(circles: list[BBox], drawing: Drawing, image: Image) -> list[list[BBox]]:
    """The circles of each part of the figure: nothing is drawn between parts, or each has a frame."""
    frames = [
        box.bbox
        for box in drawing.boxes
        if box.shape == "rect" and sum(inside(circle, box.bbox) for circle in circles) >= FEWEST
    ]
    frames = [one for one in frames if not any(other is not one and inside(one, other) for other in frames)]
    if len(frames) > 1 and all(any(inside(circle, frame) for frame in frames) for circle in circles):
        return [[circle for circle in circles if inside(circle, frame)] for frame in frames]
    panels = [circles]
    for axis in (0, 1):
        panels = [part for panel in panels for part in _split(panel, drawing, image, axis)]
    return panels


def _split(circles: list[BBox], drawing: Drawing, image: Image, axis: int) -> list[list[BBox]]:
    """Circles parted where a wide stripe across the figure holds neither circles nor lines."""
    if len(circles) < 2 * FEWEST:
        return [circles]
    size = median(width(circle) for circle in circles)
    region = [int(v) for v in around(circles)]
    inner = image[max(0, region[1]) : region[3], max(0, region[0]) : region[2]].astype(np.int16)
    ink = np.abs(inner - paper_colour(image)).max(axis=2) > 40
    for text in drawing.texts:
        x0, y0, x1, y1 = (int(v) for v in text.bbox)
        ink[max(0, y0 - region[1]) : max(0, y1 - region[1]), max(0, x0 - region[0]) : max(0, x1 - region[0])] = False
    empty = ~ink.any(axis=axis)
    bounds = [float(region[axis])]
    start = None
    for k, free in enumerate([*empty.tolist(), False]):
        if free and start is None:
            start = k
        elif not free and start is not None:
            if k - start > 0.5 * size:
                bounds.append(region[axis] + (start + k) / 2)
            start = None
    bounds.append(float(region[axis + 2]))
    parts = [[c for c in circles if low <= centre(c)[axis] <= high] for low, high in pairwise(bounds)]
    whole = all(len(part) >= FEWEST and min(len(_rows(part, 0)), len(_rows(part, 1))) > 1 for part in parts)
    return parts if len(parts) > 1 and whole else [circles]


def _parts(row: list[BBox], image: Image, axis: int) -> list[list[BBox]]:
    """Circles of one place in the order: two inputs side by side where a gap parts two colours."""
    row = sorted(row, key=lambda circle: centre(circle)[axis])
    if len(row) < 4:
        return [row]
    steps = [centre(b)[axis] - centre(a)[axis] for a, b in pairwise(row)]
    widest = max(range(len(steps)), key=lambda k: steps[k])
    first, second = row[: widest + 1], row[widest + 1 :]
    if steps[widest] < 1.3 * median(steps) or min(len(first), len(second)) < 2:
        return [row]
    one, two = ([_colour(image, circle) for circle in part] for part in (first, second))
    same = all(_same(colours[0], other) for colours in (one, two) for other in colours)
    return [first, second] if same and not _same(one[0], two[0]) else [row]


def _colour(image: Image, circle: BBox) -> tuple[float, float, float]:
    """What most of a circle is filled with."""
    x, y = centre(circle)
    half = max(1.0, 0.3 * width(circle))
    patch = image[int(max(0, y - half)) : int(y + half) + 1, int(max(0, x - half)) : int(x + half) + 1]
    if patch.size == 0:
        return 255.0, 255.0, 255.0
    red, green, blue = np.median(patch.reshape(-1, 3), axis=0)
    return float(red), float(green), float(blue)


def _same(a: tuple[float, float, float], b: tuple[float, float, float]) -> bool:
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) < SAME_COLOUR


def _meaning(column: Column, image: Image, legend: list[_Meaning]) -> _Meaning | None:
    """What the legend says of a column's circles: the sample that the middle one of them looks most like."""
    patches = [_patch(image, circle) for circle in column.circles]
    away = []
    for meaning in legend:
        sample = _patch(image, meaning.sample)
        away.append(median(float(np.abs(mine - sample).mean(axis=(0, 1)).max()) for mine in patches))
    return legend[away.index(min(away))] if away and min(away) < SAME_COLOUR else None


def _patch(image: Image, circle: BBox) -> NDArray[np.float64]:
    """The inside of a circle in few pixels."""
    x, y = centre(circle)
    half = 0.42 * width(circle)
    x0, y0 = max(0, int(x - half)), max(0, int(y - half))
    patch = image[y0 : int(y + half) + 1, x0 : int(x + half) + 1]
    if patch.size == 0:
        return np.zeros((PATCH, PATCH, 3))
    return np.asarray(cv2.resize(patch, (PATCH, PATCH), interpolation=cv2.INTER_AREA), dtype=np.float64)


def hough_circles(image: Image, unit: float) -> list[BBox]:
    """Circles by their outlines, which lines that end at them do not break."""
    scale = min(3.0, max(1.0, CIRCLES_SIDE / max(image.shape[:2])))
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    grey = cv2.medianBlur(cv2.cvtColor(large, cv2.COLOR_RGB2GRAY), 3)
    tall, wide = grey.shape
    smallest = max(4, int(0.25 * unit * scale))
    found = cv2.HoughCircles(
        grey,
        cv2.HOUGH_GRADIENT_ALT,
        1.5,
        minDist=2 * smallest,
        param1=200,
        param2=0.85,
        minRadius=smallest,
        maxRadius=max(smallest + 1, min(tall, wide) // 4),
    )
    if found is None:
        return []
    rows = np.asarray(found, dtype=float).reshape(-1, found.shape[-1]) / scale
    return [(x - r, y - r, x + r, y + r) for x, y, r in rows[:, :3].tolist()]


def _alike(circles: list[BBox]) -> list[BBox]:
    """The circles of the usual size; of circles within one another the outer ones."""
    outer = [
        circle
        for circle in circles
        if not any(
            width(other) > 1.2 * width(circle) and math.dist(centre(other), centre(circle)) < 0.3 * width(circle)
            for other in circles
        )
    ]
    if not outer:
        return []
    usual = median(width(circle) for circle in outer)
    return [circle for circle in outer if 0.65 * usual < width(circle) < 1.5 * usual]


def _is_letter(circle: BBox, texts: Sequence[TextLine]) -> bool:
    """Whether a circle is the o of a word."""
    return any(
        len(text.text) > 1
        and inside(circle, text.bbox, 0.7)
        and width(circle) < (1.1 if _is_word(text.text) else 0.75) * min(width(text.bbox), height(text.bbox))
        for text in texts
        if not is_circles(text.text)
    )


def _is_word(text: str) -> bool:
    return sum(letter.isalpha() for letter in text) >= WORD


def _explained(circle: BBox, texts: Sequence[TextLine]) -> str:
    """What a circle in a legend means: it stands right beside it. "" where nothing does."""
    beside = [
        text
        for text in texts
        if 0 <= text.bbox[0] - circle[2] < 1.2 * width(circle)
        and abs(centre(text.bbox)[1] - centre(circle)[1]) < 0.35 * height(circle)
        and len(text.text) > 3
    ]
    return min(beside, key=lambda text: text.bbox[0]).text if beside else ""


def _rows(circles: list[BBox], axis: int) -> list[list[BBox]]:
    """Circles grouped by their place along an axis (0: columns from left, 1: rows from top)."""
    groups: list[list[BBox]] = []
    for circle in sorted(circles, key=lambda circle: centre(circle)[axis]):
        if groups and centre(circle)[axis] - median(centre(c)[axis] for c in groups[-1]) < 0.6 * width(circle):
            groups[-1].append(circle)
        else:
            groups.append([circle])
    return groups


def _starts_below(circles: list[BBox], drawing: Drawing) -> bool:
    """Whether rows of circles are read upwards: "input" is written lower than "output", or nothing says otherwise."""
    places = {
        word: [centre(text.bbox)[1] for text in drawing.texts if word in text.text.lower()]
        for word in ("input", "output")
    }
    if places["input"] and places["output"]:
        return min(places["input"]) > max(places["output"])
    near = 0.4 * width(circles[0])
    heads = [end for wire in drawing.wires for end in wire.ends if end.head]
    heads = [end for end in heads if any(distance(end.point, circle) < near for circle in circles)]
    # Only clear arrows downwards speak against the usual way up.
    return sum(end.heading[1] for end in heads) <= max(2.0, 0.3 * len(circles))


def _labels(columns: list[Column], drawing: Drawing, axis: int) -> tuple[list[str], list[BBox]]:
    """For each column the text that stands nearest before or behind it, each text once, and where those texts are."""
    # What is read from circles themselves is no word.
    lines = [text for text in drawing.texts if not is_circles(text.text)]
    texts = [node for node in clusters(lines, drawing.unit) if len(node.label) > 1]
    reach = 2.5 * max(drawing.unit, median(width(circle) for column in columns for circle in column.circles))
    pairs: list[tuple[float, int, Node]] = []
    for i, column in enumerate(columns):
        for node in texts:
            aside = abs(centre(node.bbox)[axis] - centre(column.bbox)[axis])
            size = (width if axis == 0 else height)(column.bbox)
            away = gap(node.bbox, column.bbox)
            if away < reach and aside < max(size, 0.5 * (width if axis == 0 else height)(node.bbox)):
                pairs.append((away + aside, i, node))
    labels = [""] * len(columns)
    taken: list[Node] = []
    for _, i, node in sorted(pairs, key=lambda pair: pair[0]):
        if not labels[i] and not any(node is other for other in taken):
            labels[i] = node.label
            taken.append(node)
    return labels, [node.bbox for node in taken]
