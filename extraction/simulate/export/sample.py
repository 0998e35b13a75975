"""What is exported: a design with its files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A design as it comes out of its folder."""

    id: str
    #: Its row of the manifest.
    row: Mapping[str, str]
    #: By the name's part after the id: `flow.json`, `keras.png`, `keras.flow.json`, `keras.py`, `caffe.prototxt`.
    files: Mapping[str, bytes]


def in_files(samples: Iterable[Sample], size: int) -> Iterator[Iterator[Sample]]:
    """Samples of one file after the other; each must be used up before the next."""
    rest = iter(samples)
    for first in rest:
        yield itertools.chain((first,), itertools.islice(rest, size - 1))
