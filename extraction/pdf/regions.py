"""Which ink belongs to which caption.

Every caption looks up, down and to its sides, as far as running text, a heading or another caption lets it see. The
pieces of ink it sees there are a candidate. The best set of candidates of a page, one a caption and none sharing ink,
wins; a second round leans to the side on which most of the paper's captions of that kind stand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extraction.pdf.captions import Caption
from extraction.pdf.ink import PageInk, Piece
from extraction.pdf.layout import PageLayout
from extraction.pdf.model import Box
from extraction.pdf.rows import overlap, union

#: Sides of a caption on which its content may stand.
SIDES = ("above", "below", "left", "right")
_BEAM = 300
#: Points from a drawing to a word beside it, and what such a word is worth: it only decides between equals.
BESIDE, LABEL = 12.0, 0.005


@dataclass(frozen=True, slots=True)
class Candidate:
    side: str
    box: Box
    pieces: frozenset[int]
    value: float
    #: Whether what is seen is sure to be content: drawings for a figure, rules for a table.
    drawn: bool


@dataclass(frozen=True, slots=True)
class PageView:
    layout: PageLayout
    ink: PageInk
    captions: list[Caption]


def assign(views: Sequence[PageView]) -> list[list[Box | None]]:
    """For each page, the content's box of each of its captions; `None` where nothing was found."""
    candidates = [[_candidates(view, caption) for caption in view.captions] for view in views]
    first = [_best(view, choice, {}) for view, choice in zip(views, candidates, strict=True)]
    leaning = _leaning(views, first)
    second = [_best(view, choice, leaning) for view, choice in zip(views, candidates, strict=True)]
    return [[None if c is None else c.box for c in chosen] for chosen in second]


def _leaning(views: Sequence[PageView], chosen: Sequence[list[Candidate | None]]) -> dict[tuple[str, str], float]:
    """What it costs a caption of a kind to have its content on a side that this paper seldom uses."""
    counts: Counter[tuple[str, str]] = Counter()
    for view, candidates in zip(views, chosen, strict=True):
        for caption, candidate in zip(view.captions, candidates, strict=True):
            if candidate is not None and candidate.drawn:
                counts[(caption.kind, candidate.side)] += 1
    costs = {}
    for kind in ("figure", "table"):
        total = sum(counts[(kind, side)] for side in SIDES) + 2
        for side in SIDES:
            usual = 1.2 if (kind == "figure" and side == "above") or (kind == "table" and side in SIDES[:2]) else 0.1
            costs[(kind, side)] = -0.45 * math.log((counts[(kind, side)] + usual) / total)
    return costs


def _candidates(view: PageView, caption: Caption) -> list[Candidate]:
    layout = view.layout
    x0, _, x1, _ = caption.bbox
    bands = {layout.band(x0, x1), (0.0, layout.width)}
    if 100 < x1 - x0 < 0.55 * layout.width:
        # Text may run around a figure that is as wide as its caption.
        bands.add((x0 - 8, x1 + 8))
    found = []
    for band in bands:
        for side in ("above", "below"):
            found.extend(_seen(view, caption, _window(view, caption, band, side), side))
        if x1 - x0 < 0.62 * (band[1] - band[0]):
            for side in ("left", "right"):
                found.extend(_seen(view, caption, _side_window(view, caption, band, side), side))
    return found


def _seen(view: PageView, caption: Caption, window: Box, side: str) -> list[Candidate]:
    """All that a caption sees on a side, and the nearer parts of it where white space divides it.

    Between two captions may lie the content of both.
    """
    shares = [min(_shares(piece.bbox, window)) for piece in view.ink.pieces]
    inside = _near(view, caption, [index for index, share in enumerate(shares) if share >= 0.6], side)
    parts = [inside]
    if side in ("above", "below") and len(view.captions) > 1:
        parts += _nearer_parts(view, caption, inside, side)
    candidates = (_candidate(view, caption, part, shares, side) for part in parts)
    return [candidate for candidate in candidates if candidate is not None]


def _nearer_parts(view: PageView, caption: Caption, inside: list[int], side: str) -> list[list[int]]:
    boxes = {index: _from_caption(caption, view.ink.pieces[index].bbox, side) for index in inside}
    ordered = sorted(inside, key=lambda index: boxes[index][0])
    gaps: list[tuple[float, int]] = []
    reach = -1e9
    for place, index in enumerate(ordered):
        if place and boxes[index][0] - reach > 4:
            gaps.append((boxes[index][0] - reach, place))
        reach = max(reach, boxes[index][1])
    return [ordered[:place] for _, place in sorted(gaps, reverse=True)[:4]]


