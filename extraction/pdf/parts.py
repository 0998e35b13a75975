"""The parts (a), (b), … of a figure: where each stands, and what is said of it.

A figure is cut along gaps without ink, from edge to edge, until every piece has one mark. Of the gaps that part two
marks the one is taken that leaves the marks where they stand in most figures: in the middle of their parts, or at the
same end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Box, Image, Part, Word
from extraction.pdf.rows import union

Mask = NDArray[np.bool_]
#: A box in whole pixels.
Piece = tuple[int, int, int, int]

_MARK = re.compile(r"\(([a-z])\)[.:]?")
#: In a caption a mark comes before what is said of the part: at the start, or where a sentence or an item ends.
_SAID = re.compile(r"(?:^|[.:;,]\s+(?:and\s+)?)\(([a-z])\)[.:]?\s+")
_NAME = re.compile(r"^\s*\w+\.?\s+[\w.]+\s*[.:|]\s*")
#: A gap is at least so many heights of a mark's line wide.
NARROWEST = 0.05
#: What a part shows is at least so many of them wide and high.
SMALLEST = 0.5
#: Letters reach so far out of their boxes, in heights of a line.
LETTERS_REACH = 0.25
#: Lines of one sub-caption are no farther apart, in heights of a line.
LEADING = 0.6
#: Difference of a colour, of 255, from the paper's that is ink.
INK = 30
MAX_SAID = 200


@dataclass(frozen=True, slots=True)
class _Mark:
    letter: str
    #: Of the mark with the words that follow it.
    line: Box
    said: str


def find_parts(image: Image, words: Sequence[Word], caption: str) -> tuple[Part, ...]:
    """The parts of a figure in the order of their letters; none where it has fewer than two, or they can't be cut.

    Args:
        image: the figure's picture, height x width x 3, RGB.
        words: of the figure, in the picture's pixels.
        caption: as printed; what it says of a part goes before what stands at the part itself.
    """
    marks = _marks(words)
    letters = [mark.letter for mark in marks]
    if len(marks) < 2 or letters != [chr(ord("a") + n) for n in range(len(marks))]:
        return ()
    ink = np.abs(image.astype(np.int16) - _paper(image)).max(axis=2) > INK
    drawn = ink.copy()
    for x0, y0, x1, y1 in (mark.line for mark in marks):
        rim = LETTERS_REACH * (y1 - y0)
        drawn[max(0, int(y0 - rim)) : int(y1 + rim) + 1, max(0, int(x0)) : int(x1) + 1] = False
    pieces = _cut(ink, drawn, _bounds(ink, (0, 0, ink.shape[1], ink.shape[0])), marks)
    if pieces is None:
        return ()
    said = _said(caption, letters)
    return tuple(Part(mark.letter, _box(pieces[mark.letter]), said.get(mark.letter, mark.said)) for mark in marks)


def _box(values: Piece) -> Box:
    x0, y0, x1, y1 = values
    return float(x0), float(y0), float(x1), float(y1)


def _marks(words: Sequence[Word]) -> list[_Mark]:
    """Each mark with its line's words up to the next mark; none where a letter stands twice."""
    lines: dict[int, list[Word]] = {}
    for n, word in enumerate(words):
        lines.setdefault(word.line if word.line >= 0 else -1 - n, []).append(word)
    found: list[_Mark] = []
    for line in lines.values():
        line.sort(key=lambda word: word.bbox[0])
        places = [i for i, word in enumerate(line) if _MARK.fullmatch(word.text)]
        if not places or places[0] > 0:
            continue  # A mark within a line speaks of a part.
        for start, end in zip(places, [*places[1:], len(line)], strict=True):
            group = line[start:end]
            match = _MARK.fullmatch(group[0].text)
            if match:
                group = _continued(group, lines.values())
                said = " ".join(word.text for word in group[1:])[:MAX_SAID]
                found.append(_Mark(match[1], union([word.bbox for word in group]), said))
    found.sort(key=lambda mark: mark.letter)
    return found


def _continued(group: list[Word], lines: Iterable[list[Word]]) -> list[Word]:
    """A sub-caption's first line, with those right below it that have letters of its size and no mark."""
    group = list(group)
    last = union([word.bbox for word in group])
    for line in sorted(lines, key=lambda line: line[0].bbox[1]):
        box = union([word.bbox for word in line])
        tall = last[3] - last[1]
        near = -0.2 * tall < box[1] - last[3] < LEADING * tall and min(box[2], last[2]) > max(box[0], last[0])
        if len(group) > 1 and near and 0.8 * tall < box[3] - box[1] < 1.25 * tall and not _MARK.match(line[0].text):
            group += line
            last = box
    return group


