"""Layers as a program's text has them: "nn.Conv2d(3, 64, kernel_size=3)", "Dense(10, activation='softmax')"."""

from __future__ import annotations

import re
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.vocabulary.tools import keras_type

_CALL = re.compile(r"(?:\w+\.)*([A-Z]\w+) ?\((.*)\)")
_PAIR = re.compile(r"(\w+) ?= ?(.+)")
#: Commas between arguments, and not those inside of one.
_BETWEEN = re.compile(r", ?(?![^()\[\]]*[)\]])")
#: A longer text is no call of one layer.
LONGEST = 200
#: PyTorch's classes: the type here, and what their arguments mean in order.
_CONV = ("", "filters", "kernel_size", "strides", "padding", "dilation_rate", "groups")
_POOL = ("pool_size", "strides", "padding")
_TORCH: dict[str, tuple[str, tuple[str, ...]]] = {
    **{f"Conv{axes}d": (f"Conv{axes}D", _CONV) for axes in (1, 2, 3)},
    **{f"ConvTranspose{axes}d": (f"Conv{axes}DTranspose", _CONV[:5]) for axes in (1, 2, 3)},
    **{f"MaxPool{axes}d": (f"MaxPooling{axes}D", _POOL) for axes in (1, 2, 3)},
    **{f"AvgPool{axes}d": (f"AveragePooling{axes}D", _POOL) for axes in (1, 2, 3)},
    **{f"BatchNorm{axes}d": ("BatchNormalization", ()) for axes in (1, 2, 3)},
    **{f"Dropout{axes}": ("Dropout", ("rate",)) for axes in ("", "2d", "3d")},
    "Linear": ("Dense", ("", "units")), "LSTM": ("LSTM", ("", "units")), "GRU": ("GRU", ("", "units")),
    "Sigmoid": ("Activation", ()), "Tanh": ("Activation", ()), "ReLU": ("ReLU", ()), "Softmax": ("Softmax", ()),
    "LeakyReLU": ("LeakyReLU", ()), "ELU": ("ELU", ()), "PReLU": ("PReLU", ()), "Flatten": ("Flatten", ()),
}  # fmt: skip
#: Keras's own, by the first arguments; the rest have names.
_KERAS: dict[str, tuple[str, ...]] = {
    # A third number would be a step, or in older versions a side of the kernel.
    **{f"{kind}{axes}D": ("filters", "kernel_size") for kind in ("Conv", "SeparableConv") for axes in (1, 2, 3)},
    **{f"Conv{axes}DTranspose": ("filters", "kernel_size") for axes in (2, 3)},
    **{f"{kind}Pooling{axes}D": ("pool_size", "strides") for kind in ("Max", "Average") for axes in (1, 2, 3)},
    **dict.fromkeys(("Dense", "LSTM", "GRU", "SimpleRNN"), ("units",)),
    "Dropout": ("rate",), "Embedding": ("input_dim", "output_dim"), "Activation": ("activation",),
    "UpSampling2D": ("size",), **dict.fromkeys(("Flatten", "BatchNormalization", "Softmax"), ()),
}  # fmt: skip
_NAMES = {
    "out_channels": "filters", "stride": "strides", "dilation": "dilation_rate", "out_features": "units",
    "hidden_size": "units", "p": "rate",
}  # fmt: skip


def called(text: str) -> tuple[str, dict[str, Any]] | None:
    """The type and the parameters of a layer that a program's call makes; `None` for any other text."""
    match = _CALL.fullmatch(text.strip(" ,;")) if len(text) <= LONGEST else None
    if not match:
        return None
    kind, order = _TORCH.get(match[1]) or (keras_type(match[1])[0] or match[1], None)
    order = _KERAS.get(kind) if order is None else order
    if order is None or kind not in CATALOGUE:
        return None
    known = {parameter.name for parameter in CATALOGUE[kind].parameters}
    params: dict[str, Any] = {}
    arguments = [part.strip() for part in _BETWEEN.split(match[2]) if part.strip()]
    pool = kind.startswith(("Max", "Average"))
    for place, argument in enumerate(arguments):
        pair = _PAIR.fullmatch(argument)
        if not pair and place >= len(order):
            return None  # no such call: a cell in the same brackets
        name = _NAMES.get(pair[1], pair[1]) if pair else order[place]
        name = "pool_size" if pool and name == "kernel_size" else name
        value = _value(pair[2] if pair else argument, kind, name)
        if value is None and name in known and not pair:
            return None
        if name in known and value is not None:
            params[name] = value
    if match[1] in ("Sigmoid", "Tanh"):
        params["activation"] = match[1].lower()
    return kind, params


def _value(text: str, kind: str, name: str) -> Any:
    """A number, sides along the layer's axes, or a word; `None` for what is neither, or can't be: a side of 0."""
    numbers = [int(number) for number in re.findall(r"(?<![\d.])\d{1,6}(?![\d.])", text)]
    if name == "rate":
        return float(text) if re.fullmatch(r"0?\.\d+", text) else None
    if name in ("kernel_size", "strides", "pool_size", "dilation_rate", "size"):
        rank = CATALOGUE[kind].rank or 1
        sides = numbers * rank if len(numbers) == 1 else numbers
        return sides if len(sides) == rank and all(sides) else None
    if numbers:
        return numbers[0] if numbers[0] or name == "padding" else None
    if name not in ("activation", "padding"):
        return None
    word = text.strip("\"'‘’“” ").rsplit(".", 1)[-1]
    return word.lower() if re.fullmatch(r"[A-Za-z]\w*", word) else None
