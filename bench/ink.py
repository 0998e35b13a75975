"""A page to draw figures on with their truth: the same lines as a picture and as a paper's figure."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import PIL.Image
import pymupdf

from extraction.flow.model import BBox, Flow
from extraction.pdf.model import Image
from extraction.simulate.kinds.shown import Shown

Point = tuple[float, float]
Colour = tuple[float, float, float]
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
#: Pale and strong colours as authors fill with.
PALETTES: tuple[tuple[Colour, ...], ...] = (
    ((0.99, 0.92, 0.75), (0.81, 0.88, 0.98), (0.96, 0.84, 0.84), (0.85, 0.93, 0.83), (0.88, 0.83, 0.93)),
    ((0.97, 0.58, 0.11), (0.2, 0.48, 0.73), (0.3, 0.69, 0.29), (0.84, 0.15, 0.16), (0.58, 0.4, 0.74)),
    ((0.87, 0.87, 0.87), (0.72, 0.72, 0.72), (0.95, 0.95, 0.95), (0.6, 0.6, 0.6), (0.8, 0.8, 0.8)),
    ((0.45, 0.63, 0.87), (0.45, 0.63, 0.87), (0.2, 0.2, 0.2), (0.45, 0.95, 0.4), (0.98, 0.9, 0.1)),
)
#: Where a figure begins on its page, and how far its caption stands below it.
LEFT, TOP, BELOW = 70.0, 140.0, 22.0
#: What the page says besides, in a column so wide.
COLUMN = 460.0
PROSE = (
    "We train the network shown above from scratch. All of its weights are drawn at random, and every part of it is "
    "learned together with the others, from the first layer to the last. What it reads is scaled to a fixed size, and "
    "what it says is compared with what people wrote down. No part is kept fixed while others are learned, and none "
    "is learned before the others. We found that this is both simpler and better than to train it step by step. "
)


class Ink:
    """Coordinates are points from the figure's top left. Its looks are drawn from `rng` once."""

    def __init__(self, rng: np.random.Generator, kind: str, page: Point = (612, 792)) -> None:
        self.rng = rng
        self.kind = kind
        self.document = pymupdf.open()
        self.page = self.document.new_page(width=page[0], height=page[1])
        self.shown = Shown()
        self.box: BBox = (math.inf, math.inf, -math.inf, -math.inf)
        self.font = str(rng.choice(["helv", "tiro", "tiit"]))
        self.size = float(rng.uniform(7, 11))
        self.stroke = float(rng.choice([0.4, 0.6, 0.8, 1.2]))
        self.palette = PALETTES[int(rng.integers(len(PALETTES)))] if rng.random() < 0.75 else (WHITE,) * 5
        self.bordered = self.palette[0] == WHITE or bool(rng.random() < 0.8)
        self.head = str(rng.choice(["filled", "filled", "open"]))

    def _at(self, point: Point, reach: float = 0.0) -> Point:
        x, y = point[0] + LEFT, point[1] + TOP
        a, b, c, d = self.box
        self.box = min(a, x - reach), min(b, y - reach), max(c, x + reach), max(d, y + reach)
        return x, y

    def line(self, *points: Point, colour: Colour = BLACK, width: float | None = None, dashed: bool = False) -> None:
        moved = [self._at(point) for point in points]
        self.page.draw_polyline(
            moved, color=colour, width=self.stroke if width is None else width, dashes="[3 2] 0" if dashed else None
        )

    def arrow(self, *points: Point, both: bool = False, dashed: bool = False, colour: Colour = BLACK) -> None:
        self.line(*points, dashed=dashed, colour=colour)
        self._tip(points[-2], points[-1], colour)
        if both:
            self._tip(points[1], points[0], colour)

    def _tip(self, a: Point, b: Point, colour: Colour = BLACK) -> None:
        size = 3.5 + 2 * self.stroke
        angle = math.atan2(b[1] - a[1], b[0] - a[0])
        wings = [(b[0] - size * math.cos(angle + turn), b[1] - size * math.sin(angle + turn)) for turn in (0.4, -0.4)]
        moved = [self._at(point) for point in (wings[0], b, wings[1])]
        if self.head == "filled":
            self.page.draw_polyline(moved, color=colour, fill=colour, width=0.1, closePath=True)
        else:
            self.page.draw_polyline(moved, color=colour, width=self.stroke)

    def bent(self, a: Point, b: Point, by: float) -> None:
        """An arrow that is bent to its left by so many points."""
        long = max(math.dist(a, b), 1e-6)
        side = ((b[1] - a[1]) / long * by, -(b[0] - a[0]) / long * by)
        middle = ((a[0] + b[0]) / 2 + 2 * side[0], (a[1] + b[1]) / 2 + 2 * side[1])
        self.page.draw_bezier(*(self._at(p) for p in (a, middle, middle, b)), color=BLACK, width=self.stroke)
        self._tip(middle, b)

    def circle(self, at: Point, radius: float, fill: Colour | None = WHITE, border: bool | None = None) -> BBox:
        border = self.bordered if border is None else border
        colour = BLACK if border else None
        self.page.draw_circle(self._at(at, radius), radius, color=colour, fill=fill, width=self.stroke)
        return at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius

    def rect(self, box: BBox, fill: Colour | None = None, *, round: bool = False, dashed: bool = False) -> BBox:
        rect = pymupdf.Rect(*self._at(box[:2]), *self._at(box[2:]))
        short = min(rect.width, rect.height)
        self.page.draw_rect(
            rect, color=BLACK, fill=fill, width=self.stroke, radius=min(0.5, 5 / short) if round else None,
            dashes="[3 2] 0" if dashed else None,
        )  # fmt: skip
        return box

    def text(self, at: Point, text: str, anchor: str = "m", size: float | None = None, colour: Colour = BLACK) -> None:
        """`x_1` has a subscript; Greek letters are the symbol font's. Level with `at`; l, m, r: where that is."""
        size = size or self.size
        pieces = [(part, size * (0.7 if k else 1)) for k, part in enumerate(text.split("_"))]
        wide = sum(pymupdf.get_text_length(part, self._font(part), high) for part, high in pieces)
        x, y = at[0] - {"l": 0.0, "m": wide / 2, "r": wide}[anchor], at[1] + 0.34 * size
        self._at((x, at[1] - size / 2)), self._at((x + wide, at[1] + size / 2))
        for part, high in pieces:
            font = self._font(part)
            low = y + (0.25 * size if high < size else 0)
            plain = SYMBOLS.get(part, part) if font == "symb" else part
            self.page.insert_text((x + LEFT, low + TOP), plain, fontname=font, fontsize=high, color=colour)
            x += pymupdf.get_text_length(plain, font, high)

    def upright(self, at: Point, text: str, colour: Colour = BLACK, *, down: bool = False) -> None:
        """Words in the middle of `at` that run upwards, or downwards."""
        wide = pymupdf.get_text_length(text, self.font, self.size)
        x, y = self._at(at, self.size / 2)
        aside, along = 0.34 * self.size, wide / 2
        place, turn = ((x - aside, y - along), 270) if down else ((x + aside, y + along), 90)
        self.page.insert_text(place, text, fontname=self.font, fontsize=self.size, color=colour, rotate=turn)

    def polygon(self, corners: Sequence[Point], fill: Colour | None) -> None:
        moved = [self._at(corner) for corner in corners]
        self.page.draw_polyline(moved, color=BLACK, fill=fill, width=self.stroke, closePath=True)

    def _font(self, part: str) -> str:
        return "symb" if part in SYMBOLS else self.font

    def dots(self, at: Point, step: float, upright: bool, radius: float = 0.9) -> None:
        for k in (-1, 0, 1):
            self.circle((at[0], at[1] + k * step) if upright else (at[0] + k * step, at[1]), radius, BLACK, False)

    def finished(self) -> None:
        """Write the caption below what is drawn, and prose below that, as a page of a paper has."""
        self.page.insert_text(
            (max(LEFT, self.box[0]), self.box[3] + BELOW), "Figure 1: The network.", fontname="tiro", fontsize=10
        )
        rest = pymupdf.Rect(LEFT, self.box[3] + 2 * BELOW, LEFT + COLUMN, self.page.rect.y1 - TOP / 2)
        self.page.insert_textbox(rest, PROSE * 2, fontname="tiro", fontsize=10, align=pymupdf.TEXT_ALIGN_JUSTIFY)

    def picture(self) -> tuple[Image, Flow]:
        """Pixels as an author might have kept them, and the flow in them."""
        margin, dots = float(self.rng.uniform(1, 8)), float(self.rng.choice([72, 100, 144, 200]))
        x0, y0 = self.box[0] - margin, self.box[1] - margin
        clip = pymupdf.Rect(x0, y0, self.box[2] + margin, self.box[3] + margin)
        pixmap = self.page.get_pixmap(clip=clip, dpi=int(dots))
        image = PIL.Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
        if self.rng.random() < 0.3:
            kept = io.BytesIO()
            image.save(kept, "jpeg", quality=int(self.rng.integers(60, 92)))
            image = PIL.Image.open(kept).convert("RGB")
        return np.asarray(image), self.truth((x0 - LEFT, y0 - TOP), dots / 72, image.size)

    def truth(self, origin: Point = (-LEFT, -TOP), scale: float = 1.0, size: Point | None = None) -> Flow:
        """What is drawn; by itself in points of the page."""
        wide, tall = size or (self.page.rect.width, self.page.rect.height)
        return self.shown.flow(self.kind, origin, scale, (int(wide), int(tall)))


SYMBOLS = {"σ": "s", "Σ": "S", "μ": "m", "φ": "f"}


def on_page(flow: Flow, origin: Point, scale: float) -> Flow:
    """A reading of a PDF's figure, in points of its page."""

    def moved(box: BBox) -> BBox:
        a, b, c, d = (value / scale for value in box)
        return a + origin[0], b + origin[1], c + origin[0], d + origin[1]

    layers: Sequence = [replace(layer, bbox=layer.bbox and moved(layer.bbox)) for layer in flow.layers]
    return replace(flow, layers=tuple(layers))
