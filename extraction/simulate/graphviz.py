"""Graphviz inside this process: its layout, and its own painting straight into memory.

The wheel of pygraphviz carries Graphviz with Cairo and Pango. Where its libraries are found (Linux), Graphviz paints
into memory of ours and no picture is ever encoded for it; elsewhere it gives a PNG, which is decoded. Both give the
pixels that the program `dot -Tpng` writes, on white. Fonts are those beside this file and no others.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from extraction.flow.model import BBox
from extraction.simulate.png import Pixels

FONTS = Path(__file__).parent / "fonts"
#: Families that a `fontname` may ask for. `Times-Roman` and `Helvetica` become the first and the second.
FAMILIES = ("Nimbus Roman No9 L", "Nimbus Sans L", "Simulated Serif", "Simulated Sans", "DejaVu Serif", "DejaVu Sans")
#: Cairo cuts pictures with longer sides; more pixels would take more memory than a worker should.
MOST_SIDE, MOST_PIXELS = 32_000, 40_000_000
#: Points around the drawing.
PAD = 4.0

_CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
 <dir>{fonts}</dir>
 <cachedir>{cache}</cachedir>
 {aliases}
 <match target="pattern">
  <edit name="family" mode="append" binding="weak"><string>Nimbus Roman No9 L</string></edit>
 </match>
 <match target="font">
  <edit name="antialias" mode="assign"><bool>true</bool></edit>
  <edit name="hinting" mode="assign"><bool>true</bool></edit>
  <edit name="hintstyle" mode="assign"><const>hintslight</const></edit>
  <edit name="rgba" mode="assign"><const>none</const></edit>
 </match>
</fontconfig>
"""
_ALIAS = (
    '<match target="pattern"><test name="family" compare="contains"><string>{asked}</string></test>'
    '<edit name="family" mode="assign" binding="strong"><string>{given}</string></edit></match>'
)


class GraphvizError(RuntimeError):
    """Graphviz does not understand a graph, or can't lay it out."""


class TooLargeError(GraphvizError):
    """The picture would have more pixels than are made. `fitting` is the share of the resolution that would do."""

    def __init__(self, width: int, height: int, most: int) -> None:
        super().__init__(f"a picture of {width}x{height} pixels is too large")
        self.fitting = min(MOST_SIDE / width, MOST_SIDE / height, (most / width / height) ** 0.5)


class LostEdgeError(GraphvizError):
    """Graphviz could not draw a connection and left it out, as it does now and then where edges are merged."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What Graphviz made of a graph."""

    #: Height, width, and blue, green, red and a fourth that means nothing. The next drawing takes the same memory.
    pixels: Pixels
    #: By node: its box in pixels, origin top left.
    boxes: dict[str, BBox]


@cache
def font_config() -> Path:
    """A file for the variable `FONTCONFIG_FILE`; it lasts as long as the process."""
    folder = Path(tempfile.mkdtemp(prefix="dlp2c-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    aliases = (
        _ALIAS.format(asked=asked, given=given) for asked, given in (("Times", FAMILIES[0]), ("Helvetica", FAMILIES[1]))
    )
    path = folder / "fonts.conf"
    path.write_text(_CONFIG.format(fonts=FONTS, cache=folder / "cache", aliases="\n ".join(aliases)), encoding="utf-8")
    return path


def draw(source: str, dpi: float = 96, most: int = MOST_PIXELS) -> Drawing:
    """Lay out a graph in the dot language with Graphviz's `dot`, and paint it.

    Args:
        source: the graph.
        dpi: the resolution, whether the graph asks for it or says nothing of it.
        most: pixels that the picture may have.

    Raises:
        GraphvizError: the text is not understood, the picture would be too large (`TooLargeError`), or it would lack a
            connection (`LostEdgeError`).
    """
    if "dpi=" not in source:  # Graphviz would take 96 for a PNG, but 72 for what we paint with
        source = source.replace("{", f"{{\ndpi={dpi:g};", 1)
    return renderer().draw(source, dpi, most)


@cache
def renderer() -> Painter | Encoder:
    """The fastest way to paint that there is here."""
    os.environ["FONTCONFIG_FILE"] = str(font_config())
    import pygraphviz

    libraries = Path(pygraphviz.__file__).parents[1] / "pygraphviz.libs"
    with _quiet():  # Fontconfig warns of files of the system that it then does not use
        found: Painter | Encoder
        try:
            found = Painter(libraries)
        except OSError:
            found = Encoder()
        found.draw("digraph { dpi=96; a }", 96)
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing that libraries write to stderr is seen."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


_POINTER = ctypes.c_void_p
#: What Graphviz calls with every piece of an error.
_NOTE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)
_TEXT = ctypes.c_char_p
#: Name of a function, of its library, type of its result, types of its arguments.
_FUNCTIONS: tuple[tuple[str, str, Any, tuple[Any, ...]], ...] = (
    ("agmemread", "libcgraph", _POINTER, (_TEXT,)),
    ("agclose", "libcgraph", ctypes.c_int, (_POINTER,)),
    ("agget", "libcgraph", _TEXT, (_POINTER, _TEXT)),
    ("agfstnode", "libcgraph", _POINTER, (_POINTER,)),
    ("agnxtnode", "libcgraph", _POINTER, (_POINTER, _POINTER)),
    ("agnameof", "libcgraph", _TEXT, (_POINTER,)),
    ("agseterr", "libcgraph", ctypes.c_int, (ctypes.c_int,)),
    ("agseterrf", "libcgraph", _POINTER, (_POINTER,)),
    ("gvLayout", "libgvc", ctypes.c_int, (_POINTER, _POINTER, _TEXT)),
    ("gvFreeLayout", "libgvc", ctypes.c_int, (_POINTER, _POINTER)),
    ("gvRenderContext", "libgvc", ctypes.c_int, (_POINTER, _POINTER, _TEXT, _POINTER)),
    ("gvRender", "libgvc", ctypes.c_int, (_POINTER, _POINTER, _TEXT, _POINTER)),
    ("cairo_image_surface_create_for_data", "libcairo", _POINTER, (_POINTER, *(ctypes.c_int,) * 4)),
    ("cairo_create", "libcairo", _POINTER, (_POINTER,)),
    ("cairo_destroy", "libcairo", None, (_POINTER,)),
    ("cairo_surface_flush", "libcairo", None, (_POINTER,)),
    ("cairo_surface_destroy", "libcairo", None, (_POINTER,)),
)


