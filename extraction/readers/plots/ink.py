"""What is drawn where: ink, the closed areas in it, and the nodes that they form."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.pdf.model import Image
from extraction.readers.plots.bars import bands_of_colour, cut_at_slits, trimmed
from extraction.readers.plots.cut import goes_on, holds, whole
from extraction.readers.plots.outlines import Rect, corners_of, filled_of, shape_of
from extraction.readers.plots.pieces import STRIP, Mask, Pieces, around_ink, pieces_of

#: Letters have strokes that are higher than this, in capitals' heights, dashes have none.
DASH = 0.35
#: The brightest channel of ink is darker than this: fills of boxes are bright in some channel, however coloured.
DARK = 190
#: Thin slanting lines are smoothed until some of their pixels are hardly darker than the paper.
PALE = 225
#: Heads of arrows are darker than this, and what is left between two lines is brighter.
SOLID = 128
#: Pixels of the line around an octagon or ellipse.
OUTLINE = 2
#: Pixels of an area that tell its colour.
SAMPLED = 1000
#: A letter is no higher than this, of most letters' height.
TALLER = 2.0
#: A node is less high than this, of a capital's height: it holds a few lines of text.
HIGHEST = 100
#: Where letters are white on dark, there are so many times as many as dark pieces: holes of letters are fewer.
WHITE_ON_DARK = 1.5
#: Letters in a bar are no higher than this, of a capital's height.
LETTERED = 1.6
#: The ends of a bar with rounded corners are so full of ink.
SOLIDLY = 0.8
#: So much of it is ink at least: lines and a head between two boxes are less.
INKED = 0.6
#: So much of a side, of 1, may be a round corner.
CORNERED = 0.3
#: So many of the cells are coloured and rounded, where these are the boxes.
ROUNDED = 0.6
#: A rounded corner is empty so many pixels within it.
SHARP = 2
#: Of a line between two cells so much is drawn; so much of a cell is its own area, and no more of another's.
LINED, OWN, OTHERS = 0.9, 0.45, 0.05


@dataclass(slots=True)
class Cell:
    """A closed area with letters in it."""

    rect: Rect
    #: White letters on black.
    inverted: bool = False
    #: `rect`, `round` (with rounded corners), `octagon` or `ellipse`.
    shape: str = "rect"
    colour: tuple[int, int, int] = (255, 255, 255)
    #: Corners of an octagon or ellipse, x and y, clockwise in the picture.
    corners: NDArray[np.float64] | None = None
    #: Not all of its corners are rounded.
    sharp: bool = False


@dataclass(slots=True)
class PlotNode:
    """Cells that touch: one layer, or a blob of Caffe's."""

    rect: Rect
    cells: list[Cell] = field(default_factory=list)

    def clear(self, mask: Mask, rim: int) -> None:
        """Takes the node, and so many pixels around it, out of a mask."""
        self.paint(mask, rim, 0)

    def paint(self, mask: Mask, rim: int, value: int) -> None:
        """Sets the node, and so many pixels around it."""
        corners = self.cells[0].corners
        if corners is None:
            x0, y0, x1, y1 = self.rect
            mask[max(0, y0 - rim) : max(0, y1 + rim), max(0, x0 - rim) : max(0, x1 + rim)] = value
            return
        points = np.rint(corners).astype(np.int32)
        cv2.fillConvexPoly(mask, points, value)
        if rim > -OUTLINE:
            cv2.polylines(mask, [points], True, value, 2 * (rim + OUTLINE) - 1)

    def away(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far points (N x 2) lie outside of it, in pixels."""
        corners = self.cells[0].corners
        if corners is None:
            x0, y0, x1, y1 = self.rect
            dx = np.maximum(np.maximum(x0 - points[:, 0], points[:, 0] - x1), 0)
            dy = np.maximum(np.maximum(y0 - points[:, 1], points[:, 1] - y1), 0)
            return np.asarray(np.hypot(dx, dy))
        # Of a convex shape: how far beyond the side that it is farthest beyond.
        out, ends = self.sides()
        return np.asarray(np.maximum((points @ out.T - ends).max(axis=1), 0))

    def sides(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each side: the direction out of the node (N x 2), and how far out in that direction it lies."""
        corners = self.cells[0].corners
        if corners is None:
            x0, y0, x1, y1 = self.rect
            return np.array([(-1.0, 0), (0, -1), (1, 0), (0, 1)]), np.array([-x0, -y0, x1, y1], float)
        ways = np.roll(corners, -1, axis=0) - corners
        out = np.stack([ways[:, 1], -ways[:, 0]], axis=1) / np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-6)[:, None]
        return out, (corners * out).sum(axis=1) + OUTLINE


