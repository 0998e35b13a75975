"""Real Keras, to compare with: layers and models built from the flow's own values, without the code generators."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Flow, Layer

#: Types without a Keras class of their own; they pass their input on.
PASS_ON = {"Output", "Block", "Unknown", "LRN"}


def keras_layer(layer: Layer) -> Any:
    """The Keras layer of a flow's layer; raises what Keras raises."""
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
    if layer.type == "TimeDistributed":
        return keras.layers.TimeDistributed(keras.layers.Dense(**params))
    params.pop("use_causal_mask", None)
    return getattr(keras.layers, layer.type)(**params)


def call(layer: Layer, inputs: list[Any]) -> tuple[Any, int]:
    """What a Keras layer makes of symbolic inputs, and how many parameters it has."""
    made = keras_layer(layer)
    row = CATALOGUE[layer.type]
    if row.family == "attn":
        query, *others = inputs
        value = others[0] if others else query
        arguments = [query, value, *others[1:2]]
        output = made(arguments) if layer.type in ("Attention", "AdditiveAttention") else made(*arguments)
    elif row.family == "merge":
        output = made(inputs)
    else:
        output = made(inputs[0])
    return output, made.count_params()


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
