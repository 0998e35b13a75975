"""Letters that touch, taken apart by painting them again from the letters that a store knows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.glyphs import Patch
from extraction.readers.plots.typeface import Sample, is_space, store

#: How good a way must be for no other one, and no other face, to be asked: mean difference of darkness, of 1.
SURE = 0.02
#: What is painted with so little difference needs no other way.
EXACT = 0.005
#: What each letter costs, of a letter's darkness: the fewest letters that explain a piece are right.
A_LETTER = 0.003
#: And where it reaches into the one before it.
OVERLAP = 0.0005
#: Differences of darkness that say nothing: what is as faint is cut off from the store's letters.
FAINT = 45
#: Hardly anything, that is: between two ways that are as good they decide.
HARDLY = 0.3
#: Letters under whose arm the next one stands in some fonts, those that do, and by how many columns.
ARMED, UNDER, REACH = "f", "acdegoqs", 2
#: How much it counts, in tenths, where there is more than a letter's first or last column: its neighbour may reach
#: there.
SHARED = (10, 3, 1)


@dataclass(frozen=True, slots=True)
class Parted:
    """Letters that together look like a piece of ink."""

    #: Mean difference of darkness.
    away: float
    samples: tuple[Sample, ...]
    #: And the text that they are; of what a line runs over, with its spaces.
    text: str


@dataclass(frozen=True, slots=True)
class Face:
    """The letters of one face on one baseline."""

    samples: list[Sample]
    #: Letters x rows x columns of the widest, and how many columns each letter has.
    stack: NDArray[np.int16]
    widths: NDArray[np.int64]
    #: All columns that letters have, each once: rows x columns; and where each letter has which: letters x columns.
    columns: NDArray[np.int16]
    places: NDArray[np.int64]
    #: Rows above and below the baseline.
    above: int
    below: int


@lru_cache(maxsize=64)
def letters_of(face: int) -> Face:
    samples = [*store().face(face)]
    samples += _armed(samples)
    above = max(s.patch.shape[0] - s.below for s in samples)
    below = max(max(s.below for s in samples), 0)
    widest = max(s.patch.shape[1] for s in samples)
    stack = np.zeros((len(samples), above + below, widest), np.int16)
    for i, s in enumerate(samples):
        h, w = s.patch.shape
        bottom = above + s.below
        stack[i, bottom - h : bottom, :w] = s.patch
    widths = np.array([s.patch.shape[1] for s in samples])
    columns, places = np.unique(stack.transpose(0, 2, 1).reshape(-1, above + below), axis=0, return_inverse=True)
    return Face(
        samples, stack, widths, np.ascontiguousarray(columns.T), places.reshape(len(samples), widest), above, below
    )


def _armed(samples: Sequence[Sample]) -> Iterator[Sample]:
    """Letters with the next one under their arm, as one."""
    for first in (s for s in samples if s.letter in ARMED and s.patch.shape[1] > REACH):
        for second in (s for s in samples if s.letter in UNDER and s.patch.shape[1] > REACH):
            (high, wide), (low, narrow) = first.patch.shape, second.patch.shape
            above, below = max(high - first.below, low - second.below), max(first.below, second.below)
            patch = np.zeros((above + below, wide + narrow - REACH), np.int16)
            for sample, x in ((first, 0), (second, wide - REACH)):
                bottom = above + sample.below
                rows, columns = sample.patch.shape
                patch[bottom - rows : bottom, x : x + columns] += sample.patch
            darkness = np.minimum(patch, 255).astype(np.uint8)
            yield replace(first, letter=first.letter + second.letter, below=below, patch=darkness, after=second.after)


def capital_of(face: int) -> int:
    return next((s.patch.shape[0] for s in store().face(face) if s.letter == "H"), 0)


def take_apart(patch: Patch, baseline: int, face: int, hidden: NDArray[np.bool_] | None = None) -> Parted | None:
    """The letters of one face that, painted side by side, come closest to a patch whose baseline is at this row.

    What is hidden of it says nothing, and then there can be spaces between the letters.
    """
    own = letters_of(face)
    stack, widths, above = own.stack, own.widths, own.above
    h, w = patch.shape
    w += 1  # on coloured ground the first letter's faintest column can be lost: it may begin one before the patch
    rows, widest = stack.shape[1:]
    top = above - baseline
    if top < 0 or top + h > rows:
        return None
    canvas = np.zeros((rows, w + widest), np.int16)
    canvas[top : top + h, 1:w] = patch
    open_ = None
    if hidden is not None:
        open_ = np.ones_like(canvas)
        open_[top : top + h, 1:w][hidden] = 0
        canvas *= open_
    size = float(patch.size * 255)
    letter = float(capital_of(face) ** 2 * 255)
    best: Parted | None = None
    for costs in _costs(canvas, own, w, open_):
        letters = _cheapest(costs / 10 + A_LETTER * letter, canvas[:, :w], widths, OVERLAP * letter, hidden is not None)
        if not letters:
            continue
        painted = np.zeros_like(canvas)
        for k, x in letters:
            painted[:, x : x + widest] += stack[k]
        shown = np.minimum(painted if open_ is None else painted * open_, 255)[:, :w]
        unlike = (_told_apart(shown, canvas[:, :w]).sum() + HARDLY * np.abs(shown - canvas[:, :w]).sum()) / size
        overlaps = sum(x + widths[k] > after for (k, x), (_, after) in pairwise(letters))
        away = unlike + (A_LETTER * len(letters) + OVERLAP * overlaps) * letter / size
        if best is None or away < best.away:
            found = tuple(own.samples[k] for k, _ in letters)
            best = Parted(float(away), found, _text(found, [x for _, x in letters], hidden is not None))
        if unlike < EXACT:
            break
    return best


def _text(samples: Sequence[Sample], places: Sequence[int], spaced: bool) -> str:
    """What letters at these columns say, with their spaces if there can be any."""
    parts = [samples[0].letter]
    for (a, x), (b, y) in pairwise(zip(samples, places, strict=True)):
        parts += [" "] if spaced and is_space(a, b, y - x - a.patch.shape[1]) else []
        parts.append(b.letter)
    return "".join(parts)


def _costs(canvas: NDArray[np.int16], face: Face, w: int, open_: NDArray[np.int16] | None = None) -> NDArray[np.int32]:
    """How much each letter differs from what is at each column, in tenths, for each of `SHARED`: S x K x w.

    Where `open_` is 0, nothing differs.

    Columns are compared once, however many letters have them: darker and brighter than what is there, U x columns.
    """
    inked = canvas.any(axis=1) if open_ is None else canvas.any(axis=1) | ~open_.all(axis=1)
    alone = face.columns[~inked]
    over = np.empty((face.columns.shape[1], canvas.shape[1]), np.int16)
    over[:] = np.where(alone > FAINT, alone, 0).sum(axis=0, dtype=np.int16)[:, None]
    under = np.zeros_like(over)
    for number in np.flatnonzero(inked).tolist():
        more = face.columns[number][:, None] - canvas[number]
        more *= np.abs(more) > FAINT
        if open_ is not None:
            more *= open_[number]
        over += np.maximum(more, 0)
        under -= np.minimum(more, 0)
    both = over + under
    inner = np.zeros((len(face.widths), w), np.int32)
    for j in range(face.places.shape[1]):
        own = np.flatnonzero(face.widths > j)
        inner[own] += both[face.places[own, j], j : j + w]
    # The edges of letters that are more than two columns wide.
    wide, at = np.flatnonzero(face.widths > 2), np.arange(w)
    last = face.widths[wide] - 1
    outer = np.zeros_like(inner)
    outer[wide] = under[face.places[wide, 0], :w]
    outer[wide] += under[face.places[wide, last][:, None], last[:, None] + at]
    inner -= outer
    return np.stack([10 * inner + shared * outer for shared in SHARED])


def _told_apart(first: NDArray[np.int16], second: NDArray[np.int16]) -> NDArray[np.int16]:
    away = np.abs(first - second)
    return np.where(away > FAINT, away, np.int16(0))


def _cheapest(
    costs: NDArray[np.float64],
    canvas: NDArray[np.int16],
    widths: NDArray[np.int64],
    overlap: float,
    spaced: bool = False,
) -> list[tuple[int, int]] | None:
    """The row of letters, with their columns, that costs the least to explain all columns but the first, empty one.

    Letters may stand apart where that is said.
    """
    w = costs.shape[1]
    dark = np.where(canvas > FAINT, canvas, 0).sum(axis=0).tolist()
    # By the column behind a letter: the least that it costs to get there, by which letter from which column.
    least = [math.inf] * (w + int(widths.max()) + 3)
    by: dict[int, tuple[int, int, int]] = {}
    least[:2] = 0.0, 0.0
    # Of each width, at each column, the letter that costs the least, and what it costs.
    cheapest: list[tuple[int, list[int], list[float]]] = []
    for width in np.unique(widths).tolist():
        own = np.flatnonzero(widths == width)
        best = costs[own].argmin(axis=0)
        cheapest.append((width, own[best].tolist(), costs[own[best], np.arange(w)].tolist()))
    for x in range(w):
        if spaced and x > 0 and least[x] + dark[x] < least[x + 1]:
            least[x + 1] = least[x] + dark[x]
            by.pop(x + 1, None)
            by |= {x + 1: by[x]} if x in by else {}
        behind = [e for e in range(max(0, x - 1), x + 3) if (e > 0 or x == 0) and least[e] < math.inf]
        if not behind:
            continue
        spent, before = min((least[e] + (dark[e] if e < x else overlap * (e > x)), e) for e in behind)
        for width, letter, cost in cheapest:
            if x + width > w + 1:
                break
            if spent + cost[x] < least[x + width]:
                least[x + width] = spent + cost[x]
                by[x + width] = (letter[x], x, before)
    if w > 1:
        least[w - 1] += dark[w - 1]
    end = min((w - 1, w, w + 1), key=lambda e: least[e] if e > 0 else math.inf)
    if least[end] == math.inf or end <= 0:
        return None
    letters: list[tuple[int, int]] = []
    while end > 0 and end in by and len(letters) < w:
        k, x, end = by[end]
        letters.append((k, x))
    return letters[::-1]
