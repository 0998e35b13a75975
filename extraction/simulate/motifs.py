"""The extended grammar as data: motifs in a small notation, and which may stand where.

A motif is a row of operations, each after the one before it. Square brackets hold ways side by side that all start
where the bracket stands, divided by `|`; a way without operations is the input itself. The operation after a bracket
joins their ends. `conv(w,3)`: an operation with arguments. Sizes are whole numbers or `w` (the motif's width), `c`
(channels of its input), `k` (a kernel drawn for the motif), also as `w/4` or `w*4`. `docs/simulate.md` lists all words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: its word and its arguments as written."""

    word: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fork:
    """Ways side by side; the operation after it joins them."""

    ways: tuple[Row, ...]


Row = tuple["Op | Fork", ...]


@dataclass(frozen=True, slots=True)
class Motif:
    name: str
    #: What it works on: `map` (1 to 3 spatial axes), `plane` (2), `line` (1 or 2), `steps` (a sequence), `vector`.
    domain: str
    weight: int
    row: Row
    #: Layers on its longest way.
    length: int
    #: Factor by which it makes maps smaller.
    shrinks: int = 1

    @property
    def grows(self) -> bool:
        """Its output has more channels each time: its input is put beside what it makes."""
        return any(
            isinstance(part, Fork) and () in part.ways and after == Op("concat")
            for part, after in zip(self.row, (*self.row[1:], None), strict=True)
        )


_TOKEN = re.compile(r"\[|\]|\||[a-z0-9+]+(?:\([^()]*\))?")

#: Name -> domain, weight, notation. A leading number and colon: by how much it makes maps smaller.
MOTIFS: Mapping[str, tuple[str, int, str]] = {
    # Single layers, which fill what is left of the depth.
    "conv": ("map", 6, "conv(w,k)"),
    "activation": ("map", 1, "act"),
    "dropout": ("map", 1, "drop"),
    "norm": ("map", 1, "bn"),
    # Chains.
    "conv-act": ("map", 4, "conv(w,k) act"),
    "conv-bn-act": ("map", 8, "conv(w,k,plain) bn act"),
    "conv-bn-act-drop": ("map", 2, "conv(w,k) bn act drop"),
    "bn-act-conv": ("map", 3, "bn act conv(w,k)"),
    "dilated": ("map", 2, "conv(w,3,d2) act"),
    "separable": ("line", 3, "sep(w,3) bn act"),
    "depthwise-separable": ("plane", 4, "dw(3,plain) bn act conv(w,1,plain) bn act"),
    "grouped": ("plane", 1, "conv(w,3,g4) bn act"),
    "factorised": ("plane", 2, "conv(w,1x7) conv(w,7x1) act"),
    "lrn": ("plane", 1, "conv(w,k) relu lrn"),
    # Residual.
    "residual": ("map", 6, "[conv(c,3,plain) bn act conv(c,3,plain) bn | ] add act"),
    "residual-wider": ("map", 3, "[conv(w,3,plain) bn act conv(w,3,plain) bn | conv(w,1,plain) bn] add act"),
    "bottleneck": ("map", 5, "[conv(c/4,1) bn act conv(c/4,3) bn act conv(c,1) bn | ] add act"),
    "pre-activation": ("map", 3, "[bn act conv(c,3) bn act conv(c,3) | ] add"),
    "inverted-residual": ("plane", 4, "[conv(c*4,1,plain) bn relu6 dw(3,plain) bn relu6 conv(c,1,plain) bn | ] add"),
    "dilated-residual": ("map", 2, "[conv(c,3,d2) act drop conv(c,3,d4) act | ] add"),
    "squeeze-excite": ("plane", 2, "[ | gap dense(c/4,relu) dense(c,sigmoid) reshape] mul"),
    "residual-squeeze": (
        "plane", 2, "[conv(c,3) bn act conv(c,3) bn [ | gap dense(c/8,relu) dense(c,sigmoid) reshape] mul | ] add act"
    ),
    "parallel": ("map", 1, "[conv(w,3) act | conv(w,1)] concat conv(w,1)"),
    # Dense and inception.
    "dense-layer": ("map", 4, "[bn act conv(g*4,1) bn act conv(g,3) | ] concat"),
    "dense-pair": ("map", 2, "[bn act conv(g,3) | ] concat [bn act conv(g,3) | ] concat"),
    "inception": (
        "map", 4, "[conv(w/4,1,relu) | conv(w/8,1,relu) conv(w/4,3,relu) | conv(w/8,1,relu) conv(w/4,5,relu) | "
        "maxpool(3,1) conv(w/4,1,relu)] concat"
    ),
    "inception-bn": (
        "plane", 2, "[conv(w/2,1) bn act | conv(w/4,1) bn act conv(w/4,1x7) bn act conv(w/2,7x1) bn act | "
        "avgpool(3,1) conv(w/4,1) bn act] concat"
    ),
    "inception-residual": ("map", 2, "[[conv(w/4,1) | conv(w/4,1) conv(w/4,3)] concat conv(c,1) | ] add relu"),
    "fire": ("map", 2, "conv(w/4,1,relu) [conv(w/2,1,relu) | conv(w/2,3,relu)] concat"),
    "two-ways": ("map", 2, "[conv(w,3,relu) conv(w,3,relu) | conv(w,5,relu)] maximum"),
    "mean-of-ways": ("map", 1, "[conv(w,3,tanh) | conv(w,1,tanh)] average"),
    "gate": ("map", 1, "[conv(w,3,tanh) | conv(w,3,sigmoid)] mul"),
    # Smaller maps.
    "maxpool": ("map", 6, "2: maxpool(2,2)"),
    "avgpool": ("map", 2, "2: avgpool(2,2)"),
    "maxpool-3": ("map", 2, "2: maxpool(3,2)"),
    "stride": ("map", 3, "2: conv(w,3,s2) bn act"),
    "transition": ("map", 2, "2: bn act conv(c/2,1) avgpool(2,2)"),
    "residual-stride": ("map", 4, "2: [conv(w,3,s2) bn act conv(w,3) bn | conv(w,1,s2) bn] add act"),
    "reduction": ("map", 2, "2: [conv(w/2,3,s2,relu) | conv(w/4,1,relu) conv(w/2,3,s2,relu) | maxpool(3,2)] concat"),
    # Sequences.
    "lstm": ("steps", 4, "lstm(w,seq)"),
    "gru": ("steps", 3, "gru(w,seq)"),
    "rnn": ("steps", 1, "rnn(w,seq)"),
    "bidirectional": ("steps", 3, "bilstm(w/2,seq) drop"),
    "bidirectional-gru": ("steps", 2, "bigru(w/2,seq)"),
    "steps-dropout": ("steps", 2, "sdrop"),
    "steps-norm": ("steps", 1, "ln"),
    "steps-dense": ("steps", 2, "td(w)"),
    "transformer": ("steps", 6, "[mha drop | ] add ln [dense(c*4,relu) dense(c) drop | ] add ln"),
    "transformer-pre": ("steps", 4, "[ln mha | ] add [ln dense(c*4,gelu) dense(c) | ] add"),
    "self-attention": ("steps", 2, "[ | lstm(c,seq)] attend"),
    "additive-attention": ("steps", 2, "[gru(c,seq) | ] additive"),
    "highway": ("steps", 1, "[ | gru(c,seq)] add ln"),
    # Vectors.
    "dense": ("vector", 6, "dense(w,relu)"),
    "dense-drop": ("vector", 4, "dense(w,relu) drop"),
    "dense-bn-act": ("vector", 4, "dense(w,plain) bn act"),
    "dense-ln": ("vector", 2, "dense(w) ln act"),
    "noise": ("vector", 1, "noise"),
    "vector-dropout": ("vector", 1, "drop"),
    "residual-dense": ("vector", 3, "[dense(c,relu) drop dense(c) | ] add act"),
    "wide-and-deep": ("vector", 1, "[dense(w,relu) dense(w/2,relu) | ] concat"),
    "gated": ("vector", 1, "[dense(w,tanh) | dense(w,sigmoid)] mul"),
}  # fmt: skip

