"""Approved flows become code that was run: really, in the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotations.jobs import build_artifact
from annotations.models import Artifact, GoldFlow
from annotations.selectors.archive import archive, code_filename
from annotations.selectors.gold import network
from annotations.services import gold
from annotations.services.errors import Conflict, NotAllowed
from annotations.services.review import decide
from extraction.sandbox import parent
from tests.builders import LENET, answer, lenet, make_task

# The job says that it is alive from a thread with a connection of its own, so what it says must be committed.
pytestmark = pytest.mark.django_db(transaction=True)


def approve(folder: Path, volunteer: User, moderator: User, flow: dict[str, Any] = LENET) -> GoldFlow:
    task = make_task(folder, flow=flow)
    decide(submission=answer(task, volunteer, flow), moderator=moderator, decision="approve")
    return GoldFlow.objects.get()


def build(flow: GoldFlow, framework: str) -> Artifact:
    artifact = flow.artifacts.get(framework=framework)
    build_artifact(artifact.pk, artifact.attempt)
    artifact.refresh_from_db()
    return artifact


def test_the_code_was_run_and_the_downloaded_file_runs(tmp_path: Path, volunteer: User, moderator: User) -> None:
    flow = approve(tmp_path, volunteer, moderator, lenet(c1={"padding": "valid"}))
    artifact = build(flow, "keras")
    assert artifact.state == Artifact.State.VERIFIED, artifact.message
    assert artifact.proof["parameters"] == (5 * 5 + 1) * 6 + (14 * 14 * 6 + 1) * 10
    first, last = artifact.lines["c1"]
    assert "Conv2D" in "\n".join(artifact.source.splitlines()[first - 1 : last])
    assert archive(network(flow.number))
    file = tmp_path / code_filename(artifact)
    file.write_text(artifact.source)
    run = subprocess.run(
        [sys.executable, file],
        env={**os.environ, "KERAS_BACKEND": "jax"},  # as the README of the archive says
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr


def test_a_job_sent_twice_is_done_once(tmp_path: Path, volunteer: User, moderator: User) -> None:
    flow = approve(tmp_path, volunteer, moderator, lenet(c1={"padding": "valid"}))
    artifact = flow.artifacts.get(framework="caffe")
    build_artifact(artifact.pk, 0)
    artifact.refresh_from_db()
    assert artifact.attempt == 1
    finished = artifact.finished_at
    build_artifact(artifact.pk, 0)
    build_artifact(artifact.pk, 1)
    artifact.refresh_from_db()
    assert (artifact.attempt, artifact.finished_at) == (1, finished)


def test_what_a_framework_can_not_express_names_layer_and_reason(
    tmp_path: Path, volunteer: User, moderator: User
) -> None:
    recurrent = {
        "layers": [
            {"id": "in", "type": "Input", "params": {"shape": [10, 8]}},
            {"id": "rnn", "type": "GRU", "params": {"units": 4}},
        ],
        "connections": [{"source": "in", "target": "rnn"}],
    }
    artifact = build(approve(tmp_path, volunteer, moderator, recurrent), "caffe")
    assert (artifact.state, artifact.layer) == (Artifact.State.REFUSED, "rnn")
    assert artifact.message
    assert not artifact.source


def test_code_whose_framework_is_not_installed_was_not_tried_and_can_be_built_later(
    tmp_path: Path, volunteer: User, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "START", f"import sys; sys.modules['torch'] = None; {parent.START}")
    flow = approve(tmp_path, volunteer, moderator, lenet())
    artifact = build(flow, "pytorch")
    assert artifact.state == Artifact.State.UNTRIED
    assert "not installed" in artifact.message
    assert not artifact.proof["ok"]
    gold.rebuild(artifact=artifact, actor=moderator)
    artifact.refresh_from_db()
    assert artifact.state == Artifact.State.BUILDING


def test_a_build_that_lost_its_worker_is_done_again_but_not_for_ever(
    tmp_path: Path, volunteer: User, moderator: User
) -> None:
    artifact = approve(tmp_path, volunteer, moderator).artifacts.get(framework="keras")
    assert gold.requeue_stale() == 0
    for attempt in range(3):
        assert gold.claim_artifact(artifact_id=artifact.pk, attempt=attempt) is not None
        Artifact.objects.filter(pk=artifact.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
        gold.requeue_stale()
    artifact.refresh_from_db()
    assert artifact.state == Artifact.State.FAILED
    assert "3 times" in artifact.message


def test_a_build_taken_for_dead_changes_nothing_any_more(tmp_path: Path, volunteer: User, moderator: User) -> None:
    artifact = approve(tmp_path, volunteer, moderator).artifacts.get(framework="keras")
    slow = gold.claim_artifact(artifact_id=artifact.pk, attempt=0)
    quick = gold.claim_artifact(artifact_id=artifact.pk, attempt=1)
    assert slow is not None
    assert quick is not None
    assert not gold.finish_artifact(artifact=slow, state=Artifact.State.FAILED, message="too late")
    assert gold.finish_artifact(artifact=quick, state=Artifact.State.VERIFIED, source="x")


def test_moderators_have_failed_code_built_again(tmp_path: Path, volunteer: User, moderator: User) -> None:
    artifact = approve(tmp_path, volunteer, moderator).artifacts.get(framework="keras")
    with pytest.raises(Conflict):
        gold.rebuild(artifact=artifact, actor=moderator)
    Artifact.objects.update(state=Artifact.State.FAILED)
    with pytest.raises(NotAllowed):
        gold.rebuild(artifact=artifact, actor=volunteer)
    gold.rebuild(artifact=artifact, actor=moderator)
    artifact.refresh_from_db()
    assert artifact.state == Artifact.State.BUILDING
