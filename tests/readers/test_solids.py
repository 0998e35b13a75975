"""Volumes among boxes and pictures: found, named by what stands beside them or along their arrow, in their order."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from extraction.flow.model import Flow
from extraction.readers.areas import find_areas
from extraction.readers.assemble import assemble
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire
from extraction.readers.raster import read_raster
from extraction.readers.solids import find_solids

UNIT = 22.0


def _sheet(width: int = 900, height: int = 300) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "white")
    return image, ImageDraw.Draw(image)


def _cuboid(draw: ImageDraw.ImageDraw, x: int, y: int, w: int, h: int, depth: int = 24) -> None:
    for face in (
        ((x, y), (x + w, y), (x + w, y + h), (x, y + h)),
        ((x, y), (x + depth, y - depth), (x + w + depth, y - depth), (x + w, y)),
        ((x + w, y), (x + w + depth, y - depth), (x + w + depth, y + h - depth), (x + w, y + h)),
    ):
        draw.polygon(face, fill="#9cc4ea", outline="black", width=2)


def _arrow(draw: ImageDraw.ImageDraw, x0: int, x1: int, y: int) -> None:
    draw.line((x0, y, x1 - 8, y), "black", 3)
    draw.polygon(((x1 - 14, y - 8), (x1, y), (x1 - 14, y + 8)), "black")


def _named(flow: Flow) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    labels = {layer.id: layer.label or layer.type for layer in flow.layers}
    return (
        sorted((layer.type, layer.label) for layer in flow.layers),
        {(labels[c.source], labels[c.target]) for c in flow.connections},
    )


def test_slabs_that_touch_are_one_module_but_for_those_that_have_names() -> None:
    image, draw = _sheet()
    for k in range(3):
        _cuboid(draw, 60 + 46 * k, 60 + 20 * k, 20, 160 - 40 * k)
    for x in (400, 452):
        _cuboid(draw, x, 80, 26, 120)
    names = [TextLine("C1", (402, 220, 424, 240)), TextLine("C2", (454, 220, 476, 240))]
    found = sorted(volume.box.bbox[0] for volume in find_solids(np.asarray(image), UNIT, names, []))
    assert len(found) == 3
    assert max(abs(a - b) for a, b in zip(found, (60, 400, 452), strict=True)) < 5


def test_trapezoids_and_boxes_with_words_are_no_volumes() -> None:
    image, draw = _sheet()
    draw.polygon(((60, 60), (200, 100), (200, 180), (60, 220)), "#9cc4ea", "black")
    draw.rounded_rectangle((260, 80, 420, 180), 30, "#9cc4ea", "black", 2)
    draw.rectangle((500, 80, 560, 220), "#9cc4ea", "black", 2)
    draw.rectangle((520, 60, 580, 200), "#f0a060", "black", 2)  # another layer behind, not another sheet
    assert find_solids(np.asarray(image), UNIT, [TextLine("encoder", (290, 120, 390, 142))], []) == []


def test_a_cuboid_between_boxes_is_called_by_the_operation_along_its_arrow() -> None:
    image, draw = _sheet()
    draw.rectangle((40, 100, 200, 180), "#f5f0d8", "black", 2)
    _arrow(draw, 202, 398, 140)
    _cuboid(draw, 400, 100, 60, 100)
    _arrow(draw, 486, 640, 140)
    draw.rectangle((642, 100, 800, 180), "#f5f0d8", "black", 2)
    texts = [
        TextLine("proposals", (60, 130, 180, 152)),
        TextLine("max pooling", (220, 112, 350, 132)),
        TextLine("classifier", (660, 130, 780, 152)),
    ]
    flow = assemble(read_raster(np.asarray(image), texts, printed=True, solids=True))
    layers, joined = _named(flow)
    assert ("MaxPooling2D", "max pooling") in layers
    assert len(layers) == 3
    assert joined == {("proposals", "max pooling"), ("max pooling", "classifier")}


def test_an_operation_along_an_arrow_to_a_frame_calls_nothing() -> None:
    boxes = [Box((40, 100, 140, 160), filled=True), Box((300, 40, 600, 220))]
    boxes += [Box((x, 100, x + 100, 160), filled=True) for x in (330.0, 470.0)]
    texts = [TextLine(name, (x, 120, x + 60, 140)) for name, x in (("image", 60), ("dense", 350), ("softmax", 490))]
    texts.append(TextLine("max pooling", (160, 106, 280, 124)))
    ends = (End((140, 130), False, (-1, 0)), End((300, 130), True, (1, 0)))
    drawing = Drawing(700, 260, 20.0, boxes, texts, [Wire(ends, ((140, 130), (220, 130), (300, 130)), ((0, 1),))])
    layers, joined = _named(assemble(drawing))
    assert ("image", "dense") in joined
    assert not any(label == "max pooling" for _, label in layers)


def test_cuboids_that_stand_in_a_row_follow_one_another_and_share_the_name_over_both() -> None:
    boxes = [
        Box((x, 100, x + 20, 200), "volume", hull=((x, 100), (x + 20, 100), (x + 20, 200), (x, 200)))
        for x in (100.0, 150.0)
    ]
    drawing = Drawing(400, 300, 20.0, boxes, [TextLine("FC layers", (95, 70, 175, 90))])
    flow = assemble(drawing)
    assert _named(flow)[0] == [("Dense", "FC layers")] * 2
    assert len(flow.connections) == 1


def _fork(*heads: tuple[float, float]) -> Wire:
    ends = (End((200, 130), False, (-1, 0)), *(End(head, True, (1, 0)) for head in heads))
    return Wire(ends, ((200, 130), *heads), tuple((0, k) for k in range(1, len(ends))))


def test_boxes_that_one_layer_leads_to_do_not_follow_one_another() -> None:
    boxes = [Box((40, 100, 200, 160), filled=True)]
    boxes += [Box((300, y, 460, y + 40), filled=True) for y in (60.0, 108.0, 156.0)]
    texts = [TextLine("dense", (80, 120, 150, 140))]
    texts += [TextLine(name, (320, y + 10, 440, y + 30)) for name, y in zip("abc", (60, 108, 156), strict=True)]
    drawing = Drawing(500, 260, 20.0, boxes, texts, [_fork((300, 80), (300, 128), (300, 176))])
    assert len(assemble(drawing).connections) == 3


def test_an_arrows_large_head_is_no_box_and_letters_at_its_border_cut_nothing_out_of_a_box() -> None:
    image, draw = _sheet(400, 200)
    draw.polygon(((60, 100), (100, 100), (80, 60)), "#44536a")
    assert find_areas(np.asarray(image), UNIT, []) == []
    image, draw = _sheet(400, 200)
    draw.rectangle((60, 60, 300, 130), "#803d12", "#3a8080", 3)
    for x in range(110, 250, 12):  # what is left of letters that touch the border
        draw.rectangle((x, 102, x + 6, 130), "white")
    (area,) = (a for a in find_areas(np.asarray(image), UNIT, [(105, 98, 256, 128)]) if a.filled and a.form == "rect")
    assert abs(area.bbox[0] - 60) < 6
    assert abs(area.bbox[3] - 130) < 8
