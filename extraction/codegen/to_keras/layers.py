"""How each layer type is written in Keras: one emitter a type, most of them the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from extraction.codegen.plan import Node, inner_node
from extraction.codegen.text import Arg, literal, size
from extraction.flow.catalogue import CATALOGUE, Parameter


@dataclass(frozen=True, slots=True)
class Step:
    """One statement: `name = call(args, name="name")(input)`."""

    call: str
    args: tuple[Arg, ...] = ()
    #: Ending of the name of a helper before or behind the layer itself; the layer's own step has none.
    suffix: str = ""
    #: Text behind the inputs in the second pair of brackets.
    call_args: str = ""
    comment: str = ""
    #: Classes that must stand in the file.
    needs: tuple[str, ...] = ()


Emitter = Callable[[Node], Iterator[Step]]

#: Parameters that read well without their keyword, when they come first.
POSITIONAL = {"filters", "kernel_size", "units", "pool_size", "rate", "target_shape", "dims", "n", "size",
              "input_dim", "output_dim", "height", "width", "scale", "stddev", "cropping", "output_size"}  # fmt: skip


def arguments(node: Node, skip: tuple[str, ...] = ()) -> tuple[Arg, ...]:
    """What differs from Keras's defaults or was assumed, in the catalogue's order."""
    args: list[Arg] = []
    positional = True
    for parameter in CATALOGUE[node.type].parameters:
        name = parameter.name
        if name in skip:
            positional = False
            continue
        text = _value(node, parameter)
        if text is None:
            positional = False
            continue
        positional = positional and (name in POSITIONAL or (name == "padding" and not args))
        args.append(Arg(text, "" if positional else name, name))
    return tuple(args)


def _value(node: Node, parameter: Parameter) -> str | None:
    """A parameter's text, or nothing where Keras's default says the same."""
    name = parameter.name
    value = node.get(name)
    if value is None:
        return None
    if name == "padding" and parameter.kind == "choice":
        if node.given("kernel_size") and set(node.whole_numbers("kernel_size")) == {1}:
            return None  # there is nothing to pad
        if not isinstance(value, str):
            raise node.refuse("Keras pads this layer by `valid` or `same` alone, not by a number of pixels")
        return None if value == "valid" and not node.where_from(name) else literal(value)
    usual = not parameter.required and (value == parameter.default or not node.given(name))
    if name == "strides" and node.layer.type.startswith(("Max", "Average")):
        usual = node.strides("pool_size") == node.sizes("pool_size")
    elif parameter.kind == "size":
        sizes = node.sizes(name, None if node.type not in CONV_RECURRENT else len(node.spatial) - 1)
        usual = usual or (parameter.default == 1 and set(sizes) == {1})
        return None if usual else size(sizes)
    if usual and name != "pool_size":
        return None
    match parameter.kind:
        case "size":
            return size(node.sizes(name))
        case "int":
            return literal(node.whole(name))
        case "float":
            return literal(node.number(name))
        case "floats":
            numbers_ = node.numbers(name)
            return literal(numbers_ if len(numbers_) > 1 else numbers_[0])
        case "bool":
            return literal(node.flag(name))
        case "choice":
            return literal(node.word(name))
        case "ints":
            numbers = node.whole_numbers(name)
            return literal(numbers[0] if name == "axes" and len(numbers) == 1 else numbers)
    raise node.refuse(f"its `{name}` can't be written in Keras")


CONV_RECURRENT = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


def same_class(node: Node) -> Iterator[Step]:
    yield Step(f"layers.{node.type}", arguments(node))


def window(name: str) -> Emitter:
    """Convolutions and pooling: what Keras can't pad by itself gets a layer of zeros in front."""

    def emit(node: Node) -> Iterator[Step]:
        rank = len(node.spatial)
        if isinstance(node.get("padding"), str):
            yield Step(f"layers.{node.type}", arguments(node))
            return
        kernel = node.sizes(name)
        strides = node.strides() if name == "kernel_size" else node.strides(name)
        pads = node.sizes("padding", rank)
        if set(strides) == {1} and all(
            2 * pad == reach - 1 for pad, reach in zip(pads, _reach(node, kernel), strict=True)
        ):
            padding = Arg('"same"', "padding", "padding")
            yield Step(f"layers.{node.type}", (*arguments(node, ("padding",)), padding))
            return
        if any(pads):
            if node.type.startswith("Max") and not _never_below_zero(node.input):
                yield Step("LowestPadding", (Arg(size(pads), "", "padding"),), "_pad", needs=("LowestPadding",))
            else:
                yield Step(f"layers.ZeroPadding{rank}D", (Arg(size(pads), "", "padding"),), "_pad")
        yield Step(f"layers.{node.type}", arguments(node, ("padding",)))

    return emit


