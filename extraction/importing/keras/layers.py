"""One Keras layer: its class and config -> a layer of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from extraction.flow.catalogue import ACTIVATIONS, CATALOGUE, Parameter
from extraction.flow.catalogue.wrappers import WRAPPERS
from extraction.flow.model import Shape
from extraction.flow.values import wrong
from extraction.importing.building import Builder, Value
from extraction.importing.keras.calls import Call, Tensor
from extraction.importing.keras.items import Item
from extraction.importing.result import ModelError, short

#: Other names of Keras's classes, of older versions and of packages that belong to it.
NAMES = {
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "Convolution2DTranspose": "Conv2DTranspose", "Convolution3DTranspose": "Conv3DTranspose",
    "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "MaxPool3D": "MaxPooling3D",
    "AvgPool1D": "AveragePooling1D", "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D", "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization", "TFOpLambda": "", "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU",
    "LSTMV2": "LSTM", "GRUV2": "GRU", "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution2D": "SeparableConv2D", "GroupedQueryAttention": "GroupQueryAttention",
}  # fmt: skip
#: Config that is about starting values, training or how a machine computes it, not about the network.
ASIDE = frozenset(
    ("name", "trainable", "dtype", "data_format", "seed", "implementation", "autocast", "supports_masking",
     "batch_size", "batch_input_shape", "batch_shape", "input_shape", "renorm_momentum", "input_length",
     "registered_name", "layer", "backward_layer", "flash_attention", "input_dim", "output_padding", "init_values",
     "dynamic", "zero_output_for_mask", "unit_forget_bias", "projection_dim")
)  # fmt: skip
ENDINGS = ("_initializer", "_regularizer", "_constraint", "_config")
#: Older names of parameters.
RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}, "Dropout": {"p": "rate"}}
ATTENTION = ("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention")

Arithmetic = Callable[[float], tuple[float, float]]
#: Operations of a tensor with a number -> factor and offset; the second for the number in front.
CONSTANT: Mapping[str, tuple[Arithmetic, Arithmetic | None]] = {
    "Add": (lambda c: (1, c), lambda c: (1, c)),
    "Subtract": (lambda c: (1, -c), lambda c: (-1, c)),
    "Multiply": (lambda c: (c, 0), lambda c: (c, 0)),
    "TrueDivide": (lambda c: (1 / c, 0), None),
    "Divide": (lambda c: (1 / c, 0), None),
}
MERGES = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")


def input_layer(builder: Builder, item: Item, prefix: str) -> Value:
    shape = item.config.get("batch_shape") or item.config.get("batch_input_shape")
    if shape is None:
        builder.note("odd", "the file does not say how large its input is", item.name, item.line)
        return builder.add("Input", f"{prefix}{item.name}", line=item.line)
    if not isinstance(shape, list) or not all(size is None or _whole(size) for size in shape):
        raise ModelError(f"its shape {short(shape)} must be a list of whole numbers", layer=item.name, line=item.line)
    dtype = item.config.get("dtype")
    whole_numbers = (isinstance(dtype, str) and "int" in dtype) or item.config.get("first") == "Embedding"
    made = builder.input(
        f"{prefix}{item.name}", tuple(shape[1:]), line=item.line, dtype="int32" if whole_numbers else None
    )
    return made


def layer(builder: Builder, item: Item, call: Call, name: str) -> list[Value]:
    """Add what the layer is in the catalogue, or keep it whole."""
    kind = NAMES.get(item.kind, item.kind)
    if ".ops." in f".{item.module}.":
        made = _operation(builder, item, call, name)
    elif item.module.startswith("keras.src.applications"):
        made = _application(builder, item, call, name)
    elif item.module and not item.module.startswith(("keras.", "tensorflow.keras", "tf_keras")):
        made = None  # somebody's own class, whatever its name
    else:
        made = SPECIAL.get(kind, _catalogued)(builder, item, call, name)
    return [made if made is not None else _kept(builder, item, call, name)]


def _kept(builder: Builder, item: Item, call: Call, name: str, why: str = "") -> Value:
    said = dict(item.config)
    if item.kind == "Lambda":
        said = {key: value for key, value in said.items() if key not in ("function", "output_shape", "mask")}
        why = "a Lambda layer is code, which is neither run nor taken over"
    constants = [arg for arg in call.args if not isinstance(arg, Tensor) and not _holds_tensors(arg)]
    if constants:
        said["args"] = constants
    if options := {key: value for key, value in call.kwargs.items() if not _holds_tensors(value)}:
        said["kwargs"] = options
    gives: Shape | None = call.gives
    return builder.unknown(item.kind, name, call.inputs, said, line=item.line, shape=gives, why=why)


def _holds_tensors(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, list) and any(_holds_tensors(item) for item in value))


def _catalogued(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    kind = NAMES.get(item.kind, item.kind)
    row = CATALOGUE.get(kind)
    if row is None or row.family == "block" or kind in ("Input", "Output", "LRN"):
        return None
    if item.config.get("data_format") == "channels_first":
        raise ModelError(
            "stores its channels first; save the model with `data_format` channels_last", layer=name, line=item.line
        )
    renamed = RENAMED.get(kind, {})
    config = {renamed.get(key, key): value for key, value in item.config.items()}
    params: dict[str, Any] = {}
    rank = len(call.inputs[0].shape) if call.inputs and call.inputs[0].shape is not None else None
    for parameter in row.parameters:
        if parameter.name in config:
            value = _value(parameter, config[parameter.name], rank)
            if parameter.kind == "choice" and value is not None and wrong(parameter, value, row.window):
                reason = f"the catalogue's {kind} has no `{parameter.name}` {short(value)}"
                return _kept(builder, item, call, name, reason)
            if parameter.kind == "floats" and value is not None and wrong(parameter, value):
                return _kept(
                    builder, item, call, name, f"the catalogue's {kind} has no `{parameter.name}` of several axes"
                )
            if parameter.kind == "float" and isinstance(value, list):
                if len(set(map(str, value))) != 1 or isinstance(value[0], list):
                    reason = f"the catalogue's {kind} has one `{parameter.name}` for all channels"
                    return _kept(builder, item, call, name, reason)
                value = value[0]
            params[parameter.name] = value
    known = {parameter.name for parameter in row.parameters}
    _tell_of_the_rest(builder, {key: value for key, value in config.items() if key not in known}, name, item)
    return builder.add(kind, name, _inputs(kind, call), params, line=item.line, shape=call.gives)


def _inputs(kind: str, call: Call) -> Sequence[Value]:
    """An attention that attends to itself has one input."""
    same = kind in ATTENTION and len({value.layer for value in call.inputs}) == 1
    return call.inputs[:1] if same else call.inputs


def _value(parameter: Parameter, value: Any, rank: int | None) -> Any:
    """A config's value as the catalogue has it."""
    if parameter.name.endswith("activation"):
        return function(value)
    if parameter.name == "axis":
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        return -1 if rank is not None and value == rank else value
    if parameter.name in ("padding", "cropping") and isinstance(value, list):
        flat = [side for pair in value for side in (pair if isinstance(pair, list) else [pair])]
        return flat[0] if flat and len(set(map(str, flat))) == 1 else value
    while parameter.kind == "floats" and isinstance(value, list) and len(value) == 1:
        value = value[0]  # axes of size 1 in front of the channels
    if parameter.kind in ("size", "floats") and isinstance(value, list) and value and len(set(map(str, value))) == 1:
        return value[0]
    return value


