"""Simulated networks of cuboids, and whole systems."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from extraction.simulate.kinds import words
from extraction.simulate.kinds.canvas import Canvas, Colour, Look, Point
from extraction.simulate.kinds.photos import picture

Rng = np.random.Generator


def cuboid(
    c: Canvas, x: float, y: float, wide: float, tall: float, deep: Point, fill: Colour | None, clear: int
) -> None:
    """Its front's lower left corner at x, y; `deep` is how far its back is moved right and up."""
    dx, dy = deep
    front = [(x, y), (x + wide, y), (x + wide, y - tall), (x, y - tall)]
    top = [(x, y - tall), (x + dx, y - tall - dy), (x + wide + dx, y - tall - dy), (x + wide, y - tall)]
    side = [(x + wide, y), (x + wide + dx, y - dy), (x + wide + dx, y - tall - dy), (x + wide, y - tall)]
    c.polygon(side, fill and c.shade(fill, 0.78), clear=clear)
    c.polygon(top, fill and c.shade(fill, 0.92 if clear == 255 else 1.05), clear=clear)
    c.polygon(front, fill, clear=clear)


def row_of_cuboids(look: Look, rng: Rng) -> Canvas:
    """Volumes from left to right, smaller and longer, perhaps larger again; slabs, blocks, long bars at the end."""
    count = int(rng.integers(3, 15))
    tall, angle = rng.uniform(110, 250), rng.uniform(0.35, 1.1)
    slope = rng.uniform(0.2, 0.55)
    back = rng.random() < 0.3
    gap = rng.uniform(-6, 60) if count > 7 else rng.uniform(8, 90)
    parts: list[tuple[float, float]] = []
    for i in range(count):
        t = i / (count - 1)
        share = abs(2 * t - 1) if back else 1 - t
        height = tall * (0.18 + 0.82 * share**0.8)
        parts.append((height, rng.uniform(6, 26) + (1 - share) * rng.uniform(0, 60)))
    ends = int(rng.integers(0, 4)) if not back else 0
    reach = [slope * height * math.cos(angle) for height, _ in parts]
    width = sum(wide + max(gap + r * rng.uniform(0.5, 1), 4) for (_, wide), r in zip(parts, reach, strict=True))
    c = Canvas(width + tall * 2 + ends * 90 + 160, tall * (1.3 + slope) + 170, look, rng)
    hollow = rng.random() < 0.3
    clear = int(rng.choice([255, 255, 170]))
    links = rng.choice(["arrow", "pyramid", "none"], p=[0.4, 0.25, 0.35])
    x, middle = 50.0, c.height / 2
    if rng.random() < 0.45:
        size = tall * rng.uniform(0.6, 1)
        if rng.random() < 0.5:
            c.paste(picture(rng), x, middle - size / 2, size, size)
        else:
            c.paste_slanted(picture(rng), x, middle - size / 2, size, size, (size * 0.5, -size * 0.3))
            size *= 0.5
        if rng.random() < 0.5:
            c.arrow((x + size + 4, middle), (x + size + 26, middle))
        x += size + 30
    numbers, names = rng.random() < 0.6, rng.random() < 0.4
    same = rng.random() < 0.4
    last: Point | None = None
    for i, (height, wide) in enumerate(parts):
        deep = (slope * height * math.cos(angle), slope * height * math.sin(angle))
        y = middle + height / 2 + deep[1] / 2
        fill = None if hollow else c.colour(0 if same else i % 4)
        if last is not None and links == "arrow" and gap > 14:
            c.arrow((last[0] + 2, middle), (x - 2, middle))
        cuboid(c, x, y, wide, height, deep, fill, clear)
        if links == "pyramid" and i + 1 < count and wide > 8:
            small = height * 0.25
            spot = (x + wide * 0.3, y - height * 0.6)
            if rng.random() < 0.6:
                cuboid(c, spot[0], spot[1], wide * 0.5, small, (deep[0] * 0.3, deep[1] * 0.3), None, clear)
            tip = (x + wide + deep[0] + max(gap, 6) + 6, middle)
            c.line([(spot[0] + wide * 0.5, spot[1]), tip], width=1)
            c.line([(spot[0] + wide * 0.5, spot[1] - small), tip], width=1)
        if numbers:
            c.text(x + wide / 2, y + 12, str(2 ** int(rng.integers(3, 11))), size=c.size * 0.8)
            if rng.random() < 0.5:
                c.text(x - 10, y - height / 2, str(int(height)), size=c.size * 0.7)
        if names and rng.random() < 0.6:
            c.text(
                x + wide / 2 + deep[0] / 2, y - height - deep[1] - 14, words.layer(rng).split("\n")[0], room=wide + 60
            )
        last = (x + wide + deep[0], y)
        x += wide + max(gap + deep[0] * 0.75, 4)
    x += 20
    for _ in range(ends):
        length = tall * rng.uniform(0.5, 1.0)
        if rng.random() < 0.6:
            cuboid(c, x, middle + length / 2, 8, length, (6, 5), None if hollow else c.colour(4), clear)
        else:
            lean = length * 0.35
            cuboid(c, x, middle + length / 2, 8, 8, (lean, length), None if hollow else c.colour(4), clear)
            x += lean
        x += 45
    if rng.random() < 0.25 and not hollow:
        for i in range(3):
            y = c.height - 20 - 22 * i
            c.box(60, y - 12, 16, 12, c.colour(i))
            c.text(84, y - 6, words.layer(rng).replace("\n", " "), anchor="lm", size=c.size * 0.9)
    return c


