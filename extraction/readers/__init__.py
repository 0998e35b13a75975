"""Figures to flows, from the PDF's own lines where there are any and from pixels otherwise."""

from __future__ import annotations

from extraction.flow.model import Flow
from extraction.pdf.model import Figure, Image

__all__ = ["read", "read_image"]


def read(figure: Figure, kind: str = "auto") -> Flow:
    """The flow that a figure of a paper shows. `kind` is one of the five kinds of figure or "auto"."""
    return Flow(kind=kind if kind != "auto" else None)


def read_image(image: Image, kind: str = "auto") -> Flow:
    """The flow that a picture shows: height x width x 3, uint8, RGB."""
    return Flow(kind=kind if kind != "auto" else None)
