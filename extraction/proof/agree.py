"""The same weights in Keras and PyTorch: both must give the same numbers at every layer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from extraction import sandbox
from extraction.codegen import Code
from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Layer
from extraction.flow.problems import title
from extraction.proof.orders import orders
from extraction.proof.verify import DEFAULT_LIMITS, State

#: Largest difference that counts as equal, as a share of the layer's largest value.
TOLERANCE = 1e-4
#: Layers whose numbers differ by design: PyTorch divides the weights whenever they are used, Keras while training.
BY_DESIGN = frozenset({"SpectralNormalization"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the comparison found; `unavailable` where a framework is not installed."""

    state: State
    #: By layer id of the completed flow: the largest difference, as a share of the layer's largest value.
    differences: dict[str, float]
    #: Layers that were not compared: a flattened map in another order is cut up again there, or they differ by design.
    left_out: tuple[str, ...]
    seconds: float
    error: str | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.state == "verified"

    def to_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "ok": self.ok,
            "compared": len(self.differences),
            "largest": max(self.differences.values(), default=None),
            "tolerance": TOLERANCE,
            "left_out": list(self.left_out),
            "seconds": self.seconds,
            "error": self.error,
            "versions": self.versions,
        }


def agree(keras: Code, pytorch: Code, *, seed: int = 0, limits: sandbox.Limits | None = None) -> Agreement:
    """Run both files, made from the same flow, with the same random weights and inputs, and compare every layer.

    Never raises for what the code does: what went wrong is in `error`, in words for people.

    Raises:
        ValueError: the files are not of Keras and PyTorch, or not of one flow.
    """
    if (keras.framework, pytorch.framework) != ("keras", "pytorch") or keras.completed != pytorch.completed:
        raise ValueError("what is compared must be Keras and PyTorch code of the same flow")
    started = time.monotonic()
    payload, left_out = _payload(keras, pytorch, seed)

    def agreement(state: State, error: str | None, seen: dict[str, Any]) -> Agreement:
        seconds = round(time.monotonic() - started, 2)
        return Agreement(state, seen.get("differences", {}), left_out, seconds, error, seen.get("versions", {}))

    try:
        seen = sandbox.run("extraction.proof.run_agree:prove", payload, limits=limits or DEFAULT_LIMITS)
    except sandbox.SandboxError as failure:
        return agreement("failed", failure.message, {})
    if "missing" in seen:
        return agreement("unavailable", f"{seen['missing']} is not installed here; nothing was compared", {})
    worst = next((layer for layer in keras.completed.layers if not _same(seen["differences"].get(layer.id))), None)
    if worst is None:
        return agreement("verified", None, seen)
    found = seen["differences"][worst.id]
    words = "has other sizes" if found < 0 else f"differs by {found:.2g} of its largest value"
    return agreement("failed", f"{title(worst)} {words} in PyTorch", seen)


def _same(difference: float | None) -> bool:
    return difference is None or 0 <= difference <= TOLERANCE


def _payload(keras: Code, pytorch: Code, seed: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    flow = keras.completed
    found, lost = orders(flow, {layer: place.channels_first for layer, place in pytorch.places.items()})
    inputs, lost = flow.inputs_of(), set(lost)
    for layer in flow.layers:
        if layer.type in BY_DESIGN or any(source in lost for source in inputs[layer.id]):
            lost.add(layer.id)
    embeddings = [
        layer.params.get("input_dim") for layer in flow.layers if CATALOGUE[layer.type].parameter("input_dim")
    ]
    names = {layer: keras.places[layer].name for layer in keras.places}
    payload = {
        "keras": keras.source,
        "pytorch": pytorch.source,
        "models": [[a.entry, b.entry] for a, b in zip(keras.models, pytorch.models, strict=True)],
        "seed": seed,
        "vocabulary": min((int(size) for size in embeddings if size), default=2),
        "input_orders": {
            names[layer.id]: list(order)
            for layer in flow.layers
            if inputs[layer.id] and (order := found.get(inputs[layer.id][0])) is not None
        },
        "places": [
            {
                "layer": layer.id,
                "model": keras.places[layer.id].model,
                "name": names[layer.id],
                "first": pytorch.places[layer.id].channels_first,
                "order": list(found[layer.id]) if layer.id in found else None,
                "softmax": _is_softmax(layer),
                "compared": layer.id not in lost and layer.type != "Input",
            }
            for layer in flow.layers
        ],
    }
    return payload, tuple(layer.id for layer in flow.layers if layer.id in lost)


def _is_softmax(layer: Layer) -> bool:
    if layer.type == "Softmax":
        return layer.params.get("axis") in (None, -1, len(layer.output_shape or ()))
    return layer.params.get("activation") == "softmax"
