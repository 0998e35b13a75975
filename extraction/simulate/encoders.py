"""Encoders with decoders: U-shaped networks over maps, and autoencoders over vectors and sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extraction.simulate import values as v
from extraction.simulate.design import Design
from extraction.simulate.operations import WORDS, Writer

Random = Callable[[], float]


def generate(random: Random, d: Design, shape: tuple[int, ...]) -> bool:
    """An encoder and a decoder behind the input that is there. `False`, with nothing added, where it is too shallow."""
    left = d.depth - d.depths[-1]
    if len(shape) == 1:
        return _vectors(random, d, left)
    if len(shape) == 2 and random() < 0.5:
        return _sequences(random, d, left)
    return _maps(random, d, shape, left)


def _maps(random: Random, d: Design, shape: tuple[int, ...], left: int) -> bool:
    """Down in steps of two with convolutions at each level, and up again, with what each level gave joined in."""
    rank = len(shape) - 1
    levels = 1 + int(random() * 4)
    while levels and any(n % 2**levels for n in shape[:-1]):
        levels -= 1
    # A level costs a pooling, an enlargement, and with joins a Concatenate or Add; at the bottom and at the end one.
    skips = random() < 0.8
    cost = 3 if skips else 2
    levels = min(levels, (left - 2) // (cost + 2))
    if levels < 1 or left < cost + 4:
        return False
    spare = left - 1 - levels * cost
    counts = [1] * (2 * levels + 1)
    for _ in range(spare - len(counts)):
        counts[int(random() * len(counts))] += 1
    w = Writer(random, d)
    w.width = min(w.width, 64)
    cur, kept = len(d.kinds) - 1, []
    by_convolution, sum_up = random() < 0.3, random() < 0.25
    transposed = random() < 0.6
    widths = []
    for level in range(levels):
        cur = _block(w, cur, counts[level])
        kept.append(cur)
        widths.append(w.width)
        word, args = ("conv", ("w", "3", "s2")) if by_convolution else ("maxpool", ("2", "2"))
        cur = WORDS[word](w, args, cur)
        w.widen()
    cur = _block(w, cur, counts[levels])
    for level in reversed(range(levels)):
        w.width = d.shapes[kept[level]][-1]
        if transposed or sum_up:
            params: dict[str, Any] = {
                "filters": w.width, "kernel_size": (2 + int(random() * 2),) * rank, "strides": (2,) * rank,
                "padding": "same",
            }  # fmt: skip
            cur = d.add(f"Conv{rank}DTranspose", params, cur)
        else:
            cur = d.add(f"UpSampling{rank}D", {"size": (2,) * rank}, cur)
        if skips:
            pair = (kept[level], cur) if random() < 0.5 else (cur, kept[level])
            cur = d.join("Add" if sum_up else "Concatenate", {}, pair)
        w.width = widths[level]
        cur = _block(w, cur, counts[2 * levels - level])
    params = {"filters": v.pick(random, (1, 1, 2, 3, 5, 10, 21)), "kernel_size": (1,) * rank, "strides": (1,) * rank,
              "padding": "same", "activation": v.pick(random, ("sigmoid", "softmax", "softmax"))}  # fmt: skip
    d.add(f"Conv{rank}D", params, cur)
    return True


def _block(w: Writer, cur: int, layers: int) -> int:
    """Convolutions with what goes between them, as many layers as asked."""
    words: tuple[tuple[str, tuple[str, ...]], ...] = (("conv", ("w", "3", "plain")), ("bn", ()), ("act", ()))
    if w.random() < 0.4:
        words = (("conv", ("w", "3", "relu")), ("conv", ("w", "3", "relu")), ("drop", ()))
    for place in range(layers):
        word, args = words[place % 3]
        cur = WORDS[word](w, args, cur)
    return cur


def _vectors(random: Random, d: Design, left: int) -> bool:
    """Dense layers that get narrower and wider again; the last gives as many numbers as the input has."""
    if left < 3:
        return False
    features = d.shapes[-1][-1]
    middle = (left - 1) // 2
    widths = []
    width = v.pick(random, v.UNITS)
    for _ in range(middle):
        widths.append(max(2, width))
        width = max(2, int(width * (0.4 + 0.5 * random())))
    path = [*widths, *([width] if (left - 1) % 2 else []), *reversed(widths)]
    cur = len(d.kinds) - 1
    function = v.pick(random, ("relu", "relu", "tanh", "elu", "selu"))
    for units in path:
        cur = d.add("Dense", {"units": units, "activation": function}, cur)
    d.add("Dense", {"units": features, "activation": v.pick(random, ("sigmoid", "linear"))}, cur)
    return True


def _sequences(random: Random, d: Design, left: int) -> bool:
    """A recurrent encoder, its last state repeated, a recurrent decoder, and a Dense at every step."""
    if left < 4:
        return False
    steps, features = d.shapes[-1]
    cells = left - 2
    encoder = 1 + int(random() * (cells - 1))
    kind = v.pick(random, ("LSTM", "LSTM", "GRU", "SimpleRNN"))
    cur = len(d.kinds) - 1
    for place in range(encoder):
        cur = v.recurrent(random, d, cur, kind, sequences=place < encoder - 1)
    cur = d.add("RepeatVector", {"n": steps if random() < 0.7 else v.pick(random, v.STEPS)}, cur)
    for _ in range(cells - encoder):
        cur = v.recurrent(random, d, cur, kind, sequences=True)
    units = features if random() < 0.6 else v.pick(random, v.CLASSES)
    d.add("TimeDistributed", {"units": units, "activation": v.pick(random, ("linear", "softmax"))}, cur)
    return True
