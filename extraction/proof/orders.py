"""In which order each framework lays out the values of a flattened map.

Keras flattens (height, width, channels), PyTorch and Caffe (channels, height, width). Both are right, and what follows
learns the same; but weights carried from one to the other, and values that are compared, must be put in order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Flow, Layer

#: Layers that leave the order of the values as it is.
_PASS = frozenset(
    name for name, row in CATALOGUE.items() if row.family in ("norm", "act") and name != "SpectralNormalization"
) | {"Output"}
_MERGES = frozenset(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"))

Order = tuple[int, ...]


def orders(flow: Flow, channels_first: Mapping[str, bool]) -> tuple[dict[str, Order], set[str]]:
    """Orders of the last axis by layer, and the layers that can't be compared any more.

    Args:
        flow: completed, with the shape of every layer.
        channels_first: whether the other framework holds the layer's result with its channels first.

    Returns:
        For layers whose values stand otherwise: `theirs = ours[..., order]`. Where values in another order are cut into
        rows again, or joined with values in the usual one, nothing after it can be compared.
    """
    inputs, layers = flow.inputs_of(), {layer.id: layer for layer in flow.layers}
    found: dict[str, Order] = {}
    lost: set[str] = set()
    for layer in flow.layers:
        sources = inputs[layer.id]
        given = [found.get(source) for source in sources]
        if any(source in lost for source in sources):
            lost.add(layer.id)
        elif layer.type == "Flatten" and given == [None]:
            shape = layers[sources[0]].output_shape or ()
            if channels_first.get(sources[0], False) and len(shape) > 1:
                found[layer.id] = _flattened(shape)
        elif any(given) and not (layer.type == "Dense" and len(layer.output_shape or ()) == 1):
            order = _after(layer, given, [layers[source].output_shape or () for source in sources])
            if order is None:
                lost.add(layer.id)
            else:
                found[layer.id] = order
    return found, lost


def _flattened(shape: tuple[int | None, ...]) -> Order:
    *spatial, channels = (size or 1 for size in shape)
    places = math.prod(spatial)
    return tuple(place * channels + channel for channel in range(channels) for place in range(places))


def _after(layer: Layer, given: list[Order | None], shapes: list[tuple[int | None, ...]]) -> Order | None:
    """The order behind a layer whose inputs have other orders; `None` where there is none."""
    if layer.type in (*_PASS, "Flatten"):
        return given[0]
    if layer.type in _MERGES:
        return given[0] if all(order == given[0] for order in given) else None
    if layer.type == "Concatenate" and all(len(shape) == 1 for shape in shapes):
        sizes = [shape[0] or 1 for shape in shapes]
        starts = itertools.accumulate(sizes, initial=0)
        each = zip(given, sizes, starts, strict=False)
        return tuple(start + i for order, size, start in each for i in (order or range(size)))
    return None
