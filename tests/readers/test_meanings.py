"""What boxes mean by their words, and by standing alone."""

from __future__ import annotations

from extraction.pdf.model import Stroke
from extraction.readers import read
from tests.readers.test_readers import BLACK, _box, _figure, _head, _line, _word, pairs, types

PINK, GREEN = (1.0, 0.6, 0.7), (0.5, 1.0, 0.5)


def filled(x0: float, y0: float, x1: float, y1: float, colour: tuple[float, float, float]) -> Stroke:
    return Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), True, BLACK, colour, 1.0)


def row(fills: list[tuple[float, float, float]]) -> list[Stroke]:
    """Boxes of these colours under one another, arrows between them."""
    strokes = []
    for k, colour in enumerate(fills):
        strokes.append(filled(50, 30 + 90 * k, 150, 70 + 90 * k, colour))
        if k:
            strokes += [_line((100, 90 * k - 20), (100, 90 * k + 20)), _head((100, 90 * k + 30))]
    return strokes


def test_the_name_of_a_part_that_nothing_leads_to_is_a_title() -> None:
    words = [_word("conv", 70, 40), _word("relu", 70, 130), _word("ResLSTM", 250, 40)]
    flow = read(_figure([*row([PINK, PINK]), _box(240, 30, 340, 70)], words), "box2d")
    assert pairs(flow) == {("conv", "relu")}
    assert len(flow.layers) == 2


def test_a_word_printed_over_itself_is_one_word() -> None:
    words = [_word("conv", 70, 40), _word("conv", 71, 40), _word("relu", 70, 130)]
    assert pairs(read(_figure(row([PINK, PINK]), words), "box2d")) == {("conv", "relu")}


def test_an_activation_below_a_box_names_it_and_one_at_an_arrow_does_not() -> None:
    row = [filled(50 + 150 * k, 100, 90 + 150 * k, 160, PINK) for k in range(3)]
    for x in (90, 240):
        row += [_line((x, 130), (x + 100, 130)), _head_right((x + 110, 130))]
    below = [_word("conv", 50, 166), _word("ReLU", 200, 166), _word("pool", 350, 166)]
    assert types(read(_figure(row, below), "box2d")) == ["Conv2D", "Activation", "Block"]
    along = [_word("conv", 50, 166), _word("ReLU", 126, 110), _word("dense", 195, 166), _word("pool", 350, 166)]
    assert types(read(_figure(row, along), "box2d")) == ["Conv2D", "Dense", "Block"]


def _head_right(tip: tuple[float, float]) -> Stroke:
    x, y = tip
    return Stroke(((x, y), (x - 10, y - 5), (x - 10, y + 5)), True, None, BLACK, 0.0)


def test_a_line_that_says_that_weights_are_shared_carries_nothing() -> None:
    boxes = [_box(40, 40, 120, 80), _box(260, 40, 340, 80), _box(40, 160, 120, 200), _box(260, 160, 340, 200)]
    arrows = [_line((x, 80), (x, 150)) for x in (80, 300)] + [_head((x, 160)) for x in (80, 300)]
    words = [_word("conv", 60, 50), _word("conv", 280, 50), _word("fc", 70, 170), _word("fc", 290, 170)]
    both = [_line((130, 60), (250, 60)), _head_right((260, 60)), _head_left((120, 60))]
    shared = read(_figure([*boxes, *arrows, *both], [*words, _word("shared", 165, 36)]), "box2d")
    assert len(shared.connections) == 2
    for said in ("joint", "weights", "same"):
        other = read(_figure([*boxes, *arrows, *both], [*words, _word(said, 165, 36)]), "box2d")
        assert len(other.connections) > 2


def _head_left(tip: tuple[float, float]) -> Stroke:
    x, y = tip
    return Stroke(((x, y), (x + 10, y - 5), (x + 10, y + 5)), True, None, BLACK, 0.0)
