"""A net's weights in Caffe's binary form, written with protobuf's wire format by hand.

Field numbers are those of `NetParameter`, `LayerParameter`, `BlobProto` and `BlobShape` in BVLC Caffe's `caffe.proto`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

NET_LAYER = 100
LAYER_NAME, LAYER_TYPE, LAYER_BLOBS = 1, 2, 7
BLOB_DATA, BLOB_SHAPE, SHAPE_DIM = 5, 7, 1


def caffemodel(layers: Sequence[tuple[str, str]], weights: Mapping[str, Sequence[Any]]) -> bytes:
    """The file for layers (name, type) with weights: float32 arrays by layer name."""
    net = bytearray()
    for name, kind in layers:
        if name in weights:
            blobs = b"".join(_field(LAYER_BLOBS, _blob(array)) for array in weights[name])
            net += _field(NET_LAYER, _field(LAYER_NAME, name.encode()) + _field(LAYER_TYPE, kind.encode()) + blobs)
    return bytes(net)


def _blob(array: Any) -> bytes:
    shape = _field(SHAPE_DIM, b"".join(_varint(size) for size in array.shape))
    return _field(BLOB_DATA, array.astype("<f4").tobytes()) + _field(BLOB_SHAPE, shape)


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited field."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    rows = bytearray()
    while value > 0x7F:
        rows += struct.pack("B", value & 0x7F | 0x80)
        value >>= 7
    return bytes(rows + struct.pack("B", value))
