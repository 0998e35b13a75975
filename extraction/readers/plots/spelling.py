"""Lines of text from letters that a store knows: letters that touch are taken apart by painting them again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.glyphs import SPACE, Glyph, Line, Patch
from extraction.readers.plots.typeface import SAME, Key, Sample, Told, is_space, key_of, store, tell

#: How bad a way to take letters apart may be: mean difference of darkness, of 1.
WORST = 0.05
#: How good one must be for no other face to be asked.
SURE = 0.02
#: What is painted with so little difference needs no other way.
EXACT = 0.005
#: What each letter costs, of a letter's darkness: the fewest letters that explain a piece are right.
A_LETTER = 0.003
#: And where it reaches into the one before it.
OVERLAP = 0.0005
#: After so many pieces of ink of which less than this share was told, a picture is of a font that the store lacks.
TRIES, FOUND = 24, 0.25
#: Differences of darkness that say nothing: what is as faint is cut off from the store's letters.
FAINT = 45
#: Hardly anything, that is: between two ways that are as good they decide.
HARDLY = 0.3
#: How much it counts, in tenths, where there is more than a letter's first or last column: its neighbour may reach
#: there.
SHARED = (10, 3, 1)


@dataclass(slots=True)
class Piece:
    """Some letters of a line, `text` is `None` where nothing is known of them."""

    x0: int
    x1: int
    text: str | None
    #: Its first and last letter.
    ends: tuple[Sample, Sample] | None = None


@dataclass(frozen=True, slots=True)
class Parted:
    """Letters that together look like a piece of ink."""

    #: Mean difference of darkness.
    away: float
    samples: tuple[Sample, ...]
    #: And the text that they are; of what a line runs over, with its spaces.
    text: str


@dataclass(slots=True)
class Spelt:
    """A line with what is known of it."""

    line: Line
    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        if any(piece.text is None for piece in self.pieces):
            return None
        capital = max(self.line.capital, 1.0)
        parts = []
        for i, piece in enumerate(self.pieces):
            if i and _apart(self.pieces[i - 1], piece, capital):
                parts.append(" ")
            parts.append(piece.text or "")
        return "".join(parts)


def _touch(first: Glyph, second: Glyph) -> bool:
    """Whether two pieces of ink beside each other are taken apart as one; what a line runs over stands by itself."""
    return first.hidden is None and second.hidden is None and second.rect[0] - first.rect[2] <= 1


def _apart(first: Piece, second: Piece, capital: float) -> bool:
    """Whether a space stands between two pieces."""
    gap = second.x0 - first.x1
    if first.ends and second.ends:
        return is_space(first.ends[1], second.ends[0], gap)
    return gap > SPACE * capital


class Speller:
    """Reads all lines of a picture with the faces that are in it."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._told, self.faces = tell(lines)
        self._parted: dict[tuple[Key, int, tuple[int, ...]], Parted | None] = {}
        #: Pieces of ink that were looked at, and those of which letters were found, on whatever baseline.
        self._tried: set[Key] = set()
        self._found: set[Key] = set()

    def spell(self, line: Line) -> Spelt:
        measured = line.baseline, line.capital
        spelt = self._spell(line)
        if spelt.text is None:  # then what the store has says nothing of the line's size either
            line.baseline, line.capital = measured
        return spelt

    def _spell(self, line: Line) -> Spelt:
        glyphs = line.glyphs
        told = [self._told.get(key_of(g)) for g in glyphs]
        baseline, face = self._level(glyphs, told)
        if baseline is None:
            baseline = self._guessed(glyphs, face)
        line.baseline = float(baseline)
        if face:
            line.capital = float(_capital(face[0]) or line.capital)
        letters = [self._letter(g, t, baseline, face) for g, t in zip(glyphs, told, strict=True)]
        pieces: list[Piece] = []
        i = 0
        while i < len(glyphs):
            sample = letters[i]
            if sample is not None:
                pieces.append(Piece(glyphs[i].rect[0], glyphs[i].rect[2], sample.letter, (sample, sample)))
                i += 1
                continue
            j = i + 1
            while j < len(glyphs) and letters[j] is None and _touch(glyphs[j - 1], glyphs[j]):
                j += 1
            # A word in bold letters can stand in a line of others: those beside a piece tell its face.
            beside = [s.face for s in (letters[i - 1] if i else None, letters[j] if j < len(glyphs) else None) if s]
            likely = list(dict.fromkeys([*beside, *face]))
            parted = self._apart(glyphs[i:j], baseline, likely)
            if parted is None and j - i > 1:
                j = i + 1
                parted = self._apart(glyphs[i:j], baseline, likely)
            x0, x1 = glyphs[i].rect[0], max(g.rect[2] for g in glyphs[i:j])
            if parted is None:
                pieces.append(Piece(x0, x1, None))
            else:
                own = parted.samples
                pieces.append(Piece(x0, x1, parted.text, (own[0], own[-1])))
            i = j
        return Spelt(line, pieces)

    def _level(self, glyphs: Sequence[Glyph], told: Sequence[Told | None]) -> tuple[int | None, list[int]]:
        """The baseline of a line, and its faces, the commonest first."""
        levels: Counter[int] = Counter()
        faces: Counter[int] = Counter()
        for glyph, t in zip(glyphs, told, strict=True):
            if t is None:
                continue
            for level in {
                glyph.rect[3] - sample.below for away, sample in t.candidates if away < t.candidates[0][0] + 0.01
            }:
                levels[level] += 1
            for face in {sample.face for away, sample in t.candidates}:
                faces[face] += 1
        if not levels:
            return None, self.faces
        order = [face for face, _ in faces.most_common()]
        return levels.most_common(1)[0][0], order + [f for f in self.faces if f not in order]

    def _guessed(self, glyphs: Sequence[Glyph], faces: Sequence[int]) -> int:
        """The baseline of a line of which no letter stands free: the one on which most of it can be painted."""
        bottom = max(g.rect[3] for g in glyphs)
        deepest = _stack(faces[0]).below if faces else 0

        def away(baseline: int) -> float:
            found = [self._apart([g], baseline, faces[:1]) for g in glyphs]
            return sum(WORST if parted is None else parted.away for parted in found)

        return min(range(bottom, bottom - deepest - 1, -1), key=away)

    def _letter(self, glyph: Glyph, told: Told | None, baseline: int, faces: Sequence[int]) -> Sample | None:
        if told is None:
            return None
        fitting = [(away, s) for away, s in told.candidates if glyph.rect[3] - s.below == baseline]
        if not fitting:
            return None
        away, sample = fitting[0]
        if away > SAME:  # two letters that touch can look like one
            parted = self._apart([glyph], baseline, faces)
            if parted is not None and parted.away < away and len(parted.samples) > 1:
                return None
        return sample if away < SAME or len(sample.letter) == 1 else None

    def _apart(self, glyphs: Sequence[Glyph], baseline: int, faces: Sequence[int]) -> Parted | None:
        """What pieces of ink that are no known letter say."""
        x0, x1 = min(g.rect[0] for g in glyphs), max(g.rect[2] for g in glyphs)
        y0, y1 = min(g.rect[1] for g in glyphs), max(g.rect[3] for g in glyphs)
        patch = np.zeros((y1 - y0, x1 - x0), np.uint8)
        for g in glyphs:
            part = patch[g.rect[1] - y0 : g.rect[3] - y0, g.rect[0] - x0 : g.rect[2] - x0]
            np.maximum(part, g.patch, out=part)
        hidden = glyphs[0].hidden
        known = (key_of(Glyph((x0, y0, x1, y1), patch, hidden=hidden)), baseline - y1, tuple(faces))
        if known not in self._parted:
            if len(self._tried) >= TRIES and len(self._found) < FOUND * len(self._tried):
                return None
            self._tried.add(known[0])
            best: Parted | None = None
            for face in faces:
                found = take_apart(patch, baseline - y0, face, hidden)
                if found is not None and found.away < (best.away if best else WORST):
                    best = found
                if best is not None and best.away < SURE:
                    break
            self._parted[known] = best
            if best is not None:
                self._found.add(known[0])
        return self._parted[known]


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
def _stack(face: int) -> Face:
    samples = store().face(face)
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


def _capital(face: int) -> int:
    return next((s.patch.shape[0] for s in store().face(face) if s.letter == "H"), 0)


def take_apart(patch: Patch, baseline: int, face: int, hidden: NDArray[np.bool_] | None = None) -> Parted | None:
    """The letters of one face that, painted side by side, come closest to a patch whose baseline is at this row.

    What is hidden of it says nothing, and then there can be spaces between the letters.
    """
    own = _stack(face)
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
    letter = float(_capital(face) ** 2 * 255)
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
