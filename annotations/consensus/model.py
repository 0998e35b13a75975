"""What this room speaks of: questions, votes, decisions."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum


class ElementKind(StrEnum):
    """What a question is about. Skill is measured for each kind of its own."""

    LAYER = "layer"  # is there such a layer?
    TYPE = "type"
    PARAMETER = "parameter"
    CONNECTION = "connection"  # is there such a connection?
    FIGURE = "figure"  # of which kind is the figure?


#: The automatic reading takes part as a contributor of this name.
READER = "reader"


@dataclass(frozen=True, slots=True)
class Vote:
    """What one contributor says about one element."""

    contributor: str
    value: Hashable
    #: Whether they set it themselves. What was left as it was shown is weaker evidence.
    touched: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """One element of one task, and what was said about it.

    Everybody who answered the task votes on every question of it. Of a `LAYER` or `CONNECTION` question the values are
    True (it is there) and False, somebody having told True; `options` says among how many places it was told, so that
    two who tell the same one hardly do so by chance (for a connection: the layers it could come from instead).
    """

    #: Names the element within its task.
    key: str
    kind: ElementKind
    votes: tuple[Vote, ...]
    #: How many values could be told, at least 2: a wrong answer is one of `options - 1`.
    options: int
    #: What people were shown; `None` where they were shown nothing.
    shown: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for one element, likeliest first."""

    key: str
    kind: ElementKind
    #: Values with posterior probabilities that sum to at most 1; the rest belongs to values nobody told.
    ranking: tuple[tuple[Hashable, float], ...]

    @property
    def value(self) -> Hashable:
        return self.ranking[0][0]

    @property
    def probability(self) -> float:
        return self.ranking[0][1]
