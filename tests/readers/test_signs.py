"""Operators in circles, whatever their size, and lines told apart by colour."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from extraction.readers.areas import find_areas
from extraction.readers.inks import by_colour
from extraction.readers.signs import find_signs, sign_on


def circle(sign: str, radius: int, share: float, fill: str = "white", *, wires: bool = False) -> np.ndarray:
    """A circle of a radius with a sign of a share of its size in it."""
    picture = Image.new("RGB", (160, 120), "white")
    draw = ImageDraw.Draw(picture)
    x, y = 80, 60
    if wires:
        draw.line((0, y, x, y), fill="black", width=2)
        draw.line((x, y, x, 120), fill="black", width=2)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill, outline="black", width=2)
    r = share * radius
    lines = {
        "+": [(-r, 0, r, 0), (0, -r, 0, r)],
        "x": [(-r * 0.7, -r * 0.7, r * 0.7, r * 0.7), (-r * 0.7, r * 0.7, r * 0.7, -r * 0.7)],
        "-": [(-r, 0, r, 0)],
        "o": [],
    }[sign]
    for dx0, dy0, dx1, dy1 in lines:
        draw.line((x + dx0, y + dy0, x + dx1, y + dy1), fill="black", width=2)
    return np.asarray(picture)


@pytest.mark.parametrize("share", [0.4, 0.65, 1.0])
@pytest.mark.parametrize(("sign", "kind"), [("+", "Add"), ("x", "Multiply")])
@pytest.mark.parametrize("fill", ["white", "#bcd6f0"])
def test_a_sign_is_read_however_small_it_is_in_its_circle(sign: str, kind: str, share: float, fill: str) -> None:
    for wires in (False, True):
        signs = find_signs(circle(sign, 16, share, fill, wires=wires), 22.0)
        assert [box.operator for box in signs] == [kind]
        assert abs(signs[0].bbox[0] - 64) < 4
        assert abs(signs[0].bbox[3] - 76) < 4


def test_a_minus_is_a_difference_and_an_empty_circle_no_sign() -> None:
    assert [box.operator for box in find_signs(circle("-", 16, 0.6), 22.0)] == ["Subtract"]
    assert find_signs(circle("o", 16, 0.6), 22.0) == []


@pytest.mark.parametrize("fill", ["white", "#bcd6f0"])
def test_a_dot_in_a_circle_is_a_product(fill: str) -> None:
    picture = Image.fromarray(circle("o", 16, 0.6, fill, wires=True))
    ImageDraw.Draw(picture).ellipse((77, 57, 83, 63), fill="black")
    assert [box.operator for box in find_signs(np.asarray(picture), 22.0)] == ["Multiply"]


def test_lines_of_two_colours_that_cross_are_two() -> None:
    picture = Image.new("RGB", (120, 120), "white")
    draw = ImageDraw.Draw(picture)
    draw.line((10, 60, 110, 60), fill="black", width=3)
    draw.line((60, 10, 60, 110), fill=(40, 90, 220), width=3)
    image = np.asarray(picture)
    ink = (image.min(axis=2) < 200).astype(np.uint8)
    one, other = by_colour(ink, image)
    spans = sorted((int(np.ptp(np.nonzero(mask)[1])), int(np.ptp(np.nonzero(mask)[0]))) for mask in (one, other))
    assert spans == [(2, 100), (100, 2)]
    assert len(by_colour(ink, np.repeat((255 * (1 - ink))[..., None], 3, axis=2).astype(np.uint8))) == 1


@pytest.mark.parametrize(("sign", "kind"), [("+", "Add"), ("x", "Multiply")])
@pytest.mark.parametrize(("fill", "bold"), [("white", 12), ("#bcd6f0", 10)])
def test_bold_signs_that_fill_half_of_their_circle_are_seen(sign: str, kind: str, fill: str, bold: int) -> None:
    picture = Image.new("RGB", (400, 400), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((160, 160, 240, 240), fill, "black", bold)
    r = 38 if sign == "+" else 27
    lines = [(-r, 0, r, 0), (0, -r, 0, r)] if sign == "+" else [(-r, -r, r, r), (-r, r, r, -r)]
    for x0, y0, x1, y1 in [*lines, (40, 0, 100, 0), (-100, 0, -40, 0)]:
        draw.line((200 + x0, 200 + y0, 200 + x1, 200 + y1), "black", bold)
    small = picture.resize((100, 100), Image.Resampling.LANCZOS).resize((150, 150), Image.Resampling.BICUBIC)
    assert [box.operator for box in find_signs(np.asarray(small), 22.0)] == [kind]


def test_signs_of_a_few_pixels_are_seen() -> None:
    large = Image.new("RGB", (400, 200), "white")
    draw = ImageDraw.Draw(large)
    for x in (100, 300):
        draw.ellipse((x - 32, 68, x + 32, 132), outline="black", width=6)
    draw.line((100, 78, 100, 122), "#555555", 4)
    draw.line((78, 100, 122, 100), "#555555", 4)
    small = large.resize((66, 33), Image.Resampling.BOX)
    assert sign_on(np.asarray(small, dtype=np.uint8), (11.0, 11.0, 22.0, 22.0)) == "Add"
    assert sign_on(np.asarray(small, dtype=np.uint8), (44.0, 11.0, 55.0, 22.0)) == ""


@pytest.mark.parametrize("turned", [False, True])
def test_a_wave_in_a_circle_leaves_it_a_circle(turned: bool) -> None:
    picture = Image.new("RGB", (200, 200), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((70, 70, 130, 130), None, "black", 3)
    wave = [(70 + 60 * k / 40, 100 - 16 * math.sin(2 * math.pi * k / 40)) for k in range(41)]
    draw.line([(y, x) if turned else (x, y) for x, y in wave], "black", 3)
    image = np.asarray(picture, dtype=np.uint8)
    circles = [a.bbox for a in find_areas(image, 22.0, [(0, 0, 20, 10)]) if a.form == "circle"]
    assert len(circles) == 1
    assert all(abs(a - b) < 6 for a, b in zip(circles[0], (70, 70, 130, 130), strict=True))
