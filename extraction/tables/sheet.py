"""What the columns of a table with a layer a row say, whatever the rows are."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from extraction.flow.model import Shape
from extraction.tables.beside import BLANK
from extraction.tables.cells import names_layer, sizes_of
from extraction.tables.head import Grid
from extraction.tables.text import Role, channels_last, unsquared

#: Share of the rows that must have a size for the sizes to speak for themselves.
SIZED_SHARE = 0.7
#: "20 maps of 26x26 neurons".
_MAPS_OF = re.compile(r"(\d{1,5}) (?:feature )?maps? of (\d{1,5})x(\d{1,5})", re.IGNORECASE)
_ROWS = re.compile(r"(\d{1,3}) ?- ?(\d{1,3})")
#: "Output (C × H × W)".
_CHANNELS_FIRST = re.compile(r"\bC ?[x×,] ?H", re.IGNORECASE)
#: A side that depends on the picture: "H", "H/2", "½H", "1/4 W", "2h".
_OPEN_SIDE = r"(?:\d{0,3}(?:[/⁄]\d{1,2})?|[½¼⅛]) ?[HWThwt] ?(?:[/⁄] ?\d{1,3})?"
#: "48 x H/2 x W/2" and "(h/2, w/2, 128)": only the channels are told.
_OPEN_SIZE = re.compile(
    rf"[(\[]? ?(?:(\d{{1,5}}) ?[x×,] ?{_OPEN_SIDE} ?[x×,] ?{_OPEN_SIDE}"
    rf"|{_OPEN_SIDE} ?[x×,] ?{_OPEN_SIDE} ?[x×,] ?(\d{{1,5}})) ?[)\]]?"
)


def _names_groups(texts: Sequence[str]) -> bool:
    """Whether most cells say the same as the one above."""
    return 2 * sum(before == text for before, text in pairwise(texts)) > len(texts)


class Sheet:
    """A table's cells by the role of their columns; `hidden` are columns of another size of the network."""

    def __init__(self, grid: Grid, hidden: Collection[int]) -> None:
        self.grid = grid
        self.columns = [index for index in range(grid.width) if index not in hidden]
        self.inputs = self.sizes("input")
        self.outputs = self.sizes("output")
        self.sized = sum(size is not None for size in self.outputs) >= SIZED_SHARE * len(grid.body)
        self.names = [
            index
            for index in self.columns
            if grid.roles[index] == "name" and any(re.search(r"[A-Za-z]{2}", text) for text in grid.column(index))
        ]
        #: "Encoder" beside each of its rows names none of them.
        self.groups = {c for c in grid.with_role("name") if grid.with_role("type") and _names_groups(grid.column(c))}
        self.names = [column for column in self.names if column not in self.groups]

    def cell(self, row: list[str], role: Role) -> str | None:
        """What the first column of this role says; a layer's name that reaches into it says nothing."""
        texts = (row[c] for c in self.columns if self.grid.roles[c] == role and row[c] not in BLANK)
        return next((text for text in texts if not names_layer(text)), None)

    def spanned(self, row: list[str]) -> int:
        """How many layers a row stands for by its number ("2-19"); 0 where it has but one, or a count besides."""
        match = _ROWS.fullmatch(row[0])
        if match and any(
            other[0].startswith(f"{match[2]}-") or other[0].endswith(f"-{match[1]}") for other in self.grid.body
        ):
            return 0  # from one map to the next: "0-1", "1-2"
        counted = any(re.match(r"\d{1,3} ?[x×] ?[A-Za-z]", text) for text in row)
        return int(match[2]) - int(match[1]) + 1 if match and not counted and self.grid.roles[0] == "name" else 0

    def sizes(self, role: Role) -> list[Shape | None]:
        """The sizes that the columns of this role print, by row."""
        columns = [column for column in self.columns if self.grid.roles[column] == role]
        texts = [[row[c] for c in columns if not names_layer(row[c])] for row in self.grid.body]
        found: list[Shape] = [next((shape for text in row for shape in sizes_of(text)), ()) for row in texts]
        first = any(_CHANNELS_FIRST.search(self.grid.title(column)) for column in columns)
        return [shape or None for shape in channels_last(unsquared(found), first=first)]

    def output(self, index: int) -> Shape | None:
        """The printed output size, or the next row's input size."""
        if self.outputs[index] is not None:
            return self.outputs[index]
        for column in self.grid.with_role("filters"):
            if maps := _MAPS_OF.search(self.grid.body[index][column]):
                return int(maps[2]), int(maps[3]), int(maps[1])
        following = self.inputs[index + 1] if index + 1 < len(self.inputs) else None
        if not following or len(following) < 3:
            return None
        # Some tables contradict themselves: a size is believed where the channels agree.
        own = re.fullmatch(r"\d+", self.cell(self.grid.body[index], "filters") or "")
        return following if own is None or int(own[0]) == following[-1] else None

    def channels(self, index: int) -> int | None:
        """How many channels come out of a row whose output's sides are letters: "48 × H/2 × W/2"."""
        for column in (c for c in self.columns if self.grid.roles[c] == "output"):
            text = re.split(r"→|->", self.grid.body[index][column])[-1].strip()
            if open_ := _OPEN_SIZE.fullmatch(text):
                return int(open_[1] or open_[2])
        return None

    def columns_of(self, role: Role) -> list[int]:
        return [column for column in self.columns if self.grid.roles[column] == role]

    def padded(self, column: int) -> bool:
        return "pad" in self.grid.title(column).lower()
