"""Cuboids and stacks of sheets: one drawn volume is one layer, in the order in which they stand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extraction.flow.model import Flow
from extraction.readers import read_image
from extraction.readers.pieces import without_pieces
from extraction.readers.primitives import Box
from extraction.readers.volumes import find_volumes

WHITE = (255, 255, 255)
BLUE = (150, 190, 230)


def _sheet(width: int = 700, height: int = 320) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (width, height), "white")
    return picture, ImageDraw.Draw(picture)


def _cuboid(draw: ImageDraw.ImageDraw, x: int, y: int, w: int, h: int, fill: tuple[int, int, int] = BLUE) -> None:
    d = 24
    for face in (
        ((x, y), (x + w, y), (x + w, y + h), (x, y + h)),
        ((x, y), (x + d, y - d), (x + w + d, y - d), (x + w, y)),
        ((x + w, y), (x + w + d, y - d), (x + w + d, y + h - d), (x + w, y + h)),
    ):
        draw.polygon(face, fill=fill, outline="black", width=2)


def _stack(draw: ImageDraw.ImageDraw, x: int, y: int, side: int, sheets: int) -> None:
    for k in range(sheets):
        draw.rectangle((x + 14 * k, y + 14 * k, x + 14 * k + side, y + 14 * k + side), BLUE, "black", 2)


def _write(draw: ImageDraw.ImageDraw, x: int, y: int, text: str) -> None:
    draw.text((x, y), text, fill="black", font=ImageFont.load_default(28), anchor="mm")


def _chain(flow: Flow) -> list[str]:
    """The types along the connections, of a flow that is one row."""
    following = {c.source: c.target for c in flow.connections}
    assert len(following) == len(flow.connections) == len(flow.layers) - 1
    at = (set(following) - set(following.values())).pop()
    types = {layer.id: layer.type for layer in flow.layers}
    row = [types[at]]
    while at in following:
        at = following[at]
        row.append(types[at])
    return row


@pytest.mark.parametrize("fill", [BLUE, WHITE])
def test_a_cuboid_is_one_volume_whatever_its_faces(fill: tuple[int, int, int]) -> None:
    picture, draw = _sheet()
    for x in (60, 260, 460):
        _cuboid(draw, x, 100, 90, 120, fill)
    found = sorted(volume.box.bbox for volume in find_volumes(np.asarray(picture), 20.0))
    for bbox, x in zip(found, (60, 260, 460), strict=True):
        assert bbox == pytest.approx((x, 76, x + 114, 220), abs=5)


def test_sheets_behind_one_another_are_one_volume() -> None:
    picture, draw = _sheet()
    _stack(draw, 60, 60, 100, 5)
    _stack(draw, 360, 80, 60, 4)
    found = sorted(volume.box.bbox for volume in find_volumes(np.asarray(picture), 20.0))
    assert len(found) == 2
    assert found[0] == pytest.approx((60, 60, 216, 216), abs=6)


def test_flat_boxes_and_the_heads_of_arrows_are_no_volumes() -> None:
    picture, draw = _sheet()
    draw.rectangle((60, 60, 200, 140), BLUE, "black", 2)
    draw.polygon(((300, 80), (330, 100), (300, 120)), fill="black")
    assert find_volumes(np.asarray(picture), 20.0) == []


def test_volumes_follow_one_another_and_take_the_words_that_stand_by_them() -> None:
    picture, draw = _sheet()
    for x, words in ((60, "input"), (260, "conv1"), (460, "fc 10")):
        _cuboid(draw, x, 100, 90, 120)
        _write(draw, x + 55, 250, words)
    flow = read_image(np.asarray(picture), "box3d")
    assert _chain(flow) == ["Input", "Conv2D", "Dense"]
    assert flow.layers[-1].params == {"units": 10}


def test_an_operation_printed_between_two_volumes_makes_the_second() -> None:
    picture, draw = _sheet()
    for x in (40, 290, 540):
        _cuboid(draw, x, 100, 80, 120)
    _write(draw, 215, 260, "conv")
    _write(draw, 465, 260, "max pool")
    assert _chain(read_image(np.asarray(picture), "box3d")) == ["Input", "Conv2D", "MaxPooling2D"]


def test_slabs_half_behind_one_another_are_told_apart_by_their_fronts() -> None:
    picture, draw = _sheet()
    for x, h in ((40, 200), (110, 200), (180, 120), (240, 120)):
        y, d = 180 - h // 2 + 30, 60
        for face in (
            ((x, y), (x + 16, y), (x + 16, y + h), (x, y + h)),
            ((x, y), (x + d, y - d), (x + 16 + d, y - d), (x + 16, y)),
            ((x + 16, y), (x + 16 + d, y - d), (x + 16 + d, y + h - d), (x + 16, y + h)),
        ):
            draw.polygon(face, fill=BLUE, outline="black", width=2)
    found = sorted(volume.box.bbox[0] for volume in find_volumes(np.asarray(picture), 20.0))
    assert found == pytest.approx([40, 110, 180, 240], abs=4)


def test_sheets_that_kernels_and_lines_are_drawn_on_stay_one_volume() -> None:
    picture, draw = _sheet()
    for x in (40, 280, 520):
        for k in range(4):
            draw.rectangle((x + 8 * k, 60 + 8 * k, x + 8 * k + 100, 160 + 8 * k), "white", "black", 2)
        if x < 500:
            draw.rectangle((x + 60, 110, x + 80, 130), None, "black", 2)
            draw.line((x + 80, 110, x + 320, 140), "black", 1)
            draw.line((x + 80, 130, x + 320, 140), "black", 1)
    found = sorted(volume.box.bbox for volume in find_volumes(np.asarray(picture), 20.0))
    assert [box[0] for box in found] == pytest.approx([40, 280, 520], abs=5)
    assert all(box[2] - box[0] > 110 for box in found)


def test_sizes_are_shapes_and_operations_between_volumes_make_the_next_one() -> None:
    picture, draw = _sheet(960)
    for x, size in ((40, "32x32x3"), (280, "32x32x8"), (520, "16x16x8"), (760, "16x16x16")):
        _cuboid(draw, x, 100, 80, 120)
        _write(draw, x + 50, 260, size)
    for x, words in ((205, "conv"), (445, "max pool"), (685, "conv")):
        _write(draw, x, 50, words)
    flow = read_image(np.asarray(picture), "box3d")
    assert _chain(flow) == ["Input", "Conv2D", "MaxPooling2D", "Conv2D"]
    assert [layer.output_shape for layer in flow.layers] == [(32, 32, 3), (32, 32, 8), (16, 16, 8), (16, 16, 16)]


def test_a_legend_says_what_volumes_of_its_colours_are_and_is_none_itself() -> None:
    red, green = (240, 120, 120), (120, 220, 120)
    picture, draw = _sheet(700, 460)
    for x, fill in ((40, BLUE), (220, red), (400, BLUE), (560, green)):
        _cuboid(draw, x, 80, 70, 120, fill)
    for y, fill, words in ((300, BLUE, "convolution"), (350, red, "max pooling"), (400, green, "fully connected")):
        draw.rectangle((200, y - 12, 240, y + 12), fill, "black", 2)
        draw.text((262, y), words, fill="black", font=ImageFont.load_default(28), anchor="lm")
    flow = read_image(np.asarray(picture), "box3d")
    assert _chain(flow) == ["Conv2D", "MaxPooling2D", "Conv2D", "Dense"]


def test_white_bars_without_words_and_columns_of_circles_are_dense() -> None:
    picture, draw = _sheet(900)
    for x in (40, 220):
        _cuboid(draw, x, 100, 80, 120)
    for x in (420, 520):
        draw.rectangle((x, 80, x + 20, 220), "white", "black", 2)
    for k in range(5):
        draw.ellipse((640, 70 + 32 * k, 664, 94 + 32 * k), "white", "black", 2)
    assert _chain(read_image(np.asarray(picture), "box3d")) == ["Input", "Conv2D", "Dense", "Dense", "Dense"]


def test_a_figure_without_volumes_is_read_as_boxes() -> None:
    picture, draw = _sheet()
    draw.rectangle((60, 60, 260, 130), BLUE, "black", 2)
    _write(draw, 160, 95, "3x3 conv")
    flow = read_image(np.asarray(picture), "box3d")
    assert [layer.type for layer in flow.layers] == ["Conv2D"]
    assert flow.kind == "box3d"


def test_sizes_at_the_start_of_arrows_come_in_and_a_bare_plus_adds() -> None:
    picture, draw = _sheet(1000, 420)
    for y in (60, 240):
        _write(draw, 90, y + 100, "128x36x36")
        for x0, x1 in ((60, 215), (360, 400)):
            draw.line((x0, y + 60, x1, y + 60), "black", 3)
            draw.polygon(((x1 + 12, y + 60), (x1 - 2, y + 53), (x1 - 2, y + 67)), "black")
        for x in (230, 415):
            _stack(draw, x, y, 80, 3)
    for y, to in ((140, 190), (310, 235)):
        down = 1 if to > y else -1
        draw.line((530, y, 618, to), "black", 3)
        draw.polygon(((632, to + 8 * down), (622, to - 8 * down), (614, to + 5 * down)), "black")
    draw.line((640, 212, 664, 212), "black", 3)
    draw.line((652, 200, 652, 224), "black", 3)
    draw.line((680, 212, 740, 212), "black", 3)
    draw.polygon(((752, 212), (738, 205), (738, 219)), "black")
    _stack(draw, 760, 160, 80, 3)
    flow = read_image(np.asarray(picture), "stacked2d")
    types = sorted(layer.type for layer in flow.layers)
    assert types == ["Add", "Conv2D", "Conv2D", "Conv2D", "Conv2D", "Conv2D", "Input", "Input"]
    assert len(flow.connections) == 7


def test_a_list_of_results_comes_from_the_last_volume() -> None:
    picture, draw = _sheet(860)
    for x in (40, 240, 440):
        _cuboid(draw, x, 100, 80, 120)
    for k, words in enumerate(("bird", "boat", "train")):
        draw.rectangle((640, 60 + 70 * k, 800, 110 + 70 * k), "white", "black", 2)
        _write(draw, 720, 85 + 70 * k, words)
    flow = read_image(np.asarray(picture), "box3d")
    last = [c.source for c in flow.connections if c.target in {x.id for x in flow.layers if x.type == "Output"}]
    assert sorted(x.type for x in flow.layers) == ["Conv2D", "Conv2D", "Input", "Output", "Output", "Output"]
    assert len(last) == 3
    assert len(set(last)) == 1


def test_columns_of_small_circles_are_dense_layers_behind_volumes() -> None:
    picture, draw = _sheet(640, 240)
    for k, (x, side) in enumerate(((30, 110), (190, 80), (320, 60))):
        _write(draw, x + side // 2 + 14, 30, "input" if k == 0 else "conv")
        _stack(draw, x, 80, side, 3)
    for x in (470, 540):
        for k in range(9):
            draw.ellipse((x - 6, 70 + 15 * k, x + 6, 82 + 15 * k), fill="#b8d0e8", outline="black", width=1)
        _write(draw, x, 30, "FC")
    assert _chain(read_image(np.asarray(picture), "stacked2d")) == ["Input", "Conv2D", "Conv2D", "Dense", "Dense"]


def test_a_sheet_within_a_stack_is_no_stack_of_its_own() -> None:
    stack = Box(
        (100, 50, 220, 170), "volume", hull=((100, 50), (190, 50), (220, 80), (220, 170), (130, 170), (100, 140))
    )
    sheet = Box((128, 78, 221, 171), "volume", hull=((129, 79), (219, 79), (219, 169), (129, 169)))
    kernel = Box((140, 90, 160, 110))
    beside = Box((205, 60, 330, 170), "volume")
    assert without_pieces([sheet, stack, kernel, beside]) == [stack, kernel, beside]


def test_a_grid_of_cells_is_one_layer_whatever_is_drawn_in_them() -> None:
    picture, draw = _sheet()
    _cuboid(draw, 60, 100, 90, 120)
    shades = ((90, 150, 210), (170, 205, 240), (235, 245, 250), (90, 130, 60), (170, 215, 140), (240, 200, 120))
    for n in range(9):
        x, y = 290 + 44 * (n % 3), 90 + 44 * (n // 3)
        draw.rectangle((x, y, x + 44, y + 44), shades[n % 6], "black", 2)
        draw.line((x + 14, y + 30, x + 30, y + 14), fill="black", width=2)
    _cuboid(draw, 540, 100, 90, 120)
    _write(draw, 355, 250, "offsets")
    flow = read_image(np.asarray(picture), "box3d")
    assert len(_chain(flow)) == 3
    assert flow.layers[1].label == "offsets"
    assert flow.layers[1].bbox == pytest.approx((290, 90, 422, 222), abs=6)


def test_maps_that_are_given_or_result_are_no_convolutions() -> None:
    picture, draw = _sheet()
    for x, words in ((60, "input feature map"), (300, "conv"), (540, "output feature map")):
        _cuboid(draw, x, 100, 60, 120)
        draw.text((x + 40, 250), words, fill="black", font=ImageFont.load_default(22), anchor="mm")
    assert _chain(read_image(np.asarray(picture), "box3d")) == ["Input", "Conv2D", "Output"]


def _lattice(*words: str) -> Flow:
    """Three rows of four cuboids of one size, each joined to the next in its row, with words below the first ones."""
    picture, draw = _sheet(760, 620)
    for row in range(3):
        for column in range(4):
            x, y = 40 + 180 * column, 60 + 190 * row
            _cuboid(draw, x, y, 60, 60)
            if column:
                draw.line((x - 90, y + 30, x - 4, y + 30), "black", 3)
                draw.polygon(((x - 4, y + 30), (x - 20, y + 22), (x - 20, y + 38)), fill="black")
    for column, word in enumerate(words):
        _write(draw, 80 + 180 * column, 540, word)
    return read_image(np.asarray(picture), "box3d")


def test_many_cuboids_of_one_size_that_nothing_names_are_unknown() -> None:
    types = [layer.type for layer in _lattice().layers]
    assert types.count("Unknown") == 9
    assert "Conv2D" not in types


def test_cuboids_of_one_size_are_convolutions_where_something_is_named() -> None:
    assert not any(layer.type == "Unknown" for layer in _lattice("conv1", "conv2").layers)
