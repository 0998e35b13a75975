"""Legends of circles: samples under one another, each with what it means beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.circles import SAME_COLOUR
from extraction.readers.primitives import TextLine, centre, height, width

#: Circles are compared with a legend's samples in so many pixels.
PATCH = 12
#: Circles of a row stand no farther apart than so many of their widths.
ROW = 4.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """A sample of a legend and what stands beside it."""

    sample: BBox
    text: str


def read_samples(circles: list[BBox], texts: Sequence[TextLine]) -> list[Meaning]:
    """The samples among circles: a legend lists them under one another."""
    told = [Meaning(circle, text) for circle in circles if (text := _explained(circle, texts))]

    def under(one: BBox, other: BBox) -> bool:
        return other is not one and abs(centre(other)[0] - centre(one)[0]) < 0.5 * width(one)

    def in_row(one: BBox) -> bool:
        """Whether a circle ends a row of circles: what stands beside it is the row's name."""
        return any(
            0 < one[0] - other[0] < ROW * width(one) and abs(centre(other)[1] - centre(one)[1]) < 0.35 * height(one)
            for other in circles
        )

    told = [one for one in told if not in_row(one.sample)]
    return [one for one in told if any(under(one.sample, other.sample) for other in told)]


def meaning_of(circles: Sequence[BBox], image: Image, legend: list[Meaning]) -> Meaning | None:
    """What the legend says of a column's circles: the sample that the middle one of them looks most like."""
    patches = [_patch(image, circle) for circle in circles]
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
