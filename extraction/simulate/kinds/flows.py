"""Simulated networks of flat boxes and of stacks of squares. Each function draws one sort of figure."""

from __future__ import annotations

import numpy as np

from extraction.simulate.kinds import words
from extraction.simulate.kinds.canvas import Canvas, Colour, Look, Point
from extraction.simulate.kinds.photos import picture

Rng = np.random.Generator


# --- box2d -----------------------------------------------------------------------------------------------------------


def chain_of_boxes(look: Look, rng: Rng) -> Canvas:
    """A tower or a row of boxes with shortcuts, branches, plus signs; one or several beside each other."""
    towers, down = int(rng.choice([1, 1, 1, 2, 3])), bool(rng.random() < 0.6)
    wide, high, gap = rng.uniform(95, 190), rng.uniform(26, 56), rng.uniform(16, 46)
    steps = int(rng.integers(3, 15 if down else 8))
    step = (high if down else wide) + gap
    span = wide * 2.1 if down else high * 3.2
    along, across = step * (steps + 1) + 60, span * towers + 40
    c = Canvas(*((across, along) if down else (along, across)), look, rng)
    upward, heads, skip_share = rng.random() < 0.35, rng.random() < 0.9, rng.random() * 0.5
    by_word: dict[str, Colour] = {}
    one_colour = rng.random() < 0.3
    for tower in range(towers):
        side = 20 + span * (tower + 0.5)
        previous, branch_until = None, -1
        for i in range(steps):
            place = 30 + step * (i + 0.5)
            x, y = (side, place) if down else (place, side)
            if down and upward:
                y = c.height - y
            text = words.pick(rng, words.ENDS) if i == 0 else words.layer(rng)
            if i == steps - 1:
                text = words.pick(rng, words.RESULTS)
            fill = by_word.setdefault(text.split()[0].split("(")[0], c.colour(0 if one_colour else len(by_word)))
            branches = 1
            if 0 < i < steps - 1 and rng.random() < 0.12:
                branches = int(rng.integers(2, 4))
            size = high * 0.42
            if rng.random() < 0.1 and 1 < i < steps - 1:
                c.circle(x, y, size)
                c.text(x, y, str(rng.choice(["+", "×", "C"])), size=size * 1.5)
                half = size
            elif branches > 1:
                small = (wide * 1.9 if down else high * 2.8) / branches
                for k in range(branches):
                    off = (k - (branches - 1) / 2) * small
                    px, py = (x + off, y) if down else (x, y + off)
                    bw, bh = (small * 0.86, high) if down else (wide, small * 0.8)
                    c.box(px - bw / 2, py - bh / 2, bw, bh, fill)
                    c.text(px, py, text, room=bw * 0.9, colour=c.on(fill), size=min(c.size, bh * 0.35))
                half = (high if down else wide) / 2
            else:
                bare = i in (0, steps - 1) and rng.random() < 0.4
                if not bare:
                    c.box(x - wide / 2, y - high / 2, wide, high, fill)
                c.text(x, y, text, room=wide * 0.9, colour=c.ink if bare else c.on(fill), size=min(c.size, high * 0.5))
                half = (high if down else wide) / 2
            if previous is not None:
                px, py, before = previous
                sign = -1 if down and upward else 1
                ends = [(px, py + sign * before), (x, y - sign * half)] if down else [(px + before, py), (x - half, y)]
                c.arrow(*ends) if heads else c.line(ends)
                if rng.random() < skip_share and i > branch_until and i < steps - 1:
                    branch_until = i + int(rng.integers(1, 4))
                    out = wide * 0.75 if down else high * 1.15
                    far = step * (branch_until - i + 1)
                    if down:
                        end = y + sign * (far - step)
                        if 20 < end < c.height - 20:
                            c.arrow((px + wide / 2, py), (px + out, py), (px + out, end), (px + wide / 2, end))
                    elif x + far - step < c.width - 20:
                        end = x + far - step
                        c.arrow((px, py - high / 2), (px, py - out), (end, py - out), (end, py - high / 2))
            previous = (x, y, half)
    if towers > 1 and rng.random() < 0.6 and down:
        for tower in range(towers - 1):
            y = c.height * rng.uniform(0.3, 0.7)
            c.arrow((20 + span * (tower + 0.5) + wide / 2, y), (20 + span * (tower + 1.5) - wide / 2, y))
    return c