class Painter:
    """Graphviz painting into our memory."""

    def __init__(self, libraries: Path) -> None:
        """Raises `OSError` where the wheel has no such libraries."""
        from pygraphviz import graphviz

        loaded: dict[str, ctypes.CDLL] = {}
        for name, library, result, arguments in _FUNCTIONS:
            if library not in loaded:
                found = sorted(libraries.glob(f"{library}-*.so*"))
                if not found:
                    raise OSError(f"{library} is not in {libraries}")
                loaded[library] = ctypes.CDLL(str(found[0]))
            function = getattr(loaded[library], name)
            function.restype, function.argtypes = result, arguments
            setattr(self, "_" + name, function)
        self._context = int(graphviz.gvContextWithBuiltins())
        self._memory = np.empty(0, np.uint8)
        self._errors: list[bytes] = []
        self._note = _NOTE(self._noted)  # kept, for Graphviz calls it as long as it runs
        self._agseterrf(ctypes.cast(self._note, _POINTER))
        self._agseterr(1)  # errors, no warnings

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def _noted(self, text: bytes) -> int:
        self._errors.append(text)
        return 0

    def draw(self, source: str, dpi: float, most: int = MOST_PIXELS) -> Drawing:
        with self._laid_out(source) as graph:
            return self._drawn(graph, dpi, most)

    def layout(self, source: str) -> tuple[float, ...]:
        """Lay a graph out and paint nothing; gives the drawing's corners in points."""
        with self._laid_out(source) as graph:
            self._settle(graph)
            return self._bounds(graph)

    @contextmanager
    def _laid_out(self, source: str) -> Iterator[int]:
        self._errors.clear()
        graph = self._agmemread(source.encode())
        if not graph:
            raise GraphvizError(f"the graph is not understood: {self._said()}")
        try:
            if self._gvLayout(self._context, graph, b"dot"):
                raise GraphvizError(f"the graph can't be laid out: {self._said()}")
            try:
                if b"lost" in b"".join(self._errors):
                    raise LostEdgeError(self._said())
                yield graph
            finally:
                self._gvFreeLayout(self._context, graph)
        finally:
            self._agclose(graph)

    def _said(self) -> str:
        return b"".join(self._errors).decode(errors="replace").strip()

    def _drawn(self, graph: int, dpi: float, most: int) -> Drawing:
        self._settle(graph)
        x0, y0, x1, y1 = self._bounds(graph)
        scale = dpi / 72
        width, height = size(x1 - x0, dpi), size(y1 - y0, dpi)
        if max(width, height) > MOST_SIDE or width * height > most:
            raise TooLargeError(width, height, most)
        boxes = {}
        node = self._agfstnode(graph)
        while node:
            x, y = (float(part) for part in self._agget(node, b"pos").split(b","))
            half_w, half_h = float(self._agget(node, b"width")) * 36, float(self._agget(node, b"height")) * 36
            left, top = x - x0 + PAD, y1 - y + PAD
            boxes[self._agnameof(node).decode()] = (
                (left - half_w) * scale,
                (top - half_h) * scale,
                (left + half_w) * scale,
                (top + half_h) * scale,
            )
            node = self._agnxtnode(graph, node)
        return Drawing(self._paint(graph, width, height), boxes)

    def _settle(self, graph: int) -> None:
        """Write positions into the graph's attributes: what asking for the graph as text does, into no file."""
        self._gvRender(self._context, graph, b"dot", None)

    def _bounds(self, graph: int) -> tuple[float, ...]:
        """The drawing's corners in points.

        The attribute has five digits, too few to tell the last pixel of a long picture. The exact numbers stand in
        `Agraphinfo_t.bb`; they are taken where they agree with the attribute.
        """
        rough = tuple(float(part) for part in self._agget(graph, b"bb").split(b","))
        record = ctypes.c_void_p.from_address(graph + 16).value
        if record:
            exact = tuple((ctypes.c_double * 4).from_address(record + 32))
            if all(abs(a - b) <= 1e-4 * max(abs(a), 1) for a, b in zip(exact, rough, strict=True)):
                return exact
        return rough

    def _paint(self, graph: int, width: int, height: int) -> Pixels:
        """Blue, green, red and a fourth, in memory that the next picture takes again."""
        if self._memory.size < width * height * 4:
            self._memory = np.empty(width * height * 4, np.uint8)
        pixels = self._memory[: width * height * 4].reshape(height, width, 4)
        pixels.fill(255)
        surface = self._cairo_image_surface_create_for_data(pixels.ctypes.data, 0, width, height, width * 4)
        context = self._cairo_create(surface)
        # Graphviz's SVG-by-Cairo paints like its PNG; as the surface is ours, nothing is written out.
        self._gvRenderContext(self._context, graph, b"svg:cairo", context)
        self._cairo_surface_flush(surface)
        self._cairo_destroy(context)
        self._cairo_surface_destroy(surface)
        return pixels


