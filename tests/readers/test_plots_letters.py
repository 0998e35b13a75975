"""Letters told by the store: what is lost at a border, and what touches."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from extraction.readers.plots.glyphs import Glyph, Line, lines_of
from extraction.readers.plots.ink import Cell
from extraction.readers.plots.parting import letters_of, take_apart
from extraction.readers.plots.spelling import Speller
from extraction.readers.plots.typeface import ALIKE, FAINT, Sample, store
from extraction.simulate import graphviz


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


def test_a_letter_is_told_without_its_faintest_columns_at_both_sides() -> None:
    tried = 0
    for face in range(0, len(store().sizes), 5):
        for sample in store().face(face):
            patch = sample.patch
            if sample.letter == "l" and patch.shape[1] > 4 and max(patch[:, 0].sum(), patch[:, -1].sum()) < 2 * FAINT:
                near = store().near(np.ascontiguousarray(patch[:, 1:-1]), ALIKE)
                told = {(s.letter, s.before, s.after) for _, s in near if s.face == face}
                assert ("l", sample.before + 1, sample.after + 1) in told
                tried += 1
    assert tried >= 3


def _written(word: str, face: int) -> tuple[NDArray[np.uint8], int]:
    """A word with letters that touch, and its baseline's row."""
    samples = [_letter(face, letter) for letter in word]
    above = max(s.patch.shape[0] - s.below for s in samples)
    below = max(s.below for s in samples)
    canvas = np.zeros((above + below, sum(s.patch.shape[1] for s in samples)), np.uint8)
    x = 0
    for s in samples:
        h, w = s.patch.shape
        canvas[above + s.below - h : above + s.below, x : x + w] = s.patch
        x += w
    return canvas, above


def _parted(patch: NDArray[np.uint8], baseline: int, face: int) -> str:
    parted = take_apart(np.ascontiguousarray(patch), baseline, face)
    return "".join(s.letter for s in parted.samples) if parted else ""


@pytest.mark.parametrize("word", ["ad", "ave", "ate"])
def test_letters_that_touch_are_parted_without_the_faintest_column_of_the_first(word: str) -> None:
    tried = 0
    for face in range(0, len(store().sizes), 10):
        if not set(word) <= {s.letter for s in store().face(face)}:
            continue
        patch, baseline = _written(word, face)
        if patch.shape[1] > 8 * len(word) and patch[:, 0].sum() < 3 * FAINT:
            assert _parted(patch[:, 1:], baseline, face) == word
            tried += 1
    assert tried >= 3


@pytest.mark.parametrize("word", ["rn", "m", "kerne", "keme"])
def test_letters_that_touch_are_parted_as_they_were_put(word: str) -> None:
    tried = 0
    for face in _faces(word):
        assert _parted(*_written(word, face), face) == word
        tried += 1
    assert tried >= 5


