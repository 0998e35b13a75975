"""Words of operations that a recogniser, or an author, has misspelt by a letter."""

from __future__ import annotations

import re
from functools import lru_cache

#: Words that no other common word is like.
WORDS = (
    "activation", "additive", "attention", "average", "averagepool", "averagepooling", "batchnorm", "bidirectional",
    "bilinear", "bottleneck", "classifier", "concat", "concatenate", "concatenated", "concatenation", "connected",
    "convolution", "convolutional", "convolutions", "decoder", "deconv", "deconvolution", "deconvolutional",
    "depthconcat", "depthwise", "dilated", "discriminator", "dropout", "element-wise", "embedding", "embeddings",
    "encoder", "flatten", "fullyconnected", "generator", "inception", "interpolate", "interpolation", "layernorm",
    "localrespnorm", "max-pooling", "maxpool", "maxpooling", "multi-head", "normalisation", "normalization",
    "pointwise", "pooling", "prediction", "projection", "recurrent", "residual", "separable", "sigmoid", "softmax",
    "softmaxactivation", "subsampling", "transformer", "transposed", "unpooling", "upsample", "upsampling",
)  # fmt: skip
#: Shorter words are like too many others; longer ones than the second may have two letters wrong.
SHORTEST, LONG = 6, 9
#: A word before the sides of a kernel may have two letters wrong, and "conv", too, though not the first.
CONV = "conv"
_BEFORE_SIDES = re.compile(r"\b[A-Za-z]{3,}(?=\s*\d{1,2}\s*[x×*]\s*\d)")
#: What is like one of them and means something else, and ends of words that are so.
OTHERS = frozenset({"code", "core", "copy", "decode", "encode", "protection", "production", "inspection", "position"})
_ENDS = ("ed", "er", "or", "s", "ing", "ive", "able")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{4,}[A-Za-z]")


def respelled(text: str) -> str:
    """The text with each word that is nearly one of `WORDS`, and of no other of them, spelt as that."""
    text = _BEFORE_SIDES.sub(lambda match: _before_sides(match[0].lower()) or match[0], text)
    return _WORD.sub(lambda match: _nearest(match[0].lower()) or match[0], text)


def _before_sides(word: str) -> str | None:
    if word in OTHERS or word == CONV:
        return None
    if word[0] == CONV[0] and len(word) < SHORTEST and _edits(word, CONV) <= 2:
        return CONV
    return _nearest(word, 2)


@lru_cache(maxsize=4096)
def _nearest(word: str, wrong: int = 1) -> str | None:
    if word in WORDS or word in OTHERS or len(word) < SHORTEST:
        return None
    near = sorted(
        (edits, known)
        for known in WORDS
        if (edits := _edits(word, known)) <= (2 if len(known) > LONG else wrong) and not _inflected(word, known)
    )
    if not near or (len(near) > 1 and near[0][0] == near[1][0]):
        return None
    return near[0][1]


def _inflected(word: str, known: str) -> bool:
    """Whether a word is another form of one: "decoded"."""
    return word.endswith(_ENDS) and word[: len(known) - 2] == known[:-2]


def _edits(one: str, other: str) -> int:
    """Letters to put in, leave out or change to make one word of another."""
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]
