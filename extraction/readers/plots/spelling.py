"""Lines of text from letters that a store knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from extraction.readers.plots.glyphs import SPACE, Glyph, Line
from extraction.readers.plots.parting import SURE, Parted, capital_of, letters_of, take_apart
from extraction.readers.plots.typeface import SAME, Key, Sample, Told, is_space, key_of, tell

#: How bad a way to take letters apart may be: mean difference of darkness, of 1.
WORST = 0.05
#: After so many pieces of ink of which less than this share was told, a picture is of a font that the store lacks.
TRIES, FOUND = 24, 0.25


@dataclass(slots=True)
class Piece:
    """Some letters of a line, `text` is `None` where nothing is known of them."""

    x0: int
    x1: int
    text: str | None
    #: Its first and last letter.
    ends: tuple[Sample, Sample] | None = None


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
            line.capital = float(capital_of(face[0]) or line.capital)
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
        deepest = letters_of(faces[0]).below if faces else 0

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
