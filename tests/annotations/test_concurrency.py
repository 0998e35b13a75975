"""What must hold when many do the same thing at the same moment: threads here, processes below."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from annotations.models import (
    Artifact,
    Consensus,
    Download,
    Draft,
    GoldFlow,
    GoldWithdrawal,
    Lease,
    Review,
    Submission,
    Task,
)
from annotations.services import gold, tasks
from annotations.services.demand import record_download
from annotations.services.errors import Conflict, StaleDraft
from annotations.services.review import decide, undo
from extraction import services
from extraction.models import Paper
from tests.builders import answer, lenet, make_paper, make_task, pdf_bytes
from tests.databases import database_url
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]


def people(count: int) -> list[User]:
    return [User.objects.create_user(f"person{number}") for number in range(count)]


def moderators(count: int) -> list[User]:
    found = [User.objects.create_user(f"moderator{number}") for number in range(count)]
    for user in found:
        user.groups.add(Group.objects.get(name="moderator"))
    return found


@pytest.mark.parametrize("wanted", [1, 2])
def test_never_more_leases_than_the_task_asks_for(tmp_path: Path, wanted: int) -> None:
    task = make_task(tmp_path)
    Task.objects.update(answers_wanted=wanted)
    outcomes = at_once(*(lambda user=user: tasks.take(task=task, user=user) for user in people(6)))
    assert sum(isinstance(outcome, Lease) for outcome in outcomes) == wanted
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 6 - wanted
    assert Lease.objects.filter(state="open").count() == wanted


def test_one_person_in_two_windows_has_one_lease(tmp_path: Path) -> None:
    task, (user,) = make_task(tmp_path), people(1)
    outcomes = at_once(*[lambda: tasks.take(task=task, user=user)] * 4)
    assert len({lease.pk for lease in outcomes if isinstance(lease, Lease)}) == 1


def test_everybody_gets_a_task_of_their_own_where_each_wants_one_answer(tmp_path: Path, settings: Any) -> None:
    settings.ANSWERS_FIRST = 1
    for number in range(4):
        make_task(tmp_path, text=f"paper {number}")
    outcomes = at_once(*(lambda user=user: tasks.next_task(user=user) for user in people(6)))
    given = [outcome.task.pk for outcome in outcomes if isinstance(outcome, tasks.Assignment)]
    assert sorted(given) == sorted(set(given))
    assert len(given) == 4
    assert outcomes.count(None) == 2


def test_the_same_answer_sent_many_times_is_one(tmp_path: Path) -> None:
    task, (user,), key = make_task(tmp_path), people(1), uuid.uuid4()
    outcomes = at_once(*[lambda: answer(task, user, key=key)] * 4)
    assert {outcome.pk for outcome in outcomes} == {Submission.objects.get().pk}


def test_answers_that_come_at_once_are_merged_one_after_the_other(tmp_path: Path) -> None:
    task = make_task(tmp_path)
    outcomes = at_once(*(lambda user=user: answer(task, user) for user in people(3)))
    given = [outcome for outcome in outcomes if isinstance(outcome, Submission)]
    assert 2 <= len(given) <= 3, "where two agree enough the third may come too late"
    rows = Consensus.objects.order_by("number").values_list("number", "answers")
    assert list(rows) == [(number, number) for number in range(1, len(given) + 1)]
    assert Lease.objects.filter(state__in=["open", "submitted"]).count() == len(given)


def test_one_more_place_is_made_once(tmp_path: Path, settings: Any) -> None:
    settings.ANSWERS_FIRST = 1
    task = make_task(tmp_path)
    at_once(*(lambda user=user: answer(task, user) for user in people(3)))
    task.refresh_from_db()
    taken = Lease.objects.filter(state__in=["open", "submitted"]).count()
    assert taken == Submission.objects.count() <= task.answers_wanted


def test_a_download_counts_once_for_each(tmp_path: Path) -> None:
    (user,), (moderator,) = people(1), moderators(1)
    decide(submission=answer(make_task(tmp_path), user), moderator=moderator, decision="approve")
    flow = GoldFlow.objects.get()
    at_once(*[lambda: record_download(gold=flow, what="zip")] * 6)
    assert Download.objects.get().count == 6


def test_two_windows_save_and_one_is_told(tmp_path: Path) -> None:
    task, (user,) = make_task(tmp_path), people(1)
    outcomes = at_once(
        *(
            lambda filters=filters: tasks.save_draft(
                task=task, user=user, flow=lenet(c1={"filters": filters}), revision=0
            )
            for filters in (7, 8)
        )
    )
    assert sum(isinstance(outcome, StaleDraft) for outcome in outcomes) == 1
    assert Draft.objects.get().revision == 1


def test_two_moderators_decide_and_one_counts(tmp_path: Path) -> None:
    (user,), (first, second) = people(1), moderators(2)
    submission = answer(make_task(tmp_path), user)
    outcomes = at_once(
        lambda: decide(submission=submission, moderator=first, decision="approve"),
        lambda: decide(submission=submission, moderator=second, decision="reject", reason="No."),
        lambda: decide(submission=submission, moderator=first, decision="approve"),
    )
    assert Review.objects.count() == 1
    decision = Review.objects.get().decision
    assert GoldFlow.objects.count() == (1 if decision == "approve" else 0)
    assert any(isinstance(outcome, Conflict) for outcome in outcomes)


def test_of_two_moderators_at_one_consensus_the_second_is_told(tmp_path: Path) -> None:
    task, user, (first, second) = make_task(tmp_path), people(1)[0], moderators(2)
    answer(task, user)
    consensus = task.consensuses.get()
    outcomes = at_once(
        lambda: decide(consensus=consensus, moderator=first, decision="approve", number=0, key=uuid.uuid4()),
        lambda: decide(consensus=consensus, moderator=second, decision="approve", number=0, key=uuid.uuid4()),
    )
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(refused, Conflict)
    assert "has approved this already" in str(refused)
    review = Review.objects.get()
    at_once(*[lambda: undo(review=review, moderator=review.moderator)] * 3)
    task.refresh_from_db()
    assert (task.state, GoldFlow.objects.count()) == (Task.State.OPEN, 1)
    assert GoldFlow.objects.get().withdrawal


def test_what_is_taken_back_and_withdrawn_at_once_is_withdrawn_once(tmp_path: Path) -> None:
    (user,), (first, second) = people(1), moderators(2)
    for number in range(4):
        submission = answer(make_task(tmp_path, text=f"paper {number}"), user)
        review = decide(submission=submission, moderator=first, decision="approve")
        at_once(
            lambda review=review: undo(review=review, moderator=first),
            lambda flow=review.gold_flow: gold.withdraw(gold=flow, moderator=second, reason="It is another one's."),
        )
        assert GoldWithdrawal.objects.filter(gold=review.gold_flow).count() == 1


def test_gold_numbers_and_versions_are_given_once(tmp_path: Path) -> None:
    users, (moderator,) = people(4), moderators(1)
    submissions = [answer(make_task(tmp_path, text=user.username), user) for user in users]
    at_once(
        *(
            lambda submission=submission: decide(submission=submission, moderator=moderator, decision="approve")
            for submission in submissions
        )
    )
    assert len(set(GoldFlow.objects.values_list("number", flat=True))) == 4
    assert Artifact.objects.count() == 12


def test_the_same_paper_uploaded_by_many_is_one() -> None:
    users = people(5)
    for number in range(8):
        content = pdf_bytes(f"paper {number} " + "x" * 200_000)
        outcomes = at_once(
            *(
                lambda user=user, content=content: services.add_paper(
                    file=io.BytesIO(content), name="net.pdf", uploaded_by=user
                )
                for user in users
            )
        )
        assert sum(new for _, new in outcomes) == 1  # type: ignore[misc]  # a refusal fails here as well
        with Paper.objects.latest("pk").file.open("rb") as file:
            assert file.read() == content
    assert Paper.objects.count() == 8


def test_a_paper_is_read_by_one_worker_and_code_built_by_one(tmp_path: Path) -> None:
    paper = make_paper()
    claims = at_once(*[lambda: services.claim_paper(paper_id=paper.pk)] * 5)
    assert sum(claim is not None for claim in claims) == 1
    (user,), (moderator,) = people(1), moderators(1)
    decide(submission=answer(make_task(tmp_path, text="x"), user), moderator=moderator, decision="approve")
    artifact = Artifact.objects.first()
    assert artifact is not None
    claims = at_once(*[lambda: gold.claim_artifact(artifact_id=artifact.pk, attempt=0)] * 5)
    assert sum(claim is not None for claim in claims) == 1


SCRIPT = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from annotations.models import Task
from annotations.services import tasks
from annotations.services.errors import Conflict
print("ready", flush=True)
sys.stdin.readline()
try:
    tasks.take(task=Task.objects.get(), user=User.objects.get(username=sys.argv[1]))
    print("lease")
except Conflict:
    print("conflict")
"""


def test_processes_share_the_rule(tmp_path: Path, settings: Any) -> None:
    settings.ANSWERS_FIRST = 1
    make_task(tmp_path)
    env: dict[str, Any] = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dlp2c_site.settings",
        "DATABASE_URL": database_url(),
        "DLP2C_VAR": str(tmp_path / "var"),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, user.username],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for user in people(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # all are up; now they run for it
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert told == ["conflict", "conflict", "conflict", "lease"]
    assert Lease.objects.count() == 1
