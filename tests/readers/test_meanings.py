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
