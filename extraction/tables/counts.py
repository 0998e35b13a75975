"""Printed counts of parameters beside those of the flows: a check on what was read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from extraction.flow.checks import Report, report
from extraction.flow.complete import complete
from extraction.flow.completion.traits import PLACEHOLDERS
from extraction.flow.model import Flow
from extraction.pdf.model import Table
from extraction.tables.text import tidy
from extraction.tables.unprinted import Joined, joined

#: Share by which a count may differ from the printed one, which is rounded and may leave biases out.
TOLERANCE = 0.02
#: Share by which the count of one row differs that is named; few are enough to look where to mend.
ROW_TOLERANCE, MOST_ROWS = 0.1, 3
#: What says how many weights a layer has.
SIZES = {"filters", "units", "kernel_size", "output_dim"}
_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: ?[x×] ?10\^?(\d)| ?(k|m|b|thousand|million|billion)\b)?", re.IGNORECASE)
_SCALE = {"k": 10**3, "t": 10**3, "m": 10**6, "b": 10**9}
#: Some papers count weights as bytes are.
KIBI = 1024
_OF_PARAMETERS = re.compile(
    r"(?:# ?|no\. of |number of )?(?:total )?(?:\w+able )?(?:of )?param(?:eter)?s?\b", re.IGNORECASE
)
_COLUMN = re.compile(_OF_PARAMETERS.pattern + r"(?: before [\w -]{1,30}| ?\([^)]{1,12}\))?", re.IGNORECASE)
#: What stands in a column of counts where there are no weights.
_NONE = frozenset(("-", "–", "—", "0"))
_TOTAL = re.compile(r"\(?(?:total|sum|overall)\b", re.IGNORECASE)
_IN_CAPTION = re.compile(r"(\d[\d,.]* ?(?:k|m|thousand|million)?)(?: \w+able)? param", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Count:
    """Parameters of one flow as printed and as its layers have them; `None` where theirs can't be told."""

    printed: int
    counted: int | None
    #: The printed count where its K are 1,024.
    binary: int | None = None
    #: The network with the paths that tables leave out, and what that has.
    joined: Joined | None = None
    counted_joined: int | None = None
    #: Rows whose own printed count is another: name, printed, counted.
    rows: tuple[tuple[str, int, int], ...] = ()

    @property
    def agrees(self) -> bool:
        return self._is_printed(self.counted)

    @property
    def agrees_joined(self) -> bool:
        """Whether it does not agree, but does with the paths past its blocks."""
        return not self.agrees and self._is_printed(self.counted_joined)

    def _is_printed(self, number: int | None) -> bool:
        return number is not None and any(
            abs(number - printed) <= TOLERANCE * printed for printed in (self.printed, self.binary) if printed
        )

    def told(self) -> str:
        """In words for people."""
        if self.counted is None:
            return f"{self.printed:,} parameters are printed; those of the layers as read can't be counted"
        verdict = "agree" if self.agrees else "do not agree"
        shown = f"{self.printed:,} parameters are printed"
        if self.agrees and self.binary and not abs(self.counted - self.printed) <= TOLERANCE * self.printed:
            shown += f" ({self.binary:,} where K is {KIBI:,})"
        told = f"{shown}, the layers as read have {self.counted:,}: they {verdict}"
        if self.agrees_joined and self.joined:
            return f"{told}, but do ({self.counted_joined:,}) with what the table does not print: {self.joined.words}"
        if self.agrees or not self.rows:
            return told
        rows = "; ".join(f"“{name}” is printed with {p:,}, but has {c:,}" for name, p, c in self.rows)
        return f"{told}; {rows}"

    def to_dict(self) -> dict[str, int | bool | str | None]:
        told: dict[str, int | bool | str | None] = {
            "printed": self.printed,
            "counted": self.counted,
            "agree": self.agrees,
        }
        if self.agrees_joined and self.joined:
            told |= {"counted_with": self.counted_joined, "agree_with": self.joined.words}
        return told


def counts_of(table: Table, flows: Sequence[Flow]) -> list[Count | None]:
    """For each flow of a table what it prints of parameters and what they are; `None` where it prints nothing."""
    rows = [[" ".join(text.split()) for text in row] for row in table.rows()]
    return [_count(rows, flow, len(flows), table.region.caption) for flow in flows]


