"""One person's flow, prepared for comparing. A layer's traits are computed once, and shared where it is untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from operator import attrgetter

from annotations.consensus.answers import Answer
from annotations.consensus.model import READER
from annotations.consensus.values import folded, plainly, type_of, written
from extraction.flow.model import Flow, Layer

_NO_VALUES: Mapping[str, str] = {}
#: What a layer says, but for where its values come from.
_ALL_ELSE = attrgetter(*(entry.name for entry in fields(Layer) if entry.name != "provenance"))


@dataclass(eq=False, slots=True)
class Traits:
    """What one layer says, written one way. Layers that are equal share one object."""

    layer: Layer
    #: Its type by the catalogue's name.
    kind: str
    #: The type and the further operations of the same box.
    type: str
    label: str
    #: Parameters that are said.
    values: Mapping[str, str]
    shape: str
    #: Middle, width and height.
    place: tuple[float, float, float, float] | None
    _grams: frozenset[str] | None = None

    @classmethod
    def of(cls, layer: Layer) -> Traits:
        kind = type_of(layer.type)
        box = layer.bbox
        values = _NO_VALUES
        if layer.params:
            values = {name: written(kind, name, value) for name, value in layer.params.items() if value is not None}
        return cls(
            layer,
            kind,
            kind if not layer.also else " + ".join((kind, *map(type_of, layer.also))),
            folded(layer.label) if layer.label else "",
            values,
            "" if layer.output_shape is None else plainly(list(layer.output_shape)),
            None
            if box is None
            else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, abs(box[2] - box[0]), abs(box[3] - box[1])),
        )

    @property
    def grams(self) -> frozenset[str]:
        """Runs of three letters of the label."""
        if self._grams is None:
            text = f" {self.label} "
            self._grams = frozenset(text[i : i + 3] for i in range(len(text) - 2))
        return self._grams


def _untouched(before: Layer, layer: Layer) -> bool:
    """Whether a layer is as it was shown. Where its values come from may be written out meanwhile: nobody did that."""
    if before == layer:
        return True
    told = before.provenance
    if any(source == "person" != told.get(name) for name, source in layer.provenance.items()):
        return False
    return _ALL_ELSE(layer) == _ALL_ELSE(before)


@dataclass(eq=False)
class Side:
    """One flow of those that are compared. Layers go by their positions."""

    #: The contributor.
    name: str
    flow: Flow
    #: What this person started from.
    base: Side | None = None
    #: False for a flow that was only shown to people: nobody says it.
    voter: bool = True
    traits: list[Traits] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    #: By position, the position in `base` of the layer with the same id.
    origin: list[int | None] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, flow: Flow, base: Side | None = None, *, voter: bool = True) -> Side:
        side = cls(name, flow, base, voter)
        side.index = {layer.id: i for i, layer in enumerate(flow.layers)}
        if base is None:
            side.traits = [Traits.of(layer) for layer in flow.layers]
            side.origin = [None] * len(side.traits)
        elif flow.layers is base.flow.layers:
            side.traits = base.traits
            side.origin = list(range(len(side.traits)))
        else:
            traits, origin, known, shown = side.traits, side.origin, base.index, base.traits
            for layer in flow.layers:
                at = known.get(layer.id)
                origin.append(at)
                if at is not None and _untouched(shown[at].layer, layer):
                    traits.append(shown[at])
                else:
                    traits.append(Traits.of(layer))
        return side

    @cached_property
    def edges(self) -> list[tuple[int, int]]:
        index = self.index
        return [(index[c.source], index[c.target]) for c in self.flow.connections]

    @cached_property
    def outputs(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.traits]
        for source, target in self.edges:
            found[source].append(target)
        return found

    @cached_property
    def inputs(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.traits]
        for source, target in self.edges:
            found[target].append(source)
        return found

    @cached_property
    def progress(self) -> list[float]:
        """How far along the flow each layer stands, 0 to 1: steps from an input over steps to the end and back."""
        inputs, outputs = self.inputs, self.outputs
        waiting = [len(row) for row in inputs]
        order = [i for i, count in enumerate(waiting) if not count]
        before, after = [0] * len(waiting), [0] * len(waiting)
        for i in order:  # grows as layers get ready; those in a circle never do
            steps = before[i] + 1
            for j in outputs[i]:
                before[j] = max(before[j], steps)
                waiting[j] -= 1
                if not waiting[j]:
                    order.append(j)
        for i in reversed(order):
            steps = after[i] + 1
            for j in inputs[i]:
                after[j] = max(after[j], steps)
        return [(b + 0.5) / (b + a + 1) for b, a in zip(before, after, strict=True)]


def sides_of(answers: Iterable[Answer], reading: Flow | None) -> list[Side]:
    """The reading first, flows that were only shown, people who started from something, the others; by name each."""
    sides = [Side.of(READER, reading)] if reading else []
    shown: list[Side] = list(sides)
    started, fresh = [], []
    for answer in sorted(answers, key=lambda answer: answer.contributor):
        if answer.shown is None:
            fresh.append(Side.of(answer.contributor, answer.flow))
            continue
        base = next((side for side in shown if side.flow is answer.shown), None)
        base = base or next((side for side in shown if side.flow == answer.shown), None)
        if base is None:
            base = Side.of(f"shown {len(shown)}", answer.shown, shown[0] if reading else None, voter=False)
            shown.append(base)
            sides.append(base)
        started.append(Side.of(answer.contributor, answer.flow, base))
    # Who says where the layers stand comes first: the others find their places among those.
    fresh.sort(key=lambda side: -sum(traits.place is not None for traits in side.traits) / (len(side.traits) or 1))
    return [*sides, *started, *fresh]
