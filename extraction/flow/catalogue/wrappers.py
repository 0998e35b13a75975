"""Layers that hold another one: their parameters are `layer`, the type inside, and those of that type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from extraction.flow.catalogue.schema import LayerType, Parameter

#: What `TimeDistributed` may hold.
EACH_STEP = (
    "Dense", "Conv1D", "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "MaxPooling1D", "MaxPooling2D",
    "AveragePooling1D", "AveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "Flatten", "LayerNormalization", "Dropout",
)  # fmt: skip
#: What `SpectralNormalization` may hold.
WITH_KERNEL = ("Dense", "Conv1D", "Conv2D", "Conv3D")
#: Type -> what it may hold; the first is meant where nothing is said.
WRAPPERS: Mapping[str, tuple[str, ...]] = {"TimeDistributed": EACH_STEP, "SpectralNormalization": WITH_KERNEL}


def wrapper_types(rows: Mapping[str, LayerType]) -> Iterator[LayerType]:
    yield LayerType(
        "TimeDistributed",
        "rec",
        "The same layer for every time step.",
        _parameters(rows, EACH_STEP),
        aliases=("time distributed dense", "time distributed"),
        keras="TimeDistributed",
        caffe="InnerProduct",
        pytorch="nn.Linear",
        onnx="MatMul",
    )
    iterations = Parameter("power_iterations", "int", 1, minimum=1, help="Steps of the estimate at each update.")
    yield LayerType(
        "SpectralNormalization",
        "norm",
        "A layer whose weights are divided by their largest singular value while training.",
        (*_parameters(rows, WITH_KERNEL), iterations),
        aliases=("spectral norm", "spectral normalisation"),
        keras="SpectralNormalization",
        caffe=None,
        pytorch="nn.utils.parametrizations.spectral_norm",
        onnx=None,
    )


def _parameters(rows: Mapping[str, LayerType], inside: tuple[str, ...]) -> tuple[Parameter, ...]:
    """`layer`, and every parameter of what may be inside; needed ones are asked for by the rule."""
    found = {"layer": Parameter("layer", "choice", inside[0], choices=inside, help="The layer inside.")}
    for name in inside:
        for parameter in rows[name].parameters:
            found.setdefault(parameter.name, replace(parameter, required=False))
    return tuple(found.values())
