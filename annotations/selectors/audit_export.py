"""The record of who did what as text to take away, a line at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from annotations.selectors.audit import COLUMNS, Entry

#: Spreadsheets take a cell that starts so for a formula and run it. (OWASP, "CSV injection")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Comma-separated values with a head. A cell that a spreadsheet would run gets a `'` in front."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for entry in entries:
        yield writer.writerow([_cell(value) for value in entry.row().values()])


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return "" if value is None else value


def json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """An object a line, exactly as stored."""
    for entry in entries:
        yield json.dumps(entry.row(), ensure_ascii=False) + "\n"


#: Ending of the file -> content type and writer.
FORMATS = {
    "csv": ("text/csv; charset=utf-8", csv_lines),
    "jsonl": ("application/x-ndjson; charset=utf-8", json_lines),
}