class Encoder:
    """Graphviz giving PNG files, where its libraries can't be called: slower, the same pictures."""

    _NODE = re.compile(r"^node (\S+) (\S+) (\S+) (\S+) (\S+) ", re.MULTILINE)

    def __init__(self) -> None:
        from pygraphviz import graphviz

        self._gv = graphviz
        self._context = graphviz.gvContextWithBuiltins()

    def draw(self, source: str, dpi: float, most: int = MOST_PIXELS) -> Drawing:
        import cv2

        gv = self._gv
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
            file.write(source)
            file.flush()
            file.seek(0)
            try:
                graph = gv.agread(file, None)
            except (ValueError, TypeError, KeyError) as error:
                raise GraphvizError("the graph is not understood") from error
        if graph is None:
            raise GraphvizError("the graph is not understood")
        gv.gvLayout(self._context, graph, b"dot")
        try:
            plain = self._rendered(graph, b"plain").decode()
            _, _, _, height = plain.split("\n", 1)[0].split()
            width = plain.split(maxsplit=4)[2]
            pixel_width, pixel_height = size(float(width) * 72, dpi), size(float(height) * 72, dpi)
            if max(pixel_width, pixel_height) > MOST_SIDE or pixel_width * pixel_height > most:
                raise TooLargeError(pixel_width, pixel_height, most)
            png = self._rendered(graph, b"png")
        finally:
            gv.gvFreeLayout(self._context, graph)
            gv.agclose(graph)
        pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        boxes = {}
        top = float(height)
        for name, *numbers in self._NODE.findall(plain):
            x, y, w, h = (float(number) for number in numbers)
            left, upper = x + PAD / 72, top - y + PAD / 72
            boxes[name] = (dpi * (left - w / 2), dpi * (upper - h / 2), dpi * (left + w / 2), dpi * (upper + h / 2))
        return Drawing(on_white(np.asarray(pixels, np.uint8)), boxes)

    def _rendered(self, graph: Any, form: bytes) -> bytes:
        status, data = self._gv.gvRenderData(self._context, graph, form)
        if status:
            raise GraphvizError("the graph can't be painted")
        return bytes(data)


def size(points: float, dpi: float) -> int:
    """Pixels that Graphviz gives so many points, with the border around all."""
    return int((points + 2 * PAD) * dpi / 72 + 0.5)


def on_white(pixels: Pixels) -> Pixels:
    """A picture with a fourth, transparent part, on white; that part then means nothing."""
    if pixels.shape[2] == 3:
        return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    opacity = pixels[:, :, 3:].astype(np.uint16)
    flat: Pixels = ((pixels * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)
    return flat
