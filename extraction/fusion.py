"""What figures, tables and text say of the same network, as one flow.

The most complete reading is the base. Readings that clearly show the same network fill in what the base does not
say. Where two of them print different values, the base's stays and the other is listed: nothing is settled silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from extraction.flow.alignment import align
from extraction.flow.model import Connection, Flow, Layer
from extraction.text import Hyperparameter

#: Layers that say nothing certain of what they compute.
_VAGUE = frozenset(("Block", "Unknown", "Input", "Output"))
#: Values of this provenance give way to printed ones.
_GUESSED = frozenset(("assumed", "inferred"))
#: Two readings show the same network where this share of the smaller one's layers, and so many, have a counterpart.
SAME_SHARE = 0.6
SAME_LAYERS = 3
#: Confidence of a reading that states none.
UNSTATED = 0.7


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two printed values for one thing. `layer` is `None` where it is a hyper-parameter of the training."""

    layer: str | None
    parameter: str
    kept: Any
    other: Any
    #: Provenance of the other value: "figure", "table" or "text".
    source: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Fusion:
    flow: Flow
    conflicts: tuple[Conflict, ...] = ()


def fuse(
    figures: Sequence[Flow], tables: Sequence[Flow], hyperparameters: Sequence[Hyperparameter] = ()
) -> Flow | None:
    """One flow for the paper, or `None` where no reading has a layer. See `fuse_openly` for what was in conflict."""
    fusion = fuse_openly(figures, tables, hyperparameters)
    return fusion.flow if fusion is not None else None


def fuse_openly(
    figures: Sequence[Flow], tables: Sequence[Flow], hyperparameters: Sequence[Hyperparameter] = ()
) -> Fusion | None:
    """One flow for the paper and every value that another reading contradicts."""
    readings = [(flow, source) for flows, source in ((figures, "figure"), (tables, "table")) for flow in flows]
    readings = [reading for reading in readings if reading[0].layers]
    if not readings:
        return None
    base, base_source = max(readings, key=lambda reading: completeness(reading[0]))
    layers = {layer.id: _with_provenance(layer, base_source) for layer in base.layers}
    conflicts: list[Conflict] = []
    sources = list(base.sources)
    for other, source, pairs in _counterparts(base, readings):
        by_id = {layer.id: layer for layer in other.layers}
        for own_id, other_id in pairs.items():
            layers[own_id], found = _filled(layers[own_id], by_id[other_id], source)
            conflicts += found
        sources += [place for place in other.sources if place not in sources]
    training, found = _training(base.training, hyperparameters)
    flow = replace(base, layers=tuple(layers.values()), training=training, sources=tuple(sources))
    return Fusion(flow, (*conflicts, *found))


def completeness(flow: Flow) -> float:
    """How much a flow says: its layers with a known operation, their values, their connections; by its confidence."""
    said = 0.0
    for layer in flow.layers:
        if layer.type in _VAGUE:
            said += 0.2
        else:
            said += 1 + 0.2 * min(len(layer.params), 4) + (0.3 if layer.output_shape else 0)
    joined = {end for connection in flow.connections for end in (connection.source, connection.target)}
    alone = sum(layer.id not in joined for layer in flow.layers)
    confidence = flow.confidence if flow.confidence is not None else UNSTATED
    return confidence * (said - 0.7 * (alone if len(flow.layers) > 1 else 0))


def _counterparts(base: Flow, readings: Sequence[tuple[Flow, str]]) -> list[tuple[Flow, str, Mapping[str, str]]]:
    """The readings of the base's network. Networks that one table or figure sets side by side are different ones: of
    each only the likest counts, and none of where the base itself stands."""
    best: dict[Any, tuple[Flow, str, Mapping[str, str]]] = {}
    own = _place(base)
    for index, (other, source) in enumerate(readings):
        place = _place(other)
        if other is base or (place is not None and place == own):
            continue
        pairs = same_network(base, other)
        key = index if place is None else place
        if pairs and _likeness(pairs, base, other) > (
            _likeness(best[key][2], base, best[key][0]) if key in best else 0
        ):
            best[key] = (other, source, pairs)
    return list(best.values())


