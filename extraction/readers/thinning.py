"""Middle lines of thin ink, worked out on the pixels of the ink alone: drawn graphs are mostly empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

#: The eight neighbours of a pixel, clockwise from the one above: rows and columns.
ROWS = np.array([-1, -1, 0, 1, 1, 1, 0, -1])
COLUMNS = np.array([0, 1, 1, 1, 0, -1, -1, -1])

#: For each of the 256 surroundings of a pixel: may it go? One table for each half of a step.
Rule = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _rule(may_go: Callable[[Sequence[bool], bool], bool]) -> Rule:
    around = [[bool(code >> k & 1) for k in range(8)] for code in range(256)]
    return np.array([may_go(a, True) for a in around]), np.array([may_go(a, False) for a in around])


def _zhang_suen(around: Sequence[bool], first: bool) -> bool:
    n, _, e, _, s, _, w, _ = around
    turns = sum(not a and b for a, b in zip(around, [*around[1:], around[0]], strict=True))
    closed = (n and e and s) or (e and s and w) if first else (n and e and w) or (n and s and w)
    return 2 <= sum(around) <= 6 and turns == 1 and not closed


def _guo_hall(around: Sequence[bool], first: bool) -> bool:
    n, ne, e, se, s, sw, w, nw = around
    ways = (not n and (ne or e)) + (not e and (se or s)) + (not s and (sw or w)) + (not w and (nw or n))
    pairs = min((nw or n) + (ne or e) + (se or s) + (sw or w), (n or ne) + (e or se) + (s or sw) + (w or nw))
    closed = (n or ne or not se) and e if first else (s or sw or not nw) and w
    return ways == 1 and 2 <= pairs <= 3 and not closed


#: Zhang and Suen 1984.
ZHANG_SUEN = _rule(_zhang_suen)
#: Guo and Hall 1989. Unlike others, this way leaves slanting lines of two pixels as long as they are.
GUO_HALL = _rule(_guo_hall)


def thin(mask: NDArray, rule: Rule) -> NDArray[np.int64]:
    """Row and column of each pixel of the middle lines of what is not 0 in a mask: N x 2, in order."""
    image = np.pad(mask.astype(bool), 1)
    width = image.shape[1]
    flat = image.ravel()
    pixels = np.flatnonzero(flat)
    offsets = ROWS * width + COLUMNS
    bits = 1 << np.arange(8)
    changed = True
    while changed and len(pixels):
        changed = False
        for table in rule:
            gone = table[(flat[pixels[:, None] + offsets] * bits).sum(axis=1)]
            if gone.any():
                flat[pixels[gone]] = False
                pixels = pixels[~gone]
                changed = True
    rows, columns = np.divmod(pixels, width)
    return np.stack([rows - 1, columns - 1], axis=1)
