"""A design: a network in the leanest form, and the flow that it becomes when it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from extraction.flow.model import Connection, Flow, Layer
from extraction.simulate.lean import MANY, ONE, Sizes
from extraction.simulate.names import name_layers


@dataclass(slots=True)
class Design:
    """Layers in an order in which each comes after its inputs, as parallel lists."""

    grammar: str
    seed: int
    index: int
    #: Layers on the longest way from an input to an output, both counted.
    depth: int
    kinds: list[str] = field(default_factory=list)
    params: list[dict[str, Any]] = field(default_factory=list)
    #: Places of each layer's inputs, in their order.
    inputs: list[tuple[int, ...]] = field(default_factory=list)
    shapes: list[Sizes] = field(default_factory=list)
    #: Place of each layer on the longest way from an input, from 1.
    depths: list[int] = field(default_factory=list)
    parameters: int = 0
    #: Parts that belong together (first layer, layer after the last, what it is), as a person would nest them.
    spans: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return design_id(self.grammar, self.seed, self.index)

    def input(self, shape: Sizes, dtype: str = "") -> int:
        self.kinds.append("Input")
        self.params.append({"shape": shape, "dtype": dtype} if dtype else {"shape": shape})
        self.inputs.append(())
        self.shapes.append(shape)
        self.depths.append(1)
        return len(self.kinds) - 1

    def add(self, kind: str, params: dict[str, Any], source: int) -> int:
        """A layer with one input; gives its place."""
        shape, count = ONE[kind](params, self.shapes[source])
        self.kinds.append(kind)
        self.params.append(params)
        self.inputs.append((source,))
        self.shapes.append(shape)
        self.depths.append(self.depths[source] + 1)
        self.parameters += count
        return len(self.kinds) - 1

    def join(self, kind: str, params: dict[str, Any], sources: tuple[int, ...]) -> int:
        """A layer with several inputs; gives its place."""
        shape, count = MANY[kind](params, [self.shapes[source] for source in sources])
        self.kinds.append(kind)
        self.params.append(params)
        self.inputs.append(sources)
        self.shapes.append(shape)
        self.depths.append(1 + max([self.depths[source] for source in sources]))
        self.parameters += count
        return len(self.kinds) - 1

    def cut(self, length: int, parameters: int) -> None:
        """Take back all layers from a place on; `parameters` is what it had before them."""
        for rows in (self.kinds, self.params, self.inputs, self.shapes, self.depths):
            del rows[length:]
        self.parameters = parameters

    def rng(self, purpose: str) -> Random:
        """Random numbers of their own for everything beside the design: the same for the same design and purpose."""
        return Random(f"{self.grammar} {self.seed} {self.index} {purpose}")  # noqa: S311 - nothing secret hangs on it

    def to_flow(self) -> Flow:
        """The design as a flow, with names such as people and Keras give, and every shape."""
        names = name_layers(self.kinds, self.params, self.rng("names"))
        layers = [
            Layer(id=f"l{i}", type=kind, name=names[i], params=self.params[i], output_shape=self.shapes[i])
            for i, kind in enumerate(self.kinds)
        ]
        connections = [
            Connection(f"l{source}", f"l{target}") for target, sources in enumerate(self.inputs) for source in sources
        ]
        return Flow(tuple(layers), tuple(connections), name=self.id)


def design_id(grammar: str, seed: int, index: int) -> str:
    return f"{grammar}-{seed}-{index:06d}"
