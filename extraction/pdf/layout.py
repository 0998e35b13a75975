"""What role each row plays on its page: running text, heading, header or footer, or none of these.

Running text is what fills the columns of the paper in the styles that prose is set in. Whatever is left over may
belong to a figure, a table or a formula.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extraction.pdf.model import Box
from extraction.pdf.rows import Row, Style, joined, overlap

_HEADING = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,4}\.|[A-H](?:\.\d{1,2}){0,2}\.?|Appendix\b.*)\s+[A-Z]"
    r"|^(?:\d\.?\s+)?(?:Abstract|References|Acknowledge?ments?|Introduction|Conclusions?|Discussion|Related Work"
    r"|Appendix|Supplementary Materials?|Experiments|Results|Bibliography|Keywords)\b[^a-z]{0,3}$",
    re.IGNORECASE,
)
#: Two captions of parts, side by side.
_SUB_CAPTIONS = re.compile(r"^\(([a-h])\)\s.*\([b-i]\)\s")
_NUMBERED = re.compile(r"\d+")

#: Text with numbers blotted out, height, left edge, both coarse.
_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Column:
    x0: float
    x1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0


@dataclass(slots=True)
class PageLayout:
    number: int
    width: float
    height: float
    rows: list[Row]
    #: Horizontal rules that may belong to a figure or table, and those that belong to the page.
    rules: list[Box] = field(default_factory=list)
    page_rules: list[Box] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    #: Middles of the gutters between columns that stand side by side; empty on a one-column page.
    gutters: list[float] = field(default_factory=list)
    body: list[Row] = field(default_factory=list)
    headings: list[Row] = field(default_factory=list)
    furniture: list[Row] = field(default_factory=list)
    other: list[Row] = field(default_factory=list)

    def band(self, x0: float, x1: float) -> tuple[float, float]:
        """The column, from gutter to gutter or page edge, that holds a stretch; the whole page if it crosses one."""
        edges = [0.0, *self.gutters, self.width]
        for left, right in pairwise(edges):
            if x0 >= left - 4 and x1 <= right + 4:
                return left, right
        return 0.0, self.width


def lay_out(
    sizes: Sequence[tuple[float, float]],
    pages: Sequence[list[Row]],
    rules: Sequence[list[Box]],
    frames: Sequence[list[Box]],
) -> tuple[list[PageLayout], Style]:
    """Give every row its role. Also returns the style that most of the text is set in.

    Args:
        sizes: width and height of each page.
        pages: each page's rows.
        rules: each page's horizontal rules.
        frames: each page's drawn boxes, large enough to hold text; what they hold is no running text.
    """
    body_style = _body_style(pages)
    prose = _prose_styles(pages, body_style)
    everywhere = _columns([row for rows in pages for row in rows if row.style in prose], share=0.06, least=6)
    repeated = _repeated(sizes, pages)
    layouts = []
    for number, (size, rows) in enumerate(zip(sizes, pages, strict=True), start=1):
        layout = PageLayout(number, size[0], size[1], rows)
        widths = [column.width for column in everywhere]
        here = [
            column
            for column in _columns([row for row in rows if row.style in prose], share=0.1, least=4)
            # A table's cells align, too, but not in the widths that the paper's text has.
            if any(abs(column.width - width) < 6 for width in widths) or not widths
        ]
        layout.columns = here + [
            column
            for column in everywhere
            if not any(abs(column.x0 - c.x0) < 5 and abs(column.x1 - c.x1) < 5 for c in here)
        ]
        layout.gutters = _gutters(layout.columns, here or everywhere)
        _assign(layout, prose, body_style, repeated, frames[number - 1], rules[number - 1])
        if number == 1:
            _take_front_matter(layout)
        for rule in rules[number - 1]:
            belongs = _under_head(layout, rule) or _over_footnotes(layout, rule, rules[number - 1], body_style)
            (layout.page_rules if belongs else layout.rules).append(rule)
        layouts.append(layout)
    return layouts, body_style


def _body_style(pages: Sequence[list[Row]]) -> Style:
    counts: Counter[Style] = Counter()
    for rows in pages:
        for row in rows:
            if row.direction == 0:
                counts[row.style] += len(row.text)
    return counts.most_common(1)[0][0] if counts else Style("", 10.0)


def _prose_styles(pages: Sequence[list[Row]], body: Style) -> set[Style]:
    """Styles that fill long rows often: the body's own, footnotes', the references', an abstract's italics."""
    counts: Counter[Style] = Counter()
    for rows in pages:
        for row in rows:
            if row.direction == 0 and row.width > 12 * row.size and len(row.text) > 25:
                counts[row.style] += 1
    total = sum(counts.values())
    return {style for style, count in counts.items() if count >= max(4, 0.012 * total)} | {body}


def _columns(rows: Sequence[Row], share: float, least: int) -> list[Column]:
    """Left and right edges that many rows have in common."""
    wide = [row for row in rows if row.direction == 0 and row.width > 80 and wordy(row)]
    clusters: list[list[Row]] = []
    for row in sorted(wide, key=lambda row: (round(row.x0 / 3), row.x1)):
        for cluster in reversed(clusters[-6:]):
            if abs(cluster[0].x0 - row.x0) <= 2.5 and abs(cluster[0].x1 - row.x1) <= 2.5:
                cluster.append(row)
                break
        else:
            clusters.append([row])
    limit = max(least, share * len(wide))
    columns = [
        Column(sorted(r.x0 for r in c)[len(c) // 2], sorted(r.x1 for r in c)[len(c) // 2])
        for c in sorted(clusters, key=len, reverse=True)
        if len(c) >= limit
    ]
    return [column for column in columns if column.width > 0.5 * columns[0].width]


def _gutters(columns: Sequence[Column], main: Sequence[Column]) -> list[float]:
    """Where two columns stand beside each other and no wide text crosses."""
    gutters: list[float] = []
    for a in columns:
        for b in columns:
            if (a in main or b in main) and 4 < b.x0 - a.x1 < 60 and 0.7 < a.width / b.width < 1.4:
                middle = (a.x1 + b.x0) / 2
                if not any(abs(middle - g) < 15 for g in gutters):
                    gutters.append(middle)
    return sorted(gutters)


def _repeated(sizes: Sequence[tuple[float, float]], pages: Sequence[list[Row]]) -> set[_Place]:
    """Text and place of rows that come again on other pages at the same place: running heads and feet."""
    seen: defaultdict[_Place, set[int]] = defaultdict(set)
    for number, ((_, height), rows) in enumerate(zip(sizes, pages, strict=True)):
        for row in rows:
            if row.y1 < 0.12 * height or row.y0 > 0.88 * height:
                for step in (-1, 0, 1):
                    seen[_place(row, step)].add(number)
    # Heads of left and right pages differ; a table's header may come again at the top of two pages or three.
    need = 2 if len(pages) < 6 else max(3, round(0.3 * len(pages)))
    return {place for place, numbers in seen.items() if len(numbers) >= need}


def _place(row: Row, step: int = 0) -> _Place:
    text = _NUMBERED.sub("#", row.text).strip()
    # Page numbers stand left and right by turns, words where they stood before.
    return text, round(row.y0 / 3) + step, -1 if len(text) < 4 else round(row.x0 / 12)


def _is_furniture(layout: PageLayout, row: Row, repeated: set[_Place]) -> bool:
    edge = row.y1 < 0.12 * layout.height or row.y0 > 0.88 * layout.height
    if row.direction != 0:
        # A stamp in the margin ("arXiv:…") stands outside the columns.
        left = min((column.x0 for column in layout.columns), default=0.0)
        return len(row.text) > 12 and (row.x1 < left or row.x0 > layout.width - 30)
    if not edge:
        return False
    if _place(row) in repeated and not _amid_digits(row, layout):
        return True
    lone = len(row.text) <= 4 and row.text.strip("-– ").isdigit()
    return lone and (row.y1 < 0.09 * layout.height or row.y0 > 0.9 * layout.height)


def _amid_digits(row: Row, layout: PageLayout) -> bool:
    """Whether a bare number stands further in than other rows: one of a table or a plot, no page number."""
    if any(sign.isalpha() for sign in row.text):
        return False
    upper = row.y1 < layout.height / 2
    beyond = [
        other
        for other in layout.rows
        if other.direction == 0 and (other.y1 < row.y0 - 1 if upper else other.y0 > row.y1 + 1)
    ]
    return bool(beyond)


def _assign(
    layout: PageLayout,
    prose: set[Style],
    body: Style,
    repeated: set[_Place],
    frames: Sequence[Box],
    rules: Sequence[Box],
) -> None:
    level: list[Row] = []
    for row in layout.rows:
        if _is_furniture(layout, row, repeated):
            layout.furniture.append(row)
        elif row.direction == 0:
            level.append(row)
        else:
            layout.other.append(row)
    sizes = {style.size for style in prose}
    level = _closed_gaps(level, layout.columns)
    layout.rows = [*layout.furniture, *layout.other, *level]
    is_body = {
        id(row) for row in level if _fills_a_column(row, layout.columns, sizes) and not _between_rules(row, rules)
    }
    _spread([row for row in level if not _tabular(row, level, layout.columns)], is_body, layout.columns)
    for row in level:
        if any(_holds(frame, row) for frame in frames):
            layout.other.append(row)
        elif id(row) in is_body:
            layout.body.append(row)
        elif _is_heading(row, body, layout):
            layout.headings.append(row)
        else:
            layout.other.append(row)


def _between_rules(row: Row, rules: Sequence[Box]) -> bool:
    """Whether one rule runs close above a row and another close below it: a cell as wide as its table."""
    over = [rule for rule in rules if rule[0] < row.x0 + 2 and rule[2] > row.x1 - 2]
    above = any(-2 < row.y0 - rule[3] < 0.5 * row.size for rule in over)
    return above and any(-2 < rule[1] - row.y1 < 0.5 * row.size for rule in over)


def _holds(frame: Box, row: Row) -> bool:
    x0, y0, x1, y1 = frame
    return x0 < row.x0 + 1 and row.x1 - 1 < x1 and y0 < row.y0 + 1 and row.y1 - 1 < y1


def _closed_gaps(level: list[Row], columns: Sequence[Column]) -> list[Row]:
    """Join what a wide space between two sentences parted: two pieces that together fill a column exactly."""
    rows = list(level)
    for left in level:
        for right in level:
            if (
                abs(left.baseline - right.baseline) < 0.6
                and 0 < right.x0 - left.x1 < 2.2 * left.size
                and left.style == right.style
                and left.text[-1] in ".?!:;)"
                and any(
                    -3 <= left.x0 - column.x0 <= 0.1 * column.width and abs(right.x1 - column.x1) < 3
                    for column in columns
                )
                and left in rows
                and right in rows
            ):
                rows[rows.index(left)] = joined(left, right)
                rows.remove(right)
                break
    return rows


def _tabular(row: Row, level: list[Row], columns: Sequence[Column]) -> bool:
    """Whether a row shares its line with words far off in the same column."""
    return any(
        other is not row
        and abs(other.baseline - row.baseline) < 2
        and max(other.x0 - row.x1, row.x0 - other.x1) > 1.5 * row.size
        and any(min(row.x0, other.x0) > column.x0 - 4 and max(row.x1, other.x1) < column.x1 + 4 for column in columns)
        for other in level
    )


def _take_front_matter(layout: PageLayout) -> None:
    """Names and addresses above the abstract can't be part of a figure; they count as headings."""
    start = min((row.y0 for row in layout.headings if row.y1 < layout.height / 2), default=0.0)
    end = next((row.y0 for row in layout.rows if row.text.lower().startswith("abstract")), 0.0)
    fonts = {row.style.font for row in (*layout.body, *layout.headings)}
    front = {
        id(row)
        for row in layout.other
        if row.direction == 0 and start < row.y0 and row.y1 < end and (row.style.font in fonts or "@" in row.text)
    }
    layout.headings.extend(row for row in layout.other if id(row) in front)
    layout.other[:] = [row for row in layout.other if id(row) not in front]