#: Layers that give nothing below zero where their inputs don't.
KEEPS_SIGN = ("Dropout", "Concatenate", "Add", "Maximum", "Identity")
KEEPS_SIGN_IN_MAPS = ("MaxPooling", "AveragePooling", "ZeroPadding", "Cropping", "SpatialDropout")


def _never_below_zero(node: Node) -> bool:
    """Zeros around it leave its largest values as they are."""
    waiting, seen = [node], {node.id}
    while waiting:
        here = waiting.pop()
        relu = here.type == "ReLU" and not here.number("negative_slope")
        if relu or here.activation() in ("relu", "relu6", "sigmoid", "softmax", "softplus", "exponential"):
            continue
        if here.type not in KEEPS_SIGN and not here.type.startswith(KEEPS_SIGN_IN_MAPS):
            return False
        waiting += [source for source in here.inputs if source.id not in seen]
        seen.update(source.id for source in here.inputs)
    return True


def _reach(node: Node, kernel: tuple[int, ...]) -> tuple[int, ...]:
    if CATALOGUE[node.type].parameter("dilation_rate") is None:
        return kernel
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, node.sizes("dilation_rate"), strict=True))


def transposed(node: Node) -> Iterator[Step]:
    if node.get("padding") in ("valid", "same"):
        yield from same_class(node)
        return
    rank, pads = len(node.spatial), node.sizes("padding")
    if any(k < s for k, s in zip(_reach(node, node.sizes("kernel_size")), node.strides(), strict=True)):
        raise node.refuse("Keras can't cut the border of a transposed convolution whose strides pass its kernel")
    if not any(pads):
        yield Step(f"layers.{node.type}", arguments(node, ("padding",)))
        return
    yield Step(f"layers.{node.type}", arguments(node, ("padding",)), "_whole")
    yield Step(f"layers.Cropping{rank}D", (Arg(size(pads), "", "padding"),))


def border(name: str) -> Emitter:
    """Padding and cropping: one number where all sides are equal."""

    def emit(node: Node) -> Iterator[Step]:
        pads = node.border(name)
        flat = {side for pad in pads for side in pad}
        value: Any = flat.pop() if len(flat) == 1 else pads[0] if len(pads) == 1 else pads
        yield Step(f"layers.{node.type}", (Arg(literal(value), "", name),))

    return emit


def activation(node: Node) -> Iterator[Step]:
    yield Step("layers.Activation", (Arg(literal(node.word("activation")), "", "activation"),))


def identity(node: Node) -> Iterator[Step]:
    yield Step("layers.Identity")


def attention(node: Node) -> Iterator[Step]:
    """Query, value and key; one input attends to itself."""
    multi = node.type == "MultiHeadAttention"
    if multi and node.get("value_dim") not in (None, node.whole("key_dim")):
        raise node.refuse("Keras's attention with values of another length than its keys does not run on every backend")
    causal = multi and node.flag("use_causal_mask")
    extra = ", use_causal_mask=True" if causal else ""
    yield Step(f"layers.{node.type}", arguments(node, ("use_causal_mask",)), call_args=extra)


def bidirectional(node: Node) -> Iterator[Step]:
    cell = node.word("layer")
    inner = [literal(node.whole("units"))]
    if node.activation() != "tanh":
        inner.append(f"activation={literal(node.activation())}")
    if not node.flag("use_bias"):
        inner.append("use_bias=False")
    if node.flag("return_sequences"):
        inner.append("return_sequences=True")
    args = [Arg(f"layers.{cell}({', '.join(inner)})", "", "units")]
    if node.word("merge_mode") != "concat":
        args.append(Arg(literal(node.word("merge_mode")), "merge_mode", "merge_mode"))
    yield Step("layers.Bidirectional", tuple(args))


def time_distributed(node: Node) -> Iterator[Step]:
    yield Step("layers.TimeDistributed", (_inside(node, node.input.shape[1:], node.shape[1:]),))


def spectral(node: Node) -> Iterator[Step]:
    args = [_inside(node, node.input.shape, node.shape)]
    if node.whole("power_iterations") != 1:
        args.append(Arg(literal(node.whole("power_iterations")), "power_iterations", "power_iterations"))
    yield Step("layers.SpectralNormalization", tuple(args))


def _inside(node: Node, given: tuple[int, ...], gives: tuple[int, ...]) -> Arg:
    """The layer inside of a wrapper."""
    inner = inner_node(node, node.input.name, given, gives)
    first, *more = EMITTERS[inner.type](inner)
    if more:
        raise node.refuse("Keras can't pad by a number of pixels inside of a wrapper")
    parameter = "units" if inner.type == "Dense" else "layer"
    return Arg(f"{first.call}({', '.join(map(str, first.args))})", "", parameter)


