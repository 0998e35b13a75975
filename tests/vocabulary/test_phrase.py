"""Labels as papers print them, and what they mean."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.flow.catalogue import CATALOGUE
from extraction.vocabulary import parse, parse_name


@pytest.mark.parametrize(
    ("label", "type_", "params"),
    [
        ("3x3 conv, 64, /2", "Conv2D", {"kernel_size": [3, 3], "filters": 64, "strides": [2, 2]}),
        ("256, 1×1, 4", "Conv2D", {"kernel_size": [1, 1], "filters": 4}),
        ("conv3-256", "Conv2D", {"kernel_size": [3, 3], "filters": 256}),
        ("128, 3x3, 128 group = 32", "Conv2D", {"kernel_size": [3, 3], "filters": 128, "groups": 32}),
        ("k3n64s1", "Conv2D", {"kernel_size": [3, 3], "filters": 64, "strides": [1, 1]}),
        ("Conv5_1_det\n1x1x512", "Conv2D", {"kernel_size": [1, 1], "filters": 512}),
        ("3x3 conv, 16, relu", "Conv2D", {"kernel_size": [3, 3], "filters": 16, "activation": "relu"}),
        ("dilated conv, rate 2", "Conv2D", {"dilation_rate": [2, 2]}),
        ("3 x conv", "Conv2D", {"repeat": 3}),
        ("1x1 convolu-\ntions", "Conv2D", {"kernel_size": [1, 1]}),
        ("3x3 DWConv (stride = 2)", "DepthwiseConv2D", {"kernel_size": [3, 3], "strides": [2, 2]}),
        ("up-conv 2x2", "Conv2DTranspose", {"kernel_size": [2, 2]}),
        ("fc6 4096", "Dense", {"units": 4096}),
        ("FC 1,000", "Dense", {"units": 1000}),
        ("fc1000", "Dense", {"units": 1000}),
        ("fc7", "Dense", {}),
        ("fully connected 10, softmax", "Dense", {"units": 10, "activation": "softmax"}),
        ("max pool 2x2 / s2", "MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2]}),
        ("global average pool", "GlobalAveragePooling2D", {}),
        ("unpool, ×2", "UpSampling2D", {"size": [2, 2]}),
        ("Dropout 50%", "Dropout", {"rate": 0.5}),
        ("Bi-LSTM (256)", "Bidirectional", {"units": 256, "layer": "LSTM"}),
        ("Softmax", "Activation", {"activation": "softmax"}),
        ("Filter concatenation", "Concatenate", {}),
        ("Multi-Head\nAttention", "MultiHeadAttention", {}),
        ("Visual Attention", "Attention", {}),
        ("nn.Conv2d(3, 64, 7, padding=3)", "Conv2D", {"kernel_size": [7, 7], "filters": 64}),
        ("Conv2D(64, (3, 3), padding='same')", "Conv2D", {"kernel_size": [3, 3], "filters": 64, "padding": "same"}),
        (
            "ConvTranspose2d(512, 256, 4, 2, 1)",
            "Conv2DTranspose",
            {"filters": 256, "strides": [2, 2], "kernel_size": [4, 4]},
        ),
        ("+", "Add", {}),
        ("⊗", "Multiply", {}),
    ],
)
def test_a_label_gives_the_type_and_what_is_printed(label: str, type_: str, params: dict[str, Any]) -> None:
    phrase = parse(label)
    assert phrase.type == type_
    assert phrase.params == params


def test_a_box_of_several_operations_is_its_main_one() -> None:
    assert parse("Conv-BN-ReLU").type == "Conv2D"
    assert parse("Conv-BN-ReLU").also == ("BatchNormalization", "ReLU")
    assert parse("Add & Norm").also == ("LayerNormalization",)
    assert parse("ReLU - 1x1 Conv").params == {"kernel_size": [1, 1], "activation": "relu"}


def test_printed_sizes_have_their_channels_last() -> None:
    assert parse("C3: f. maps 16@10x10").output_shape == (10, 10, 16)
    assert parse("input 32x32x3").output_shape == (32, 32, 3)
    assert parse("3x256x256").output_shape == (256, 256, 3)
    assert parse("224 × 224 × 3").role == "size"


@pytest.mark.parametrize(
    "label",
    ["Inception block", "conv stage 1", "RPN", "Encoder", "Subsampling", "pool", "S2: f. maps 6@14x14 Subsampling"],
)
def test_what_is_not_shown_or_not_said_is_a_block(label: str) -> None:
    assert parse(label).type == "Block"


@pytest.mark.parametrize(
    "label", ["", "   ", "Figure 3", "the cat sat", "%%%", "convergence", "weights", "Decoder or LSTM"]
)
def test_words_that_name_no_layer_have_no_type(label: str) -> None:
    assert parse(label).type is None


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.text(max_size=400))
def test_any_text_has_one_meaning(text: str) -> None:
    phrase = parse(text)
    assert phrase == parse(text)
    assert phrase.type is None or phrase.type in CATALOGUE
    assert set(phrase.also) <= set(CATALOGUE)
    assert 0 <= phrase.confidence <= 1
    assert all(side > 0 for side in phrase.output_shape or ())


@pytest.mark.parametrize("label", ["input 0", "0x28x3", "+ (0x16)", "16@0x10", "image 28x0", "input 0 units"])
def test_nothing_has_a_side_of_0(label: str) -> None:
    assert not parse(label).output_shape


def test_a_very_long_label_is_no_work() -> None:
    assert parse("3x3 conv " * 100_000).type == "Conv2D"
    assert parse("x" * 1_000_000).type is None
    assert parse("1x" * 500_000) == parse("1x" * 500_000)


@pytest.mark.parametrize(
    ("label", "kind", "params"),
    [
        ("Conv1d", "Conv1D", {}),
        ("Conv2d", "Conv2D", {}),
        ("MaxPool2d", "MaxPooling2D", {}),
        ("ReLU(Conv1d(K = 8, S = 4))", "Conv1D", {"kernel_size": [8], "strides": [4], "activation": "relu"}),
        ("ConvTr1d", "Conv1DTranspose", {}),
        ("MaxPool1D", "MaxPooling1D", {}),
        ("3D max pooling 2x2x2", "MaxPooling3D", {"pool_size": [2, 2, 2]}),
        ("global average pooling 1D", "GlobalAveragePooling1D", {}),
        ("ConvTranspose2d", "Conv2DTranspose", {}),
        ("fc 4096-d", "Dense", {"units": 4096}),
        ("FCa", "Dense", {}),
    ],
)
def test_dimensions_are_no_sizes(label: str, kind: str, params: dict[str, object]) -> None:
    phrase = parse(label)
    assert (phrase.type, phrase.params) == (kind, params)


@pytest.mark.parametrize(
    "label", ["FCN", "Linear SVM", "Fusion of conv3_4 and conv4_4", "Convolutional feature learning"]
)
def test_systems_and_their_steps_are_blocks_whatever_is_in_them(label: str) -> None:
    assert parse(label).type == "Block"


def test_a_small_sigma_is_the_sigmoid_and_a_large_one_the_sum() -> None:
    assert (parse("σ").type, parse("σ").params) == ("Activation", {"activation": "sigmoid"})
    assert parse("Σ").type == parse("∑").type == "Add"


@pytest.mark.parametrize(
    "label",
    [
        "VGG-16", "ResNeXt-101", "MobileNetV2", "UNet", "ConvNets", "R-CNN", "CRF-RNN", "RoIAlign", "Dense block",
        "AnchorsGenerator", "Input gate", "Image encoder", "Proposal layer", "MBConv", "ResConvLSTM",
        "Postprocess (map boxes back to the input image)",
    ],
)  # fmt: skip
def test_a_part_is_told_by_its_last_noun_or_the_form_of_its_name(label: str) -> None:
    assert parse(label).type == "Block"


@pytest.mark.parametrize(
    "label",
    ["CNN features", "Attention weights", "encoder states", "noise", "fC", "What color is the input image?",
     "A girl plays in a blow up pool.", "ImageNet"],
)  # fmt: skip
def test_what_a_part_reads_or_writes_is_none_itself(label: str) -> None:
    assert parse(label).type is None


@pytest.mark.parametrize(
    ("label", "kind", "params"),
    [
        ("LSTMs", "LSTM", {}),
        ("LSTM units", "LSTM", {}),
        ("L S T M", "LSTM", {}),
        ("LSTN", "LSTM", {}),
        ("Bidirectional recurrent layer", "Bidirectional", {}),
        ("max pooling over time", "GlobalMaxPooling1D", {}),
        ("3, Temp Conv, 256", "Conv1D", {"filters": 256}),
        ("1-D conv", "Conv1D", {}),
        ("Dilated causal conv", "Conv1D", {}),
        ("nx1", "Conv2D", {}),
        ("3x3 C.ReLU", "Activation", {"activation": "relu"}),
        ("100 hidden units", "Dense", {"units": 100}),
        ("Global-Average-Pooling", "GlobalAveragePooling2D", {}),
        ("3x3, 64, ReLU", "Conv2D", {"kernel_size": [3, 3], "filters": 64, "activation": "relu"}),
        ("Dwise 3x3, Relu6", "DepthwiseConv2D", {"kernel_size": [3, 3], "activation": "relu6"}),
        ("Conv2DTranspose", "Conv2DTranspose", {}),
        ("Conv 7x7+2(S)", "Conv2D", {"kernel_size": [7, 7], "strides": [2, 2], "padding": "same"}),
        ("Max Pool 3x3 kernel 2x2 strides", "MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2]}),
        ("conv 2(C+1)", "Conv2D", {}),
        ("Eltwise product", "Multiply", {}),
        ("weighted sum", "Add", {}),
        ("Word lookup", "Embedding", {}),
        ("ConvBNReLU", "Conv2D", {}),
        ("SoftmaxActivation", "Activation", {"activation": "softmax"}),
        ("view depth:1 input: (1, 8, 8) output: (1, 64)", "Reshape", {}),
        ("AdaptiveAvg Pool2d(1)", "GlobalAveragePooling2D", {}),
        ("AdaptiveMaxPool1d(output_size=1)", "GlobalMaxPooling1D", {}),
        ("AdaptiveAvgPool2d(6, 6)", "AdaptiveAveragePooling2D", {"output_size": [6, 6]}),
        ("adaptive_avg_pool2d", "AdaptiveAveragePooling2D", {}),
    ],
)
def test_words_as_people_write_them(label: str, kind: str, params: dict[str, object]) -> None:
    phrase = parse(label)
    assert (phrase.type, phrase.params) == (kind, params)


@pytest.mark.parametrize(
    ("label", "kind", "shape"),
    [
        ("input: (1, 3, 224, 224) Conv2d depth:3 output: (1, 32, 112, 112)", "Conv2D", (112, 112, 32)),
        ("input (1, 76, 8, 8) BottleneckUnit depth:3 (1, 24, 8, 8) output:", "Block", (8, 8, 24)),
        ("input: (1, 32, 8, 8), 5 × (1, 24, 8, 8) cat depthc3 output: (1, 152, 8, 8)", "Concatenate", (8, 8, 152)),
        ("input: 2 × (2.6) mul depth:4 output: (2,6)", "Multiply", (6,)),
        ("input: (2, 6) Embedding depth:3 output: (2, 6.768)", "Embedding", (6, 768)),
        ("adaptive_avg_pool2d depth:1 input: (1, 8, 6, 6) (1, 8, 1, 1) output:", "GlobalAveragePooling2D", (1, 1, 8)),
        ("input-tensor depth:0 (2, 3)", "Input", (3,)),
    ],
)
def test_cards_of_torchview_say_a_name_and_an_output(label: str, kind: str, shape: tuple[int, ...]) -> None:
    phrase = parse(label)
    assert (phrase.type, phrase.params, phrase.output_shape) == (kind, {}, shape)


def test_a_depth_beside_an_operation_is_no_card() -> None:
    assert parse("Conv, depth 64").output_shape is None


def test_a_text_that_is_known_to_name_a_layer_may_be_a_word_of_many_meanings() -> None:
    assert parse("Join").type is None
    assert parse_name("Join").type == "Concatenate"
    assert parse_name("Convolution") == parse("Convolution")


@pytest.mark.parametrize(
    ("label", "kind", "params"),
    [
        ("Text & Position Embed", "Embedding", {}),
        ("Char Embed Layer", "Embedding", {}),
        ("sep 3x3", "SeparableConv2D", {"kernel_size": [3, 3]}),
        ("dil_conv_5x5", "Conv2D", {"kernel_size": [5, 5]}),
        ("sep_conv_5x5", "SeparableConv2D", {"kernel_size": [5, 5]}),
        ("avg 3x3", "AveragePooling2D", {"pool_size": [3, 3]}),
        ("max_pool_3x3", "MaxPooling2D", {"pool_size": [3, 3]}),
        ("max 3x3", "MaxPooling2D", {"pool_size": [3, 3]}),
        ("Parametric ReLU", "PReLU", {}),
        ("Temporal Max Pooling", "MaxPooling1D", {}),
        ("Spatial Dropout", "SpatialDropout2D", {}),
        ("3D Deconv", "Conv3DTranspose", {}),
        ("1-d transposed conv", "Conv1DTranspose", {}),
        ("Conv3-64 ×2", "Conv2D", {"kernel_size": [3, 3], "filters": 64, "repeat": 2}),
    ],
)  # fmt: skip
def test_short_forms_of_operations(label: str, kind: str, params: dict[str, object]) -> None:
    phrase = parse(label)
    assert (phrase.type, phrase.params) == (kind, params)


def test_no_word_is_a_layer_for_a_part_of_it_alone() -> None:
    assert parse("Linear-scale spectrogram").type == "Input"
    assert parse("AdaIN").type is None
    assert parse("k-max pooling").type == "Block"


def test_underscores_between_words_are_spaces_but_not_in_numbers_of_layers() -> None:
    assert parse("global_average_pooling").type == "GlobalAveragePooling2D"
    assert parse("conv1_2").params == {}


@pytest.mark.parametrize(
    ("label", "kind"),
    [("input feature map", "Input"), ("Output RoI feature map", "Output"), ("feature maps", "Conv2D")],
)
def test_feature_maps_that_are_given_or_result_are_no_layer_s(label: str, kind: str) -> None:
    assert parse(label).type == kind
