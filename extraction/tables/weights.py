"""Weights as programs store them: "64 × 3 × 5 × 5" of a convolution, "conv1.weight" and "conv1.bias" of one layer."""

from __future__ import annotations

import re
from itertools import pairwise

from extraction.tables.prepare import Rows
from extraction.tables.spec import MAX_KERNEL

_WEIGHTS = re.compile(r"(\d{1,5})x(\d{1,5})x(\d{1,2})x(\d{1,2})")
_OF_LAYER = re.compile(r"(?:\w+\.)*?(\w+)\.weights?")
_BIAS = re.compile(r"(?:\w+\.)*\w+\.bias(?:es)?")


def with_weights(rows: Rows) -> Rows:
    """The rows with a layer a row, kernels before what goes in and comes out, as other tables have them."""
    rows = _layers(rows)
    for column in range(len(rows[0]) if rows else 0):
        found = [match for row in rows[1:] if (match := _WEIGHTS.fullmatch(row[column]))]
        if len(found) < 2 or any(max(int(m[3]), int(m[4])) > MAX_KERNEL for m in found):
            continue
        pairs = [(int(match[1]), int(match[2])) for match in found]
        if sum(min(pair) > MAX_KERNEL for pair in pairs) < len(pairs) / 2:
            continue  # sizes of volumes
        # What goes in comes from the layer before; PyTorch puts what comes out first.
        last = sum(a[1] == b[0] for a, b in pairwise(pairs))
        first = sum(a[0] == b[1] for a, b in pairwise(pairs))
        order = r"\3x\4x\1x\2" if last > first else r"\3x\4x\2x\1"
        spelled = [_WEIGHTS.sub(order, row[column]) if _WEIGHTS.fullmatch(row[column]) else row[column] for row in rows]
        return [
            [*row[:column], "Kernel" if place == 0 else text, *row[column + 1 :]]
            for place, (row, text) in enumerate(zip(rows, spelled, strict=True))
        ]
    return rows


def _layers(rows: Rows) -> Rows:
    """Without rows of biases; weights are called after their layer."""
    if sum(bool(_OF_LAYER.fullmatch(row[0])) for row in rows) < 2:
        return rows
    heads = [["Layer", *row[1:]] for row in rows[:1]]
    return [*heads, *([_OF_LAYER.sub(r"\1", row[0]), *row[1:]] for row in rows[1:] if not _BIAS.fullmatch(row[0]))]
