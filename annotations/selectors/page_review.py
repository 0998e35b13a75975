"""What a moderator compares: every element that somebody changed or that is in doubt, and who says what of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.consensus.model import READER
from annotations.services.skill import name_of
from extraction.flow.model import Flow

#: Below this an element is in doubt, and marked.
SURE = 0.8

Element = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one person says of an element."""

    value: Any
    #: `read` (left as it was shown), `out` (set otherwise than what holds), `none` (says nothing of it) or empty.
    how: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A value that could hold, and whose it is."""

    value: Any
    probability: float
    #: Names as the consensus has them: ids of users, or the reader.
    by: tuple[str, ...]
    #: Whether it is what holds.
    holds: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One difference."""

    key: str
    #: What kind of question it is: layer, type, parameter or connection.
    kind: str
    #: add, del or chg: what became of it between what was shown and the consensus.
    sign: str
    subject: str
    what: str
    #: Ids of the layers it is about.
    layers: tuple[str, ...]
    #: What was shown, `None` for nothing, and what holds.
    before: Any
    after: Any
    cells: tuple[Cell, ...]
    probability: float
    disputed: bool
    counts: bool
    alternatives: tuple[Alternative, ...] = field(default=())

    @property
    def doubtful(self) -> bool:
        return self.probability < SURE

    @property
    def changed(self) -> bool:
        return self.sign in {"add", "del"} or self.before != self.after


def rows_of(elements: Sequence[Element], people: Sequence[int], shown: Flow | None = None) -> list[Row]:
    """The rows of a consensus: layers in their order with their values, then connections, then the rest.

    `people`: ids of those who answered, a column each; `shown`: what they started from.
    """
    return _Rows(elements, [name_of(person) for person in people], shown).sorted()


