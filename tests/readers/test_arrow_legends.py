"""Legends of arrows: a colour stands for an operation, and what such an arrow leads to is its layer."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from extraction.flow.model import Flow
from extraction.pdf.model import Stroke, Word
from extraction.readers import read
from tests.readers.test_readers import _box, _figure, _word

Colour = tuple[float, float, float]
BLUE, RED, GREEN, GREY, BLACK = (0.1, 0.2, 0.8), (0.8, 0.1, 0.1), (0.1, 0.6, 0.1), (0.5, 0.5, 0.5), (0.0, 0.0, 0.0)


def _arrow(a: tuple[float, float], b: tuple[float, float], colour: Colour) -> list[Stroke]:
    (x, y), (dx, dy) = b, ((b[0] > a[0]) - (b[0] < a[0]), (b[1] > a[1]) - (b[1] < a[1]))
    corners = ((x, y), (x - 10 * dx - 4 * dy, y - 10 * dy - 4 * dx), (x - 10 * dx + 4 * dy, y - 10 * dy + 4 * dx))
    return [Stroke((a, b), False, colour, None, 1.5), Stroke(corners, True, None, colour, 0.0)]


def _read(strokes: list[Stroke], words: list[Word]) -> Flow:
    """The flow of a figure with its lines in its picture, too: their colours are seen there."""
    figure = _figure(strokes, words)
    image = np.full((500, 700, 3), 255, dtype=np.uint8)
    for stroke in strokes:
        points = np.array(stroke.points).round().astype(np.int32)
        if stroke.fill:
            cv2.fillPoly(image, [points], [round(255 * part) for part in stroke.fill])
        if stroke.colour:
            cv2.polylines(image, [points], stroke.closed, [round(255 * part) for part in stroke.colour], 2)
    return read(replace(figure, image=image, region=replace(figure.region, bbox=(0, 0, 700, 500))), "box2d")


def _legend(said: dict[str, Colour], left: float = 400, top: float = 250) -> tuple[list[Stroke], list[Word]]:
    strokes, words = [], []
    for k, (text, colour) in enumerate(said.items()):
        y = top + 30 * k
        strokes += _arrow((left, y), (left + 40, y), colour)
        words.append(_word(text, left + 50, y - 9))
    return strokes, words


def _down_and_up(numbers: bool) -> tuple[list[Stroke], list[Word]]:
    """Five bars: by a convolution, down by pooling, up again beside what was there before, and by another one."""
    boxes = [_box(30, 60, 50, 180), _box(110, 60, 130, 180), _box(110, 260, 130, 340)]
    boxes += [_box(230, 60, 250, 180), _box(310, 60, 330, 180)]
    low = 235 if numbers else 258
    arrows = _arrow((50, 120), (108, 120), BLUE) + _arrow((120, 180), (120, low), RED)
    arrows += _arrow((130, 100), (228, 100), GREY) + _arrow((250, 120), (308, 120), BLUE)
    arrows += [Stroke(((130, 300), (240, 300), (240, 182)), False, GREEN, None, 1.5)]
    arrows += _arrow((240, 200), (240, 182), GREEN)[1:]
    words = [_word("64", 111, 38), _word("64", 111, 239)] if numbers else []
    return boxes + arrows, words


def test_boxes_are_what_the_arrows_to_them_do() -> None:
    strokes, words = _down_and_up(numbers=False)
    more, said = _legend({"conv 3x3, ReLU": BLUE, "max pool 2x2": RED, "up-conv 2x2": GREEN, "copy and crop": GREY})
    flow = _read(strokes + more, words + said)
    assert [layer.type for layer in flow.layers] == ["Input", "Conv2D", "Concatenate", "Conv2D", "MaxPooling2D"]
    assert len(flow.connections) == 5
    assert flow.layers[1].params["kernel_size"] == [3, 3]


def test_a_number_between_an_arrow_and_a_box_counts_its_channels() -> None:
    strokes, words = _down_and_up(numbers=True)
    more, said = _legend({"conv 3x3": BLUE, "max pool 2x2": RED, "up-conv 2x2": GREEN, "copy and crop": GREY})
    flow = _read(strokes + more, words + said)
    assert sorted(layer.type for layer in flow.layers) == ["Concatenate", "Conv2D", "Conv2D", "Input", "MaxPooling2D"]
    assert [layer.params["filters"] for layer in flow.layers if "filters" in layer.params] == [64]


def test_a_legend_of_arrows_may_stand_in_a_frame() -> None:
    strokes, words = _down_and_up(numbers=False)
    more, said = _legend({"conv 3x3, ReLU": BLUE, "max pool 2x2": RED, "up-conv 2x2": GREEN, "copy and crop": GREY})
    flow = _read([*strokes, _box(390, 230, 620, 360), *more], words + said)
    assert [layer.type for layer in flow.layers] == ["Input", "Conv2D", "Concatenate", "Conv2D", "MaxPooling2D"]
    assert len(flow.connections) == 5


def test_black_and_grey_arrows_are_told_apart() -> None:
    strokes = [_box(30 + 100 * k, 60, 50 + 100 * k, 180) for k in range(4)]
    for k, colour in enumerate((GREY, BLACK, GREY)):
        strokes += _arrow((50 + 100 * k, 120), (128 + 100 * k, 120), colour)
    more, said = _legend({"convolution": GREY, "max pooling": BLACK})
    flow = _read(strokes + more, said)
    assert [layer.type for layer in flow.layers] == ["Input", "Conv2D", "MaxPooling2D", "Conv2D"]


def test_arrows_of_one_colour_are_no_legend() -> None:
    strokes = [_box(30 + 100 * k, 60, 50 + 100 * k, 180) for k in range(3)]
    strokes += _arrow((50, 120), (128, 120), BLUE) + _arrow((150, 120), (228, 120), BLUE)
    more, said = _legend({"convolution": BLUE, "max pooling": BLUE})
    types = [layer.type for layer in _read(strokes + more, said).layers]
    assert "Input" in types
    assert types.count("MaxPooling2D") + types.count("Conv2D") <= 2


def test_a_number_that_is_no_plain_one_does_not_end_the_reading() -> None:
    strokes, words = _down_and_up(numbers=False)
    more, said = _legend({"conv 3x3": BLUE, "max pool": RED, "up-conv": GREEN, "copy and crop": GREY})
    words += [_word("198²", 165, 80), _word("①", 112, 38)]
    assert len(_read(strokes + more, words + said).layers) == 5
