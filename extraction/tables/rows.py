"""Tables with a layer a row: columns tell its type, kernel, stride, filters, size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Flow, Shape
from extraction.tables.brackets import PREFIX, repeated, times
from extraction.tables.chain import flow_of
from extraction.tables.head import Grid
from extraction.tables.spec import MAX_REPEAT, Group, Spec, groups_of, merged, spec_of, with_values
from extraction.tables.text import COST_ROW, Role, channels_last, shapes_of, unsquared

#: Shares of the rows that must name a layer, and an operation.
SHARE, SPECIFIC_SHARE = 0.6, 0.15
#: Share of the rows that must have a size for the sizes to speak for themselves.
SIZED_SHARE = 0.7
MIN_LAYERS = 3
#: Parameters that have a column of their own, by the letter under which `with_values` takes them.
_KEYED: tuple[tuple[str, Role], ...] = (("s", "stride"), ("p", "padding"), ("c", "filters"))
_VARYING: tuple[Role, ...] = ("filters", "repeat")
#: Families of layers without which a list of layers is no network.
_COMPUTING = frozenset(("conv", "pool", "dense", "rec", "attn"))
_YES = frozenset(("√", "✓", "✔", "yes", "Yes", "BN", "X", "x"))
_BLANK = frozenset(("", "-", "n/a", "N/A"))


def read_rows(grid: Grid, caption: str, name: str) -> list[Flow]:
    """A flow; several where a column group gives numbers for several sizes of the network, or where an input in
    the middle starts another. Empty if the rows name no layers."""
    variants = _variants(grid)
    flows = []
    for column, title in variants or [(-1, name)]:
        groups = _Rows(grid, {other for other, _ in variants if other != column}).read()
        if groups and _is_upside_down(groups, caption):
            groups = groups[::-1]
        flows += [flow_of(part, title) for part in _parts(groups)]
    return flows


def _variants(grid: Grid) -> list[tuple[int, str]]:
    """Columns of one meaning with a head each: the same network in several sizes."""
    if len(grid.head) < 2:
        return []
    for role in _VARYING:
        columns = grid.with_role(role)
        titles = [grid.head[-1][column] for column in columns]
        same_top = len({grid.head[0][column] for column in columns}) == 1
        if len(columns) > 1 and same_top and len(set(titles)) == len(titles) and all(titles):
            return list(zip(columns, titles, strict=True))
    return []


def _parts(groups: Sequence[Group]) -> list[list[Group]]:
    """Cut before each input that follows a network."""
    parts: list[list[Group]] = [[]]
    for group in groups:
        if group.specs[0].type == "Input" and len(parts[-1]) >= MIN_LAYERS:
            parts.append([])
        parts[-1].append(group)
    return [part for part in parts if len(part) >= MIN_LAYERS]


def _is_upside_down(groups: Sequence[Group], caption: str) -> bool:
    """Whether the input stands at the bottom."""
    if groups[0].specs[0].type == "Input":
        return False
    said = re.search(r"(?:first|top) row is the (?:top|last)", caption, re.IGNORECASE)
    return groups[-1].specs[-1].type == "Input" or said is not None


class _Rows:
    """The rows of one table, read one after the other."""

    def __init__(self, grid: Grid, hidden: set[int]) -> None:
        self.grid = grid
        self.columns = [index for index in range(grid.width) if index not in hidden]
        self.inputs = self._sizes("input")
        self.outputs = self._sizes("output")
        self.sized = sum(size is not None for size in self.outputs) >= SIZED_SHARE * len(grid.body)
        self.names = [
            index
            for index in self.columns
            if grid.roles[index] == "name" and any(re.search(r"[A-Za-z]{2}", text) for text in grid.column(index))
        ]
        self.typing = self._typing()

    def read(self) -> list[Group]:
        """Empty where the rows are no layers of a network."""
        if not self.typing:
            return []
        groups: list[Group] = []
        counts: list[int] = []
        rows = 0
        for index, row in enumerate(self.grid.body):
            texts = [row[column] for column in dict.fromkeys((*self.typing, *self.names)) if row[column]]
            if not texts or COST_ROW.match(texts[0]):
                continue
            rows += 1
            read = self._row(index, row)
            groups += read
            prefix = next((match for text in texts if (match := PREFIX.match(text))), None)
            counts += [int(prefix[1]) if prefix else 0] * len(read)
        if len(groups) < max(MIN_LAYERS, SHARE * rows) or not self._is_network(groups):
            return []
        first = self.inputs[0]
        groups = repeated(groups, counts)
        if first and len(first) >= 3 and groups[0].specs[0].type != "Input":
            groups.insert(0, Group((Spec("Input", "[input]", output_shape=first, confidence=0.8),)))
        return groups

    def _is_network(self, groups: Sequence[Group]) -> bool:
        """A list of layers' names alone may be anything; an architecture has operations, and prints numbers."""
        specs = [spec for group in groups for spec in group.specs]
        specific = [spec for spec in specs if spec.specific]
        valued = [spec for spec in specs if spec.params or spec.output_shape]
        telling = sum(spec.specific and _family(spec.type) in _COMPUTING for spec in valued)
        if len(specific) < max(1, SPECIFIC_SHARE * len(specs)) and not self.sized:
            return False
        varied = telling >= 2 and len({spec.type for spec in specs}) >= 2
        return len(valued) >= 0.4 * len(specs) and (varied or (self.sized and telling >= 1))

    def _typing(self) -> list[int]:
        """Columns that name layers: those of types first, then those of names, then any that look so."""
        named = []
        for column in self.columns:
            role = self.grid.roles[column]
            if role not in ("type", "name", None):
                continue
            filled = [PREFIX.sub("", text) for text in self.grid.column(column) if text]
            read = [spec for text in filled if (spec := spec_of(text)) is not None]
            specific = sum(spec.specific for spec in read)
            share = 0.25 if role == "type" and all(self.grid.column(column)) else 0.5
            believed = role is not None or specific >= 0.5 * len(filled)
            if read and believed and len(read) >= share * len(filled):
                named.append((role != "type", role is None, column))
        if not named and self.sized:
            return [column for column in self.columns if self.grid.roles[column] in ("name", "type")][:1]
        return [column for _, _, column in sorted(named)]

    def _row(self, index: int, row: list[str]) -> list[Group]:
        """The layers of one row: mostly one."""
        label = self._label(row)
        if several := self._several(row, label):
            return several
        spec = self._spec(row, label)
        if spec is None or spec.type == "Output":
            return []
        for column in self.columns:
            if self.grid.roles[column] in ("kernel", "type") and row[column] not in ("", label):
                spec = with_values(spec, row[column], padded=self._padded(column))
        spec = self._with_columns(spec, row)
        if spec.type == "Block":
            spec = replace(spec, params=self._block_params(row))
        spec = self._pooling(replace(spec, output_shape=spec.output_shape or self._output(index)), row)
        return [*self._repeated(spec, row), *(Group((extra,)) for extra in self._extras(row))]

    def _label(self, row: list[str]) -> str:
        """What the row calls its layer: its name where it has one."""
        return next((PREFIX.sub("", row[c]) for c in (*self.names, *sorted(self.typing)) if row[c]), "")

    def _spec(self, row: list[str], label: str) -> Spec | None:
        texts = [PREFIX.sub("", row[column]) for column in dict.fromkeys((*self.typing, *self.names))]
        specs = [spec for text in texts if (spec := spec_of(text, name=label)) is not None]
        told = bool(row[self.typing[0]]) and "type" in self.grid.title(self.typing[0]).lower()
        if not told:
            # Names such as "conv1" say more than "block"; a column of types has the last word.
            specs.sort(key=lambda spec: not spec.specific)
        if specs:
            first, *others = specs
            for other in others:
                first = merged(first, other)
            return first
        if told and not self.names:
            return Spec("Unknown", label, confidence=0.3)
        told_otherwise = any(row[c] not in _BLANK for c in self.columns if c not in self.typing[:1])
        return Spec("Block", label, confidence=0.4) if label and told_otherwise else None

    def _several(self, row: list[str], label: str) -> list[Group]:
        """A cell with several layers ("Conv1x1 & Pooling & FC") or a bracket with a repeat ("[3x3, 64 3x3, 64] ×2")."""
        for column in self.columns:
            typed = column in self.typing
            if not typed and self.grid.roles[column] != "kernel":
                continue
            groups = groups_of(row[column])
            if not groups or len(groups[0].specs) < 2:
                continue
            if not typed and any(spec.type == "Block" for spec in groups[0].specs):
                continue
            specs = groups[0].specs if typed else tuple(replace(spec, label=label) for spec in groups[0].specs)
            return [replace(groups[0], specs=tuple(self._bracketed(spec, column) for spec in specs))]
        return []

    def _bracketed(self, spec: Spec, column: int) -> Spec:
        """In a column of kernel, stride and padding the last number is no count of filters."""
        if not self._padded(column) or "filters" not in spec.params:
            return spec
        params = {k: v for k, v in spec.params.items() if k != "filters"}
        return replace(spec, params={**params, "padding": spec.params["filters"]})

    def _padded(self, column: int) -> bool:
        return "pad" in self.grid.title(column).lower()

    def _with_columns(self, spec: Spec, row: list[str]) -> Spec:
        """The layer with the parameters that have columns of their own."""
        if (text := self._cell(row, "filters")) and not re.search(r"\d", text):
            # A symbol stands where the number would: what the words seemed to say was something else.
            spec = replace(spec, params={k: v for k, v in spec.params.items() if k not in ("filters", "units")})
        if not spec.specific:
            return spec
        for key, role in _KEYED:
            number = re.search(r"(?<![\d.])\d{1,5}(?:, ?\d{1,2}|x\d{1,2}){0,2}(?![\d.])", self._cell(row, role) or "")
            if number:
                spec = with_values(spec, f"{key}:{re.sub(', ?', 'x', number[0])}")
        return spec

    def _pooling(self, spec: Spec, row: list[str]) -> Spec:
        """Which pooling it is where only the rest of the row tells, and the channels of an input."""
        text = " ".join(row).lower()
        shape = spec.output_shape or ()
        if spec.type == "Input" and len(shape) == 2 and re.fullmatch(r"[1-4]", self._cell(row, "filters") or ""):
            return replace(spec, output_shape=(*shape, int(self._cell(row, "filters") or 0)))
        if spec.type == "MaxPooling2D" and "max" not in text and shape[:2] == (1, 1):
            spec = replace(spec, type="AveragePooling2D")
        if "global" in text and spec.type in ("AveragePooling2D", "MaxPooling2D"):
            spec = replace(spec, type=f"Global{spec.type}", params={})
        return spec

    def _extras(self, row: list[str]) -> list[Spec]:
        """Normalisation and activation that have columns of their own are layers of their own."""
        found = []
        for column in self.columns:
            if column in self.typing or self.grid.roles[column] not in (None, "activation", "other"):
                continue
            if re.match(r"(?:bn|batch ?norm)", self.grid.title(column), re.IGNORECASE) and row[column] in _YES:
                found.append(Spec("BatchNormalization", "BN", confidence=0.8))
            elif (spec := spec_of(row[column])) is not None and _family(spec.type) in ("act", "norm"):
                found.append(spec)
        return found

    def _repeated(self, spec: Spec, row: list[str]) -> list[Group]:
        """Repeats written out; "1 3" in a cell are two kinds of rows in one, the other cells split alike."""
        counts = [int(n) for n in re.findall(r"(?<![\d.])\d{1,3}(?![\d.])", self._cell(row, "repeat") or "")]
        if len(counts) < 2:
            return times(Group((spec,)), counts[0] if counts else 1)
        strides = re.findall(r"\d", self._cell(row, "stride") or "")
        groups: list[Group] = []
        for place, count in enumerate(counts):
            params: dict[str, Any] = dict(spec.params)
            if not spec.specific:
                params |= {"repeat": count}
                params |= {"stride": int(strides[place])} if len(strides) == len(counts) else {}
            groups += times(Group((replace(spec, params=params),)), min(MAX_REPEAT, count))
        return groups

    def _cell(self, row: list[str], role: Role) -> str | None:
        return next((row[c] for c in self.columns if self.grid.roles[c] == role and row[c] not in _BLANK), None)

    def _sizes(self, role: Role) -> list[Shape | None]:
        """The sizes that the columns of this role print, by row."""
        columns = [column for column in self.columns if self.grid.roles[column] == role]
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

    def _block_params(self, row: list[str]) -> dict[str, Any]:
        """The row's numbers under their heads in lower case."""
        params: dict[str, Any] = {}
        for column in self.columns:
            role, text = self.grid.roles[column], row[column]
            if role in ("cost", "output", "input", "name") or text in _BLANK or shapes_of(text):
                continue
            if column == self.typing[0] and not self.names:
                continue
            title = self.grid.group(column) if role == "filters" else self.grid.title(column)
            title = re.sub(r"\s*\(.*\)$", "", title).lower().strip()
            if title:
                params[title] = int(text) if text.isdigit() else text
        return params


def _family(kind: str) -> str:
    return CATALOGUE[kind].family if kind in CATALOGUE else ""


def _sizes_of(text: str) -> list[Shape]:
    """Sizes of maps, or the length of a vector."""
    return shapes_of(text) or ([(int(text),)] if re.fullmatch(r"\d{1,5}", text) else [])
