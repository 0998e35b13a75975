"""What single cells and rows of a table say, for those who read whole ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Shape
from extraction.tables.spec import Group, Spec, spec_of, with_values
from extraction.tables.text import shapes_of, tuple_shapes


#: "64x32, 256": a size and the channels beside it.
_CHANNELS_BESIDE = re.compile(r"(\d{1,5}x\d{1,5}), ?(\d{1,5})")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


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


def counted(spec: Spec, shape: Shape | None) -> Spec:
    """The first operation of a cell with the filters or units that the cell's size tells."""
    key = "units" if spec.type == "Dense" else "filters" if spec.type.startswith("Conv") else ""
    return spec if not key or not shape or key in spec.params else with_values(spec, f"c:{shape[-1]}")


def names_layer(text: str) -> bool:
    """Whether a cell that reaches into a column of sizes names a layer: "2x2 max pool, stride 2"."""
    return bool(re.search(r"[A-Za-z]{3}", text)) and (spec := spec_of(text)) is not None and spec.specific


def family(kind: str) -> str:
    return CATALOGUE[kind].family if kind in CATALOGUE else ""


def sizes_of(text: str) -> list[Shape]:
    """Sizes of maps, or the length of a vector."""
    if with_channels := _CHANNELS_BESIDE.fullmatch(text):
        text = f"{with_channels[1]}x{with_channels[2]}"
    text = _THOUSANDS.sub("", text)
    return shapes_of(text) or tuple_shapes(text) or ([(int(text),)] if re.fullmatch(r"\d{1,8}", text) else [])
