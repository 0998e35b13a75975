"""What can be wrong with a flow, in words for the person who draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from extraction.flow.model import Layer, Shape

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (`error`) or odd (`warning`) with a layer, a connection or the whole flow."""

    #: Id of the layer it is about, `None` where it is about the whole flow.
    layer: str | None
    message: str
    severity: Severity = "error"
    #: Source and target of the connection it is about.
    connection: tuple[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"layer": self.layer, "message": self.message, "severity": self.severity}
        if self.connection:
            data["connection"] = list(self.connection)
        return data


def title(layer: Layer) -> str:
    """How a message calls a layer: its name in code, or its id."""
    return f"`{(layer.name or layer.id)[:60]}`"


def sizes(shape: Sequence[int | None] | None) -> str:
    """A shape as figures print it: `5x5x16`; `?` is a size that is not known."""
    if shape is None:
        return "an unknown shape"
    if not shape:
        return "a single number"
    return "x".join("?" if size is None else str(size) for size in shape)


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def same_shape(one: Shape, other: Shape) -> bool:
    """True where no known size contradicts; axes of size 1 in front may be left out, as figures do (1x1x4096)."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    surplus, tail = longer[: len(longer) - len(shorter)], longer[len(longer) - len(shorter) :]
    return all(size == 1 for size in surplus) and all(
        a is None or b is None or a == b for a, b in zip(tail, shorter, strict=True)
    )
