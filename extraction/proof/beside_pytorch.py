"""PyTorch code beside Keras code, with Keras's weights and inputs; runs in the sandbox only."""

from __future__ import annotations

from typing import Any

import numpy as np

from extraction.proof.carry import carry
from extraction.proof.run_pytorch import variables_of
from extraction.sandbox.source import load_source

Array = Any


class Beside:
    """The other framework's models: they take what Keras has, and give every layer's values as Keras has them."""

    #: Examples that go through at once.
    batch = 2

    def __init__(self, payload: dict[str, Any]) -> None:
        import torch

        self._torch, self._payload = torch, payload
        module = load_source(payload["other"], "of_other")
        self._models = [getattr(module, entry)().eval() for entry in payload["other_models"]]
        self.versions = {"torch": str(torch.__version__)}
        self._found: dict[str, Array] = {}

    def take(self, index: int, model: Any, inputs: dict[str, Array], values: dict[str, Array]) -> None:
        """Run the model of that number.

        Args:
            index: of the model.
            model: Keras's, with its weights.
            inputs: by the names of its inputs.
            values: of all its layers, by name; not needed here.
        """
        torch, module = self._torch, self._models[index]
        places = {place["name"]: place for place in self._payload["places"] if place["model"] == index}
        taken = {place["theirs"] for place in places.values()}
        for layer in model.layers:
            if layer.weights:
                place = places.get(layer.name) or places[layer.name.removesuffix("_whole")]
                path, _, name = place["theirs"].rpartition(".")  # inside of a module for a part that comes again
                front = f"{path}." if path else ""
                own = {title[len(front) :].partition(".")[0] for title in taken if title.startswith(front)}
                order = self._payload["input_orders"].get(layer.name)
                carry(layer, module.get_submodule(path), torch, own, order, name)
        arguments = []
        for name, value in inputs.items():
            turned = np.moveaxis(value, -1, 1) if places[name]["first"] and value.ndim > 2 else value
            arguments.append(torch.tensor(np.ascontiguousarray(turned)))
        variables = variables_of(torch, module, arguments)
        for place in places.values():
            value = variables[place["theirs"]].numpy()
            self._found[place["layer"]] = np.moveaxis(value, 1, -1) if place["first"] and value.ndim > 2 else value

    def values(self) -> dict[str, Array]:
        """By layer id, channels last."""
        return self._found
