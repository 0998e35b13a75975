"""Class questions (of which kind is the figure?): who takes which class for which.

The model is that of MACE (Hovy et al. 2013) with the inference of Liu, Peng and Ihler (2012): with some chance somebody
sees the class, else they tell one by a habit: any, a favourite, or what the crowd takes for the true one. Chance and
habit lie on a grid of atoms; how common each atom is is learned from everybody, whatever its shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annotations.consensus.records import Table
from annotations.consensus.sorts import Array, posterior

SEES = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.87, 0.95, 0.985])
FAVOURS = (0.5, 1.0)
#: Anybody may press the wrong key.
SLIP = 0.01
#: As how many contributors the even prior over atoms counts.
EVEN = 5.0
_ROUNDS, _DAMPING = 40, 0.5


@dataclass(frozen=True)
class Atoms:
    """All that somebody can be like, for a list of classes."""

    classes: tuple[str, ...]
    #: (classes, classes): what the crowd takes for what, right ones left out; `None` where it is not known.
    confused: Array | None = None

    @classmethod
    def of(cls, told: Sequence[str], options: int, table: Table | None = None) -> Atoms:
        """For the classes told, and as many nameless ones as could be told besides."""
        names = sorted(set(told))
        names += [f"\x00{i}" for i in range(len(names), options)]
        return cls(tuple(names), _confused(names, table) if table and len(names) > 2 else None)

    @cached_property
    def place(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.classes)}

    @cached_property
    def tables(self) -> Array:
        """(atoms, classes, classes): the chance of telling the last where the one before holds."""
        n = len(self.classes)
        even = np.full((n, n), 1 / n)
        habits = [even]
        for favour in FAVOURS:
            habits += [(1 - favour) * even + favour * (np.arange(n) == one) for one in range(n)]
        if self.confused is not None:
            habits.append(self.confused)
        habit = np.stack(habits)
        sees = SEES[:, None, None, None]
        table = sees * np.eye(n) + (1 - sees) * habit
        result: Array = ((1 - SLIP) * table + SLIP / n).reshape(-1, n, n)
        return result

    @cached_property
    def even(self) -> Array:
        """(atoms,): the prior before anybody is known. Having no habit is as common as having one."""
        n = len(self.tables) // len(SEES)
        habit = np.full(n, 0.5 / (n - 1))
        habit[0] = 0.5
        result: Array = np.outer(np.full(len(SEES), 1 / len(SEES)), habit).ravel()
        return result

    def likelihood(self, table: Table) -> Array:
        """(atoms,): log likelihood of what somebody told where what held."""
        counts = np.zeros((len(self.classes),) * 2)
        for true, row in table.rows.items():
            if true in self.place:
                for said, count in row.items():
                    if said in self.place:
                        counts[self.place[true], self.place[said]] += count
        result: Array = (np.log(self.tables) * counts).sum((1, 2))
        return result

    def prior(self, likelihoods: Array, rounds: int = 10) -> Array:
        """(atoms,): how common atoms are, from a row of log likelihoods a contributor."""
        prior = self.even
        for _ in range(rounds if len(likelihoods) else 0):
            prior = self._common(posterior(np.log(prior) + likelihoods))
        return prior

    def _common(self, shares: Array) -> Array:
        result: Array = (shares.sum(0) + EVEN * self.even) / (len(shares) + EVEN)
        return result

    def expected(self, prior: Array, likelihood: Array) -> Array:
        """(classes, classes): the chance that somebody tells the second where the first holds."""
        result: Array = np.tensordot(posterior(np.log(prior) + likelihood), self.tables, 1)
        return result

    def infer(self, votes: Sequence[Mapping[str, str]]) -> Array:
        """(questions, classes): posteriors from votes alone (class by contributor), nobody being known.

        Belief propagation between questions and contributors, the prior over atoms learned on the way.
        """
        names = sorted({name for cast in votes for name in cast})
        person = {name: i for i, name in enumerate(names)}
        rows = [
            (q, person[name], self.place[value]) for q, cast in enumerate(votes) for name, value in sorted(cast.items())
        ]
        question, who, said = (np.array(column) for column in zip(*rows, strict=True))
        n = len(self.classes)
        shares = np.zeros((len(votes), n))
        np.add.at(shares, (question, said), 1.0)
        shares /= shares.sum(1, keepdims=True)
        without = 0.8 * shares[question] + 0.2 / n
        # (votes, classes, atoms)
        chance = self.tables[:, :, said].transpose(2, 1, 0)
        prior, message, total = self.even, np.zeros((len(rows), n)), shares
        for number in range(_ROUNDS):
            back = np.log(np.einsum("vc,vca->va", without, chance))
            logs = np.zeros((len(names), len(prior)))
            np.add.at(logs, who, back)
            logs += np.log(prior)
            atoms = posterior(logs[who] - back)
            fresh = np.log(np.einsum("va,vca->vc", atoms, chance))
            message = fresh if number == 0 else _DAMPING * message + (1 - _DAMPING) * fresh
            total = np.zeros((len(votes), n))
            np.add.at(total, question, message)
            without = posterior(total[question] - message)
            prior = self._common(posterior(logs))
        return posterior(total)


def _confused(names: Sequence[str], table: Table) -> Array:
    n = len(names)
    confused = np.zeros((n, n))
    for i, true in enumerate(names):
        row = table.rows.get(true, {})
        for j, said in enumerate(names):
            if i != j:
                confused[i, j] = max(row.get(said, 0.0), 0.0) + 1.0
    result: Array = confused / confused.sum(1, keepdims=True)
    return result
