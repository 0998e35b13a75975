"""A paper as plain JSON and arrays in a folder, and back: how it leaves the child process that read it.

What comes back is not trusted: every value is turned into the type it must have, and pictures are bare arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Box, Cell, Colour, Figure, Image, Page, Paper, Part, Point, Region, Stroke, Table, Word

CONTENTS = ("vector", "raster", "mixed")


def dump_paper(paper: Paper, folder: Path) -> dict[str, Any]:
    """The paper as JSON values; arrays are written to `folder`.

    They are the pictures of figures and tables, `0.npy`, `1.npy`, … and `table-0.npy`, …, and the points of a figure's
    strokes, `points-0.npy`, …: there may be hundreds of thousands, which take long as text.
    """
    for index, figure in enumerate(paper.figures):
        np.save(folder / f"{index}.npy", figure.image, allow_pickle=False)
        np.save(folder / f"points-{index}.npy", _points(figure.strokes), allow_pickle=False)
    for index, table in enumerate(paper.tables):
        if table.image is not None:
            np.save(folder / f"table-{index}.npy", table.image, allow_pickle=False)
    return {
        "sha256": paper.sha256,
        "title": paper.title,
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "year": paper.year,
        "warnings": list(paper.warnings),
        "pages": [[page.number, page.width, page.height, list(page.paragraphs)] for page in paper.pages],
        "figures": [
            {
                "region": _region(figure.region),
                "content": figure.content,
                "scale": figure.scale,
                "words": [
                    [word.text, list(word.bbox), word.size, word.direction, word.confidence, word.line]
                    for word in figure.words
                ],
                "strokes": [_stroke(stroke) for stroke in figure.strokes],
                "parts": [[part.letter, list(part.bbox), part.caption] for part in figure.parts],
            }
            for figure in paper.figures
        ],
        "tables": [
            {
                "region": _region(table.region),
                "pictured": table.image is not None,
                "scale": table.scale,
                "cells": [
                    [cell.text, cell.row, cell.column, cell.row_span, cell.column_span, cell.bbox and list(cell.bbox)]
                    for cell in table.cells
                ],
            }
            for table in paper.tables
        ],
    }


def load_paper(data: Mapping[str, Any], folder: Path) -> Paper:
    """The paper again, arrays read from `folder`.

    Raises:
        KeyError, TypeError, ValueError, OSError: if the data are not what `dump_paper` makes.
    """
    return Paper(
        sha256=str(data["sha256"]),
        title=str(data["title"]),
        authors=tuple(str(name) for name in data["authors"]),
        abstract=str(data["abstract"]),
        year=None if data["year"] is None else int(data["year"]),
        warnings=tuple(str(text) for text in data["warnings"]),
        pages=tuple(
            Page(int(number), float(width), float(height), tuple(str(text) for text in texts))
            for number, width, height, texts in data["pages"]
        ),
        figures=tuple(_load_figure(item, folder, index) for index, item in enumerate(data["figures"])),
        tables=tuple(_load_table(item, folder / f"table-{index}.npy") for index, item in enumerate(data["tables"])),
    )


def _region(region: Region) -> dict[str, Any]:
    return {
        "number": region.number,
        "page": region.page,
        "bbox": list(region.bbox),
        "caption": region.caption,
        "caption_bbox": region.caption_bbox and list(region.caption_bbox),
    }


def _points(strokes: Sequence[Stroke]) -> NDArray[np.float64]:
    """The points of all strokes, one a row, to a hundredth of a pixel."""
    flat = chain.from_iterable(chain.from_iterable(stroke.points for stroke in strokes))
    return np.round(np.fromiter(flat, np.float64).reshape(-1, 2), 2)


def _stroke(stroke: Stroke) -> list[Any]:
    flags = stroke.closed | stroke.dashed << 1 | stroke.curved << 2
    return [len(stroke.points), flags, stroke.colour, stroke.fill, round(stroke.width, 3)]


def _load_figure(data: Mapping[str, Any], folder: Path, index: int) -> Figure:
    if data["content"] not in CONTENTS:
        raise ValueError("a figure's content is of no known sort")
    return Figure(
        region=_load_region(data["region"]),
        content=data["content"],
        image=_load_picture(folder / f"{index}.npy"),
        scale=float(data["scale"]),
        words=tuple(
            Word(str(text), _box(bbox), float(size), int(direction), float(confidence), int(line))
            for text, bbox, size, direction, confidence, line in data["words"]
        ),
        strokes=_load_strokes(data["strokes"], folder / f"points-{index}.npy"),
        parts=tuple(Part(str(letter), _box(bbox), str(caption)) for letter, bbox, caption in data["parts"]),
    )


def _load_table(data: Mapping[str, Any], picture: Path) -> Table:
    return Table(
        region=_load_region(data["region"]),
        cells=tuple(_load_cell(cell) for cell in data["cells"]),
        image=_load_picture(picture) if data["pictured"] else None,
        scale=float(data["scale"]),
    )


def _load_picture(path: Path) -> Image:
    image = np.load(path, allow_pickle=False)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError("a picture is no RGB image")
    return cast(Image, image)


def _load_region(data: Mapping[str, Any]) -> Region:
    caption_bbox = data["caption_bbox"]
    return Region(
        number=str(data["number"]),
        page=int(data["page"]),
        bbox=_box(data["bbox"]),
        caption=str(data["caption"]),
        caption_bbox=None if caption_bbox is None else _box(caption_bbox),
    )


def _load_strokes(data: Sequence[Sequence[Any]], path: Path) -> tuple[Stroke, ...]:
    array = np.load(path, allow_pickle=False)
    if array.dtype != np.float64 or array.ndim != 2 or array.shape[1] != 2:
        raise ValueError("points are no pairs of numbers")
    points: list[Point] = list(zip(*array.T.tolist(), strict=True))
    strokes = []
    start = 0
    for count, flags, colour, fill, width in data:
        end = start + int(count)
        if not start <= end <= len(points):
            raise ValueError("a stroke has points that are not there")
        strokes.append(
            Stroke(
                points=tuple(points[start:end]),
                closed=bool(flags & 1),
                colour=_colour(colour),
                fill=_colour(fill),
                width=float(width),
                dashed=bool(flags & 2),
                curved=bool(flags & 4),
            )
        )
        start = end
    return tuple(strokes)


def _load_cell(data: Sequence[Any]) -> Cell:
    text, row, column, row_span, column_span, bbox = data
    return Cell(str(text), int(row), int(column), int(row_span), int(column_span), None if bbox is None else _box(bbox))


def _box(values: Sequence[Any]) -> Box:
    x0, y0, x1, y1 = values
    return float(x0), float(y0), float(x1), float(y1)


def _colour(values: Sequence[Any] | None) -> Colour | None:
    return None if values is None else cast(Colour, tuple(float(value) for value in values[:3]))
