"""Circles of one layer and the lines between two, drawn and noted down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench.ink import BLACK, WHITE, Ink, Point
from extraction.flow.model import BBox

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Units:
    """Circles of one layer that are drawn."""

    at: tuple[Point, ...]
    radius: float
    box: BBox


def units(
    ink: Ink, middle: Point, count: int, *, upright: bool, pitch: float, radius: float, fill: int = 0,
    letter: str = "", dots: bool = False, square: bool = False, frame: str = "", bias: bool = False,
) -> Units:  # fmt: skip
    """A column or row of circles; where `dots`, the last but one is left out."""
    places = []
    for k in range(count):
        off = (k - (count - 1) / 2) * pitch
        places.append((middle[0], middle[1] + off) if upright else (middle[0] + off, middle[1]))
    out = count - 2 if dots and count > 3 else -1
    x0, y0, x1, y1 = (*places[0], *places[-1])
    box = (x0 - radius, y0 - radius, x1 + radius, y1 + radius)
    if frame:
        room = 0.35 * radius + 2
        box = (box[0] - room, box[1] - room, box[2] + room, box[3] + room)
        ink.rect(box, round=frame == "round", dashed=frame == "dashed")
    colour = ink.palette[fill % 5]
    for k, (x, y) in enumerate(places):
        if k == out:
            ink.dots((x, y), min(0.25 * pitch, 4.0), upright)
            continue
        if square:
            ink.rect((x - radius, y - radius, x + radius, y + radius), colour)
        else:
            ink.circle((x, y), radius, colour)
        word = "1" if bias and k == 0 else f"{letter}_{'n' if out >= 0 and k == count - 1 else k + 1}"
        dark = sum(colour) < 1.2
        if letter and radius > 6:
            ink.text((x, y), word, size=min(1.1 * radius, 10), colour=WHITE if dark else BLACK)
    return Units(tuple(p for k, p in enumerate(places) if k != out), radius, box)


def mesh(ink: Ink, one: Units, two: Units, *, heads: bool, share: float = 1.0, grey: float = 0.0) -> None:
    """Lines from each circle of one layer to each, or to those level with it, of the next."""
    colour = (grey, grey, grey)
    for i, a in enumerate(one.at):
        for j, b in enumerate(two.at):
            level = abs(i / max(1, len(one.at) - 1) - j / max(1, len(two.at) - 1))
            if share < 1 and level > share and len(one.at) > 1 and len(two.at) > 1:
                continue
            away = math.dist(a, b)
            ends = [
                (p[0] + (q[0] - p[0]) * r / away, p[1] + (q[1] - p[1]) * r / away)
                for p, q, r in ((a, b, one.radius), (b, a, two.radius))
            ]
            if heads:
                ink.arrow(*ends)
            else:
                ink.line(*ends, colour=colour, width=0.7 * ink.stroke)


def names(rng: Rng, count: int) -> list[str]:
    """What layers are called, from the input on; empty where nothing is written."""
    sort = int(rng.integers(5))
    between = range(1, count - 1)
    return (
        ["Input layer", *(f"Hidden layer {k}" for k in between), "Output layer"],
        ["input", *(f"hidden {k}" for k in between), "output"],
        ["x", *(f"h_{k}" for k in between), "y"],
        ["visible", *(f"hidden {k}" for k in between), "label"],
        [""] * count,
    )[sort]


def count_of(n: int, dots: bool) -> dict[str, int]:
    """Units are counted where all are drawn."""
    return {} if dots and n > 3 else {"units": n}


def note(ink: Ink, found: Units, first: bool, label: str, after: tuple[str, ...], dots: bool = False) -> str:
    kind = "Input" if first else "Dense"
    params = {} if first else count_of(len(found.at) + dots, dots)
    return ink.shown.layer(kind, found.box, label.replace("_", ""), after, params=params)
