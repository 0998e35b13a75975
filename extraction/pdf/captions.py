"""Captions: which rows say "Figure 3: …", and how far each caption goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from extraction.pdf.layout import PageLayout
from extraction.pdf.model import Box
from extraction.pdf.rows import Row, overlap, union

_LABEL = re.compile(
    r"^(?P<word>(?P<figure>Fig(?:ure|\.)?|FIG(?:URE|\.)?)|Table|TABLE|Tab\.|TAB\.)\s*"
    r"(?P<number>[A-Z]{0,2}[.-]?\d{1,3}(?:\.\d{1,2})?[a-z]?|[IVXL]{1,6}|[A-H])(?P<mark>\s?[:.|]|\s?[-–—](?=\s)|\)|)(?=\s|$|[A-Z(])"
)

_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ROMAN = {"X" * (n // 10) + _ONES[n % 10]: str(n) for n in range(1, 40)}


@dataclass(frozen=True, slots=True)
class Caption:
    kind: Literal["figure", "table"]
    number: str
    page: int
    bbox: Box
    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Start:
    kind: Literal["figure", "table"]
    number: str
    word: str
    mark: str
    row: Row
    page: int
    #: Whether the row carries on a paragraph above it.
    carries_on: bool
    #: Whether the label stands alone, as "TABLE II" over its title does.
    alone: bool

    @property
    def look(self) -> tuple[str, str, bool]:
        return (self.word, self.mark, bool(self.row.first and self.row.first.bold))


def find_captions(layouts: Sequence[PageLayout]) -> list[Caption]:
    """The captions of a paper, the look that its captions share preferred where rows compete for a number.

    Takes the rows it uses out of `body`, `headings` and `other` of the layouts.
    """
    starts = [start for layout in layouts for start in _starts(layout)]
    looks: Counter[tuple[str, tuple[str, str, bool]]] = Counter()
    for kind, look in {(s.kind, s.number, s.look): (s.kind, s.look) for s in starts if not s.carries_on}.values():
        looks[(kind, look)] += 1
    best: dict[tuple[str, str], _Start] = {}
    for start in starts:
        if _is_label(start, looks):
            rival = best.setdefault((start.kind, start.number), start)
            if _rank(start, looks) > _rank(rival, looks):
                best[(start.kind, start.number)] = start
    chosen = [
        start
        for start in starts
        if _is_label(start, looks)
        and (rival := best[(start.kind, start.number)])
        # The same number on another page in the same look is a second caption: an appendix counts anew.
        and (start is rival or (start.page != rival.page and _rank(start, looks)[:2] == _rank(rival, looks)[:2]))
    ]
    captions = []
    for layout in layouts:
        here = [start for start in chosen if start.page == layout.number]
        labels = {id(start.row) for start in here}
        taken: set[int] = set()
        for start in sorted(here, key=lambda s: (s.row.y0, s.row.x0)):
            rows = _extent(start, layout, labels | taken)
            taken.update(id(row) for row in rows)
            captions.append(_caption(start, rows))
        for role in (layout.body, layout.headings, layout.other):
            role[:] = [row for row in role if id(row) not in taken]
    return _counted(captions)


def _counted(captions: Sequence[Caption]) -> list[Caption]:
    """Roman numbers in Arabic figures: "TABLE IV" is Table 4, by which name everyone asks for it.

    A lone "C" or "D" is a letter, so numbers are Roman where the paper has a "I" and nothing that is none.
    """
    done = list(captions)
    for kind in ("figure", "table"):
        numbers = {caption.number for caption in captions if caption.kind == kind}
        letters = {number for number in numbers if number.isalpha()}
        if "I" in letters and letters <= _ROMAN.keys() and not numbers & {_ROMAN[number] for number in letters}:
            done = [
                replace(caption, number=_ROMAN.get(caption.number, caption.number)) if caption.kind == kind else caption
                for caption in done
            ]
    return done


def _starts(layout: PageLayout) -> list[_Start]:
    found = []
    body = {id(row) for row in layout.body}
    level = [row for row in layout.rows if row.direction == 0]
    for row in level:
        match = _LABEL.match(row.text)
        if not match:
            continue
        word = match["word"]
        above = [
            other
            for other in level
            if id(other) in body
            and other is not row
            and 0 < row.baseline - other.baseline < 1.5 * row.size
            and abs(other.x0 - row.x0) < 25
            and overlap(row.x0, row.x1, other.x0, other.x1) > 0
            and abs(other.size - row.size) < 0.8
            and other.style.bold == row.style.bold
        ]
        # "… is shown in / Table 2. As can be seen …": the sentence before is not at its end.
        if any(other.text[-1] not in ".:!?" for other in above):
            continue
        # "Table 2 shows …" opens a paragraph.
        if not match["mark"] and row.text[match.end() :].strip()[:1].islower():
            continue
        found.append(
            _Start(
                kind="figure" if match["figure"] else "table",
                number=match["number"].strip(".-"),
                word=word,
                mark=match["mark"].strip(),
                row=row,
                page=layout.number,
                carries_on=bool(above),
                alone=match.end() >= len(row.text.rstrip()),
            )
        )
    return found


def _is_label(start: _Start, looks: Counter[tuple[str, tuple[str, str, bool]]]) -> bool:
    common = looks[(start.kind, start.look)]
    best = max((count for (kind, _), count in looks.items() if kind == start.kind), default=0)
    if start.mark in (":", "|", "–", "—", "-") or start.alone:
        return True
    if start.carries_on and common < 2:
        return False
    if start.mark == ".":
        return not start.carries_on or common >= max(2, best / 2)
    distinct = bool(start.row.first and start.row.first.bold) or start.word.isupper()
    return not start.carries_on and common >= max(1, best / 2) and (distinct or common >= 2)


def _rank(start: _Start, looks: Counter[tuple[str, tuple[str, str, bool]]]) -> tuple[bool, int, int]:
    return not start.carries_on, looks[(start.kind, start.look)], -start.page


def _extent(start: _Start, layout: PageLayout, barred: set[int]) -> list[Row]:
    """The label's row and the rows that carry it on."""
    rows = [start.row]
    last = start.row
    level = sorted((row for row in layout.rows if row.direction == 0), key=lambda row: row.y0)
    band = layout.band(start.row.x0, start.row.x1)
    pitch: float | None = None
    headings = {id(row) for row in layout.headings}
    while len(rows) < 60:
        # A label that stands alone has its title below, often in smaller capitals.
        reach = 2.5 if start.alone and len(rows) == 1 else 0.8
        follower = _next(last, rows, level, barred | headings, band, reach)
        if follower is None or _parted(last, follower, layout.rules):
            break
        step = follower.baseline - last.baseline
        size = max(start.row.size, 1.0)
        if pitch is None:
            if step > (2.4 if start.alone else 1.75) * size:
                break
            pitch = step
        elif step > pitch + max(1.2, 0.14 * size):
            break
        rows.append(follower)
        last = follower
    return rows + _pieces(rows, level, barred)


