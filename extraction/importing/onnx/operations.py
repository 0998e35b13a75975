"""ONNX's operations as layers; what none fits gives `None`, and is kept whole.

Source: https://github.com/onnx/onnx/blob/main/docs/Operators.md
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from extraction.importing.layout import Blob, as_written, blob, resolved, usual
from extraction.importing.onnx import windows
from extraction.importing.onnx.arithmetic import join, rounded
from extraction.importing.onnx.graph import Operation
from extraction.importing.onnx.reader import Reader

Handler = Callable[[Reader, Operation], Blob | None]


def function(name: str) -> Handler:
    return lambda reader, operation: reader.same(operation, "Activation", activation=name)


def identity(reader: Reader, operation: Operation) -> Blob | None:
    return reader.given(operation)


def relu(reader: Reader, operation: Operation) -> Blob | None:
    return reader.same(operation, "ReLU")


def leaky(reader: Reader, operation: Operation) -> Blob | None:
    return reader.same(operation, "LeakyReLU", negative_slope=rounded(operation.attributes.get("alpha", 0.01)))


def elu(reader: Reader, operation: Operation) -> Blob | None:
    return reader.same(operation, "ELU", alpha=rounded(operation.attributes.get("alpha", 1.0)))


def prelu(reader: Reader, operation: Operation) -> Blob | None:
    given, slope = reader.given(operation), reader.constant(operation, 1)
    if given is None or slope is None:
        return None
    sizes = (1,) * (given.rank - len(slope.shape)) + slope.shape[-given.rank :] if given.rank else ()
    shared = [i + 1 for i, axis in enumerate(given.layout) if sizes[axis - 1] == 1]
    return reader.same(operation, "PReLU", shared_axes=shared or None)


def clip(reader: Reader, operation: Operation) -> Blob | None:
    least, most = reader.numbers(operation, 1, "min"), reader.numbers(operation, 2, "max")
    if least and rounded(least[0]) == 0 and (most is None or most[0] > 0):
        return reader.same(operation, "ReLU", max_value=rounded(most[0]) if most and most[0] < 1e9 else None)
    if least and most and (least[0], most[0]) == (-1, 1):
        return reader.same(operation, "Activation", activation="hard_tanh")
    return None


def hard_sigmoid(reader: Reader, operation: Operation) -> Blob | None:
    alpha, beta = operation.attributes.get("alpha", 0.2), operation.attributes.get("beta", 0.5)
    if abs(alpha - 1 / 6) > 1e-4 or abs(beta - 0.5) > 1e-4:  # Keras 3's slope
        return None
    return reader.same(operation, "Activation", activation="hard_sigmoid")


def gelu(reader: Reader, operation: Operation) -> Blob | None:
    return function("gelu")(reader, operation) if operation.attributes.get("approximate", "none") == "none" else None


def softmax(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    axis = given.axis(operation.attributes.get("axis", -1)) if given else None
    return None if axis is None else reader.same(operation, "Softmax", axis=axis)


def arg_max(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    plain = operation.attributes.get("keepdims", 1) and not operation.attributes.get("select_last_index", 0)
    if given is None or not plain or given.axis(operation.attributes.get("axis", 0)) != -1:
        return None
    return Blob(reader.add(operation, "ArgMax", [given.value], shape=(*given.sizes[:-1], 1)), given.layout)


def dropout(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    if given is None:
        return None
    rate = reader.numbers(operation, 1, "ratio")
    made = reader.add(
        operation, "Dropout", [given.value], shape=given.value.shape, rate=rounded(rate[0] if rate else 0.5)
    )
    return Blob(made, given.layout)


def batch_norm(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    if given is None or len(operation.inputs) < 5 or any(reader.constant(operation, i) is None for i in range(1, 5)):
        return None
    made = reader.add(
        operation, "BatchNormalization", [given.value], shape=given.value.shape, axis=given.axis(1),
        epsilon=rounded(operation.attributes.get("epsilon", 1e-5)),
        momentum=rounded(operation.attributes.get("momentum", 0.9)),
    )  # fmt: skip
    return Blob(made, given.layout)


def layer_norm(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    axis = given.axis(operation.attributes.get("axis", -1)) if given else None
    if given is None or axis != -1 or given.layout != as_written(given.rank):
        return None
    return reader.same(
        operation, "LayerNormalization", axis=axis, epsilon=rounded(operation.attributes.get("epsilon", 1e-5)),
        center=len(operation.inputs) > 2,
    )  # fmt: skip


def lrn(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    if given is None or given.rank < 2:
        return None
    said = operation.attributes
    value = reader.orders.maps(given, operation.name)
    numbers = {name: rounded(said.get(key, usual_)) for name, key, usual_ in
               (("alpha", "alpha", 1e-4), ("beta", "beta", 0.75), ("k", "bias", 1.0))}  # fmt: skip
    made = reader.add(operation, "LRN", [value], shape=value.shape, size=said.get("size"), **numbers)
    return blob(made, given.rank)


def gemm(reader: Reader, operation: Operation) -> Blob | None:
    given, weights, said = reader.given(operation), reader.constant(operation, 1), operation.attributes
    plain = said.get("alpha", 1.0) == said.get("beta", 1.0) == 1 and not said.get("transA", 0)
    if given is None or weights is None or given.rank != 1 or len(weights.shape) != 2 or not plain:
        return None
    units = weights.shape[0] if said.get("transB", 0) else weights.shape[1]
    return blob(reader.add(operation, "Dense", [given.value], units=units, use_bias=len(operation.inputs) > 2), 1)


def matmul(reader: Reader, operation: Operation) -> Blob | None:
    """With a weight it is a dense layer along the last axis; an Add of a vector that follows is its bias."""
    given, weights = reader.given(operation), reader.constant(operation, 1)
    if given is None or weights is None or len(weights.shape) != 2:
        return None
    last = reader.orders.ordered(given, as_written(given.rank), operation.name)
    follower, bias = reader.follower(operation), False
    if follower and follower.kind == "Add":
        others = [reader.graph.constants.get(name) for name in follower.inputs if name not in operation.outputs]
        bias = (
            len(others) == 1
            and others[0] is not None
            and others[0].shape in ((weights.shape[1],), (1, weights.shape[1]))
        )
        if bias:
            reader.taken.add(follower.name)
    made = reader.add(operation, "Dense", [last.value], units=weights.shape[1], use_bias=bias)
    return Blob(made, last.layout)


def fixed(kind: str, **params: Any) -> Handler:
    """A layer that treats every value alike, with these values."""
    return lambda reader, operation: reader.same(operation, kind, **params)


def concat(reader: Reader, operation: Operation) -> Blob | None:
    blobs = reader.blobs(operation)
    if not blobs or len(blobs) != len(operation.inputs) or len({item.rank for item in blobs}) > 1:
        return None
    alike = reader.orders.alike(blobs, operation.name)
    axis = alike[0].axis(operation.attributes.get("axis", 1))
    if axis is None:
        return None
    if len(alike) == 1:
        return alike[0]
    made = reader.add(operation, "Concatenate", [item.value for item in alike], axis=axis)
    return Blob(made, alike[0].layout)


def flatten(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    if given is None or operation.attributes.get("axis", 1) != 1:
        return None
    return _flat(reader, operation, given)


def _flat(reader: Reader, operation: Operation, given: Blob) -> Blob:
    """Weights that follow come in the flow's order; other layouts are put into the file's first."""
    if given.layout not in (usual(given.rank), as_written(given.rank)):
        given = Blob(reader.orders.row(given, operation.name), as_written(given.rank))
    elif given.layout != as_written(given.rank) and sum(size != 1 for size in given.sizes) > 1:
        note = "lays values out with the channels last, so weights after it stand in that order"
        reader.builder.note("changed", note, operation.name)
    return blob(reader.add(operation, "Flatten", [given.value], shape=(None,)), 1)


def reshape(reader: Reader, operation: Operation) -> Blob | None:
    given, target = reader.given(operation), reader.numbers(operation, 1, "shape")
    if given is None or not target or len(target) > 8:
        return None
    outer = given.outer
    sizes = [outer[i - 1] if size == 0 and 0 < i <= len(outer) else size for i, size in enumerate(target)][1:]
    if target[0] not in (None, 0, -1, 1) or not sizes or any(size is None or size == 0 for size in sizes):
        return None
    total = None if None in outer else math.prod(size for size in outer if size is not None)
    if target[0] == -1 and -1 in sizes:
        return None
    wanted = resolved([int(size) for size in sizes if size is not None], total)
    if wanted is None:
        return _flat(reader, operation, given) if sizes == [-1] else None
    if len(wanted) == 1:
        return _flat(reader, operation, given)
    value = reader.orders.row(given, operation.name)
    return Blob(reader.add(operation, "Reshape", [value], target_shape=wanted), as_written(len(wanted)))


def transpose(reader: Reader, operation: Operation) -> Blob | None:
    given, order = reader.given(operation), operation.attributes.get("perm")
    if given is None or not isinstance(order, list) or sorted(order) != list(range(given.rank + 1)) or order[0] != 0:
        return None
    return Blob(given.value, tuple(order.index(axis) for axis in given.layout))


def squeeze(reader: Reader, operation: Operation) -> Blob | None:
    """Axes of size 1 go, most often behind a global pooling."""
    given, axes = reader.given(operation), reader.numbers(operation, 1, "axes")
    if given is None or not axes or None in given.sizes:
        return None
    gone = {axis + given.rank + 1 if axis < 0 else axis for axis in axes}
    rest = [axis for axis in given.layout if axis not in gone]
    if (
        0 in gone
        or not rest
        or math.prod(n or 1 for n in given.sizes) != math.prod(given.outer[a - 1] or 1 for a in rest)
    ):
        return None
    target = [given.outer[axis - 1] for axis in rest]
    made = reader.add(operation, "Reshape", [given.value], target_shape=target)
    places = sorted(rest)
    return Blob(made, tuple(places.index(axis) + 1 for axis in rest))


def embedding(reader: Reader, operation: Operation) -> Blob | None:
    """A weight from which whole numbers choose rows."""
    weights = reader.constant(operation, 0)
    index = reader.made.get(operation.inputs[1]) if len(operation.inputs) > 1 else None
    if weights is None or index is None or len(weights.shape) != 2 or operation.attributes.get("axis", 0) != 0:
        return None
    rows, width = weights.shape
    made = reader.add(operation, "Embedding", [index.value], input_dim=rows, output_dim=width)
    return Blob(made, as_written(index.rank + 1))


def unit_norm(reader: Reader, operation: Operation) -> Blob | None:
    given = reader.given(operation)
    axis = given.axis(operation.attributes.get("axis", -1)) if given else None
    if axis is None or operation.attributes.get("p", 2) != 2:
        return None
    return reader.same(operation, "UnitNormalization", axis=axis)


def gate(reader: Reader, operation: Operation) -> Blob | None:
    """A sigmoid that only its own input is multiplied by is a SiLU."""
    follower = reader.follower(operation)
    if follower and follower.kind == "Mul" and set(follower.inputs) == {operation.inputs[0], operation.outputs[0]}:
        given = reader.given(operation)
        if given is None:
            return None
        reader.taken.add(follower.name)
        reader.gated.add(operation.outputs[0])
        made = reader.add(
            operation, "Activation", [given.value], name=follower.name, shape=given.value.shape, activation="silu"
        )
        return Blob(made, given.layout)
    return function("sigmoid")(reader, operation)


def product(reader: Reader, operation: Operation) -> Blob | None:
    if operation.name in reader.taken and len(operation.inputs) == 2:
        for name in operation.inputs:  # the gate in front did it
            if name in reader.gated and name in reader.made:
                return reader.made[name]
    return join("Multiply")(reader, operation)


HANDLERS: dict[str, Handler] = {
    "Identity": identity,
    "Cast": identity,
    "Relu": relu,
    "LeakyRelu": leaky,
    "Elu": elu,
    "PRelu": prelu,
    "Clip": clip,
    "HardSigmoid": hard_sigmoid,
    "Gelu": gelu,
    "Softmax": softmax,
    "ArgMax": arg_max,
    "Dropout": dropout,
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "LRN": lrn,
    "Gemm": gemm,
    "MatMul": matmul,
    "Add": join("Add"),
    "Sum": join("Add"),
    "Sub": join("Subtract"),
    "Mul": product,
    "Div": join("Divide"),
    "Max": join("Maximum"),
    "Min": join("Minimum"),
    "Mean": join("Average"),
    "Concat": concat,
    "Flatten": flatten,
    "Reshape": reshape,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Gather": embedding,
    "LpNormalization": unit_norm,
    "Sigmoid": gate,
    "Abs": fixed("AbsVal"),
    "Log": fixed("Logarithm"),
    "Sqrt": fixed("PowerLaw", power=0.5),
    "Reciprocal": fixed("PowerLaw", power=-1),
    "Neg": fixed("Rescaling", scale=-1, offset=0),
    **{
        name: function(word)
        for name, word in {
            "Tanh": "tanh", "Selu": "selu", "Celu": "celu", "Softplus": "softplus",
            "Softsign": "softsign", "HardSwish": "hard_swish", "Mish": "mish", "Exp": "exponential",
            "LogSoftmax": "log_softmax", "Swish": "silu",
        }.items()
    },
    **windows.HANDLERS,
}  # fmt: skip
