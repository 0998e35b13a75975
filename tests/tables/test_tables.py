"""Architecture tables, in the forms in which papers print them, to flows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.flow.model import Flow, Layer
from extraction.pdf import read_pdf
from extraction.pdf.model import Cell, Region, Table
from extraction.tables import read_table
from extraction.tables.places import located
from tests.tables.reading import is_chain, layer, read, types


def test_a_layer_a_row_with_kernels_and_output_sizes() -> None:
    (flow,) = read(
        """
        type | patch size/ stride | output size | params
        convolution | 7×7/2 | 112×112×64 | 2.7K
        max pool | 3×3/2 | 56×56×64 |
        inception (3a) | | 28×28×256 | 159K
        avg pool | 7×7/1 | 1×1×256 |
        dropout (40%) | | 1×1×256 |
        linear | | 1×1×1000 | 1000K
        softmax | | 1×1×1000 |
        """,
        "Table 1: TinyNet incarnation of the architecture",
    )
    assert flow.name == "TinyNet"
    assert is_chain(flow)
    assert layer(flow, 0) == ("Conv2D", {"kernel_size": [7, 7], "strides": [2, 2], "filters": 64}, (112, 112, 64))
    assert layer(flow, 1) == ("MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2]}, (56, 56, 64))
    assert flow.layers[2].type == "Block"
    assert flow.layers[2].label == "inception (3a)"
    assert layer(flow, 4) == ("Dropout", {"rate": 0.4}, (1, 1, 256))
    assert layer(flow, 5) == ("Dense", {"units": 1000}, (1, 1, 1000))
    assert all(set(layer.provenance.values()) <= {"table"} for layer in flow.layers)
    assert set(flow.layers[0].params) <= set(flow.layers[0].provenance)


def test_models_side_by_side() -> None:
    one, two, three = read(
        """
        ConvNet Configuration | ConvNet Configuration | ConvNet Configuration
        A | A-LRN | B
        11 weight layers | 11 weight layers | 13 weight layers
        input (224 × 224 RGB image) | input (224 × 224 RGB image) | input (224 × 224 RGB image)
        conv3-64 | conv3-64 | conv3-64
        | LRN | conv3-64
        maxpool | maxpool | maxpool
        FC-4096 | FC-4096 | FC-4096
        soft-max | soft-max | soft-max
        """
    )
    assert [flow.name for flow in (one, two, three)] == ["A", "A-LRN", "B"]
    assert types(one) == ["Input", "Conv2D", "MaxPooling2D", "Dense", "Activation"]
    assert types(two) == ["Input", "Conv2D", "LRN", "MaxPooling2D", "Dense", "Activation"]
    assert types(three) == ["Input", "Conv2D", "Conv2D", "MaxPooling2D", "Dense", "Activation"]


def test_brackets_that_the_pdf_lost_and_repeats() -> None:
    (plain, grouped) = read(
        """
        stage | output | Net-26 | NeXt-26 (32×4d)
        conv1 | 112×112 | 7×7, 64, stride 2 | 7×7, 64, stride 2
        conv2 | 56×56 | 1×1, 64 3×3, 64 1×1, 256 ×3 | 1×1, 128 3×3, 128, C=32 ×3 1×1, 256
        | 1×1 | global average pool 1000-d fc, softmax | global average pool 1000-d fc, softmax
        """
    )
    assert types(plain) == ["Conv2D"] * 10 + ["GlobalAveragePooling2D", "Dense", "Activation"]
    assert grouped.name == "NeXt-26"
    assert layer(grouped, 2) == ("Conv2D", {"kernel_size": [3, 3], "filters": 128, "groups": 32}, None)
    assert grouped.layers[0].output_shape == (112, 112, 64)
    assert grouped.layers[9].output_shape == (56, 56, 256)


def test_the_numbers_of_several_sizes_give_a_flow_each() -> None:
    small, large = read(
        """
        Layer | Output size | KSize | Stride | Repeat | Output channels | Output channels
        | | | | | 0.5× | 1×
        Image | 224×224 | | | | 3 | 3
        Conv1 | 112×112 | 3×3 | 2 | 1 | 24 | 32
        Stage2 | 28×28 28×28 | | 2 1 | 1 3 | 48 | 116
        GlobalPool | 1×1 | 7×7 | | | |
        FC | | | | | 1000 | 1000
        """
    )
    assert (small.name, large.name) == ("0.5×", "1×")
    assert types(small) == ["Input", "Conv2D", *["Block"] * 4, "GlobalAveragePooling2D", "Dense"]
    assert layer(small, 0) == ("Input", {}, (224, 224, 3))
    assert layer(large, 1) == ("Conv2D", {"kernel_size": [3, 3], "strides": [2, 2], "filters": 32}, (112, 112, 32))
    assert layer(large, 2) == ("Block", {"stride": 2, "repeat": 1, "output channels": 116}, (28, 28, 116))


def test_residual_brackets_give_shortcuts() -> None:
    (flow,) = read(
        """
        Type | Filters | Size | Output
        Convolutional | 32 | 3 × 3 | 64 × 64
        Convolutional | 64 | 3 × 3 / 2 | 32 × 32
        Convolutional | 32 | 1 × 1 |
        2× Convolutional | 64 | 3 × 3 |
        Residual | | | 32 × 32
        Connected | | 1000 |
        """
    )
    assert types(flow) == ["Conv2D"] * 4 + ["Add", "Conv2D", "Conv2D", "Add", "Dense"]
    inputs = flow.inputs_of()
    ids = [layer.id for layer in flow.layers]
    assert inputs[ids[4]] == [ids[3], ids[1]]
    assert inputs[ids[7]] == [ids[6], ids[4]]


def test_a_table_with_the_input_at_the_bottom_is_turned_over() -> None:
    (flow,) = read(
        """
        Type | Configurations
        Transcription | -
        Bidirectional-LSTM | #hidden units:256
        MaxPooling | Window:1 × 2, s:2
        Convolution | #maps:64, k:3 × 3, s:1, p:1
        Input | W × 32 gray-scale image
        """
    )
    assert types(flow) == ["Input", "Conv2D", "MaxPooling2D", "Bidirectional", "Unknown"]
    assert layer(flow, 1)[1] == {"filters": 64, "kernel_size": [3, 3], "strides": [1, 1], "padding": 1}


def test_sizes_before_a_layer_are_those_after_the_one_above() -> None:
    (flow,) = read(
        """
        Input | Operator | exp size | #out | s
        2242 × 3 | conv2d, 3x3 | - | 16 | 2
        1122 × 16 | bneck, 3x3 | 16 | 16 | 1
        1122 × 16 | pool, 112x112 | - | - | 1
        12 × 16 | conv2d, 1x1 | - | k | 1
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Block", "AveragePooling2D", "Conv2D"]
    assert flow.layers[0].output_shape == (224, 224, 3)
    assert flow.layers[1].output_shape == (112, 112, 16)
    assert flow.layers[3].output_shape == (1, 1, 16)
    assert "filters" not in flow.layers[4].params, "k is a symbol"


