"""Which layers of a net serve training and measuring alone, and what they say of it."""

from __future__ import annotations

from extraction.importing.building import Builder
from extraction.importing.caffe.net import Definition, Net

#: Layers with weights, and with them everything that a network computes.
LEARNT = frozenset(
    ("Convolution", "Deconvolution", "InnerProduct", "BatchNorm", "BN", "Scale", "PReLU", "Embed", "LSTM", "RNN")
)
#: Caffe's losses under the names that a flow's training has.
LOSSES = {
    "SoftmaxWithLoss": "categorical_crossentropy",
    "MultinomialLogisticLoss": "categorical_crossentropy",
    "InfogainLoss": "categorical_crossentropy",
    "SigmoidCrossEntropyLoss": "binary_crossentropy",
    "EuclideanLoss": "mean_squared_error",
    "HingeLoss": "hinge",
}


def is_measure(layer: Definition) -> bool:
    """A loss, an accuracy, or what throws its input away; custom ones keep to the same names."""
    return layer.type.endswith(("Loss", "Accuracy")) or layer.type in ("Silence", "HDF5Output")


def for_training_only(net: Net, builder: Builder) -> set[int]:
    """Indices of losses and measures, and of what only brings them their targets. Each is noted."""
    gone = {i for i, layer in enumerate(net.layers) if is_measure(layer)}
    if len(gone) == len(net.layers):
        return set()
    learnt: set[int] = set()
    for i, layer in enumerate(net.layers):
        if layer.type in LEARNT or any(source in learnt for source, _ in layer.sources):
            learnt.add(i)
    targets: set[int] = set()
    uses = net.uses()
    for i in reversed(range(len(net.layers))):
        tops = [uses[(i, top)] for top in range(len(net.layers[i].tops))]
        readers = [reader for top in tops for reader, _ in top]
        # What silences some of a layer's results leaves the others to be the net's own.
        shown = not all(tops) and all(net.layers[reader].type == "Silence" for reader in readers)
        if i not in gone | learnt and readers and not shown and all(reader in gone | targets for reader in readers):
            targets.add(i)
    for i in sorted(gone):
        builder.note("dropped", _why(net.layers[i]), net.layers[i].name, net.layers[i].line)
    for i in sorted(targets):
        layer = net.layers[i]
        builder.note("dropped", "only brings targets to a loss or a measure", layer.name, layer.line)
    return gone | targets


def _why(layer: Definition) -> str:
    if layer.type in LOSSES:
        return f"{layer.type} is a matter of training; the flow's training names the loss"
    return f"{layer.type} serves training or measuring and computes nothing of the network"


def loss_of(net: Net) -> str | None:
    """The first loss that a flow can name."""
    return next((LOSSES[layer.type] for layer in net.layers if layer.type in LOSSES), None)
