"""Arithmetic on every value alone, as Caffe has it in layers of their own; Keras and PyTorch write expressions."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue.schema import LayerType, Parameter

_SCALE = Parameter("scale", "float", 1.0, help="Factor of the input, before anything else.")
_SHIFT = Parameter("shift", "float", 0.0, help="Added to the product.")
_BASE = Parameter("base", "float", None, minimum=1e-6, help="Its base; e where nothing is said.")


def elementwise_types() -> Iterator[LayerType]:
    yield LayerType(
        "AbsVal",
        "act",
        "Takes the sign away.",
        aliases=("absolute value",),
        caffe="AbsVal",
        pytorch="torch.abs",
        onnx="Abs",
    )
    yield LayerType(
        "PowerLaw",
        "act",
        "(scale * x + shift) to a power.",
        (Parameter("power", "float", 1.0, help="The exponent."), _SCALE, _SHIFT),
        caffe="Power",
        pytorch="arithmetic",
        onnx="Pow",
    )
    yield LayerType(
        "Logarithm",
        "act",
        "Logarithm of scale * x + shift.",
        (_BASE, _SCALE, _SHIFT),
        caffe="Log",
        pytorch="torch.log",
        onnx="Log",
    )
    yield LayerType(
        "Exponential",
        "act",
        "A base to the power of scale * x + shift.",
        (_BASE, _SCALE, _SHIFT),
        caffe="Exp",
        pytorch="torch.exp",
        onnx="Exp",
    )
    yield LayerType(
        "Threshold",
        "act",
        "1 above a threshold, else 0.",
        (Parameter("threshold", "float", 0.0, help="What must be passed."),),
        caffe="Threshold",
        pytorch="comparison",
        onnx="Greater",
    )
    yield LayerType(
        "MVN",
        "norm",
        "Takes the mean off every map and divides by its deviation.",
        (
            Parameter("normalize_variance", "bool", True, help="Divide by the deviation."),
            Parameter("across_channels", "bool", False, help="One mean for all maps of an example."),
            Parameter("epsilon", "float", 1e-9, minimum=0, help="Added to the deviation."),
        ),
        rank=2,
        aliases=("mean variance normalization",),
        caffe="MVN",
        pytorch="arithmetic",
        onnx="MeanVarianceNormalization",
    )
