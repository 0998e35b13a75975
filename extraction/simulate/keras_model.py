"""A flow as a Keras model is: layers in Keras's order, nested models, what each version would print of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.flow.model import Flow
from extraction.simulate.lean import Sizes
from extraction.simulate.names import are_keras_names, keras_names, snake
from extraction.vocabulary import tools

#: Layers whose class has an `activation` that `plot_model` prints; what they do where nothing is said.
ACTIVE: Mapping[str, str] = {
    **dict.fromkeys(("Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D",
                     "DepthwiseConv2D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Activation"),
                    "linear"),
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), "tanh"),
}  # fmt: skip
WEIGHTED = frozenset(
    {kind for kind in ACTIVE if kind != "Activation"}
    | {"BatchNormalization", "LayerNormalization", "PReLU", "Embedding", "Bidirectional", "TimeDistributed",
       "MultiHeadAttention", "AdditiveAttention"}
)  # fmt: skip
_INNER = {"TimeDistributed": "Dense"}


@dataclass(slots=True)
class Box:
    """One box of the picture: a layer, or the input of a nested model."""

    kind: str
    name: str
    inputs: list[Box] = field(default_factory=list)
    shape: Sizes = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = "float32"
    #: Its node in the dot language.
    key: str = ""

    @property
    def activation(self) -> str | None:
        if self.kind not in ACTIVE:
            return None
        return str(self.params.get("activation", ACTIVE[self.kind]))

    @property
    def weighted(self) -> bool:
        return self.kind in WEIGHTED

    @property
    def inner(self) -> str:
        """The class that a wrapper holds."""
        return str(self.params.get("layer") or _INNER.get(self.kind, ""))

    @property
    def input_shapes(self) -> list[Sizes]:
        shapes = [box.shape for box in self.inputs]
        return shapes * 2 if self.kind == "MultiHeadAttention" and len(shapes) == 1 else shapes


@dataclass(slots=True)
class Nested:
    """A model within the model: its boxes in order, the input first."""

    name: str
    boxes: list[Box]


@dataclass(slots=True)
class KerasModel:
    """Boxes and nested models in the order in which Keras goes through them."""

    items: list[Box | Nested]
    #: A Sequential: no box for its input in Keras 3, and edges by order.
    sequential: bool = False

    def boxes(self) -> list[Box]:
        return [box for item in self.items for box in (item.boxes if isinstance(item, Nested) else [item])]


def keras_order(inputs: Sequence[Sequence[int]], output: int) -> list[int]:
    """The order of a functional model's layers: the farthest from the output first, then as a walk from it meets them.

    Source: `map_graph` in `keras/src/ops/function.py`; it was the same from Keras 1 on.
    """
    met: dict[int, int] = {}
    finished: list[int] = []
    stack: list[tuple[int, int]] = [(output, 0)]
    met[output] = 0
    while stack:
        layer, position = stack.pop()
        if position < len(inputs[layer]):
            stack.append((layer, position + 1))
            source = inputs[layer][position]
            if source not in met:
                met[source] = len(met)
                stack.append((source, 0))
        else:
            finished.append(layer)
    depths = dict.fromkeys(finished, 0)
    for layer in reversed(finished):
        for source in inputs[layer]:
            depths[source] = max(depths[source], depths[layer] + 1)
    return sorted(finished, key=lambda layer: (-depths[layer], met[layer]))


def nestable(flow: Flow, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those runs of layers that could be a model of their own: one way in, one way out, at the last layer."""
    place = {layer.id: i for i, layer in enumerate(flow.layers)}
    inputs = [[place[i] for i in sources] for sources in flow.inputs_of().values()]
    outputs = [[place[i] for i in targets] for targets in flow.outputs_of().values()]
    found: list[tuple[int, int]] = []
    for start, end in spans:
        inside = range(start, end)
        ways_in = {source for i in inside for source in inputs[i] if source not in inside}
        leaves = any(target not in inside for i in range(start, end - 1) for target in outputs[i])
        if len(inside) < 2 or len(ways_in) != 1 or leaves or not outputs[end - 1]:
            continue
        if any(flow.layers[i].type == "Input" for i in inside) or any(s < end and start < e for s, e in found):
            continue
        found.append((start, end))
    return found


