"""What merging needs of a crowd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from annotations.consensus.model import Decision, ElementKind, Question


class Trust(Protocol):
    """How far somebody is trusted."""

    @property
    def mean(self) -> float: ...


class Judge(Protocol):
    """Decides questions from votes; `annotations.consensus.crowd.Crowd` does."""

    def decide(self, question: Question) -> Decision: ...

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]: ...

    def skill(self, contributor: str, kind: ElementKind | None = None) -> Trust: ...
