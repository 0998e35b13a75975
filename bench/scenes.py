"""Forms that many papers share: bars with upright words, rows of cells, frames that are repeated, shared weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymupdf

from bench.ink import BLACK, WHITE, Colour, Point
from extraction.flow.model import BBox, Connection

if TYPE_CHECKING:
    from bench.boxes import Placed, Sketch


def _fill(s: Sketch, kind: str) -> Colour:
    return s.ink.palette[len(kind) % 5]


def _shown(s: Sketch, kind: str, box: BBox, word: str) -> Placed:
    fill = _fill(s, kind)
    s.ink.rect(box, fill, round=s.round)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    s.ink.text(middle, word.replace("_", "-"), colour=WHITE if sum(fill) < 1.4 else BLACK)
    return s.place(kind, box, word)


def _join(s: Sketch, a: Placed, b: Placed, *points: Point) -> None:
    s.ink.arrow(*points)
    s.ink.shown.connections.append(Connection(a.name, b.name))


def _right(s: Sketch, a: Placed, b: Placed) -> None:
    y = a.middle[1]
    _join(s, a, b, (a.box[2], y), (b.box[0] - 1, y))


def _left(s: Sketch, a: Placed, b: Placed) -> None:
    y = a.middle[1]
    _join(s, a, b, (a.box[0], y), (b.box[2] + 1, y))


def _up(s: Sketch, a: Placed, b: Placed, x: float | None = None) -> None:
    x = b.middle[0] if x is None else x
    _join(s, a, b, (x, a.box[1]), (x, b.box[3] + 1))


def upright(s: Sketch) -> None:
    """A row of tall bars whose words run upwards."""
    size = s.ink.size
    words = [s.words[int(s.ink.rng.integers(len(s.words)))] for _ in range(int(s.ink.rng.integers(3, 9)))]
    tall = max(pymupdf.get_text_length(word, s.ink.font, size) for word, _ in words) + 1.5 * size
    wide, room = size * float(s.ink.rng.uniform(1.5, 2.2)), size * float(s.ink.rng.uniform(1.5, 3))
    last = s.end(0, 0, "Input", word="Input") if s.level else None
    x = last.box[2] + room if last else 0.0
    middle = last.middle[1] if last else 0.0
    down = bool(s.ink.rng.random() < 0.2)
    for word, kind in words:
        box = (x, middle - tall / 2, x + wide, middle + tall / 2)
        fill = _fill(s, kind)
        s.ink.rect(box, fill, round=s.round)
        s.ink.upright((x + wide / 2, middle), word.replace("_", "-"), WHITE if sum(fill) < 1.4 else BLACK, down=down)
        placed = s.place(kind if last else "Input" if kind == "Input" else kind, box, word)
        if last:
            _right(s, last, placed)
        last, x = placed, x + wide + room


def bidirectional(s: Sketch) -> None:
    """Two rows of cells that are read both ways, and what is made of both."""
    size, count = s.ink.size, int(s.ink.rng.integers(3, 6))
    word = ("LSTM", "GRU")[int(s.ink.rng.integers(2))]
    named = bool(s.ink.rng.random() < 0.6)
    wide, tall, pitch = 4.2 * size, 1.8 * size, 7.5 * size
    rows = [(3 - k) * (tall + 2.2 * size) for k in range(4)]
    if not named:  # the rows are named in the margin instead
        for name, row in (("Inputs", 0.0), (f"Bi-{word}", 1.5), ("Outputs", 3.0)):
            y = rows[0] - row * (tall + 2.2 * size)
            s.ink.text((-4.5 * size, y), name, "r")
    before: list[tuple[Placed, Placed]] = []
    for k in range(count):
        x = k * pitch

        def box(row: int, aside: float = 0.0, x: float = x) -> BBox:
            return x + aside - wide / 2, rows[row] - tall / 2, x + aside + wide / 2, rows[row] + tall / 2

        given = _shown(s, "Input", box(0, 0.1 * wide), f"w_{k + 1}")
        ahead = _shown(s, word, box(1, -0.12 * wide), word if named else "")
        back = _shown(s, word, box(2, 0.12 * wide), word if named else "")
        made = _shown(s, "Output", box(3, -0.1 * wide), f"h_{k + 1}")
        _up(s, given, ahead, ahead.middle[0])
        # Past the cells of the other row.
        _up(s, given, back, ahead.box[2] + 0.7 * size)
        _up(s, ahead, made, back.box[0] - 0.7 * size)
        _up(s, back, made, back.middle[0])
        if before:
            _right(s, before[-1][0], ahead)
            _left(s, back, before[-1][1])
        before.append((ahead, back))


def transformer(s: Sketch) -> None:
    """A stack upwards in a frame that is repeated, with ways round its parts."""
    size = s.ink.size
    wide, tall, pitch = 9.5 * size, 2.0 * size, 4.0 * size
    x, y = 0.0, 38 * size

    def box(word: str, kind: str) -> Placed:
        return _shown(s, kind, (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), word)

    given = s.place("Input", (x - 2 * size, y - 0.6 * size, x + 2 * size, y + 0.6 * size), "Inputs")
    s.ink.text((x, y), "Inputs")
    y -= pitch
    last = box("Input Embedding", "Embedding")
    _up(s, given, last)
    top = y - tall
    for word, kind in (("Multi-Head Attention", "MultiHeadAttention"), ("Feed Forward", "Block")):
        y -= pitch
        part = box(word, kind)
        _up(s, last, part)
        y -= tall + 0.9 * size
        norm = box("Add & Norm", "Add")
        _up(s, part, norm)
        aside, low = x - wide / 2 - 1.2 * size, part.box[3] + 0.9 * size
        _join(s, last, norm, (x, low), (aside, low), (aside, norm.middle[1]), (norm.box[0] - 1, norm.middle[1]))
        last = norm
    s.ink.rect((x - wide / 2 - 2 * size, y - tall, x + wide / 2 + size, top + 0.2 * size), None, round=True)
    s.ink.text((x - wide / 2 - 2.6 * size, (y + top) / 2), "N×", "r")
    for word, kind in (("Linear", "Dense"), ("Softmax", "Activation")):
        y -= pitch
        part = box(word, kind)
        _up(s, last, part)
        last = part


def siamese(s: Sketch) -> None:
    """Two towers that share their weights, which a line between them says."""
    count = int(s.ink.rng.integers(2, 4))
    words = [s.words[int(s.ink.rng.integers(len(s.words)))] for _ in range(count)]
    towers: list[list[Placed]] = []
    for lane in (-0.6, 0.6):
        last, tower = s.end(0, lane, "Input"), []
        for k, (word, kind) in enumerate(words):
            last = s.box(k + 1, lane, word, kind, last)
            tower.append(last)
        towers.append(tower)
    a, b = (tower[int(s.ink.rng.integers(count))] for tower in (towers[0],) * 2)
    b = towers[1][towers[0].index(a)]
    axis = 1 if s.level else 0
    start = [a.middle[0], a.middle[1]]
    goal = [b.middle[0], b.middle[1]]
    start[axis], goal[axis] = a.box[axis + 2] + 1, b.box[axis] - 1
    s.ink.arrow((start[0], start[1]), (goal[0], goal[1]), both=True, dashed=True)
    middle = ((start[0] + goal[0]) / 2, (start[1] + goal[1]) / 2)
    s.ink.text((middle[0] + (0.4 * s.ink.size if s.level else 0), middle[1] - (0 if s.level else 0.8 * s.ink.size)),
               "shared" if not s.level else "shared weights", "l" if s.level else "m")  # fmt: skip
    s.end(count + 2, 0, "Output", s.box(count + 1, 0, "Distance", "Block", towers[0][-1], towers[1][-1]))


def trapezoids(s: Sketch) -> None:
    """An encoder and a decoder whose forms narrow and widen, with a code between."""
    size = s.ink.size
    tall, wide, room = size * 7, size * 6, size * 2.5
    given = s.end(0, 0, "Input", word="x")
    x, y = given.box[2] + room, given.middle[1]
    last = given
    low = tall / 2
    for word, kind, ends in (
        ("Encoder", "Block", (tall, low)), ("z", "Block", (low, low)), ("Decoder", "Block", (low, tall)),
    ):  # fmt: skip
        long = wide if word != "z" else 1.6 * size
        corners = ((x, y - ends[0] / 2), (x + long, y - ends[1] / 2), (x + long, y + ends[1] / 2), (x, y + ends[0] / 2))
        s.ink.polygon(corners, _fill(s, word))
        s.ink.text((x + long / 2, y), word, colour=WHITE if sum(_fill(s, word)) < 1.4 else BLACK)
        placed = s.place(kind, (x, y - max(ends) / 2, x + long, y + max(ends) / 2), word)
        _right(s, last, placed)
        last, x = placed, x + long + room
    s.ink.text((x + size, y), "y", "l")
    made = s.place("Output", (x + size, y - size / 2, x + 1.6 * size, y + size / 2), "y")
    _right(s, last, made)


def worded(s: Sketch) -> None:
    """A chain with words on its lines, and one round it."""
    size = s.ink.size
    count = int(s.ink.rng.integers(2, 4))
    x, tall, wide, pitch = 0.0, 1.9 * size, 8 * size, 4.4 * size
    words = [("3x3, 64", "Conv2D"), ("1x1, 256", "Conv2D"), ("conv 3x3", "Conv2D")]
    s.ink.text((x, 0), "x")
    first = s.place("Input", (x - size / 2, -size / 2, x + size / 2, size / 2), "x")
    last, y = first, 0.0
    for k in range(count):
        y += pitch if k else 4.5 * size
        word, kind = words[int(s.ink.rng.integers(len(words)))]
        box = _shown(s, kind, (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), word)
        _join(s, last, box, (x, last.box[3]), (x, box.box[1] - 1))
        if k:
            s.ink.text((x + 0.6 * size, (last.box[3] + box.box[1]) / 2), "relu", "l")
        last = box
    y += 3.5 * size
    radius = 0.75 * size
    circle = s.ink.circle((x, y), radius, WHITE, True)
    for dx, dy in ((0.5 * radius, 0.0), (0.0, 0.5 * radius)):
        s.ink.line((x - dx, y - dy), (x + dx, y + dy))
    joined = s.place("Add", circle, "+")
    _join(s, last, joined, (x, last.box[3]), (x, circle[1] - 1))
    s.ink.text((x - 0.6 * size, (last.box[3] + circle[1]) / 2), "F(x)", "r")
    aside, low = x + wide / 2 + 2 * size, 2.0 * size
    _join(s, first, joined, (x, low), (aside, low), (aside, y), (circle[2] + 1, y))
    s.ink.text((aside + 0.5 * size, (low + y) / 2), "identity", "l")
    s.ink.text((x - 1.5 * size, y), "F(x)+x", "r")
    out = y + radius + 2.5 * size
    s.ink.arrow((x, circle[3]), (x, out))
    s.ink.text((x + 0.6 * size, y + radius + 1.2 * size), "relu", "l")


SCENES = {f.__name__: f for f in (upright, bidirectional, transformer, siamese, trapezoids, worded)}
