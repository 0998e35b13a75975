"""Tables with a layer a row: columns tell its type, kernel, stride, filters, size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from extraction.flow.model import Flow, Shape
from extraction.tables.chain import flow_of
from extraction.tables.head import Grid
from extraction.tables.spec import MAX_REPEAT, Group, Spec, groups_of, merged, spec_of, with_values
from extraction.tables.text import COST_ROW, Role, channels_last, shapes_of, unsquared

#: Shares of the rows that must name a layer, and an operation.
SHARE, SPECIFIC_SHARE = 0.6, 0.15
MIN_LAYERS = 3
_PREFIX = re.compile(r"^(\d{1,3}) ?[x×]\s*(?=[A-Za-z]{3})")
#: Parameters that have a column of their own, by the first letter under which `with_values` takes them.
_KEYED: tuple[tuple[str, Role], ...] = (("s", "stride"), ("p", "padding"), ("c", "filters"))
_YES = frozenset(("√", "✓", "✔", "yes", "Yes", "BN", "X", "x"))
_WORTHLESS = frozenset(("", "-", "–", "n/a"))


def read_rows(grid: Grid, caption: str, name: str) -> list[Flow]:
    """One flow, or one a variant where a column group gives numbers for several; empty if the rows name no layers."""
    variants = _variants(grid)
    flows = []
    for column, title in variants or [(None, name)]:
        hidden = {other for other, _ in variants if other != column}
        reader = _Rows(grid, hidden)
        groups = reader.read()
        if not groups:
            return []
        if _is_upside_down(groups, caption):
            groups = groups[::-1]
        flows.append(flow_of(groups, title))
    return flows


def _variants(grid: Grid) -> list[tuple[int, str]]:
    """Columns of one meaning with a head each: the same network in several sizes."""
    if len(grid.head) < 2:
        return []
    for role in ("filters", "repeat"):
        columns = grid.with_role(role)  # type: ignore[arg-type]
        titles = [grid.head[-1][column] for column in columns]
        same_top = len({grid.head[0][column] for column in columns}) == 1
        if len(columns) > 1 and same_top and len(set(titles)) == len(titles) and all(titles):
            return list(zip(columns, titles, strict=True))
    return []


class _Rows:
    def __init__(self, grid: Grid, hidden: set[int]) -> None:
        self.grid = grid
        self.columns = [index for index in range(grid.width) if index not in hidden]
        self.inputs = self._sizes("input")
        self.outputs = self._sizes("output")

    def read(self) -> list[Group]:
        groups: list[Group] = []
        named = 0
        rows = 0
        specific = 0
        typing = self._typing()
        if not typing:
            return []
        repeats: list[int] = []
        for index, row in enumerate(self.grid.body):
            texts = [row[column] for column in typing]
            if not any(texts) or COST_ROW.match(next(text for text in texts if text)):
                continue
            rows += 1
            read = self._row(index, row, typing)
            if not read:
                continue
            named += 1
            specific += any(spec.specific for group in read for spec in group.specs)
            groups += read
            prefix = next((match for text in texts if (match := _PREFIX.match(text))), None)
            repeats += [int(prefix[1]) if prefix else 0] * len(read)
        if (
            named < max(MIN_LAYERS, SHARE * rows)
            or specific < max(1, SPECIFIC_SHARE * named)
            or not self._valued(groups)
        ):
            return []
        first = self.inputs[0] if self.inputs else None
        if any(group.specs[0].type == "Add" for group in groups):
            groups = _with_residuals(groups, repeats)
        else:
            groups = [part for group, count in zip(groups, repeats, strict=True) for part in _times(group, count)]
        if first and len(first) >= 3 and groups[0].specs[0].type != "Input":
            groups.insert(0, Group((Spec("Input", "[input]", output_shape=first, confidence=0.8),)))
        return groups

    def _valued(self, groups: Sequence[Group]) -> bool:
        """A list of layers' names alone may be anything; an architecture prints numbers."""
        specs = [spec for group in groups for spec in group.specs]
        valued = [spec for spec in specs if spec.params or spec.output_shape]
        specific = [spec for spec in valued if spec.specific]
        sized = sum(size is not None for size in self.outputs) >= 0.7 * len(self.outputs) and len(specific) >= 1
        enough = len(specific) >= 2 and len({spec.type for spec in specs}) >= 2
        return len(valued) >= 0.4 * len(specs) and (enough or sized)

    def _typing(self) -> list[int]:
        """Columns that name layers: those of types first."""
        named = []
        for column in self.columns:
            role = self.grid.roles[column]
            if role not in ("type", "name", None, "kernel"):
                continue
            filled = [_PREFIX.sub("", text) for text in self.grid.column(column) if text]
            read = [spec for text in filled if (spec := spec_of(text)) is not None]
            specific = sum(spec.specific for spec in read)
            share = 0.25 if role == "type" and all(self.grid.column(column)) else 0.5
            if (
                len(read) >= share * len(filled)
                and read
                and (role in ("type", "name") or specific >= 0.5 * len(filled))
            ):
                named.append((role != "type", role is None, column))
        if not named and sum(size is not None for size in self.outputs) >= 0.7 * len(self.grid.body):
            named = [(False, False, column) for column in self.columns if self.grid.roles[column] in ("name", "type")][
                :1
            ]
        return [column for _, _, column in sorted(named)]

    def _row(self, index: int, row: list[str], typing: list[int]) -> list[Group]:
        label = next((_PREFIX.sub("", row[column]) for column in sorted(typing) if row[column]), "")
        if several := self._several(row, typing, label):
            return several
        specs = [spec for column in typing if (spec := spec_of(_PREFIX.sub("", row[column]), name=label)) is not None]
        if not self._types_are_told(row, typing):
            specs.sort(key=lambda spec: not spec.specific)
        if not specs:
            if label and all(self.grid.roles[c] == "kernel" for c in typing[1:]) and self._types_are_told(row, typing):
                return [Group((Spec("Unknown", label, confidence=0.3),))]
            if not label or not any(row[c] for c in self.columns if c not in typing[:1] and row[c] not in _WORTHLESS):
                return []
            specs = [Spec("Block", label, confidence=0.4)]
        spec = specs[0]
        for other in specs[1:]:
            spec = merged(spec, other)
        for column in self.columns:
            if self.grid.roles[column] in ("kernel", "type") and row[column] not in ("", label):
                spec = with_values(spec, row[column], padded=self._padded(column))
        if (text := self._cell(row, "filters")) and not re.search(r"\d", text):
            # A symbol stands where the number would: what the words seemed to say was something else.
            spec = replace(spec, params={k: v for k, v in spec.params.items() if k not in ("filters", "units")})
        for key, role in _KEYED:
            if (
                spec.specific
                and (text := self._cell(row, role))
                and (m := re.search(r"(?<![\d.])\d{1,5}(?![\d.])", text))
            ):  # type: ignore[arg-type]
                spec = with_values(spec, f"{key}:{m[0]}")
        if not spec.specific and spec.type == "Block":
            spec = replace(spec, params=self._block_params(row, typing))
        spec = replace(spec, output_shape=spec.output_shape or self._output(index))
        if spec.type == "Input" and spec.output_shape and len(spec.output_shape) == 2:
            channels = re.fullmatch(r"[1-4]", self._cell(row, "filters") or "")
            spec = replace(spec, output_shape=(*spec.output_shape, int(channels[0])) if channels else spec.output_shape)
        if (
            spec.type == "MaxPooling2D"
            and not re.search(r"max", " ".join(row), re.IGNORECASE)
            and (spec.output_shape or ())[:2] == (1, 1)
        ):
            spec = replace(spec, type="AveragePooling2D")
        if "Global" in str(row) and spec.type in ("AveragePooling2D", "MaxPooling2D"):
            spec = replace(spec, type=f"Global{spec.type}", params={})
        return [*self._repeated(spec, row), *(Group((extra,)) for extra in self._extras(row, typing))]

    def _extras(self, row: list[str], typing: list[int]) -> list[Spec]:
        """Normalisation and activation that have columns of their own are layers of their own."""
        found = []
        for column in self.columns:
            if column in typing or self.grid.roles[column] not in (None, "activation", "other"):
                continue
            if re.match(r"(?:bn|batch ?norm)", self.grid.title(column), re.IGNORECASE) and row[column] in _YES:
                found.append(Spec("BatchNormalization", "BN", confidence=0.8))
            elif (spec := spec_of(row[column])) is not None and spec.type in ("Activation", "BatchNormalization"):
                found.append(spec)
        return found

    def _several(self, row: list[str], typing: list[int], label: str) -> list[Group]:
        """A cell with several layers ("Conv1x1 & Pooling & FC") or a bracket with a repeat ("[3x3, 64 3x3, 64] ×2")."""
        for column in self.columns:
            if column not in typing and self.grid.roles[column] != "kernel":
                continue
            groups = groups_of(row[column])
            if (
                groups
                and len(groups[0].specs) > 1
                and all(spec.type != "Block" or column in typing for spec in groups[0].specs)
            ):
                named = (replace(spec, label=label) if column not in typing else spec for spec in groups[0].specs)
                return [replace(groups[0], specs=tuple(self._bracketed(spec, column) for spec in named))]
        return []

    def _padded(self, column: int) -> bool:
        return "pad" in self.grid.title(column).lower()

    def _bracketed(self, spec: Spec, column: int) -> Spec:
        """In a column of kernel, stride and padding the last number is no count of filters."""
        if not self._padded(column) or "filters" not in spec.params:
            return spec
        params = {k: v for k, v in spec.params.items() if k != "filters"}
        return replace(spec, params={**params, "padding": spec.params["filters"]})

    def _types_are_told(self, row: list[str], typing: list[int]) -> bool:
        """Whether a column of types speaks for this row; its word then counts more than the row's name."""
        return bool(row[typing[0]]) and bool(re.search("type", self.grid.title(typing[0]), re.IGNORECASE))

    def _repeated(self, spec: Spec, row: list[str]) -> list[Group]:
        """Repeats written out; "1 3" in a cell are two kinds of rows in one, the other cells split alike."""
        counts = [int(n) for n in re.findall(r"(?<![\d.])\d{1,3}(?![\d.])", self._cell(row, "repeat") or "")]
        if len(counts) < 2:
            count = min(MAX_REPEAT, counts[0]) if counts else 1
            if count <= 1 or not spec.output_shape:
                return [Group((spec,), max(1, count))]
            return [Group((replace(spec, output_shape=None),), count - 1), Group((spec,))]
        strides = re.findall(r"\d", self._cell(row, "stride") or "")
        groups: list[Group] = []
        for place, count in enumerate(counts):
            params: dict[str, Any] = dict(spec.params)
            if len(strides) == len(counts):
                params |= {"stride": int(strides[place])} if not spec.specific else {}
            params |= {"repeat": count} if not spec.specific else {}
            part = replace(spec, params=params)
            if count > 1:
                groups.append(Group((replace(part, output_shape=None),), min(MAX_REPEAT, count) - 1))
            groups.append(Group((part,)))
        return groups

    def _cell(self, row: list[str], role: Role) -> str | None:
        return next((row[c] for c in self.columns if self.grid.roles[c] == role and row[c] not in _WORTHLESS), None)

    def _sizes(self, role: Role) -> list[Shape | None]:
        columns = [column for column in self.columns if self.grid.roles[column] == role]
        if not columns:
            return [None] * len(self.grid.body)
        found: list[Shape] = [
            next((shape for column in columns for shape in _sizes_of(row[column])), ()) for row in self.grid.body
        ]
        return [shape or None for shape in channels_last(unsquared(found))]

    def _output(self, index: int) -> Shape | None:
        """The printed output size, or the next row's input size."""
        if self.outputs[index] is not None:
            return self.outputs[index]
        following = self.inputs[index + 1] if index + 1 < len(self.inputs) else None
        if not following or len(following) < 3:
            return None
        # Some tables contradict themselves: a size is believed where the channels agree.
        own = re.fullmatch(r"\d+", self._cell(self.grid.body[index], "filters") or "")
        return following if own is None or int(own[0]) == following[-1] else None

    def _block_params(self, row: list[str], typing: list[int]) -> dict[str, Any]:
        """The row's numbers under their heads in lower case."""
        params: dict[str, Any] = {}
        for column in self.columns:
            role, text = self.grid.roles[column], row[column]
            if (
                column in typing[:1]
                or role in ("cost", "output", "input", "name")
                or text in _WORTHLESS
                or shapes_of(text)
            ):
                continue
            title = self.grid.group(column) if role == "filters" else self.grid.title(column)
            title = re.sub(r"\s*\(.*\)$", "", title).lower().strip()
            if title:
                params[title] = int(text) if text.isdigit() else text
        return params


