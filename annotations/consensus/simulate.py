"""A crowd to measure on: networks, readings of them with mistakes, and people who correct those, each in their way.

Every network has `ELEMENTS` elements: layers, types, parameters and connections. Whoever looks at an element gets it
wrong with a chance of their own; a wrong type or value is often the one that others take it for as well. A layer that
somebody gets wrong is left out, or they draw one more beside it; a connection is left out, or comes from elsewhere.
People start from the reading, as in the editor: what they leave keeps its identity.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import Any

from annotations.consensus.answers import Answer
from annotations.consensus.model import ElementKind
from annotations.consensus.values import takes
from extraction.flow.model import Connection, Flow, Layer

ELEMENTS = 20
#: Of all contributors.
BLIND_SHARE, COPIER_SHARE = 0.15, 0.20
#: How tight skills lie around their mean, as the weight of a Beta; and how tight those for each kind of element do.
SPREAD, KIND_SPREAD = 20.0, 40.0
#: Of the elements of a reading; it differs from figure to figure.
READING_ERROR, READING_SPREAD = 0.10, 8.0
#: A layer that is missed takes its type, its values and its connections along. So somebody with an error of a tenth,
#: a tenth of whose elements are wrong, makes a mistake about fewer of those they come to.
MISTAKES = 0.65
#: The share of wrong types and values that are the ones most often mistaken for the right one.
POPULAR = 0.1
#: The share of layers that are got wrong by drawing one more.
MADE_UP = 0.3

KINDS = (ElementKind.LAYER, ElementKind.TYPE, ElementKind.PARAMETER, ElementKind.CONNECTION)
_CONFUSED = {
    "Conv2D": "SeparableConv2D", "SeparableConv2D": "Conv2D", "MaxPooling2D": "AveragePooling2D",
    "AveragePooling2D": "MaxPooling2D", "Dense": "TimeDistributed", "Add": "Concatenate", "Concatenate": "Add",
    "BatchNormalization": "LayerNormalization", "Dropout": "SpatialDropout2D",
    "GlobalAveragePooling2D": "GlobalMaxPooling2D",
}  # fmt: skip
_TYPES = tuple(dict.fromkeys([*_CONFUSED, *_CONFUSED.values(), "Flatten", "LSTM"]))
_VALUES: Mapping[str, tuple[Any, ...]] = {
    "filters": (8, 16, 20, 24, 32, 48, 50, 64, 96, 100, 112, 128, 160, 192, 224, 256, 320, 384, 512, 1024),
    "kernel_size": tuple([i, i] for i in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15)),
    "strides": tuple([i, j] for i in (1, 2, 3, 4) for j in (1, 2, 4)),
    "pool_size": tuple([i, j] for i in (1, 2, 3, 4) for j in (1, 2, 3)),
    "units": (2, 5, 10, 16, 20, 32, 50, 64, 84, 100, 120, 128, 200, 256, 500, 512, 1000, 1024, 2048, 4096),
    "activation": ("relu", "tanh", "sigmoid", "softmax", "elu", "selu", "gelu", "swish", "linear", "softplus"),
    "rate": (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.75, 0.8),
}

#: A layer of the network by its number; anything else was made up.
Slot = Hashable


@dataclass(frozen=True)
class Drawing:
    """Layers by slot, and connections between slots."""

    layers: Mapping[Slot, Layer]
    connections: frozenset[tuple[Slot, Slot]]

    @property
    def flow(self) -> Flow:
        pairs = sorted(self.connections, key=lambda pair: (str(pair[1]), str(pair[0])))
        return Flow(
            tuple(self.layers.values()),
            tuple(Connection(self.layers[a].id, self.layers[b].id) for a, b in pairs),
        )


class Sort(StrEnum):
    CAREFUL = "careful"
    COPIER = "copier"
    BLIND = "blind"


@dataclass(frozen=True)
class Member:
    """One contributor of the simulated crowd."""

    name: str
    sort: Sort
    #: The share of elements they get wrong where they look, by kind.
    errors: Mapping[ElementKind, float]
    #: The share of elements they look at; of a blind one, the share they change.
    look: float

    def answer(self, rng: Random, task: Task) -> Answer:
        if self.sort == Sort.BLIND:
            drawn = _scrawl(rng, task.read, self.look, self.name)
        else:
            own = _see(rng, task.true, self.errors, self.name)
            drawn = _leave(rng, task.read, own, self.look)
        return Answer(self.name, _as_edited(drawn, task.read).flow, task.reading)


@dataclass(frozen=True)
class Task:
    """A figure: the network in it, and what the reader made of it."""

    true: Drawing
    read: Drawing
    reading: Flow = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reading", self.read.flow)

    def elements(self, flow: Flow) -> tuple[int, int]:
        """How many of the elements a flow has right, and how many it has that aren't there."""
        slots = slots_of(flow)
        layers = {slots[layer.id]: layer for layer in flow.layers}
        connections = {(slots[c.source], slots[c.target]) for c in flow.connections}
        right = len(connections & self.true.connections)
        for slot, true in self.true.layers.items():
            layer = layers.get(slot)
            if layer is not None:
                right += 1 + (layer.type == true.type)
                right += sum(_plain(layer.params.get(name)) == value for name, value in true.params.items())
        extra = sum(slot not in self.true.layers for slot in layers) + len(connections - self.true.connections)
        return right, extra


