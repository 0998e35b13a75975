"""Keras and PyTorch code of one flow with the same weights; runs in the sandbox only."""

from __future__ import annotations

import os
from typing import Any


def prove(payload: dict[str, Any]) -> dict[str, Any]:
    """Build both, carry Keras's random weights into PyTorch, and compare every layer on the same random inputs.

    Returns:
        `differences` by layer id: the largest one, as a share of the layer's largest value; -1 where sizes differ.
        `versions`.
    """
    os.environ["KERAS_BACKEND"] = "numpy"
    try:
        import keras
        import numpy as np
        import torch
    except ModuleNotFoundError as missing:
        return {"missing": missing.name}

    from extraction.proof.run_keras import first_of
    from extraction.proof.run_pytorch import variables_of
    from extraction.sandbox import report
    from extraction.sandbox.source import load_source

    keras_module, torch_module = (load_source(payload[name], f"of_{name}") for name in ("keras", "pytorch"))
    pairs = [
        (getattr(keras_module, ours)(), getattr(torch_module, theirs)().eval()) for ours, theirs in payload["models"]
    ]
    report("built")

    from extraction.proof.carry import carry

    differences: dict[str, float] = {}
    rng = np.random.default_rng(payload["seed"])
    for index, (model, module) in enumerate(pairs):
        places = {place["name"]: place for place in payload["places"] if place["model"] == index}
        for layer in model.layers:
            if layer.weights:
                layer.set_weights([_random(np, rng, weight) for weight in layer.weights])
                if isinstance(layer, keras.layers.Normalization):
                    layer.finalize_state()
                carry(layer, module, torch, set(places), payload["input_orders"].get(layer.name))
        inputs, arguments = [], []
        for name in (tensor.name for tensor in model.inputs):
            value = _input(rng, payload, model.get_layer(name))
            turned = np.moveaxis(value, -1, 1) if places[name]["first"] and value.ndim > 2 else value
            inputs.append(value)
            arguments.append(torch.tensor(np.ascontiguousarray(turned)))
        names = [layer.name for layer in model.layers if layer.name in places and places[layer.name]["compared"]]
        ours = keras.Model(model.inputs, [first_of(model.get_layer(name).output) for name in names])(inputs)
        theirs = variables_of(torch, module, arguments)
        for name, value in zip(names, ours, strict=True):
            differences[places[name]["layer"]] = _difference(np, np.asarray(value), theirs[name].numpy(), places[name])
    report("forward")
    versions = {"keras": keras.__version__, "numpy": np.__version__, "torch": str(torch.__version__)}
    return {"differences": differences, "versions": versions}


def _random(np: Any, rng: Any, weight: Any) -> Any:
    """Small numbers that keep the size of what goes through; variances and scales stay around 1."""
    shape = tuple(weight.shape)
    if weight.name in ("moving_variance", "gamma", "variance", "count"):
        return np.asarray(rng.random(shape) * 0.5 + 0.75, dtype=np.float32)
    if len(shape) < 2:
        return np.asarray(rng.normal(size=shape) * 0.1, dtype=np.float32)
    fan = max(1, int(np.prod(shape[:-1])))
    return np.asarray(rng.normal(size=shape) * (2 / fan) ** 0.5, dtype=np.float32)


def _input(rng: Any, payload: dict[str, Any], layer: Any) -> Any:
    shape = (2, *layer.output.shape[1:])
    if "int" in layer.output.dtype:
        return rng.integers(0, payload["vocabulary"], shape)
    return rng.normal(size=shape).astype("float32")


def _difference(np: Any, ours: Any, theirs: Any, place: dict[str, Any]) -> float:
    theirs = np.moveaxis(theirs, 1, -1) if place["first"] and theirs.ndim > 2 else theirs
    if place["order"] is not None and ours.shape[-1:] == (len(place["order"]),):
        ours = ours[..., place["order"]]
    if ours.shape != theirs.shape:
        return -1.0
    if place["softmax"]:  # what went in, up to a constant: probabilities would hide how far scores are apart
        ours, theirs = (_scores(np, value) for value in (ours, theirs))
    scale = float(np.abs(ours).max())
    worst = float(np.abs(theirs - ours).max())
    if not np.isfinite(worst):
        return -1.0
    return worst / scale if scale > 1e-12 else worst


def _scores(np: Any, probabilities: Any) -> Any:
    logs = np.log(np.maximum(probabilities.astype("float64"), 1e-30))
    return logs - logs.max(axis=-1, keepdims=True)
