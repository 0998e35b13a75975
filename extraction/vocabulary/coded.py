"""Labels that a program printed: a class of Keras, the layer's name, and `key = value`."""

from __future__ import annotations

import re
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.vocabulary.tools import keras_type

#: What stands beside the class in such a label: names as programs make them, and sizes.
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z]+\d+|[a-z]+")
#: "Dense block1" is a part, and no layer of this name.
_PART = re.compile(r"(?:block|branch|cell|group|layer|module|net|part|path|stack|stage|unit)s?\d*")
_SIZES = re.compile(r"[1-9][0-9]{0,8}(?:x[1-9][0-9]{0,8})*")
_PAIR = re.compile(r"\b([a-z]\w*) ?[=:] ?(\S+)")
_NUMBER = re.compile(r"-?[0-9]{1,12}")
_FRACTION = re.compile(r"-?[0-9]{0,12}\.[0-9]{1,20}(?:e-?[0-9]{1,2})?")


def class_of(word: str) -> str:
    """The catalogue's type that a word is the class of, to the letter; empty where it is none."""
    kind = keras_type(word)[0] or word
    return kind if kind in CATALOGUE and kind != "Block" else ""


def value_of(kind: str, key: str, text: str) -> Any:
    """What a printed value of a parameter is: a whole number, a fraction, sizes, yes or no, or else its text."""
    parameter = next((each for each in CATALOGUE[kind].parameters if each.name == key), None)
    if _SIZES.fullmatch(text) and ("x" in text or (parameter and parameter.kind == "ints")):
        return [int(size) for size in text.split("x")]
    if _NUMBER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def read_coded(text: str) -> tuple[str, dict[str, Any], tuple[int, ...] | None] | None:
    """The type of a label, its parameters and its output's size, or `None` where no program printed it.

    One word of it is a class, and all others are a name, `key = value` or a size.
    """
    pairs = dict(_PAIR.findall(text))
    rest = _PAIR.sub(" ", text).split()
    classes = [word for word in rest if class_of(word)]
    others = [word for word in rest if not class_of(word)]
    names = [word for word in others if not _SIZES.fullmatch(word)]
    sizes = [word for word in others if _SIZES.fullmatch(word)]
    if len(classes) != 1 or len(names) > 1 or len(sizes) > 1 or not all(map(_NAME.fullmatch, names)):
        return None
    if any(map(_PART.fullmatch, names)):
        return None
    kind = class_of(classes[0])
    known = {parameter.name for parameter in CATALOGUE[kind].parameters}
    if not pairs.keys() <= known or not (pairs or names):
        return None
    # A plain word beside a class says something of it, unless it is the class again.
    if names and names[0].isalpha() and names[0] not in (classes[0].casefold(), kind.casefold()):
        return None
    params = {**keras_type(classes[0])[1], **{key: value_of(kind, key, value) for key, value in pairs.items()}}
    return kind, params, tuple(int(size) for size in sizes[0].split("x")) if sizes else None
