"""Columns of circles: each is one layer of units, joined to the next, or to the boxes beside it."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Any

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers.assemble import assemble
from extraction.readers.circles import find_circles
from extraction.readers.columns import Column, columns_of
from extraction.readers.letters import is_circles
from extraction.readers.meshes import meshed
from extraction.readers.nodes import SUBCAPTION, Node, clusters, reading_order
from extraction.readers.primitives import (
    Box,
    Drawing,
    TextLine,
    Wire,
    around,
    centre,
    distance,
    gap,
    height,
    inside,
    to_segment,
    width,
)
from extraction.readers.samples import Meaning, meaning_of, read_samples
from extraction.readers.units import as_units
from extraction.vocabulary import parse

#: How sure a column of circles is a layer, and how sure it feeds the next one: lines between single units are many.
LAYER, LINK = 0.75, 0.7
#: Kinds of cell that legends name.
_CELLS = {
    "input cell": "Input", "gated memory": "GRU", "memory cell": "LSTM", "recurrent cell": "SimpleRNN",
    "kernel": "Conv2D", "convolution": "Conv2D", "output": "Dense", "hidden": "Dense",
}  # fmt: skip
#: Types whose units are counted.
_COUNTED = ("Dense", "SimpleRNN", "LSTM", "GRU")
#: What stands in a column's place while boxes and arrows are read.
_MARK = "circles "


def read_neurons(drawing: Drawing, image: Image, trust: float) -> Flow:
    """The flow of a figure of circles. `trust` is how well what is drawn beside columns of them is read."""
    circles = find_circles(drawing, image)
    legend = read_samples(circles, drawing.texts)
    samples = [meaning.sample for meaning in legend]
    columns = columns_of([circle for circle in circles if circle not in samples], drawing, image)
    if not columns:
        return as_units(assemble(drawing, trust=trust), drawing)
    columns, joined = _whole(columns, _meshes(columns, image, drawing))
    labels, told = _labels(columns, drawing)
    told += samples + [text.bbox for text in drawing.texts if any(text.text == meaning.text for meaning in legend)]
    rest = _beside(drawing, columns, joined, told)
    more, places = _read_beside(rest, columns, trust)
    joined |= _in_order(more, places, columns)
    _follow(columns, joined, more, places)
    return _together(columns, joined, labels, legend, more, places, drawing, image)


def _meshes(columns: list[Column], image: Image, drawing: Drawing) -> set[tuple[int, int]]:
    """Columns that lines between their circles join. Between single circles that have arrows these say it."""
    ends = [end.point for wire in drawing.wires if any(end.head for end in wire.ends) for end in wire.ends]
    near = 0.5 * drawing.unit
    arrows = {
        i
        for i, column in enumerate(columns)
        if len(column.circles) == 1 and any(distance(point, column.bbox) < near for point in ends)
    }
    return {
        (i, j)
        for i, one in enumerate(columns)
        for j, two in enumerate(columns)
        if one.panel == two.panel and two.depth == one.depth + 1 and not {i, j} <= arrows
        if meshed(one.circles, two.circles, image)
    }


def _whole(columns: list[Column], joined: set[tuple[int, int]]) -> tuple[list[Column], set[tuple[int, int]]]:
    """Columns with the pieces of one layer put together: lines from the same layer lead to them, and on to the same."""
    home = list(range(len(columns)))
    for i, one in enumerate(columns):
        for j in range(i):
            same = (columns[j].panel, columns[j].depth) == (one.panel, one.depth)
            before = any((k, i) in joined and (k, j) in joined for k in home)
            after = any((i, k) in joined and (j, k) in joined for k in home)
            if same and before and after:
                home[i] = home[j]
                break
    kept = sorted(set(home))
    whole = [
        replace(
            columns[k], circles=tuple(c for i, column in enumerate(columns) if home[i] == k for c in column.circles)
        )
        for k in kept
    ]
    return whole, {(kept.index(home[i]), kept.index(home[j])) for i, j in joined}


def _beside(drawing: Drawing, columns: list[Column], joined: set[tuple[int, int]], told: list[BBox]) -> Drawing:
    """What is drawn beside columns and the lines between them, with a box in the place of each column."""
    meshes = _meshed_regions(columns, joined)
    regions = [column.bbox for column in columns] + meshes
    networks = [
        around([column.bbox for column in columns if column.panel == panel])
        for panel in {column.panel for column in columns}
    ]
    rest = Drawing(drawing.width, drawing.height, drawing.unit)
    rest.boxes = [
        box
        for box in drawing.boxes
        if not any(inside(box.bbox, region, 0.5) for region in regions)
        and not _behind_one(box.bbox, columns)
        # What lines between circles enclose has no words.
        and (_has_words(box.bbox, drawing) or not any(inside(box.bbox, network, 0.5) for network in networks))
    ]
    rest.texts = [
        text for text in drawing.texts if not any(inside(text.bbox, region, 0.5) for region in told + regions)
    ]
    rest.wires = [wire for wire in drawing.wires if _leads_on(wire, rest.boxes, columns, joined, meshes, drawing.unit)]
    for i, column in enumerate(columns):
        rest.boxes.append(Box(column.bbox, "circle" if len(column.circles) == 1 else "rect"))
        x0, y0, x1, y1 = column.bbox
        a, b = 0.2 * (x1 - x0), 0.2 * (y1 - y0)
        rest.texts.append(TextLine(f"{_MARK}{i}", (x0 + a, y0 + b, x1 - a, y1 - b)))
    return rest


def _has_words(box: BBox, drawing: Drawing) -> bool:
    return any(inside(text.bbox, box, 0.6) for text in drawing.texts)


def _meshed_regions(columns: list[Column], joined: set[tuple[int, int]]) -> list[BBox]:
    """Where columns stand that lines between their circles join."""
    home = list(range(len(columns)))
    for i, j in joined:
        home = [home[i] if k == home[j] else k for k in home]
    groups = [[column.bbox for column, own in zip(columns, home, strict=True) if own == k] for k in set(home)]
    return [around(group) for group in groups if len(group) > 1]


def _behind_one(box: BBox, columns: list[Column]) -> bool:
    """Whether a box is the ground of one column."""
    within = [column for column in columns if inside(around(list(column.circles)), box)]
    return len(within) == 1 and min(width(box), height(box)) < 4 * width(within[0].circles[0])


def _leads_on(
    wire: Wire,
    boxes: list[Box],
    columns: list[Column],
    joined: set[tuple[int, int]],
    meshes: list[BBox],
    unit: float,
) -> bool:
    """Whether a line joins more than the circles of two columns, or those of many with letters beside them."""
    met = {i for end in wire.ends for i, column in enumerate(columns) if distance(end.point, column.bbox) < 0.5 * unit}
    if len(met) > 1:
        return not any((i, j) in joined for i in met for j in met)
    if met and len(columns[min(met)].circles) == 1 and len(columns) <= 2:
        return True  # letters that lead to a single circle, or that it leads to, are what goes in and comes out
    if met:
        return any(distance(end.point, box.bbox) < unit for end in wire.ends for box in boxes)
    return not any(distance(end.point, mesh) == 0 for end in wire.ends for mesh in meshes)


def _read_beside(rest: Drawing, columns: list[Column], trust: float) -> tuple[Flow, dict[str, int]]:
    """The flow of boxes and arrows beside columns, and which of its layers is which column."""
    if len(rest.boxes) == len(columns) and not rest.wires:
        return Flow(), {}
    flow = as_units(assemble(rest, trust=trust), rest)
    places = {
        layer.id: int(layer.label.removeprefix(_MARK).split()[0])
        for layer in flow.layers
        if layer.label.startswith(_MARK)
    }
    ends = {end for c in flow.connections for end in (c.source, c.target)}
    return replace(flow, layers=tuple(layer for layer in flow.layers if layer.id in ends)), places


def _in_order(more: Flow, places: dict[str, int], columns: list[Column]) -> set[tuple[int, int]]:
    """The columns that arrows join: those of one network as they stand, whatever lines between circles look like, but
    single circles as the arrow goes, past others, too."""
    found = set()
    for c in more.connections:
        if c.source not in places or c.target not in places:
            continue
        i, j = places[c.source], places[c.target]
        step = columns[j].depth - columns[i].depth
        alone = len(columns[i].circles) == 1 == len(columns[j].circles)
        if columns[i].panel != columns[j].panel or (alone and abs(step) > 1):
            found.add((i, j))
        elif abs(step) == 1:
            found.add((i, j) if step > 0 else (j, i))
    return found


def _follow(columns: list[Column], joined: set[tuple[int, int]], more: Flow, places: dict[str, int]) -> None:
    """Columns that nothing leads on from, or to, lead to the next one in their network; in place."""
    goes = {i for i, _ in joined} | {places[c.source] for c in more.connections if c.source in places}
    comes = {j for _, j in joined} | {places[c.target] for c in more.connections if c.target in places}
    between = [layer.bbox for layer in more.layers if layer.id not in places and layer.bbox]
    for i, one in enumerate(columns):
        for j, two in enumerate(columns):
            if (one.panel, one.depth + 1) != (two.panel, two.depth):
                continue
            way = (centre(one.bbox), centre(two.bbox))
            if any(to_segment(centre(box), *way) < 0.5 * min(width(box), height(box)) for box in between):
                continue
            only = {k for k, other in enumerate(columns) if (other.panel, other.depth) == (one.panel, one.depth)} == {i}
            last = {k for k, other in enumerate(columns) if (other.panel, other.depth) == (two.panel, two.depth)} == {j}
            if (i not in goes or only) and (j not in comes or last) and not (i in goes and j in comes):
                joined.add((i, j))


def _together(
    columns: list[Column],
    joined: set[tuple[int, int]],
    labels: list[str],
    legend: list[Meaning],
    more: Flow,
    places: dict[str, int],
    drawing: Drawing,
    image: Image,
) -> Flow:
    """Columns and what stands beside them as one flow."""
    ids = {layer.id: f"l{len(columns) + n}" for n, layer in enumerate(more.layers, 1)}
    ids |= {name: f"l{i + 1}" for name, i in places.items()}
    links = [Connection(f"l{i + 1}", f"l{j + 1}", LINK) for i, j in sorted(joined)]
    links += [
        replace(c, source=ids[c.source], target=ids[c.target])
        for c in more.connections
        if not {c.source, c.target} <= set(places)
    ]
    comes, ends = {c.target for c in links}, {end for c in links for end in (c.source, c.target)}
    layers = [
        _layer(f"l{i + 1}", column, f"l{i + 1}" in comes, labels[i], meaning_of(column.circles, image, legend), drawing)
        for i, column in enumerate(columns)
        if not links or f"l{i + 1}" in ends
    ]
    layers += [replace(layer, id=ids[layer.id]) for layer in more.layers if layer.id not in places]
    return Flow(tuple(layers), tuple(links), confidence=round((LAYER + LINK) / 2, 3))


def _layer(name: str, column: Column, comes: bool, label: str, meaning: Meaning | None, drawing: Drawing) -> Layer:
    kind = "Dense" if comes else "Input"
    if meaning:
        label = meaning.text
        phrase = parse(label)
        cell = _CELLS.get(next((word for word in _CELLS if word in label.casefold()), ""))
        kind = cell or (phrase.type if phrase.type not in (None, "Block", "Output") else None) or kind
    params: dict[str, Any] = {"units": len(column.circles)} if kind in _COUNTED and not column.more else {}
    x0, y0, x1, y1 = (round(v, 1) for v in column.bbox)
    bbox = (max(0.0, x0), max(0.0, y0), min(drawing.width, x1), min(drawing.height, y1))
    provenance = dict.fromkeys(params, "figure")
    return Layer(name, kind, label=label, params=params, bbox=bbox, confidence=LAYER, provenance=provenance)


def _labels(columns: list[Column], drawing: Drawing) -> tuple[list[str], list[BBox]]:
    """For each column the text that stands nearest before or behind it, each text once, and where those texts are;
    or the letters in its circles."""
    # What is read from circles themselves is no word.
    within = [
        [text for text in drawing.texts if inside(text.bbox, around(list(column.circles)), 0.6)] for column in columns
    ]
    lines = [
        text
        for text in drawing.texts
        if not is_circles(text.text) and not SUBCAPTION.match(text.text)
        if not any(text is other for texts in within for other in texts)
    ]
    texts = clusters(lines, drawing.unit)
    reach = 2.5 * max(drawing.unit, median(width(circle) for column in columns for circle in column.circles))
    pairs: list[tuple[float, int, Node]] = []
    for i, column in enumerate(columns):
        axis, size = (0, width) if column.upright else (1, height)
        for node in texts:
            aside = abs(centre(node.bbox)[axis] - centre(column.bbox)[axis])
            away = gap(node.bbox, column.bbox)
            if away < reach and aside < max(size(column.bbox), 0.5 * size(node.bbox)):
                pairs.append((away + aside, i, node))
    labels = [""] * len(columns)
    taken: list[Node] = []
    for _, i, node in sorted(pairs, key=lambda pair: pair[:2]):
        if not labels[i] and not any(node is other for other in taken):
            labels[i] = node.label
            taken.append(node)
    for i, letters in enumerate(within):
        labels[i] = labels[i] or " ".join(text.text for text in reading_order(letters) if not is_circles(text.text))
    return labels, [node.bbox for node in taken]
