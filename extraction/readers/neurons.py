"""Columns of circles: each is one layer of units, joined to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers.nodes import Node, clusters
from extraction.readers.primitives import Drawing, TextLine, around, centre, gap, height, width

#: A figure of neurons has at least so many circles, in at least two columns.
FEWEST = 4
#: Smaller pictures are enlarged to so many pixels on their longer side, for circles to be round.
CIRCLES_SIDE = 900
#: How sure a column of circles is a layer, and how sure it feeds the next one: lines between single units are many.
LAYER, LINK = 0.75, 0.7


@dataclass(frozen=True, slots=True)
class Column:
    circles: tuple[BBox, ...]

    @property
    def bbox(self) -> BBox:
        return around(list(self.circles))


def read_neurons(drawing: Drawing, image: Image) -> Flow | None:
    """The layers of a figure of circles, or `None` where it shows no columns of them."""
    circles = [box.bbox for box in drawing.boxes if box.shape == "circle" and not box.operator]
    seen = hough_circles(image, drawing.unit)
    circles += [new for new in seen if all(math.dist(centre(new), centre(old)) > 0.5 * width(new) for old in circles)]
    circles = _alike(circles)
    circles = [circle for circle in circles if not _explained(circle, drawing.texts)]
    if len(circles) < FEWEST:
        return None
    upright = len(_rows(circles, 0)) <= len(_rows(circles, 1))
    columns = [Column(tuple(row)) for row in _rows(circles, 0 if upright else 1)]
    if len(columns) < 2 or len(columns) > len(circles) / 1.5:
        return None
    if not upright and _starts_below(columns, drawing):
        columns.reverse()
    labels = _labels(columns, drawing, 0 if upright else 1)
    layers = []
    for i, (column, label) in enumerate(zip(columns, labels, strict=True)):
        units = {} if i == 0 else {"units": len(column.circles)}
        x0, y0, x1, y1 = (round(v, 1) for v in column.bbox)
        bbox = (max(0.0, x0), max(0.0, y0), min(drawing.width, x1), min(drawing.height, y1))
        kind = "Input" if i == 0 else "Dense"
        provenance = dict.fromkeys(units, "figure")
        layers.append(
            Layer(f"l{i + 1}", kind, label=label, params=units, bbox=bbox, confidence=LAYER, provenance=provenance)
        )
    links = tuple(Connection(f"l{i}", f"l{i + 1}", LINK) for i in range(1, len(layers)))
    return Flow(tuple(layers), links, confidence=round((LAYER + LINK) / 2, 3))


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


def _explained(circle: BBox, texts: Sequence[TextLine]) -> bool:
    """Whether a circle is a sign in a legend: its meaning stands right beside it."""
    return any(
        0 <= text.bbox[0] - circle[2] < 0.8 * width(circle)
        and abs(centre(text.bbox)[1] - centre(circle)[1]) < 0.35 * height(circle)
        and len(text.text) > 3
        for text in texts
    )


def _rows(circles: list[BBox], axis: int) -> list[list[BBox]]:
    """Circles grouped by their place along an axis (0: columns from left, 1: rows from top)."""
    groups: list[list[BBox]] = []
    for circle in sorted(circles, key=lambda circle: centre(circle)[axis]):
        if groups and centre(circle)[axis] - median(centre(c)[axis] for c in groups[-1]) < 0.6 * width(circle):
            groups[-1].append(circle)
        else:
            groups.append([circle])
    return groups


def _starts_below(columns: list[Column], drawing: Drawing) -> bool:
    """Whether rows of circles are read upwards: "input" is written lower than "output", or nothing says otherwise."""
    places = {
        word: [centre(text.bbox)[1] for text in drawing.texts if word in text.text.lower()]
        for word in ("input", "output")
    }
    if places["input"] and places["output"]:
        return min(places["input"]) > max(places["output"])
    heads = [end for wire in drawing.wires for end in wire.ends if end.head]
    return sum(end.heading[1] for end in heads) <= 0


def _labels(columns: list[Column], drawing: Drawing, axis: int) -> list[str]:
    """For each column the text that stands nearest before or behind it, each text once."""
    texts = [node for node in clusters(list(drawing.texts), drawing.unit) if len(node.label) > 1]
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
    return labels
