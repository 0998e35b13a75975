"""Arrows that meet where they begin or end, and small open heads at circles."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from extraction.readers.primitives import Point, TextLine, Wire, distance
from extraction.readers.raster import read_raster

#: A word of its own, so that lines of text are as high as in other figures.
TEXT = TextLine("word", (20, 200, 60, 216))
SQUARE = (30, 80, 50, 100)


def arrow(draw: ImageDraw.ImageDraw, a: Point, b: Point, long: float = 10) -> None:
    draw.line((*a, *b), fill="black", width=2)
    angle = math.atan2(b[1] - a[1], b[0] - a[0])
    barbs = [(b[0] - long * math.cos(angle + off), b[1] - long * math.sin(angle + off)) for off in (-0.4, 0.4)]
    draw.polygon([b, *barbs], fill="black")


def joined(wires: list[Wire], one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether a line leads from one box to another, where alone it has a head."""

    def at(point: Point, box: tuple[float, ...]) -> bool:
        return distance(point, (box[0], box[1], box[2], box[3])) < 8

    return any(
        not wire.ends[i].head and wire.ends[j].head and at(wire.ends[i].point, one) and at(wire.ends[j].point, other)
        for wire in wires
        for pair in wire.links
        for i, j in (pair, pair[::-1])
    )


def test_arrows_that_leave_a_box_at_one_place_all_come_from_it() -> None:
    picture = Image.new("RGB", (300, 230), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle(SQUARE, fill="lightblue")
    boxes = [(140, y, 200, y + 20) for y in (20, 80, 140)]
    for x0, y0, x1, y1 in boxes:
        draw.rectangle((x0, y0, x1, y1), fill="violet", outline="black")
        arrow(draw, (51, 90), (x0 - 1, (y0 + y1) / 2))
    wires = read_raster(np.asarray(picture), [TEXT]).wires
    assert all(joined(wires, SQUARE, box) for box in boxes)


def test_arrows_that_end_at_one_place_of_a_circle_all_lead_to_it() -> None:
    picture = Image.new("RGB", (300, 230), "white")
    draw = ImageDraw.Draw(picture)
    circle = (150, 50, 230, 130)
    draw.ellipse(circle, outline="black", width=3)
    boxes = [(20, y, 60, y + 20) for y in (20, 80, 140)]
    for x0, y0, x1, y1 in boxes:
        draw.rectangle((x0, y0, x1, y1), fill="violet", outline="black")
        arrow(draw, (x1 + 1, (y0 + y1) / 2), (149, 90), 7)
    wires = read_raster(np.asarray(picture), [TEXT]).wires
    assert all(joined(wires, box, circle) for box in boxes)


def test_an_open_head_of_few_pixels_is_seen_at_a_circle() -> None:
    big = Image.new("RGB", (1200, 920), "white")
    draw = ImageDraw.Draw(big)
    box, circle = (20, 70, 60, 110), (150, 74, 182, 106)
    draw.rectangle(tuple(4 * v for v in box), fill="violet")
    draw.ellipse(tuple(4 * v for v in circle), outline="black", width=5)
    for x0, y0, x1, y1 in ((60, 90, 150, 90), (166, 74, 166, 30), (166, 150, 166, 106), (182, 90, 260, 90)):
        draw.line((4 * x0, 4 * y0, 4 * x1, 4 * y1), fill="black", width=5)
    draw.line((584, 344, 600, 360, 584, 376), fill="black", width=5)
    picture = np.asarray(big.resize((300, 230), Image.Resampling.BOX))
    assert joined(read_raster(picture, [TEXT]).wires, box, circle)