def _place(flow: Flow) -> tuple[Any, ...] | None:
    """The figure or table that a reading is of."""
    if len(flow.sources) != 1:
        return None
    source = flow.sources[0]
    kind = next((kind for kind in ("figure", "table") if kind in source), None)
    return None if kind is None else (source.get("paper"), kind, source[kind], source.get("page"))


def _likeness(pairs: Mapping[str, str], one: Flow, other: Flow) -> float:
    return 2 * len(pairs) / (len(one.layers) + len(other.layers))


def same_network(one: Flow, other: Flow) -> Mapping[str, str]:
    """Layers of `one` to layers of `other` of the same type; empty where they do not show the same network."""
    # Ids of separate readings mean nothing to each other.
    renamed = Flow(
        tuple(replace(layer, id=f"other {layer.id}", bbox=None) for layer in other.layers),
        tuple(Connection(f"other {c.source}", f"other {c.target}") for c in other.connections),
    )
    types = {layer.id: layer.type for layer in (*one.layers, *renamed.layers)}
    plain = replace(one, layers=tuple(replace(layer, bbox=None) for layer in one.layers))
    pairs = {a: b for a, b in align(plain, renamed).items() if types[a] == types[b]}
    certain = sum(types[a] not in _VAGUE for a in pairs)
    smaller = min(sum(layer.type not in _VAGUE for layer in flow.layers) for flow in (one, other))
    if certain < SAME_LAYERS or certain < SAME_SHARE * smaller:
        return {}
    return {a: b.removeprefix("other ") for a, b in pairs.items()}


def _with_provenance(layer: Layer, source: str) -> Layer:
    names = [*layer.params, *(["output_shape"] if layer.output_shape else [])]
    return replace(layer, provenance={**dict.fromkeys(names, source), **layer.provenance})


def _filled(layer: Layer, other: Layer, source: str) -> tuple[Layer, list[Conflict]]:
    """The layer with what `other` prints and it does not."""
    params, provenance, shape = dict(layer.params), dict(layer.provenance), layer.output_shape
    conflicts = []
    theirs: dict[str, Any] = dict(other.params)
    if other.output_shape is not None:
        theirs["output_shape"] = other.output_shape
    for name, value in theirs.items():
        if other.provenance.get(name, source) in _GUESSED:
            continue
        own = shape if name == "output_shape" else params.get(name)
        if own is None or (provenance.get(name) in _GUESSED and not _equal(own, value)):
            provenance[name] = other.provenance.get(name, source)
            if name == "output_shape":
                shape = value
            else:
                params[name] = value
        elif not _equal(own, value):
            conflicts.append(Conflict(layer.id, name, own, value, source))
    return replace(layer, params=params, provenance=provenance, output_shape=shape), conflicts


def _equal(one: Any, other: Any) -> bool:
    """Values in one spelling: 3 is [3, 3]."""
    a, b = (list(v) if isinstance(v, list | tuple) else v for v in (one, other))
    if isinstance(a, list) != isinstance(b, list):
        many, single = (a, b) if isinstance(a, list) else (b, a)
        return bool(many) and all(value == single for value in many)
    if isinstance(a, str) and isinstance(b, str):
        return a.casefold() == b.casefold()
    return bool(a == b)


def _training(
    own: Mapping[str, Mapping[str, Any]], found: Sequence[Hyperparameter]
) -> tuple[dict[str, dict[str, Any]], list[Conflict]]:
    """Hyper-parameters by name: the first that the text states, further ones beside it in `others`."""
    training: dict[str, dict[str, Any]] = {name: dict(entry) for name, entry in own.items()}
    conflicts = []
    for item in found:
        entry = {"value": item.value, "provenance": "text", "page": item.page}
        kept = training.setdefault(item.name, entry)
        if kept is entry or _equal(kept.get("value"), item.value):
            continue
        kept["others"] = [*kept.get("others", []), {"value": item.value, "page": item.page}]
        conflicts.append(Conflict(None, item.name, kept.get("value"), item.value, "text", item.page))
    return training, conflicts