def _from_caption(caption: Caption, box: Box, side: str) -> tuple[float, float]:
    """Distance of a box's near and far edge from a caption, upwards or downwards."""
    if side == "above":
        return caption.bbox[1] - box[3], caption.bbox[1] - box[1]
    return box[1] - caption.bbox[3], box[3] - caption.bbox[3]


def _obstacles(view: PageView, caption: Caption) -> list[Box]:
    layout = view.layout
    rows = [*layout.body, *layout.headings, *(row for row in layout.furniture if row.direction == 0)]
    return [row.bbox for row in rows] + [other.bbox for other in view.captions if other is not caption]


def _window(view: PageView, caption: Caption, band: tuple[float, float], side: str) -> Box:
    """What a caption sees above or below itself."""
    x0, y0, x1, y1 = caption.bbox
    left, right = band
    for other in view.captions:
        # A neighbour on the same height has its own content: the space between is shared.
        if other is caption or overlap(other.bbox[1], other.bbox[3], y0, y1) <= 0:
            continue
        if other.bbox[0] >= x1 - 3:
            right = min(right, (x1 + other.bbox[0]) / 2)
        elif other.bbox[2] <= x0 + 3:
            left = max(left, (x0 + other.bbox[2]) / 2)
    seen = [box for box in _obstacles(view, caption) if overlap(box[0], box[2], left, right) > 4]
    if side == "above":
        top = max((box[3] for box in seen if (box[1] + box[3]) / 2 < y0), default=0.0)
        return left, top, right, y0
    bottom = min((box[1] for box in seen if (box[1] + box[3]) / 2 > y1), default=view.layout.height)
    return left, y1, right, bottom


def _side_window(view: PageView, caption: Caption, band: tuple[float, float], side: str) -> Box:
    x0, y0, x1, y1 = caption.bbox
    left, right = (band[0], x0) if side == "left" else (x1, band[1])
    middle = (y0 + y1) / 2
    seen = [box for box in _obstacles(view, caption) if overlap(box[0], box[2], left, right) > 4]
    if any(box[1] < y1 and box[3] > y0 for box in seen):
        return left, middle, right, middle
    top = max((box[3] for box in seen if box[3] <= middle), default=0.0)
    bottom = min((box[1] for box in seen if box[1] >= middle), default=view.layout.height)
    return left, top, right, bottom


def _candidate(
    view: PageView, caption: Caption, inside: Sequence[int], shares: Sequence[float], side: str
) -> Candidate | None:
    """Some pieces as the content of a caption; `shares` tells of every piece how much of it the caption sees."""
    if not inside:
        return None
    pieces = [view.ink.pieces[index] for index in inside]
    box = union(piece.bbox for piece in pieces)
    # Drawings that reach into the box from outside of what can be seen.
    cut = sum(
        (1 - share) * math.sqrt(_area(piece.bbox)) / 100
        for piece, share in zip(view.ink.pieces, shares, strict=True)
        if 0.05 < share < 0.95 and not piece.is_text and _meet(piece.bbox, box)
    )
    drawn = [piece for piece in pieces if not piece.is_text]
    rules = sum(1 for rule in view.layout.rules if _within(rule, box) and rule[2] - rule[0] > 0.5 * (box[2] - box[0]))
    value = math.sqrt(_area(union(piece.bbox for piece in drawn)) if drawn else 0.1 * _area(box)) / 100
    solid = sum(piece.graphic for piece in drawn)
    if caption.kind == "table":
        value += min(rules, 3) * 0.4
        sure = rules >= 2
        if rules == 0 and solid > 0.08 * _area(box):
            value *= 0.5
    else:
        sure = bool(drawn) and rules < 2
        if rules >= 2 and solid < 0.03 * _area(box):
            value *= 0.6
    value += LABEL * _labels_beside(pieces)
    gap = _distance(caption.bbox, box)
    value -= 0.012 * max(0.0, gap - 10) + 2.0 * cut
    if side in ("left", "right"):
        value -= 0.4
    return Candidate(side, box, frozenset(inside), value, sure) if value > 0 else None


def _labels_beside(pieces: Sequence[Piece]) -> int:
    """How many words stand right beside a drawing, as those of a legend do: without them it is cut short."""
    drawn = [piece.bbox for piece in pieces if not piece.is_text]
    return sum(
        any(
            overlap(text.bbox[1], text.bbox[3], box[1], box[3]) > 0.5 * (text.bbox[3] - text.bbox[1])
            and 0 <= max(text.bbox[0] - box[2], box[0] - text.bbox[2]) < BESIDE
            for box in drawn
        )
        for text in pieces
        if text.is_text
    )


