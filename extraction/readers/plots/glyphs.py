"""Letters cut out of cells: each a patch of darkness with its place on the line.

Letters that a program drew in one font are the same patch again and again, so a picture's letters fall into few
clusters, and what is told of one patch holds for its cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.ink import Cell
from extraction.readers.plots.strokes import clear_strokes

Patch = NDArray[np.uint8]
#: Of pieces of ink: left, top, width and height of each.
Boxes = list[list[int]]

#: Darkness of ink, of 255, from which on it belongs to a letter.
INKED = 60
#: Of a line's ink so much, of 1, is of its letters' own colour; thin letters are smoothed all over.
COMMON = 0.08
#: So much of a row is no brighter than its ground, of 1, and lines along rows are no higher than this, in pixels.
GROUND, LEVEL = 0.9, 9
#: Side of the square that a patch is brought to for comparison.
SIDE = 16
#: Of so many pieces of ink, one that is so much higher than the next reaches over two lines.
FEW, TIED = 8, 1.4
#: Gaps wider than this share of a capital's height are spaces.
SPACE = 0.27
#: What is wider than so many times its height, and a pixel, and no farther from the foot of a letter, of its height,
#: is an underscore.
FLAT, FOOT = 3, 0.35
#: So many pixels beside a line that runs over letters, its edges may have taken some of their ink.
EDGE = 1
#: And a line of text under it is higher than this share of the highest one.
SCRAP = 0.6


@dataclass(slots=True, eq=False)
class Glyph:
    """A letter, a sign, or letters that touch."""

    #: In the picture: x0, y0, x1, y1.
    rect: tuple[int, int, int, int]
    patch: Patch
    cluster: int = -1
    #: Where a line runs over it, if one does: what lies there is not known.
    hidden: NDArray[np.bool_] | None = None


@dataclass(slots=True, eq=False)
class Line:
    """A line of text in a cell."""

    glyphs: list[Glyph]
    #: Darkness of the whole line, 0 to 255, and where it stands.
    patch: Patch
    rect: tuple[int, int, int, int]
    #: Before which glyphs a space stands.
    spaces: set[int] = field(default_factory=set)
    baseline: float = 0.0
    #: Height of a capital or digit, of the line's own size of letters.
    capital: float = 0.0

    @property
    def signature(self) -> tuple[int, ...]:
        return tuple(-1 - g.cluster if i in self.spaces else g.cluster for i, g in enumerate(self.glyphs))


def darkness(image: Image, cell: Cell) -> Patch:
    """How far each pixel of a cell is from its ground towards its letters' colour, 0 to 255."""
    x0, y0, x1, y1 = cell.rect
    grey = cv2.cvtColor(np.ascontiguousarray(image[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    ground = max(1, round(0.299 * cell.colour[0] + 0.587 * cell.colour[1] + 0.114 * cell.colour[2]))
    if cell.inverted:
        ground = min(ground, 254) if max(cell.colour) > 8 else 0
        table = np.clip((np.arange(256) - ground) * 255 // (255 - ground), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(grey, table), dtype=np.uint8)
    # A band of its rows can be of a darker colour: hardly anything there is brighter than that.
    brightest = np.quantile(grey, GROUND, axis=1, method="lower").astype(np.uint8)
    grounds = np.clip(cv2.dilate(brightest[:, None], np.ones((LEVEL, 1), np.uint8)), 1, ground).astype(np.int32)
    return np.asarray(np.clip((grounds - grey) * 255 // grounds, 0, 255), dtype=np.uint8)


def lines_of(image: Image, cell: Cell, margin: int) -> list[Line]:
    """Lines of text in a cell, from top to bottom. `margin` pixels along its border belong to its outline."""
    dark = darkness(image, cell)
    x0, y0 = cell.rect[0], cell.rect[1]
    whole = dark > INKED
    dark[:margin] = dark[-margin:] = 0
    dark[:, :margin] = dark[:, -margin:] = 0
    strokes = clear_strokes(dark) if cell.shape == "round" else np.zeros(dark.shape, bool)
    if cell.shape != "rect":
        _clear_outline(dark, cornered=cell.shape == "round")
    mask = (dark > INKED).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return []
    labels = np.asarray(pieces, np.int32)
    boxes: Boxes = stats[1:, :4].tolist()
    cut = _untie(boxes, labels)
    tips = _tips(boxes, whole, margin)
    letters = [i for i in range(len(boxes)) if i not in tips]
    if not letters:
        return []
    lines = []
    middles = {i: boxes[i][1] + boxes[i][3] / 2 for i in letters}
    halves = [[i for i in letters if (middles[i] < cut) == upper] for upper in (True, False)] if cut else [letters]
    for members in (band for half in halves if half for band in _bands(boxes, half)):
        letters_of_line = _glyphs(boxes, members)
        glyphs = []
        for number, (left, top, right, bottom, own) in enumerate(letters_of_line):
            patch = dark[top:bottom, left:right]
            beside = letters_of_line[max(0, number - 1) : number] + letters_of_line[number + 1 : number + 2]
            if cut or tips or any(left < other[2] and other[0] < right for other in beside):
                others = labels[top:bottom, left:right]
                patch = np.where((others > 0) & ~np.isin(others, own), 0, patch)
            rect = (x0 + left, y0 + top, x0 + right, y0 + bottom)
            glyphs.append(Glyph(rect, np.ascontiguousarray(patch)))
        rect = (
            glyphs[0].rect[0],
            min(g.rect[1] for g in glyphs),
            max(g.rect[2] for g in glyphs),
            max(g.rect[3] for g in glyphs),
        )
        band = dark[max(0, rect[1] - y0 - 2) : rect[3] - y0 + 2, max(0, rect[0] - x0 - 3) : rect[2] - x0 + 3]
        lines.append(Line(glyphs, band, rect))
    for line in lines:
        _measure(line)
        _blacken(line)
    if strokes.any():
        tall = max(line.rect[3] - line.rect[1] for line in lines)
        for line in lines:
            _join_under(line, dark, strokes, x0, y0)
        # What is left of a stroke beside a corner is no line of text.
        lines = [line for line in lines if line.rect[3] - line.rect[1] > SCRAP * tall or line.glyphs[0].hidden is None]
    return lines


def _untie(boxes: Boxes, labels: NDArray[np.int32]) -> int:
    """Cut in two what hangs together from one line to the next, as a p above an f may; returns the row, or 0.

    Pieces of both lines must be there. The cut is where it meets the fewest of them, right above the lower line: commas
    and underscores belong to the upper one.
    """
    heights = np.array([box[3] for box in boxes])
    order = np.argsort(-heights, kind="stable")
    if len(boxes) < FEW or heights[order[0]] <= TIED * heights[order[1]]:
        return 0
    x, y, wide, high = boxes[order[0]]
    own = labels[y : y + high, x : x + wide] == order[0] + 1
    others = np.delete(np.array(boxes), order[0], axis=0)
    rows = np.arange(y + round(0.3 * high), y + round(0.7 * high))
    if not len(rows):
        return 0  # specks
    met = ((others[:, 1] < rows[:, None]) & (rows[:, None] < others[:, 1] + others[:, 3])).sum(axis=1)
    row = int(rows[met == met.min()][-1])
    beside = others[:, 1] + others[:, 3] / 2 < row
    if min(beside.sum(), (~beside).sum()) < 2:
        return 0
    boxes[order[0]] = [x, y, wide, row - y]
    boxes.append([x, row, wide, y + high - row])
    labels[row : y + high, x : x + wide][own[row - y :]] = len(boxes)
    return row


def _tips(boxes: Boxes, ink: NDArray[np.bool_], margin: int) -> set[int]:
    """Which pieces are tips of arrows that reach over a cell's border: shallow, and joined to ink on it."""
    deep, broad = ink.shape
    tips = set()
    tall = max(box[3] for box in boxes)
    small = 0.35 * tall
    for i, (x, y, wide, high) in enumerate(boxes):
        if max(wide, high) >= tall or min(wide, high) >= small:
            continue
        across, down = slice(max(0, x - 1), x + wide + 1), slice(max(0, y - 1), y + high + 1)
        foot = FOOT * tall
        if wide > FLAT * high + 1 and any(
            h > small and abs(top + h - y) < foot and max(left - x - wide, x - left - w) < foot
            for left, top, w, h in boxes
        ):
            continue  # an underscore
        level, upright = high < small, wide < small  # a slanting head's tip is wider than deep
        if (
            (level and y <= margin and bool(ink[0, across].any()))
            or (level and y + high >= deep - margin and bool(ink[-1, across].any()))
            or (upright and x <= margin and bool(ink[down, 0].any()))
            or (upright and x + wide >= broad - margin and bool(ink[down, -1].any()))
        ):
            tips.add(i)
    return tips


def _clear_outline(dark: Patch, *, cornered: bool) -> None:
    """Take away the outline of an octagon or ellipse: what is dark and joined to the cell's corners.

    Args:
        cornered: only the corners are rounded: what reaches one side alone is the lower end of a letter.
    """
    mask = (dark > INKED).astype(np.uint8)
    h, w = mask.shape
    outline = np.zeros_like(mask)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for i in range(1, len(stats)):
        x, y, width, height, _ = stats[i]
        bar = height <= 2 and width > 0.5 * w  # what is left of a bar beside the cell
        across, down = x < 2 or x + width > w - 2, y < 2 or y + height > h - 2
        if bar or width > 0.9 * w or height > 0.9 * h or ((across and down) if cornered else (across or down)):
            outline[labels == i] = 1
    if cornered:  # its corners are alike; a letter that touches one is not at the others
        thick = np.asarray(cv2.dilate(outline, np.ones((3, 3), np.uint8)), np.uint8)
        outline &= thick[:, ::-1] | thick[::-1] | thick[::-1, ::-1]
    dark[outline > 0] = 0


def _bands(boxes: Boxes, chosen: list[int]) -> list[list[int]]:
    """Pieces of ink by line: lines are parted by rows without ink."""
    bands: list[list[int]] = []
    bottom = -1
    for i in sorted(chosen, key=lambda i: boxes[i][1]):
        _, top, _, height = boxes[i]
        if not bands or top >= bottom:
            bands.append([])
            bottom = top + height
        bands[-1].append(i)
        bottom = max(bottom, top + height)
    tall = max(_height(boxes, band) for band in bands)
    kept: list[list[int]] = []
    for band in bands:
        # A dot of an i, or an underscore, that no other letter of its line reaches.
        if kept and (_height(boxes, band) < 0.3 * tall or _height(boxes, kept[-1]) < 0.3 * tall):
            gap = min(boxes[i][1] for i in band) - max(boxes[i][1] + boxes[i][3] for i in kept[-1])
            if gap < 0.35 * tall:
                kept[-1] += band
                continue
        kept.append(band)
    return kept


def _height(boxes: Boxes, band: list[int]) -> int:
    return max(boxes[i][1] + boxes[i][3] for i in band) - min(boxes[i][1] for i in band)


def _glyphs(boxes: Boxes, members: list[int]) -> list[tuple[int, int, int, int, list[int]]]:
    """Pieces of one line joined to letters: what stands above one another belongs together."""
    found: list[tuple[int, int, int, int, list[int]]] = []
    for i in sorted(members, key=lambda i: boxes[i]):
        x, y, w, h = boxes[i]
        if found:
            left, top, right, bottom, own = found[-1]
            shared = min(right, x + w) - max(left, x)
            if shared > 0.5 * min(w, right - left):
                found[-1] = (min(left, x), min(top, y), max(right, x + w), max(bottom, y + h), [*own, i + 1])
                continue
        found.append((x, y, x + w, y + h, [i + 1]))
    return found


def _join_under(line: Line, dark: Patch, strokes: NDArray[np.bool_], left: int, top: int) -> None:
    """Join the letters that a stroke runs over to one glyph, which says what is hidden of it.

    Args:
        dark: darkness of a cell that begins at a column and row; the strokes are taken out of it.
        strokes: where they were.
    """
    _, y0, _, y1 = line.rect
    columns = np.flatnonzero(strokes[y0 - top : y1 - top].any(axis=0)) + left
    for run in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1) if len(columns) else ():
        first, last = int(run[0]) - EDGE, int(run[-1]) + 1 + EDGE
        touched = [i for i, g in enumerate(line.glyphs) if g.rect[0] < last and first < g.rect[2]]
        if not touched:
            continue
        a, b = touched[0], touched[-1] + 1
        begin = max(left, min(first, *(g.rect[0] for g in line.glyphs[a:b])))
        end = min(left + dark.shape[1], max(last, *(g.rect[2] for g in line.glyphs[a:b])))
        part = slice(y0 - top, y1 - top), slice(begin - left, end - left)
        patch, hidden = np.ascontiguousarray(dark[part]), np.ascontiguousarray(strokes[part])
        for u0, _, u1, _ in (g.rect for k, g in enumerate(line.glyphs) if not a <= k < b):
            if u0 < end and begin < u1:  # letters can reach over one another
                patch[:, max(0, u0 - begin) : u1 - begin] = 0
        line.glyphs[a:b] = [Glyph((begin, y0, end, y1), patch, hidden=hidden)]
        line.spaces = {i if i <= a else i - (b - a - 1) for i in line.spaces if i <= a or i >= b}


def _measure(line: Line) -> None:
    """Baseline, height of a capital, and spaces."""
    bottoms = np.array([g.rect[3] for g in line.glyphs])
    heights = np.array([g.rect[3] - g.rect[1] for g in line.glyphs])
    tall = heights > 0.45 * heights.max()
    values, counts = np.unique(bottoms[tall], return_counts=True)
    line.baseline = float(values[counts.argmax()])
    above = np.array([line.baseline - g.rect[1] for g in line.glyphs])
    line.capital = float(above.max())
    for i, (a, b) in enumerate(pairwise(line.glyphs), 1):
        if b.rect[0] - a.rect[2] > SPACE * line.capital:
            line.spaces.add(i)


def _blacken(line: Line) -> None:
    """Make the letters of a line black that are of a colour between that and their ground's."""
    ink = np.concatenate([glyph.patch[glyph.patch > INKED] for glyph in line.glyphs])
    darkest = int(ink.max())
    if darkest < 255 and (ink == darkest).mean() > COMMON:
        for glyph in line.glyphs:
            glyph.patch = np.asarray(glyph.patch.astype(np.int32) * 255 // darkest, np.uint8)


def describe(glyph: Glyph, line: Line) -> NDArray[np.float32]:
    """What a glyph looks like, as a vector: its patch in a square, its size and place in capitals' heights."""
    square = cv2.resize(glyph.patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel() / 255
    h, w = glyph.patch.shape
    tall = max(line.capital, 1.0)
    measures = np.array(
        [w / tall, h / tall, (line.baseline - glyph.rect[1]) / tall, (glyph.rect[3] - line.baseline) / tall],
        dtype=np.float32,
    )
    return np.concatenate([square / SIDE, 1.2 * measures])
