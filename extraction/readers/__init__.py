"""Figures to flows, from the PDF's own lines where there are any and from pixels otherwise."""

from __future__ import annotations

from dataclasses import replace

from extraction.flow.model import KINDS, Flow
from extraction.pdf.model import Figure, Image
from extraction.readers.assemble import assemble
from extraction.readers.neurons import read_neurons
from extraction.readers.primitives import Drawing
from extraction.readers.raster import read_raster
from extraction.readers.vector import read_vector

__all__ = ["read", "read_image"]

#: Fewer layers than this found from a PDF's own lines: its pixels may show more.
FEW_LAYERS = 2
#: How well figures of each kind are read as boxes and arrows.
TRUST = {"box2d": 1.0, "pipeline": 0.7, "stacked2d": 0.5, "box3d": 0.5, "neurons": 0.5}


def read(figure: Figure, kind: str = "auto") -> Flow:
    """The flow that a figure of a paper shows. `kind` is one of the five kinds of figure or "auto"."""
    if figure.content == "raster" or not figure.strokes:
        return read_image(figure.image, kind)
    flow = _flow(read_vector(figure), figure.image, kind)
    if len(flow.layers) < FEW_LAYERS:
        from_pixels = read_image(figure.image, kind)
        if len(from_pixels.layers) > len(flow.layers):
            return from_pixels
    return replace(flow, kind=kind if kind in KINDS else None)


def read_image(image: Image, kind: str = "auto") -> Flow:
    """The flow that a picture shows: height x width x 3, uint8, RGB."""
    flow = _flow(read_raster(image), image, kind)
    return replace(flow, kind=kind if kind in KINDS else None)


def _flow(drawing: Drawing, image: Image, kind: str) -> Flow:
    if kind == "neurons" and (flow := read_neurons(drawing, image)):
        return flow
    return assemble(drawing, trust=TRUST.get(kind, 0.9))
