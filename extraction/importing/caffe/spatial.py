"""Convolutions, pooling and cutting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from extraction.importing.building import Value
from extraction.importing.caffe import channels
from extraction.importing.caffe.net import Definition
from extraction.importing.caffe.plain import one
from extraction.importing.caffe.reader import Reader, filler, has_fixed_weights, numbers, sizes, whole
from extraction.importing.layout import Blob, blob, keras_border, simple, usual
from extraction.importing.prototxt import Message


def _window(layer: Definition, param: Message, rank: int) -> tuple[list[int], list[int], list[int]]:
    """Kernel, strides and borders of zeros, one a spatial axis."""
    kernel = sizes(layer, param, "kernel", rank, 0, field="kernel_size")
    strides, pads = sizes(layer, param, "stride", rank, 1), sizes(layer, param, "pad", rank, 0)
    if min(kernel) < 1:
        raise layer.error("its kernel size is missing or below 1")
    if min(strides) < 1 or min(pads) < 0:
        raise layer.error("its stride must be at least 1 and its pad at least 0")
    return kernel, strides, pads


def _spatial(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> tuple[Value, int]:
    """The input with its channels last, and its number of spatial axes."""
    given = one(layer, blobs)
    if not 2 <= given.rank <= 4:
        raise layer.error(f"{layer.type} needs maps, but its input has {given.rank} axes beside the batch")
    return reader.orders.maps(given, layer.name, layer.line), given.rank - 1


def convolution(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    value, rank = _spatial(reader, layer, blobs)
    param = layer.param("convolution_param")
    kernel, strides, pads = _window(layer, param, rank)
    dilation = sizes(layer, param, "dilation", rank, 1)
    outputs, group = whole(layer, param, "num_output", 0), whole(layer, param, "group", 1)
    channels = value.shape[-1] if value.shape else None
    if _passes_on(layer, param, kernel, outputs, group, channels):
        made = reader.add(layer, f"ZeroPadding{rank}D", [value], padding=simple(pads))
        return [Blob(made, _maps(rank))]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    value, padding = _bordered(reader, layer, value, reach, strides, pads)
    params: dict[str, Any] = {
        "kernel_size": simple(kernel),
        "strides": simple(strides),
        "padding": padding,
        "dilation_rate": simple(dilation),
        "use_bias": param.flag("bias_term", True),
    }
    alone = layer.type != "Convolution" or (group > 1 and group == channels)
    if alone and rank < 3 and channels and outputs % channels == 0:
        params["depth_multiplier"] = outputs // channels
        made = reader.add(layer, f"DepthwiseConv{rank}D", [value], **params)
    else:
        made = reader.add(layer, f"Conv{rank}D", [value], filters=outputs, groups=group, **params)
    return [Blob(made, _maps(rank))]


def _maps(rank: int) -> tuple[int, ...]:
    return (*range(2, rank + 2), 1)


def _passes_on(
    layer: Definition, param: Message, kernel: list[int], outputs: int, group: int, channels: int | None
) -> bool:
    """A fixed convolution of size 1 that passes every channel on: how Caffe pads, for it has no layer that does."""
    fixed = has_fixed_weights(layer) and dict(filler(param)) == {"type": "constant", "value": 1}
    return fixed and set(kernel) == {1} and group == outputs == channels and not param.flag("bias_term", True)


def _bordered(
    reader: Reader, layer: Definition, value: Value, reach: list[int], strides: list[int], pads: list[int]
) -> tuple[Value, Any]:
    """The padding that does the same as equal borders; where steps would start elsewhere, a layer of zeros in front."""
    if not any(pads):
        return value, "valid"
    rank = len(pads)
    spatial = (value.shape or (None,) * (rank + 1))[:-1]
    usual_ = [keras_border(n, r, s) for n, r, s in zip(spatial, reach, strides, strict=True)]
    if usual_ == [(pad, pad) for pad in pads]:
        return value, "same"
    if set(strides) == {1}:
        return value, simple(pads)
    return reader.add(layer, f"ZeroPadding{rank}D", [value], name=f"{layer.name}_pad", padding=simple(pads)), "valid"


def deconvolution(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    value, rank = _spatial(reader, layer, blobs)
    param = layer.param("convolution_param")
    kernel, strides, pads = _window(layer, param, rank)
    outputs, group = whole(layer, param, "num_output", 0), whole(layer, param, "group", 1)
    channels = value.shape[-1] if value.shape else None
    enlarging = _enlarging(layer, param, kernel, strides, pads)
    if enlarging and rank == 2 and group == outputs and outputs in (channels, None):
        made = reader.add(layer, "UpSampling2D", [value], size=simple(strides), interpolation=enlarging)
        return [blob(made)]
    if group > 1:
        return reader.unknown(layer, blobs, "a transposed convolution in groups has no layer in the catalogue")
    made = reader.add(
        layer,
        f"Conv{rank}DTranspose",
        [value],
        filters=outputs,
        kernel_size=simple(kernel),
        strides=simple(strides),
        padding=simple(pads) if any(pads) or any(k < s for k, s in zip(kernel, strides, strict=True)) else "valid",
        dilation_rate=simple(sizes(layer, param, "dilation", rank, 1)),
        use_bias=param.flag("bias_term", True),
    )
    return [Blob(made, _maps(rank))]


def _enlarging(layer: Definition, param: Message, kernel: list[int], strides: list[int], pads: list[int]) -> str | None:
    """The interpolation that fixed weights amount to."""
    if not has_fixed_weights(layer) or param.flag("bias_term", True):
        return None
    weights = filler(param)
    if weights.get("type") == "constant" and weights.get("value") == 1 and kernel == strides and not any(pads):
        return "nearest"
    bilinear = [(2 * s - s % 2, math.ceil((s - 1) / 2)) for s in strides]
    if weights.get("type") == "bilinear" and list(zip(kernel, pads, strict=True)) == bilinear:
        return "bilinear"
    return None


def pooling(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    value, rank = _spatial(reader, layer, blobs)
    param = layer.param("pooling_param")
    method = {"0": "MAX", "1": "AVE"}.get(str(param.get("pool", "MAX")), str(param.get("pool", "MAX")))
    word = {"MAX": "Max", "AVE": "Average"}.get(method)
    if word is None:
        return reader.unknown(layer, blobs, f"pooling of the kind {method[:20]} has no layer in the catalogue")
    if param.flag("global_pooling", False):
        made = reader.add(layer, f"Global{word}Pooling{rank}D", [value], keepdims=True)
        return [Blob(made, _maps(rank))]
    kernel, strides, borders = _window(layer, param, rank)
    floor = str(param.get("round_mode", "CEIL")) in ("FLOOR", "1") or not param.flag("ceil_mode", True)
    spatial = value.shape[:-1] if value.shape else (None,) * rank
    padding, border = _pool_padding(reader, layer, word, spatial, (kernel, strides, borders), floor=floor)
    if border:
        flat = {side for pair in border for side in pair}
        zeros: Any = flat.pop() if len(flat) == 1 else border
        value = reader.add(layer, f"ZeroPadding{rank}D", [value], name=f"{layer.name}_pad", padding=zeros)
    params = {"pool_size": simple(kernel), "strides": simple(strides), "padding": padding}
    if strides == kernel:
        del params["strides"]
    return [Blob(reader.add(layer, f"{word}Pooling{rank}D", [value], **params), _maps(rank))]


def _pool_padding(
    reader: Reader,
    layer: Definition,
    word: str,
    spatial: Sequence[int | None],
    window: tuple[list[int], list[int], list[int]],
    *,
    floor: bool,
) -> tuple[Any, list[list[int]] | None]:
    """The padding that gives Caffe's sizes and values, and a border of zeros where only a layer of its own does.

    Caffe rounds sizes up: the last window may reach past the border. Its means count the border that `pad` adds, and
    nothing beyond.
    """
    kernel, strides, pads = window
    rows = list(zip(spatial, kernel, strides, pads, strict=True))
    if any(size is None for size in spatial):
        if not any(pads):
            if not floor and any(s > 1 for s in strides):
                reader.rounds_up.append(layer.name)
            return "valid", None
        return ("valid", [[p, p] for p in pads]) if any(s > 1 for s in strides) else (simple(pads), None)
    known = [(size or 0, k, s, p) for size, k, s, p in rows]
    outputs = [pooled(n, k, s, p, floor=floor) for n, k, s, p in known]
    beyond = [(out - 1) * s + k - n - p for out, (n, k, s, p) in zip(outputs, known, strict=True)]
    if not any(pads) and max(beyond) <= 0:
        return "valid", None
    same = all(
        out == math.ceil(n / s) and max((out - 1) * s + k - n, 0) // 2 == p
        for out, (n, k, s, p) in zip(outputs, known, strict=True)
    )
    if same and (word == "Max" or not any(pads)):
        return "same", None
    exact = all(out == (n + 2 * p - k) // s + 1 for out, (n, k, s, p) in zip(outputs, known, strict=True))
    if exact and set(strides) == {1}:
        return simple(pads), None
    if word == "Average" and any(b > p for b, p in zip(beyond, pads, strict=True)):
        reader.note(
            layer, "lost", "Caffe's means leave out what its last windows reach beyond the border; here it counts"
        )
    if word == "Max":
        reader.note(layer, "changed", "a largest value below 0 becomes 0 at the border")
    return "valid", [[p, p if exact else max(b, 0)] for p, b in zip(pads, beyond, strict=True)]


def pooled(size: int, kernel: int, stride: int, pad: int, *, floor: bool) -> int:
    """Caffe's rule: rounded up, but with a border the last window must start inside."""
    steps = (size + 2 * pad - kernel) / stride
    output = (math.floor(steps) if floor else math.ceil(steps)) + 1
    return output - 1 if pad and (output - 1) * stride >= size + pad else output


