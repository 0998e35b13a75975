"""What simulated figures teach: linear maps that every head is given beside the features.

A few hundred labelled figures can't show all that looks like a network and is none: class diagrams, trees, programs'
flow charts. Thousands of simulated ones can. Two maps are learned from them once, “is a flow” and the six answers;
heads get their values as seven further features, so that labelled figures decide how much they are worth. As the maps
are linear, a head stays two linear maps on the network's features, and costs nothing more.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from extraction.classify.features import BACKBONE
from extraction.classify.head import FOLDER, Array, HeadError
from extraction.classify.one_thread import one_thread
from extraction.classify.whitening import Whitening
from extraction.flow.model import KINDS

FILE = FOLDER / f"prior-{BACKBONE}.npz"
ANSWERS = ("none", *KINDS)
#: Columns of each map: is a flow; the six answers.
GROUPS = (slice(0, 1), slice(1, 7))
#: Principal components that the maps are learned on, and their inverse strength of regularisation.
COMPONENTS = 300
FLOW_C, ANSWERS_C = 3e-2, 3e-3


@dataclass(frozen=True, slots=True)
class Prior:
    """Features x 7, and 7."""

    weights: Array
    bias: Array

    def scaled(self, rows: Array) -> tuple[Array, Array]:
        """The maps, each divided by how much its values differ among these rows."""
        values = rows @ self.weights
        scale = np.empty(len(self.bias), np.float32)
        for group in GROUPS:
            scale[group] = max(float(values[:, group].std(axis=0).mean()), 1e-6)
        return self.weights / scale, self.bias / scale

    def to_bytes(self) -> bytes:
        """The same prior gives the same bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, weights=self.weights, bias=self.bias)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path = FILE) -> Prior:
        """Raises `HeadError` for a file that is missing or holds anything else."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
                prior = cls(np.asarray(stored["weights"], np.float32), np.asarray(stored["bias"], np.float32))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise HeadError(f"{path.name} can't be read: {error}") from error
        if prior.bias.shape != (7,) or prior.weights.ndim != 2 or prior.weights.shape[1] != 7:
            raise HeadError(f"{path.name} has maps of shape {prior.weights.shape}, must be features x 7")
        return prior


@cache
def fitting(features: int) -> Prior | None:
    """The stored prior, if it is for so many features: those of another network have none."""
    if not FILE.is_file():
        return None
    prior = Prior.load()
    return prior if len(prior.weights) == features else None


@one_thread()
def learn(kinds: Array, rows: Array) -> Prior:
    """From simulated figures; all six answers must occur.

    Args:
        kinds: "none" or the kind, a figure each.
        rows: figures x features.
    """
    from sklearn.linear_model import LogisticRegression

    whitening = Whitening.of(rows, COMPONENTS)
    seen = whitening(rows)
    maps = []
    for labels, strength, order in ((kinds != "none", FLOW_C, None), (kinds, ANSWERS_C, ANSWERS)):
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000, tol=1e-3).fit(seen, labels)
        places = [list(model.classes_).index(answer) for answer in order] if order else [0]
        weights, bias = whitening.linear(model.coef_[places], model.intercept_[places])
        # Of the six answers only differences matter.
        maps.append(
            (weights, bias) if order is None else (weights - weights.mean(axis=1, keepdims=True), bias - bias.mean())
        )
    return Prior(
        np.concatenate([weights for weights, _ in maps], axis=1).astype(np.float32),
        np.concatenate([bias for _, bias in maps]).astype(np.float32),
    )
