"""Letters from pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from extraction.readers.letters import read_again, read_letters


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
