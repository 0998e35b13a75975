"""Tables with a model a row and a layer a column: a row of the head names the operations."""

from __future__ import annotations

import re

from extraction.flow.model import Flow
from extraction.tables.chain import flow_of
from extraction.tables.head import Grid
from extraction.tables.prepare import Rows
from extraction.tables.spec import MAX_REPEAT, Group, Spec, spec_of, split
from extraction.tables.text import tidy
from extraction.tables.values import with_values

MIN_LAYERS = 3
#: Numbers that are no counter of a name ("conv1", "fc6").
_VALUES = re.compile(r"\d{2}|(?<![a-z])\d", re.IGNORECASE)
_OUTPUT = re.compile(r"outputs?(?: layer)?", re.IGNORECASE)
_AGAIN = re.compile(r"(?<!x\d)(?<!x\d\d)(?<=[\s\d)])[x×] ?(\d{1,2})$")


def _whole(rows: Rows) -> Rows:
    """The rows of one model, each with its name, as one."""
    done: Rows = []
    for row in rows:
        if done and row[0] and row[0] == done[-1][0]:
            pairs = zip(done[-1][1:], row[1:], strict=True)
            done[-1] = [row[0], *(up if text == "-" else f"{up} {text}".strip() for up, text in pairs)]
        else:
            done.append(list(row))
    return [[tidy(text) for text in row] for row in done]


def read_across(grid: Grid) -> list[Flow]:
    """A flow a row; empty where no row of the head names operations."""
    rows = [*grid.head, *grid.body]
    for place, row in enumerate(rows[:4]):
        specs = [spec_of(text) for text in row]
        # What an output is made by, its count says.
        ends = [column for column, text in enumerate(row) if _OUTPUT.fullmatch(text)]
        specs = [Spec("Dense", row[i]) if i in ends else spec for i, spec in enumerate(specs)]
        named = [column for column, spec in enumerate(specs) if column and spec is not None and spec.specific]
        if len(named) < max(MIN_LAYERS, 0.8 * (len(row) - 1)) or any(_VALUES.search(row[c]) for c in named):
            continue
        flows = []
        for model in _whole(rows[place + 1 :]):
            groups = []
            for column in named:
                spec, text = specs[column], model[column]
                if spec is None or not re.search(r"\d", text):
                    continue
                if column in ends and not text.isdecimal():
                    continue
                again = _AGAIN.search(text)
                bare = text[: again.start()].strip() if again else text
                first, *further = split(bare)
                also = tuple(other for part in further if (other := spec_of(part)) is not None)
                repeat = min(MAX_REPEAT, int(again[1])) if again else 1
                groups.append(Group((with_values(spec, first), *also), repeat))
            if len(groups) >= MIN_LAYERS and all(group.specs[0].params for group in groups):
                flows.append(flow_of(groups, model[0]))
        return flows
    return []
