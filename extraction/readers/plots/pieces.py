"""Connected areas of a mask, worked out on runs of pixels in its rows: drawn graphs are mostly empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Mask = NDArray[np.uint8]
Integers = NDArray[np.int64]

#: Pixels that are looked at in one go: few enough for them to stay in the processor's cache.
AT_ONCE = 1 << 18
#: Rows that `around_ink` looks at in one go: few enough for them to stay in the processor's cache.
STRIP = 256


@dataclass(slots=True)
class Pieces:
    """The areas of a mask that hang together, numbered from 0."""

    #: Left, top, width, height and area of each, N x 5.
    stats: Integers
    #: Row, first column and the one behind the last of each run, from top to bottom and left to right.
    rows: Integers
    starts: Integers
    ends: Integers
    #: The area that each run belongs to.
    owner: Integers
    #: Runs by area, and where those of each area begin among them.
    order: Integers
    first: Integers

    def part(self, number: int) -> NDArray[np.bool_]:
        """An area, cut to its box."""
        left, top, width, height = (int(v) for v in self.stats[number, :4])
        runs = self.order[self.first[number] : self.first[number + 1]]
        # 1 where a run begins, -1 behind it: the sum along a row is 1 within.
        steps = np.zeros((height, width + 1), np.int8)
        steps[self.rows[runs] - top, self.starts[runs] - left] = 1
        np.subtract.at(steps, (self.rows[runs] - top, self.ends[runs] - left), 1)
        return np.asarray(np.cumsum(steps[:, :-1], axis=1, dtype=np.int8), dtype=bool)

    def paint(self, mask: Mask, chosen: NDArray[np.bool_], value: int = 1) -> None:
        """Set the pixels of all areas that are chosen."""
        runs = np.flatnonzero(chosen[self.owner])
        lengths = self.ends[runs] - self.starts[runs]
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        mask[np.repeat(self.rows[runs], lengths), np.repeat(self.starts[runs], lengths) + offsets] = value

    def within(self, x0: int, y0: int, x1: int, y1: int) -> Integers:
        """Numbers of the areas that have pixels in a box; the last row and column are outside."""
        low, high = np.searchsorted(self.rows, [max(0, y0), y1])
        hit = (self.starts[low:high] < x1) & (self.ends[low:high] > x0)
        return np.unique(self.owner[low:high][hit])


def pieces_of(mask: Mask, connectivity: int, *, value: int = 1) -> Pieces:
    """Areas of pixels of a value (0 or 1) in a mask of 0 and 1, height x width.

    Args:
        connectivity: 4, or 8 where pixels that touch at a corner hang together too.
    """
    rows, starts, ends = _runs(mask, value)
    count = len(rows)
    reach = 1 if connectivity == 8 else 0
    across = mask.shape[1] + 3
    below = (rows + 1) * across
    # Runs are in order, so those of the next row that meet a run are neighbours of each other.
    low = np.searchsorted(rows * across + ends, below + starts - reach, side="right")
    high = np.searchsorted(rows * across + starts, below + ends + reach, side="left")
    pairs = np.maximum(high - low, 0)
    upper = np.repeat(np.arange(count), pairs)
    lower = np.arange(len(upper)) - np.repeat(np.cumsum(pairs) - pairs, pairs) + np.repeat(low, pairs)
    graph = coo_matrix((np.ones(len(upper), np.int8), (upper, lower)), shape=(count, count))
    total, owner = connected_components(graph, directed=False) if count else (0, np.zeros(0, int))
    order = np.argsort(owner, kind="stable")
    first = np.searchsorted(owner[order], np.arange(total + 1))
    if not total:
        return Pieces(np.zeros((0, 5), int), rows, starts, ends, owner.astype(int), order, first)
    at = first[:-1]
    left, right = np.minimum.reduceat(starts[order], at), np.maximum.reduceat(ends[order], at)
    top, bottom = np.minimum.reduceat(rows[order], at), np.maximum.reduceat(rows[order], at) + 1
    area = np.add.reduceat((ends - starts)[order], at)
    stats = np.stack([left, top, right - left, bottom - top, area], axis=1)
    return Pieces(stats, rows, starts, ends, owner.astype(int), order, first)


def around_ink(mask: Mask, work: Callable[[Mask], Mask], margin: int) -> Mask:
    """What `work` makes of a mask, done only where there is ink.

    Args:
        work: of a mask of any size makes one of the same size; nothing where there is no ink within `margin` pixels.
    """
    height = len(mask)
    found = np.zeros(mask.shape, np.uint8)
    for y in range(0, height, STRIP):
        top, bottom = max(0, y - margin), min(height, y + STRIP + margin)
        columns = np.flatnonzero(np.bitwise_or.reduce(mask[top:bottom], axis=0))
        if not len(columns):
            continue
        left, right = max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin
        part = np.asarray(work(mask[top:bottom, left:right]), np.uint8)
        found[y : y + STRIP, left:right] = part[y - top : y - top + STRIP]
    return found


def _runs(mask: Mask, value: int) -> tuple[Integers, Integers, Integers]:
    height, width = mask.shape
    found: list[Integers] = []
    strip = min(height, max(1, AT_ONCE // (width + 2)))
    framed = np.full((strip, width + 2), 1 - value, np.uint8)
    changed = np.empty(framed.size - 1, bool)
    for y in range(0, height, strip):
        part = mask[y : y + strip]
        framed[: len(part), 1:-1] = part
        flat = framed[: len(part)].ravel()
        changes = np.not_equal(flat[1:], flat[:-1], out=changed[: len(flat) - 1])
        found.append(np.flatnonzero(changes) + y * (width + 2))
    # Each row begins and ends with a pixel that is not counted, so changes come in pairs.
    ends = np.concatenate(found) if found else np.zeros(0, np.int64)
    rows, starts = np.divmod(ends[::2], width + 2)
    return rows, starts, ends[1::2] - rows * (width + 2)
