"""Pictures that others made: large, mostly empty, and in fonts that the store of letters lacks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.pdf.model import Image
from extraction.readers.plots import alphabet, caffe_boxes, keras_cells
from extraction.readers.plots.glyphs import Line, Patch, lines_of
from extraction.readers.plots.ink import Cell, find_nodes, ink_of
from extraction.readers.plots.pieces import Mask, around_ink
from extraction.readers.plots.spelling import TRIES, Speller
from extraction.readers.plots.typeface import store


def _closed(mask: Mask) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 3), np.uint8)), np.uint8)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 599), st.integers(0, 79)), max_size=60))
def test_work_around_ink_is_work_on_the_whole(points: list[tuple[int, int]]) -> None:
    mask = np.zeros((600, 80), np.uint8)
    for y, x in points:
        mask[y : y + 3, x : x + 3] = 1
    assert (around_ink(mask, _closed, 5) == _closed(mask)).all()


def test_letters_of_the_store_are_found_by_their_pixels() -> None:
    for face in (0, len(store().sizes) - 1):
        for sample in store().face(face):
            near = store().near(sample.patch, 0.001)
            assert any(other.letter == sample.letter and other.face == face for _, other in near)


def test_what_stands_behind_a_colon_is_a_number() -> None:
    box = caffe_boxes.Box(True, "conv6 (Convolution) kernel size: I stride: l pad: O", (0, 0, 9, 9))
    layer = caffe_boxes.layer_of(1, box, None)
    assert (layer.name, layer.params) == ("conv6", {"kernel_size": [1, 1], "strides": [1, 1], "padding": 0})


def test_a_capital_i_behind_small_letters_is_the_number_of_a_layer() -> None:
    box = caffe_boxes.Box(True, "dropI (Dropout)", (0, 0, 9, 9))
    assert caffe_boxes.layer_of(1, box, None).name == "drop1"


def _written(texts: Sequence[str], font: int) -> list[Line]:
    lines = []
    for text in texts:
        picture: Image = np.full((60, 900, 3), 255, np.uint8)
        cv2.putText(picture, text, (20, 40), font, 0.8, (0, 0, 0), 2, cv2.LINE_AA)
        lines += lines_of(picture, Cell((0, 0, 900, 60)), 1)
    return lines


def test_a_line_with_a_letter_that_no_vote_told_is_read_as_a_whole() -> None:
    """An answer with more letters than pieces of ink names none of them, however often it is asked for."""
    said = ["".join(letters) for letters in permutations("qbkg")]
    lines = _written(said, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
    assert len(lines) == len(said)

    def recognise(patches: Sequence[Patch]) -> list[str]:
        return [next(t for t, line in zip(said, lines, strict=True) if line.patch is patch) + "x" for patch in patches]

    assert alphabet._told(lines, recognise) == [f"{text}x" for text in said]


def test_a_font_that_the_store_lacks_is_given_up_soon() -> None:
    words = [f"{a}{b}{c}" for a in "aemR" for b in "gkwQ" for c in "sBzx"]
    lines = _written(words, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
    measured = [(line.baseline, line.capital) for line in lines]
    speller = Speller(lines)
    told = [speller.spell(line).text for line in lines]
    assert all(
        text is not None or (line.baseline, line.capital) == size
        for text, line, size in zip(told, lines, measured, strict=True)
    )
    assert len(speller._tried) <= TRIES + 1
    assert told.count(None) > 0.8 * len(told)


def test_classes_and_names_of_keras_are_told_from_what_looks_like_them() -> None:
    for printed, name, kind in (
        ("convld_4: ConvlD", "conv1d_4", "Conv1D"),
        ("max_pooling2d: MaxP00ling2D", "max_pooling2d", "MaxPooling2D"),
        ("model: Conv2D", "model", "Conv2D"),
        ("conv1_relu: Actlvatlon", "conv1_relu", "Activation"),
        ("conv1_relu (Acttvatlon)", "conv1_relu", "Activation"),
        ("merged (Ccncatenatel", "merged", "Concatenate"),
        ("batch_nonmalization_9 (BatchNomalizaton)", "batch_normalization_9", "BatchNormalization"),
        ("batch_normalisation (BatchNormalization)", "batch_normalisation", "BatchNormalization"),
    ):
        words = keras_cells.words_of([keras_cells.Text((0, 0, 9, 9), printed)])
        assert (words.name, words.kind) == (name, kind)


def test_no_two_classes_look_alike() -> None:
    assert len(keras_cells._by_look()) == len(set(keras_cells._classes()))


def test_what_a_row_says_is_told_without_its_colon() -> None:
    cells = [
        keras_cells.Text((0, 0, 9, 9), "pool (MaxPooling2D)"),
        keras_cells.Text((0, 9, 9, 19), "Input s hape, (None, 4, 6)"),
        keras_cells.Text((9, 9, 19, 19), "Outpu tshape; (None, 2, 3)"),
    ]
    words = keras_cells.words_of(cells)
    assert (words.inputs, words.outputs) == ([(4, 6)], [(2, 3)])


def test_a_type_of_numbers_is_one_that_keras_has() -> None:
    for printed, dtype in (("flloat32", "float32"), ("int64", "int64"), ("uint16", "uint16")):
        words = keras_cells.words_of([keras_cells.Text((0, 0, 9, 9), f"Output dtype: {printed}")])
        assert words.dtype == dtype


def test_an_activation_is_told_from_what_looks_like_it() -> None:
    cells = [keras_cells.Text((0, 0, 9, 9), "Activation: s0ftmax"), keras_cells.Text((0, 9, 9, 19), "fc: Dense")]
    assert keras_cells.words_of(cells).activation == "softmax"


def test_a_colon_that_is_seen_twice_is_one() -> None:
    cells = [
        ("input::", (0, 0, 9, 9)),
        ("output:", (0, 10, 9, 19)),
        ("(?, 3)", (10, 0, 19, 9)),
        ("(?, 4)", (10, 10, 19, 19)),
    ]
    words = keras_cells.words_of([keras_cells.Text(rect, text) for text, rect in cells])
    assert (words.inputs, words.outputs) == ([(3,)], [(4,)])


def test_dark_cells_of_two_colours_are_two() -> None:
    picture: Image = np.full((120, 260, 3), 255, np.uint8)
    cv2.rectangle(picture, (20, 20), (239, 99), (0, 0, 0), -1)
    cv2.rectangle(picture, (23, 63), (236, 96), (178, 34, 34), -1)
    for text, y in (("conv2d_1", 48), ("Non-trainable", 86)):
        cv2.putText(picture, text, (40, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    (node,), _ = find_nodes(picture, ink_of(picture)[0])
    assert [cell.colour for cell in node.cells] == [(0, 0, 0), (178, 34, 34)]


def test_a_bar_at_the_edge_of_a_picture_is_read() -> None:
    picture: Image = np.full((60, 200, 3), 255, np.uint8)
    cv2.rectangle(picture, (60, 20), (199, 59), (0, 0, 0), -1)
    cv2.putText(picture, "conv2d_1", (80, 48), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    (node,), _ = find_nodes(picture, ink_of(picture)[0])
    assert node.rect == (60, 20, 200, 60)


def test_letters_that_reach_down_to_a_rounded_box_are_kept() -> None:
    picture: Image = np.full((60, 200, 3), 255, np.uint8)
    cv2.putText(picture, "padding", (30, 51), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
    (line,) = lines_of(picture, Cell((0, 0, 200, 58), shape="round"), 1)
    assert line.rect[3] == 57
