"""Simulated figures without a network: pictures, tables, code, maps, other diagrams. Charts stand in `charts`."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from extraction.simulate.kinds import words
from extraction.simulate.kinds.canvas import Canvas, Look, Point
from extraction.simulate.kinds.charts import axes
from extraction.simulate.kinds.photos import coloured, picture, smooth

Rng = np.random.Generator


def pictures(look: Look, rng: Rng) -> Canvas:
    """One photograph, or many in rows: results, samples, filters."""
    columns, rows = int(rng.choice([1, 2, 3, 4, 6, 8, 10])), int(rng.choice([1, 1, 2, 3, 5, 8]))
    size, gap = (rng.uniform(60, 130), rng.uniform(0, 10)) if columns * rows > 2 else (rng.uniform(240, 420), 6)
    high = size * rng.uniform(0.6, 1.3)
    named, labelled = rng.random() < 0.35, rng.random() < 0.35
    c = Canvas((size + gap) * columns + 120, (high + gap + (18 if labelled else 0)) * rows + 70, look, rng)
    sorts = ["photo", "scene", "digit", "heat", "mask", "face"]
    one = str(rng.choice(sorts)) if rng.random() < 0.5 else None
    by_column = [str(rng.choice(sorts)) for _ in range(columns)]
    for j in range(rows):
        for i in range(columns):
            x, y = 90 + (size + gap) * i, 30 + (high + gap + (18 if labelled else 0)) * j
            c.paste(picture(rng, 96 if columns * rows > 2 else 256, one or by_column[i]), x, y, size, high)
            if labelled:
                c.text(x + size / 2, y + high + 9, words.pick(rng, words.NOUNS), size=c.size * 0.75, room=size)
            if rng.random() < 0.08:
                a, b = rng.uniform(0.1, 0.5, 2)
                (left, right), (top, low) = ((x + size * v for v in (a, a + 0.4)), (y + high * v for v in (b, b + 0.4)))
                c.line([(left, top), (right, top), (right, low), (left, low), (left, top)], (230, 40, 40), 2.5)
        if named:
            c.text(45, 30 + (high + gap) * (j + 0.5), words.pick(rng, words.PLAIN), size=c.size * 0.85, room=80)
    return c


def table(look: Look, rng: Rng) -> Canvas:
    rows, columns = int(rng.integers(3, 16)), int(rng.integers(2, 9))
    wide, high = rng.uniform(70, 120), rng.uniform(20, 34)
    c = Canvas(wide * (columns + 0.6) + 60, high * rows + 60, look, rng)
    rule = rng.choice(["booktabs", "grid", "stripes"])
    for j in range(rows + 1):
        if rule == "grid" or j in (0, 1, rows):
            c.line([(30, 30 + high * j), (c.width - 30, 30 + high * j)])
    if rule == "grid":
        for i in range(columns + 1):
            x = 30 if not i else 30 + wide * (0.6 + i)
            c.line([(x, 30), (x, 30 + high * rows)])
        c.line([(30 + wide * 1.6, 30), (30 + wide * 1.6, 30 + high * rows)])
    for j in range(rows):
        if rule == "stripes" and j % 2:
            c.box(30, 30 + high * j, c.width - 60, high, c.shade(c.colour(0), 1.02), border=False)
        for i in range(columns):
            text = (
                words.phrase(rng, 2)
                if not i
                else words.phrase(rng, 1)
                if not j
                else f"{rng.uniform(0, 100):.{int(rng.integers(0, 3))}f}"
            )
            x = 30 + wide * (0.8 if not i else i + 1.1)
            c.text(x, 30 + high * (j + 0.5), text, room=wide * (1.5 if not i else 0.9), size=min(c.size, high * 0.55))
    return c


def algorithm(look: Look, rng: Rng) -> Canvas:
    """Pseudo-code, or running text and formulas."""
    lines = int(rng.integers(3, 26))
    c = Canvas(620, 24 * lines + 90, look, rng)
    code = rng.random() < 0.6
    if code and rng.random() < 0.8:
        c.line([(25, 22), (595, 22)], width=2)
        c.text(30, 36, f"Algorithm {int(rng.integers(1, 4))} {words.phrase(rng, 4)}", anchor="lm")
        c.line([(25, 50), (595, 50)])
    indent = 0
    for i in range(lines):
        y = 66 + 24 * i
        if code:
            start = words.pick(rng, ("for each", "if", "while", "return", "set", "update", "compute", "end", "let"))
            c.text(34, y, f"{i + 1}:", anchor="lm", size=c.size * 0.9)
            what = words.phrase(rng, int(rng.integers(1, 5)))
            rest = rng.choice(["← x + y", "do", "", "= 0", "∈ D"])
            c.text(64 + 22 * indent, y, f"{start} {what} {rest}", anchor="lm", size=c.size * 0.9)
            indent = max(
                0,
                min(
                    4, indent + (1 if start in ("for each", "if", "while") else -1 if start in ("end", "return") else 0)
                ),
            )
        else:
            c.text(30, y, words.phrase(rng, int(rng.integers(6, 11))), anchor="lm", room=560)
    return c


def street_map(look: Look, rng: Rng) -> Canvas:
    c = Canvas(520, 420, look, rng)
    if rng.random() < 0.5:
        values = smooth(rng, 105, 130, 0.6)
        c.paste(coloured(np.round(values * 5) / 5, rng, 0), 20, 20, 480, 380)
    for _ in range(int(rng.integers(5, 14))):
        x, y, angle = rng.uniform(20, 500), rng.uniform(20, 400), rng.uniform(0, 6.3)
        points: list[Point] = [(x, y)]
        for _ in range(14):
            angle += rng.normal(0, 0.35)
            x, y = min(500, max(20, x + 34 * math.cos(angle))), min(400, max(20, y + 34 * math.sin(angle)))
            points.append((x, y))
        c.line(points, c.strong(int(rng.integers(6))), rng.uniform(1, 6))
    for _ in range(int(rng.integers(3, 12))):
        x, y = rng.uniform(40, 480), rng.uniform(40, 380)
        c.circle(x, y, 4, (220, 40, 40))
        c.text(x + 8, y, words.pick(rng, words.NOUNS), size=c.size * 0.8, anchor="lm")
    return c


def class_diagram(look: Look, rng: Rng) -> Canvas:
    """UML classes, or tables of a database: boxes with a title and rows, joined at right angles."""
    columns, rows = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    wide, pitch_x, pitch_y = rng.uniform(105, 150), rng.uniform(180, 230), rng.uniform(130, 180)
    c = Canvas(pitch_x * columns + 60, pitch_y * rows + 60, look, rng)
    places = [(50 + pitch_x * i, 40 + pitch_y * j) for j in range(rows) for i in range(columns) if rng.random() < 0.85]
    for a, b in pairwise(places):
        if rng.random() < 0.8:
            middle = (a[1] + b[1]) / 2 + 50
            tip = (b[0] + wide / 2, b[1] + 40)
            c.line([(a[0] + wide / 2, a[1] + 40), (a[0] + wide / 2, middle), (tip[0], middle), tip])
            if rng.random() < 0.6:
                x, y = a[0] + wide / 2, a[1] + 104
                c.polygon([(x - 8, y + 12), (x, y), (x + 8, y + 12)], look.background, True)
            c.text(
                b[0] + wide / 2 + 6,
                b[1] + 98,
                str(rng.choice(["1", "0..*", "1..n", "uses", "has"])),
                size=c.size * 0.7,
                anchor="lm",
            )
    for x, y in places:
        members, high, fill = int(rng.integers(0, 6)), 22.0, c.colour(0)
        c.box(x, y, wide, high * (members + 1) + 6, fill)
        c.text(x + wide / 2, y + high / 2, words.pick(rng, words.NOUNS), colour=c.on(fill), room=wide * 0.9)
        c.line([(x, y + high), (x + wide, y + high)])
        for k in range(members):
            sign, name = rng.choice(["+", "-", "#", ""]), words.pick(rng, words.PLAIN)
            text = f"{sign} {name}{rng.choice(['()', ': int', ': String', ''])}"
            c.text(x + 6, y + high * (k + 1.55), text, anchor="lm", size=min(c.size * 0.8, 12), colour=c.on(fill))
    return c


def tree(look: Look, rng: Rng) -> Canvas:
    """A hierarchy: folders, features, organisations, decisions."""
    depth, spread = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    counts = [min(spread**i, 9) for i in range(depth)]
    c = Canvas(130 * max(counts) + 60, 90 * depth + 70, look, rng)
    boxes, square = rng.random() < 0.75, rng.random() < 0.5
    wide = 105

    def at(level: int, index: int) -> Point:
        return 30 + (c.width - 60) * (index + 0.5) / counts[level], 50 + 90 * level

    for level in range(1, depth):
        for i in range(counts[level]):
            (x0, y0), (x1, y1) = at(level - 1, i * counts[level - 1] // counts[level]), at(level, i)
            c.line(
                [(x0, y0 + 15), (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2), (x1, y1 - 15)]
                if square
                else [(x0, y0 + 15), (x1, y1 - 15)]
            )
            if rng.random() < 0.2:
                c.text(
                    (x0 + x1) / 2 + 10, (y0 + y1) / 2, str(rng.choice(["yes", "no", "≤ 3", "> 3"])), size=c.size * 0.75
                )
    for level in range(depth):
        for i in range(counts[level]):
            x, y = at(level, i)
            fill = c.colour(level)
            if boxes:
                c.box(x - wide / 2, y - 16, wide, 32, fill)
            else:
                c.circle(x, y, 17, fill)
            c.text(x, y, words.pick(rng, words.NOUNS), room=wide * 0.85 if boxes else 30, colour=c.on(fill))
    return c


def flow_chart(look: Look, rng: Rng) -> Canvas:
    """Steps and decisions of a program: diamonds, rounded ends, yes and no."""
    steps = int(rng.integers(3, 8))
    c = Canvas(560, 105 * steps + 60, look, rng)
    x = 240
    for i in range(steps):
        y = 60 + 105 * i
        fill, text = c.colour(i), words.phrase(rng, int(rng.integers(1, 4)))
        if i in (0, steps - 1):
            c.pen.rounded_rectangle([value * 2 for value in (x - 60, y - 20, x + 60, y + 20)], 40, fill, c.ink, 2)
            text = "Start" if not i else "End"
        elif rng.random() < 0.5:
            c.polygon([(x - 90, y), (x, y - 38), (x + 90, y), (x, y + 38)], fill)
            text += "?"
            c.text(x + 14, y + 48, "yes", size=c.size * 0.8)
            c.text(x + 104, y - 10, "no", size=c.size * 0.8)
            back = y + float(rng.choice([-105, 105]))
            c.arrow((x + 90, y), (x + 190, y), (x + 190, back), (x + 84, back))
        else:
            c.box(x - 80, y - 24, 160, 48, fill)
        c.text(x, y, text, room=120, colour=c.on(fill))
        if i:
            c.arrow((x, y - 66), (x, y - 40 if rng.random() < 0.5 else y - 25))
    return c


def sequence_diagram(look: Look, rng: Rng) -> Canvas:
    """Who calls whom: boxes above dashed lines, arrows between; or bars of a plan over time."""
    lives, calls = int(rng.integers(3, 6)), int(rng.integers(4, 12))
    c = Canvas(170 * lives + 40, 40 * calls + 130, look, rng)
    if rng.random() < 0.3:
        for i in range(calls):
            start, length = rng.uniform(0, 0.6), rng.uniform(0.1, 0.35)
            c.text(20, 60 + 40 * i, words.phrase(rng, 2), anchor="lm", room=140)
            c.box(170 + (c.width - 220) * start, 48 + 40 * i, (c.width - 220) * length, 24, c.colour(i))
        axes(c, (165, 30, c.width - 215, 40 * calls + 20), rng)
        return c
    for i in range(lives):
        x, fill = 90 + 170 * i, c.colour(i)
        c.dashed((x, 60), (x, c.height - 30))
        c.box(x - 60, 20, 120, 36, fill)
        c.text(x, 38, words.pick(rng, words.NOUNS), colour=c.on(fill))
    for k in range(calls):
        a, b = rng.choice(lives, 2, replace=False)
        y = 90 + 40 * k
        c.arrow((90 + 170 * int(a), y), (90 + 170 * int(b), y))
        c.text(90 + 85 * int(a + b), y - 9, f"{words.pick(rng, words.PLAIN)}()", size=c.size * 0.75)
        c.box(90 + 170 * int(b) - 5, y, 10, 30, c.colour(0))
    return c


def scattered_graph(look: Look, rng: Rng) -> Canvas:
    """Nodes and edges of no order: social networks, road graphs, states of a machine, maps of ideas."""
    count = int(rng.integers(5, 26))
    c = Canvas(560, 440, look, rng)
    points = rng.uniform((50, 50), (510, 390), (count, 2))
    named, states = rng.random() < 0.5, count < 9
    radius = rng.uniform(16, 28) if states else rng.uniform(4, 12)
    for i in range(count):
        near = np.argsort(np.linalg.norm(points - points[i], axis=1))[1 : 1 + int(rng.integers(1, 4))]
        for j in near:
            if states:
                c.curve(tuple(points[i]), tuple(points[j]), 14, head=True)
            else:
                c.line([tuple(points[i]), tuple(points[j])])
    for i, (x, y) in enumerate(points):
        c.circle(x, y, radius, c.colour(i % 3))
        if named:
            c.text(
                x,
                y if states else y - radius - 8,
                f"S{i}" if states else words.pick(rng, words.NOUNS),
                size=c.size * 0.8,
            )
    return c


def signal(look: Look, rng: Rng) -> Canvas:
    """Waveforms, below each other."""
    rows = int(rng.integers(1, 6))
    c = Canvas(560, 110 * rows + 60, look, rng)
    for j in range(rows):
        y, t = 80 + 110 * j, np.linspace(0, 1, 500)
        swell = smooth(rng, 1, 500, 0.7)[0] ** 2
        value = rng.normal(0, 1, 500) * swell if rng.random() < 0.6 else np.sin(t * rng.uniform(20, 160)) * swell
        c.line(
            [(50 + 470 * a, y - 40 * float(np.clip(b, -1, 1))) for a, b in zip(t, value, strict=True)], c.strong(j), 1
        )
        if rng.random() < 0.6:
            c.line([(50, y - 46), (520, y - 46), (520, y + 46), (50, y + 46), (50, y - 46)])
        c.text(285, y + 54, words.phrase(rng, 2), size=c.size * 0.75)
    return c


def geometry(look: Look, rng: Rng) -> Canvas:
    """Sketches of an idea: axes, ellipses, vectors, planes, a few words."""
    c = Canvas(460, 380, look, rng)
    c.arrow((60, 330), (420, 330))
    c.arrow((60, 330), (60, 40))
    x, y, turn = rng.uniform(150, 300), rng.uniform(130, 230), rng.uniform(0, 3)
    for k in range(int(rng.integers(0, 6))):
        long, short = (k + 1) * 24, (k + 1) * 12
        ring = [
            (
                x + long * math.cos(a) * math.cos(turn) - short * math.sin(a) * math.sin(turn),
                y + long * math.cos(a) * math.sin(turn) + short * math.sin(a) * math.cos(turn),
            )
            for a in np.linspace(0, 6.3, 40)
        ]
        c.line(ring, c.strong(k))
    for k in range(int(rng.integers(1, 6))):
        a, b = rng.uniform((80, 60), (400, 310), (2, 2))
        c.arrow(tuple(a), tuple(b), colour=c.strong(k)) if rng.random() < 0.6 else c.dashed(tuple(a), tuple(b))
        c.text(b[0] + 10, b[1] - 10, str(rng.choice(["w", "θ", "v1", "x*", "d", "L1"])))
    for _ in range(int(rng.integers(0, 4))):
        corners = [tuple(point) for point in rng.uniform((80, 60), (400, 310), (int(rng.integers(3, 5)), 2))]
        c.polygon(corners, c.colour(), clear=150)
    return c


def screen(look: Look, rng: Rng) -> Canvas:
    """A window of a program: bars, buttons, fields, lists, a picture."""
    c = Canvas(640, 440, look, rng)
    c.box(20, 20, 600, 400, c.shade(look.background, 0.96))
    c.box(20, 20, 600, 34, c.colour(0))
    for i in range(int(rng.integers(3, 7))):
        c.text(50 + 90 * i, 37, words.pick(rng, words.NOUNS), size=c.size * 0.8, colour=c.on(c.colour(0)), room=80)
    for i in range(int(rng.integers(3, 10))):
        c.box(34, 70 + 34 * i, 130, 26, c.colour(1), border=rng.random() < 0.5)
        c.text(42, 83 + 34 * i, words.phrase(rng, 2), anchor="lm", size=c.size * 0.8, room=115)
    if rng.random() < 0.6:
        c.paste(picture(rng, 160), 190, 80, 240, 190)
    for i in range(int(rng.integers(2, 10))):
        c.text(190, 290 + 20 * (i % 6), words.phrase(rng, 6), anchor="lm", size=c.size * 0.8, room=400)
    c.box(450, 90, 140, 30, look.background)
    c.box(450, 140, 90, 30, c.colour(2))
    c.text(495, 155, "OK", colour=c.on(c.colour(2)))
    return c
