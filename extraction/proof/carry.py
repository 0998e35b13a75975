"""Keras's weights as PyTorch keeps them; runs in the sandbox only, where numpy and the frameworks are at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Any

import numpy as np

Array = Any

#: How the submodules of a layer that is written as several are called behind its name.
_PARTS = r"depthwise|pointwise|bias|scale|\d+"

#: Keras's gates in PyTorch's order.
_GATES = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}


def carry(
    layer: Any, module: Any, torch: Any, taken: Set[str], order: Sequence[int] | None = None, name: str = ""
) -> None:
    """Set the weights of a layer in a PyTorch module to those of a Keras layer.

    Args:
        layer: of a Keras model that has been built.
        module: holds the counterpart under the layer's name, or under names that begin with it.
        torch: the package.
        taken: names of all layers in the module.
        order: of the layer's input features in PyTorch, where it differs.
        name: of the layer in the module, where it differs.

    Raises:
        ValueError: numbers or sizes of the weights differ; names the layer.
    """
    name = name or layer.name.removesuffix("_whole")
    targets = {
        path: value
        for path, value in [*module.named_parameters(), *module.named_buffers()]
        if _belongs(path.partition(".")[0], name, taken) and not path.endswith(("num_batches_tracked", "._v"))
    }
    targets = dict(sorted(targets.items(), key=lambda item: ".parametrizations." in item[0] and "bias" in item[0]))
    values = converted(layer, order)
    if len(targets) != len(values):
        raise ValueError(f"`{name}` has {len(values)} weights in Keras, but {len(targets)} in PyTorch")
    with torch.no_grad():
        for (path, target), value in zip(targets.items(), values, strict=True):
            if target.numel() != value.size:
                raise ValueError(f"`{path}` is {tuple(target.shape)} in PyTorch, but {value.shape} in Keras")
            target.copy_(torch.tensor(value.astype(np.float32)).reshape(target.shape))


def _belongs(head: str, name: str, taken: Set[str]) -> bool:
    """A submodule is the layer's own, or one of the several that it is written as (`name_pointwise`, `name_2`)."""
    part = head.removeprefix(f"{name}_")
    return head == name or (head not in taken and head != part and re.fullmatch(_PARTS, part) is not None)


def converted(layer: Any, order: Sequence[int] | None = None) -> list[Array]:
    """The layer's weights in the order of PyTorch's parameters, buffers last."""
    kind, weights = type(layer).__name__, [np.asarray(w) for w in layer.get_weights()]
    if kind in ("TimeDistributed", "SpectralNormalization"):
        return converted(layer.layer) if kind == "TimeDistributed" else _spectral(layer)
    if kind.startswith("Separable"):
        return [_depthwise(weights[0]), _last_to_first(weights[1]), *weights[2:]]
    if kind.startswith("Depthwise"):
        return [_depthwise(weights[0]), *weights[1:]]
    if kind.startswith("ConvLSTM"):
        return [_last_to_first(weights[0]), *weights[2:], _last_to_first(weights[1])]
    if kind.startswith("Conv"):  # a transposed one keeps (…, out, in), which PyTorch wants as (in, out, …)
        return [_last_to_first(weights[0]), *weights[1:]]
    if kind == "Dense":
        kernel = weights[0] if order is None else weights[0][np.asarray(order)]
        return [kernel.T, *weights[1:]]
    if kind.removesuffix("Cell") in _GATES:
        return _cell(layer)
    if kind == "RNN":
        cells = getattr(layer.cell, "cells", [layer.cell])
        return [value for cell in cells for value in _cell(cell)]
    if kind == "Bidirectional":
        return [*_cell(layer.forward_layer), *_cell(layer.backward_layer)]
    if kind in ("MultiHeadAttention", "GroupedQueryAttention", "GroupQueryAttention"):
        return _attention(layer)
    if kind == "PReLU" and weights[0].ndim > 1:
        return [np.moveaxis(weights[0], -1, 0)]
    if order is not None and weights:
        return [w[np.asarray(order)] if w.shape == (len(order),) else w for w in weights]
    return weights


def _spectral(layer: Any) -> list[Array]:
    """Kernel, vector, bias: PyTorch keeps the bias with the layer, and divides the kernel whenever it is used."""
    kernel, *bias = converted(layer.layer)
    vector = np.asarray(layer.vector_u)
    return [*bias, kernel, vector]


def _last_to_first(array: Array) -> Array:
    """A kernel (…, in, out) as (out, in, …)."""
    return np.moveaxis(np.moveaxis(array, -1, 0), -1, 1)


def _depthwise(array: Array) -> Array:
    """A kernel (…, channels, multiplier) as (channels * multiplier, 1, …)."""
    return np.moveaxis(array.reshape(*array.shape[:-2], -1), -1, 0)[:, None]


def _gates(array: Array, order: Sequence[int]) -> Array:
    """Reorder the gates of a recurrent layer along the last axis."""
    parts = np.split(array, len(order), axis=-1)
    return np.concatenate([parts[i] for i in order], axis=-1)


def _cell(cell: Any) -> list[Array]:
    """A recurrent layer's weights as PyTorch keeps them: weight_ih, weight_hh, bias_ih, bias_hh."""
    order = _GATES[type(cell).__name__.removesuffix("Cell")]
    weights = [np.asarray(w) for w in cell.get_weights()]
    result = [_gates(weights[0], order).T, _gates(weights[1], order).T]
    if len(weights) > 2:
        bias = weights[2] if weights[2].ndim == 2 else np.stack([weights[2], np.zeros_like(weights[2])])
        result += [_gates(bias[0], order), _gates(bias[1], order)]
    return result


def _attention(layer: Any) -> list[Array]:
    """Query, key, value and output of an attention, each as a Linear's weight and bias."""
    rows = {w.path.rsplit("/", 2)[-2] + "/" + w.name: np.asarray(w) for w in layer.weights}
    result: list[Array] = []
    for part in ("query", "key", "value", "attention_output"):
        kernel = rows[f"{part}/kernel"]
        shape = (-1, kernel.shape[-1]) if part == "attention_output" else (kernel.shape[0], -1)
        result.append(kernel.reshape(shape).T)
        if (bias := rows.get(f"{part}/bias")) is not None:
            result.append(bias.reshape(-1))
    return result
