"""Tables that set models side by side: a column a model, a cell a layer or several."""

from __future__ import annotations

import re
from dataclasses import replace

from extraction.flow.model import Flow
from extraction.tables.beside import BLANK, OF_POOLING
from extraction.tables.cells import family, is_numbered, layers_named, sized, sizes_of
from extraction.tables.chain import flow_of
from extraction.tables.head import Grid
from extraction.tables.prepare import Rows
from extraction.tables.spec import MAX_REPEAT, Group, Spec, groups_of, spec_of
from extraction.tables.text import COST_ROW, coloured, shapes_of
from extraction.tables.values import with_values

#: Share of a column's filled cells that must name layers.
SHARE = 0.6
MIN_LAYERS = 3
#: Heads of what is a network for certain, whatever modules it has.
_NETWORK = re.compile(
    r"^\([a-h]\) |(?<![a-z])(?:generator|discriminator|critic|encoder|decoder)(?![a-z])", re.IGNORECASE
)
#: What says more of the row above: how often, or by which steps.
_MORE = re.compile(r"[×x] ?\d{1,3}|strides? ?[=:]? ?[\d(][\d, x)]*", re.IGNORECASE)
#: "2x2", "3x3x32, stride 2", "32 filters (3x3)", "200 units", "512".
_SETTING = re.compile(
    r"[\dx/(), ]+(?:, ?stride ?\d)?|\d+ (?:filters|kernels|channels|maps|units|neurons|nodes)\W*(?:of )?[\dx]*\)?",
    re.IGNORECASE,
)
_UNITS = re.compile(r"(\d{1,5})(?: (?:units?|neurons?|nodes?))?(?=, |$)")
_SET_ALONE = re.compile(r"\[\d{1,5}(?:, ?(?:s|stride) ?=? ?\d)?\](?: ?[×x] ?(\d{1,3}))?")
_ENDS = re.compile(r"(?:in|out)puts?", re.IGNORECASE)
_COUNTED = re.compile(r"(\d{1,3}) ?[x×] ?(\S.*)")


def read_columns(grid: Grid) -> list[Flow]:
    """A flow a model column; empty where no column looks like a model."""
    free = [index for index in range(grid.width) if grid.roles[index] in (None, "other", "name")]
    free = [index for index in free if not OF_POOLING.fullmatch(grid.title(index))]
    models = [index for index in free if _is_model(grid, index)]
    if not models:
        models = [index for index in free if _sets(grid, index)]
        models = models if len(models) > 1 else []
    if (
        0 in models
        and len(models) > 1
        and is_numbered([text for text in grid.column(0) if not _ENDS.match(text)], least=3)
    ):
        models.remove(0)  # "Conv 1", "Conv 2", "FC 1": names of the rows
    stage = 0 if 0 not in models else None
    if len(grid.with_role("repeat")) > 1:
        # How often each model has a row is said in columns: the rows are the layers.
        return []
    if not models or (len(models) == 1 and stage is None):
        return _counted(grid)
    if len(models) == 1 and (grid.roles[models[0]] == "name" or grid.with_role("kernel", "stride")):
        # "Layer setting" heads no model, nor does what stands beside kernels or steps: the rows are the layers.
        return []
    flows = []
    for index in models:
        groups = _groups(grid, index, models, stage)
        if groups and groups[0].specs[0].type != "Input" and groups[-1].specs[-1].type == "Input":
            groups.reverse()
        if sum(len(group.specs) for group in groups) >= MIN_LAYERS:
            flows.append(flow_of(groups, _name(grid, index, models)))
    return flows


def read_single(rows: Rows, name: str) -> list[Flow]:
    """The flow of a table that has one column, a layer or module a row; empty where it has no such."""
    texts = [row[0] for row in rows if row[0]]
    read = [groups_of(text) for text in texts]
    first = next((index for index, groups in enumerate(read) if groups and groups[0].specs[0].type != "Block"), 0)
    groups = [
        group
        for text, found in zip(texts[first:], read[first:], strict=True)
        for group in found or [Group((Spec("Block", text, confidence=0.4),))]
        if group.specs[0].type != "Output" and (found or not re.match(r"outputs?\b", text, re.IGNORECASE))
    ]
    specs = [spec for group in groups for spec in group.specs]
    computing = [spec for spec in specs if family(spec.type) in ("conv", "dense", "rec") and spec.params]
    if len(computing) < 2 or 3 * sum(bool(found) for found in read) < len(texts) or first > 2:
        return []
    return [flow_of(groups, name)]


