"""Data, dense layers, normalisation, activations, merges and reshaping."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from extraction.flow.model import Shape
from extraction.importing.building import Value
from extraction.importing.caffe.net import Definition
from extraction.importing.caffe.reader import Reader, number, numbers, whole
from extraction.importing.layout import Blob, as_written, blob, resolved, usual
from extraction.importing.prototxt import Message

#: Messages in which data layers say how large their images are.
_SIZED = ("input_param", "dummy_data_param", "memory_data_param")


def data(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """One input a top that is read; sizes as far as the file tells."""
    shapes = _shapes(layer)
    made = []
    for top, name in enumerate(layer.tops):
        outer = shapes[top] if top < len(shapes) else (None, None, None)
        order = usual(len(outer))
        shape: Shape = tuple(outer[axis - 1] for axis in order)
        if not reader.is_read(top) and layer.type != "Input" and len(layer.tops) > 1:
            made.append(Blob(Value("", None), order))
            continue
        if None in shape:
            reader.note(layer, "odd", f"the file does not say how large `{name[:60]}` is")
        title = name if layer.type == "Input" or len(layer.tops) > 1 else layer.name
        made.append(Blob(reader.builder.input(title, shape, line=layer.line), order))
    return made


def _shapes(layer: Definition) -> list[tuple[int | None, ...]]:
    """Sizes of each top without the batch, channels first."""
    for name in _SIZED:
        param = layer.param(name)
        shapes = [shape for shape in param.all("shape") if isinstance(shape, Message)]
        if shapes:
            dims: list[tuple[int | None, ...]] = [tuple(numbers(layer, shape, "dim"))[1:] for shape in shapes]
            return dims * len(layer.tops) if len(dims) == 1 else dims
        if param.get("channels") is not None:
            return [tuple(whole(layer, param, side, 1) for side in ("channels", "height", "width"))]
    transform = layer.param("transform_param")
    crop = whole(layer, transform, "crop_size", 0)
    resize = transform.message("resize_param")
    height, width = (crop or whole(layer, resize, side, 0) or None for side in ("height", "width"))
    means = len(transform.all("mean_value"))
    if height or means > 1:
        return [(means if means > 1 else None, height, width)]
    return []


def split(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    return [one(layer, blobs)] * len(layer.tops)


def one(layer: Definition, blobs: Sequence[Blob]) -> Blob:
    if len(blobs) != 1:
        raise layer.error(f"{layer.type} takes one input, not {len(blobs)}")
    return blobs[0]


def _same(reader: Reader, layer: Definition, blobs: Sequence[Blob], kind: str, **params: Any) -> list[Blob]:
    """A layer that treats every value alike, in whatever order they stand."""
    given = one(layer, blobs)
    made = reader.add(layer, kind, [given.value], shape=given.value.shape, **params)
    return [Blob(made, given.layout)]


def function(name: str) -> Callable[[Reader, Definition, Sequence[Blob]], list[Blob]]:
    def handle(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
        return _same(reader, layer, blobs, "Activation", activation=name)

    return handle


def inner_product(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("inner_product_param")
    axis = whole(layer, param, "axis", 1)
    axis = axis + given.rank + 1 if axis < 0 else axis
    if not 1 <= axis <= given.rank:
        raise layer.error(f"`axis` {axis} is no axis of its input")
    if axis == 1 and given.rank > 1:
        given = _flat(reader, layer, given, f"{layer.name}_flatten")
    elif axis == given.rank:
        given = reader.orders.ordered(given, (*(a for a in given.layout if a != axis), axis), layer.name, layer.line)
    else:
        return reader.unknown(layer, blobs, f"it works from axis {axis} on, which Dense can't")
    units = whole(layer, param, "num_output", 0)
    made = reader.add(layer, "Dense", [given.value], units=units, use_bias=param.flag("bias_term", True))
    return [Blob(made, given.layout)]


def _flat(reader: Reader, layer: Definition, given: Blob, name: str) -> Blob:
    """Weights that follow come in another order; values that are looked at come in the file's."""
    return blob(reader.add(layer, "Flatten", [given.value], name=name, shape=(None,)), 1)


