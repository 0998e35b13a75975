"""Caffe nets as `draw_net` sees them: from the code of a flow, or from the flow where that code is refused.

A net can be dressed as people dress theirs for training: with a data layer and labels, a loss, layers in place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from extraction.flow.model import Flow, Layer
from extraction.vocabulary.tools import in_place_rank

_BLOCK = re.compile(r"^layer \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r'^\s*(?:#.*$)|(\w+): (?:"([^"]*)"|([\w.+-]+))', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NetLayer:
    name: str
    type: str
    bottoms: tuple[str, ...] = ()
    tops: tuple[str, ...] = ()
    #: All other values of the message and of those within it, by name.
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_place(self) -> bool:
        return len(self.bottoms) == len(self.tops) == 1 and self.bottoms == self.tops


def parse(prototxt: str) -> list[NetLayer]:
    """Layers of a net that `extraction.codegen` wrote."""
    layers = []
    for block in _BLOCK.findall(prototxt):
        ends: dict[str, list[str]] = {"bottom": [], "top": []}
        fields: dict[str, str] = {}
        for name, text, word in _FIELD.findall(block):
            if name in ends:
                ends[name].append(text)
            elif name and name not in fields:
                fields[name] = text or word
        own = {key: value for key, value in fields.items() if key not in ("name", "type")}
        first = _FIELD.search(block)
        assert first is not None
        layers.append(NetLayer(fields["name"], _type(block), tuple(ends["bottom"]), tuple(ends["top"]), own))
    return layers


def _type(block: str) -> str:
    """The layer's type: the first, for fillers have types too."""
    found = re.search(r'^  type: "(\w+)"', block, re.MULTILINE)
    return found[1] if found else ""


#: Types that Caffe has a layer for, with its name; how each is written is enough for a picture, not to run it.
TYPES: Mapping[str, str] = {
    "Input": "Input", "Conv2D": "Convolution", "Conv2DTranspose": "Deconvolution", "Dense": "InnerProduct",
    "TimeDistributed": "InnerProduct", "MaxPooling2D": "Pooling", "AveragePooling2D": "Pooling", "Flatten": "Flatten",
    "Dropout": "Dropout", "Concatenate": "Concat", "Embedding": "Embed", "SimpleRNN": "RNN", "LSTM": "LSTM",
    "Reshape": "Reshape", "Add": "Eltwise", "Softmax": "Softmax",
}  # fmt: skip
_ACTIVE = {
    "relu": "ReLU", "tanh": "TanH", "sigmoid": "Sigmoid", "elu": "ELU", "softplus": "BNLL", "softmax": "Softmax",
    "swish": "Swish", "exponential": "Exp",
}  # fmt: skip


def drawable(flow: Flow) -> bool:
    """Whether Caffe has a layer for everything in the flow."""
    return all(
        layer.type in TYPES and layer.params.get("activation", "linear") in ("linear", *_ACTIVE)
        for layer in flow.layers
    )


def from_flow(flow: Flow) -> list[NetLayer]:
    """The net of a flow of `drawable` layers. Recurrent layers have their activation inside."""
    layers: list[NetLayer] = []
    blobs: dict[str, str] = {}
    for layer in flow.layers:
        bottoms = tuple(blobs[source] for source in flow.inputs_of()[layer.id]) if layer.type != "Input" else ()
        kind = TYPES[layer.type]
        layers.append(NetLayer(layer.name, kind, bottoms, (layer.name,), _fields(layer)))
        blobs[layer.id] = layer.name
        function = layer.params.get("activation", "linear")
        if function != "linear" and kind not in ("RNN", "LSTM"):
            name = f"{layer.name}_{function}"
            own = function in ("relu", "tanh", "sigmoid", "elu")
            layers.append(NetLayer(name, _ACTIVE[function], (layer.name,), (layer.name if own else name,)))
            blobs[layer.id] = layers[-1].tops[0]
    return layers