def crowd_of(
    rng: Random, size: int, mean_error: float, *, look: float = 1.0, copiers: float = COPIER_SHARE
) -> list[Member]:
    """People with these shares of sorts; the careful ones look at a share `look` of what they are shown."""
    blind, copying = round(size * BLIND_SHARE), round(size * copiers)
    sorts = [Sort.BLIND] * blind + [Sort.COPIER] * copying
    sorts += [Sort.CAREFUL] * (size - len(sorts))
    rng.shuffle(sorts)
    members = []
    for i, sort in enumerate(sorts):
        error = _beta(rng, mean_error, SPREAD)
        errors = {kind: min(_beta(rng, error, KIND_SPREAD), 0.6) for kind in KINDS}
        share = rng.uniform(0.3, 1.0) if sort == Sort.BLIND else 0.02 if sort == Sort.COPIER else look
        members.append(Member(f"p{i}", sort, errors, share))
    return members


def task_of(rng: Random) -> Task:
    true = network(rng)
    error = _beta(rng, READING_ERROR, READING_SPREAD)
    read = _see(rng, true, dict.fromkeys(KINDS, error), "r")
    named = {slot: replace(layer, id=f"r.{_number(slot)}") for slot, layer in read.layers.items()}
    return Task(true, Drawing(named, read.connections))


def network(rng: Random) -> Drawing:
    """A small network of `ELEMENTS` elements: five layers in a row, some with a branch around one."""
    branch = rng.random() < 0.4
    while True:
        if branch:
            kinds = ["Conv2D", rng.choice(["Conv2D", "SeparableConv2D"]), rng.choice(["Add", "Concatenate"])]
            kinds += [rng.choice(["GlobalAveragePooling2D", "BatchNormalization"]), "Dense"]
        else:
            kinds = [rng.choice(["Conv2D", "SeparableConv2D"])]
            kinds += [
                rng.choice(["MaxPooling2D", "AveragePooling2D", "Conv2D", "BatchNormalization"]) for _ in range(2)
            ]
            kinds += [rng.choice(["GlobalAveragePooling2D", "Dense", "Dropout"]), "Dense"]
        pairs = {(i, i + 1) for i in range(4)} | ({(0, 2)} if branch else set())
        names = [(i, name) for i, kind in enumerate(kinds) for name in _VALUES if takes(kind, name)]
        wanted = ELEMENTS - 2 * len(kinds) - len(pairs)
        if len(names) >= wanted:
            break
    said = set(rng.sample(names, wanted))
    layers: dict[Slot, Layer] = {}
    for i, kind in enumerate(kinds):
        params = {name: rng.choice(_VALUES[name]) for j, name in names if j == i and (i, name) in said}
        layers[i] = Layer(f"t.{i}", kind, label=f"{kind} {i + 1}", params=params, bbox=_box(rng, i, 0.0))
    return Drawing(layers, frozenset(pairs))


def slots_of(flow: Flow) -> dict[str, Slot]:
    """By id, the layer of the network that a layer of a drawing, or of a consensus, stands for."""
    found: dict[str, Slot] = {}
    for layer in flow.layers:
        number = layer.label.rpartition(" ")[2]
        found[layer.id] = int(number) - 1 if number.isdecimal() else slot_of(layer.id)
    return found


def slot_of(layer_id: str) -> Slot:
    """The same, of a layer that can only be told by its id."""
    number = layer_id.rpartition(".")[2].partition("_")[0]
    return int(number) if number.isdecimal() else layer_id


# --- What people do ---------------------------------------------------------------------------------------------------


def _see(rng: Random, true: Drawing, shares: Mapping[ElementKind, float], who: str) -> Drawing:
    """The network as somebody sees it who looks at everything and gets these shares of elements wrong."""
    errors = {kind: MISTAKES * share for kind, share in shares.items()}
    layers: dict[Slot, Layer] = {}
    for slot, layer in true.layers.items():
        seen = _layer_seen(rng, slot, layer, errors, who)
        if rng.random() < errors[ElementKind.LAYER]:
            if rng.random() >= MADE_UP:
                continue
            layers[f"{who}.x{slot}"] = _made_up(rng, f"{who}.x{slot}", _number(slot) + 0.5)
        layers[slot] = seen
    connections = set()
    for source, target in sorted(true.connections, key=str):
        if source not in layers or target not in layers:
            continue
        if rng.random() < errors[ElementKind.CONNECTION]:
            others = [slot for slot in layers if slot not in (source, target)]
            if rng.random() < 0.5 or not others:
                continue
            source = rng.choice(others)
        connections.add((source, target))
    return Drawing(layers, frozenset(connections))


