"""Parquet: a row a picture. Written by hand, for the usual library weighs 150 MB and this needs one page of it.

Source: https://parquet.apache.org/docs/file-format/ and `parquet.thrift` there, version 2.9: flat required columns,
plain encoding, one page a column and row group, text packed with gzip. Pictures are a group of `bytes` and `path`, as
Hugging Face's `datasets` has them.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extraction.simulate.export.sample import Sample, in_files

MAGIC = b"PAR1"
INT64, BYTE_ARRAY = 2, 6
UTF8 = 0
PLAIN, RLE = 0, 3
UNPACKED, GZIP = 0, 2
#: Pictures in a row group: some 20 MB.
GROUP = 200


@dataclass(frozen=True, slots=True)
class Column:
    path: tuple[str, ...]
    physical: int = BYTE_ARRAY
    text: bool = True


COLUMNS = (
    Column(("id",)),
    Column(("look",)),
    Column(("depth",), INT64, False),
    Column(("image", "bytes"), text=False),
    Column(("image", "path")),
    Column(("flow",)),
    Column(("design",)),
    Column(("keras",)),
    Column(("caffe",)),
    Column(("options",)),
)


def write(samples: Iterable[Sample], out: Path, size: int) -> list[Path]:
    """`pictures-000000.parquet`, …: a row a picture, of so many designs a file. Code that was refused is empty."""
    return [_file(batch, out, number) for number, batch in enumerate(in_files(samples, size))]


def _rows(samples: Iterable[Sample]) -> Iterator[tuple[Any, ...]]:
    for sample in samples:
        files = sample.files
        for ending, data in files.items():
            if not ending.endswith(".png"):
                continue
            look = ending.removesuffix(".png")
            yield (
                sample.id, look, int(sample.row["depth"]), data, f"{sample.id}.{ending}", files[f"{look}.flow.json"],
                files["flow.json"], files.get("keras.py", b""), files.get("caffe.prototxt", b""),
                sample.row[f"{look}_options"],
            )  # fmt: skip


def _file(samples: Iterable[Sample], out: Path, number: int) -> Path:
    path = out / f"pictures-{number:06d}.parquet"
    groups: list[Value] = []
    total = 0
    with path.open("wb") as file:
        file.write(MAGIC)
        group: list[tuple[Any, ...]] = []
        for row in _rows(samples):
            group.append(row)
            if len(group) == GROUP:
                groups.append(_group(group, file))
                total, group = total + len(group), []
        if group:
            groups.append(_group(group, file))
            total += len(group)
        footer = _struct(
            (1, _int(2)),
            (2, _list([_schema_root(), *_schema()])),
            (3, _long(total)),
            (4, _list(groups)),
            (5, _list([_struct((1, _text("huggingface")), (2, _text(json.dumps(_features()))))])),
            (6, _text("dlpaper2code")),
        )
        file.write(footer[1] + struct.pack("<I", len(footer[1])) + MAGIC)
    return path


def _features() -> dict[str, Any]:
    """What `datasets` reads the columns as."""
    kinds = {"depth": {"dtype": "int64", "_type": "Value"}, "image": {"_type": "Image"}}
    names = dict.fromkeys(column.path[0] for column in COLUMNS)
    return {"info": {"features": {name: kinds.get(name, {"dtype": "string", "_type": "Value"}) for name in names}}}


def _group(rows: Sequence[tuple[Any, ...]], file: Any) -> Value:
    """Write a row group, column by column; gives what the footer says of it."""
    chunks, size = [], 0
    for place, column in enumerate(COLUMNS):
        offset = file.tell()
        data = _plain(column, [row[place] for row in rows])
        codec = GZIP if column.text else UNPACKED
        packed = gzip.compress(data, 6, mtime=0) if codec else data
        page = _struct(
            (1, _int(0)),
            (2, _int(len(data))),
            (3, _int(len(packed))),
            (5, _struct((1, _int(len(rows))), (2, _int(PLAIN)), (3, _int(RLE)), (4, _int(RLE)))),
        )[1]
        file.write(page + packed)
        meta = _struct(
            (1, _int(column.physical)),
            (2, _list([_int(PLAIN)])),
            (3, _list([_text(part) for part in column.path])),
            (4, _int(codec)),
            (5, _long(len(rows))),
            (6, _long(len(page) + len(data))),
            (7, _long(len(page) + len(packed))),
            (9, _long(offset)),
        )
        chunks.append(_struct((2, _long(offset)), (3, meta)))
        size += len(page) + len(data)
    return _struct((1, _list(chunks)), (2, _long(size)), (3, _long(len(rows))))


def _plain(column: Column, values: Sequence[Any]) -> bytes:
    if column.physical == INT64:
        return struct.pack(f"<{len(values)}q", *values)
    parts = []
    for value in values:
        data = value.encode() if isinstance(value, str) else value
        parts += [struct.pack("<I", len(data)), data]
    return b"".join(parts)


def _schema_root() -> Value:
    children = len({column.path[0] for column in COLUMNS})
    return _struct((4, _text("schema")), (5, _int(children)))


def _schema() -> Iterator[Value]:
    opened = ""
    for column in COLUMNS:
        group = column.path[0] if len(column.path) > 1 else ""
        if group and group != opened:
            members = sum(other.path[0] == group for other in COLUMNS)
            yield _struct((3, _int(0)), (4, _text(group)), (5, _int(members)))
        opened = group
        fields = [(1, _int(column.physical)), (3, _int(0)), (4, _text(column.path[-1]))]
        if column.text:
            fields.append((6, _int(UTF8)))
        yield _struct(*fields)


# --- Thrift's compact protocol ----------------------------------------------------------------------------------------

#: A value's type and its bytes.
Value = tuple[int, bytes]


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _int(number: int) -> Value:
    return 5, _varint(number << 1)


def _long(number: int) -> Value:
    return 6, _varint(number << 1)


def _text(text: str) -> Value:
    data = text.encode()
    return 8, _varint(len(data)) + data


def _list(values: Sequence[Value]) -> Value:
    kind = values[0][0] if values else 12
    count = len(values)
    head = bytes([count << 4 | kind]) if count < 15 else bytes([0xF0 | kind]) + _varint(count)
    return 9, head + b"".join(data for _, data in values)


def _struct(*fields: tuple[int, Value]) -> Value:
    """Fields by number, in rising order."""
    parts, last = bytearray(), 0
    for number, (kind, data) in fields:
        parts += bytes([number - last << 4 | kind]) + data
        last = number
    return 12, bytes(parts) + b"\x00"