def function(value: Any) -> Any:
    """The name of an activation, out of the ways in which Keras writes functions and layers."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if value.get("class_name") == "function" else value.get("class_name")
        value = value.get("name") if isinstance(value, dict) else value
    if value is None:
        return "linear"
    snake = {"ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu", "ELU": "elu"}
    return snake.get(value, value) if isinstance(value, str) else short(value)


def _tell_of_the_rest(builder: Builder, config: Mapping[str, Any], name: str, item: Item) -> None:
    """Settings that the catalogue's layer doesn't have. What is off or empty says nothing."""
    for key, value in config.items():
        if key in ASIDE or key.endswith(ENDINGS) or value is None or value is False or value in ([], {}, 0, 0.0, ""):
            continue
        builder.note("lost", f"its `{short(key)}` {short(value)} is not in the flow", name, item.line)


def _activation(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    word = function(item.config.get("activation"))
    if word not in ACTIVATIONS:
        return _kept(builder, item, call, name, f"the catalogue has no activation {short(word)}")
    return builder.add("Activation", name, call.inputs, {"activation": word}, line=item.line, shape=call.gives)


def _inner(item: Item) -> tuple[str, Mapping[str, Any]]:
    """The layer inside of a wrapper."""
    inner = item.config.get("layer")
    if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
        raise ModelError("`layer` must be a layer with its config", layer=item.name, line=item.line)
    kind = str(inner.get("class_name", ""))
    return NAMES.get(kind, kind), inner["config"]


def _bidirectional(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    kind, inner = _inner(item)
    choices = CATALOGUE["Bidirectional"].parameter("layer")
    if choices is None or kind not in choices.choices or item.config.get("merge_mode") is None:
        return None
    params = {"layer": kind, "merge_mode": item.config["merge_mode"]}
    known = {parameter.name: parameter for parameter in CATALOGUE["Bidirectional"].parameters}
    usual = {parameter.name: parameter.default for parameter in CATALOGUE[kind].parameters}
    rest = {}
    for key, value in inner.items():
        if key in known and key != "layer":
            params[key] = _value(known[key], value, None)
        elif key not in usual or usual[key] != value:
            rest[key] = value
    _tell_of_the_rest(builder, rest, name, item)
    return builder.add("Bidirectional", name, call.inputs, params, line=item.line, shape=call.gives)


def _wrapper(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    """TimeDistributed and SpectralNormalization."""
    inside, inner = _inner(item)
    if inside not in WRAPPERS[item.kind]:
        return None
    if inner.get("data_format") == "channels_first":
        raise ModelError("holds a layer that stores its channels first", layer=name, line=item.line)
    known = {parameter.name: parameter for parameter in CATALOGUE[item.kind].parameters}
    own = {parameter.name for parameter in CATALOGUE[inside].parameters}
    shape = call.inputs[0].shape if call.inputs else None
    rank = None if shape is None else len(shape) - (item.kind == "TimeDistributed")
    params: dict[str, Any] = {"layer": inside}
    params |= {key: _value(known[key], value, rank) for key, value in inner.items() if key in own}
    if params.get("strides") == params.get("pool_size"):
        params.pop("strides", None)  # as a pooling has it by itself
    if "power_iterations" in known and "power_iterations" in item.config:
        params["power_iterations"] = item.config["power_iterations"]
    _tell_of_the_rest(builder, {key: value for key, value in inner.items() if key not in own}, name, item)
    return builder.add(item.kind, name, call.inputs, params, line=item.line, shape=call.gives)


def _recurrent(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    """An RNN over cells of one type, each as it is by default."""
    outer = item.config.get("cell")
    config = outer.get("config") if isinstance(outer, dict) else None
    cells = config.get("cells") if isinstance(config, dict) and "cells" in config else [outer]
    if not isinstance(cells, list) or not cells or item.config.get("return_state") or len(call.inputs) != 1:
        return None
    kinds, units = set(), []
    for cell in cells:
        if not isinstance(cell, dict) or not isinstance(cell.get("config"), dict):
            return None
        kind, said = cell.get("class_name"), cell["config"]
        choices = CATALOGUE["StackedRNNCells"].parameter("cell")
        if choices is None or kind not in choices.choices:
            return None
        others = (parameter for parameter in CATALOGUE[kind].parameters if parameter.name != "units")
        if any(p.name in said and _value(p, said[p.name], None) != p.default for p in others):
            return None
        kinds.add(kind)
        units.append(said.get("units"))
    if len(kinds) != 1:
        return None
    params: dict[str, Any] = {"cell": kinds.pop(), "units": units if len(units) > 1 else units[0]}
    params |= {key: item.config[key] for key in ("return_sequences", "go_backwards") if key in item.config}
    rest = {key: value for key, value in item.config.items() if key not in (*params, "cell")}
    _tell_of_the_rest(builder, rest, name, item)
    return builder.add("StackedRNNCells", name, call.inputs, params, line=item.line, shape=call.gives)


def _reversible(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    made = _catalogued(builder, item, call, name)
    if made is not None and call.kwargs.get("reverse") is True:
        builder.amend(made, {"reverse": True})
    return made


def _einsum(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    """A size that Keras leaves to the input is -1 in a flow."""
    sizes = item.config.get("output_shape")
    if isinstance(sizes, list):
        sizes = [-1 if size is None else size for size in sizes]
        item = replace(item, config={**item.config, "output_shape": sizes[0] if len(sizes) == 1 else sizes})
    return _catalogued(builder, item, call, name)


def _attention(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    usual = {"value_dim": item.config.get("key_dim"), "attention_axes": [1]}
    config = {key: value for key, value in item.config.items() if key not in usual or value != usual[key]}
    made = _catalogued(builder, replace(item, config=config), call, name)
    if made is not None and call.kwargs.get("use_causal_mask") is True:
        builder.amend(made, {"use_causal_mask": True})
    return made


def _operation(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    """A function of `keras.ops` that was applied to tensors."""
    constants = [(i, arg) for i, arg in enumerate(call.args) if not _holds_tensors(arg)]
    if item.kind in CONSTANT and len(call.inputs) == 1 and len(call.args) == 2 and len(constants) == 1:
        place, constant = constants[0]
        after, before = CONSTANT[item.kind]
        rule = after if place == 1 else before
        if rule is None or isinstance(constant, bool) or not isinstance(constant, int | float):
            return None
        if item.kind.endswith("Divide") and constant == 0:
            return None
        scale, offset = rule(constant)
        builder.note("changed", "arithmetic with a number is a Rescaling", name, item.line)
        params = {"scale": scale, "offset": offset}
        return builder.add("Rescaling", name, call.inputs, params, line=item.line, shape=call.gives)
    if item.kind in MERGES and len(call.inputs) == 2 and not constants:
        return builder.add(item.kind, name, call.inputs, line=item.line, shape=call.gives)
    word = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in item.kind).strip("_")
    word = {"re_l_u": "relu", "relu6": "relu6", "si_l_u": "silu"}.get(word, word)
    axis = call.kwargs.get("axis", item.config.get("axis", -1))
    if word in ACTIVATIONS and len(call.inputs) == 1 and not constants and axis == -1:
        return builder.add("Activation", name, call.inputs, {"activation": word}, line=item.line, shape=call.gives)
    return None


def _application(builder: Builder, item: Item, call: Call, name: str) -> Value | None:
    """Layers that Keras's own published networks define for themselves."""
    if item.kind in CATALOGUE:
        return _catalogued(builder, item, call, name)
    if item.kind == "LayerScale" and len(call.inputs) == 1:
        builder.note(
            "changed",
            "scales every channel by a learnt factor, as a depthwise convolution of size 1 does",
            name,
            item.line,
        )
        params = {"kernel_size": 1, "strides": 1, "padding": "valid", "use_bias": False}
        return builder.add("DepthwiseConv2D", name, call.inputs, params, line=item.line, shape=call.gives)
    scale = item.config.get("scale")
    if item.kind == "CustomScaleLayer" and len(call.inputs) == 2 and isinstance(scale, int | float):
        builder.note("changed", "adds the second input times a number: a Rescaling and an Add", name, item.line)
        scaled = builder.add("Rescaling", f"{name}_scaled", call.inputs[1:], {"scale": scale}, line=item.line)
        return builder.add("Add", name, [call.inputs[0], scaled], line=item.line, shape=call.gives)
    return None


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


SPECIAL: dict[str, Callable[[Builder, Item, Call, str], Value | None]] = {
    "Activation": _activation,
    "Bidirectional": _bidirectional,
    "EinsumDense": _einsum,
    "RNN": _recurrent,
    "ReversibleEmbedding": _reversible,
    **dict.fromkeys(WRAPPERS, _wrapper),
    **dict.fromkeys(ATTENTION, _attention),
}
