"""Answers that no longer count: whose, with what effect, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotations.models import Event, Submission, Withdrawal
from annotations.selectors import consensus as consensus_selectors
from annotations.services import withdrawals
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.review import decide
from tests.builders import LENET, answer, lenet, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def spammer(make_user: Callable[..., User]) -> User:
    return make_user("spammer")


@pytest.fixture
def honest(make_user: Callable[..., User]) -> list[User]:
    return [make_user(f"honest{number}") for number in range(3)]


def fresh(task: Any) -> Any:
    return type(task).objects.get(pk=task.pk)


def test_the_place_is_free_again_and_the_consensus_is_made_without_it(
    spammer: User, honest: list[User], moderator: User, tmp_path: Path
) -> None:
    task = make_task(tmp_path)
    for person in (honest[0], spammer, honest[1]):
        answer(task, person, lenet(c1={"filters": 99}) if person == spammer else LENET)
    before = consensus_selectors.current(fresh(task))
    submission = Submission.objects.get(user=spammer)
    withdrawals.withdraw(submission=submission, actor=moderator, reason="Spam.")
    after = consensus_selectors.current(fresh(task))
    assert before is not None
    assert after is not None
    assert (before.answers, after.answers) == (3, 2)
    assert after.number > before.number
    submission.lease.refresh_from_db()
    assert submission.lease.state == "released"
    # The answer stays to be seen; its author is not asked again.
    assert Submission.objects.filter(pk=submission.pk).exists()
    with pytest.raises(NotAllowed):
        answer(task, spammer)


def test_a_task_in_review_goes_back_when_what_is_left_says_too_little(
    spammer: User, moderator: User, tmp_path: Path
) -> None:
    task = make_task(tmp_path)
    answer(task, spammer)
    task = fresh(task)
    if task.state == "open":  # more people are asked before a moderator looks
        from annotations.services.states import lock, move

        move(lock(task.pk), "complete", actor=None)
    withdrawals.withdraw(submission=Submission.objects.get(), actor=moderator, reason="Spam.")
    assert fresh(task).state == "open"
    assert Event.objects.filter(task=task, verb="ask_more").exists()


def test_all_unreviewed_work_with_a_dry_run_before(
    spammer: User, honest: list[User], moderator: User, tmp_path: Path
) -> None:
    tasks = [make_task(tmp_path, text=f"task {number}") for number in range(3)]
    for task in tasks:
        answer(task, spammer)
    reviewed = answer(make_task(tmp_path, text="reviewed"), spammer)
    decide(submission=reviewed, moderator=moderator, decision="return", reason="Look again.")
    theirs = set(Submission.objects.filter(task__in=tasks).values_list("pk", flat=True))
    others = answer(tasks[0], honest[0])

    told = withdrawals.withdraw_all(person=spammer, actor=moderator, reason="Spam.", dry_run=True)
    assert (set(told.answers), told.left, told.batch) == (theirs, 0, None)
    assert not Withdrawal.objects.exists()

    done = withdrawals.withdraw_all(person=spammer, actor=moderator, reason="Spam.", at_most=2)
    assert (len(done.answers), done.left) == (2, 1)
    rest = withdrawals.withdraw_all(person=spammer, actor=moderator, reason="Spam.")
    assert {*done.answers, *rest.answers} == theirs
    assert not Withdrawal.objects.filter(submission__in=[reviewed, others]).exists()
    events = Event.objects.filter(verb="withdraw")
    assert {event.batch for event in events} == {done.batch, rest.batch}
    assert {(event.actor, event.person, event.note) for event in events} == {(moderator, spammer, "Spam.")}
    assert withdrawals.withdraw_all(person=spammer, actor=moderator, reason="Spam.").answers == ()


def test_twice_is_once(spammer: User, moderator: User, tmp_path: Path) -> None:
    submission = answer(make_task(tmp_path), spammer)
    first = withdrawals.withdraw(submission=submission, actor=moderator, reason="Spam.")
    assert withdrawals.withdraw(submission=submission, actor=moderator, reason="Spam.") == first
    assert Event.objects.filter(verb="withdraw").count() == 1


def test_what_was_decided_about_stays(spammer: User, moderator: User, tmp_path: Path) -> None:
    submission = answer(make_task(tmp_path), spammer)
    decide(submission=submission, moderator=moderator, decision="approve")
    with pytest.raises(Conflict, match="decided"):
        withdrawals.withdraw(submission=submission, actor=moderator, reason="Spam.")
    assert withdrawals.withdraw_all(person=spammer, actor=moderator, reason="Spam.").answers == ()


def test_who_may(spammer: User, moderator: User, administrator: User, tmp_path: Path) -> None:
    submission = answer(make_task(tmp_path), spammer)
    own = answer(make_task(tmp_path, text="own"), moderator)
    for actor, about in ((spammer, submission), (moderator, own)):
        with pytest.raises(NotAllowed):
            withdrawals.withdraw(submission=about, actor=actor, reason="Spam.")
    with pytest.raises(Invalid):
        withdrawals.withdraw(submission=submission, actor=moderator, reason=" ")
    withdrawals.withdraw(submission=own, actor=administrator, reason="Lost account.")
