"""What single cells and rows of a table say, for those who read whole ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Shape
from extraction.tables.spec import Group, Spec, spec_of
from extraction.tables.text import shapes_of, tuple_shapes
from extraction.tables.values import with_values

#: "64x32, 256": a size and the channels beside it.
_CHANNELS_BESIDE = re.compile(r"(\d{1,5}x\d{1,5}), ?(\d{1,5})")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


_NAMED_SPAN = re.compile(r"(?:layers|convs|blocks|stages) (\d{1,2}) ?(?:-|to) ?(\d{1,2})", re.IGNORECASE)
_SPAN_OF_NAMES = re.compile(r"([A-Za-z]{2,} ?)(\d{1,2}) ?- ?\1(\d{1,2})")
_TIMES_BEHIND = re.compile(r"[A-Za-z].*[ (][×x] ?(\d{1,2})\)?")
_A_NAME = re.compile(r"[a-z]{2,}\d[\w-]{0,4}$", re.IGNORECASE)
#: Behind a name: "Conv 1".
COUNTER = re.compile(r"(?<=[A-Za-z.])[ -](\d{1,3})$")


def again(groups: Sequence[Group], number: str, but: str | None) -> list[Group]:
    """The rows of a numbered section once more, one of them perhaps left out."""
    of = re.compile(rf"\D*(?<!\d){number}(?=[._-]|$)")
    return [
        replace(group, specs=tuple(replace(spec, output_shape=None) for spec in group.specs))
        for group in groups
        if of.match(group.specs[0].label) and group.specs[0].label != but
    ]


def with_shape(group: Group, shape: Shape) -> Group:
    *first, last = group.specs
    return replace(group, specs=(*first, replace(last, output_shape=last.output_shape or shape)))


def sized(group: Group, shape: Shape | None) -> list[Group]:
    """The group with the size that comes out of it, which is that of the last layer of its last round."""
    if shape is None:
        return [group]
    specs = list(group.specs)
    # What only acts on a layer's map has its size, so that the channels are that layer's.
    behind = next((i for i, spec in enumerate(specs[::-1]) if family(spec.type) not in ("act", "norm", "reg")), 0)
    if behind and len(shape) > 2:
        specs[-1 - behind] = counted(specs[-1 - behind], shape)
    *first, last = specs
    ending = Group((*first, replace(last, output_shape=shape)))
    return [Group(tuple(specs), group.repeat - 1), ending] if group.repeat > 1 else [ending]


def counted(spec: Spec, shape: Shape | None) -> Spec:
    """The first operation of a cell with the filters or units that the cell's size tells."""
    key = "units" if spec.type == "Dense" else "filters" if spec.type.startswith("Conv") else ""
    if not key or not shape or key in spec.params:
        return spec
    # Units may be put into the shape of a map.
    return with_values(spec, f"c:{math.prod(side or 1 for side in shape) if key == 'units' else shape[-1]}")


def names_layer(text: str) -> bool:
    """Whether a cell that reaches into a column of sizes names a layer: "2x2 max pool, stride 2"."""
    words = re.sub(r"strides?|pad(?:ding)?|same|valid", "", text, flags=re.IGNORECASE)
    return bool(re.search(r"[A-Za-z]{3}", words)) and (spec := spec_of(text)) is not None and spec.specific


def family(kind: str) -> str:
    return CATALOGUE[kind].family if kind in CATALOGUE else ""


def sizes_of(text: str) -> list[Shape]:
    """Sizes of maps, or the length of a vector; of what goes in and what comes out ("128x9 → 124x64") the latter."""
    text = re.split(r"→|->", text)[-1].strip()
    if with_channels := _CHANNELS_BESIDE.fullmatch(text):
        text = f"{with_channels[1]}x{with_channels[2]}"
    text = _THOUSANDS.sub("", text)
    return shapes_of(text) or tuple_shapes(text) or ([(int(text),)] if re.fullmatch(r"\d{1,8}", text) else [])


def is_heading(row: list[str]) -> bool:
    """Whether one text that is no layer stands over several columns: it is called after what follows."""
    filled = [text for text in row if text]
    if len(filled) < 2 or len(set(filled)) > 1 or shapes_of(filled[0]):
        return False
    spec = spec_of(filled[0])
    return spec is None or (not spec.specific and spec.type not in ("Input", "Output") and "∈" not in filled[0])


def is_numbered(texts: Sequence[str], least: int = 4) -> bool:
    """Whether the layers of a column are numbered: "Conv 1", "Pool 2", "Conv 3", or each kind by itself ("Conv 1",
    "Pool 1", "Conv 2"). The numbers count nothing else."""
    found = [(text[: match.start()].lower(), int(match[1])) for text in texts if (match := COUNTER.search(text))]
    if len(found) < least or len(found) <= 0.7 * len([text for text in texts if text]):
        return False
    kinds: dict[str, list[int]] = {}
    for kind, number in found:
        kinds.setdefault(kind, []).append(number)
    each = all(numbers == list(range(1, len(numbers) + 1)) for numbers in kinds.values())
    on = all(b[1] == a[1] + 1 for a, b in pairwise(found))
    # Programs number their layers so, too ("ReLU-2"), and their names say more without the number.
    return (each and len(kinds) < len(found)) or (on and not any(re.search(r"-\d+$", text) for text in texts))


def layers_named(text: str) -> int:
    """How many layers a cell names in a list or a span: "conv1_1, conv1_2", "Layers 2-5"; 1 for any other."""
    if match := _NAMED_SPAN.fullmatch(text) or _SPAN_OF_NAMES.fullmatch(text):
        first, last = (int(number) for number in match.groups()[-2:])
        return max(1, last - first + 1)
    if (match := _TIMES_BEHIND.fullmatch(text)) and not re.search(r"up|shuffle|scal|pool", text, re.IGNORECASE):
        return int(match[1])
    names = re.split(r", ?", text)
    return (
        len(names) if len({re.sub(r"\d+", "", name) for name in names}) == 1 and all(map(_A_NAME.match, names)) else 1
    )
