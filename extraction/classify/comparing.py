"""Is a new head no worse than the present one? Both are asked about the same figures, which neither learned from.

A few hundred figures can't tell a loss of half a point from none: a head that learned from fifty more right labels
answers some figures better and some worse, and now and then the worse ones are more. So a loss of more than `LIMIT`
counts where it is no chance: where `SURE` or more of paired resamples show one. Three exceptions:

- *Suspect labels* (see `guard`) get no benefit of the doubt: each loss of more than `LIMIT` counts, of answers as a
  whole and of kinds of more than `LIMIT` or one figure, the smallest step there is.
- *Drift*: no measure may lie more than `DRIFT` below the best that it or those before it had, so that many small losses
  don't add up. Average precision and macro-F1 jump with single figures and are left out there.
- *Confidence*: the loss (negative log-likelihood) tells of changes that no answer shows yet. It must not have grown in
  `SURE` or more of the paired resamples.

Resamples draw whole sources, the same ones for both heads: figures of one paper resemble each other, and what is hard
is hard for both, so the difference is known better than either value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from extraction.classify import metrics
from extraction.classify.head import Array, Head
from extraction.classify.one_thread import one_thread
from extraction.classify.sets import FigureSet
from extraction.classify.training import Values
from extraction.flow.model import KINDS

#: Half a point.
LIMIT = 0.005
#: Share of resamples that must show a loss for it to count.
SURE = 0.95
#: Two points.
DRIFT = 0.02
#: A loss that grew by less than this share is the same.
SAME_LOSS = 0.01
NAMES = {
    "balanced_accuracy": "flow or not, balanced accuracy",
    "f1": "flow or not, F1 of flows",
    "average_precision": "flow or not, average precision",
    "accuracy": "all six answers, accuracy",
    "kind_accuracy": "five kinds, accuracy",
    "kind_macro_f1": "five kinds, macro-F1",
}
#: These may lose one figure, of all or of the flows.
ONE_FIGURE = ("accuracy", "kind_accuracy")
#: These jump with single figures: resamples tell of them, whatever the labels.
BY_CHANCE = ("average_precision", "kind_macro_f1")
LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Comparison:
    before: Mapping[str, float]
    after: Mapping[str, float]
    #: The best that each measure has been, this head included.
    best: Mapping[str, float]
    #: Share of paired resamples in which the new head is worse.
    worse: Mapping[str, float]
    #: From where to where 95% of the resamples lie: of the new head's measures, and of what they gained.
    range_after: Mapping[str, tuple[float, float]]
    range_gain: Mapping[str, tuple[float, float]]
    figures: int
    #: Why it may not be promoted, in words; none where it may.
    reasons: tuple[str, ...] = field(default=())


def answers(flow: Array, kinds: Array) -> Array:
    """Probabilities of the six answers: none, then the kinds."""
    return np.column_stack([1 - flow, flow[:, None] * kinds])


def said(flow: Array, kinds: Array) -> Values:
    """The answer of each figure: "none" or a kind."""
    return np.where(flow >= 0.5, np.array(KINDS)[kinds.argmax(axis=1)], "none")


def measures(kinds: Values, flow: Array, by_kind: Array) -> dict[str, float]:
    """The measures of `NAMES` and the mean loss of one set of figures."""
    alone = measures_of_resamples(kinds, flow, by_kind, metrics.once(len(kinds)))
    return {name: float(values[0]) for name, values in alone.items()}


def measures_of_resamples(kinds: Values, flow: Array, by_kind: Array, counts: Values) -> dict[str, Values]:
    """The same, a value a resample; `counts` says how often each figure is in each of them."""
    is_flow, said_kind = kinds != "none", np.array(KINDS)[by_kind.argmax(axis=1)]
    among = kinds[is_flow], said_kind[is_flow], counts[:, is_flow]
    return {
        "balanced_accuracy": metrics.balanced_accuracies(is_flow, flow >= 0.5, counts),
        "f1": metrics.f1s(is_flow, flow >= 0.5, counts),
        "average_precision": metrics.average_precisions(is_flow, flow, counts),
        "accuracy": metrics.accuracies(kinds, said(flow, by_kind), counts),
        "kind_accuracy": metrics.accuracies(*among),
        "kind_macro_f1": metrics.macro_f1s(*among),
        LOSS: counts @ losses(kinds, flow, by_kind) / counts.sum(axis=1),
    }


def losses(kinds: Values, flow: Array, by_kind: Array) -> Array:
    """Negative log-likelihood of the true answer, a figure each; no single figure counts more than 100 to 1."""
    right = np.where(kinds == "none", 1 - flow, 0.0)
    for place, kind in enumerate(KINDS):
        right = np.where(kinds == kind, flow * by_kind[:, place], right)
    return np.asarray(-np.log(np.maximum(right, 0.01)), np.float32)


@one_thread()
def compare(
    present: Head,
    candidate: Head,
    frozen: FigureSet,
    best: Mapping[str, float] | None = None,
    *,
    suspect: bool = False,
) -> Comparison:
    """Both heads on the frozen figures, and why the candidate may not take the place of the present one.

    Args:
        best: what each measure of the heads before was at best.
        suspect: the candidate learned from labels that are suspect.
    """
    kinds = frozen.figures.kinds
    old, new = present.probabilities(frozen.plain), candidate.probabilities(frozen.plain)
    before, after = measures(kinds, *old), measures(kinds, *new)
    resampled = _Resampled.of(frozen, old, new)
    worse = resampled.worse()
    top = {name: max(before[name], (best or {}).get(name, 0.0)) for name in NAMES}
    flows = int((kinds != "none").sum())
    reasons = []
    for name, words in NAMES.items():
        figure = 1 / max(flows if name == "kind_accuracy" else len(kinds), 1)
        strictly = suspect and name not in BY_CHANCE
        limit = (max(LIMIT, figure) if strictly and name in ONE_FIGURE else LIMIT) + 1e-9
        if before[name] - after[name] > limit and (strictly or worse[name] >= SURE):
            why = "too much for labels of which many are contradicted" if strictly else "more than chance explains"
            reasons.append(_falls(words, before[name], after[name], why))
        elif name not in BY_CHANCE and top[name] - after[name] > DRIFT:
            reasons.append(_falls(words, top[name], after[name], "further below the best so far than is allowed"))
    if after[LOSS] > before[LOSS] * (1 + SAME_LOSS) and worse[LOSS] >= SURE:
        reasons.append(
            f"On the test set it is less sure of what is right: the loss grows from {before[LOSS]:.3f} to "
            f"{after[LOSS]:.3f}, in {100 * worse[LOSS]:.0f}% of the resamples."
        )
    best_now = {name: max(top[name], after[name]) for name in NAMES}
    return Comparison(
        before,
        after,
        best_now,
        worse,
        resampled.range_after(),
        resampled.range_gain(),
        len(kinds),
        tuple(reasons),
    )


def _falls(words: str, from_: float, to: float, why: str) -> str:
    return f"On the test set {words} falls from {100 * from_:.1f} to {100 * to:.1f}%, {why}."


@dataclass(frozen=True, slots=True)
class _Resampled:
    """Measures of both heads on the same resamples of whole sources, a value each."""

    before: Mapping[str, Values]
    after: Mapping[str, Values]

    @classmethod
    def of(cls, frozen: FigureSet, old: tuple[Array, Array], new: tuple[Array, Array]) -> _Resampled:
        counts = metrics.resampled(frozen.figures.sources)
        before, after = (measures_of_resamples(frozen.figures.kinds, *said_by, counts) for said_by in (old, new))
        return cls(before, after)

    def worse(self) -> dict[str, float]:
        worse = {name: float(np.mean(self.after[name] < self.before[name])) for name in NAMES}
        return {**worse, LOSS: float(np.mean(self.after[LOSS] > self.before[LOSS]))}

    def range_after(self) -> dict[str, tuple[float, float]]:
        return {name: _middle(self.after[name]) for name in NAMES}

    def range_gain(self) -> dict[str, tuple[float, float]]:
        return {name: _middle(self.after[name] - self.before[name]) for name in NAMES}


def _middle(values: Values) -> tuple[float, float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
