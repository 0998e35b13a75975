"""What the words of the motifs mean: each gives a layer whose sizes fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extraction.simulate import values as v
from extraction.simulate.design import Design
from extraction.simulate.motifs import Fork, Motif, Op, Row

_WIDTHS = (8, 16, 16, 24, 32, 32, 32, 48, 64, 64, 64, 96, 128)
_FUNCTIONS = ("relu",) * 6 + ("elu", "selu", "gelu", "swish", "tanh", "softplus", "leaky", "prelu", "layer")
_JOINS = {
    "add": "Add", "mul": "Multiply", "concat": "Concatenate", "maximum": "Maximum", "average": "Average",
    "attend": "Attention", "additive": "AdditiveAttention",
}  # fmt: skip
_ACTIVE = frozenset({"relu", "tanh", "sigmoid", "gelu", "elu", "selu", "swish"})
_CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "SimpleRNN", "bilstm": "LSTM", "bigru": "GRU", "birnn": "SimpleRNN"}


class Writer:
    """Writes motifs into a design. Width, activation and habits are the same throughout."""

    def __init__(self, random: Callable[[], float], d: Design) -> None:
        self.random, self.d = random, d
        self.width = v.pick(random, _WIDTHS)
        self.growth = v.pick(random, (4, 8, 12, 12, 16, 24, 32))
        self.function = v.pick(random, _FUNCTIONS)
        self.no_bias = random() < 0.6
        self.rate = v.pick(random, v.RATES)
        #: So wide that a design of 3x3 convolutions keeps below the most parameters.
        self.most = int((v.MOST_PARAMETERS / 9 / d.depth) ** 0.5)
        #: Of the motif at work: channels of its input, and its kernel.
        self.channels, self.kernel = 0, 3

    def widen(self) -> None:
        self.width = min(self.width * 2, 1024)

    def motif(self, motif: Motif, source: int) -> int:
        d, random = self.d, self.random
        shape = d.shapes[source]
        self.channels = shape[-1]
        if motif.domain == "vector":
            self.width = max(2, v.pick(random, v.UNITS))
        elif random() < 0.15:
            self.width = max(4, self.width + 4 * int(random() * 5 - 2))
        room = min(v.MOST_VALUES // v.product(shape[:-1]), v.MOST_WEIGHTS // (9 * self.channels), self.most)
        self.width = max(1, min(self.width, room))
        self.kernel = v.pick(random, (1, 3, 3, 3, 3, 5, 5, 7))
        start = len(d.kinds)
        end = self.row(motif.row, source)
        if len(d.kinds) - start > 1:
            d.spans.append((start, len(d.kinds), motif.name))
        return end

    def row(self, row: Row, source: int) -> int:
        ends: tuple[int, ...] = ()
        for part in row:
            if isinstance(part, Fork):
                ends = tuple([self.row(way, source) for way in part.ways])
            elif ends:
                source, ends = self._join(part, ends), ()
            else:
                source = WORDS[part.word](self, part.args, source)
        return source

    def _join(self, op: Op, ends: tuple[int, ...]) -> int:
        return self.d.join(_JOINS[op.word], {}, ends)

    # --- Sizes --------------------------------------------------------------------------------------------------------

    def size(self, text: str) -> int:
        """`w`, `c`, `g` or a number, times or over another."""
        name, sign, factor = text, "", "1"
        for sign in "/*":
            if sign in text:
                name, _, factor = text.partition(sign)
                break
        base = {"w": self.width, "c": self.channels, "g": self.growth}.get(name)
        base = int(name) if base is None else base
        return max(1, base // int(factor)) if sign == "/" and "/" in text else base * int(factor)

    def spatial(self, source: int) -> tuple[int, ...]:
        return self.d.shapes[source][:-1]

    def window(self, text: str, source: int) -> tuple[int, ...]:
        """A kernel, cut to the map where it is larger."""
        spatial = self.spatial(source)
        if text == "k":
            kernel: tuple[int, ...] = (self.kernel,) * len(spatial)
        elif "x" in text:
            kernel = tuple(int(size) for size in text.split("x")) if len(spatial) == 2 else (3,) * len(spatial)
        else:
            kernel = (int(text),) * len(spatial)
        return tuple([min(k, n if n % 2 or n == 1 else n - 1) for k, n in zip(kernel, spatial, strict=True)])


def _conv_params(w: Writer, kernel: tuple[int, ...], flags: tuple[str, ...], channels: int) -> dict[str, Any]:
    params: dict[str, Any] = {"kernel_size": kernel, "strides": (1,) * len(kernel), "padding": "same"}
    for flag in flags:
        if flag in _ACTIVE:
            params["activation"] = flag
        elif flag == "plain":
            if w.no_bias:
                params["use_bias"] = False
        elif flag[0] == "s":
            params["strides"] = (int(flag[1:]),) * len(kernel)
        elif flag[0] == "d":
            params["dilation_rate"] = (int(flag[1:]),) * len(kernel)
        elif flag[0] == "g" and channels % int(flag[1:]) == 0:
            params["groups"] = int(flag[1:])
    return params


def conv(w: Writer, args: tuple[str, ...], source: int) -> int:
    shape = w.d.shapes[source]
    kernel = w.window(args[1], source)
    params = _conv_params(w, kernel, args[2:], shape[-1])
    filters = w.size(args[0])
    if "groups" in params:
        filters = max(params["groups"], filters // params["groups"] * params["groups"])
    return w.d.add(f"Conv{len(kernel)}D", {"filters": filters, **params}, source)


def separable(w: Writer, args: tuple[str, ...], source: int) -> int:
    kernel = w.window(args[1], source)
    params = _conv_params(w, kernel, args[2:], 1)
    return w.d.add(f"SeparableConv{len(kernel)}D", {"filters": w.size(args[0]), **params}, source)


def depthwise(w: Writer, args: tuple[str, ...], source: int) -> int:
    kernel = w.window(args[0], source)
    return w.d.add(f"DepthwiseConv{len(kernel)}D", _conv_params(w, kernel, args[1:], 1), source)


def pool(kind: str) -> Callable[[Writer, tuple[str, ...], int], int]:
    def make(w: Writer, args: tuple[str, ...], source: int) -> int:
        rank = len(w.spatial(source))
        params = {"pool_size": (int(args[0]),) * rank, "strides": (int(args[1]),) * rank, "padding": "same"}
        return w.d.add(f"{kind}Pooling{rank}D", params, source)

    return make


def global_pool(kind: str) -> Callable[[Writer, tuple[str, ...], int], int]:
    return lambda w, args, source: w.d.add(f"Global{kind}Pooling{len(w.spatial(source))}D", {}, source)


def reshape(w: Writer, args: tuple[str, ...], source: int) -> int:
    """A vector as a map of one point, for what the motif began with: images or volumes."""
    return w.d.add("Reshape", {"target_shape": (1, 1, w.d.shapes[source][-1])}, source)


def act(w: Writer, args: tuple[str, ...], source: int) -> int:
    function = w.function
    if function == "layer":
        return w.d.add("ReLU", {}, source)
    if function == "leaky":
        return w.d.add("LeakyReLU", {"negative_slope": 0.1}, source)
    if function == "prelu":
        shape = w.d.shapes[source]
        return w.d.add("PReLU", {"shared_axes": tuple(range(1, len(shape)))} if len(shape) > 1 else {}, source)
    return w.d.add("Activation", {"activation": function}, source)


def dense(w: Writer, args: tuple[str, ...], source: int) -> int:
    units = w.size(args[0])
    params: dict[str, Any] = {"units": units}
    for flag in args[1:]:
        if flag in _ACTIVE:
            params["activation"] = flag
        elif w.no_bias:
            params["use_bias"] = False
    return w.d.add("Dense", params, source)


def time_distributed(w: Writer, args: tuple[str, ...], source: int) -> int:
    return w.d.add("TimeDistributed", {"units": w.size(args[0])}, source)


def recurrent(word: str) -> Callable[[Writer, tuple[str, ...], int], int]:
    def make(w: Writer, args: tuple[str, ...], source: int) -> int:
        units = w.size(args[0])
        params: dict[str, Any] = {"units": units, "return_sequences": "seq" in args}
        if word.startswith("bi"):
            return w.d.add("Bidirectional", {"layer": _CELLS[word], **params}, source)
        return w.d.add(_CELLS[word], params, source)

    return make


def multi_head(w: Writer, args: tuple[str, ...], source: int) -> int:
    channels = w.d.shapes[source][-1]
    heads = next(heads for heads in v.pick(w.random, ((8, 4, 2, 1), (4, 2, 1), (2, 1), (12, 6, 3, 1), (1,)))
                 if channels % heads == 0)  # fmt: skip
    return w.d.join("MultiHeadAttention", {"num_heads": heads, "key_dim": channels // heads}, (source,))


def plain(kind: str, **params: Any) -> Callable[[Writer, tuple[str, ...], int], int]:
    return lambda w, args, source: w.d.add(kind, dict(params), source)


WORDS: dict[str, Callable[[Writer, tuple[str, ...], int], int]] = {
    "conv": conv,
    "sep": separable,
    "dw": depthwise,
    "maxpool": pool("Max"),
    "avgpool": pool("Average"),
    "gap": global_pool("Average"),
    "gmp": global_pool("Max"),
    "flatten": plain("Flatten"),
    "reshape": reshape,
    "bn": plain("BatchNormalization"),
    "ln": plain("LayerNormalization"),
    "lrn": plain("LRN", size=5, alpha=0.0001, beta=0.75, k=1.0),
    "act": act,
    "relu": plain("Activation", activation="relu"),
    "relu6": plain("ReLU", max_value=6.0),
    "drop": lambda w, args, source: w.d.add("Dropout", {"rate": w.rate}, source),
    "sdrop": lambda w, args, source: w.d.add("SpatialDropout1D", {"rate": w.rate}, source),
    "noise": lambda w, args, source: w.d.add("GaussianNoise", {"stddev": w.rate}, source),
    "dense": dense,
    "td": time_distributed,
    "mha": multi_head,
    **{word: recurrent(word) for word in _CELLS},
}
