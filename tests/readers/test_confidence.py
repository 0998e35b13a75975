"""Stated confidences are shares that are right: between 0 and 1, lower where less is seen."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from extraction.flow.model import Connection, Flow, Layer
from extraction.readers.confidence import calibrated

SURE = st.floats(0.0, 1.0)


def chain(count: int, sure: float, links: list[tuple[int, int]]) -> Flow:
    layers = tuple(Layer(f"l{i}", "Conv2D", confidence=sure) for i in range(count))
    return Flow(layers, tuple(Connection(f"l{a}", f"l{b}", sure) for a, b in links))


@given(st.integers(1, 60), SURE)
def test_confidences_are_shares(count: int, sure: float) -> None:
    flow = calibrated(chain(count, sure, list(pairwise(range(count)))))
    values = [flow.confidence, *(e.confidence for e in (*flow.layers, *flow.connections))]
    assert all(value is not None and 0 <= value <= 1 for value in values)


@given(st.integers(3, 40), SURE, SURE)
def test_what_was_surer_stays_surer(count: int, one: float, other: float) -> None:
    low, high = (calibrated(chain(count, sure, list(pairwise(range(count))))) for sure in sorted((one, other)))
    assert (low.confidence or 0) <= (high.confidence or 0)
    assert (low.layers[0].confidence or 0) <= (high.layers[0].confidence or 0)


@given(st.integers(4, 40))
def test_a_figure_in_pieces_is_less_sure_than_a_whole_one(count: int) -> None:
    links = list(pairwise(range(count)))
    whole, pieces = (calibrated(chain(count, 0.9, part)) for part in (links, links[::2]))
    assert (pieces.confidence or 0) < (whole.confidence or 0)


def test_nothing_read_is_nothing_to_be_sure_of() -> None:
    assert calibrated(Flow((), ())) == Flow((), ())
