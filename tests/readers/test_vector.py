"""What a PDF's own lines show: arrows that meet, heads and outlines as programs draw them, signs in circles."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pymupdf
import pytest

from extraction.flow.model import Flow
from extraction.pdf.model import Figure, Point, Region, Stroke, Word
from extraction.readers import read

BLACK = (0.0, 0.0, 0.0)


def figure(strokes: list[Stroke], words: list[Word]) -> Figure:
    image = np.full((450, 400, 3), 255, dtype=np.uint8)
    return Figure(Region("1", 1, (0, 0, 400, 450), ""), "vector", image, 1.0, tuple(words), tuple(strokes))


def box(x: float, y: float, label: str) -> tuple[Stroke, Word]:
    """A filled box of 80 x 40 with a word in it."""
    corners = ((x, y), (x + 80, y), (x + 80, y + 40), (x, y + 40))
    left = x + 40 - 4.5 * len(label)
    word = Word(label, (left, y + 11, left + 9 * len(label), y + 29), 18.0, line=int(x * 1000 + y))
    return Stroke(corners, True, BLACK, (0.8, 0.9, 1.0), 1.0), word


def line(*points: Point, dashed: bool = False) -> Stroke:
    return Stroke(points, False, BLACK, None, 1.0, dashed=dashed)


def head(tip: Point) -> Stroke:
    """A filled arrowhead that points down."""
    x, y = tip
    return Stroke(((x, y), (x - 5, y - 10), (x + 5, y - 10)), True, None, BLACK, 0.0)


def ring(x: float, y: float, radius: float) -> list[Stroke]:
    """A circle as two filled paths of straight pieces."""
    around = [(math.cos(k * math.pi / 20), math.sin(k * math.pi / 20)) for k in range(40)]
    outlines = [tuple((x + r * a, y + r * b) for a, b in around) for r in (radius, radius - 1)]
    return [Stroke(points, True, None, BLACK, 0.0) for points in outlines]


def pairs(flow: Flow) -> set[tuple[str, str]]:
    names = {layer.id: layer.label or layer.type for layer in flow.layers}
    return {(names[c.source], names[c.target]) for c in flow.connections}


def read_from(boxes: list[tuple[Stroke, Word]], strokes: list[Stroke], words: list[Word] | None = None) -> Flow:
    return read(figure([*(b for b, _ in boxes), *strokes], [*(w for _, w in boxes), *(words or [])]), "box2d")


def test_arrows_that_meet_at_one_head_both_lead_there() -> None:
    boxes = [box(20, 20, "conv"), box(160, 20, "pool"), box(300, 20, "relu"), box(160, 200, "concat")]
    tip = (200, 190)
    strokes = [line((60, 60), tip), line((340, 60), tip), line((200, 60), tip), head((200, 200))]
    expected = {("conv", "concat"), ("pool", "concat"), ("relu", "concat")}
    assert pairs(read_from(boxes, strokes)) == expected
    assert pairs(read_from(boxes[:1] + boxes[2:], [*strokes[:2], strokes[3]])) == expected - {("pool", "concat")}


def test_bent_arrows_that_reach_to_the_tip_of_one_open_head_all_lead_there() -> None:
    boxes = [box(20, 20, "conv"), box(160, 20, "pool"), box(300, 20, "relu"), box(160, 200, "concat")]
    tip = (200, 198)
    ways = [line((x, 60), (x, 110), (200, 110), tip) for x in (60, 200, 340)]
    heads = [line((195, 189), tip, (205, 189)) for _ in ways]
    assert pairs(read_from(boxes, [*ways, *heads])) == {("conv", "concat"), ("pool", "concat"), ("relu", "concat")}


def test_curves_from_both_sides_reach_the_tip_of_one_open_head() -> None:
    boxes = [box(20, 20, "conv"), box(300, 20, "relu"), box(160, 200, "concat")]
    tip = (200, 198)
    ways = [
        line((x, 60), (x + side, 75), (200 - 80 * side / 20, 130), (200 - side / 5, 180), tip)
        for x, side in ((60, 20), (340, -20))
    ]
    heads = [line((195, 189), tip, (205, 189)) for _ in ways]
    assert pairs(read_from(boxes, [*ways, *heads])) == {("conv", "concat"), ("relu", "concat")}


def test_curves_that_come_in_flat_reach_the_tip_of_an_open_head_too() -> None:
    boxes = [box(20, 20, "conv"), box(160, 20, "pool"), box(300, 20, "relu"), box(160, 120, "concat")]
    tip = (200, 118)
    ways = [line((200, 60), tip), line((60, 60), (70, 80), (120, 100), (175, 110), tip)]
    ways.append(line((340, 60), (330, 80), (280, 100), (225, 110), tip))
    heads = [line((195, 109), tip, (205, 109)) for _ in ways]
    assert pairs(read_from(boxes, [*ways, *heads])) == {("conv", "concat"), ("pool", "concat"), ("relu", "concat")}


def test_a_line_may_turn_off_just_before_its_head() -> None:
    boxes = [box(20, 140, "conv"), box(275, 120, "relu")]
    strokes = [line((60, 140), (60, 118), (250, 118), (250, 133)), *ring(250, 160, 12)]
    strokes.append(Stroke(((250, 148), (239, 124), (261, 124)), True, None, BLACK, 0.0))
    strokes += [line((245, 160), (255, 160)), line((250, 155), (250, 165))]
    assert pairs(read_from(boxes, strokes)) == {("conv", "+")}


def test_an_arrow_ends_at_a_box_where_the_next_one_leaves_it() -> None:
    boxes = [box(20, 20, "conv"), box(200, 110, "pool"), box(20, 200, "relu")]
    strokes = [line((100, 40), (197, 130)), line((187, 125), (197, 130), (192, 120))]
    strokes += [line((200, 130), (103, 220)), line((107, 212), (103, 220), (112, 217))]
    assert pairs(read_from(boxes, strokes)) == {("conv", "pool"), ("pool", "relu")}


def test_two_arrows_that_leave_an_outlined_box_at_one_place_are_two() -> None:
    boxes = [box(20, 20, "conv"), box(20, 200, "relu"), box(260, 200, "pool")]
    hollow = [(replace(stroke, fill=None), word) for stroke, word in boxes]
    strokes = [line((60, 60), (60, 195)), head((60, 200)), line((60, 60), (298, 195))]
    strokes.append(Stroke(((300, 200), (290, 198), (294, 190)), True, None, BLACK, 0.0))
    assert pairs(read_from(hollow, strokes)) == {("conv", "relu"), ("conv", "pool")}


def test_a_letter_that_nothing_comes_into_is_what_is_given_and_no_sign() -> None:
    boxes = [box(160, 20, "x"), box(160, 120, "conv"), box(160, 220, "pool")]
    rim = tuple((200 + 15 * math.cos(a / 20 * math.pi), 40 + 15 * math.sin(a / 20 * math.pi)) for a in range(40))
    boxes[0] = (Stroke(rim, True, BLACK, None, 1.0), boxes[0][1])
    flow = read_from(
        boxes, [line((200, 55), (200, 112)), head((200, 120)), line((200, 160), (200, 212)), head((200, 220))]
    )
    assert [layer.type for layer in flow.layers] == ["Input", "Conv2D", "Block"]


def test_a_comb_of_arrows_comes_from_the_arrow_that_crosses_its_back() -> None:
    boxes = [box(20, 200, "image"), box(250, 80, "conv"), box(250, 200, "pool"), box(250, 320, "dense")]
    right = [Stroke(((250, y), (240, y - 5), (240, y + 5)), True, None, BLACK, 0.0) for y in (100, 220, 340)]
    back = [line((240, 100), (170, 100), (170, 220)), line((170, 220), (170, 340), (240, 340))]
    flow = read_from(boxes, [*back, line((100, 220), (240, 220)), *right])
    assert pairs(flow) == {("image", "conv"), ("image", "pool"), ("image", "dense")}


def test_arrows_that_leave_a_box_at_one_place_are_two() -> None:
    boxes = [box(160, 300, "relu"), box(20, 60, "softmax"), box(300, 60, "sigmoid")]
    ways = [line((200, 300), (170, 290), (60, 200), (60, 112)), line((200, 300), (230, 290), (340, 200), (340, 112))]
    tips = [Stroke(((x, 100), (x - 5, 112), (x + 5, 112)), True, None, BLACK, 0.0) for x in (60, 340)]
    assert pairs(read_from(boxes, ways + tips)) == {("relu", "softmax"), ("relu", "sigmoid")}


def test_an_open_head_may_be_wide() -> None:
    boxes = [box(20, 200, "dense"), box(250, 200, "conv")]
    curved = line((108, 212), (106, 216), (100, 220), (106, 224), (108, 228))
    assert pairs(read_from(boxes, [line((250, 220), (100, 220)), curved])) == {("conv", "dense")}


def test_an_outline_of_seven_corners_is_an_arrow() -> None:
    boxes = [box(20, 200, "dense"), box(250, 200, "conv")]
    corners = ((240, 214), (240, 226), (130, 226), (130, 232), (110, 220), (130, 208), (130, 214))
    arrow = Stroke(corners, True, BLACK, (1.0, 1.0, 1.0), 1.0)
    assert pairs(read_from(boxes, [arrow])) == {("conv", "dense")}


@pytest.mark.parametrize("sign", ["+", "dot", "cross"])
def test_signs_in_circles_of_filled_paths_are_operators(sign: str) -> None:
    boxes = [box(160, 20, "conv"), box(160, 380, "dense")]
    strokes = ring(200, 220, 14)
    if sign == "dot":
        strokes.append(replace(ring(200, 220, 3)[0]))
    elif sign == "cross":
        strokes += [line((192, 212), (208, 228)), line((192, 228), (208, 212))]
    words = [Word("+", (194, 211, 206, 229), 18.0, line=1)] if sign == "+" else []
    ways = [line((200, 60), (200, 198)), head((200, 206)), line((200, 234), (200, 370)), head((200, 380))]
    flow = read_from(boxes, strokes + ways, words)
    assert [layer.type for layer in flow.layers] == ["Conv2D", "Add" if sign == "+" else "Multiply", "Dense"]
    assert len(flow.connections) == 2


def test_a_dashed_outline_is_one_though_its_sides_do_not_meet() -> None:
    boxes = [box(160, 20, "conv"), box(160, 380, "dense")]
    x0, y0, x1, y1 = 140.0, 190.0, 260.0, 230.0
    sides = [
        line((x0 + 3, y0), (x1 - 3, y0), dashed=True), line((x1, y0 + 3), (x1, y1 - 3), dashed=True),
        line((x1 - 3, y1), (x0 + 3, y1), dashed=True), line((x0, y1 - 3), (x0, y0 + 3), dashed=True),
        line((x0, y0 + 2), (x0, y0), (x0 + 2, y0)),
    ]  # fmt: skip
    ways = [line((200, 60), (200, 180)), head((200, 190)), line((200, 230), (200, 370)), head((200, 380))]
    word = Word("concatenate", (150, 201, 250, 219), 18.0, line=1)
    assert pairs(read_from(boxes, sides + ways, [word])) == {("conv", "concatenate"), ("concatenate", "dense")}


def test_letters_drawn_as_outlines_are_recognised() -> None:
    boxes = [box(60, 60, "conv"), box(60, 260, "dense")]
    document = pymupdf.open()
    page = document.new_page(width=400, height=450)
    for stroke, word in boxes:
        page.draw_rect(pymupdf.Rect(*stroke.points[0], *stroke.points[2]), color=BLACK, fill=(0.8, 0.9, 1.0))
        page.insert_text((word.bbox[0], word.bbox[3] - 4), word.text, fontname="helv", fontsize=18)
    pixels = page.get_pixmap()
    image = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)
    letters = [
        Stroke(((x, 74), (x + 6, 74), (x + 6, 86), (x, 86)), True, None, BLACK, 0.0, curved=True)
        for x in range(84, 116, 9)
    ]
    drawn = figure([*(b for b, _ in boxes), *letters, line((100, 100), (100, 250)), head((100, 260))], [])
    assert pairs(read(replace(drawn, image=image), "box2d")) == {("conv", "dense")}


def test_an_arrow_drawn_as_area_halo_and_outline_is_read_once() -> None:
    """As word processors do it, between two boxes whose joining lines close a shape of their own."""
    boxes = [box(20, 200, "dense"), box(250, 200, "conv")]
    corners = ((240, 214), (240, 226), (130, 226), (130, 232), (110, 220), (130, 208), (130, 214))
    halo = ((244, 210), (244, 230), (134, 230), (134, 238), (104, 220), (134, 202), (134, 210), (130, 208), (126, 210))
    strokes = [
        Stroke(corners, True, None, BLACK, 0.0), Stroke(halo, True, None, BLACK, 0.0),
        line((120, 220), (236, 222)), line((100, 200), (250, 200)), line((100, 240), (250, 240)),
    ]  # fmt: skip
    flow = read_from(boxes, strokes)
    assert pairs(flow) == {("conv", "dense")}
    assert len(flow.layers) == 2


def test_boxes_without_words_in_a_frame_are_the_layers_and_not_the_frame() -> None:
    rows = [((x, y), (x + 30, y), (x + 30, y + 8), (x, y + 8)) for x, y in ((100, 80), (100, 120), (100, 160))]
    strokes = [Stroke(((60, 40), (180, 40), (180, 200), (60, 200)), True, BLACK, (0.9, 0.9, 0.9), 1.0)]
    strokes += [Stroke(corners, True, BLACK, (0.9, 0.7, 0.8), 1.0) for corners in rows]
    for y in (88, 128):
        strokes += [
            line((115, y), (115, y + 24)),
            Stroke(((115, y + 32), (112, y + 25), (118, y + 25)), True, None, BLACK, 0),
        ]
    flow = read(figure(strokes, [Word("(a)", (80, 300, 107, 318), 18.0, line=1)]), "box2d")
    assert len(flow.layers) == 3
    assert len(flow.connections) == 2


def test_the_way_goes_on_behind_dots() -> None:
    boxes = [box(20, 200, "conv"), box(300, 200, "dense")]
    strokes = [line((205, 220), (290, 220)), Stroke(((300, 220), (290, 215), (290, 225)), True, None, BLACK, 0.0)]
    flow = read_from(boxes, strokes, [Word("...", (170, 211, 197, 229), 18.0, line=1)])
    assert pairs(flow) == {("conv", "dense")}
    assert len(flow.layers) == 2


def test_a_bracket_under_boxes_is_no_connection() -> None:
    columns = {20.0: ("conv", "relu"), 160.0: ("pool", "sigmoid"), 300.0: ("dense", "softmax")}
    boxes = [box(x, y, word) for x, words in columns.items() for y, word in zip((200, 60), words, strict=True)]
    strokes = [line((x + 40, 200), (x + 40, 110)) for x in columns]
    strokes += [Stroke(((x + 40, 100), (x + 35, 110), (x + 45, 110)), True, None, BLACK, 0.0) for x in columns]
    bracket = line((60, 240), (60, 270), (200, 270), (200, 240))
    assert pairs(read_from(boxes, [*strokes, bracket])) == set(columns.values())


def test_lines_without_heads_at_a_sign_lead_to_it_where_their_other_end_has_an_input() -> None:
    boxes = [box(20, 150, "dense"), box(200, 20, "loss one"), box(200, 300, "loss two")]
    strokes = [line((100, 165), (160, 165), (160, 40), (190, 40)), line((100, 175), (160, 175), (160, 320), (190, 320))]
    strokes += [Stroke(((200, y), (190, y - 5), (190, y + 5)), True, None, BLACK, 0.0) for y in (40, 320)]
    strokes += [line((240, 60), (240, 170)), line((240, 190), (240, 300)), *ring(240, 180, 10)]
    strokes += [line((234, 180), (246, 180)), line((240, 174), (240, 186))]
    assert pairs(read_from(boxes, strokes)) == {
        ("dense", "loss one"),
        ("dense", "loss two"),
        ("loss one", "+"),
        ("loss two", "+"),
    }


def test_an_arrow_beside_a_box_leads_to_the_line_it_points_at() -> None:
    boxes = [box(100, 20, "conv"), box(100, 120, "pool"), box(100, 220, "relu"), box(290, 120, "dense")]
    down = [stroke for y in (60, 160) for stroke in (line((140, y), (140, y + 50)), head((140, y + 60)))]
    side = [line((330, 160), (330, 175), (180, 175))]
    tip = Stroke(((170, 175), (180, 170), (180, 180)), True, None, BLACK, 0.0)
    flow = read_from(boxes, [*down, *side, tip, line((180, 40), (330, 40), (330, 110)), head((330, 120))])
    assert pairs(flow) == {("conv", "pool"), ("pool", "relu"), ("conv", "dense"), ("dense", "relu")}


def test_dots_that_are_drawn_are_an_ellipsis_and_join_the_parts_of_a_vector() -> None:
    bars = [
        Stroke(((x, 100), (x + 90, 100), (x + 90, 130), (x, 130)), True, BLACK, (0.8, 0.9, 1.0), 1.0) for x in (20, 180)
    ]
    dots = [
        Stroke(
            tuple((x + 2 * math.cos(k * math.pi / 8), 115 + 2 * math.sin(k * math.pi / 8)) for k in range(16)),
            True,
            None,
            BLACK,
            0.0,
        )
        for x in (135, 145, 155)
    ]
    boxes = [box(20, 20, "conv"), box(180, 20, "pool"), box(180, 200, "dense")]
    arrows = [
        stroke
        for x, y in ((60, 60), (220, 60), (220, 130))
        for stroke in (line((x, y), (x, y + 30)), head((x, y + 40)))
    ]
    arrows[-2:] = [line((220, 130), (220, 190)), head((220, 200))]
    flow = read_from(boxes, [*bars, *dots, *arrows])
    assert len(flow.layers) == 4
    assert len(pairs(flow)) == 3
    assert {source for source, _ in pairs(flow)} >= {"conv", "pool"}


def test_a_box_may_be_four_lines_and_of_a_box_and_its_shadow_the_box_counts() -> None:
    (x, y), wide, tall = (150, 200), 80, 40
    corners = [(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)]
    sides = [line(a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
    name = Word("concat", (160, 211, 220, 229), 18.0, line=9)
    above = [box(20, 20, "conv"), box(300, 20, "pool")]
    right = Stroke(((150, 206), (140, 201), (140, 211)), True, None, BLACK, 0.0)
    left = Stroke(((230, 234), (240, 229), (240, 239)), True, None, BLACK, 0.0)
    ways = [line((60, 60), (60, 206), (140, 206)), right, line((340, 60), (340, 234), (240, 234)), left]
    assert pairs(read_from(above, [*sides, *ways], [name])) == {("conv", "concat"), ("pool", "concat")}
    shadows = [
        replace(stroke, points=tuple((a + 4, b + 4) for a, b in stroke.points), fill=(0.6, 0.6, 0.6))
        for stroke, _ in above
    ]
    flow = read(figure([*shadows, *(stroke for stroke, _ in above)], [word for _, word in above]), "box2d")
    assert {layer.bbox for layer in flow.layers} == {(20, 20, 100, 60), (300, 20, 380, 60)}


def test_boxes_of_a_stack_follow_one_another_though_arrows_lead_away() -> None:
    names = ["dense", "softmax", "sigmoid", "tanh"]
    lower = [box(100, 400 - 48 * n, name) for n, name in enumerate(["conv", "pool", "relu"])]
    upper = [box(100, 200 - 48 * n, name) for n, name in enumerate(names[:3])]
    arcs = []
    for n in range(3):
        start, end = (100, 420 - 48 * n), (100, 124 + 48 * n)
        way = [start, (70 - 15 * (2 - n), start[1]), (70 - 15 * (2 - n), end[1]), (90, end[1])]
        arcs += [line(*way), Stroke((end, (90, end[1] - 5), (90, end[1] + 5)), True, None, BLACK, 0.0)]
    found = pairs(read_from([*lower, *upper], arcs))
    assert {("conv", "pool"), ("pool", "relu"), ("dense", "softmax"), ("softmax", "sigmoid")} <= found
