"""Values of layers written one way, so that equal ones count as one vote; and back to plain JSON values.

The written form is a text: JSON for numbers, lists and truth values, texts in plain quotes, `ABSENT` where nothing is
said. Of two that are equal it is equal, of two that differ it differs.
"""

from __future__ import annotations

import json
import unicodedata
from functools import lru_cache
from typing import Any

from extraction.flow.catalogue import CATALOGUE, LayerType, Parameter, canonical_type
from extraction.flow.values import per_axis, whole, wrong

#: The value of what isn't said.
ABSENT = ""

_PARAMETERS: dict[str, dict[str, Parameter]] = {
    name: {parameter.name: parameter for parameter in row.parameters} for name, row in CATALOGUE.items()
}
#: How many values could be told of a parameter, by its kind, where the catalogue doesn't list them.
_OPTIONS = {"bool": 3, "int": 20, "size": 12, "ints": 20, "float": 20, "floats": 20, "text": 40}
#: Of a layer's type: those that are mistaken for each other.
TYPE_OPTIONS = 12
LABEL_OPTIONS = 40
SHAPE_OPTIONS = 20


def written(kind: str, name: str, value: Any) -> str:
    """The value of a parameter of a layer of this (canonical) type: 3, `[3, 3]` and `(3, 3)` of a kernel are equal."""
    if value is None:
        return ABSENT
    parameter = _PARAMETERS.get(kind, {}).get(name)
    if parameter is None:
        return plainly(value)
    if parameter.kind in ("int", "size", "ints"):
        value = whole(value)
        window = CATALOGUE[kind].window
        if window and parameter.kind == "size" and not wrong(parameter, value, window):
            value = per_axis(value, window)
    elif parameter.kind in ("float", "floats") and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return plainly(value)


def plainly(value: Any) -> str:
    """Any JSON value, written."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if value is None:
        return ABSENT
    if isinstance(value, list | tuple) and all(type(item) is int for item in value):
        return str(list(value))  # what JSON writes, too
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def unwritten(text: str) -> Any:
    """The plain value of a written one; `None` where nothing is said."""
    if text == ABSENT:
        return None
    return text[1:-1] if text[0] == '"' else json.loads(text)


@lru_cache(4096)
def folded(text: str) -> str:
    """A printed text without what people type differently: case, spaces, signs of one look."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("×", "x")
    return " ".join(text.casefold().split())


def type_of(name: str) -> str:
    return name if name in CATALOGUE else canonical_type(name) or name


def kind_of(type_: str) -> str:
    """The layer's own type of a written one, which names its further operations too."""
    return type_.partition(" + ")[0]


def takes(kind: str, name: str) -> bool:
    """Whether layers of this type can have that parameter."""
    row: LayerType | None = CATALOGUE.get(kind)
    return row is None or row.family == "block" or name in _PARAMETERS[kind] or name in ("repeat", "activation")


def told_by_label(kind: str) -> bool:
    """Whether layers of this type are told apart by their labels: what is inside isn't shown, or couldn't be told."""
    row: LayerType | None = CATALOGUE.get(kind)
    return row is None or row.family == "block"


def akin(kind: str, other: str) -> bool:
    """Whether what is said of a layer of one type may be said of one of the other too."""
    if kind == other:
        return True
    row, other_row = CATALOGUE.get(kind), CATALOGUE.get(other)
    return row is not None and other_row is not None and row.family == other_row.family


def options_of(kind: str, name: str) -> int:
    """How many values could be told of a parameter, `ABSENT` among them."""
    parameter = _PARAMETERS.get(kind, {}).get(name)
    if parameter is None:
        return LABEL_OPTIONS
    if parameter.kind == "choice":
        return len(parameter.choices) + 1
    return _OPTIONS[parameter.kind]
