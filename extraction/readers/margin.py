"""Names in the margin: a column of texts beside a whole drawing, each level with what it calls."""

from __future__ import annotations

import re
from dataclasses import replace
from statistics import median

from extraction.readers.links import Links
from extraction.readers.nodes import DOTS, Node, is_number
from extraction.readers.primitives import centre, height, same_shade, width
from extraction.vocabulary import parse

#: So many texts under one another are a column.
FEWEST = 3
#: How far a text may end above or below what it calls, in heights of a line.
LEVEL = 0.8
#: Boxes at several steps have the same sizes up to this share.
ALIKE = 0.15
#: What cells of a row that are joined with one another are, however the whole is called.
_RECURRENT = re.compile(r"\b(LSTM|GRU|RNN)s?\b")
#: A part of several layers, no box of which is called so.
_PART = re.compile(r"\b(layers|net|network|networks)\b", re.IGNORECASE)
#: What cells of a row called so are that hold a symbol each, with its index, or none that is legible.
_EMBEDDING = "embedding"
_SYMBOL = re.compile(r"(?:[A-Za-z](?![a-z])\W{0,2}\s?\S{0,8})?")


def name_in_margin(links: Links, taken: set[int], unit: float) -> None:
    """Joined boxes without words are called by the text of a column that is level with them, in place.

    What is `taken` is no name, as the words of a legend are none.
    Where it names a recurrent layer, it calls all cells beside it that are joined within their row, where an embedding
    all symbols; else the one box, or all boxes there where they look alike.
    """
    nodes = links.nodes
    joined = {i for pair in links.certain for i in pair}
    boxes = [i for i in joined if nodes[i].box]
    if not boxes:
        return
    left, right = min(nodes[i].bbox[0] for i in boxes), max(nodes[i].bbox[2] for i in boxes)
    texts = [node for i, node in enumerate(nodes) if node.box is None and i not in joined | taken and _is_name(node)]
    for side, edge in (
        ([text for text in texts if text.bbox[0] > right - unit and centre(text.bbox)[0] > right], 0),
        ([text for text in texts if text.bbox[2] < left + unit and centre(text.bbox)[0] < left], 2),
    ):
        # Its texts begin below one another, or end so.
        columns = [[text for text in side if _aside(text, side, at) < unit] for at in (edge, 2 - edge)]
        column = max(columns, key=len)
        for text in column if len(column) >= FEWEST else ():
            level = [i for i in boxes if not nodes[i].lines and _is_level(nodes[i], text, unit)]
            if word := _RECURRENT.search(text.label):
                for i in (i for i in level if _in_row(i, links)):
                    nodes[i].lines = [replace(text.lines[0], text=word[1])]
            elif parse(text.label).type == "Embedding" and len(cells := _cells(text, boxes, nodes, unit)) >= FEWEST:
                for i in cells:
                    symbol = nodes[i].label.replace(" ", "")
                    nodes[i].lines = [replace(text.lines[0], text=f"{symbol} {_EMBEDDING}".strip())]
            elif len(level) == 1 or (_alike([nodes[i] for i in level]) and not _PART.search(text.label)):
                for i in level:
                    nodes[i].lines = list(text.lines)


def _aside(text: Node, side: list[Node], edge: int) -> float:
    """How far from most texts of its side one begins, or ends."""
    return abs(text.bbox[edge] - median(other.bbox[edge] for other in side))


def _alike(level: list[Node]) -> bool:
    """Whether several boxes have one size and colour, as what is done at every step."""
    usual = [median(size(node.bbox) for node in level) for size in (width, height)] if level else []
    return len(level) >= FEWEST and all(
        node.box is not None
        and level[0].box is not None
        and same_shade(node.box, level[0].box)
        and all(abs(s(node.bbox) - m) <= ALIKE * m + 1 for s, m in zip((width, height), usual, strict=True))
        for node in level
    )


def _cells(text: Node, boxes: list[int], nodes: list[Node], unit: float) -> list[int]:
    """The boxes of the row that a text stands beside in which a symbol is written, or nothing."""
    cells = [i for i in boxes if (box := nodes[i].box) and not box.operator and _SYMBOL.fullmatch(nodes[i].label)]
    return [i for i in cells if _is_level(nodes[i], text, -unit)]


def _is_name(text: Node) -> bool:
    return bool(text.lines) and not is_number(text.label) and not DOTS.fullmatch(text.label)


def _is_level(node: Node, text: Node, unit: float) -> bool:
    apart = max(node.bbox[1] - text.bbox[3], text.bbox[1] - node.bbox[3])
    return apart < LEVEL * unit


def _in_row(i: int, links: Links) -> bool:
    """Whether a box is joined with another one of its row."""
    nodes = links.nodes
    others = {s if t == i else t for s, t in links.certain if i in (s, t)}
    return any(abs(centre(nodes[i].bbox)[1] - centre(nodes[j].bbox)[1]) < 0.25 * height(nodes[i].bbox) for j in others)
