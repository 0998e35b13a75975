"""Layers that make one of several."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue import parameters as p
from extraction.flow.catalogue.schema import LayerType, Parameter


def merging_types() -> Iterator[LayerType]:
    for name, help_, aliases, caffe, pytorch, onnx in (
        ("Add", "Adds its inputs.", ("+", "sum", "eltwise sum", "element-wise add", "addition", "residual", "⊕"),
         "Eltwise", "+", "Add"),
        ("Subtract", "Takes the second input from the first.", ("-", "minus", "sub", "difference", "⊖"),
         None, "-", "Sub"),
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