def flatten(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("flatten_param")
    if whole(layer, param, "axis", 1) != 1 or whole(layer, param, "end_axis", -1) not in (-1, given.rank):
        return reader.unknown(layer, blobs, "it flattens some of its axes only")
    if given.layout not in (usual(given.rank), as_written(given.rank)):
        given = Blob(reader.orders.row(given, layer.name, layer.line), as_written(given.rank))
    elif given.layout != as_written(given.rank) and sum(size != 1 for size in given.sizes) > 1:
        reader.note(layer, "changed", "lays values out with the channels last, so weights after it stand in that order")
    return [_flat(reader, layer, given, layer.name)]


def reshape(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("reshape_param")
    dims = numbers(layer, param.message("shape"), "dim")
    outer = given.outer
    if whole(layer, param, "axis", 0) or whole(layer, param, "num_axes", -1) != -1 or not dims or len(dims) > 9:
        return reader.unknown(layer, blobs, "it reshapes some of its axes only")
    sizes = [outer[i] if size == 0 and i < len(outer) else size for i, size in enumerate(dims[1:])]
    if None in sizes or any(size is not None and (size == 0 or size < -1) for size in sizes):
        return reader.unknown(layer, blobs, "it copies a size that is not known")
    total = None if None in outer else math.prod(size for size in outer if size is not None)
    target = resolved([size for size in sizes if size is not None], total)
    if target is None:
        target = [size for size in sizes if size is not None]
    if len(target) == given.rank == 3 and target[0] == outer[0] and given.layout == usual(3):
        order = usual(3)  # the channels stay, and each map is cut anew: the same with the channels last
        made = reader.add(layer, "Reshape", [given.value], target_shape=[target[axis - 1] for axis in order])
        return [Blob(made, order)]
    value = reader.orders.row(given, layer.name, layer.line)
    made = reader.add(layer, "Reshape", [value], target_shape=target)
    return [Blob(made, as_written(len(target)))]


def permute(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given = one(layer, blobs)
    order = numbers(layer, layer.param("permute_param"), "order")
    order += [axis for axis in range(given.rank + 1) if axis not in order]
    if sorted(order) != list(range(given.rank + 1)) or order[0] != 0:
        return reader.unknown(layer, blobs, "it moves the batch, or an axis that is not there")
    reader.note(layer, "changed", "only changes the order of axes; what follows takes them in that order")
    return [Blob(given.value, tuple(order.index(axis) for axis in given.layout))]


def batch_norm(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("batch_norm_param")
    values = {
        "momentum": number(layer, param, "moving_average_fraction", 0.999),
        "epsilon": number(layer, param, "eps", 1e-5),
        "center": False,
        "scale": False,
        "axis": given.axis(1),
    }
    name = layer.name
    follower = reader.follower()
    if follower and name == f"{follower.name}_normalised":
        name = follower.name
    made = reader.add(layer, "BatchNormalization", [given.value], name=name, shape=given.value.shape, **values)
    return [Blob(made, given.layout)]


def segnet_norm(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """SegNet's BN learns scale and shift; in its mode INFERENCE it does nothing else."""
    given, param = one(layer, blobs), layer.param("bn_param")
    if param.get("bn_mode") == "INFERENCE":
        return _affine(reader, layer, given, bias=True)
    return _same(reader, layer, blobs, "BatchNormalization", axis=given.axis(1), epsilon=1e-9)


def _affine(reader: Reader, layer: Definition, given: Blob, *, bias: bool) -> list[Blob]:
    """A learnt factor, and a shift, for each channel: what a depthwise convolution of size 1 does."""
    if given.layout != usual(3):
        reason = "a learnt scale of something else than maps has no layer in the catalogue"
        return [Blob(reader.unknown(layer, [given], reason, given.value.shape)[0].value, given.layout)]
    reader.note(layer, "changed", "scales every channel by a learnt factor, as a depthwise convolution of size 1 does")
    made = reader.add(layer, "DepthwiseConv2D", [given.value], kernel_size=1, padding="valid", strides=1, use_bias=bias)
    return [blob(made, 3)]


def scale(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """The second half of a batch normalisation, a product of two blobs, or a learnt factor for each channel."""
    param = layer.param("scale_param")
    axis, bias = whole(layer, param, "axis", 1), param.flag("bias_term", False)
    if len(blobs) == 2:
        return _product(reader, layer, blobs, axis, bias)
    given = one(layer, blobs)
    source = layer.sources[0]
    producer = reader.net.layers[source[0]]
    alone = axis == 1 and whole(layer, param, "num_axes", 1) == 1
    if producer.type == "BatchNorm" and alone and reader.reads_alone(source):
        # Said of the factor alone, that it is not learnt: it stays 1.
        learning = [item.get("lr_mult") for item in layer.message.all("param") if isinstance(item, Message)]
        reader.builder.amend(given.value, {"scale": not (bias and learning == [0]), "center": bias})
        return [given]
    return _affine(reader, layer, given, bias=bias)


def _product(reader: Reader, layer: Definition, blobs: Sequence[Blob], axis: int, bias: bool) -> list[Blob]:
    whole_map, factor = blobs
    if bias or axis not in (0, 1):
        return reader.unknown(layer, blobs, "it multiplies along an axis and adds a learnt shift")
    rank = whole_map.rank
    # Along axis 0 the factor's axes are the batch and the first of the map, along axis 1 they start after the batch;
    # in a flow the batch is understood, and a factor for each channel stands with the channels last.
    if axis == 0 and factor.rank == 1 and rank > 1 and whole_map.layout == usual(rank):
        made = reader.add(layer, "Multiply", [whole_map.value, factor.value], shape=whole_map.value.shape)
        return [Blob(made, whole_map.layout)]
    if factor.rank == rank:
        return _joined(reader, layer, blobs, "Multiply")
    return reader.unknown(layer, blobs, "its factor has axes that a flow can't line up")


def relu(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    slope = number(layer, layer.param("relu_param"), "negative_slope", 0)
    if slope:
        return _same(reader, layer, blobs, "LeakyReLU", negative_slope=slope)
    return _same(reader, layer, blobs, "ReLU")


def prelu(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given = one(layer, blobs)
    shared = [i + 1 for i, axis in enumerate(given.layout) if axis != 1]
    if layer.param("prelu_param").flag("channel_shared", False):
        shared = [i + 1 for i in range(given.rank)]
    return _same(reader, layer, blobs, "PReLU", shared_axes=shared or None)


def elu(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    return _same(reader, layer, blobs, "ELU", alpha=number(layer, layer.param("elu_param"), "alpha", 1.0))


def swish(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    if number(layer, layer.param("swish_param"), "beta", 1) != 1:
        return reader.unknown(layer, blobs, "a swish with another beta than 1 has no layer in the catalogue")
    return _same(reader, layer, blobs, "Activation", activation="silu")


def exponential(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    said = _scaled(layer, "exp_param")
    if not said:
        return _same(reader, layer, blobs, "Activation", activation="exponential")
    return _same(reader, layer, blobs, "Exponential", **said)


def logarithm(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    return _same(reader, layer, blobs, "Logarithm", **_scaled(layer, "log_param"))


def _scaled(layer: Definition, name: str) -> dict[str, float]:
    """Base, factor and shift, where they are not the usual ones; a base of -1 is e."""
    param = layer.param(name)
    found = {key: number(layer, param, key, usual) for key, usual in (("base", -1), ("scale", 1), ("shift", 0))}
    return {key: value for key, value in found.items() if value != {"base": -1, "scale": 1, "shift": 0}[key]}


def absolute(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    return _same(reader, layer, blobs, "AbsVal")


def threshold(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    return _same(
        reader, layer, blobs, "Threshold", threshold=number(layer, layer.param("threshold_param"), "threshold", 0)
    )


def mvn(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("mvn_param")
    if given.rank != 3:
        return reader.unknown(layer, blobs, "it normalises something else than maps", given.value.shape)
    value = reader.orders.maps(given, layer.name, layer.line)
    said: dict[str, Any] = {
        "normalize_variance": param.flag("normalize_variance", True),
        "across_channels": param.flag("across_channels", False),
        "epsilon": number(layer, param, "eps", 1e-9),
    }
    return [blob(reader.add(layer, "MVN", [value], shape=value.shape, **said))]


def clip(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    param = layer.param("clip_param")
    least, most = number(layer, param, "min", 0), number(layer, param, "max", 0)
    if least == 0 and most > 0:
        return _same(reader, layer, blobs, "ReLU", max_value=most)
    if (least, most) == (-1, 1):
        return _same(reader, layer, blobs, "Activation", activation="hard_tanh")
    return reader.unknown(layer, blobs, "a clip to other values than 0 and above has no layer in the catalogue")


def power(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    param = layer.param("power_param")
    if (exponent := number(layer, param, "power", 1)) != 1:
        said: dict[str, Any] = {name: number(layer, param, name, usual) for name, usual in (("scale", 1), ("shift", 0))}
        return _same(reader, layer, blobs, "PowerLaw", power=exponent, **said)
    factor, shift = number(layer, param, "scale", 1), number(layer, param, "shift", 0)
    return _same(reader, layer, blobs, "Rescaling", scale=factor, offset=shift)


def softmax(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given = one(layer, blobs)
    axis = given.axis(whole(layer, layer.param("softmax_param"), "axis", 1))
    if axis is None:
        raise layer.error("its `axis` is no axis of its input")
    return _same(reader, layer, blobs, "Softmax", axis=axis)


def dropout(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    rate = number(layer, layer.param("dropout_param"), "dropout_ratio", 0.5)
    return _same(reader, layer, blobs, "Dropout", rate=rate)


def spatial_dropout(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    rate = number(layer, layer.param("spatial_dropout_param"), "dropout_ratio", 0.5)
    value = reader.orders.maps(one(layer, blobs), layer.name, layer.line)
    return [blob(reader.add(layer, "SpatialDropout2D", [value], rate=rate))]


def lrn(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("lrn_param")
    if param.get("norm_region") == "WITHIN_CHANNEL":
        return reader.unknown(layer, blobs, "a normalisation within channels has no layer in the catalogue")
    defaults = (("alpha", 1.0), ("beta", 0.75), ("k", 1.0))
    values: dict[str, Any] = {name: number(layer, param, name, default) for name, default in defaults}
    value = reader.orders.maps(given, layer.name, layer.line)
    made = reader.add(layer, "LRN", [value], shape=value.shape, size=whole(layer, param, "local_size", 5), **values)
    return [blob(made, given.rank)]


def _joined(reader: Reader, layer: Definition, blobs: Sequence[Blob], kind: str, **params: Any) -> list[Blob]:
    if len(blobs) < 2:
        return [one(layer, blobs)]
    alike = reader.orders.alike(blobs, layer.name, layer.line)
    made = reader.add(layer, kind, [item.value for item in alike], shape=alike[0].value.shape, **params)
    return [Blob(made, max(alike, key=lambda item: item.rank).layout)]


def eltwise(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    param = layer.param("eltwise_param")
    coefficients = [float(value) for value in param.all("coeff") if isinstance(value, int | float)]
    operation = str(param.get("operation", "SUM"))
    kinds = {"PROD": "Multiply", "0": "Multiply", "MAX": "Maximum", "2": "Maximum"}
    if operation in kinds:
        return _joined(reader, layer, blobs, kinds[operation])
    if set(coefficients) <= {1.0}:
        return _joined(reader, layer, blobs, "Add")
    if coefficients == [1, -1]:
        return _joined(reader, layer, blobs, "Subtract")
    if len(coefficients) == len(blobs) and all(abs(c * len(blobs) - 1) < 1e-4 for c in coefficients):
        return _joined(reader, layer, blobs, "Average")
    if len(coefficients) != len(blobs):
        raise layer.error(f"has {len(coefficients)} factors for {len(blobs)} inputs")
    reader.note(layer, "changed", "a sum with factors: each input times its factor, then added")
    scaled = [
        item if factor == 1 else Blob(_times(reader, layer, item, factor, i), item.layout)
        for i, (item, factor) in enumerate(zip(blobs, coefficients, strict=True), 1)
    ]
    return _joined(reader, layer, scaled, "Add")


def _times(reader: Reader, layer: Definition, item: Blob, factor: float, place: int) -> Value:
    name = f"{layer.name}_input_{place}"
    return reader.add(layer, "Rescaling", [item.value], name=name, shape=item.value.shape, scale=factor, offset=0)


def concat(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    param = layer.param("concat_param")
    if not blobs:
        raise layer.error("nothing leads into it")
    axis = whole(layer, param, "axis", whole(layer, param, "concat_dim", 1))
    alike = reader.orders.alike(blobs, layer.name, layer.line)
    along = alike[0].axis(axis)
    if along is None or len({item.rank for item in alike}) > 1:
        return reader.unknown(layer, blobs, "it joins along the batch, or inputs with different numbers of axes")
    return _joined(reader, layer, alike, "Concatenate", axis=along)