def test_the_tip_of_a_slanting_arrow_is_no_letter() -> None:
    picture = np.full((50, 400, 3), (255, 80, 80), np.uint8)
    cv2.rectangle(picture, (0, 0), (399, 49), (0, 0, 0), 1)
    cv2.putText(picture, "conv_1", (100, 32), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    cell = Cell((1, 1, 399, 49), colour=(255, 80, 80))
    (before,) = lines_of(picture, cell, 1)
    cv2.fillPoly(picture, [np.array([(306, 3), (299, 0), (313, 0)])], (0, 0, 0))
    (after,) = lines_of(picture, cell, 1)
    assert [g.rect for g in after.glyphs] == [g.rect for g in before.glyphs]


def test_lines_without_a_free_letter_are_no_reason_to_give_a_font_up() -> None:
    face = 330
    words = ["source", "conv", "Conv2D", "nvoluti", "tride", "kerne", "size", "unit", "Flatt", "din", "same"]
    lines = []
    for word in words:
        patch, baseline = _written(word, face)
        h, w = patch.shape
        glyph = Glyph((0, 0, w, h), patch)
        lines.append(Line([glyph], patch, (0, 0, w, h), baseline=float(h), capital=float(baseline)))
    speller = Speller(lines)
    speller.faces = [face]
    assert [speller.spell(line).text for line in lines] == words


def _nearest(near: list[tuple[float, Sample]]) -> str:
    return min(near, key=lambda item: item[0])[1].letter if near else ""


@pytest.mark.parametrize("size", [14.0, 16.0])
def test_letters_of_a_size_between_two_of_the_store_are_told(size: float) -> None:
    """Those of one resolution by those of another, twice as far off as any size is from the next."""
    sizes = np.array(store().sizes)
    smaller, larger = (np.flatnonzero(np.isclose(sizes, size * dpi / 72)).tolist() for dpi in (186, 190))
    assert len(smaller) == len(larger) >= 4
    told = []
    for face, other in zip(smaller, larger, strict=True):
        for sample in store().face(other):
            if sample.letter in "ABCDEabcdenopqrs2345689":
                told.append(_nearest(store().between(sample.patch, [face])))
                assert told[-1] in ("", sample.letter)
    assert told.count("") < len(told) / 4


@pytest.mark.parametrize("upper", ["block2_ip1_softmax", "pool_ip1_softmax", "conv_softplus"])
def test_a_letter_that_touches_the_line_below_belongs_to_its_own(upper: str) -> None:
    style = "shape=box, color=white, fontsize=14"
    drawing = graphviz.draw(f'digraph {{ dpi=72; node [{style}]; a [label="{upper}\\n(Softmax)"] }}', 72)
    x0, y0, x1, y1 = (int(v) for v in drawing.boxes["a"])
    lines = lines_of(np.ascontiguousarray(drawing.pixels[:, :, 2::-1]), Cell((x0, y0, x1, y1)), 1)
    speller = Speller(lines)
    assert [(speller.spell(line).text or "").replace(" ", "") for line in lines] == [upper, "(Softmax)"]


def test_letters_that_reach_over_each_other_are_told_a_pixel_closer_and_farther() -> None:
    tried = 0
    for face in _faces("fc"):
        both = [sample for sample in store().face(face) if sample.letter == "fc"]
        widths = {sample.patch.shape[1] for sample in both}
        if len(both) >= 3:
            assert widths == {min(widths), min(widths) + 1, min(widths) + 2}
            tried += 1
    assert tried >= 3


def test_specks_in_a_cell_are_no_letters() -> None:
    picture = np.full((40, 200, 3), 255, np.uint8)
    picture[20, 20:180:8] = 0
    picture[20:22, 100] = 0
    assert isinstance(lines_of(picture, Cell((1, 1, 199, 39)), 1), list)


@pytest.mark.parametrize("word", ["tanh", "units", "Dense"])
def test_letters_are_told_by_what_a_line_leaves_of_them(word: str) -> None:
    tried = told = 0
    for face in _faces(word):
        patch, baseline = _written(word, face)
        hidden = np.zeros(patch.shape, np.uint8)
        cv2.line(hidden, (patch.shape[1] // 2, 0), (patch.shape[1] // 2 + 2, patch.shape[0]), 1, 2)
        patch[hidden > 0] = 0
        parted = take_apart(patch, baseline, face, hidden > 0)
        tried += 1
        told += parted is not None and parted.text == word
    assert tried > 3
    assert told >= 0.8 * tried


def test_a_space_can_lie_under_a_line() -> None:
    face = _faces("units=8")[0]
    first, baseline = _written("units", face)
    second, other = _written("8", face)
    rows = max(len(first), len(second) + baseline - other)
    patch = np.zeros((rows, first.shape[1] + second.shape[1] + 6), np.uint8)
    patch[: len(first), : first.shape[1]] = first
    patch[baseline - other : baseline - other + len(second), first.shape[1] + 6 :] = second
    hidden = np.zeros(patch.shape, bool)
    hidden[:, first.shape[1] + 2 : first.shape[1] + 5] = True
    parted = take_apart(patch, baseline, face, hidden)
    assert parted is not None
    assert parted.text == "units 8"


def test_every_face_of_the_store_can_be_taken_apart() -> None:
    for face in range(len(store().sizes)):
        samples = letters_of(face).samples
        assert all(letter.patch.ndim == 2 for letter in samples)
