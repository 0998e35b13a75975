"""Boxes with lines drawn right over them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extraction.pdf.model import Image
from extraction.readers.plots.glyphs import INKED, lines_of
from extraction.readers.plots.heads import Arrow
from extraction.readers.plots.ink import Cell, find_nodes, ink_of
from extraction.readers.plots.named_boxes import Card, read_cards
from extraction.readers.plots.strokes import clear_strokes

PALE_BLUE = (187, 222, 251)
INK = (0, 0, 0)


def _rounded(picture: Image, x: int, y: int, width: int, height: int) -> None:
    """A filled box with corners of a radius of 14 pixels, and an outline."""
    rim = np.zeros(picture.shape[:2], np.uint8)
    cv2.rectangle(rim, (x + 14, y), (x + width - 14, y + height), 1, -1)
    cv2.rectangle(rim, (x, y + 14), (x + width, y + height - 14), 1, -1)
    for corner in ((14, 14), (width - 14, 14), (14, height - 14), (width - 14, height - 14)):
        cv2.circle(rim, (x + corner[0], y + corner[1]), 14, 1, -1)
    inner = cv2.erode(rim, np.ones((3, 3), np.uint8))
    picture[rim > 0] = INK
    picture[inner > 0] = PALE_BLUE


def _sheet(*lines: tuple[tuple[int, int], tuple[int, int]]) -> Image:
    picture: Image = np.full((300, 300, 3), 255, np.uint8)
    _rounded(picture, 40, 60, 180, 90)
    for text, y in (("dropout", 100), ("Dropout", 130)):
        cv2.putText(picture, text, (80, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 1, cv2.LINE_AA)
    for start, end in lines:
        cv2.line(picture, start, end, INK, 1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize(
    "line",
    [
        ((110, 10), (125, 290)),
        ((170, 10), (140, 290)),
        ((200, 10), (204, 290)),
        ((206, 10), (221, 290)),
        ((213, 10), (213, 290)),
        ((10, 144), (290, 150)),
    ],
)
def test_a_box_that_a_line_cuts_is_one(line: tuple[tuple[int, int], tuple[int, int]]) -> None:
    picture = _sheet(line)
    (node,), _ = find_nodes(picture, ink_of(picture)[0])
    assert [cell.shape for cell in node.cells] == ["round"]
    assert np.abs(np.subtract(node.rect, (40, 60, 221, 151))).max() <= 2


def test_two_boxes_of_one_colour_side_by_side_are_two() -> None:
    picture = _sheet()
    _rounded(picture, 40, 153, 180, 90)
    cv2.putText(picture, "Dense", (80, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 1, cv2.LINE_AA)
    nodes, _ = find_nodes(picture, ink_of(picture)[0])
    assert sum(len(node.cells) for node in nodes) == 2


def test_lines_and_a_head_between_two_boxes_are_no_dark_bar() -> None:
    picture: Image = np.full((200, 520, 3), 255, np.uint8)
    for x in (40, 262):
        _rounded(picture, x, 60, 180, 90)
        cv2.putText(picture, "Dense", (x + 40, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 1, cv2.LINE_AA)
        cv2.putText(picture, "units = 8", (x + 40, 130), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 1, cv2.LINE_AA)
    for y in (94, 116):
        cv2.line(picture, (220, y), (262, y + 1), INK, 1, cv2.LINE_AA)
    cv2.line(picture, (220, 105), (249, 105), INK, 1)
    cv2.fillPoly(picture, [np.array([(261, 105), (247, 99), (247, 111)])], INK)
    nodes, _ = find_nodes(picture, ink_of(picture)[0])
    assert [round(node.rect[0], -1) for node in nodes] == [40, 260]


def test_what_a_line_crosses_stays() -> None:
    dark = np.zeros((60, 120), np.uint8)
    dark[20:22, 30:90] = 255  # a stroke of a letter
    alone = dark.copy()
    cv2.line(dark, (50, 0), (56, 59), 255, 1, cv2.LINE_AA)
    clear_strokes(dark)
    assert (dark[:19] < INKED).all()
    assert (dark[23:] < INKED).all()
    assert (dark[20:22] >= 200).sum() >= 0.9 * (alone[20:22] >= 200).sum()


def test_a_cell_without_lines_is_left_alone() -> None:
    picture = _sheet()
    dark = 255 - cv2.cvtColor(picture[62:149, 42:219], cv2.COLOR_RGB2GRAY)
    kept = dark.copy()
    clear_strokes(dark)
    assert (dark == kept).all()


def test_a_letter_that_touches_a_rounded_corner_is_kept() -> None:
    picture = _sheet()
    cv2.putText(picture, "p = 7", (46, 143), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 2, cv2.LINE_AA)
    cell = Cell((41, 61, 220, 150), False, "round", PALE_BLUE)
    last = lines_of(picture, cell, 1)[-1]
    assert last.rect[0] <= 52


def test_words_of_which_a_line_hides_letters_are_those_that_there_are() -> None:
    place = (0.0, 0.0, 10.0, 10.0)
    cards = [
        Card(["input", "Input"], place),
        Card(["pool", "MaxPooling2D", "ool_size = 2x2", "paddir.g = sane"], place),
        Card(["conv", "Co.v2D", "filters = 8"], place),
    ]
    flow = read_cards(cards, [Arrow(1, {0: 1.0}), Arrow(2, {1: 1.0})])
    assert flow is not None
    _, pool, conv = flow.layers
    assert pool.params == {"pool_size": [2, 2], "padding": "same"}
    assert (conv.type, conv.params) == ("Conv2D", {"filters": 8})
    assert conv.confidence < pool.confidence


def test_what_lines_enclose_between_coloured_boxes_is_no_box() -> None:
    picture: Image = np.full((420, 300, 3), 255, np.uint8)
    for y in (20, 160, 300):
        _rounded(picture, 40, y, 180, 90)
        cv2.putText(picture, "Dropout", (80, y + 50), cv2.FONT_HERSHEY_SIMPLEX, 0.7, INK, 1, cv2.LINE_AA)
    for x in (80, 180):
        cv2.line(picture, (x, 110), (x, 160), INK, 1)
    cv2.fillPoly(picture, [np.array([(130, 159), (125, 145), (135, 145)])], INK)
    nodes, _ = find_nodes(picture, ink_of(picture)[0])
    assert [round(node.rect[1], -1) for node in nodes] == [20, 160, 300]