def einsum_dense(node: Node) -> Iterator[Step]:
    output, _, _ = node.einsum()
    sizes = output[len(output) - len(node.whole_numbers("output_shape")) :]
    args = [
        Arg(literal(node.get("equation").replace(" ", "")), "", "equation"),
        Arg(literal(sizes), "output_shape", "output_shape"),
    ]
    if node.activation() != "linear":
        args.append(Arg(literal(node.activation()), "activation", "activation"))
    if node.get("bias_axes"):
        args.append(Arg(literal(node.get("bias_axes")), "bias_axes", "bias_axes"))
    yield Step("layers.EinsumDense", tuple(args))


def cell(node: Node) -> Iterator[Step]:
    """One step; without states it is a sequence of one step, which begins with zeros."""
    if len(node.inputs) > 1:
        if node.type == "LSTMCell" and len(node.inputs) < 3:
            raise node.refuse("an LSTM has two states, its output and its memory; only one leads into it")
        yield Step(f"layers.{node.type}", arguments(node), call_args="[0]")
        return
    inner = ", ".join(map(str, arguments(node)))
    yield Step("layers.Reshape", (Arg(literal((1, node.channels))),), "_step")
    yield Step("layers.RNN", (Arg(f"layers.{node.type}({inner})", "", "units"),))


def stacked_cells(node: Node) -> Iterator[Step]:
    cells = [f"layers.{node.word('cell')}({units})" for units in node.whole_numbers("units")]
    args = [Arg(cells[0] if len(cells) == 1 else f"[{', '.join(cells)}]", "", "units")]
    args += [Arg("True", name, name) for name in ("return_sequences", "go_backwards") if node.flag(name)]
    yield Step("layers.RNN", tuple(args))


def reversible(node: Node) -> Iterator[Step]:
    back = ", reverse=True" if node.flag("reverse") else ""
    yield Step("layers.ReversibleEmbedding", arguments(node, ("reverse",)), call_args=back)


def own_class(node: Node) -> Iterator[Step]:
    """A class that is written into the file, for Keras exports none."""
    yield Step(node.type, arguments(node), needs=(node.type,))


def normalization(node: Node) -> Iterator[Step]:
    """Mean and variance that are given must be as many."""
    args = list(arguments(node, ("mean", "variance")))
    if node.get("mean") is not None:
        rows = {name: node.numbers(name) for name in ("mean", "variance")}
        most = max(map(len, rows.values()))
        shown = {name: row * (most // len(row)) if most > 1 else row[0] for name, row in rows.items()}
        args += [Arg(literal(value), name, name) for name, value in shown.items()]
    yield Step("layers.Normalization", tuple(args))


def lrn(node: Node) -> Iterator[Step]:
    args = [Arg(literal(node.whole("size")), "size", "size")]
    args += [Arg(literal(node.number(name)), name, name) for name in ("alpha", "beta", "k")]
    yield Step("LocalResponseNormalization", tuple(args), needs=("LocalResponseNormalization",))


def placeholder(node: Node) -> Iterator[Step]:
    """Passes its input on; where the paper prints another size of its output, the mean of its input fills that."""
    if len(node.inputs) == 1 and node.input.shape == node.shape:
        yield Step("layers.Identity")
    else:
        yield Step("Placeholder", (Arg(literal(node.shape), "", "output_shape"),), needs=("Placeholder",))


#: What Caffe has layers for, and Keras none.
OF_CAFFE = ("AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold", "MVN", "Slice", "Bias", "ArgMax")


def _emitters() -> dict[str, Emitter]:
    table: dict[str, Emitter] = dict.fromkeys(CATALOGUE, same_class)
    table |= dict.fromkeys(("Output", "Identity"), identity)
    table |= dict.fromkeys(("Block", "Unknown"), placeholder)
    table |= dict.fromkeys(("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"), attention)
    table |= {
        "Activation": activation,
        "Bidirectional": bidirectional,
        "TimeDistributed": time_distributed,
        "LRN": lrn,
        "Normalization": normalization,
        "SpectralNormalization": spectral,
        "EinsumDense": einsum_dense,
        "StackedRNNCells": stacked_cells,
        "ReversibleEmbedding": reversible,
        **dict.fromkeys(("SimpleRNNCell", "GRUCell", "LSTMCell"), cell),
        **dict.fromkeys(("LayerScale", "StochasticDepth", *OF_CAFFE), own_class),
    }
    for rank in (1, 2, 3):
        for name in (f"Conv{rank}D", f"DepthwiseConv{rank}D", f"SeparableConv{rank}D"):
            if name in CATALOGUE:
                table[name] = window("kernel_size")
        table |= {
            f"MaxPooling{rank}D": window("pool_size"),
            f"AveragePooling{rank}D": window("pool_size"),
            f"Conv{rank}DTranspose": transposed,
            f"ZeroPadding{rank}D": border("padding"),
            f"Cropping{rank}D": border("cropping"),
        }
    return table


EMITTERS = _emitters()
