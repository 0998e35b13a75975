"""The small head on the features: two linear maps, stored as plain arrays."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import KINDS

Array = NDArray[np.float32]

FOLDER = Path(__file__).parent / "model"
FILE = FOLDER / "head.npz"


class HeadError(Exception):
    """The stored head is not one that this program can use."""


@dataclass(frozen=True, slots=True)
class Head:
    """Weights are features x outputs; the order of the kinds is `KINDS`. Calibration is folded in."""

    flow_weights: Array
    flow_bias: Array
    kind_weights: Array
    kind_bias: Array

    def probabilities(self, features: Array) -> tuple[Array, Array]:
        """Of being a flow (rows), and of each kind given that it is one (rows x kinds)."""
        if features.shape[1] != self.flow_weights.shape[0]:
            raise HeadError(f"the head takes {self.flow_weights.shape[0]} features, there are {features.shape[1]}")
        flow = features @ self.flow_weights + self.flow_bias
        kinds = features @ self.kind_weights + self.kind_bias
        kinds = np.exp(kinds - kinds.max(axis=1, keepdims=True))
        return np.asarray((1 + np.tanh(flow[:, 0] / 2)) / 2, np.float32), kinds / kinds.sum(axis=1, keepdims=True)

    def to_bytes(self) -> bytes:
        """The same head gives the same bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, **{field.name: getattr(self, field.name) for field in fields(self)})
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path = FILE) -> Head:
        """Raises `HeadError` for a file that holds anything but the four arrays."""
        try:
            return cls.from_bytes(path.read_bytes(), path.name)
        except OSError as error:
            raise HeadError(f"{path.name} can't be read: {error}") from error

    @classmethod
    def from_bytes(cls, content: bytes, name: str = "the head") -> Head:
        """Raises `HeadError` as `load` does; `name` stands in its message."""
        names = [field.name for field in fields(cls)]
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                head = cls(*(np.asarray(stored[array], np.float32) for array in names))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise HeadError(f"{name} can't be read: {error}") from error
        inputs = len(head.flow_weights)
        wanted = {"flow_weights": (inputs, 1), "flow_bias": (1,)}
        wanted |= {"kind_weights": (inputs, len(KINDS)), "kind_bias": (len(KINDS),)}
        for array, shape in wanted.items():
            if getattr(head, array).shape != shape:
                raise HeadError(f"{name}: {array} has shape {getattr(head, array).shape}, must be {shape}")
        return head


def version_of(sha256: str) -> str:
    """The name of the head whose bytes have this hash."""
    return f"lite0-{sha256[:10]}"


def model_version(path: Path = FILE) -> str:
    """A name for the stored head that changes with its bytes."""
    return version_of(hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "untrained")
