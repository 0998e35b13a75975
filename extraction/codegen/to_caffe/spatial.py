"""Convolutions, pooling, padding, cropping and enlarging in Caffe, whose borders are the same on both sides.

Where Keras pads one side more, the wider border is put on both and what is too much is cut off; with strides the
kernel then lies one pixel further ahead, and the code says so.
"""

from __future__ import annotations

import math

from extraction.codegen.plan import Node, Pads, Sizes
from extraction.codegen.to_caffe.net import Field, Net, Word, pair

XAVIER: Field = ("weight_filler", [("type", "xavier", "")], "assumed")
SHIFTED = "Caffe pads both sides alike: the kernel lies one pixel ahead of Keras's"
HELD: Field = ("param", [("lr_mult", 0, "")], "not learnt")


def convolution(node: Node, net: Net) -> str:
    fields = [
        ("num_output", node.whole("filters"), node.where_from("filters")),
        ("bias_term", node.flag("use_bias"), node.where_from("use_bias")),
        *_window(node),
    ]
    if node.whole("groups") > 1:
        fields.append(("group", node.whole("groups"), node.where_from("groups")))
    return _convolved(node, net, node.name, net.blob(node.input), [*fields, XAVIER])


def depthwise(node: Node, net: Net) -> str:
    outputs = node.channels * node.whole("depth_multiplier")
    return _convolved(node, net, node.name, net.blob(node.input), _alone(node, outputs, node.flag("use_bias")))


def separable(node: Node, net: Net) -> str:
    """A convolution of every channel alone, then one of size 1 that mixes them."""
    between = node.channels * node.whole("depth_multiplier")
    blob = _convolved(node, net, f"{node.name}_depthwise", net.blob(node.input), _alone(node, between, False))
    return pointwise(node, net, blob, node.whole("filters"), "filters")


def pointwise(node: Node, net: Net, blob: str, outputs: int, parameter: str) -> str:
    fields: list[Field] = [
        ("num_output", outputs, node.where_from(parameter)),
        ("bias_term", node.flag("use_bias"), node.where_from("use_bias")),
        ("kernel_size", 1, ""),
        XAVIER,
    ]
    return net.layer(node.name, "Convolution", [blob], [node.name], ("convolution_param", fields, ""))


def _alone(node: Node, outputs: int, bias: bool) -> list[Field]:
    return [
        ("num_output", outputs, node.where_from("depth_multiplier")),
        ("group", node.channels, ""),
        ("bias_term", bias, ""),
        *_window(node),
        XAVIER,
    ]


def _window(node: Node) -> list[Field]:
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    fields = pair("kernel", kernel, node.where_from("kernel_size"), single="kernel_size")
    if set(strides) != {1}:
        fields += pair("stride", strides, node.where_from("strides"))
    if set(dilation) != {1}:
        fields += [("dilation", rate, node.where_from("dilation_rate")) for rate in dilation]
    return fields


def _convolved(node: Node, net: Net, name: str, blob: str, fields: list[Field]) -> str:
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    pads = node.pads(kernel, strides, dilation)
    border = tuple(after for _, after in pads)
    if any(border):
        fields = [*fields[:-1], *pair("pad", border, node.where_from("padding")), fields[-1]]
    outputs = tuple(
        (n + 2 * p - (k - 1) * d - 1) // s + 1
        for n, p, k, s, d in zip(node.spatial, border, kernel, strides, dilation, strict=True)
    )
    wanted = node.shape[:-1]
    note = SHIFTED if any(b != a and s > 1 for (b, a), s in zip(pads, strides, strict=True)) else ""
    top = name if outputs == wanted else f"{name}_whole"
    blob = net.layer(top, "Convolution", [blob], [top], ("convolution_param", fields, ""), note=note)
    return _fit(node, net, name, blob, outputs, [(has - wants, 0) for has, wants in zip(outputs, wanted, strict=True)])


def _fit(node: Node, net: Net, name: str, blob: str, sizes: Sizes, cuts: list[tuple[int, int]]) -> str:
    """Cut rows and columns off; the last cut carries the layer's own name."""
    if any(before < 0 or after < 0 for before, after in cuts):
        raise node.refuse("Caffe can't pad one side of its input alone, and both sides make it too large")
    todo = [(axis, size, cut) for axis, (size, cut) in enumerate(zip(sizes, cuts, strict=True)) if any(cut)]
    for position, (axis, size, (before, after)) in enumerate(todo):
        last = position == len(todo) - 1
        top = name if last else f"{name}_rows"
        blob = net.cut(f"{name}_cut_{'hw'[axis]}", blob, axis + 2, size, before, after, top)
    return blob


