"""A table as a grid: its head, its body, what each column tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extraction.pdf.model import Table
from extraction.tables.spec import groups_of
from extraction.tables.text import Role, role_of, shapes_of, tidy
from extraction.vocabulary import parse

MAX_ROWS, MAX_COLUMNS = 400, 60
_KERNEL = re.compile(r"\d{1,2}x\d{1,2}(?:x\d{1,2})?$")
_TUPLE = re.compile(r"\(\d{1,2}(?:, ?\d{1,2}){1,2}\)")
_COUNT = re.compile(r"\d{1,5}$")
_NUMBER = re.compile(r"[\d.,]+ ?[KMG%]?")


@dataclass(frozen=True, slots=True)
class Grid:
    #: Rows of the head, from the top; texts as printed.
    head: list[list[str]]
    body: list[list[str]]
    #: By column; `None` where the head says nothing of the kind.
    roles: list[Role | None]

    @property
    def width(self) -> int:
        return len(self.roles)

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.body]

    def title(self, index: int) -> str:
        """The column's head in one line."""
        return " ".join(dict.fromkeys(row[index] for row in self.head if row[index]))

    def group(self, index: int) -> str:
        """The head that the column shares with its neighbours, or its own."""
        return next((row[index] for row in self.head if row[index]), "")

    def with_role(self, *roles: Role) -> list[int]:
        return [index for index, role in enumerate(self.roles) if role in roles]


def grid_of(table: Table) -> Grid | None:
    """`None` for a table without cells to speak of."""
    rows = [[tidy(text) for text in row[:MAX_COLUMNS]] for row in table.rows()[:MAX_ROWS]]
    rows = [row for row in rows if any(row)]
    if len(rows) < 3 or len(rows[0]) < 2:
        return None
    first = next((index for index, row in enumerate(rows) if _is_data(row) or _follows_head(rows[:index], row)), 0)
    head = rows[:first]
    telling = [row for row in head if len(set(row)) > 1] if len(head) > 1 else head
    roles: list[Role | None] = []
    for column in range(len(rows[0])):
        texts = list(dict.fromkeys(row[column] for row in telling if row[column]))
        roles.append(role_of(" ".join(texts)) or next((role for text in texts if (role := role_of(text))), None))
    if roles.count("output") > 1:
        # Beside a column for the output, "size" is that of the kernel.
        roles = ["kernel" if any(row[i].lower() == "size" for row in head) else role for i, role in enumerate(roles)]
    if not head:
        roles = [_guessed([row[column] for row in rows]) for column in range(len(rows[0]))]
    return Grid(head, rows[first:], roles)


def _follows_head(head: list[list[str]], row: list[str]) -> bool:
    """Whether the head is complete: it says what each column is, and the row has a name of its own."""
    if len(head) != 1 or not row[0] or role_of(row[0]) is not None or len({*row} - {""}) < 2:
        return False
    told = {text for text in head[0] if text and role_of(text) is not None}
    return len(told) >= 2 and head[0][0] in told


def _guessed(texts: list[str]) -> Role | None:
    """What a column without a head tells, by the look of most of its cells."""
    filled = [text for text in texts if text]
    looks: tuple[tuple[Role, re.Pattern[str]], ...] = (("kernel", _KERNEL), ("stride", _TUPLE), ("filters", _COUNT))
    return next((role for role, look in looks if 2 * sum(bool(look.match(t)) for t in filled) > len(filled)), None)


def _is_data(row: list[str]) -> bool:
    """Whether a row tells of a layer rather than of columns."""
    texts = [text for text in row if text]
    if len(texts) > 1 and len(set(texts)) == 1 and parse(texts[0]).type is None:
        return False
    if sum(role_of(text) not in (None, "other") for text in texts) > max(1, len(texts) // 2):
        return False
    numbers = sum(bool(_NUMBER.fullmatch(text)) for text in texts)
    sizes = any(shapes_of(text) for text in texts)
    layers = [
        spec
        for text in texts
        for group in groups_of(text)
        for spec in group.specs
        if spec.specific or spec.type == "Input"
    ]
    return sizes or (bool(layers) and (numbers > 0 or len(layers) >= len(texts) / 2))


def caption_name(caption: str) -> str:
    """The name of a network that the caption mentions first, if one does."""
    text = re.sub(r"^\W*(?:table|tab\.)\s*\w+\W+", "", tidy(caption), flags=re.IGNORECASE)
    match = re.search(
        r"\b(?:[A-Z][A-Za-z]*-?\d+(?!\d* ?[x×])|\w*[A-Za-z]Nets?(?:[- ]?[vV]?\d+|\+\+)?|[A-Z]{3,}\w*NET)\b(?:\+\+)?",
        text,
    )
    return match[0] if match and not re.match(r"(?:Fig|Sec|Table|Eq)", match[0]) else ""
