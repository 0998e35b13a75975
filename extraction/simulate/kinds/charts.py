"""Simulated charts: lines, bars, points, boxes, pies, maps of colours, confusion matrices."""

from __future__ import annotations

import math

import numpy as np

from extraction.simulate.kinds import words
from extraction.simulate.kinds.canvas import Canvas, Look
from extraction.simulate.kinds.photos import coloured, smooth

Rng = np.random.Generator
Room = tuple[float, float, float, float]


def axes(c: Canvas, room: Room, rng: Rng, ticks: bool = True) -> None:
    x, y, wide, high = room
    if rng.random() < 0.6:
        c.line([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)])
    else:
        c.line([(x, y), (x, y + high), (x + wide, y + high)])
    grid = rng.random() < 0.4
    for i in range(6):
        px, py = x + wide * i / 5, y + high * (1 - i / 5)
        if grid:
            c.line([(px, y), (px, y + high)], (200, 200, 200), 0.6)
            c.line([(x, py), (x + wide, py)], (200, 200, 200), 0.6)
        if ticks:
            c.text(px, y + high + 10, str(i * 20), size=c.size * 0.7)
            c.text(x - 6, py, f"{i / 5:.1f}", size=c.size * 0.7, anchor="rm")
    c.text(x + wide / 2, y + high + 26, words.phrase(rng, 2), size=c.size * 0.85)
    if rng.random() < 0.7:
        c.text(x - 36, y + high / 2, words.phrase(rng, 2), size=c.size * 0.85, turned=True)
    if rng.random() < 0.5:
        c.text(x + wide / 2, y - 12, words.phrase(rng, 3), size=c.size * 0.9, room=wide)


def _panels(look: Look, rng: Rng, wide: float = 300, high: float = 210) -> tuple[Canvas, list[Room]]:
    columns, rows = int(rng.choice([1, 1, 2, 2, 3, 4])), int(rng.choice([1, 1, 1, 2, 3]))
    wide, high = wide * rng.uniform(0.7, 1.3), high * rng.uniform(0.7, 1.3)
    c = Canvas((wide + 80) * columns + 50, (high + 70) * rows + 40, look, rng)
    return c, [(65 + (wide + 80) * i, 30 + (high + 70) * j, wide, high) for j in range(rows) for i in range(columns)]


def line_plot(look: Look, rng: Rng) -> Canvas:
    c, rooms = _panels(look, rng)
    lines, rough = int(rng.integers(1, 7)), float(rng.choice([0, 0.01, 0.05, 0.15]))
    for room in rooms:
        x, y, wide, high = room
        axes(c, room, rng)
        for k in range(lines):
            t = np.linspace(0, 1, 60)
            shape = rng.choice(["rise", "fall", "wave", "walk"])
            value = {
                "rise": 1 - np.exp(-t * rng.uniform(2, 9)), "fall": np.exp(-t * rng.uniform(2, 9)),
                "wave": 0.5 + 0.4 * np.sin(t * rng.uniform(4, 20) + rng.uniform(0, 6)),
                "walk": np.cumsum(rng.normal(0, 0.06, 60)) + 0.5,
            }[str(shape)]  # fmt: skip
            value = np.clip(value * rng.uniform(0.6, 0.95) + rng.normal(0, rough, 60), 0, 1)
            points = [(x + wide * a, y + high * (1 - b)) for a, b in zip(t, value, strict=True)]
            c.line(points, c.strong(k))
            if lines < 4 and rough < 0.04 and rng.random() < 0.4:
                for point in points[::6]:
                    c.circle(*point, 3.5, c.strong(k), False)
        if rng.random() < 0.7:
            _legend(c, x + wide - 110, y + 14, lines, rng)
    return c


def _legend(c: Canvas, x: float, y: float, count: int, rng: Rng) -> None:
    if rng.random() < 0.6:
        c.box(x - 8, y - 10, 116, 16 * count + 8, c.look.background)
    for k in range(count):
        c.line([(x, y + 16 * k), (x + 24, y + 16 * k)], c.strong(k), 2)
        c.text(x + 30, y + 16 * k, words.phrase(rng, 1), size=c.size * 0.75, anchor="lm")


def bar_chart(look: Look, rng: Rng) -> Canvas:
    c, rooms = _panels(look, rng)
    groups, bars, lying = int(rng.integers(3, 12)), int(rng.integers(1, 5)), rng.random() < 0.2
    histogram = rng.random() < 0.25
    if histogram:
        groups, bars = int(rng.integers(15, 40)), 1
    for room in rooms:
        x, y, wide, high = room
        axes(c, room, rng)
        for g in range(groups):
            for k in range(bars):
                value = (
                    rng.uniform(0.1, 0.95)
                    if not histogram
                    else math.exp(-((g / groups - 0.4) ** 2) * 12) * rng.uniform(0.7, 0.95)
                )
                place, thick = (g + 0.1 + 0.8 * k / bars) / groups, 0.8 / bars / groups
                fill = c.strong(k)
                if lying:
                    c.box(x, y + high * place, wide * value, high * thick, fill)
                else:
                    c.box(x + wide * place, y + high * (1 - value), wide * thick, high * value, fill)
        if bars > 1:
            _legend(c, x + 14, y + 14, bars, rng)
    return c