def _layer_seen(rng: Random, slot: Slot, layer: Layer, errors: Mapping[ElementKind, float], who: str) -> Layer:
    kind = layer.type
    if rng.random() < errors[ElementKind.TYPE]:
        popular = _CONFUSED.get(kind) if rng.random() < POPULAR else None
        kind = popular or rng.choice([one for one in _TYPES if one != kind])
    params = {}
    for name, value in layer.params.items():
        if rng.random() < errors[ElementKind.PARAMETER]:
            value = _wrong_value(rng, name, value)
        if value is not None and takes(kind, name):
            params[name] = value
    return replace(layer, id=f"{who}.{slot}", type=kind, params=params, bbox=_box(rng, _number(slot), 3.0))


def _wrong_value(rng: Random, name: str, value: Any) -> Any:
    """Most often the next one, or nothing at all."""
    values = _VALUES[name]
    at = values.index(value)
    if rng.random() < POPULAR:
        return values[at + 1] if at + 1 < len(values) else values[at - 1]
    return rng.choice([None, *(one for one in values if one != value)])


def _leave(rng: Random, read: Drawing, own: Drawing, look: float) -> Drawing:
    """What comes of a drawing where somebody looks at a share of the elements and leaves the others as read."""
    if look >= 1:
        return own

    def looks() -> bool:
        return rng.random() < look

    layers: dict[Slot, Layer] = {}
    for slot in _union(read.layers, own.layers):
        source = own.layers if looks() else read.layers
        if slot not in source:
            continue
        before, mine = read.layers.get(slot), own.layers.get(slot)
        if before is None or mine is None:
            layers[slot] = source[slot]
            continue
        kind = mine.type if looks() else before.type
        params = {}
        for name in _union(before.params, mine.params):
            value = (mine if looks() else before).params.get(name)
            if value is not None and takes(kind, name):
                params[name] = value
        layers[slot] = replace(mine, type=kind, params=params)
    pairs = set()
    for pair in sorted(read.connections | own.connections, key=str):
        source_pairs = own.connections if looks() else read.connections
        if pair in source_pairs and pair[0] in layers and pair[1] in layers:
            pairs.add(pair)
    return Drawing(layers, frozenset(pairs))


def _scrawl(rng: Random, read: Drawing, change: float, who: str) -> Drawing:
    """Anything: layers go, come and change without a look at the figure."""
    layers: dict[Slot, Layer] = {}
    for slot, layer in read.layers.items():
        if rng.random() < change / 2:
            continue
        kind = rng.choice(_TYPES) if rng.random() < change else layer.type
        params = {}
        for name, value in layer.params.items():
            if takes(kind, name):
                params[name] = rng.choice(_VALUES[name]) if rng.random() < change else value
        layers[slot] = replace(layer, type=kind, params=params)
        if rng.random() < change / 5:
            layers[f"{who}.x{slot}"] = _made_up(rng, f"{who}.x{slot}", rng.uniform(0, 5))
    pairs = set()
    for pair in sorted(read.connections, key=str):
        if pair[0] in layers and pair[1] in layers and rng.random() > change:
            pairs.add(pair)
        elif len(layers) > 2 and rng.random() < 0.7:
            source, target = rng.sample(list(layers), 2)
            pairs.add((source, target))
    return Drawing(layers, frozenset(pairs))


def _as_edited(drawn: Drawing, read: Drawing) -> Drawing:
    """The same, drawn on the reading: layers that it has keep their ids, and all else that nobody touched."""
    layers: dict[Slot, Layer] = {}
    for slot, layer in drawn.layers.items():
        before = read.layers.get(slot)
        if before is None:
            layers[slot] = layer
        elif before.type == layer.type and before.params == layer.params:
            layers[slot] = before
        else:
            layers[slot] = replace(before, type=layer.type, params=layer.params)
    return Drawing(layers, drawn.connections)


def _made_up(rng: Random, layer_id: str, place: float) -> Layer:
    return Layer(layer_id, rng.choice(_TYPES), label="", bbox=_box(rng, place, 3.0))


def _box(rng: Random, place: float, jitter: float) -> tuple[float, float, float, float]:
    x, y = 100 * place + rng.uniform(-jitter, jitter), 50 + rng.uniform(-jitter, jitter)
    return (round(x, 1), round(y, 1), round(x + 60, 1), round(y + 30, 1))


def _number(slot: Slot) -> Any:
    return slot if isinstance(slot, int) else str(slot).rpartition(".")[2]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _union(*names: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(name for one in names for name in one))


def _beta(rng: Random, mean: float, weight: float) -> float:
    return rng.betavariate(max(mean * weight, 1e-3), max((1 - mean) * weight, 1e-3))
