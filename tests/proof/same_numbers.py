"""Runs Keras and PyTorch code of the same flow with the same weights and compares what they give.

Read as text and run in the sandbox by `test_same_numbers.py`; `given` is a list of (name, Keras source, PyTorch source,
class, layers' variables with the side of their channels).
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "numpy"

import keras
import numpy as np
import torch

from extraction.sandbox.source import load_source


def tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float32)


def last_to_first(array):
    """A kernel (…, in, out) as (out, in, …)."""
    array = np.asarray(array)
    return np.moveaxis(np.moveaxis(array, -1, 0), -1, 1)


def depthwise(array):
    """A kernel (…, channels, multiplier) as (channels * multiplier, 1, …)."""
    array = np.asarray(array)
    flat = array.reshape(*array.shape[:-2], -1)
    return np.moveaxis(flat, -1, 0)[:, None]


def gates(array, order):
    """Reorder the gates of a recurrent layer along the last axis."""
    parts = np.split(np.asarray(array), len(order), axis=-1)
    return np.concatenate([parts[i] for i in order], axis=-1)


def cell_weights(cell):
    """A recurrent layer's weights as PyTorch keeps them: weight_ih, weight_hh, bias_ih, bias_hh."""
    name = type(cell).__name__
    order = {"LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2], "SimpleRNN": [0]}[name]
    weights = [np.asarray(w) for w in cell.get_weights()]
    result = [gates(weights[0], order).T, gates(weights[1], order).T]
    if len(weights) > 2:
        bias = weights[2] if weights[2].ndim == 2 else np.stack([weights[2], np.zeros_like(weights[2])])
        result += [gates(bias[0], order), gates(bias[1], order)]
    return result


def converted(layer):
    """The layer's weights in the order of PyTorch's parameters (buffers last)."""
    kind, weights = type(layer).__name__, [np.asarray(w) for w in layer.get_weights()]
    if kind.startswith("Separable"):
        return [depthwise(weights[0]), last_to_first(weights[1]), *weights[2:]]
    if kind.startswith("Depthwise"):
        return [depthwise(weights[0]), *weights[1:]]
    if kind.endswith("Transpose"):  # (…, out, in) as (in, out, …)
        return [np.moveaxis(np.moveaxis(weights[0], -1, 0), -1, 1), *weights[1:]]
    if kind.startswith("Conv"):
        return [last_to_first(weights[0]), *weights[1:]]
    if kind in ("Dense", "TimeDistributed"):
        return [weights[0].T, *weights[1:]]
    if kind in ("LSTM", "GRU", "SimpleRNN"):
        return cell_weights(layer)
    if kind == "Bidirectional":
        return [*cell_weights(layer.forward_layer), *cell_weights(layer.backward_layer)]
    if kind in ("MultiHeadAttention", "GroupedQueryAttention", "GroupQueryAttention"):
        return attention(layer)
    if kind == "PReLU" and weights[0].ndim > 1:
        return [np.moveaxis(weights[0], -1, 0)]
    return weights


def attention(layer):
    """Query, key, value and output of an attention, each as a Linear's weight and bias."""
    rows = {w.path.rsplit("/", 2)[-2] + "/" + w.name: np.asarray(w) for w in layer.weights}
    result = []
    for part in ("query", "key", "value", "attention_output"):
        kernel = next(value for path, value in rows.items() if path == f"{part}/kernel")
        bias = rows.get(f"{part}/bias")
        if part == "attention_output":
            result.append(kernel.reshape(-1, kernel.shape[-1]).T)
        else:
            result.append(kernel.reshape(kernel.shape[0], -1).T)
        if bias is not None:
            result.append(bias.reshape(-1))
    return result


def copy(layer, module, name):
    """Set the PyTorch layer's weights to the Keras layer's."""
    found = [
        (path, value)
        for path, value in [*module.named_parameters(), *module.named_buffers()]
        if (path == name or path.startswith((f"{name}.", f"{name}_"))) and not path.endswith("num_batches_tracked")
    ]
    values = converted(layer)
    assert len(found) == len(values), (name, [p for p, _ in found], [v.shape for v in values])
    with torch.no_grad():
        for (path, target), value in zip(found, values, strict=True):
            assert target.numel() == value.size, (path, tuple(target.shape), value.shape)
            target.copy_(tensor(value).reshape(target.shape))


def watched(module, inputs):
    """Variables of `forward`."""
    found = {}

    def watch(frame, event, _):
        if event == "return" and frame.f_code is type(module).forward.__code__:
            found.update(frame.f_locals)

    sys.setprofile(watch)
    try:
        with torch.no_grad():
            module(*inputs)
    finally:
        sys.setprofile(None)
    return found


keras_source, torch_source, build, module_name, input_names, places = given  # noqa: F821
rng = np.random.default_rng(1)
model = getattr(load_source(keras_source, "of_keras"), build)()
module = getattr(load_source(torch_source, "of_pytorch"), module_name)().eval()
for layer in model.layers:
    if layer.weights:
        layer.set_weights([rng.random(w.shape, dtype=np.float32) * 0.5 + 0.1 for w in layer.weights])
        copy(layer, module, layer.name.removesuffix("_whole"))
inputs, arguments = [], []
for name in input_names:
    shape, kind = model.get_layer(name).output.shape[1:], model.get_layer(name).output.dtype
    value = rng.integers(0, 5, (2, *shape)) if "int" in kind else rng.normal(size=(2, *shape)).astype("float32")
    inputs.append(value)
    turned = np.moveaxis(value, -1, 1) if places[name] else value
    arguments.append(torch.tensor(turned))
names = [layer.name for layer in model.layers if layer.name in places]
theirs = keras.Model(model.inputs, [model.get_layer(name).output for name in names])(inputs)
ours = watched(module, arguments)
result = {}
for name, value in zip(names, theirs, strict=True):
    mine = ours[name].numpy()
    mine = np.moveaxis(mine, 1, -1) if places[name] else mine
    value = np.asarray(value)
    scale = max(1.0, float(np.abs(value).max()))
    result[name] = float(np.abs(mine - value).max()) / scale if mine.shape == value.shape else -1.0
