"""All 61 layer types of BVLC Caffe: each is read, matters to training alone, or is kept whole and marked."""

from __future__ import annotations

import pytest

from extraction.importing.caffe import read

#: Types that a flow says, and as what, on a map of four channels; `param` where they need one.
READ: dict[str, tuple[str, list[str]]] = {
    "AbsVal": ("", ["AbsVal"]),
    "ArgMax": ("argmax_param { axis: 1 }", ["ArgMax"]),
    "BatchNorm": ("", ["BatchNormalization"]),
    "Bias": ("", ["Bias"]),
    "BNLL": ("", ["Activation"]),
    "Clip": ("clip_param { min: 0 max: 6 }", ["ReLU"]),
    "Concat": ("", ["Concatenate"]),
    "Convolution": ("convolution_param { num_output: 4 kernel_size: 3 }", ["Conv2D"]),
    "Crop": ("", []),
    "Deconvolution": ("convolution_param { num_output: 4 kernel_size: 3 }", ["Conv2DTranspose"]),
    "Dropout": ("", ["Dropout"]),
    "Eltwise": ("", ["Add"]),
    "ELU": ("", ["ELU"]),
    "Embed": ("embed_param { num_output: 3 input_dim: 9 }", ["Embedding", "Bias"]),
    "Exp": ("", ["Activation"]),
    "Flatten": ("", ["Flatten"]),
    "InnerProduct": ("inner_product_param { num_output: 4 }", ["Flatten", "Dense"]),
    "Log": ("", ["Logarithm"]),
    "LRN": ("", ["LRN"]),
    "MVN": ("", ["MVN"]),
    "Pooling": ("pooling_param { kernel_size: 2 stride: 2 }", ["MaxPooling2D"]),
    "Power": ("", ["Rescaling"]),
    "PReLU": ("", ["PReLU"]),
    "Reduction": ("reduction_param { operation: MEAN axis: 2 }", ["GlobalAveragePooling2D"]),
    "ReLU": ("", ["ReLU"]),
    "Reshape": ("reshape_param { shape { dim: 0 dim: -1 } }", ["Permute", "Reshape"]),
    "Scale": ("", ["DepthwiseConv2D"]),
    "Sigmoid": ("", ["Activation"]),
    "Slice": ("slice_param { axis: 2 slice_point: 3 }", ["Cropping2D", "Cropping2D"]),
    "Softmax": ("", ["Softmax"]),
    "Split": ("", []),
    "SPP": ("spp_param { pyramid_height: 2 }", ["MaxPooling2D", "Flatten", "MaxPooling2D", "Flatten", "Concatenate"]),
    "Swish": ("", ["Activation"]),
    "TanH": ("", ["Activation"]),
    "Threshold": ("", ["Threshold"]),
    "Tile": ("tile_param { tiles: 2 }", ["Concatenate"]),
}
DATA = ("Data", "DummyData", "HDF5Data", "ImageData", "Input", "MemoryData", "Parameter", "WindowData")
#: Losses and measures, and the loss that the flow's training then names.
TRAINING = {
    "Accuracy": None, "ContrastiveLoss": None, "EuclideanLoss": "mean_squared_error", "HDF5Output": None,
    "HingeLoss": "hinge", "InfogainLoss": "categorical_crossentropy",
    "MultinomialLogisticLoss": "categorical_crossentropy", "SigmoidCrossEntropyLoss": "binary_crossentropy",
    "Silence": None, "SoftmaxWithLoss": "categorical_crossentropy",
}  # fmt: skip
#: No layer of the catalogue does the same: kept whole and marked.
KEPT = ("BatchReindex", "Filter", "Im2col", "LSTM", "LSTMUnit", "Python", "RNN")
TWO_INPUTS = ("Concat", "Eltwise", "Crop", "BatchReindex", "Filter", "LSTM", "LSTMUnit", "RNN")


def net(kind: str, bottoms: str, param: str = "") -> str:
    tops = {"Silence": "", "HDF5Output": ""}.get(kind, 'top: "y"' + (' top: "z"' if kind in ("Slice", "Split") else ""))
    return f"""
    layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ dim: 1 dim: 4 dim: 8 dim: 8 }} }} }}
    layer {{ name: "l" type: "Input" top: "l" input_param {{ shape {{ dim: 1 }} }} }}
    layer {{ name: "w" type: "Input" top: "w" input_param {{ shape {{ dim: 1 dim: 6 }} }} }}
    layer {{ name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param {{ num_output: 4 kernel_size: 1 }} }}
    layer {{ name: "y" type: "{kind}" {bottoms} {tops} {param} }}"""


def test_there_are_61() -> None:
    assert len({*READ, *DATA, *TRAINING, *KEPT}) == 61


@pytest.mark.parametrize("kind", READ)
def test_what_computes_is_read(kind: str) -> None:
    param, types = READ[kind]
    bottoms = 'bottom: "w" ' if kind == "Embed" else 'bottom: "c" ' * (2 if kind in TWO_INPUTS else 1)
    result = read(net(kind, bottoms, param))
    assert [layer.type for layer in result.flow.layers if layer.name not in ("x", "l", "w", "c")] == types
    assert {note.kind for note in result.notes} <= {"changed"}


@pytest.mark.parametrize("kind", DATA)
def test_data_are_inputs(kind: str) -> None:
    result = read(net(kind, ""))
    assert [layer.type for layer in result.flow.layers if layer.name == "y"] == ["Input"]


@pytest.mark.parametrize("kind", TRAINING)
def test_losses_and_measures_are_the_trainings(kind: str) -> None:
    result = read(net(kind, 'bottom: "c" bottom: "l"' if kind.endswith(("Loss", "Accuracy")) else 'bottom: "c"'))
    assert "y" not in {layer.name for layer in result.flow.layers}
    assert "dropped" in {note.kind for note in result.notes}
    assert result.flow.training.get("loss", {}).get("value") == TRAINING[kind]


@pytest.mark.parametrize("kind", KEPT)
def test_the_rest_is_kept_whole(kind: str) -> None:
    result = read(net(kind, 'bottom: "c" ' * (2 if kind in TWO_INPUTS else 1)))
    kept = next(layer for layer in result.flow.layers if layer.name == "y")
    assert (kept.type, kept.label) == ("Unknown", kind)
    assert ("kept", "y") in {(note.kind, note.layer) for note in result.notes}
