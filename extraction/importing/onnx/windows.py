"""Convolutions, pooling, padding and resizing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from extraction.importing.building import Value
from extraction.importing.layout import Blob, channels_last, keras_border, simple
from extraction.importing.onnx.graph import Operation
from extraction.importing.onnx.reader import Reader

Handler = Callable[[Reader, Operation], Blob | None]


def _numbers(operation: Operation, name: str, rank: int, default: int) -> list[int]:
    values = operation.attributes.get(name) or [default] * rank
    if not isinstance(values, list) or len(values) != rank:
        raise operation.error(f"`{name}` must be {rank} numbers")
    return [int(value) for value in values]


def _maps(reader: Reader, operation: Operation) -> tuple[Value, int] | None:
    given = reader.given(operation)
    if given is None or not 2 <= given.rank <= 4:
        return None
    return reader.orders.maps(given, operation.name), given.rank - 1


def _border(operation: Operation, rank: int, value: Value, window: Sequence[Sequence[int]]) -> Any:
    """`same`, `valid`, or zeros before and after each axis."""
    kernel, strides, dilation = window
    auto = operation.attributes.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER":
        return "same"
    if auto == "VALID":
        return "valid"
    if auto == "SAME_LOWER":
        return None
    pads = _numbers(operation, "pads", 2 * rank, 0)
    pairs = list(zip(pads[:rank], pads[rank:], strict=True))
    if not any(pads):
        return "valid"
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    sizes = (value.shape or (None,) * (rank + 1))[:-1]
    usual = [keras_border(n, r, s) for n, r, s in zip(sizes, reach, strides, strict=True)]
    return "same" if usual == pairs else pairs


def _padded(
    reader: Reader, operation: Operation, value: Value, rank: int, border: Any, strides: list[int]
) -> tuple[Value, Any]:
    """Borders that differ on two sides, or with steps that would start elsewhere, get a layer of their own."""
    if isinstance(border, str):
        return value, border
    even = all(before == after for before, after in border)
    if even and all(step == 1 for step in strides):
        return value, simple([before for before, _ in border])
    pads: Any = [list(pair) for pair in border]
    if len({side for pair in border for side in pair}) == 1:
        pads = border[0][0]
    padding = reader.add(operation, f"ZeroPadding{rank}D", [value], name=f"{operation.name}_pad", padding=pads)
    return padding, "valid"


def convolution(reader: Reader, operation: Operation) -> Blob | None:
    found, weights = _maps(reader, operation), reader.constant(operation, 1)
    if found is None or weights is None:
        return None
    value, rank = found
    if len(weights.shape) != rank + 2:
        raise operation.error(f"its weights have {len(weights.shape)} axes, its input has {rank} spatial ones")
    kernel, group = list(weights.shape[2:]), int(operation.attributes.get("group", 1))
    strides, dilation = _numbers(operation, "strides", rank, 1), _numbers(operation, "dilations", rank, 1)
    border = _border(operation, rank, value, (kernel, strides, dilation))
    if border is None or min(kernel) < 1:
        return None
    value, padding = _padded(reader, operation, value, rank, border, strides)
    params: dict[str, Any] = {
        "kernel_size": simple(kernel), "strides": simple(strides), "dilation_rate": simple(dilation),
        "padding": padding, "use_bias": len(operation.inputs) > 2,
    }  # fmt: skip
    outputs = weights.shape[0]
    channels = value.shape[-1] if value.shape else None
    if group > 1 and group == channels and rank < 3 and outputs % group == 0:
        made = reader.add(operation, f"DepthwiseConv{rank}D", [value], depth_multiplier=outputs // group, **params)
    else:
        made = reader.add(operation, f"Conv{rank}D", [value], filters=outputs, groups=group, **params)
    return Blob(made, channels_last(rank + 1))


def transposed(reader: Reader, operation: Operation) -> Blob | None:
    found, weights = _maps(reader, operation), reader.constant(operation, 1)
    said = operation.attributes
    if found is None or weights is None or said.get("group", 1) != 1 or len(weights.shape) != found[1] + 2:
        return None
    value, rank = found
    kernel, strides = list(weights.shape[2:]), _numbers(operation, "strides", rank, 1)
    pads, more = _numbers(operation, "pads", 2 * rank, 0), _numbers(operation, "output_padding", rank, 0)
    auto = said.get("auto_pad", "NOTSET")
    if "output_shape" in said or auto == "SAME_LOWER":
        return None
    same = all(k - s == a + b - m and a == (k - s) // 2 for k, s, a, b, m in
               zip(kernel, strides, pads[:rank], pads[rank:], more, strict=True))  # fmt: skip
    padding: Any = simple(pads[:rank]) if any(pads) else "valid"
    if auto == "SAME_UPPER" or (same and any(pads + more)):
        padding = "same"
    elif any(more) or pads[:rank] != pads[rank:]:
        return None
    made = reader.add(
        operation, f"Conv{rank}DTranspose", [value], filters=weights.shape[1], kernel_size=simple(kernel),
        strides=simple(strides), padding=padding, use_bias=len(operation.inputs) > 2,
        dilation_rate=simple(_numbers(operation, "dilations", rank, 1)),
    )  # fmt: skip
    return Blob(made, channels_last(rank + 1))


def pooling(word: str) -> Handler:
    def handle(reader: Reader, operation: Operation) -> Blob | None:
        found, said = _maps(reader, operation), operation.attributes
        if found is None or "kernel_shape" not in said or len([name for name in operation.outputs if name]) > 1:
            return None
        value, rank = found
        kernel, strides = _numbers(operation, "kernel_shape", rank, 1), _numbers(operation, "strides", rank, 1)
        if set(_numbers(operation, "dilations", rank, 1)) != {1}:
            return None
        border = _border(operation, rank, value, (kernel, strides, [1] * rank))
        if border is None:
            return None
        if said.get("ceil_mode", 0):
            border = _rounded_up(value, rank, kernel, strides, border)
            if border is None:
                return None
        counted = bool(said.get("count_include_pad", 0))
        if word == "Average" and ((border == "same" and counted) or (not isinstance(border, str) and not counted)):
            sizes = (value.shape or (None,))[:-1]
            if border == "same" and None not in sizes:
                pads = _numbers(operation, "pads", 2 * rank, 0)
                border = list(zip(pads[:rank], pads[rank:], strict=True))
            else:
                return None
        if word == "Max" and not isinstance(border, str):
            reader.builder.note("changed", "a largest value below 0 becomes 0 at the border", operation.name)
        value, padding = _padded(reader, operation, value, rank, border, strides)
        params = {"pool_size": simple(kernel), "strides": simple(strides), "padding": padding}
        return Blob(reader.add(operation, f"{word}Pooling{rank}D", [value], **params), channels_last(rank + 1))

    return handle


def _rounded_up(value: Value, rank: int, kernel: list[int], strides: list[int], border: Any) -> Any:
    """The last window may reach over: Keras's `same` where that does it, for then its border is the same."""
    sizes = (value.shape or (None,) * (rank + 1))[:-1]
    if None in sizes or border == "same":
        return border if border == "same" else None
    pads = [(0, 0)] * rank if border == "valid" else border
    rows = list(zip([n or 0 for n in sizes], kernel, strides, pads, strict=True))
    if all((n + a + b - k) % s == 0 for n, k, s, (a, b) in rows):
        return border
    outputs = [math.ceil((n + a + b - k) / s) + 1 for n, k, s, (a, b) in rows]
    same = all(
        out == math.ceil(n / s) and max((out - 1) * s + k - n, 0) // 2 == a
        for out, (n, k, s, (a, _)) in zip(outputs, rows, strict=True)
    )
    return "same" if same else None