def wordy(row: Row) -> bool:
    """Whether a good part of a row is words."""
    words = sum(1 for word in row.words if len(word.text) > 1 and word.text.strip("-.,;:()[]’").isalpha())
    return words >= 0.3 * len(row.words)


def _fills_a_column(row: Row, columns: Sequence[Column], sizes: set[float]) -> bool:
    if row.size not in sizes or len(row.words) < 2 or not wordy(row) or _SUB_CAPTIONS.match(row.text):
        return False
    return any(
        -3 <= row.x0 - column.x0 <= 0.18 * column.width
        and abs(row.x1 - column.x1) <= 5
        and row.width > 0.75 * column.width
        for column in columns
    )


def _spread(level: list[Row], is_body: set[int], columns: Sequence[Column]) -> None:
    """Last rows of paragraphs: right under a row of the same column, left edge at the column's."""
    changed = True
    while changed:
        changed = False
        members = [row for row in level if id(row) in is_body]
        for row in level:
            if id(row) in is_body:
                continue
            for column in columns:
                if not (-3 <= row.x0 - column.x0 <= 30 and row.x1 <= column.x1 + 6):
                    continue
                if any(_attached(row, other, column) for other in members):
                    is_body.add(id(row))
                    changed = True
                    break


def _attached(row: Row, other: Row, column: Column) -> bool:
    if abs(other.x0 - column.x0) > 31 or other.x1 > column.x1 + 6 or abs(row.size - other.size) > 1.1:
        return False
    step = row.baseline - other.baseline
    return 0.5 * row.size < step < 1.5 * row.size and overlap(row.x0, row.x1, other.x0, other.x1) > 0