def _is_model(grid: Grid, index: int) -> bool:
    filled = [
        text
        for row, text in zip(grid.body, grid.column(index), strict=True)
        if text and not COST_ROW.match(row[0]) and not _MORE.fullmatch(text)
    ]
    read = [groups_of(text) for text in filled]
    specs = [spec for groups in read for group in groups for spec in group.specs]
    plain = sum(bool(re.fullmatch(r"[\d.,]+", text)) for text in filled)
    layers = sum(bool(groups) for groups in read)
    if layers < 2 or layers + plain < SHARE * len(filled) or layers <= plain:
        return False
    valued = sum(bool(spec.params) for spec in specs)
    if any(_NETWORK.search(row[index]) for row in grid.head):
        return sum(spec.specific for spec in specs) >= max(2, 0.2 * len(specs)) and valued > 0
    return sum(spec.specific for spec in specs) >= 0.5 * len(specs) and valued >= 0.5 * len(specs)


def _sets(grid: Grid, index: int) -> bool:
    """Whether a column only gives numbers to layers that the first one names ("Max Pooling | 2x2 | 3x3")."""
    rows = [(spec_of(row[0]), text) for row, text in zip(grid.body, grid.column(index), strict=True) if text]
    told = [spec for spec, text in rows if spec is not None and spec.specific and _SETTING.fullmatch(text)]
    worded = sum(not text.isdecimal() for _, text in rows)
    computing = sum(family(spec.type) in ("conv", "dense", "rec") for spec in told)
    if (
        index
        and len(rows) > 3
        and rows[0][0]
        and rows[0][0].type == "Input"
        and all(text.isdecimal() for _, text in rows)
    ):
        # Numbers alone may be anything, but units where all is full connections.
        return all(spec is not None and spec.type in ("Input", "Dense", "Output") for spec, _ in rows)
    return index > 0 and len(told) >= 0.8 * len(rows) and computing >= 2 and 2 * worded > len(rows) > 2


def _groups(grid: Grid, index: int, models: list[int], stage: int | None) -> list[Group]:
    """The column from top to bottom; the cells of one stage are read together where they share a repeat."""
    groups: list[Group] = []
    for block in _blocks(grid, models, stage):
        names = [grid.body[row][stage] for row in block] if stage is not None else [""]
        name = next((text for text in names if text), "")
        cells = [grid.body[row][index] for row in block]
        if all(cell in BLANK for cell in cells) and any(grid.body[r][m] not in BLANK for r in block for m in models):
            continue  # a layer of the other networks
        text = " ".join(cell for cell in cells if cell)
        read = groups_of(text)
        named = spec_of(name)
        bare = not re.search(r"[A-Za-z]{3}", text.replace("stride", "")) or (
            not read and bool(_SETTING.fullmatch(text))
        )
        if named is not None and text and bare and _contradicts(named, read):
            read = [Group((with_values(named, text), *_beside(name)))]
        elif named is not None and named.specific and text and _only_says_more(named, read, text):
            specs = tuple(spec for group in read for spec in group.specs)
            read = [Group((with_values(named, text), *specs))]
        elif named is not None and named.specific and read and _is_bare(read[0].specs[0], named):
            first, *rest = read[0].specs
            read = [replace(read[0], specs=(with_values(named, first.label), *rest)), *read[1:]]
        elif named is not None and named.type == "Output" and (units := _UNITS.match(text)):
            read = [Group((with_values(Spec("Dense", name), f"units: {units[1]}"), *_acts(read)))]
        elif named is not None and named.type == "Input" and (told := sizes_of(text)):
            read = [Group((replace(named, output_shape=coloured(told[0], text)),))]
        elif named is not None and bare and len(read) == 1 and len(read[0].specs) == 1:
            read = [replace(read[0], specs=(*read[0].specs, *_beside(name)))]
        elif named is not None and named.type == "Input" and text and all(g.specs[0].type == "Block" for g in read):
            read = [Group((named,))]
        if (count := layers_named(name)) > 1 and len(read) == 1 and read[0].repeat == 1:
            read = [replace(read[0], repeat=min(MAX_REPEAT, count))]
        if not read and named is not None and text in BLANK and text:
            read = [Group((named,))]
        if not read and (module := _SET_ALONE.fullmatch(text)) and name:
            # A stage's module has its settings alone: "[60, s1] ×3".
            read = [Group((Spec("Block", name),), min(MAX_REPEAT, int(module[1] or 1)))]
        if not read and text and re.search(r"[A-Za-z]", text):
            read = [Group((Spec("Block", text),))]
        if not read:
            continue
        printed = [text for column in grid.with_role("output") for row in block if (text := grid.body[row][column])]
        sizes = shapes_of(name) or [size for text in dict.fromkeys(printed) for size in sizes_of(text) if len(size) > 1]
        layers = [spec for group in read for spec in group.specs]
        if len(read) == 1 and 1 < len(sizes) == len(layers) and read[0].repeat == 1:
            pairs = zip(layers, sizes, strict=True)
            groups.append(Group(tuple(replace(spec, output_shape=shape) for spec, shape in pairs)))
        else:
            groups += [*read[:-1], *sized(read[-1], sizes[0])] if sizes else read
    return groups