def test_channels_first_is_turned_to_channels_last() -> None:
    (flow,) = read(
        """
        Name | Type | Output size
        initial | | 16 × 256 × 256
        bottleneck1.0 | downsampling | 64 × 128 × 128
        4× bottleneck1.x | | 64 × 128 × 128
        fullconv | | 12 × 512 × 512
        """
    )
    assert flow.layers[0].output_shape == (256, 256, 16)
    assert [layer.label for layer in flow.layers].count("bottleneck1.x") == 4
    assert flow.layers[-1].type == "Conv2DTranspose"


def test_a_model_a_row() -> None:
    one, two = read(
        """
        | stage 1 | stage 1 | stage 2 | stage 2 | stage 3
        Layer | conv | pool | conv | pool | FC
        Small | (5, 20)/1,0 | 2/2,0 | (5, 50)/1,0 | 2/2,0 | 500
        Large | (5, 32)/1,2 × 2 | 2/2,0 | (5, 64)/1,2 × 2 | 2/2,0 | 2
        """
    )
    assert (one.name, two.name) == ("Small", "Large")
    assert types(one) == ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Dense"]
    assert types(two) == ["Conv2D", "Conv2D", "MaxPooling2D", "Conv2D", "Conv2D", "MaxPooling2D", "Dense"]
    assert layer(two, 0)[1] == {"kernel_size": [5, 5], "strides": [1, 1], "padding": 2, "filters": 32}


@pytest.mark.parametrize(
    "text",
    [
        """
        Method | Top-1 | Top-5 | Params
        VGG-16 | 71.5 | 89.8 | 138M
        ResNet-50 | 75.3 | 92.2 | 25.6M
        Ours (3x3 conv) | 77.0 | 93.4 | 5M
        """,
        """
        kernel | depth | acc
        3x3 | 10 | 76.3
        5x5 | 10 | 77.3
        7x7 | 10 | 77.9
        """,
        """
        Model | Penn Treebank | Text8
        RNN | 129 | 184
        LSTM | 115 | 154
        SCRN | 115 | 161
        """,
        """
        scale | ReLU | PReLU
        256 | 26.25 | 25.81
        384 | 24.77 | 24.20
        multi | 24.02 | 22.97
        """,
        """
        activation | 256 | 384
        ReLU | 8.25 | 7.26
        PReLU | 8.08 | 7.03
        ELU | 8.01 | 7.00
        """,
        """
        Dataset | train | test
        MNIST | 60000 | 10000
        CIFAR-10 | 50000 | 10000
        """,
        """
        Optimizer | learning rate | batch size
        SGD | 0.1 | 128
        Adam | 0.001 | 64
        RMSProp | 0.01 | 32
        """,
        "a",
        "",
    ],
)
def test_tables_of_results_data_or_settings_give_no_flow(text: str) -> None:
    assert read(text) == []


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.sampled_from(
                    [
                        "conv",
                        "3×3, 64",
                        "×3",
                        "112×112",
                        "pool",
                        "fc",
                        "softmax",
                        "2×",
                        "Type",
                        "Output size",
                        "[",
                        "1 3",
                    ]
                ),
                st.text(max_size=12),
            ),
            min_size=1,
            max_size=6,
        ),
        max_size=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_table_is_read_without_an_error_into_flows_that_can_be_stored(rows: list[list[str]]) -> None:
    cells = tuple(Cell(text, i, j) for i, row in enumerate(rows) for j, text in enumerate(row))
    for flow in read_table(Table(Region("1", 1, (0, 0, 1, 1), "Table 1"), cells)):
        assert flow.layers
        assert Flow.from_dict(flow.to_dict()).to_dict() == flow.to_dict()


