"""A figure's picture, words and strokes, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pymupdf

from extraction.pdf.ink import PageInk, render
from extraction.pdf.model import Box, Figure, Image, Region, Stroke, Word
from extraction.pdf.parts import find_parts
from extraction.pdf.regions import PageView
from extraction.pdf.rows import centre_in

#: A figure's picture: dots an inch, for small figures up to `MAX_DPI` so that the longest side has `GOOD_SIDE` pixels.
DPI, MAX_DPI = 200, 400
GOOD_SIDE, MAX_SIDE = 1000, 3000
#: A figure with more strokes is a plot or a photograph redrawn, no drawing of boxes and arrows.
MAX_STROKES = 20_000


def take_figure(page: pymupdf.Page, region: Region, view: PageView, strokes: Sequence[Stroke]) -> Figure:
    """Cut a figure out of its page.

    Args:
        strokes: all of the page, in points.
    """
    box = region.bbox
    image, scale = picture(page, box)
    caption = region.caption_bbox
    words = tuple(
        _scaled_word(word, box, scale)
        for row in view.layout.rows
        for word in row.words
        if centre_in(word.bbox, box) and not (caption and centre_in(word.bbox, caption))
    )
    inside = [stroke for stroke in strokes if _touches(stroke, box)]
    if len(inside) > MAX_STROKES:
        inside = []
    scaled = tuple(_scaled_stroke(stroke, box, scale) for stroke in inside)
    parts = find_parts(image, words, region.caption)
    return Figure(region, _content(page, view.ink, box), image, scale, words, scaled, parts)


def picture(page: pymupdf.Page, box: Box) -> tuple[Image, float]:
    """A region as printed, and its pixels a point."""
    long_side = max(box[2] - box[0], box[3] - box[1])
    scale = min(max(DPI / 72, min(MAX_DPI / 72, GOOD_SIDE / long_side)), MAX_SIDE / long_side)
    return render(page, scale, box).copy(), scale


def _content(page: pymupdf.Page, ink: PageInk, box: Box) -> Literal["vector", "raster", "mixed"]:
    """What a region's ink is made of: by how much of it lies on embedded pictures."""
    pictures = [
        (bound[0], bound[1], bound[2], bound[3])
        for kind, bound in page.get_bboxlog()
        if kind in ("fill-image", "fill-imgmask") and bound[2] - bound[0] > 4 and bound[3] - bound[1] > 4
    ]
    share = ink.share(box, pictures)
    return "vector" if share < 0.02 else "raster" if share > 0.9 else "mixed"


def _scaled_word(word: Word, box: Box, scale: float) -> Word:
    x0, y0, x1, y1 = word.bbox
    moved = ((x0 - box[0]) * scale, (y0 - box[1]) * scale, (x1 - box[0]) * scale, (y1 - box[1]) * scale)
    return replace(word, bbox=moved, size=word.size * scale)


def _scaled_stroke(stroke: Stroke, box: Box, scale: float) -> Stroke:
    points = tuple(((x - box[0]) * scale, (y - box[1]) * scale) for x, y in stroke.points)
    return replace(stroke, points=points, width=stroke.width * scale)


def _touches(stroke: Stroke, box: Box) -> bool:
    xs = [x for x, _ in stroke.points]
    ys = [y for _, y in stroke.points]
    return min(xs) < box[2] + 1 and max(xs) > box[0] - 1 and min(ys) < box[3] + 1 and max(ys) > box[1] - 1
