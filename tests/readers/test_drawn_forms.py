"""What authors draw beside plain boxes and arrows: forks, dots, symbols with names, aslant words."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extraction.readers import read_image
from extraction.readers.assemble import assemble
from extraction.readers.corners import parted_at_boxes
from extraction.readers.letterless import without_heads
from extraction.readers.letters import read_letters
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire
from extraction.readers.raster import read_raster
from tests.readers.test_frames import array, sheet
from tests.readers.test_readers import pairs


def bend(*path: tuple[float, float], heads: tuple[bool, bool]) -> Wire:
    steps = [
        (ax + (bx - ax) * k / 10, ay + (by - ay) * k / 10) for (ax, ay), (bx, by) in pairwise(path) for k in range(11)
    ]
    return Wire((End(path[0], heads[0], (0.0, 1.0)), End(path[-1], heads[1], (0.0, 1.0))), tuple(steps))


def test_two_arrows_that_leave_one_word_come_from_it() -> None:
    boxes = [Box((20, 200, 120, 240)), Box((320, 200, 420, 240))]
    texts = [
        TextLine("Input", (190, 70, 250, 90)),
        TextLine("Conv 3x3", (30, 210, 110, 230)),
        TextLine("FC", (350, 210, 390, 230)),
    ]
    wires = [bend((70, 198), (220, 96), (370, 198), heads=(True, True))]
    flow = assemble(Drawing(450, 300, 20, boxes, texts, wires))
    assert pairs(flow) == {("Input", "Conv 3x3"), ("Input", "FC")}


def test_an_operation_written_over_an_arrow_comes_from_the_box_right_behind_it() -> None:
    boxes = [Box((20, 20, 60, 220)), Box((130, 20, 170, 220))]
    texts = [
        TextLine("3x3 conv", (30, 60, 50, 180), 90),
        TextLine("pool/2", (72, 80, 92, 160), 90),
        TextLine("fc 4096", (140, 60, 160, 180), 90),
    ]
    tip = End((129, 120), True, (1.0, 0.0))
    wire = Wire((End((94, 120), False, (-1.0, 0.0)), tip), tuple((x, 120.0) for x in range(94, 130, 4)))
    flow = assemble(Drawing(200, 240, 20, boxes, texts, [wire]))
    assert pairs(flow) == {("3x3 conv", "pool/2"), ("pool/2", "fc 4096")}


def test_a_symbol_in_a_circle_is_called_by_the_word_beside_it() -> None:
    boxes = [Box((100, 100, 140, 140), "circle"), Box((220, 100, 260, 140), "circle")]
    texts = [
        TextLine("f", (115, 110, 125, 130)),
        TextLine("Forget Gate", (10, 110, 96, 130)),
        TextLine("c", (235, 110, 245, 130)),
        TextLine("Cell", (220, 76, 260, 96)),
    ]
    flow = assemble(Drawing(400, 240, 20, boxes, texts, [bend((142, 120), (218, 120), heads=(False, True))]))
    assert sorted(sorted(layer.label.split()) for layer in flow.layers) == [["Cell", "c"], ["Forget", "Gate", "f"]]


def test_a_symbol_beside_a_symbol_is_no_name_of_it() -> None:
    boxes = [Box((100, 100, 140, 140)), Box((220, 100, 260, 140))]
    texts = [
        TextLine(word, (x, y, x + 20, y + 20))
        for word, x, y in (("h1", 110, 110), ("g1()", 110, 144), ("h2", 230, 110))
    ]
    flow = assemble(Drawing(400, 240, 20, boxes, texts, [bend((142, 120), (218, 120), heads=(False, True))]))
    assert [layer.label for layer in flow.layers] == ["h1", "h2"]


def test_dots_between_boxes_of_a_picture_are_dots_and_the_way_goes_on_behind_them() -> None:
    picture, draw = sheet(700, 140)
    texts = []
    for x, label in ((20, "LSTM 1"), (180, "LSTM 2"), (560, "LSTM 9")):
        draw.rectangle((x, 40, x + 100, 90), "#dde8f8", "black", 2)
        texts.append(TextLine(label, (x + 15.0, 55, x + 85.0, 75)))
    for start, end in ((120, 180), (280, 350), (480, 560)):
        draw.line((start, 65, end - 10, 65), "black", 2)
        draw.polygon(((end, 65), (end - 12, 59), (end - 12, 71)), "black")
    for x in (370, 390, 410, 430, 450):
        draw.ellipse((x, 63, x + 4, 67), "black")
    flow = assemble(read_raster(array(picture), texts, printed=True))
    assert pairs(flow) == {("LSTM 1", "LSTM 2"), ("LSTM 2", "LSTM 9")}


def test_lines_aslant_are_as_high_as_their_letters() -> None:
    picture = Image.new("RGB", (500, 500), "white")
    words = Image.new("L", (300, 60), 0)
    ImageDraw.Draw(words).text((20, 10), "Normalization", 255, ImageFont.load_default(36))
    turned = words.rotate(50, expand=True)
    picture.paste("black", (100, 100), turned)
    lines = read_letters(array(picture))
    assert lines
    assert all(line.tall < 90 for line in lines)


def test_samples_of_a_legend_in_a_picture_are_no_cells_of_a_bar() -> None:
    picture, draw = sheet(460, 330)
    pink, blue, green = "#f6d5d5", "#cfe0fa", "#d9edd4"
    for k, colour in enumerate((pink, blue, pink, green)):
        draw.rectangle((40, 20 + 80 * k, 120, 55 + 80 * k), colour, "black", 2)
        if k:
            draw.line((80, 80 * k - 25, 80, 80 * k + 12), "black", 2)
            draw.polygon(((80, 80 * k + 19), (74, 80 * k + 8), (86, 80 * k + 8)), "black")
    font = ImageFont.load_default(20)
    for k, (colour, word) in enumerate(((pink, "Convolution"), (blue, "LSTM"), (green, "Softmax"))):
        draw.rectangle((220, 30 + 34 * k, 262, 56 + 34 * k), colour, "black", 2)
        draw.text((274, 31 + 34 * k), word, "black", font)
    flow = read_image(array(picture), "box2d")
    assert [layer.type for layer in flow.layers] == ["Conv2D", "LSTM", "Conv2D", "Activation"]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ((False, False), {("conv", "concat"), ("pool", "concat")}),
        ((False, True), {("conv", "concat"), ("concat", "pool")}),
        ((True, True), {("concat", "conv"), ("concat", "pool")}),
    ],
)
def test_lines_that_meet_at_the_side_of_a_box_lead_there_or_leave_it(
    heads: tuple[bool, bool], expected: set[tuple[str, str]]
) -> None:
    boxes = [Box((20, 30, 130, 80)), Box((20, 180, 130, 230)), Box((320, 105, 430, 155))]
    words = [("conv", 45, 43), ("pool", 45, 193), ("concat", 340, 118)]
    texts = [TextLine(word, (x, y, x + 60, y + 20)) for word, x, y in words]
    wire = bend((132, 55), (316, 130), (132, 205), heads=heads)
    wires = parted_at_boxes([wire], boxes, 20)
    assert len(wires) == 2
    assert pairs(assemble(Drawing(450, 260, 20, boxes, texts, wires))) == expected


def test_a_line_that_turns_off_beside_a_box_is_one() -> None:
    boxes = [Box((20, 30, 130, 80)), Box((320, 105, 430, 155)), Box((320, 300, 430, 350))]
    around = bend((132, 55), (308, 55), (308, 325), heads=(False, True))
    assert parted_at_boxes([around], boxes, 20) == [around]


def test_boxes_without_words_that_are_drawn_by_themselves_are_boxes() -> None:
    picture = Image.new("RGB", (460, 220), "white")
    draw = ImageDraw.Draw(picture)
    for k in range(4):
        x = 30 + 110 * k
        draw.rectangle((x, 30, x + 24, 130), outline="black", width=2)
        if k:
            draw.line((x - 85, 80, x - 10, 80), fill="black", width=2)
            draw.polygon([(x - 2, 80), (x - 13, 75), (x - 13, 85)], fill="black")
    draw.text((60, 180), "maps of all levels, from left to right", fill="black", font=ImageFont.load_default(16))
    flow = read_image(np.asarray(picture), "box2d")
    assert len(flow.layers) == 4
    assert len(flow.connections) == 3


def test_an_open_head_is_no_letter_in_the_box_that_it_points_at() -> None:
    text = TextLine("V", (40.0, 40.0, 52.0, 50.0))
    image = np.full((120, 120, 3), 255, dtype=np.uint8)
    for points in (((46, 10), (46, 50)), ((40, 40), (46, 50)), ((52, 40), (46, 50))):
        cv2.line(image, *points, (0, 0, 0), 1)
    assert without_heads([text], image, 12.0) == []
    alone = np.full((120, 120, 3), 255, dtype=np.uint8)
    for points in (((40, 40), (46, 50)), ((52, 40), (46, 50))):
        cv2.line(alone, *points, (0, 0, 0), 1)
    assert without_heads([text], alone, 12.0) == [text]
    plus = TextLine("+", (40.0, 40.0, 52.0, 50.0))
    assert without_heads([plus], image, 12.0) == [plus]  # where arrows meet it is a sign


def test_trapezoids_with_bold_outlines_are_joined() -> None:
    large = Image.new("RGB", (1680, 520), "white")
    draw = ImageDraw.Draw(large)
    font = ImageFont.load_default(52)
    forms = (((340, 40), (740, 160), (740, 360), (340, 480)), ((1060, 160), (1460, 40), (1460, 480), (1060, 360)))
    for form, word in zip(forms, ("Encoder", "Decoder"), strict=True):
        draw.polygon(form, fill=(77, 176, 74))
        draw.line((*form, form[0]), fill="black", width=16, joint="curve")
        draw.text((form[0][0] + 90, 230), word, fill="white", font=font)
    draw.text((40, 230), "Input", fill="black", font=font)
    for x0, x1 in ((190, 326), (752, 1046)):
        draw.line((x0, 260, x1 - 36, 260), fill="black", width=14)
        draw.polygon([(x1, 260), (x1 - 60, 236), (x1 - 60, 284)], fill="black")
    picture = large.resize((294, 91), Image.Resampling.LANCZOS)
    assert pairs(read_image(np.asarray(picture), "box2d")) == {("Input", "Encoder"), ("Encoder", "Decoder")}
