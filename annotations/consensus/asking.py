"""What is asked about a figure: every layer, its values and its connections, and who said what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.consensus.clusters import Cluster, Clusters
from annotations.consensus.model import READER, ElementKind, Question, Vote
from annotations.consensus.sides import Side, Traits
from annotations.consensus.values import (
    ABSENT,
    LABEL_OPTIONS,
    SHAPE_OPTIONS,
    TYPE_OPTIONS,
    akin,
    folded,
    options_of,
    plainly,
    takes,
    told_by_label,
)


@dataclass(eq=False, slots=True)
class Asked:
    """A question and what it is about."""

    question: Question
    #: The cluster of the layer, or those of a connection's ends; nothing where it is about the whole flow.
    about: tuple[int, ...]
    #: The parameter, or `type`, `label`, `name`, `output_shape`, `order` (of its inputs).
    name: str
    #: Whether it is about a parameter of the layer, of that name.
    parameter: bool = False
    #: Which one of several connections with the same ends.
    copy: int = 0


class _Votes:
    """Votes, of equal ones one."""

    def __init__(self) -> None:
        self._cast: dict[tuple[str, Hashable, bool], Vote] = {}

    def cast(self, contributor: str, value: Hashable, touched: bool) -> Vote:
        key = (contributor, value, touched)
        vote = self._cast.get(key)
        if vote is None:
            vote = self._cast[key] = Vote(contributor, value, touched)
        return vote


class Asker:
    """Asks about clustered flows."""

    def __init__(self, clusters: Clusters) -> None:
        self.clusters = clusters
        voters = [side for side in clusters.sides if side.voter]
        #: The reading first, then by name.
        self.voters = sorted(voters, key=lambda side: (side.name != READER, side.name))
        shown = Counter(side.base.name for side in self.voters if side.base)
        #: The flow that most people were shown.
        self.shown = max(
            (side for side in clusters.sides if side.name in shown), key=lambda side: shown[side.name], default=None
        )
        self.ids = _ids(clusters)
        self.bases = [(side.name, side.base.name if side.base else None) for side in self.voters]
        #: Where a layer may be: beside each one there is.
        self._places = max(2, len(clusters.all))
        self.votes = _Votes()
        self._kinds: dict[int, str] = {}
        self._all_same: dict[Hashable, tuple[Vote, ...]] = {}

    def layers(self) -> list[Asked]:
        """Is there such a layer? One question a cluster, in its order."""
        return [self._exists(number, one) for number, one in enumerate(self.clusters.all)]

    def values(self, number: int, kind: str | None = None) -> list[Asked]:
        """What is the layer like? Its type, and what anybody says of it.

        Who takes it for something quite different than `kind` (by default what most take it for) isn't asked about
        its parameters.
        """
        one = self.clusters.all[number]
        members = [(name, one.members[name], base) for name, base in self.bases if name in one.members]
        if not members:
            return []
        first = members[0][1]
        before = one.members.get(self.shown.name) if self.shown else None
        prefix = f"layer/{escaped(self.ids[number])}"
        about = (number,)
        if len(members) == len(self.bases) and all(traits is first for _, traits, _ in members):
            return self._unanimous(first, before, prefix, about)
        people = [(name, traits, one.members.get(base) if base else None) for name, traits, base in members]
        return list(_Layer(people, before, prefix, about, self.votes).all(kind or self.kind(number)))

    def kind(self, number: int) -> str:
        """The type that most take a layer for."""
        found = self._kinds.get(number)
        if found is None:
            members = self.clusters.all[number].members.values()
            kinds = Counter([traits.kind for traits in members])
            found = next(iter(kinds))
            if len(kinds) > 1:
                found = min(kinds, key=lambda kind: (-kinds[kind], kind))
            self._kinds[number] = found
        return found

    def _exists(self, number: int, one: Cluster) -> Asked:
        members, layer_id = one.members, self.ids[number]
        first = next(iter(members.values()))
        key = f"layer/{escaped(layer_id)}"
        shown = self.shown.name in members if self.shown else None
        if len(members) == len(self.clusters.sides) and all(traits is first for traits in members.values()):
            votes = self.same(True)
        else:
            votes = tuple(self._there(name, base, members) for name, base in self.bases)
        layer = first.layer
        title = (layer.name or layer.label or layer_id)[:80]
        return Asked(Question(key, ElementKind.LAYER, votes, self._places, shown), (number,), title)

    def _there(self, name: str, base: str | None, members: dict[str, Traits]) -> Vote:
        mine = members.get(name)
        before = members.get(base) if base else None
        return self.votes.cast(name, mine is not None, base is None or mine is not before)

    def _unanimous(self, traits: Traits, before: Traits | None, prefix: str, about: tuple[int, ...]) -> list[Asked]:
        """Where everybody has the layer as it was shown."""
        same, kind = self.same, traits.kind
        shown = traits is before

        def ask(what: str, key: str, value: str, options: int, *, parameter: bool = False) -> Asked:
            kind_ = ElementKind.TYPE if key == "type" else ElementKind.PARAMETER
            question = Question(f"{prefix}/{key}", kind_, same(value), options, value if shown else None)
            return Asked(question, about, what, parameter)

        found = [ask("type", "type", traits.type, TYPE_OPTIONS)]
        for what, value in traits.values.items():
            found.append(ask(what, f"params/{escaped(what)}", value, options_of(kind, what), parameter=True))
        if traits.shape:
            found.append(ask("output_shape", "output_shape", traits.shape, SHAPE_OPTIONS))
        if traits.label and told_by_label(kind):
            found.append(ask("label", "label", _text(traits.layer.label), LABEL_OPTIONS))
        return found

    def same(self, value: Hashable) -> tuple[Vote, ...]:
        """Everybody says so, and nobody changed it."""
        key = (value, type(value))
        votes = self._all_same.get(key)
        if votes is None:
            votes = self._all_same[key] = tuple(Vote(name, value, base is None) for name, base in self.bases)
        return votes


def ask_once(key: str, name: str, values: Iterable[tuple[Side, Any]], options: int) -> Asked:
    """About the whole flow: a value that each side has of its own."""
    rows = [(side, plainly(value)) for side, value in values]
    known = {side.name: value for side, value in rows}
    votes = [
        Vote(side.name, value, side.base is None or value != known.get(side.base.name))
        for side, value in sorted(rows, key=lambda row: (row[0].name != READER, row[0].name))
        if side.voter
    ]
    shown = next((known[side.base.name] for side, _ in rows if side.base), None)
    told = len({vote.value for vote in votes})
    return Asked(Question(key, ElementKind.PARAMETER, tuple(votes), max(options, told), shown), (), name)


#: A contributor, what they have of a layer, and what they were shown.
_Member = tuple[str, Traits, Traits | None]


class _Layer:
    """Asks about a layer that not everybody has as it was shown."""

    def __init__(
        self, people: Sequence[_Member], shown: Traits | None, prefix: str, about: tuple[int, ...], votes: _Votes
    ) -> None:
        self._people, self._shown, self._prefix, self._about = people, shown, prefix, about
        self._cast = votes.cast

    def all(self, kind: str) -> Iterator[Asked]:
        """Everything about it, taken for a layer of this type."""
        people, shown = self._people, self._shown
        everything = [traits for _, traits, _ in people]
        yield self._field("type", [traits.type for traits in everything], lambda traits: traits.type, TYPE_OPTIONS)
        akin_ones = [member for member in people if akin(member[1].kind, kind)]
        for what in dict.fromkeys([name for _, traits, _ in akin_ones for name in traits.values]):
            yield self._parameter(what, akin_ones, options_of(kind, what))
        shapes = [traits.shape for traits in everything]
        if any(shapes):
            yield self._field("output_shape", shapes, lambda traits: traits.shape, SHAPE_OPTIONS)
        printed = [traits.layer.label for traits in everything]
        differ = printed.count(printed[0]) < len(printed)
        if differ or (printed[0] and any(told_by_label(traits.kind) for traits in everything)):
            befores = [before.layer.label for _, _, before in people if before]
            spelled = _spelled([*printed, *befores, *([shown.layer.label] if shown else ())])
            labels = [spelled[text] for text in printed]
            yield self._field("label", labels, lambda traits: spelled[traits.layer.label], LABEL_OPTIONS)
        names = [traits.layer.name for traits in everything]
        if names.count(names[0]) < len(names):
            yield self._field("name", [*map(_text, names)], lambda traits: _text(traits.layer.name), LABEL_OPTIONS)

    def _field(self, what: str, values: Sequence[str], value_of: Callable[[Traits], str], options: int) -> Asked:
        cast = self._cast
        votes = tuple([
            cast(name, value, t is not b and (b is None or _touched(t, b, what, value, value_of(b))))
            for (name, t, b), value in zip(self._people, values, strict=True)
        ])  # fmt: skip
        shown = value_of(self._shown) if self._shown else None
        kind = ElementKind.TYPE if what == "type" else ElementKind.PARAMETER
        return self._asked(what, what, kind, votes, options, shown)

    def _parameter(self, what: str, people: Iterable[_Member], options: int) -> Asked:
        """Who has such a layer without the parameter says so; who has one that can't have it says nothing."""
        votes, cast = [], self._cast
        for name, traits, before in people:
            value = traits.values.get(what)
            if value is None:
                if not takes(traits.kind, what):
                    continue
                value = ABSENT
            touched = before is not traits and (
                before is None or _touched(traits, before, what, value, before.values.get(what, ABSENT))
            )
            votes.append(cast(name, value, touched))
        shown = self._shown.values.get(what, ABSENT) if self._shown else None
        key = f"params/{escaped(what)}"
        return self._asked(what, key, ElementKind.PARAMETER, tuple(votes), options, shown, parameter=True)

    def _asked(
        self,
        what: str,
        key: str,
        kind: ElementKind,
        votes: tuple[Vote, ...],
        options: int,
        shown: str | None,
        *,
        parameter: bool = False,
    ) -> Asked:
        told = len({vote.value for vote in votes})
        question = Question(f"{self._prefix}/{key}", kind, votes, max(options, told), shown)
        return Asked(question, self._about, what, parameter)


