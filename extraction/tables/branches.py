"""Branches of a network that its table prints as rows below each other, told by the sizes.

A chain of rows is what most tables mean. Where a row's printed size can't come of the row above, and can of an earlier
one, it starts a branch there; a concatenation takes the ends whose channels make up its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from extraction.flow.model import Connection, Layer, Shape

#: What such a connection is worth beside one of rows that follow each other.
CONFIDENCE = 0.7
#: More inputs are not looked for.
MAX_INPUTS = 4


def with_branches(layers: Sequence[Layer], chain: Sequence[Connection]) -> list[Connection]:
    """The connections, those put right that the printed sizes contradict."""
    if not any(layer.type == "Concatenate" and _full(layer.output_shape) for layer in layers):
        return list(chain)
    sources: dict[str, list[str]] = {layer.id: [] for layer in layers}
    for connection in chain:
        sources[connection.target].append(connection.source)
    changed: set[str] = set()
    for index, layer in enumerate(layers):
        if index == 0 or len(sources[layer.id]) != 1:
            continue
        if layer.type == "Concatenate":
            found = _joined(layer, layers[:index], {s for ids in sources.values() for s in ids})
        else:
            found = _origin(layer, layers[:index])
        if found and found != sources[layer.id]:
            sources[layer.id] = found
            changed.add(layer.id)
    return [
        Connection(source, layer.id, CONFIDENCE if layer.id in changed else None)
        for layer in layers
        for source in sources[layer.id]
    ]


def _origin(layer: Layer, before: Sequence[Layer]) -> list[str]:
    """The last layer whose size the layer's window and stride turn into its own; empty if the one above may be it."""
    if not _full(layer.output_shape) or not _full(before[-1].output_shape) or _fits(layer, before[-1].output_shape):
        return []
    return [next((other.id for other in reversed(before) if _fits(layer, other.output_shape)), "")][: _told(layer)]


def _told(layer: Layer) -> int:
    """1 where the layer says how it changes the size, else 0."""
    return int("strides" in layer.params or layer.type.startswith(("Conv", "UpSampling")))


def _fits(layer: Layer, entering: Shape | None) -> bool:
    """Whether a layer may turn a map of this size into its own, whichever its padding."""
    made = layer.output_shape
    if not made or not entering or len(made) != len(entering):
        return False
    enlarged = layer.type.startswith("UpSampling")
    strides = layer.params.get("size" if enlarged else "strides") or [2 if enlarged else 1] * (len(made) - 1)
    if "Pooling" in layer.type and made[-1] != entering[-1]:
        return False
    for size, before, step in zip(made[:-1], entering[:-1], strides, strict=False):
        if size is None or before is None:
            continue
        larger, smaller = (size, before) if "Transpose" in layer.type or "Up" in layer.type else (before, size)
        window = max(layer.params.get("kernel_size") or layer.params.get("pool_size") or [1])
        if abs(larger - smaller * step) > max(step, window):
            return False
    return True


def _joined(layer: Layer, before: Sequence[Layer], used: set[str]) -> list[str]:
    """Layers of the same size whose channels add up to the concatenation's: the row above, other open ends, and then
    the fewest of the rest, the later ones first. Empty where none do."""
    made = layer.output_shape
    above = before[-1]
    if not _full(made) or made is None or not _alike(above, made):
        return []
    ends = [other for other in before[:-1] if _alike(other, made) and other.id not in used]
    rest = [other for other in reversed(before[:-1]) if _alike(other, made) and other.id in used]
    missing = _channels(layer) - _channels(above) - sum(_channels(end) for end in ends)
    for count in range(MAX_INPUTS):
        for more in combinations(rest, count):
            if missing == sum(_channels(other) for other in more):
                chosen = {above.id, *(end.id for end in ends), *(other.id for other in more)}
                return [other.id for other in before if other.id in chosen] if len(chosen) > 1 else []
    return []


def _alike(layer: Layer, made: Shape) -> bool:
    return _full(layer.output_shape) and (layer.output_shape or ())[:-1] == made[:-1]


def _channels(layer: Layer) -> int:
    return (layer.output_shape or (0,))[-1] or 0


def _full(shape: Shape | None) -> bool:
    return shape is not None and len(shape) >= 3 and None not in shape
