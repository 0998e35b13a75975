"""Pictures of several parts, and lines that are no arrows: guides from corner to corner."""

from __future__ import annotations

from PIL import ImageDraw, ImageFont

from extraction.readers import read_image
from extraction.readers.assemble import assemble
from extraction.readers.parted import parts_of_picture
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire
from tests.readers.test_frames import array, sheet
from tests.readers.test_readers import pairs

FONT = ImageFont.load_default(20)


def _row(draw: ImageDraw.ImageDraw, x: int, labels: list[str]) -> None:
    """Boxes beside one another that nothing joins."""
    for k, label in enumerate(labels):
        left = x + 146 * k
        draw.rectangle((left, 60, left + 120, 110), "#dde8f8", "black", 2)
        draw.text((left + 60, 85), label, "black", FONT, anchor="mm")


def test_nothing_leads_from_one_part_of_a_picture_to_another() -> None:
    picture, draw = sheet(640, 200)
    for x, mark in ((30, "(a)"), (322, "(b)")):
        _row(draw, x, ["Conv 3x3", "ReLU"])
        draw.text((x + 133, 160), mark, "black", FONT, anchor="mm")
    assert pairs(read_image(array(picture), "box2d")) == {("Conv 3x3", "ReLU")}
    draw.rectangle((0, 130, 640, 200), "white")
    assert pairs(read_image(array(picture), "box2d")) == {("Conv 3x3", "ReLU"), ("ReLU", "Conv 3x3")}


def test_marks_are_told_where_a_bracket_or_a_space_is_lost_and_parts_do_not_lap() -> None:
    picture, draw = sheet(500, 200)
    draw.rectangle((20, 20, 200, 140), "black")
    draw.rectangle((280, 20, 480, 140), "black")
    lines = [TextLine("(a)Training", (60, 160, 160, 180)), TextLine("b) Testing", (330, 160, 430, 180))]
    left, right = parts_of_picture(array(picture), lines)
    assert left[2] < 240 < right[0]
    assert parts_of_picture(array(picture), [TextLine("(a) one", (60, 160, 160, 180))]) == []


def _drawing(wires: list[Wire]) -> Drawing:
    boxes = [Box((20, 20, 60, 280)), Box((120, 80, 160, 220))]
    texts = [TextLine("input", (24, 140, 56, 156)), TextLine("conv", (124, 140, 156, 156))]
    return Drawing(300, 300, 16.0, boxes=boxes, texts=texts, wires=wires)


def _wire(a: tuple[float, float], b: tuple[float, float], heads: tuple[bool, bool]) -> Wire:
    return Wire((End(a, heads[0], (-1.0, 0.0)), End(b, heads[1], (1.0, 0.0))), (a, b))


def test_lines_from_corner_to_corner_say_no_direction() -> None:
    guides = [_wire((62, 24), (119, 79), (True, False)), _wire((62, 277), (119, 222), (True, False))]
    arrow = _wire((62, 150), (118, 150), (False, True))
    assert pairs(assemble(_drawing([*guides, arrow]))) == {("input", "conv")}
    assert pairs(assemble(_drawing(guides))) == {("input", "conv")}
