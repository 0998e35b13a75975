"""Simulated pictures that were once read wrong: each has in it what the test's name for it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.classify.images import load_image
from extraction.readers import read_image
from extraction.simulate.grammar import Recipe
from extraction.simulate.looks import Subject, draw_in
from extraction.simulate.scoring import score

#: Seed and number of a design.
HARD = {
    "a head beside another one's line": (930001, 242),
    "lines that touch a corner of a box": (930001, 306),
    "a line that runs into another": (930001, 429),
    "heads that nearly hide each other": (930001, 448),
    "a number beside the start of a bent line": (930001, 536),
    "an f that reaches over a c": (930001, 718),
}


@pytest.mark.parametrize("what", HARD)
def test_a_picture_of_caffe_with(what: str, tmp_path: Path) -> None:
    seed, number = HARD[what]
    picture = draw_in("caffe", Subject(Recipe("poster", seed).design(number)))
    assert picture is not None
    path = tmp_path / "picture.png"
    path.write_bytes(picture.png())
    assert score(picture.flow, read_image(load_image(path), "caffe")).wrong == []
