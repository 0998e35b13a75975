"""Simulated networks of circles joined by lines."""

from __future__ import annotations

import numpy as np

from extraction.simulate.kinds import words
from extraction.simulate.kinds.canvas import Canvas, Look, Point

Rng = np.random.Generator


def columns_of_units(look: Look, rng: Rng) -> Canvas:
    """Layers of circles, each joined with all of the next."""
    layers = int(rng.integers(2, 7))
    counts = [int(rng.integers(1, 9)) for _ in range(layers)]
    across = bool(rng.random() < 0.75)
    gap, pitch = rng.uniform(80, 190), rng.uniform(34, 70)
    radius = pitch * rng.uniform(0.18, 0.42)
    length, breadth = gap * (layers - 1) + 240, pitch * max(counts) + 160
    c = Canvas(*((length, breadth) if across else (breadth, length)), look, rng)
    heads, full, single = rng.random() < 0.45, rng.random() < 0.8, rng.random() < 0.35
    border, dots = rng.random() < 0.85 or not look.border, rng.random() < 0.3
    faint = c.ink if rng.random() < 0.6 else c.shade((150, 150, 150), rng.uniform(0.5, 1.3))

    def at(layer: int, unit: float) -> Point:
        along, side = 110 + gap * layer, breadth / 2 + (unit - (counts[layer] - 1) / 2) * pitch
        return (along, side) if across else (side, length - along)

    if rng.random() < 0.15:
        for i in range(layers):
            (x, y), half = at(i, (counts[i] - 1) / 2), counts[i] * pitch / 2
            wide, high = (radius * 1.5, half) if across else (half, radius * 1.5)
            c.box(x - wide, y - high, 2 * wide, 2 * high, c.colour(i))
    for i in range(layers - 1):
        for a in range(counts[i]):
            for b in range(counts[i + 1]):
                if not full and abs(a * counts[i + 1] / counts[i] - b) > 1.3:
                    continue
                start, end = np.array(at(i, a)), np.array(at(i + 1, b))
                way = (end - start) / np.linalg.norm(end - start) * radius
                one, two = tuple(start + way), tuple(end - way)
                if heads:
                    c.arrow(one, two, colour=faint, size=6)
                else:
                    c.line([one, two], faint, c.stroke * 0.7)
    label = rng.random()
    for i in range(layers):
        fill = None if rng.random() < 0.05 else c.colour(0 if single else i)
        for unit in range(counts[i]):
            x, y = at(i, unit)
            if dots and counts[i] > 3 and unit == counts[i] - 2:
                for k in (-0.3, 0, 0.3):
                    dx, dy = (0, k * pitch) if across else (k * pitch, 0)
                    c.circle(x + dx, y + dy, 2, c.ink, False)
                continue
            c.circle(x, y, radius, fill, border)
            if label < 0.35 and radius > 9:
                name = ("x", *["h"] * (layers - 2), "y")[i]
                c.text(x, y, f"{name}{unit + 1}", size=radius * 0.8, colour=c.on(fill))
        if label > 0.5:
            x, y = at(i, counts[i] - 1)
            name = "Input layer" if not i else "Output layer" if i == layers - 1 else f"Hidden layer {i}"
            c.text(x, y + pitch * 0.8, name, room=gap * 0.95) if across else c.text(x + radius + 60, y, name)
    if heads and rng.random() < 0.6:
        for layer, sign in ((0, -1), (layers - 1, 1)):
            for unit in range(counts[layer]):
                x, y = at(layer, unit)
                near, far = radius * 1.1 * sign, (radius + 32) * sign
                ends = [(x + near, y), (x + far, y)] if across else [(x, y - near), (x, y - far)]
                c.arrow(*(ends if sign > 0 else ends[::-1]))
    return c


def perceptron(look: Look, rng: Rng) -> Canvas:
    """Inputs, weights, one sum, one output."""
    inputs = int(rng.integers(2, 6))
    c = Canvas(760, 120 + 74 * inputs, look, rng)
    middle, radius = c.height / 2, rng.uniform(26, 44)
    circles = rng.random() < 0.5
    fill = c.colour(0)
    for i in range(inputs):
        y = middle + (i - (inputs - 1) / 2) * 74
        if circles:
            c.circle(90, y, 20, c.colour(1))
        c.text(90 if circles else 80, y, f"x{i + 1}" if i < inputs - 1 else "1")
        end = np.array((340 - radius, middle + (i - (inputs - 1) / 2) * 12))
        c.arrow((112, y), (float(end[0]), float(end[1])))
        c.text(225, (y + middle) / 2 - 12 + (y - middle) * 0.1, f"w{i + 1}")
    c.circle(340, middle, radius, fill)
    c.text(340, middle, str(rng.choice(["Σ", "Σ | f", "f(u)", "+"])), size=radius * 0.7, colour=c.on(fill))
    x = 340 + radius
    if rng.random() < 0.5:
        c.arrow((x, middle), (x + 60, middle))
        if rng.random() < 0.5:
            c.circle(x + 60 + radius, middle, radius, c.colour(2))
        else:
            c.box(x + 60, middle - radius, 2 * radius, 2 * radius, c.colour(2))
        c.text(x + 60 + radius, middle, "f", colour=c.on(c.colour(2)))
        x += 60 + 2 * radius
    c.arrow((x, middle), (x + 80, middle))
    c.text(x + 104, middle, words.pick(rng, ("y", "output", "ŷ")))
    return c


def lattice_of_units(look: Look, rng: Rng) -> Canvas:
    """Circles in rows and columns, joined with some of their neighbours: unrolled in time, deep belief networks."""
    rows, columns = int(rng.integers(2, 5)), int(rng.integers(3, 9))
    pitch, radius = rng.uniform(60, 100), rng.uniform(12, 24)
    c = Canvas(pitch * columns + 140, pitch * rows * 1.2 + 120, look, rng)
    steps = [(1, 0), (0, 1)] if rng.random() < 0.5 else [(0, 1), (1, 1), (-1, 1)]
    heads, names = rng.random() < 0.7, rng.random() < 0.5

    def at(i: int, j: int) -> Point:
        return 80 + pitch * (i + 0.5), c.height - 70 - pitch * 1.2 * j

    for j in range(rows):
        for i in range(columns):
            for dx, dy in steps:
                if 0 <= i + dx < columns and j + dy < rows and not (dy == 0 and j == 0):
                    one, two = np.array(at(i, j)), np.array(at(i + dx, j + dy))
                    way = (two - one) / np.linalg.norm(two - one) * radius
                    ends = [tuple(one + way), tuple(two - way)]
                    c.arrow(*ends, size=7) if heads else c.line(ends)
    for j in range(rows):
        fill = c.colour(j)
        for i in range(columns):
            c.circle(*at(i, j), radius, fill)
            if names:
                name = "x" if j == 0 else "y" if j == rows - 1 else "h"
                c.text(*at(i, j), f"{name}{i}", size=radius * 0.75, colour=c.on(fill))
    return c
