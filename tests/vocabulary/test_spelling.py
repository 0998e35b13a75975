"""Words of operations that a letter is wrong in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.vocabulary import parse
from extraction.vocabulary.spelling import WORDS, respelled


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Biinear Interpolate", "UpSampling2D"),
        ("Convoluton 3x3", "Conv2D"),
        ("Concatanate", "Concatenate"),
        ("Averge pooling", "AveragePooling2D"),
        ("Fully Conected 128", "Dense"),
        ("Word Embedings", "Embedding"),
        ("Max Poolng", "MaxPooling2D"),
        ("Covolutional Preprocessor", "Block"),
        ("Avaragelool 5x5+3(V)", "AveragePooling2D"),
        ("DepthConcst", "Concatenate"),
        ("Corn 1x1+1(S)", "Conv2D"),
        ("Conwy 3×3+1(S)", "Conv2D"),
        ("MaxPoci 3x3+2(S)", "MaxPooling2D"),
    ],
)
def test_a_word_with_a_letter_wrong_means_what_it_would(text: str, kind: str) -> None:
    phrase = parse(text)
    assert phrase.type == kind
    assert phrase.confidence < 0.9


@pytest.mark.parametrize("text", ["Code 4x4", "Corn 12", "Maps 8x8", "Crop 3x3", "Concat 2x2", "Cell 16x16"])
def test_other_words_before_sides_stay(text: str) -> None:
    assert respelled(text) == text


@pytest.mark.parametrize("text", ["decoded image", "Encoded features", "transformed", "protection", "position"])
def test_another_word_or_form_is_not_put_right(text: str) -> None:
    assert respelled(text) == text


@given(st.sampled_from(WORDS))
def test_words_that_are_right_stay(word: str) -> None:
    assert respelled(word) == word


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert respelled(respelled(text)) == respelled(text)
