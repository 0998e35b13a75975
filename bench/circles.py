"""Figures of circles as authors draw them, with what they show: columns, rows, frames, single units, boxes beside.

A style is a function that draws on `Ink` and notes layers and connections by the conventions of the gold flows.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bench.ink import BLACK, WHITE, Ink, Point
from bench.units import Units, mesh, names, note, units
from extraction.flow.model import BBox, Connection


def perceptron(ink: Ink) -> None:
    """Columns from the left or rows from below, all joined."""
    rng = ink.rng
    network(ink, (0.0, 0.0), upright=bool(rng.random() < 0.7), largest=int(rng.integers(3, 9)))


def network(ink: Ink, corner: Point, *, upright: bool, largest: int, depth: int = 0, frame: str = "") -> BBox:
    """A network of columns or rows; where it stands."""
    rng = ink.rng
    depth = depth or int(rng.integers(2, 6))
    counts = [int(rng.integers(1 if k == depth - 1 else 2, largest + 1)) for k in range(depth)]
    pitch = float(rng.uniform(20, 34))
    radius = pitch * float(rng.uniform(0.22, 0.42))
    step = float(rng.uniform(1.8, 3.4)) * pitch
    letters = bool(rng.random() < 0.4) and radius > 7
    dots, bias, square = bool(rng.random() < 0.35), bool(rng.random() < 0.2), bool(rng.random() < 0.1)
    heads, grey = bool(rng.random() < 0.35), float(rng.choice([0.0, 0.0, 0.5, 0.7]))
    share = float(rng.choice([1.0, 1.0, 1.0, 0.35]))
    one_colour = rng.random() < 0.4
    labels = [""] * depth if letters and rng.random() < 0.5 else names(rng, depth)
    below = rng.random() < 0.5
    down = not upright and rng.random() < 0.2
    tall = (max(counts) - 1) * pitch + 2 * radius
    before: tuple[Units, str] | None = None
    boxes = []
    for k, count in enumerate(counts):
        along = radius + 10 + k * step
        across = corner[1] + tall / 2 + 14 if upright else corner[0] + tall / 2
        level = along if down else (depth - 1) * step + 2 * radius + 20 - along
        middle = (corner[0] + along, across) if upright else (across, corner[1] + level)
        letter = ("x" if k == 0 else "y" if k == depth - 1 else "h") if letters else ""
        found = units(
            ink, middle, count, upright=upright, pitch=pitch, radius=radius, fill=0 if one_colour else k,
            letter=letter, dots=dots, square=square, frame=frame, bias=bias and k < depth - 1,
        )  # fmt: skip
        if before:
            mesh(ink, before[0], found, heads=heads, share=share, grey=grey)
        spoken = labels[k] or " ".join(f"{letter}{n + 1}" for n in range(count) if letter)
        name = note(ink, found, k == 0, spoken, (before[1],) if before else (), dots and count > 3)
        if labels[k]:
            if upright:
                room = step / max(1, len(labels[k])) * 1.8
                y = found.box[3] + ink.size if below else found.box[1] - ink.size
                y = corner[1] + tall + 14 + ink.size if below and bias else y
                ink.text((middle[0], y), labels[k], size=min(ink.size, max(5.0, room)))
            else:
                ink.text((corner[0] + tall + 12, middle[1]), labels[k], "l")
        boxes.append(found.box)
        before = (found, name)
    return (
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
    )  # fmt: skip


def in_and_out(ink: Ink) -> None:
    """An autoencoder: it narrows and widens again, with the names of its halves."""
    rng = ink.rng
    upright = bool(rng.random() < 0.6)
    half = [int(v) for v in sorted(rng.choice(np.arange(2, 9), int(rng.integers(2, 4)), replace=False))[::-1]]
    counts = [*half, *half[-2::-1]]
    pitch, square = float(rng.uniform(18, 26)), bool(rng.random() < 0.3)
    step, radius = pitch * float(rng.uniform(2, 3.2)), pitch * float(rng.uniform(0.25, 0.42))
    tall, heads = max(counts) * pitch, bool(rng.random() < 0.3)
    before: tuple[Units, str] | None = None
    for k, count in enumerate(counts):
        along = radius + k * step
        length = (len(counts) - 1) * step + 2 * radius
        middle = (along, tall / 2) if upright else (tall / 2, length - along)
        found = units(
            ink, middle, count, upright=upright, pitch=pitch, radius=radius, fill=min(k, len(counts) - 1 - k),
            square=square,
        )  # fmt: skip
        if before:
            mesh(ink, before[0], found, heads=heads)
        label = {0: "input", len(half) - 1: "code", len(counts) - 1: "reconstruction"}.get(k, "")
        name = note(ink, found, k == 0, label, (before[1],) if before else ())
        if label and upright:
            ink.text((middle[0], tall + 10), label)
        elif label:
            ink.text((tall + 8, middle[1]), label, "l")
        before = (found, name)


def framed(ink: Ink) -> None:
    """Rows or columns in frames, one arrow from frame to frame; two may lead into one, one may be left out."""
    rng = ink.rng
    upright = bool(rng.random() < 0.5)
    frame = str(rng.choice(["round", "round", "square", "dashed"]))
    depth, pitch = int(rng.integers(2, 5)), float(rng.uniform(14, 24))
    radius, step = pitch * float(rng.uniform(0.3, 0.45)), pitch * float(rng.uniform(2.5, 4))
    two, labels = bool(rng.random() < 0.5), names(rng, depth)
    counts = [int(rng.integers(2, 7)) for _ in range(depth)]
    wide = (2 if two else 1) * 6 * pitch + 40
    length = depth * step
    before: list[tuple[Units, str]] = []
    for k, count in enumerate(counts):
        sides = (-1, 1) if two and k == 0 else (0,)
        now = []
        for side in sides:
            across, along = wide / 2 + side * (3 * pitch + 8), step * (k + 0.5)
            middle = (along, across) if upright else (across, length - along)
            found = units(
                ink, middle, count, upright=upright, pitch=pitch, radius=radius, fill=k + (side > 0), frame=frame
            )
            for other, _ in before:
                a, b = other.box, found.box
                if upright:
                    ends = ((a[2], (a[1] + a[3]) / 2), (b[0], (b[1] + b[3]) / 2))
                else:
                    ends = (((a[0] + a[2]) / 2, a[1]), ((b[0] + b[2]) / 2, b[3]))
                ink.arrow(*ends, dashed=bool(rng.random() < 0.1))
            label = labels[k] if side < 1 else "y" if labels[k] else ""
            name = note(ink, found, k == 0, label, tuple(name for _, name in before))
            if label and upright:
                ink.text(((found.box[0] + found.box[2]) / 2, found.box[1] - ink.size), label, size=min(ink.size, 8))
            elif label:
                left = side < 0 or rng.random() < 0.5
                at = (found.box[0] - 5 if left else found.box[2] + 5, middle[1])
                ink.text(at, label, "r" if left else "l")
            now.append((found, name))
        before = now


BOXES = (
    ("LSTM", "LSTM", {}), ("softmax", "Activation", {"activation": "softmax"}), ("Conv 3x3", "Conv2D", {}),
    ("Max pooling", "MaxPooling2D", {}), ("Dropout", "Dropout", {}), ("BatchNorm", "BatchNormalization", {}),
    ("GRU", "GRU", {}), ("Encoder", "Block", {}), ("ReLU", "Activation", {"activation": "relu"}),
)  # fmt: skip


def mixed(ink: Ink) -> None:
    """Columns or rows of circles and boxes with words in one way, arrows between; columns side by side are joined."""
    rng = ink.rng
    upright = bool(rng.random() < 0.7)
    pitch, gap = float(rng.uniform(12, 20)), float(rng.uniform(22, 40))
    radius, frame = pitch * float(rng.uniform(0.3, 0.45)), str(rng.choice(["", "round", "square"]))
    place, before, previous, last = 10.0, "", None, (0.0, 0.0, 0.0, 0.0)
    kinds = [bool(v) for v in rng.random(int(rng.integers(3, 7))) < 0.5]
    kinds = [*kinds, not all(kinds)] if all(kinds) or not any(kinds) else kinds
    tall = 7 * pitch
    total = sum((2 * radius + 4 if circles else 60 if upright else 22) + gap for circles in kinds)
    for k, circles in enumerate(kinds):
        thick = 2 * radius + 4 if circles else 60.0 if upright else 22.0
        middle = (place + thick / 2, tall / 2) if upright else (tall / 2, total - place - thick / 2)
        after = (before,) if before else ()
        found = None
        if circles:
            count = int(rng.integers(3, 7))
            found = units(ink, middle, count, upright=upright, pitch=pitch, radius=radius, fill=k, frame=frame)
            box, name = found.box, note(ink, found, k == 0, "", after)
        else:
            text, kind, params = BOXES[int(rng.integers(len(BOXES)))]
            half = (thick / 2, 17.0) if upright else (34.0, thick / 2)
            box = (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
            ink.rect(box, ink.palette[(k + 2) % 5] if sum(ink.palette[(k + 2) % 5]) > 1.5 else None)
            ink.text(middle, text, size=min(ink.size, 9))
            name = ink.shown.layer(kind, box, text, after, params=params)
        if before and found and previous and not frame and rng.random() < 0.7:
            mesh(ink, previous, found, heads=False)
        elif before:
            if upright:
                ink.arrow((last[2], tall / 2), (box[0], tall / 2))
            else:
                ink.arrow((tall / 2, last[1]), (tall / 2, box[3]))
        last, before, previous = box, name, found
        place += thick + gap


def beliefs(ink: Ink) -> None:
    """Rows above each other, the letters of layers beside them, weights between them."""
    rng = ink.rng
    depth, pitch = int(rng.integers(2, 5)), float(rng.uniform(24, 36))
    radius, step = pitch * float(rng.uniform(0.25, 0.36)), pitch * float(rng.uniform(1.8, 2.6))
    counts = [int(rng.integers(2, 8)) for _ in range(depth)]
    wide, heads = max(counts) * pitch, bool(rng.random() < 0.3)
    before: tuple[Units, str] | None = None
    for k, count in enumerate(counts):
        middle = (wide / 2, (depth - k) * step)
        label = "v" if k == 0 else f"h_{k}"
        found = units(ink, middle, count, upright=False, pitch=pitch, radius=radius, fill=k)
        if before:
            mesh(ink, before[0], found, heads=heads)
            ink.text((-26, middle[1] + step / 2), f"W_{k}", "r")
        ink.text((wide + 10, middle[1]), label, "l")
        before = (found, note(ink, found, k == 0, label, (before[1],) if before else ()))


def siamese(ink: Ink) -> None:
    """Two towers of columns that lead into one."""
    rng = ink.rng
    pitch = float(rng.uniform(14, 20))
    radius, step = pitch * 0.38, pitch * float(rng.uniform(2.2, 3))
    depth, heads = int(rng.integers(2, 4)), bool(rng.random() < 0.3)
    counts = [int(rng.integers(2, 6)) for _ in range(depth)]
    tall = 5 * pitch
    ends: list[tuple[Units, str]] = []
    for side in (0, 1):
        before: tuple[Units, str] | None = None
        for k, count in enumerate(counts):
            middle = (radius + step * k, tall / 2 + side * (tall + 2 * pitch))
            found = units(ink, middle, count, upright=True, pitch=pitch, radius=radius, fill=k)
            if before:
                mesh(ink, before[0], found, heads=heads)
            before = (found, note(ink, found, k == 0, "", (before[1],) if before else ()))
        if before:
            ends.append(before)
    for k in range(int(rng.integers(1, 3))):
        middle = (radius + step * (depth + k), tall + pitch)
        found = units(ink, middle, int(rng.integers(1, 5)), upright=True, pitch=pitch, radius=radius, fill=depth + k)
        for other, _ in ends:
            mesh(ink, other, found, heads=heads)
        ends = [(found, note(ink, found, False, "", tuple(name for _, name in ends)))]


def parts(ink: Ink) -> None:
    """Two small networks side by side, with marks below."""
    right = 0.0
    bottom, places = 0.0, []
    for mark in "ab":
        upright = bool(ink.rng.random() < 0.6)
        box = network(ink, (right, 0.0), upright=upright, largest=4, depth=int(ink.rng.integers(2, 4)))
        places.append(((box[0] + box[2]) / 2, f"({mark})"))
        right, bottom = ink.box[2] - 70 + 40, ink.box[3] - 70
    for x, mark in places:
        ink.text((x, bottom + 14), mark)


def single(ink: Ink) -> None:
    """A unit by itself: inputs with their weights, a sum, what comes out."""
    rng = ink.rng
    count, pitch, radius = int(rng.integers(2, 6)), float(rng.uniform(24, 36)), float(rng.uniform(12, 22))
    circles, weights = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    middle = (150.0, count * pitch / 2)
    places = [(12.0, (k + 0.5) * pitch) for k in range(count)]
    for k, place in enumerate(places):
        word = "1" if k == 0 and count > 3 else f"x_{k + 1}"
        if circles:
            ink.circle(place, 9, ink.palette[0])
        ink.text(place, word)
        away = math.dist(place, middle)
        start, end = ((11.0 if circles else 12.0) / away, 1 - radius / away)
        ends = [tuple(a + (b - a) * t for a, b in zip(place, middle, strict=True)) for t in (start, end)]
        ink.arrow(*ends)  # type: ignore[arg-type]
        if weights:
            at = (60.0, place[1] + (middle[1] - place[1]) * 48 / 138 - 6)
            ink.text(at, f"w_{k + 1}", size=8)
    sign = str(rng.choice(["f", "h", "g"]))
    ink.circle(middle, radius, ink.palette[1])
    ink.text(middle, sign, size=12, colour=WHITE if sum(ink.palette[1]) < 1.2 else BLACK)
    ink.arrow((150 + radius, middle[1]), (215 + radius, middle[1]))
    word = str(rng.choice(["y", "output"]))
    ink.text((218 + radius, middle[1]), word, "l")
    x = ink.shown.layer("Input", (3, 0.5 * pitch - 9, 21, (count - 0.5) * pitch + 9), "x1 x2")
    box = (150 - radius, middle[1] - radius, 150 + radius, middle[1] + radius)
    unit = ink.shown.layer("Dense", box, sign, (x,), params={"units": 1})
    ink.shown.layer("Output", (218 + radius, middle[1] - 5, 240 + radius, middle[1] + 5), word, (unit,))


def letters(ink: Ink) -> None:
    """Single circles with letters, arrows from each to the next: a recurrent network, folded or in time."""
    rng = ink.rng
    radius, gap = float(rng.uniform(10, 16)), float(rng.uniform(26, 44))
    fills = [ink.palette[k] if sum(ink.palette[k]) > 1.3 else WHITE for k in range(3)]
    steps = int(rng.integers(1, 5))
    pitch = 2 * radius + gap
    before = ""
    for t in range(steps):
        x = radius + t * pitch
        after = ""
        for k, letter in enumerate("xhy"):
            y = 2 * pitch - k * pitch
            mark = f"{letter}_{'t' if steps == 1 else t + 1}"
            box = ink.circle((x, y), radius, fills[k])
            ink.text((x, y), mark, size=min(ink.size + 2, radius))
            if k:
                ink.arrow((x, y + pitch - radius), (x, y + radius))
            sources = tuple(name for name in (after, before if k == 1 else "") if name)
            label = mark.replace("_", "")
            after = ink.shown.layer("Dense" if k else "Input", box, label, sources, params={"units": 1} if k else {})
            if k == 1:
                if before:
                    ink.arrow((x - pitch + radius, y), (x - radius, y))
                before = after
    if steps == 1 and rng.random() < 0.7:
        ink.bent((radius + 0.8 * radius, pitch + 0.6 * radius), (radius + 0.8 * radius, pitch - 0.6 * radius), -18)
        ink.shown.connections.append(Connection(before, before))


STYLES: dict[str, Callable[[Ink], None]] = {
    "perceptron": perceptron,
    "framed": framed,
    "mixed": mixed,
    "autoencoder": in_and_out,
    "beliefs": beliefs,
    "siamese": siamese,
    "parts": parts,
    "single": single,
    "letters": letters,
}


def draw(style: str, seed: int) -> Ink:
    """A figure of this style; the same seed gives the same drawing."""
    ink = Ink(np.random.default_rng((seed, tuple(STYLES).index(style))), "neurons")
    STYLES[style](ink)
    ink.finished()
    return ink
