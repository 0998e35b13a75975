"""What acts along the channels alone."""

from __future__ import annotations

from extraction.codegen.plan import Node
from extraction.codegen.to_caffe.net import Field, Net, channel_axes


def slice_(node: Node, net: Net) -> str:
    axis, size = channel_axes(node.input, len(node.shape) - 1), node.input.shape[-1]
    start, stop = node.whole("start"), node.whole("stop")
    return net.cut(node.name, net.blob(node.input), axis, size, start, size - stop, node.name)


def bias(node: Node, net: Net) -> str:
    axis = channel_axes(node, len(node.shape) - 1)
    fields: list[Field] = [("bias_param", [("axis", axis, "")], "")] if axis != 1 else []
    return net.layer(node.name, "Bias", [net.blob(node.input)], [node.name], *fields)


def arg_max(node: Node, net: Net) -> str:
    axis: list[Field] = [("axis", channel_axes(node, len(node.shape) - 1), "")]
    return net.layer(node.name, "ArgMax", [net.blob(node.input)], [node.name], ("argmax_param", axis, ""))
