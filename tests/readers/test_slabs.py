"""Cuboids that stand before one another or show through one another: their fronts tell them apart."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from extraction.flow.model import Flow
from extraction.readers import read_image
from extraction.readers.slabs import find_slabs
from extraction.readers.volumes import find_volumes

ORANGE = (250, 225, 190)


def _slab(picture: Image.Image, x: int, y: int, w: int, h: int, fill: tuple[int, int, int], clear: int = 255) -> None:
    """Its front's upper left corner at x, y; its depth is half its height."""
    over = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw, d = ImageDraw.Draw(over), h // 2
    for face in (
        ((x + w, y), (x + w + d, y - d), (x + w + d, y + h - d), (x + w, y + h)),
        ((x, y), (x + d, y - d), (x + w + d, y - d), (x + w, y)),
        ((x, y), (x + w, y), (x + w, y + h), (x, y + h)),
    ):
        draw.polygon(face, fill=(*fill, clear), outline="black")
    picture.paste(over, (0, 0), over)


@pytest.mark.parametrize("clear", [255, 170])
def test_slabs_that_hide_most_of_one_another_are_told_apart(clear: int) -> None:
    picture = Image.new("RGB", (620, 420), "white")
    places = ((60, 160, 240), (84, 160, 240), (150, 210, 140), (172, 210, 140), (260, 240, 80))
    for x, y, tall in places:
        _slab(picture, x, y, 12, tall, ORANGE, clear)
    found = sorted(slab.front for slab in find_slabs(np.asarray(picture), 20.0))
    assert [front[:2] for front in found] == [pytest.approx(place[:2], abs=3) for place in places]


def test_what_is_drawn_on_a_cuboid_is_none() -> None:
    picture = Image.new("RGB", (400, 300), "white")
    _slab(picture, 60, 120, 80, 120, ORANGE)
    _slab(picture, 80, 170, 24, 24, (220, 150, 90))
    assert len(find_volumes(np.asarray(picture), 20.0)) == 1


def test_boxes_with_words_and_slanted_lines_between_them_are_no_cuboids() -> None:
    picture = Image.new("RGB", (500, 300), "white")
    draw = ImageDraw.Draw(picture)
    for x, y in ((40, 40), (300, 200)):
        draw.rectangle((x, y, x + 120, y + 50), ORANGE, "black", 2)
    draw.line((160, 90, 300, 200), "black", 2)
    assert find_slabs(np.asarray(picture), 20.0) == []


def test_slabs_follow_one_another_as_their_fronts_stand() -> None:
    picture = Image.new("RGB", (620, 420), "white")
    for x, y, tall in ((60, 160, 240), (84, 160, 240), (150, 210, 140), (172, 210, 140), (260, 240, 80)):
        _slab(picture, x, y, 12, tall, ORANGE)
    flow: Flow = read_image(np.asarray(picture), "box3d")
    fronts = {layer.id: (layer.bbox or (0,))[0] for layer in flow.layers}
    ways = [(fronts[c.source], fronts[c.target]) for c in flow.connections]
    assert len(flow.layers) == 5
    assert len(ways) == 4
    assert all(source < target for source, target in ways)
