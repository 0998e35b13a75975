"""A Caffe net beside Keras code, with Keras's weights and inputs, run by OpenCV; runs in the sandbox only.

Where a layer's numbers differ by design, what follows it gets Keras's numbers, so that it is compared all the same.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from extraction.importing.prototxt import Message, parse
from extraction.proof.caffe_net import blobs_of
from extraction.proof.carry import converted
from extraction.proof.run_caffe import run

Array = Any


class Beside:
    """As that of PyTorch; one net holds all models, so it runs when all have given their weights."""

    batch = 1

    def __init__(self, payload: dict[str, Any]) -> None:
        self.versions = {"opencv": cv2.__version__}
        self._payload = payload
        self._given: dict[str, Array] = {}
        self._weights: dict[str, list[Array]] = {}
        self._net = parse(payload["other"])
        self._blobs = blobs_of(self._net)

    def take(self, index: int, model: Any, inputs: dict[str, Array], values: dict[str, Array]) -> None:
        for layer in model.layers:
            if layer.weights:
                self._carry(layer, self._payload["input_orders"].get(layer.name))
        for place in self._payload["places"]:
            if place["model"] == index and (place["name"] in inputs or not place["compared"]):
                value = values[place["name"]]
                self._given[place["theirs"]] = np.moveaxis(value, -1, 1) if place["first"] else value

    def values(self) -> dict[str, Array]:
        net = self._net if self._given.keys() <= set(self._blobs.inputs) else _cut(self._net, self._given)
        found = self._given | run(net, blobs_of(net), self._weights, self._given)
        return {
            place["layer"]: np.moveaxis(found[place["theirs"]], 1, -1) if place["first"] else found[place["theirs"]]
            for place in self._payload["places"]
            if place["theirs"] in found
        }

    def _carry(self, layer: Any, order: Any) -> None:
        """Set the weights of Caffe's layers that a Keras layer was written as."""
        rows, title = converted(layer, order), layer.name.removesuffix("_whole")
        if type(layer).__name__ == "BatchNormalization":
            *affine, mean, variance = rows
            name = f"{title}_normalised"
            if name not in self._blobs.weights:
                name = title
            self._weights[name] = [mean, variance, np.ones(1)]
            rows = affine if layer.scale else [np.ones_like(mean), *affine]
            if name == title:
                return
        for ending in ("_depthwise", "_depthwise_whole", "", "_whole"):
            if shapes := self._blobs.weights.get(f"{title}{ending}"):
                own, rows = rows[: len(shapes)], rows[len(shapes) :]
                self._weights[f"{title}{ending}"] = [
                    value.reshape(shape) for value, shape in zip(own, shapes, strict=True)
                ]
        if rows:
            raise ValueError(f"`{title}` has weights in Keras that the net has no place for")


def _cut(net: Message, given: dict[str, Array]) -> Message:
    """The net with an input in place of every layer whose result is given, and of those that work on it in place."""
    fields: list[tuple[str, Any]] = []
    done: set[str] = set()
    for layer in net.all("layer"):
        top = layer.get("top")
        if top in given and len(layer.all("top")) == 1:
            if top in done:
                continue
            done.add(top)
            shape = Message([("dim", size) for size in given[top].shape])
            rows: list[tuple[str, Any]] = [("name", f"{top}_given"), ("type", "Input"), ("top", top)]
            layer = Message([*rows, ("input_param", Message([("shape", shape)]))])
        fields.append(("layer", layer))
    return Message(fields)