def _is_heading(row: Row, body: Style, layout: PageLayout) -> bool:
    if row.size < body.size - 0.6 or len(row.text) > 120:
        return False
    if layout.number == 1 and row.size >= body.size + 2.5 and row.y1 < layout.height / 2:
        return True
    if not _HEADING.match(row.text):
        return False
    distinct = row.style.bold or row.size > body.size + 0.6 or row.style.font != body.font or row.text.isupper()
    starts = any(abs(row.x0 - column.x0) < 4 for column in layout.columns)
    centred = any(abs((row.x0 + row.x1) - (column.x0 + column.x1)) < 8 for column in layout.columns)
    return distinct and (starts or centred)


def _under_head(layout: PageLayout, rule: Box) -> bool:
    """Whether a rule parts a running head or foot from the page."""
    x0, y0, x1, y1 = rule
    middle = (y0 + y1) / 2
    return (middle < 0.12 * layout.height or middle > 0.88 * layout.height) and any(
        -2 < max(y0 - row.y1, row.y0 - y1) < 9 and overlap(row.x0, row.x1, x0, x1) > 0 for row in layout.furniture
    )


def _over_footnotes(layout: PageLayout, rule: Box, rules: Sequence[Box], body: Style) -> bool:
    """Whether a rule parts footnotes from the page; if so its rows become running text."""
    x0, y0, x1, y1 = rule
    for column in layout.columns:
        if abs(x0 - column.x0) > 3 or not 0.12 * column.width < x1 - x0 < 0.6 * column.width:
            continue
        below = [
            row
            for row in (*layout.body, *layout.headings, *layout.other)
            if row.y0 > y0 - 3 and overlap(row.x0, row.x1, column.x0, column.x1) > 0
        ]
        small = all(row.size < body.size - 0.4 and row.x0 > column.x0 - 3 for row in below)
        others = any(
            other is not rule and other[1] > y0 - 1 and overlap(other[0], other[2], column.x0, column.x1) > 5
            for other in rules
        )
        if below and small and not others and y0 > 0.4 * layout.height and min(r.y0 for r in below) - y1 < 12:
            notes = {id(row) for row in below}
            layout.headings[:] = [row for row in layout.headings if id(row) not in notes]
            layout.other[:] = [row for row in layout.other if id(row) not in notes]
            known = {id(row) for row in layout.body}
            layout.body.extend(row for row in below if id(row) not in known)
            return True
    return False
