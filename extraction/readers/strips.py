"""Bars of a few pixels, in the colour of the boxes: maps of few channels, drawn as wide as they have channels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.areas import Area, away_from, largest
from extraction.readers.inks import hues_apart
from extraction.readers.primitives import area, inside, overlap

Numbers = NDArray[np.float64]
Mask = NDArray[np.uint8]

#: Difference from the paper, of 255, that makes ink.
INK = 40
#: Lengths in heights of a line: how long a strip is at least, how wide at most; how far from it one looks for arrows,
#: and how far beside its ends for lines that go on around a corner.
LONG, WIDE, BESIDE, CORNERS = 2.5, 0.6, 2.5, 0.8
#: A colour has so much more of one part than of another, of 255; hues of one colour differ by less, of 180.
COLOURED, HUES = 40, 10
#: A fill whose parts differ by less is grey.
GREY = 20
#: Where so much of a strip lies in another box it is a side of that, or that; no larger share of it is a piece of it.
SIDE, PIECE = 0.3, 0.6
#: How much of what lies beside a strip's end is ink, where a line goes on around a corner.
CORNER = 0.3
#: The same right beyond its end, where it ends at something; letters that stand there are less.
ENDS = 0.6
#: An arrow's head is no longer than this, in heights of a line; less of a bar's flank there is inked.
HEAD, BROAD = 1.2, 0.3
#: So much of a flank is inked where another bar lies along it.
ALL = 0.9


def with_strips(image: Image, areas: list[Area], unit: float, paper: Numbers) -> list[Area]:
    """The areas, and more of them: straight level or upright strips that end in themselves, have the colour of one that
    is filled, and have something drawn beside them.

    Args:
        image: without letters and dashes, height x width x 3, uint8, RGB.
        unit: height of a line of text in pixels.
        paper: the colour of the ground.
    """
    away = away_from(image, paper.astype(np.float32))
    parts = image.astype(np.int16)
    chroma = largest(parts) + largest(-parts)
    hues = np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[..., 0])
    ink = np.asarray(away > INK, dtype=np.uint8)
    near = 0.25 * unit
    found: list[Area] = []
    fills = {hue: a.colour for a in areas if a.filled and (hue := _hue(a.colour)) is not None}
    for hue, fill in sorted(fills.items()):
        # Of a pale fill half as much is enough.
        drawn = away > min(INK, 0.5 * float(np.abs(fill - paper).max()))
        coloured = chroma > min(COLOURED, 0.5 * np.ptp(fill))
        alike = np.asarray(hues_apart(np.arange(256, dtype=np.int16), hue) <= HUES, dtype=np.uint8)
        same = np.asarray(cv2.LUT(hues, alike), dtype=np.uint8) & drawn & coloured
        # Pale pixels at the rim belong to it.
        mine = np.asarray(cv2.dilate(same, np.ones((3, 3), np.uint8)), dtype=np.uint8) & drawn
        for x, y, w, h in _strokes(mine, ink, unit):
            colour = np.median(image[y : y + h, x : x + w].reshape(-1, 3), axis=0)
            if _hue(colour) is None:
                continue  # an outline, whose rim alone has the colour
            bbox = (float(x), float(y), float(x + w), float(y + h))
            grown = (x - near, y - near, x + w + near, y + h + near)
            pieces = [a for a in areas if inside(a.bbox, grown) and area(a.bbox) < PIECE * w * h]
            others = [a.bbox for a in (*areas, *found) if not any(a is piece for piece in pieces)]
            if not any(overlap(bbox, other) > SIDE * w * h for other in others):
                areas = [a for a in areas if not any(a is piece for piece in pieces)]
                corners = np.array([[x, y], [x + w - 1, y], [x + w - 1, y + h - 1], [x, y + h - 1]], dtype=np.int32)
                found.append(Area(bbox, "rect", corners[:, None, :], colour, 1.0, True))
    return areas + found


def _strokes(mine: Mask, ink: Mask, unit: float) -> list[tuple[int, int, int, int]]:
    """Strokes of one width among ink of one colour that end in themselves: left, top, width, height."""
    upright = _upright_strokes(mine, ink, unit)
    level = _upright_strokes(_turned(mine), _turned(ink), unit)
    return upright + [(y, x, h, w) for x, y, w, h in level]


def _turned(mask: Mask) -> Mask:
    return np.asarray(cv2.transpose(mask), dtype=np.uint8)


def _upright_strokes(mine: Mask, ink: Mask, unit: float) -> list[tuple[int, int, int, int]]:
    opened = cv2.morphologyEx(mine, cv2.MORPH_OPEN, np.ones((int(LONG * unit) | 1, 1), np.uint8))
    # Mostly nothing is left, or little.
    left, top, wide, tall = cv2.boundingRect(opened)
    if not wide:
        return []
    part = np.ascontiguousarray(opened[top : top + tall, left : left + wide])
    _, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=4)
    strokes = [(left + x, top + y, w, h) for x, y, w, h, covered in stats[1:].tolist() if covered > 0.9 * w * h]
    return [
        (x, y, w, h)
        for x, y, w, h in strokes
        if 2 <= w <= WIDE * unit and not _goes_on(mine, ink, (x, y, w, h), unit) and _is_met(ink, (x, y, w, h), unit)
    ]


def _goes_on(mine: Mask, ink: Mask, stroke: tuple[int, int, int, int], unit: float) -> bool:
    """Whether a stroke ends at something, or goes on in its colour: straight on, around a corner, or as a head."""
    x, y, w, h = stroke
    straight = (mine[max(0, y - 3) : y, x : x + w], mine[y + h : y + h + 3, x : x + w])
    beyond = (ink[max(0, y - 6) : max(0, y - 3), x : x + w], ink[y + h + 3 : y + h + 6, x : x + w])
    if any(part.size and part.mean() > CORNER for part in straight) or any(
        part.size and part.mean() > ENDS for part in beyond
    ):
        return True
    reach, far = int(min(HEAD * unit, 0.3 * h)), int(CORNERS * unit)
    for start, end, near in ((x - far, x - 1, -1), (x + w + 1, x + w + far, 0)):
        side = mine[y : y + h, max(0, start) : max(0, end)]
        if not side.shape[1] or side[:, near].mean() > ALL:
            continue  # what lies along all of it is another bar
        if max(side[: w + 1].mean(), side[-w - 1 :].mean()) > CORNER:
            return True
        if max(side[:reach, near].mean(), side[-reach:, near].mean()) > BROAD:
            return True
    return False


def _is_met(ink: Mask, stroke: tuple[int, int, int, int], unit: float) -> bool:
    """Whether something is drawn beside a stroke, away from its ends."""
    x, y, w, h = stroke
    far, middle = int(BESIDE * unit), ink[y + h // 10 : y + h - h // 10]
    return bool(middle[:, max(0, x - far) : max(0, x - 1)].any() or middle[:, x + w + 1 : x + w + far].any())


def _hue(colour: Numbers) -> int | None:
    """Of a colour, in halves of degrees; `None` of a grey."""
    if np.ptp(colour) < GREY:
        return None
    pixel = np.asarray(colour, dtype=np.uint8).reshape(1, 1, 3)
    return int(cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)[0, 0, 0])
