"""Figures whose arrows mean operations by their colours, as a legend says: maps down one side and up the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymupdf

from bench.ink import Colour, Point
from extraction.flow.model import Connection

if TYPE_CHECKING:
    from bench.boxes import Placed, Sketch

#: What is said of each operation, and what it makes of what it leads to.
SAID = {
    "conv": (("conv 3x3, ReLU", "Conv2D"), ("3x3 conv", "Conv2D"), ("Conv + BN + ReLU", "Conv2D")),
    "pool": (("max pool 2x2", "MaxPooling2D"), ("Max-pooling", "MaxPooling2D"), ("avg pooling", "AveragePooling2D")),
    "up": (("up-conv 2x2", ""), ("Upsampling", ""), ("Deconvolution 2x2", "")),
    "copy": (("copy and crop", "Concatenate"), ("skip connection", "Concatenate"), ("concatenate", "Concatenate")),
    "last": (("conv 1x1", "Conv2D"), ("1x1 conv, sigmoid", "Conv2D")),
}  # fmt: skip
COLOURS: tuple[Colour, ...] = (
    (0.1, 0.2, 0.8), (0.85, 0.1, 0.1), (0.1, 0.6, 0.1), (0.5, 0.5, 0.5), (0.0, 0.6, 0.6), (0.95, 0.55, 0.0),
    (0.0, 0.0, 0.0), (0.6, 0.1, 0.6),
)  # fmt: skip
FILLS: tuple[Colour, ...] = ((0.8, 0.87, 0.95), (1.0, 1.0, 1.0), (0.6, 0.75, 0.9), (0.95, 0.9, 0.7))


class _Coded:
    """Bars that maps are, in columns from left to right, and lower where they are smaller."""

    def __init__(self, sketch: Sketch) -> None:
        rng = sketch.ink.rng
        self.rng, self.ink = rng, sketch.ink
        self.place = sketch.place
        self.fill = FILLS[int(rng.integers(len(FILLS)))]
        colours = [COLOURS[k] for k in rng.permutation(len(COLOURS))]
        self.said = {name: said[int(rng.integers(len(said)))] for name, said in SAID.items()}
        self.colours = dict(zip(SAID, colours, strict=False))
        self.wide, self.room = self.ink.size * float(rng.uniform(0.8, 1.6)), self.ink.size * float(rng.uniform(2, 3.5))
        self.numbered = bool(rng.random() < 0.7)
        self.x = 0.0
        self.used: set[str] = set()

    def bar(self, top: float, tall: float, kind: str, channels: int) -> Placed:
        box = (self.x, top, self.x + self.wide, top + tall)
        self.ink.rect(box, self.fill)
        label = str(channels) if self.numbered else ""
        if label:
            self.ink.text((self.x + self.wide / 2, top - 0.8 * self.ink.size), label, size=0.8 * self.ink.size)
        self.x += self.wide + self.room
        return self.place(kind, box, label)

    def arrow(self, name: str, a: Placed, b: Placed, *points: Point) -> None:
        self.used.add(name)
        self.ink.arrow(*points, colour=self.colours[name])
        self.ink.shown.connections.append(Connection(a.name, b.name))

    def level(self, name: str, a: Placed, b: Placed) -> None:
        y = max(a.box[1], b.box[1]) + 0.5 * (min(a.box[3], b.box[3]) - max(a.box[1], b.box[1]))
        self.arrow(name, a, b, (a.box[2], y), (b.box[0] - 1, y))

    def explain(self, at: Point) -> None:
        """The legend: an arrow of each colour, and what it means right of it."""
        x, y = at
        for name in (name for name in SAID if name in self.used):
            self.ink.arrow((x, y), (x + 2.2 * self.ink.size, y), colour=self.colours[name])
            self.ink.text((x + 2.8 * self.ink.size, y), self.said[name][0], "l")
            y += 1.6 * self.ink.size


def coded(sketch: Sketch) -> None:
    """Down by pooling, up again, with what was there before beside it."""
    c = _Coded(sketch)
    size, count = c.ink.size, int(c.rng.integers(2, 4))
    convs = int(c.rng.integers(1, 3))
    talls = [size * 9 * 0.62**k for k in range(count + 1)]
    drop = size * float(c.rng.uniform(2.5, 4))
    tops = list(np.cumsum([0.0, *(tall + drop for tall in talls[:-1])]))
    last = c.bar(tops[0], talls[0], "Input", 3)
    rungs: list[Placed] = []
    channels = 32
    for k in range(count + 1):
        for _ in range(convs):
            after = c.bar(tops[k], talls[k], c.said["conv"][1], channels)
            c.level("conv", last, after)
            last = after
        if k < count:
            rungs.append(last)
            c.x = last.box[0]
            after = c.bar(tops[k + 1], talls[k + 1], c.said["pool"][1], channels)
            x = (after.box[0] + after.box[2]) / 2
            c.arrow("pool", last, after, (x, last.box[3]), (x, after.box[1] - (1.5 * size if c.numbered else 1)))
            last, channels = after, channels * 2
    for k in reversed(range(count)):
        channels //= 2
        c.x = last.box[0]
        after = c.bar(tops[k], talls[k], "Concatenate", 2 * channels)
        x = (after.box[0] + after.box[2]) / 2
        c.arrow("up", last, after, (x, last.box[1] - (1.5 * size if c.numbered else 0)), (x, after.box[3] + 1))
        c.level("copy", rungs[k], after)
        last = after
        for _ in range(convs):
            after = c.bar(tops[k], talls[k], c.said["conv"][1], channels)
            c.level("conv", last, after)
            last = after
    after = c.bar(tops[0], talls[0], c.said["last"][1], 2)
    c.level("last", last, after)
    wide = max(pymupdf.get_text_length(text, c.ink.font, size) for text, _ in c.said.values())
    low = tops[-1] + talls[-1] - 1.6 * size * (len(c.used) - 1)
    clear = tops[1] + talls[1] + size
    c.explain((last.box[0] - wide / 4 + 3 * size, max(low, clear)))
