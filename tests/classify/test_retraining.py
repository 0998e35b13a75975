"""Retraining: stored sets, the comparison on the frozen test set, the guard against wrong labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extraction.classify import comparing, guard, sets
from extraction.classify.head import Head, version_of
from extraction.classify.retraining import in_frozen, retrain
from extraction.classify.sets import FigureSet, SetError
from extraction.classify.training import Figures, train
from extraction.flow.model import KINDS

ANSWERS = np.array(["none", *KINDS])


def made_up(count: int, seed: int, part: str = "develop", noise: float = 1.0) -> FigureSet:
    """Figures in made-up features, where each answer has a direction of its own; five figures a source."""
    random = np.random.default_rng(seed)
    kinds = random.choice(ANSWERS, count, p=[0.5, *[0.1] * 5])
    rows = random.normal(0, noise, (count, 24))
    rows[np.arange(count), [list(ANSWERS).index(kind) for kind in kinds]] += 5
    rows = sets.rounded(rows.astype(np.float32))
    figures = Figures(
        np.array([f"{seed:032x}{i:032x}" for i in range(count)]),
        kinds,
        np.ones(count, bool),
        np.array([f"{part}:{seed}:{i // 5}" for i in range(count)]),
        np.full(count, part),
    )
    return FigureSet(figures, rows, rows)


BASE, FROZEN, LABELS = made_up(240, 1), made_up(200, 2, "check"), made_up(100, 3)


@pytest.fixture(scope="module")
def present() -> Head:
    return train(BASE.figures, BASE.plain, BASE.mirrored).head


def flipped(labels: FigureSet, share: float, seed: int = 0) -> FigureSet:
    random = np.random.default_rng(seed)
    kinds = labels.figures.kinds.copy()
    for row in np.flatnonzero(random.random(len(kinds)) < share):
        kinds[row] = random.choice(ANSWERS[kinds[row] != ANSWERS])
    return replace(labels, figures=replace(labels.figures, kinds=kinds))


def run(labels: FigureSet, present: Head, people: list[tuple[str, ...]] | None = None, **options: object) -> object:
    return retrain(
        BASE,
        labels,
        people=people or [("ada",)] * len(labels),
        new=np.ones(len(labels), bool),
        present=present,
        frozen=FROZEN,
        **options,
    )


def test_a_stored_set_comes_back_as_it_was(tmp_path: Path) -> None:
    stored = replace(BASE, papers=frozenset({"ab" * 32}))
    sets.path_of(sets.BASE, tmp_path).write_bytes(stored.to_bytes())
    found = sets.load(sets.BASE, tmp_path)
    assert stored.to_bytes() == found.to_bytes()
    assert found.figures.files.tolist() == BASE.figures.files.tolist()
    assert found.figures.kinds.tolist() == BASE.figures.kinds.tolist()
    assert found.papers == stored.papers
    np.testing.assert_array_equal(found.plain, BASE.plain)


def test_a_set_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="base-"):
        sets.load(sets.BASE, tmp_path)
    sets.path_of(sets.BASE, tmp_path).write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(SetError, match="can't be read"):
        sets.load(sets.BASE, tmp_path)


def test_the_sets_of_the_installation_tell_the_measures_of_the_built_in_head() -> None:
    base, frozen = sets.load(sets.BASE), sets.load(sets.FROZEN)
    assert not set(base.figures.files) & set(frozen.figures.files)
    assert not set(base.figures.sources) & set(frozen.figures.sources)
    assert not base.papers & frozen.papers
    assert len(base.mirrored) == len(base)
    measured = comparing.measures(frozen.figures.kinds, *Head.load().probabilities(frozen.plain))
    assert measured["balanced_accuracy"] >= 0.92
    assert measured["f1"] >= 0.88
    assert measured["average_precision"] >= 0.93
    assert measured["kind_accuracy"] >= 0.80
    assert measured["kind_macro_f1"] >= 0.70


def test_honest_labels_are_promoted_and_the_same_input_gives_the_same_head(present: Head) -> None:
    one, two = run(LABELS, present), run(LABELS, present)
    assert one.reasons == ()
    assert one.sha256 == two.sha256
    assert one.version == version_of(one.sha256)
    assert Head.from_bytes(one.content).to_bytes() == one.content


def test_a_batch_with_a_fifth_of_wrong_labels_is_refused_with_the_reason(present: Head) -> None:
    outcome = run(flipped(LABELS, 0.2), present)
    assert any("contradicted" in reason for reason in outcome.reasons)


def test_one_person_who_answers_wrong_is_named_among_many_who_do_not(present: Head) -> None:
    wrong = flipped(LABELS.where(np.arange(12)), 1.0)
    labels = wrong.joined(LABELS.where(np.arange(12, 100)))
    people = [("mallory",)] * 12 + [("ada", "grace")] * 88
    finding = run(labels, present, people).finding
    (reason,) = [reason for reason in finding.reasons if "mallory" in reason]
    assert "12 of 12" in reason
    assert not any("ada" in reason for reason in finding.reasons)
    assert {one.name for one in finding.people} == {"ada", "grace", "mallory"}


def test_a_few_more_contradictions_than_usual_are_suspect_and_more_are_refused() -> None:
    found = [guard.check(np.arange(50) < count, [("ada",)] * 50, 0.05) for count in (4, 8, 14)]
    assert [one.suspect for one in found] == [False, True, True]
    assert [bool(one.reasons) for one in found] == [False, False, True]
    assert not guard.check(np.zeros(0, bool), [], 0.05).suspect


def test_a_head_that_learned_from_few_figures_is_trusted_less_to_contradict_people() -> None:
    wrong = np.arange(50) < 11
    young, grown = (guard.check(wrong, [("ada",)] * 50, 0.07, learned=learned) for learned in (100, 600))
    assert young.reasons == ()
    assert young.suspect, "what learns from it is compared strictly"
    assert len(grown.reasons) == 2


def test_of_doubtful_figures_more_labels_may_be_contradicted_than_of_clear_ones() -> None:
    clear, doubtful = np.array([[0.97, 0.03, 0, 0, 0, 0]]), np.array([[0.4, 0.33, 0.09, 0.07, 0.06, 0.05]])
    usual = guard.expected(np.concatenate([clear, doubtful]), np.concatenate([clear, clear]))
    assert usual.tolist() == pytest.approx([0.03, 0.27])
    wrong, people = np.arange(50) < 12, [("ada",)] * 50
    assert guard.check(wrong, people, np.full(50, usual[1])).reasons == ()
    assert len(guard.check(wrong, people, np.full(50, usual[0])).reasons) == 2, "the batch, and who gave it"


def test_doubtful_figures_are_no_wrong_labels() -> None:
    flat = np.full((40, 6), 1 / 6, np.float32)
    wrong = guard.contradicted(np.array(["box2d"] * 40), flat, flat)
    assert not wrong.any()
    assert guard.check(wrong, [("ada",)] * 40, 0.05).reasons == ()


def test_figures_of_the_test_set_are_not_learned_from(present: Head) -> None:
    again = FROZEN.where(np.arange(10))
    looks_same = replace(again, figures=replace(again.figures, files=np.array([f"{i:064x}" for i in range(10)])))
    assert in_frozen(again, FROZEN).all()
    assert in_frozen(looks_same, FROZEN).all()
    assert not in_frozen(LABELS, FROZEN).any()
    mixed = LABELS.joined(replace(again, mirrored=again.plain))
    assert run(mixed, present).left_out == 10


def test_a_head_that_is_worse_is_refused_and_one_that_is_the_same_is_not(present: Head) -> None:
    assert comparing.compare(present, present, FROZEN).reasons == ()
    noise = np.random.default_rng(0).normal(0, 2, present.flow_weights.shape).astype(np.float32)
    worse = replace(present, flow_weights=present.flow_weights + noise)
    reasons = comparing.compare(present, worse, FROZEN).reasons
    assert any("balanced accuracy falls" in reason for reason in reasons)
    assert comparing.compare(worse, present, FROZEN).reasons == ()


def _mistaken_about(rows: list[int], present: Head) -> tuple[Head, Head, FigureSet]:
    """Two heads and a test set with one feature more: the second head takes these figures for what they are not."""
    mark = np.zeros((len(FROZEN), 1), np.float32)
    mark[rows] = np.where(FROZEN.figures.kinds[rows] == "none", 1, -1)[:, None]
    wider = {
        name: np.concatenate([getattr(present, name), np.zeros((1, size), np.float32)])
        for name, size in (("flow_weights", 1), ("kind_weights", len(KINDS)))
    }
    old = replace(present, **wider)
    moved = old.flow_weights.copy()
    moved[-1] = 30
    return old, replace(old, flow_weights=moved), replace(FROZEN, plain=np.concatenate([FROZEN.plain, mark], axis=1))


def test_what_may_be_chance_is_no_reason_but_for_suspect_labels(present: Head) -> None:
    two = _mistaken_about([3, 101], present)
    assert comparing.compare(*two).reasons == ()
    assert any("contradicted" in reason for reason in comparing.compare(*two, suspect=True).reasons)
    six = _mistaken_about([3, 41, 77, 101, 144, 180], present)
    assert any("more than chance explains" in reason for reason in comparing.compare(*six).reasons)


def test_small_losses_do_not_add_up(present: Head) -> None:
    best = dict.fromkeys(comparing.NAMES, 0.0) | {"balanced_accuracy": 1.5}
    assert any("balanced accuracy" in reason for reason in comparing.compare(present, present, FROZEN, best).reasons)


def test_a_run_without_labels_measures_the_base(present: Head) -> None:
    outcome = run(LABELS.where(np.arange(0)), present)
    assert outcome.finding.new == 0
    assert outcome.reasons == ()
