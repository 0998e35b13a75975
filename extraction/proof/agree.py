"""The same weights in Keras and another framework: both must give the same numbers at every layer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from extraction import sandbox
from extraction.codegen import Code
from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Layer
from extraction.flow.problems import title
from extraction.proof.orders import orders
from extraction.proof.verify import DEFAULT_LIMITS, NAMES, State

#: Largest difference that counts as equal, as a share of the layer's largest value.
TOLERANCE = 1e-4
#: Frameworks whose code is compared with Keras's.
BESIDE = ("pytorch", "caffe", "onnx")
#: Layers whose numbers differ by design.
BY_DESIGN = {"SpectralNormalization": "PyTorch divides the weights whenever they are used, Keras while training"}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the comparison of Keras's code with another's found; `unavailable` where a framework is not installed."""

    framework: str
    state: State
    #: By layer id of the completed flow: the largest difference, as a share of the layer's largest value.
    differences: dict[str, float]
    #: Layers that were not compared, with the reason: a flattened map in another order is cut up again there, they
    #: differ by design, or they follow such a layer.
    left_out: dict[str, str]
    seconds: float
    error: str | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.state == "verified"

    def to_dict(self) -> dict[str, Any]:
        return {
            "with": self.framework,
            "state": self.state,
            "ok": self.ok,
            "compared": len(self.differences),
            "largest": max(self.differences.values(), default=None),
            "tolerance": TOLERANCE,
            "left_out": self.left_out,
            "seconds": self.seconds,
            "error": self.error,
            "versions": self.versions,
        }


def agree(keras: Code, other: Code, *, seed: int = 0, limits: sandbox.Limits | None = None) -> Agreement:
    """Run both files, made from the same flow, with the same random weights and inputs, and compare every layer.

    `other` is code of one of `BESIDE`.

    Never raises for what the code does: what went wrong is in `error`, in words for people.

    Raises:
        ValueError: the files are not of Keras and another framework, or not of one flow.
    """
    if keras.framework != "keras" or other.framework not in BESIDE or keras.completed != other.completed:
        raise ValueError("what is compared must be Keras code and another framework's, of the same flow")
    started = time.monotonic()
    payload, left_out = _payload(keras, other, seed)

    def agreement(state: State, error: str | None, seen: dict[str, Any]) -> Agreement:
        seconds = round(time.monotonic() - started, 2)
        differences, versions = seen.get("differences", {}), seen.get("versions", {})
        return Agreement(other.framework, state, differences, left_out, seconds, error, versions)

    try:
        with TemporaryDirectory() as folder:
            if other.data:
                payload["other_file"] = Path(folder) / other.filename
                payload["other_file"].write_bytes(other.data)
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
    return agreement("failed", f"{title(worst)} {words} in {NAMES[other.framework]}", seen)


def _same(difference: float | None) -> bool:
    return difference is None or 0 <= difference <= TOLERANCE


def _payload(keras: Code, other: Code, seed: int) -> tuple[dict[str, Any], dict[str, str]]:
    flow = keras.completed
    found, lost = orders(flow, {layer: place.channels_first for layer, place in other.places.items()})
    inputs = flow.inputs_of()
    left_out = _left_out(keras, other, lost)
    embeddings = [
        layer.params.get("input_dim") for layer in flow.layers if CATALOGUE[layer.type].parameter("input_dim")
    ]
    names = {layer: keras.places[layer].name for layer in keras.places}
    payload = {
        "framework": other.framework,
        "keras": keras.source,
        "models": [model.entry for model in keras.models],
        "other": other.source,
        "other_models": [model.entry for model in other.models],
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
                "theirs": other.places[layer.id].name,
                "first": other.places[layer.id].channels_first,
                "order": list(found[layer.id]) if layer.id in found else None,
                "squashed": _squashed(layer),
                "compared": layer.id not in left_out and layer.type != "Input",
                "differs": bool(other.places[layer.id].differs),
            }
            for layer in flow.layers
        ],
    }
    return payload, left_out


def _left_out(keras: Code, other: Code, lost: set[str]) -> dict[str, str]:
    """Layers that can't be compared, with the reason."""
    flow, inputs = keras.completed, keras.completed.inputs_of()
    reasons: dict[str, str] = {}
    for layer in flow.layers:
        by_design = BY_DESIGN.get(layer.type) or keras.places[layer.id].differs
        if other.places[layer.id].differs:
            reasons[layer.id] = other.places[layer.id].differs
        elif by_design:
            reasons[layer.id] = by_design
        elif layer.id in lost:
            reasons[layer.id] = "takes a flattened map, whose values stand in another order there"
        elif source := next((s for s in inputs[layer.id] if s in reasons and not other.places[s].differs), None):
            reasons[layer.id] = f"follows {title(flow.layer(source))}"
    return reasons


def _squashed(layer: Layer) -> str | None:
    """`softmax` or `sigmoid`, where that is the last thing the layer does to its values."""
    if layer.type == "Softmax":
        return "softmax" if layer.params.get("axis") in (None, -1, len(layer.output_shape or ())) else None
    activation = layer.params.get("activation")
    return str(activation) if activation in ("softmax", "sigmoid") else None
