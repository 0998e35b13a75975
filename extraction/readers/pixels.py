"""Figures read from their pixels, each looked at twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from extraction.flow.model import BBox, Flow
from extraction.pdf.model import Image
from extraction.readers import confidence
from extraction.readers.assemble import assemble
from extraction.readers.columns import circles_in_columns
from extraction.readers.evidence import Evidence, evidence
from extraction.readers.neurons import read_neurons
from extraction.readers.pieces import without_pieces
from extraction.readers.primitives import Drawing, TextLine, scaled, scaled_line
from extraction.readers.raster import read_raster
from extraction.readers.second_look import SMALLER, agreement

#: Kinds of figure that draw layers as cuboids or stacks of sheets.
VOLUMES = ("stacked2d", "box3d")
#: How well figures of each kind are read as boxes and arrows.
TRUST = {"box2d": 1.0, "pipeline": 0.7, "stacked2d": 0.5, "box3d": 0.5, "neurons": 0.5}
#: Fewer volumes than this found: it may be a figure of boxes.
FEW_VOLUMES = 2
#: The second look counts where it leaves so much less open.
LESS_TROUBLE = 0.03


@dataclass(frozen=True, slots=True)
class Picture:
    """What is looked at."""

    #: Height x width x 3, RGB.
    image: Image
    lines: list[TextLine]
    #: Whether a PDF says the lines; otherwise they were recognised.
    printed: bool = False
    parts: tuple[BBox, ...] = ()

    def smaller(self, times: float) -> Picture:
        tall, wide = self.image.shape[:2]
        size = (max(1, round(times * wide)), max(1, round(times * tall)))  # of the whole picture, to its last pixel
        image = cv2.resize(self.image, size, interpolation=cv2.INTER_AREA)
        lines = [scaled_line(line, times) for line in self.lines]
        parts = tuple(scaled(part, times) for part in self.parts)
        return Picture(np.asarray(image, dtype=np.uint8), lines, self.printed, parts)

    def drawing(self, *, volumes: bool = False, solids: bool = False) -> Drawing:
        drawing = read_raster(self.image, self.lines, printed=self.printed, volumes=volumes, solids=solids)
        drawing.parts = list(self.parts)
        return drawing


class _Look(NamedTuple):
    flow: Flow
    #: What it leaves open; `None` where no layer was seen.
    signs: Evidence | None

    @property
    def trouble(self) -> float:
        return confidence.trouble(self.signs) if self.signs else 1.0


def read_volumes(picture: Picture, kind: str) -> Flow | None:
    """The flow of a picture of cuboids or stacks, or `None` where too few are seen."""
    first = _volumes(picture, kind)
    return first and _looked_at_again(first, picture, kind)


def read_pixels(picture: Picture, kind: str) -> Flow:
    """The flow that a picture shows."""
    return _looked_at_again(_look(picture, kind), picture, kind)


def read_more(picture: Picture, kind: str, known: int) -> Flow | None:
    """The flow that a picture shows, or `None` where no more layers are seen at first than are known already."""
    first = _look(picture, kind)
    return _looked_at_again(first, picture, kind) if len(first.flow.layers) > known else None


def _looked_at_again(first: _Look, picture: Picture, kind: str) -> Flow:
    second = _look(picture.smaller(SMALLER), kind)
    second = second._replace(flow=_larger(second.flow, 1 / SMALLER))
    taken, other = (second, first) if second.trouble + LESS_TROUBLE < first.trouble else (first, second)
    if taken.signs is None:
        return taken.flow
    return confidence.calibrated(taken.flow, taken.signs, agreement(taken.flow, other.flow))


def _look(picture: Picture, kind: str) -> _Look:
    if kind in VOLUMES and (seen := _volumes(picture, kind)):
        return seen
    drawing = picture.drawing(solids=kind == "pipeline")
    return _seen(flow_of(drawing, picture.image, kind), drawing, picture.image)


def _volumes(picture: Picture, kind: str) -> _Look | None:
    drawing = picture.drawing(volumes=True)
    if kind == "stacked2d":
        drawing.boxes = without_pieces(drawing.boxes)
    drawing.boxes += circles_in_columns(drawing, picture.image)
    if sum(box.shape == "volume" for box in drawing.boxes) < FEW_VOLUMES:
        return None
    flow = assemble(drawing, picture.image, trust=TRUST[kind], volumes=True)
    return _seen(replace(flow, kind=kind), drawing, picture.image)


def _seen(flow: Flow, drawing: Drawing, image: Image) -> _Look:
    return _Look(flow, evidence(flow, drawing, image) if flow.layers else None)


def flow_of(drawing: Drawing, image: Image, kind: str) -> Flow:
    """The flow of what is drawn as boxes and arrows, or as columns of neurons."""
    if kind == "neurons":
        flow = read_neurons(drawing, image, TRUST[kind])
    else:
        flow = assemble(drawing, image, trust=TRUST.get(kind, 0.9))
    return replace(flow, kind=kind if kind in TRUST else None)


def _larger(flow: Flow, times: float) -> Flow:
    return flow.with_layers(
        [replace(layer, bbox=scaled(layer.bbox, times)) if layer.bbox else layer for layer in flow.layers]
    )