def _near(view: PageView, caption: Caption, inside: list[int], side: str) -> list[int]:
    """The pieces that hang together with those next to the caption, stray text at the far end left out."""
    if side in ("left", "right"):
        return inside
    pieces = view.ink.pieces

    def near_edge(box: Box) -> float:
        return _from_caption(caption, box, side)[0]

    def far_edge(box: Box) -> float:
        return _from_caption(caption, box, side)[1]

    ordered = sorted(inside, key=lambda index: near_edge(pieces[index].bbox))
    has_drawing = any(not pieces[index].is_text for index in inside)
    reach = 0.0
    kept: list[int] = []
    for index in ordered:
        piece = pieces[index]
        gap = near_edge(piece.bbox) - reach
        if gap > (90 if not kept else 54 if not piece.is_text else 14):
            if not piece.is_text or not has_drawing:
                break
            continue
        kept.append(index)
        reach = max(reach, far_edge(piece.bbox))
    drawn = [index for index in kept if not pieces[index].is_text]
    if not drawn:
        return kept
    end = max(far_edge(pieces[index].bbox) for index in drawn)
    figure = caption.kind != "table"
    held: list[int] = []
    for index in kept:
        piece = pieces[index]
        near = near_edge(piece.bbox)
        if piece.is_text and near >= end + (9 if figure else 4):
            # Rows of a legend follow one another closely.
            rows = [pieces[other].bbox for other in held if pieces[other].is_text]
            if not figure or not any(_next_row(piece.bbox, row) for row in rows):
                continue
        held.append(index)
    return held


def _next_row(box: Box, row: Box) -> bool:
    """Whether a row of text begins where another one does, and stands right above or below it."""
    gap = max(box[1] - row[3], row[1] - box[3])
    return -1 < gap < 0.8 * (box[3] - box[1]) and abs(box[0] - row[0]) < 2


def _best(
    view: PageView, choice: list[list[Candidate]], leaning: Mapping[tuple[str, str], float]
) -> list[Candidate | None]:
    beam: list[tuple[float, tuple[Candidate | None, ...]]] = [(0.0, ())]
    for caption, candidates in zip(view.captions, choice, strict=True):
        grown: list[tuple[float, tuple[Candidate | None, ...]]] = []
        for score, chosen in beam:
            grown.append((score - 0.8, (*chosen, None)))
            for candidate in candidates:
                if any(other is not None and _collide(candidate, other) for other in chosen):
                    continue
                cost = leaning.get((caption.kind, candidate.side), 0.0)
                grown.append((score + candidate.value - cost, (*chosen, candidate)))
        beam = sorted(grown, key=lambda entry: -entry[0])[:_BEAM]
    drawings = _drawings(view, choice)

    def total(entry: tuple[float, tuple[Candidate | None, ...]]) -> float:
        score, chosen = entry
        claimed = frozenset().union(*(candidate.pieces for candidate in chosen if candidate is not None))
        return score - sum(size for index, size in drawings.items() if index not in claimed)

    return list(max(beam, key=total)[1])


def _drawings(view: PageView, choice: list[list[Candidate]]) -> dict[int, float]:
    """What it costs to leave a drawing to no caption, by piece, for those that some caption sees."""
    seen = {index for candidates in choice for candidate in candidates for index in candidate.pieces}
    costs = {}
    for index in seen:
        piece = view.ink.pieces[index]
        if not piece.is_text and _area(piece.bbox) > 900:
            costs[index] = 0.7 * math.sqrt(_area(piece.bbox)) / 100
    return costs


def _meet(a: Box, b: Box) -> bool:
    return overlap(a[0], a[2], b[0], b[2]) > 1 and overlap(a[1], a[3], b[1], b[3]) > 1


def _collide(a: Candidate, b: Candidate) -> bool:
    if a.pieces & b.pieces:
        return True
    wide = overlap(a.box[0], a.box[2], b.box[0], b.box[2])
    tall = overlap(a.box[1], a.box[3], b.box[1], b.box[3])
    return wide > 6 and tall > 6


def _shares(box: Box, window: Box) -> tuple[float, float]:
    """How much of a box's width and height lies in the window, 0 to 1."""
    x = max(0.0, overlap(box[0], box[2], window[0], window[2])) / max(box[2] - box[0], 0.1)
    y = max(0.0, overlap(box[1], box[3], window[1], window[3])) / max(box[3] - box[1], 0.1)
    return x, y


def _within(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - 2 and inner[1] >= outer[1] - 2 and inner[2] <= outer[2] + 2 and inner[3] <= outer[3] + 2
    )


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _distance(a: Box, b: Box) -> float:
    dx = max(0.0, -overlap(a[0], a[2], b[0], b[2]))
    dy = max(0.0, -overlap(a[1], a[3], b[1], b[3]))
    return math.hypot(dx, dy)
