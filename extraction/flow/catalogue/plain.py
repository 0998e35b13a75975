"""Layers for any shape: inputs and outputs, dense, reshaping."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue import parameters as p
from extraction.flow.catalogue.schema import LayerType, Parameter


def plain_types() -> Iterator[LayerType]:
    yield from _ends()
    yield from _dense_and_reshaping()


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
        # Classes of Keras that hold foreign code stand here too: nothing in a flow is ever run.
        aliases=("module", "subnetwork", "stage", "lambda", "layer", "wrapper", "pipeline", "jaxlayer", "flaxlayer",
                 "tfsmlayer", "torchmodulewrapper"),
    )  # fmt: skip
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
                 "hidden layer", "ip", "mlp layer", "dense layer", "fc layer", "gemm", "hidden", "projection",
                 "projection layer", "affine", "affine layer", "affine transform"),
        keras="Dense",
        caffe="InnerProduct",
        pytorch="nn.Linear",
        onnx="Gemm",
    )  # fmt: skip
    yield LayerType(
        "EinsumDense",
        "dense",
        "Dense layer whose product is written as an equation.",
        (
            Parameter("equation", "text", required=True, help="As `abc,cd->abd`: input, weights, output."),
            Parameter("output_shape", "ints", required=True, minimum=-1, help="Sizes of the output; -1 as the input."),
            p.ACTIVATION,
            Parameter("bias_axes", "text", None, help="Axes of the output that get a learnt constant; none if empty."),
        ),
        aliases=("einsum", "einsum dense"),
        keras="EinsumDense",
        caffe=None,
        pytorch="torch.einsum",
        onnx="Einsum",
    )
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
            Parameter("scale", "floats", required=True, help="Factor, one for all or one for each channel."),
            Parameter("offset", "floats", 0.0, help="Added after the product, one for all or one for each channel."),
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
