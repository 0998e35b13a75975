"""What the votes on the elements of one task say together.

Elements depend on each other through those who answered: somebody who is wrong about one may be careless, or blind,
and then the rest of what they say weighs less too. So messages go to and fro between elements and contributors (belief
propagation): an element tells a contributor how likely each sort of them would have said this, judged without them; a
contributor tells an element what their vote weighs, judged without it.

What was left as it was shown was looked at and found right, or not looked at: it says little where the contributor is
one who seldom looks. Of a layer or connection that somebody drew the other possibility is that they made it up, and two
hardly make up the same one. Elements with the same votes are computed once.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from annotations.consensus.model import READER, Decision, ElementKind, Question
from annotations.consensus.sorts import MADE_UP, PLACES, POSITION, SAME_ERRORS, Array, Standing, posterior

#: How often messages go to and fro.
ROUNDS = 2
_TINY = 1e-300

#: Log chances by which wrong values of a type are taken for others: by the true value, then the wrong one.
Confusions = Mapping[Hashable, Mapping[Hashable, float]]


def weigh(
    questions: Sequence[Question], standings: Mapping[str, Standing], *, confusions: Confusions | None = None
) -> list[Decision]:
    """Decisions for the questions of one task, in the same order.

    Args:
        questions: of every kind but `FIGURE`.
        standings: of everybody who votes.
        confusions: chances of wrong types by true type, where they are known.
    """
    if not questions:
        return []
    for question in questions:
        if not question.votes:
            raise ValueError(f"nobody votes on “{question.key}”")
    patterns = _Patterns(questions, sorted({vote.contributor for q in questions for vote in q.votes}))
    chances = _posterior(patterns, [standings[name] for name in patterns.names], confusions or {})
    return patterns.decisions(questions, chances)


class _Patterns:
    """The questions, those with the same votes once."""

    def __init__(self, questions: Sequence[Question], names: list[str]) -> None:
        self.names = names
        place = {name: i for i, name in enumerate(names)}
        blank = [-1] * len(names)
        seen: dict[tuple[Hashable, ...], int] = {}
        self.where: list[int] = []
        self.values: list[tuple[Hashable, ...]] = []
        #: By pattern: each contributor's value, doubled, and whether they set it; -1 where they say nothing.
        self.codes: list[list[int]] = []
        #: By pattern: kind, options, values told, whether it is about being there, whether something was shown, and
        #: whether that was that it is there.
        self.rows: list[tuple[int, int, int, bool, bool, bool]] = []
        #: By pattern: the types told.
        self.types: dict[int, tuple[Hashable, ...]] = {}
        for question in questions:
            kind, options = question.kind, question.options
            places = PLACES.get(kind)
            told: dict[Hashable, int] = {False: 0, True: 1} if places else {}
            code = blank.copy()
            for vote in question.votes:
                at = place[vote.contributor]
                if code[at] >= 0:
                    raise ValueError(f"{vote.contributor} votes twice on “{question.key}”")
                code[at] = 2 * told.setdefault(vote.value, len(told)) + vote.touched
            values = tuple(told)
            types = values if kind == ElementKind.TYPE and len(values) > 1 else None
            key = (kind, options, question.shown is None, question.shown is True, types, *code)
            row = seen.get(key)
            if row is None:
                row = seen[key] = len(seen)
                self.codes.append(code)
                options = max(options, places or len(values))
                shown = question.shown
                self.rows.append(
                    (POSITION[kind], options, len(values), places is not None, shown is not None, shown is True)
                )
                if types:
                    self.types[row] = types
            self.where.append(row)
            self.values.append(values)

    def decisions(self, questions: Sequence[Question], chances: Array) -> list[Decision]:
        rows = chances.tolist()
        return [
            Decision(question.key, question.kind, _ranking(values, rows[at]))
            for question, values, at in zip(questions, self.values, self.where, strict=True)
        ]


def _ranking(values: tuple[Hashable, ...], chances: list[float]) -> tuple[tuple[Hashable, float], ...]:
    if len(values) == 1:
        return ((values[0], chances[0]),)
    rows = list(zip(values, chances, strict=False))
    rows.sort(key=lambda row: (-row[1], repr(row[0])))
    return tuple(rows)


def _posterior(patterns: _Patterns, standings: list[Standing], confusions: Confusions) -> Array:
    """(patterns, values) for the values told, with one more column at least."""
    prior, chance = _chances(patterns, standings, confusions)
    often = np.bincount(patterns.where, minlength=len(patterns.codes)).astype(float)
    logs = np.stack([standing.logs for standing in standings])
    weights = posterior(logs)[None]
    for number in range(ROUNDS + 1):
        # (patterns, names, values): what each vote says of each value.
        told = np.log(np.matmul(chance, weights[..., None])[..., 0] + _TINY)
        total = prior + told.sum(1)
        if number == ROUNDS:
            break
        without = posterior(total[:, None, :] - told)
        # (patterns, names, sorts): what each element says of the sort of each contributor.
        back = np.log(np.matmul(without[:, :, None, :], chance)[:, :, 0, :] + _TINY)
        weights = posterior(logs + np.tensordot(often, back, 1) - back)
    return posterior(total)


def _chances(patterns: _Patterns, standings: list[Standing], confusions: Confusions) -> tuple[Array, Array]:
    """Log prior (patterns, values), and chance of each vote (patterns, names, values, sorts)."""
    code = np.array(patterns.codes)
    kind, options, told, exists, shown, drawn_before = (np.array(column) for column in zip(*patterns.rows, strict=True))
    cast, value, touched = code >= 0, code >> 1, (code & 1) == 1
    width = max(2, int(told.max()) + 1)
    prior = _value_prior(options, told, exists, width)
    right = np.stack([standing.right for standing in standings], 1)[kind]
    error = 1 - right

    wrong = _wrong(patterns, kind, options, value, width, confusions)
    same = value[:, :, None] == np.arange(width)
    chance = np.where(same[..., None], right[:, :, None, :], wrong[..., None] * error[:, :, None, :])
    # What isn't there is made up at one of many places; what is there is missed.
    drawn, made_up = value[exists] == 1, error[exists] * (MADE_UP / (options[exists] - 1))[:, None, None]
    chance[exists, :, 0] = np.where(drawn[..., None], made_up, 1 - made_up)
    chance[exists, :, 1] = np.where(drawn[..., None], right[exists], error[exists])
    chance[..., -1] = _blindly(kind, options, exists, drawn_before, value)[:, :, None]

    people = np.array([name != READER for name in patterns.names])
    look = np.stack([standing.look for standing in standings])
    left = ~touched & people
    # Whoever was shown something and says something else has looked; whoever leaves it may have.
    chance *= np.where(((shown[:, None] & people) | left)[..., None], look, 1.0)[:, :, None, :]
    chance += np.where(left[..., None], 1 - look, 0.0)[:, :, None, :]
    chance[~cast] = 1.0
    return prior, chance


def _blindly(
    kind: Array, options: Array, exists: NDArray[np.bool_], drawn_before: NDArray[np.bool_], value: NDArray[np.int64]
) -> Array:
    """(patterns, names): how likely somebody who doesn't look at the figure tells this."""
    one_of = np.maximum(1 / np.maximum(options - 1, 1), SAME_ERRORS[kind])[:, None]
    drawn = np.where(drawn_before, 0.5, 1 / options)[:, None]
    result: Array = np.where(exists[:, None], np.where(value == 1, drawn, 1 - drawn), one_of)
    return result


