"""An ONNX model beside Keras code, with Keras's weights and inputs, run by ONNX Runtime; runs in the sandbox only."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from extraction.proof.carry import converted
from extraction.proof.run_onnx import learnt, run

Array = Any


class Beside:
    """As that of Caffe: one graph holds all models."""

    batch = 2

    def __init__(self, payload: dict[str, Any]) -> None:
        self.versions = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
        self._payload = payload
        self._model = onnx.load(payload["other_file"])
        self._weights = {tensor.name: tensor for tensor in self._model.graph.initializer}
        self._given: dict[str, Array] = {}

    def take(self, index: int, model: Any, inputs: dict[str, Array], values: dict[str, Array]) -> None:
        for layer in model.layers:
            if layer.weights:
                self._carry(layer, self._payload["input_orders"].get(layer.name))
        for place in self._payload["places"]:
            if place["model"] == index and place["name"] in inputs:
                value = inputs[place["name"]]
                value = np.moveaxis(value, -1, 1) if place["first"] and value.ndim > 2 else value
                self._given[place["theirs"]] = value.astype(np.int32) if value.dtype.kind == "i" else value

    def values(self) -> dict[str, Array]:
        places = self._payload["places"]
        found = run(self._model, [place["theirs"] for place in places], self._given)
        return {
            place["layer"]: np.moveaxis(value, 1, -1) if place["first"] and value.ndim > 2 else value
            for place in places
            for value in [found[place["theirs"]]]
        }

    def _carry(self, layer: Any, order: Any) -> None:
        """Set the initializers that begin with the layer's name, in their order."""
        title = layer.name.removesuffix("_whole")
        names = learnt(self._model, title)
        rows = _rows(layer, order)
        if len(rows) != len(names):
            raise ValueError(f"`{title}` has {len(rows)} weights in Keras, but {len(names)} in ONNX")
        for name, value in zip(names, rows, strict=True):
            shape = tuple(self._weights[name].dims)
            value = value.T if name.endswith(".kernel") else value
            self._weights[name].CopyFrom(numpy_helper.from_array(value.astype(np.float32).reshape(shape), name))


#: Keras's gates in ONNX's order.
_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2), "SimpleRNN": (0,)}


def _rows(layer: Any, order: Any) -> list[Array]:
    kind = type(layer).__name__
    if kind in _GATES:
        return _stacked([layer])
    if kind == "Bidirectional":
        return _stacked([layer.forward_layer, layer.backward_layer])
    return converted(layer, order)


def _stacked(cells: list[Any]) -> list[Array]:
    """Weights of input and state, and both biases in a row, a direction each."""
    columns = zip(*(_cell(cell) for cell in cells), strict=True)
    return [np.stack(column) for column in columns]


def _cell(cell: Any) -> list[Array]:
    order = _GATES[type(cell).__name__]
    kernel, state, *bias = (np.asarray(weight) for weight in cell.get_weights())
    rows = [_gates(kernel, order).T, _gates(state, order).T]
    if bias:
        both = bias[0] if bias[0].ndim == 2 else np.stack([bias[0], np.zeros_like(bias[0])])
        rows.append(np.concatenate([_gates(one, order) for one in both]))
    return rows


def _gates(array: Array, order: tuple[int, ...]) -> Array:
    parts = np.split(array, len(order), axis=-1)
    return np.concatenate([parts[i] for i in order], axis=-1)
