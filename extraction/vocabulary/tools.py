"""What `plot_model` and `draw_net` print for layer types, by version: for drawing as they do, and for reading it.

The text of a picture can leave open what a layer is (`Merge` and `Eltwise` do not say how they join). Such words stand
for what they mean most often, so that drawing and reading agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Catalogue types -> classes of Keras 1, where they had other names. What it had not is in `NOT_IN_KERAS_1`.
KERAS_1: Mapping[str, str] = {
    "Input": "InputLayer",
    "Conv1D": "Convolution1D",
    "Conv2D": "Convolution2D",
    "Conv3D": "Convolution3D",
    "Conv2DTranspose": "Deconvolution2D",
    "SeparableConv2D": "SeparableConvolution2D",
    "Concatenate": "Merge",
}
NOT_IN_KERAS_1 = frozenset(
    {
        "Conv1DTranspose", "Conv3DTranspose", "SeparableConv1D", "DepthwiseConv1D", "DepthwiseConv2D",
        "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization", "MultiHeadAttention",
        "GroupQueryAttention", "Attention", "AdditiveAttention", "ReLU", "Softmax", "Bidirectional",
        "Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Dot", "Identity", "Rescaling", "Resizing",
        "GlobalMaxPooling3D", "GlobalAveragePooling3D", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
        "Block", "Unknown", "Output",
    }
)  # fmt: skip
#: Layers that only Keras 3 has, or none at all.
NOT_IN_KERAS_2 = frozenset({"GroupQueryAttention", "RMSNormalization", "Block", "Unknown", "Output"})
NOT_IN_KERAS_3 = frozenset({"Block", "Unknown", "Output"})
#: `activation` as Keras 3 prints it, where that is not the name it was asked for by.
KERAS_3_ACTIVATIONS: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu"}

_OLD_KERAS: Mapping[str, str] = {
    **{printed: kind for kind, printed in KERAS_1.items()},
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "MaxPool2D": "MaxPooling2D",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "LocalResponseNormalization": "LRN",
    "Functional": "Block",
    "Model": "Block",
    "Sequential": "Block",
    "Lambda": "Block",
}
_WRAPPED = re.compile(r"(\w+)\((\w+)\)")


def keras_type(printed: str) -> tuple[str | None, dict[str, Any]]:
    """Catalogue type and parameters of a class as `plot_model` prints it: `Bidirectional(LSTM)`, `Convolution2D`.

    The type is `None` for a class that is in neither table: the catalogue may know it by the same name.
    """
    if wrapped := _WRAPPED.fullmatch(printed):
        params = {"layer": wrapped[2].removeprefix("CuDNN")} if wrapped[1] == "Bidirectional" else {}
        return wrapped[1], params
    return _OLD_KERAS.get(printed), {}


#: Caffe's layer types -> catalogue type and parameters. What is not here is a `Block`: its inside is not shown.
CAFFE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **dict.fromkeys(
        ("Data", "Input", "ImageData", "HDF5Data", "DummyData", "MemoryData", "WindowData", "AnnotatedData"),
        ("Input", {}),
    ),
    "Convolution": ("Conv2D", {}),
    "Deconvolution": ("Conv2DTranspose", {}),
    "InnerProduct": ("Dense", {}),
    "ReLU": ("ReLU", {}),
    "PReLU": ("PReLU", {}),
    "ELU": ("ELU", {}),
    "Sigmoid": ("Activation", {"activation": "sigmoid"}),
    "TanH": ("Activation", {"activation": "tanh"}),
    "BNLL": ("Activation", {"activation": "softplus"}),
    "Swish": ("Activation", {"activation": "swish"}),
    "Exp": ("Activation", {"activation": "exponential"}),
    "Softmax": ("Softmax", {}),
    "LRN": ("LRN", {}),
    "Dropout": ("Dropout", {}),
    "BatchNorm": ("BatchNormalization", {}),
    "Flatten": ("Flatten", {}),
    "Reshape": ("Reshape", {}),
    "Permute": ("Permute", {}),
    "Concat": ("Concatenate", {}),
    "Eltwise": ("Add", {}),
    "Embed": ("Embedding", {}),
    "RNN": ("SimpleRNN", {}),
    "LSTM": ("LSTM", {}),
    "Split": ("Identity", {}),
    "Crop": ("Cropping2D", {}),
}
#: `(MAX Pooling)` or `(Pooling MAX)`; a window of 0 is how Caffe prints pooling over the whole map.
CAFFE_POOLS: Mapping[str, tuple[str, str]] = {
    "MAX": ("MaxPooling2D", "GlobalMaxPooling2D"),
    "AVE": ("AveragePooling2D", "GlobalAveragePooling2D"),
}


def caffe_type(printed: str, kernel: int | None = None) -> tuple[str, dict[str, Any]]:
    """Catalogue type and parameters of what stands in brackets in a box of `draw_net`: `Convolution`, `MAX Pooling`."""
    words = printed.split()
    if "Pooling" in words and len(words) == 2:
        method = words[1 - words.index("Pooling")]
        if method not in CAFFE_POOLS:
            return "Block", {}
        window, whole = CAFFE_POOLS[method]
        return (whole if kernel == 0 else window), {}
    kind, params = CAFFE.get(printed, ("Block", {}))
    return kind, dict(params)


#: Layers that work in place on one blob form a row that the picture does not show. This is their order in it.
IN_PLACE_ORDER: tuple[str, ...] = (
    "BatchNorm", "Scale", "Bias", "PReLU", "ReLU", "ELU", "Sigmoid", "TanH", "BNLL", "LRN", "Dropout",
)  # fmt: skip


def in_place_rank(printed: str) -> int:
    return IN_PLACE_ORDER.index(printed) if printed in IN_PLACE_ORDER else len(IN_PLACE_ORDER)
