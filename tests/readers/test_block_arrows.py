"""Arrows drawn as areas, photographs, and wires that words cut in two."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from extraction.readers.block_arrows import find_block_arrows
from extraction.readers.bridges import bridged
from extraction.readers.nodes import Node
from extraction.readers.photos import find_photos
from extraction.readers.primitives import End, TextLine, Wire

ARROW = [(-40, -8), (10, -8), (10, -20), (40, 0), (10, 20), (10, 8), (-40, 8)]


@pytest.mark.parametrize("degrees", [0, 37, 90, 180, 270])
@pytest.mark.parametrize("fill", ["#1a237e", "white"])
def test_a_block_arrow_leads_from_its_shaft_to_its_tip(degrees: int, fill: str) -> None:
    picture = Image.new("RGB", (160, 160), "white")
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    points = [(80 + x * c - y * s, 80 + x * s + y * c) for x, y in ARROW]
    ImageDraw.Draw(picture).polygon(points, fill=fill, outline="black", width=2)
    (arrow,) = find_block_arrows(np.asarray(picture), 22.0)
    assert math.dist(arrow.tip, (80 + 40 * c, 80 + 40 * s)) < 6
    assert math.dist(arrow.tail, (80 - 40 * c, 80 - 40 * s)) < 6


def test_boxes_trapezoids_and_triangles_are_no_arrows() -> None:
    picture = Image.new("RGB", (400, 120), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((10, 30, 90, 80), fill="#cde", outline="black", width=2)
    draw.polygon([(110, 20), (190, 45), (190, 75), (110, 100)], fill="#cde", outline="black")
    draw.polygon([(220, 20), (280, 60), (220, 100)], fill="#cde", outline="black")
    draw.ellipse((300, 20, 380, 100), fill="#cde", outline="black")
    assert find_block_arrows(np.asarray(picture), 22.0) == []


def test_a_photograph_is_one_thing_and_a_box_is_none() -> None:
    rng = np.random.default_rng(3)
    picture = np.full((240, 420, 3), 255, dtype=np.uint8)
    coarse = rng.integers(40, 220, (20, 20, 3), dtype=np.uint8)
    picture[50:190, 30:170] = np.asarray(Image.fromarray(coarse).resize((140, 140), Image.Resampling.BICUBIC))
    picture[80:150, 230:390] = (200, 220, 250)
    ((x0, y0, x1, y1),) = find_photos(picture, 22.0)
    assert max(abs(x0 - 30), abs(y0 - 50), abs(x1 - 170), abs(y1 - 190)) < 8


def _text(text: str, x0: float, y0: float, x1: float, y1: float) -> Node:
    return Node((x0, y0, x1, y1), None, [TextLine(text, (x0, y0, x1, y1))])


def _line(x0: float, x1: float, y: float) -> Wire:
    return Wire((End((x0, y), False, (-1.0, 0.0)), End((x1, y), False, (1.0, 0.0))))


def test_a_wire_goes_on_behind_a_word_on_it_but_ends_at_one_in_its_way() -> None:
    wires = [_line(0, 100, 50), _line(160, 260, 50)]
    (whole,) = bridged(wires, [_text("hundreds", 102, 28, 158, 50)], 20.0)
    assert {end.point for end in whole.ends} == {(0, 50), (260, 50)}
    assert whole.pairs == ((0, 1),)
    assert len(bridged(wires, [_text("features", 102, 40, 158, 60)], 20.0)) == 2
    assert len(bridged(wires, [_text("max pool", 102, 28, 158, 50)], 20.0)) == 2
