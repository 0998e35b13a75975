"""Columns of a table that stand so close that their words look like one phrase: told by the white between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extraction.pdf.model import Word
from extraction.pdf.rows import Row, union

#: A gap between words, in letter sizes, from which it may part columns; words of a phrase stand closer.
WIDE = 0.45
#: Lines that must have words on both sides, and the share of them whose words may reach across.
LINES, CROSSED = 3, 0.15


def parted(pieces: Sequence[Row]) -> list[Row]:
    """The pieces, cut where a gap goes on as white through the lines above and below."""
    chunks = [_chunks(piece) for piece in pieces]
    spans = [
        (_line(piece), chunk[0].bbox[0], chunk[-1].bbox[2])
        for piece, own in zip(pieces, chunks, strict=True)
        for chunk in own
    ]
    done: list[Row] = []
    for piece, own in zip(pieces, chunks, strict=True):
        kept = [own[0]]
        for before, after in pairwise(own):
            if _is_river(before[-1].bbox[2], after[0].bbox[0], spans):
                kept.append(after)
            else:
                kept[-1] = (*kept[-1], *after)
        done += [piece] if len(kept) == 1 else [of_words(piece, words) for words in kept]
    return done


def of_words(row: Row, words: Sequence[Word]) -> Row:
    """The part of a row that these words make."""
    text = " ".join(word.text for word in words)
    return replace(row, text=text, bbox=union(word.bbox for word in words), words=tuple(words))


def _chunks(piece: Row) -> list[tuple[Word, ...]]:
    words = sorted(piece.words, key=lambda word: word.bbox[0])
    found: list[tuple[Word, ...]] = []
    for word in words:
        if found and word.bbox[0] - found[-1][-1].bbox[2] < WIDE * max(piece.size, 4):
            found[-1] = (*found[-1], word)
        else:
            found.append((word,))
    return found or [tuple(piece.words)]


def _line(piece: Row) -> int:
    return round(piece.baseline / 2)


def _is_river(left: float, right: float, spans: Sequence[tuple[int, float, float]]) -> bool:
    """Whether hardly a line's words stand on some upright in the gap, of those that have words on both its sides."""
    for x in (left + 0.7, (left + right) / 2, right - 0.7):
        before = {line for line, _, x1 in spans if x1 <= x}
        after = {line for line, x0, _ in spans if x0 >= x}
        across = {line for line, x0, x1 in spans if x0 < x < x1}
        if len(before & after) >= LINES and len(across) <= CROSSED * len(before & after):
            return True
    return False