def _parted(row: Row, follower: Row, rules: Sequence[Box]) -> bool:
    """Whether a rule runs between two rows."""
    return any(
        row.y1 - 3 <= (rule[1] + rule[3]) / 2 <= follower.y0 + 3
        and overlap(rule[0], rule[2], follower.x0, follower.x1) > 0.5 * follower.width
        for rule in rules
    )


def _pieces(rows: list[Row], level: list[Row], barred: set[int]) -> list[Row]:
    """What a wide gap cut off a row of the caption."""
    inside = {id(row) for row in rows} | barred
    x0, y0, x1, y1 = union(row.bbox for row in rows)
    first = rows[0]
    found = []
    for row in level:
        middle = (row.y0 + row.y1) / 2
        if id(row) in inside or abs(row.size - first.size) > 1.1:
            continue
        within = y0 < middle < y1 and overlap(row.x0, row.x1, x0, x1) > 0.5 * row.width
        beside = abs(row.y0 - first.y0) < 2 and 0 <= row.x0 - first.x1 < 2.2 * first.size and len(first.text) < 15
        if within or beside:
            found.append(row)
    return found


def _next(
    last: Row, rows: list[Row], level: list[Row], barred: set[int], band: tuple[float, float], reach: float
) -> Row | None:
    """The nearest row below that belongs to the same block of text; its size differs by no more than `reach`."""
    block = union(row.bbox for row in rows)
    inside = {id(row) for row in rows}
    best = None
    for row in level:
        middle = (row.y0 + row.y1) / 2
        if middle <= last.y1 - 1 or row.y0 - last.y1 > 1.2 * last.size:
            continue
        if id(row) in inside or overlap(row.x0, row.x1, block[0], block[2]) <= 0:
            continue
        if row.x0 < band[0] - 2 or row.x1 > band[1] + 2:
            continue
        if best is None or row.y0 < best.y0 - 2:
            best = row
    if best is None or id(best) in barred:
        return None
    if any(
        # Words far off on the same height, within the block: the row of a table.
        other is not best
        and abs(other.baseline - best.baseline) < 2
        and 1.5 * best.size < other.x0 - best.x1
        and other.x1 < max(block[2], band[0] + 10) + 4
        for other in level
    ):
        return None
    if min(abs(best.size - rows[-1].size), abs(best.size - rows[0].size)) > reach:
        return None
    left = abs(best.x0 - block[0]) < 26 or best.x0 > block[0]
    centred = abs((best.x0 + best.x1) - (block[0] + block[2])) < 12
    if not (left or centred):
        return None
    # A row that goes beyond the block on the right belongs to something else, unless the block is one short label.
    if len(rows) > 1 and best.x1 > block[2] + 8 and not centred:
        return None
    return best


def _caption(start: _Start, rows: list[Row]) -> Caption:
    rows = sorted(rows, key=lambda row: (round((row.y0 + row.y1) / 6), row.x0))
    return Caption(
        kind=start.kind,
        number=start.number,
        page=start.page,
        bbox=union(row.bbox for row in rows),
        text=" ".join(row.text for row in rows),
        rows=tuple(rows),
    )
