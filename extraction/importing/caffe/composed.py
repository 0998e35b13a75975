"""Caffe's layers that are several of the catalogue's: repeated blobs, pyramids, means over maps, embeddings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from extraction.importing.caffe import channels, plain, spatial
from extraction.importing.caffe.net import Definition
from extraction.importing.caffe.reader import Reader, number, whole
from extraction.importing.layout import Blob, as_written, blob
from extraction.importing.prototxt import Message, Word

#: Most copies of a blob that stand beside each other.
MAX_TILES = 100


def tile(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """The same blob again and again, along an axis."""
    given, param = plain.one(layer, blobs), layer.param("tile_param")
    tiles, axis = whole(layer, param, "tiles", 0), given.axis(whole(layer, param, "axis", 1))
    if not 1 <= tiles <= MAX_TILES or axis is None:
        return reader.unknown(layer, blobs, f"it repeats the batch, or more than {MAX_TILES} times")
    if tiles == 1:
        return [given]
    reader.note(layer, "changed", "joins the same blob again and again")
    return [Blob(reader.add(layer, "Concatenate", [given.value] * tiles, axis=axis), given.layout)]


def pyramid(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """Pooling into 1, 4, 16 … parts, each flattened, side by side. Source: `spp_layer.cpp`."""
    given, param = plain.one(layer, blobs), layer.param("spp_param")
    levels = whole(layer, param, "pyramid_height", 1)
    if given.rank != 3 or None in given.outer or not 1 <= levels <= 8:
        return reader.unknown(layer, blobs, "the size of its map is not known")
    _, *spatial_sizes = (size or 1 for size in given.outer)
    if min(spatial_sizes) < 2 ** (levels - 1):
        return reader.unknown(layer, blobs, "it cuts its map into more parts than there are places")
    reader.note(layer, "changed", "a pyramid of poolings is each of them, flattened and joined")
    parts: list[Blob] = []
    for level in range(levels):
        name = f"{layer.name}_level_{level}"
        kernels = [math.ceil(size / 2**level) for size in spatial_sizes]
        pads = [(k * 2**level - size + 1) // 2 for k, size in zip(kernels, spatial_sizes, strict=True)]
        fields: list[tuple[str, object]] = [("pool", Word(str(param.get("pool", "MAX"))))]
        for words, sizes in (("kernel", kernels), ("stride", kernels), ("pad", pads)):
            fields += [(f"{words}_h", sizes[0]), (f"{words}_w", sizes[1])]
        message = Message([("pooling_param", Message(list(fields)))], layer.line)
        pooled = spatial.pooling(reader, Definition(name, "Pooling", message, sources=layer.sources), [given])
        flat = Definition(f"{name}_flat", "Flatten", Message([], layer.line))
        parts += plain.flatten(reader, flat, pooled)
    if len(parts) == 1:
        return parts
    return [blob(reader.add(layer, "Concatenate", [part.value for part in parts], axis=-1), 1)]


def reduction(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    """A mean over all places of each map is a global pooling."""
    given, param = plain.one(layer, blobs), layer.param("reduction_param")
    means = str(param.get("operation", "SUM")) in ("MEAN", "4") and number(layer, param, "coeff", 1) == 1
    if not means or whole(layer, param, "axis", 0) != 2 or given.rank != 3:
        return reader.unknown(layer, blobs, "it is no mean over the places of each map")
    value = reader.orders.maps(given, layer.name, layer.line)
    return [blob(reader.add(layer, "GlobalAveragePooling2D", [value], keepdims=False), 1)]


def embed(reader: Reader, layer: Definition, blobs: Sequence[Blob]) -> list[Blob]:
    given, param = plain.one(layer, blobs), layer.param("embed_param")
    if given.layout != as_written(given.rank):
        return reader.unknown(layer, blobs, "the order of what it looks up is not the file's")
    rows, width = whole(layer, param, "input_dim", 0), whole(layer, param, "num_output", 0)
    made = reader.add(layer, "Embedding", [given.value], input_dim=rows, output_dim=width)
    found = Blob(made, as_written(given.rank + 1))
    return [channels.shifted(reader, layer, found) if param.flag("bias_term", True) else found]
