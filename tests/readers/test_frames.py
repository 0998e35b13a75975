"""Frames, dashes, records and pictures in pieces, drawn and read."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from extraction.flow.model import Flow
from extraction.pdf.model import Image as Pixels
from extraction.readers import read_image
from extraction.readers.cells import whole_records
from extraction.readers.dashes import without_dashes
from extraction.readers.pictures import whole_pictures
from extraction.readers.primitives import Box, Drawing, TextLine
from tests.readers.test_readers import pairs

UNIT = 20.0


def sheet(wide: int, tall: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (wide, tall), "white")
    return picture, ImageDraw.Draw(picture)


def dashed(draw: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int], dash: int = 12) -> None:
    (ax, ay), (bx, by) = start, end
    length = max(abs(bx - ax), abs(by - ay))
    for at in range(0, length, 2 * dash):
        first, last = at / length, min(length, at + dash) / length
        draw.line(
            (ax + (bx - ax) * first, ay + (by - ay) * first, ax + (bx - ax) * last, ay + (by - ay) * last), "black", 3
        )


def array(picture: Image.Image) -> Pixels:
    return np.asarray(picture, dtype=np.uint8)


def boxes_in_line(draw: ImageDraw.ImageDraw, labels: list[str], x: int, y: int) -> None:
    """Boxes under one another, arrows between them."""
    for k, label in enumerate(labels):
        top = y + 90 * k
        draw.rectangle((x, top, x + 200, top + 50), "#dde8f8", "black", 2)
        draw.text((x + 100, top + 25), label, "black", ImageFont.load_default(22), anchor="mm")
        if k:
            arrow(draw, x + 100, top - 40, top)


def arrow(draw: ImageDraw.ImageDraw, x: int, start: int, end: int) -> None:
    draw.line((x, start, x, end), "black", 2)
    draw.polygon(((x, end), (x - 6, end - 12), (x + 6, end - 12)), "black")


def test_a_dashed_frame_is_taken_out_and_told() -> None:
    picture, draw = sheet(400, 300)
    corners = [(50, 40), (350, 40), (350, 260), (50, 260), (50, 40)]
    for start, end in pairwise(corners):
        dashed(draw, start, end)
    draw.line((200, 100, 200, 200), "black", 3)
    result, frames = without_dashes(array(picture), [], UNIT)
    assert len(frames) == 1
    assert all(abs(a - b) < 6 for a, b in zip(frames[0], (50, 40, 350, 260), strict=True))
    assert (result[:60] > 200).all()
    assert (result[100:200, 200] < 60).all()


def test_a_dashed_arrow_is_drawn_through_but_dots_of_an_ellipsis_are_not() -> None:
    picture, draw = sheet(400, 200)
    draw.rectangle((10, 60, 80, 140), "white", "black", 3)
    draw.rectangle((320, 60, 390, 140), "white", "black", 3)
    dashed(draw, (90, 100), (320, 100))
    for x in (180, 200, 220):
        draw.ellipse((x, 160, x + 5, 165), "black")
    result, frames = without_dashes(array(picture), [], UNIT)
    assert frames == []
    assert (result[98:103, 90:320].min(axis=(0, 2)) < 90).all()
    assert (result[163, 187:199] > 200).all()


def test_an_arrow_to_a_frame_leads_to_the_first_layer_in_it() -> None:
    flow = _framed()
    assert ("conv 3x3, 8", "conv 3x3, 16") in pairs(flow)
    assert ("max pool 2x2", "fc 10") in pairs(flow)
    assert len(flow.layers) == 4


def _framed() -> Flow:
    picture, draw = sheet(420, 560)
    boxes_in_line(draw, ["conv 3x3, 8"], 110, 20)
    for start, end in pairwise([(60, 130), (360, 130), (360, 370), (60, 370), (60, 130)]):
        dashed(draw, start, end)
    boxes_in_line(draw, ["conv 3x3, 16", "max pool 2x2"], 110, 180)
    boxes_in_line(draw, ["fc 10"], 110, 430)
    arrow(draw, 210, 71, 127)
    arrow(draw, 210, 374, 430)
    return read_image(array(picture), "box2d")


def test_cells_that_fill_a_rectangle_are_one_record() -> None:
    drawing = Drawing(400, 200, UNIT)
    cells = [((0, 0, 100, 60), "relu"), ((98, 0, 200, 31), "input:"), ((98, 29, 200, 60), "output:")]
    cells += [((198, 0, 300, 31), "(1, 64, 9, 9)"), ((198, 29, 300, 60), "(1, 64, 9, 9)")]
    stack = [((0, 100, 100, 130), "conv"), ((0, 130, 100, 160), "relu")]
    for bbox, text in cells + stack:
        x0, y0, x1, y1 = (float(v) for v in bbox)
        drawing.boxes.append(Box((x0, y0, x1, y1)))
        drawing.texts.append(TextLine(text, (x0 + 5, y0 + 5, x1 - 5, y1 - 5)))
    whole_records(drawing)
    assert sorted(box.bbox for box in drawing.boxes) == [(0, 0, 300, 60), (0, 100, 100, 130), (0, 130, 100, 160)]


def test_faces_of_a_cuboid_are_one_picture_but_boxes_with_words_stay() -> None:
    faces = [
        Box((0.0, 20.0, 60.0, 80.0), "rect", filled=True),
        Box((0.0, 0.0, 80.0, 20.0), "other", filled=True),
        Box((60.0, 0.0, 80.0, 80.0), "other", filled=True),
    ]
    box = Box((100.0, 0.0, 180.0, 80.0))
    found = whole_pictures([*faces, box], [("conv", (110.0, 20.0, 170.0, 40.0))], 400.0 * 300, UNIT)
    assert [b.bbox for b in found] == [(100, 0, 180, 80), (0, 0, 80, 80)]


def test_a_bar_of_few_pixels_between_two_boxes_is_a_layer() -> None:
    picture, draw = sheet(300, 300)
    boxes_in_line(draw, ["conv 3x3, 8"], 50, 20)
    boxes_in_line(draw, ["conv 3x3, 16"], 50, 200)
    draw.line((150, 71, 150, 200), "black", 2)
    draw.rectangle((90, 130, 210, 136), "#ffe699", "#444444", 1)
    flow = read_image(array(picture), "box2d")
    assert [layer.type for layer in flow.layers] == ["Conv2D", "Unknown", "Conv2D"]
    assert [(c.source, c.target) for c in flow.connections] == [("l1", "l2"), ("l2", "l3")]


def test_arrows_go_through_the_sides_of_a_solid_frame() -> None:
    picture, draw = sheet(460, 400)
    draw.rounded_rectangle((90, 88, 370, 292), 10, None, "#888888", 2)
    boxes_in_line(draw, ["Conv 3x3", "Max pool", "Conv 5x5", "Softmax"], 130, 30)
    flow = read_image(array(picture), "box2d")
    labels = ["Conv 3x3", "Max pool", "Conv 5x5", "Softmax"]
    assert [layer.label for layer in flow.layers] == labels
    assert pairs(flow) == set(pairwise(labels))


def test_round_boxes_are_erased_with_all_of_their_outline() -> None:
    picture, draw = sheet(654, 460)
    labels = ["Attention", "Softmax", "LSTM", "Linear", "BN"]
    for k, label in enumerate(labels):
        top = 80 + 74 * k
        draw.rounded_rectangle((260, top, 394, top + 42), 24, "#dae8fc", "#6c8ebf", 4)
        draw.text((327, top + 21), label, "black", ImageFont.load_default(18), anchor="mm")
        if k:
            draw.line((327, top - 32, 327, top - 1), "black", 3)
            draw.polygon(((327, top - 1), (319, top - 15), (335, top - 15)), "black")
    draw.line(((394, 101), (514, 101), (514, 397), (396, 397)), "black", 3)
    draw.polygon(((396, 397), (410, 389), (410, 405)), "black")
    small = picture.resize((327, 230), Image.Resampling.LANCZOS)
    assert pairs(read_image(array(small), "box2d")) == {*pairwise(labels), ("Attention", "BN")}


def test_specks_that_the_edge_of_the_picture_cuts_are_read_without_an_error() -> None:
    speck = np.array(
        [[sign == "#" for sign in row] for row in ("..###..", ".#####.", *4 * ["#######"], *2 * [".######"])]
    )
    picture = np.full((120, 400, 3), 255, dtype=np.uint8)
    for n in range(3):
        picture[112 - n : 120 - n, 20 + 18 * n : 27 + 18 * n][speck] = 0
    # The middle line of such a speck ends a little below the last row of pixels.
    result, frames = without_dashes(picture, [], 20.0)
    assert result.shape == picture.shape
    assert frames == []
