"""Simulated figures as labelled ones: drawn, described by features, divided as the poster did or by whole looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from extraction.classify.features import Array, Image
from extraction.classify.stored import Store
from extraction.classify.training import Figures, Values
from extraction.simulate.kinds import HELD_OUT, draw, plan

#: The poster's shares: to learn from, to choose by, to test on.
SHARES = (0.6, 0.2)
LEARN, CHOOSE, TEST = "learn", "choose", "test"


@dataclass(frozen=True, slots=True)
class SimulatedSet:
    figures: Figures
    looks: Values
    plain: Array

    def as_the_poster_split(self, seed: int = 0) -> Figures:
        """60, 20 and 20% at random."""
        order = np.random.default_rng(seed).permutation(len(self.figures))
        parts = np.full(len(order), TEST, dtype="U8")
        ends = (np.cumsum(SHARES) * len(order)).astype(int)
        parts[order[: ends[0]]] = LEARN
        parts[order[ends[0] : ends[1]]] = CHOOSE
        return self._divided(parts)

    def by_looks(self) -> Figures:
        """The looks `HELD_OUT` to test on, all others to learn from."""
        return self._divided(np.where(np.isin(self.looks, HELD_OUT), TEST, LEARN))

    def _divided(self, parts: Values) -> Figures:
        figures = self.figures
        return Figures(figures.files, figures.kinds, figures.sure, figures.sources, parts)


def make(count: int, seed: int, store: Store, progress: Callable[[int, int], None] | None = None) -> SimulatedSet:
    """So many simulated figures (see `plan`); each is a source of its own, as each is drawn anew."""
    names, kinds, looks, rows = [], [], [], []
    for figure in plan(count, seed):
        name = f"simulated:{figure.kind}:{figure.look}:{figure.seed}"
        names.append(name)
        kinds.append(figure.kind)
        looks.append(figure.look)
        rows.append(store.of(image_of(name)))
        if progress is not None:
            progress(len(rows), count)
    figures = Figures(
        np.array(names), np.array(kinds), np.ones(count, bool), np.array(names), np.full(count, LEARN, dtype="U8")
    )
    return SimulatedSet(figures, np.array(looks), np.stack(rows))


def image_of(name: str) -> Image:
    """Draws the figure of this name again."""
    _, kind, look, seed = name.split(":")
    return draw(kind, look, int(seed))
