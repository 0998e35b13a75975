"""The head in the repository is as good as its card says, and training keeps sources apart."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from extraction.classify import sets, training
from extraction.classify.report import Report, table
from extraction.classify.training import DataError, Figures, platt, read_labels, train
from extraction.flow.model import KINDS


def _figures(sources: int = 24, each: int = 12) -> tuple[Figures, np.ndarray]:
    """Made-up features in which each kind has a direction of its own."""
    random = np.random.default_rng(0)
    count = sources * each
    kinds = random.choice(np.array(["none", *KINDS]), count, p=[0.5, *[0.1] * 5])
    places = {kind: i for i, kind in enumerate(("none", *KINDS))}
    rows = random.normal(0, 1, (count, 30))
    rows[np.arange(count), [places[kind] for kind in kinds]] += 6
    figures = Figures(
        np.array([f"{i}.png" for i in range(count)]),
        kinds,
        random.random(count) < 0.9,
        np.repeat([f"paper:{i}" for i in range(sources)], each),
        np.repeat("develop", count),
    )
    return figures, rows.astype(np.float32)


def test_training_finds_what_there_is_to_find() -> None:
    figures, rows = _figures()
    trained = train(figures, rows, rows)
    report = Report.of("develop", figures, trained.flow, trained.kinds)
    assert report.sure["balanced_accuracy"].value > 0.97
    assert report.sure["kind_accuracy"].value > 0.9
    flow, kinds = trained.head.probabilities(rows)
    assert ((flow >= 0.5) == (figures.kinds != "none")).mean() > 0.98
    np.testing.assert_allclose(kinds.sum(axis=1), 1, atol=1e-5)
    assert "five kinds: macro-F1" in table([report])


def test_the_same_figures_give_the_same_head() -> None:
    figures, rows = _figures(12)
    assert train(figures, rows, rows).head.to_bytes() == train(figures, rows, rows).head.to_bytes()


def test_a_kind_without_examples_is_never_said() -> None:
    figures, rows = _figures()
    chosen = figures.kinds != "neurons"
    trained = train(figures.where(chosen), rows[chosen], rows[chosen])
    _, kinds = trained.head.probabilities(rows)
    assert kinds[:, KINDS.index("neurons")].max() < 1e-6


def _folder(tmp_path: Path, kind: str = "box2d", source: str = "paper:a") -> Path:
    for name, row in (
        ("labels.csv", {"file": "a.png", "kind": kind, "confidence": "sure", "source": source}),
        ("split.csv", {"source": "paper:a", "part": "develop"}),
    ):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerow(row)
    return tmp_path


def test_labels_are_read_with_their_part(tmp_path: Path) -> None:
    figures = read_labels(_folder(tmp_path))
    assert figures.kinds.tolist() == ["box2d"]
    assert figures.parts.tolist() == ["develop"]
    assert figures.sure.tolist() == [True]


def test_labels_that_do_not_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.csv"):
        read_labels(tmp_path)
    with pytest.raises(DataError, match="box9d"):
        read_labels(_folder(tmp_path, kind="box9d"))
    with pytest.raises(DataError, match="paper:b"):
        read_labels(_folder(tmp_path, source="paper:b"))


@pytest.mark.shared
def test_the_stored_test_set_has_the_features_of_the_pictures(benchmark: Path) -> None:
    """`test_retraining` holds the head to its promise on all of that set; here that it is what `classify` sees."""
    frozen = sets.load(sets.FROZEN)
    places = {name: row for row, name in enumerate(frozen.figures.files)}
    figures = read_labels(benchmark / "figures")
    chosen = figures.where(np.flatnonzero((figures.parts == "check") & figures.sure)[::40])
    for file, kind in zip(chosen.files, chosen.kinds, strict=True):
        row = places[hashlib.sha256(Path(file).read_bytes()).hexdigest()]
        assert frozen.figures.kinds[row] == kind
        np.testing.assert_allclose(training.compute_features([Path(file)])[0], frozen.plain[row], rtol=0.01, atol=0.01)


def test_what_a_threshold_parts_perfectly_is_not_taken_for_certain() -> None:
    flow = np.arange(60) % 2 == 0
    figures = Figures(
        files=np.arange(60).astype(str),
        kinds=np.where(flow, "box2d", "none"),
        sure=np.ones(60, bool),
        sources=np.arange(60).astype(str),
        parts=np.full(60, "develop"),
    )
    slope, offset = platt(np.where(flow, 1.0, -1.0).astype(np.float32), figures)
    sure = 1 / (1 + np.exp(-(slope + offset)))
    assert sure == pytest.approx(31 / 32, abs=0.002)
