"""Heads of columns, as papers print them, and tables without any."""

from __future__ import annotations

import pytest

from extraction.tables.text import role_of
from tests.tables.reading import layer, read, types


def test_a_head_that_says_what_it_is_needs_no_caption() -> None:
    (flow,) = read(
        """
        Input | Operator | exp size | #out | SE | NL | s
        224^2 × 3 | conv2d | - | 16 | - | HS | 2
        112^2 × 16 | bneck, 3x3 | 16 | 16 | - | RE | 1
        112^2 × 16 | bneck, 3x3 | 64 | 24 | √ | RE | 2
        56^2 × 24 | conv2d, 1x1 | - | 960 | - | HS | 1
        """,
        "Table 1: SE denotes whether there is a module in that block. NL denotes the type of nonlinearity used. "
        "Here, HS denotes h-swish and RE denotes ReLU. s denotes stride.",
    )
    assert types(flow) == ["Input", "Conv2D", "Block", "Block", "Conv2D"]


def test_the_kernel_before_its_word_in_a_row_of_them() -> None:
    (_, flow) = read(
        """
        Layers | Output Size | Small | Large
        Convolution | 32 × 32 | 3 × 3 conv, 24 | 3 × 3 conv, 48
        Dense Block (1) | 32 × 32 | [1 × 1 conv 3 × 3 conv] × 4 | [1 × 1 conv 3 × 3 conv] × 6
        Transition (1) | 16 × 16 | 2 × 2 average pool, stride 2 | 2 × 2 average pool, stride 2
        """
    )
    assert types(flow) == ["Conv2D"] * 13 + ["AveragePooling2D"]


def test_heads_of_what_comes_in_and_what_goes_out() -> None:
    (flow,) = read(
        """
        Layer | Cin | Cout | Kernel | Dilation | Dropout | Activation
        Conv | 3 | 32 | 3×3 | 1 | - | ReLU
        Conv | 32 | 64 | 3×3 | 2 | 0.5 | ReLU
        FC | 64 | 10 | - | - | - | Softmax
        """
    )
    assert types(flow) == ["Conv2D", "Activation", "Conv2D", "Dropout", "Activation", "Dense", "Activation"]
    assert flow.layers[0].params["filters"] == 32
    assert flow.layers[2].params["dilation_rate"] == [2, 2]
    assert flow.layers[5].params["units"] == 10


def test_numbers_behind_each_kind_of_layer_count_the_layers() -> None:
    (flow,) = read(
        """
        Layer | Kernel | Output size
        Conv-1 | 3×3 | 32×32×16
        Pool-1 | 2×2 | 16×16×16
        Conv-2 | 3×3 | 16×16×32
        Pool-2 | 2×2 | 8×8×32
        FC-1 | - | 64
        FC-2 | - | 10
        """
    )
    assert flow.layers[2].params["filters"] == 32
    assert [flow.layers[index].params["units"] for index in (4, 5)] == [64, 10]


def test_what_was_measured_layer_by_layer_is_no_network() -> None:
    assert not read(
        """
        Layer | Feature size | Accuracy (%)
        conv3 | 2304 | 81.2
        fc1 | 4096 | 91.08
        fc2 | 4096 | 89.25
        fc3 | 1000 | 72.24
        """
    )


def test_heads_that_a_caption_explains_in_one_row() -> None:
    (flow,) = read(
        """
        Operator | t | c | n | s
        Conv2D | - | 32 | 1 | 2
        bottleneck | 6 | 64 | 2 | 2
        Conv2D | - | 19 | 1 | 1
        """,
        "Table 1: t, c, n and s denote the expansion factor, the number of channels, how often and the stride.",
    )
    assert types(flow) == ["Conv2D", "Block", "Block", "Conv2D"]
    assert flow.layers[0].params == {"filters": 32, "strides": [2, 2]}


def test_rows_that_come_again_in_a_table_without_heads_are_layers() -> None:
    (flow,) = read(
        """
        conv | ReLU | -
        conv | 3×3, 64 | 32×32
        pool | 2×2 | 16×16
        conv | ReLU | -
        conv | 3×3, 128 | 16×16
        fc | 10 | -
        """
    )
    assert types(flow).count("Conv2D") == 4


@pytest.mark.parametrize(
    ("head", "role"),
    [
        ("# filts.", "filters"),
        ("Kernels/Neurons", "filters"),
        ("Hidden size", "filters"),
        ("Feature map shape", "output"),
        ("Output resolution", "output"),
        ("Input → Output Shape", "output"),
        ("Output Tensor Dim.", "output"),
        ("Filter / Stride", "kernel"),
        ("Weight dimension", "kernel"),
        ("Stride/Up Factor", "stride"),
        ("Step size", "stride"),
        ("Zero padding", "padding"),
        ("Repetitions", "repeat"),
        ("Num. blocks", "repeat"),
        ("Act. fn", "activation"),
    ],
)
def test_other_words_for_what_a_column_tells(head: str, role: str) -> None:
    assert role_of(head) == role


def test_a_field_that_does_not_grow_is_the_kernels() -> None:
    (flow,) = read(
        """
        Layer | Receptive Field Size | Stride | Channels
        Conv1 | 7 × 7 | 2 | 64
        Conv2 | 5 × 5 | 2 | 128
        Conv3 | 3 × 3 | 1 | 256
        """
    )
    assert layer(flow, 1)[1] == {"kernel_size": [5, 5], "strides": [2, 2], "filters": 128}


def test_a_module_has_settings_alone_under_its_stages_name() -> None:
    small, large = read(
        """
        Stage | Small | Large
        Conv1 | 3×3, 24, s2 | 3×3, 48, s2
        Pool | 3×3 maxpool, s2 | 3×3 maxpool, s2
        Stage2 | [60, s1] × 3 | [132, s1] × 3
        FC | 1000-d fc | 1000-d fc
        """
    )
    assert types(small) == types(large) == ["Conv2D", "MaxPooling2D", *["Block"] * 3, "Dense"]
    assert small.layers[2].label == "Stage2"
