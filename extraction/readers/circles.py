"""Circles of a figure: of the usual size, no letters, and what their colours are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.letters import is_circles
from extraction.readers.primitives import Drawing, TextLine, centre, height, inside, width

#: Smaller pictures are enlarged to so many pixels on their longer side, for circles to be round.
CIRCLES_SIDE = 900
#: Colours of one meaning differ by less than this in each part, of 255.
SAME_COLOUR = 34
#: Where so many circles are drawn, others are of their size: what lines enclose looks round, too.
KNOWN, SIZES = 3, (0.75, 1.3)
#: So many letters are a word, and no circles.
WORD = 4
#: Units may be squares: more than so many, whose sides differ by less than this share.
SQUARES, SQUARE = 5, 0.15


def find_circles(drawing: Drawing, image: Image) -> list[BBox]:
    """All circles of the usual size that are no letters and no signs; squares where hardly any are."""
    circles = [box.bbox for box in drawing.boxes if box.shape == "circle" and not box.operator]
    usual = median(width(circle) for circle in circles) if len(circles) >= KNOWN else 0.0
    for new in hough_circles(image, drawing.unit):
        if usual and not SIZES[0] * usual < width(new) < SIZES[1] * usual:
            continue
        if all(math.dist(centre(new), centre(old)) > 0.5 * width(new) for old in circles):
            circles.append(new)
    circles = _alike([circle for circle in circles if not _is_letter(circle, drawing.texts)])
    squares = _squares(drawing)
    return squares if len(squares) > max(SQUARES, 2 * len(circles)) else circles


def _squares(drawing: Drawing) -> list[BBox]:
    """Small squares of one size, with a letter in them or none."""
    found = [
        box.bbox
        for box in drawing.boxes
        if box.shape == "rect" and abs(width(box.bbox) - height(box.bbox)) < SQUARE * height(box.bbox)
        if sum(len(text.text) for text in drawing.texts if inside(text.bbox, box.bbox, 0.6)) < WORD
    ]
    usual = median(width(square) for square in found) if found else 0.0
    return [square for square in found if abs(width(square) - usual) < SQUARE * usual]


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


def colour_of(image: Image, circle: BBox) -> tuple[float, float, float]:
    """What most of a circle is filled with."""
    x, y = centre(circle)
    half = max(1.0, 0.3 * width(circle))
    patch = image[int(max(0, y - half)) : int(y + half) + 1, int(max(0, x - half)) : int(x + half) + 1]
    if patch.size == 0:
        return 255.0, 255.0, 255.0
    red, green, blue = np.median(patch.reshape(-1, 3), axis=0)
    return float(red), float(green), float(blue)


def same_colour(a: tuple[float, float, float], b: tuple[float, float, float]) -> bool:
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) < SAME_COLOUR
