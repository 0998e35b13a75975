"""What stands outside of nodes: numbers beside arrows, names and dashes of frames. None of it is part of an arrow."""

from __future__ import annotations

import numpy as np

from extraction.readers.plots.ink import PlotNode
from extraction.readers.plots.pieces import Mask, pieces_of


def take_out(pale: Mask, nodes: list[PlotNode], capital: float) -> Mask:
    """1 where small pieces of ink stand free of nodes.

    Args:
        pale: 1 where anything is drawn.
        capital: height of a capital letter.
    """
    rest = pale.copy()
    for node in nodes:
        node.clear(rest, 0)
    pieces = pieces_of(rest, 8)
    small = (pieces.stats[:, 2] <= 2.2 * capital) & (pieces.stats[:, 3] <= 1.7 * capital)
    for node in nodes:  # what touches a node's border is the end of an arrow, or a rest of it
        x0, y0, x1, y1 = node.rect
        small[pieces.within(x0 - 2, y0 - 2, x1 + 2, y0 + 1)] = False
        small[pieces.within(x0 - 2, y1 - 1, x1 + 2, y1 + 2)] = False
        small[pieces.within(x0 - 2, y0 - 2, x0 + 1, y1 + 2)] = False
        small[pieces.within(x1 - 1, y0 - 2, x1 + 2, y1 + 2)] = False
    found = np.zeros(pale.shape, np.uint8)
    pieces.paint(found, small)
    return found