def build(flow: Flow, nested: Sequence[tuple[int, int]] = (), *, version: int = 3, counted_from: int = 0) -> KerasModel:
    """The model that the flow's code would build.

    Args:
        nested: runs of layers (first, layer after the last) that are models of their own; see `nestable`.
        version: of Keras, for the names that it gives by itself.
        counted_from: the number with which such names begin (1 in Keras before 2.4).
    """
    kinds = [layer.type for layer in flow.layers]
    names = [layer.name for layer in flow.layers]
    own = are_keras_names(names, kinds)
    if own:
        names = version_names(kinds, version, counted_from)
    boxes = [
        Box(kind, name, shape=_whole(layer.output_shape), params=layer.params, key=layer.id)
        for kind, name, layer in zip(kinds, names, flow.layers, strict=True)
    ]
    place = {layer.id: i for i, layer in enumerate(flow.layers)}
    sources = [[place[i] for i in ids] for ids in flow.inputs_of().values()]
    for box, of in zip(boxes, sources, strict=True):
        box.inputs = [boxes[i] for i in of]
        if box.kind == "Input":
            box.dtype = str(box.params.get("dtype", "float32"))
    stem = "input_layer" if version == 3 else "input"
    taken = {box.name for box in boxes}
    models: list[Nested] = []
    entries: list[int] = []
    unit: dict[int, int] = {}  # layer -> the last layer of the nested model that it is in
    for start, end in nested:
        entry = next(source for i in range(start, end) for source in sources[i] if source < start)
        entries.append(entry)
        entrance = Box("Input", _free(stem, taken), [boxes[entry]], boxes[entry].shape, key=f"n{start}")
        for i in range(start, end):
            unit[i] = end - 1
            boxes[i].inputs = [entrance if j == entry else boxes[j] for j in sources[i]]
        inner = [[i - start for i in sources[j] if i >= start] for j in range(start, end)]
        order = keras_order(inner, end - start - 1)
        model = _free("functional" if version == 3 else "model", taken)
        models.append(Nested(model, [entrance, *(boxes[start + i] for i in order)]))
    folded = [[unit.get(j, j) for j in of] for of in sources]
    for (_, end), entry in zip(nested, entries, strict=True):
        folded[end - 1] = [unit.get(entry, entry)]
    by_last = {end - 1: model for (_, end), model in zip(nested, models, strict=True)}
    items: list[Box | Nested] = [by_last.get(i) or boxes[i] for i in keras_order(folded, len(boxes) - 1)]
    return KerasModel(items)


def is_chain(flow: Flow) -> bool:
    """Whether the flow could be written as a Sequential."""
    ids = [layer.id for layer in flow.layers]
    pairs = [(connection.source, connection.target) for connection in flow.connections]
    return pairs == list(itertools.pairwise(ids)) and [x.type for x in flow.layers].count("Input") == 1


def build_sequential(flow: Flow, *, version: int = 3, counted_from: int = 0) -> KerasModel:
    """A chain as a Sequential: its input has no box in Keras 3, and is named after the first layer before."""
    model = build(flow, version=version, counted_from=counted_from)
    boxes = model.boxes()
    if version == 3:
        boxes[1].inputs = [boxes[0]]
        return KerasModel(list(boxes[1:]), sequential=True)
    if version == 1 and are_keras_names([layer.name for layer in flow.layers], [layer.type for layer in flow.layers]):
        boxes[0].name = f"{tools.KERAS_1.get(boxes[1].kind, boxes[1].kind).lower()}_input_1"
    else:
        boxes[0].name = f"{boxes[1].name}_input"
    return KerasModel(list(boxes), sequential=True)


def _whole(shape: Sequence[int | None] | None) -> Sizes:
    return tuple(size for size in shape or () if size is not None)


def _free(stem: str, taken: set[str]) -> str:
    number = 0
    while (name := f"{stem}_{number}" if number else stem) in taken:
        number += 1
    taken.add(name)
    return name


def version_names(kinds: Sequence[str], version: int, counted_from: int) -> list[str]:
    """Names as a version of Keras gives them by itself."""
    if version == 1:
        stems = {kind: tools.KERAS_1.get(kind, kind).lower() for kind in set(kinds)} | {"Input": "input"}
        return keras_names(kinds, stems, first=1)
    if version == 2:
        stems = {kind: snake(kind) for kind in set(kinds)} | {"Input": "input"}
        names = keras_names(kinds, stems, first=counted_from)
        if counted_from == 0:  # inputs count from 1 in every Keras 2
            inputs = iter(range(1, len(kinds) + 1))
            pairs = zip(kinds, names, strict=True)
            names = [f"input_{next(inputs)}" if kind == "Input" else name for kind, name in pairs]
        return names
    return keras_names(kinds)
