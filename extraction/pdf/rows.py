"""Printed rows: the words of a page, put together as the eye sees them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pymupdf

from extraction.pdf.model import Box, Word

#: Ligatures are taken apart, images left out, clipped letters kept out.
TEXT_FLAGS = (
    pymupdf.TEXTFLAGS_DICT & ~pymupdf.TEXT_PRESERVE_IMAGES & ~pymupdf.TEXT_PRESERVE_LIGATURES
) | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE

_BOLD = re.compile(r"bold|black|heavy|medi|[-_]b$|cmbx|bx\d", re.IGNORECASE)
#: Subset prefix of an embedded font.
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Style:
    font: str
    size: float

    @property
    def bold(self) -> bool:
        return bool(_BOLD.search(self.font))


@dataclass(frozen=True, slots=True)
class Row:
    """Words of one printed row without a wide gap between them."""

    text: str
    bbox: Box
    style: Style
    direction: int = 0
    words: tuple[Word, ...] = field(default=(), repr=False)
    #: Style of the first letters, which tells a caption's label.
    first: Style | None = None
    #: Height of the line that the letters stand on.
    baseline: float = 0.0

    @property
    def x0(self) -> float:
        return self.bbox[0]

    @property
    def y0(self) -> float:
        return self.bbox[1]

    @property
    def x1(self) -> float:
        return self.bbox[2]

    @property
    def y1(self) -> float:
        return self.bbox[3]

    @property
    def width(self) -> float:
        return self.bbox[2] - self.bbox[0]

    @property
    def size(self) -> float:
        return self.style.size


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all; raises `ValueError` if there is none."""
    x0s, y0s, x1s, y1s = zip(*boxes, strict=True)
    return min(x0s), min(y0s), max(x1s), max(y1s)


def overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    """Length that two intervals share; negative where they lie apart."""
    return min(a1, b1) - max(a0, b0)


def centre_in(inner: Box, outer: Box) -> bool:
    """Whether the middle of one box lies in the other, give or take a point."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] - 1 <= x <= outer[2] + 1 and outer[1] - 1 <= y <= outer[3] + 1


def read_rows(page: pymupdf.Page) -> tuple[list[Row], float]:
    """All rows of a page, top to bottom; horizontal pieces of one line joined where the gap is a word's.

    Signs that say nothing (control, private use, replacement: brackets drawn in parts, a lost encoding) are left out.

    Returns:
        The rows, and the share of signs left out.
    """
    textpage = page.get_textpage(flags=TEXT_FLAGS)
    blocks = page.get_text("dict", textpage=textpage)["blocks"]
    words: dict[tuple[int, int], list[Any]] = {}
    length = lost = 0
    for word in page.get_text("words", textpage=textpage):
        text = _CONTROL.sub("", word[4])
        length += len(word[4])
        lost += len(word[4]) - len(text)
        if text.strip():
            words.setdefault((word[5], word[6]), []).append((*word[:4], text))
    pieces = []
    number = 0
    for block in blocks:
        for index, line in enumerate(block.get("lines", ())):
            number += 1
            row = _row(line, words.get((block["number"], index), []), number)
            if row is not None:
                pieces.append(row)
    return _lines(pieces), lost / length if length else 0.0


def _row(line: dict[str, Any], words: Sequence[Any], number: int) -> Row | None:
    spans = [span for span in line["spans"] if span["text"].strip()]
    if not spans or not words:
        return None
    counts: Counter[Style] = Counter()
    for span in spans:
        counts[_style(span)] += len(span["text"].strip())
    style = counts.most_common(1)[0][0]
    direction = _direction(line["dir"])
    bbox = union(tuple(word[:4]) for word in words)
    return Row(
        text=" ".join(word[4] for word in words),
        bbox=bbox,
        style=style,
        direction=direction,
        words=tuple(
            Word(word[4], (word[0], word[1], word[2], word[3]), style.size, direction, line=number) for word in words
        ),
        first=_style(spans[0]),
        baseline=_baseline(spans),
    )


def _baseline(spans: Sequence[dict[str, Any]]) -> float:
    """The height on which the letters stand."""
    # The first word tells: a span after an index keeps the index's height.
    for span in spans:
        if len(span["text"].strip()) > 1:
            return float(span["origin"][1])
    return float(spans[0]["origin"][1])


def _style(span: dict[str, Any]) -> Style:
    font = _SUBSET.sub("", str(span["font"]))
    # Bit 4 of the flags says bold where the name does not.
    if span["flags"] & 16 and not _BOLD.search(font):
        font += "-Bold"
    return Style(font, round(span["size"] * 2) / 2)


def _direction(vector: tuple[float, float]) -> int:
    degrees = math.degrees(math.atan2(-vector[1], vector[0]))
    return round(degrees / 90) * 90 % 360


def _lines(pieces: list[Row]) -> list[Row]:
    """Join horizontal pieces that stand beside each other with no more than a wide word gap between."""
    level = sorted((row for row in pieces if row.direction == 0), key=lambda row: (row.y0, row.x0))
    rows: list[Row] = []
    for piece in level:
        for i in range(len(rows) - 1, max(-1, len(rows) - 40), -1):
            other = rows[i]
            tall = min(piece.y1 - piece.y0, other.y1 - other.y0)
            gap = max(piece.x0 - other.x1, other.x0 - piece.x1)
            if overlap(piece.y0, piece.y1, other.y0, other.y1) > 0.55 * tall and gap < 0.75 * max(
                piece.size, other.size
            ):
                rows[i] = joined(other, piece)
                break
        else:
            rows.append(piece)
    return sorted([*rows, *(row for row in pieces if row.direction != 0)], key=lambda row: (row.y0, row.x0))


def joined(a: Row, b: Row) -> Row:
    """Two pieces of one line as one row."""
    left, right = (a, b) if a.x0 <= b.x0 else (b, a)
    longer = a if len(a.text) >= len(b.text) else b
    number = left.words[0].line
    return Row(
        text=f"{left.text} {right.text}",
        bbox=union((a.bbox, b.bbox)),
        style=longer.style,
        words=left.words + tuple(replace(word, line=number) for word in right.words),
        first=left.first,
        baseline=longer.baseline,
    )
