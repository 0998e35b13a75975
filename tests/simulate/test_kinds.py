"""Simulated figures of the five kinds."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extraction.classify.training import read_labels
from extraction.simulate.kinds import HELD_OUT, KINDS, LOOKS, SHOWING, draw, draw_flow, plan
from extraction.simulate.kinds.canvas import Canvas
from extraction.simulate.kinds.figures import SORTS


@pytest.mark.parametrize(
    "sort", [sort for sorts in SORTS.values() for sort, _ in sorts], ids=lambda sort: sort.__name__
)
def test_every_sort_draws_in_looks_of_all_manners(sort: object) -> None:
    for number, name in enumerate(("hand", "flat", "scan", "slides")):
        canvas = sort(LOOKS[name], np.random.default_rng(number))  # type: ignore[operator]  # each of them draws
        image = canvas.finished()
        assert image.dtype == np.uint8
        assert min(image.shape[:2]) >= 24
        # Something is drawn: not one colour, and more than a speck.
        background = np.array(LOOKS[name].background)
        assert (np.abs(image.astype(int) - background).max(axis=2) > 40).mean() > 0.002


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(list(LOOKS)), st.integers(0, 2**31))
def test_the_same_seed_gives_the_same_pixels(kind: str, look: str, seed: int) -> None:
    np.testing.assert_array_equal(draw(kind, look, seed), draw(kind, look, seed))


def test_a_plan_goes_on_as_it_began_and_holds_every_kind_and_look() -> None:
    long, short = list(plan(400, 3)), list(plan(100, 3))
    assert long[:100] == short
    assert {figure.kind for figure in long} == set(KINDS)
    assert {figure.look for figure in long} == set(LOOKS)
    assert len({(figure.kind, figure.look, figure.seed) for figure in long}) == 400
    assert list(plan(100, 4)) != short
    assert set(HELD_OUT) < set(LOOKS)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(list(SHOWING)), st.sampled_from(list(LOOKS)), st.integers(0, 2**31))
@example("box3d", "flat", 80723)  # white, where the look draws no borders
def test_a_drawn_flow_is_a_chain_whose_boxes_lie_in_the_picture_from_left_to_right(
    kind: str, look: str, seed: int
) -> None:
    image, flow = draw_flow(kind, look, seed)
    again, same = draw_flow(kind, look, seed)
    np.testing.assert_array_equal(image, again)
    assert flow == same
    assert flow.kind == kind
    ids = [layer.id for layer in flow.layers]
    assert [(c.source, c.target) for c in flow.connections] == list(pairwise(ids))
    boxes = [layer.bbox for layer in flow.layers if layer.bbox]
    assert len(boxes) == len(ids) >= 3
    assert [box[0] for box in boxes] == sorted(box[0] for box in boxes)
    tall, wide = image.shape[:2]
    for x0, y0, x1, y1 in boxes:
        assert 0 <= x0 < x1 <= wide
        assert 0 <= y0 < y1 <= tall
        # Something is drawn there.
        inside = image[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
        assert inside.max() > inside.min()


def test_letters_on_a_fill_can_be_read() -> None:
    canvas = Canvas(50, 50, LOOKS["flat"], np.random.default_rng(0))
    assert canvas.on((250, 250, 230)) == (0, 0, 0)
    assert canvas.on((20, 30, 120)) == (255, 255, 255)


def test_the_command_writes_labelled_figures(tmp_path: Path) -> None:
    out = tmp_path / "figures"
    call_command("simulate_figures", count=14, seed=5, out=out)
    figures = read_labels(out)
    assert len(figures) == 14
    assert all(Path(file).is_file() for file in figures.files)
    assert set(figures.parts) == {"develop", "check"}
    with (out / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["look"] in HELD_OUT for row in rows} == {True, False}
    with pytest.raises(CommandError, match="not an empty folder"):
        call_command("simulate_figures", count=1, out=out)
    with pytest.raises(CommandError, match="at least 1"):
        call_command("simulate_figures", count=0, out=tmp_path / "other")
