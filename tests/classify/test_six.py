"""The poster's six classifiers: what they learn, how they are measured, the report of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from extraction.classify import experiments, pages, six
from extraction.classify.features import Image
from extraction.classify.poster import POSTER, TRIVIAL
from extraction.classify.stored import Store
from extraction.classify.training import Figures
from extraction.classify.vgg19 import extractor
from extraction.classify.weights import WeightsError
from extraction.flow.model import KINDS


def _figures(count: int = 260, noise: float = 1.0) -> tuple[Figures, np.ndarray]:
    """Made-up features in which each answer has a direction of its own."""
    random = np.random.default_rng(0)
    answers = np.array(["none", *KINDS])
    kinds = random.choice(answers, count, p=[0.5, *[0.1] * 5])
    rows = random.normal(0, noise, (count, 24))
    rows[np.arange(count), [list(answers).index(kind) for kind in kinds]] += 5
    sources = np.array([f"paper:{i // 4}" for i in range(count)])
    parts = np.where(np.arange(count) % 4 < 3, "develop", "check")
    parts = np.array([parts[i // 4] for i in range(count)])
    files = np.array([f"{i}.png" for i in range(count)])
    return Figures(files, kinds, random.random(count) < 0.9, sources, parts), rows.astype(np.float32)


OTHERS = [name for name in six.SIX if name != "Neural Network"]


@pytest.mark.parametrize("name", OTHERS)
def test_each_learns_both_questions_and_says_probabilities(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(six, "FOLDS", 2)
    monkeypatch.setattr(six, "TREES", 40)
    figures, rows = _figures()
    learn, test = np.flatnonzero(figures.parts == "develop"), np.flatnonzero(figures.parts == "check")
    fitted = six.fit(name, figures.where(learn), rows[learn])
    flow, kinds = fitted.probabilities(rows[test])
    assert ((flow >= 0) & (flow <= 1)).all()
    np.testing.assert_allclose(kinds.sum(axis=1), 1, atol=1e-5)
    is_flow = figures.kinds[test] != "none"
    assert ((flow >= 0.5) == is_flow).mean() > 0.75
    said = np.array(KINDS)[kinds.argmax(axis=1)]
    assert (said == figures.kinds[test])[is_flow].mean() > 0.5
    assert fitted.flow.shape == (len(learn),)
    assert fitted.kinds.shape == (len(learn), len(KINDS))


#: In a process of its own: Keras keeps the backend that it was first loaded with, and others test with NumPy's.
NETWORK = """
import sys
import numpy as np
from extraction.classify import six
stored = np.load(sys.argv[1])
rows, kinds = stored["rows"], stored["kinds"]
learn, is_flow = np.arange(len(rows)) < 200, kinds != "none"
flow = six._network(rows[learn], is_flow[learn], np.ones(200), 0)
among = learn & is_flow
kind = six._network(rows[among], kinds[among], np.ones(among.sum()), 0)
np.savez(sys.argv[2], flow=flow(rows[~learn]), kinds=kind(rows[~learn & is_flow]))
"""


def test_the_neural_network_learns_both_questions(tmp_path: Path) -> None:
    """Its scores go the same way on as those of the others, so they are looked at alone."""
    figures, rows = _figures()
    np.savez(tmp_path / "given.npz", rows=rows, kinds=figures.kinds.astype(str))
    command = [sys.executable, "-c", NETWORK, str(tmp_path / "given.npz"), str(tmp_path / "found.npz")]
    subprocess.run(command, check=True, env=os.environ | {"KERAS_BACKEND": "jax"})
    found = np.load(tmp_path / "found.npz")
    is_flow = figures.kinds[200:] != "none"
    assert ((found["flow"] >= 0) == is_flow).mean() > 0.9
    said = np.array(sorted(KINDS))[found["kinds"].argmax(axis=1)]
    assert (said == figures.kinds[200:][is_flow]).mean() > 0.8


def test_a_kind_without_examples_is_never_said() -> None:
    figures, rows = _figures()
    chosen = np.isin(figures.kinds, ("none", "box2d", "box3d"))
    fitted = six.fit("Logistic Regression", figures.where(chosen), rows[chosen])
    _, kinds = fitted.probabilities(rows)
    assert kinds[:, [i for i, kind in enumerate(KINDS) if kind not in ("box2d", "box3d")]].max() < 1e-3


def test_the_posters_table_is_the_posters() -> None:
    assert list(POSTER) == list(six.SIX)
    assert POSTER["Neural Network"].flow[2] == 86.25
    assert POSTER["Neural Network"].kinds[2] == 71.60
    flows = 1720 + 573 + 574
    assert 100 * (1 - flows / (18_592 + 6_197 + 6_198)) == pytest.approx(TRIVIAL, abs=0.005)


def test_an_experiment_stands_beside_the_poster_and_the_report_shows_the_worst_errors(tmp_path: Path) -> None:
    figures, rows = _figures(noise=2.5)
    names = ["Naive Bayes", "Logistic Regression"]
    found = experiments.run("Made up", "Of no figures.", figures, rows, ("develop", None, "check"), names=names)
    lines = experiments.accuracy_table(found)
    assert lines[1][:2] == ["Naive Bayes", "77.29 / 64.39 / 62.56"]
    sure = figures.where(np.flatnonzero((figures.parts == "check") & figures.sure))
    assert found.trivial == pytest.approx(100 * max(np.mean(sure.kinds == "none"), np.mean(sure.kinds != "none")))
    assert "balanced accuracy" in experiments.markdown([found])
    row = found.rows[1]
    assert len(row.test.figures) == len(sure)
    errors = pages.worst(row)
    assert errors
    said = row.test.said()
    assert all(said[i] != row.test.figures.kinds[i] for i in errors)
    page = pages.write(tmp_path / "report", [found], _grey, "Logistic Regression")
    text = page.read_text(encoding="utf-8")
    assert "62.56" in text
    for name in [part.split('"')[0] for part in text.split('src="')[1:]]:
        assert (page.parent / name).stat().st_size > 100


def _grey(name: str) -> Image:
    return np.full((40, 60, 3), 128, np.uint8)


def test_features_are_computed_once_a_picture(tmp_path: Path) -> None:
    asked = []

    def extract(images: list[Image]) -> np.ndarray:
        asked.append(len(images))
        return np.array([[image.mean(), image.shape[0]] for image in images], np.float32)

    store = Store(tmp_path, "means", extract)
    first, other = _grey(""), np.full((60, 40, 3), 128, np.uint8)
    np.testing.assert_array_equal(store.of(first), store.of(first.copy()))
    assert len(asked) == 1
    assert store.of(other)[1] == 60  # the same bytes in another shape are another picture
    assert len(asked) == 2
    (path, *_) = sorted(tmp_path.glob("means/*/*.npy"))
    path.write_bytes(b"broken")
    store.of(first), store.of(other)
    assert len(asked) == 3
    assert not list(tmp_path.glob("means/*/*.part"))


def test_weights_of_vgg19_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"vgg\.h5"):
        extractor(str(tmp_path / "vgg.h5"))
    broken = tmp_path / "broken.weights.h5"
    broken.write_bytes(b"no weights")
    with pytest.raises(CommandError, match="can't be had"):
        call_command("train_classifiers", simulated=2, features="vgg19", weights=str(broken))


@pytest.mark.usefixtures("drawn_once")
def test_the_command_trains_on_simulated_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(six, "FOLDS", 2)
    call_command(
        "train_classifiers",
        simulated=60,
        seed=1,
        classifiers=["Naive Bayes", "Logistic Regression"],
        cache=tmp_path / "cache",
        report=tmp_path / "report",
        json=True,
    )
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"Simulated figures, split as on the poster", "Simulated figures, whole looks held out"}
    for one in found.values():
        for classifier in one["classifiers"].values():
            assert 0 <= classifier["measures"]["f1"]["low"] <= classifier["measures"]["f1"]["high"] <= 1
    assert (tmp_path / "report" / "index.html").is_file()
    assert len(list((tmp_path / "cache").glob("*/*/*.npy"))) == 60
    with pytest.raises(CommandError, match="give labelled figures"):
        call_command("train_classifiers", simulated=0)
