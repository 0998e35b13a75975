"""Tables with a layer a row: columns tell its type, kernel, stride, filters, size."""

from __future__ import annotations

import re
from dataclasses import replace

from extraction.flow.completion.modules import inside
from extraction.flow.model import Flow, Layer, Shape
from extraction.tables.beside import (
    BLANK,
    OF_POOLING,
    acts_beside,
    as_named,
    block_params,
    counts_units,
    extras,
    kind_of_pooling,
    pooled,
)
from extraction.tables.brackets import PREFIX, SHARED, kinds, repeated, times
from extraction.tables.cells import (
    COUNTER,
    again,
    counted,
    family,
    is_heading,
    is_numbered,
    layers_named,
    sized,
    with_shape,
)
from extraction.tables.chain import flow_of
from extraction.tables.head import Grid
from extraction.tables.several import MIN_LAYERS, is_network, is_upside_down, parts, variants
from extraction.tables.sheet import Sheet
from extraction.tables.spec import Group, Spec, groups_of, spec_of
from extraction.tables.text import COST_ROW, Role, shapes_of, space_of
from extraction.tables.values import merged, with_values
from extraction.tables.wiring import wired, wiring_of

#: Share of the rows that must name a layer.
SHARE = 0.6
#: How sure a module is whose columns say what it is made of.
SHOWN = 0.9
#: Parameters that have a column of their own, by the letter under which `with_values` takes them.
_KEYED: tuple[tuple[str, Role], ...] = (("s", "stride"), ("p", "padding"), ("c", "filters"))
#: "Repeat section 2, without bottleneck2.0".
_REPEATED = re.compile(
    r"repeat (?:section|stage|block|part|group) ?(\d{1,2})(?:,? ?(?:without|except|excluding) (\S+))?", re.IGNORECASE
)
_HALF_STEP = re.compile(r"(0?\.5|1 ?[/⁄] ?2)(?: ?x ?\1)?", re.IGNORECASE)
#: "2/1" under "Stride / Pad".
_STEP_AND_PAD = re.compile(r"(\d) ?[/,&] ?(\d)")
_RATE = re.compile(r"(?:\bp|rate) ?= ?(0?\.\d+)")
#: "64/128": channels before and behind.
_IN_OUT = re.compile(r"\d{1,5} ?/ ?(\d{1,5})")
#: Dense layers by the names of their places.
_PLACED = re.compile(r"(?:hidden|output|last|first)\b.*", re.IGNORECASE)
#: Between an encoder and its decoder.
_CODE = re.compile(r"(?:code|latent|z)(?: (?:layer|vector|code|space))?", re.IGNORECASE)
_NEURONS = re.compile(r"\d{1,5} (?:neurons?|units?|nodes?)")
_AN_INPUT = re.compile(r"inputs?(?: images?)?", re.IGNORECASE)
_SIDES = re.compile(r"\((\d{1,3}), ?(\d{1,3})\)")
#: "Dense layer × 6".
_TIMES = re.compile(r"(?<=[\w)\]]) [×x*] ?(\d{1,2})$")
_RESIDUAL = re.compile(r"res(?:idual)?[ _-]?(?:block|unit)?[ _-]?\d*", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"(?!.*(?:block|bneck|unit|module|stage|^res))[a-z_]{2,}\d*[a-z]?")
_MODULE = re.compile(
    r"bottleneck|bneck|inception|residual|dense block|fire|mbconv|module|block|unit|stage", re.IGNORECASE
)
_OF_MODULES = re.compile(r"block|module", re.IGNORECASE)
#: "MFM_fc1" is an MFM beside "MFM1".
_ACRONYM = re.compile(r"([A-Z]{2,6})(?=_|\d|$)")
#: Columns whose bare numbers count no units.
_NO_UNITS: tuple[Role, ...] = ("cost", "output", "input", "other", "name")


def read_rows(grid: Grid, caption: str, name: str) -> list[Flow]:
    """A flow; several where a column group gives numbers for several sizes of the network, or where an input in
    the middle starts another. Empty if the rows name no layers."""
    found = variants(grid)
    flows = []
    for column, title in found or [(-1, name)]:
        groups = _Rows(grid, {other for other, _ in found if other != column}).read()
        if groups and is_upside_down(groups, caption):
            groups = groups[::-1]
        flows += [flow_of(part, title) for part in parts(groups)]
    return flows


