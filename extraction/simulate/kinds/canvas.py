"""A sheet to draw simulated figures on: Pillow at twice the size, in the colours, letters and strokes of a look."""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw
import PIL.ImageFilter
import PIL.ImageFont
from numpy.typing import NDArray

from extraction.simulate.kinds.shown import Shown

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]
Point = tuple[float, float]

FONTS = Path(__file__).parent.parent / "fonts"
#: Everything is drawn so many times larger, then made smaller: smooth edges.
OVER = 2
WHITE, BLACK = (255, 255, 255), (0, 0, 0)

_SANS = ("NimbusSans-Regular.otf", "DejaVuSans.ttf")
_SERIF = ("NimbusRoman-Regular.otf", "DejaVuSerif.ttf", "SimulatedSerif-Regular.ttf")
_BOLD = ("NimbusSans-Bold.otf", "DejaVuSans-Bold.ttf", "SimulatedSans-Bold.ttf")


@dataclass(frozen=True, slots=True)
class Look:
    """How figures of one hand look. Ranges are drawn from for each figure."""

    fonts: tuple[str, ...] = _SANS
    #: Of letters, in pixels of the finished picture.
    text: tuple[int, int] = (11, 18)
    stroke: tuple[float, float] = (1.0, 2.0)
    #: Lightness and saturation of fills.
    lightness: tuple[float, float] = (0.8, 0.93)
    saturation: tuple[float, float] = (0.3, 0.8)
    #: Share of figures without colours.
    grey: float = 0.2
    #: Share of figures with round corners.
    round: float = 0.4
    background: Colour = WHITE
    ink: Colour = BLACK
    #: Fills have a border, fade from light to dark, throw a shadow.
    border: bool = True
    fade: bool = False
    shadow: float = 0.0
    #: Pixels that lines wander.
    wander: float = 0.0
    #: The finished picture: noise (of 255), blur (pixels), JPEG quality (0: none), size.
    noise: float = 0.0
    blur: float = 0.0
    jpeg: tuple[int, int] = (0, 0)
    scale: tuple[float, float] = (0.6, 1.2)


LOOKS: dict[str, Look] = {
    "latex": Look(fonts=_SERIF, grey=0.6, round=0.3, stroke=(0.8, 1.5), scale=(0.5, 1.2)),
    "office": Look(saturation=(0.4, 0.9), lightness=(0.6, 0.85), stroke=(1.5, 2.5), text=(13, 20)),
    "slides": Look(
        fonts=_BOLD, saturation=(0.5, 0.9), lightness=(0.45, 0.75), fade=True, shadow=0.6, text=(14, 22), round=0.6
    ),
    "web": Look(fonts=("SimulatedSans-Regular.ttf", "DejaVuSans.ttf"), grey=0.05, round=0.7, stroke=(1.0, 1.6)),
    "strong": Look(saturation=(0.7, 1.0), lightness=(0.45, 0.65), grey=0.0, stroke=(1.5, 3.0), fonts=_BOLD),
    "thin": Look(stroke=(0.6, 1.0), text=(9, 13), lightness=(0.9, 1.0), grey=0.5, fonts=(*_SERIF, *_SANS)),
    "bare": Look(lightness=(1.0, 1.0), saturation=(0.0, 0.0), grey=1.0, stroke=(1.0, 2.2), scale=(0.5, 1.1)),
    "dark": Look(background=(28, 30, 38), ink=(228, 230, 235), lightness=(0.25, 0.45), grey=0.1, round=0.6),
    "small": Look(scale=(0.28, 0.5), text=(14, 20), jpeg=(45, 85), stroke=(1.2, 2.5)),
    "flat": Look(border=False, saturation=(0.5, 0.9), lightness=(0.5, 0.8), grey=0.1, round=0.5, text=(12, 19)),
    "hand": Look(wander=1.6, fonts=("SimulatedSans-Regular.ttf",), stroke=(1.5, 2.6), lightness=(0.85, 1.0), grey=0.4),
    "scan": Look(fonts=_SERIF, grey=1.0, noise=9.0, blur=0.9, jpeg=(30, 70), background=(246, 245, 240), round=0.1),
}


