"""Rules of layers for any shape: dense, reshaping, normalisation, activations, inputs and outputs."""

from __future__ import annotations

import math

from extraction.flow.problems import listed, sizes
from extraction.flow.rules.call import Call, Result, Rule, RuleError, as_list, axis_index, product, with_bias
from extraction.flow.rules.einsum import einsum
from extraction.flow.rules.merges import elementwise


def _dense(call: Call) -> Result:
    if not call.input:
        raise RuleError(f"{call.title} is a Dense and needs a vector, but gets a single number")
    *front, features = call.input
    units = call["units"]
    return (*front, units), with_bias(call, product((features, units)), units)


def _same(call: Call) -> Result:
    return call.input, 0


def _flatten(call: Call) -> Result:
    return (product(call.input),), 0


def _reshape(call: Call) -> Result:
    target = [int(size) for size in as_list(call["target_shape"])]
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
    dims = as_list(call["dims"])
    if sorted(dims) != list(range(1, len(call.input) + 1)):
        raise RuleError(f"{call.title} orders axes {listed([str(d) for d in dims])}, but gets {sizes(call.input)}")
    return tuple(call.input[dim - 1] for dim in dims), 0


def _repeat_vector(call: Call) -> Result:
    return (call["n"], *call.input), 0


def _norm(per_channel: int) -> Rule:
    def rule(call: Call) -> Result:
        channels = call.input[axis_index(call, call.input)]
        if call.layer.type == "GroupNormalization" and channels is not None and channels % call["groups"]:
            raise RuleError(f"{call.title} splits {channels} channels into {call['groups']} groups of equal size")
        learnt = per_channel
        if call.row.parameter("center"):
            learnt += bool(call["center"]) + bool(call["scale"])
        return call.input, product((learnt, channels))

    return rule


def _unit_norm(call: Call) -> Result:
    axis_index(call, call.input)
    return call.input, 0


def _prelu(call: Call) -> Result:
    shared = set(as_list(call["shared_axes"])) if call["shared_axes"] is not None else set()
    if any(not 1 <= axis <= len(call.input) for axis in shared):
        raise RuleError(f"{call.title} shares axes that {sizes(call.input)} doesn't have")
    return call.input, product([1 if axis in shared else size for axis, size in enumerate(call.input, 1)])


def _layer_scale(call: Call) -> Result:
    return call.input, call.input[-1] if call.input else 1


def _normalization(call: Call) -> Result:
    """What was measured are a mean and a variance for each place of the axis, and how many values it was."""
    size = call.input[axis_index(call, call.input)]
    if (call["mean"] is None) != (call["variance"] is None):
        raise RuleError(f"{call.title} needs mean and variance both, or none of them")
    if call["mean"] is not None:
        _one_each(call, ("mean", "variance"), size)
        return call.input, 0
    return call.input, None if size is None else 2 * size + 1


def _maps_alone(call: Call) -> Result:
    if len(call.input) != 3:
        raise RuleError(f"{call.title} works on maps, but gets {sizes(call.input)}")
    return call.input, 0


def _rescaling(call: Call) -> Result:
    _one_each(call, ("scale", "offset"), call.input[-1] if call.input else 1)
    return call.input, 0


def _one_each(call: Call, names: tuple[str, ...], size: int | None) -> None:
    """Lists of numbers have one for each place of the axis."""
    for name in names:
        count = len(call[name]) if isinstance(call[name], list | tuple) else 1
        if size is not None and count not in (1, size):
            raise RuleError(f"{call.title}: `{name}` has {count} numbers, but there are {size} channels")


def _input(call: Call) -> Result:
    shape = call["shape"]
    if shape is not None:
        return tuple(as_list(shape)), 0
    return call.layer.output_shape or (None,), 0


def _unknown(call: Call) -> Result:
    """A layer that came whole out of a file gives what was read there."""
    said = call.layer.output_shape
    return (said, 0) if said and "imported_from" in call.layer.params else _placeholder(call)


def _placeholder(call: Call) -> Result:
    if len(call.inputs) == 1:
        return call.input, 0
    return elementwise(call)


RULES: dict[str, Rule] = {
    "Input": _input,
    "Block": _placeholder,
    "Unknown": _unknown,
    "Dense": _dense,
    "EinsumDense": einsum,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "BatchNormalization": _norm(2),
    "LayerNormalization": _norm(0),
    "GroupNormalization": _norm(0),
    "RMSNormalization": _norm(1),
    "UnitNormalization": _unit_norm,
    "PReLU": _prelu,
    "LayerScale": _layer_scale,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "MVN": _maps_alone,
    **dict.fromkeys(
        ("Output", "Identity", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "LRN", "Dropout", "AlphaDropout",
         "GaussianDropout", "GaussianNoise", "StochasticDepth", "ActivityRegularization",
         "AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold",
         "Masking", "SpatialDropout1D", "SpatialDropout2D",
         "SpatialDropout3D"),
        _same,
    ),
}  # fmt: skip