#: What turns maps, sequences and vectors into a vector at the end.
EXITS: Mapping[str, tuple[str, int, str]] = {
    "global-average": ("map", 6, "gap"),
    "global-max": ("map", 2, "gmp"),
    "flatten": ("map", 4, "flatten"),
    "last-lstm": ("steps", 4, "lstm(w)"),
    "last-gru": ("steps", 3, "gru(w)"),
    "last-bidirectional": ("steps", 2, "bilstm(w/2)"),
    "steps-average": ("steps", 3, "gap"),
    "steps-max": ("steps", 2, "gmp"),
}


def parse(notation: str) -> Row:
    """The notation as operations and forks.

    Raises:
        ValueError: a bracket is not closed, or a word is not understood.
    """
    tokens = iter(_TOKEN.findall(notation))
    if "".join(_TOKEN.findall(notation)) != notation.replace(" ", ""):
        raise ValueError(f"{notation!r} is not understood")
    row, end = _row(tokens)
    if end:
        raise ValueError(f"{notation!r}: {end} stands alone")
    return row


def _row(tokens: Iterator[str]) -> tuple[Row, str]:
    row: list[Op | Fork] = []
    for token in tokens:
        if token in ("|", "]"):
            return tuple(row), token
        if token == "[":  # noqa: S105 - a bracket, no password
            ways, end = [], "|"
            while end == "|":
                way, end = _row(tokens)
                ways.append(way)
            if not end:
                raise ValueError("a bracket is not closed")
            row.append(Fork(tuple(ways)))
        else:
            word, _, args = token.rstrip(")").partition("(")
            row.append(Op(word, tuple(args.split(",")) if args else ()))
    return tuple(row), ""


def length(row: Row) -> int:
    """Layers on the longest way through it."""
    return sum(max(length(way) for way in part.ways) if isinstance(part, Fork) else 1 for part in row)


def read(table: Mapping[str, tuple[str, int, str]]) -> dict[str, Motif]:
    motifs = {}
    for name, (domain, weight, notation) in table.items():
        factor, colon, rest = notation.partition(":")
        row = parse(rest if colon else notation)
        motifs[name] = Motif(name, domain, weight, row, length(row), int(factor) if colon else 1)
    return motifs
