"""Shapes and parameter counts in the leanest form that Python allows: what a grammar needs while it builds.

They say the same as `extraction.flow.rules`, for whole shapes and complete parameters only, ten times as fast; a test
compares them on every type. A rule gets parameters and one shape, or a list of shapes where a layer joins, without
the batch and channels last. It never checks: the grammars only build what fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Sizes = tuple[int, ...]
Params = Mapping[str, Any]
One = Callable[[Params, Sizes], tuple[Sizes, int]]
Many = Callable[[Params, Sequence[Sizes]], tuple[Sizes, int]]


def slid(size: int, kernel: int, stride: int, padding: str) -> int:
    """Size along one axis after a window."""
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def _slid_all(params: Params, spatial: Sizes, kernel: Sizes) -> Sizes:
    strides, padding = params.get("strides", (1,) * len(kernel)), params["padding"]
    rates = params.get("dilation_rate", (1,) * len(kernel))
    return tuple(
        slid(size, (k - 1) * rate + 1, stride, padding)
        for size, k, stride, rate in zip(spatial, kernel, strides, rates, strict=True)
    )


def _product(numbers: Sequence[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


def _conv2d(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    height, width, channels = shape
    kernel_h, kernel_w = params["kernel_size"]
    filters = params["filters"]
    if "dilation_rate" in params:
        height, width = _slid_all(params, shape[:2], params["kernel_size"])
    else:
        stride_h, stride_w = params.get("strides", (1, 1))
        padding = params["padding"]
        height, width = slid(height, kernel_h, stride_h, padding), slid(width, kernel_w, stride_w, padding)
    bias = filters if params.get("use_bias", True) else 0
    count = kernel_h * kernel_w * (channels // params.get("groups", 1)) * filters + bias
    return (height, width, filters), count


def _conv(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    kernel, filters = params["kernel_size"], params["filters"]
    bias = filters if params.get("use_bias", True) else 0
    count = _product(kernel) * (shape[-1] // params.get("groups", 1)) * filters + bias
    return (*_slid_all(params, shape[:-1], kernel), filters), count


def _transposed(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    kernel, filters, strides = params["kernel_size"], params["filters"], params["strides"]
    if params["padding"] == "same":
        spatial = tuple(n * s for n, s in zip(shape[:-1], strides, strict=True))
    else:
        spatial = tuple(n * s + max(k - s, 0) for n, s, k in zip(shape[:-1], strides, kernel, strict=True))
    bias = filters if params.get("use_bias", True) else 0
    return (*spatial, filters), _product(kernel) * shape[-1] * filters + bias


def _depthwise(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    kernel, outputs = params["kernel_size"], shape[-1] * params.get("depth_multiplier", 1)
    bias = outputs if params.get("use_bias", True) else 0
    return (*_slid_all(params, shape[:-1], kernel), outputs), _product(kernel) * outputs + bias


def _separable(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    kernel, filters = params["kernel_size"], params["filters"]
    between = shape[-1] * params.get("depth_multiplier", 1)
    bias = filters if params.get("use_bias", True) else 0
    return (*_slid_all(params, shape[:-1], kernel), filters), (_product(kernel) + filters) * between + bias


def _pool2d(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    (size_h, size_w), (stride_h, stride_w), padding = params["pool_size"], params["strides"], params["padding"]
    return (slid(shape[0], size_h, stride_h, padding), slid(shape[1], size_w, stride_w, padding), shape[2]), 0


def _pool(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return (*_slid_all(params, shape[:-1], params["pool_size"]), shape[-1]), 0


def _global_pool(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    if params.get("keepdims"):
        return (*(1,) * (len(shape) - 1), shape[-1]), 0
    return (shape[-1],), 0


def _up_sampling(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return (*(n * factor for n, factor in zip(shape[:-1], params["size"], strict=True)), shape[-1]), 0


def _dense(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    units = params["units"]
    return (*shape[:-1], units), shape[-1] * units + (units if params.get("use_bias", True) else 0)


def _flatten(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return (_product(shape),), 0


def _same(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return shape, 0


def _batch_norm(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return shape, 4 * shape[-1]


def _layer_norm(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return shape, 2 * shape[-1]


def _prelu(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    shared = params.get("shared_axes", ())
    return shape, _product([1 if axis in shared else size for axis, size in enumerate(shape, 1)])


def _embedding(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return (*shape, params["output_dim"]), params["input_dim"] * params["output_dim"]


def _cell(gates: int, biases: int) -> One:
    def rule(params: Params, shape: Sizes) -> tuple[Sizes, int]:
        units = params["units"]
        count = gates * units * (shape[1] + units + biases)
        return ((shape[0], units) if params.get("return_sequences") else (units,)), count

    return rule


_CELLS = {"SimpleRNN": _cell(1, 1), "LSTM": _cell(4, 1), "GRU": _cell(3, 2)}


def _bidirectional(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    after, count = _CELLS[params["layer"]](params, shape)
    return (*after[:-1], 2 * after[-1]), 2 * count


def _multi_head(params: Params, shapes: Sequence[Sizes]) -> tuple[Sizes, int]:
    query, value = shapes[0], shapes[-1]
    total = params["num_heads"] * params["key_dim"]
    inward = (query[1] + 1) * total + 2 * (value[1] + 1) * total
    return query, inward + (total + 1) * query[1]


def _attention(params: Params, shapes: Sequence[Sizes]) -> tuple[Sizes, int]:
    return (*shapes[0][:-1], shapes[-1][-1]), 0


def _additive(params: Params, shapes: Sequence[Sizes]) -> tuple[Sizes, int]:
    return (*shapes[0][:-1], shapes[-1][-1]), shapes[-1][-1]


def _reshape(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return tuple(params["target_shape"]), 0


def _repeat(params: Params, shape: Sizes) -> tuple[Sizes, int]:
    return (params["n"], *shape), 0


def _concatenate(params: Params, shapes: Sequence[Sizes]) -> tuple[Sizes, int]:
    return (*shapes[0][:-1], sum(shape[-1] for shape in shapes)), 0


def _elementwise(params: Params, shapes: Sequence[Sizes]) -> tuple[Sizes, int]:
    return max(shapes, key=lambda shape: (len(shape), _product(shape))), 0


#: Rules of layers with one input.
ONE: dict[str, One] = {
    "Dense": _dense,
    "TimeDistributed": _dense,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "RepeatVector": _repeat,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "PReLU": _prelu,
    "Embedding": _embedding,
    "Bidirectional": _bidirectional,
    **_CELLS,
    **dict.fromkeys(
        ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "Activation", "ReLU", "LeakyReLU", "ELU",
         "Softmax", "LRN"),
        _same,
    ),
}  # fmt: skip
for _rank in (1, 2, 3):
    ONE |= {
        f"Conv{_rank}D": _conv,
        f"Conv{_rank}DTranspose": _transposed,
        f"DepthwiseConv{_rank}D": _depthwise,
        f"SeparableConv{_rank}D": _separable,
        f"MaxPooling{_rank}D": _pool,
        f"AveragePooling{_rank}D": _pool,
        f"GlobalMaxPooling{_rank}D": _global_pool,
        f"GlobalAveragePooling{_rank}D": _global_pool,
        f"UpSampling{_rank}D": _up_sampling,
    }
ONE |= {"Conv2D": _conv2d, "MaxPooling2D": _pool2d, "AveragePooling2D": _pool2d}

#: Rules of layers with several inputs (attention may have one).
MANY: dict[str, Many] = {
    "Concatenate": _concatenate,
    "MultiHeadAttention": _multi_head,
    "Attention": _attention,
    "AdditiveAttention": _additive,
    **dict.fromkeys(("Add", "Multiply", "Average", "Maximum", "Subtract"), _elementwise),
}
