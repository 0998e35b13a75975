"""What the cells of a node of `plot_model` say of its layer, in the words of every version of Keras."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import BBox, Layer
from extraction.readers.plots.outlines import Rect
from extraction.vocabulary import tools

Sizes = tuple[int | None, ...]

_SHAPE = re.compile(r"\(([^()]*)\)")
_SIZES = re.compile(r"[\s\[({]*(?:\((?:None|\?|\d+)?(?:, ?(?:None|\?|\d+))*,?\)|None|[\s,\])}]|'\w+':)*")
#: In the smallest letters the last bracket looks like a letter.
_TITLE = re.compile(r"(?P<name>.*?) ?\((?P<kind>[A-Z]\w*(?:\(\w+\))?)\)?")
_COLON = re.compile(r"(?P<name>.+?): ?(?P<kind>[A-Z]\w*(?:\(\w+\))?)")
_KIND = re.compile(r"[A-Z]\w*(?:\(\w+\))?")
_ROW = re.compile(r"(Input shape|Output shape|Output dtype|Activation): ?(.*)", re.DOTALL)
_ROWS = {
    "Inputshape": "Input shape",
    "Outputshape": "Output shape",
    "Outputdtype": "Output dtype",
    "Activation": "Activation",
}
#: In the smallest letters a colon looks like another sign; what these words stand before is always one.
_TIGHT = re.compile(rf"({'|'.join(_ROWS)})[:,.;](.*)", re.DOTALL)
_DTYPE = re.compile(r"(?:u?int|float|bfloat|complex)\d+|bool|string")
_DTYPES = ("float32", "float16", "float64", "bfloat16", "int32", "int64", "int8", "uint8", "bool", "string")
_ACTIVATIONS = ("relu", "softmax", "sigmoid", "tanh", "softplus", "softsign", "elu", "selu", "linear", "silu", "gelu")
_WRAPPERS = ("TimeDistributed", "Bidirectional", "Wrapper", "SpectralNormalization")
#: Letters and digits that are taken for each other; where small ones touch, upright strokes run together.
_ALIKE = str.maketrans("lIi|tOo", "1111100")
_STROKES = re.compile(r"1+")
_LEGS = re.compile(r"r?m|nm")
_TRAINED = ("T", "NT", "Trainable", "Non-trainable")


@dataclass(slots=True)
class Words:
    """What is printed in one node."""

    kind: str = ""
    name: str = ""
    label: str = ""
    activation: str | None = None
    dtype: str | None = None
    inputs: list[Sizes] | None = None
    outputs: list[Sizes] | None = None
    #: Cells that fit nothing that is known.
    strange: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in one cell."""

    rect: Rect
    text: str


def known(printed: str) -> bool:
    """Whether a class is one that Keras has."""
    return tools.keras_type(printed)[0] is not None or printed in CATALOGUE


def shapes_of(text: str) -> list[Sizes] | None:
    """Shapes without their batch: `[(None, 28, 1), (None, 10)]` gives (28, 1) and (10,); `None` for other text."""
    text = text.strip()
    if not text or not _SIZES.fullmatch(text) or not ("(" in text or text == "None"):
        return None
    found = []
    for inner in _SHAPE.findall(text):
        parts = [part.strip() for part in inner.split(",")]
        found.append(tuple(int(part) if part.isdecimal() else None for part in parts[1:] if part))
    return found


def words_of(cells: list[Text]) -> Words:
    """Sorts the cells of a node, from top to bottom and left to right, by what they hold."""
    words = Words()
    labels: dict[str, Text] = {}
    shapes: list[tuple[Text, list[Sizes]]] = []
    rest: list[str] = []
    for cell in cells:
        text = _plain(cell.text)
        if text.rstrip(":") in ("input", "output") and text.endswith(":"):
            labels[text.rstrip(":")] = cell
        elif row := _ROW.fullmatch(text):
            _row(words, row[1], row[2])
        elif (sizes := shapes_of(text)) is not None:
            shapes.append((cell, sizes))
        elif _DTYPE.fullmatch(text):
            words.dtype = text
        elif text and text not in _TRAINED:
            rest.append(text)
    if shapes:
        _in_and_out(words, labels, shapes)
    _head(words, rest)
    return words


def _plain(text: str) -> str:
    """A cell's text as Keras prints it: no spaces but in its own words, and l where it was taken for I."""
    tight = re.sub(r"\s+", "", text)
    tight = re.sub(r"(?<=[a-z])I|I(?=[a-z_]*\d*$)(?!nput)", "l", tight)
    tight = re.sub(r"\blnput(?=Layer|shape)", "Input", tight)  # in some fonts both are the same
    if tight not in _TRAINED:  # a dark cell beside the black one with the name can be part of it
        tight = re.sub(r"(?<=\w)(Non-trainable|Trainable)$|(?<=\))(Non-)?[Tt]r\w+$", "", tight)
    row = _TIGHT.fullmatch(tight)
    return f"{_ROWS[row[1]]}: {row[2]}" if row else tight


def _row(words: Words, what: str, value: str) -> None:
    if what == "Activation":
        words.activation = _activation(value.strip())
    elif what == "Output dtype":
        words.dtype = _dtype(value.strip())
    elif what == "Input shape":
        words.inputs = shapes_of(value)
    else:
        words.outputs = shapes_of(value)


