"""A table's cells, from how its words stand below each other and from its rules."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extraction.pdf.model import Box, Cell, Word
from extraction.pdf.rivers import of_words, parted
from extraction.pdf.rows import Row, centre_in, overlap, union

#: x0, x1 of a column.
Span = tuple[float, float]

#: Share of a table's height over which an upright rule parts columns.
WALL = 0.3
#: The second line of a label: "Dense Block / (1)".
_SECOND_LINE = re.compile(r"\(\d.*|(?:Layer|Block|Module|Stage|Unit)s?(?: \(?\d{1,2}\)?)?")
#: What a part of a table is called, printed above or below it.
_SUB_CAPTION = re.compile(r"\([a-h]\)\s+\S.*")
#: How often what stands beside is meant.
_TIMES = re.compile(r"[×xX✕] ?\d{1,3}(?:,? ?\w{1,8} ?= ?\d+)?")
_COUNT = re.compile(r"\d{1,3} ?[×xX✕]")
#: A line of a bracket that the count beside all of its lines is level with.
_WITH_TIMES = re.compile(r"(\d{1,2} ?[×x] ?\d{1,2}, ?\d{1,5}) ([×xX✕] ?\d{1,3})")


@dataclass(frozen=True, slots=True)
class _Line:
    baseline: float
    pieces: tuple[Row, ...]


def read_cells(rows: Sequence[Row], rules: Sequence[Box], uprights: Sequence[Box], box: Box) -> tuple[Cell, ...]:
    """Cells with their place in the table.

    Args:
        rows: the page's rows; those inside the box count.
        rules: the page's horizontal rules.
        uprights: the page's upright rules; no cell goes across one.
        box: of the table.
    """
    posts = [post for post in uprights if centre_in(post, box)]
    pieces = [part for row in rows if row.direction == 0 and centre_in(row.bbox, box) for part in _parts(row, posts)]
    if not pieces:
        return ()
    cells: list[Cell] = []
    for part in _cut(pieces):
        height = max((cell.row + cell.row_span for cell in cells), default=0)
        read = _read_part(part, rules, posts, box)
        cells += [replace(cell, row=cell.row + height) for cell in read]
    width = max(cell.column + cell.column_span for cell in cells)
    whole = [_SUB_CAPTION.fullmatch(cell.text) and sum(other.row == cell.row for other in cells) == 1 for cell in cells]
    return tuple(
        replace(cell, column=0, column_span=width) if alone else cell for cell, alone in zip(cells, whole, strict=True)
    )


def _cut(pieces: Sequence[Row]) -> list[list[Row]]:
    """A table's parts, one below the other with a sub-caption each, and these between them."""
    marks = [
        piece
        for piece in pieces
        if _SUB_CAPTION.fullmatch(piece.text)
        and not any(other is not piece and abs(other.baseline - piece.baseline) < 2 for other in pieces)
    ]
    edges = sorted(mark.baseline for mark in marks)
    if len(edges) < 2:
        return [list(pieces)]
    parts: defaultdict[int, list[Row]] = defaultdict(list)
    for piece in pieces:
        place = bisect_right(edges, piece.baseline)
        parts[2 * place - (piece in marks)].append(piece)
    return [parts[place] for place in sorted(parts)]


def _read_part(pieces: Sequence[Row], rules: Sequence[Box], posts: Sequence[Box], box: Box) -> tuple[Cell, ...]:
    """The cells of what shares its columns."""
    bounds = union(piece.bbox for piece in pieces)
    box = (box[0], bounds[1] - 2, box[2], bounds[3] + 2)
    pieces = parted(pieces)
    lines, between = _lines(pieces)
    walls = _walls([post for post in posts if centre_in(post, box)], box)
    inner = [rule for rule in rules if centre_in(rule, box)]
    columns = _with_times(_columns(_without_groups(lines, inner, box), walls), pieces)
    found: list[Cell] = []
    for index, line in enumerate(lines):
        following = lines[index + 1].baseline if index + 1 < len(lines) else box[3] + 1
        for piece in line.pieces:
            room = _room(piece, line.pieces, posts, box)
            room = room or _rule_below(piece, inner, line.baseline, following, box)
            first, last = _span(piece, columns, room)
            found.append(_cell(piece, index, first, last))
    for piece, index in between:
        first, last = _span(piece, columns, _room(piece, [piece], posts, box))
        found.append(_cell(piece, index, first, last, row_span=2))
    return _merged([part for cell in _continued(found, lines, inner) for part in _per_row(cell)])