def ink_of(image: Image) -> tuple[Mask, Mask, Mask]:
    """1 where something dark is drawn, where anything is, and where what is drawn is solid, of an image.

    The image is height x width x 3, uint8, RGB.
    """
    height, width = image.shape[:2]
    masks = np.empty((3, height, width), np.uint8)
    for y in range(0, height, STRIP):
        red, green, blue = cv2.split(image[y : y + STRIP])
        bright = cv2.max(cv2.max(red, green), blue)
        for mask, limit in zip(masks, (DARK, PALE, SOLID), strict=True):
            cv2.threshold(bright, limit - 1, 1, cv2.THRESH_BINARY_INV, dst=mask[y : y + STRIP])
    return masks[0], masks[1], masks[2]


def find_nodes(image: Image, ink: Mask) -> tuple[list[PlotNode], float]:
    """The nodes of a drawn graph, from top to bottom and left to right, and about how high a capital letter is."""
    light = pieces_of(ink, 4, value=0)
    capital = _capital(pieces_of(ink, 8), light)
    solids = _solids(image, ink, light, capital)
    return _grouped(_cells(image, ink, light, solids, capital) + solids, ink, capital), capital


def _capital(dark: Pieces, light: Pieces) -> float:
    """Most small areas of ink, or of light inside ink, are letters."""
    best: tuple[int, float] = (0, 12.0)
    for pieces, more in ((dark, 1.0), (light, WHITE_ON_DARK)):
        w, h, area = (pieces.stats[:, k] for k in (2, 3, 4))
        small = h[(h >= 4) & (h <= 64) & (w <= 2.5 * h) & (w >= 2) & ((area < 0.8 * w * h) | (w < 0.5 * h))]
        if len(small) > more * best[0]:
            high = float(np.quantile(small, 0.75))
            if high > TALLER * np.median(small):  # letters are so few that outlines of boxes count
                high = float(np.quantile(small[small <= TALLER * np.median(small)], 0.75))
            best = len(small), high
    return best[1]


def _cells(image: Image, ink: Mask, light: Pieces, solids: list[Cell], capital: float) -> list[Cell]:
    """Closed areas of a simple shape that hold ink of their own."""
    height, width = ink.shape
    lefts, tops, widths, heights, areas = (light.stats[:, k] for k in range(5))
    large = (widths > 1.3 * capital) & (heights > 1.3 * capital) & (areas > 0.45 * widths * heights)
    large &= heights < HIGHEST * capital  # what long lines enclose is much higher
    within = (lefts > 0) & (tops > 0) & (lefts + widths < width) & (tops + heights < height)
    cells: list[Cell] = []
    cut: list[tuple[Rect, tuple[int, int, int]]] = []
    bars = np.array([solid.rect for solid in solids], int).reshape(-1, 4)
    for i in np.flatnonzero(large & within).tolist():
        x, y, w, h = (int(v) for v in light.stats[i, :4])
        if ((bars[:, :2] <= (x, y)).all(axis=1) & (bars[:, 2:] >= (x + w, y + h)).all(axis=1)).any():
            continue
        part = light.part(i)
        hanging = np.flatnonzero(_hangs((x, y, x + w, y + h), bars))
        if len(hanging):  # it reaches up at both sides of the bar
            top = max(y, int(bars[hanging[0], 3]))  # the bar's last row can be faint
            top += int((part[top - y : top - y + 3].mean(axis=1) > 0.5).argmax())
            part, y, h = part[top - y :], top, y + h - top
        for left, top, right, bottom in _parted(part, ink[y : y + h, x : x + w]):
            area, at = part[top:bottom, left:right], (x + left, y + top)
            cell = _cell(image, area, *at, capital)
            if cell is not None:
                cells.append(cell)
            elif shape_of(area) is None:
                cut.append(((*at, x + right, y + bottom), _fill(image, area, *at)))
    cut += [
        (cell.rect, cell.colour) for cell in cells if cell.shape == "round" and goes_on(image, cell.rect, cell.colour)
    ]
    found = whole(image, cut)
    cells = [c for c in cells if not any(holds(rect, c.rect) and c.colour == colour for rect, _, colour in found)]
    return _boxes(cells + [Cell(rect, False, shape, colour) for rect, shape, colour in found])


def _boxes(cells: list[Cell]) -> list[Cell]:
    """Where boxes are coloured and rounded, white areas with sharp corners are none: lines enclose them."""
    coloured = sum(cell.shape == "round" and min(cell.colour) < PALE for cell in cells)
    if coloured < ROUNDED * len(cells):
        return cells
    return [cell for cell in cells if (cell.shape == "round" and not cell.sharp) or min(cell.colour) < PALE]


