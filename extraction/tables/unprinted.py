"""What a table of layers leaves out of its network: how its blocks are joined.

Tables print the convolutions of a residual, dense or dual path block in a bracket; the paths past them stand in the
text or a figure. What follows from the block's form is drawn here, for whoever has a reason to: a printed count of
parameters that then agrees is one. Sources: He et al. 2015 (shortcuts, a convolution where the channels change),
Huang et al. 2016 (concatenations, between stages a convolution to half of the channels and a pooling) and Chen et
al. 2017 (both).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count, pairwise
from typing import NamedTuple

from extraction.flow.model import Connection, Flow, Layer

_KEPT = re.compile(r"\(\+ ?(\d{1,4})\)")


@dataclass(frozen=True, slots=True)
class Joined:
    """A network with what its table leaves out, and that in words."""

    words: str
    flow: Flow


def joined(flow: Flow) -> Joined | None:
    """The network with the paths past its blocks; `None` where it is no chain of such blocks."""
    layers = chain_of(flow)
    if layers is None:
        return None
    for words, form in _FORMS:
        drawing = _Drawing(layers)
        if form(drawing):
            return Joined(words, drawing.onto(flow))
    return None


def chain_of(flow: Flow) -> list[Layer] | None:
    """The layers in order, where each leads into the next and nowhere else."""
    pairs = {(connection.source, connection.target) for connection in flow.connections}
    ids = [layer.id for layer in flow.layers]
    return list(flow.layers) if pairs == set(pairwise(ids)) else None


class _Block(NamedTuple):
    layers: list[Layer]
    #: What leads into it, and how many channels that has.
    came: str
    channels: int
    #: It is the first of its stage; it is the last, and another stage of such blocks follows.
    starts: bool
    ends: bool


class _Drawing:
    """A chain on its way to a graph. `way` is what leads on, `channels` how many there are in it."""

    def __init__(self, layers: list[Layer]) -> None:
        self.chain = layers
        self.layers: list[Layer] = []
        self.connections: list[Connection] = []
        self.way = ""
        self.channels = 0

    def put(self, layer: Layer) -> None:
        """A printed layer, behind what leads on."""
        self.layers.append(layer)
        if self.way:
            self.connections.append(Connection(self.way, layer.id))
        self.way = layer.id
        self.channels = layer.params.get("filters") or self.channels

    def add(self, kind: str, near: Layer, *sources: str, **params: object) -> str:
        """A layer that is not printed, named after the block's last."""
        name = f"{near.id}.{'proj' if kind == 'Conv2D' else kind.lower()}"
        taken = {layer.id for layer in self.layers}
        fresh = next(n for n in chain([name], (f"{name}{k}" for k in count(2))) if n not in taken)
        provenance = dict.fromkeys(("type", *params), "inferred")
        self.layers.append(Layer(fresh, kind, params=dict(params), provenance=provenance))
        self.connections += [Connection(source, fresh) for source in sources]
        return fresh

    def convolved(self, near: Layer, source: str, filters: int, **params: object) -> str:
        return self.add("Conv2D", near, source, filters=filters, kernel_size=[1, 1], **params)

    def onto(self, flow: Flow) -> Flow:
        return replace(flow, layers=tuple(self.layers), connections=tuple(self.connections))

    def blocks(self, kernels: tuple[bool, ...], fits: Callable[[list[Layer]], bool]) -> Iterator[_Block]:
        """The chain is put; each block is told once its layers are, so that what passes it can be drawn."""
        at, follows = 0, False
        while at < len(self.chain):
            block = self.block(at, kernels) if self.way else None
            if block is None or not fits(block):
                self.put(self.chain[at])
                at, follows = at + 1, False
                continue
            starts = not follows or self.chain[at - 1].output_shape is not None
            came, channels = self.way, self.channels
            for layer in block:
                self.put(layer)
            at, follows = at + len(block), True
            ends = block[-1].output_shape is not None and self.block(at, kernels) is not None
            yield _Block(block, came, channels, starts, ends)

    def block(self, at: int, kernels: tuple[bool, ...]) -> list[Layer] | None:
        """The convolutions from a place on, `True` for those of 1 x 1; a block comes twice at least."""
        size = len(kernels)
        found = self.chain[at : at + size]
        if tuple(map(_narrow, found)) != kernels:
            return None
        twins = (self.chain[at + size : at + 2 * size], self.chain[at - size : at] if at >= size else [])
        return found if any(list(map(_form, twin)) == list(map(_form, found)) for twin in twins) else None


def _narrow(layer: Layer) -> bool | None:
    kernel = layer.params.get("kernel_size")
    return set(kernel) == {1} if layer.type == "Conv2D" and kernel and "filters" in layer.params else None


def _form(layer: Layer) -> tuple[object, ...]:
    return layer.type, tuple(layer.params.get("kernel_size") or ()), layer.params.get("filters")


BOTTLENECK, PAIR = (True, False, True), (True, False)


def _residual(drawing: _Drawing) -> bool:
    """Bottlenecks, each with a shortcut."""
    found = False
    for block in drawing.blocks(BOTTLENECK, lambda layers: not any(_KEPT.search(layer.label) for layer in layers)):
        last, beside = block.layers[-1], block.came
        if block.channels != drawing.channels:
            beside = drawing.convolved(last, beside, drawing.channels)
        drawing.way = drawing.add("Add", last, last.id, beside)
        found = True
    return found


def _dense(drawing: _Drawing) -> bool:
    """Pairs that all widen alike: what each makes stands beside all that came before it."""
    growth = {
        layer.params["filters"]
        for at in range(len(drawing.chain))
        for layer in (drawing.block(at, PAIR) or [])[-1:]
        if drawing.block(at, BOTTLENECK) is None
    }
    if len(growth) != 1:
        return False
    found = False
    for block in drawing.blocks(PAIR, lambda layers: True):
        last = block.layers[-1]
        drawing.way = drawing.add("Concatenate", last, block.came, last.id)
        drawing.channels += block.channels
        if block.ends:  # the next stage follows without a transition in print
            drawing.channels //= 2
            way = drawing.convolved(last, drawing.way, drawing.channels)
            drawing.way = drawing.add("AveragePooling2D", last, way, pool_size=[2, 2], strides=[2, 2])
        found = True
    return found


def _dual(drawing: _Drawing) -> bool:
    """Bottlenecks that print what they add to a second path: "1x1, 256 (+16)"."""
    residual = beside = ""
    for block in drawing.blocks(BOTTLENECK, lambda layers: _KEPT.search(layers[-1].label) is not None):
        last = block.layers[-1]
        kept = _KEPT.search(last.label)
        more = int(kept[1]) if kept else 0
        if block.starts:  # a stage begins with both paths
            residual = drawing.convolved(last, block.came, drawing.channels)
            beside = drawing.convolved(last, block.came, 2 * more)
        residual = drawing.add("Add", last, last.id, residual)
        own = drawing.convolved(last, block.layers[1].id, more, strides=[1, 1])
        beside = drawing.add("Concatenate", last, beside, own)
        drawing.way = drawing.add("Concatenate", last, residual, beside)
    return bool(beside)


_FORMS: tuple[tuple[str, Callable[[_Drawing], bool]], ...] = (
    ("a shortcut past each block, with a convolution where the number of channels changes", _residual),
    ("two paths past each block, one added and one put beside, as “(+k)” says", _dual),
    ("all that came before a block put beside what it makes, and half of it taken on to the next stage", _dense),
)
