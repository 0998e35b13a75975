"""Vectors drawn cell by cell, boxes of one symbol, slim boxes beside arrows."""

from __future__ import annotations

import pytest
from PIL import ImageDraw

from extraction.flow.model import BBox
from extraction.pdf.model import Image
from extraction.readers.assemble import assemble
from extraction.readers.primitives import Box, Drawing, TextLine, inside
from extraction.readers.raster import read_raster
from tests.readers.test_frames import array, sheet


def arrow(draw: ImageDraw.ImageDraw, x0: int, x1: int, y: int) -> None:
    draw.line((x0, y, x1 - 8, y), "black", 2)
    draw.polygon(((x1, y), (x1 - 10, y - 5), (x1 - 10, y + 5)), "black")


def cells(rows: int, columns: int, *, bold: int = -1) -> Image:
    """Empty cells of 24 pixels from (40, 20) on, and an arrow to the right from each row to a box with words."""
    picture, draw = sheet(360, 60 + 24 * rows)
    for row in range(rows):
        for column in range(columns):
            x, y = 40 + 24 * column, 20 + 24 * row
            draw.rectangle((x, y, x + 24, y + 24), outline="black", width=2)
    if bold >= 0:
        draw.rectangle((38, 18 + 24 * bold, 66, 46 + 24 * bold), outline="black", width=6)
    draw.rectangle((240, 20, 330, 20 + 24 * rows), "#dde8f8", "black", 2)
    for row in (0, rows // 2):
        arrow(draw, 44 + 24 * columns, 238, 32 + 24 * row)
    return array(picture)


WORDS = TextLine("Dense", (255.0, 60.0, 315.0, 76.0))


@pytest.mark.parametrize("bold", [-1, 3])
def test_a_column_of_empty_cells_is_one_layer_that_arrows_leave(bold: int) -> None:
    flow = assemble(read_raster(cells(7, 1, bold=bold), [WORDS], printed=True))
    assert [layer.type for layer in flow.layers] == ["Input", "Dense"]
    assert [(c.source, c.target) for c in flow.connections] == [(flow.layers[0].id, flow.layers[1].id)]
    whole = flow.layers[0].bbox
    assert whole is not None
    assert whole[3] - whole[1] > 160


def test_cells_that_go_on_both_ways_or_hold_words_are_no_vector() -> None:
    def tall(drawing: Drawing) -> list[Box]:
        return [box for box in drawing.boxes if box.bbox[0] < 120 and box.bbox[3] - box.bbox[1] > 60]

    assert tall(read_raster(cells(5, 1), [WORDS], printed=True))
    assert not tall(read_raster(cells(5, 3), [WORDS], printed=True))
    words = [TextLine(f"h{k}", (45.0, 24.0 + 24 * k, 60.0, 40.0 + 24 * k)) for k in range(5)]
    picture = cells(5, 1).copy()
    for word in words:
        x0, y0, x1, y1 = (int(v) for v in word.bbox)
        picture[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3 : 4] = 0
    drawing = read_raster(picture, [WORDS, *words], printed=True)
    assert not tall(drawing)


def test_a_symbol_that_was_read_with_the_outline_of_its_box_stands_in_a_box() -> None:
    picture, draw = sheet(420, 120)
    for x in (40, 300):
        draw.rectangle((x, 36, x + 80, 76), "#dde8f8", "black", 2)
    # A large symbol, close to the border, that reaches from below to the right.
    draw.rectangle((190, 40, 222, 72), outline="black", width=2)
    draw.ellipse((195, 48, 209, 64), outline="black", width=3)
    draw.line((202, 46, 202, 69), "black", 3)
    draw.line((215, 58, 215, 68), "black", 3)
    arrow(draw, 122, 189, 56)
    arrow(draw, 224, 299, 56)
    texts = [
        TextLine("LSTM", (55.0, 48.0, 105.0, 64.0)),
        TextLine("φ1", (187.0, 37.0, 225.0, 75.0)),
        TextLine("Dense", (315.0, 48.0, 365.0, 64.0)),
    ]
    drawing = read_raster(array(picture), texts, printed=True)
    place: BBox = (186, 36, 226, 76)
    assert any(inside(box.bbox, place) and box.bbox[2] - box.bbox[0] > 28 for box in drawing.boxes)
    flow = assemble(drawing)
    assert [layer.label for layer in flow.layers] == ["LSTM", "φ1", "Dense"]
    assert len(flow.connections) == 2


def test_the_hole_of_a_letter_is_no_box() -> None:
    picture, draw = sheet(420, 120)
    draw.rectangle((40, 20, 140, 100), "#dde8f8", "black", 2)
    draw.rectangle((200, 40, 224, 72), outline="black", width=5)
    drawing = read_raster(array(picture), [TextLine("D", (198.0, 38.0, 226.0, 74.0))], printed=True)
    assert len(drawing.boxes) == 1


def test_slim_boxes_stand_alone_though_the_heads_of_arrows_touch_them() -> None:
    picture, draw = sheet(520, 260)
    for x in (60, 160, 260, 360):
        draw.rectangle((x, 90, x + 15, 170), outline="black", width=3)
        draw.line((x + 7, 178, x + 7, 240), "black", 2)
        draw.polygon(((x + 7, 172), (x + 3, 178), (x + 11, 178)), "black")
    words = TextLine("Word vectors", (430.0, 120.0, 510.0, 142.0))
    drawing = read_raster(array(picture), [words], printed=True)
    assert len([box for box in drawing.boxes if box.bbox[3] - box.bbox[1] > 70]) == 4