def transposed(node: Node, net: Net) -> str:
    kernel, strides, dilation = node.sizes("kernel_size"), node.strides(), node.sizes("dilation_rate")
    full = tuple(
        (n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(node.spatial, strides, kernel, dilation, strict=True)
    )
    cuts = [has - wants for has, wants in zip(full, node.shape[:-1], strict=True)]
    if any(cut < 0 for cut in cuts):
        raise node.refuse("Caffe's Deconvolution can't make an output that its kernel doesn't reach")
    both = tuple(cut // 2 for cut in cuts)
    fields: list[Field] = [
        ("num_output", node.whole("filters"), node.where_from("filters")),
        ("bias_term", node.flag("use_bias"), node.where_from("use_bias")),
        *_window(node),
    ]
    if any(both):
        fields += pair("pad", both, node.where_from("padding"))
    top = node.name if all(cut % 2 == 0 for cut in cuts) else f"{node.name}_whole"
    blob = net.layer(top, "Deconvolution", [net.blob(node.input)], [top], ("convolution_param", [*fields, XAVIER], ""))
    sizes = tuple(has - 2 * cut for has, cut in zip(full, both, strict=True))
    return _fit(node, net, node.name, blob, sizes, [(0, cut % 2) for cut in cuts])


def pooling(node: Node, net: Net) -> str:
    kernel, strides = node.sizes("pool_size"), node.strides("pool_size")
    pads, wanted = node.pads(kernel, strides), node.shape[:-1]
    border, rounding, note = _pool_border(node, kernel, strides, pads, wanted)
    fields: list[Field] = [
        ("pool", Word("MAX" if node.type.startswith("Max") else "AVE"), ""),
        *pair("kernel", kernel, node.where_from("pool_size"), single="kernel_size"),
        *pair("stride", strides, node.where_from("strides")),
    ]
    if any(border):
        fields += pair("pad", border, node.where_from("padding"))
        if node.type.startswith("Average") and node.get("padding") == "same" and not note:
            note = "its means count the zeros of the border, which Keras leaves out"
    if rounding == "FLOOR":
        fields.append(("round_mode", Word("FLOOR"), ""))
    outputs = tuple(
        _pooled(n, k, s, p, rounding) for n, k, s, p in zip(node.spatial, kernel, strides, border, strict=True)
    )
    top = node.name if outputs == wanted else f"{node.name}_whole"
    blob = net.layer(top, "Pooling", [net.blob(node.input)], [top], ("pooling_param", fields, ""), note=note)
    cuts = [(has - wants, 0) for has, wants in zip(outputs, wanted, strict=True)]
    return _fit(node, net, node.name, blob, outputs, cuts)


def _pooled(size: int, kernel: int, stride: int, pad: int, rounding: str) -> int:
    """Caffe's rule: rounded up, but the last window must start inside."""
    steps = (size + 2 * pad - kernel) / stride
    output = (math.ceil(steps) if rounding == "CEIL" else math.floor(steps)) + 1
    return output - 1 if pad and (output - 1) * stride >= size + pad else output


def _pool_border(node: Node, kernel: Sizes, strides: Sizes, pads: Pads, wanted: Sizes) -> tuple[Sizes, str, str]:
    """Border, rounding and remark with which Caffe's pooling gives the wanted size."""
    before, after = tuple(b for b, _ in pads), tuple(a for _, a in pads)
    choices = [(before, "CEIL"), (before, "FLOOR")]
    if before != after:
        choices += [(after, "CEIL"), (after, "FLOOR")]
    for border, rounding in choices:
        outputs = [
            _pooled(n, k, s, p, rounding) for n, k, s, p in zip(node.spatial, kernel, strides, border, strict=True)
        ]
        if tuple(outputs) == wanted:
            uneven = border == after and before != after
            return border, rounding, SHIFTED if uneven else ""
    if set(strides) == {1}:  # one row too many in front is cut off
        return after, "FLOOR", ""
    raise node.refuse("Caffe's pooling can't give this size: it pads both sides alike")


def adaptive_pooling(node: Node, net: Net) -> str:
    """Windows of equal size where the output divides the input; Caffe has no others."""
    wanted = node.sizes("output_size")
    if any(n % w for n, w in zip(node.spatial, wanted, strict=True)):
        raise node.refuse("Caffe pools windows of equal size, and the output's size does not divide the input's")
    steps = tuple(n // w for n, w in zip(node.spatial, wanted, strict=True))
    fields: list[Field] = [
        ("pool", Word("MAX" if "Max" in node.type else "AVE"), ""),
        *pair("kernel", steps, node.where_from("output_size"), single="kernel_size"),
        *pair("stride", steps, node.where_from("output_size")),
    ]
    return net.layer(node.name, "Pooling", [net.blob(node.input)], [node.name], ("pooling_param", fields, ""))


def global_pooling(node: Node, net: Net) -> str:
    kind = Word("MAX" if "Max" in node.type else "AVE")
    fields: list[Field] = [("pool", kind, ""), ("global_pooling", True, "")]
    if node.flag("keepdims"):
        return net.layer(node.name, "Pooling", [net.blob(node.input)], [node.name], ("pooling_param", fields, ""))
    whole = f"{node.name}_map"
    net.layer(whole, "Pooling", [net.blob(node.input)], [whole], ("pooling_param", fields, ""))
    return net.layer(node.name, "Flatten", [whole], [node.name])


def up_sampling(node: Node, net: Net) -> str:
    return _enlarge(node, net, node.sizes("size"), node.word("interpolation"))


def resizing(node: Node, net: Net) -> str:
    factors = tuple(wants // has for has, wants in zip(node.spatial, node.shape[:2], strict=True))
    if tuple(n * f for n, f in zip(node.spatial, factors, strict=True)) != node.shape[:2]:
        raise node.refuse("Caffe can enlarge a map by whole factors only")
    return _enlarge(node, net, factors, node.word("interpolation"))


def _enlarge(node: Node, net: Net, factors: Sizes, mode: str) -> str:
    """A transposed convolution of every channel alone whose weights are fixed."""
    if mode == "nearest":
        kernel, pads, filler, note = factors, (0, 0), [("type", "constant", ""), ("value", 1, "")], ""
    elif mode == "bilinear":
        if len(set(factors)) != 1:
            raise node.refuse("Caffe's bilinear weights need the same factor for height and width")
        kernel = tuple(2 * f - f % 2 for f in factors)
        pads = ((factors[0] - 1 + 1) // 2 if factors[0] > 1 else 0,) * 2
        filler, note = [("type", "bilinear", "")], "fades out at the border, where Keras repeats the edge"
    else:
        raise node.refuse(f"Caffe has no {mode} interpolation")
    fields: list[Field] = [
        ("num_output", node.channels, ""),
        ("group", node.channels, ""),
        ("bias_term", False, ""),
        *pair("kernel", kernel, single="kernel_size"),
        *pair("stride", factors, node.where_from("size")),
        *(pair("pad", pads) if any(pads) else []),
        ("weight_filler", filler, ""),
    ]
    blobs = [net.blob(node.input)], [node.name]
    return net.layer(node.name, "Deconvolution", *blobs, HELD, ("convolution_param", fields, ""), note=note)


def zero_padding(node: Node, net: Net) -> str:
    """Caffe pads inside a convolution only: one of size 1 that passes every channel on."""
    pads = node.border("padding")
    border = tuple(max(pad) for pad in pads)
    fields: list[Field] = [
        ("num_output", node.channels, ""),
        ("group", node.channels, ""),
        ("bias_term", False, ""),
        ("kernel_size", 1, ""),
        *pair("pad", border, node.where_from("padding")),
        ("weight_filler", [("type", "constant", ""), ("value", 1, "")], ""),
    ]
    even = all(before == after for before, after in pads)
    top = node.name if even else f"{node.name}_whole"
    blob = net.layer(top, "Convolution", [net.blob(node.input)], [top], HELD, ("convolution_param", fields, ""))
    sizes = tuple(n + 2 * p for n, p in zip(node.spatial, border, strict=True))
    cuts = [(p - before, p - after) for (before, after), p in zip(pads, border, strict=True)]
    return _fit(node, net, node.name, blob, sizes, cuts)


def cropping(node: Node, net: Net) -> str:
    return _fit(node, net, node.name, net.blob(node.input), node.spatial, list(node.border("cropping")))
