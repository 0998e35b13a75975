"""Which figures to ask people about first: those that the model is unsure of, and no two of the same sort in a row.

Figures are drawn one after the other. What one is worth is the product of

- *doubt*: entropy of the six answers and the smallness of the lead of the likeliest over the second, half each;
- *newness*: the squared distance to the nearest figure that has a label or was drawn before it.

So of a paper's ten like drawings one is asked about, and the others come once that one is known. (Compare the greedy
k-centre selection of Sener and Savarese, 2018, weighted by doubt.) No randomness: the same input gives the same order.
Chosen on `develop`, a third of its sources left out to measure on: better than doubt alone, and than doubt with the
distance not squared. `bench/learning.py` has the questions of a site put in this order.
"""

from __future__ import annotations

import numpy as np

from extraction.classify.head import Array
from extraction.classify.one_thread import one_thread
from extraction.classify.training import Values


def doubt(probabilities: Array) -> Array:
    """How unsure a model is of each figure, 0 to 1.

    Args:
        probabilities: figures x answers, rows add up to 1 (see `comparing.answers`).
    """
    given = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1.0)
    entropy = -(given * np.log(given)).sum(axis=1) / np.log(given.shape[1])
    top = np.sort(given, axis=1)
    lead = top[:, -1] - top[:, -2]
    return np.asarray(np.clip((entropy + 1 - lead) / 2, 0, 1), np.float32)


@one_thread()
def order(features: Array, probabilities: Array, labelled: Array, count: int) -> Values:
    """The `count` figures to ask about first, best first, as row numbers; all of them where there are no more.

    Args:
        features: figures x features, of those without a label.
        probabilities: figures x answers, of the same figures.
        labelled: figures x features, of those with one; may have no rows.

    Raises:
        ValueError: the rows don't belong together.
    """
    if len(features) != len(probabilities):
        raise ValueError(f"{len(features)} rows of features, but {len(probabilities)} of probabilities")
    count = min(count, len(features))
    if count <= 0:
        return np.zeros(0, np.intp)
    ours, theirs = _directions(features, labelled)
    worth = doubt(probabilities).astype(np.float64)
    # Squared distance of unit vectors, 0 to 4; the usual one of unrelated figures is 2.
    nearest = np.full(len(ours), 2.0)
    for start in range(0, len(theirs), 500):
        nearest = np.minimum(nearest, 2 - 2 * (ours @ theirs[start : start + 500].T).max(axis=1))
    chosen = np.zeros(count, np.intp)
    free = np.ones(len(ours), bool)
    for place in range(count):
        # Copies of what is known are worth next to nothing, and come last, by doubt.
        value = np.where(free, worth * np.maximum(nearest, 1e-6), -1.0)
        best = int(value.argmax())
        chosen[place], free[best] = best, False
        nearest = np.minimum(nearest, 2 - 2 * (ours @ ours[best]))
    return chosen


def _directions(features: Array, labelled: Array) -> tuple[Array, Array]:
    """All rows centred, each feature to the same scale, each row to length 1."""
    both = np.concatenate([features, labelled]) if len(labelled) else features
    mean, deviation = both.mean(axis=0), both.std(axis=0)
    deviation = np.where(deviation < 1e-6, 1.0, deviation)

    def scaled(rows: Array) -> Array:
        moved = (rows - mean) / deviation
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)

    return scaled(features), scaled(labelled) if len(labelled) else labelled
