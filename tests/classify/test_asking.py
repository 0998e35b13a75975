"""Which figures to ask about first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.classify import asking, comparing
from extraction.classify.training import train
from tests.classify.test_retraining import made_up

NOTHING = np.zeros((0, 8), np.float32)


def some(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 8)).astype(np.float32), random.dirichlet(np.ones(6), count)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 10), st.integers(0, 40), st.integers(0, 1000))
def test_each_figure_comes_once_and_fewer_are_the_beginning_of_more(n: int, known: int, count: int, seed: int) -> None:
    features, probabilities = some(n, seed)
    labelled, _ = some(known, seed + 1)
    all_of_them = asking.order(features, probabilities, labelled, n)
    assert sorted(all_of_them) == list(range(n))
    assert asking.order(features, probabilities, labelled, count).tolist() == all_of_them[:count].tolist()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda row: sum(row) > 0.01))
def test_doubt_lies_between_certainty_and_none_at_all(row: list[float]) -> None:
    given_row = np.array([row]) / sum(row)
    found = asking.doubt(np.concatenate([given_row, np.eye(6)[:1], np.full((1, 6), 1 / 6)]))
    assert found[1] == pytest.approx(0, abs=1e-6)
    assert found[2] == pytest.approx(1)
    assert found[1] - 1e-6 <= found[0] <= found[2] + 1e-6


def test_of_figures_that_are_equally_new_the_doubtful_one_comes_first() -> None:
    probabilities = np.array([[0.9, 0.1, 0, 0, 0, 0], [0.5, 0.5, 0, 0, 0, 0], [0.7, 0.3, 0, 0, 0, 0]])
    order = asking.order(np.eye(3, 8, dtype=np.float32), probabilities, NOTHING, 3)
    assert order.tolist() == [1, 2, 0]


def test_copies_of_what_is_known_or_asked_already_come_last() -> None:
    features, probabilities = some(12, 5)
    features[7] = features[3]
    probabilities[[3, 7]] = 1 / 6
    labelled = features[[0, 1]]
    order = asking.order(features, probabilities, labelled, 12).tolist()
    assert order[0] == 3
    assert set(order[-3:]) == {0, 1, 7}


def test_rows_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows of features, but 4"):
        asking.order(some(3, 0)[0], some(4, 0)[1], NOTHING, 2)


def test_most_that_is_asked_about_is_new_where_most_of_the_pool_is_known() -> None:
    """Most figures of the pool are copies in all but noise: to ask about those teaches nothing."""
    start, fresh = made_up(120, 21), made_up(80, 22)
    near = start.where(np.random.default_rng(0).integers(0, 120, 400))
    noise = np.random.default_rng(1).normal(0, 0.05, near.plain.shape).astype(np.float32)
    rows = np.concatenate([near.plain + noise, fresh.plain])
    head = train(start.figures, start.plain, start.mirrored).head
    probabilities = comparing.answers(*head.probabilities(rows))
    asked = asking.order(rows, probabilities, start.plain, 60)
    assert (asked >= 400).mean() > 3 * 80 / 480, "three times as many new ones as at random"
