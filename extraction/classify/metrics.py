"""How good a classifier is: the poster's measures, each with a confidence interval.

A measure by its plural name takes many resamples at once: `counts` says how often each figure is in each of them
(resamples x figures), and a value a resample comes out. By its singular name it is the measure of the figures as they
are.
"""

from __future__ import annotations

from collections.abc import Callable
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


def balanced_accuracies(truth: Values, said: Values, counts: Values) -> Values:
    """Mean of the shares of right answers among flows and among other figures."""
    shares = []
    for value in (True, False):
        of, right = counts @ (truth == value), counts @ ((truth == value) & (said == value))
        shares.append(np.where(of > 0, right / np.maximum(of, 1), np.nan))
    return np.asarray(np.nanmean(shares, axis=0))


def f1s(truth: Values, said: Values, counts: Values) -> Values:
    return np.asarray(2 * (counts @ (truth & said)) / np.maximum(1.0, counts @ truth + counts @ said))


def average_precisions(truth: Values, score: Values, counts: Values) -> Values:
    """Mean precision over the flows, in the order of their scores; equal scores count as one step."""
    order = np.argsort(-score, kind="stable")
    truth, score, counts = truth[order], score[order], counts[:, order]
    last = np.append(np.diff(score) != 0, True)
    found, seen = np.cumsum(counts * truth, axis=1)[:, last], np.cumsum(counts, axis=1)[:, last]
    steps = np.diff(found, axis=1, prepend=0) * found / np.maximum(seen, 1)
    return np.asarray(steps.sum(axis=1) / np.maximum(1, found[:, -1]))


def accuracies(truth: Values, said: Values, counts: Values) -> Values:
    return np.asarray((counts @ (truth == said)) / np.maximum(1.0, counts.sum(axis=1)))


def macro_f1s(truth: Values, said: Values, counts: Values) -> Values:
    """Mean of the F1 of each kind that occurs."""
    total = kinds = np.zeros(len(counts))
    for kind in KINDS:
        occurs = counts @ (truth == kind) > 0
        total = total + np.where(occurs, f1s(truth == kind, said == kind, counts), 0.0)
        kinds = kinds + occurs
    return np.asarray(total / np.maximum(kinds, 1))


def calibration_errors(truth: Values, probability: Values, counts: Values, bins: int = 10) -> Values:
    """Expected calibration error: mean gap between stated probability and share, over bins of equal width."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = sum(np.abs(counts @ np.where(place == i, truth - probability, 0.0)) for i in range(bins))
    return np.asarray(gaps / np.maximum(1.0, counts.sum(axis=1)))


def balanced_accuracy(truth: Values, said: Values) -> float:
    return _alone(balanced_accuracies, truth, said)


def f1(truth: Values, said: Values) -> float:
    return _alone(f1s, truth, said)


def average_precision(truth: Values, score: Values) -> float:
    return _alone(average_precisions, truth, score)


def accuracy(truth: Values, said: Values) -> float:
    return _alone(accuracies, truth, said)


def macro_f1(truth: Values, said: Values) -> float:
    return _alone(macro_f1s, truth, said)


def calibration_error(truth: Values, probability: Values) -> float:
    return _alone(calibration_errors, truth, probability)


def _alone(of: Callable[[Values, Values, Values], Values], truth: Values, answer: Values) -> float:
    return float(of(truth, answer, once(len(truth)))[0])


def once(figures: int) -> Values:
    """The one resample that has each figure once."""
    return np.ones((1, figures))


def measure(kinds: Values, sources: Values, flow: Values, kind_probabilities: Values) -> dict[str, Measure]:
    """All measures of one set of figures.

    Args:
        kinds: the true kind of each figure or "none".
        sources: the paper or page each figure comes from.
        flow: probability of being a flow, a figure each.
        kind_probabilities: figures x kinds.
    """
    is_flow = kinds != "none"
    said_kind = np.array(KINDS)[kind_probabilities.argmax(axis=1)]
    over: dict[str, Callable[[Values], Values]] = {
        "balanced_accuracy": lambda counts: balanced_accuracies(is_flow, flow >= 0.5, counts),
        "f1": lambda counts: f1s(is_flow, flow >= 0.5, counts),
        "average_precision": lambda counts: average_precisions(is_flow, flow, counts),
        "calibration_error": lambda counts: calibration_errors(is_flow, flow, counts),
        "kind_accuracy": lambda counts: accuracies(kinds[is_flow], said_kind[is_flow], counts[:, is_flow]),
        "kind_macro_f1": lambda counts: macro_f1s(kinds[is_flow], said_kind[is_flow], counts[:, is_flow]),
    }
    alone, samples = once(len(kinds)), resampled(sources)
    measures = {}
    for name, of in over.items():
        low, high = np.percentile(of(samples), (2.5, 97.5))
        measures[name] = Measure(float(of(alone)[0]), float(low), float(high))
    return measures


def resampled(sources: Values) -> Values:
    """Resamples of whole sources, drawn with replacement: how often each figure is in each of them."""
    random = np.random.default_rng(SEED)
    names, place = np.unique(sources, return_inverse=True)
    draws = random.integers(len(names), size=(RESAMPLES, len(names)))
    times = np.zeros((RESAMPLES, len(names)))
    np.add.at(times, (np.arange(RESAMPLES)[:, None], draws), 1)
    return np.asarray(times[:, place])
