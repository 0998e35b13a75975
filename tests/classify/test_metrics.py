"""The measures are those of the textbook: scikit-learn agrees with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.classify import metrics
from extraction.flow.model import KINDS

CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60).filter(
    lambda rows: len({row[0] for row in rows}) == 2
)


@given(CASES)
@settings(max_examples=60, deadline=None)
def test_measures_of_two_classes_agree_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score

    truth = np.array([row[0] for row in rows])
    score = np.array([row[1] / 20 for row in rows])
    said = score >= 0.5
    assert metrics.balanced_accuracy(truth, said) == pytest.approx(balanced_accuracy_score(truth, said))
    assert metrics.f1(truth, said) == pytest.approx(f1_score(truth, said, zero_division=0))
    assert metrics.average_precision(truth, score) == pytest.approx(average_precision_score(truth, score))


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_macro_f1_agrees_with_scikit_learn(rows: list[tuple[str, str]]) -> None:
    from sklearn.metrics import f1_score

    truth, said = (np.array(column) for column in zip(*rows, strict=True))
    labels = sorted(set(truth.tolist()))
    wanted = f1_score(truth, said, labels=labels, average="macro", zero_division=0)
    assert metrics.macro_f1(truth, said) == pytest.approx(wanted)


def test_calibration_error_is_the_gap_between_what_is_said_and_what_is() -> None:
    truth = np.array([True] * 9 + [False] * 1)
    assert metrics.calibration_error(truth, np.full(10, 0.9)) == pytest.approx(0)
    assert metrics.calibration_error(truth, np.full(10, 0.4)) == pytest.approx(0.5)


def test_intervals_hold_the_value_and_widen_with_fewer_sources() -> None:
    random = np.random.default_rng(1)
    kinds = random.choice(np.array([*KINDS, "none"]), 300)
    flow = np.clip((kinds != "none") * 0.4 + random.random(300) * 0.6, 0, 1)
    rows = random.random((300, len(KINDS)))
    many = metrics.measure(kinds, np.arange(300), flow, rows)
    few = metrics.measure(kinds, np.repeat(np.arange(6), 50), flow, rows)
    for measure in (*many.values(), *few.values()):
        assert measure.low <= measure.high
    assert many["f1"].low <= many["f1"].value <= many["f1"].high
    assert many == metrics.measure(kinds, np.arange(300), flow, rows)