def _touched(traits: Traits, before: Traits, what: str, value: str, old: str) -> bool:
    """Whether somebody set a value with their own hands, though it may be what they were shown."""
    mine, theirs = traits.layer, before.layer
    if value != old or mine.id != theirs.id:  # another id: drawn anew
        return True
    return mine.provenance.get(what) == "person" and theirs.provenance.get(what) != "person"


def _text(text: str) -> str:
    return f'"{text}"' if text else ABSENT


def _spelled(texts: Sequence[str]) -> dict[str, str]:
    """For each text how most spell it, among those that differ in case and spaces alone."""
    first = texts[0]
    if texts.count(first) == len(texts):
        return {first: _text(first)}
    most: dict[str, str] = {}
    for text, _ in sorted(Counter(texts).items(), key=lambda row: (-row[1], row[0])):
        most.setdefault(folded(text), text)
    return {text: _text(most[folded(text)]) for text in texts}


def escaped(name: str) -> str:
    """A part of a key, without the slash that joins them."""
    return name.replace("~", "~0").replace("/", "~1") if "/" in name or "~" in name else name


def _ids(clusters: Clusters) -> list[str]:
    """An id for every cluster: the reading's where it has the layer, else one that somebody gave it."""
    taken: set[str] = set()
    found: list[str] = []
    numbers: dict[str, int] = {}
    for one in clusters.all:
        wanted = next(iter(one.members.values())).layer.id
        layer_id = wanted
        while layer_id in taken:
            numbers[wanted] = numbers.get(wanted, 1) + 1
            layer_id = f"{wanted[:1900]}_{numbers[wanted]}"
        taken.add(layer_id)
        found.append(layer_id)
    return found
