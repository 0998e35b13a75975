"""What a legend says: by colours or by words, beside its samples, below them or in them, in a frame or without."""

from __future__ import annotations

import pytest

from extraction.pdf.model import Stroke, Word
from extraction.readers import read
from tests.readers.test_meanings import GREEN, PINK, filled, row
from tests.readers.test_readers import BLACK, _figure, _word, types


def _legend(meanings: list[str]) -> tuple[list[Stroke], list[Word]]:
    samples = [filled(220, 330 + 40 * k, 240, 345 + 40 * k, colour) for k, colour in enumerate((PINK, GREEN))]
    return samples, [_word(meaning, 250, 328 + 40 * k) for k, meaning in enumerate(meanings)]


def test_a_legend_names_layers_by_words_that_else_mean_many_things() -> None:
    samples, words = _legend(["Convolution", "Join"])
    flow = read(_figure([*row([PINK, PINK, GREEN]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Conv2D", "Concatenate"]


def test_a_number_in_a_box_counts_what_the_legend_says_of_its_colour() -> None:
    samples, words = _legend(["Convolution", "Dense"])
    words += [_word("64", 80, 40), _word("128", 80, 130), _word("10", 80, 220)]
    flow = read(_figure([*row([PINK, PINK, GREEN]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Conv2D", "Dense"]
    assert [layer.params for layer in flow.layers] == [{"filters": 64}, {"filters": 128}, {"units": 10}]


BLUE, GOLD = (0.6, 0.7, 1.0), (1.0, 0.9, 0.4)


def _close_legend(meanings: list[str], left: float = 220, top: float = 40) -> tuple[list[Stroke], list[Word]]:
    """A legend whose lines stand as close as those of a paragraph."""
    places = [(top + 24 * k, colour) for k, colour in enumerate((PINK, GREEN, BLUE, GOLD)[: len(meanings)])]
    samples = [filled(left, y, left + 20, y + 15, colour) for y, colour in places]
    return samples, [_word(text, left + 30, y - 2) for (y, _), text in zip(places, meanings, strict=True)]


def test_lines_of_a_legend_that_stand_close_are_not_one() -> None:
    samples, words = _close_legend(["Convolution", "Dropout", "Dense"])
    flow = read(_figure([*row([PINK, BLUE, GREEN, BLUE]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Dense", "Dropout", "Dense"]


def test_words_of_a_legend_do_not_name_what_stands_level_with_them() -> None:
    samples, words = _close_legend(["Dense", "LSTM", "Convolution"], top=45)
    flow = read(_figure([*row([GREEN, PINK, BLUE]), *samples], words), "box2d")
    assert types(flow) == ["LSTM", "Dense", "Conv2D"]


def test_what_a_legend_names_by_no_operation_is_a_part_with_that_name() -> None:
    samples, words = _close_legend(["Convolution", "Our gadget"])
    flow = read(_figure([*row([PINK, GREEN, PINK]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Block", "Conv2D"]
    assert [layer.label for layer in flow.layers] == ["Convolution", "Our gadget", "Convolution"]


def test_of_a_box_and_its_shadow_the_box_has_the_colour() -> None:
    samples, words = _close_legend(["Convolution", "Dense"])
    shadows = [filled(53.001, 33 + 90 * k, 153, 73 + 90 * k, (0.7, 0.7, 0.7)) for k in range(3)]
    shadows += [filled(53, 33 + 90 * k, 153.001, 73.001 + 90 * k, (0.7, 0.7, 0.7)) for k in range(3)]
    flow = read(_figure([*shadows, *row([PINK, GREEN, PINK]), *samples], words), "box2d")
    assert types(flow) == ["Conv2D", "Dense", "Conv2D"]


def _placed(meanings: list[str], words: str, left: float = 220, top: float = 40) -> tuple[list[Stroke], list[Word]]:
    """A legend whose words stand on that side of its samples."""
    samples, texts = [], []
    for k, (meaning, colour) in enumerate(zip(meanings, (PINK, GREEN, BLUE), strict=False)):
        y = top + (54 if words == "below" else 30) * k
        if words == "within":
            samples.append(filled(left, y, left + 150, y + 30, colour))
            texts.append(_word(meaning, left + 10, y + 6))
        elif words == "left":
            samples.append(filled(left + 125, y, left + 145, y + 20, colour))
            texts.append(_word(meaning, left + 117 - 9 * len(meaning), y + 1))
        else:
            samples.append(filled(left + 50, y, left + 70, y + 20, colour))
            texts.append(_word(meaning, left + 60 - 4.5 * len(meaning), y + 23))
    return samples, texts


@pytest.mark.parametrize("words", ["left", "below", "within"])
@pytest.mark.parametrize("framed", [False, True])
def test_words_stand_left_of_samples_below_or_in_them(words: str, framed: bool) -> None:
    samples, texts = _placed(["Convolution", "Dropout", "Dense"], words)
    if framed:
        samples.append(Stroke(((210, 30), (380, 30), (380, 200), (210, 200)), True, BLACK, None, 1.0))
    flow = read(_figure([*row([PINK, BLUE, GREEN, BLUE]), *samples], texts), "box2d")
    assert types(flow) == ["Conv2D", "Dense", "Dropout", "Dense"]


def test_lines_in_a_frame_that_stand_close_are_not_one() -> None:
    samples, words = _close_legend(["Convolution", "Dropout", "Dense"])
    frame = Stroke(((210, 30), (390, 30), (390, 120), (210, 120)), True, BLACK, None, 1.0)
    flow = read(_figure([*row([PINK, BLUE, GREEN, BLUE]), *samples, frame], words), "box2d")
    assert types(flow) == ["Conv2D", "Dense", "Dropout", "Dense"]


def test_one_sample_tells_what_many_boxes_are() -> None:
    samples, words = _placed(["LSTM"], "within")
    flow = read(_figure([*row([PINK, PINK, PINK]), *samples], words), "box2d")
    assert types(flow) == ["LSTM", "LSTM", "LSTM"]


def test_a_box_with_a_name_that_nothing_leads_to_is_no_sample_where_boxes_of_its_colour_have_names() -> None:
    named = [_word("3x3, 64", 60, 40), _word("1x1, 32", 60, 130), _word("3x3, 64", 60, 220)]
    samples, words = _placed(["concat", "dense"], "within")
    flow = read(_figure([*row([PINK, GREEN, PINK]), *samples], [*named, *words]), "box2d")
    assert sorted(types(flow)) == ["Concatenate", "Conv2D", "Conv2D", "Conv2D", "Dense"]


def test_of_a_box_that_a_legend_names_a_part_the_number_in_it_is_kept() -> None:
    samples, words = _close_legend(["Convolution", "Our gadget"])
    words += [_word("64", 80, 40), _word("2", 80, 130)]
    flow = read(_figure([*row([PINK, GREEN]), *samples], words), "box2d")
    assert [layer.label for layer in flow.layers] == ["Convolution 64", "Our gadget 2"]
