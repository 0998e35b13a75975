"""The merged flow, made of what was decided."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from annotations.consensus.asking import Asked, Asker
from annotations.consensus.clusters import Cluster
from annotations.consensus.joining import Joiner
from annotations.consensus.judge import Judge
from annotations.consensus.model import READER, Decision, ElementKind
from annotations.consensus.sides import Side, Traits
from annotations.consensus.values import ABSENT, kind_of, takes, told_by_label, unwritten
from extraction.flow.model import MAX_CONNECTIONS, MAX_LAYERS, MAX_VALUES, BBox, Connection, Flow, Layer

_T = TypeVar("_T")


class Composer:
    """Makes flows of decided questions. `flow` may be asked for several choices of values."""

    def __init__(
        self, asker: Asker, joiner: Joiner, asked: Sequence[Asked], decisions: Sequence[Decision], crowd: Judge
    ) -> None:
        self._asker, self._joiner, self._crowd = asker, joiner, crowd
        self._asked, self._decisions = asked, decisions
        self._trust: dict[tuple[str, ElementKind], float] = {}
        self._of_layer: defaultdict[int, list[int]] = defaultdict(list)
        #: Questions about connections; about orders of inputs, by their layer; about the whole flow, by their key.
        self._connections: list[int] = []
        self._order_of: dict[int, int] = {}
        self._whole: dict[str, int] = {}
        for i, one in enumerate(asked):
            if len(one.about) == 2:
                self._connections.append(i)
            elif one.name == "order" and not one.parameter:
                self._order_of[one.about[0]] = i
            elif one.about:
                self._of_layer[one.about[0]].append(i)
            else:
                self._whole[one.question.key] = i
        self._sequence = _sequence(asker)

    def flow(
        self, choice: Sequence[Hashable], chances: Sequence[float], counting: Sequence[bool], confidence: float
    ) -> Flow:
        """The flow with these values, given how sure each is."""
        numbers = [n for n in self._sequence if n in self._of_layer and choice[self._of_layer[n][0]] is True]
        numbers = numbers[:MAX_LAYERS]
        layers = [self._layer(n, choice, chances, counting) for n in numbers]
        sides = self._asker.clusters.sides
        first = sides[0].flow
        return Flow(
            tuple(layers),
            tuple(self._connected(set(numbers), choice, chances)),
            self._about_all("flow/name", choice, first.name, lambda side: side.flow.name) or "",
            self._about_all("flow/kind", choice, first.kind, lambda side: side.flow.kind),
            confidence,
            self._training(choice),
            first.sources or next((side.flow.sources for side in sides if side.flow.sources), ()),
        )

    def counting(self, choice: Sequence[Hashable]) -> list[bool]:
        """For each question whether the network would be another one with another answer."""
        found = [False] * len(choice)
        there = {number: choice[rows[0]] is True for number, rows in self._of_layer.items()}
        for number, rows in self._of_layer.items():
            found[rows[0]] = True
            if there[number]:
                kind = kind_of(str(choice[rows[1]]))
                for i in rows[1:]:
                    row = self._asked[i]
                    if row.parameter:
                        found[i] = takes(kind, row.name)
                    else:
                        found[i] = row.name != "name" and (row.name != "label" or told_by_label(kind))
        for i in (*self._connections, *self._order_of.values()):
            found[i] = all(there[n] for n in self._asked[i].about)
        return found

    def _layer(
        self, number: int, choice: Sequence[Hashable], chances: Sequence[float], counting: Sequence[bool]
    ) -> Layer:
        rows, layer_id = self._of_layer[number], self._asker.ids[number]
        one = self._asker.clusters.all[number]
        confidence = math.prod([chances[i] for i in rows if counting[i]])
        traits = next(iter(one.members.values()))
        if len(set(map(id, one.members.values()))) == 1 and all(len(self._decisions[i].ranking) == 1 for i in rows[1:]):
            layer = traits.layer
            return Layer(
                layer_id, layer.type, layer.name, layer.label, layer.params, layer.also, layer.output_shape,
                layer.bbox, confidence, layer.provenance,
            )  # fmt: skip
        return self._composed(one, layer_id, rows, choice, confidence)

    def _composed(
        self, one: Cluster, layer_id: str, rows: Sequence[int], choice: Sequence[Hashable], confidence: float
    ) -> Layer:
        anybody = next(iter(one.members.values())).layer
        fields: dict[str, Any] = {name: getattr(anybody, name) for name in ("label", "name", "output_shape")}
        params: dict[str, Any] = {}
        provenance: dict[str, str] = {}
        kind = ""
        for i in rows[1:]:
            row, value = self._asked[i], choice[i]
            if row.parameter and (value == ABSENT or not takes(kind, row.name)):
                continue
            speaker, origin = self._speaker(i, value, one)
            if row.parameter:
                params[row.name] = speaker.layer.params[row.name]
            elif row.name == "type":
                kind = speaker.kind
                fields["type"], fields["also"] = speaker.layer.type, speaker.layer.also
            elif row.name == "output_shape":
                fields["output_shape"] = speaker.layer.output_shape
            else:
                fields[row.name] = unwritten(str(value)) or ""
            if origin and value != ABSENT:
                provenance[row.name] = origin
        return Layer(
            id=layer_id,
            params=dict(list(params.items())[:MAX_VALUES]),
            bbox=_middle_box(one),
            confidence=confidence,
            provenance=provenance,
            **fields,
        )

    def _speaker(self, i: int, value: Hashable, one: Cluster) -> tuple[Traits, str]:
        """Whose word a value is taken at, and where they have it from: the reading's place on the page, or a person."""
        row = self._asked[i]
        names = [vote.contributor for vote in row.question.votes if vote.value == value]
        if READER in names:
            origin = one.members[READER].layer.provenance.get(row.name, "")
            if origin in ("", "inferred", "assumed") and any(
                one.members[name].layer.provenance.get(row.name) == "person" for name in names
            ):
                origin = "person"
            return one.members[READER], origin
        first = one.members[names[0]]
        if len(names) > 1 and any(one.members[name] is not first for name in names):
            first = one.members[self.most_trusted(names, row.question.kind)]
        return first, first.layer.provenance.get(row.name, "person")

    def most_trusted(self, names: Iterable[str], kind: ElementKind) -> str:
        names = list(names)
        return names[0] if len(names) == 1 else min(names, key=lambda name: (-self._trusted(name, kind), name))

    def _trusted(self, name: str, kind: ElementKind) -> float:
        if (name, kind) not in self._trust:
            self._trust[name, kind] = self._crowd.skill(name, kind).mean
        return self._trust[name, kind]

    def _connected(self, kept: set[int], choice: Sequence[Hashable], chances: Sequence[float]) -> list[Connection]:
        ids = self._asker.ids
        into: defaultdict[int, dict[tuple[int, int], Connection]] = defaultdict(dict)
        slots: list[int] = []
        for i in self._connections:
            row = self._asked[i]
            source, target = row.about
            if choice[i] is True and source in kept and target in kept and len(slots) < MAX_CONNECTIONS:
                into[target][source, row.copy] = Connection(ids[source], ids[target], chances[i])
                slots.append(target)
        queues = {target: iter(self._ordered(target, found, choice)) for target, found in into.items()}
        return [next(queues[target]) for target in slots]

    def _ordered(
        self, target: int, found: Mapping[tuple[int, int], Connection], choice: Sequence[Hashable]
    ) -> list[Connection]:
        if len(found) == 1:
            return list(found.values())
        at = self._order_of.get(target)
        if at is not None:
            wanted = choice[at]
            assert isinstance(wanted, tuple)
            if sorted(wanted) == sorted(connection.source for connection in found.values()):
                left = defaultdict(list)
                for _, connection in sorted(found.items(), key=lambda row: row[0][1]):
                    left[connection.source].append(connection)
                return [left[source].pop(0) for source in wanted]
        return [found[source] for source in self._joiner.by_places(target, found)]

    def _about_all(self, key: str, choice: Sequence[Hashable], first: _T, value_of: Callable[[Side], _T]) -> _T:
        """A value of the whole flow: what was decided, or what nobody differs about."""
        at = self._whole.get(key)
        return first if at is None else value_of(self._says(at, choice[at]))

    def _training(self, choice: Sequence[Hashable]) -> Mapping[str, Mapping[str, Any]]:
        first = self._asker.clusters.sides[0].flow.training
        differ = {key: i for key, i in self._whole.items() if key.startswith("training/")}
        if not differ:
            return first
        rows = {self._asked[i].name: i for i in differ.values()}
        names = dict.fromkeys((*first, *rows))
        found: dict[str, Mapping[str, Any]] = {}
        for name in names:
            at = rows.get(name)
            if at is None:
                found[name] = first[name]
            elif choice[at] != ABSENT:
                found[name] = self._says(at, choice[at]).flow.training[name]
        return dict(list(found.items())[:MAX_VALUES])

    def _says(self, at: int, value: Hashable) -> Side:
        """The side whose word is taken for a value of the whole flow."""
        question = self._asked[at].question
        names = [vote.contributor for vote in question.votes if vote.value == value]
        name = READER if READER in names else self.most_trusted(names, question.kind)
        return next(side for side in self._asker.voters if side.name == name)


def _sequence(asker: Asker) -> list[int]:
    """Clusters in the order of the first flow; what it lacks comes after what it follows in somebody's flow."""
    sides, of = asker.clusters.sides, asker.clusters.of
    found = list(of[sides[0].name])
    total = len(asker.clusters.all)
    if len(found) == total:
        return found
    placed = set(found)
    for side in sides[1:]:
        before = -1
        for number in of[side.name]:
            if number not in placed:
                found.insert(found.index(before) + 1 if before >= 0 else 0, number)
                placed.add(number)
            before = number
        if len(placed) == total:
            break
    return found


def _middle_box(one: Cluster) -> BBox | None:
    """Where most see the layer: the middle one of each coordinate."""
    boxes = [traits.layer.bbox for name, traits in one.members.items() if name != READER and traits.layer.bbox]
    if not boxes:
        return next((traits.layer.bbox for traits in one.members.values() if traits.layer.bbox), None)
    if all(box == boxes[0] for box in boxes):
        return boxes[0]
    x0, y0, x1, y1 = (sorted(column)[(len(boxes) - 1) // 2] for column in zip(*boxes, strict=True))
    return x0, y0, x1, y1
