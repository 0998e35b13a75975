"""Pictures of `plot_model` and `draw_net` to flows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.model import BBox, Connection, Flow
from extraction.pdf.model import Image, Word
from extraction.readers.letters import recognise_line
from extraction.readers.plots import caffe_boxes, keras_cells
from extraction.readers.plots.alphabet import as_picture, read_lines, told_share
from extraction.readers.plots.beside import take_out
from extraction.readers.plots.glyphs import Line, Patch, lines_of
from extraction.readers.plots.heads import Arrow, find_heads
from extraction.readers.plots.ink import PlotNode, find_nodes, ink_of
from extraction.readers.plots.mending import mend
from extraction.readers.plots.named_boxes import Card, read_cards
from extraction.readers.plots.numbers import Number, numbers_near
from extraction.readers.plots.outlines import Rect
from extraction.readers.plots.printed import in_cells, numbers_beside
from extraction.readers.plots.running import run_back

#: Of each line: the numbers near it.
Numbers = Callable[[Sequence[NDArray[np.float64]]], list[list[Number]]]

LOOKS = ("keras", "caffe")
#: Of a drawing that a program made, so many of the lines are in letters of the store.
PAINTED = 0.7
#: Heads of arrows may be so much smaller than those of plots.
SLIM = 0.6
#: And then the ends of thick lines are so much smaller than a head.
WHOLE = 0.45


def read_plot(image: Image, look: str, words: Sequence[Word] = ()) -> Flow | None:
    """The flow of a picture (height x width x 3, uint8, RGB), or `None` where nothing is drawn as this look does.

    Args:
        look: "keras" or "caffe"; "boxes" for boxes that name Keras's types, in letters that a program painted; or
            "auto" for whichever of these it is, if it is one.
        words: what is printed, in pixels of the image, where that is known; then no letters are read, and "auto" is
            one of the first two.
    """
    ink, pale, solid = ink_of(image)
    nodes, capital = find_nodes(image, ink)
    if len(nodes) < (1 if look in LOOKS else 2):
        return None
    plot = look in LOOKS or (look == "auto" and _may_be_plot(nodes))
    free = take_out(pale, nodes, capital)
    faces: list[int] = []
    if words:
        cells = in_cells(words, nodes)
    else:
        owner, lines = _lines(image, nodes)
        if not lines or (not plot and not told_share(lines) > PAINTED):
            return None
        texts, faces = read_lines(lines, _recognise)
        cells = {}
        for at, text in zip(owner, texts, strict=True):
            cells.setdefault(at, []).append(text)
    if look == "auto":
        look = (_look(nodes, cells) if plot else "") or "boxes"
        if look == "boxes" and (words or not told_share(lines) > PAINTED):
            return None
    drawn = 1 - free
    dark = solid & drawn
    heads = find_heads(dark, nodes, capital)
    if look == "caffe":
        arrows = run_back(image, drawn, nodes, heads, capital, blobs=True)
        numbers = partial(numbers_beside, words, nodes) if words else _numbers(image, nodes, arrows, faces, capital)
        return _caffe(nodes, cells, arrows, numbers)
    if look == "boxes":
        if len(heads) < len(nodes) - 1:  # other programs draw slimmer ones
            heads = max(heads, find_heads(dark, nodes, SLIM * capital, WHOLE), key=len)
        arrows = run_back(image, drawn, nodes, heads, capital, hidden=True)
        return read_cards(_cards(nodes, cells), arrows)
    return _keras(nodes, cells, run_back(image, drawn, nodes, heads, capital))


def _lines(image: Image, nodes: Sequence[PlotNode]) -> tuple[list[tuple[int, int]], list[Line]]:
    """All lines of text, and the node and cell that each stands in."""
    owner: list[tuple[int, int]] = []
    lines: list[Line] = []
    for number, node in enumerate(nodes):
        for place, cell in enumerate(node.cells):
            found = lines_of(image, cell, 1)
            lines += found
            owner += [(number, place)] * len(found)
    return owner, lines


def _recognise(patches: Sequence[Patch]) -> list[str]:
    return [recognise_line(np.asarray(cv2.cvtColor(as_picture(p), cv2.COLOR_GRAY2RGB), np.uint8)) for p in patches]


# --- Which look -------------------------------------------------------------------------------------------------------


def _may_be_plot(nodes: list[PlotNode]) -> bool:
    """A cheap test: grids of white cells or black heads, or coloured boxes with octagons."""
    white = sum(all(c.shape == "rect" and (c.inverted or min(c.colour) > 250) for c in node.cells) for node in nodes)
    blobs = sum(node.cells[0].shape != "rect" for node in nodes)
    return white > 0.9 * len(nodes) or blobs > 0.25 * len(nodes)


def _look(nodes: list[PlotNode], cells: dict[tuple[int, int], list[str]]) -> str:
    """Told by the words in the nodes; empty where it is neither."""
    blobs = sum(node.cells[0].shape != "rect" for node in nodes)
    if blobs:
        typed = sum(
            "(" in " ".join(cells.get((i, 0), [])) for i, node in enumerate(nodes) if node.cells[0].shape == "rect"
        )
        return "caffe" if typed >= max(2, 0.7 * (len(nodes) - blobs)) else ""
    known = 0
    for i, node in enumerate(nodes):
        words = keras_cells.words_of(_texts(i, node, cells))
        known += keras_cells.known(words.kind) and (not words.name or " " not in words.name)
    return "keras" if known >= max(2, 0.7 * len(nodes)) else ""


def _cards(nodes: list[PlotNode], cells: dict[tuple[int, int], list[str]]) -> list[Card]:
    return [
        Card([line for place in range(len(node.cells)) for line in cells.get((i, place), [])], _place(node))
        for i, node in enumerate(nodes)
    ]


# --- Keras ------------------------------------------------------------------------------------------------------------


def _texts(number: int, node: PlotNode, cells: dict[tuple[int, int], list[str]]) -> list[keras_cells.Text]:
    return [
        keras_cells.Text(cell.rect, " ".join(cells.get((number, place), [])).strip())
        for place, cell in enumerate(node.cells)
    ]


def _keras(nodes: list[PlotNode], cells: dict[tuple[int, int], list[str]], arrows: list[Arrow]) -> Flow:
    words = [keras_cells.words_of(_texts(i, node, cells)) for i, node in enumerate(nodes)]
    sure: dict[tuple[int, int], float] = {}
    for arrow in arrows:
        for source, confidence in arrow.sources.items():
            if source != arrow.target:
                sure[source, arrow.target] = max(confidence, sure.get((source, arrow.target), 0.0))
    sure = mend(nodes, words, sure)
    layers = [
        keras_cells.layer_of(i, said, _place(node), 0.99 if not said.strange and said.kind else 0.6)
        for i, (node, said) in enumerate(zip(nodes, words, strict=True))
    ]
    inputs: dict[int, list[int]] = {}
    for source, target in sure:
        inputs.setdefault(target, []).append(source)
    connections = []
    for target, sources in sorted(inputs.items()):
        ordered = _in_order(sources, target, nodes, words)
        connections += [Connection(f"n{source}", f"n{target}", sure[source, target]) for source in ordered]
    return Flow(tuple(layers), tuple(connections), kind="box2d")


def _in_order(sources: list[int], target: int, nodes: list[PlotNode], words: list[keras_cells.Words]) -> list[int]:
    """As the shapes of what goes in are printed; what that leaves open, from left to right."""
    sources = sorted(sources, key=lambda i: (nodes[i].rect[0] + nodes[i].rect[2], nodes[i].rect[1]))
    wanted = words[target].inputs
    if not wanted or len(wanted) != len(sources):
        return sources
    left, ordered = list(sources), []
    for shape in wanted:
        match = next((i for i in left if shape in (words[i].outputs or [])), None)
        if match is None:
            return sources
        left.remove(match)
        ordered.append(match)
    return ordered


def _place(node: PlotNode) -> BBox:
    x0, y0, x1, y1 = node.rect
    return float(x0), float(y0), float(x1), float(y1)


# --- Caffe ------------------------------------------------------------------------------------------------------------


def _caffe(
    nodes: list[PlotNode], cells: dict[tuple[int, int], list[str]], arrows: list[Arrow], numbers: Numbers
) -> Flow:
    boxes = [
        caffe_boxes.Box(
            node.cells[0].shape == "rect",
            " ".join(t for place in range(len(node.cells)) for t in cells.get((i, place), [])).strip(),
            _place(node),
            caffe_boxes.in_place(node.cells[0].colour),
        )
        for i, node in enumerate(nodes)
    ]
    sure: dict[tuple[int, int], float] = {}
    for arrow in arrows:
        for source, confidence in arrow.sources.items():
            sure[source, arrow.target] = max(confidence, sure.get((source, arrow.target), 0.0))
    units = _units(boxes, arrows, numbers)
    layers, connections = caffe_boxes.join(boxes, sure)
    return Flow(
        tuple(caffe_boxes.layer_of(i, boxes[i], units.get(i)) for i in layers), tuple(connections), kind="box2d"
    )


def _numbers(image: Image, nodes: list[PlotNode], arrows: list[Arrow], faces: list[int], capital: float) -> Numbers:
    lines = [way for arrow in arrows for way in arrow.ways.values()]
    return lambda ways: numbers_near(image, nodes, ways, lines, faces, capital)


def _units(boxes: list[caffe_boxes.Box], arrows: list[Arrow], numbers: Numbers) -> dict[int, int]:
    """The number beside the arrow that leaves each layer: each arrow takes the nearest, each number is taken once.

    What seem to be two numbers side by side is one, if no arrow takes the other.
    """
    ways = [
        (source, way)
        for arrow in arrows
        for source, way in arrow.ways.items()
        if boxes[source].layer and boxes[source].printed in caffe_boxes.NUMBERED
    ]
    near: list[tuple[float, int, Number]] = []
    for (source, way), beside in zip(ways, numbers([way for _, way in ways]), strict=True):
        middle = (way[0] + way[-1]) / 2
        for number in beside:
            x0, y0, x1, y1 = number.rect
            dx = np.maximum(np.maximum(x0 - way[:, 0], way[:, 0] - x1), 0)
            dy = np.maximum(np.maximum(y0 - way[:, 1], way[:, 1] - y1), 0)
            off = math.hypot((x0 + x1) / 2 - middle[0], (y0 + y1) / 2 - middle[1])
            near.append((float(np.hypot(dx, dy).min()) + 0.15 * off, source, number))
    taken: dict[int, Number] = {}
    used: set[Rect] = set()
    for _, source, number in sorted(near, key=lambda item: item[:2]):
        if source not in taken and number.rect not in used:
            used.add(number.rect)
            taken[source] = number
    return {source: number.value if used.issuperset(number.both) else number.joined for source, number in taken.items()}
