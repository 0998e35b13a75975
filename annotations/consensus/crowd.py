"""What is known of the contributors, and what follows from their votes.

    crowd = Crowd()
    decisions = crowd.decide_all(questions)      # of one task
    crowd.observe(questions, decisions)          # once the task is finished; `known` where the answers are certain
    crowd.refit()                                # now and then, with everybody's records

How it works: docs/consensus.md.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotations.consensus import sorts
from annotations.consensus.classes import Atoms
from annotations.consensus.evidence import Confusions, weigh
from annotations.consensus.model import READER, Decision, ElementKind, Question, Vote
from annotations.consensus.records import Readings, Record, Table
from annotations.consensus.sorts import Array, Prior, Standing

#: Wrong types are counted a few times before what is counted outweighs the general chance.
_FEW = 20.0


@dataclass(frozen=True, slots=True)
class Skill:
    """How often somebody is right about a kind of element."""

    mean: float
    #: Standard deviation of what is believed about `mean`.
    deviation: float
    #: Elements (not tasks) that this was learned from.
    elements: float


class Crowd:
    """Skill and sort of every contributor. `decide_all` uses it, `observe` adds to it, in whatever order."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._readings = Readings()
        #: Wrong types by the right one, and kinds of figures told by the right one, from everybody together.
        self._types, self._classes = Table(), Table()
        self._prior = Prior.base()
        self._class_prior: dict[tuple[str, ...], Array] = {}
        self._known: dict[str, tuple[Array, Array, Array]] = {}
        self._standings: dict[str, Standing] = {}
        self._tables: dict[tuple[str, tuple[str, ...]], Array] = {}
        self._missed: dict[tuple[str, ElementKind], float] = {}

    # --- Deciding

    def decide(self, question: Question) -> Decision:
        """One element by itself. Elements of one task say more together: `decide_all`."""
        return self.decide_all([question])[0]

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]:
        """Decisions for all elements of one task, in the same order.

        Raises:
            ValueError: where nobody votes on a question, or somebody twice.
        """
        elements = [question for question in questions if question.kind != ElementKind.FIGURE]
        names = {vote.contributor for question in elements for vote in question.votes}
        found = iter(weigh(elements, {name: self._standing(name) for name in names}, confusions=self._confusions()))
        return [
            self._decide_class(question) if question.kind == ElementKind.FIGURE else next(found)
            for question in questions
        ]

    def unseen(self, questions: Sequence[Question], decisions: Sequence[Decision]) -> float:
        """How many layers and connections are expected to be there that nobody told, all having missed them.

        Every one that is there was told by somebody, unless all missed it; so how many were missed follows from how
        many were found, and from how often each contributor misses one.
        """
        total = 0.0
        for kind in sorts.PLACES:
            rows = [
                question for question, decision in zip(questions, decisions, strict=True)
                if question.kind == kind and decision.value is True
            ]  # fmt: skip
            names = {vote.contributor for question in rows for vote in question.votes}
            missed = math.prod(self._misses(name, kind) for name in sorted(names))
            total += len(rows) * missed / max(1 - missed, 1e-9)
        return total

    # --- Learning

    def observe(self, questions: Sequence[Question], decisions: Sequence[Decision], *, weight: float = 1.0) -> None:
        """Learns from one finished task. `weight=-1` takes back what was learned with the same arguments.

        For known answers give `known(question, value)` as decisions: certain evidence.
        """
        read: list[tuple[Question, Vote, Decision]] = []
        told: set[str] = set()
        for question, decision in zip(questions, decisions, strict=True):
            chances = dict(decision.ranking)
            for vote in question.votes:
                if question.kind == ElementKind.TYPE and vote.touched:
                    for true, chance in chances.items():
                        if true != vote.value:
                            self._types.add(true, vote.value, weight * chance)
                if question.kind == ElementKind.FIGURE:
                    for true, chance in chances.items():
                        self._classes.add(true, vote.value, weight * chance)
                if vote.contributor == READER:
                    read.append((question, vote, decision))
                else:
                    record = self._records.get(vote.contributor)
                    if record is None:
                        record = self._records[vote.contributor] = Record()
                    record.add(question, vote, chances, weight)
                told.add(vote.contributor)
        if read:
            self._readings.add(read, weight)
        self._forget(*told)

    def refit(self) -> None:
        """What a newcomer is taken for, learned from all contributors. Needs everybody's records."""
        records = [self._records[name] for name in sorted(self._records)]
        if records:
            self._prior = Prior.base().learn(sorts.likelihood(np.stack([record.counts for record in records]))[0])
        self._class_prior = {}
        if names := self._classes.names():
            atoms = Atoms.of(sorted(names), 2, self._classes)
            rows = [record.classes for record in records if record.classes.rows]
            likelihoods = np.array([atoms.likelihood(table) for table in rows]).reshape(len(rows), -1)
            self._class_prior[atoms.classes] = atoms.prior(likelihoods)
        self._forget(*self._known, *self._standings)
        self._tables = {}

    # --- What is known of a contributor

    def skill(self, contributor: str, kind: ElementKind | None = None) -> Skill:
        """How often they are right about this kind of element, or about all. A newcomer has the crowd's."""
        weights, error, certainty = self._belief(contributor)
        if kind is None:
            share = self._counts(contributor)[:, : sorts.CHANGED].sum(1) + 1e-6
            share /= share.sum()
            mean, spread = share @ error, 0.0
            elements = float(sum(self._elements(contributor, one) for one in sorts.KINDS))
        else:
            position = sorts.POSITION[kind]
            mean = error[position]
            spread = mean * (1 - mean) / (certainty[position] + 1)
            elements = self._elements(contributor, kind)
        middle = float(weights @ mean)
        variance = float(weights @ (spread + (mean - middle) ** 2))
        return Skill(1 - middle, math.sqrt(variance), elements)

    def spam_probability(self, contributor: str) -> float:
        """How likely their answers have nothing to do with what the figures show."""
        return float(self._belief(contributor)[0][sorts.BLIND].sum())

    def copy_probability(self, contributor: str) -> float:
        """How likely they leave what they are shown as it is, whatever the figure says."""
        return float(self._belief(contributor)[0][sorts.COPIER])

    def look(self, contributor: str) -> float:
        """The share of elements that they look at, of those they leave as shown."""
        weights = self._belief(contributor)[0][: sorts.COPIER + 1]
        return float(weights @ sorts.LOOK[: sorts.COPIER + 1] / max(float(weights.sum()), 1e-300))

    @property
    def contributors(self) -> list[str]:
        """All of whom something is known, the reader aside."""
        return sorted(self._records)

    # --- Keeping

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; `from_dict` makes the same crowd of it.

        What is under "contributors" may be kept apart, and only the records that are needed given back to `from_dict`;
        such a crowd decides the same, but `refit` needs all.
        """
        contributors = {name: record.to_dict() for name, record in sorted(self._records.items())}
        if self._readings.record.counts.any() or self._readings.record.classes.rows:
            contributors[READER] = self._readings.to_dict()
        return {
            "version": 1,
            "prior": self._prior.to_dict(),
            "types": self._types.to_dict(),
            "classes": self._classes.to_dict(),
            "class_prior": [
                {"classes": list(classes), "weights": weights.tolist()}
                for classes, weights in self._class_prior.items()
            ],
            "contributors": contributors,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Crowd:
        crowd = cls()
        if "prior" in data:
            crowd._prior = Prior.from_dict(data["prior"])
        crowd._types, crowd._classes = Table(data.get("types")), Table(data.get("classes"))
        for row in data.get("class_prior", ()):
            crowd._class_prior[tuple(row["classes"])] = np.array(row["weights"], dtype=float)
        for name, record in data["contributors"].items():
            if name == READER:
                crowd._readings = Readings.from_dict(record)
            else:
                crowd._records[name] = Record.from_dict(record)
        return crowd

    # --- How

    def _counts(self, name: str) -> Array:
        if name == READER:
            return self._readings.record.counts
        record = self._records.get(name)
        return record.counts if record else np.zeros((len(sorts.KINDS), sorts.COUNTS))

    def _elements(self, name: str, kind: ElementKind) -> float:
        row = self._counts(name)[sorts.POSITION[kind]]
        return float(row[[sorts.OWN_RIGHT, sorts.OWN_WRONG, sorts.LEFT_RIGHT, sorts.LEFT_WRONG, sorts.MISSED]].sum())

    def _belief(self, name: str) -> tuple[Array, Array, Array]:
        """Posterior of the states; error and certainty by kind and state."""
        found = self._known.get(name)
        if found is None:
            logs, error, certainty = sorts.likelihood(self._counts(name))
            weights = sorts.posterior(np.log(self._prior.states()) + logs)
            found = self._known[name] = weights, error, certainty
        return found

    def _standing(self, name: str) -> Standing:
        found = self._standings.get(name)
        if found is None:
            if name == READER:
                found = sorts.reader_standing(self._readings.levels, self._readings.record.counts)
            else:
                weights, error, _ = self._belief(name)
                found = Standing.of(weights, error)
            self._standings[name] = found
        return found

    def _forget(self, *names: str) -> None:
        """What follows from records is computed again when it is asked for."""
        for name in names:
            self._known.pop(name, None)
            self._standings.pop(name, None)
        for kind in sorts.PLACES:
            for name in names:
                self._missed.pop((name, kind), None)
        if self._tables:
            self._tables = {key: table for key, table in self._tables.items() if key[0] not in names}

    def _misses(self, name: str, kind: ElementKind) -> float:
        """The chance that somebody doesn't tell a layer or connection that is there and that they weren't shown."""
        found = self._missed.get((name, kind))
        if found is None:
            standing = self._standing(name)
            tells = standing.right[sorts.POSITION[kind]] * (1.0 if name == READER else standing.look)
            tells[-1] = 0.0
            found = self._missed[name, kind] = float(1 - np.exp(standing.logs) @ tells)
        return found

    def _confusions(self) -> Confusions:
        return _Confused(self._types)

    # --- Classes

    def _decide_class(self, question: Question) -> Decision:
        if not question.votes:
            raise ValueError(f"nobody votes on “{question.key}”")
        names = {str(vote.value): vote.value for vote in question.votes}
        atoms = Atoms.of(sorted(self._classes.names() | names.keys()), question.options, self._classes)
        logs = np.zeros(len(atoms.classes))
        for vote in sorted(question.votes, key=lambda vote: vote.contributor):
            chance = self._class_table(vote.contributor, atoms)[:, atoms.place[str(vote.value)]]
            if question.shown is not None and vote.contributor != READER:
                look = self.look(vote.contributor)
                chance = look * chance + (0.0 if vote.touched else 1 - look)
            logs += np.log(chance)
        chances = sorts.posterior(logs)
        told = [(value, float(chances[atoms.place[name]])) for name, value in names.items()]
        return Decision(question.key, question.kind, tuple(sorted(told, key=lambda row: (-row[1], repr(row[0])))))

    def _class_table(self, name: str, atoms: Atoms) -> Array:
        key = (name, atoms.classes)
        found = self._tables.get(key)
        if found is None:
            prior = self._class_prior.get(atoms.classes, atoms.even)
            record = self._readings.record if name == READER else self._records.get(name)
            found = atoms.expected(prior, atoms.likelihood(record.classes if record else Table()))
            self._tables[key] = found
        return found


class _Confused(Mapping[Hashable, Mapping[Hashable, float]]):
    """Chances of wrong types by the true one, the general chance weighing as much as a few of those counted."""

    def __init__(self, table: Table) -> None:
        self._rows = table.rows

    def __getitem__(self, true: Hashable) -> Mapping[Hashable, float]:
        row = self._rows[str(true)]
        total = sum(row.values()) + _FEW
        general = sorts.SAME_ERROR[ElementKind.TYPE]
        return {said: (max(count, 0.0) + _FEW * general) / total for said, count in row.items()}

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def known(question: Question, value: Hashable) -> Decision:
    """The decision of a question whose answer is certain."""
    return Decision(question.key, question.kind, ((value, 1.0),))
