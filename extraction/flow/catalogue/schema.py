"""What a row of the layer catalogue holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ParameterKind = Literal["int", "float", "bool", "choice", "size", "ints", "floats", "text"]
Family = Literal["conv", "pool", "dense", "norm", "act", "rec", "attn", "merge", "io", "block"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a layer type, under Keras's name.

    A `size` is one whole number, or one for each spatial axis; `ints` is a list of whole numbers;
    `floats` is one number, or a list of them, one for each channel.
    """

    name: str
    kind: ParameterKind
    #: What Keras assumes where nothing is said; `None` also where the parameter may stay empty.
    default: Any = None
    #: The layer can't be built without it.
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    help: str = ""

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"name": self.name, "kind": self.kind, "required": self.required, "help": self.help}
        if not self.required:
            data["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        if self.choices:
            data["choices"] = list(self.choices)
        if self.minimum is not None:
            data["minimum"] = self.minimum
        if self.maximum is not None:
            data["maximum"] = self.maximum
        return data


@dataclass(frozen=True, slots=True)
class LayerType:
    """One layer type: a row of the catalogue."""

    name: str
    family: Family
    help: str
    parameters: tuple[Parameter, ...] = ()
    #: Spatial (or time) axes of the input, beside the channels; 0 for a plain vector, `None` where any will do.
    rank: int | None = None
    min_inputs: int = 1
    #: `None` where any number of inputs may be joined.
    max_inputs: int | None = 1
    #: How figures and tables print it, in lower case; matched without spaces and signs.
    aliases: tuple[str, ...] = ()
    #: The counterpart's name in each framework, `None` where it has none.
    keras: str | None = None
    caffe: str | None = None
    pytorch: str | None = None
    onnx: str | None = None

    @property
    def window(self) -> int | None:
        """Axes that kernels, windows and borders have; a sequence of maps has one more."""
        return self.rank - 1 if self.rank and self.name.startswith("ConvLSTM") else self.rank

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "family": self.family,
            "help": self.help,
            "rank": self.rank,
            "min_inputs": self.min_inputs,
            "max_inputs": self.max_inputs,
            "parameters": [parameter.to_dict() for parameter in self.parameters],
            "aliases": list(self.aliases),
            "keras": self.keras,
            "caffe": self.caffe,
            "pytorch": self.pytorch,
            "onnx": self.onnx,
        }
