"""Are the new labels fit to learn from? Checked against models that did not learn from them.

A label is *contradicted* where the present head, which saw none of the new labels, or a head that learned from all but
the label's own source gives it a probability below `UNLIKELY`; wrong labels mostly are. How often right labels are
contradicted differs: people are asked first about doubtful figures, and there the models themselves give more to what
they take for unlikely. That share (`expected`), and how far the models are off with it on the test set, say what is
usual for the very figures that have new labels. Where the new ones are contradicted far more often, somebody answers at
random, or on purpose wrong. The same is asked of each person by themselves. Where they are contradicted more often than
is usual, but not so that it could be no chance, they are *suspect*: what learns from them is compared more strictly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from extraction.classify.head import Array
from extraction.classify.training import Values
from extraction.flow.model import KINDS

#: Probability below which a label is contradicted.
UNLIKELY = 0.1
#: By so much more than those of the test set the new labels may be contradicted: other papers, other drawings.
ALLOWANCE = 0.03
#: Chance that honest labels are refused for being contradicted, as a batch or as a person (shared out among them).
CHANCE = 0.01
#: A head that learned from fewer figures than this knows too little to contradict people, and the chance is this.
FEW, CHANCE_OF_FEW = 300, 0.001
#: Chance that honest labels are suspect.
CHANCE_SUSPECT = 0.25
#: A person with fewer new labels is not judged alone.
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Influence:
    """How much of the new labels one person gave, and how often they are contradicted."""

    name: str
    labels: int
    contradicted: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Finding:
    new: int
    contradicted: int
    #: The share of labels that may be contradicted: that of right ones, and the allowance.
    accepted: float
    people: tuple[Influence, ...] = ()
    reasons: tuple[str, ...] = field(default=())
    #: Contradicted more often than is usual.
    suspect: bool = False


def contradicted(labels: Values, *probabilities: Array) -> Values:
    """Which labels any of these models (figures x answers, see `comparing.answers`) gives a small probability."""
    places = np.array([("none", *KINDS).index(kind) for kind in labels], int)
    rows = np.arange(len(labels))
    return np.asarray(np.any([given[rows, places] < UNLIKELY for given in probabilities], axis=0), bool)


def expected(*probabilities: Array) -> Values:
    """How likely right labels of these figures are contradicted, as far as the models know themselves."""
    return np.asarray(np.max([np.where(given < UNLIKELY, given, 0).sum(axis=1) for given in probabilities], axis=0))


def check(wrong: Values, people: Sequence[Sequence[str]], usual: Values | float, *, learned: int = FEW) -> Finding:
    """Args:
    wrong: which of the new labels are contradicted.
    people: who gave each of them.
    usual: how likely a right label is contradicted, of each of them or of all.
    learned: how many figures the present head learned from.
    """
    limit = CHANCE if learned >= FEW else CHANCE_OF_FEW
    limits = np.minimum(np.broadcast_to(usual, wrong.shape) + ALLOWANCE, 0.9)
    accepted = float(limits.mean()) if len(wrong) else ALLOWANCE
    reasons = []
    chance = _chance(int(wrong.sum()), len(wrong), accepted) if len(wrong) else 1.0
    if chance < limit:
        reasons.append(
            f"{int(wrong.sum())} of {len(wrong)} new labels are contradicted by the present model or by one that "
            f"learned without their papers; {100 * accepted:.0f}% are accepted. Look at who gave them."
        )
    names = sorted({name for given in people for name in given})
    influences, theirs = [], {}
    for name in names:
        own = np.array([name in given for given in people], bool)
        influences.append(Influence(name, int(own.sum()), int(wrong[own].sum())))
        theirs[name] = float(limits[own].mean())
    judged = [one for one in influences if one.labels >= FEWEST]
    reasons += [
        f"{one.contradicted} of {one.labels} new labels of {one.name} are contradicted, far more than the "
        f"{100 * theirs[one.name]:.0f}% accepted. Withdraw what is wrong of them, and start again."
        for one in judged
        if _chance(one.contradicted, one.labels, theirs[one.name]) < limit / len(judged)
    ]
    influences.sort(key=lambda one: (-one.labels, one.name))
    return Finding(len(wrong), int(wrong.sum()), accepted, tuple(influences), tuple(reasons), chance < CHANCE_SUSPECT)


def _chance(count: int, of: int, share: float) -> float:
    """That as many or more come about where each does with this probability."""
    from scipy.stats import binom

    return float(binom.sf(count - 1, of, share))
