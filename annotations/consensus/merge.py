"""Several people's flows become one, with how sure each element of it is.

consensus = merge(answers, reading=reading, crowd=crowd)
consensus.flow, consensus.probability, consensus.to_dict()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from annotations.consensus.answers import Answer
from annotations.consensus.asking import Asker
from annotations.consensus.clusters import cluster
from annotations.consensus.deciding import Deciding
from annotations.consensus.elements import Element
from annotations.consensus.judge import Judge
from annotations.consensus.model import READER, Decision, ElementKind, Question, Vote
from annotations.consensus.sides import sides_of
from extraction.flow.checks import check
from extraction.flow.model import Flow
from extraction.flow.problems import Problem

__all__ = ["Answer", "Consensus", "Element", "Merge", "merge", "merge_kinds"]

#: The five kinds of figure, and no network at all.
_KINDS = 6


@dataclass(frozen=True)
class Consensus:
    """What several people say together of one figure."""

    #: The merged flow: `confidence` on every layer and connection, every value with its provenance.
    flow: Flow
    #: Everything that was asked, in the order of the flow: layers with their values, connections, the rest.
    elements: tuple[Element, ...]
    #: That all that counts is right.
    probability: float
    #: Key of the element that is least sure; `None` where there is none.
    weakest: str | None

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What contradicts itself in the merged flow. Checked when first asked for."""
        return check(self.flow).problems

    @property
    def valid(self) -> bool:
        return all(problem.severity != "error" for problem in self.problems)

    @property
    def disputed(self) -> list[Element]:
        """Elements that people differ about, least sure first."""
        return sorted((e for e in self.elements if e.disputed), key=lambda e: (e.probability, e.key))

    @property
    def questions(self) -> list[Question]:
        """What counts, to learn skills from: `crowd.observe(consensus.questions, consensus.decisions)`."""
        return [element.question for element in self.elements if element.counts]

    @property
    def decisions(self) -> list[Decision]:
        return [element.decision for element in self.elements if element.counts]

    def to_dict(self) -> dict[str, Any]:
        """JSON data; `from_dict` makes an equal consensus of it."""
        return {
            "flow": self.flow.to_dict(),
            "elements": [element.to_dict() for element in self.elements],
            "problems": [problem.to_dict() for problem in self.problems],
            "probability": self.probability,
            "weakest": self.weakest,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Consensus:
        return cls(
            Flow.from_dict(data["flow"]),
            tuple(Element.from_dict(row) for row in data["elements"]),
            data["probability"],
            data["weakest"],
        )


def merge(answers: Sequence[Answer], *, reading: Flow | None, crowd: Judge) -> Consensus:
    """One flow from many. The order of the answers makes no difference; the same input gives the same result.

    Raises:
        ValueError: where there is neither an answer nor a reading, or one contributor answers twice.
    """
    names = [answer.contributor for answer in answers]
    if len(set(names)) != len(names) or READER in names:
        raise ValueError(f"every contributor answers once, and none is called “{READER}”")
    if not answers and reading is None:
        raise ValueError("there is nothing to merge")
    asker = Asker(cluster(sides_of(answers, reading)))
    flow, elements, probability = Deciding(asker, crowd).outcome()
    weakest = min((e for e in elements if e.counts), key=lambda e: (e.probability, e.key), default=None)
    return Consensus(flow, tuple(elements), probability, weakest.key if weakest else None)


class Merge:
    """A merge that grows: `add` an answer, then `consensus`."""

    def __init__(self, reading: Flow | None, answers: Sequence[Answer] = ()) -> None:
        self._reading = reading
        self._answers = list(answers)

    def add(self, answer: Answer) -> None:
        """One more answer; a second one of the same contributor takes the place of the first."""
        self._answers = [a for a in self._answers if a.contributor != answer.contributor] + [answer]

    def consensus(self, crowd: Judge) -> Consensus:
        return merge(self._answers, reading=self._reading, crowd=crowd)


def merge_kinds(votes: Mapping[str, str], crowd: Judge, *, shown: str | None = None) -> Decision:
    """Of which kind a figure is. `votes`: kind by contributor, the classifier's under `READER`."""
    cast = tuple(Vote(name, kind, touched=name == READER or kind != shown) for name, kind in sorted(votes.items()))
    return crowd.decide(Question("figure", ElementKind.FIGURE, cast, _KINDS, shown))