def _fill(image: Image, part: NDArray[np.bool_], x: int, y: int) -> tuple[int, int, int]:
    """The colour that most of an area has, which begins at a column and row."""
    pixels = image[y : y + part.shape[0], x : x + part.shape[1]][part]
    return _colour(pixels[:: 1 + len(pixels) // SAMPLED])


def _cell(image: Image, part: NDArray[np.bool_], x: int, y: int, capital: float) -> Cell | None:
    """The cell of an area that begins at a column and row, if it is one."""
    h, w = part.shape
    shape = shape_of(part)
    if shape is None:
        return None
    # What arrows enclose holds no letters, but dashes of a frame at most.
    held = (filled_of(part) & ~part).astype(np.uint8)
    if not cv2.erode(held, np.ones((max(3, round(DASH * capital)), 1), np.uint8)).any():
        return None
    corners = None if shape in ("rect", "round") else corners_of(part) + np.array([x, y])
    sharp = bool(part[[SHARP, SHARP, -1 - SHARP, -1 - SHARP], [SHARP, -1 - SHARP, SHARP, -1 - SHARP]].any())
    return Cell((x, y, x + w, y + h), False, shape, _fill(image, part, x, y), corners, sharp)


def _parted(part: NDArray[np.bool_], ink: Mask) -> list[Rect]:
    """Boxes of the cells that an area, cut to its box, consists of: a line between two may end a little too early."""
    h, w = part.shape
    for across in (False, True):
        lined = ink.mean(axis=int(not across)) > LINED
        size = w if across else h
        clear = np.flatnonzero(~lined)
        if len(clear) == size or not len(clear):
            continue
        runs = [(int(run[0]), int(run[-1]) + 1) for run in np.split(clear, np.flatnonzero(np.diff(clear) > 1) + 1)]
        boxes = [(a, 0, b, h) if across else (0, a, w, b) for a, b in runs]
        shares = [float(part[y0:y1, x0:x1].mean()) for x0, y0, x1, y1 in boxes]
        if any(OTHERS < share < OWN for share in shares):  # lines of arrows enclose it
            return [(0, 0, w, h)]
        found = []
        for (left, top, right, bottom), share in zip(boxes, shares, strict=True):
            if share >= OWN:  # else it is a cell by itself
                inner = _parted(part[top:bottom, left:right], ink[top:bottom, left:right])
                found += [(left + x0, top + y0, left + x1, top + y1) for x0, y0, x1, y1 in inner]
        return found
    return [(0, 0, w, h)]


def _solids(image: Image, ink: Mask, light: Pieces, capital: float) -> list[Cell]:
    """Dark bars with white letters: heads of Keras 3's tables, and of cards."""
    size = max(3, round(0.6 * capital)) | 1
    filled = ink.copy()  # letters can leave so little of a bar that it falls apart
    light.paint(filled, (light.stats[:, 3] <= LETTERED * capital) & (light.stats[:, 2] <= 2 * LETTERED * capital))
    core = around_ink(filled, lambda part: np.asarray(cv2.erode(part, np.ones((size, size), np.uint8)), np.uint8), size)
    if not core.any():
        return []
    pieces = pieces_of(core, 8)
    found = []
    grow = size // 2
    for i in np.flatnonzero((pieces.stats[:, 2] >= 2 * capital) & (pieces.stats[:, 3] >= 1.2 * capital)).tolist():
        x, y, w, _ = (int(v) for v in pieces.stats[i, :4])
        # An arrow's head or a thick border that touches the bar reaches less far than it does.
        part = pieces.part(i)
        bulk = cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_OPEN, np.ones((round(capital), 1), np.uint8))
        wide = np.flatnonzero(bulk.any(axis=0))  # two lines side by side that leave it are less high
        if len(wide):
            part, x, w = part[:, wide[0] : wide[-1] + 1], x + int(wide[0]), int(wide[-1] - wide[0]) + 1
        rows = np.flatnonzero(_reach(part) > 0.8 * w)
        if not len(rows):
            continue
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        columns = np.flatnonzero(_reach(part[top:bottom].T) > 0.8 * (bottom - top))
        if not len(columns):
            continue
        left, right = int(columns[0]), int(columns[-1]) + 1
        rect = (max(0, x + left - grow), max(0, y + top - grow), x + right + grow, y + bottom + grow)
        rect = trimmed(trimmed(rect, filled), filled)
        rect = cut_at_slits(rect, image, ink, round(capital))
        if rect[2] - rect[0] < capital or rect[3] - rect[1] < capital:
            continue
        bar, whole = (mask[rect[1] : rect[3], rect[0] : rect[2]] for mask in (ink, filled))
        rim = max(2, grow)
        edges = (whole[:rim], whole[-rim:], whole[:, :rim], whole[:, -rim:])
        full = min(float(e.mean()) for e in edges)
        if rect[3] - rect[1] <= 1.2 * capital or full <= SOLIDLY or bar.all() or bar.mean() < INKED:
            continue
        for top, bottom in bands_of_colour(image[rect[1] : rect[3], rect[0] : rect[2]]):
            if bottom - top > 1.2 * capital and not bar[top:bottom].all():
                own = (rect[0], rect[1] + top, rect[2], rect[1] + bottom)
                colour = _colour(image[own[1] : own[3], own[0] : own[2]][bar[top:bottom] > 0])
                found.append(Cell(own, True, "rect" if full > 0.95 else "round", colour))
    return found


def _colour(pixels: NDArray[np.uint8]) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in np.median(pixels, axis=0))
    return red, green, blue


