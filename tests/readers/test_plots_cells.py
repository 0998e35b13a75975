"""Cells of nodes: what a line parts, though it ends a little before the border."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from extraction.readers.plots.ink import find_nodes, ink_of
from extraction.readers.plots.keras_cells import Text, words_of

Picture = NDArray[np.uint8]


def _table() -> Picture:
    """A node with two cells side by side under a wide one."""
    picture = np.full((140, 420, 3), 255, np.uint8)
    cv2.rectangle(picture, (20, 20), (399, 119), (0, 0, 0), 2)
    cv2.line(picture, (20, 70), (399, 70), (0, 0, 0), 2)
    cv2.line(picture, (210, 70), (210, 119), (0, 0, 0), 2)
    for text, at in (("conv2d: Conv2D", (120, 52)), ("None, 28", (60, 102)), ("None, 26", (250, 102))):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("rows", [(115, 118), (72, 75)])
def test_cells_whose_line_ends_two_pixels_short_are_two(rows: tuple[int, int]) -> None:
    picture = _table()
    whole, _ = find_nodes(picture, ink_of(picture)[0])
    picture[rows[0] : rows[1], 205:216] = 255
    found, _ = find_nodes(picture, ink_of(picture)[0])
    assert len(whole) == len(found) == 1
    assert len(whole[0].cells) == len(found[0].cells) == 3
    assert found[0].rect == whole[0].rect


def test_cells_whose_level_line_ends_two_pixels_short_are_two() -> None:
    picture = _table()
    picture[66:76, 395:398] = 255
    found, _ = find_nodes(picture, ink_of(picture)[0])
    assert [len(node.cells) for node in found] == [3]


def test_what_lines_and_a_box_below_enclose_is_no_cell() -> None:
    picture = np.full((320, 420, 3), 255, np.uint8)
    cv2.rectangle(picture, (20, 20), (300, 77), (0, 0, 0), -1)
    cv2.rectangle(picture, (60, 130), (340, 187), (0, 0, 0), -1)
    cv2.rectangle(picture, (20, 240), (340, 297), (0, 0, 0), -1)
    for text, at in (("Concatenate", (60, 55)), ("InputLayer", (100, 165)), ("Dense", (100, 275))):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    for x, end in ((40, 240), (180, 130)):
        cv2.line(picture, (x, 77), (x, end), (0, 0, 0), 2)
    cv2.putText(picture, "functional", (60, 110), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    found, _ = find_nodes(picture, ink_of(picture)[0])
    assert [len(node.cells) for node in found] == [1, 1, 1]


@pytest.mark.parametrize("name", ["dropout1", "dropout_1", "input1", "conv2d1", "flatten11"])
def test_a_number_behind_the_word_of_a_class_stays_in_the_name(name: str) -> None:
    kind = {"dropout": "Dropout", "input": "Input", "conv2d": "Conv2D", "flatten": "Flatten"}[name.rstrip("_1")]
    assert words_of([Text((0, 0, 9, 9), f"{name} ({kind})")]).name == name
