"""How many answers a task gets follows the evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotations.consensus.model import Decision

#: The whole flow must be right with at least this probability.
TARGET = 0.99
#: One person never decides alone, and nobody is asked without end.
LEAST, LIMIT = 2, 15


class Reason(StrEnum):
    """Why a task is done, or goes on."""

    CONSENSUS = "consensus"
    LIMIT = "limit"
    TOO_FEW = "too_few"
    DIFFER = "differ"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a task has answers enough."""

    done: bool
    reason: Reason
    #: That every element is right.
    probability: float
    #: Keys of the elements that are least sure, worst first: what the next person should look at.
    open: tuple[str, ...]


def enough(
    decisions: Sequence[Decision],
    *,
    answers: int,
    probability: float | None = None,
    unseen: float = 0.0,
    target: float = TARGET,
    least: int = LEAST,
    limit: int = LIMIT,
) -> Verdict:
    """Whether the decisions of one task, made from `answers` people's answers, need no further one.

    Args:
        probability: that all that was chosen is right, where that isn't always the likeliest (`Consensus.probability`).
        unseen: how many elements are expected to be there that nobody told (`Crowd.unseen`).
    """
    if probability is None:
        probability = math.prod(decision.probability for decision in decisions)
    probability *= math.exp(-unseen)
    share = target ** (1 / max(len(decisions), 1))
    doubtful = sorted((d for d in decisions if d.probability < share), key=lambda d: (d.probability, d.key))
    unsure = tuple(d.key for d in doubtful)
    if answers < least:
        return Verdict(False, Reason.TOO_FEW, probability, unsure)
    if probability >= target:
        return Verdict(True, Reason.CONSENSUS, probability, ())
    if answers >= limit:
        return Verdict(True, Reason.LIMIT, probability, unsure)
    return Verdict(False, Reason.DIFFER, probability, unsure)
