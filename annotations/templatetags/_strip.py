"""The strip: a network as one row of marks, its height and form by layer family, arcs for what skips.

Pure functions from a graph to an SVG drawing. `draw` orders the layers as data flows, folds what repeats where there
are many, and hands over families and numbers only: no text of the flow ever reaches the markup.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.model import Flow

#: More marks than this and repeats are folded.
LONG = 60
#: Below this confidence a layer is in doubt.
SURE = 0.8

STEP = 8
BASELINE = 24
ARC_FOOT = 7
ARC_MAX_RISE = 20.0
GAP = 6
LABEL_WIDTH_A_SIGN = 7
MAX_ARCS = 60
MAX_REPEAT = 100

#: One path a form, drawn in a cell of 8 by 24, standing on the base line.
FORMS: Mapping[str, str] = {
    "conv": "M{x1} 8h6v16h-6z",
    "pool": "M{x05} 15h7l-1.7 9h-3.6z",
    "up": "M{x05} 24h7l-1.7-9h-3.6z",
    "dense": "M{x25} 5.5a1.5 1.5 0 0 1 3 0v18.5h-3z",
    "shape": "M{x1} 18.5h6v5.5h-6z",
    "norm": "M{x05} 24c2 0 2.1-9 3.5-9s1.5 9 3.5 9z",
    "act": "M{x05} 24v-1.6h2.7l3-8.4 1.5.6-3.4 9.4z",
    "rec": "M{x1} 9h6v15h-6zm2 3v3.5h2v-3.5zm0 6v3.5h2v-3.5z",
    "attn": "M{x4} 10l3.8 7-3.8 7-3.8-7zm0 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "merge": "M{x4} 16.8a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2zm0 1.9a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4z",
    "io": "M{x1} 17h3.4l3 3.5-3 3.5h-3.4z",
    "block": "M{x1} 10h6v14h-6zm1.4 1.4v11.2h3.2v-11.2z",
    "unknown": (
        "M{x1} 10h2.2v1.4h-.8v2.6h-1.4zm3.8 0h2.2v4h-1.4v-2.6h-.8z"
        "m-3.8 10h1.4v2.6h.8v1.4h-2.2zm4.6 0h1.4v4h-2.2v-1.4h.8z"
    ),
}

#: How a screen reader names the families, one and many.
FAMILY_WORDS: Mapping[str, str] = {
    "conv": "convolution",
    "pool": "pooling",
    "dense": "dense",
    "norm": "normalisation",
    "act": "activation",
    "rec": "recurrent",
    "attn": "attention",
    "merge": "merge",
    "io": "input or output",
    "block": "block",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One layer of the row. Marks with equal `likeness` fold together."""

    form: str
    likeness: tuple[str, ...] = ()
    doubt: bool = False

    @property
    def family(self) -> str:
        return {"up": "pool", "shape": "dense", "unknown": "block"}.get(self.form, self.form)


@dataclass(frozen=True, slots=True)
class Fold:
    """`length` marks from `start` stand for `times` equal runs."""

    start: int
    length: int
    times: int


@dataclass(frozen=True, slots=True)
class Arc:
    source: int
    target: int

    @property
    def back(self) -> bool:
        return self.target <= self.source


@dataclass(frozen=True, slots=True)
class Row:
    """The row before it is drawn: marks in order, what skips, what was folded."""

    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...] = ()
    folds: tuple[Fold, ...] = ()
    #: First marks of the 2nd and later networks of the flow.
    starts: frozenset[int] = frozenset()
    #: How many layers the row stands for.
    layers: int = 0


def form_of(type_name: str) -> str:
    """The form of a layer type; a type that the catalogue lacks is an open question."""
    name = canonical_type(type_name)
    if name is None or name == "Unknown":
        return "unknown"
    if name.startswith(("UpSampling", "ZeroPadding", "Resizing")):
        return "up"
    if name in ("Flatten", "Reshape", "Permute", "RepeatVector"):
        return "shape"
    return str(CATALOGUE[name].family)


def from_flow(flow: Flow) -> Row:
    """The row of a flow: further operations of a box are marks of their own, a printed repeat is drawn out."""
    place = {layer.id: i for i, layer in enumerate(flow.layers)}
    marks = []
    for layer in flow.layers:
        doubt = layer.confidence is not None and layer.confidence < SURE
        own = Mark(form_of(layer.type), (layer.type, *(f"{k}={layer.params[k]}" for k in sorted(layer.params))), doubt)
        box = [own, *(Mark(form_of(name), (name,), doubt) for name in layer.also)]
        repeat = layer.params.get("repeat", 1)
        marks.append(box * (min(repeat, MAX_REPEAT) if isinstance(repeat, int) and repeat > 1 else 1))
    return arrange(marks, [(place[c.source], place[c.target]) for c in flow.connections])