def scatter_plot(look: Look, rng: Rng) -> Canvas:
    c, rooms = _panels(look, rng)
    framed = rng.random() < 0.7
    for room in rooms:
        x, y, wide, high = room
        if framed:
            axes(c, room, rng)
        for k in range(int(rng.integers(1, 8))):
            middle, spread = rng.uniform(0.15, 0.85, 2), rng.uniform(0.02, 0.12)
            for a, b in np.clip(rng.normal(middle, spread, (int(rng.integers(10, 60)), 2)), 0, 1):
                c.circle(x + wide * a, y + high * b, rng.uniform(2, 4), c.strong(k), False)
    return c


def box_plot(look: Look, rng: Rng) -> Canvas:
    c, rooms = _panels(look, rng)
    for room in rooms:
        x, y, wide, high = room
        axes(c, room, rng)
        count = int(rng.integers(2, 9))
        for i in range(count):
            px, low = x + wide * (i + 0.5) / count, rng.uniform(0.1, 0.5)
            length, half = rng.uniform(0.1, 0.35), wide / count * 0.28
            top, bottom = y + high * (1 - low - length), y + high * (1 - low)
            c.line([(px, top - 20), (px, bottom + 20)])
            c.box(px - half, top, 2 * half, bottom - top, c.colour(i))
            c.line([(px - half, (top + bottom) / 2), (px + half, (top + bottom) / 2)], width=2)
    return c


def pie_chart(look: Look, rng: Rng) -> Canvas:
    count = int(rng.integers(1, 4))
    c = Canvas(280 * count + 60, 320, look, rng)
    for i in range(count):
        x, radius, angle = 170 + 280 * i, rng.uniform(80, 115), rng.uniform(0, 360)
        shares = rng.dirichlet(np.ones(int(rng.integers(2, 8))) * 2)
        for k, share in enumerate(shares):
            box = [value * 2 for value in (x - radius, 160 - radius, x + radius, 160 + radius)]
            c.pen.pieslice(box, angle, angle + share * 360, c.strong(k), c.ink if look.border else None, 2)
            turn = math.radians(angle + share * 180)
            c.text(
                x + math.cos(turn) * radius * 0.65,
                160 + math.sin(turn) * radius * 0.65,
                f"{share * 100:.0f}%",
                size=c.size * 0.8,
            )
            angle += share * 360
    return c


def heat_map(look: Look, rng: Rng) -> Canvas:
    c, rooms = _panels(look, rng, 230, 210)
    fine, which = rng.random() < 0.5, int(rng.integers(5))
    for x, y, wide, high in rooms:
        if fine:
            values = smooth(rng, 90, 120, rng.uniform(0.3, 0.8))
            if rng.random() < 0.4:
                values = values * np.abs(np.sin(np.arange(120) * rng.uniform(0.1, 0.6)))[None]
        else:
            cells = rng.random((int(rng.integers(4, 20)), int(rng.integers(4, 20))))
            values = np.kron(cells, np.ones((10, 10))).astype(np.float32)
        c.paste(coloured(values, rng, which), x, y, wide, high)
        c.paste(coloured(np.linspace(1, 0, 50)[:, None] * np.ones((1, 4)), rng, which), x + wide + 8, y, 10, high)
        c.text(x + wide / 2, y + high + 14, words.phrase(rng, 2), size=c.size * 0.85)
        if rng.random() < 0.5:
            c.text(x - 20, y + high / 2, words.phrase(rng, 2), size=c.size * 0.85, turned=True)
    return c


def confusion_matrix(look: Look, rng: Rng) -> Canvas:
    count, cell = int(rng.integers(2, 13)), rng.uniform(26, 56)
    c = Canvas(cell * count + 220, cell * count + 150, look, rng)
    which = int(rng.choice([0, 3, 3, 4]))
    values = rng.random((count, count)) ** 4 * 0.35 + np.eye(count) * rng.uniform(0.5, 0.95, count)
    colours = coloured(values, rng, which)
    names, numbers, lines = rng.random() < 0.7, rng.random() < 0.85, rng.random() < 0.4
    for j in range(count):
        for i in range(count):
            red, green, blue = (int(part) for part in colours[j, i])
            fill = (red, green, blue)
            x, y = 120 + cell * i, 40 + cell * j
            c.polygon([(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)], fill, lines)
            if numbers:
                value = f"{values[j, i]:.2f}" if count < 8 else str(int(values[j, i] * 99))
                c.text(x + cell / 2, y + cell / 2, value, size=cell * 0.3, colour=c.on(fill))
        if names:
            c.text(112, 40 + cell * (j + 0.5), words.pick(rng, words.NOUNS), anchor="rm", size=min(c.size, cell * 0.5))
            c.text(
                120 + cell * (j + 0.5),
                52 + cell * count,
                words.pick(rng, words.NOUNS)[:6],
                size=min(c.size, cell * 0.3),
            )
    c.text(120 + cell * count / 2, 80 + cell * count, "Predicted label")
    c.text(20, 40 + cell * count / 2, "True label", turned=True)
    return c
