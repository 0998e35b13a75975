"""Keras's side of the proof; runs in the sandbox only."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any


def prove(payload: dict[str, Any]) -> dict[str, Any]:
    """Build every model, run it forward, train it for one step.

    Returns:
        `shapes` by layer id (of real outputs, without the batch), `parameters`, `versions`, `proven`.
    """
    backend = "jax" if payload["train"] else "numpy"  # numpy builds and runs far faster, but can't train
    os.environ["KERAS_BACKEND"] = backend
    os.environ["JAX_PLATFORMS"] = "cpu"
    try:
        import keras
        import numpy as np
    except ModuleNotFoundError as missing:
        return {"missing": missing.name}

    from extraction.sandbox import report
    from extraction.sandbox.source import load_source

    _plain_weights(keras, np)
    module = load_source(payload["source"], "generated")
    models = [getattr(module, entry)() for entry in payload["models"]]
    report("built")

    shapes: dict[str, list[int]] = {}
    for index, model in enumerate(models):
        places = [(layer, name) for layer, of, name, _ in payload["places"] if of == index]
        inputs, _ = module.made_up_examples(model, count=1)
        inputs = inputs if isinstance(inputs, list) else [inputs]
        outputs = keras.Model(model.inputs, [first_of(model.get_layer(name).output) for _, name in places])(inputs)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        shapes |= {layer: list(value.shape[1:]) for (layer, _), value in zip(places, outputs, strict=True)}
    report("forward")

    learning = [model for model in models if model.trainable_weights and payload["train"]]
    for model in learning:
        history = module.train(model, *module.made_up_examples(model, count=1), epochs=1, verbose=0)
        if not history.history.get("loss"):
            raise RuntimeError("training gave no loss")
    if learning:
        report("trained")
    return {
        "shapes": shapes,
        "parameters": sum(model.count_params() for model in models),
        "versions": {"keras": keras.__version__, backend: version(backend)},
        "proven": ["built", "forward", *(["trained"] if learning else [])],
    }


def first_of(output: Any) -> Any:
    """The tensor that goes on; a recurrent cell gives its states beside it."""
    return output[0] if isinstance(output, list | tuple) else output


def _plain_weights(keras: Any, np: Any) -> None:
    """Draw first weights with numpy: JAX would compile a program for every size of a weight (0.3 s each).

    Only how the random numbers are drawn changes, not what the code builds.
    """
    rng = np.random.default_rng(0)

    def uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        values = rng.random(tuple(shape), dtype=np.float32) * (maxval - minval) + minval
        return keras.ops.convert_to_tensor(values.astype(dtype or "float32"))

    keras.src.backend.random.uniform = uniform
