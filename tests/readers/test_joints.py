"""Lines that begin or end at other lines, cross them, or are too short to see."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extraction.flow.model import BBox
from extraction.readers import read_image
from extraction.readers.assemble import assemble
from extraction.readers.primitives import Box, Drawing, End, Point, TextLine, Wire
from extraction.readers.things import Things
from extraction.readers.traces import trace_wires
from tests.readers.test_readers import pairs

UNIT = 12.0


def line(*path: Point, heads: tuple[bool, bool] = (False, True)) -> Wire:
    """A line through points, told by where it ends; `heads` at its start and end."""
    ends = []
    for head, point, before in ((heads[0], path[0], path[1]), (heads[1], path[-1], path[-2])):
        way = np.subtract(point, before)
        x, y = (way / np.linalg.norm(way)).tolist()
        ends.append(End(point, head, (x, y)))
    course = [(x, y) for a, b in pairwise(path) for x, y in np.linspace(a, b, 12).tolist()]
    return Wire((ends[0], ends[1]), tuple(course), ((0, 1),), 0.95)


def column(labels: list[str]) -> Drawing:
    """Boxes under one another, 16 apart, with arrows between them."""
    drawing = Drawing(400, 400, UNIT)
    for k, label in enumerate(labels):
        bbox: BBox = (100, 20 + 40 * k, 180, 44 + 40 * k)
        drawing.boxes.append(Box(bbox, filled=True))
        drawing.texts.append(TextLine(label, (120, 26 + 40 * k, 160, 38 + 40 * k)))
        if k:
            drawing.wires.append(line((140, 5 + 40 * k), (140, 19 + 40 * k)))
    return drawing


def test_a_way_round_a_layer_begins_and_ends_on_the_lines_before_and_behind_it() -> None:
    drawing = column(["fire1", "fire2", "fire3", "fire4"])
    drawing.wires.append(line((139, 52), (80, 52), (80, 92), (139, 92)))
    assert pairs(assemble(drawing)) == {
        ("fire1", "fire2"), ("fire2", "fire3"), ("fire3", "fire4"), ("fire1", "fire3"),
    }  # fmt: skip


def test_lines_without_heads_branch_off_an_arrow_and_run_into_one_as_it_goes() -> None:
    drawing = column(["fire1", "fire2", "fire3"])
    drawing.boxes.append(Box((190, 60, 240, 84), filled=True))
    drawing.texts.append(TextLine("conv", (200, 66, 230, 78)))
    drawing.wires.append(line((164, 52), (215, 52), (215, 59), heads=(False, False)))
    drawing.wires.append(line((215, 85), (215, 92), (164, 92), heads=(False, False)))
    assert {("fire1", "conv"), ("conv", "fire3")} <= pairs(assemble(drawing))


@pytest.mark.parametrize("seen", [True, False])
def test_a_sign_goes_on_in_the_box_right_below_it(seen: bool) -> None:
    drawing = column(["conv1", "conv2"])
    drawing.wires.pop()
    drawing.boxes.append(Box((134, 46, 146, 58), "circle", "Add", filled=True))
    drawing.wires += [line((60, 52), (133, 52))] if seen else [line((140, 44), (140, 60))]
    found = pairs(assemble(drawing))
    assert ("+", "conv2") in found
    assert ("conv1", "conv2") not in found


def test_a_short_thick_line_crosses_another_right_beside_its_box() -> None:
    mask = np.zeros((300, 300), dtype=np.uint8)
    mask[147:154, 60:110] = mask[20:154, 104:111] = mask[20:27, 104:200] = 1  # from a box on the left, up, to the right
    mask[60:67, 60:84] = mask[60:250, 77:84] = mask[243:250, 77:200] = 1  # across the first, down, to the right
    boxes: list[BBox] = [(0, 130, 58, 170), (0, 50, 58, 75), (200, 10, 280, 40), (200, 230, 280, 260)]
    (wire,) = trace_wires(mask, Things(boxes, []), 22.0, 1.0)
    joined = {
        frozenset(min(range(4), key=lambda k: abs(boxes[k][1] + 15 - wire.ends[e].point[1])) for e in pair)
        for pair in wire.pairs
    }
    assert joined == {frozenset((0, 2)), frozenset((1, 3))}


def test_no_line_leads_to_the_mark_of_a_part() -> None:
    drawing = column(["conv1", "conv2"])
    drawing.texts.append(TextLine("(b)", (60, 26, 96, 38)))
    drawing.wires.append(line((97, 32), (99, 32)))
    assert [layer.label for layer in assemble(drawing).layers] == ["conv1", "conv2"]


def test_boxes_of_a_wide_flat_picture_are_no_words() -> None:
    labels = ["Input", "Conv", "Pool", "FC"]
    picture = Image.new("RGB", (410, 74), "white")
    draw = ImageDraw.Draw(picture)
    for k, label in enumerate(labels):
        x = 20 + 95 * k
        draw.rectangle((x, 20, x + 64, 54), "white", "black", 2)
        draw.text((x + 32, 37), label, "black", ImageFont.load_default(18), anchor="mm")
        if k:
            draw.line((x - 30, 37, x - 8, 37), "black", 2)
            draw.polygon(((x - 1, 37), (x - 10, 33), (x - 10, 41)), "black")
    flow = read_image(np.asarray(picture, dtype=np.uint8), "box2d")
    assert [layer.label for layer in flow.layers] == labels
    assert pairs(flow) == set(pairwise(labels))