def _fields(layer: Layer) -> dict[str, str]:
    params = layer.params
    fields = {}
    for ours, theirs in (("units", "num_output"), ("filters", "num_output"), ("output_dim", "num_output")):
        if ours in params:
            fields[theirs] = str(params[ours])
    for ours, theirs in (("kernel_size", "kernel_size"), ("pool_size", "kernel_size"), ("strides", "stride")):
        if ours in params and len(set(params[ours])) == 1:
            fields[theirs] = str(params[ours][0])
    if layer.type in ("MaxPooling2D", "AveragePooling2D"):
        fields["pool"] = "MAX" if layer.type == "MaxPooling2D" else "AVE"
    if params.get("padding") == "same":
        fields["pad"] = str(int(fields.get("kernel_size", "1")) // 2)
    return fields


# --- Dress ------------------------------------------------------------------------------------------------------------


def dress(net: list[NetLayer], rng: Random) -> list[NetLayer]:
    """The same net as people write it: for training or for use, old or new, with layers in place or not."""
    if rng.random() < 0.7:
        net = _in_place(net)
    inputs = [layer for layer in net if layer.type == "Input"]
    style = rng.random()
    if style < 0.35:
        return [layer for layer in net if layer.type != "Input"]  # `input: "data"`, which has no box
    if style < 0.75 and len(inputs) == 1 and net[-1].type == "Softmax" and len(net[-1].bottoms) == 1:
        return _for_training(net, inputs[0], rng)
    return net


def _for_training(net: list[NetLayer], given: NetLayer, rng: Random) -> list[NetLayer]:
    data = rng.choice(("Data", "Data", "Data", "ImageData", "HDF5Data"))
    label = _free("label", net)
    tops = (given.tops[0], label)
    batches = rng.sample((1, 10, 16, 32, 50, 64, 100, 128, 256), 2)
    phases = 2 if rng.random() < 0.4 else 1
    heads = [NetLayer(given.name, data, (), tops, {"batch_size": str(batches[i])}) for i in range(phases)]
    last = net[-1]
    scores = last.bottoms[0]
    loss = _free("loss", net)
    tail = [NetLayer(loss, "SoftmaxWithLoss", (scores, label), (loss,))]
    if rng.random() < 0.5:
        accuracy = _free("accuracy", net)
        tail.insert(int(rng.random() * 2), NetLayer(accuracy, "Accuracy", (scores, label), (accuracy,)))
    return [*heads, *(layer for layer in net[:-1] if layer is not given), *tail]


def _free(name: str, net: list[NetLayer]) -> str:
    taken = {layer.name for layer in net} | {top for layer in net for top in layer.tops}
    while name in taken:
        name += "_"
    return name


def _in_place(net: list[NetLayer]) -> list[NetLayer]:
    """Normalisations, activations and dropouts write over their input where nothing else reads it.

    Only in the order that they are drawn to be read in: see `IN_PLACE_ORDER`.
    """
    readers: dict[str, int] = {}
    for layer in net:
        for bottom in layer.bottoms:
            readers[bottom] = readers.get(bottom, 0) + (0 if layer.in_place else 1)
    renamed: dict[str, str] = {}
    ranks: dict[str, int] = {}
    result = []
    for layer in net:
        bottoms = tuple(renamed.get(blob, blob) for blob in layer.bottoms)
        rank = in_place_rank(layer.type)
        if layer.in_place:
            ranks[bottoms[0]] = rank
            result.append(replace(layer, bottoms=bottoms, tops=bottoms))
            continue
        fits = rank < 100 and layer.type in _OVERWRITING and len(bottoms) == len(layer.tops) == 1
        if fits and readers[layer.bottoms[0]] == 1 and rank > ranks.get(bottoms[0], -1):
            ranks[bottoms[0]] = rank
            readers[bottoms[0]] = readers.get(layer.tops[0], 0)
            renamed[layer.tops[0]] = bottoms[0]
            result.append(replace(layer, bottoms=bottoms, tops=bottoms))
            continue
        result.append(replace(layer, bottoms=bottoms))
    return result


_OVERWRITING = frozenset({"BatchNorm", "Scale", "ReLU", "PReLU", "ELU", "Sigmoid", "TanH", "Dropout"})
