"""Letters from pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from extraction.readers.letters import is_circles, read_again, read_letters


def picture(*words: str) -> np.ndarray:
    image = Image.new("RGB", (600, 90 * len(words)), "white")
    draw = ImageDraw.Draw(image)
    for row, word in enumerate(words):
        draw.text((40, 90 * row + 25), word, fill="black", font=ImageFont.load_default(32))
    return np.asarray(image)


def test_the_next_picture_is_read_as_well_as_the_first() -> None:
    """Reading one line again must not change how later pictures are read."""
    image = picture("Convolution", "Softmax")
    first = read_letters(image)
    assert {line.text for line in first} == {"Convolution", "Softmax"}
    # A box that was found empty is read by itself.
    again = read_again(image, first[:1], [first[1].bbox])
    assert {line.text for line in again} == {"Convolution", "Softmax"}
    assert read_letters(image) == first


def test_a_picture_without_letters_has_none() -> None:
    assert read_letters(np.full((200, 200, 3), 255, dtype=np.uint8)) == []


def test_words_written_upwards_and_downwards_are_read() -> None:
    words = Image.new("RGB", (240, 60), "white")
    ImageDraw.Draw(words).text((20, 10), "Convolution", fill="black", font=ImageFont.load_default(32))
    for turns, direction in ((1, 90), (-1, 270)):
        page = np.full((300, 300, 3), 255, dtype=np.uint8)
        page[30:270, 100:160] = np.rot90(np.asarray(words), turns)
        (line,) = read_letters(page)
        assert (line.text, line.direction) == ("Convolution", direction)


def test_rows_of_circles_are_told_from_words_and_numbers() -> None:
    assert all(is_circles(text) for text in ("OOOO", "Q00000", "00000"))
    assert not any(is_circles(text) for text in ("1000", "10000", "pool", "Output", "00"))