def _value_prior(options: Array, told: Array, exists: NDArray[np.bool_], width: int) -> Array:
    """(patterns, values): even over what could be told; the column after those told is for all that nobody told."""
    truth, untold = np.arange(width), (options - told)[:, None]
    prior = np.where(truth < told[:, None], 1 / options[:, None], 0.0)
    prior = np.where((truth == told[:, None]) & ~exists[:, None], np.maximum(untold, 0) / options[:, None], prior)
    prior[exists, 0] = 1 - 1 / options[exists]
    prior[exists, 1] = 1 / options[exists]
    result: Array = np.log(np.maximum(prior, _TINY))
    return result


def _wrong(
    patterns: _Patterns, kind: Array, options: Array, value: NDArray[np.int64], width: int, confusions: Confusions
) -> Array:
    """(patterns, names, values): how likely, where that value holds, somebody who is wrong tells what they told."""
    wrong = np.empty((*value.shape, width))
    wrong[:] = np.maximum(1 / np.maximum(options - 1, 1), SAME_ERRORS[kind])[:, None, None]
    for pattern, types in patterns.types.items() if confusions else ():
        for i, true in enumerate(types):
            row = confusions.get(true, {})
            for j, said in enumerate(types):
                if i != j and said in row:
                    wrong[pattern, value[pattern] == j, i] = row[said]
    return wrong
