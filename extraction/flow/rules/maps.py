"""Rules of layers that work on maps: convolutions, pooling, padding, cropping, resizing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from extraction.flow.problems import sizes
from extraction.flow.rules.call import Call, Result, Rule, RuleError, product, with_bias
from extraction.flow.values import margins, per_axis


def window(size: int | None, kernel: int, stride: int, padding: Any, axis: int = 0) -> int | None:
    """Size after a kernel or window (its dilation included) along one axis; 0 or less where it doesn't fit."""
    if size is None:
        return None
    if padding in ("same", "causal"):
        return -(-size // stride)
    border = 0 if padding == "valid" else 2 * (padding if isinstance(padding, int) else padding[axis % len(padding)])
    return (size + border - kernel) // stride + 1


def transposed(size: int | None, kernel: int, stride: int, padding: Any, axis: int = 0) -> int | None:
    """Size after a transposed convolution along one axis."""
    if size is None:
        return None
    if padding == "same":
        return size * stride
    if padding == "valid":
        return size * stride + max(kernel - stride, 0)
    border = padding if isinstance(padding, int) else padding[axis % len(padding)]
    return (size - 1) * stride + kernel - 2 * border


def slide(call: Call, spatial: Sequence[int | None], kernel: Sequence[int], what: str) -> list[int | None]:
    """Sizes after sliding `kernel` over `spatial`."""
    strides = call.size("strides", len(kernel)) if call["strides"] is not None else tuple(kernel)
    dilation = call.size("dilation_rate", len(kernel)) if call.row.parameter("dilation_rate") else (1,) * len(kernel)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = call["padding"]
    result = [
        window(size, k, s, padding, axis) for axis, (size, k, s) in enumerate(zip(spatial, reach, strides, strict=True))
    ]
    if any(size is not None and size < 1 for size in result):
        raise RuleError(
            f"{call.title} gets {sizes(call.input)}, but its {sizes(kernel)} {what} needs at least {sizes(reach)} "
            f"with {_padding_words(padding)}"
        )
    return result


def _conv(call: Call) -> Result:
    *spatial, channels = call.input
    kernel, filters, groups = call.size("kernel_size"), call["filters"], call["groups"]
    if channels is not None and channels % groups:
        raise RuleError(f"{call.title} splits {channels} channels into {groups} groups; {channels} can't be divided so")
    if filters is not None and filters % groups:
        raise RuleError(f"{call.title} makes {filters} filters in {groups} groups; {filters} can't be divided so")
    one_above_one(call)
    shape = (*slide(call, spatial, kernel, "kernel"), filters)
    weights = product((*kernel, None if channels is None else channels // groups, filters))
    return shape, with_bias(call, weights, filters)


def one_above_one(call: Call) -> None:
    if max(call.size("strides")) > 1 and max(call.size("dilation_rate")) > 1:
        raise RuleError(f"{call.title} has strides and dilation above 1; only one of them may be")


def _transposed(call: Call) -> Result:
    *spatial, channels = call.input
    kernel, filters, padding = call.size("kernel_size"), call["filters"], call["padding"]
    one_above_one(call)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, call.size("dilation_rate"), strict=True)]
    steps = zip(spatial, reach, call.size("strides"), strict=True)
    result = [transposed(size, k, s, padding, axis) for axis, (size, k, s) in enumerate(steps)]
    if any(size is not None and size < 1 for size in result):
        raise RuleError(f"{call.title} gets {sizes(call.input)}, too small for {_padding_words(padding)}")
    return (*result, filters), with_bias(call, product((*kernel, channels, filters)), filters)


def _depthwise(call: Call) -> Result:
    *spatial, channels = call.input
    kernel = call.size("kernel_size")
    outputs = product((channels, call["depth_multiplier"]))
    return (*slide(call, spatial, kernel, "kernel"), outputs), with_bias(call, product((*kernel, outputs)), outputs)


def _separable(call: Call) -> Result:
    *spatial, channels = call.input
    kernel, filters = call.size("kernel_size"), call["filters"]
    between = product((channels, call["depth_multiplier"]))
    depthwise, pointwise = product((*kernel, between)), product((between, filters))
    weights = None if depthwise is None or pointwise is None else depthwise + pointwise
    return (*slide(call, spatial, kernel, "kernel"), filters), with_bias(call, weights, filters)


def _pool(call: Call) -> Result:
    *spatial, channels = call.input
    return (*slide(call, spatial, call.size("pool_size"), "window"), channels), 0


def _global_pool(call: Call) -> Result:
    *spatial, channels = call.input
    return (*((1 for _ in spatial) if call["keepdims"] else ()), channels), 0


def _adaptive_pool(call: Call) -> Result:
    return (*call.size("output_size"), call.input[-1]), 0


def _up_sampling(call: Call) -> Result:
    *spatial, channels = call.input
    return (*(product(pair) for pair in zip(spatial, call.size("size"), strict=True)), channels), 0


def _zero_padding(call: Call) -> Result:
    *spatial, channels = call.input
    pads = margins(call["padding"], call.rank)
    return (*(None if n is None else n + a + b for n, (a, b) in zip(spatial, pads, strict=True)), channels), 0


def _cropping(call: Call) -> Result:
    *spatial, channels = call.input
    cuts = margins(call["cropping"], call.rank)
    result = [None if n is None else n - a - b for n, (a, b) in zip(spatial, cuts, strict=True)]
    if any(size is not None and size < 1 for size in result):
        raise RuleError(f"{call.title} gets {sizes(call.input)} and cuts off more than there is")
    return (*result, channels), 0


def _resizing(call: Call) -> Result:
    return (call["height"], call["width"], call.input[-1]), 0


def _padding_words(padding: Any) -> str:
    return f"padding `{padding}`" if isinstance(padding, str) else f"a padding of {sizes(per_axis(padding, 1))}"


RULES: dict[str, Rule] = {"Resizing": _resizing}
for _rank in (1, 2, 3):
    RULES |= {
        f"Conv{_rank}D": _conv,
        f"Conv{_rank}DTranspose": _transposed,
        f"DepthwiseConv{_rank}D": _depthwise,
        f"SeparableConv{_rank}D": _separable,
        f"MaxPooling{_rank}D": _pool,
        f"AveragePooling{_rank}D": _pool,
        f"GlobalMaxPooling{_rank}D": _global_pool,
        f"GlobalAveragePooling{_rank}D": _global_pool,
        f"AdaptiveMaxPooling{_rank}D": _adaptive_pool,
        f"AdaptiveAveragePooling{_rank}D": _adaptive_pool,
        f"UpSampling{_rank}D": _up_sampling,
        f"ZeroPadding{_rank}D": _zero_padding,
        f"Cropping{_rank}D": _cropping,
    }
