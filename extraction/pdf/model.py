"""What is taken from a PDF: words, strokes, figures, tables, pages. Plain data, no PDF library.

Coordinates are PDF points with the origin top left, unless a name says pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
Point = tuple[float, float]
Colour = tuple[float, float, float]
#: Height x width x 3, uint8, RGB.
Image = NDArray[np.uint8]


class PdfError(Exception):
    """A PDF that can't be read. The message says why, in words for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    bbox: Box
    #: Font size; 0 where a recogniser read the word from pixels.
    size: float = 0.0
    #: Reading direction, degrees counter-clockwise: 0 left to right, 90 upwards, 270 downwards.
    direction: int = 0
    #: 1 for letters of the PDF itself, a recogniser's own probability otherwise.
    confidence: float = 1.0
    #: Words of one printed line share this number.
    line: int = -1


@dataclass(frozen=True, slots=True)
class Stroke:
    """One drawn path: an open polyline or a closed outline, curves flattened into short lines."""

    points: tuple[Point, ...]
    closed: bool
    #: `None` where the path is not stroked / not filled.
    colour: Colour | None
    fill: Colour | None
    width: float
    dashed: bool = False
    #: Whether the path had curves (a rounded corner, a circle, an arc).
    curved: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A numbered figure or table: where it stands and what its caption says."""

    #: As printed, without the word: "3", "A1".
    number: str
    #: From 1.
    page: int
    #: Of the visible ink of the content, caption left out.
    bbox: Box
    caption: str
    caption_bbox: Box | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What stands over "(a)" in a figure."""

    letter: str
    #: In pixels of the figure's image; its mark is in it.
    bbox: Box
    #: What the caption says of it, or the words at its mark.
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    region: Region
    #: What the ink is made of.
    content: Literal["vector", "raster", "mixed"]
    image: Image
    #: Pixels a point: image x = (point x - bbox x0) * scale.
    scale: float
    #: In pixels of the image, as everything a reader sees is.
    words: tuple[Word, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    #: (a), (b), … in order; none where it is one whole.
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    bbox: Box | None = None


@dataclass(frozen=True, slots=True)
class Table:
    region: Region
    cells: tuple[Cell, ...] = ()
    #: As printed, for people; none where the table was not cut out of a page.
    image: Image | None = None
    #: Pixels of the image a point.
    scale: float = 1.0

    def rows(self) -> list[list[str]]:
        """The cells' texts as a rectangle; a cell that spans several places stands in each of them."""
        height = max((cell.row + cell.row_span for cell in self.cells), default=0)
        width = max((cell.column + cell.column_span for cell in self.cells), default=0)
        grid = [[""] * width for _ in range(height)]
        for cell in self.cells:
            for row in range(cell.row, cell.row + cell.row_span):
                for column in range(cell.column, cell.column + cell.column_span):
                    grid[row][column] = cell.text
        return grid


@dataclass(frozen=True, slots=True)
class Page:
    #: From 1.
    number: int
    width: float
    height: float
    #: Running text in reading order, one string a paragraph; captions, headers and figures' words left out.
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    #: SHA-256 of the file, hexadecimal.
    sha256: str
    title: str
    pages: tuple[Page, ...]
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    authors: tuple[str, ...] = ()
    abstract: str = ""
    #: In which it was published, where the first page says so.
    year: int | None = None
    #: What could not be read though the paper as a whole could, in words for people.
    warnings: tuple[str, ...] = field(default=())
