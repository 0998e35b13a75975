"""EfficientNet-Lite0 as an ONNX graph: a picture in, pooled features of several depths out.

Architecture: Tan and Le 2019, "EfficientNet", and Google's "Lite" variant (ReLU6, no squeeze-and-excitation).
Batch normalisation is folded into the convolutions, so the graph holds convolutions, clips, sums and pools only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from extraction.classify.weights import Array

#: Blocks of each stage: how many, and the stride of the first.
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
BATCH_NORM_EPSILON = 1e-3
OPSET = 17
IR_VERSION = 8


class _Graph:
    def __init__(self, weights: Mapping[str, Array]) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.low = self._constant("low", np.array(0, np.float32))
        self.high = self._constant("high", np.array(6, np.float32))

    def _constant(self, name: str, value: Array) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def convolution(self, x: str, name: str, norm: str, *, stride: int = 1, activation: bool = True) -> str:
        """Convolution with its batch normalisation folded in, then ReLU6."""
        kernel = self.weights[f"{name}.weight"]
        scale = self.weights[f"{norm}.weight"] / np.sqrt(self.weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        bias = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * scale
        inputs = [
            x,
            self._constant(f"{name}.kernel", kernel * scale[:, None, None, None]),
            self._constant(f"{name}.bias", bias),
        ]
        x = self.node(
            "Conv",
            inputs,
            name,
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            kernel_shape=list(kernel.shape[2:]),
            group=kernel.shape[0] if kernel.shape[1] == 1 else 1,
        )
        return self.node("Clip", [x, self.low, self.high], f"{name}.relu6") if activation else x

    def block(self, x: str, index: int, stride: int) -> str:
        """Inverted residual block: widen, depthwise convolution, narrow; a shortcut where the shape stays."""
        name = f"_blocks.{index}"
        y = x
        if f"{name}._expand_conv.weight" in self.weights:
            y = self.convolution(y, f"{name}._expand_conv", f"{name}._bn0")
        y = self.convolution(y, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
        return self.convolution(y, f"{name}._project_conv", f"{name}._bn2", activation=False)


def build(weights: Mapping[str, Array]) -> ModelProto:
    """The network: `image` (batch x 3 x height x width) in; `mean0`, `max0`, … out, batch x channels, two a stage."""
    graph = _Graph(weights)
    x = graph.convolution("image", "_conv_stem", "_bn0", stride=2)
    outputs = []
    index = 0
    for count, stride in STAGES:
        for first in [True] + [False] * (count - 1):
            y = graph.block(x, index, stride if first else 1)
            x = y if first else graph.node("Add", [x, y], f"_blocks.{index}.sum")
            index += 1
        outputs.append(x)
    x = graph.convolution(x, "_conv_head", "_bn1")
    outputs.append(x)
    pooled = []
    for i, name in enumerate(outputs):
        for operator, short in (("GlobalAveragePool", "mean"), ("GlobalMaxPool", "max")):
            pooled.append(graph.node("Flatten", [graph.node(operator, [name], f"{short}{i}.map")], f"{short}{i}"))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None]) for name in pooled]
    return helper.make_model(
        helper.make_graph(graph.nodes, "efficientnet-lite0", [image], infos, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
