"""One element of a merged flow: what was asked, who said what, what holds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.consensus.model import READER, Decision, ElementKind, Question, Vote
from annotations.consensus.values import plainly, unwritten


@dataclass(frozen=True, slots=True)
class Element:
    """One element and what holds for it."""

    key: str
    kind: ElementKind
    #: Id of the layer; source and target of a connection; nothing where it is about the whole flow.
    layers: tuple[str, ...]
    #: The parameter, or `type`, `label`, `name`, `output_shape`; `order` of a layer's inputs. Of a layer: its title.
    name: str
    votes: tuple[Vote, ...]
    options: int
    #: What people were shown; `None` where they were shown nothing.
    shown: Hashable | None
    ranking: tuple[tuple[Hashable, float], ...]
    #: What the merged flow has: the likeliest value, or the next one where that contradicts the rest.
    value: Hashable
    #: That `value` is right.
    probability: float
    #: Whether the network is another one if this is wrong. A name in code or a label beside a known type is not.
    counts: bool = True

    @property
    def question(self) -> Question:
        return Question(self.key, self.kind, self.votes, self.options, self.shown)

    @property
    def decision(self) -> Decision:
        return Decision(self.key, self.kind, self.ranking)

    @property
    def disputed(self) -> bool:
        """Whether people (the reading aside) differ."""
        return len({vote.value for vote in self.votes if vote.contributor != READER}) > 1

    @property
    def changed(self) -> bool:
        """Whether the merged flow has another value than people were shown, or than the reading."""
        before = self.said_by(READER) if self.shown is None else self.shown
        return before is not None and before != self.value

    @property
    def repaired(self) -> bool:
        """Whether the likeliest value contradicts the rest, so that another one was taken."""
        return self.value != self.ranking[0][0]

    def said_by(self, contributor: str) -> Hashable | None:
        """What somebody says about it; `None` where they say nothing."""
        return next((vote.value for vote in self.votes if vote.contributor == contributor), None)

    def plain(self, value: Hashable) -> Any:
        """A value as JSON has it: `64`, `[3, 3]`, `"same"`, `true`; `None` for nothing."""
        if isinstance(value, tuple):
            return list(value)
        return unwritten(value) if isinstance(value, str) and self.kind == ElementKind.PARAMETER else value

    def to_dict(self) -> dict[str, Any]:
        """JSON data. `said`: for each value who said it (`by`) and which of them set it themselves (`touched`)."""
        said: dict[Hashable, dict[str, Any]] = {}
        for vote in self.votes:
            row = said.get(vote.value)
            if row is None:
                row = said[vote.value] = {"value": self.plain(vote.value), "by": [], "touched": []}
            row["by"].append(vote.contributor)
            if vote.touched:
                row["touched"].append(vote.contributor)
        data: dict[str, Any] = {
            "key": self.key,
            "kind": self.kind.value,
            "layers": list(self.layers),
            "name": self.name,
            "value": self.plain(self.value),
            "probability": self.probability,
            "ranking": [[self.plain(value), chance] for value, chance in self.ranking],
            "said": list(said.values()),
            "options": self.options,
            "counts": self.counts,
        }
        if self.shown is not None:
            data["shown"] = self.plain(self.shown)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Element:
        kind = ElementKind(data["kind"])

        order = data["key"].startswith("order/")

        def read(plain: Any) -> Hashable:
            if order:
                return tuple(plain)
            return plainly(plain) if kind == ElementKind.PARAMETER else plain

        votes = [Vote(name, read(row["value"]), name in row["touched"]) for row in data["said"] for name in row["by"]]
        return cls(
            key=data["key"],
            kind=kind,
            layers=tuple(data["layers"]),
            name=data["name"],
            votes=tuple(sorted(votes, key=lambda vote: (vote.contributor != READER, vote.contributor))),
            options=data["options"],
            shown=read(data["shown"]) if "shown" in data else None,
            ranking=tuple((read(value), chance) for value, chance in data["ranking"]),
            value=read(data["value"]),
            probability=data["probability"],
            counts=data["counts"],
        )
