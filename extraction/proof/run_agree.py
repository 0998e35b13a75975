"""Keras code and another framework's of one flow with the same weights; runs in the sandbox only."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

#: Above so many values of all layers, one example goes through instead of two: they need 8 GB in both frameworks.
MANY_VALUES = 700_000_000


def prove(payload: dict[str, Any]) -> dict[str, Any]:
    """Build both, give them the same random weights, and compare every layer on the same random inputs.

    Returns:
        `differences` by layer id: the largest one, as a share of the layer's largest value; -1 where sizes differ.
        `versions`.
    """
    os.environ["KERAS_BACKEND"] = "numpy"
    try:
        import keras
        import numpy as np

        beside = import_module(f"extraction.proof.beside_{payload['framework']}").Beside(payload)
    except ModuleNotFoundError as missing:
        return {"missing": missing.name}

    from extraction.proof.run_keras import first_of
    from extraction.sandbox import report
    from extraction.sandbox.source import load_source

    _exact_means(keras, np)
    module = load_source(payload["keras"], "of_keras")
    models = [getattr(module, entry)() for entry in payload["models"]]
    report("built")
    values = sum(int(np.prod(first_of(layer.output).shape[1:])) for model in models for layer in model.layers)
    batch = beside.batch if values <= MANY_VALUES else 1

    ours: dict[str, Any] = {}
    rng = np.random.default_rng(payload["seed"])
    for index, model in enumerate(models):
        places = {place["name"]: place for place in payload["places"] if place["model"] == index}
        for layer in model.layers:
            if layer.weights:
                layer.set_weights([_random(np, rng, weight) for weight in layer.weights])
                if isinstance(layer, keras.layers.Normalization):
                    layer.finalize_state()
        names = [tensor.name for tensor in model.inputs]
        inputs = {name: _input(rng, payload, model.get_layer(name), batch) for name in names}
        inner = [layer.name for layer in model.layers if layer.name in places and layer.name not in inputs]
        outputs = keras.Model(model.inputs, [first_of(model.get_layer(name).output) for name in inner])(
            list(inputs.values())
        )
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]  # of one layer alone
        found = inputs | {name: np.asarray(value) for name, value in zip(inner, outputs, strict=True)}
        beside.take(index, model, inputs, found)
        ours |= {places[name]["layer"]: value for name, value in found.items()}
    theirs = beside.values()
    report("forward")
    differences = {
        place["layer"]: _difference(np, ours[place["layer"]], theirs[place["layer"]], place)
        for place in payload["places"]
        if place["compared"] and place["layer"] in theirs
    }
    return {
        "differences": differences,
        "versions": {"keras": keras.__version__, "numpy": np.__version__, **beside.versions},
    }


def _exact_means(keras: Any, np: Any) -> None:
    """Sum means in double precision: numpy adds the places of a map one by one, which loses digits of large maps."""

    def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        value = np.mean(
            x, axis=axis if axis is None or isinstance(axis, int) else tuple(axis), keepdims=keepdims, dtype="float64"
        )
        return value.astype(x.dtype if np.issubdtype(x.dtype, np.floating) else "float32")

    keras.src.backend.numpy.mean = mean


def _random(np: Any, rng: Any, weight: Any) -> Any:
    """Small numbers that keep the size of what goes through; variances and scales stay around 1."""
    shape = tuple(weight.shape)
    if weight.name in ("moving_variance", "gamma", "variance", "count"):
        return np.asarray(rng.random(shape) * 0.5 + 0.75, dtype=np.float32)
    if len(shape) < 2:
        return np.asarray(rng.normal(size=shape) * 0.1, dtype=np.float32)
    fan = max(1, int(np.prod(shape[:-1])))
    return np.asarray(rng.normal(size=shape) * (2 / fan) ** 0.5, dtype=np.float32)


def _input(rng: Any, payload: dict[str, Any], layer: Any, batch: int) -> Any:
    shape = (batch, *layer.output.shape[1:])
    if "int" in layer.output.dtype:
        return rng.integers(0, payload["vocabulary"], shape)
    return rng.normal(size=shape).astype("float32")


def _difference(np: Any, ours: Any, theirs: Any, place: dict[str, Any]) -> float:
    if place["order"] is not None and ours.shape[-1:] == (len(place["order"]),):
        ours = ours[..., place["order"]]
    if ours.shape != theirs.shape:
        return -1.0
    scale = float(np.abs(ours).max())
    if place["squashed"]:
        ours, theirs = (_scores(np, value, place["squashed"]) for value in (ours, theirs))
        scale = max(float(np.abs(ours).max()), scale)
    worst = float(np.abs(theirs - ours).max())
    if not np.isfinite(worst):
        return -1.0
    return worst / scale if scale > 1e-12 else worst


def _scores(np: Any, shares: Any, squashed: str) -> Any:
    """What went in, as far as it can be told: shares hide how far large scores are apart, and show small ones too
    large (a millionth of a score of 1,000 moves a sigmoid by 2.5e-4)."""
    logs = np.log(np.maximum(shares.astype("float64"), 1e-30))
    return logs if squashed == "sigmoid" else logs - logs.max(axis=-1, keepdims=True)
