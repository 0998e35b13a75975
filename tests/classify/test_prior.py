"""What simulated figures teach: linear maps that heads get beside the features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from extraction.classify import prior
from extraction.classify.head import HeadError
from extraction.classify.prior import Prior
from extraction.classify.training import Figures, train
from extraction.classify.whitening import Whitening
from extraction.flow.model import KINDS

ANSWERS = np.array(prior.ANSWERS)


def made_up(count: int, seed: int, noise: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Kinds, and features in which each answer has a direction of its own, alike in every seed."""
    random = np.random.default_rng(seed)
    kinds = random.choice(ANSWERS, count, p=[0.5, *[0.1] * 5])
    rows = random.normal(0, noise, (count, 60))
    rows[np.arange(count), [list(ANSWERS).index(kind) for kind in kinds]] += 5
    return kinds, rows.astype(np.float32)


def figures_of(kinds: np.ndarray) -> Figures:
    count = len(kinds)
    sources = np.array([f"paper:{i // 3}" for i in range(count)])
    return Figures(np.arange(count).astype(str), kinds, np.ones(count, bool), sources, np.full(count, "develop"))


def test_many_simulated_figures_help_where_few_are_labelled() -> None:
    learned = prior.learn(*made_up(1500, 1))
    kinds, rows = made_up(150, 2)
    test_kinds, test_rows = made_up(400, 3)
    right = {}
    for name, given in (("without", None), ("with", learned)):
        flow, _ = train(figures_of(kinds), rows, rows, prior=given).head.probabilities(test_rows)
        right[name] = float(((flow >= 0.5) == (test_kinds != "none")).mean())
    assert right["with"] > right["without"] + 0.02


def test_a_stored_prior_comes_back_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "prior.npz"
    learned = prior.learn(*made_up(200, 1))
    path.write_bytes(learned.to_bytes())
    assert Prior.load(path).to_bytes() == learned.to_bytes()
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(HeadError, match=r"prior\.npz can't be read"):
        Prior.load(path)
    np.savez(path, weights=np.zeros((4, 6)), bias=np.zeros(6))
    with pytest.raises(HeadError, match="features x 7"):
        Prior.load(path)


def test_only_features_of_this_network_have_a_prior() -> None:
    stored = Prior.load()
    assert prior.fitting(len(stored.weights)) is not None
    assert prior.fitting(24) is None
    assert stored.weights.shape[1] == 1 + 1 + len(KINDS)


def test_whitened_rows_have_variance_one_and_no_covariance() -> None:
    rows = made_up(80, 4)[1]
    whitening = Whitening.of(rows, 20)
    np.testing.assert_allclose(np.cov(whitening(rows), rowvar=False), np.eye(20), atol=1e-6)
    outputs, offset = np.random.default_rng(0).normal(size=(3, 20)), np.arange(3.0)
    weights, bias = whitening.linear(outputs, offset)
    np.testing.assert_allclose(rows @ weights + bias, whitening(rows) @ outputs.T + offset, atol=1e-4)


@pytest.mark.usefixtures("drawn_once")
def test_the_command_learns_from_simulated_figures(tmp_path: Path) -> None:
    out = tmp_path / "prior.npz"
    call_command("train_prior", simulated=48, out=out, cache=tmp_path / "cache")
    first = out.read_bytes()
    call_command("train_prior", simulated=48, out=out, cache=tmp_path / "cache")
    assert out.read_bytes() == first
    with pytest.raises(CommandError, match="draw more"):
        call_command("train_prior", simulated=2, out=out, cache=tmp_path / "cache")
