"""Dots for what is left out: no layer, but the way goes on behind them."""

from __future__ import annotations

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.areas import away_from, paper_colour
from extraction.readers.links import Links
from extraction.readers.nodes import DOTS, Node
from extraction.readers.primitives import TextLine, around, centre, height, overlap, width

#: How sure it is that dots stand for layers between two boxes of a row.
BEHIND = 0.6
#: How far the sizes of boxes on both sides of dots may differ.
ALIKE = 0.25

#: Dots of an ellipsis that is drawn: how large, how far apart, in heights of a line, and how many.
DOT, STEP, COUNT = 0.4, 1.5, (3, 6)
#: A dot among pixels is no smaller than this, in heights of a line, and as wide as high but for so much; it fills so
#: much of its box; difference from the paper, of 255, that makes ink.
LEAST, SQUARE, FULL, INK = 0.1, 0.35, 0.6, 60


def ellipses_among(image: Image, unit: float, taken: list[BBox]) -> list[TextLine]:
    """Rows and columns of small round specks of a picture that has no letters any more, where nothing else is."""
    ink = (away_from(image, paper_colour(image).astype(np.float32)) > INK).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    x, y, w, h, size = stats[1:].T.astype(np.float64)
    small, large = np.minimum(w, h), np.maximum(w, h)
    fits = (small > LEAST * unit) & (large < DOT * unit) & (large - small <= SQUARE * large) & (size > FULL * w * h)
    dots = [(x0, y0, x0 + wide, y0 + tall) for x0, y0, wide, tall in np.column_stack((x, y, w, h))[fits].tolist()]
    return drawn_ellipses([dot for dot in dots if not any(overlap(dot, other) for other in taken)], unit)


def drawn_ellipses(dots: list[BBox], unit: float) -> list[TextLine]:
    """Rows and columns of small filled circles, evenly apart, as the text that others write."""
    small = sorted(dot for dot in dots if width(dot) < DOT * unit)
    found = []
    for axis in (0, 1):
        rows: list[list[BBox]] = []
        for dot in sorted(small, key=lambda dot: centre(dot)[axis]):
            home = next((row for row in rows if _next(row, dot, axis, unit)), None)
            if home is None:
                rows.append([dot])
            else:
                home.append(dot)
        found += [TextLine("...", around(row)) for row in rows if COUNT[0] <= len(row) <= COUNT[1]]
    return found


def _next(row: list[BBox], dot: BBox, axis: int, unit: float) -> bool:
    """Whether a dot goes on in a row of dots."""
    last, size = row[-1], width(row[0])
    step = centre(dot)[axis] - centre(last)[axis]
    level = abs(centre(dot)[1 - axis] - centre(last)[1 - axis]) < 0.25 * size + 0.5
    even = len(row) < 2 or abs(step - (centre(last)[axis] - centre(row[-2])[axis])) < 0.3 * step
    return level and even and size < step < STEP * unit and abs(width(dot) - size) < 0.3 * size


def lead_through(links: Links) -> None:
    """What leads into an ellipsis leads where that leads to, or to the box that stands behind it; in place."""
    for dots, node in enumerate(links.nodes):
        if node.box or not node.lines or not DOTS.fullmatch(node.label):
            continue
        into = {source: sure for (source, target), sure in links.certain.items() if target == dots}
        out = {target: sure for (source, target), sure in links.certain.items() if source == dots}
        for other in (*into, *out):
            links.certain.pop((other, dots), None)
            links.certain.pop((dots, other), None)
        links.leaves = [(wire, source) for wire, source in links.leaves if source != dots]
        links.reaches = [(wire, target) for wire, target in links.reaches if target != dots]
        if not into and len(out) == 1:
            into = _behind(dots, next(iter(out)), links)
        elif not out and len(into) == 1:
            out = _behind(dots, next(iter(into)), links)
        for source, before in into.items():
            for target, after in out.items():
                links.add(source, target, 0.8 * min(before, after))


def _alike(node: Node, wide: float, tall: float) -> bool:
    return abs(width(node.bbox) - wide) <= ALIKE * wide and abs(height(node.bbox) - tall) <= ALIKE * tall


def _behind(dots: int, other: int, links: Links) -> dict[int, float]:
    """The nearest box on the far side of an ellipsis, seen from another node, in the same row or column.

    Dots stand for more of the same, so both boxes are of one size.
    """
    wide, tall = width(links.nodes[other].bbox), height(links.nodes[other].bbox)
    here, there = centre(links.nodes[dots].bbox), centre(links.nodes[other].bbox)
    axis = 0 if abs(here[0] - there[0]) > abs(here[1] - there[1]) else 1
    sign = 1 if here[axis] > there[axis] else -1
    ahead = [
        (sign * (centre(node.bbox)[axis] - here[axis]), i)
        for i, node in enumerate(links.nodes)
        if node.box
        and i != other
        and _alike(node, wide, tall)
        and node.bbox[1 - axis] <= here[1 - axis] <= node.bbox[3 - axis]
    ]
    ahead = [(away, i) for away, i in ahead if away > 0]
    return {min(ahead)[1]: BEHIND} if ahead else {}