def global_pooling(word: str) -> Handler:
    def handle(reader: Reader, operation: Operation) -> Blob | None:
        found = _maps(reader, operation)
        if found is None:
            return None
        value, rank = found
        made = reader.add(operation, f"Global{word}Pooling{rank}D", [value], keepdims=True)
        return Blob(made, channels_last(rank + 1))

    return handle


def reduced(word: str) -> Handler:
    """A mean or a largest value over all places of a map is a global pooling."""

    def handle(reader: Reader, operation: Operation) -> Blob | None:
        given, axes = reader.given(operation), reader.numbers(operation, 1, "axes")
        if given is None or axes is None or not 2 <= given.rank <= 4:
            return None
        over = {axis + given.rank + 1 if axis < 0 else axis for axis in axes}
        rest = [axis for axis in range(1, given.rank + 1) if axis not in over]
        if len(rest) != 1 or 0 in over:
            return None
        order = (*(axis for axis in range(1, given.rank + 1) if axis != rest[0]), rest[0])
        value = reader.orders.ordered(given, order, operation.name).value
        keep = bool(operation.attributes.get("keepdims", 1))
        made = reader.add(operation, f"Global{word}Pooling{given.rank - 1}D", [value], keepdims=keep)
        return Blob(made, order if keep else (1,))

    return handle


