"""What a sigmoid squeezes to almost nothing is compared by its exponent."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.proof import TOLERANCE
from extraction.proof.run_agree import _difference

PLACE = {"order": None, "softmax": False, "sigmoid": True}


@pytest.mark.parametrize(
    ("inputs", "error", "same"),
    [
        ([-60.0, -80.0], 0.0002, True),  # of 60, three parts in a million
        ([-60.0, -80.0], 0.1, False),
        ([-1.0, -80.0], 0.001, False),  # not all of them are tiny: values count as everywhere
    ],
)
def test_errors_of_the_input_count_as_shares_of_it(inputs: list[float], error: float, same: bool) -> None:
    ours, theirs = (1 / (1 + np.exp(-(np.asarray(inputs) + wrong))) for wrong in (0.0, error))
    assert (_difference(np, ours, theirs, PLACE) <= TOLERANCE) is same
