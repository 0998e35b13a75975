"""Visible ink: a page rendered, its text taken away, and what remains cut into connected pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

from extraction.pdf.model import Box, Image

#: Pixels a point of the mask.
SCALE = 2.0
#: What is lighter than this in every channel counts as paper.
WHITE = 248
#: Ink nearer than this many points belongs together.
REACH = 3.0
#: Points by which erased text is widened.
BLEED = 1.2

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Piece:
    """Ink that hangs together."""

    bbox: Box
    #: Square points of ink that is no text.
    graphic: float
    #: Square points of all ink.
    ink: float

    @property
    def is_text(self) -> bool:
        return self.graphic < max(1.5, 0.02 * self.ink)


@dataclass(slots=True)
class PageInk:
    #: What prints, what of it may belong to a figure, and what of that is no text; 1 where there is ink.
    all: Mask
    mask: Mask
    graphic: Mask
    pieces: list[Piece]

    def printed(self, box: Box) -> Box:
        """The box of everything printed inside a box; the box itself where nothing is."""
        x0, y0, x1, y1 = _pixels(box, self.all.shape)
        part = self.all[y0:y1, x0:x1]
        columns = np.flatnonzero(part.any(axis=0))
        rows = np.flatnonzero(part.any(axis=1))
        if not len(rows):
            return box
        return (
            (x0 + int(columns[0])) / SCALE,
            (y0 + int(rows[0])) / SCALE,
            (x0 + int(columns[-1]) + 1) / SCALE,
            (y0 + int(rows[-1]) + 1) / SCALE,
        )

    def share(self, box: Box, covers: Iterable[Box]) -> float:
        """Share of the ink in a box that lies under any of the covers, 0 to 1."""
        x0, y0, x1, y1 = _pixels(box, self.mask.shape)
        part = self.mask[y0:y1, x0:x1]
        free = part.copy()
        for cover in covers:
            a0, b0, a1, b1 = _pixels(cover, self.mask.shape)
            free[max(b0 - y0, 0) : max(b1 - y0, 0), max(a0 - x0, 0) : max(a1 - x0, 0)] = 0
        total = int(part.sum())
        return 1 - int(free.sum()) / total if total else 0.0


def render(page: pymupdf.Page, scale: float, clip: Box | None = None) -> Image:
    """The page as it prints, readers' highlights and notes left out."""
    pixmap = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale),
        clip=None if clip is None else pymupdf.Rect(*clip),
        annots=False,
        alpha=False,
        colorspace=pymupdf.csRGB,
    )
    flat = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    return flat[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3)


def page_ink(page: pymupdf.Page, erase: Iterable[Box], text: Iterable[Box]) -> PageInk:
    """Render a page and find its pieces of ink.

    Args:
        erase: boxes that can't belong to a figure or table (running text, captions, headers).
        text: boxes of all words.
    """
    paper = cv2.inRange(render(page, SCALE), (WHITE, WHITE, WHITE), (255, 255, 255))
    mask: Mask = np.equal(paper, 0).astype(np.uint8)
    everything = mask.copy()
    for x0, y0, x1, y1 in erase:
        # Letters stick out of the boxes that their font states.
        left, top, right, bottom = _pixels((x0 - BLEED, y0 - BLEED, x1 + BLEED, y1 + BLEED), mask.shape)
        mask[top:bottom, left:right] = 0
    graphic = mask.copy()
    for box in text:
        x0, y0, x1, y1 = _pixels(box, mask.shape)
        graphic[y0:y1, x0:x1] = 0
    return PageInk(everything, mask, graphic, _pieces(mask, graphic))


def _pieces(mask: Mask, graphic: Mask) -> list[Piece]:
    size = 2 * round(REACH * SCALE / 2) + 1
    grown = cv2.dilate(mask, np.ones((size, size), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8, ltype=cv2.CV_32S)
    ink = np.bincount(labels[mask > 0], minlength=count)
    drawn = np.bincount(labels[graphic > 0], minlength=count)
    # Growing added the same margin on every side, cut off at the page's edge.
    margin = size // 2
    height, width = mask.shape
    pieces = []
    for i in range(1, count):
        left, top, wide, tall = (int(value) for value in stats[i, :4])
        x0 = left + margin if left else left
        y0 = top + margin if top else top
        x1 = left + wide - margin if left + wide < width else width
        y1 = top + tall - margin if top + tall < height else height
        box = (x0 / SCALE, y0 / SCALE, x1 / SCALE, y1 / SCALE)
        area = SCALE * SCALE
        pieces.append(Piece(box, float(drawn[i]) / area, float(ink[i]) / area))
    return pieces


def _pixels(box: Box, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    height, width = shape[:2]
    return (
        min(max(int(box[0] * SCALE), 0), width),
        min(max(int(box[1] * SCALE), 0), height),
        min(max(int(np.ceil(box[2] * SCALE)), 0), width),
        min(max(int(np.ceil(box[3] * SCALE)), 0), height),
    )
