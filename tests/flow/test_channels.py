"""Layers along the channels alone: sizes, counts, and what can't be."""

from __future__ import annotations

import pytest

from extraction.flow.model import Layer
from extraction.flow.rules import RuleError, apply


@pytest.mark.parametrize(
    ("kind", "params", "given", "gives", "count"),
    [
        ("Slice", {"start": 2, "stop": 5}, (4, 4, 8), (4, 4, 3), 0),
        ("Slice", {"stop": 5}, (7, None), (7, 5), 0),
        ("Bias", {}, (4, 4, 8), (4, 4, 8), 8),
        ("Bias", {}, (None,), (None,), None),
        ("ArgMax", {}, (4, 4, 8), (4, 4, 1), 0),
    ],
)
def test_sizes_and_counts(
    kind: str, params: dict[str, int], given: tuple[int, ...], gives: tuple[int, ...], count: int | None
) -> None:
    assert apply(Layer("l", kind, params=params), [given]) == (gives, count)


@pytest.mark.parametrize(
    ("params", "message"),
    [({"start": 3, "stop": 3}, "takes nothing"), ({"stop": 9}, "before channel 9, but 4x4x8 has 8")],
)
def test_channels_that_are_not_there_are_refused(params: dict[str, int], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        apply(Layer("l", "Slice", params=params), [(4, 4, 8)])
