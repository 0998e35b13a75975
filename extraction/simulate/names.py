"""Names of layers: as Keras gives them by itself, or as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

#: How people shorten types, in Caffe's tradition; `#` takes a number of its own for each stem.
SHORT: Mapping[str, tuple[str, ...]] = {
    "Input": ("data", "image", "source"),
    "Conv1D": ("conv",),
    "Conv2D": ("conv",),
    "Conv3D": ("conv",),
    "Conv1DTranspose": ("deconv",),
    "Conv2DTranspose": ("deconv", "upconv"),
    "Conv3DTranspose": ("deconv",),
    "SeparableConv1D": ("sepconv",),
    "SeparableConv2D": ("sepconv",),
    "DepthwiseConv1D": ("dw",),
    "DepthwiseConv2D": ("dw", "dwconv"),
    "Dense": ("fc", "ip", "dense"),
    "TimeDistributed": ("td", "fc_steps"),
    "BatchNormalization": ("bn",),
    "LayerNormalization": ("ln", "norm"),
    "LRN": ("norm",),
    "Dropout": ("drop", "dropout"),
    "Activation": ("act", "nonlinearity"),
    "ReLU": ("relu",),
    "LeakyReLU": ("lrelu", "leaky"),
    "PReLU": ("prelu",),
    "ELU": ("elu",),
    "Softmax": ("prob", "softmax"),
    "Flatten": ("flatten", "flat"),
    "Reshape": ("reshape",),
    "Concatenate": ("concat", "merge", "cat"),
    "Add": ("add", "sum", "res"),
    "Multiply": ("mul", "scale"),
    "Embedding": ("embed", "emb", "word_embedding"),
    "SimpleRNN": ("rnn",),
    "LSTM": ("lstm",),
    "GRU": ("gru",),
    "Bidirectional": ("bi", "birnn"),
    "MultiHeadAttention": ("attn", "mha"),
    "Attention": ("attn",),
    "AdditiveAttention": ("attn",),
}
_POOL = re.compile(r"(Global)?(Max|Average)Pooling\dD")
_SNAKE_1 = re.compile(r"(.)([A-Z][a-z]+)")
_SNAKE_2 = re.compile(r"([a-z])([A-Z])")


def snake(kind: str) -> str:
    """A class's name as Keras turns it into a layer's name: `conv2d_transpose`."""
    return _SNAKE_2.sub(r"\1_\2", _SNAKE_1.sub(r"\1_\2", re.sub(r"\W+", "", kind))).lower()


SNAKE: Mapping[str, str] = {"Input": "input_layer"}


def keras_names(kinds: Sequence[str], stems: Mapping[str, str] = SNAKE, *, first: int = 0) -> list[str]:
    """`conv2d`, `conv2d_1`, …: numbers by type, the first without one where they start at 0."""
    seen: dict[str, int] = {}
    names = []
    for kind in kinds:
        stem = stems.get(kind) or snake(kind)
        number = seen.get(stem, first)
        seen[stem] = number + 1
        names.append(f"{stem}_{number}" if number else stem)
    return names


def are_keras_names(names: Sequence[str], kinds: Sequence[str]) -> bool:
    """Nobody gave these names: they are Keras's own."""
    return list(names) == keras_names(kinds)


def name_layers(kinds: Sequence[str], params: Sequence[Mapping[str, Any]], rng: Random) -> list[str]:
    """A name for every layer, all different: half of the designs have Keras's, half have names that people give."""
    if rng.random() < 0.5:
        return keras_names(kinds)
    joint = rng.choice(("", "", "_"))
    by_stage = rng.random() < 0.4
    chosen: dict[str, str] = {}
    counts: dict[str, int] = {}
    names: list[str] = []
    stage = 1
    last = len(kinds) - 1
    for place, kind in enumerate(kinds):
        stem = chosen.get(kind)
        if stem is None:
            stem = chosen[kind] = _stem(kind, rng)
        if by_stage and kind != "Input":
            key = f"block{stage}_{stem}"
            if _POOL.fullmatch(kind):
                stage += 1
        else:
            key = stem
        counts[key] = number = counts.get(key, 0) + 1
        if place == last and kind == "Dense" and rng.random() < 0.4:
            names.append(rng.choice(("predictions", "output", "logits", "classifier")))
        elif number == 1 and kind in ("Input", "Flatten"):
            names.append(key)
        else:
            names.append(f"{key}{joint}{number}")
    return names


def _stem(kind: str, rng: Random) -> str:
    if pool := _POOL.fullmatch(kind):
        if pool[1]:
            return rng.choice(("gap", "global_pool")) if pool[2] == "Average" else "gmp"
        return rng.choice(("pool", "maxpool")) if pool[2] == "Max" else rng.choice(("pool", "avgpool"))
    return rng.choice(SHORT[kind]) if kind in SHORT else snake(kind)
