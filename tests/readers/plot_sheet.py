"""A sheet with boxes and arrows, drawn for tests and read again."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from extraction.readers.plots.heads import Arrow, find_heads
from extraction.readers.plots.ink import Cell, PlotNode, ink_of
from extraction.readers.plots.running import run_back

CAPITAL = 12.0


class Sheet:
    """Paper with boxes and arrows."""

    def __init__(self) -> None:
        self.image: NDArray[np.uint8] = np.full((420, 640, 3), 255, np.uint8)
        self.nodes: list[PlotNode] = []

    def box(self, x: int, y: int, width: int = 70, height: int = 40) -> int:
        rect = (x, y, x + width, y + height)
        cv2.rectangle(self.image, (x, y), (x + width - 1, y + height - 1), (0, 0, 0), 1)
        self.nodes.append(PlotNode(rect, [Cell(rect)]))
        return len(self.nodes) - 1

    def arrow(self, *points: tuple[float, float]) -> None:
        """A line through points, with a head at the last one."""
        (x0, y0), (x1, y1) = points[-2:]
        way = np.array([x1 - x0, y1 - y0]) / math.dist((x0, y0), (x1, y1))
        tip, aside = np.array([x1, y1]), np.array([-way[1], way[0]])
        base = tip - 13 * way
        line = np.array([*points[:-1], tuple(base)])
        self._paint(cv2.polylines, line, False)
        self._paint(cv2.fillPoly, np.array([tip, base + 5 * aside, base - 5 * aside]))

    def _paint(self, how: object, points: NDArray[np.float64], *closed: bool) -> None:
        fixed = np.rint(points * 16).astype(np.int32)
        rest = {"lineType": cv2.LINE_AA, "shift": 4}
        how(self.image, [fixed], *closed, (0, 0, 0), **rest)  # type: ignore[operator]  # OpenCV's own function

    def read(self) -> list[tuple[int, int]]:
        return sorted((source, arrow.target) for arrow in self.arrows() for source in arrow.sources)

    def arrows(self, *, hidden: bool = False) -> list[Arrow]:
        heads = find_heads(ink_of(self.image)[2], self.nodes, CAPITAL)
        drawn = np.ones(self.image.shape[:2], np.uint8)
        return run_back(self.image, drawn, self.nodes, heads, CAPITAL, hidden=hidden)

    def hide(self, node: int) -> None:
        """Paint a box again, over the lines that cross it."""
        x0, y0, x1, y1 = self.nodes[node].rect
        cv2.rectangle(self.image, (x0, y0), (x1 - 1, y1 - 1), (240, 240, 240), -1)
        cv2.rectangle(self.image, (x0, y0), (x1 - 1, y1 - 1), (0, 0, 0), 1)

    def read_hidden(self) -> list[tuple[int, int]]:
        """As `read`, where boxes may hide lines."""
        return sorted((source, arrow.target) for arrow in self.arrows(hidden=True) for source in arrow.sources)