def _said(caption: str, letters: list[str]) -> dict[str, str]:
    """What a caption says of each part: "Figure 2. (a) Training. (b) Testing."; nothing where it leaves one out."""
    text = _NAME.sub("", caption, count=1)
    matches = list(_SAID.finditer(text))
    if [match[1] for match in matches] != letters:
        return {}
    ends = [match.start() for match in matches[1:]] + [len(text)]
    return {
        match[1]: text[match.end() : end].strip(" .,;:")[:MAX_SAID] for match, end in zip(matches, ends, strict=True)
    }


def _cut(ink: Mask, drawn: Mask, box: Piece, marks: list[_Mark]) -> dict[str, Piece] | None:
    """Each mark's piece of a box, cut down to its ink; `None` where no gap parts the marks.

    Sub-captions side by side reach under one another's parts: they are no ink where cuts go down.
    """
    if len(marks) == 1:
        return {marks[0].letter: box}
    best: tuple[float, list[tuple[Piece, list[_Mark]]]] | None = None
    line = float(np.median([mark.line[3] - mark.line[1] for mark in marks]))
    for axis in (0, 1):
        for start, end in _gaps(ink if axis else drawn, box, axis, NARROWEST * line):
            sides: tuple[list[_Mark], list[_Mark]] = [], []
            for mark in marks:
                sides[mark.line[axis] + mark.line[axis + 2] > start + end].append(mark)
            first, second = list(box), list(box)
            first[axis + 2], second[axis] = start, end
            shown = [_bounds(drawn, (p[0], p[1], p[2], p[3])) for p in (first, second)]
            if not all(sides) or min(min(p[2] - p[0], p[3] - p[1]) for p in shown) < SMALLEST * line:
                continue
            pieces = [(_with(piece, side), side) for piece, side in zip(shown, sides, strict=True)]
            cost = min(_off(pieces, axis, end) for end in (0.0, 0.5, 1.0)) / (box[axis + 2] - box[axis])
            if best is None or cost < best[0]:
                best = cost, pieces
    if best is None:
        return None
    result: dict[str, Piece] = {}
    for piece, side in best[1]:
        part = _cut(ink, drawn, piece, side)
        if part is None:
            return None
        result |= part
    return result


def _off(pieces: list[tuple[Piece, list[_Mark]]], axis: int, end: float) -> float:
    """How far the marks are from the same place of their pieces: 0 the start, 0.5 the middle, 1 the end."""
    total = 0.0
    for piece, side in pieces:
        low = min(mark.line[axis] for mark in side)
        high = max(mark.line[axis + 2] for mark in side)
        total += abs(low + end * (high - low) - piece[axis] - end * (piece[axis + 2] - piece[axis]))
    return total


def _with(piece: Piece, marks: list[_Mark]) -> Piece:
    """A piece with its marks' lines."""
    x0, y0, x1, y1 = union([piece, *(mark.line for mark in marks)])
    return max(0, int(x0)), max(0, int(y0)), math.ceil(x1), math.ceil(y1)


def _gaps(ink: Mask, box: Piece, axis: int, least: float) -> Iterator[tuple[int, int]]:
    """Stretches without ink across a box, of at least a width, along x (axis 0) or y (1)."""
    x0, y0, x1, y1 = box
    empty = ~ink[y0:y1, x0:x1].any(axis=axis)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], empty, [False])).astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        if end - start >= least:
            yield int(start) + box[axis], int(end) + box[axis]


def _bounds(ink: Mask, box: Piece) -> Piece:
    """A box cut down to its ink; of no size where there is none."""
    x0, y0, x1, y1 = box
    piece = ink[y0:y1, x0:x1]
    across, down = np.flatnonzero(piece.any(axis=0)), np.flatnonzero(piece.any(axis=1))
    if not len(across):
        return x0, y0, x0, y0
    return x0 + int(across[0]), y0 + int(down[0]), x0 + int(across[-1]) + 1, y0 + int(down[-1]) + 1


def _paper(image: Image) -> NDArray[np.int16]:
    """The colour of the paper: that of most pixels at the border."""
    border = np.concatenate((image[0], image[-1], image[:, 0], image[:, -1]))
    colours, counts = np.unique(border, axis=0, return_counts=True)
    return np.asarray(colours[counts.argmax()], dtype=np.int16)
