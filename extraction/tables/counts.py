"""Printed counts of parameters beside those of the flows: a check on what was read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.flow.checks import report
from extraction.flow.complete import complete
from extraction.flow.completion.traits import PLACEHOLDERS
from extraction.flow.model import Flow
from extraction.pdf.model import Table
from extraction.tables.text import tidy

#: Share by which a count may differ from the printed one, which is rounded and may leave biases out.
TOLERANCE = 0.02
#: What says how many weights a layer has.
SIZES = {"filters", "units", "kernel_size", "output_dim"}
_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: ?[x×] ?10\^?(\d)| ?(k|m|b|thousand|million|billion)\b)?", re.IGNORECASE)
_SCALE = {"k": 10**3, "t": 10**3, "m": 10**6, "b": 10**9}
_OF_PARAMETERS = re.compile(
    r"(?:# ?|no\. of |number of )?(?:total )?(?:\w+able )?(?:of )?param(?:eter)?s?\b", re.IGNORECASE
)
_TOTAL = re.compile(r"(?:total|sum|overall)\b", re.IGNORECASE)
_IN_CAPTION = re.compile(r"(\d[\d,.]* ?(?:k|m|thousand|million)?)(?: \w+able)? param", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Count:
    """Parameters of one flow as printed and as its layers have them; `None` where theirs can't be told."""

    printed: int
    counted: int | None
    #: What shortcuts around its bottlenecks would have besides: tables leave them out.
    shortcuts: int = 0

    @property
    def agrees(self) -> bool:
        return self._is_printed(self.counted)

    @property
    def agrees_with_shortcuts(self) -> bool:
        """Whether it does not agree, but would with them."""
        return self.counted is not None and not self.agrees and self._is_printed(self.counted + self.shortcuts)

    def _is_printed(self, number: int | None) -> bool:
        return number is not None and abs(number - self.printed) <= TOLERANCE * self.printed

    def told(self) -> str:
        """In words for people."""
        if self.counted is None:
            return f"{self.printed:,} parameters are printed; those of the layers as read can't be counted"
        verdict = "agree" if self.agrees else "do not agree"
        told = f"{self.printed:,} parameters are printed, the layers as read have {self.counted:,}: they {verdict}"
        if not self.agrees_with_shortcuts:
            return told
        return (
            f"{told}, but would with a convolution in each shortcut past a block that changes how many channels there "
            f"are, which the table does not print ({self.counted + self.shortcuts:,})"
        )

    def to_dict(self) -> dict[str, int | bool | None]:
        told = {"printed": self.printed, "counted": self.counted, "agree": self.agrees}
        return told | ({"agree_with_shortcuts": True} if self.agrees_with_shortcuts else {})


def counts_of(table: Table, flows: Sequence[Flow]) -> list[Count | None]:
    """For each flow of a table what it prints of parameters and what they are; `None` where it prints nothing."""
    rows = [[" ".join(text.split()) for text in row] for row in table.rows()]
    printed = [_printed(rows, flow.name, len(flows), table.region.caption) for flow in flows]
    return [None if number is None else _count(number, flow) for number, flow in zip(printed, flows, strict=True)]


def _count(printed: int, flow: Flow) -> Count:
    counted = _counted(flow)
    return Count(printed, counted, 0 if counted is None else _of_shortcuts(flow))


def _counted(flow: Flow) -> int | None:
    """A flow's parameters; `None` where it has modules whose inside is not printed, or sizes that were only assumed."""
    if any(layer.type in PLACEHOLDERS for layer in flow.layers):
        return None
    completion = complete(flow)
    guessed = {a.parameter for a in completion.assumptions if a.provenance == "assumed"}
    return None if guessed & SIZES else report(flow, completion).parameters


def _of_shortcuts(flow: Flow) -> int:
    """Weights and biases of a convolution past each bottleneck that changes how many channels come.

    A bottleneck is three convolutions, the first and last of them 1 x 1, that come twice at least.
    """
    chain = [
        (tuple(layer.params["kernel_size"]), layer.params["filters"])
        for layer in flow.layers
        if "filters" in layer.params and "kernel_size" in layer.params
    ]
    more = 0
    for at in range(1, len(chain) - 5):
        (first, _), (middle, _), (last, goes) = bottleneck = chain[at : at + 3]
        came = chain[at - 1][1]
        narrow = set(first) == set(last) == {1} != set(middle)
        if narrow and chain[at + 3 : at + 6] == bottleneck and came != goes:
            more += (came + 1) * goes
    return more


def _printed(rows: list[list[str]], name: str, networks: int, caption: str) -> int | None:
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
    column = next((c for row in rows[:2] for c, text in enumerate(row) if _OF_PARAMETERS.fullmatch(text)), None)
    if column is not None:
        total = next((row for row in reversed(rows) if _TOTAL.match(row[0])), None)
        told = [number_of(row[column]) for row in rows]
        if number := number_of(total[column]) if total else sum(n for n in told if n):
            return number
    match = _IN_CAPTION.search(caption)
    return number_of(match[1]) if match else None


def number_of(text: str) -> int | None:
    """ "4.1M", "28.9x10^6", "1,248,424"; `None` for anything else."""
    match = _NUMBER.match(text)
    if not match:
        return None
    scale = 10 ** int(match[2]) if match[2] else _SCALE[match[3][0].lower()] if match[3] else 1
    return round(float(match[1].replace(",", "")) * scale) or None
