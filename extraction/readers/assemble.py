"""From primitives to a flow: what each box is by its words, what it is joined to by its wires."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

import cv2
import numpy as np

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import MAX_TEXT, BBox, Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers.arrow_legend import name_by_arrows, take_arrows
from extraction.readers.captions import give_captions, join_columns, printed_size, take_headings, take_samples
from extraction.readers.cells import whole_bars, whole_cards, whole_records
from extraction.readers.connect import connect
from extraction.readers.grids import whole_grids
from extraction.readers.legend import Legend, read_legend, take_inscribed
from extraction.readers.links import Links
from extraction.readers.margin import name_in_margin
from extraction.readers.nodes import Node, is_number, reading_order, sort_out
from extraction.readers.primitives import Drawing, area, centre, distance, gap, height, width
from extraction.readers.repeats import as_at_most_steps
from extraction.readers.rows import name_beside, rows_of
from extraction.readers.sums import written_signs
from extraction.vocabulary import Phrase, names_part, parse
from extraction.vocabulary.words import LOSS

#: A parameter that stands by itself.
_SETTING = re.compile(r"\(?\s*(?:strides?|str|s|pad(?:ding)?|p|rate|dilation|groups?)\s*[=:]?\s*\d+\s*\)?|/\s*\d")
#: A volume so many times as long as wide is a vector.
ROD = 4.0
#: A box without words so much smaller than the middle one of those with words, of which there are so many.
CRUMB, MIN_WORDED = 0.4, 3
#: Cells are no fewer, and differ in their sides by less than this share.
CELLS, SAME_SIZE = 6, 0.15
#: What a lone number at a layer counts.
_COUNTED = {"Dense": "units", "Conv2D": "filters", "Conv2DTranspose": "filters"}
_ACTIVATION_TYPES = {"ReLU", "Softmax", "LeakyReLU", "PReLU", "ELU", "Activation"}


@dataclass(slots=True)
class _Item:
    node: Node
    phrase: Phrase
    type: str
    params: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None
    label: str = ""
    confidence: float = 1.0


def assemble(drawing: Drawing, image: Image | None = None, *, trust: float = 1.0, volumes: bool = False) -> Flow:
    """The flow of a drawing. `trust` scales all confidences: how well the reader knows this kind of figure.

    `image` is what it is a drawing of: height x width x 3, uint8, RGB; without it lines have no colours.

    With `volumes`, it is one of cuboids or stacks: words stand beside them, and their place says their order.
    """
    if not volumes:
        whole_cards(drawing)
        whole_records(drawing)
        whole_bars(drawing)
        written_signs(drawing)
    else:
        whole_grids(drawing)
    scene = sort_out(drawing, volumes=volumes)
    samples = take_samples(scene, drawing.unit) if volumes else take_inscribed(scene, drawing)
    headings = take_headings(scene) if volumes else []
    if volumes:
        join_columns(scene)
        give_captions(scene, drawing.wires, drawing.unit)
    arrows = take_arrows(scene, drawing, image) if image is not None else []
    links = connect(scene, drawing, rows=volumes)
    as_at_most_steps(links)
    comes = {target for _, target in links.certain}
    goes = {source for source, _ in links.certain}
    legend = read_legend(links.nodes, comes | goes, drawing.unit)
    legend.entries += samples
    if not volumes:
        name_in_margin(links, legend.texts, drawing.unit)
        name_beside(links.nodes, comes | goes | legend.texts, links.reaches, drawing.unit)
    named = name_by_arrows(links, arrows, image, drawing.unit) if image is not None else {}
    items: dict[int, _Item] = {}
    for i, node in enumerate(links.nodes):
        item = (
            _named(node, *named[i])
            if i in named
            else _item(node, i in comes, i in goes, bool(links.certain), links.bare(i), legend, volumes)
        )
        if item is not None:
            items[i] = item
    if volumes:
        _vectors_come_last(items)
        _under_headings(items, headings)
        _untold_cells(items, headings)
    else:
        _without_crumbs(items, links)
    _remarks(items, links, drawing.unit)
    order = _order(items, drawing.unit)
    ids = {i: f"l{n}" for n, i in enumerate(order, 1)}
    layers = [_layer(ids[i], items[i], trust, drawing) for i in order]
    connections = [
        Connection(ids[s], ids[t], round(c * trust, 3))
        for (s, t), c in sorted(links.certain.items(), key=lambda row: (order_of(ids, row[0]), row[1]))
        if s in ids and t in ids
    ]
    return Flow(tuple(layers), tuple(connections), confidence=_overall(layers, connections))


def order_of(ids: dict[int, str], pair: tuple[int, int]) -> tuple[int, int]:
    first, second = (int(ids[i][1:]) if i in ids else 0 for i in pair)
    return first, second


def _item(node: Node, comes: bool, goes: bool, wired: bool, bare: bool, legend: Legend, volumes: bool) -> _Item | None:
    """What a node is, or `None` where it is no layer. `bare` where nothing stands beyond its unjoined side."""
    label = node.label[:MAX_TEXT]
    joined = comes or goes
    if node.box and node.box.operator:
        sign = {"Add": "+", "Multiply": "×"}.get(node.box.operator, "")
        return _Item(node, Phrase(node.box.operator, "operator"), node.box.operator, label=label or sign)
    entry = legend.meaning(node, label)
    if entry and entry.phrase.type and joined:
        return _named(node, entry.phrase, entry.text)
    if node.box and node.box.shape == "volume" and (volumes or label):
        return _volume(node, label, comes, legend)
    if volumes and node.box and node.box.shape == "rect" and joined and (_bare(label) or _standing(node, label)):
        return _volume(node, label, comes, legend)
    if volumes and node.box and node.box.shape == "other" and printed_size(label) and comes != goes:
        size = Phrase(None, "size", output_shape=printed_size(label))
        return _Item(node, size, "Output" if comes else "Input", {}, (), size.output_shape, label, 0.6)
    if not label:
        if not joined or node.box is None:
            return None
        kind = "Input" if not comes else "Output" if not goes else "Unknown"
        confidence = 0.5 * node.box.confidence
        return _Item(node, Phrase(None, "other"), kind, label=f"[{_looks(node)}]", confidence=confidence)
    phrase = parse(label)
    signs = comes and node.box is not None and node.box.shape == "circle"
    if phrase.role == "operator" and label.strip("() ").isalpha() and not signs:
        phrase = Phrase(None, "other")  # a letter in a box, by itself, or that nothing comes into, is a name
    if node.box is None and not joined:
        return None
    kind = phrase.type or "Block"
    sure = phrase.confidence if phrase.type else 0.5
    if phrase.role in ("other", "size") or phrase.type is None:
        # Words that name no layer: what nothing comes into is given, what nothing leaves is the result.
        kind = "Block" if comes == goes or not bare else "Output" if comes else "Input"
        sure = 0.6
    if not joined and wired and (phrase.role != "layer" or names_part(label)):
        return None  # a part's name that nothing leads to is a title
    if kind in ("Input", "Output") and joined:
        # Whatever it is called, by where it stands; losses may be summed up.
        between = kind if LOSS.search(label.casefold()) else "Block"
        kind = between if comes and goes else "Output" if comes else "Input"
    item = _Item(node, phrase, kind, dict(phrase.params), phrase.also, phrase.output_shape, label)
    item.confidence = sure * node.letters * (node.box.confidence if node.box else 0.8) * (1.0 if joined else 0.6)
    return item


def _named(node: Node, meaning: Phrase, text: str) -> _Item:
    """A layer that a legend names, and what it says."""
    label, kind = node.label[:MAX_TEXT], meaning.type or "Block"
    params = dict(meaning.params)
    counted = _COUNTED.get(kind)
    if counted and label.isdecimal():
        params.setdefault(counted, int(label))
    full = f"{text} {label}".strip() if _bare(label) else label
    return _Item(node, meaning, kind, params, meaning.also, None, full, 0.9 * meaning.confidence * node.letters)


def _without_crumbs(items: dict[int, _Item], links: Links) -> None:
    """Leave out, in place, what is small beside the boxes with words, has none, and hangs on one line: a head that was
    not told from a box, a piece of a picture."""
    worded = [area(item.node.bbox) for item in items.values() if item.node.box is not None and item.node.lines]
    if len(worded) < MIN_WORDED:
        return
    small = CRUMB * median(worded)
    ends = Counter(i for pair in links.certain for i in pair)
    for i, item in list(items.items()):
        box = item.node.box
        bare = box is not None and not item.node.lines and not box.operator and box.shape not in ("circle", "volume")
        # What a legend names is a layer, however small.
        if bare and item.phrase.type is None and ends[i] < 2 and area(item.node.bbox) < small:
            del items[i]


def _vectors_come_last(items: dict[int, _Item]) -> None:
    """What was taken for a dense layer by its form alone is a slab where volumes follow in its row, in place."""
    rows = rows_of([item.node for item in items.values()])
    listed = list(items.values())
    for row in rows:
        seen = False
        for item in (listed[i] for i in reversed(row)):
            solid = item.node.box is not None and item.node.box.shape == "volume"
            if solid and seen and item.type == "Dense" and item.phrase.type is None and not item.params:
                item.type = "Conv2D"
            seen = seen or (solid and item.type not in ("Dense", "Activation", "Output"))


def _under_headings(items: dict[int, _Item], headings: list[tuple[float, str]]) -> None:
    """Volumes that nothing is said of are what the nearest title names, in place."""
    for item in items.values():
        solid = item.node.box is not None and item.node.box.shape == "volume"
        if headings and solid and item.type == "Conv2D" and item.phrase.type is None:
            item.type = min(headings, key=lambda found: abs(found[0] - centre(item.node.bbox)[0]))[1]


def _untold_cells(items: dict[int, _Item], headings: list[tuple[float, str]]) -> None:
    """Many volumes of one size, where nothing in the figure says what any of them is, are cells drawn again and again,
    in place: volumes of convolutions differ in size."""
    if headings or any(item.phrase.type or item.shape for item in items.values()):
        return
    bare = [
        item
        for item in items.values()
        if item.type == "Conv2D" and item.node.box and item.node.box.shape == "volume" and len(item.label) < 2
    ]
    for item in bare:
        sides = width(item.node.bbox), height(item.node.bbox)
        alike = (
            max(abs(width(other.node.bbox) / sides[0] - 1), abs(height(other.node.bbox) / sides[1] - 1)) < SAME_SIZE
            for other in bare
        )
        if sum(alike) >= CELLS:
            item.type, item.params = "Unknown", {}


def _bare(label: str) -> bool:
    """Whether no words, or a size alone, are written at a box."""
    return not label or is_number(label) or printed_size(label) is not None


def _standing(node: Node, label: str) -> bool:
    """Whether a box is a tall bar whose words name no layer."""
    return height(node.bbox) > ROD * width(node.bbox) and parse(label).type is None


def _volume(node: Node, label: str, comes: bool, legend: Legend) -> _Item:
    """A cuboid or stack: what makes it is printed beside it, or it is a convolution's, as most are."""
    phrase = _with_sizes(node)
    picture = not comes and phrase.output_shape is not None and phrase.output_shape[-1] in (1, 3)
    if phrase.type is None and node.box and not picture and (meaning := legend.of_shade(node.box.colour)):
        phrase = replace(meaning, output_shape=phrase.output_shape)
    params, kind = dict(phrase.params), phrase.type
    sure = phrase.confidence
    if kind is None:
        long, short = _sides(node)
        flat = phrase.output_shape is not None and len(phrase.output_shape) == 1
        if not comes:
            kind, sure = "Input", 0.6
        elif flat or long > ROD * short or (label.isdecimal() and long > 2.5 * short):
            kind, sure = "Dense", 0.5
            params = {"units": int(label)} if label.isdecimal() else {}
        else:
            kind, sure = "Conv2D", 0.5
    numbers = [line.text for line in node.lines if line.text.isdecimal()]
    counted = _COUNTED.get(kind)
    if counted and len(numbers) == 1:
        params.setdefault(counted, int(numbers[0]))
    sure *= node.letters * (node.box.confidence if node.box else 1.0)
    return _Item(node, phrase, kind, params, phrase.also, phrase.output_shape, label, sure)