def crop(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """Cuts the first input to the sizes of the second, from the axis on, at the offsets."""
    if len(blobs) != 2 or blobs[0].rank != 3 or blobs[1].rank != 3:
        return reader.unknown(layer, blobs, "it crops no map to the size of another")
    param = layer.param("crop_param")
    axis, offsets = whole(layer, param, "axis", 2), numbers(layer, param, "offset") or [0]
    value = reader.orders.maps(blobs[0], layer.name, layer.line)
    wanted = blobs[1].outer[1:]
    if axis != 2 or value.shape is None or None in value.shape[:2] or None in wanted:
        return reader.unknown(layer, blobs, "what it cuts off depends on sizes that are not known")
    offsets = offsets * 2 if len(offsets) == 1 else offsets
    cuts = []
    for has, wants, offset in zip(value.shape[:2], wanted, offsets, strict=False):
        cuts.append([offset, (has or 0) - (wants or 0) - offset])
    if len(cuts) != 2 or min(side for pair in cuts for side in pair) < 0:
        raise layer.error("cuts off more than there is")
    reader.note(layer, "changed", "cuts a fixed border; the blob that it takes the size from is no input of it")
    flat = {side for pair in cuts for side in pair}
    if flat == {0}:
        return [Blob(value, usual(3))]
    return [blob(reader.add(layer, "Cropping2D", [value], cropping=flat.pop() if len(flat) == 1 else cuts))]


def slice_(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """One layer a part that is read: a crop where height or width is cut."""
    given, param = one(layer, blobs), layer.param("slice_param")
    axis = whole(layer, param, "axis", whole(layer, param, "slice_dim", 1))
    axis = axis + given.rank + 1 if axis < 0 else axis
    total = given.outer[axis - 1] if 1 <= axis <= given.rank else None
    points = numbers(layer, param, "slice_point")
    if not points and total and total % len(layer.tops) == 0:
        points = [total // len(layer.tops) * i for i in range(1, len(layer.tops))]
    if total is None or len(points) != len(layer.tops) - 1:
        return reader.unknown(layer, blobs, "what it cuts depends on sizes that are not known")
    bounds = [0, *points, total]
    if any(end <= start for start, end in pairwise(bounds)):
        raise layer.error("its slice points must rise and stay inside")
    made = []
    for top, (start, end) in enumerate(pairwise(bounds)):
        made.append(_part(reader, layer, given, axis, (start, total - end), top))
    return made


def _part(reader: Reader, layer: Definition, given: Blob, axis: int, cut: tuple[int, int], top: int) -> Blob:
    others_are_read = any(reader.is_read(other) for other in range(len(layer.tops)))
    if reader.is_dropped(top) or (others_are_read and not reader.is_read(top)):
        return given
    name = layer.tops[top] if len(layer.tops) > 1 else layer.name
    if given.rank == 3 and axis > 1:
        value = reader.orders.maps(given, layer.name, layer.line)
        cuts = [list(cut), [0, 0]] if axis == 2 else [[0, 0], list(cut)]
        return blob(reader.add(layer, "Cropping2D", [value], name=name, cropping=cuts))
    if given.axis(axis) == -1:
        return channels.part(reader, layer, given, cut[0], cut[0] + (given.sizes[-1] or 0) - sum(cut), name)
    shape = tuple(
        size if given.layout[i] != axis or size is None else size - sum(cut) for i, size in enumerate(given.sizes)
    )
    said = {"axis": axis, "from": cut[0], "left": cut[1]}
    reason = "what it cuts is neither height, width nor channels"
    made = reader.builder.unknown(layer.type, name, [given.value], said, line=layer.line, shape=shape, why=reason)
    return Blob(made, given.layout)
