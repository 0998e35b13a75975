"""A Caffe net in the making: layers as text, and which blob holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.codegen.plan import Node, Sizes
from extraction.codegen.text import label_lines
from extraction.codegen.writer import Lines

#: A field of a message: name, value (a nested list of fields for a message), and the comment behind it.
Field = tuple[str, Any, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One layer as it was written."""

    name: str
    kind: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    fields: tuple[Field, ...]
    rows: tuple[str, ...]


@dataclass(slots=True)
class Net:
    lines: Lines = field(default_factory=Lines)
    #: Layer id of the flow -> the blob that holds its result.
    blobs: dict[str, str] = field(default_factory=dict)

    #: Every layer, in order.
    layers: list[Record] = field(default_factory=list)
    #: What was remarked of layers whose numbers differ from Keras's.
    remarks: list[str] = field(default_factory=list)
    differs: dict[str, str] = field(default_factory=dict)

    def blob(self, node: Node) -> str:
        return self.blobs[node.id]

    def head(self, node: Node) -> None:
        """Comment lines above a layer of the flow."""
        self.lines.add(*label_lines(node, ""))

    def layer(
        self, name: str, kind: str, bottoms: Sequence[str], tops: Sequence[str], *fields: Field, note: str = ""
    ) -> str:
        """Write one layer; gives its first top. A `note` says how its numbers differ from Keras's."""
        self.remarks += [note] if note else []
        rows = layer_rows(name, kind, bottoms, tops, fields, note)
        self.layers.append(Record(name, kind, tuple(bottoms), tuple(tops), fields, tuple(rows)))
        self.lines.add(*rows)
        return tops[0] if tops else ""

    def cut(self, name: str, blob: str, axis: int, size: int, before: int, after: int, top: str) -> str:
        """Cut values off both ends of an axis."""
        points = [point for point in (before, size - after) if 0 < point < size]
        if not points:
            return blob
        rest = [f"{name}_before"] * bool(before), [f"{name}_after"] * bool(after)
        slice_fields: list[Field] = [("axis", axis, ""), *(("slice_point", point, "") for point in points)]
        self.layer(name, "Slice", [blob], [*rest[0], top, *rest[1]], ("slice_param", slice_fields, ""))
        self.layer(f"{name}_rest", "Silence", [*rest[0], *rest[1]], [])
        return top


def layer_rows(
    name: str, kind: str, bottoms: Sequence[str], tops: Sequence[str], fields: Sequence[Field], note: str
) -> list[str]:
    rows: list[Field] = [("name", name, note), ("type", kind, "")]
    rows += [("bottom", blob, "") for blob in bottoms]
    rows += [("top", blob, "") for blob in tops]
    return ["layer {", *_rows([*rows, *fields], "  "), "}"]


def channel_axes(node: Node, axis: int) -> int:
    """Caffe's axis for an axis (from 0, without the batch, channels last) of a node's shape."""
    rank = len(node.shape)
    if rank < 3:
        return axis + 1
    return 1 if axis == rank - 1 else axis + 2


def blob_shape(shape: Sizes) -> Sizes:
    """Sizes without the batch as Caffe has them: maps have their channels first."""
    return (shape[-1], *shape[:-1]) if len(shape) > 2 else shape


def pair(name: str, sizes: Sizes, comment: str = "", *, single: str = "") -> list[Field]:
    """`kernel_size: 3`, or `kernel_h: 3 kernel_w: 5`; two sizes, or one for both."""
    if len(set(sizes)) == 1:
        return [(single or name, sizes[0], comment)]
    return [(f"{name}_h", sizes[0], comment), (f"{name}_w", sizes[1], comment)]


def _rows(fields: Sequence[Field], indent: str) -> list[str]:
    rows = []
    for name, value, comment in fields:
        remark = f"  # {comment}" if comment else ""
        if isinstance(value, list):
            inner = _rows(value, "")
            flat = f"{indent}{name} {{ {' '.join(inner)} }}"
            if len(flat) <= 72 and all("#" not in row and "{" not in row for row in inner):
                rows.append(f"{flat}{remark}")
            else:
                rows += [f"{indent}{name} {{{remark}", *_rows(value, f"{indent}  "), f"{indent}}}"]
        else:
            rows.append(f"{indent}{name}: {_scalar(value)}{remark}")
    return rows


class Word(str):
    """A value of an enumeration, written without quotes."""

    __slots__ = ()


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)
