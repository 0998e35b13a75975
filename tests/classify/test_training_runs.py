"""Retrainings on the site: started once, promoted or refused, taken over from a killed worker, gone back from."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from annotations.services import classifier as people
from annotations.services.errors import Conflict, NotAllowed
from extraction import classifier, feature_store, labels, learning, retraining, services
from extraction.classify import MODEL_VERSION, sets
from extraction.classify.sets import FigureSet
from extraction.jobs import requeue_stale, retrain
from extraction.labels import AcceptedLabel, Provider
from extraction.models import Figure, Promotion, Reading, TrainingRun
from extraction.retraining import Cause
from tests.builders import answer, make_paper, make_task, read
from tests.classify.test_retraining import BASE, FROZEN, LABELS, flipped, train
from tests.pages.conftest import ask_kind
from tests.threads import at_once

pytestmark = pytest.mark.django_db
HEAD = train(BASE.figures, BASE.plain, BASE.mirrored).head
State = TrainingRun.State


class Told:
    """Accepted labels as a test sets them."""

    def __init__(self) -> None:
        self.labels: list[AcceptedLabel] = []

    def set(self, figures: FigureSet, told_by: Sequence[str] = ("ada",)) -> None:
        self.labels = [
            AcceptedLabel(place, str(picture), "ab" * 31 + f"{place // 5:02x}", str(kind), tuple(told_by))
            for place, (picture, kind) in enumerate(zip(figures.figures.files, figures.figures.kinds, strict=True))
        ]
        self.rows = dict(zip(figures.figures.files, np.stack([figures.plain, figures.mirrored], axis=1), strict=True))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """A site whose sets and labels are made up: small, and learned from in a moment."""
    made = Told()
    made.set(LABELS)
    monkeypatch.setattr(sets, "load", {sets.BASE: BASE, sets.FROZEN: FROZEN}.__getitem__)
    monkeypatch.setattr(classifier, "_built_in", lambda: HEAD)
    monkeypatch.setattr(learning, "features_of", lambda pictures: {name: made.rows[name] for name in pictures})
    monkeypatch.setattr(labels, "_provider", Provider(lambda: made.labels, lambda: str(len(made.labels))))
    return made


def run_now(**options: Any) -> TrainingRun:
    run, new = retraining.start(cause=Cause.COMMAND, **options)
    assert new
    retrain(run.pk)
    run.refresh_from_db()
    return run


def test_honest_labels_are_promoted_and_every_process_answers_with_them(told: Told) -> None:
    assert classifier.present().version == MODEL_VERSION
    run = run_now()
    assert (run.state, run.message) == (State.PROMOTED, "")
    assert (run.labels, run.new_labels, run.compared_with) == (100, 100, MODEL_VERSION)
    assert run.release_sha256 == labels.release_sha256(told.labels)
    assert run.metrics["after"]["balanced_accuracy"] >= run.metrics["before"]["balanced_accuracy"] - 0.005
    assert "test set" in run.log
    assert run.code_version.startswith("classify-")
    present = classifier.present()
    assert (present.version, present.run) == (run.version, run)
    assert present.head.to_bytes() != HEAD.to_bytes()
    assert [event.after for event in run.events.all()] == ["waiting", "running", "promoted"]


def test_a_fifth_of_wrong_labels_is_refused_in_words(told: Told) -> None:
    told.set(flipped(LABELS, 0.2))
    run = run_now()
    assert run.state == State.REFUSED
    assert "contradicted" in run.message
    assert "ada" in run.message
    assert classifier.present().version == MODEL_VERSION
    assert not Promotion.objects.exists()


def test_a_run_without_anything_new_says_so(told: Told) -> None:
    run_now()
    again = run_now()
    assert again.state == State.FAILED
    assert "No label is new" in again.message


def test_the_command_begins_a_line_of_versions_and_says_what_came_out(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    told.set(flipped(LABELS, 0.3))
    call_command("retrain_classifier", "--base", "120", "--anew")
    out = json.loads(capsys.readouterr().out)
    assert (out["state"], out["labels"], out["metrics"]["learned_from"]) == ("promoted", 100, 220)
    assert out["metrics"]["best"].items() <= out["metrics"]["after"].items()
    told.set(LABELS)
    told.labels[:] = told.labels[:90]
    call_command("retrain_classifier")
    assert json.loads(capsys.readouterr().out)["metrics"]["learned_from"] == 210
    with pytest.raises(CommandError, match="No label is new"):
        call_command("retrain_classifier")
    retraining.start(cause=Cause.COMMAND)
    with pytest.raises(CommandError, match="under way"):
        call_command("retrain_classifier")
    for wrong in (["--base", "0"], ["--seed", "-1"]):
        with pytest.raises(CommandError, match=wrong[0]):
            call_command("retrain_classifier", *wrong)


def test_labels_of_the_papers_of_the_test_set_are_left_out(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = told.labels[0].paper
    held = FigureSet(FROZEN.figures, FROZEN.plain, FROZEN.mirrored, frozenset({paper}))
    monkeypatch.setattr(sets, "load", {sets.BASE: BASE, sets.FROZEN: held}.__getitem__)
    run = run_now()
    assert "5 labels left out" in run.log


def test_going_back_is_a_further_record(told: Told, administrator: User, moderator: User) -> None:
    first = run_now()
    told.set(LABELS.where(np.arange(60)))
    told.labels[0] = AcceptedLabel(0, told.labels[0].picture, "cd" * 32, told.labels[0].kind, ("grace",))
    second = run_now()
    assert second.state == State.PROMOTED
    with pytest.raises(NotAllowed):
        people.use(run=first, actor=moderator)
    people.use(run=first, actor=administrator, note="the second one misses neurons")
    assert classifier.present().version == first.version
    with pytest.raises(Conflict, match="in use"):
        people.use(run=first, actor=administrator)
    people.use(run=None, actor=administrator)
    assert classifier.present().version == MODEL_VERSION
    assert [row.number for row in Promotion.objects.all()] == [1, 2, 3, 4]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE extraction_promotion SET version = 'x'")


def test_only_what_was_promoted_and_is_whole_can_be_used(told: Told, administrator: User) -> None:
    told.set(flipped(LABELS, 0.3))
    refused = run_now()
    with pytest.raises(Conflict, match="never promoted"):
        people.use(run=refused, actor=administrator)


def test_changed_bytes_are_not_used(told: Told) -> None:
    run = run_now()
    path = Path(default_storage.path(classifier.artifact_name(run.artifact_sha256)))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    classifier._load.cache_clear()
    present = classifier.present()
    assert (present.version, present.run) == (MODEL_VERSION, None)
    assert "have changed" in present.problem


def test_what_came_into_use_meanwhile_is_not_pushed_aside(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_now()
    work = learning.retrain

    def slow(*args: Any, **kwargs: Any) -> Any:
        outcome = work(*args, **kwargs)
        retraining.use(run=None, actor=None, note="")
        return outcome

    monkeypatch.setattr(learning, "retrain", slow)
    told.set(LABELS.where(np.arange(90)))
    run = run_now()
    assert run.state == State.REFUSED
    assert first.version in run.message
    assert classifier.present().version == MODEL_VERSION


def test_a_killed_worker_is_seen_and_another_goes_on(told: Told, settings: Any) -> None:
    run, _ = retraining.start(cause=Cause.COMMAND)
    lost = retraining.claim(run_id=run.pk)
    assert lost is not None
    assert retraining.requeue_stale() == 0
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
    requeue_stale()
    run.refresh_from_db()
    assert run.state == State.WAITING
    retrain(run.pk)
    run.refresh_from_db()
    assert run.state == State.PROMOTED
    with pytest.raises(retraining.LostClaim):
        retraining.tell(run=lost, line="I am back")
    retraining.fail(run=lost, message="too late")
    run.refresh_from_db()
    assert run.state == State.PROMOTED


def test_a_run_that_kills_its_workers_is_given_up_with_a_message(settings: Any) -> None:
    run, _ = retraining.start(cause=Cause.COMMAND)
    for _ in range(settings.MAX_ATTEMPTS):
        assert retraining.claim(run_id=run.pk) is not None
        TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
        retraining.requeue_stale()
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "without a word 3 times" in run.message
    assert retraining.start(cause=Cause.COMMAND)[1]


def test_whatever_goes_wrong_is_told(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> FigureSet:
        raise sets.SetError("base-lite0-288.npz can't be read: gone")

    monkeypatch.setattr(sets, "load", broken)
    run = run_now()
    assert run.state == State.FAILED
    assert "base-lite0-288.npz" in run.message


@pytest.mark.django_db(transaction=True)
def test_of_many_starts_at_once_one_counts(administrator: User) -> None:
    outcomes = at_once(*[lambda: people.start(actor=administrator)] * 4)
    assert sum(new for _, new in outcomes) == 1
    assert len({run.pk for run, _ in outcomes}) == 1
    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_takes_the_run() -> None:
    run, _ = retraining.start(cause=Cause.COMMAND)
    taken = at_once(*[lambda: retraining.claim(run_id=run.pk)] * 4)
    assert sum(one is not None for one in taken) == 1


def test_enough_new_labels_begin_a_run_and_a_refused_one_does_not_begin_again(told: Told, settings: Any) -> None:
    settings.RETRAIN_AFTER = 0
    assert retraining.start_if_due() is None
    settings.RETRAIN_AFTER = 101
    assert retraining.start_if_due() is None
    told.set(flipped(LABELS, 0.3))
    settings.RETRAIN_AFTER = 100
    told.labels.append(AcceptedLabel(1000, told.labels[0].picture, "ef" * 32, "box3d"))
    run = retraining.start_if_due()
    assert run is not None
    assert retraining.start_if_due() is None
    retrain(run.pk)
    run.refresh_from_db()
    assert (run.cause, run.state) == (Cause.LABELS, State.REFUSED)
    told.labels.append(AcceptedLabel(1001, told.labels[1].picture, "ef" * 32, "none"))
    assert retraining.start_if_due() is None


def test_only_administrators_start(told: Told, moderator: User) -> None:
    with pytest.raises(NotAllowed, match="administrators"):
        people.start(actor=moderator)


# --- With the site's own labels, pictures and readings ---------------------------------------------------------------


def test_what_people_settled_is_learned_from(tmp_path: Path, volunteer: User, moderator: User) -> None:
    from annotations.selectors.training import DEVELOP, source_of
    from annotations.services.review import decide

    texts = [text for text in map(str, range(30)) if source_of(make_paper(text).sha256).part == DEVELOP][:2]
    approved = make_task(tmp_path, text=texts[0])
    decide(submission=answer(approved, volunteer), moderator=moderator, decision="approve")
    asked = ask_kind(make_task(tmp_path, text=texts[1]).paper)
    decide(submission=answer(asked, volunteer, None, answer_kind="none"), moderator=moderator, decision="approve")
    found = labels.accepted()
    assert [(label.kind, label.told_by) for label in found] == [("box2d", ("volunteer",)), ("none", ("volunteer",))]
    assert found[0].picture == Path(str(approved.figure.image.name)).stem
    assert found[0].paper == approved.paper.sha256


def test_features_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(make_paper(), tmp_path)
    picture = Path(str(Figure.objects.get().image.name)).stem
    first = feature_store.features_of([picture, "ab" * 32])
    assert list(first) == [picture]
    assert first[picture].shape == (2, 2768)
    monkeypatch.setattr(feature_store, "_computed", lambda picture: pytest.fail("computed again"))
    np.testing.assert_array_equal(feature_store.features_of([picture])[picture], first[picture])


def test_a_picture_that_is_not_what_its_name_says_is_left_out(tmp_path: Path) -> None:
    default_storage.save(f"figures/ab/{'ab' * 32}.png", ContentFile(b"something else"))
    assert feature_store.features_of(["ab" * 32]) == {}


def test_readings_tell_which_version_told_the_kind(tmp_path: Path) -> None:
    from extraction.storing import store_result
    from tests.builders import LENET, read_result

    paper = make_paper()
    claimed = services.claim_paper(paper_id=paper.pk)
    assert claimed is not None
    store_result(paper=claimed, result=read_result(tmp_path, [LENET]), folder=tmp_path, classifier="lite0-abc")
    assert Figure.objects.get().classifier == "lite0-abc"
    assert Reading.objects.get(figure__isnull=False).classifier == "lite0-abc"


def test_the_promoted_head_reads_papers(told: Told, monkeypatch: pytest.MonkeyPatch, example_paper: Path) -> None:
    from extraction import jobs, pipeline

    run = run_now()
    paper, _ = services.add_paper(file=io.BytesIO(example_paper.read_bytes()), name="tiny.pdf", uploaded_by=None)
    seen: dict[str, Any] = {}

    def read_paper(*args: Any, **kwargs: Any) -> Any:
        seen.update(kwargs)
        raise RuntimeError("enough seen")

    monkeypatch.setattr(pipeline, "read_paper", read_paper)
    jobs.read_paper(paper.pk)
    assert seen["head"].to_bytes() == classifier._load(run.artifact_sha256).to_bytes()
