"""Real Keras models of simulated designs, for comparing. Imported only where Keras is wanted: it takes seconds."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "numpy")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from typing import Any

import keras
import numpy as np

from extraction.codegen import generate
from extraction.simulate import Design
from extraction.simulate.keras_model import Box, KerasModel, Nested


def _zeros(shape: Any, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """First weights that cost neither time nor memory; only their sizes matter here."""
    return np.zeros(tuple(shape), dtype or "float32")


def no_weights() -> None:
    for name in ("uniform", "normal", "truncated_normal"):
        setattr(keras.src.backend.random, name, _zeros)
    keras.initializers.Orthogonal.__call__ = lambda self, shape, dtype=None: _zeros(shape, dtype=dtype)


def layer_of(box: Box) -> Any:
    params = dict(box.params)
    if box.kind == "Input":
        return keras.Input(box.shape, dtype=box.dtype, name=box.name)
    if box.kind == "Bidirectional":
        inner = getattr(keras.layers, params.pop("layer"))
        return keras.layers.Bidirectional(inner(**params), name=box.name)
    if box.kind == "TimeDistributed":
        return keras.layers.TimeDistributed(keras.layers.Dense(**params), name=box.name)
    return getattr(keras.layers, box.kind)(**params, name=box.name)


def build(model: KerasModel, outputs: Any = None) -> Any:
    """The Keras model of the same boxes, names and nested models."""
    if model.sequential:
        first = model.items[0]
        assert isinstance(first, Box)
        start = first.inputs[0] if first.inputs else first
        rest = [box for box in model.boxes() if box.kind != "Input"]
        return keras.Sequential([layer_of(start), *(layer_of(box) for box in rest)])
    tensors: dict[int, Any] = {}
    for item in model.items:
        if isinstance(item, Nested):
            entrance, *inner = item.boxes
            inside: dict[int, Any] = {id(entrance): layer_of(entrance)}
            for box in inner:
                inside[id(box)] = _called(box, inside)
            nested = keras.Model(inside[id(entrance)], inside[id(inner[-1])], name=item.name)
            tensors[id(inner[-1])] = nested(tensors[id(entrance.inputs[0])])
        elif item.kind == "Input":
            tensors[id(item)] = layer_of(item)
        else:
            tensors[id(item)] = _called(item, tensors)
    last = model.items[-1]
    end = last.boxes[-1] if isinstance(last, Nested) else last
    inputs = [tensors[id(box)] for box in model.items if isinstance(box, Box) and box.kind == "Input"]
    return keras.Model(inputs, tensors[id(end)])


def _called(box: Box, tensors: dict[int, Any]) -> Any:
    given = [tensors[id(source)] for source in box.inputs]
    layer = layer_of(box)
    if box.kind == "MultiHeadAttention":
        return layer(given[0], given[-1])
    return layer(given if len(given) > 1 else given[0])


def differences(design: Design) -> list[str]:
    """What Keras says otherwise of a design when its generated code is run: sizes by layer, and the count."""
    flow = design.to_flow()
    code = generate(flow, "keras")
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(code.source, "generated.py", "exec"), namespace)
    model = namespace[code.models[0].entry]()
    found = []
    for layer in flow.layers:
        shape = tuple(model.get_layer(code.places[layer.id].name).output.shape[1:])
        if shape != layer.output_shape:
            found.append(f"{design.id}: {layer.name} ({layer.type}) gives {shape}, not {layer.output_shape}")
    if model.count_params() != design.parameters:
        found.append(f"{design.id}: {model.count_params():,} parameters, not {design.parameters:,}")
    keras.backend.clear_session(free_memory=False)  # collecting garbage would take longer than all the rest
    return found
