"""A table's rows made ready: parts one below the other, ditto signs, labels over two lines, layers side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.pdf.model import Table
from extraction.tables.spec import groups_of, spec_of
from extraction.tables.text import Role, role_of, tidy

MAX_ROWS, MAX_COLUMNS = 400, 60
#: Under which a part of a table is printed: "(b) the generator".
_SUB_CAPTION = re.compile(r"^\(([a-h])\)\s+(\S.*)$")
_DITTO = re.compile(r"(?:[\"″〃”“]|''|′′|-\"-|ditto|do\.|(?:the )?same(?: as)?(?: above)?|as above)", re.IGNORECASE)
_SAME = re.compile(r"(?:the )?(?:same as|like|identical to|as in) (?:in )?(\w.*)", re.IGNORECASE)
#: The second line of a label: "Dense Block / (1)", "Classification / Layer".
_SECOND_LINE = re.compile(r"\(\d{1,2}\)|(?:layer|block|module|stage|unit)s?(?: \(?\d{1,2}\)?)?", re.IGNORECASE)
#: Where several are called so, they are labels of their own.
_NUMBERED = re.compile(r"(?:layer|block|module|stage|unit)s? \d{1,2}", re.IGNORECASE)
#: What the first column of a table says whose layers stand side by side.
_PROPERTIES: frozenset[Role] = frozenset(
    ("kernel", "stride", "padding", "filters", "output", "input", "activation", "type", "name", "repeat")
)
#: Of these, the ones that no layer is called after.
_TELLING: frozenset[Role] = frozenset(("kernel", "stride", "padding", "filters", "output", "input"))

#: "2×" beside rows that are meant so often; "2×⋮" where that goes on.
_COUNT = re.compile(r"\d{1,3} ?[x×]⋮?")

_TIME_AND_SPACE = re.compile(r"T ?[x×] ?S ?\^? ?\{? ?2")
_FALLEN = re.compile(r"(?<![\dx])(\d{1,3})x(\d{1,3})2(?!\d)")
_FALLEN_STEP = re.compile(r"(strides? ?[=:]? ?)(\d), ?(\d)2(?!\d)")

Rows = list[list[str]]


def tidied(table: Table) -> Rows:
    """The texts of the table in one spelling, empty rows left out."""
    rows = [[tidy(text) for text in row[:MAX_COLUMNS]] for row in table.rows()[:MAX_ROWS]]
    for cell in table.cells:
        for row in range(cell.row + 1, min(cell.row + cell.row_span, len(rows))):
            text = _further(tidy(cell.text))
            for column in range(cell.column, min(cell.column + cell.column_span, len(rows[row]))):
                rows[row][column] = text if rows[row][column] == tidy(cell.text) else rows[row][column]
    return [row for row in _brackets_whole(rows, table) if any(row)]


def _brackets_whole(rows: Rows, table: Table) -> Rows:
    """The lines of a bracket that came out as rows, under a name over all of them, put back into one cell.

    The number of its rounds stands beside one of the lines; a layer with a step of its own is no part of it.
    """
    starts = [{cell.column for cell in table.cells if cell.row == index and cell.text} for index in range(len(rows))]
    under = {cell.row + n for cell in table.cells if cell.text for n in range(1, min(cell.row_span, MAX_ROWS))}
    done: Rows = []
    index = 0
    while index < len(rows):
        end = index + 1
        columns: set[int] = set()
        while end < len(rows) and end in under:
            # A group's name may stand beside any of its lines.
            own = {column for column in starts[end] if rows[index][column]}
            if not own < starts[index] or (columns and own != columns) or not _is_line(rows, end, own):
                break
            columns = own
            end += 1
        columns = columns if _is_line(rows, index, columns) else set()
        texts = [[row[column] for row in rows[index:end]] for column in columns]
        if texts and all(sum(_repeats(text) for text in lines) == 1 for lines in texts):
            rows[index] = [
                " ".join(row[column] for row in rows[index:end]) if column in columns else text
                for column, text in enumerate(rows[index])
            ]
            done.append(rows[index])
        else:
            done += rows[index:end]
        index = end
    return done


def _repeats(text: str) -> bool:
    return any(group.repeat > 1 for group in groups_of(text))


def _is_line(rows: Rows, index: int, columns: set[int]) -> bool:
    """Whether all cells of a row that stand in these columns are convolutions, such as brackets have."""
    for column in columns:
        groups = groups_of(rows[index][column])
        specs = [spec for group in groups for spec in group.specs]
        stepping = any(step != 1 for spec in specs for step in spec.params.get("strides") or [])
        if not specs or any(not spec.type.startswith("Conv") for spec in specs):
            return False
        if stepping and not _repeats(rows[index][column]):
            return False
    return bool(columns)


def _further(text: str) -> str:
    """What a cell over several rows says in the further ones: a layer with its numbers is printed once, anything else
    holds for each."""
    if re.fullmatch(r"\d+(?:x\d+)+", text):
        return text  # a size, or a kernel
    spec = spec_of(text) if re.search(r"\d", text) else None
    return "" if spec is not None and spec.specific and spec.params else text


def squares_written_out(rows: Rows, caption: str) -> Rows:
    """ "1x7²" as "1x7x7" where the small 2 fell onto the line: heads or the caption say that sizes are T x S²."""
    if not any(_TIME_AND_SPACE.search(text) for text in (*(text for row in rows[:2] for text in row), tidy(caption))):
        return rows
    spelled = [[_FALLEN.sub(r"\1x\2x\2", text) for text in row] for row in rows]
    return [[_FALLEN_STEP.sub(r"\1(\2, \3, \3)", text) for text in row] for row in spelled]


def parts_of(rows: Rows) -> list[tuple[str, Rows]]:
    """The table cut at sub-captions over its whole width, each part with what its sub-caption says; "" for all of it.

    Sub-captions stand above their parts where the first row is one, else below.
    """
    marks = [index for index, row in enumerate(rows) if _sub_caption(row)]
    if not marks:
        return [("", rows)]
    above = marks[0] == 0
    ends = [*marks[1:], len(rows)] if above else marks
    starts = [mark + 1 for mark in marks] if above else [0, *(mark + 1 for mark in marks[:-1])]
    return [
        (_sub_caption(rows[mark]), rows[start:end])
        for mark, start, end in zip(marks, starts, ends, strict=True)
        if end > start
    ]


def _sub_caption(row: Sequence[str]) -> str:
    texts = {text for text in row if text}
    match = _SUB_CAPTION.match(next(iter(texts))) if len(texts) == 1 else None
    return match[2] if match else ""


def prepared(rows: Rows) -> Rows:
    """Rows as if each cell said for itself what it means, a layer a row."""
    rows = _narrowed(_counted(_named_below(_spelled_out(_joined(rows)))))
    return [list(column) for column in zip(*rows, strict=True)] if is_turned(rows) else rows


def _counted(rows: Rows) -> Rows:
    """Counts that stand in a column of their own put before what they count."""
    for column in range(len(rows[0]) - 1 if rows else 0):
        texts = [row[column] for row in rows if row[column]]
        if texts and all(_COUNT.fullmatch(text) for text in texts):
            return [[*row[:column], f"{row[column]} {row[column + 1]}".strip(), *row[column + 2 :]] for row in rows]
    return rows


def _narrowed(rows: Rows) -> Rows:
    """Without the columns that are empty."""
    kept = [column for column in range(len(rows[0])) if any(row[column] for row in rows)] if rows else []
    return [[row[column] for column in kept] for row in rows]


def _named_below(rows: Rows) -> Rows:
    """Sub-captions side by side under the columns name them: they belong above."""
    if len(rows) < 3 or not any(rows[-1]) or not all(_SUB_CAPTION.match(text) for text in rows[-1] if text):
        return rows
    names = [match[2] if (match := _SUB_CAPTION.match(text)) else "" for text in rows[-1]]
    return [names, *rows[:-1]] if len(set(names)) > 1 else rows


def _spelled_out(rows: Rows) -> Rows:
    """Ditto signs replaced by what stands above them, "same as conv2" by what the row of this name says."""
    done: Rows = []
    for row in rows:
        above = done[-1] if done else [""] * len(row)
        named = {other[0].casefold(): other for other in done}
        spelled = []
        for column, (text, up) in enumerate(zip(row, above, strict=True)):
            match = _SAME.fullmatch(text)
            meant = named.get(match[1].casefold()) if match else None
            spelled.append(meant[column] if meant else up if _DITTO.fullmatch(text) and up else text)
        done.append(spelled)
    return done


def _joined(rows: Rows) -> Rows:
    """Rows whose label is the second line of the label above, joined with the row they belong to."""
    done: Rows = []
    numbered = sum(bool(_NUMBERED.fullmatch(row[0])) for row in rows) > 1
    for row in rows:
        if (
            done
            and done[-1][0]
            and not (numbered and _NUMBERED.fullmatch(row[0]))
            and _SECOND_LINE.fullmatch(row[0])
            and not _SECOND_LINE.fullmatch(done[-1][0])
        ):
            done[-1] = [
                up if text == up or not text else f"{up} {text}".strip() for text, up in zip(row, done[-1], strict=True)
            ]
        else:
            done.append(row)
    return done


def is_turned(rows: Rows) -> bool:
    """Whether the layers stand side by side: the first column says what each row tells of them."""
    if len(rows) < 2 or len(rows[0]) < 4:
        return False
    if role_of(rows[0][0]) in ("type", "name") and rows[0][1:] == [str(n) for n in range(1, len(rows[0]))]:
        return True
    roles = [role_of(row[0]) for row in rows if row[0]]
    told = sum(role in _PROPERTIES for role in roles)
    across = sum(role_of(text) in _TELLING for text in rows[0])
    return len({*roles} & _TELLING) >= 2 and told >= 0.6 * len(roles) and across < 2
