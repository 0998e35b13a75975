"""What an import gives, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from extraction.flow.model import Flow

#: `kept`: a layer of an unknown type stands whole as `Unknown`. `dropped`: something is not in the flow. `changed`: it
#: is there in other words that do the same. `lost`: it is there, but not all that the file says of it. `odd`: it is
#: there as the file says, and can't work.
NoteKind = Literal["kept", "dropped", "changed", "lost", "odd"]


class ModelError(ValueError):
    """A file that can't be imported. The message gives line and layer where it is about one, and what is wrong."""

    def __init__(self, reason: str, *, layer: str = "", line: int = 0) -> None:
        super().__init__(f"{place(layer, line)}{reason}")
        self.reason = reason
        self.layer = layer
        self.line = line


@dataclass(frozen=True, slots=True)
class Note:
    """Where the flow differs from the file."""

    kind: NoteKind
    message: str
    #: The layer's name in the file; empty where it is about the whole file.
    layer: str = ""
    #: Line of the file, counted from 1; 0 where it has none.
    line: int = 0

    def __str__(self) -> str:
        return f"{place(self.layer, self.line)}{self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "message": self.message, "layer": self.layer, "line": self.line}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Note:
        return cls(data["kind"], data["message"], data["layer"], data["line"])


@dataclass(frozen=True, slots=True)
class Imported:
    flow: Flow
    #: `keras`, `caffe` or `onnx`.
    format: str
    notes: tuple[Note, ...] = field(default=())


def place(layer: str, line: int) -> str:
    """ "line 12, `conv1`: "."""
    parts = [*([f"line {line}"] if line else []), *([f"`{short(layer)}`"] if layer else [])]
    return f"{', '.join(parts)}: " if parts else ""


def short(text: object, most: int = 60) -> str:
    """Text out of a file, fit to stand in a message: one line, not too long."""
    words = "".join(sign if sign.isprintable() else " " for sign in str(text)[: most + 1])
    return f"{words[:most]}…" if len(words) > most else words
