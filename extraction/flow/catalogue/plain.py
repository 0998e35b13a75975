"""Layers for any shape: dense, normalisation, dropout, activations, merges, reshaping, inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue import parameters as p
from extraction.flow.catalogue.schema import LayerType, Parameter

_CENTER = Parameter("center", "bool", True, help="Learn a shift.")
_SCALE = Parameter("scale", "bool", True, help="Learn a scale.")
_ALPHA = Parameter("alpha", "float", 1.0, help="Slope of the part below zero.")


def plain_types() -> Iterator[LayerType]:
    yield from _ends()
    yield from _dense_and_reshaping()
    yield from _normalisations()
    yield from _activations()
    yield from _merges()


def _ends() -> Iterator[LayerType]:
    yield LayerType(
        "Input",
        "io",
        "What goes in: an image, a sequence, numbers.",
        (
            Parameter("shape", "ints", None, minimum=1, help="Its sizes, channels last, without the batch."),
            Parameter("dtype", "choice", "float32", choices=("float32", "int32"), help="`int32` for ids and words."),
        ),
        min_inputs=0,
        max_inputs=0,
        aliases=("inputlayer", "input layer", "data", "image", "input image", "inputs", "placeholder"),
        keras="Input",
        caffe="Input",
        pytorch="argument of forward",
        onnx="graph input",
    )
    yield LayerType(
        "Output",
        "io",
        "What comes out; passes its input on.",
        aliases=("output layer", "outputs", "prediction", "predictions", "result"),
        keras="outputs of Model",
        caffe="top of the net",
        pytorch="result of forward",
        onnx="graph output",
    )
    yield LayerType(
        "Block",
        "block",
        "A named module whose inside is not shown; a placeholder in code.",
        max_inputs=None,
        aliases=("module", "subnetwork", "stage"),
    )
    yield LayerType(
        "Unknown",
        "block",
        "A layer whose type could not be told; a placeholder in code.",
        max_inputs=None,
        aliases=("?",),
    )


def _dense_and_reshaping() -> Iterator[LayerType]:
    yield LayerType(
        "Dense",
        "dense",
        "Fully connected layer.",
        (p.UNITS, p.ACTIVATION, p.USE_BIAS),
        aliases=("fc", "fully connected", "fully-connected layer", "linear", "inner product", "full connection",
                 "hidden layer", "ip", "mlp layer", "dense layer", "fc layer", "gemm"),
        keras="Dense",
        caffe="InnerProduct",
        pytorch="nn.Linear",
        onnx="Gemm",
    )  # fmt: skip
    yield LayerType(
        "Flatten",
        "dense",
        "Lays all values out in one row.",
        aliases=("flat", "vectorize", "flattening"),
        keras="Flatten",
        caffe="Flatten",
        pytorch="nn.Flatten",
        onnx="Flatten",
    )
    yield LayerType(
        "Reshape",
        "dense",
        "Gives the same values another shape.",
        (Parameter("target_shape", "ints", required=True, minimum=-1, help="The new sizes; one may be -1."),),
        aliases=("view", "map-to-sequence", "map to sequence", "unflatten"),
        keras="Reshape",
        caffe="Reshape",
        pytorch="torch.reshape",
        onnx="Reshape",
    )
    yield LayerType(
        "Permute",
        "dense",
        "Changes the order of the axes.",
        (Parameter("dims", "ints", required=True, minimum=1, help="New order of the axes, counted from 1."),),
        aliases=("transpose", "permutation"),
        keras="Permute",
        caffe=None,
        pytorch="torch.permute",
        onnx="Transpose",
    )
    yield LayerType(
        "RepeatVector",
        "dense",
        "Repeats a vector to make a sequence.",
        (Parameter("n", "int", required=True, minimum=1, help="How often."),),
        rank=0,
        aliases=("repeat vector", "repeat"),
        keras="RepeatVector",
        caffe="Tile",
        pytorch="Tensor.repeat",
        onnx="Tile",
    )
    yield LayerType(
        "Rescaling",
        "norm",
        "Multiplies by a constant and adds one.",
        (
            Parameter("scale", "float", required=True, help="Factor."),
            Parameter("offset", "float", 0.0, help="Added after the product."),
        ),
        aliases=("rescale", "scale pixels"),
        keras="Rescaling",
        caffe="Power",
        pytorch="arithmetic",
        onnx="Mul",
    )
    yield LayerType(
        "Masking",
        "rec",
        "Leaves out the time steps that hold a fixed value.",
        (Parameter("mask_value", "float", 0.0, help="The value of steps to leave out."),),
        rank=1,
        aliases=("mask",),
        keras="Masking",
        caffe=None,
        pytorch=None,
        onnx=None,
    )


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


def _merges() -> Iterator[LayerType]:
    for name, help_, aliases, caffe, pytorch, onnx in (
        ("Add", "Adds its inputs.", ("+", "sum", "eltwise sum", "element-wise add", "addition", "residual", "⊕"),
         "Eltwise", "+", "Add"),
        ("Subtract", "Takes the second input from the first.", ("-", "minus", "difference", "⊖"), None, "-", "Sub"),
        ("Multiply", "Multiplies its inputs, value by value.", ("×", "⊗", "⊙", "eltwise product", "product", "mul",
         "element-wise product", "hadamard product", "scale"), "Eltwise", "*", "Mul"),
        ("Average", "Takes the mean of its inputs.", ("mean", "avg"), "Eltwise", "torch.stack", "Mean"),
        ("Maximum", "Takes the largest of its inputs, value by value.", ("max", "eltwise max"), "Eltwise",
         "torch.maximum", "Max"),
        ("Minimum", "Takes the smallest of its inputs, value by value.", ("min", "eltwise min"), None,
         "torch.minimum", "Min"),
    ):  # fmt: skip
        most = 2 if name == "Subtract" else None
        yield LayerType(
            name, "merge", help_, min_inputs=2, max_inputs=most, aliases=aliases,
            keras=name, caffe=caffe, pytorch=pytorch, onnx=onnx,
        )  # fmt: skip
    yield LayerType(
        "Concatenate",
        "merge",
        "Puts its inputs side by side along one axis.",
        (p.AXIS,),
        min_inputs=2,
        max_inputs=None,
        aliases=("concat", "concatenation", "merge", "filter concat", "depth concat", "filter concatenation",
                 "depthconcat", "copy and concat", "join", "cat"),
        keras="Concatenate",
        caffe="Concat",
        pytorch="torch.cat",
        onnx="Concat",
    )  # fmt: skip
    yield LayerType(
        "Dot",
        "merge",
        "Dot products of two inputs along an axis.",
        (
            Parameter("axes", "ints", required=True, minimum=-8, maximum=8, help="Axis, or one an input."),
            Parameter("normalize", "bool", False, help="Give the cosine instead."),
        ),
        min_inputs=2,
        max_inputs=2,
        aliases=("dot product", "inner product of two", "matmul", "cosine similarity"),
        keras="Dot",
        caffe=None,
        pytorch="torch.matmul",
        onnx="MatMul",
    )
