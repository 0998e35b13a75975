"""Blobs whose channels come first, on a flow whose channels come last.

A flow's layer holds the same numbers with its axes in another order. Which order is kept beside each value, so that
a layer that only reorders axes, as flattening for detectors needs, costs nothing where the flow has that order anyway.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extraction.flow.model import Shape
from extraction.importing.building import Builder, Value

Layout = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Blob:
    """A value, and for each of its axes in the flow the axis that it is in the file (the batch is axis 0 there)."""

    value: Value
    layout: Layout

    @property
    def rank(self) -> int:
        """Axes beside the batch."""
        return len(self.layout)

    @property
    def sizes(self) -> Shape:
        """Sizes in the order of the flow; `None` where not known."""
        shape = self.value.shape
        return shape if shape is not None and len(shape) == self.rank else (None,) * self.rank

    @property
    def outer(self) -> Shape:
        """Sizes in the order of the file, without the batch."""
        return tuple(self.sizes[self.layout.index(axis)] for axis in range(1, self.rank + 1))

    def axis(self, axis: int) -> int | None:
        """The flow's number of an axis of the file, as Keras counts: the last is -1, the batch 0."""
        axis = axis + self.rank + 1 if axis < 0 else axis
        if not 1 <= axis <= self.rank:
            return None
        index = self.layout.index(axis)
        return -1 if index == self.rank - 1 else index + 1


def channels_last(rank: int) -> Layout:
    """The flow's order for maps: height, width, channels."""
    return (*range(2, rank + 1), 1)


def as_written(rank: int) -> Layout:
    """The file's own order."""
    return tuple(range(1, rank + 1))


def usual(rank: int) -> Layout:
    """Maps and volumes have their channels last; vectors and sequences stand as they are."""
    return channels_last(rank) if rank > 2 else as_written(rank)


def blob(value: Value, rank: int | None = None) -> Blob:
    """A value in the usual order."""
    if rank is None:
        rank = len(value.shape) if value.shape is not None else 3
    return Blob(value, usual(rank))


class Orders:
    """Puts axes into the order that a layer needs."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._done: dict[tuple[str, Layout, Layout], Value] = {}

    def ordered(self, given: Blob, layout: Layout, name: str, line: int = 0) -> Blob:
        """The same numbers with their axes in this order; a `Permute` where they stand otherwise."""
        if given.layout == layout:
            return given
        key = (given.value.layer, given.layout, layout)
        if key not in self._done:
            dims = [given.layout.index(axis) + 1 for axis in layout]
            self._done[key] = self._builder.add("Permute", f"{name}_order", [given.value], {"dims": dims}, line=line)
        return Blob(self._done[key], layout)

    def maps(self, given: Blob, name: str, line: int = 0) -> Value:
        return self.ordered(given, channels_last(given.rank), name, line).value

    def alike(self, given: Sequence[Blob], name: str, line: int = 0) -> list[Blob]:
        """All in the order of the first that has the most axes."""
        most = max(given, key=lambda item: item.rank)
        return [self.ordered(item, most.layout, name, line) if item.rank == most.rank else item for item in given]

    def row(self, given: Blob, name: str, line: int = 0) -> Value:
        """Values that, laid out in one row, come as they do in the file."""
        if sum(size != 1 for size in given.sizes) <= 1:  # nothing changes places
            return given.value
        return self.ordered(given, as_written(given.rank), name, line).value


def resolved(target: Sequence[int], total: int | None) -> list[int] | None:
    """A shape whose one `-1` takes what is left; `None` where that can't be told."""
    known = math.prod(size for size in target if size > 0)
    if -1 not in target:
        return list(target)
    if total is None or not known or total % known or list(target).count(-1) > 1:
        return None
    return [total // known if size == -1 else size for size in target]


def simple(values: Sequence[Any]) -> Any:
    """One number where all are equal."""
    return values[0] if len(set(values)) == 1 else list(values)


def keras_border(size: int | None, reach: int, stride: int) -> tuple[int, int] | None:
    """Zeros that Keras's `same` puts before and after an axis; `None` where they depend on a size that is not known."""
    if size is None and stride > 1:
        return None
    size = size or 1
    total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0) if stride > 1 else reach - 1
    return total // 2, total - total // 2
