"""Which way an arrow of a few pixels points, by how wide it is from one end to the other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def pointed(spans: NDArray[np.float64]) -> int | None:
    """To which end of a row of widths an arrowhead points: a line of one width, then a head that narrows to its tip."""
    spans = _without_crossings(spans)
    if spans.max() < 1.45 * max(1.0, float(np.quantile(spans, 0.1))):
        return None
    onwards, back = _misfit(spans), _misfit(spans[::-1])
    if min(onwards, back) > 0.9 * max(onwards, back):
        return None
    return 1 if onwards < back else 0


def _without_crossings(spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widths without the lines that cross an arrow on its way: of several wide places the one nearest an end stays."""
    line = max(1.0, float(np.quantile(spans, 0.2)))
    wide = spans > max(1.6 * line, 0.7 * spans.max())
    turns = np.flatnonzero(np.diff(np.concatenate(([0], wide.astype(int), [0]))))
    runs = sorted(zip(turns[::2], turns[1::2], strict=True), key=lambda run: min(run[0], len(spans) - run[1]))
    spans = spans.copy()
    for start, end in runs[1:]:
        spans[start:end] = line
    return spans


def _misfit(spans: NDArray[np.float64]) -> float:
    """How badly widths fit a thin line and, behind it, a head that narrows; either may be cut off."""
    best = math.inf
    places = np.arange(len(spans), dtype=float)
    for base in range(0, max(1, len(spans) - 2)):
        line, head = spans[:base], spans[base:]
        slope, start = np.polyfit(places[base:], head, 1)
        if slope > 0.05 or (base and line.mean() > 0.75 * (start + slope * base)):
            continue
        error = float(((head - start - slope * places[base:]) ** 2).sum())
        error += float(((line - np.median(line)) ** 2).sum()) if base else 0.0
        best = min(best, error)
    return best if math.isfinite(best) else 2.0 * float(((spans - spans.mean()) ** 2).sum()) + 1.0
