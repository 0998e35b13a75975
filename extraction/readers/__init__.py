"""Figures to flows, from the PDF's own lines where there are any and from pixels otherwise."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import cv2
import numpy as np

from extraction.flow.model import BBox, Flow
from extraction.pdf.model import Figure, Image, Stroke, Word
from extraction.readers import confidence
from extraction.readers.evidence import evidence
from extraction.readers.letters import read_letters
from extraction.readers.nodes import CIRCLES
from extraction.readers.parted import apart, joined, parts_of_picture
from extraction.readers.pixels import VOLUMES, Picture, flow_of, read_more, read_pixels, read_volumes
from extraction.readers.plots import reader as plot_reader
from extraction.readers.plots.printed import may_be_plot
from extraction.readers.plots.reader import LOOKS
from extraction.readers.primitives import around, height, inside, width
from extraction.readers.sheets import straightened
from extraction.readers.vector import read_vector, text_lines

__all__ = ["LOOKS", "read", "read_image", "read_plot"]

#: Fewer layers than this found from a PDF's own lines: its pixels may show more.
FEW_LAYERS = 2
#: Plots are read with lines of text no higher than this, in pixels: about as programs paint them.
PLOTTED = 19.0
#: And with so many pixels of paper around them: a figure is cut out right at its ink.
MARGIN = 12
#: How a picture of a kind is read that a program may have drawn.
PLOTS = {"box2d": "boxes"}


def read(figure: Figure, kind: str = "auto") -> Flow:
    """The flow that a figure of a paper shows. `kind` is one of the five kinds of figure or "auto"."""
    if figure.parts:
        return joined([read(part, kind) for part in apart(figure)], figure.parts)
    if figure.content == "raster" or not figure.strokes:
        return read_image(figure.image, kind)
    figure = figure if figure.words else _with_letters(figure)
    if kind in (*LOOKS, "auto", "box2d") and may_be_plot(figure.words) and (flow := _printed_plot(figure)):
        return flow
    picture = Picture(figure.image, text_lines(figure.words), printed=True)
    if kind in VOLUMES and (flow := read_volumes(picture, kind)):
        return flow
    flow = _from_lines(figure, kind)
    if len(flow.layers) >= FEW_LAYERS:
        return flow
    if figure.content == "vector":
        return read_more(picture, kind, len(flow.layers)) or flow
    # A bitmap may hold more words than the PDF says, and be a plot.
    from_pixels = read_image(figure.image, kind)
    return from_pixels if len(from_pixels.layers) > len(flow.layers) else flow


def _from_lines(figure: Figure, kind: str) -> Flow:
    drawing = read_vector(figure)
    flow = flow_of(drawing, figure.image, kind)
    return confidence.calibrated(flow, evidence(flow, drawing, figure.image)) if flow.layers else flow


def _printed_plot(figure: Figure) -> Flow | None:
    """The flow of a plot that a program wrote into a PDF: lines from pixels, as letters would make them; its words."""
    high = median(min(width(word.bbox), height(word.bbox)) for word in figure.words)
    shrunk = PLOTTED / max(high, PLOTTED)
    tall, wide = (max(1, round(shrunk * side)) for side in figure.image.shape[:2])
    image = cv2.resize(figure.image, (wide, tall), interpolation=cv2.INTER_AREA)
    image = np.pad(image, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)
    words = [replace(word, bbox=_moved(word.bbox, shrunk, MARGIN)) for word in figure.words]
    flow = plot_reader.read_plot(np.asarray(image, np.uint8), "auto", words)
    if flow is None:
        return None
    back = (1 / shrunk, -MARGIN / shrunk)
    layers = [replace(layer, bbox=layer.bbox and _moved(layer.bbox, *back)) for layer in flow.layers]
    return confidence.as_its_elements(replace(flow, layers=tuple(layers)))


def _moved(box: BBox, times: float, on: float) -> BBox:
    x0, y0, x1, y1 = (value * times + on for value in box)
    return x0, y0, x1, y1


def _with_letters(figure: Figure) -> Figure:
    """A figure whose letters are drawn as outlines, with words instead."""
    texts = [text for text in read_letters(figure.image) if len(text.text) < 2 or not set(text.text) <= set(CIRCLES)]
    words = tuple(
        Word(text.text, text.bbox, direction=text.direction, confidence=text.confidence, line=n)
        for n, text in enumerate(texts)
    )
    rooms = [_bounds(stroke) for stroke in figure.strokes]
    strokes = tuple(
        stroke
        for stroke, room in zip(figure.strokes, rooms, strict=True)
        if not any(inside(room, text.bbox, 0.8) for text in texts)
    )
    return replace(figure, words=words, strokes=strokes)


def _bounds(stroke: Stroke) -> BBox:
    return around([(x, y, x + 1e-3, y + 1e-3) for x, y in stroke.points])


def read_image(image: Image, kind: str = "auto") -> Flow:
    """The flow that a picture shows: height x width x 3, uint8, RGB.

    `kind` may be "keras" or "caffe", too: a picture that `plot_model` or `draw_net` drew. Where it is none after all,
    it is read as boxes. Where nothing is said, such a picture is told by itself. A turned sheet is made level first.
    """
    if sheet := straightened(image):
        return sheet.placed(_read_image(sheet.image, kind))
    return _read_image(image, kind)


def read_plot(image: Image, look: str) -> Flow | None:
    """The flow of a picture that `plot_model` or `draw_net` drew, also on a turned sheet; `None` where it is none.

    `look` is as `extraction.readers.plots.reader.read_plot` has it.
    """
    if sheet := straightened(image):
        flow = _read_plot(sheet.image, look)
        return flow and sheet.placed(flow)
    return _read_plot(image, look)


def _read_plot(image: Image, look: str) -> Flow | None:
    flow = plot_reader.read_plot(image, look)
    return flow and confidence.as_its_elements(flow)


def _read_image(image: Image, kind: str) -> Flow:
    if kind in (*LOOKS, "auto", "box2d") and (plot := _read_plot(image, PLOTS.get(kind, kind))):
        return plot
    kind = "box2d" if kind in LOOKS else kind
    letters = read_letters(image)
    return read_pixels(Picture(image, letters, parts=tuple(parts_of_picture(image, letters))), kind)
