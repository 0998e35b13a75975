"""Numbers beside arrows, which may touch the arrow: digits looked for where they can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.outlines import Rect
from extraction.readers.plots.typeface import Sample, is_space, store

#: Mean square difference of darkness up to which a digit is seen.
SEEN = 0.02
#: And up to which it is seen where a line covers most of it.
EXACT = 0.002
#: What is fainter, of 1, in a digit's first and last column counts so much.
FAINT, BESIDE = 0.5, 0.2
#: Darkness, of 255, that is ink.
FAINT_INK = 60
#: Where a line is looked at: pixels aside of where it was followed, and capitals' heights before and behind a place.
ACROSS, ALONG = np.arange(-4.0, 4.1, 0.5), np.array([-1.2, -0.6, 0.0, 0.6, 1.2])
#: So many pixels before and behind a place tell its direction.
NEAR = 6
#: Beside a digit that was seen, so much of another is enough.
HINT = 0.22
#: And beside one alone, this.
HALF = 0.5
#: Numbers stand beside this part of a line, as shares of its points across and down.
MIDDLE = (0.1, 0.9)
#: Digits of one number have less between them, of a capital's height.
GAP = 0.6
#: And two numbers side by side so many times as much, and at least so much.
APART, SPACED = 2, 0.33


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    rect: Rect
    #: Where it seems to be one of two side by side: the boxes of both, and the number that they are if they are one.
    both: tuple[Rect, ...] = ()
    joined: int = 0


def numbers_near(
    image: Image,
    nodes: Sequence[PlotNode],
    ways: Sequence[NDArray[np.float64]],
    lines: Sequence[NDArray[np.float64]],
    faces: Sequence[int],
    capital: float,
) -> list[list[Number]]:
    """The numbers beside the middle of each way.

    Args:
        lines: all lines of the picture, as points x and y: they may run through numbers.
        faces: those of the picture's letters, the commonest first.
    """
    digits = [sample for face in faces[:1] for sample in store().face(face) if sample.letter.isdigit()]
    if not digits or not lines:
        return [[] for _ in ways]
    grey = np.asarray(255 - cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
    seen = np.ones(grey.shape, np.uint8)
    for node in nodes:
        node.clear(seen, 1)
    drawn = np.concatenate([_with_direction(line) for line in lines])
    found: list[list[Number]] = []
    room = round(6 * capital)
    height, width = grey.shape
    for way in ways:
        low, high = np.quantile(way, MIDDLE, axis=0)
        x0, x1 = max(0, int(min(low[0], high[0])) - room), min(width, int(max(low[0], high[0])) + room)
        y0, y1 = max(0, int(min(low[1], high[1])) - room // 3), min(height, int(max(low[1], high[1])) + room // 3)
        shown = seen[y0:y1, x0:x1].copy()
        _hide(shown, grey[y0:y1, x0:x1], drawn - (x0, y0, 0, 0), capital)
        part = grey[y0:y1, x0:x1] * shown
        # Digits stand where ink is, and may reach a little beyond what is seen of it.
        inked = part > FAINT_INK
        rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
        if not len(rows):
            found.append([])
            continue
        near = round(1.5 * capital)
        top, left = max(0, int(rows[0]) - near), max(0, int(columns[0]) - near)
        place = slice(top, int(rows[-1]) + near), slice(left, int(columns[-1]) + near)
        found.append(_numbers(part[place], shown[place], digits, (x0 + left, y0 + top), capital))
    return found


def _with_direction(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a line, a pixel apart, with the direction in each: N x 4."""
    number = np.arange(len(line))
    way = line[np.minimum(number + NEAR, len(line) - 1)] - line[np.maximum(number - NEAR, 0)]
    return np.concatenate([line, way / np.maximum(np.hypot(*way.T), 1e-6)[:, None]], axis=1)