class _Rows:
    def __init__(self, elements: Sequence[Element], people: Sequence[str], shown: Flow | None) -> None:
        self.people = people
        self.elements = elements
        self.read = {layer.id: " + ".join((layer.type, *layer.also)) for layer in shown.layers} if shown else {}
        self.types = {e["layers"][0]: e for e in elements if e["kind"] == "type" and e["layers"]}
        self.exists = {e["layers"][0]: e for e in elements if e["kind"] == "layer" and e["layers"]}
        self.titles = {layer: str(e["name"] or layer) for layer, e in self.exists.items()}
        self.gone = {layer for layer, e in self.exists.items() if not e["value"]}
        self.new = {layer for layer, e in self.exists.items() if e["value"] and "shown" in e and not e["shown"]}

    def sorted(self) -> list[Row]:
        order = {layer: place for place, layer in enumerate(dict.fromkeys([*self.read, *self.exists]))}

        def place(row: Row) -> tuple[int, int]:
            if len(row.layers) != 1:
                return (1 if row.layers else 2, 0)
            return (0, order.get(row.layers[0], 0))

        return sorted(self.rows(), key=place)

    def rows(self) -> Iterator[Row]:
        for element in self.elements:
            layers = element["layers"]
            if element["kind"] == "layer":
                yield from self._layer(element)
            elif len(layers) == 2:
                yield from self._connection(element)
            elif layers and layers[0] in self.gone:
                continue  # of a layer that is not there nothing else matters
            elif element["kind"] == "type" and layers[0] in self.new:
                continue  # its own row says it
            elif layers and layers[0] in self.new:
                if self._open(element):
                    yield self._value(element)
            elif self._open(element) or self._changed(element):
                yield self._value(element)

    def _open(self, element: Element) -> bool:
        """Whether people differ about it, or it is in doubt."""
        return _disputed(element) or (element["counts"] and element["probability"] < SURE)

    @staticmethod
    def _changed(element: Element) -> bool:
        before = element["shown"] if "shown" in element else _said(element, READER)
        return before is not None and before != element["value"]

    def _layer(self, element: Element) -> Iterator[Row]:
        (layer,) = element["layers"]
        there, shown = bool(element["value"]), bool(element.get("shown"))
        if there == shown and not self._open(element):
            return
        kind = self.types.get(layer)
        before = self.read.get(layer, True) if shown else None
        sign = "add" if there and not shown else "del" if shown and not there else "chg"
        probability = element["probability"]
        if sign == "add" and kind is not None:
            probability *= kind["probability"]
        cells = []
        for person in self.people:
            vote = _vote(element, person)
            if vote and vote[0]:
                # Of a layer that came in it matters as what; of one that was there, whether it stays.
                value = _said(kind, person) if kind else before
                right = not there or sign != "add" or kind is None or value == kind["value"]
                cells.append(self._cell(vote, value, right=there if right else None))
            else:
                cells.append(self._cell(vote, None, right=there))
        yield Row(
            key=element["key"],
            kind="layer",
            sign=sign,
            subject=self.titles[layer],
            what="",
            layers=(layer,),
            before=before,
            after=(kind["value"] if kind else True) if there else None,
            cells=tuple(cells),
            probability=probability,
            disputed=_disputed(element) or (sign == "add" and kind is not None and _disputed(kind)),
            counts=True,
            alternatives=tuple(_alternatives(kind if sign == "add" and kind else element)),
        )

    def _connection(self, element: Element) -> Iterator[Row]:
        source, target = element["layers"]
        there, shown = bool(element["value"]), bool(element.get("shown"))
        if self.gone & {source, target} or (there == shown and not self._open(element)):
            return
        cells = []
        for person in self.people:
            vote = _vote(element, person)
            cells.append(self._cell(vote, vote[0] if vote else None, right=there))
        yield Row(
            key=element["key"],
            kind="connection",
            sign="add" if there and not shown else "del" if shown and not there else "chg",
            subject=f"{self._title(source)} to {self._title(target)}",
            what="",
            layers=(source, target),
            before=shown or None,
            after=there or None,
            cells=tuple(cells),
            probability=element["probability"],
            disputed=_disputed(element),
            counts=element["counts"],
            alternatives=tuple(_alternatives(element)),
        )

    def _value(self, element: Element) -> Row:
        layers = tuple(element["layers"])
        before = element["shown"] if "shown" in element else _said(element, READER)
        cells = []
        for person in self.people:
            vote = _vote(element, person)
            value = self._readable(element, vote[0]) if vote else None
            cells.append(self._cell(vote, value, right=element["value"]))
        return Row(
            key=element["key"],
            kind=element["kind"],
            sign="chg",
            subject=self._title(layers[0]) if layers else "network",
            what=str(element["name"]).replace("_", " "),
            layers=layers,
            before=self._readable(element, before),
            after=self._readable(element, element["value"]),
            cells=tuple(cells),
            probability=element["probability"],
            disputed=_disputed(element),
            counts=element["counts"],
            alternatives=tuple(_alternatives(element)),
        )

    def _readable(self, element: Element, value: Any) -> Any:
        """An order of inputs is told by titles, not by ids; an empty text is nothing."""
        if element["name"] == "order" and element["kind"] == "connection" and isinstance(value, list):
            return ", ".join(self._title(str(layer)) for layer in value)
        return None if value == "" else value

    def _title(self, layer: str) -> str:
        return self.titles.get(layer, layer)

    @staticmethod
    def _cell(vote: tuple[Any, bool] | None, value: Any, *, right: Any) -> Cell:
        if vote is None:
            return Cell(None, "none")
        if not vote[1]:
            return Cell(value, "read")
        return Cell(value, "" if vote[0] == right else "out")


def _vote(element: Element, person: str) -> tuple[Any, bool] | None:
    """What somebody says, and whether they set it themselves."""
    for row in element["said"]:
        if person in row["by"]:
            return row["value"], person in row["touched"]
    return None


def _said(element: Element | None, person: str) -> Any:
    vote = _vote(element, person) if element else None
    return vote[0] if vote else None


def _disputed(element: Element) -> bool:
    """Whether people (the reading aside) differ."""
    return sum(any(name != READER for name in row["by"]) for row in element["said"]) > 1


def _alternatives(element: Element) -> Iterator[Alternative]:
    by = {repr(row["value"]): row["by"] for row in element["said"]}
    for value, probability in element["ranking"]:
        yield Alternative(value, probability, tuple(by.get(repr(value), ())), value == element["value"])


def doubts_of(elements: Iterable[Element]) -> dict[str, float]:
    """Layers in doubt, with how sure the least sure of what is said of them is."""
    found: dict[str, float] = {}
    for element in elements:
        if element["counts"] and len(element["layers"]) == 1 and element["probability"] < SURE:
            layer = element["layers"][0]
            found[layer] = min(found.get(layer, 1.0), element["probability"])
    return found
