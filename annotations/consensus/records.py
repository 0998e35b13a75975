"""What is kept of a contributor: sums over elements, so the order of tasks doesn't matter and any can be taken out.

All of it is plain numbers; what follows from them is for `sorts` and `classes`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotations.consensus import sorts
from annotations.consensus.model import READER, Decision, ElementKind, Question, Vote
from annotations.consensus.sorts import Array

#: Classes are few; what strangers make up beyond that is not kept.
MAX_CLASSES = 40


class Table:
    """How often one thing was told where another holds; sums that can be taken back."""

    def __init__(self, rows: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self.rows: dict[str, dict[str, float]] = {true: dict(row) for true, row in (rows or {}).items()}

    def add(self, true: Hashable, said: Hashable, weight: float) -> None:
        if not isinstance(true, str) or not isinstance(said, str) or not weight:
            return
        row = self.rows.get(true, {})
        if said in row or (weight > 0 and len(row) < MAX_CLASSES and (row or len(self.rows) < MAX_CLASSES)):
            self.rows[true] = row
            row[said] = row.get(said, 0.0) + weight

    def names(self) -> set[str]:
        """Everything that was told or held."""
        return set(self.rows).union(*self.rows.values())

    def to_dict(self) -> dict[str, dict[str, float]]:
        return {true: dict(row) for true, row in self.rows.items()}


@dataclass(slots=True)
class Record:
    """One contributor."""

    #: (kinds, sorts.COUNTS)
    counts: Array = field(default_factory=lambda: np.zeros((len(sorts.KINDS), sorts.COUNTS)))
    #: Kinds of figures they told, by the right one.
    classes: Table = field(default_factory=Table)

    def add(self, question: Question, vote: Vote, chances: Mapping[Hashable, float], weight: float) -> None:
        """One vote, the answers to its question having these chances."""
        row = self.counts[sorts.POSITION[question.kind]]
        right = chances.get(vote.value, 0.0)
        if question.kind == ElementKind.FIGURE:
            for true, chance in chances.items():
                self.classes.add(true, vote.value, weight * chance)
        if question.kind in sorts.PLACES:
            _add_existence(row, question, vote, chances, weight)
        elif vote.touched or vote.contributor == READER:
            row[sorts.OWN_RIGHT] += weight * right
            row[sorts.OWN_WRONG] += weight * (1 - right)
            row[sorts.CHANGED] += weight * (question.shown is not None and vote.contributor != READER)
            same = max(1 / max(question.options - 1, 1), sorts.SAME_ERROR.get(question.kind, 0.0))
            row[sorts.LOG_ERROR] += weight * (1 - right) * math.log(same)
            row[sorts.LOG_CHANCE] += weight * math.log(same)
        else:
            row[sorts.LEFT_RIGHT] += weight * right
            row[sorts.LEFT_WRONG] += weight * (1 - right)

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            str(kind): row.tolist() for kind, row in zip(sorts.KINDS, self.counts, strict=True) if row.any()
        }
        if self.classes.rows:
            data["classes"] = self.classes.to_dict()
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        record = cls(classes=Table(data.get("classes")))
        for kind, position in sorts.POSITION.items():
            if kind in data:
                record.counts[position] = data[kind]
        return record


def _add_existence(
    row: Array, question: Question, vote: Vote, chances: Mapping[Hashable, float], weight: float
) -> None:
    """That something is there, or isn't. Not telling what isn't there says nothing of anybody."""
    there = chances.get(True, 0.0)
    places = max(question.options, sorts.PLACES[question.kind])
    own = vote.touched or vote.contributor == READER
    changed = question.shown is not None and vote.contributor != READER
    if vote.value and own:
        row[sorts.OWN_RIGHT] += weight * there
        row[sorts.OWN_WRONG] += weight * (1 - there)
        row[sorts.CHANGED] += weight * changed
        row[sorts.LOG_ERROR] += weight * (1 - there) * math.log(sorts.MADE_UP / (places - 1))
        row[sorts.LOG_CHANCE] -= weight * (0.0 if question.shown else math.log(places))
    elif vote.value:
        row[sorts.LEFT_RIGHT] += weight * there
        row[sorts.LEFT_WRONG] += weight * (1 - there)
    elif own:
        row[sorts.OWN_WRONG] += weight * there
        row[sorts.CHANGED] += weight * (changed if question.shown else changed * there)
        row[sorts.LOG_CHANCE] -= weight * math.log(2) if question.shown else 0.0
    else:
        row[sorts.MISSED] += weight * there


@dataclass(slots=True)
class Readings:
    """The automatic reader: every figure is another chance to read well or badly."""

    record: Record = field(default_factory=Record)
    #: How many figures were read about as well as each of `sorts.LEVELS`.
    levels: Array = field(default_factory=lambda: np.zeros(len(sorts.LEVELS)))

    def add(self, votes: Iterable[tuple[Question, Vote, Decision]], weight: float) -> None:
        figure = Record()
        for question, vote, decision in votes:
            chances = dict(decision.ranking)
            self.record.add(question, vote, chances, weight)
            figure.add(question, vote, chances, 1.0)
        if figure.counts.any():
            self.levels += weight * sorts.level_of(figure.counts)

    def to_dict(self) -> dict[str, Any]:
        return {"record": self.record.to_dict(), "levels": self.levels.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Readings:
        return cls(Record.from_dict(data["record"]), np.array(data["levels"], dtype=float))
