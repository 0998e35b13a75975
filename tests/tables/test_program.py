"""Layers as calls of a program, and numbers in brackets with their key."""

from __future__ import annotations

from typing import Any

import pytest

from extraction.tables.keys import key_of, with_keys
from extraction.vocabulary.program import called


@pytest.mark.parametrize(
    ("text", "kind", "params"),
    [
        (
            "nn.Conv2d(3, 64, kernel_size=3, stride=2, padding=1)",
            "Conv2D",
            {"filters": 64, "kernel_size": [3, 3], "strides": [2, 2], "padding": 1},
        ),
        ("Conv1d(40, 250, 48, 2)", "Conv1D", {"filters": 250, "kernel_size": [48], "strides": [2]}),
        ("torch.nn.MaxPool2d(kernel_size=2)", "MaxPooling2D", {"pool_size": [2, 2]}),
        ("nn.Linear(2048, 10)", "Dense", {"units": 10}),
        ("nn.Dropout(p=0.5)", "Dropout", {"rate": 0.5}),
        ("nn.Tanh()", "Activation", {"activation": "tanh"}),
        ("Dense(10, activation='softmax')", "Dense", {"units": 10, "activation": "softmax"}),
        (
            "layers.Conv2D(32, (3, 5), padding='same')",
            "Conv2D",
            {"filters": 32, "kernel_size": [3, 5], "padding": "same"},
        ),
    ],
)
def test_a_call_of_a_program_is_a_layer(text: str, kind: str, params: dict[str, Any]) -> None:
    assert called(text) == (kind, params)


@pytest.mark.parametrize("text", ["Dense (ReLU)", "Conv2D(32, 3, 3)", "conv2d_1 (Conv2D)", "3x3 conv (64)", "BN()"])
def test_other_words_with_brackets_are_no_calls(text: str) -> None:
    assert called(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Parameters [k, s, p, c]", ["kernel", "stride", "padding", "filters"]),
        ("Kernel/Stride/Pad/Out", ["kernel", "stride", "padding", "filters"]),
        ("The format is (kernelSize, strides, outChannels).", ["kernel", "stride", "filters"]),
        ("Conv(f, k, s): f filters, kernel k, stride s", ["filters", "kernel", "stride"]),
        ("Output (H, W, C)", []),
        ("Kernel / Stride", []),
    ],
)
def test_what_a_key_says_of_its_numbers(text: str, key: list[str]) -> None:
    assert key_of(text) == key


def test_only_numbers_that_fit_their_key_are_spelled_out() -> None:
    rows = [["Layer", "[k, s, c]", "Output"], ["conv1", "[3, 2, 64]", "(32, 32, 64)"], ["conv2", "[5, 1, 8]", "-"]]
    assert with_keys(rows, "") == [
        rows[0],
        ["conv1", "kernel: 3, stride: 2, filters: 64", "(32, 32, 64)"],
        ["conv2", "kernel: 5, stride: 1, filters: 8", "-"],
    ]
    assert with_keys([*rows, ["conv3", "[3, 1, 1, 64]", ""]], "")[1] == rows[1]


def test_sides_and_counts_that_can_not_be_are_left_out() -> None:
    assert called("Conv2D(8, kernel_size=0, strides=(1, 2, 3))") == ("Conv2D", {"filters": 8})
    assert called("Dense(0)") is None
