"""Standardising and principal components, all to variance 1: a linear map, so what is learned behind it stays one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.classify.features import Array

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Whitening:
    mean: Doubles
    #: Features x components.
    map: Doubles

    @classmethod
    def of(cls, rows: Array, components: int) -> Whitening:
        """Of these rows; fewer components where there are no more.

        There are fewer rows than features: the components come from the products of the rows with each other, which
        takes a tenth of the time of a singular value decomposition.
        """
        double = rows.astype(np.float64)
        mean, deviation = double.mean(axis=0), double.std(axis=0)
        deviation[deviation < 1e-6] = 1.0
        scaled = (double - mean) / deviation
        values, vectors = np.linalg.eigh(scaled @ scaled.T)
        count = max(1, min(components, int((values > values[-1] * 1e-9).sum())))
        values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
        whiten = scaled.T @ vectors / values * np.sqrt(max(len(rows) - 1, 1))
        return cls(mean, whiten / deviation[:, None])

    def __call__(self, rows: Array) -> Doubles:
        """Rows x components."""
        return np.asarray((rows - self.mean) @ self.map, np.float64)

    def linear(self, weights: Any, bias: Any) -> tuple[Doubles, Doubles]:
        """A map of components (outputs x components, outputs) as one of features (features x outputs, outputs)."""
        onto = self.map @ np.asarray(weights, np.float64).T
        return onto, np.asarray(bias, np.float64) - self.mean @ onto
