"""Cuboids that stand before one another or show through one another: their fronts tell them apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from extraction.flow.model import Flow
from extraction.readers import read_image
from extraction.readers.primitives import Box
from extraction.readers.remnants import Volume, paper_between
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


def test_slanted_rods_that_arrows_cross_are_dense_layers() -> None:
    picture = Image.new("RGB", (760, 420), "white")
    for x, y, w, tall in ((40, 150, 40, 180), (220, 180, 60, 120)):
        _slab(picture, x, y, w, tall, ORANGE)
    draw = ImageDraw.Draw(picture)
    for x in (380, 500):
        draw.polygon(((x, 360), (x + 180, 120), (x + 192, 120), (x + 12, 360)), ORANGE, "black")
    for x0, x1 in ((185, 214), (345, 450), (490, 575)):
        draw.line((x0, 240, x1, 240), "black", 2)
        draw.polygon(((x1 + 8, 240), (x1 - 4, 235), (x1 - 4, 245)), "black")
    flow = read_image(np.asarray(picture), "box3d")
    assert [layer.type for layer in sorted(flow.layers, key=lambda layer: (layer.bbox or (0,))[0])] == [
        "Input",
        "Conv2D",
        "Dense",
        "Dense",
    ]
    assert len(flow.connections) == 3


def test_volumes_over_one_another_are_read_upwards_from_the_large_end() -> None:
    picture = Image.new("RGB", (300, 640), "white")
    for y, tall, wide in ((520, 60, 120), (380, 70, 70), (250, 80, 40), (120, 80, 20)):
        _slab(picture, 60, y, wide, tall, ORANGE)
    flow = read_image(np.asarray(picture), "box3d")
    tops = {layer.id: (layer.bbox or (0, 0))[1] for layer in flow.layers}
    assert len(flow.connections) == 3
    assert all(tops[c.source] > tops[c.target] for c in flow.connections)


def test_what_the_border_cuts_off_stays_within_the_picture() -> None:
    picture = Image.new("RGB", (300, 240), "white")
    for x in (-6, 60, 180, 262):
        _slab(picture, x, 30, 24, 160, ORANGE)
    for slab in find_slabs(np.asarray(picture), 20.0):
        assert slab.hull.min() >= 0
        assert slab.hull.reshape(-1, 2).max(axis=0).tolist() <= [299, 239]
    assert find_volumes(np.asarray(picture), 20.0)


def _white(picture: Image.Image, x: int, y: int, w: int, h: int, pen: int) -> None:
    """A white cuboid of bold strokes, as `_slab`."""
    draw, d = ImageDraw.Draw(picture), h // 4
    draw.polygon(
        ((x, y), (x + d, y - d), (x + w + d, y - d), (x + w + d, y + h - d), (x + w, y + h), (x, y + h)), "white"
    )
    for line in (
        ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y), (x + d, y - d), (x + w + d, y - d)),
        ((x + w, y), (x + w + d, y - d), (x + w + d, y + h - d), (x + w, y + h)),
    ):
        draw.line(line, "black", pen, joint="curve")


def test_bold_cuboids_that_lines_cross_are_whole() -> None:
    picture = Image.new("RGB", (700, 340), "white")
    places = ((60, 110, 30, 180), (230, 130, 40, 140), (400, 150, 50, 100), (560, 160, 50, 80))
    for x, y, w, h in places:
        _white(picture, x, y, w, h, 5)
    draw = ImageDraw.Draw(picture)
    for (x, y, _, h), (other, *_) in pairwise(places):
        draw.rectangle((x - 14, y + h // 2 - 8, x + 14, y + h // 2 + 8), outline="black", width=5)
        draw.line((x + 14, y + h // 2 - 8, other + 10, 200), "black", 5)
    found = sorted(slab.front for slab in find_slabs(np.asarray(picture), 21.0))
    assert [front[0] for front in found] == [pytest.approx(place[0], abs=5) for place in places]
    assert [front[3] - front[1] for front in found] == [pytest.approx(place[3], abs=10) for place in places]


def _volume(x0: float, x1: float, filled: bool) -> Volume:
    corners = ((x0, 100.0), (x1, 100.0), (x1, 250.0), (x0, 250.0))
    return Volume(Box((x0, 100, x1, 250), "volume", filled=filled), np.array([corners], np.int32).reshape(-1, 1, 2))


def test_paper_between_two_filled_volumes_is_none() -> None:
    left, gap, right = _volume(60, 74, True), _volume(76, 198, False), _volume(200, 214, True)
    assert paper_between(gap, [left, gap, right], 20.0)
    assert not paper_between(gap, [left, gap], 20.0)
    white = _volume(60, 74, False)
    assert not paper_between(gap, [white, gap, right], 20.0)


def test_a_sheet_alone_is_a_stack_among_stacks_but_a_box_with_words_is_none() -> None:
    picture = Image.new("RGB", (800, 300), "white")
    draw = ImageDraw.Draw(picture)
    for x, sheets in ((30, 1), (220, 4), (430, 4), (640, 1)):
        for k in reversed(range(sheets)):
            draw.rectangle((x + 10 * k, 100 - 10 * k, x + 10 * k + 110, 210 - 10 * k), "white", "black", 2)
    words = [(660.0, 140.0, 740.0, 160.0)]
    found = find_volumes(np.asarray(picture), 20.0, words)
    assert sorted(round(v.box.bbox[0], -1) for v in found) == [30, 220, 430]


def test_many_sheets_without_a_gap_are_one_stack_whatever_their_colours() -> None:
    shades = [(50, 115, 180), (190, 215, 235), (85, 130, 53), (170, 210, 140), (190, 145, 10), (255, 217, 100)]
    picture = Image.new("RGB", (500, 320), "white")
    for k, shade in enumerate(shades):
        _slab(picture, 60 + 10 * k, 140, 10, 130, shade)
    _slab(picture, 320, 180, 30, 80, ORANGE)
    assert len(find_slabs(np.asarray(picture), 16.0)) == 2
