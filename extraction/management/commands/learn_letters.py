"""`manage.py learn_letters`: makes the store of letters that plots are read with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandParser

from extraction.readers.plots.glyphs import Glyph, Patch, lines_of
from extraction.readers.plots.ink import Cell
from extraction.readers.plots.typeface import FILE, LETTERS, SAME, Sample, packed
from extraction.simulate import graphviz

_SERIFS = ("Times", "Simulated Serif", "DejaVu Serif", "DejaVu Sans", "Simulated Sans")
_SANS = ("Helvetica", "Simulated Sans", "DejaVu Sans")
#: Font, bold, and its size in points as plots use it.
FACES = (
    *((font, False, 14.0) for font in _SERIFS),
    ("Helvetica", False, 14.0),
    *((font, True, 14.0) for font in _SANS),
    *((font, bold, 16.0) for font in _SANS for bold in (False, True)),
)
DPIS = (*range(52, 121), *range(123, 151, 3), *range(154, 201, 4), 200, 144)
#: Of Keras 3's tables there are smaller ones: Graphviz shrinks pictures to 32,767 pixels. Pixels of the font's size.
SMALL = (*(px / 2 for px in range(8, 20)), 9.9)
#: Darkness is kept in steps of so much: a file of half the size, and nothing that can be seen.
STEP = 17
_ESCAPED = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


class Command(BaseCommand):
    help = "Paints all letters in the fonts and sizes of plots, and writes the store that plots are read with."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, default=FILE, help="where to write it (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        seen: dict[tuple[str, int, tuple[int, ...], bytes], None] = {}
        rows: list[Sample] = []
        sizes: list[float] = []
        faces = [(font, bold, points, float(dpi)) for dpi in DPIS for font, bold, points in FACES]
        faces += [(font, bold, 14.0, px * 72 / 14) for px in SMALL for font in _SANS for bold in (False, True)]
        for font, bold, points, dpi in faces:
            for sample in face(len(sizes), font, bold, points, dpi):
                rows.append(sample)
                seen[sample.letter, sample.below, sample.patch.shape, sample.patch.tobytes()] = None
            sizes.append(points * dpi / 72)
        np.savez_compressed(options["out"], allow_pickle=False, **packed(rows, sizes))
        self.stdout.write(
            f"{len(sizes)} faces, {len(rows)} letters, {len(seen)} different, {options['out'].stat().st_size} bytes"
        )


def face(number: int, font: str, bold: bool, points: float, dpi: float) -> Iterator[Sample]:
    """Letters of one font and size, each painted between two letters H."""
    texts = (f"H {_ESCAPED.get(letter, letter)} H" for letter in LETTERS)
    labels = (f"<b>{text}</b>" if bold else text for text in texts)
    nodes = "".join(f"n{i} [label=<{label}>];" for i, label in enumerate(labels))
    style = f'shape=box, color=white, fontname="{font}", fontsize={points}'
    drawing = graphviz.draw(f"digraph {{ dpi={dpi}; nodesep=0.1; node [{style}]; {nodes} }}", dpi)
    image = np.ascontiguousarray(drawing.pixels[:, :, 2::-1])
    own: dict[str, Sample] = {}
    for i, letter in enumerate(LETTERS):
        x0, y0, x1, y1 = (int(v) for v in drawing.boxes[f"n{i}"])
        lines = lines_of(image, Cell((x0, y0, x1, y1)), 1)
        glyphs = lines[0].glyphs if len(lines) == 1 else []
        if len(glyphs) == 3:
            first, middle, last = glyphs
            before, after = middle.rect[0] - first.rect[2], last.rect[0] - middle.rect[2]
            own[letter] = Sample(letter, number, middle.rect[3] - first.rect[3], _kept(middle), before, after)
            yield own[letter]
            if len(letter) == 2 and set(letter) <= own.keys():
                yield from moved(own[letter], own[letter[0]], own[letter[1]])
        elif len(letter) > 1 and len(glyphs) == 2 + len(letter):  # in pieces, that may lie otherwise on their pixels
            for single, glyph in zip(letter, glyphs[1:-1], strict=True):
                usual, patch = own.get(single), _kept(glyph)
                if usual is not None and not np.array_equal(usual.patch, patch):
                    yield replace(usual, below=glyph.rect[3] - glyphs[0].rect[3], patch=patch)


def moved(both: Sample, first: Sample, second: Sample) -> Iterator[Sample]:
    """Two letters of which one reaches over the other, a pixel closer, and a pixel farther."""
    if second.patch.shape[1] >= both.patch.shape[1] or max(first.below, second.below) != both.below:
        return
    usual = both.patch.shape[1] - second.patch.shape[1]
    painted = _together(first, second, usual).astype(int)
    if painted.shape != both.patch.shape or np.abs(painted - both.patch).mean() > SAME * 255:
        return  # a ligature
    for place in (usual - 1, usual + 1):
        yield replace(both, patch=_together(first, second, place))


def _together(first: Sample, second: Sample, place: int) -> Patch:
    """Two letters on one baseline, the second one from a column on."""
    below = max(first.below, second.below)
    above = max(s.patch.shape[0] - s.below for s in (first, second))
    canvas = np.zeros((above + below, max(first.patch.shape[1], place + second.patch.shape[1])), int)
    for sample, x in ((first, 0), (second, place)):
        h, w = sample.patch.shape
        top = above + sample.below - h
        canvas[top : top + h, x : x + w] += sample.patch
    return np.minimum(canvas, 255).astype(np.uint8)


def _kept(glyph: Glyph) -> Patch:
    """A letter's darkness, as the store keeps it."""
    return np.asarray((glyph.patch.astype(int) + STEP // 2) // STEP * STEP, np.uint8)
