"""What a reading leaves open, measured on the drawing that it was made of: every sign is 0 where nothing is wrong.

Half of the signs show in the flow alone (layers without an input, layers on one another), half in what the figure
shows beside: letters that no layer has, wires that no connection follows, ink that nothing stands for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers.areas import paper_colour
from extraction.readers.primitives import Drawing, Point, Wire, area, distance, inside, overlap

#: Connections less sure than this are weak.
WEAK = 0.6
#: Layers that share more than this part of the smaller one stand on one another.
ON = 0.15
#: How far from a layer a wire ends that leads to it, in heights of a line.
REACH = 0.9
#: Ink is looked at in so many pixels on the longer side; how far it differs from the paper, of 255.
SIDE, INK = 700, 40
_ENDS = ("Input", "Output")


class Evidence(NamedTuple):
    """The signs that something was read wrong or not at all."""

    #: One less the mean confidence of the layers.
    doubt: float
    #: Share of the connections that are weak.
    weak: float
    #: Share of the layers of which not even the type could be told.
    untold: float
    #: Share of the layers, without ends and merges, of which neither a parameter nor a size is known.
    empty: float
    #: Share of the layers that nothing comes into: there are few inputs, other such layers lost theirs.
    rootless: float
    #: Inputs beyond the first of layers that take one, a layer: lines that run into one another give those.
    crowded: float
    #: Share of the layers that stand on another.
    stacked: float
    #: Share of the letters that stand in no layer and are no part of a label.
    unread: float
    #: Wires that no connection follows, a layer.
    unused: float
    #: Share of the ink outside of all layers, letters, frames and wires.
    unexplained: float


def evidence(flow: Flow, drawing: Drawing, image: Image) -> Evidence:
    """All signs of a flow that has layers."""
    layers, connections = flow.layers, flow.connections
    inputs = Counter(c.target for c in connections)
    places = {layer.id: layer.bbox for layer in layers if layer.bbox}
    between = _between(flow, places)
    extra = sum(max(0, inputs[layer.id] - 1) for layer in layers if not _takes_several(layer))
    return Evidence(
        doubt=1 - sum(layer.confidence or 0.0 for layer in layers) / len(layers),
        weak=_share([(c.confidence or 0.0) < WEAK for c in connections]),
        untold=_share([layer.type == "Unknown" for layer in layers]),
        empty=_share([_is_empty(layer) for layer in layers]),
        rootless=_share([not inputs[layer.id] for layer in layers]),
        crowded=extra / len(layers),
        stacked=_stacked(list(places.values())) / len(layers),
        unread=_unread(layers, drawing),
        unused=_unused(connections, places, drawing, between) / len(layers),
        unexplained=_unexplained(list(places.values()), drawing, image, between),
    )


def _share(held: Sequence[bool]) -> float:
    return sum(held) / max(1, len(held))


def _merges(layer: Layer) -> bool:
    return layer.type in CATALOGUE and CATALOGUE[layer.type].family == "merge"


def _takes_several(layer: Layer) -> bool:
    """Whether several inputs are as it should be: a recurrent unit has one from below and one from the step before."""
    return layer.type in CATALOGUE and CATALOGUE[layer.type].family in ("merge", "rec", "attn")


def _is_empty(layer: Layer) -> bool:
    return not (layer.params or layer.output_shape or layer.type in _ENDS or _merges(layer))


def _stacked(boxes: list[BBox]) -> int:
    """How many boxes stand on others."""
    pairs = [(a, b) for a, b in combinations(boxes, 2) if overlap(a, b) > ON * min(area(a), area(b))]
    return len({box for pair in pairs for box in pair})


def _unread(layers: Sequence[Layer], drawing: Drawing) -> float:
    boxes = [layer.bbox for layer in layers if layer.bbox]
    labels = [_letters(layer.label) for layer in layers]
    every = left = 0
    for text in drawing.texts:
        letters = _letters(text.text)
        every += len(letters)
        if not any(letters in label for label in labels) and not any(inside(text.bbox, box, 0.6) for box in boxes):
            left += len(letters)
    return left / max(1, every)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _between(flow: Flow, places: dict[str, BBox]) -> list[NDArray[np.float32]]:
    """The stripes from each column of neurons to the next: all lines in them are the one connection."""
    if flow.kind != "neurons":
        return []
    joined = [(places[c.source], places[c.target]) for c in flow.connections if {c.source, c.target} <= places.keys()]
    corners = [np.asarray([*_corners(a), *_corners(b)], dtype=np.float32) for a, b in joined]
    return [np.asarray(cv2.convexHull(points), dtype=np.float32) for points in corners]


def _corners(box: BBox) -> list[Point]:
    x0, y0, x1, y1 = box
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _unused(
    connections: Iterable[Connection],
    places: dict[str, BBox],
    drawing: Drawing,
    between: list[NDArray[np.float32]],
) -> int:
    """How many wires no connection follows: no two ends of such a one meet layers that are joined."""
    joined = {frozenset((c.source, c.target)) for c in connections}
    reach = REACH * drawing.unit + 2

    def followed(wire: Wire) -> bool:
        ends = [end.point for end in wire.ends]
        if any(all(cv2.pointPolygonTest(stripe, point, False) >= 0 for point in ends) for stripe in between):
            return True
        meets = [[name for name, box in places.items() if distance(point, box) <= reach] for point in ends]
        return any(frozenset((a, b)) in joined for one, other in combinations(meets, 2) for a in one for b in other)

    return sum(not followed(wire) for wire in drawing.wires)


def _unexplained(boxes: list[BBox], drawing: Drawing, image: Image, between: list[NDArray[np.float32]]) -> float:
    side = max(image.shape[:2])
    step, scale = max(1, side // (2 * SIDE)), min(1.0, SIDE / side)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image[::step, ::step], size, interpolation=cv2.INTER_AREA)
    paper = paper_colour(np.asarray(small, dtype=np.uint8))
    ink = np.asarray(cv2.inRange(small, paper - INK, paper + INK) == 0, dtype=np.uint8)
    every = int(ink.sum())
    unit = drawing.unit

    def at(x: float, y: float) -> tuple[int, int]:
        return int(x * scale), int(y * scale)

    def rubbed(box: BBox, rim: float) -> None:
        cv2.rectangle(ink, at(box[0] - rim, box[1] - rim), at(box[2] + rim, box[3] + rim), 0, -1)

    for box in boxes:
        rubbed(box, 0.15 * unit + 1)
    for text in drawing.texts:
        rubbed(text.bbox, 1)
    for frame in (box.bbox for box in drawing.boxes):
        if any(inside(box, frame) for box in boxes) and not any(overlap(frame, b) > 0.6 * area(frame) for b in boxes):
            cv2.rectangle(ink, at(*frame[:2]), at(*frame[2:]), 0, max(2, int(0.6 * unit * scale)))
    for stripe in between:
        cv2.fillConvexPoly(ink, np.asarray(stripe * scale, dtype=np.int32), 0)
    for wire in drawing.wires:
        for point in wire.path:
            cv2.circle(ink, at(*point), int(0.4 * unit * scale) + 2, 0, -1)
        for end in wire.ends:
            cv2.circle(ink, at(*end.point), int(0.7 * unit * scale) + 2, 0, -1)
    return int(ink.sum()) / max(1, every)