def towers_of_cuboids(look: Look, rng: Rng) -> Canvas:
    """Boxes with depth and words on their fronts, joined by arrows, from below or from the left, in several ways."""
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(1, 5))
    wide, tall = rng.uniform(60, 130), rng.uniform(24, 60)
    across = rng.random() < 0.4
    deep = (rng.uniform(8, 24), rng.uniform(6, 18))
    pitch_x, pitch_y = wide + deep[0] + rng.uniform(24, 60), tall + deep[1] + rng.uniform(18, 44)
    c = Canvas(pitch_x * columns + 100, pitch_y * rows + 110, look, rng)
    for j in range(rows):
        fill = c.colour(j)
        for i in range(columns):
            x, y = 50 + pitch_x * i, c.height - 40 - pitch_y * j
            cuboid(c, x, y, wide, tall, deep, fill, 255)
            if rng.random() < 0.8:
                c.text(x + wide / 2, y - tall / 2, words.layer(rng), room=wide * 0.9, size=min(c.size, tall * 0.35),
                       colour=c.on(fill))  # fmt: skip
            if across and i + 1 < columns:
                c.arrow((x + wide + deep[0] / 2 + 4, y - tall / 2), (x + pitch_x - 2, y - tall / 2))
            elif not across and j + 1 < rows:
                c.arrow((x + wide / 2 + deep[0] / 2, y - tall - deep[1] - 1), (x + wide / 2, y - pitch_y + 2))
    return c


def volumes_and_windows(look: Look, rng: Rng) -> Canvas:
    """Two or three large volumes, a window in the one that leads to a place in the next; units inside, sizes beside."""
    count = int(rng.integers(2, 4))
    tall = rng.uniform(130, 220)
    c = Canvas((tall * 1.6 + 120) * count + 60, tall * 1.9 + 100, look, rng)
    x, hollow, clear = 60.0, rng.random() < 0.4, int(rng.choice([255, 150]))
    spot: Point | None = None
    for i in range(count):
        height, wide = tall * rng.uniform(0.6, 1), tall * rng.uniform(0.1, 0.8)
        deep = (height * rng.uniform(0.25, 0.5), height * rng.uniform(0.2, 0.4))
        y = c.height / 2 + height / 2 + deep[1] / 2
        cuboid(c, x, y, wide, height, deep, None if hollow else c.colour(i), clear)
        if spot is not None:
            for off in (-14, 14):
                c.line([(spot[0], spot[1] + off), (x + wide * 0.3, y - height / 2)], width=1)
        if rng.random() < 0.5:
            for k in range(4):
                c.circle(x + wide * (k + 0.7) / 5, y - height / 2, max(3, wide / 14), c.colour(4))
        small = height * 0.25
        cuboid(c, x + wide * 0.5, y - height * 0.3, wide * 0.3, small, (deep[0] * 0.3, deep[1] * 0.3), None, clear)
        spot = (x + wide * 0.8, y - height * 0.3 - small / 2)
        c.text(x + wide / 2, y + 16, str(int(wide)))
        c.text(x - 18, y - height / 2, str(int(height)))
        if rng.random() < 0.6:
            c.text(
                x + wide / 2,
                y - height - deep[1] - 14,
                words.pick(rng, ("input feature map", "conv1", "output", "3D conv")),
            )
        x += wide + deep[0] + rng.uniform(70, 130)
    return c


