"""Levels of contributors, from what is known of their answers. No Django.

A level opens harder tasks. It follows from answers whose truth is known: how many there are, how surely most of their
elements were right, and whether there were corrections among them (who leaves everything as it was shown is right
most of the time too, but earns no points).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LOWEST, HIGHEST = 1, 3
#: From here on somebody counts as found to be a spammer: what they say has no weight.
SPAMMER = 0.9
#: 95% on one side.
_Z = 1.645


@dataclass(frozen=True, slots=True)
class Rule:
    """What a level needs at least."""

    level: int
    answers: int
    #: Share of right elements that is exceeded almost surely (`lower_bound`).
    accuracy: float
    points: int


RULES = (Rule(2, 5, 0.85, 10), Rule(3, 20, 0.92, 60))


def lower_bound(right: int, wrong: int) -> float:
    """A share that the true share of right elements exceeds with a chance of 95% (Wilson 1927)."""
    count = right + wrong
    if not count:
        return 0.0
    share, z2 = right / count, _Z * _Z
    middle = share + z2 / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return max(0.0, (middle - spread) / (1 + z2 / count))


def level_of(*, right: int, wrong: int, answers: int, points: int, spam_probability: float) -> int:
    """The level of somebody with so many elements right and wrong in so many answers of known truth."""
    if spam_probability >= 0.5:
        return LOWEST
    bound = lower_bound(right, wrong)
    level = LOWEST
    for rule in RULES:
        if answers < rule.answers or bound < rule.accuracy or points < rule.points:
            break
        level = rule.level
    return level