class Canvas:
    """Coordinates are pixels of the finished picture before its last scaling; everything is clipped to the sheet."""

    def __init__(self, width: float, height: float, look: Look, rng: np.random.Generator) -> None:
        self.look, self.rng = look, rng
        self.width, self.height = int(width), int(height)
        self.image = PIL.Image.new("RGB", (self.width * OVER, self.height * OVER), look.background)
        self.pen = PIL.ImageDraw.Draw(self.image, "RGBA")
        self.stroke = float(rng.uniform(*look.stroke))
        self.size = int(rng.integers(look.text[0], look.text[1] + 1))
        self.font = str(rng.choice(look.fonts))
        self.round = bool(rng.random() < look.round)
        self.grey = bool(rng.random() < look.grey)
        self.ink = look.ink
        self.palette = self._palette(6)
        self.head = str(rng.choice(["filled", "filled", "open", "thin"]))
        #: What is drawn here, for sorts of figures that note it.
        self.shown = Shown()
        #: Of the finished picture: what was cut off left and above, and how it was scaled.
        self.origin, self.scale = (0.0, 0.0), 1.0

    def _palette(self, count: int) -> list[Colour]:
        start, colours = self.rng.random(), []
        few = self.rng.random() < 0.35
        for i in range(count):
            hue = (start + (0.06 if few else 0.23) * i) % 1
            light = self.rng.uniform(*self.look.lightness)
            rich = 0.0 if self.grey else self.rng.uniform(*self.look.saturation)
            red, green, blue = colorsys.hls_to_rgb(hue, light, rich)
            colours.append((int(red * 255), int(green * 255), int(blue * 255)))
        return colours

    def colour(self, index: int | None = None) -> Colour:
        return self.palette[(int(self.rng.integers(6)) if index is None else index) % 6]

    def shade(self, colour: Colour, by: float) -> Colour:
        red, green, blue = (int(min(255, max(0, part * by))) for part in colour)
        return red, green, blue

    def strong(self, index: int) -> Colour:
        """A colour for lines and dots."""
        return self.shade(self.colour(index), 0.7 if not self.grey else 0.25 + 0.13 * (index % 6))

    def on(self, fill: Colour | None) -> Colour:
        """Letters that can be read on this fill."""
        if fill is None:
            return self.ink
        return BLACK if fill[0] * 0.3 + fill[1] * 0.6 + fill[2] * 0.1 > 115 else WHITE

    def _moved(self, points: Sequence[Point]) -> list[Point]:
        wander = self.look.wander
        if wander:
            points = [(x + self.rng.normal(0, wander), y + self.rng.normal(0, wander)) for x, y in points]
        return [(x * OVER, y * OVER) for x, y in points]

    def _width(self, width: float | None) -> int:
        return max(1, round((self.stroke if width is None else width) * OVER))

    def line(self, points: Sequence[Point], colour: Colour | None = None, width: float | None = None) -> None:
        self.pen.line(self._moved(points), colour or self.ink, self._width(width), joint="curve")

    def dashed(self, a: Point, b: Point, colour: Colour | None = None, dash: float = 6) -> None:
        length = math.dist(a, b)
        for i in range(int(length / (2 * dash)) + 1):
            one, two = (min(length, (2 * i + part) * dash) / max(length, 1e-6) for part in (0, 1))
            ends = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in (one, two)]
            self.pen.line([(x * OVER, y * OVER) for x, y in ends], colour or self.ink, self._width(None))

    def arrow(self, *points: Point, colour: Colour | None = None, size: float | None = None) -> None:
        colour, size = colour or self.ink, size or 4 + 2.2 * self.stroke
        self.line(points, colour)
        (x0, y0), (x1, y1) = points[-2:]
        angle = math.atan2(y1 - y0, x1 - x0)
        wings = [(x1 - size * math.cos(angle + turn), y1 - size * math.sin(angle + turn)) for turn in (0.45, -0.45)]
        if self.head == "filled":
            self.pen.polygon([(x * OVER, y * OVER) for x, y in ((x1, y1), *wings)], colour)
        else:
            self.line([wings[0], (x1, y1), wings[1]], colour, self.stroke if self.head == "open" else 1)

    def curve(self, a: Point, b: Point, bend: float, *, head: bool = False, colour: Colour | None = None) -> None:
        """Bent to the side by `bend` pixels."""
        length = max(math.dist(a, b), 1e-6)
        side = (-(b[1] - a[1]) / length * bend, (b[0] - a[0]) / length * bend)
        points = []
        for t in np.linspace(0, 1, 16):
            out = 4 * t * (1 - t)
            points.append((a[0] + (b[0] - a[0]) * t + side[0] * out, a[1] + (b[1] - a[1]) * t + side[1] * out))
        if head:
            self.arrow(*points, colour=colour)
        else:
            self.line(points, colour)

    def polygon(
        self, points: Sequence[Point], fill: Colour | None, border: bool | None = None, clear: int = 255
    ) -> None:
        moved = self._moved(points)
        if fill is not None:
            self.pen.polygon(moved, (*fill, clear))
        if self.look.border if border is None else border:
            self.pen.line([*moved, moved[0]], self.ink, self._width(None), joint="curve")

    def box(
        self, x: float, y: float, width: float, height: float, fill: Colour | None = None, *, border: bool | None = None
    ) -> None:
        look = self.look
        if look.wander:
            self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, border)
            return
        corners = (x * OVER, y * OVER, max(x + width, x + 1) * OVER, max(y + height, y + 1) * OVER)
        radius = min(width, height) * 0.2 * OVER if self.round else 0
        if look.shadow and fill is not None:
            off = 3 * OVER
            self.pen.rounded_rectangle([c + off for c in corners], radius, (90, 90, 90, int(150 * look.shadow)))
        outline = self.ink if (look.border if border is None else border) or fill is None else None
        self.pen.rounded_rectangle(corners, radius, fill, outline, self._width(None))
        if look.fade and fill is not None and not self.round:
            for i in range(8):
                top = y + height * i / 8
                band = ((x + 2) * OVER, top * OVER, (x + width - 2) * OVER, (top + height / 8) * OVER)
                if band[2] > band[0]:
                    self.pen.rectangle(band, (0, 0, 0, 8 * i))

    def circle(self, x: float, y: float, radius: float, fill: Colour | None = None, border: bool = True) -> None:
        x, y = (value + self.rng.normal(0, self.look.wander / 2) for value in (x, y))
        box = [(value + sign * radius) * OVER for sign in (-1, 1) for value in (x, y)]
        self.pen.ellipse(box, fill, self.ink if border else None, self._width(None))

    def text(
        self, x: float, y: float, text: str, *, size: float | None = None, colour: Colour | None = None,
        anchor: str = "mm", room: float | None = None, turned: bool = False,
    ) -> None:  # fmt: skip
        """`room`: pixels that it may be wide; letters get smaller until they fit."""
        size = size or self.size
        lines = text.split("\n")
        if room is not None:
            widest = max(_font(self.font, int(size * OVER)).getlength(line) for line in lines)
            size = max(5.0, size * min(1.0, room * OVER / max(widest, 1)))
        font = _font(self.font, max(6, int(size * OVER)))
        colour = colour or self.ink
        if turned:
            width, height = int(font.getlength(text)) + 4, int(size * OVER * 1.4)
            mask = PIL.Image.new("L", (width, height))
            PIL.ImageDraw.Draw(mask).text((width / 2, height / 2), text, 255, font, anchor="mm")
            mask = mask.rotate(90, expand=True)
            self.image.paste(colour, (int(x * OVER - mask.width / 2), int(y * OVER - mask.height / 2)), mask)
            return
        top = y - size * 1.2 * (len(lines) - 1) / 2
        for i, line in enumerate(lines):
            self.pen.text((x * OVER, (top + size * 1.2 * i) * OVER), line, colour, font, anchor=anchor)

    def paste(self, picture: Image, x: float, y: float, width: float, height: float) -> None:
        size = (max(1, int(width * OVER)), max(1, int(height * OVER)))
        pasted = PIL.Image.fromarray(picture).resize(size, PIL.Image.Resampling.BILINEAR)
        self.image.paste(pasted.convert("L") if self.look.noise else pasted, (int(x * OVER), int(y * OVER)))

    def paste_slanted(self, picture: Image, x: float, y: float, width: float, height: float, slant: Point) -> None:
        """As a parallelogram: its width runs along `slant` (pixels right and down for the whole width)."""
        right, down = slant
        source = PIL.Image.fromarray(picture).resize((max(1, int(width * OVER)), max(1, int(height * OVER))))
        out = (max(1, int(right * OVER)), max(1, int((height + abs(down)) * OVER)))
        shift = -down * OVER if down < 0 else 0.0
        data = (source.width / out[0], 0, 0, -down * OVER / out[0], 1, -shift)
        moved = source.transform(out, PIL.Image.Transform.AFFINE, data)
        mask = PIL.Image.new("L", source.size, 255).transform(out, PIL.Image.Transform.AFFINE, data)
        self.image.paste(moved, (int(x * OVER), int((y + min(down, 0)) * OVER)), mask)

    def finished(self) -> Image:
        """The picture as it was kept: cut to what is drawn, scaled, worn."""
        look, rng = self.look, self.rng
        image = self.image
        empty = PIL.Image.new("RGB", image.size, look.background)
        drawn = PIL.ImageChops.difference(image, empty).getbbox() or (0, 0, *image.size)
        margin = int(rng.integers(0, 20)) * OVER
        left, top = max(0, drawn[0] - margin), max(0, drawn[1] - margin)
        image = image.crop(
            (left, top,
             min(image.width, drawn[2] + margin), min(image.height, drawn[3] + margin))
        )  # fmt: skip
        scale = float(rng.uniform(*look.scale)) / OVER
        self.origin, self.scale = (left / OVER, top / OVER), scale * OVER
        size = (max(24, int(image.width * scale)), max(24, int(image.height * scale)))
        image = image.resize(size, PIL.Image.Resampling.BOX if scale <= 0.5 else PIL.Image.Resampling.BILINEAR)
        if look.blur:
            image = image.filter(PIL.ImageFilter.GaussianBlur(float(rng.uniform(0.2, look.blur))))
        if look.noise:
            noisy = np.asarray(image.convert("L"), np.float32) + rng.normal(0, rng.uniform(2, look.noise), size[::-1])
            image = PIL.Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).convert("RGB")
        if look.jpeg[1]:
            packed = io.BytesIO()
            image.save(packed, "JPEG", quality=int(rng.integers(*look.jpeg)))
            image = PIL.Image.open(packed).convert("RGB")
        return np.asarray(image, np.uint8)


def varied(look: Look, rng: np.random.Generator) -> Look:
    """The look as one figure of it has it: few are kept badly in any look."""
    if rng.random() < 0.12 and not look.jpeg[1]:
        look = replace(look, jpeg=(40, 90))
    return look


@cache
def _font(name: str, size: int) -> Any:
    return PIL.ImageFont.truetype(str(FONTS / name), size)
