"""Lines followed backwards from their heads, over whatever they meet."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.readers.plots.darkness import ENOUGH, darkness
from extraction.readers.plots.heads import find_heads
from extraction.readers.plots.ink import ink_of
from extraction.readers.plots.tails import tail_of
from tests.readers.plot_sheet import CAPITAL, Sheet


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 550), st.integers(20, 550), st.integers(20, 550), st.integers(20, 550))
def test_lines_that_cross_lead_where_they_were_heading(a: int, b: int, c: int, d: int) -> None:
    sheet = Sheet()
    left, right, low, lower = (sheet.box(x, y, 260) for y in (10, 360) for x in (10, 330))
    # From the upper left to the lower right, and from the upper right to the lower left.
    starts = (20 + a * 230 / 550, 50.0), (340 + b * 230 / 550, 50.0)
    ends = (350 + c * 220 / 550, 359.0), (30 + d * 220 / 550, 359.0)
    sheet.arrow(starts[0], ends[0])
    sheet.arrow(starts[1], ends[1])
    assert sheet.read() == [(left, lower), (right, low)]


def test_a_number_on_a_line_leads_nobody_astray() -> None:
    sheet = Sheet()
    first, second = sheet.box(20, 180), sheet.box(500, 190)
    sheet.arrow((90, 200), (499, 210))
    cv2.putText(sheet.image, "104", (250, 203), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    assert sheet.read() == [(first, second)]


def test_a_line_passes_over_the_head_of_another() -> None:
    sheet = Sheet()
    upper, lower, first, second = sheet.box(260, 20), sheet.box(260, 200), sheet.box(20, 170), sheet.box(500, 170)
    sheet.arrow((295, 60), (295, 199))
    sheet.arrow((90, 190), (499, 190))
    assert sheet.read() == [(upper, lower), (first, second)]


def test_a_line_that_may_merge_passes_over_the_head_of_another() -> None:
    sheet = Sheet()
    upper, lower, first, second = sheet.box(260, 20), sheet.box(260, 340), sheet.box(20, 170), sheet.box(300, 170)
    sheet.arrow((294, 60), (294, 339))
    sheet.arrow((90, 190), (299, 190))
    assert sheet.read() == [(upper, lower), (first, second)]


def test_a_short_line_ends_where_it_arrives_and_does_not_turn_off_before() -> None:
    sheet = Sheet()
    upper, lower, first, second = sheet.box(260, 100), sheet.box(260, 190), sheet.box(20, 190), sheet.box(500, 90)
    sheet.arrow((290, 190), (287, 141))
    sheet.arrow((90, 200), (499, 125))
    assert sheet.read() == [(lower, upper), (first, second)]


@pytest.mark.parametrize("off", range(-8, 8))
def test_a_line_turns_off_at_a_corner(off: int) -> None:
    sheet = Sheet()
    first, second = sheet.box(20, 20), sheet.box(500, 300)
    sheet.arrow((55 + off, 60), (55 + off, 320), (499, 320))
    assert sheet.read() == [(first, second)]


def test_a_line_turns_off_right_before_a_box() -> None:
    sheet = Sheet()
    first, second = sheet.box(20, 20), sheet.box(110, 75)
    sheet.arrow((90, 50), (130, 50), (130, 74))
    assert sheet.read() == [(first, second)]


def test_heads_that_touch_are_two() -> None:
    sheet = Sheet()
    first, second, third = sheet.box(20, 150), sheet.box(20, 260), sheet.box(300, 100)
    sheet.arrow((90, 165), (300, 136))
    sheet.arrow((90, 270), (302, 140))
    fourth = sheet.box(500, 300)  # other heads tell how large one is
    sheet.arrow((370, 130), (510, 299))
    sheet.arrow((90, 290), (499, 330))
    assert sheet.read() == [(first, third), (second, third), (second, fourth), (third, fourth)]


def test_a_head_that_lies_on_an_outline_is_seen() -> None:
    sheet = Sheet()
    first, second = sheet.box(500, 60), sheet.box(20, 150, 260)
    sheet.arrow((500, 90), (262, 149))
    cv2.rectangle(sheet.image, (21, 151), (278, 188), (255, 80, 80), -1)
    assert sheet.read() == [(first, second)]


def test_a_head_beside_a_box_belongs_to_the_one_that_it_points_to() -> None:
    sheet = Sheet()
    first, _, target = sheet.box(20, 300), sheet.box(204, 112, 80, 100), sheet.box(198, 60, 87)
    sheet.arrow((90, 320), (202, 320), (202, 101))
    assert sheet.read() == [(first, target)]


def test_two_lines_to_and_fro_are_two() -> None:
    sheet = Sheet()
    first, second = sheet.box(200, 20), sheet.box(60, 200)
    sheet.arrow((205, 60), (100, 199))
    sheet.arrow((112, 200), (217, 61))
    assert sheet.read() == [(first, second), (second, first)]


def test_a_way_lies_on_its_line() -> None:
    sheet = Sheet()
    first, _ = sheet.box(20, 180), sheet.box(500, 190)
    sheet.arrow((90, 200), (499, 210))
    (arrow,) = sheet.arrows()
    x, y = arrow.ways[first][20:-30].T
    assert np.abs(y - (200 + (x - 90) * 10 / 409)).max() < 1.0


def test_a_head_whose_line_comes_from_aside_points_where_its_shape_does() -> None:
    sheet = Sheet()
    first, _, target = sheet.box(60, 20), sheet.box(36, 80), sheet.box(120, 80)
    sheet.arrow((113, 60), (113, 100), (119, 100))
    assert sheet.read() == [(first, target)]


@pytest.mark.parametrize("off", [-130, -80, -40, 40, 80, 130])
def test_a_line_turns_off_at_a_corner_that_is_not_right(off: int) -> None:
    sheet = Sheet()
    first, second = sheet.box(20, 20), sheet.box(500, 190)
    sheet.arrow((55, 60), (55, 210 + off), (499, 210))
    assert sheet.read() == [(first, second)]


def test_a_line_passes_over_the_base_of_the_head_of_another() -> None:
    sheet = Sheet()
    upper, lower, first, second = sheet.box(260, 20), sheet.box(260, 340), sheet.box(20, 170), sheet.box(300, 170)
    sheet.arrow((290, 60), (290, 339))
    sheet.arrow((90, 190), (299, 190))
    assert sheet.read() == [(upper, lower), (first, second)]


def test_two_heads_that_lie_on_each_other_have_two_lines() -> None:
    sheet = Sheet()
    first, second, third = sheet.box(20, 20), sheet.box(20, 120), sheet.box(300, 200)
    sheet.arrow((90, 40), (200, 160), (299, 201))
    sheet.arrow((90, 140), (299, 202))
    fourth = sheet.box(500, 300)  # other heads tell how large one is
    sheet.arrow((370, 230), (510, 299))
    sheet.arrow((90, 150), (499, 330))
    assert sheet.read() == [(first, third), (second, third), (second, fourth), (third, fourth)]


@pytest.mark.parametrize("end", [(300.0, 339.0), (215.0, 339.0), (385.0, 339.0)])
def test_a_line_that_is_drawn_right_over_a_box_leads_on(end: tuple[float, float]) -> None:
    sheet = Sheet()
    first, _, last = sheet.box(260, 20), sheet.box(220, 150, 160, 80), sheet.box(200, 340, 200)
    cv2.putText(sheet.image, "Conv2D", (250, 195), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    sheet.arrow((298, 60), end)
    assert sheet.read() == [(first, last)]


@pytest.mark.parametrize("end", [(300.0, 339.0), (215.0, 339.0), (385.0, 339.0)])
def test_a_line_that_boxes_hide_leads_on(end: tuple[float, float]) -> None:
    sheet = Sheet()
    first, over, under, last = (
        sheet.box(260, 20),
        sheet.box(220, 100, 160),
        sheet.box(220, 200, 160, 60),
        sheet.box(200, 340, 200),
    )
    sheet.arrow((298, 60), end)
    sheet.hide(over)
    sheet.hide(under)
    assert sheet.read_hidden() == [(first, last)]


def test_lines_that_leave_a_box_at_two_sides_are_two() -> None:
    sheet = Sheet()
    left, middle, right = sheet.box(40, 180), sheet.box(280, 180), sheet.box(520, 180)
    sheet.arrow((280, 200), (110, 200))
    sheet.arrow((350, 200), (519, 200))
    assert sheet.read_hidden() == [(middle, left), (middle, right)]


def test_a_line_that_a_box_would_have_to_bend_begins_there() -> None:
    sheet = Sheet()
    first, second, third, fourth = sheet.box(40, 20), sheet.box(40, 180), sheet.box(40, 340), sheet.box(400, 340)
    sheet.arrow((75, 220), (75, 339))
    sheet.arrow((62, 60), (62, 180), (62, 200))  # it passes behind the second box and ends elsewhere
    sheet.arrow((109, 40), (420, 339))
    sheet.hide(second)
    assert (second, third) in sheet.read_hidden()
    assert (first, fourth) in sheet.read_hidden()


@pytest.mark.parametrize("off", [-3, 0, 5])
def test_a_line_turns_off_under_its_head(off: int) -> None:
    sheet = Sheet()
    first, target = sheet.box(20, 100), sheet.box(200, 180)
    sheet.arrow((235, 150), (235, 179))
    cv2.rectangle(sheet.image, (215, 130), (255, 164), (255, 255, 255), -1)
    cv2.line(sheet.image, (90, 130), (90, 130), (0, 0, 0), 1)
    cv2.line(sheet.image, (60, 140), (60, 170 + off), (0, 0, 0), 1)
    cv2.line(sheet.image, (60, 170 + off), (235, 170 + off), (0, 0, 0), 1)
    assert sheet.read_hidden() == [(first, target)]


def test_a_way_of_few_steps_begins_at_its_head() -> None:
    sheet = Sheet()
    first, _ = sheet.box(20, 180), sheet.box(120, 180)
    sheet.arrow((90, 200), (119, 200))
    (arrow,) = sheet.arrows()
    assert arrow.ways[first][0][0] < 92 < 105 < arrow.ways[first][-1][0]


def test_a_line_ends_at_a_dark_bar() -> None:
    sheet = Sheet()
    first, second, third = sheet.box(260, 20), sheet.box(260, 150), sheet.box(260, 300)
    sheet.image[150:190, 260:330] = (108, 79, 71)
    sheet.image[150:190, 288:292] = 255  # a letter beside the line's way
    sheet.image[150:190, 298:302] = 255
    sheet.nodes[second].cells[0].inverted = True
    sheet.arrow((295, 60), (295, 149))
    sheet.arrow((295, 190), (295, 299))
    assert sheet.read() == [(first, second), (second, third)]


def test_a_line_turns_off_right_behind_its_head_and_right_before_a_box() -> None:
    sheet = Sheet()
    first, target, _ = sheet.box(100, 20), sheet.box(20, 180), sheet.box(128, 180)
    sheet.arrow((122, 60), (122, 200), (91, 200))
    assert sheet.read() == [(first, target)]


def test_an_outline_beside_a_head_is_no_line_that_turns_off() -> None:
    sheet = Sheet()
    first, target = sheet.box(20, 60), sheet.box(310, 160)
    sheet.arrow((90, 85), (322, 159))
    assert sheet.read() == [(first, target)]


def test_a_line_that_curls_around_behind_a_junction_is_followed() -> None:
    sheet = Sheet()
    first, left, right = sheet.box(380, 20), sheet.box(40, 200), sheet.box(420, 140)
    sheet.arrow((400, 60), (300, 110), (100, 199))
    sheet.arrow((400, 60), (312, 104), (294, 114), (290, 120), (294, 127), (310, 132), (419, 160))
    assert sheet.read() == [(first, left), (first, right)]


@pytest.mark.parametrize("away", [1, 2])
def test_a_line_passes_close_by_a_box(away: int) -> None:
    sheet = Sheet()
    first, _, last = sheet.box(100, 20, 100), sheet.box(50, 150, 100), sheet.box(100, 300, 100)
    sheet.arrow((150 + away, 60), (150 + away, 299))
    assert sheet.read() == [(first, last)]


def test_a_bent_line_and_a_straight_one_leave_one_head() -> None:
    sheet = Sheet()
    upper, first, target = sheet.box(180, 20), sheet.box(20, 110), sheet.box(280, 200)
    sheet.arrow((225, 60), (229, 100), (243, 140), (265, 170), (308, 199))
    sheet.arrow((90, 140), (308, 199))
    other = sheet.box(500, 300)  # other heads tell how large one is
    sheet.arrow((350, 230), (510, 299))
    sheet.arrow((90, 145), (499, 330))
    assert sheet.read() == [(upper, target), (first, target), (first, other), (target, other)]


#: 990 in small letters of Times, as a program paints it: darkness of each pixel, from 0 to f.
NUMBER = """
37690037690002969100
e006a1e006a00b303c00
c001f9c001f024e000e3
b000fdb000f057c000c7
e000fde000f069b000b9
f705f5f705f049b000b9
2886f02886f07c000c60
000b80000b803e000e30
007b0007b0000c303b00
49700497000002969200
"""


def test_a_digit_beside_a_line_does_not_move_its_way() -> None:
    sheet = Sheet()
    first, _ = sheet.box(260, 340), sheet.box(260, 20)
    sheet.arrow((295, 340), (295, 60))
    rows = np.array([[255 - 17 * int(value, 16) for value in row] for row in NUMBER.split()])
    sheet.image[200:210, 296:316] = rows[:, :, None]
    (arrow,) = sheet.arrows()
    assert np.abs(arrow.ways[first][:, 0] - 295).max() < 1.2


@pytest.mark.parametrize("x", [140, 190, 240, 295, 330, 380])
def test_a_line_is_dark_right_behind_its_head(x: int) -> None:
    sheet = Sheet()
    sheet.box(260, 20)
    sheet.arrow((x, 400), (295, 60))
    (head,) = find_heads(ink_of(sheet.image)[2], sheet.nodes, CAPITAL)
    dark = darkness(sheet.image, np.ones(sheet.image.shape[:2], np.uint8), sheet.nodes, [head])
    assert tail_of(dark, head, CAPITAL)[1] > 0.9 * ENOUGH  # else it would be looked for around a corner


def test_two_lines_that_cross_behind_their_heads_are_two() -> None:
    sheet = Sheet()
    first, second, target = sheet.box(20, 160), sheet.box(20, 330), sheet.box(300, 100)
    sheet.arrow((90, 185), (190, 161), (299, 136))
    sheet.arrow((70, 330), (100, 280), (160, 206), (220, 160), (250, 146), (299, 132))
    other = sheet.box(500, 300)  # other heads tell how large one is
    sheet.arrow((370, 130), (510, 299))
    sheet.arrow((90, 350), (499, 330))
    assert sheet.read() == [(first, target), (second, target), (second, other), (target, other)]


@pytest.mark.parametrize("gap", [6, 7, 8, 9])
def test_the_corner_of_a_line_right_beside_a_box_does_not_lead_there(gap: int) -> None:
    sheet = Sheet()
    first, _, last = sheet.box(100, 20, 100, 80), sheet.box(214 + gap, 20, 100, 80), sheet.box(170, 300, 100)
    sheet.image[60:63, 200:213] = np.array([0, 0, 100])[:, None, None]
    sheet.image[60:286, 213:217] = np.array([170, 0, 0, 170])[:, None]
    sheet.arrow((214.5, 285), (214.5, 299))
    assert sheet.read() == [(first, last)]