def _reach(part: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of each row, how far its first and last ink lie apart."""
    w = part.shape[1]
    any_ink = part.any(axis=1)
    first, last = part.argmax(axis=1), w - part[:, ::-1].argmax(axis=1)
    return np.where(any_ink, last - first, 0)


def _hangs(rect: Rect, bars: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which bars (N x 4) lie over the upper end of an area, nearly as wide as it."""
    x0, y0, x1, y1 = rect
    across = np.minimum(x1, bars[:, 2]) - np.maximum(x0, bars[:, 0])
    below = bars[:, 3] + 2
    return np.asarray((bars[:, 1] <= y0) & (y0 < below) & (below < y1 - 1) & (across > 0.8 * (x1 - x0)))


def _grouped(cells: list[Cell], ink: Mask, capital: float) -> list[PlotNode]:
    """Cells that only a line of ink parts belong to one node."""
    order = sorted(range(len(cells)), key=lambda i: cells[i].rect[1])
    parent = list(range(len(cells)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    reach = max(4, round(0.7 * capital))
    for k, i in enumerate(order):
        a = cells[i].rect
        for j in order[k + 1 :]:
            b = cells[j].rect
            if b[1] > a[3] + reach:
                break
            if root(i) != root(j) and _touch(a, b, ink, reach):
                parent[root(j)] = root(i)
    groups: dict[int, list[Cell]] = {}
    for i in range(len(cells)):
        groups.setdefault(root(i), []).append(cells[i])
    nodes = []
    for members in groups.values():
        rect = (
            min(c.rect[0] for c in members),
            min(c.rect[1] for c in members),
            max(c.rect[2] for c in members),
            max(c.rect[3] for c in members),
        )
        corner = CORNERED if any(cell.shape == "round" for cell in members) else 0.0
        nodes.append(PlotNode(_framed(rect, ink, reach, corner), sorted(members, key=lambda c: (c.rect[1], c.rect[0]))))
    return sorted(nodes, key=lambda n: (n.rect[1], n.rect[0]))


def _framed(rect: Rect, ink: Mask, most: int, corner: float) -> Rect:
    """A box grown over the lines of ink around it; so much of a side, of 1, at either end, may be a round corner."""
    x0, y0, x1, y1 = rect
    height, width = ink.shape
    a, b = int(corner * (x1 - x0)), int(corner * (y1 - y0))
    for _ in range(most):
        up = y0 > 0 and ink[y0 - 1, x0 + a : x1 - a].mean() > 0.9
        down = y1 < height and ink[y1, x0 + a : x1 - a].mean() > 0.9
        left = x0 > 0 and ink[y0 + b : y1 - b, x0 - 1].mean() > 0.9
        right = x1 < width and ink[y0 + b : y1 - b, x1].mean() > 0.9
        if not (up or down or left or right):
            break
        x0, y0, x1, y1 = x0 - left, y0 - up, x1 + right, y1 + down
    return x0, y0, x1, y1


def _touch(a: Rect, b: Rect, ink: Mask, reach: int) -> bool:
    """Whether two cells lie side by side with nothing but a line of ink between them."""
    level = min(a[3], b[3]) - max(a[1], b[1])
    upright = min(a[2], b[2]) - max(a[0], b[0])
    if level > 3:
        left, right = (a, b) if a[0] < b[0] else (b, a)
        gap = (left[2], right[0])
        between = ink[max(a[1], b[1]) + 1 : min(a[3], b[3]) - 1, gap[0] : gap[1]]
    elif upright > 3:
        upper, lower = (a, b) if a[1] < b[1] else (b, a)
        gap = (upper[3], lower[1])
        between = ink[gap[0] : gap[1], max(a[0], b[0]) + 1 : min(a[2], b[2]) - 1]
    else:
        return False
    if gap[1] - gap[0] > reach:
        return False
    return gap[1] <= gap[0] + 1 or (between.size > 0 and float(between.mean()) > 0.9)
