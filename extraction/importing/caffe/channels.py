"""What acts along the channels alone: parts of them, a learnt number for each, the number of the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extraction.importing.caffe.net import Definition
from extraction.importing.caffe.plain import one
from extraction.importing.caffe.reader import Reader, whole
from extraction.importing.layout import Blob


def bias(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    param = layer.param("bias_param")
    axis = whole(layer, param, "axis", 1)
    if len(blobs) != 1 or blobs[0].axis(axis) != -1 or whole(layer, param, "num_axes", 1) != 1:
        shape = blobs[0].value.shape if blobs else None
        return reader.unknown(layer, blobs, "it does not add one learnt number to every channel", shape)
    return [Blob(reader.add(layer, "Bias", [blobs[0].value], shape=blobs[0].value.shape), blobs[0].layout)]


def arg_max(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = one(layer, blobs), layer.param("argmax_param")
    plain = not param.flag("out_max_val", False) and whole(layer, param, "top_k", 1) == 1
    if not plain or param.get("axis") is None or given.axis(whole(layer, param, "axis", 1)) != -1:
        return reader.unknown(layer, blobs, "it does not give the number of the largest channel alone")
    return [Blob(reader.add(layer, "ArgMax", [given.value], shape=(*given.sizes[:-1], 1)), given.layout)]


def part(reader: Reader, layer: Definition, given: Blob, start: int, stop: int, name: str) -> Blob:
    """The channels from `start` to before `stop`."""
    shape = (*given.sizes[:-1], stop - start)
    return Blob(reader.add(layer, "Slice", [given.value], name=name, shape=shape, start=start, stop=stop), given.layout)


def shifted(reader: Reader, layer: Definition, given: Blob) -> Blob:
    """A learnt number added to every channel of what the layer itself made."""
    made = reader.add(layer, "Bias", [given.value], name=f"{layer.name}_bias", shape=given.value.shape)
    return replace(given, value=made)