def from_outline(outline: Mapping[str, Any]) -> Row:
    """The row of an outline (`extraction.outline`): layers in order, and which connections skip."""
    marks = tuple(Mark(form_of(name), (name,)) for name in outline["types"])
    arcs = {Arc(source, target) for source, target in outline["skips"]}
    return Row(marks, tuple(sorted(arcs, key=_arc_order)), layers=outline["count"])


def arrange(marks: Sequence[Sequence[Mark]], edges: Sequence[tuple[int, int]]) -> Row:
    """Put layers in the order in which data flows.

    `marks` holds for each layer its own mark and those of the further operations in its box; `edges` are indices of
    layers. A chain stays together: what follows the layer just placed comes next if all its inputs stand. Where a
    cycle leaves no layer ready, the first one that is left goes on.
    """
    count = len(marks)
    following: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    joined = list(range(count))

    def root(i: int) -> int:
        while joined[i] != i:
            joined[i] = joined[joined[i]]
            i = joined[i]
        return i

    for source, target in edges:
        joined[max(root(source), root(target))] = min(root(source), root(target))
        if source != target:
            following[source].append(target)
            waiting[target] += 1
    ready = [(root(i), i) for i in range(count) if not waiting[i]]
    heapq.heapify(ready)
    left = dict.fromkeys(range(count))
    order: list[int] = []
    while left:
        after = [i for i in following[order[-1]] if i in left and waiting[i] <= 0] if order else []
        if after:
            chosen = min(after)
        else:
            while ready and ready[0][1] not in left:
                heapq.heappop(ready)
            chosen = heapq.heappop(ready)[1] if ready else next(iter(left))
        del left[chosen]
        order.append(chosen)
        for i in following[chosen]:
            waiting[i] -= 1
            if waiting[i] == 0:
                heapq.heappush(ready, (root(i), i))

    row: list[Mark] = []
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    starts: set[int] = set()
    for place, i in enumerate(order):
        if place and root(i) != root(order[place - 1]):
            starts.add(len(row))
        first[i] = len(row)
        row.extend(marks[i])
        last[i] = len(row) - 1
    arcs = {Arc(last[s], first[t]) for s, t in edges if first[t] != last[s] + 1}
    return Row(tuple(row), tuple(sorted(arcs, key=_arc_order)), starts=frozenset(starts), layers=count)


def fold(row: Row, limit: int = LONG) -> Row:
    """Fold repeats where the row is longer than `limit`: first what is equal, then what is alike by form."""
    if len(row.marks) <= limit:
        return row
    folded = _folded(row, [mark.likeness for mark in row.marks])
    if len(folded.marks) > limit:
        loose = _folded(row, [(mark.form,) for mark in row.marks])
        folded = min(folded, loose, key=lambda option: len(option.marks))
    return folded


def _folded(row: Row, keys: Sequence[tuple[str, ...]]) -> Row:
    kept: list[int] = []
    stands_at: dict[int, int] = {}
    folds: list[Fold] = []
    at = 0
    while at < len(keys):
        length, times = _repeat(keys, at, row.starts)
        if times > 1:
            folds.append(Fold(len(kept), length, times))
        for run in range(times):
            for offset in range(length):
                stands_at[at + run * length + offset] = len(kept) + offset
        kept.extend(range(at, at + length))
        at += length * times
    inside = {place: number for number, f in enumerate(folds) for place in range(f.start, f.start + f.length)}
    arcs = set()
    for arc in row.arcs:
        moved = Arc(stands_at[arc.source], stands_at[arc.target])
        # An arc from one run into the next has no place of its own once they are one.
        same_fold = moved.source in inside and inside[moved.source] == inside.get(moved.target)
        crosses_runs = same_fold and moved.target - moved.source != arc.target - arc.source
        if not crosses_runs and moved.target != moved.source + 1 and moved.source != moved.target:
            arcs.add(moved)
    return replace(
        row,
        marks=tuple(row.marks[i] for i in kept),
        arcs=tuple(sorted(arcs, key=_arc_order)),
        folds=tuple(folds),
        starts=frozenset(stands_at[i] for i in row.starts),
    )


