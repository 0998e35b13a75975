"""Lines that lead astray: past a corner, and to heads that hide each other."""

from __future__ import annotations

import pytest

from tests.readers.plot_sheet import Sheet


@pytest.mark.parametrize("cut", [0, 2, 4, 6])
def test_a_line_that_touches_the_corner_of_a_box_passes_by(cut: int) -> None:
    sheet = Sheet()
    low, near, target = sheet.box(300, 330), sheet.box(248 - cut, 180, 120, 80), sheet.box(60, 120)
    sheet.arrow((330, 329), (130, 161))
    other = sheet.box(60, 330)
    sheet.arrow((299, 350), (131, 350))
    sheet.hide(near)
    assert sheet.read() == [(low, target), (low, other)]


@pytest.mark.parametrize("apart", [0, 1, 2, 3])
def test_heads_that_nearly_hide_each_other_are_two(apart: int) -> None:
    sheet = Sheet()
    first, second, target = sheet.box(20, 220), sheet.box(20, 360), sheet.box(300, 120)
    sheet.arrow((90, 235), (299, 150))
    sheet.arrow((90, 370), (150, 300), (190, 220), (240, 180), (299, 150 + apart))
    other = sheet.box(540, 350)  # other heads tell how large one is
    sheet.arrow((90, 380), (539, 380))
    sheet.arrow((371, 150), (550, 349))
    assert sheet.read() == [(first, target), (second, target), (second, other), (target, other)]