def _count(rows: list[list[str]], flow: Flow, networks: int, caption: str) -> Count | None:
    printed = _printed(rows, flow.name, networks, caption)
    if printed is None:
        return None
    binary = _printed(rows, flow.name, networks, caption, KIBI)
    light = _without_weights(rows, flow)
    whole = _report(flow, light)
    paths = joined(flow)
    with_paths = _report(paths.flow, light) if paths else None
    return Count(
        printed,
        _sum(flow, whole, light) if whole else None,
        binary if binary != printed else None,
        paths,
        _sum(paths.flow, with_paths, light) if paths and with_paths else None,
        tuple(_unlike(rows, flow, whole))[:MOST_ROWS] if whole else (),
    )


def _report(flow: Flow, light: Collection[str]) -> Report | None:
    """A flow's report; `None` where it has modules whose inside is not printed, or sizes that were only assumed.

    `light` are layers of which the table says that they have no weights, whatever they do.
    """
    completion = complete(flow)
    if any(layer.type in PLACEHOLDERS and layer.id not in light for layer in completion.flow.layers):
        return None
    guessed = {a.parameter for a in completion.assumptions if a.provenance == "assumed" and not _of(a.layer, light)}
    return None if guessed & SIZES else report(flow, completion)


def _of(layer_id: str, light: Collection[str]) -> bool:
    """Whether a layer stands in front of one of these, to bring what comes to the size that is printed of it."""
    return layer_id in light or layer_id.partition(".")[0] in light


def _sum(flow: Flow, whole: Report, light: Collection[str]) -> int | None:
    """All parameters of the layers that have some; `None` where one's can't be told."""
    if not light:
        return whole.parameters
    counts = [whole.layer_parameters.get(layer.id) for layer in flow.layers if layer.id not in light]
    return None if None in counts else sum(count for count in counts if count is not None)


def _without_weights(rows: list[list[str]], flow: Flow) -> frozenset[str]:
    """Modules in whose row the column of counts holds a dash or a zero, where it holds numbers in others."""
    column = _column(rows)
    if column is None:
        return frozenset()
    printed = {tidy(row[0]): row[column] for row in rows}
    return frozenset(
        layer.id
        for layer in flow.layers
        if layer.type in PLACEHOLDERS and layer.output_shape and printed.get(tidy(layer.label)) in _NONE
    )


def _unlike(rows: list[list[str]], flow: Flow, whole: Report) -> Iterator[tuple[str, int, int]]:
    """Rows that name a layer and print another count than it has."""
    column = _column(rows)
    if column is None:
        return
    named = {tidy(layer.label): layer.id for layer in flow.layers}
    for row in rows:
        printed, layer_id = number_of(row[column]), named.get(tidy(row[0]))
        counted = whole.layer_parameters.get(layer_id) if layer_id else None
        if printed and counted and abs(counted - printed) > ROW_TOLERANCE * printed:
            yield row[0], printed, counted


def _column(rows: list[list[str]]) -> int | None:
    return next((c for row in rows[:2] for c, text in enumerate(row) if _COLUMN.fullmatch(text)), None)


def _printed(rows: list[list[str]], name: str, networks: int, caption: str, kilo: int = 1000) -> int | None:
    """In a row of counts under the network's name, behind its name in brackets, or in a column, at its end or in all;
    in the caption where there is one network."""
    columns = [c for row in rows[:3] for c, text in enumerate(row) if name and tidy(text).startswith(name)]
    row = next((row for row in rows if _OF_PARAMETERS.match(row[0]) and len(set(row)) > 1), None)
    if row is not None and (columns or networks == 1):
        cell = row[columns[0]] if columns else row[-1]
        return number_of(cell)
    if columns:
        head = next(row[columns[0]] for row in rows[:3] if tidy(row[columns[0]]).startswith(name))
        if behind := re.search(r"\(([\d.,]+ ?[kKmM])\)", head):
            return number_of(behind[1])
    if networks > 1:
        return None
    if (column := _column(rows)) is not None:
        total = next((row for row in reversed(rows) if _TOTAL.match(row[0]) or _TOTAL.search(row[column])), None)
        told = [number_of(row[column], kilo) for row in rows]
        if number := number_of(total[column], kilo) if total else sum(n for n in told if n):
            return number
    match = _IN_CAPTION.search(caption)
    return number_of(match[1]) if match else None


def number_of(text: str, kilo: int = 1000) -> int | None:
    """ "4.1M", "28.9x10^6", "1,248,424"; `None` for anything else. `kilo` is what a K stands for."""
    match = _NUMBER.match(text)
    if not match:
        return None
    scale = 10 ** int(match[2]) if match[2] else _SCALE[match[3][0].lower()] if match[3] else 1
    if match[3] and match[3].lower() == "k":
        scale = kilo
    return round(float(match[1].replace(",", "")) * scale) or None
