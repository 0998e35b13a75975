"""Accepted labels: what people settled about figures, for the classifier to learn from.

People are none of this app's business, so whoever knows them says at start where the labels come from (`provide`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AcceptedLabel:
    """The settled kind of a figure."""

    figure: int
    #: SHA-256 of its picture, and of the paper.
    picture: str
    paper: str
    #: "none" or one of the five.
    kind: str
    #: Who said so, sorted; and the decision that settled it, where there was one.
    told_by: tuple[str, ...] = ()
    review: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AcceptedLabel:
        return cls(**{**data, "told_by": tuple(data["told_by"])})

    @property
    def says(self) -> tuple[str, str]:
        """What is learned from it: two labels that say the same are one."""
        return self.picture, self.kind


@dataclass(frozen=True, slots=True)
class Provider:
    #: All labels to learn from.
    accepted: Callable[[], Sequence[AcceptedLabel]]
    #: Something cheap that changes when they may have changed.
    mark: Callable[[], str]


_provider = Provider(lambda: (), lambda: "")


def provide(provider: Provider) -> None:
    """Say where accepted labels come from. The last one counts."""
    global _provider
    _provider = provider


def accepted() -> list[AcceptedLabel]:
    """All accepted labels, by figure: the same state of the site gives the same list."""
    return sorted(_provider.accepted(), key=lambda label: label.figure)


def mark() -> str:
    return _provider.mark()


def release_sha256(labels: Sequence[AcceptedLabel]) -> str:
    """Names a list of labels by what it holds."""
    rows = [label.to_dict() for label in labels]
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def new_among(labels: Sequence[AcceptedLabel], known: Collection[tuple[str, str]]) -> list[bool]:
    """Which of the labels say something that is not among the known ones."""
    return [label.says not in known for label in labels]
