"""Proving code: it is built, run forward, trained for one step, and compared with the flow."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from extraction import sandbox
from extraction.codegen import Code
from extraction.flow.model import Shape
from extraction.flow.problems import sizes, title
from extraction.flow.shapes import infer

DEFAULT_LIMITS = sandbox.Limits(seconds=600, memory_mb=8192, result_mb=16, threads=2)
TARGETS = {
    "keras": "extraction.proof.run_keras:prove",
    "pytorch": "extraction.proof.run_pytorch:prove",
    "caffe": "extraction.proof.run_caffe:prove",
    "onnx": "extraction.proof.run_onnx:prove",
}
NAMES = {"keras": "Keras", "pytorch": "PyTorch", "caffe": "Caffe", "onnx": "ONNX"}

State = Literal["verified", "failed", "unavailable"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven of one file of code.

    `unavailable` means that nothing was tried, because what runs this framework is not installed here.
    """

    framework: str
    state: State
    #: Numbers that the framework counts, moving averages of normalisations included; `None` where it did not get there.
    parameters: int | None
    #: By layer id of the completed flow, without the batch, channels last.
    output_shapes: dict[str, Shape]
    seconds: float
    error: str | None
    #: What ran it: `python`, `keras`, `jax`, `torch`, `opencv`.
    versions: dict[str, str]
    #: Of `built`, `forward`, `trained`, `parameters`, `shapes`, `numbers`. Caffe nets are not trained here.
    proven: tuple[str, ...] = field(default=())
    #: The end of what the run printed, for the log.
    details: str = ""
    #: How its numbers compare with those of another framework's code, if that was asked.
    numbers: dict[str, Any] | None = None

    @property
    def ok(self) -> bool:
        return self.state == "verified"

    def to_dict(self) -> dict[str, Any]:
        return {
            "framework": self.framework,
            "ok": self.ok,
            "state": self.state,
            "parameters": self.parameters,
            "output_shapes": {layer: list(shape) for layer, shape in self.output_shapes.items()},
            "seconds": self.seconds,
            "error": self.error,
            "versions": self.versions,
            "proven": list(self.proven),
            "numbers": self.numbers,
        }


def verify(code: Code, *, limits: sandbox.Limits | None = None, train: bool = True) -> Proof:
    """Run generated code in the sandbox and compare every layer's output size and the number of parameters.

    Without `train` no training step is taken: much faster for Keras, which then runs on numpy alone.

    Never raises for what the code does: what went wrong is in `error`, in words for people.
    """
    started = time.monotonic()
    versions = {"python": platform.python_version()}
    payload: dict[str, Any] = {
        "source": code.source,
        "train": train,
        "models": [model.entry for model in code.models],
        "places": [
            [layer, place.model, place.name, place.channels_first] for layer, place in sorted(code.places.items())
        ],
    }

    def proof(state: State, error: str | None, seen: Mapping[str, Any], details: str = "") -> Proof:
        return Proof(
            framework=code.framework,
            state=state,
            parameters=seen.get("parameters"),
            output_shapes={layer: tuple(shape) for layer, shape in seen.get("shapes", {}).items()},
            seconds=round(time.monotonic() - started, 2),
            error=error,
            versions=versions | seen.get("versions", {}),
            proven=tuple(seen.get("proven", ())),
            details=details,
        )

    steps: list[str] = []
    try:
        with TemporaryDirectory() as folder:
            if code.data:
                payload["file"] = Path(folder) / code.filename
                payload["file"].write_bytes(code.data)
            target, most = TARGETS[code.framework], limits or DEFAULT_LIMITS
            seen = sandbox.run(target, payload, limits=most, progress=lambda step: steps.append(step))
    except sandbox.Failed as failure:
        words = f"{failure.kind}: {failure.message}" if failure.kind else failure.message
        return proof("failed", f"{_doing(steps)}: {words}", {"proven": steps}, failure.details)
    except sandbox.SandboxError as failure:
        return proof("failed", f"{_doing(steps)}: {failure.message}", {"proven": steps}, failure.details)
    if "missing" in seen:
        return proof("unavailable", f"{seen['missing']} is not installed here; nothing was verified", {})
    differences = _differences(code, seen)
    if "shapes" not in differences:
        seen["proven"].append("shapes")
    if "parameters" not in differences:
        seen["proven"].append("parameters")
    error = "; ".join(differences.values()) or None
    return proof("failed" if error else "verified", error, seen)


def _doing(steps: list[str]) -> str:
    """What it was at when it failed."""
    doing = {0: "building it", 1: "running it forward", 2: "training it for one step"}
    return doing.get(len(steps), "checking it")


def _differences(code: Code, seen: Mapping[str, Any]) -> dict[str, str]:
    """What differs from the flow, in words: sizes of layers first."""
    framework, inference = NAMES[code.framework], infer(code.completed)
    found: dict[str, str] = {}
    for layer in code.completed.layers:
        ours, theirs = layer.output_shape, seen["shapes"].get(layer.id)
        if theirs is None:
            found.setdefault("shapes", f"{title(layer)} has no output in the {framework} code")
        elif ours is None or tuple(theirs) != ours:
            found.setdefault(
                "shapes", f"{title(layer)} gives {sizes(theirs)} in {framework}, but {sizes(ours)} in the flow"
            )
    counts = [inference.parameters.get(layer.id) for layer in code.completed.layers]
    if any(count is None for count in counts):
        unknown = next(layer for layer in code.completed.layers if inference.parameters.get(layer.id) is None)
        found["parameters"] = f"the number of parameters of {title(unknown)} is not known"
    elif sum(count or 0 for count in counts) != seen["parameters"]:
        total = sum(count or 0 for count in counts)
        found["parameters"] = f"{framework} counts {seen['parameters']:,} parameters, the flow has {total:,}"
    return found
