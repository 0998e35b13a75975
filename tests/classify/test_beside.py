"""What stands beside a figure in its paper counts, is learned, and can be left away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import pipeline
from extraction.classify import Beside, beside_training, classify
from extraction.classify.beside import FILE, SIZE, Addition
from extraction.classify.beside_training import learn, read_beside, rows_of
from extraction.classify.head import HeadError
from extraction.classify.training import DataError
from tests.classify.test_retraining import BASE

IMAGE = np.full((60, 90, 3), 255, np.uint8)
IMAGE[20:40, 20:70] = 90
PAPER = Beside("Figure 2: The architecture of our network.", ("conv1", "pool", "fc"), 40, "vector")
PLOT = Beside("Figure 3: Test error of both methods over time.", ("epoch", "error", "0.2"), 900, "vector")


def test_a_caption_of_a_network_makes_one_likelier_and_one_of_a_plot_does_not() -> None:
    alone, network, plot = classify([IMAGE] * 3, beside=[Beside(), PAPER, PLOT])
    assert plot.flow_probability < alone.flow_probability < network.flow_probability
    assert network.kind_probabilities == alone.kind_probabilities == plot.kind_probabilities
    assert classify([IMAGE]) == [alone], "where nothing stands beside, nothing is added"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=6), st.integers(0, 10**6))
def test_whatever_stands_beside_a_probability_stays_one(caption: str, words: list[str], strokes: int) -> None:
    row = Beside(caption, words, strokes, "mixed").numbers()
    assert row.shape == (SIZE,)
    found = Addition.load().to(np.array([0.0, 0.3, 1.0], np.float32), np.tile(row, (3, 1)))
    assert ((found >= 0) & (found <= 1)).all()
    assert found[0] <= found[1] <= found[2]


def test_what_there_is_to_learn_is_learned_and_comes_back_from_a_file(tmp_path: Path) -> None:
    figures = BASE.figures
    is_flow = figures.kinds != "none"
    rows = np.where(is_flow[:, None], PAPER.numbers(), PLOT.numbers())
    rows[::3] = 0
    doubt = np.full(len(figures), 0.5, np.float32)
    addition = learn(figures, doubt, rows)
    said = addition.to(doubt, rows)
    assert (said[::3] == 0.5).all(), "nothing stands beside these"
    beside = rows.any(axis=1)
    assert ((said >= 0.5) == is_flow)[beside].all()
    path = tmp_path / "beside.npz"
    path.write_bytes(addition.to_bytes())
    assert Addition.load(path).to_bytes() == addition.to_bytes()
    assert learn(figures, doubt, rows).to_bytes() == addition.to_bytes()


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "beside.npz"
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(HeadError, match=r"beside\.npz can't be read"):
        Addition.load(path)
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(HeadError, match=r"beside\.npz has weights of shape \(3,\)"):
        Addition.load(path)
    assert Addition.load(FILE).weights.shape == (SIZE,)


def test_labels_and_papers_are_looked_into(tmp_path: Path, example_paper: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"a picture")
    (tmp_path / "images" / "b.png").write_bytes(b"another")
    (tmp_path / "labels.csv").write_text(
        "file,kind,confidence,source,slug,page,x0,y0,x1,y1,content,caption\n"
        f"a.png,box2d,sure,paper:a,{example_paper.stem},1,0,0,612,792,vector,Figure 1: A network\n"
        "b.png,none,sure,web:b,,,,,,,raster,\n"
    )
    found = read_beside(tmp_path, example_paper.parent)
    assert sorted(row.any() for row in found.values()) == [False, True]
    (row,) = (row for row in found.values() if row.any())
    assert row[-1] > 0, "strokes"
    figures = replace(BASE.figures.where(np.arange(2)), files=np.array([*found]))
    assert rows_of(figures, found).any(axis=1).sum() == 1
    (tmp_path / "labels.csv").write_text("file,kind\na.png,box2d\n")
    with pytest.raises(DataError, match=r"labels\.csv"):
        read_beside(tmp_path, example_paper.parent)


def test_sources_are_left_out_whole_when_the_addition_is_judged() -> None:
    """Where what stands beside is noise, the addition can't seem to help."""
    few = BASE.where(np.arange(120))
    rows = np.random.default_rng(0).random((120, SIZE)).astype(np.float32)
    trained, added = beside_training.cross_validated(few, rows)
    is_flow = few.figures.kinds != "none"
    right = [float(((flow >= 0.5) == is_flow).mean()) for flow in (trained.flow, added)]
    assert right[1] <= right[0] + 0.02


@pytest.mark.parametrize("with_words", [True, False])
def test_a_reading_counts_words_unless_told_not_to(
    tmp_path: Path, example_paper: Path, monkeypatch: pytest.MonkeyPatch, with_words: bool
) -> None:
    seen: list[Any] = []

    def stop(images: Any, head: Any, beside: Any) -> Any:
        seen.append(beside)
        raise InterruptedError

    monkeypatch.setattr(pipeline, "classify", stop)
    with pytest.raises(InterruptedError):
        pipeline.read_paper(example_paper, tmp_path, with_words=with_words)
    (beside,) = seen
    assert (beside is not None) == with_words
    assert beside is None or all(one.caption.startswith("Fig") for one in beside)
