"""Arrows that are hardly longer than their heads, lines that begin right before a head, texts of one letter."""

from __future__ import annotations

from extraction.pdf.model import Stroke, Word
from extraction.readers import read
from tests.readers.test_readers import BLACK, _box, _figure, _line, _word, pairs


def test_an_arrow_that_is_hardly_longer_than_its_head_points_where_that_does() -> None:
    boxes = [_box(40, 140, 140, 180), _box(40, 86, 140, 126), _box(40, 20, 140, 60)]
    strokes = [*boxes, _line((90, 140), (90, 126)), _head_up((90, 126)), _line((90, 86), (90, 60)), _head_up((90, 60))]
    words = [_word("conv", 60, 150), _word("relu", 60, 96), _word("fc", 60, 30)]
    assert pairs(read(_figure(strokes, words), "box2d")) == {("conv", "relu"), ("relu", "fc")}


def test_a_line_that_leaves_an_arrow_right_before_its_head_does_not_take_that() -> None:
    boxes = [_box(40, 240, 140, 280), _box(40, 160, 140, 200), _box(40, 60, 140, 100)]
    strokes = [
        *boxes,
        _line((90, 240), (90, 200)),
        _head_up((90, 200)),
        _line((90, 160), (90, 100)),
        _head_up((90, 100)),
    ]
    strokes += [_line((90, 212), (20, 212), (20, 80), (40, 80)), _head_right((40, 80))]
    words = [_word("conv", 60, 250), _word("relu", 60, 170), _word("add", 60, 70)]
    found = pairs(read(_figure(strokes, words), "box2d"))
    assert found == {("conv", "relu"), ("relu", "add"), ("conv", "add")}


def test_a_line_of_text_that_is_one_letter_is_as_high_as_others() -> None:
    legs = [Stroke(((x - 9, 92), (x, 100), (x - 9, 108)), False, BLACK, None, 1.0) for x in (100, 200, 300)]
    lines = [_line((x - 40, 100), (x, 100)) for x in (100, 200, 300)]
    boxes = [_box(x, 80, x + 58, 120) for x in (102, 202)]
    words = [
        _letter("x", 46, 90),
        _letter("a", 130, 40),
        _letter("b", 230, 40),
        _word("conv", 113, 91),
        _word("fc", 222, 91),
        _letter("y", 304, 90),
    ]
    assert len(pairs(read(_figure([*boxes, *lines, *legs], words), "box2d"))) == 3


def _letter(text: str, x: float, y: float) -> Word:
    return Word(text, (x, y, x + 5, y + 20), 18.0, line=int(x * 1000 + y))


def _head_up(tip: tuple[float, float]) -> Stroke:
    x, y = tip
    return Stroke(((x, y), (x - 4, y + 10), (x + 4, y + 10)), True, None, BLACK, 0.0)


def _head_right(tip: tuple[float, float]) -> Stroke:
    x, y = tip
    return Stroke(((x, y), (x - 10, y - 4), (x - 10, y + 4)), True, None, BLACK, 0.0)
