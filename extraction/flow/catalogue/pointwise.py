"""Layers that change values and leave the shape as it is: normalisation, dropout, activations."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue import parameters as p
from extraction.flow.catalogue.schema import LayerType, Parameter

_CENTER = Parameter("center", "bool", True, help="Learn a shift.")
_SCALE = Parameter("scale", "bool", True, help="Learn a scale.")
_ALPHA = Parameter("alpha", "float", 1.0, help="Slope of the part below zero.")


def pointwise_types() -> Iterator[LayerType]:
    yield from _normalisations()
    yield from _activations()


def _normalisations() -> Iterator[LayerType]:
    yield LayerType(
        "BatchNormalization",
        "norm",
        "Normalises every channel over the batch.",
        (p.AXIS, Parameter("momentum", "float", 0.99, minimum=0, maximum=1), p.EPSILON, _CENTER, _SCALE),
        aliases=("bn", "batchnorm", "batch norm", "batch normalisation", "batchnorm2d", "batchnorm1d", "batch-norm"),
        keras="BatchNormalization",
        caffe="BatchNorm",
        pytorch="nn.BatchNorm2d",
        onnx="BatchNormalization",
    )
    yield LayerType(
        "LayerNormalization",
        "norm",
        "Normalises every example over its channels.",
        (p.AXIS, p.EPSILON, _CENTER, _SCALE),
        aliases=("ln", "layernorm", "layer norm", "layer normalisation"),
        keras="LayerNormalization",
        caffe=None,
        pytorch="nn.LayerNorm",
        onnx="LayerNormalization",
    )
    yield LayerType(
        "GroupNormalization",
        "norm",
        "Normalises groups of channels.",
        (
            Parameter("groups", "int", 32, minimum=1, help="Number of groups that the channels are split into."),
            p.AXIS,
            p.EPSILON,
            _CENTER,
            _SCALE,
        ),
        aliases=("gn", "groupnorm", "group norm", "group normalisation"),
        keras="GroupNormalization",
        caffe=None,
        pytorch="nn.GroupNorm",
        onnx="GroupNormalization",
    )
    yield LayerType(
        "RMSNormalization",
        "norm",
        "Divides by the root mean square of the channels.",
        (p.AXIS, Parameter("epsilon", "float", 1e-6, minimum=0, help=p.EPSILON.help)),
        aliases=("rmsnorm", "rms norm"),
        keras="RMSNormalization",
        caffe=None,
        pytorch="nn.RMSNorm",
        onnx="RMSNormalization",
    )
    yield LayerType(
        "UnitNormalization",
        "norm",
        "Scales every vector to length 1.",
        (p.AXIS,),
        aliases=("l2 norm", "l2 normalization", "l2-norm", "normalize"),
        keras="UnitNormalization",
        caffe="Normalize",
        pytorch="F.normalize",
        onnx="LpNormalization",
    )
    yield LayerType(
        "Normalization",
        "norm",
        "Takes a mean off its input and divides by a deviation, both measured on the data beforehand.",
        (
            p.AXIS,
            Parameter("mean", "floats", None, help="One for all, or one for each channel; measured if empty."),
            Parameter("variance", "floats", None, minimum=0, help="As the mean."),
            Parameter("invert", "bool", False, help="Undo it instead."),
        ),
        aliases=("data normalization", "standardization", "feature normalization"),
        keras="Normalization",
        caffe="Power",
        pytorch="arithmetic",
        onnx="Sub",
    )
    yield LayerType(
        "LayerScale",
        "norm",
        "Multiplies every channel by a learnt factor that starts small (CaiT, ConvNeXt).",
        (Parameter("init_values", "float", 1e-6, minimum=0, help="First value of the factors."),),
        aliases=("layer scale",),
        keras=None,
        caffe="Scale",
        pytorch="nn.Parameter",
        onnx="Mul",
    )
    yield LayerType(
        "LRN",
        "norm",
        "Local response normalisation across neighbouring channels (AlexNet).",
        (
            Parameter("size", "int", 5, minimum=1, help="Number of neighbouring channels."),
            Parameter("alpha", "float", 1e-4, minimum=0, help="Weight of the squares."),
            Parameter("beta", "float", 0.75, minimum=0, help="Exponent."),
            Parameter("k", "float", 1.0, minimum=0, help="Constant in the divisor."),
        ),
        aliases=("local response normalization", "local response norm", "localrespnorm", "norm", "lrnlayer"),
        keras=None,
        caffe="LRN",
        pytorch="nn.LocalResponseNorm",
        onnx="LRN",
    )
    yield LayerType(
        "Dropout",
        "norm",
        "Drops values at random while training.",
        (p.RATE,),
        aliases=("drop", "drop out", "dropout layer"),
        keras="Dropout",
        caffe="Dropout",
        pytorch="nn.Dropout",
        onnx="Dropout",
    )
    yield LayerType(
        "AlphaDropout",
        "norm",
        "Dropout that keeps mean and variance, for SELU networks.",
        (p.RATE,),
        aliases=("alpha dropout",),
        keras="AlphaDropout",
        caffe=None,
        pytorch="nn.AlphaDropout",
        onnx=None,
    )
    yield LayerType(
        "GaussianDropout",
        "norm",
        "Multiplies by normal noise while training.",
        (p.RATE,),
        aliases=("gaussian dropout",),
        keras="GaussianDropout",
        caffe=None,
        pytorch=None,
        onnx=None,
    )
    yield LayerType(
        "StochasticDepth",
        "norm",
        "Drops a whole branch at random while training.",
        (Parameter("drop_path_rate", "float", required=True, minimum=0, maximum=1, help="Share that is dropped."),),
        aliases=("drop path", "droppath", "stochastic depth"),
        keras=None,
        caffe=None,
        pytorch="arithmetic",
        onnx=None,
    )
    yield LayerType(
        "ActivityRegularization",
        "norm",
        "Passes its input on and adds its size to the loss.",
        (
            Parameter("l1", "float", 0.0, minimum=0, help="Weight of the sum of absolute values."),
            Parameter("l2", "float", 0.0, minimum=0, help="Weight of the sum of squares."),
        ),
        aliases=("activity regularization",),
        keras="ActivityRegularization",
        caffe=None,
        pytorch=None,
        onnx="Identity",
    )
    yield LayerType(
        "GaussianNoise",
        "norm",
        "Adds normal noise while training.",
        (Parameter("stddev", "float", required=True, minimum=0, help="Standard deviation of the noise."),),
        aliases=("gaussian noise", "noise", "noise layer"),
        keras="GaussianNoise",
        caffe=None,
        pytorch=None,
        onnx=None,
    )


def _activations() -> Iterator[LayerType]:
    yield LayerType(
        "Activation",
        "act",
        "Applies an activation function.",
        (Parameter("activation", "choice", required=True, choices=p.ACTIVATIONS, help="Which function."),),
        aliases=("nonlinearity", "non-linearity", "activation function", "sigmoid", "tanh", "gelu", "selu", "swish",
                 "relu6", "hard swish", "hswish", "mish", "silu", "softplus"),
        keras="Activation",
        caffe="ReLU",
        pytorch="nn.ReLU",
        onnx="Relu",
    )  # fmt: skip
    yield LayerType(
        "Identity",
        "act",
        "Passes its input on unchanged.",
        aliases=("skip", "pass through", "identity mapping"),
        keras="Identity",
        caffe="Split",
        pytorch="nn.Identity",
        onnx="Identity",
    )
    yield LayerType(
        "ReLU",
        "act",
        "Cuts off values below zero.",
        (
            Parameter("max_value", "float", None, minimum=0, help="Largest result; empty for none."),
            Parameter("negative_slope", "float", 0.0, minimum=0, help=p.NEGATIVE_SLOPE.help),
            Parameter("threshold", "float", 0.0, help="Values below it become zero."),
        ),
        aliases=("rectified linear unit", "rectifier", "rectified linear"),
        keras="ReLU",
        caffe="ReLU",
        pytorch="nn.ReLU",
        onnx="Relu",
    )
    yield LayerType(
        "LeakyReLU",
        "act",
        "ReLU that lets a little through below zero.",
        (p.NEGATIVE_SLOPE,),
        aliases=("lrelu", "leaky relu", "leaky rectifier"),
        keras="LeakyReLU",
        caffe="ReLU",
        pytorch="nn.LeakyReLU",
        onnx="LeakyRelu",
    )
    yield LayerType(
        "PReLU",
        "act",
        "ReLU whose slope below zero is learnt.",
        (Parameter("shared_axes", "ints", None, minimum=1, help="Axes that share a slope, counted from 1."),),
        aliases=("parametric relu",),
        keras="PReLU",
        caffe="PReLU",
        pytorch="nn.PReLU",
        onnx="PRelu",
    )
    yield LayerType(
        "ELU",
        "act",
        "Exponential linear unit.",
        (_ALPHA,),
        aliases=("exponential linear unit",),
        keras="ELU",
        caffe="ELU",
        pytorch="nn.ELU",
        onnx="Elu",
    )
    yield LayerType(
        "Softmax",
        "act",
        "Turns values into probabilities.",
        (p.AXIS,),
        aliases=("soft-max", "softmax layer", "softmax classifier"),
        keras="Softmax",
        caffe="Softmax",
        pytorch="nn.Softmax",
        onnx="Softmax",
    )
