"""The words of a plot in a PDF: they need not be read from pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import BBox
from extraction.pdf.model import Word
from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.numbers import Number
from extraction.vocabulary.tools import CAFFE, keras_type

_NUMBER = re.compile(r"[0-9]{1,9}")
#: A plot has so many words at least that only programs print.
FEWEST = 2
#: Such words, beside classes in brackets or behind a name and a colon.
_FIELDS = {"input:", "output:", "shape:"}
#: A number beside a line is no farther from it than so many times its height.
BESIDE = 4.0


def may_be_plot(words: Sequence[Word]) -> bool:
    """A cheap test: words as `plot_model` and `draw_net` print them."""
    count = 0
    for before, word in zip((None, *words), words, strict=False):
        text, name = word.text, before.text if before else ""
        bare = text.strip("()")
        known = bare in CATALOGUE or bare in CAFFE or keras_type(bare)[0] is not None or bare in ("MAX", "AVE")
        count += FEWEST * (text == "InputLayer")  # hardly anybody else says so
        count += text in _FIELDS or (known and (text.startswith("(") or name.endswith(":")))
    return count >= FEWEST


def in_cells(words: Sequence[Word], nodes: Sequence[PlotNode]) -> dict[tuple[int, int], list[str]]:
    """Lines of text by node and cell, from top to bottom."""
    cells: dict[tuple[int, int], list[str]] = {}
    for number, node in enumerate(nodes):
        for place, cell in enumerate(node.cells):
            inside = [word for word in words if _holds(cell.rect, word.bbox)]
            lines: list[list[Word]] = []
            for word in sorted(inside, key=lambda word: (_middle(word.bbox)[1], word.bbox[0])):
                last = lines[-1][-1].bbox if lines else None
                if last and _middle(word.bbox)[1] - _middle(last)[1] < (last[3] - last[1]) / 2:
                    lines[-1].append(word)
                else:
                    lines.append([word])
            if lines:
                ordered = [sorted(line, key=lambda word: word.bbox[0]) for line in lines]
                cells[number, place] = [" ".join(word.text for word in line) for line in ordered]
    return cells


def numbers_beside(
    words: Sequence[Word], nodes: Sequence[PlotNode], ways: Sequence[NDArray[np.float64]]
) -> list[list[Number]]:
    """The numbers near each way that stand in no node."""
    free = [
        word
        for word in words
        if _NUMBER.fullmatch(word.text) and not any(_holds(node.rect, word.bbox) for node in nodes)
    ]
    found: list[list[Number]] = []
    for way in ways:
        near = []
        for word in free:
            x0, y0, x1, y1 = word.bbox
            dx = np.maximum(np.maximum(x0 - way[:, 0], way[:, 0] - x1), 0)
            dy = np.maximum(np.maximum(y0 - way[:, 1], way[:, 1] - y1), 0)
            if np.hypot(dx, dy).min() < BESIDE * (y1 - y0):
                near.append(Number(int(word.text), (round(x0), round(y0), round(x1), round(y1))))
        found.append(near)
    return found


def _middle(box: BBox) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _holds(rect: Sequence[float], box: BBox) -> bool:
    x, y = _middle(box)
    return bool(rect[0] <= x <= rect[2] and rect[1] <= y <= rect[3])
