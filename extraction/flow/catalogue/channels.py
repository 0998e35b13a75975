"""What acts along the channels alone: operations of their own in Caffe and ONNX, no layers in Keras."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue.schema import LayerType, Parameter


def channel_types() -> Iterator[LayerType]:
    yield LayerType(
        "Slice",
        "dense",
        "Some of the channels, in a row.",
        (
            Parameter("start", "int", 0, minimum=0, help="The first channel, from 0."),
            Parameter("stop", "int", required=True, minimum=1, help="The first channel that is left out again."),
        ),
        aliases=("slice layer",),
        caffe="Slice",
        pytorch="indexing",
        onnx="Slice",
    )
    yield LayerType(
        "Bias",
        "norm",
        "Adds a learnt number to every channel.",
        aliases=("bias layer",),
        caffe="Bias",
        pytorch="nn.Parameter",
        onnx="Add",
    )
    yield LayerType(
        "ArgMax",
        "dense",
        "Number of the largest channel, from 0, at every place.",
        aliases=("arg max",),
        caffe="ArgMax",
        pytorch="torch.argmax",
        onnx="ArgMax",
    )
