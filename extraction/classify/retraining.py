"""One retraining, from labels to a decision: no Django, no pictures, the same input gives the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from extraction.classify import comparing, guard
from extraction.classify.head import Head, version_of
from extraction.classify.one_thread import one_thread
from extraction.classify.prior import fitting
from extraction.classify.sets import FigureSet
from extraction.classify.training import SEED, Values, train

#: Two pictures whose features have a cosine of this or more show the same figure.
SAME = 0.9995
SOURCES = (
    "__init__",
    "backbone",
    "comparing",
    "features",
    "guard",
    "head",
    "metrics",
    "one_thread",
    "prior",
    "retraining",
    "sets",
    "training",
    "whitening",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    content: bytes
    sha256: str
    comparison: comparing.Comparison
    finding: guard.Finding
    #: Labels that were left out because their figure is in the test set.
    left_out: int
    #: Figures of the base and labels.
    learned_from: int
    reasons: tuple[str, ...] = field(default=())

    @property
    def version(self) -> str:
        return version_of(self.sha256)

    def to_dict(self) -> dict[str, Any]:
        """What a record keeps of it: plain values."""
        compared = self.comparison
        return {
            "before": _rounded(compared.before),
            "after": _rounded(compared.after),
            "best": _rounded(compared.best),
            "worse": _rounded(compared.worse),
            "range_after": _ranges(compared.range_after),
            "range_gain": _ranges(compared.range_gain),
            "test_figures": compared.figures,
            "learned_from": self.learned_from,
            "new_labels": self.finding.new,
            "contradicted": self.finding.contradicted,
            "accepted_share": round(self.finding.accepted, 4),
            "suspect": self.finding.suspect,
            "people": [one.to_dict() for one in self.finding.people],
            "left_out": self.left_out,
        }


@one_thread()
def retrain(
    base: FigureSet,
    labels: FigureSet,
    *,
    people: Sequence[Sequence[str]],
    new: Values,
    present: Head,
    frozen: FigureSet,
    best: Mapping[str, float] | None = None,
    seed: int = SEED,
    tell: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Learn from the base and the accepted labels, and decide whether the head that comes out may be used.

    Args:
        people: who gave each label.
        new: which labels the present head did not learn from.
        best: the best measures that heads before had (see `comparing`).
    """
    kept = ~in_frozen(labels, frozen)
    left_out = int((~kept).sum())
    if left_out:
        tell(f"{left_out} labels are of figures or papers of the test set: left out")
    labels, new = labels.where(kept), new[kept]
    people = [given for given, keep in zip(people, kept, strict=True) if keep]
    both = base.joined(labels) if len(labels) else base
    tell(f"learning from {len(base)} figures of the base and {len(labels)} labels, {int(new.sum())} of them new")
    drawn = np.arange(len(both)) < len(base)
    trained = train(both.figures, both.plain, both.mirrored, prior=fitting(both.plain.shape[1]), drawn=drawn, seed=seed)
    rows = np.flatnonzero(new)
    seen, test = labels.plain[rows], frozen.plain
    of_new = (
        comparing.answers(*present.probabilities(seen)),
        comparing.answers(trained.flow, trained.kinds)[len(base) + rows],
    )
    of_test = (
        comparing.answers(*present.probabilities(test)),
        comparing.answers(*trained.head.probabilities(test)),
    )
    wrong = guard.contradicted(labels.figures.kinds[rows], *of_new)
    right = guard.contradicted(frozen.figures.kinds, *of_test)
    # Of right labels, how often they are contradicted against how often the models expect it.
    off = float(right.mean() / max(guard.expected(*of_test).mean(), 1e-6))
    usual = np.maximum(off * guard.expected(*of_new), float(right.mean()))
    finding = guard.check(wrong, [people[row] for row in rows], usual, learned=len(both) - len(rows))
    tell(f"{finding.contradicted} of {finding.new} new labels are contradicted; {finding.accepted:.0%} are accepted")
    compared = comparing.compare(present, trained.head, frozen, best, suspect=finding.suspect)
    for name, words in comparing.NAMES.items():
        tell(f"test set, {words}: {compared.before[name]:.4f} before, {compared.after[name]:.4f} after")
    content = trained.head.to_bytes()
    reasons = (*finding.reasons, *compared.reasons)
    return Outcome(content, hashlib.sha256(content).hexdigest(), compared, finding, left_out, len(both), reasons)


def in_frozen(labels: FigureSet, frozen: FigureSet) -> Values:
    """Which of these are figures of the test set: the same file, or a picture that looks the same to the network."""
    same = np.isin(labels.figures.files, frozen.figures.files)
    if len(labels):
        mean = frozen.plain.mean(axis=0)
        ours, theirs = (rows - mean for rows in (labels.plain, frozen.plain))
        ours = ours / np.maximum(np.linalg.norm(ours, axis=1, keepdims=True), 1e-9)
        theirs = theirs / np.maximum(np.linalg.norm(theirs, axis=1, keepdims=True), 1e-9)
        same |= (ours @ theirs.T).max(axis=1) >= SAME
    return np.asarray(same, bool)


def code_version() -> str:
    """Names the program that learns: it changes with the text of any module that decides what comes out."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return f"classify-{digest.hexdigest()[:10]}"


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 5) for name, value in values.items()}


def _ranges(values: Mapping[str, tuple[float, float]]) -> dict[str, list[float]]:
    return {name: [round(low, 5), round(high, 5)] for name, (low, high) in values.items()}
