"""Tables drawn as papers print them. A file has a source, a caption, a style, the table and its networks.

In the table a line is a row and bars part its cells; `==` is a rule, `--` a thin one, `--1-2` one under columns 1 to 2.
In a cell `//` begins a line of its own, `[a // b] x3` is a bracket with its repeat (the bracket's own ink is left out,
as PDFs lose it), `<` goes on in the cell on its left, `^` in the one above, `_{2}` and `^{2}` stand low and high.

A flow's line is a layer: its type, `k3` kernel, `w2` window, `s2` strides, `f64` filters, `u10` units, `p1` padding,
`> 8x8x64` the size that comes out, `; label`, `name:` before it, `< a, b` where it comes from if not the line above
(`< -` from nowhere).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymupdf

from tests.pdf.sheets import SENTENCE

SIZE, PITCH, PAD = 8.5, 10.6, 6.0
FONT, SIGNS = pymupdf.Font("tiro"), pymupdf.Font("cjk")
MERGED = ("<", "^")
KEYS = {
    "k": "kernel_size",
    "w": "pool_size",
    "s": "strides",
    "d": "dilation_rate",
    "z": "size",
    "f": "filters",
    "u": "units",
    "p": "padding",
    "g": "groups",
}
Box = tuple[float, float, float, float]


@dataclass
class Print:
    caption: str = ""
    style: dict[str, str] = field(default_factory=dict)
    #: Rows of cells, and rules.
    lines: list[list[str] | str] = field(default_factory=list)
    flows: dict[str, list[str]] = field(default_factory=dict)


def load(path: Path) -> Print:
    found = Print()
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("source:"):
            continue  # whose table it is, written down from memory
        if text.startswith("caption:"):
            found.caption = text.removeprefix("caption:").strip()
        elif text.startswith("style:"):
            found.style = dict(pair.split("=") for pair in text.removeprefix("style:").split())
        elif text.startswith("flow "):
            name = text.removeprefix("flow ")
            found.flows[name] = []
        elif name and text:
            found.flows[name].append(text)
        elif text:
            rule = re.fullmatch(r"==|--(?:\d+-\d+)?", text)
            found.lines.append(text if rule else [cell.strip() for cell in text.split("|")])
    width = max(len(line) for line in found.lines if isinstance(line, list))
    found.lines = [line if isinstance(line, str) else line + [""] * (width - len(line)) for line in found.lines]
    return found


class _Cell:
    """A cell's lines, what stands behind its bracket, and the room it takes."""

    def __init__(self, text: str) -> None:
        bracket = re.fullmatch(r"\[([^\]]*//[^\]]*)\]\s*(.*)", text)
        self.lines = [line.strip() for line in (bracket[1] if bracket else text).split("//")]
        self.behind = re.sub(r"^x(?=\d|N)", "×", bracket[2]) if bracket else ""
        self.inner = max(_width(line) for line in self.lines)
        self.width = self.inner + (8 if bracket else 0) + (_width(self.behind) + 3 if self.behind else 0)
        self.height = len(self.lines) * PITCH + (3 if bracket else 0)
        self.inset = 4 if bracket else 0

    def write(self, writer: Any, box: Box, align: str) -> None:
        x0, y0, x1, y1 = box
        x = {"l": x0, "r": x1 - self.width}.get(align, (x0 + x1 - self.width) / 2)
        y = (y0 + y1 - len(self.lines) * PITCH) / 2
        if self.behind:
            _write(writer, self.behind, x + self.inner + 10, y + len(self.lines) * PITCH / 2 + 3)
        for number, line in enumerate(self.lines):
            room = self.inner - _width(line)
            shift = {"l": 0.0, "r": room}.get(align, room / 2)
            _write(writer, line, x + self.inset + shift, y + number * PITCH + 0.8 * SIZE)


def draw(document: pymupdf.Document, table: Print, top: float = 110.0) -> None:
    """The table on a page of its own, running text below."""
    page = document.new_page(width=612, height=792)
    grid = [line for line in table.lines if isinstance(line, list)]
    pad = float(table.style.get("pad", PAD))
    widths = _widths(grid, pad)
    xs = [(612 - sum(widths)) / 2]
    for width in widths:
        xs.append(xs[-1] + width)
    bands, rules = _bands(table, grid, top)
    for y, kind in rules:
        first, last = (int(n) for n in kind[2:].split("-")) if len(kind) > 2 else (0, len(widths) - 1)
        page.draw_line((xs[first], y), (xs[last + 1], y), width=0.7 if kind == "==" else 0.4)
    for column in _walls(table, len(widths)):
        for row, (y0, y1) in zip(grid, bands, strict=True):
            if not 0 < column < len(widths) or row[column] != "<":
                page.draw_line((xs[column], y0 - 1.2), (xs[column], y1 + 1.2), width=0.4)
    align = table.style.get("align", "l").ljust(len(widths), "c")
    writer = pymupdf.TextWriter(page.rect)
    for r, row in enumerate(grid):
        for c, text in enumerate(row):
            if text and text not in MERGED:
                last, deep = _reach(grid, r, c)
                box = (xs[c] + pad, bands[r][0], xs[last + 1] - pad, bands[deep][1])
                _Cell(text).write(writer, box, align[c] if last == c else "c")
    writer.write_text(page)
    _around(page, table, top, bands[-1][1])


