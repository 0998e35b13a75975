"""Bars of a few pixels in pictures, arrows between them whose colours mean operations, and pale lines."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extraction.readers import read_image
from extraction.readers.areas import find_areas, paper_colour
from extraction.readers.assemble import assemble
from extraction.readers.block_arrows import find_block_arrows
from extraction.readers.inks import by_colour
from extraction.readers.letters import read_again
from extraction.readers.marks import without_mark
from extraction.readers.nodes import sort_out
from extraction.readers.photos import is_drawn
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire
from extraction.readers.shut_in import other_halves
from extraction.readers.strips import with_strips
from tests.readers.test_frames import array, sheet

FILL, NAVY, RED, GREEN, GREY = "#6f9bd1", "#000080", "#8b0000", "#228b22", "#b0b0b0"
UNIT = 16.0


def block(draw: ImageDraw.ImageDraw, x: float, y: float, long: float, colour: str, way: tuple[int, int]) -> None:
    """A block arrow from a point on: a shaft, and a head of 10 pixels."""
    dx, dy = way
    outline = [(0, 3), (long - 10, 3), (long - 10, 8), (long, 0), (long - 10, -8), (long - 10, -3), (0, -3)]
    draw.polygon([(x + a * dx - b * dy, y + a * dy + b * dx) for a, b in outline], fill=colour)


def test_thin_lines_of_a_figures_colours_stay_whole_though_their_pixels_are_pale() -> None:
    picture, draw = sheet(300, 200)
    for x, strong, pale in ((50, (30, 80, 180), (120, 138, 172)), (150, (170, 20, 20), (175, 130, 128))):
        draw.line((x, 190, x, 40), pale, 2)
        draw.polygon(((x, 20), (x - 8, 44), (x + 8, 44)), strong)
    draw.line((200, 100, 290, 100), (123, 130, 114), 2)
    ink = (np.abs(array(picture).astype(int) - 255).max(axis=2) > 40).astype(np.uint8)
    masks = by_colour(ink, array(picture))
    lines = [(slice(50, 190), slice(45, 56)), (slice(50, 190), slice(145, 156)), (slice(95, 106), slice(200, 290))]
    for place in lines:
        assert max(int(mask[place].sum()) for mask in masks) == int(ink[place].sum())


def test_a_mark_before_words_is_none_of_them() -> None:
    picture, draw = sheet(300, 60)
    font = ImageFont.load_default(18)
    draw.text((60, 30), "max pool 2x2", RED, font, anchor="lm")
    words = tuple(float(v) for v in draw.textbbox((60, 30), "max pool 2x2", font, anchor="lm"))
    line = TextLine("max pool 2x2", (words[0] - 8, words[1] - 3, words[2] + 2, words[3] + 2))
    assert without_mark(line, array(picture)) == line
    block(draw, 28, 30, 28, RED, (1, 0))  # the line's box cuts it
    assert words[0] - 4 <= without_mark(line, array(picture)).bbox[0] <= words[0]
    whole = TextLine(line.text, (26.0, *line.bbox[1:]))
    assert words[0] - 4 <= without_mark(whole, array(picture)).bbox[0] <= words[0]


def test_the_paper_round_a_coloured_ground_is_no_mark() -> None:
    picture, draw = sheet(300, 80)
    draw.polygon(((20, 40), (150, 5), (280, 40), (150, 75)), "#fdf0c0")
    draw.text((150, 40), "embedding", "black", ImageFont.load_default(22), anchor="mm")
    line = TextLine("embedding", (70, 25, 220, 55))
    assert without_mark(line, array(picture)) == line


@pytest.mark.parametrize(("direction", "filters"), [(0, 64), (90, None)])
def test_a_number_written_upwards_counts_no_channels(direction: int, filters: int | None) -> None:
    boxes = [Box((20, 20, 120, 60)), Box((220, 20, 320, 60))]
    texts = [TextLine("conv 3x3", (30, 30, 110, 50)), TextLine("fc", (250, 30, 290, 50))]
    wire = Wire((End((120, 40), False, (-1, 0)), End((220, 40), True, (1, 0))), ((170, 40),), ((0, 1),))
    flow = assemble(Drawing(340, 100, 20, boxes, [*texts, TextLine("64", (160, 45, 180, 60), direction)], [wire]))
    assert flow.layers[0].params.get("filters") == filters


def test_thin_bars_in_the_colour_of_boxes_are_boxes_and_arrows_in_it_are_none() -> None:
    picture, draw = sheet(420, 300)
    draw.rectangle((20, 60, 60, 200), FILL)
    for x in (120, 180):
        draw.rectangle((x, 40, x + 3, 220), FILL)
    for x in (70, 130):
        block(draw, x, 130, 40, NAVY, (1, 0))
    draw.line((300, 40, 300, 220), FILL, 4)  # goes on around a corner
    draw.line((300, 220, 380, 220), FILL, 4)
    draw.line((240, 120, 240, 220), FILL, 4)  # bears a head
    draw.polygon(((240, 90), (230, 120), (250, 120)), FILL)
    image = array(picture)
    areas = find_areas(image, UNIT)
    found = [a for a in with_strips(image, areas, UNIT, paper_colour(image)) if not any(a is b for b in areas)]
    assert sorted(round(a.bbox[0]) for a in found) == [120, 180]


def test_paper_beside_a_filled_box_of_its_height_is_a_box_and_paper_between_two_is_none() -> None:
    picture, draw = sheet(400, 300)
    draw.rectangle((100, 40, 140, 120), FILL, "black", 2)
    draw.rectangle((60, 40, 101, 120), "white", "black", 2)
    for x in (60, 140):
        draw.rectangle((x, 180, x + 40, 260), FILL, "black", 2)
    draw.rectangle((99, 180, 141, 260), "white", "black", 2)
    image = array(picture)
    [half] = other_halves(find_areas(image, UNIT), UNIT)
    assert abs(half.bbox[0] - 60) < 5
    assert abs(half.bbox[1] - 40) < 5


def test_numbers_that_stand_apart_are_two() -> None:
    picture, draw = sheet(300, 60)
    font = ImageFont.load_default(24)
    draw.text((60, 30), "128", "black", font, anchor="lm")
    end = draw.textlength("128", font)
    draw.text((60 + end + 16, 30), "256", "black", font, anchor="lm")
    line = TextLine("128256", (58, 18, 62 + 2 * end + 16, 42))
    assert [found.text for found in read_again(array(picture), [line], [])] == ["128", "256"]


@pytest.mark.parametrize(("left", "right", "arrows"), [("white", "white", 1), (FILL, FILL, 1), (FILL, "#f6d5d5", 0)])
def test_paper_that_boxes_shut_in_is_no_block_arrow(left: str, right: str, arrows: int) -> None:
    picture, draw = sheet(700, 300)
    draw.rectangle((100, 50, 260, 250), left)
    draw.rectangle((261, 50, 420, 250), right)
    outline = [(180, 130), (260, 130), (260, 100), (340, 150), (260, 200), (260, 170), (180, 170)]
    draw.polygon(outline, "white", "black", 3)
    assert len(find_block_arrows(array(picture), 22.0)) == arrows


def test_bars_that_reach_out_of_what_changes_everywhere_are_drawn() -> None:
    bars = [Box((x, 20, x + 12, 120), filled=True) for x in (20, 50, 80)]
    assert is_drawn((15, 70, 100, 130), bars, [], UNIT)
    assert not is_drawn((15, 10, 100, 130), [Box((20, 20, 30, 30), filled=True)], [], UNIT)


def test_a_frame_that_holds_dots_alone_and_boxes_is_a_frame() -> None:
    boxes = [Box((10, 10, 400, 100)), Box((80, 30, 160, 80)), Box((240, 30, 320, 80))]
    dots = [TextLine("· · ·", (20, 50, 60, 60)), TextLine("· · ·", (340, 50, 380, 60))]
    wire = Wire((End((160, 55), False, (-1.0, 0.0)), End((240, 55), True, (1.0, 0.0))), ((200, 55),), ((0, 1),))
    scene = sort_out(Drawing(420, 120, 14, boxes, dots, [wire]))
    assert [node.bbox for node in scene.frames] == [(10, 10, 400, 100)]
    assert len(scene.boxes) == 2


def _down_and_up() -> Image.Image:
    """Bars of 4 to 24 pixels, block arrows of four colours between them, and what these mean."""
    picture, draw = sheet(760, 420)
    small, font = ImageFont.load_default(16), ImageFont.load_default(18)
    bars = ((40, 40, 4, 180), (100, 40, 6, 180), (100, 270, 12, 80), (321, 270, 24, 80), (330, 40, 6, 180),
            (390, 40, 6, 180))  # fmt: skip
    for x, y, wide, tall in bars:
        draw.rectangle((x, y, x + wide, y + tall), FILL, "#4f7bb1")
    for x, number in ((103, "64"), (333, "128"), (393, "64")):
        draw.text((x, 26), number, "black", small, anchor="mm")
    for x, y, long in ((52, 130, 36), (120, 310, 192), (344, 130, 36)):
        block(draw, x, y, long, NAVY, (1, 0))
    block(draw, 103, 228, 34, RED, (0, 1))
    block(draw, 333, 262, 34, GREEN, (0, -1))
    block(draw, 124, 90, 190, GREY, (1, 0))
    meanings = (("conv 3x3, ReLU", NAVY), ("copy and crop", GREY), ("max pool 2x2", RED), ("up-conv 2x2", GREEN))
    for k, (text, colour) in enumerate(meanings):
        block(draw, 500, 200 + 36 * k, 34, colour, (1, 0))
        draw.text((542, 200 + 36 * k), text, "black", font, anchor="lm")
    return picture


def test_maps_that_are_drawn_as_thin_bars_are_layers_that_arrows_name() -> None:
    flow = read_image(array(_down_and_up()), "box2d")
    assert sorted(layer.type for layer in flow.layers) == [
        "Concatenate", "Conv2D", "Conv2D", "Conv2D", "Input", "MaxPooling2D",
    ]  # fmt: skip
    assert len(flow.connections) == 6
    assert {layer.params.get("filters") for layer in flow.layers if layer.type == "Conv2D"} == {64, None}