def _dtype(printed: str) -> str:
    """A type of numbers that is told wrong in a letter is the one that Keras has."""
    return printed if _DTYPE.fullmatch(printed) else next(iter(difflib.get_close_matches(printed, _DTYPES, 1)), printed)


def _activation(printed: str) -> str:
    """A common activation where letters were taken for what looks like them."""
    return next((name for name in _ACTIVATIONS if _look(name) == _look(printed)), printed)


def _in_and_out(words: Words, labels: dict[str, Text], shapes: list[tuple[Text, list[Sizes]]]) -> None:
    """Shapes stand side by side as their labels do."""
    across = False
    if len(labels) == 2:
        a, b = labels["input"].rect, labels["output"].rect
        across = min(a[3], b[3]) - max(a[1], b[1]) > 0.5 * (a[3] - a[1])
    elif len(shapes) > 1:
        a, b = shapes[0][0].rect, shapes[1][0].rect
        across = min(a[3], b[3]) - max(a[1], b[1]) > 0.5 * (a[3] - a[1])
    shapes.sort(key=lambda item: item[0].rect[0] if across else item[0].rect[1])
    words.outputs = shapes[-1][1]
    if len(shapes) > 1:
        words.inputs = shapes[0][1]


def _head(words: Words, rest: list[str]) -> None:
    """Name, class and activation, in one cell or in several."""
    for i, text in enumerate(rest):
        if text.partition("(")[0] in _WRAPPERS and _KIND.fullmatch(text):
            continue
        if found := _COLON.fullmatch(text) or _TITLE.fullmatch(text):
            words.kind = _kind(found["kind"])
            words.name = _as_keras_names(_name(found["name"]), words.kind)
            words.label = f"{words.name}: {words.kind}" if found.re is _COLON else f"{words.name} ({words.kind})"
            words.strange += rest[:i] + rest[i + 1 :]
            return
    kinds = [i for i, text in enumerate(rest) if known(text)] or [
        i for i, text in enumerate(rest) if _KIND.fullmatch(text)
    ]
    if not kinds:
        words.label = " ".join(rest)
        words.name = rest[0] if rest else ""
        words.strange += rest
        return
    # A name can be that of a class; then the class stands behind it.
    at = kinds[1] if len(kinds) > 1 and kinds[:2] == [0, 1] and len(rest) > 1 else kinds[0]
    words.kind = _kind(rest[at])
    words.name = _as_keras_names(_name(rest[at - 1]), words.kind) if at else ""
    words.label = f"{words.name} {words.kind}".strip()
    behind = rest[at + 1 :]
    if behind and re.fullmatch(r"[a-z_0-9]+", behind[0]):
        words.activation = _activation(behind.pop(0))
    words.strange += behind + rest[: max(0, at - 1)]


def _name(printed: str) -> str:
    """A name; in one of small letters, what looks like a capital I is an l."""
    return printed.replace("I", "l") if re.fullmatch(r"[a-z0-9_/.I-]*[a-z][a-z0-9_/.I-]*", printed) else printed


def _kind(printed: str) -> str:
    """A class that is told wrong in a letter or two is the one that Keras has."""
    outer, bracket, inner = printed.partition("(")
    if bracket:
        return f"{_kind(outer)}({_kind(inner.rstrip(')'))})"
    if known(printed):
        return printed
    if alike := _by_look().get(_look(printed)):
        return alike
    near = difflib.get_close_matches(printed, _classes(), 1, 0.85)
    return near[0] if near and len(printed) > 4 and abs(len(near[0]) - len(printed)) < 2 else printed


def _look(text: str) -> str:
    """The same for words that differ only in letters and digits that look like each other."""
    return _STROKES.sub("1", _LEGS.sub("m", text.translate(_ALIKE)))


@cache
def _by_look() -> dict[str, str]:
    return {_look(name): name for name in _classes()}


def _as_keras_names(name: str, kind: str) -> str:
    """A name that Keras made of the class, where letters were taken for what looks like them."""
    own = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)).lower()
    if name.startswith(own):  # `dropout1` is a name that somebody gave
        return name
    number = re.search(r"(?:_\d+)?$", name)
    made = name[: number.start()] if number else name
    return own + name[len(made) :] if _look(made) == _look(own) else name


@cache
def _classes() -> tuple[str, ...]:
    return (*CATALOGUE, *tools.KERAS_1.values(), "LocalResponseNormalization", "Functional", "Sequential", "Lambda")


def layer_of(number: int, words: Words, place: BBox, sure: float) -> Layer:
    """The layer of a node; a class that is not known is a `Block`."""
    kind, params = tools.keras_type(words.kind)
    if kind is None:
        kind = words.kind if words.kind in CATALOGUE else "Block" if words.kind or words.name else "Unknown"
    name = words.name
    if "(" in words.kind and name.endswith(")"):
        name = name.rpartition("(")[0]
    own: dict[str, Any] = dict(params)
    if words.activation is not None:
        own["activation"] = words.activation
    if words.dtype is not None and kind == "Input":
        own["dtype"] = words.dtype
    shape = words.outputs[0] if words.outputs else None
    return Layer(
        id=f"n{number}",
        type=kind,
        name=name,
        label=words.label,
        params=own,
        output_shape=shape,
        bbox=place,
        confidence=sure,
        provenance=dict.fromkeys((*own, *(("output_shape",) if shape is not None else ())), "figure"),
    )
