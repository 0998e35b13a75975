"""What is measured of the consensus: real people's answers, and a simulated crowd at work on flows."""

from __future__ import annotations

from pathlib import Path

import crowdkit.aggregation
import numpy as np
import pytest

from annotations.management import consensus_rte as rte
from annotations.management.consensus_flows import run


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning:crowdkit")
def test_answers_of_real_people_are_merged_no_worse_than_by_others(benchmark: Path) -> None:
    rows, gold = rte.read(benchmark)
    assert rte.accuracy(rows, gold) >= 0.9275
    for size in (3, 7):
        chosen = [rte.subset(rows, size, seed) for seed in (1, 2)]
        ours = np.mean([rte.accuracy(one, gold) for one in chosen])
        theirs = np.mean([rte.crowdkit_accuracy(crowdkit.aggregation, "DawidSkene", one, gold) for one in chosen])
        assert ours >= theirs


def test_a_crowd_that_nobody_knows_makes_flows_that_are_right() -> None:
    done = run(7, 0.1, tasks=40)
    assert np.mean([stage.exact for stage in done.product]) >= 0.95
    answers, oracle = (np.mean([stage.answers for stage in stages]) for stages in (done.product, done.oracle))
    assert answers <= 1.3 * oracle
    assert run(7, 0.1, tasks=5).product == done.product[:5], "nothing is left to chance"
