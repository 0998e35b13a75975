"""Photographs: with flat parts, on one another, with letters in them; and what only looks like one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from extraction.readers.photos import find_photos
from extraction.readers.primitives import TextLine
from extraction.readers.raster import read_raster

UNIT = 22.0
Box = tuple[int, int, int, int]


def _paper(width: int = 480, height: int = 260) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 255, dtype=np.uint8)


def _photograph(picture: NDArray[np.uint8], box: Box, seed: int = 3) -> None:
    x0, y0, x1, y1 = box
    coarse = np.random.default_rng(seed).integers(40, 220, ((y1 - y0) // 7, (x1 - x0) // 7, 3), dtype=np.uint8)
    fine = Image.fromarray(coarse).resize((x1 - x0, y1 - y0), Image.Resampling.BICUBIC)
    picture[y0:y1, x0:x1] = np.asarray(fine)


def _near(found: tuple[float, ...], wanted: Box) -> bool:
    return max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 6


def test_a_sky_belongs_to_a_photograph_and_lines_at_its_sides_do_not() -> None:
    picture = _paper()
    picture[40:120, 40:220] = (225, 228, 232)
    _photograph(picture, (40, 120, 220, 200))
    picture[118:122, 220:460] = 0  # arrows
    picture[150:240, 18:21] = (240, 190, 40)
    picture[150:153, 18:40] = (240, 190, 40)
    (found,) = find_photos(picture, UNIT)
    assert _near(found, (40, 40, 220, 200))


def test_photographs_that_lie_on_one_another_are_one() -> None:
    picture = _paper()
    for k in range(3):
        _photograph(picture, (40 + 40 * k, 40 + 30 * k, 160 + 40 * k, 130 + 30 * k), seed=k)
    (found,) = find_photos(picture, UNIT)
    assert _near(found, (40, 40, 240, 190))


def test_photographs_that_stand_close_are_two() -> None:
    picture = _paper()
    _photograph(picture, (40, 20, 160, 120))
    _photograph(picture, (40, 130, 160, 230), seed=4)
    found = sorted(find_photos(picture, UNIT), key=lambda box: box[1])
    assert [_near(box, wanted) for box, wanted in zip(found, [(40, 20, 160, 120), (40, 130, 160, 230)], strict=True)]


def test_a_photograph_ends_at_a_box_that_touches_it() -> None:
    picture = _paper()
    _photograph(picture, (40, 40, 200, 200))
    picture[60:180, 200:330] = (200, 220, 250)
    (found,) = find_photos(picture, UNIT, [(200, 60, 330, 180)])
    assert _near(found, (40, 40, 200, 200))


def test_letters_in_a_photograph_are_no_label_and_bars_with_words_no_photograph() -> None:
    image = Image.new("RGB", (560, 260), "white")
    draw = ImageDraw.Draw(image)
    for k in range(4):
        draw.rectangle((320, 40 + 44 * k, 520, 76 + 44 * k), "#cfe0f5", "black", 2)
    picture = np.array(image)
    _photograph(picture, (40, 40, 240, 200))
    texts = [TextLine("STATE", (80, 100, 190, 124))]
    texts += [TextLine("dense", (380, 48 + 44 * k, 450, 68 + 44 * k)) for k in range(4)]
    drawing = read_raster(picture, texts, printed=True)
    assert [text.text for text in drawing.texts] == ["dense"] * 4
    assert sorted(box.shape for box in drawing.boxes) == ["other", *["rect"] * 4]
