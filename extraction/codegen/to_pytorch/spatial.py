"""Convolutions, pooling, padding, cropping and resizing in PyTorch. All of them take channels first."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.codegen.plan import Node, Pads, Sizes
from extraction.codegen.text import Arg, literal, size
from extraction.codegen.to_pytorch.values import Module, Values, Written


def convolution(node: Node, values: Values) -> Written:
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    padding, given = _padding(node, values, node.pads(kernel, strides, dilation))
    filters = node.whole("filters")
    args = [
        *_channels(node.channels, filters), Arg(size(kernel), "", "kernel_size"), *_steps(strides), *padding,
        *_unless_one(dilation, "dilation", "dilation_rate"),
        *([Arg(literal(node.whole("groups")), "groups", "groups")] if node.whole("groups") > 1 else []), *_bias(node),
    ]  # fmt: skip
    return Written(f"self.{node.name}({given})", True, (Module(f"nn.Conv{len(kernel)}d", tuple(args)),))


def depthwise(node: Node, values: Values) -> Written:
    outputs = node.channels * node.whole("depth_multiplier")
    call, args, given = _depthwise(node, values, outputs)
    return Written(f"self.{node.name}({given})", True, (Module(call, (*args, *_bias(node))),))


def separable(node: Node, values: Values) -> Written:
    """A convolution of every channel alone, then one of size 1 that mixes them."""
    between = node.channels * node.whole("depth_multiplier")
    call, args, given = _depthwise(node, values, between)
    modules = (
        Module(call, (*args, Arg("False", "bias")), "_depthwise"),
        Module(call, (*_channels(between, node.whole("filters")), Arg("1"), *_bias(node)), "_pointwise"),
    )
    return Written(f"self.{node.name}_pointwise(self.{node.name}_depthwise({given}))", True, modules)


def _depthwise(node: Node, values: Values, outputs: int) -> tuple[str, list[Arg], str]:
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    padding, given = _padding(node, values, node.pads(kernel, strides, dilation))
    args = [
        Arg(literal(node.channels)), Arg(literal(outputs), "", "depth_multiplier"),
        Arg(size(kernel), "", "kernel_size"), *_steps(strides), *padding,
        *_unless_one(dilation, "dilation", "dilation_rate"), Arg(literal(node.channels), "groups"),
    ]  # fmt: skip
    return f"nn.Conv{len(kernel)}d", args, given


def transposed(node: Node, values: Values) -> Written:
    """A transposed convolution; what Keras cuts off one side more than off the other is cut afterwards."""
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    full = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(node.spatial, strides, kernel, dilation, strict=True)]
    wanted = node.shape[:-1]
    cuts = [has - wants for has, wants in zip(full, wanted, strict=True)]
    extra = tuple(max(-cut, 0) for cut in cuts)
    if any(more >= max(s, d) for more, s, d in zip(extra, strides, dilation, strict=True)):
        raise node.refuse("PyTorch can't make a transposed convolution's output that much larger")
    both = tuple(max(cut, 0) // 2 for cut in cuts)
    odd = [max(cut, 0) % 2 for cut in cuts]
    args = [
        *_channels(node.channels, node.whole("filters")), Arg(size(kernel), "", "kernel_size"), *_steps(strides),
        *([Arg(size(both), "padding", "padding")] if any(both) else []),
        *([Arg(size(extra), "output_padding", "padding")] if any(extra) else []),
        *_bias(node), *_unless_one(dilation, "dilation", "dilation_rate"),
    ]  # fmt: skip
    expression = f"self.{node.name}({values.of(node.input, True)})"
    if any(odd):
        expression += f"[:, :, {', '.join(':-1' if cut else ':' for cut in odd)}]"
    return Written(expression, True, (Module(f"nn.ConvTranspose{len(kernel)}d", tuple(args)),))


def max_pooling(node: Node, values: Values) -> Written:
    return _pooling(node, values, "MaxPool")


def average_pooling(node: Node, values: Values) -> Written:
    return _pooling(node, values, "AvgPool")


def _pooling(node: Node, values: Values, kind: str) -> Written:
    kernel, strides = node.sizes("pool_size"), node.strides("pool_size")
    pads = node.pads(kernel, strides)
    args = [Arg(size(kernel), "", "pool_size")]
    if strides != kernel:
        args.append(Arg(size(strides), "stride", "strides"))
    given = values.of(node.input, True)
    if any(after or before for before, after in pads):
        if all(before == after and 2 * after <= k for (before, after), k in zip(pads, kernel, strict=True)):
            args.append(Arg(size([before for before, _ in pads]), "padding", "padding"))
            if kind == "AvgPool" and node.get("padding") == "same":
                args.append(Arg("False", "count_include_pad"))
        elif _rounds_up(node, kernel, strides, pads):
            args.append(Arg("True", "ceil_mode", "padding"))
        elif kind == "MaxPool":
            given = f'F.pad({given}, {_around(pads)}, value=float("-inf"))'
        else:
            call = f"average_pool({given}, {literal(kernel)}, {literal(strides)}, {_around(pads)})"
            return Written(call, True, needs=("average_pool",))
    return Written(f"self.{node.name}({given})", True, (Module(f"nn.{kind}{len(kernel)}d", tuple(args)),))


def _rounds_up(node: Node, kernel: Sizes, strides: Sizes, pads: Pads) -> bool:
    """The border lies behind alone and only completes the last window: what `ceil_mode` does."""
    outputs = [-(-(n - k) // s) + 1 for n, k, s in zip(node.spatial, kernel, strides, strict=True)]
    return not any(before for before, _ in pads) and tuple(outputs) == node.shape[:-1]


def global_average(node: Node, values: Values) -> Written:
    return _global(node, values, "mean")


def global_max(node: Node, values: Values) -> Written:
    return _global(node, values, "amax")


def _global(node: Node, values: Values, function: str) -> Written:
    axes = tuple(range(2, 2 + len(node.spatial)))
    keep = ", keepdim=True" if node.flag("keepdims") else ""
    return Written(f"{values.of(node.input, True)}.{function}(dim={literal(axes)}{keep})", True)


def adaptive_pooling(node: Node, values: Values) -> Written:
    kind = "Max" if "Max" in node.type else "Avg"
    module = Module(
        f"nn.Adaptive{kind}Pool{len(node.spatial)}d", (Arg(size(node.sizes("output_size")), "", "output_size"),)
    )
    return Written(f"self.{node.name}({values.of(node.input, True)})", True, (module,))


def up_sampling(node: Node, values: Values) -> Written:
    mode = node.word("interpolation") if node.type == "UpSampling2D" else "nearest"
    factor = size(node.sizes("size"))
    return Written(f"F.interpolate({values.of(node.input, True)}, scale_factor={factor}, mode={literal(mode)})", True)


def resizing(node: Node, values: Values) -> Written:
    mode, target = node.word("interpolation"), literal(node.shape[:2])
    mode = "nearest-exact" if mode == "nearest" else mode  # samples the middle of each pixel, as Keras does
    return Written(f"F.interpolate({values.of(node.input, True)}, size={target}, mode={literal(mode)})", True)


def zero_padding(node: Node, values: Values) -> Written:
    return Written(f"F.pad({values.of(node.input, True)}, {_around(node.border('padding'))})", True)


def cropping(node: Node, values: Values) -> Written:
    spans = ", ".join(
        f"{before}:{n - after}" if before or after else ":"
        for n, (before, after) in zip(node.spatial, node.border("cropping"), strict=True)
    )
    given = values.of(node.input, True)
    return Written(f"{given}[:, :, {spans}]", True)


def lrn(node: Node, values: Values) -> Written:
    args = [
        Arg(literal(node.number(name)), name if name != "size" else "", name) for name in ("size", "alpha", "beta", "k")
    ]
    given = values.of(node.input, True)
    return Written(f"self.{node.name}({given})", True, (Module("nn.LocalResponseNorm", tuple(args)),))


def spatial_dropout(node: Node, values: Values) -> Written:
    module = Module(f"nn.Dropout{len(node.spatial)}d", (Arg(literal(node.number("rate")), "", "rate"),))
    return Written(f"self.{node.name}({values.of(node.input, True)})", True, (module,))


def _padding(node: Node, values: Values, pads: Pads) -> tuple[list[Arg], str]:
    """The module's own padding where both sides are equal; else zeros are put around its input."""
    given = values.of(node.input, True)
    if not any(before or after for before, after in pads):
        return [], given
    if all(before == after for before, after in pads):
        return [Arg(size([before for before, _ in pads]), "padding", "padding")], given
    return [], f"F.pad({given}, {_around(pads)})"


def _around(pads: Sequence[tuple[int, int]]) -> str:
    """As `F.pad` wants it: the last axis first."""
    return literal(tuple(side for pad in reversed(pads) for side in pad))


def _channels(inputs: int, outputs: int) -> list[Arg]:
    return [Arg(literal(inputs)), Arg(literal(outputs), "", "filters")]


def _steps(strides: Sizes) -> list[Arg]:
    return _unless_one(strides, "stride", "strides")


def _unless_one(sizes: Sizes, keyword: str, parameter: str) -> list[Arg]:
    return [] if set(sizes) == {1} else [Arg(size(sizes), keyword, parameter)]


def _bias(node: Node) -> list[Arg]:
    return [] if node.flag("use_bias") else [Arg("False", "bias", "use_bias")]