def _sides(node: Node) -> tuple[float, float]:
    """How long and how thick a volume is; of a slanted rod, its upright box would not say."""
    one, other = width(node.bbox), height(node.bbox)
    hull = np.asarray(node.box.hull if node.box else (), dtype=np.float32)
    if len(hull) > 2:
        _, (one, other), _ = cv2.minAreaRect(hull)
    return max(one, other), max(min(one, other), 1e-6)


def _with_sizes(node: Node) -> Phrase:
    """What is written at a volume: lines that are a size alone are its shape, the others say what makes it."""
    lines = [(line.text, printed_size(line.text)) for line in reading_order(node.lines)]
    words = " ".join(text for text, size in lines if size is None and not text.isdecimal())
    sizes = [size for _, size in lines if size]
    phrase = parse(words) if words else Phrase(None, "size") if sizes else parse(node.label)
    shapes = [*sizes, parse(node.label).output_shape, phrase.output_shape]
    return replace(phrase, output_shape=max((shape for shape in shapes if shape), key=len, default=None))


def _looks(node: Node) -> str:
    if node.box is None:
        return "text"
    return "circle" if node.box.shape == "circle" else "picture" if node.box.filled else "box"


def _remarks(items: dict[int, _Item], links: Links, unit: float) -> None:
    """Activations, normalisation and sizes written beside a wire belong to the layer that the wire leaves."""
    for i, node in enumerate(links.nodes):
        if node.box is not None or i in items or _belongs(node, items, unit):
            continue
        if is_number(node.label) and node.lines[0].direction:
            continue  # a number written upwards is the length of the side it stands at
        phrase = parse(node.label)
        if not (
            phrase.role == "activation"
            or is_number(node.label)
            or (phrase.role == "size" and phrase.output_shape and len(phrase.output_shape) > 1)
            or phrase.type in _ACTIVATION_TYPES
            or phrase.type in ("BatchNormalization", "LRN", "Dropout")
        ):
            continue
        best: tuple[float, int] = (1.1 * unit, -1)
        for wire, source in links.leaves:
            if source not in items:
                continue
            away = min((distance(point, node.bbox) for point in wire.path), default=math.inf)
            best = min(best, (away, source))
        if best[1] >= 0:
            _give(items[best[1]], phrase, node.label)


