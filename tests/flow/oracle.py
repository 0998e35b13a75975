"""Real Keras, to compare with: layers and models built from the flow's own values, without the code generators."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras
import numpy as np
from keras.src.applications.convnext import LayerScale, StochasticDepth

from extraction.flow.catalogue import CATALOGUE, WRAPPERS
from extraction.flow.model import Flow, Layer
from extraction.flow.rules.wrapped import inner_layer

#: Types without a Keras class of their own; they pass their input on.
PASS_ON = {"Output", "Block", "Unknown", "LRN", "AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold", "MVN"}

#: Types of Caffe's that Keras has nothing for, and that do not pass their input on.
CAFFE_ALONE = {"Slice", "Bias", "ArgMax"}


def keras_layer(layer: Layer, features: int = 1) -> Any:
    """The Keras layer of a flow's layer, on so many features; raises what Keras raises."""
    row = CATALOGUE[layer.type]
    params = {k: v for k, v in layer.params.items() if row.parameter(k) and v is not None}
    for name, value in params.items():
        if isinstance(value, list):
            params[name] = tuple(tuple(item) if isinstance(item, list) else item for item in value)
    if layer.type == "UpSampling1D" and isinstance(params.get("size"), tuple):
        params["size"] = params["size"][0]
    if layer.type in PASS_ON:
        return keras.layers.Identity()
    if layer.type == "Bidirectional":
        mode, kind = params.pop("merge_mode", "concat"), params.pop("layer", "LSTM")
        return keras.layers.Bidirectional(getattr(keras.layers, kind)(**params), merge_mode=mode)
    if layer.type in WRAPPERS:
        inner = keras_layer(inner_layer(layer))
        own = {"power_iterations": params["power_iterations"]} if "power_iterations" in params else {}
        return getattr(keras.layers, layer.type)(inner, **own)
    if layer.type == "StackedRNNCells":
        kind, units = getattr(keras.layers, params.pop("cell", "LSTMCell")), params.pop("units")
        cells = [kind(n) for n in (units if isinstance(units, tuple) else [units])]
        return keras.layers.RNN(keras.layers.StackedRNNCells(cells), **params)
    if layer.type == "LayerScale":
        return LayerScale(params.get("init_values", 1e-6), features)
    if layer.type == "StochasticDepth":
        return StochasticDepth(**params)
    if layer.type == "EinsumDense":
        sizes = params["output_shape"] if isinstance(params["output_shape"], tuple) else (params["output_shape"],)
        params["output_shape"] = tuple(None if size == -1 else size for size in sizes)
    for name in ("use_causal_mask", "reverse"):
        params.pop(name, None)
    return getattr(keras.layers, layer.type)(**params)


@np.errstate(all="ignore")  # numpy computes with memory as it finds it, to see the sizes
def call(layer: Layer, inputs: list[Any]) -> tuple[Any, int]:
    """What a Keras layer makes of symbolic inputs, and how many parameters it has."""
    made = keras_layer(layer, inputs[0].shape[-1])
    row = CATALOGUE[layer.type]
    if layer.type.endswith("Cell"):
        if len(inputs) == 1:
            output = keras.layers.RNN(made)(keras.ops.expand_dims(inputs[0], 1))
        else:
            output = made(inputs[0], inputs[1:])[0]
    elif layer.type == "ReversibleEmbedding":
        output = made(inputs[0], reverse=bool(layer.params.get("reverse")))
    elif row.family == "attn":
        query, *others = inputs
        value = others[0] if others else query
        arguments = [query, value, *others[1:2]]
        output = made(arguments) if layer.type in ("Attention", "AdditiveAttention") else made(*arguments)
    elif row.family == "merge":
        output = made(inputs)
    else:
        output = made(inputs[0])
    return output, made.count_params()


def compute(layer: Layer, inputs: list[Any]) -> None:
    """Call a Keras layer, and compute with it: some look at the sizes only then."""
    call(layer, inputs)
    call(layer, [keras.ops.zeros(tensor.shape, tensor.dtype) for tensor in inputs])


def build(flow: Flow) -> tuple[dict[str, tuple[int | None, ...]], dict[str, int], Any]:
    """Shapes and counts by layer id of a completed flow, and the Keras model."""
    tensors: dict[str, Any] = {}
    counts: dict[str, int] = {}
    inputs = flow.inputs_of()
    for layer in flow.layers:
        if layer.type == "Input":
            assert layer.output_shape is not None
            tensors[layer.id] = keras.Input(
                batch_shape=(2, *layer.output_shape), dtype=layer.params.get("dtype", "float32")
            )
            counts[layer.id] = 0
        else:
            tensors[layer.id], counts[layer.id] = call(layer, [tensors[i] for i in inputs[layer.id]])
    outputs = flow.outputs_of()
    model = keras.Model(
        [tensors[layer.id] for layer in flow.layers if layer.type == "Input"],
        [tensors[layer.id] for layer in flow.layers if not outputs[layer.id]],
    )
    return {i: tuple(tensor.shape[1:]) for i, tensor in tensors.items()}, counts, model
