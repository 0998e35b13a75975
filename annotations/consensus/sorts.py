"""The sorts of contributors, and what counts of right and wrong elements say of somebody's sort and skill.

A contributor is one of
- careful: looks at a share `look` of the elements and is wrong about a share `error` of those;
- a copier: looks at nearly nothing and leaves what is shown;
- blind: changes a share `look` of the elements to something that has nothing to do with the figure.
All this lies on a grid of `STATES` points, so that every posterior is a sum. Errors about a kind of element spread
around a careful contributor's `error` as a Beta of weight `KINDRED`: a kind that somebody is new to starts from their
skill elsewhere, which starts from the crowd's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln

from annotations.consensus.model import ElementKind

Array = NDArray[np.float64]

KINDS = tuple(ElementKind)
POSITION = {kind: i for i, kind in enumerate(KINDS)}

LEVELS = np.array([0.0005, 0.003, 0.01, 0.02, 0.04, 0.07, 0.11, 0.17, 0.25, 0.38])
LOOKS = np.array([0.5, 0.8, 0.95, 0.99, 0.999])
CHANGES = np.array([0.15, 0.5, 0.95])
_N, _M, _B = len(LEVELS), len(LOOKS), len(CHANGES)
CAREFUL = slice(0, _N * _M)
COPIER = _N * _M
BLIND = slice(_N * _M + 1, None)
STATES = _N * _M + 1 + _B
_IS_BLIND = np.arange(STATES) > COPIER

ERROR = np.concatenate([np.repeat(LEVELS, _M), [0.1], np.full(_B, 0.9)])
LOOK = np.concatenate([np.tile(LOOKS, _N), [0.01], CHANGES])
#: How many elements of a kind weigh as much as what is known from other kinds.
KINDRED = 20.0

#: How likely two who are wrong about the same element say the same: of a kind, where more values could be told.
SAME_ERROR = {ElementKind.TYPE: 0.15, ElementKind.PARAMETER: 0.12, ElementKind.FIGURE: 0.3}
#: Among how many places a layer that isn't there is made up, or a connection; and how often, beside those missed.
PLACES = {ElementKind.LAYER: 20, ElementKind.CONNECTION: 6}
MADE_UP = 0.5
SAME_ERRORS = np.array([SAME_ERROR.get(kind, 0.0) for kind in KINDS])
#: The same, of what was left as shown: who misses what is there all say the same.
_SAME = np.where(SAME_ERRORS > 0, SAME_ERRORS, 1.0)[:, None]

# What is counted of a contributor, by kind. Of elements they set themselves: right and wrong ones, and how many of
# those had been shown something. Of elements they left as shown: right and wrong ones, and those that nobody showed
# and they didn't add. The last two are log chances of the wrong values: of such an error, and of telling blindly.
OWN_RIGHT, OWN_WRONG, CHANGED, LEFT_RIGHT, LEFT_WRONG, MISSED, LOG_ERROR, LOG_CHANCE = range(8)
COUNTS = 8
#: A blind contributor leaves an element by telling blindly what is shown, too.
_BY_CHANCE = 0.1


@dataclass(frozen=True, slots=True)
class Prior:
    """What a contributor is taken for before they did anything. Each sums to 1."""

    level: Array  # of careful ones, over LEVELS
    look: Array  # of careful ones, over LOOKS
    sort: Array  # careful, copier, blind
    change: Array  # of blind ones, over CHANGES

    @classmethod
    def base(cls) -> Prior:
        """Before anything is known of any crowd: a tenth of what careful people say is wrong."""
        edges = np.concatenate([[0], np.sqrt(LEVELS[1:] * LEVELS[:-1]), [0.5]])
        return cls(
            _share(np.diff(betainc(1.2, 10.8, edges))),
            np.array([0.05, 0.1, 0.15, 0.2, 0.5]),
            np.array([0.75, 0.12, 0.13]),
            np.full(_B, 1 / _B),
        )

    def states(self) -> Array:
        careful = self.sort[0] * np.outer(self.level, self.look).ravel()
        return np.concatenate([careful, [self.sort[1]], self.sort[2] * self.change])

    def learn(self, likelihoods: Array, rounds: int = 5) -> Prior:
        """The prior that follows from contributors, a row of log likelihoods of the states each."""
        base, prior = Prior.base(), self
        for _ in range(rounds if len(likelihoods) else 0):
            total = posterior(np.log(prior.states()) + likelihoods).sum(0)
            careful = total[CAREFUL].reshape(_N, _M)
            sort = np.array([careful.sum(), total[COPIER], total[BLIND].sum()])
            prior = Prior(
                _share(careful.sum(1) + 5 * base.level),
                _share(careful.sum(0) + 2 * base.look),
                _share(sort + 10 * base.sort),
                _share(total[BLIND] + 3 * base.change),
            )
        return prior

    def to_dict(self) -> dict[str, list[float]]:
        return {name: getattr(self, name).tolist() for name in ("level", "look", "sort", "change")}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Prior:
        return cls(*(np.array(data[name], dtype=float) for name in ("level", "look", "sort", "change")))


def likelihood(counts: Array) -> tuple[Array, Array, Array]:
    """Log likelihood of each state, and what each state makes of the contributor's skill.

    Args:
        counts: (…, kinds, COUNTS).

    Returns:
        Log likelihoods (…, STATES); for each kind the mean error (…, kinds, STATES), and the weight of what is
        known of it, in elements.
    """
    right, wrong, changed, left_right, left_wrong, missed, log_error, log_chance = (
        counts[..., i, None] for i in range(8)
    )
    prior_wrong, prior_right = KINDRED * ERROR, KINDRED * (1 - ERROR)
    all_right = prior_right + right + LOOK * left_right
    # What was left and is wrong was looked at with a mistake, or not at all.
    looked: Any = 0.0
    sought: Any = 0.0
    for _ in range(2):
        all_wrong = prior_wrong + wrong + looked * left_wrong + sought * missed
        error = all_wrong / (all_wrong + all_right)
        looked = LOOK * error * _SAME / (LOOK * error * _SAME + 1 - LOOK)
        sought = LOOK * error / (LOOK * error + 1 - LOOK)
    all_wrong = prior_wrong + wrong + looked * left_wrong + sought * missed
    by_kind = (
        betaln(all_wrong, all_right)
        - betaln(prior_wrong, prior_right)
        + left_wrong * (looked * np.log(LOOK * _SAME / looked) + (1 - looked) * np.log((1 - LOOK) / (1 - looked)))
        + missed * (sought * np.log(LOOK / sought) + (1 - sought) * np.log((1 - LOOK) / (1 - sought)))
        + log_error
    )
    left = (left_right + left_wrong) * np.log(1 - LOOK + LOOK * _BY_CHANCE)
    by_kind = np.where(_IS_BLIND, log_chance + left, by_kind) + changed * np.log(LOOK)
    return by_kind.sum(-2), all_wrong / (all_wrong + all_right), all_wrong + all_right


@dataclass(frozen=True, slots=True)
class Standing:
    """What one contributor is taken for while a task is decided: a few sorts with their weights.

    `logs` (sorts), log weights; `look` (sorts); `right` (kinds, sorts). The last sort tells blindly.
    """

    logs: Array
    look: Array
    right: Array

    @classmethod
    def of(cls, weights: Array, error: Array) -> Standing:
        """The careful states drawn together to `_GROUPS` of about even error and look; copiers; all blind ones.

        Args:
            weights: (STATES,), summing to 1.
            error: (kinds, STATES).
        """
        careful = weights[CAREFUL].reshape(_N, _M)
        level = _groups(careful.sum(1), _GROUPS[0])
        look = _groups(careful.sum(0), _GROUPS[1])
        group = np.concatenate([
            (level[:, None] * _GROUPS[1] + look).ravel(), [_SORTS - 2], np.full(_B, _SORTS - 1)
        ])  # fmt: skip
        joined = np.zeros((_SORTS, STATES))
        joined[group, np.arange(STATES)] = weights + 1e-12
        total = joined.sum(1)
        means = joined @ np.vstack([LOOK, error]).T / np.maximum(total, 1e-300)[:, None]
        return cls(np.log(np.maximum(total, 1e-300)), means[:, 0], 1 - means[:, 1:].T)


#: How many groups of careful contributors a task tells apart, by error and by look.
_GROUPS = (2, 2)
_SORTS = _GROUPS[0] * _GROUPS[1] + 2


def _groups(weights: Array, number: int) -> NDArray[np.int64]:
    """Which of `number` groups of about equal weight each belongs to, neighbours together."""
    middle = (np.cumsum(weights) - weights / 2) / max(float(weights.sum()), 1e-300)
    result: NDArray[np.int64] = np.minimum((middle * number).astype(np.int64), number - 1)
    return result


def level_of(counts: Array) -> Array:
    """How well each of `LEVELS` explains counts (kinds, COUNTS) of right and wrong elements; sums to 1."""
    right, wrong = counts[:, OWN_RIGHT].sum(), counts[:, OWN_WRONG].sum()
    a, b = KINDRED * LEVELS, KINDRED * (1 - LEVELS)
    return posterior(betaln(a + wrong, b + right) - betaln(a, b))


def reader_standing(levels: Array, counts: Array) -> Standing:
    """The automatic reader's: as good as at the figures so far, which differ, and at each kind as it is on the whole.

    Args:
        levels: (LEVELS,), how many figures it read about that well.
        counts: (kinds, COUNTS).
    """
    share = _share(levels + _FEW_FIGURES / _N)
    weights = np.zeros(STATES)
    weights[_M - 1 : CAREFUL.stop : _M] = share
    right, wrong = counts[:, OWN_RIGHT], counts[:, OWN_WRONG]
    mean = (wrong.sum() + 1) / (right.sum() + wrong.sum() + 8)
    ratio = (wrong + _FEW_ELEMENTS * mean) / (right + wrong + _FEW_ELEMENTS) / mean
    standing = Standing.of(weights, np.minimum(ratio[:, None] * ERROR, 0.6))
    # It always looks. Were it taken for blind with however small a chance, a large figure where nobody changes anything
    # would rather be blindly drawn, all of it, than right.
    standing.logs[-1] = -1e6
    return standing


#: What little is known of the reader before it was ever judged weighs as much as this many figures, or elements.
_FEW_FIGURES, _FEW_ELEMENTS = 5.0, 10.0


def posterior(logs: Array) -> Array:
    """Log weights to shares along the last axis."""
    shares: Array = np.exp(logs - logs.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return shares


def _share(values: Array) -> Array:
    result: Array = values / values.sum()
    return result