def _belongs(node: Node, items: dict[int, _Item], unit: float) -> bool:
    """Whether a text is the end of a box's label that stands outside of it ("stride=2"); it is taken over then."""
    if not _SETTING.fullmatch(node.label.casefold()):
        return False
    boxes = [item for item in items.values() if item.node.box and item.label and gap(item.node.bbox, node.bbox) < unit]
    if not boxes:
        return False
    item = min(boxes, key=lambda item: gap(item.node.bbox, node.bbox))
    label = f"{item.label} {node.label}"
    phrase = parse(label)
    if phrase.type != item.type or len(phrase.params) <= len(item.params):
        return False
    item.label, item.params = label, dict(phrase.params)
    return True


def _give(item: _Item, phrase: Phrase, text: str) -> None:
    if is_number(text):
        known = {parameter.name for parameter in CATALOGUE[item.type].parameters} if item.type in CATALOGUE else set()
        if "filters" in known and text.isdecimal():
            item.params.setdefault("filters", int(text))
        return
    if phrase.role == "size":
        item.shape = item.shape or phrase.output_shape
        return
    known = {parameter.name for parameter in CATALOGUE[item.type].parameters} if item.type in CATALOGUE else set()
    names = [name for name in (phrase.type, *phrase.also) if name]
    for name in names:
        activation = phrase.params.get("activation") if name == phrase.type else None
        activation = activation or {"ReLU": "relu", "Softmax": "softmax"}.get(name)
        if activation and ("activation" in known or item.type in ("Add", "Concatenate")):
            item.params.setdefault("activation", activation)
        elif name not in item.also:
            item.also = (*item.also, name)
    if "activation" in phrase.params and "activation" in known:
        item.params.setdefault("activation", phrase.params["activation"])