def _repeat(keys: Sequence[tuple[str, ...]], at: int, starts: frozenset[int], longest: int = 40) -> tuple[int, int]:
    """Length and number of the equal runs from `at` that save most marks; (1, 1) where nothing repeats."""
    best = (1, 1)
    for length in range(1, min(longest, (len(keys) - at) // 2) + 1):
        run = keys[at : at + length]
        times = 1
        while keys[at + times * length : at + (times + 1) * length] == run:
            times += 1
        while times > 1 and any(at < start < at + length * times for start in starts):
            times -= 1
        saved = (times - 1) * length
        # A fold needs a label of about three marks: less saving than that isn't worth it.
        if saved > max(3, (best[1] - 1) * best[0]):
            best = (length, times)
    return best


def svg(row: Row, *, doubts: bool = False) -> str:
    """The drawing. With `doubts`, layers read with little confidence stand on the marker."""
    if not row.marks:
        return ""
    left: list[float] = []
    x = 0.0
    labels = {f.start + f.length - 1: f for f in row.folds}
    texts: list[str] = []
    for i in range(len(row.marks)):
        if i in row.starts:
            x += GAP
        left.append(x)
        x += STEP
        if i in labels:
            label = f"×{labels[i].times}"
            texts.append(f'<text x="{_n(x + 3)}" y="{BASELINE}">{label}</text>')
            x += 6 + LABEL_WIDTH_A_SIGN * len(label)
    width = x
    parts: list[str] = []
    if doubts:
        parts.extend(
            f'<rect class="in-doubt" x="{_n(left[i])}" y="{BASELINE + 1}" width="{STEP}" height="3"/>'
            for i, mark in enumerate(row.marks)
            if mark.doubt
        )
    parts.append(_base_line(row, left, width))
    parts.extend(_shapes(row, left))
    arcs, rise = _arcs(row, left)
    parts.extend(arcs)
    for f in row.folds:
        from_x, to_x = left[f.start] + 1, left[f.start + f.length - 1] + STEP - 1
        parts.append(f'<path class="fold" d="M{_n(from_x)} {BASELINE + 3.5}H{_n(to_x)}"/>')
    parts.extend(texts)
    top = -max(3, round(rise))
    back = 8 if any(arc.back for arc in row.arcs) else 0
    height = BASELINE - top + 5 + back
    return (
        f'<svg class="strip" role="img" aria-label="{describe(row)}" width="{_n(width)}" height="{height}" '
        f'viewBox="0 {top} {_n(width)} {height}" preserveAspectRatio="xMinYMax meet">{"".join(parts)}</svg>'
    )


def describe(row: Row) -> str:
    """What the strip shows, in words: "33 layers: 19 convolution, 4 pooling, 4 merge; 4 skip connections"."""
    counts: Counter[str] = Counter()
    times = {place: f.times for f in row.folds for place in range(f.start, f.start + f.length)}
    for i, mark in enumerate(row.marks):
        counts[mark.family] += times.get(i, 1)
    families = ", ".join(f"{n} {FAMILY_WORDS[family]}" for family, n in counts.most_common())
    text = f"{row.layers:,} layer{'s' if row.layers != 1 else ''}: {families}"
    skips = sum(not arc.back for arc in row.arcs)
    if skips:
        text += f"; {skips} connection{'s' if skips != 1 else ''} skip{'' if skips != 1 else 's'} layers"
    return text


def _base_line(row: Row, left: Sequence[float], width: float) -> str:
    ends = [left[start] - GAP for start in sorted(row.starts)] + [width]
    begins = [0.0] + [left[start] for start in sorted(row.starts)]
    path = "".join(f"M{_n(a)} {BASELINE + 0.5}H{_n(b)}" for a, b in zip(begins, ends, strict=True))
    return f'<path class="base" d="{path}"/>'


def _shapes(row: Row, left: Sequence[float]) -> list[str]:
    """One path a form: a strip of a hundred layers is still a dozen elements."""
    paths: dict[tuple[str, str], list[str]] = {}
    for i, mark in enumerate(row.marks):
        x = left[i]
        form = FORMS[mark.form].format(x05=_n(x + 0.5), x1=_n(x + 1), x25=_n(x + 2.5), x4=_n(x + 4))
        paths.setdefault((mark.family, mark.form), []).append(form)
    return [
        f'<path class="f-{family}" fill-rule="evenodd" d="{"".join(forms)}"/>'
        for (family, _), forms in sorted(paths.items())
    ]


def _arcs(row: Row, left: Sequence[float]) -> tuple[list[str], float]:
    """The arcs, the nearest first, and how far the highest one rises above the row."""
    parts = []
    highest = 0.0
    for arc in row.arcs[:MAX_ARCS]:
        a, b = left[arc.source] + STEP / 2, left[arc.target] + STEP / 2
        if arc.back:
            parts.append(
                f'<path class="arc back" d="M{_n(a)} {BASELINE + 2}C{_n(a)} {BASELINE + 10} {_n(b)} {BASELINE + 10} '
                f'{_n(b)} {BASELINE + 2}"/>'
            )
            continue
        rise = min(ARC_MAX_RISE, 4 + (b - a) * 0.1)
        highest = max(highest, rise * 0.75 - ARC_FOOT)
        y = ARC_FOOT - rise
        parts.append(f'<path class="arc" d="M{_n(a)} {ARC_FOOT}C{_n(a)} {_n(y)} {_n(b)} {_n(y)} {_n(b)} {ARC_FOOT}"/>')
    return parts, highest + 1


def _arc_order(arc: Arc) -> tuple[int, int, int]:
    return abs(arc.target - arc.source), arc.source, arc.target


def _n(value: float) -> str:
    return f"{value:g}"
