"""Sizes of the blobs and weights of a Caffe net, by BVLC Caffe's own rules.

Source: the layers' `Reshape` and `LayerSetUp` in https://github.com/BVLC/caffe, branch master.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from extraction.importing.prototxt import Message

Sizes = tuple[int, ...]


class NetError(ValueError):
    """A net that Caffe would refuse; names the layer."""


@dataclass(slots=True)
class Blobs:
    """All blobs of a net and, by layer name, the weights that it keeps."""

    shapes: dict[str, Sizes] = field(default_factory=dict)
    weights: dict[str, list[Sizes]] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    #: Numbers that are learnt or measured; weights that are fixed (`lr_mult: 0`) and BatchNorm's factor don't count.
    parameters: int = 0


def blobs_of(net: Message) -> Blobs:
    """Go through the layers in their order, as Caffe does when it sets a net up.

    Raises:
        NetError: a layer gets what it can't take.
    """
    blobs, names = Blobs(), set()
    for layer in net.all("layer"):
        name, kind = str(layer.get("name", "")), str(layer.get("type", ""))
        if not name or name in names:
            raise NetError(f"`{name}`: every layer needs a name of its own")
        names.add(name)
        missing = next((blob for blob in layer.all("bottom") if blob not in blobs.shapes), None)
        if missing is not None:
            raise NetError(f"`{name}`: its input `{missing}` is made by no layer before it")
        if kind not in RULES:
            raise NetError(f"`{name}`: a layer of type {kind} is not known here")
        bottoms = [blobs.shapes[blob] for blob in layer.all("bottom")]
        tops, weights = RULES[kind](layer, bottoms)
        if len(tops) != len(layer.all("top")) or any(size < 1 for top in tops for size in top):
            raise NetError(f"`{name}`: gives {tops} for {len(layer.all('top'))} outputs")
        blobs.shapes |= dict(zip(layer.all("top"), tops, strict=True))
        blobs.inputs += layer.all("top") if kind == "Input" else []
        if weights:
            blobs.weights[name] = weights
            measured = kind == "BatchNorm"  # what it measures is not learnt, whatever the file says
            fixed = [] if measured else [param.get("lr_mult") == 0 for param in layer.all("param")]
            counted = weights[:2] if measured else weights
            blobs.parameters += sum(
                math.prod(shape) for i, shape in enumerate(counted) if not (i < len(fixed) and fixed[i])
            )
    return blobs


Rule = Callable[[Message, list[Sizes]], tuple[list[Sizes], list[Sizes]]]


def _spatial(param: Message, name: str, default: int, *, size: str = "") -> Sizes:
    """Height and width: `kernel_size: 3`, two of them, or `kernel_h` and `kernel_w`."""
    both = [int(value) for value in param.all(size or name)]
    if both:
        return (both[0], both[-1])
    return int(param.get(f"{name}_h", default)), int(param.get(f"{name}_w", default))


def _map(layer: Message, bottoms: list[Sizes]) -> Sizes:
    if len(bottoms[0]) != 4:
        raise NetError(f"`{layer.get('name')}`: needs a map (N, channels, height, width), gets {bottoms[0]}")
    return bottoms[0]


def _windows(layer: Message, param: Message) -> list[tuple[int, int, int, int]]:
    """Kernel, stride, pad and dilation, for height and width."""
    kernel = _spatial(param, "kernel", 0, size="kernel_size")
    if 0 in kernel:
        raise NetError(f"`{layer.get('name')}`: has no kernel size")
    steps = (_spatial(param, "stride", 1), _spatial(param, "pad", 0), _spatial(param, "dilation", 1))
    return list(zip(kernel, *steps, strict=True))


def _convolution(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    number, channels, *sizes = _map(layer, bottoms)
    param = layer.message("convolution_param")
    outputs, group, windows = int(param.get("num_output", 0)), int(param.get("group", 1)), _windows(layer, param)
    if channels % group or outputs % group:
        raise NetError(f"`{layer.get('name')}`: {channels} channels and {outputs} outputs do not split into {group}")
    kernel = tuple(k for k, _, _, _ in windows)
    bias = [(outputs,)] if param.flag("bias_term", True) else []
    if layer.get("type") == "Convolution":
        after = [(n + 2 * p - (d * (k - 1) + 1)) // s + 1 for n, (k, s, p, d) in zip(sizes, windows, strict=True)]
        return [(number, outputs, *after)], [(outputs, channels // group, *kernel), *bias]
    after = [s * (n - 1) + d * (k - 1) + 1 - 2 * p for n, (k, s, p, d) in zip(sizes, windows, strict=True)]
    return [(number, outputs, *after)], [(channels, outputs // group, *kernel), *bias]


def _pooling(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    number, channels, *sizes = _map(layer, bottoms)
    param = layer.message("pooling_param")
    if param.flag("global_pooling", False):
        return [(number, channels, 1, 1)], []
    rounding = math.floor if param.get("round_mode") == "FLOOR" else math.ceil
    windows, after = _windows(layer, param), []
    padded = any(pad for _, _, pad, _ in windows)
    for size, (kernel, stride, pad, _) in zip(sizes, windows, strict=True):
        if pad >= kernel:
            raise NetError(f"`{layer.get('name')}`: pads {pad}, which its window of {kernel} does not reach over")
        output = rounding((size + 2 * pad - kernel) / stride) + 1
        if padded and (output - 1) * stride >= size + pad:
            output -= 1  # the last window must start inside
        after.append(output)
    return [(number, channels, *after)], []


def _inner_product(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    param = layer.message("inner_product_param")
    axis, outputs = int(param.get("axis", 1)), int(param.get("num_output", 0))
    inputs = math.prod(bottoms[0][axis:])
    bias = [(outputs,)] if param.flag("bias_term", True) else []
    return [(*bottoms[0][:axis], outputs)], [(outputs, inputs), *bias]


def _same(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    return [bottoms[0]], []


def _input(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    return [tuple(shape.all("dim")) for shape in layer.message("input_param").all("shape")], []


def _batch_norm(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    channels = bottoms[0][1]
    return [bottoms[0]], [(channels,), (channels,), (1,)]


def _scale(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    param = layer.message("scale_param")
    axis = int(param.get("axis", 1))
    if len(bottoms) == 2:
        if bottoms[0][axis : axis + len(bottoms[1])] != bottoms[1]:
            raise NetError(f"`{layer.get('name')}`: can't scale {bottoms[0]} by {bottoms[1]}")
        return [bottoms[0]], []
    size = (bottoms[0][axis],)
    return [bottoms[0]], [size, size] if param.flag("bias_term", False) else [size]


def _bias(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    return [bottoms[0]], [(bottoms[0][int(layer.message("bias_param").get("axis", 1))],)]


def _arg_max(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    axis = int(layer.message("argmax_param").get("axis", 1))
    return [(*bottoms[0][:axis], 1, *bottoms[0][axis + 1 :])], []


def _prelu(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    shared = layer.message("prelu_param").flag("channel_shared", False)
    return [bottoms[0]], [(1,) if shared else (bottoms[0][1],)]


def _eltwise(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    if len(set(bottoms)) > 1:
        raise NetError(f"`{layer.get('name')}`: joins equal sizes only, gets {bottoms}")
    return [bottoms[0]], []


def _concat(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    axis = int(layer.message("concat_param").get("axis", 1))
    rest = {shape[:axis] + shape[axis + 1 :] for shape in bottoms}
    if len(rest) > 1:
        raise NetError(f"`{layer.get('name')}`: its inputs differ beside axis {axis}: {bottoms}")
    return [(*bottoms[0][:axis], sum(shape[axis] for shape in bottoms), *bottoms[0][axis + 1 :])], []


def _slice(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    param, shape = layer.message("slice_param"), bottoms[0]
    axis = int(param.get("axis", 1))
    points = [0, *param.all("slice_point"), shape[axis]]
    if len(points) == 2 and (tops := len(layer.all("top"))) > 1:  # even parts
        points = [shape[axis] * i // tops for i in range(tops + 1)]
    sizes = [after - before for before, after in itertools.pairwise(points)]
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes], []


def _flatten(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    return [(bottoms[0][0], math.prod(bottoms[0][1:]))], []


def _reshape(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    dims = layer.message("reshape_param").message("shape").all("dim")
    shape = tuple(bottoms[0][i] if size == 0 else size for i, size in enumerate(dims))
    if math.prod(shape) != math.prod(bottoms[0]):
        raise NetError(f"`{layer.get('name')}`: {bottoms[0]} does not fill {shape}")
    return [shape], []


def _dummy_data(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    return [tuple(shape.all("dim")) for shape in layer.message("dummy_data_param").all("shape")], []


def _class_loss(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    """A number for the batch, from scores and the number of the right class for each place."""
    scores, labels = bottoms
    name = "accuracy_param" if layer.get("type") == "Accuracy" else "softmax_param"
    axis = int(layer.message(name).get("axis", 1))
    if math.prod(labels) * scores[axis] != math.prod(scores):
        raise NetError(f"`{layer.get('name')}`: labels {labels} do not number the places of {scores}")
    return [()], []


def _value_loss(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    outputs, targets = bottoms
    if outputs[0] != targets[0] or math.prod(outputs) != math.prod(targets):
        raise NetError(f"`{layer.get('name')}`: compares {outputs} with {targets}")
    return [()], []


def _silence(layer: Message, bottoms: list[Sizes]) -> tuple[list[Sizes], list[Sizes]]:
    return [], []


RULES: dict[str, Rule] = {
    "Input": _input,
    "Convolution": _convolution,
    "Deconvolution": _convolution,
    "Pooling": _pooling,
    "InnerProduct": _inner_product,
    "BatchNorm": _batch_norm,
    "Scale": _scale,
    "Bias": _bias,
    "ArgMax": _arg_max,
    "PReLU": _prelu,
    "Eltwise": _eltwise,
    "Concat": _concat,
    "Slice": _slice,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Silence": _silence,
    "DummyData": _dummy_data,
    "SoftmaxWithLoss": _class_loss,
    "HingeLoss": _class_loss,
    "Accuracy": _class_loss,
    "SigmoidCrossEntropyLoss": _value_loss,
    "EuclideanLoss": _value_loss,
    **dict.fromkeys(("ReLU", "Sigmoid", "TanH", "ELU", "Swish", "BNLL", "Exp", "Log", "Power", "Clip"), _same),
    **dict.fromkeys(("Softmax", "LRN", "Dropout", "AbsVal", "Threshold", "MVN"), _same),
}
