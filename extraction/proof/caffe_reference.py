"""Caffe's layers that OpenCV lacks or computes otherwise, by what Caffe's own sources compute.

In OpenCV's words for layers of one's own; runs in the sandbox only.
"""

from __future__ import annotations

from typing import Any


class Threshold:
    """`threshold_layer.cpp`."""

    def __init__(self, params: Any, blobs: Any) -> None:
        self._limit = float(params.get("threshold", 0))

    def getMemoryShapes(self, inputs: Any) -> Any:
        return inputs

    def forward(self, inputs: Any) -> Any:
        return [(inputs[0] > self._limit).astype("float32")]


class MeanVariance:
    """`mvn_layer.cpp`: what is small is added to the deviation, not to the variance."""

    def __init__(self, params: Any, blobs: Any) -> None:
        self._axes = (1, 2, 3) if params.get("across_channels", False) else (2, 3)
        self._divides = bool(params.get("normalize_variance", True))
        self._small = float(params.get("eps", 1e-9))

    def getMemoryShapes(self, inputs: Any) -> Any:
        return inputs

    def forward(self, inputs: Any) -> Any:
        centred = inputs[0] - inputs[0].mean(axis=self._axes, keepdims=True)
        if self._divides:
            centred /= (centred**2).mean(axis=self._axes, keepdims=True) ** 0.5 + self._small
        return [centred.astype("float32")]


class Bias:
    """`bias_layer.cpp`: a number for each place of an axis."""

    def __init__(self, params: Any, blobs: Any) -> None:
        self._axis, self._numbers = int(params.get("axis", 1)), blobs[0]

    def getMemoryShapes(self, inputs: Any) -> Any:
        return inputs

    def forward(self, inputs: Any) -> Any:
        sizes = [1] * inputs[0].ndim
        sizes[self._axis] = -1
        return [(inputs[0] + self._numbers.reshape(sizes)).astype("float32")]


class ArgMax:
    """`argmax_layer.cpp`, along an axis: the number of the largest value."""

    def __init__(self, params: Any, blobs: Any) -> None:
        self._axis = int(params.get("axis", 1))

    def getMemoryShapes(self, inputs: Any) -> Any:
        return [[1 if i == self._axis else size for i, size in enumerate(inputs[0])]]

    def forward(self, inputs: Any) -> Any:
        return [inputs[0].argmax(self._axis, keepdims=True).astype("float32")]


#: Caffe's types that OpenCV has by the same name, but not with the same numbers.
RENAMED = {"MVN": "CaffeMVN", "Bias": "CaffeBias", "ArgMax": "CaffeArgMax"}
OWN: dict[str, Any] = {"Threshold": Threshold, "CaffeMVN": MeanVariance, "CaffeBias": Bias, "CaffeArgMax": ArgMax}
