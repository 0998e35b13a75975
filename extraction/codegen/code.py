"""What generating gives: code with the places of its layers, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field

from extraction.flow.complete import Assumption
from extraction.flow.model import Flow

FRAMEWORKS = ("keras", "caffe", "pytorch")
FILENAMES = {"keras": "keras.py", "caffe": "caffe.prototxt", "pytorch": "pytorch.py"}


class Refusal(Exception):
    """A framework can't express a layer, or the flow can't be completed. Names the layer (if it is one) and why."""

    def __init__(self, framework: str, layer: str | None, reason: str, *, name: str = "", named: bool = True) -> None:
        shown = (name or layer) if named else ""  # the completion's messages name the layer themselves
        super().__init__(f"`{shown}`: {reason}" if shown else reason)
        self.framework = framework
        self.layer = layer
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where the result of a layer is found when the code runs."""

    #: Index into `Code.models`.
    model: int
    #: Keras: the layer's name; PyTorch: the variable in `forward`; Caffe: the blob.
    name: str
    #: The channels come first, right after the batch (`False`: last, as in flows).
    channels_first: bool = False
    #: Why its numbers differ from Keras's by design; empty where they are the same.
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the code: a connected part of the flow."""

    #: Keras: the function that builds it; PyTorch: its class; Caffe: the net's name.
    entry: str
    #: Ids of its inputs and outputs in the completed flow.
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Source text of one framework. A pure function of the flow and the citation."""

    framework: str
    source: str
    filename: str
    #: Layer id of the flow that was given -> first and last line of its code, counted from 1.
    lines: dict[str, tuple[int, int]]
    assumptions: tuple[Assumption, ...]
    completed: Flow
    models: tuple[Model, ...] = ()
    #: By layer id of the completed flow.
    places: dict[str, Place] = field(default_factory=dict)
    #: A file that is no text (ONNX); then `source` is empty.
    data: bytes = b""
