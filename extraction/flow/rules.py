"""Shape rules: what each layer type makes of its inputs, and how many parameters it has, as Keras counts them.

A rule gets a layer whose parameters fit the catalogue and the shapes of its inputs (without the batch, channels last;
`None` is a size that is not known). It gives the shape of the output and the number of parameters, `None` where a size
it needs is not known. What can't be is a `RuleError` in words for the person who drew it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from extraction.flow.catalogue import CATALOGUE, LayerType
from extraction.flow.model import Layer, Shape
from extraction.flow.problems import listed, sizes, title
from extraction.flow.values import margins, per_axis, value_of


class RuleError(ValueError):
    """The layer can't work on these inputs."""


class Call:
    """One layer, its catalogue row and its inputs' shapes, as a rule sees them."""

    def __init__(self, layer: Layer, row: LayerType, inputs: Sequence[Shape]) -> None:
        self.layer, self.row, self.inputs = layer, row, list(inputs)
        self.title = title(layer)

    def __getitem__(self, name: str) -> Any:
        return value_of(self.layer, self.row, name)

    @property
    def input(self) -> Shape:
        return self.inputs[0]

    @property
    def rank(self) -> int:
        """Spatial axes of the layer's kind (2 for images)."""
        return self.row.rank or 0

    def size(self, name: str, axes: int | None = None) -> tuple[int, ...]:
        return per_axis(self[name], axes or self.row.window or 1)


Result = tuple[Shape, int | None]
Rule = Callable[[Call], Result]


def apply(layer: Layer, inputs: Sequence[Shape]) -> Result:
    """Shape and parameter count of a layer of a known type.

    Raises:
        RuleError: the message names the layer and says what doesn't fit.
    """
    row = CATALOGUE[layer.type]
    if row.rank is not None:
        for shape in inputs:
            if len(shape) != row.rank + 1:
                raise RuleError(f"{title(layer)} is of type {row.name} and needs {_axes(row)}, but gets {sizes(shape)}")
    shape, count = _RULES[layer.type](Call(layer, row, inputs))
    return shape, count


def _axes(row: LayerType) -> str:
    """The input that a type needs, in words."""
    if row.name == "Embedding":
        return "a row of whole numbers"
    if row.name.startswith("ConvLSTM"):
        return f"a sequence of maps ({row.rank} axes and channels)"
    if row.family in ("rec", "attn"):
        return "a sequence (steps x features)"
    return {
        0: "a plain vector",
        1: "a sequence (steps x channels)",
        2: "an image (height x width x channels)",
        3: "a volume (depth x height x width x channels)",
    }[row.rank or 0]


def product(numbers: Sequence[int | None]) -> int | None:
    result = 1
    for number in numbers:
        if number is None:
            return None
        result *= number
    return result


def window(size: int | None, kernel: int, stride: int, padding: Any, axis: int = 0) -> int | None:
    """Size after a kernel or window (its dilation included) along one axis; 0 or less where it doesn't fit."""
    if size is None:
        return None
    if padding == "same":
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


def _padding_words(padding: Any) -> str:
    return f"padding `{padding}`" if isinstance(padding, str) else f"a padding of {sizes(per_axis(padding, 1))}"


def _slide(call: Call, spatial: Sequence[int | None], kernel: Sequence[int], what: str) -> list[int | None]:
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
    _one_above_one(call)
    shape = (*_slide(call, spatial, kernel, "kernel"), filters)
    weights = product((*kernel, None if channels is None else channels // groups, filters))
    return shape, _with_bias(call, weights, filters)


def _one_above_one(call: Call) -> None:
    if max(call.size("strides")) > 1 and max(call.size("dilation_rate")) > 1:
        raise RuleError(f"{call.title} has strides and dilation above 1; only one of them may be")


def _with_bias(call: Call, weights: int | None, outputs: int | None) -> int | None:
    if weights is None or outputs is None:
        return None
    return weights + (outputs if call["use_bias"] else 0)


def _transposed(call: Call) -> Result:
    *spatial, channels = call.input
    kernel, filters, padding = call.size("kernel_size"), call["filters"], call["padding"]
    _one_above_one(call)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, call.size("dilation_rate"), strict=True)]
    steps = zip(spatial, reach, call.size("strides"), strict=True)
    result = [transposed(size, k, s, padding, axis) for axis, (size, k, s) in enumerate(steps)]
    if any(size is not None and size < 1 for size in result):
        raise RuleError(f"{call.title} gets {sizes(call.input)}, too small for {_padding_words(padding)}")
    return (*result, filters), _with_bias(call, product((*kernel, channels, filters)), filters)