def _hide(seen: NDArray[np.uint8], grey: NDArray[np.uint8], drawn: NDArray[np.float64], capital: float) -> None:
    """Set to 0 what is seen where lines are: a line is dark all along, a digit beside it only here and there.

    Args:
        drawn: points of lines with their directions, N x 4.
    """
    height, width = grey.shape
    on = drawn[((drawn[:, :2] >= 0) & (drawn[:, :2] < (width, height))).all(axis=1)]
    place, way = on[:, None, None, :2], on[:, None, None, 2:]
    aside = np.stack([-way[..., 1], way[..., 0]], axis=-1)
    across = place + ACROSS[:, None] * aside

    def at(points: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        x, y = np.rint(points[..., 0]).astype(np.intp), np.rint(points[..., 1]).astype(np.intp)
        return np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)

    dark = grey[at(across + (capital * ALONG)[:, None, None] * way)]
    lined = np.sort(dark, axis=1)[:, len(ALONG) // 2] > FAINT_INK
    y, x = at(across[:, 0])
    seen[y[lined], x[lined]] = 0


def _numbers(
    dark: NDArray[np.uint8], seen: NDArray[np.uint8], digits: list[Sample], at: tuple[int, int], capital: float
) -> list[Number]:
    """All numbers in a piece of a picture; nothing is known of pixels where `seen` is 0."""
    found: list[tuple[float, int, int, Sample]] = []
    hinted: list[tuple[float, int, int, Sample]] = []
    image = dark.astype(np.float32) / 255
    known = seen.astype(np.float32)
    for sample in digits:
        h, w = sample.patch.shape
        if h > image.shape[0] or w > image.shape[1]:
            continue
        letter = sample.patch.astype(np.float32) / 255
        weight = np.ones_like(letter)
        for column in (0, -1):  # a digit's neighbours may reach there
            weight[letter[:, column] < FAINT, column] = BESIDE
        count = cv2.matchTemplate(known, weight, cv2.TM_CCORR)
        away = (
            cv2.matchTemplate(known, weight * letter * letter, cv2.TM_CCORR)
            - 2 * cv2.matchTemplate(image * known, weight * letter, cv2.TM_CCORR)
            + cv2.matchTemplate(image * image * known, weight, cv2.TM_CCORR)
        )
        shown = np.asarray(cv2.matchTemplate(known, letter, cv2.TM_CCORR), np.float32) / float(letter.sum())
        away /= np.maximum(count, 1)
        good = (away < SEEN) & (count > 0.5 * weight.sum()) & (shown > 0.6)
        good |= (away < EXACT) & (count > 0.4 * weight.sum()) & (shown > 0.4)
        hint = ~good & (away < SEEN) & (np.minimum(shown, count / weight.sum()) > HINT)
        sure = np.where((away < EXACT) | (shown > HALF), -shown, away)
        for chosen, places, value in ((found, good, away), (hinted, hint, sure)):
            ys, xs = np.nonzero(places)
            chosen += [
                (float(value[y, x]), int(x), int(y) + h - sample.below, sample)
                for y, x in zip(ys.tolist(), xs.tolist(), strict=True)
            ]
    kept: list[tuple[int, int, Sample]] = []
    firm = len(found)
    ranked = sorted(found, key=lambda item: item[0]) + sorted(hinted, key=lambda item: item[0])
    for number, (score, x, base, sample) in enumerate(ranked):
        w = sample.patch.shape[1]
        if number >= firm:  # what is mostly hidden is told by the digit beside it, or by those at both of its sides
            beside = {k > x for k, b, s in kept if b == base and _gap(x, w, k, s) < GAP * capital}
            if len(beside) < (1 if score < 0 else 2):
                continue
        if all(abs(base - b) > 0.5 * capital or x + w <= k + 1 or k + s.patch.shape[1] <= x + 1 for k, b, s in kept):
            kept.append((x, base, sample))
    rows: list[list[tuple[int, int, Sample]]] = []
    for x, base, sample in sorted(kept, key=lambda item: item[0]):
        for row in rows:
            last_x, last_base, last = row[-1]
            gap = x - last_x - last.patch.shape[1]
            if last_base == base and gap < GAP * capital:
                row.append((x, base, sample))
                break
        else:
            rows.append([(x, base, sample)])
    numbers = []
    for row in rows:
        parts = _parted(row, capital)
        rects = tuple(_rect(part, at) for part in parts)
        values = [_value(part) for part in parts]
        if len(parts) == 1:
            numbers.append(Number(values[0], rects[0]))
        else:
            numbers += [Number(v, r, rects, _value(row)) for v, r in zip(values, rects, strict=True)]
    return numbers


def _rect(digits: list[tuple[int, int, Sample]], at: tuple[int, int]) -> Rect:
    left, base, first = digits[0]
    right = digits[-1][0] + digits[-1][2].patch.shape[1]
    return at[0] + left, at[1] + base - first.patch.shape[0], at[0] + right, at[1] + base


def _value(digits: list[tuple[int, int, Sample]]) -> int:
    return int("".join(sample.letter for _, _, sample in digits))


def _parted(row: list[tuple[int, int, Sample]], capital: float) -> list[list[tuple[int, int, Sample]]]:
    """Digits by number: two numbers may stand side by side, with a space between them and far less between digits."""
    gaps = [x - before_x - before.patch.shape[1] for (before_x, _, before), (x, _, _) in pairwise(row)]
    widest = max(range(len(gaps)), key=lambda k: gaps[k], default=0)
    others = gaps[:widest] + gaps[widest + 1 :]
    if not others or gaps[widest] <= max(APART * max(1.0, median(others)), SPACED * capital):
        return [row]
    return (
        [row[: widest + 1], row[widest + 1 :]] if is_space(row[widest][2], row[widest + 1][2], gaps[widest]) else [row]
    )


def _gap(x: int, width: int, other: int, sample: Sample) -> int:
    """Columns between two digits."""
    return max(x - other - int(sample.patch.shape[1]), other - x - width)