def _times(group: Group, count: int) -> list[Group]:
    """The group so many times over; the size is that of the last."""
    if count <= 1 or len(group.specs) != 1:
        return [replace(group, repeat=min(MAX_REPEAT, group.repeat * max(1, count)))]
    bare = replace(group.specs[0], output_shape=None)
    return [Group((bare,), min(MAX_REPEAT, count) - 1), group]


def _sizes_of(text: str) -> list[Shape]:
    """Sizes of maps, or the length of a vector."""
    return shapes_of(text) or ([(int(text),)] if re.fullmatch(r"\d{1,5}", text) else [])


def _with_residuals(groups: list[Group], repeats: list[int]) -> list[Group]:
    """A bracket closed by an `Add` row starts behind the row before that changed the size; its count may stand beside
    any of its rows."""
    result: list[Group] = []
    start = 0
    for index, group in enumerate(groups):
        spec = group.specs[0]
        strided = any(step not in (1, None) for step in spec.params.get("strides") or [])
        if spec.type == "Add" and index > start:
            members = range(start, index + 1)
            count = max(repeats[i] for i in members) or 1
            result.append(Group(tuple(s for i in members for s in groups[i].specs), min(MAX_REPEAT, count)))
            start = index + 1
        elif strided or (index == 0) or spec.output_shape:
            result += groups[start : index + 1]
            start = index + 1
    return result + groups[start:]


def _is_upside_down(groups: Sequence[Group], caption: str) -> bool:
    """Whether the input stands at the bottom."""
    first, last = groups[0].specs[0], groups[-1].specs[-1]
    if first.type == "Input":
        return False
    return last.type == "Input" or bool(re.search(r"(?:first|top) row is the (?:top|last)", caption, re.IGNORECASE))
