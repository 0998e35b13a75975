"""Numbers beside arrows, which may touch them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from extraction.readers.plots.numbers import numbers_near
from extraction.readers.plots.typeface import store


def _face(capital: int) -> int:
    """A face of the store whose capitals are so high."""
    faces = range(len(store().sizes))
    return next(f for f in faces for s in store().face(f) if s.letter == "H" and s.patch.shape[0] == capital)


def _write(image: NDArray[np.uint8], text: str, x: int, base: int, face: int) -> None:
    """Digits of a face, from a column on, as a program sets them."""
    samples = {sample.letter: sample for sample in store().face(face)}
    for digit in text:
        sample = samples[digit]
        h, w = sample.patch.shape
        part = image[base + sample.below - h : base + sample.below, x : x + w]
        np.minimum(part, 255 - sample.patch[:, :, None], out=part)
        x += w + 1


@pytest.mark.parametrize("capital", [9, 10, 12])
@pytest.mark.parametrize("number", ["64", "400", "990", "16", "128"])
@pytest.mark.parametrize(("slant", "astray"), [(0, 1), (0, 0), (12, 1), (-12, 0)])
def test_a_number_right_beside_a_line_is_read_whole(number: str, capital: int, slant: int, astray: int) -> None:
    image = np.full((200, 120, 3), 255, np.uint8)
    cv2.line(image, (50 - slant, 10), (50 + slant, 190), (0, 0, 0), 1, cv2.LINE_AA if slant else cv2.LINE_8)
    face = _face(capital)
    _write(image, number, 51 + abs(slant) // 12, 105, face)
    y = np.arange(10.0, 191.0)
    x = 50 + slant * (y - 100) / 90
    x += astray * (np.abs(y - 100) < 12)  # where a digit drew it aside as it was followed
    way = np.stack([x, y], axis=1)
    ((found,),) = numbers_near(image, [], [way], [way], [face], capital)
    assert found.value == int(number)
