"""Features that were computed once, kept by the hash of the picture: the same picture never costs twice.

A folder for each network (`features.BACKBONE`, `vgg19.NAME`), a file a picture. Files are written beside their place
and moved there, so that several processes may share a folder; one that can't be read is computed anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extraction.classify.features import BACKBONE, Array, Image, pooled

#: Pictures to rows of features.
Extract = Callable[[list[Image]], Array]


@dataclass(frozen=True, slots=True)
class Store:
    """Where features are kept and what computes them. Without a folder nothing is kept."""

    folder: Path | None = None
    name: str = BACKBONE
    extract: Extract = pooled

    def of(self, image: Image) -> Array:
        """The features of a picture, one row."""
        path = self._path(image)
        if path is not None:
            with contextlib.suppress(OSError, ValueError, EOFError):
                return np.asarray(np.load(path, allow_pickle=False), np.float32)
        row = np.asarray(self.extract([image])[0], np.float32)
        if path is not None:
            _write(path, row)
        return row

    def _path(self, image: Image) -> Path | None:
        if self.folder is None:
            return None
        key = hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).hexdigest()
        return self.folder / self.name / key[:2] / f"{key}.npy"


def _write(path: Path, row: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, row, allow_pickle=False)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
