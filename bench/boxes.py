"""Figures of boxes and arrows as authors draw them, with what they show: chains, branches, skips, towers, legends.

A style is a function that places boxes on a `Sketch`, whose looks are drawn by chance, and joins them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pymupdf

from bench.coded import coded
from bench.ink import BLACK, PALETTES, WHITE, Ink, Point
from bench.legends import draw_legend
from bench.scenes import SCENES
from extraction.flow.model import BBox, Connection

#: What is written in boxes, and what it means by the conventions of the gold flows.
WORDS = (
    ("3x3 conv, 64", "Conv2D"), ("Conv + BN + ReLU", "Conv2D"), ("conv1_1", "Conv2D"), ("1x1 conv, 256", "Conv2D"),
    ("FC 1024", "Dense"), ("Dense (128)", "Dense"), ("Linear", "Dense"), ("Fully connected", "Dense"),
    ("max pool", "MaxPooling2D"), ("avg pool", "AveragePooling2D"), ("LSTM", "LSTM"), ("GRU", "GRU"),
    ("BiLSTM", "Bidirectional"), ("Word embedding", "Embedding"), ("Dropout 0.5", "Dropout"), ("ReLU", "Activation"),
    ("Batch Norm", "BatchNormalization"), ("Layer Norm", "LayerNormalization"), ("Softmax", "Activation"),
    ("sigmoid", "Activation"), ("Multi-Head Attention", "MultiHeadAttention"), ("Feed Forward", "Block"),
    ("Encoder", "Block"), ("Residual block", "Block"), ("ResNet-50", "Block"), ("RoI pooling", "Block"),
    ("deconv 4x4", "Conv2DTranspose"), ("Upsample x2", "UpSampling2D"), ("Flatten", "Flatten"), ("RPN", "Block"),
)  # fmt: skip
GIVEN = ("Input", "Image", "Input image", "Source sentence", "x")
MADE = ("Output", "Class scores", "Prediction", "y", "Output probabilities")
#: How boxes are called: within, beside them, or by the colours of a legend.
NAMED = ("within", "within", "within", "beside", "legend")
#: The page is large enough for the longest of them, with so many lanes on each side of the middle.
PAGE, LANES = (1400.0, 1400.0), 2.0
#: Colours of a legend differ more than those of a palette must.
COLOURS = tuple(dict.fromkeys(PALETTES[0] + PALETTES[1]))


@dataclass(frozen=True, slots=True)
class Placed:
    name: str
    box: BBox

    @property
    def middle(self) -> Point:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


class Sketch:
    """Boxes in steps along the way of the network, which goes down or to the right, and in lanes beside one another."""

    def __init__(self, ink: Ink, named: str) -> None:
        rng = ink.rng
        self.ink, self.named = ink, named
        self.level = bool(rng.random() < 0.4)
        self.words = [WORDS[k] for k in rng.choice(len(WORDS), 6, replace=False)]
        if named == "legend":  # a colour for each meaning
            self.words = list({kind: (word, kind) for word, kind in self.words}.values())
        longest = max(pymupdf.get_text_length(word, ink.font, ink.size) for word, _ in (*self.words, (MADE[-1], "")))
        self.wide, self.tall = longest + float(rng.uniform(1, 2)) * ink.size, ink.size * float(rng.uniform(1.7, 3))
        if named != "within":
            self.wide, self.tall = (ink.size * 1.6, ink.size * 3.5) if self.level else (ink.size * 3.5, ink.size * 1.7)
        #: Boxes that a legend explains may hold a number.
        self.marked = bool(rng.random() < 0.3)
        if self.marked and named == "legend":
            self.wide = max(self.wide, 2.4 * ink.size)
        self.room = ink.size * float(rng.uniform(1.8, 3.5))
        beside = longest if named == "beside" or self.level else 0.0
        self.pitch = (self.wide if self.level else self.tall) + self.room
        self.lane = (self.tall if self.level else self.wide) + self.room + (0 if self.level else beside)
        if self.level and named != "within":
            self.pitch = max(self.pitch, longest + ink.size)
        self.round = bool(rng.random() < 0.4)
        #: Names beside boxes: left or above instead of right or below, in two lines, so far away.
        self.before, self.parted = bool(rng.random() < 0.4), bool(rng.random() < 0.3)
        self.apart = float(rng.uniform(0.75, 1.5))
        self.elbows = bool(rng.random() < 0.5)
        self.boxed_ends = bool(rng.random() < 0.5)
        #: Of a legend: which colour each meaning has.
        self.colours: dict[str, tuple[float, float, float]] = {}

    def at(self, step: float, lane: float) -> Point:
        aside = (lane + LANES) * self.lane
        return (step * self.pitch, aside) if self.level else (aside, step * self.pitch)

    def layer(self, step: float, lane: float, *after: Placed) -> Placed:
        """A box that follows those."""
        word, kind = self.words[int(self.ink.rng.integers(len(self.words)))]
        return self.box(step, lane, word, kind, *after)

    def box(self, step: float, lane: float, word: str, kind: str, *after: Placed, wide: float = 1.0) -> Placed:
        x, y = self.at(step, lane)
        across = (wide - 1) * self.lane / 2
        a, b = self.wide / 2 + (0 if self.level else across), self.tall / 2 + (across if self.level else 0)
        box = (x - a, y - b, x + a, y + b)
        fill = self.ink.palette[len(kind) % 5]
        if self.named == "legend":
            fill = self.colours.setdefault(word, COLOURS[len(self.colours) % len(COLOURS)])
        self.ink.rect(box, fill, round=self.round)
        dark = sum(fill) < 1.4
        if self.named == "within":
            self.ink.text((x, y), self._plain(word), colour=WHITE if dark else BLACK)
        elif self.named == "legend" and self.marked and kind != "Input":
            self.ink.text((x, y), str(2 ** int(self.ink.rng.integers(5, 10))), colour=WHITE if dark else BLACK)
        elif self.named == "beside":
            self._beside((x, y), a, b, self._plain(word))
        return self._follow(Placed(self.ink.shown.layer(kind, box, word), box), after)

    def place(self, kind: str, box: BBox, label: str) -> Placed:
        """Remember a box that stands there."""
        return Placed(self.ink.shown.layer(kind, box, label), box)

    def _beside(self, at: Point, a: float, b: float, word: str) -> None:
        """A name below or above a box of a row, right or left of one of a column; in one line or two."""
        size, (x, y) = self.ink.size, at
        lines = word.split(" ", 1) if self.parted else [word]
        for k, line in enumerate(lines):
            if self.level and self.before:
                self.ink.text((x, y - b - self.apart * size - 1.15 * size * (len(lines) - 1 - k)), line)
            elif self.level:
                self.ink.text((x, y + b + self.apart * size + 1.15 * size * k), line)
            else:
                place = y + 1.15 * size * (k - (len(lines) - 1) / 2)
                side = -1 if self.before else 1
                self.ink.text((x + side * (a + self.apart * size - 0.4 * size), place), line, "r" if side < 0 else "l")

    def end(self, step: float, lane: float, kind: str, *after: Placed, word: str = "") -> Placed:
        """What comes in or out, in a box or as words alone."""
        x, y = self.at(step, lane)
        names = GIVEN if kind == "Input" else MADE
        word = word or names[int(self.ink.rng.integers(len(names)))]
        long = pymupdf.get_text_length(word, self.ink.font, self.ink.size)
        a, b = (
            long / 2 + (self.ink.size / 2 if self.boxed_ends else 1),
            self.ink.size * (0.9 if self.boxed_ends else 0.6),
        )
        box = (x - a, y - b, x + a, y + b)
        if self.boxed_ends:
            self.ink.rect(box, None, round=True)
        self.ink.text((x, y), self._plain(word))
        return self._follow(Placed(self.ink.shown.layer(kind, box, word), box), after)

    def sign(self, step: float, lane: float, kind: str, *after: Placed) -> Placed:
        radius = 0.75 * self.ink.size
        x, y = self.at(step, lane)
        box = self.ink.circle((x, y), radius, WHITE, True)
        arm = 0.5 * radius
        turns = ((arm, 0.0), (0.0, arm)) if kind == "Add" else ((0.7 * arm, 0.7 * arm), (0.7 * arm, -0.7 * arm))
        for dx, dy in turns:
            self.ink.line((x - dx, y - dy), (x + dx, y + dy))
        return self._follow(Placed(self.ink.shown.layer(kind, box, {"Add": "+"}.get(kind, "×")), box), after)

    def chain(self, count: int, step: float, lane: float, first: Placed) -> Placed:
        for k in range(count):
            first = self.layer(step + k, lane, first)
        return first

    def around(self, a: Placed, b: Placed, lane: float) -> None:
        """An arrow round what stands between, through a lane beside."""
        (ax, ay), (bx, by) = a.middle, b.middle
        if self.level:
            _, y = self.at(0, lane)
            self.ink.arrow((ax, a.box[1]), (ax, y), (bx, y), (bx, b.box[1] - 1))
        else:
            x, _ = self.at(0, lane)
            self.ink.arrow((a.box[0], ay), (x, ay), (x, by), (b.box[0] - 1, by))
        self.ink.shown.connections.append(Connection(a.name, b.name))

    def across(self, a: Placed, b: Placed) -> None:
        """An arrow to a box of the same step, in another lane."""
        if self.level:
            self.ink.arrow((a.middle[0], a.box[3]), (b.middle[0], b.box[1] - 1))
        else:
            self.ink.arrow((a.box[2], a.middle[1]), (b.box[0] - 1, b.middle[1]))
        self.ink.shown.connections.append(Connection(a.name, b.name))

    def finish(self) -> None:
        if self.colours:
            draw_legend(self.ink, self.colours)

    def _plain(self, word: str) -> str:
        return word.replace("_", "-") if "_" in word else word

    def _follow(self, placed: Placed, after: tuple[Placed, ...]) -> Placed:
        for before in after:
            self._arrow(before, placed)
            self.ink.shown.connections.append(Connection(before.name, placed.name))
        return placed

    def _arrow(self, a: Placed, b: Placed) -> None:
        """From side to side, the way the network goes; upwards where the goal stands before."""
        axis = 0 if self.level else 1
        other = 1 - axis
        ahead = 1 if b.middle[axis] > a.middle[axis] else -1
        start, goal = [0.0, 0.0], [0.0, 0.0]
        start[axis] = a.box[axis + 2] if ahead > 0 else a.box[axis]
        goal[axis] = (b.box[axis] if ahead > 0 else b.box[axis + 2]) - ahead * (0.5 + self.ink.stroke)
        start[other], goal[other] = a.middle[other], b.middle[other]
        # Into a wide box straight from above.
        if b.box[other] < a.middle[other] < b.box[other + 2]:
            goal[other] = a.middle[other]
        points = [tuple(start), tuple(goal)]
        if self.elbows and abs(start[other] - goal[other]) > 1:
            middle = goal[axis] - ahead * 0.6 * self.room
            bends = [[0.0, 0.0], [0.0, 0.0]]
            for bend, place in zip(bends, (start, goal), strict=True):
                bend[axis], bend[other] = middle, place[other]
            points[1:1] = [tuple(bend) for bend in bends]
        self.ink.arrow(*((x, y) for x, y in points))


def chain(s: Sketch) -> None:
    count = int(s.ink.rng.integers(3, 8))
    s.end(count + 1, 0, "Output", s.chain(count, 1, 0, s.end(0, 0, "Input")))


def residual(s: Sketch) -> None:
    last, step = s.end(0, 0, "Input"), 1
    for _ in range(int(s.ink.rng.integers(1, 3))):
        first, count = last, int(s.ink.rng.integers(2, 4))
        last = s.sign(step + count, 0, "Add", s.chain(count, step, 0, first))
        s.around(first, last, -0.9)
        step += count + 1
    s.end(step, 0, "Output", last)


def branches(s: Sketch) -> None:
    trunk = s.chain(2, 1, 0, s.end(0, 0, "Input"))
    count = int(s.ink.rng.integers(2, 4))
    for k in range(count):
        lane = k - (count - 1) / 2
        s.end(6, lane, "Output", s.chain(int(s.ink.rng.integers(1, 4)), 3, lane, trunk))


def module(s: Sketch) -> None:
    count = int(s.ink.rng.integers(3, 5))
    given = s.box(0, 0, "Previous layer", "Input")
    ends = [s.chain(int(s.ink.rng.integers(1, 3)), 1, k - (count - 1) / 2, given) for k in range(count)]
    s.box(3, 0, "Filter concatenation", "Concatenate", *ends, wide=count)


def towers(s: Sketch) -> None:
    count = int(s.ink.rng.integers(2, 5))
    ends = [s.chain(count, 1, lane, s.end(0, lane, "Input")) for lane in (-0.5, 0.5)]
    if s.ink.rng.random() < 0.5:
        joined = s.box(count + 1, 0, "Concat", "Concatenate", *ends)
    else:
        joined = s.sign(count + 1, 0, "Add" if s.ink.rng.random() < 0.5 else "Multiply", *ends)
    s.end(count + 3, 0, "Output", s.layer(count + 2, 0, joined))


def ladder(s: Sketch) -> None:
    """Down one lane and up the other, with rungs."""
    count = int(s.ink.rng.integers(2, 4))
    last, rungs = s.end(0, -0.6, "Input"), []
    for k in range(count):
        last = s.layer(k + 1, -0.6, last)
        rungs.append(last)
    last = s.layer(count + 1, 0, last)
    for k in reversed(range(count)):
        last = s.layer(k + 1, 0.6, last)
        s.across(rungs[k], last)
    s.end(0, 0.6, "Output", last)


def unrolled(s: Sketch) -> None:
    count = int(s.ink.rng.integers(3, 6))
    kind, before = ("LSTM", "GRU")[int(s.ink.rng.integers(2))], None
    for k in range(count):
        lane = k - (count - 1) / 2
        cell = s.box(1, lane, kind, kind, s.end(0, lane, "Input", word=f"x_{k + 1}"))
        s.end(2, lane, "Output", cell, word=f"y_{k + 1}")
        if before:
            s.across(before, cell)
        before = cell


STYLES: dict[str, Callable[[Sketch], None]] = {
    "chain": chain,
    "residual": residual,
    "branches": branches,
    "module": module,
    "towers": towers,
    "ladder": ladder,
    "unrolled": unrolled,
    "coded": coded,
    **SCENES,
}


def draw(style: str, seed: int, named: str = "") -> Ink:
    """A figure of this style; the same seed gives the same drawing. `named`: one of `NAMED`, by chance where empty."""
    ink = Ink(np.random.default_rng((seed, tuple(STYLES).index(style))), "box2d", PAGE)
    named = named or NAMED[int(ink.rng.integers(len(NAMED)))]
    # Where arrows lead sideways, no author writes there.
    sketch = Sketch(ink, "within" if named == "beside" and style in ("ladder", "unrolled") else named)
    STYLES[style](sketch)
    sketch.finish()
    ink.finished()
    return ink
