"""Second half of completion: every layer in turn gets its sizes, from what is printed first, from custom last."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from extraction.flow.catalogue import WRAPPERS
from extraction.flow.completion.draft import Draft, Node, titled
from extraction.flow.completion.fit import Fitter
from extraction.flow.completion.inputs import Inputs
from extraction.flow.completion.joins import Joins
from extraction.flow.completion.maps import Maps
from extraction.flow.completion.outlook import Outlook
from extraction.flow.completion.step import State, Step, agrees
from extraction.flow.completion.traits import ATTENTION, CHANNELS_IN, RECURRENT, TRANSPOSED, WINDOWS
from extraction.flow.completion.vectors import Vectors
from extraction.flow.graph import topological
from extraction.flow.problems import sizes
from extraction.flow.rules import RuleError

#: What is assumed where neither the drawing nor its shapes tell.
ASSUMED: dict[tuple[str, str], Any] = {
    ("Activation", "activation"): "relu",
    ("Dropout", "rate"): 0.5,
    ("SpatialDropout1D", "rate"): 0.5,
    ("SpatialDropout2D", "rate"): 0.5,
    ("SpatialDropout3D", "rate"): 0.5,
    ("AlphaDropout", "rate"): 0.5,
    ("GaussianDropout", "rate"): 0.5,
    ("GaussianNoise", "stddev"): 0.1,
    ("StochasticDepth", "drop_path_rate"): 0.1,
    ("ReversibleEmbedding", "input_dim"): 10_000,
    ("ReversibleEmbedding", "output_dim"): 128,
    ("StackedRNNCells", "units"): (128, 128),
    ("Rescaling", "scale"): 1.0,
    ("Embedding", "input_dim"): 10_000,
    ("RepeatVector", "n"): 32,
    ("GroupQueryAttention", "num_key_value_heads"): 1,
    ("Dot", "axes"): -1,
}

#: An output with more values than this can't be run anywhere.
MOST_VALUES = 2**33

_MAKE_SEQUENCES = RECURRENT | ATTENTION | {"Embedding", "RepeatVector", "TimeDistributed"}
_SIZE_PARAMETERS = frozenset({"kernel_size", "pool_size", "strides", "padding", "size", "cropping"})


class Settler(Step):
    def __init__(self, draft: Draft) -> None:
        self.order, _ = topological(draft.finished(), late=lambda i: _is_free_input(draft.nodes[i]))
        self.placed: list[str] = []
        state = State(draft, Outlook(draft, self.order), Fitter(draft, self.placed), draft.outputs_of())
        super().__init__(state)
        maps, self._vectors = Maps(state), Vectors(state)
        steps: tuple[Step, ...] = (Inputs(state), maps, self._vectors, Joins(state, maps))
        self.prepares = {kind: prepare for step in steps for kind, prepare in step.prepares.items()}

    def run(self) -> None:
        for layer_id in self.order:
            self._settle(self.draft.nodes[layer_id])
        self.draft.nodes = {i: self.draft.nodes[i] for i in self.placed}

    def _settle(self, node: Node) -> None:
        try:
            self._axes(node)
            if prepare := self.prepares.get(node.type):
                prepare(node)
            self._fill(node)
            self.apply(node)
        except RuleError as error:
            self.draft.problem(node, str(error))
            said = node.printed
            node.shape = said if said and None not in said else (self.input_shape(node) or (1,))
        self.placed.append(node.id)
        self._compare(node)
        self._firmness(node)
        follows = node.type not in WINDOWS | TRANSPOSED and any(i in self.sequences for i in node.inputs)
        if follows or node.type in _MAKE_SEQUENCES:
            self.sequences.add(node.id)
        if follower := self.state.followers.pop(node.id, None):
            self._settle(follower)

    def _compare(self, node: Node) -> None:
        """Compare with what is printed, and note the shape."""
        shape, printed = node.shape, node.printed
        assert shape is not None
        origin = dict(node.layer.provenance)
        if printed is not None and node.type != "Input" and not agrees(printed, shape):
            gets = " and ".join(sizes(self.draft.nodes[i].shape) for i in node.inputs[:3])
            self.draft.problem(
                node, f"{titled(node)} is printed as {sizes(printed)}, but from {gets} it makes {sizes(shape)}"
            )
        if math.prod(size or 1 for size in shape) > MOST_VALUES:
            self.draft.problem(
                node, f"{titled(node)} makes {sizes(shape)} values an example, more than any machine holds"
            )
        if printed != shape:
            origin["output_shape"] = "inferred"
        if node.type != "Input":
            node.layer = replace(node.layer, output_shape=shape, provenance=origin)

    def _firmness(self, node: Node) -> None:
        sources = [self.draft.nodes[i] for i in node.inputs]
        if node.type == "Input":
            node.firm_size = node.firm_channels = node.layer.provenance.get("output_shape") not in (
                "assumed",
                "inferred",
            )
            return
        node.firm_size = not node.free & _SIZE_PARAMETERS and all(source.firm_size for source in sources)
        if name := CHANNELS_IN.get(_type_with_channels(node)):
            node.firm_channels = name not in node.free
        else:
            node.firm_channels = all(source.firm_channels for source in sources)

    def _axes(self, node: Node) -> None:
        """Reshape inputs that have the wrong number of axes."""
        if node.row.rank is None or node.row.family == "io":
            return
        axes = node.row.rank + 1
        needs = {1: "a vector", 2: "a sequence", 3: "an image", 4: "a volume"}.get(axes, f"{axes} axes")
        for index, source in enumerate(node.inputs):
            new = self.fit.axes(self.draft.nodes[source], node, axes, needs)
            self.fit.replace_input(node, index, new)

    def _fill(self, node: Node) -> None:
        """Channels, and every other parameter that the layer can't do without."""
        if name := CHANNELS_IN.get(_type_with_channels(node)):
            self._vectors.channels(node, name)
        for parameter in node.row.parameters:
            if parameter.required and node.get(parameter.name) is None:
                value = ASSUMED.get((node.type, parameter.name), parameter.minimum or 1)
                self.draft.put(node, parameter.name, value, "assumed", "it is not printed; a usual value")


def _type_with_channels(node: Node) -> str:
    """Its type, or that of the layer inside of a wrapper."""
    return str(node.get("layer") or WRAPPERS[node.type][0]) if node.type in WRAPPERS else node.type


def _is_free_input(node: Node) -> bool:
    """An input of unknown size waits, so that what it is joined with can tell."""
    return node.type == "Input" and node.printed is None and node.get("shape") is None