def _depthwise(call: Call) -> Result:
    *spatial, channels = call.input
    kernel = call.size("kernel_size")
    outputs = product((channels, call["depth_multiplier"]))
    return (*_slide(call, spatial, kernel, "kernel"), outputs), _with_bias(call, product((*kernel, outputs)), outputs)


def _separable(call: Call) -> Result:
    *spatial, channels = call.input
    kernel, filters = call.size("kernel_size"), call["filters"]
    between = product((channels, call["depth_multiplier"]))
    depthwise, pointwise = product((*kernel, between)), product((between, filters))
    weights = None if depthwise is None or pointwise is None else depthwise + pointwise
    return (*_slide(call, spatial, kernel, "kernel"), filters), _with_bias(call, weights, filters)


def _pool(call: Call) -> Result:
    *spatial, channels = call.input
    return (*_slide(call, spatial, call.size("pool_size"), "window"), channels), 0


def _global_pool(call: Call) -> Result:
    *spatial, channels = call.input
    return (*((1 for _ in spatial) if call["keepdims"] else ()), channels), 0


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


def _dense(call: Call) -> Result:
    if not call.input:
        raise RuleError(f"{call.title} is a Dense and needs a vector, but gets a single number")
    *front, features = call.input
    units = call["units"]
    return (*front, units), _with_bias(call, product((features, units)), units)


def _same(call: Call) -> Result:
    return call.input, 0


def _flatten(call: Call) -> Result:
    return (product(call.input),), 0