class _Rows(Sheet):
    """The rows of one table, read one after the other."""

    def __init__(self, grid: Grid, hidden: set[int]) -> None:
        super().__init__(grid, hidden)
        self.typing = self._typing()
        labels = [text for column in self.typing for text in grid.column(column) if text]
        self.acronyms = {m[1] for text in labels if (m := _ACRONYM.match(text)) and spec_of(text) is None}
        self.numbered = {c for c in self.typing if is_numbered(grid.column(c))}
        self.filled = {c for c in self.columns if 2 * sum(bool(text) for text in grid.column(c)) > len(grid.body)}

    def read(self) -> list[Group]:
        """Empty where the rows are no layers of a network."""
        if not self.typing:
            return []
        groups: list[Group] = []
        counts: list[int] = []
        rows = 0
        body = self._labelled()
        told = [max((row[c] for c in (*self.typing, *self.names)), key=len, default="") for row in body]
        labels, sources = wiring_of(self.grid, [self._label(row) for row in body], told)
        for index, row in enumerate(body):
            texts = [row[column] for column in dict.fromkeys((*self.typing, *self.names)) if row[column]]
            if not texts or COST_ROW.match(texts[0]) or (is_heading(row) and not _REPEATED.match(texts[0])):
                continue
            rows += 1
            if (match := _REPEATED.match(texts[0])) and (more := again(groups, match[1], match[2])):
                groups += more
                counts += [0] * len(more)
                continue
            read = (
                wired(self._row(index, row), labels[index] or self._label(row), sources.get(index, ()))
                if sources
                else self._row(index, row)
            )
            if not read and groups and (shape := self._end(row)):
                groups[-1] = with_shape(groups[-1], shape)
            groups += read
            counted_ = any(group.repeat > 1 for group in read)
            prefix = next((match for text in texts if not counted_ and (match := PREFIX.match(text))), None)
            counts += [SHARED if prefix and prefix[2] else int(prefix[1]) if prefix else 0] * len(read)
        if len(groups) < max(MIN_LAYERS, SHARE * rows) or not is_network(groups, sized=self.sized):
            return []
        first = self.inputs[0]
        groups = repeated(groups, counts)
        if first and len(first) >= 3 and groups[0].specs[0].type != "Input":
            groups.insert(0, Group((Spec("Input", "[input]", output_shape=first, confidence=0.8),)))
        return groups

    def _labelled(self) -> list[list[str]]:
        """The rows; one without a label that has numbers of its own goes on with the label above it."""
        own = list(dict.fromkeys((*self.typing, *self.names)))
        numbered = [c for c in self.columns if self.grid.roles[c] in ("kernel", "stride", "filters", "repeat")]
        done: list[list[str]] = []
        for row in self.grid.body:
            cost = any(COST_ROW.match(text) for text in row)
            if done and not cost and not any(row[c] for c in own) and any(re.search(r"\d", row[c]) for c in numbered):
                row = [
                    above if column in own else text
                    for column, (text, above) in enumerate(zip(row, done[-1], strict=True))
                ]
            done.append(row)
        return done

    def _end(self, row: list[str]) -> Shape | None:
        """The size that a row for the network's output prints."""
        text = next((row[c] for c in (*self.names, *self.typing) if row[c]), "")
        spec = spec_of(text)
        return space_of(text) if spec is not None and spec.type == "Output" else None

    def _typing(self) -> list[int]:
        """Columns that name layers: those of types first, then those of names, then any that look so."""
        named = []
        for column in self.columns:
            role = self.grid.roles[column]
            if (
                role not in ("type", "name", None)
                or column in self.groups
                or OF_POOLING.fullmatch(self.grid.title(column))
            ):
                continue
            filled = [PREFIX.sub("", text) for text in self.grid.column(column) if text]
            read = [spec for text in filled if (spec := spec_of(text)) is not None]
            specific = sum(spec.specific for spec in read)
            share = 0.25 if role == "type" and all(self.grid.column(column)) else 0.5
            # A column of activations or normalisations goes with the layers that another one names.
            computing = any(family(spec.type) not in ("act", "norm") for spec in read if spec.specific)
            # Where every cell names something, fewer operations will do: the rest are modules.
            least = 0.3 if len(read) == len(filled) else 0.5
            believed = role is not None or (specific >= least * len(filled) and computing)
            if read and believed and len(read) >= share * len(filled):
                named.append((role != "type", role is None, column))
        if not named and self.sized:
            return [column for column in self.columns if self.grid.roles[column] in ("name", "type")][:1]
        return [column for _, _, column in sorted(named)]

    def _row(self, index: int, row: list[str]) -> list[Group]:
        """The layers of one row: mostly one."""
        label = self._label(row)
        if several := self._several(index, row, label):
            several = [
                replace(g, specs=tuple(pooled(self.grid, spec, row, self.columns) for spec in g.specs)) for g in several
            ]
            return [*several, *(Group((extra,)) for extra in self._extras(row, several[0].specs))]
        spec = self._spec(row, label)
        if spec is None or spec.type == "Output":
            return []
        for column in self.columns:
            role, text = self.grid.roles[column], PREFIX.sub("", row[column])
            if role in ("kernel", "type") and text not in ("", label):
                lone = (
                    role == "kernel"
                    and re.match(r"\d{1,3}(?![\dx.,/]| (?:filter|kernel|map|unit|neuron))", text)
                    and family(spec.type) in ("conv", "pool")
                )
                if role == "kernel" and (sides := _SIDES.fullmatch(text)) and "size" in self.grid.title(column).lower():
                    lone, text = True, f"{sides[1]}x{sides[2]}"
                entering = self.inputs[index] or (None,)
                spec = with_values(spec, f"k:{text}" if lone else text, padded=self.padded(column), depth=entering[-1])
        if spec.type == "Input" and spec.output_shape is None:
            telling = [c for c in self.columns if self.grid.roles[c] in ("kernel", "type") or c in self.typing]
            told = [shape for c in telling for shape in shapes_of(row[c])]
            spec = replace(spec, output_shape=told[0] if told else None)
        spec = self._with_units(self._with_columns(spec, row), row)
        if spec.type.startswith("Conv") and "filters" not in spec.params and (count := self.channels(index)):
            spec = with_values(spec, f"c:{count}")
        if spec.type == "Block":
            naming = self.typing[0] if not self.names else -1
            spec = replace(spec, params=block_params(self.grid, row, self.columns, naming))
            if inside(Layer("m", spec.type, label=spec.label, params=spec.params), channels_in=1):
                spec = replace(spec, confidence=max(spec.confidence, SHOWN))
        # What a module has inside of it, its columns say too.
        beside = self._extras(row, (spec,)) if spec.type != "Block" else []
        spec = self._pooling(replace(spec, output_shape=spec.output_shape or self.output(index)), row)
        if spec.type == "Activation" and not spec.params and len(beside) == 1:
            return self._repeated(replace(beside[0], label=spec.label, output_shape=spec.output_shape), row)
        return [*self._repeated(spec, row), *(Group((extra,)) for extra in beside)]

    def _label(self, row: list[str]) -> str:
        """What the row calls its layer: its name where it has one."""
        columns = [c for c in (*self.names, *sorted(self.typing)) if row[c]]
        # A group's number or name, printed once for several rows, is no name of a layer.
        telling = [c for c in columns if not row[c].isdecimal() and not (c in self.names and c not in self.filled)]
        return next((PREFIX.sub("", row[c]) for c in telling or columns), "")

    def _spec(self, row: list[str], label: str) -> Spec | None:
        columns = dict.fromkeys((*self.typing, *self.names))
        texts = [
            COUNTER.sub("", text) if c in self.numbered else text for c in columns for text in [PREFIX.sub("", row[c])]
        ]
        inner = row[:1] != self.grid.body[0][:1] and _CODE.fullmatch(label) and counts_units(self.grid)
        if (_PLACED.fullmatch(label) or inner) and (units := self._units(row)):
            return Spec("Dense", label, {"units": units}, confidence=0.7)
        if _RESIDUAL.fullmatch(label) and self.cell(row, "kernel"):
            return Spec("Block", label, confidence=0.6)  # with a kernel of its own it is no bare addition
        if any(_AN_INPUT.fullmatch(row[c]) for c in self.columns) and not any(
            s and s.specific for s in map(spec_of, texts)
        ):
            return Spec("Input", label, confidence=0.8)
        if (acronym := _ACRONYM.match(label)) and acronym[1] in self.acronyms:
            module = self.cell(row, "filters") or self.cell(row, "repeat")
            return Spec("Block" if module else "Unknown", label, confidence=0.3)
        specs = [spec for text in texts if (spec := spec_of(text, name=label)) is not None]
        computes = any(family(spec.type) in ("conv", "dense", "rec") for spec in specs)
        if any(spec.type == "Dense" for spec in specs) and any(re.match("dense block", t.lower()) for t in texts):
            return Spec("Block", label, confidence=0.6)  # its layers are no full connections
        if specs and not computes and not specs[0].params and _MODULE.match(label) and label not in texts[:1]:
            # What a module does ("upsampling") stands beside its name.
            return Spec("Block", label, confidence=0.6)
        told = bool(row[self.typing[0]]) and "type" in self.grid.title(self.typing[0]).lower()
        bare = texts[0] and not re.search(r"[A-Za-z]{2}", texts[0]) and spec_of(texts[0]) is not None
        if bare and len(specs) > 1 and specs[1].specific:
            # Bare numbers say no type: it is the name's.
            return with_values(specs[1], texts[0])
        if not told:
            # Names such as "conv1" say more than "block"; a column of types has the last word.
            specs.sort(key=lambda spec: not spec.specific)
        if specs:
            first, *others = specs
            for other in others:
                first = first if family(other.type) == "act" else merged(first, other)
            return first
        if told and not self.names:
            # What has a count of its own is a module, whatever it is called.
            counted_ = self.cell(row, "filters") is not None or _OF_MODULES.search(self.grid.title(self.typing[0]))
            return Spec("Block", label, confidence=0.4) if counted_ else Spec("Unknown", label, confidence=0.3)
        if _PLAIN_NAME.fullmatch(label) and all(self.cell(row, role) for role in ("kernel", "filters")):
            # A name of the paper's own with a kernel and channels ("disp4").
            return Spec("Conv2D", label, confidence=0.5)
        told_otherwise = any(row[c] not in BLANK for c in self.columns if c not in self.typing[:1])
        return Spec("Block", label, confidence=0.4) if label and told_otherwise else None

    def _several(self, index: int, row: list[str], label: str) -> list[Group]:
        """A cell with several layers ("Conv1x1 & Pooling & FC") or a bracket with a repeat ("[3x3, 64 3x3, 64] ×2")."""
        for column in self.columns:
            typed = column in self.typing
            if not typed and self.grid.roles[column] != "kernel":
                continue
            groups = groups_of(row[column])
            if not groups or sum(len(group.specs) for group in groups) < 2:
                continue
            if len(groups) > 1 and typed:
                return [*groups[:-1], *sized(groups[-1], self.output(index))]
            if not typed and any(spec.type == "Block" for spec in groups[0].specs):
                continue
            if typed:
                others = [row[c] for c in self.typing if c != column]
                groups = [replace(groups[0], specs=as_named(groups[0].specs, others))]
            first, *rest = groups[0].specs if typed else [replace(spec, label=label) for spec in groups[0].specs]
            if typed and groups[0].repeat == 1:
                # A size and a count are those of the row: the count is the first operation's.
                first = self._with_units(self._with_columns(self._with_kernel(first, row), row), row)
                if "Pooling" in first.type and rest[0].type == "Dense":  # a pooling has no count: it is the next one's
                    rest[0] = self._with_columns(rest[0], row)
                rest[-1] = replace(rest[-1], output_shape=rest[-1].output_shape or self.output(index))
                first = counted(first, rest[-1].output_shape)
            whole = replace(groups[0], specs=tuple(self._bracketed(spec, column) for spec in (first, *rest)))
            count = self.cell(row, "repeat") or str(self.spanned(row) or "")
            return times(whole, int(count)) if count.isdecimal() and typed and whole.repeat == 1 else [whole]
        return []

    def _bracketed(self, spec: Spec, column: int) -> Spec:
        """In a column of kernel, stride and padding the last number is no count of filters."""
        if not self.padded(column) or "filters" not in spec.params:
            return spec
        params = {k: v for k, v in spec.params.items() if k != "filters"}
        return replace(spec, params={**params, "padding": spec.params["filters"]})

    def _with_kernel(self, spec: Spec, row: list[str]) -> Spec:
        text = self.cell(row, "kernel")
        if text and text.isdecimal() and family(spec.type) in ("conv", "pool"):
            return with_values(spec, f"k:{text}")
        return with_values(spec, text) if text and spec.specific and re.search(r"\dx\d|k\d+n", text) else spec

    def _with_columns(self, spec: Spec, row: list[str]) -> Spec:
        """The layer with the parameters that have columns of their own."""
        if (text := self.cell(row, "filters")) and not re.search(r"\d", text):
            # A symbol stands where the number would: what the words seemed to say was something else.
            spec = replace(spec, params={k: v for k, v in spec.params.items() if k not in ("filters", "units")})
        if not spec.specific:
            return spec
        for column in self.columns:
            if re.match("dilat", self.grid.title(column).lower()) and row[column].isdecimal():
                spec = with_values(spec, f"dilation:{row[column]}")
        for key, role in _KEYED:
            cell = self.cell(row, role) or ""
            if role == "stride" and (both := _STEP_AND_PAD.fullmatch(cell)) and self.padded(self.columns_of(role)[0]):
                spec = with_values(with_values(spec, f"s:{both[1]}"), f"p:{both[2]}")
                continue
            if role == "stride" and _HALF_STEP.fullmatch(cell):
                spec = with_values(spec, "stride 1/2")
                continue
            if role == "filters" and (ends := _IN_OUT.fullmatch(cell)):
                cell = ends[1]
            number = re.search(r"(?<![\d.])\d{1,5}(?:, ?\d{1,2}|x\d{1,2}){0,2}(?![\d.])", cell)
            if number:
                spec = with_values(spec, f"{key}:{re.sub(', ?', 'x', number[0])}")
        return spec

    def _units(self, row: list[str]) -> int:
        """How many units the row says to have; 0 where it does not."""
        match = re.fullmatch(r"\d+", self.cell(row, "filters") or "") or _NEURONS.fullmatch(
            self.cell(row, "kernel") or ""
        )
        return int(re.sub(r"\D", "", match[0])) if match else 0

    def _with_units(self, spec: Spec, row: list[str]) -> Spec:
        """A dense layer's one bare number counts its units, in whichever column it stands."""
        texts = {row[column] for column in self.columns if self.grid.roles[column] not in _NO_UNITS}
        numbers = [text for text in texts if re.fullmatch(r"\d{1,5}", text)]
        if spec.type == "Dense" and spec.params.get("units") == 1 and (size := self.cell(row, "kernel")):
            # Its maps are one of so many numbers.
            return replace(spec, params={**spec.params, "units": int(size)}) if size.isdecimal() else spec
        if spec.type != "Dense" or "units" in spec.params or len(numbers) != 1:
            return spec
        return replace(spec, params={**spec.params, "units": int(numbers[0])})

    def _pooling(self, spec: Spec, row: list[str]) -> Spec:
        """Which pooling it is where only the rest of the row tells, and the channels of an input."""
        text = " ".join(row).lower()
        alone = " ".join(f"p = {cell}" for cell in row if re.fullmatch(r"0?\.\d+", cell))
        rate = _RATE.search(f"{text} {alone}") if spec.type == "Dropout" and "rate" not in spec.params else None
        spec = replace(spec, params={"rate": float(rate[1])}) if rate else spec
        shape = spec.output_shape or ()
        count = self.cell(row, "filters") or ""
        if spec.type == "DepthwiseConv2D" and len(shape) == 2 and count.isdecimal():
            return replace(spec, output_shape=(*shape, int(count)))  # it has no filters to tell its channels
        if spec.type == "Input" and count.isdecimal() and (counts_units(self.grid) if not shape else len(shape) == 2):
            # Of maps an input has few: more would be another network's.
            return replace(spec, output_shape=(*shape, int(count))) if not shape or int(count) < 5 else spec
        return kind_of_pooling(spec, text)

    def _extras(self, row: list[str], own: tuple[Spec, ...]) -> list[Spec]:
        said = acts_beside(row, self.typing, own)
        return [*said, *extras(self.grid, row, [c for c in self.columns if c not in self.typing], own)]

    def _repeated(self, spec: Spec, row: list[str]) -> list[Group]:
        """Repeats written out; "1 3" in a cell are two kinds of rows in one, the other cells split alike."""
        counts = [int(n) for n in re.findall(r"(?<![\d.])\d{1,3}(?![\d.])", self.cell(row, "repeat") or "")]
        if not counts and (spec.type == "Block" or family(spec.type) in ("conv", "rec", "attn")):
            counts = [int(match[1]) for c in self.typing if (match := _TIMES.search(row[c]))]
        counts = counts or ([self.spanned(row)] if self.spanned(row) > 1 else [])
        counts = counts or [named for c in (*self.names, *self.typing) if (named := layers_named(row[c])) > 1]
        if len(counts) < 2:
            return times(Group((spec,)), counts[0] if counts else 1)
        return kinds(spec, counts, re.findall(r"\d", self.cell(row, "stride") or ""))
