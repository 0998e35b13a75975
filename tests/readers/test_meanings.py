"""What boxes mean by their words, by a legend, and by standing alone."""

from __future__ import annotations

from extraction.pdf.model import Stroke, Word
from extraction.readers import read
from tests.readers.test_readers import BLACK, _box, _figure, _head, _line, _word, pairs, types

PINK, GREEN = (1.0, 0.6, 0.7), (0.5, 1.0, 0.5)


def _filled(x0: float, y0: float, x1: float, y1: float, colour: tuple[float, float, float]) -> Stroke:
    return Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), True, BLACK, colour, 1.0)


def _row(fills: list[tuple[float, float, float]]) -> list[Stroke]:
    """Boxes of these colours under one another, arrows between them."""
    strokes = []
    for k, colour in enumerate(fills):
        strokes.append(_filled(50, 30 + 90 * k, 150, 70 + 90 * k, colour))
        if k:
            strokes += [_line((100, 90 * k - 20), (100, 90 * k + 20)), _head((100, 90 * k + 30))]
    return strokes


def _legend(meanings: list[str]) -> tuple[list[Stroke], list[Word]]:
    samples = [_filled(220, 330 + 40 * k, 240, 345 + 40 * k, colour) for k, colour in enumerate((PINK, GREEN))]
    return samples, [_word(meaning, 250, 328 + 40 * k) for k, meaning in enumerate(meanings)]


def test_a_legend_names_layers_by_words_that_else_mean_many_things() -> None:
    samples, words = _legend(["Convolution", "Join"])
    flow = read(_figure([*_row([PINK, PINK, GREEN]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Conv2D", "Concatenate"]


def test_a_number_in_a_box_counts_what_the_legend_says_of_its_colour() -> None:
    samples, words = _legend(["Convolution", "Dense"])
    words += [_word("64", 80, 40), _word("128", 80, 130), _word("10", 80, 220)]
    flow = read(_figure([*_row([PINK, PINK, GREEN]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Conv2D", "Dense"]
    assert [layer.params for layer in flow.layers] == [{"filters": 64}, {"filters": 128}, {"units": 10}]


def test_the_name_of_a_part_that_nothing_leads_to_is_a_title() -> None:
    words = [_word("conv", 70, 40), _word("relu", 70, 130), _word("ResLSTM", 250, 40)]
    flow = read(_figure([*_row([PINK, PINK]), _box(240, 30, 340, 70)], words), "box2d")
    assert pairs(flow) == {("conv", "relu")}
    assert len(flow.layers) == 2


def test_a_word_printed_over_itself_is_one_word() -> None:
    words = [_word("conv", 70, 40), _word("conv", 71, 40), _word("relu", 70, 130)]
    assert pairs(read(_figure(_row([PINK, PINK]), words), "box2d")) == {("conv", "relu")}


BLUE, GOLD = (0.6, 0.7, 1.0), (1.0, 0.9, 0.4)


def _close_legend(meanings: list[str], left: float = 220, top: float = 40) -> tuple[list[Stroke], list[Word]]:
    """A legend whose lines stand as close as those of a paragraph."""
    places = [(top + 24 * k, colour) for k, colour in enumerate((PINK, GREEN, BLUE, GOLD)[: len(meanings)])]
    samples = [_filled(left, y, left + 20, y + 15, colour) for y, colour in places]
    return samples, [_word(text, left + 30, y - 2) for (y, _), text in zip(places, meanings, strict=True)]


def test_lines_of_a_legend_that_stand_close_are_not_one() -> None:
    samples, words = _close_legend(["Convolution", "Dropout", "Dense"])
    flow = read(_figure([*_row([PINK, BLUE, GREEN, BLUE]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Dense", "Dropout", "Dense"]


def test_words_of_a_legend_do_not_name_what_stands_level_with_them() -> None:
    samples, words = _close_legend(["Dense", "LSTM", "Convolution"], top=45)
    flow = read(_figure([*_row([GREEN, PINK, BLUE]), *samples], words), "box2d")
    assert types(flow) == ["LSTM", "Dense", "Conv2D"]


def test_what_a_legend_names_by_no_operation_is_a_part_with_that_name() -> None:
    samples, words = _close_legend(["Convolution", "Our gadget"])
    flow = read(_figure([*_row([PINK, GREEN, PINK]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Block", "Conv2D"]
    assert [layer.label for layer in flow.layers] == ["Convolution", "Our gadget", "Convolution"]


def test_of_a_box_and_its_shadow_the_box_has_the_colour() -> None:
    samples, words = _close_legend(["Convolution", "Dense"])
    shadows = [_filled(53.001, 33 + 90 * k, 153, 73 + 90 * k, (0.7, 0.7, 0.7)) for k in range(3)]
    shadows += [_filled(53, 33 + 90 * k, 153.001, 73.001 + 90 * k, (0.7, 0.7, 0.7)) for k in range(3)]
    flow = read(_figure([*shadows, *_row([PINK, GREEN, PINK]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Dense", "Conv2D"]


def test_an_activation_below_a_box_names_it_and_one_at_an_arrow_does_not() -> None:
    row = [_filled(50 + 150 * k, 100, 90 + 150 * k, 160, PINK) for k in range(3)]
    for x in (90, 240):
        row += [_line((x, 130), (x + 100, 130)), _head_right((x + 110, 130))]
    below = [_word("conv", 50, 166), _word("ReLU", 200, 166), _word("pool", 350, 166)]
    assert types(read(_figure(row, below), "box2d")) == ["Conv2D", "Activation", "Block"]
    along = [_word("conv", 50, 166), _word("ReLU", 126, 110), _word("dense", 195, 166), _word("pool", 350, 166)]
    assert types(read(_figure(row, along), "box2d")) == ["Conv2D", "Dense", "Block"]


def _head_right(tip: tuple[float, float]) -> Stroke:
    x, y = tip
    return Stroke(((x, y), (x - 10, y - 5), (x - 10, y + 5)), True, None, BLACK, 0.0)
