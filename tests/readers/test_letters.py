"""Letters from pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from extraction.readers import read_image
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


def test_letters_that_stand_alone_at_the_start_of_an_arrow_are_inputs() -> None:
    page = Image.new("RGB", (420, 300), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((60, 40, 360, 90), fill=(214, 228, 245), outline="black", width=2)
    draw.text((210, 65), "Attention", fill="black", font=ImageFont.load_default(20), anchor="mm")
    for x, letter in ((110, "V"), (210, "K"), (310, "Q")):
        draw.line((x, 96, x, 250), fill="black", width=2)
        draw.polygon(((x, 95), (x - 6, 107), (x + 6, 107)), fill="black")
        draw.text((x, 264), letter, fill="black", font=ImageFont.load_default(20), anchor="mm")
    flow = read_image(np.asarray(page), "box2d")
    labels = {layer.id: layer.label for layer in flow.layers}
    assert {(labels[c.source], labels[c.target]) for c in flow.connections} == {(x, "Attention") for x in "VKQ"}
    assert {layer.type for layer in flow.layers if layer.label in "VKQ"} == {"Input"}
