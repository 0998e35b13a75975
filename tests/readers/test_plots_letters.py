"""Letters told by the store: what is lost at a border, and what touches."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.readers.plots.spelling import take_apart
from extraction.readers.plots.typeface import ALIKE, FAINT, Sample, store


def _letter(face: int, letter: str) -> Sample:
    return next(sample for sample in store().face(face) if sample.letter == letter)


def _faces(letters: str) -> list[int]:
    """Some faces that have all of these letters."""
    return [f for f in range(0, len(store().sizes), 60) if set(letters) <= {s.letter for s in store().face(f)}]


def test_a_letter_is_told_without_its_faintest_column() -> None:
    tried = 0
    for face in _faces("0"):
        for sample in store().face(face):
            if sample.letter.isdigit() and sample.patch.shape[1] > 5 and sample.patch[:, 0].max() < FAINT:
                near = store().near(np.ascontiguousarray(sample.patch[:, 1:]), ALIKE)
                told = {s.letter: s.before for _, s in near if s.face == face}
                assert told.get(sample.letter) == sample.before + 1
                tried += 1
    assert tried >= 3


@pytest.mark.parametrize("word", ["rn", "m", "kerne", "keme"])
def test_letters_that_touch_are_parted_as_they_were_put(word: str) -> None:
    tried = 0
    for face in _faces(word):
        samples = [_letter(face, letter) for letter in word]
        above = max(s.patch.shape[0] - s.below for s in samples)
        below = max(s.below for s in samples)
        canvas = np.zeros((above + below, sum(s.patch.shape[1] for s in samples)), np.uint8)
        x = 0
        for s in samples:
            h, w = s.patch.shape
            canvas[above + s.below - h : above + s.below, x : x + w] = s.patch
            x += w
        parted = take_apart(canvas, above, face)
        assert parted is not None
        assert "".join(s.letter for s in parted.samples) == word
        tried += 1
    assert tried >= 5