def _order(items: dict[int, _Item], unit: float) -> list[int]:
    """Reading order: rows from top to bottom, each from left to right."""
    rows: list[list[int]] = []
    for i in sorted(items, key=lambda i: centre(items[i].node.bbox)[1]):
        y = centre(items[i].node.bbox)[1]
        if rows and y - centre(items[rows[-1][0]].node.bbox)[1] < 0.7 * unit:
            rows[-1].append(i)
        else:
            rows.append([i])
    return [i for row in rows for i in sorted(row, key=lambda i: items[i].node.bbox[0])]


def _layer(layer_id: str, item: _Item, trust: float, drawing: Drawing) -> Layer:
    provenance = dict.fromkeys(item.params, "figure")
    if item.shape is not None:
        provenance["output_shape"] = "figure"
    x0, y0, x1, y1 = item.node.bbox
    bbox: BBox = (
        round(max(0.0, x0), 1),
        round(max(0.0, y0), 1),
        round(min(drawing.width, x1), 1),
        round(min(drawing.height, y1), 1),
    )
    return Layer(
        layer_id,
        item.type,
        label=item.label,
        params=item.params,
        also=item.also,
        output_shape=item.shape,
        bbox=bbox if width(bbox) > 0 and height(bbox) > 0 else None,
        confidence=round(max(0.0, min(1.0, item.confidence * trust)), 3),
        provenance=provenance,
    )


def _overall(layers: list[Layer], connections: list[Connection]) -> float | None:
    found = [layer.confidence for layer in layers] + [connection.confidence for connection in connections]
    values = [value for value in found if value is not None]
    return round(sum(values) / len(values), 3) if values else None