def _per_row(cell: Cell) -> list[Cell]:
    """A count beside several rows ("5×") as one before each of them, which says that it goes on."""
    if cell.row_span == 1 or not _COUNT.fullmatch(cell.text):
        return [cell]
    further = [replace(cell, text=f"{cell.text}⋮", row=cell.row + i, row_span=1) for i in range(1, cell.row_span)]
    return [replace(cell, row_span=1), *further]


def _parts(row: Row, posts: Sequence[Box]) -> list[Row]:
    """A row cut where an upright rule runs between two of its words."""
    middle = (row.y0 + row.y1) / 2
    crossing = [(post[0] + post[2]) / 2 for post in posts if post[1] - 1 <= middle <= post[3] + 1]
    groups: list[list[Word]] = [[]]
    for word in row.words:
        if groups[-1] and any(groups[-1][-1].bbox[2] - 1.5 <= x <= word.bbox[0] + 1.5 for x in crossing):
            groups.append([])
        groups[-1].append(word)
    if len(groups) == 1:
        return [row]
    return [of_words(row, group) for group in groups]


def _lines(pieces: Sequence[Row]) -> tuple[list[_Line], list[tuple[Row, int]]]:
    """Pieces on common lines, and pieces that stand halfway between two lines: cells that span both."""
    groups: list[list[Row]] = []
    for piece in sorted(pieces, key=lambda row: row.baseline):
        if groups and piece.baseline - groups[-1][0].baseline < 0.3 * max(piece.size, 4):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    steps = sorted(b[0].baseline - a[0].baseline for a, b in pairwise(groups))
    pitch = steps[len(steps) // 2] if steps else 0.0
    lines: list[_Line] = []
    between: list[tuple[Row, int]] = []
    for i, group in enumerate(groups):
        above = group[0].baseline - groups[i - 1][0].baseline if i else 1e9
        below = groups[i + 1][0].baseline - group[0].baseline if i + 1 < len(groups) else 1e9
        size = group[0].size
        halfway = (above < 0.75 * size and below < 0.75 * size) or above + below < 1.3 * min(pitch, 2 * size)
        if halfway and lines and all(not _crowded(piece, groups[i - 1] + groups[i + 1]) for piece in group):
            between.extend((piece, len(lines) - 1) for piece in group)
        else:
            lines.append(_Line(group[0].baseline, tuple(sorted(group, key=lambda row: row.x0))))
    return lines, between


def _crowded(piece: Row, others: Sequence[Row]) -> bool:
    return any(overlap(piece.x0, piece.x1, other.x0, other.x1) > 1 for other in others)


def _walls(posts: Sequence[Box], box: Box) -> list[float]:
    """Where upright rules, drawn in one or row by row, part columns over most of the table."""
    lengths: defaultdict[int, float] = defaultdict(float)
    for post in posts:
        lengths[round((post[0] + post[2]) / 2)] += post[3] - post[1]
    return sorted(x for x, length in lengths.items() if length > WALL * (box[3] - box[1]))


def _columns(lines: Sequence[_Line], walls: Sequence[float]) -> list[Span]:
    """Columns are what the lines with many pieces agree on; none reaches through a wall."""
    most = max(len(line.pieces) for line in lines)
    regular = [line for line in lines if len(line.pieces) >= max(2, 0.6 * most)] or list(lines)
    # A piece that reaches over two pieces of another line is a heading of both and tells nothing of columns.
    spans: list[Span] = []
    for line in regular:
        for piece in line.pieces:
            under = max(_under(piece, other) for other in regular)
            if under < 2 and not any(piece.x0 + 1 < wall < piece.x1 - 1 for wall in walls):
                spans.append((piece.x0, piece.x1))
    columns: list[Span] = []
    for span in sorted(spans):
        parted = columns and any(columns[-1][1] - 1 < wall < span[0] + 1 for wall in walls)
        if columns and span[0] < columns[-1][1] - 0.5 and not parted:
            columns[-1] = (columns[-1][0], max(columns[-1][1], span[1]))
        else:
            columns.append(span)
    return columns or [(min(p.x0 for line in lines for p in line.pieces), max(p.x1 for ln in lines for p in ln.pieces))]


def _without_groups(lines: Sequence[_Line], rules: Sequence[Box], box: Box) -> list[_Line]:
    """The lines without headings over several columns, which a short rule below them tells: they may stand between
    the columns."""
    kept: list[_Line] = []
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else None
        pieces = [
            piece
            for piece in line.pieces
            if following is None
            or (rule := _rule_below(piece, rules, line.baseline, following.baseline, box)) is None
            or sum(rule[0] - 2 < (other.x0 + other.x1) / 2 < rule[2] + 2 for other in following.pieces) < 2
            or any(overlap(rule[0], rule[2], other.x0, other.x1) > 1 for other in line.pieces if other is not piece)
        ]
        kept.append(replace(line, pieces=tuple(pieces)))
    return [line for line in kept if line.pieces] or list(lines)


def _with_times(columns: Sequence[Span], pieces: Sequence[Row]) -> list[Span]:
    """Columns that hold only repeats ("×3") belong to the brackets on their left."""
    done: list[Span] = []
    for column in columns:
        texts = [piece.text for piece in pieces if column[0] <= (piece.x0 + piece.x1) / 2 <= column[1]]
        if done and texts and all(_TIMES.fullmatch(text) for text in texts):
            done[-1] = (done[-1][0], column[1])
        else:
            done.append(column)
    return done


def _under(piece: Row, line: _Line) -> int:
    """How many pieces of a line stand wholly under a piece, more or less."""
    return sum(
        1
        for other in line.pieces
        if other is not piece and overlap(piece.x0, piece.x1, other.x0, other.x1) > 0.6 * other.width
    )


def _room(piece: Row, line: Sequence[Row], posts: Sequence[Box], box: Box) -> Box | None:
    """The room between two upright rules, where a piece stands alone in the middle of it. Where the rules between the
    columns leave a row out, its cells go on there."""
    middle = (piece.y0 + piece.y1) / 2
    crossing = [(post[0] + post[2]) / 2 for post in posts if post[1] - 1 <= middle <= post[3] + 1]
    inner = any(box[0] + 4 < post[0] < box[2] - 4 for post in posts)
    if not crossing and not inner:
        return None
    left = max((x for x in crossing if x <= piece.x0 + 2), default=box[0])
    right = min((x for x in crossing if x >= piece.x1 - 2), default=box[2])
    alone = all(other is piece or other.x1 < left + 1 or other.x0 > right - 1 for other in line)
    centred = abs(piece.x0 + piece.x1 - left - right) < 0.06 * (right - left)
    return (left, piece.y0, right, piece.y1) if alone and centred else None


def _rule_below(piece: Row, rules: Sequence[Box], top: float, bottom: float, box: Box) -> Box | None:
    """The short rule under a heading, which says what it spans."""
    middle = (piece.x0 + piece.x1) / 2
    for rule in rules:
        if (
            top < rule[1] + 1.5 < bottom
            and rule[0] - 2 < middle < rule[2] + 2
            and rule[2] - rule[0] < 0.85 * (box[2] - box[0])
        ):
            return rule
    return None


def _span(piece: Row, columns: Sequence[Span], room: Box | None) -> tuple[int, int]:
    """First and last column that a piece covers; `room` is what rules say it covers."""
    x0, x1 = piece.x0, piece.x1
    if room is not None and room[2] - room[0] > piece.width:
        x0, x1 = room[0], room[2]
    covered = [
        i
        for i, column in enumerate(columns)
        if overlap(x0, x1, *column) > min(0.3 * (column[1] - column[0]), 0.5 * (x1 - x0))
    ]
    if covered:
        return covered[0], covered[-1]
    # Between two columns: the one that ends nearest on the left, or the first.
    index = max(0, bisect_right([column[0] for column in columns], (x0 + x1) / 2) - 1)
    return index, index


def _cell(piece: Row, row: int, first: int, last: int, row_span: int = 1) -> Cell:
    return Cell(piece.text, row, first, row_span, last - first + 1, piece.bbox)


def _continued(cells: list[Cell], lines: Sequence[_Line], rules: Sequence[Box]) -> list[Cell]:
    """Join the lines of a row in a table that has a rule under every row.

    Only where most bands between rules hold few lines. A band with one label is one row, wherever the label stands;
    with several labels a row starts at each.
    """
    full = sorted({round(rule[1]) for rule in rules if rule[2] - rule[0] > 40})
    bands = [bisect_right(full, line.baseline) for line in lines]
    labels = {cell.row: cell.text for cell in cells if cell.column == 0}
    cells, apart = _labelled(cells, bands)
    used = len(set(bands))
    if used < 4 or len(lines) > 2.5 * used:
        return cells
    bracketed = {bands[cell.row] for cell in cells if _TIMES.fullmatch(cell.text)}
    starts: defaultdict[int, list[int]] = defaultdict(list)
    for index, band in enumerate(bands):
        # In a table without labels, the lines of a bracket that is repeated belong together.
        within = starts[band] and (
            _SECOND_LINE.fullmatch(labels.get(index, "")) or _is_full(band, bands, labels, bracketed)
        )
        if band in apart or (index in labels and not within):
            starts[band].append(index)
    target: list[int] = []
    for index, band in enumerate(bands):
        begins = index in starts[band] and len(starts[band]) > 1
        same = index > 0 and bands[index - 1] == band and not begins
        target.append(target[-1] if same else (target[-1] + 1 if target else 0))
    return [
        replace(cell, row=target[cell.row], row_span=1 + target[cell.row + cell.row_span - 1] - target[cell.row])
        for cell in cells
    ]


def _is_full(band: int, bands: Sequence[int], labels: Mapping[int, str], bracketed: set[int]) -> bool:
    """Whether a bracket's band has something in the first column in each of its lines."""
    return band in bracketed and all(index in labels for index, other in enumerate(bands) if other == band)


def _labelled(cells: list[Cell], bands: Sequence[int]) -> tuple[list[Cell], set[int]]:
    """The label of a band whose other columns are filled in each of its lines is that of all these rows; with these
    bands."""
    width = max(cell.column + cell.column_span for cell in cells)
    apart: set[int] = set()
    for band in set(bands):
        rows = [index for index, other in enumerate(bands) if other == band]
        own = [cell for cell in cells if bands[cell.row] == band]
        first = [cell for cell in own if cell.column == 0]
        filled = {(cell.row, cell.column) for cell in own}
        whole = all((row, column) in filled for row in rows for column in range(1, width))
        if (
            len(rows) > 1
            and len(first) == 1
            and whole
            and width > 2
            and not any(_TIMES.fullmatch(cell.text) for cell in own)
        ):
            apart.add(band)
            cells = [replace(cell, row=rows[0], row_span=len(rows)) if cell is first[0] else cell for cell in cells]
    return cells, apart


def _merged(cells: list[Cell]) -> tuple[Cell, ...]:
    """One cell a place: what stands in the same place is joined in reading order."""
    places: defaultdict[tuple[int, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        places[(cell.row, cell.column)].append(cell)
    return tuple(_one(places[place]) for place in sorted(places))


def _counted_last(lines: list[str]) -> list[str]:
    """The lines of a bracket, the count that runs on from one of them behind all."""
    found = [match for line in lines if (match := _WITH_TIMES.fullmatch(line))]
    if len(lines) < 2 or len(found) != 1:
        return lines
    return [*(found[0][1] if line == found[0][0] else line for line in lines), found[0][2]]


def _one(parts: list[Cell]) -> Cell:
    boxes = [part.bbox for part in parts if part.bbox is not None]

    def reading_order(part: Cell) -> tuple[int, float, float]:
        assert part.bbox is not None
        x0, y0, *_ = part.bbox
        # What stands beside several lines ("×3" beside a bracket) comes after them.
        beside = len(parts) > 2 and all(x0 > box[2] - 1 for box in boxes if box != part.bbox)
        before = _COUNT.fullmatch(part.text.rstrip("⋮"))
        return (-1 if before else int(beside)), y0, x0

    ordered = _counted_last([part.text for part in sorted(parts, key=reading_order)])
    if len(ordered) > 2 and _TIMES.fullmatch(ordered[-1]) and "[" not in "".join(ordered):
        # The bracket before a repeat is drawn in pieces, which are no text.
        ordered = [f"[{' '.join(ordered[:-1])}]", ordered[-1]]
    return Cell(
        " ".join(ordered),
        parts[0].row,
        parts[0].column,
        max(part.row_span for part in parts),
        max(part.column_span for part in parts),
        union(boxes),
    )
