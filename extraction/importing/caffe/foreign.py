"""What layers that the catalogue lacks give: sizes alone, so that the rest of the net keeps its own.

Sources: weiliu89/caffe (SSD), alexgkendall/caffe-segnet, and Caffe's `spp_layer.cpp`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from extraction.flow.model import Shape
from extraction.importing.caffe.net import Definition
from extraction.importing.caffe.reader import Reader, number, whole
from extraction.importing.layout import Blob, usual

#: Sizes of the result without the batch, channels first; `None` where not known.
Sizes = Callable[[Definition, Sequence[Shape]], Shape | None]


def kept(sizes: Sizes) -> Callable[[Reader, Definition, Sequence[Blob]], list[Blob]]:
    """Keeps the layer whole, with the sizes of its result."""

    def handle(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
        outer = sizes(layer, [blob.outer for blob in blobs])
        if outer is None:
            return reader.unknown(layer, blobs)
        order = usual(len(outer))
        [made] = reader.unknown(layer, blobs, shape=tuple(outer[axis - 1] for axis in order))
        return [Blob(made.value, order)]

    return handle


def prior_box(layer: Definition, inputs: Sequence[Shape]) -> Shape | None:
    """Four numbers a box, and their variances: two rows for all places of the map."""
    if len(inputs[0]) != 3 or None in inputs[0]:
        return None
    param = layer.param("prior_box_param")
    ratios = {1.0}
    for value in param.all("aspect_ratio"):
        if isinstance(value, int | float) and value:
            ratios |= {round(value, 6), *([round(1 / value, 6)] if param.flag("flip", True) else [])}
    boxes = len(ratios) * max(1, len(param.all("min_size"))) + len(param.all("max_size"))
    _, height, width = inputs[0]
    return (2, (height or 0) * (width or 0) * boxes * 4)


def detections(layer: Definition, inputs: Sequence[Shape]) -> Shape:
    """As many boxes as are kept, each with image, label, confidence and four sides."""
    return (1, max(1, whole(layer, layer.param("detection_output_param"), "keep_top_k", 1)), 7)


def more_channels(layer: Definition, inputs: Sequence[Shape]) -> Shape | None:
    added = whole(layer, layer.param("pad_channel_param"), "num_channels_to_pad", 0)
    channels, *rest = inputs[0]
    return None if channels is None else (channels + added, *rest)


def unpooled(layer: Definition, inputs: Sequence[Shape]) -> Shape | None:
    param = layer.param("upsample_param")
    factor = whole(layer, param, "scale", 2)
    sizes = [whole(layer, param, f"upsample_{side}", 0) for side in "hw"]
    channels, *rest = inputs[0]
    if len(rest) != 2:
        return None
    return (channels, *(said or (None if has is None else has * factor) for said, has in zip(sizes, rest, strict=True)))


def resized(layer: Definition, inputs: Sequence[Shape]) -> Shape | None:
    param = layer.param("resize_param")
    if len(inputs[0]) != 3 or param.flag("is_pyramid_test", False):
        return None
    channels, *rest = inputs[0]
    factors = [number(layer, param, f"{side}_scale", 0) for side in ("height", "width")]
    sizes = [whole(layer, param, side, 0) or None for side in ("height", "width")]
    if not all(factors):
        return (channels, *sizes)
    return (channels, *(None if n is None else int(n * f) for n, f in zip(rest, factors, strict=True)))


def same(layer: Definition, inputs: Sequence[Shape]) -> Shape | None:
    return inputs[0]


SIZES: dict[str, Sizes] = {
    "PriorBox": prior_box,
    "DetectionOutput": detections,
    "PadChannel": more_channels,
    "Upsample": unpooled,
    "Resize": resized,
    "GRN": same,
    "Normalize": same,
    "BatchReindex": same,
}
