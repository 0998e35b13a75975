"""Flows as several people have them, and a crowd that counts heads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotations.consensus.merge import Answer, Consensus, merge
from annotations.consensus.model import READER, Decision, ElementKind, Question
from extraction.flow.model import BBox, Connection, Flow, Layer


@dataclass(frozen=True)
class Known:
    mean: float


class Majority:
    """Everybody counts the same, the reading half; people named in `skills` count as they are trusted."""

    def __init__(self, **skills: float) -> None:
        self._skills = skills

    def decide_all(self, questions: Sequence[Question]) -> list[Decision]:
        return [self.decide(question) for question in questions]

    def decide(self, question: Question) -> Decision:
        heads: Counter[object] = Counter()
        for vote in question.votes:
            heads[vote.value] += self._skills.get(vote.contributor, 0.9) / (2 if vote.contributor == READER else 1)
        weights = {value: math.exp(4 * count) for value, count in heads.items()}
        total = sum(weights.values()) + 1e-3
        rows = sorted(((value, weight / total) for value, weight in weights.items()), key=lambda r: (-r[1], repr(r[0])))
        return Decision(question.key, question.kind, tuple(rows))

    def skill(self, contributor: str, kind: ElementKind | None = None) -> Known:
        return Known(self._skills.get(contributor, 0.9))


def lenet() -> Flow:
    """The reading of a small network: five layers in a row."""
    layers = (
        Layer("in", "Input", label="32x32", params={"shape": [32, 32, 1]}, bbox=(0, 0, 20, 40)),
        Layer(
            "c1", "Conv2D", label="C1", params={"filters": 6, "kernel_size": [5, 5]}, bbox=(40, 0, 60, 40),
            provenance={"filters": "figure"},
        ),
        Layer("s2", "AveragePooling2D", label="S2", params={"pool_size": [2, 2]}, bbox=(80, 0, 100, 40)),
        Layer("f3", "Dense", label="F3", params={"units": 120}, bbox=(120, 0, 140, 40)),
        Layer("out", "Dense", label="Output", params={"units": 10}, bbox=(160, 0, 180, 40)),
    )  # fmt: skip
    return row(layers)


def row(layers: Sequence[Layer]) -> Flow:
    """Layers that each lead to the next."""
    ids = [layer.id for layer in layers]
    return Flow(tuple(layers), tuple(map(Connection, ids, ids[1:])))


def changed(flow: Flow, layer_id: str, **fields: Any) -> Flow:
    """With other fields of one layer; `params` are added to those there are."""
    if isinstance(params := fields.get("params"), Mapping):
        fields["params"] = {**flow.layer(layer_id).params, **params}
    return flow.with_layers(replace(x, **fields) if x.id == layer_id else x for x in flow.layers)


def without(flow: Flow, layer_id: str, *, joined: bool = True) -> Flow:
    """Without a layer; what led to it leads on to what it led to."""
    sources = [c.source for c in flow.connections if c.target == layer_id]
    targets = [c.target for c in flow.connections if c.source == layer_id]
    connections = [c for c in flow.connections if layer_id not in (c.source, c.target)]
    if joined:
        connections += [Connection(a, b) for a in sources for b in targets]
    return flow.with_layers((layer for layer in flow.layers if layer.id != layer_id), connections)


def between(flow: Flow, layer: Layer, source: str, target: str) -> Flow:
    """With one more layer on a connection."""
    connections = [c for c in flow.connections if (c.source, c.target) != (source, target)]
    connections += [Connection(source, layer.id), Connection(layer.id, target)]
    return flow.with_layers((*flow.layers, layer), connections)


def linked(flow: Flow, *pairs: tuple[str, str]) -> Flow:
    return flow.with_layers(flow.layers, [*flow.connections, *(Connection(a, b) for a, b in pairs)])


def moved(bbox: BBox | None, shift: Callable[[], float]) -> BBox | None:
    if bbox is None:
        return None
    x0, y0, x1, y1 = bbox
    return x0 + shift(), y0 + shift(), x1 + shift(), y1 + shift()


def anew(flow: Flow, prefix: str, shift: float = 0.0) -> Flow:
    """The same, drawn by somebody else: other ids, places a little apart."""
    layers = [replace(layer, id=prefix + layer.id, bbox=moved(layer.bbox, lambda: shift)) for layer in flow.layers]
    return flow.with_layers(layers, [Connection(prefix + c.source, prefix + c.target) for c in flow.connections])


def said(flows: Sequence[Flow], shown: Flow | None = None) -> list[Answer]:
    """Answers of p0, p1, …; `shown` is what all started from."""
    return [Answer(f"p{i}", flow, shown) for i, flow in enumerate(flows)]


def merged(flows: Sequence[Flow], shown: Flow | None = None, reading: Flow | None = None) -> Consensus:
    return merge(said(flows, shown), reading=reading, crowd=Majority())
