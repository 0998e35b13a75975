"""Rows that belong together and are printed once: repeats and residual brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from extraction.tables.spec import MAX_REPEAT, Group, Spec

#: "4× bottleneck" and "3×Inception": how often the row is meant.
PREFIX = re.compile(r"^(\d{1,3}) ?[x×](⋮)?\s*(?=[A-Za-z]{3}|[A-Z]{2}-)")
#: A count that is that of the rows above as well.
SHARED = -1


def repeated(groups: Sequence[Group], counts: Sequence[int]) -> list[Group]:
    """The groups, each as often as stands before its row (0 where nothing does).

    Where rows close a bracket by an addition, a count is that of the whole bracket.
    """
    if any(group.specs[0].type == "Add" and not group.specs[0].sources for group in groups):
        return _with_residuals(groups, counts)
    done: list[Group] = []
    open_: list[Group] = []
    number = 0
    for index, (group, count) in enumerate(zip(groups, counts, strict=True)):
        open_.append(group)
        number = number if count == SHARED else count
        if counts[index + 1 : index + 2] != [SHARED]:
            whole = Group(tuple(spec for part in open_ for spec in part.specs)) if len(open_) > 1 else group
            done += times(whole, number)
            open_ = []
    return done


def times(group: Group, count: int) -> list[Group]:
    """The group so many times over; a printed size is that of the last."""
    if count <= 1:
        return [group]
    if len(group.specs) > 1 or group.specs[0].output_shape is None:
        return [replace(group, repeat=min(MAX_REPEAT, group.repeat * count))]
    bare = replace(group.specs[0], output_shape=None)
    return [Group((bare,), min(MAX_REPEAT, count) - 1), group]


def kinds(spec: Spec, counts: Sequence[int], strides: Sequence[str]) -> list[Group]:
    """A row of several kinds ("1 3"), each so often and with its stride."""
    groups: list[Group] = []
    for place, count in enumerate(counts):
        params: dict[str, Any] = dict(spec.params)
        if not spec.specific:
            params |= {"repeat": count}
            params |= {"stride": int(strides[place])} if len(strides) == len(counts) else {}
        groups += times(Group((replace(spec, params=params),)), min(MAX_REPEAT, count))
    return groups


def _with_residuals(groups: Sequence[Group], counts: Sequence[int]) -> list[Group]:
    """A bracket ends with its `Add` and starts behind the row before that changed the size; its count may stand
    beside any of its rows."""
    result: list[Group] = []
    start = 0
    for index, group in enumerate(groups):
        spec = group.specs[0]
        strided = any(step not in (1, None) for step in spec.params.get("strides") or [])
        if spec.type == "Add" and index > start:
            members = range(start, index + 1)
            count = max(counts[i] for i in members) or 1
            result.append(Group(tuple(s for i in members for s in groups[i].specs), min(MAX_REPEAT, count)))
            start = index + 1
        elif strided or index == 0 or spec.output_shape:
            result += groups[start : index + 1]
            start = index + 1
    return [*result, *groups[start:]]
