"""Boxes of other programs' drawings, where each says its Keras type in a line of its own.

Names, `key = value` and sizes stand in lines above and below it, as Netron's cards, Graphviz and TikZ have them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.readers.plots.heads import Arrow
from extraction.vocabulary import tools
from extraction.vocabulary.coded import class_of, value_of

#: So many of the boxes say their type, else a drawing is not of this sort.
TYPED = 0.8

#: So many letters of a parameter tell it, where some are lost.
KEY = 4
#: And so much of a type, of 1, where a line hides the rest.
NEAR = 0.75

#: Of lines without their spaces: some fonts are so wide that there seem to be more of them.
_PAIR = re.compile(r"([A-Za-z][^=:]*)[=:](.+)")
_SIZES = re.compile(r"\d+(?:x\d+)*")


@dataclass(frozen=True, slots=True)
class Card:
    """One box and its lines, from top to bottom."""

    lines: Sequence[str]
    place: BBox


def read_cards(cards: Sequence[Card], arrows: Sequence[Arrow]) -> Flow | None:
    """The flow of a drawing, or `None` where most of its boxes are not of this sort."""
    pairs = list(dict.fromkeys((source, arrow.target) for arrow in arrows for source in arrow.sources))
    targets = {target for source, target in pairs if source != target}
    begins = {source for source, target in pairs if source != target} - targets
    layers = []
    for number, card in enumerate(cards):
        layer = _layer(number, card, begins=number in begins)
        if layer is not None:
            layers.append(layer)
    typed = sum(any(map(_kind, card.lines)) for card in cards)
    if len(layers) < TYPED * len(cards) or typed < max(2, len(layers) / 2):
        return None
    known = {layer.id for layer in layers}
    links = [Connection(f"n{a}", f"n{b}", 0.99) for a, b in pairs if a != b]
    return Flow(tuple(layers), tuple(c for c in links if {c.source, c.target} <= known), kind="box2d")


def _layer(number: int, card: Card, *, begins: bool) -> Layer | None:
    kinds = [i for i, line in enumerate(card.lines) if _kind(line)]
    sure = 0.95
    if not kinds and (near := _nearest(card.lines)):
        card, kinds, sure = Card(near[1], card.place), [near[0]], 0.6
    if kinds:
        # A name can be that of a class; then the class stands behind it.
        at = kinds[1] if len(kinds) > 1 and kinds[:2] == [0, 1] else kinds[0]
        kind, own = _kind(card.lines[at]), dict(tools.keras_type(card.lines[at].replace(" ", ""))[1])
        rest = [line for i, line in enumerate(card.lines) if i != at]
    elif begins and card.lines:  # a card of an input can say no more than its name
        kind, own, rest = "Input", {}, list(card.lines)
    else:
        return None
    name, shape = "", None
    mended: set[str] = set()
    for line in (line.replace(" ", "") for line in rest):
        if pair := _PAIR.fullmatch(line):
            key = _key(kind, pair[1])
            own[key] = _value(kind, key, pair[2])
            if key != pair[1] or (isinstance(own[key], str) and own[key] != pair[2]):
                mended.add(key)  # by likeness: not as printed
        elif _SIZES.fullmatch(line):
            shape = tuple(int(size) for size in line.split("x"))
        elif not name:  # a bar is no letter of a name
            name = line.replace("|", "l")
    keys = (*own, *(("output_shape",) if shape else ()))
    return Layer(
        f"n{number}", kind, name, " ".join(card.lines), params=own, output_shape=shape, bbox=card.place,
        confidence=min(sure, 0.8) if mended else sure,
        provenance={key: "inferred" if key in mended else "figure" for key in keys},
    )  # fmt: skip


def _kind(line: str) -> str:
    """The catalogue's type that a line names; empty where it names none."""
    return class_of(line.replace(" ", ""))


def _nearest(lines: Sequence[str]) -> tuple[int, list[str]] | None:
    """Where a type stands of which a letter or two are lost under a line, and the same lines with it."""
    types = [name for name in CATALOGUE if name not in ("Block", "Unknown")]
    for i, line in enumerate(lines):
        tight = line.replace(" ", "")
        if found := difflib.get_close_matches(tight, types, 1, NEAR) if tight[:1].isupper() else []:
            return i, [*lines[:i], found[0], *lines[i + 1 :]]
    return None


def _key(kind: str, printed: str) -> str:
    """A parameter of which some letters are lost at a border or under a line is the one that the type has."""
    known = [parameter.name for parameter in CATALOGUE[kind].parameters]
    if printed in known or len(printed) < KEY:
        return printed
    return next(iter(difflib.get_close_matches(printed, known, 1, NEAR)), printed)


def _value(kind: str, key: str, text: str) -> Any:
    parameter = next((each for each in CATALOGUE[kind].parameters if each.name == key), None)
    if parameter and parameter.choices and text not in parameter.choices:
        return next(iter(difflib.get_close_matches(text, parameter.choices, 1, NEAR)), text)
    return value_of(kind, key, text)