# --- pipeline --------------------------------------------------------------------------------------------------------


def _cylinder(c: Canvas, x: float, y: float, wide: float, tall: float, fill: Colour) -> None:
    lid = tall * 0.16
    c.box(x, y + lid, wide, tall - 2 * lid, fill, border=False)
    for place in (y + tall - lid, y + lid):
        box = [value * 2 for value in (x, place - lid, x + wide, place + lid)]
        c.pen.ellipse(box, fill, c.ink if c.look.border else None, 2)
    if c.look.border:
        c.line([(x, y + lid), (x, y + tall - lid)])
        c.line([(x + wide, y + lid), (x + wide, y + tall - lid)])


def _part(c: Canvas, x: float, y: float, size: float, sort: str, rng: Rng) -> float:
    """A piece of a system in a square around x, y; half of the width that it takes."""
    half = size / 2
    if sort == "photo":
        c.paste(picture(rng), x - half, y - half, size, size)
    elif sort == "photos":
        for k in range(3):
            c.paste(picture(rng, 64), x - half + k * size * 0.15, y - half + k * size * 0.15, size * 0.7, size * 0.7)
    elif sort == "grid":
        for k in range(4):
            c.paste(picture(rng, 48), x - half + (k % 2) * half, y - half + (k // 2) * half, half * 0.94, half * 0.94)
    elif sort == "cylinder":
        fill = c.colour()
        _cylinder(c, x - half * 0.8, y - half * 0.8, size * 0.8, size * 0.8, fill)
        c.text(x, y + 6, words.pick(rng, words.DATA), room=size * 0.7, size=c.size * 0.8, colour=c.on(fill))
    elif sort == "volumes":
        for k in range(4):
            tall = size * (0.8 - 0.17 * k)
            deep = (size * 0.09, size * 0.08)
            cuboid(c, x - half + k * size * 0.24, y + tall / 2, size * 0.08, tall * 0.8, deep, c.colour(k), 255)
    elif sort == "funnel":
        way = 1 if rng.random() < 0.5 else -1
        left, right = (half * 0.9, half * 0.4)[::way], (half * 0.4, half * 0.9)[::way]
        fill = c.colour()
        c.polygon(
            [(x - half, y - left[0]), (x + half, y - right[0]), (x + half, y + right[0]), (x - half, y + left[0])], fill
        )
        c.text(x, y, words.pick(rng, words.STEPS), room=size * 0.85, size=c.size * 0.9, colour=c.on(fill))
    elif sort == "vector":
        for k in range(8):
            c.box(x - 7, y - half * 0.8 + k * size * 0.1, 14, size * 0.1, c.colour(k))
    elif sort == "points":
        for _ in range(26):
            a, b = rng.normal(0, size * 0.18, 2)
            c.circle(x + a, y + b, 3, c.colour(int(a > 0)))
        c.line([(x - half, y - half), (x - half, y + half), (x + half, y + half)])
    elif sort == "words":
        c.text(x, y, words.pick(rng, words.DATA), room=size)
    else:
        fill = c.colour()
        c.box(x - half, y - half * 0.55, size, size * 0.55, fill)
        c.text(x, y, words.pick(rng, words.STEPS), room=size * 0.88, size=min(c.size, size * 0.16), colour=c.on(fill))
    return half


_PARTS = ("box", "box", "box", "photo", "photos", "grid", "cylinder", "volumes", "funnel", "vector", "points", "words")


def system(look: Look, rng: Rng) -> Canvas:
    """Data, steps and models in rows, joined by arrows; pictures at the ends, panels around, titles above."""
    rows, columns = int(rng.choice([1, 1, 2, 2, 3, 4])), int(rng.integers(3, 8))
    size, gap = rng.uniform(80, 120), rng.uniform(26, 60)
    c = Canvas((size + gap) * columns + 120, (size + 56) * rows + 110, look, rng)
    panels = rng.random() < 0.4
    thick = rng.random() < 0.2
    places = []
    for j in range(rows):
        y = 60 + (size + 56) * (j + 0.5)
        if panels:
            fill = c.shade(c.colour(j), 1.03) if rng.random() < 0.5 else None
            first = int(rng.integers(0, columns - 1))
            last = int(rng.integers(first + 1, columns))
            x0, x1 = 46 + (size + gap) * first, 74 + (size + gap) * last + size
            if fill:
                c.box(x0, y - size / 2 - 22, x1 - x0, size + 40, fill)
            else:
                for top in (y - size / 2 - 22, y + size / 2 + 18):
                    c.dashed((x0, top), (x1, top))
                for side in (x0, x1):
                    c.dashed((side, y - size / 2 - 22), (side, y + size / 2 + 18))
            c.text((x0 + x1) / 2, y - size / 2 - 10, words.pick(rng, words.STEPS).replace("\n", " "), size=c.size * 0.9)
        row = []
        for i in range(columns):
            if i and i < columns - 1 and rng.random() < 0.08:
                continue
            sort = str(rng.choice(_PARTS))
            if i == 0:
                sort = str(rng.choice(["photo", "photo", "photos", "grid", "cylinder", "words"]))
            elif i == columns - 1:
                sort = str(rng.choice(["photo", "photo", "words", "box", "grid", "points"]))
            row.append((60 + (size + gap) * i + size / 2, y, sort))
        places.append(row)
    for row in places:
        for (x0, y, _), (x1, _, _) in pairwise(row):
            if thick and x1 - x0 < size + gap + 1:
                c.box(x0 + size / 2 + 3, y - 4, gap * 0.6, 8, c.colour(0), border=False)
                tip = x0 + size / 2 + gap - 3
                c.polygon([(tip - gap * 0.4, y - 11), (tip, y), (tip - gap * 0.4, y + 11)], c.colour(0), False)
            else:
                c.arrow((x0 + size / 2 + 3, y), (x1 - size / 2 - 3, y))
    for one, two in pairwise(places):
        for _ in range(int(rng.integers(1, 3))):
            a, b = one[int(rng.integers(len(one)))], two[int(rng.integers(len(two)))]
            if abs(a[0] - b[0]) < 1:
                c.arrow((a[0], a[1] + size / 2 + 3), (b[0], b[1] - size / 2 - 3))
            else:
                middle = (a[1] + b[1]) / 2
                c.arrow((a[0], a[1] + size / 2), (a[0], middle), (b[0], middle), (b[0], b[1] - size / 2 - 3))
    for row in places:
        for x, y, sort in row:
            _part(c, x, y, size, sort, rng)
            if rng.random() < 0.3 and sort not in ("words", "box"):
                c.text(
                    x,
                    y + size / 2 + 12,
                    words.pick(rng, words.DATA).split("\n")[0],
                    room=size + gap * 0.8,
                    size=c.size * 0.85,
                )
    return c


def column_of_steps(look: Look, rng: Rng) -> Canvas:
    """A system from top to bottom, what it makes of the data beside each step."""
    steps, size = int(rng.integers(3, 6)), rng.uniform(80, 120)
    c = Canvas(size * 6, (size + 30) * steps + 90, look, rng)
    shown = ["photo", "photos", "grid", "volumes", "points", "vector"]
    for i in range(steps):
        y = 50 + (size + 30) * (i + 0.5)
        _part(c, c.width * 0.3, y, size, "box" if rng.random() < 0.6 else str(rng.choice(_PARTS)), rng)
        for k in range(int(rng.integers(1, 4))):
            _part(c, c.width * 0.55 + k * size * 0.9, y, size * 0.8, str(rng.choice(shown)), rng)
        if i:
            c.arrow((c.width * 0.3, y - size / 2 - 28), (c.width * 0.3, y - size / 2 + (size * 0.2)))
        c.text(30, y, words.pick(rng, words.STEPS).replace("\n", " "), anchor="lm", room=c.width * 0.18)
    return c