def _widths(grid: list[list[str]], pad: float) -> list[float]:
    widths = [0.0] * len(grid[0])
    spans = []
    for r, row in enumerate(grid):
        for c, text in enumerate(row):
            last, _ = _reach(grid, r, c)
            if text in MERGED:
                continue
            if last > c:
                spans.append((c, last, _Cell(text).width))
            else:
                widths[c] = max(widths[c], _Cell(text).width)
    widths = [width + 2 * pad for width in widths]
    for first, last, wanted in spans:
        missing = wanted + 2 * pad - sum(widths[first : last + 1])
        for column in range(first, last + 1) if missing > 0 else ():
            widths[column] += missing / (last - first + 1)
    return widths


def _bands(
    table: Print, grid: list[list[str]], top: float
) -> tuple[list[tuple[float, float]], list[tuple[float, str]]]:
    """Top and bottom of the rows, and the rules between them."""
    bands: list[tuple[float, float]] = []
    rules = []
    y = top
    for line in table.lines:
        if isinstance(line, str):
            rules.append((y + 1.0, line))
            y += 2.5
            continue
        r = len(bands)
        own = [text for c, text in enumerate(line) if text not in MERGED and _reach(grid, r, c)[1] == r]
        height = max([PITCH, *(_Cell(text).height for text in own)])
        bands.append((y, y + height))
        y += height
    return bands, rules


def _walls(table: Print, width: int) -> list[int]:
    """Columns on whose left an upright rule stands."""
    walls = table.style.get("walls", "")
    every = {"inner": list(range(1, width)), "all": list(range(width + 1)), "": []}
    return every[walls] if walls in every else [int(n) for n in walls.split(",")]


def _reach(grid: list[list[str]], row: int, column: int) -> tuple[int, int]:
    """The last column and row of a cell."""
    last, deep = column, row
    while last + 1 < len(grid[row]) and grid[row][last + 1] == "<":
        last += 1
    while deep + 1 < len(grid) and grid[deep + 1][column] == "^":
        deep += 1
    return last, deep


def _around(page: Any, table: Print, top: float, bottom: float) -> None:
    """The caption and the running text."""
    lines = [""]
    for word in table.caption.split():
        if _width(f"{lines[-1]} {word}") * 10 / SIZE > 460:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    below = table.style.get("caption") == "below"
    y = bottom + 14 if below else top - 12 * len(lines)
    for line in lines:
        page.insert_text((76, y), line, fontname="tiro", fontsize=10)
        y += 12
    y = max(y, bottom) + 20
    while y < 740:
        page.insert_text((76, y), (SENTENCE * 2)[:92], fontname="tiro", fontsize=10)
        y += 12


def _runs(text: str) -> list[tuple[str, float, float]]:
    """A text in parts with their sizes and how high they stand."""
    parts = re.findall(r"([_^])\{([^}]*)\}|((?:[^_^]|[_^](?!\{))+)", text)
    rises = {"^": 0.36 * SIZE, "_": -0.15 * SIZE}
    return [(plain, SIZE, 0.0) if plain else (small, 0.7 * SIZE, rises[sign]) for sign, small, plain in parts]


def _font(text: str) -> pymupdf.Font:
    return FONT if all(FONT.has_glyph(ord(letter)) for letter in text) else SIGNS


def _width(text: str) -> float:
    return float(sum(_font(run).text_length(run, size) for run, size, _ in _runs(text)))


def _write(writer: Any, text: str, x: float, y: float) -> None:
    for run, size, rise in _runs(text):
        writer.append((x, y - rise), run, font=_font(run), fontsize=size)
        x += _font(run).text_length(run, size)


def expected(lines: list[str]) -> dict[str, Any]:
    """The flow that the lines write down."""
    layers: list[dict[str, Any]] = []
    connections: list[dict[str, str]] = []
    known: dict[str, str] = {}
    for line in _unrolled(lines):
        match = re.fullmatch(r"(?:(\w+): )?([^<>;]+?)(?: < ([^<>;]+?))?(?: > ([\dx]+))?(?: ; (.+))?", line)
        assert match, line
        name, layer, sources, size, label = match.groups()
        before = [layers[-1]["id"]] if layers else []
        layers.append(_layer(layer, f"g{len(layers) + 1}"))
        layers[-1] |= {"label": label} if label else {}
        layers[-1] |= {"output_shape": [int(side) for side in size.split("x")]} if size else {}
        named = [] if sources == "-" else sources.split(", ") if sources else ["prev"]
        entering = [source for s in named for source in (before if s == "prev" else [known[s]])]
        connections += [{"source": source, "target": layers[-1]["id"]} for source in entering]
        if name:
            known[name] = layers[-1]["id"]
    return {"layers": layers, "connections": connections}


def _layer(text: str, layer_id: str) -> dict[str, Any]:
    kind, *values = text.split()
    rank = 1 if "1D" in kind else 3 if "3D" in kind else 2
    params: dict[str, Any] = {}
    for value in values:
        key, sign, told = re.fullmatch(r"([a-z]+)(=?)(.+)", value).groups()  # type: ignore[union-attr]
        numbers = [int(n) for n in told.split("x")] if not sign else []
        if key == "act":
            params["activation"] = told
        elif sign:
            params[key] = float(told)
        else:
            params[KEYS[key]] = (numbers * rank if len(numbers) == 1 else numbers) if key in "kwsdz" else numbers[0]
    return {"id": layer_id, "type": kind, "params": params}


def _unrolled(lines: list[str]) -> list[str]:
    """Lines between `3 times` and `end` so often."""
    done: list[str] = []
    start = times = 0
    for line in lines:
        if match := re.fullmatch(r"(\d+) times", line):
            start, times = len(done), int(match[1])
        elif line == "end":
            done += done[start:] * (times - 1)
        else:
            done.append(line)
    return done