def _beside(name: str) -> list[Spec]:
    """The activation or normalisation that a row's name tells beside its layer: "Convolution + ReLU"."""
    specs = [spec for group in groups_of(name) for spec in group.specs]
    return [spec for spec in specs[1:] if family(spec.type) in ("act", "norm", "reg")]


def _is_bare(spec: Spec, named: Spec) -> bool:
    """Whether a cell's first operation has numbers alone, so that its kind is the one that the row's name tells."""
    worded = re.search(r"[A-Za-z]{3}", re.sub(r"strides?|pad(?:ding)?", "", spec.label))
    return not worded and spec.type != named.type and family(named.type) in ("conv", "pool") and named.type != "Conv2D"


def _acts(read: list[Group]) -> list[Spec]:
    return [spec for group in read for spec in group.specs if family(spec.type) == "act"]


def _contradicts(named: Spec, read: list[Group]) -> bool:
    """Whether the row's name tells the type better than the bare numbers of the cell."""
    return named.specific and (not read or (len(read[0].specs) == 1 and read[0].specs[0].type != named.type))


def _only_says_more(named: Spec, read: list[Group], text: str) -> bool:
    """Whether a cell describes the row's layer in words ("96 kernels of size 11x11, ReLU"), and names no other."""
    specs = [spec for group in read for spec in group.specs]
    if not specs and not re.search(r"kernel|filter|units|neuron|stride|size", text, re.IGNORECASE):
        return False
    return family(named.type) in ("conv", "dense", "rec") and all(
        family(s.type) in ("act", "reg", "norm") for s in specs
    )


def _blocks(grid: Grid, models: list[int], stage: int | None) -> list[list[int]]:
    """Rows that belong together. A stage's name stands in the middle of its rows, so that convolutions above it, in
    rows without a name, are part of the same bracket where a repeat is printed."""
    blocks: list[list[int]] = []
    waiting: list[int] = []
    for index, row in enumerate(grid.body):
        if stage is not None and COST_ROW.match(row[stage]):
            continue
        texts = [row[model] for model in models if row[model]]
        if not texts:
            continue
        unnamed = stage is not None and not row[stage]
        alone = all(_MORE.fullmatch(text) for text in texts)
        if blocks and (alone or _is_lower_part(grid, index, models, blocks[-1])):
            blocks[-1].append(index)
            continue
        waiting.append(index)
        if unnamed and _waits(grid, index, models, stage):
            continue
        blocks.append(waiting)
        waiting = []
    return [*blocks, waiting] if waiting else blocks


def _is_lower_part(grid: Grid, index: int, models: list[int], block: list[int]) -> bool:
    """Whether a row of convolutions stands under the repeat of its bracket, which had a row of its own."""
    above = [grid.body[block[-1]][model] for model in models if grid.body[block[-1]][model]]
    specs = [spec for model in models for group in groups_of(grid.body[index][model]) for spec in group.specs]
    return all(_MORE.fullmatch(text) for text in above) and bool(specs) and all("Conv" in s.type for s in specs)


def _waits(grid: Grid, index: int, models: list[int], stage: int | None) -> bool:
    """Whether an unnamed row is the upper part of the next row's bracket."""
    following = index + 1
    if following >= len(grid.body) or stage is None or not grid.body[following][stage]:
        return False
    rows = [[grid.body[row][model] for model in models] for row in (index, following)]
    repeated = any(group.repeat > 1 for row in rows for text in row for group in groups_of(text))
    upper = [spec for text in rows[0] for group in groups_of(text) for spec in group.specs]
    return repeated and bool(upper) and all("Conv" in spec.type for spec in upper)


def _name(grid: Grid, index: int, models: list[int]) -> str:
    """The head that tells this column from the others."""
    rows = sorted(grid.head, key=lambda row: -len({row[model] for model in models}))
    row = rows[0] if rows else [""] * grid.width
    bare = {model: re.sub(r"\s*\([^)]*\)\s*$", "", row[model]).strip() for model in models}
    return bare[index] if bare[index] and list(bare.values()).count(bare[index]) == 1 else row[index]


def _counted(grid: Grid) -> list[Flow]:
    """Cells such as "4 × 64a": so many layers of that width, whose kind the table does not print."""
    if not grid.with_role("output") or not grid.with_role("name", "type"):
        return []
    models = [
        index
        for index in range(grid.width)
        if grid.roles[index] is None and all(_COUNTED.fullmatch(text) for text in grid.column(index))
    ]
    flows = []
    for index in models:
        matches = [_COUNTED.fullmatch(text) for text in grid.column(index)]
        groups = [Group((Spec("Block", m[2], confidence=0.4),), min(200, int(m[1]))) for m in matches if m]
        flows.append(flow_of(groups, _name(grid, index, models)))
    return flows