def pad(reader: Reader, operation: Operation) -> Blob | None:
    """Zeros around height and width."""
    found, pads = _maps(reader, operation), reader.numbers(operation, 1, "pads")
    given = reader.given(operation)
    filled = reader.numbers(operation, 2, "value") or [0]
    if found is None or given is None or not pads or len(pads) != 2 * (given.rank + 1) or filled[0] != 0:
        return None
    value, rank = found
    before, after = pads[: rank + 2], pads[rank + 2 :]
    whole = operation.attributes.get("mode", "constant") == "constant"
    if not whole or any(before[:2]) or any(after[:2]) or min(pads) < 0:
        return None
    pairs = [[a, b] for a, b in zip(before[2:], after[2:], strict=True)]
    flat = {side for pair in pairs for side in pair}
    padding: Any = flat.pop() if len(flat) == 1 else pairs
    return Blob(reader.add(operation, f"ZeroPadding{rank}D", [value], padding=padding), channels_last(rank + 1))


def crop(reader: Reader, operation: Operation) -> Blob | None:
    """Cuts off both ends of height and width, or takes some of the channels."""
    if part := _part(reader, operation):
        return part
    found, given = _maps(reader, operation), reader.given(operation)
    starts, ends = reader.numbers(operation, 1, "starts"), reader.numbers(operation, 2, "ends")
    if found is None or given is None or not starts or not ends or None in given.outer:
        return None
    axes, steps = reader.numbers(operation, 3, "axes") or list(range(len(starts))), reader.numbers(operation, 4)
    if len(starts) != len(ends) or len(axes) != len(starts) or set(steps or [1]) != {1}:
        return None
    value, rank = found
    pairs = [[0, 0]] * rank
    for start, end, axis in zip(starts, ends, axes, strict=True):
        place = axis + rank + 2 if axis < 0 else axis
        if not 2 <= place < rank + 2:
            return None
        size = given.outer[place - 1] or 0
        before, after = (max(0, min(size, n + size if n < 0 else n)) for n in (start, end))
        if before >= after:
            return None
        pairs = [[before, size - after] if i == place - 2 else pair for i, pair in enumerate(pairs)]
    flat = {side for pair in pairs for side in pair}
    cropping: Any = flat.pop() if len(flat) == 1 else pairs
    return Blob(reader.add(operation, f"Cropping{rank}D", [value], cropping=cropping), channels_last(rank + 1))


def _part(reader: Reader, operation: Operation) -> Blob | None:
    """Channels in a row."""
    given = reader.given(operation)
    rows = [reader.numbers(operation, place, name) for place, name in ((1, "starts"), (2, "ends"), (3, "axes"))]
    if given is None or any(row is None or len(row) != 1 for row in rows):
        return None
    (start,), (end,), (axis,) = (row or [0] for row in rows)
    size = given.sizes[-1]
    if given.axis(axis) != -1 or size is None or (reader.numbers(operation, 4) or [1]) != [1]:
        return None
    start, stop = (max(0, min(size, n + size if n < 0 else n)) for n in (start, end))
    if start >= stop:
        return None
    shape = (*given.sizes[:-1], stop - start)
    return Blob(reader.add(operation, "Slice", [given.value], shape=shape, start=start, stop=stop), given.layout)


def resize(reader: Reader, operation: Operation) -> Blob | None:
    """Enlarging by whole factors, or to a size: the nearest value each, or lines between the middles."""
    found, said = _maps(reader, operation), operation.attributes
    place = 1 if operation.kind == "Upsample" else 2
    factors = reader.numbers(operation, place, "scales")
    mode = "nearest" if said.get("mode", "nearest") == "nearest" else "bilinear"
    middles = said.get("coordinate_transformation_mode", "half_pixel") == "half_pixel"
    if found is None or said.get("mode", "nearest") == "cubic":
        return None
    value, rank = found
    sizes = reader.numbers(operation, 3)
    if rank == 2 and sizes and not factors and middles:
        height, width = sizes[-2:]
        made = reader.add(operation, "Resizing", [value], height=height, width=width, interpolation=mode)
        return Blob(made, channels_last(3))
    if not factors or len(factors) != rank + 2 or (mode == "bilinear" and (rank != 2 or not middles)):
        return None
    spatial = factors[2:]
    if set(factors[:2]) != {1} or any(f != int(f) or f < 1 for f in spatial):
        return None
    params: dict[str, Any] = {"size": simple([int(factor) for factor in spatial])}
    params |= {"interpolation": mode} if rank == 2 else {}
    return Blob(reader.add(operation, f"UpSampling{rank}D", [value], **params), channels_last(rank + 1))


HANDLERS: dict[str, Handler] = {
    "Conv": convolution,
    "ConvTranspose": transposed,
    "MaxPool": pooling("Max"),
    "AveragePool": pooling("Average"),
    "GlobalMaxPool": global_pooling("Max"),
    "GlobalAveragePool": global_pooling("Average"),
    "ReduceMean": reduced("Average"),
    "ReduceMax": reduced("Max"),
    "Pad": pad,
    "Slice": crop,
    "Resize": resize,
    "Upsample": resize,
}