def _reshape(call: Call) -> Result:
    target = [int(size) for size in _as_list(call["target_shape"])]
    total = product(call.input)
    known = math.prod(size for size in target if size != -1)
    if 0 in target:
        raise RuleError(f"{call.title} has a size of 0 in {target}; sizes start at 1")
    if target.count(-1) > 1:
        raise RuleError(f"{call.title} leaves more than one size open (-1)")
    if -1 in target:
        if total is not None and (known == 0 or total % known):
            raise RuleError(f"{call.title} gets {sizes(call.input)} = {total} values, which can't fill {target}")
        return tuple((None if total is None else total // known) if size == -1 else size for size in target), 0
    if total is not None and total != known:
        raise RuleError(
            f"{call.title} gets {sizes(call.input)} = {total} values, but {sizes(target)} has room for {known}"
        )
    return tuple(target), 0


def _permute(call: Call) -> Result:
    dims = _as_list(call["dims"])
    if sorted(dims) != list(range(1, len(call.input) + 1)):
        raise RuleError(f"{call.title} orders axes {listed([str(d) for d in dims])}, but gets {sizes(call.input)}")
    return tuple(call.input[dim - 1] for dim in dims), 0


def _repeat_vector(call: Call) -> Result:
    return (call["n"], *call.input), 0


def _embedding(call: Call) -> Result:
    return (*call.input, call["output_dim"]), product((call["input_dim"], call["output_dim"]))


_GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}


def _cell(cell: str, units: int | None, features: int | None, use_bias: bool, biases: int) -> int | None:
    if units is None or features is None:
        return None
    return _GATES[cell] * units * (features + units + (biases if use_bias else 0))


def _recurrent(call: Call) -> Result:
    steps, features = call.input
    units = call["units"]
    biases = 2 if call.layer.type == "GRU" and call["reset_after"] else 1
    count = _cell(call.layer.type, units, features, call["use_bias"], biases)
    return ((steps, units) if call["return_sequences"] else (units,)), count


def _bidirectional(call: Call) -> Result:
    steps, features = call.input
    units, cell = call["units"], call["layer"]
    count = _cell(cell, units, features, call["use_bias"], 2 if cell == "GRU" else 1)
    outputs = product((units, 2 if call["merge_mode"] == "concat" else 1))
    shape: Shape = (steps, outputs) if call["return_sequences"] else (outputs,)
    return shape, None if count is None else 2 * count


def _conv_recurrent(call: Call) -> Result:
    steps, *spatial, channels = call.input
    kernel, filters = per_axis(call["kernel_size"], len(spatial)), call["filters"]
    after = _slide(call, spatial, kernel, "kernel")
    window_size = product(kernel)
    count = None
    if None not in (channels, filters, window_size):
        count = 4 * filters * (window_size * (channels + filters) + (1 if call["use_bias"] else 0))
    return (*((steps,) if call["return_sequences"] else ()), *after, filters), count


def _queries(call: Call) -> tuple[Shape, Shape, Shape]:
    """Shapes of query, value and key; one input attends to itself."""
    query = call.inputs[0]
    value = call.inputs[1] if len(call.inputs) > 1 else query
    key = call.inputs[2] if len(call.inputs) > 2 else value
    if None not in (value[0], key[0]) and value[0] != key[0]:
        raise RuleError(f"{call.title} gets values of {value[0]} steps, but keys of {key[0]}")
    return query, value, key


def _multi_head(call: Call) -> Result:
    query, value, key = _queries(call)
    heads, width = call["num_heads"], call["key_dim"]
    depth = call["value_dim"] or width
    return query, _projections(query, value, key, heads, heads, width, depth, call["use_bias"])


def _group_query(call: Call) -> Result:
    query, value, key = _queries(call)
    heads, shared, width = call["num_query_heads"], call["num_key_value_heads"], call["head_dim"]
    if heads is not None and shared is not None and heads % shared:
        raise RuleError(f"{call.title} shares {shared} key heads among {heads} query heads; they can't be divided so")
    return query, _projections(query, value, key, heads, shared, width, width, call["use_bias"])


def _projections(
    query: Shape, value: Shape, key: Shape, heads: int, shared: int, width: int, depth: int, use_bias: bool
) -> int | None:
    q, v, k = query[-1], value[-1], key[-1]
    if None in (q, v, k, heads, shared, width, depth):
        return None
    bias = 1 if use_bias else 0
    inward = (q + bias) * heads * width + (k + bias) * shared * width + (v + bias) * shared * depth  # type: ignore[operator]
    return inward + (heads * depth + bias) * q  # type: ignore[operator]


def _attention(call: Call) -> Result:
    query, value, key = _queries(call)
    if None not in (query[-1], key[-1]) and query[-1] != key[-1]:
        raise RuleError(f"{call.title} compares queries of {query[-1]} features with keys of {key[-1]}")
    scale = (1 if call.layer.type == "Attention" else key[-1]) if call["use_scale"] else 0
    return (*query[:-1], value[-1]), scale


def _axis(call: Call, shape: Shape) -> int:
    """Index into a shape without the batch; Keras counts the batch as axis 0."""
    axis = int(call["axis"])
    index = axis - 1 if axis > 0 else axis + len(shape)
    if axis == 0 or not 0 <= index < len(shape):
        raise RuleError(f"{call.title} works along axis {axis}, but gets {sizes(shape)}")
    return index


def _norm(per_channel: int) -> Rule:
    def rule(call: Call) -> Result:
        channels = call.input[_axis(call, call.input)]
        if call.layer.type == "GroupNormalization" and channels is not None and channels % call["groups"]:
            raise RuleError(f"{call.title} splits {channels} channels into {call['groups']} groups of equal size")
        learnt = per_channel
        if call.row.parameter("center"):
            learnt += bool(call["center"]) + bool(call["scale"])
        return call.input, product((learnt, channels))

    return rule


def _unit_norm(call: Call) -> Result:
    _axis(call, call.input)
    return call.input, 0


def _prelu(call: Call) -> Result:
    shared = set(_as_list(call["shared_axes"])) if call["shared_axes"] is not None else set()
    if any(not 1 <= axis <= len(call.input) for axis in shared):
        raise RuleError(f"{call.title} shares axes that {sizes(call.input)} doesn't have")
    return call.input, product([1 if axis in shared else size for axis, size in enumerate(call.input, 1)])


def _elementwise(call: Call) -> Result:
    result = call.inputs[0]
    for shape in call.inputs[1:]:
        merged = _broadcast(result, shape)
        if merged is None:
            raise RuleError(
                f"{call.title} joins its inputs value by value, but they differ: "
                f"{listed([sizes(shape) for shape in call.inputs[:6]])}"
            )
        result = merged
    return result, 0


def _broadcast(one: Shape, other: Shape) -> Shape | None:
    """Keras's rule: a vector joins a map channel by channel, an axis of 1 is stretched."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    front = len(longer) - len(shorter)
    merged = list(longer[:front])
    for a, b in zip(longer[front:], shorter, strict=True):
        if a == 1 or b == 1:
            merged.append(b if a == 1 else a)
        elif a is not None and b is not None and a != b:
            return None
        else:
            merged.append(b if a is None else a)
    return tuple(merged)


def _concatenate(call: Call) -> Result:
    first = call.inputs[0]
    index = _axis(call, first)
    if any(len(shape) != len(first) for shape in call.inputs):
        raise RuleError(
            f"{call.title} puts its inputs side by side, but they have different numbers of axes: "
            f"{listed([sizes(shape) for shape in call.inputs[:6]])}"
        )
    result = list(first)
    for shape in call.inputs[1:]:
        for axis, (a, b) in enumerate(zip(result, shape, strict=True)):
            if axis == index:
                result[axis] = None if a is None or b is None else a + b
            elif a is not None and b is not None and a != b:
                raise RuleError(
                    f"{call.title} puts its inputs side by side, but they differ in more than the channels: "
                    f"{listed([sizes(shape) for shape in call.inputs[:6]])}"
                )
            else:
                result[axis] = b if a is None else a
    return tuple(result), 0


def _dot(call: Call) -> Result:
    one, other = call.inputs
    axes = _as_list(call["axes"])
    if len(axes) > 2:
        raise RuleError(f"{call.title} multiplies two inputs, so it takes one axis or two, not {len(axes)}")
    pair = axes if len(axes) == 2 else axes * 2
    indices = [axis - 1 if axis > 0 else axis + len(shape) for axis, shape in zip(pair, (one, other), strict=True)]
    if any(not 0 <= index < len(shape) for index, shape in zip(indices, (one, other), strict=True)):
        raise RuleError(f"{call.title} multiplies along an axis that {sizes(one)} or {sizes(other)} doesn't have")
    a, b = one[indices[0]], other[indices[1]]
    if a is not None and b is not None and a != b:
        raise RuleError(f"{call.title} multiplies {sizes(one)} with {sizes(other)}, but {a} and {b} differ")
    rest = [size for shape, cut in ((one, indices[0]), (other, indices[1])) for i, size in enumerate(shape) if i != cut]
    return tuple(rest or [1]), 0


def _input(call: Call) -> Result:
    shape = call["shape"]
    if shape is not None:
        return tuple(_as_list(shape)), 0
    return call.layer.output_shape or (None,), 0


def _placeholder(call: Call) -> Result:
    if len(call.inputs) == 1:
        return call.input, 0
    return _elementwise(call)


def _as_list(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else list(value)


def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = {
        "Input": _input,
        "Block": _placeholder,
        "Unknown": _placeholder,
        "Dense": _dense,
        "TimeDistributed": _dense,
        "Flatten": _flatten,
        "Reshape": _reshape,
        "Permute": _permute,
        "RepeatVector": _repeat_vector,
        "Resizing": _resizing,
        "Embedding": _embedding,
        "Bidirectional": _bidirectional,
        "MultiHeadAttention": _multi_head,
        "GroupQueryAttention": _group_query,
        "Attention": _attention,
        "AdditiveAttention": _attention,
        "BatchNormalization": _norm(2),
        "LayerNormalization": _norm(0),
        "GroupNormalization": _norm(0),
        "RMSNormalization": _norm(1),
        "UnitNormalization": _unit_norm,
        "PReLU": _prelu,
        "Concatenate": _concatenate,
        "Dot": _dot,
    }
    rules |= dict.fromkeys(_GATES, _recurrent)
    rules |= dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), _elementwise)
    rules |= dict.fromkeys(
        ("Output", "Identity", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "LRN", "Dropout", "AlphaDropout",
         "GaussianDropout", "GaussianNoise", "Rescaling", "Masking"),
        _same,
    )  # fmt: skip
    for rank in (1, 2, 3):
        rules |= {
            f"Conv{rank}D": _conv,
            f"Conv{rank}DTranspose": _transposed,
            f"DepthwiseConv{rank}D": _depthwise,
            f"SeparableConv{rank}D": _separable,
            f"MaxPooling{rank}D": _pool,
            f"AveragePooling{rank}D": _pool,
            f"GlobalMaxPooling{rank}D": _global_pool,
            f"GlobalAveragePooling{rank}D": _global_pool,
            f"UpSampling{rank}D": _up_sampling,
            f"ZeroPadding{rank}D": _zero_padding,
            f"Cropping{rank}D": _cropping,
            f"SpatialDropout{rank}D": _same,
            f"ConvLSTM{rank}D": _conv_recurrent,
        }
    return {name: rules[name] for name in CATALOGUE}


_RULES = _rules()
