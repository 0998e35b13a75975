"""How good a classifier is: the poster's measures, each with a confidence interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import KINDS

Values = NDArray[Any]

RESAMPLES = 1000
SEED = 20_26


@dataclass(frozen=True, slots=True)
class Measure:
    value: float
    #: Of 95%, from resampling whole sources: figures of one paper resemble each other.
    low: float
    high: float


def balanced_accuracy(truth: Values, said: Values) -> float:
    """Mean of the shares of right answers among flows and among other figures."""
    shares = [float(np.mean(said[truth == value] == value)) for value in (True, False) if (truth == value).any()]
    return float(np.mean(shares))


def f1(truth: Values, said: Values) -> float:
    right = float(np.sum(truth & said))
    return 2 * right / max(1.0, float(truth.sum() + said.sum()))


def average_precision(truth: Values, score: Values) -> float:
    """Mean precision over the flows, in the order of their scores; equal scores count as one step."""
    order = np.argsort(-score, kind="stable")
    truth, score = truth[order], score[order]
    last = np.append(np.diff(score) != 0, True)
    found, seen = np.cumsum(truth)[last], np.arange(1, len(truth) + 1)[last]
    return float(np.sum(np.diff(found, prepend=0) * found / seen) / max(1, truth.sum()))


def accuracy(truth: Values, said: Values) -> float:
    return float(np.mean(truth == said)) if len(truth) else 0.0


def macro_f1(truth: Values, said: Values) -> float:
    """Mean of the F1 of each kind that occurs."""
    return float(np.mean([f1(truth == kind, said == kind) for kind in KINDS if (truth == kind).any()] or [0.0]))


def calibration_error(truth: Values, probability: Values, bins: int = 10) -> float:
    """Expected calibration error: mean gap between stated probability and share, over bins of equal width."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [
        abs(float(truth[place == i].mean() - probability[place == i].mean())) * float((place == i).mean())
        for i in range(bins)
        if (place == i).any()
    ]
    return float(sum(gaps))


def measure(kinds: Values, sources: Values, flow: Values, kind_probabilities: Values) -> dict[str, Measure]:
    """All measures of one set of figures.

    Args:
        kinds: the true kind of each figure or "none".
        sources: the paper or page each figure comes from.
        flow: probability of being a flow, a figure each.
        kind_probabilities: figures x kinds.
    """
    is_flow, said = kinds != "none", flow >= 0.5
    said_kind = np.array(KINDS)[kind_probabilities.argmax(axis=1)]
    over: dict[str, Callable[[Values], float]] = {
        "balanced_accuracy": lambda i: balanced_accuracy(is_flow[i], said[i]),
        "f1": lambda i: f1(is_flow[i], said[i]),
        "average_precision": lambda i: average_precision(is_flow[i], flow[i]),
        "calibration_error": lambda i: calibration_error(is_flow[i], flow[i]),
        "kind_accuracy": lambda i: accuracy(kinds[i][is_flow[i]], said_kind[i][is_flow[i]]),
        "kind_macro_f1": lambda i: macro_f1(kinds[i][is_flow[i]], said_kind[i][is_flow[i]]),
    }
    everything = np.arange(len(kinds))
    samples = resampled(sources)
    measures = {}
    for name, of in over.items():
        low, high = np.percentile([of(sample) for sample in samples], (2.5, 97.5))
        measures[name] = Measure(of(everything), float(low), float(high))
    return measures


def resampled(sources: Values) -> Sequence[Values]:
    random = np.random.default_rng(SEED)
    groups = [np.flatnonzero(sources == source) for source in np.unique(sources)]
    draws = random.integers(len(groups), size=(RESAMPLES, len(groups)))
    return [np.concatenate([groups[i] for i in draw]) for draw in draws]