def test_a_huge_repeat_is_held_back() -> None:
    (flow,) = read("Type | Size | Filters\nconv | 3×3 | 8\n999× conv | 3×3 | 8\npool | 2×2 |\nfc | | 10")
    assert len(flow.layers) < 1000


@pytest.mark.shared
@pytest.mark.parametrize(
    ("slug", "number", "layers"),
    [("szegedy-2014-googlenet", "1", [19]), ("xie-2017-resnext", "1", [53, 53]), ("shi-2015-crnn", "1", [18])],
)
def test_tables_of_real_papers(papers: Path, slug: str, number: str, layers: list[int]) -> None:
    table = next(t for t in read_pdf(papers / f"{slug}.pdf").tables if t.region.number == number)
    assert [len(flow.layers) for flow in read_table(table)] == layers


def test_layers_lie_on_the_cells_that_they_were_read_from() -> None:
    """In pixels of the table's picture: whole rows where it describes one network, cells where several are abreast."""

    def table(rows: list[list[str]]) -> Table:
        cells = [
            Cell(text, r, c, bbox=(100 + 50 * c, 200 + 10 * r, 140 + 50 * c, 208 + 10 * r))
            for r, row in enumerate(rows)
            for c, text in enumerate(row)
        ]
        return Table(Region("1", 1, (100, 200, 300, 300), "Table 1: The network."), tuple(cells), scale=2.0)

    (flow,) = read_table(
        table([["type", "kernel", "filters"], ["conv", "3x3", "16"], ["conv", "3x3", "32"], ["max pool", "2x2", ""]])
    )
    assert [layer.bbox for layer in flow.layers] == [(0, 20 * r, 280, 20 * r + 16) for r in (1, 2, 3)]

    one, two = read_table(
        table(
            [
                ["A", "B"],
                ["conv3-64", "conv3-64"],
                ["conv3-64", "conv3-128"],
                ["maxpool", "maxpool"],
                ["FC-10", "FC-10"],
            ]
        )
    )
    assert [layer.bbox for layer in one.layers] == [(0, 20 * r, 80, 20 * r + 16) for r in (1, 2, 3, 4)]
    assert [layer.bbox for layer in two.layers] == [(100, 20 * r, 180, 20 * r + 16) for r in (1, 2, 3, 4)]


def test_words_that_also_end_the_cell_above_are_those_of_their_own_cell() -> None:
    texts = ["1 × min(64, 64a)", "2 × 64a", "1 × 512b"]
    cells = tuple(Cell(text, r, 0, bbox=(0, 10 * r, 40, 10 * r + 8)) for r, text in enumerate(texts))
    table = Table(Region("2", 6, (0, 0, 40, 20), "Table 2"), cells)
    flow = Flow(
        tuple(Layer(f"l{i}", "Block", label=label) for i, label in enumerate(["min(64, 64a)", "64a", "64a", "512b"]))
    )
    rows = [layer.bbox and layer.bbox[1] for layer in located(flow, table, alone=False).layers]
    assert rows == [0, 10, 10, 20]


def test_a_module_whose_columns_say_its_inside_is_no_doubt() -> None:
    rows = """
        layer name | output size | kernel | s1x1 | e1x1 | e3x3
        conv1 | 55×55×96 | 7×7/2 | | |
        fire2 | 55×55×128 | | 16 | {expand} | 64
        pool | 27×27×128 | 3×3/2 | | |
        conv10 | 27×27×10 | 1×1/1 | | |
    """
    (shown,), (hidden,) = read(rows.format(expand=64)), read(rows.format(expand=""))
    assert types(shown)[1] == types(hidden)[1] == "Block"
    assert (shown.layers[1].confidence or 0) >= 0.9 > (hidden.layers[1].confidence or 0)