def graph_of_boxes(look: Look, rng: Rng) -> Canvas:
    """Layers of boxes with more than one way between them, in groups: modules, attention, cells."""
    rows, pitch_y, pitch_x = int(rng.integers(3, 8)), rng.uniform(62, 96), rng.uniform(130, 180)
    counts = [int(rng.integers(1, 5)) for _ in range(rows)]
    c = Canvas(pitch_x * max(counts) + 120, pitch_y * rows + 100, look, rng)
    wide, high = pitch_x * rng.uniform(0.6, 0.85), pitch_y * rng.uniform(0.4, 0.6)
    places: list[list[Point]] = []
    for j, count in enumerate(counts):
        y = c.height - 50 - pitch_y * (j + 0.5)
        places.append([(c.width / 2 + (i - (count - 1) / 2) * pitch_x, y) for i in range(count)])
    if rng.random() < 0.4:
        low, top = sorted(rng.choice(rows, 2, replace=False))
        y0, y1 = places[top][0][1] - pitch_y * 0.45, places[low][0][1] + pitch_y * 0.45
        corners = [(30, y0), (c.width - 30, y0), (c.width - 30, y1), (30, y1)]
        if rng.random() < 0.6:
            for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
                c.dashed(a, b)
        else:
            c.box(30, y0, c.width - 60, y1 - y0, c.shade(c.colour(5), 1.05))
        c.text(c.width - 60, y0 + 12, "×N", anchor="rm")
    straight = rng.random() < 0.6
    for j in range(rows - 1):
        ways = set()
        for i in range(counts[j]):
            ways.add((i, min(counts[j + 1] - 1, i * counts[j + 1] // counts[j])))
        for k in range(counts[j + 1]):
            ways.add((min(counts[j] - 1, k * counts[j] // counts[j + 1]), k))
        for i, k in sorted(ways):
            (x0, y0), (x1, y1) = places[j][i], places[j + 1][k]
            start, end = (x0, y0 - high / 2), (x1, y1 + high / 2)
            middle = (start[1] + end[1]) / 2
            c.arrow(start, end) if straight else c.arrow(start, (x0, middle), (x1, middle), end)
    round_cells = rng.random() < 0.2
    for j, row in enumerate(places):
        same = words.layer(rng) if rng.random() < 0.5 else None
        for i, (x, y) in enumerate(row):
            fill = c.colour(j if rng.random() < 0.8 else i)
            text = same or words.layer(rng)
            if j == 0:
                text = f"x{i + 1}" if rng.random() < 0.5 else words.pick(rng, words.ENDS)
            elif j == rows - 1:
                text = words.pick(rng, words.RESULTS)
            if round_cells and j % 2:
                c.circle(x, y, high * 0.5, fill)
                c.text(x, y, str(rng.choice(["σ", "+", "×", "tanh"])), size=high * 0.4, colour=c.on(fill))
            else:
                c.box(x - wide / 2, y - high / 2, wide, high, fill)
                c.text(x, y, text, room=wide * 0.9, size=min(c.size, high * 0.45), colour=c.on(fill))
    return c


def bars_in_a_row(look: Look, rng: Rng) -> Canvas:
    """Tall narrow boxes whose heights are sizes: flat encoders, with or without decoders, letters turned."""
    count, high = int(rng.integers(5, 16)), rng.uniform(170, 330)
    wide, gap = rng.uniform(14, 46), rng.uniform(6, 40)
    c = Canvas((wide + gap) * count + 160, high + 150, look, rng)
    there_and_back, arrows, inside = (
        rng.random() < 0.5,
        gap > 14 and rng.random() < 0.8,
        wide > 20 and rng.random() < 0.7,
    )
    for i in range(count):
        share = abs(2 * i / (count - 1) - 1) if there_and_back else 1 - i / count * rng.uniform(0.6, 0.9)
        tall = high * (0.25 + 0.75 * share)
        x, fill = 80 + (wide + gap) * i, c.colour(i % int(rng.integers(1, 4)))
        c.box(x, c.height / 2 - tall / 2, wide, tall, fill)
        text = words.layer(rng).replace("\n", " ")
        if inside:
            c.text(x + wide / 2, c.height / 2, text, size=min(c.size, wide * 0.6, tall * 1.6 / len(text)), turned=True,
                   colour=c.on(fill))  # fmt: skip
        else:
            c.text(x + wide / 2, c.height / 2 + tall / 2 + 12, str(2 ** int(rng.integers(4, 10))), size=c.size * 0.8)
        if arrows and i:
            c.arrow((x - gap, c.height / 2), (x, c.height / 2), size=min(gap * 0.5, 10))
    if there_and_back:
        for i in range(count // 2 - 1):
            y = c.height / 2 - high * (0.25 + 0.75 * abs(2 * i / (count - 1) - 1)) / 2
            if rng.random() < 0.6:
                xs = (80 + (wide + gap) * i + wide / 2, 80 + (wide + gap) * (count - 1 - i) + wide / 2)
                c.arrow((xs[0], y), (xs[0], y - 14), (xs[1], y - 14), (xs[1], y))
    return c


# --- stacked2d -------------------------------------------------------------------------------------------------------


def stack(
    c: Canvas, x: float, y: float, side: float, tall: float, count: int, shift: Point, fill: Colour | None, rng: Rng,
    slant: Point | None = None, show: bool = False,
) -> tuple[float, float]:  # fmt: skip
    """Squares behind each other, the last in front; the width and height that they take."""
    dx, dy = shift
    for i in range(count):
        px, py = x + dx * i, y + dy * i
        if slant:
            sx, sy = slant
            corners = [(px, py), (px + sx, py + sy), (px + sx, py + sy + tall), (px, py + tall)]
            c.polygon(corners, fill or c.look.background, border=True)
        elif show:
            c.paste(picture(rng, 64), px, py, side, tall)
            c.line([(px, py), (px + side, py), (px + side, py + tall), (px, py + tall), (px, py)])
        else:
            corners = [(px, py), (px + side, py), (px + side, py + tall), (px, py + tall)]
            c.polygon(corners, fill or c.look.background, border=True)
    return side + abs(dx) * (count - 1), tall + abs(dy) * (count - 1)


_TITLES = ("C1: feature maps", "S2", "conv1", "pool1", "Feature maps", "Convolution", "Subsampling")


def stacks_of_maps(look: Look, rng: Rng) -> Canvas:
    """LeNet's way: feature maps as stacks of squares that get smaller and more, then bars or columns of units."""
    stages = int(rng.integers(3, 8))
    side, shrink = rng.uniform(90, 190), rng.uniform(0.6, 0.88)
    step, gap = rng.uniform(3, 9), rng.uniform(18, 70)
    counts = [int(rng.integers(1, 4)), *(int(rng.integers(3, 10)) for _ in range(stages - 1))]
    fall = step * float(rng.choice([1, 1, -1]))
    slant_share = rng.uniform(0.25, 0.6) if rng.random() < 0.35 else None
    ends = int(rng.integers(0, 3))
    total = sum(side * shrink**i + step * counts[i] + gap for i in range(stages))
    c = Canvas(total + 120 * ends + 120, side * 1.9 + 150, look, rng)
    middle, x = c.height / 2, 50.0
    plain, photos, names = rng.random() < 0.4, rng.random() < 0.25, rng.random() < 0.8
    one = c.colour(0)
    links = rng.choice(["pyramid", "arrow", "lines", "none"], p=[0.4, 0.25, 0.15, 0.2])
    behind: tuple[float, float] | None = None
    for i in range(stages):
        size = side * shrink**i
        count = counts[i]
        fill = None if plain else one if rng.random() < 0.5 else c.colour(i)
        slant = None if slant_share is None else (size * slant_share, -size * slant_share * 0.6)
        top = middle - size / 2 - fall * (count - 1) / 2 + (0 if slant is None else slant[0] * 0.3)
        if i == 0 and rng.random() < 0.5 and slant is None:
            c.paste(picture(rng), x, middle - size / 2, size, size)
            wide = size
        else:
            wide, _ = stack(
                c, x, top, size, size, count, (step, fall), fill, rng, slant, photos and i > 0 and slant is None
            )
            if slant:
                wide = slant[0] + step * (count - 1)
        if names:
            c.text(x + wide / 2, middle + size * 0.62 + 26, f"{counts[i] * 8}@{int(size)}x{int(size)}", room=wide + gap)
            if rng.random() < 0.5:
                title = words.pick(rng, _TITLES)
                c.text(x + wide / 2, middle - size * 0.75 - 22, title, room=wide + gap)
        if behind is not None:
            bx, small = behind
            if links == "pyramid":
                small *= 0.3
                corner = (bx - small * 2, middle - small / 2)
                c.polygon([corner, (corner[0] + small, corner[1]), (corner[0] + small, corner[1] + small),
                           (corner[0], corner[1] + small)], None, True)  # fmt: skip
                tip = (x + size * 0.4, middle + size * 0.1)
                c.line([(corner[0] + small, corner[1]), tip], width=1)
                c.line([(corner[0] + small, corner[1] + small), tip], width=1)
            elif links == "arrow":
                c.arrow((bx + 4, middle), (x - 4, middle))
            elif links == "lines":
                c.line([(bx, middle - small / 2), (x, middle - size / 2)], width=1)
                c.line([(bx, middle + small / 2), (x, middle + size / 2)], width=1)
        behind = (x + wide, size)
        x += wide + gap
    for _ in range(ends):
        tall, units = side * rng.uniform(0.6, 1.1), int(rng.integers(5, 12))
        if rng.random() < 0.5:
            for k in range(units):
                c.circle(x + 8, middle + (k - units / 2) * tall / units, tall / units * 0.4, c.colour(1))
        else:
            c.box(x, middle - tall / 2, 12, tall, c.colour(2))
        c.line([(x - gap, middle - side * 0.2), (x, middle - tall / 2)], width=1)
        c.line([(x - gap, middle + side * 0.2), (x, middle + tall / 2)], width=1)
        x += 16 + gap
    return c


def planes_above_each_other(look: Look, rng: Rng) -> Canvas:
    """Grids seen at a slant, one above the other: receptive fields, pyramids of maps."""
    planes, wide, gap = int(rng.integers(2, 5)), rng.uniform(170, 280), rng.uniform(70, 120)
    c = Canvas(wide * 2.2 + 160, gap * planes + wide * 0.6 + 80, look, rng)
    lean, depth = rng.uniform(0.25, 0.6), rng.uniform(0.3, 0.5)
    same = rng.random() < 0.5
    for i in range(planes):
        size = wide if same else wide * 0.72**i
        x, y = 80 + (wide - size) / 2, c.height - 60 - gap * i
        cells, fill = int(rng.integers(2, 7)), c.colour(i)

        def at(u: float, v: float, x: float = x, y: float = y, size: float = size) -> Point:
            return x + u * size + v * size * lean, y - v * size * depth

        c.polygon([at(0, 0), at(1, 0), at(1, 1), at(0, 1)], fill, True)
        if rng.random() < 0.7:
            for k in range(1, cells):
                c.line([at(k / cells, 0), at(k / cells, 1)], width=1)
                c.line([at(0, k / cells), at(1, k / cells)], width=1)
        if i:
            below = wide if same else wide * 0.72 ** (i - 1)
            for u, v in ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)):
                bx, by = 80 + (wide - below) / 2, y + gap
                c.line([at(0.5, 0.5), (bx + u * below + v * below * lean, by - v * below * depth)], width=1)
        c.text(
            x + size * (1 + lean) + 16,
            y - 14,
            f"{words.pick(rng, ('conv', 'layer ', 'F', 'map '))}{i + 1}",
            anchor="lm",
        )
    return c
