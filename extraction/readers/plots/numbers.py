"""Numbers beside arrows, which may touch the arrow: digits looked for where they can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.outlines import Rect
from extraction.readers.plots.typeface import Sample, store

#: Mean square difference of darkness up to which a digit is seen.
SEEN = 0.02
#: And up to which it is seen where a line covers most of it.
EXACT = 0.002
#: What is fainter, of 1, in a digit's first and last column counts so much.
FAINT, BESIDE = 0.5, 0.2
#: Darkness, of 255, that is ink.
FAINT_INK = 60
#: Of a piece of a line so much is dark, of 1.
DRAWN = 0.7
#: Beside a digit that was seen, so much of another is enough.
HINT = 0.22
#: Digits of one number have less between them, of a capital's height.
GAP = 0.5


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    rect: Rect


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
    if not digits:
        return [[] for _ in ways]
    grey = np.asarray(255 - cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
    seen = np.ones(grey.shape, np.uint8)
    for node in nodes:
        node.clear(seen, 1)
    thick = max(3, round(0.25 * capital))
    for line in lines:
        for stretch in _seen_of(line, grey, capital):
            cv2.polylines(seen, [stretch], False, 0, thick)
    found: list[list[Number]] = []
    room = round(6 * capital)
    height, width = grey.shape
    for way in ways:
        low, high = np.quantile(way, 0.2, axis=0), np.quantile(way, 0.8, axis=0)
        x0, x1 = max(0, int(min(low[0], high[0])) - room), min(width, int(max(low[0], high[0])) + room)
        y0, y1 = max(0, int(min(low[1], high[1])) - room // 3), min(height, int(max(low[1], high[1])) + room // 3)
        part = grey[y0:y1, x0:x1] * seen[y0:y1, x0:x1]
        # Digits stand where ink is, and may reach a little beyond what is seen of it.
        inked = part > FAINT_INK
        rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
        if not len(rows):
            found.append([])
            continue
        near = round(1.5 * capital)
        top, left = max(0, int(rows[0]) - near), max(0, int(columns[0]) - near)
        place = slice(top, int(rows[-1]) + near), slice(left, int(columns[-1]) + near)
        found.append(_numbers(part[place], seen[y0:y1, x0:x1][place], digits, (x0 + left, y0 + top), capital))
    return found


def _seen_of(line: NDArray[np.float64], grey: NDArray[np.uint8], capital: float) -> list[NDArray[np.int32]]:
    """The stretches of a line where it is drawn: one that was followed astray may run over empty paper."""
    points = np.rint(line).astype(np.int32)
    height, width = grey.shape
    x, y = np.clip(points[:, 0], 1, width - 2), np.clip(points[:, 1], 1, height - 2)
    around = np.stack([grey[y + b, x + a] for b in (-1, 0, 1) for a in (-1, 0, 1)])
    room = 2 * round(capital / 2) + 1
    share = np.convolve(around.max(axis=0) > FAINT_INK, np.ones(room), "same")
    share /= np.convolve(np.ones(len(points)), np.ones(room), "same")
    ends = np.flatnonzero(np.diff((share > DRAWN).astype(np.int8))) + 1
    drawn = [bool(part[0] > DRAWN) for part in np.split(share, ends)]
    return [part for part, there in zip(np.split(points, ends), drawn, strict=True) if there]


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
        for chosen, places, value in ((found, good, away), (hinted, hint, np.where(away < EXACT, -shown, away))):
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
        left, base, first = row[0]
        right = row[-1][0] + row[-1][2].patch.shape[1]
        rect = (at[0] + left, at[1] + base - first.patch.shape[0], at[0] + right, at[1] + base)
        numbers.append(Number(int("".join(s.letter for _, _, s in row)), rect))
    return numbers


def _gap(x: int, width: int, other: int, sample: Sample) -> int:
    """Columns between two digits."""
    return max(x - other - int(sample.patch.shape[1]), other - x - width)
