"""Figures whose order is their place: volumes and boxes in a row, with their words above, below and between them."""

from __future__ import annotations

import re
from itertools import pairwise

from extraction.readers.nodes import Node, Scene, is_number
from extraction.readers.primitives import centre, gap, height, width
from extraction.vocabulary import parse

#: How far from a volume its words stand, in heights of a line.
REACH = 4.0
#: The same of a box that has none inside and is no volume.
NAME = 1.0
_SUB_CAPTION = re.compile(r"\s*\([a-zA-Z0-9]\)(\s|$)")
#: Boxes stand in one row where they share so much of the lower one's height.
LEVEL = 0.3
#: How sure it is that neighbours without an arrow between them follow one another.
NEIGHBOURS = 0.45


def give_captions(scene: Scene, unit: float) -> None:
    """Free texts become labels of the volumes and empty boxes that they stand by, in place.

    An operation that is printed between two volumes makes the second one.
    """
    samples, meanings = _samples(scene, unit)
    homes = [
        node
        for node in scene.boxes
        if node.box and not node.box.operator and id(node) not in samples and _speechless(node)
    ]
    if not homes:
        return
    left = []
    for text in scene.texts:
        home = None if id(text) in meanings else _home(text, homes, unit)
        if home is None:
            left.append(text)
        else:
            home.lines = [*home.lines, *text.lines]
    scene.texts[:] = left
    for home in homes:
        words = [line for line in home.lines if not _is_mark(line.text)]
        # Beside words, lone numbers say how long a side is.
        home.lines = words or home.lines


def name_beside(nodes: list[Node], joined: set[int], unit: float) -> None:
    """Joined boxes and pictures without words are called by the text right above, below or beside them, in place.

    Each text names one box, the one it stands nearest to; what a wire leads to is no name.
    """
    homes = [node for i, node in enumerate(nodes) if i in joined and node.box and not node.lines]
    homes = [node for node in homes if node.box and not node.box.operator and node.box.shape != "circle"]
    pairs = []
    for i, text in enumerate(nodes):
        if text.box is not None or i in joined or is_number(text.label) or parse(text.label).role == "activation":
            continue
        if _SUB_CAPTION.match(text.label):
            continue
        for node in homes:
            away = gap(node.bbox, text.bbox)
            aside = min(abs(a - b) for a, b in zip(centre(text.bbox), centre(node.bbox), strict=True))
            if away < NAME * unit and aside < 0.6 * unit:
                pairs.append((away, aside, i, node))
    used: set[int] = set()
    for _, _, i, node in sorted(pairs, key=lambda pair: pair[:3]):
        if i not in used and not node.lines:
            node.lines = list(nodes[i].lines)
            used.add(i)


def _speechless(node: Node) -> bool:
    """Whether nothing, or no word, is written in a box: in pictures and on filters single letters are found."""
    return node.box is not None and (node.box.shape == "volume" or all(_is_mark(line.text) for line in node.lines))


def _is_mark(text: str) -> bool:
    return is_number(text) or len(text.strip()) < 2


def _samples(scene: Scene, unit: float) -> tuple[set[int], set[int]]:
    """Boxes of a legend and the texts that say what they mean."""
    samples, meanings = set(), set()
    small = [node for node in scene.boxes if not node.lines and height(node.bbox) < 2.6 * unit]
    for node in small:
        for text in scene.texts:
            away = text.bbox[0] - node.bbox[2]
            level = abs(centre(text.bbox)[1] - centre(node.bbox)[1])
            if -0.2 * unit < away < 2.5 * unit and level < 0.5 * height(node.bbox) and parse(text.label).type:
                samples.add(id(node))
                meanings.add(id(text))
    return (samples, meanings) if len(samples) > 1 else (set(), set())


def _home(text: Node, homes: list[Node], unit: float) -> Node | None:
    x = centre(text.bbox)[0]
    phrase = parse(text.label)
    best: tuple[float, Node | None] = (REACH * unit, None)
    for node in homes:
        x0, y0, x1, y1 = node.bbox
        below = max(y0 - text.bbox[3], text.bbox[1] - y1, 0.0)
        aside = max(x0 - x, x - x1, 0.0)
        if below < REACH * unit:
            best = min(best, (below + 1.5 * aside + 0.2 * abs(x - (x0 + x1) / 2), node), key=lambda row: row[0])
    if phrase.role == "layer" and phrase.output_shape is None:
        beside = [node for node in homes if gap(node.bbox, text.bbox) < REACH * unit]
        before = [node for node in beside if centre(node.bbox)[0] + 0.2 * width(node.bbox) < x]
        after = [node for node in beside if centre(node.bbox)[0] - 0.2 * width(node.bbox) > x]
        if before and after and len(before) + len(after) == len(beside):
            return min(after, key=lambda node: node.bbox[0])
    return best[1]


def rows_of(nodes: list[Node]) -> list[list[int]]:
    """Nodes grouped in rows from top to bottom, each from left to right."""
    rows: list[list[int]] = []
    for i in sorted(range(len(nodes)), key=lambda i: -height(nodes[i].bbox)):
        fitting = [row for row in rows if _level(nodes[i], nodes[row[0]]) > LEVEL]
        if fitting:
            max(fitting, key=lambda row: _level(nodes[i], nodes[row[0]])).append(i)
        else:
            rows.append([i])
    rows.sort(key=lambda row: min(nodes[i].bbox[1] for i in row))
    return [sorted(row, key=lambda i: centre(nodes[i].bbox)[0]) for row in rows]


def _level(a: Node, b: Node) -> float:
    both = min(a.bbox[3], b.bbox[3]) - max(a.bbox[1], b.bbox[1])
    return both / max(min(height(a.bbox), height(b.bbox)), 1e-6)


def neighbours(nodes: list[Node], joined: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Pairs that follow one another by place, where no connection says otherwise."""
    comes = {target for _, target in joined}
    goes = {source for source, _ in joined}
    found = []
    for row in rows_of(nodes):
        for a, b in pairwise(row):
            solid = any(node.box and node.box.shape == "volume" for node in (nodes[a], nodes[b]))
            free = (a not in goes or b not in comes) if solid else (a not in goes and b not in comes)
            if free and (a, b) not in joined and (b, a) not in joined:
                found.append((a, b))
    return found
