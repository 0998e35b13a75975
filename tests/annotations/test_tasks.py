"""Who gets which task, leases, drafts, skips."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.models import Draft, Event, Lease, Skip, Task
from annotations.services import tasks
from annotations.services.errors import Conflict, Invalid, LeaseLost, NotAllowed, StaleDraft
from annotations.services.permissions import may_answer, may_contribute
from annotations.services.review import decide
from annotations.services.task_creation import create_missing_tasks, create_tasks
from extraction.flow.model import FlowError
from extraction.models import Figure, Paper
from tests.builders import LENET, answer, lenet, make_paper, make_task, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(tmp_path: Path) -> Task:
    made: Task = make_task(tmp_path)
    return made


@pytest.fixture
def for_one(settings: Any) -> None:
    """A site on which every task has one place, and no more."""
    settings.ANSWERS_FIRST = settings.ANSWERS_LIMIT = 1


@pytest.fixture
def other(make_user: Callable[..., User]) -> User:
    return make_user("other")


def expire(lease: Lease) -> None:
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


# --- Which questions a paper raises -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow_probability", "kind_probability", "asked"),
    [(0.97, 0.9, ["correct"]), (0.6, 0.9, ["classify"]), (0.97, 0.3, ["classify"]), (0.1, 0.9, [])],
)
def test_a_figure_is_asked_about_as_sure_as_the_classifier_is(
    flow_probability: float, kind_probability: float, asked: list[str], tmp_path: Path
) -> None:
    paper = read(make_paper(), tmp_path)
    Figure.objects.update(flow_probability=flow_probability, kind_probabilities={"box2d": kind_probability})
    create_tasks(paper=paper)
    assert [task.kind for task in paper.tasks.all()] == asked


def test_a_question_is_asked_once(tmp_path: Path) -> None:
    paper = read(make_paper(), tmp_path)
    assert len(create_tasks(paper=paper)) == 1
    assert create_tasks(paper=paper) == []
    assert create_missing_tasks() == 0


def test_a_paper_read_while_nobody_listened_gets_its_questions(tmp_path: Path) -> None:
    read(make_paper(), tmp_path)
    assert create_missing_tasks() == 1


def test_reading_a_paper_asks_on_commit(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        paper = read(make_paper(), tmp_path)
    assert paper.tasks.count() == 1


# --- The next task ----------------------------------------------------------------------------------------------------


def test_own_work_comes_first_then_what_was_returned_then_the_queue(
    tmp_path: Path, volunteer: User, moderator: User
) -> None:
    returned, low, high = (make_task(tmp_path, text=name) for name in ("returned", "low", "high"))
    Task.objects.filter(pk=high.pk).update(priority=5)
    decide(submission=answer(returned, volunteer), moderator=moderator, decision="return", reason="A layer is missing.")
    first = tasks.next_task(user=volunteer)
    assert first is not None
    assert (first.task, first.chosen_by) == (returned, "returned")
    again = tasks.next_task(user=volunteer)
    assert again is not None
    assert (again.task, again.lease, again.chosen_by) == (returned, first.lease, "own_lease")
    answer(returned, volunteer)
    third = tasks.next_task(user=volunteer)
    assert third is not None
    assert (third.task, third.chosen_by) == (high, "priority")
    tasks.skip(task=high, user=volunteer, reason="too_hard")
    fourth = tasks.next_task(user=volunteer)
    assert fourth is not None
    assert fourth.task == low
    answer(low, volunteer)
    fifth = tasks.next_task(user=volunteer)
    assert fifth is not None
    assert (fifth.task, fifth.chosen_by) == (high, "skipped")
    assert list(Lease.objects.order_by("pk").values_list("chosen_by", flat=True)) == [
        "", "returned", "priority", "priority", "skipped",
    ]  # fmt: skip


def test_two_people_get_two_tasks_that_want_one_answer(
    tmp_path: Path, volunteer: User, other: User, settings: Any
) -> None:
    settings.ANSWERS_FIRST = 1
    make_task(tmp_path, text="one"), make_task(tmp_path, text="two")
    first, second = tasks.next_task(user=volunteer), tasks.next_task(user=other)
    assert first is not None
    assert second is not None
    assert first.task != second.task
    assert tasks.next_task(user=User.objects.create_user("third")) is None


def test_a_visitor_is_told_to_sign_in(task: Task) -> None:
    denied = may_contribute(AnonymousUser())
    assert denied is not None
    assert denied.reason == "Sign in first."


# --- Leases -----------------------------------------------------------------------------------------------------------


def test_taking_again_renews_the_same_lease(task: Task, volunteer: User) -> None:
    first = tasks.take(task=task, user=volunteer)
    Lease.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    again = tasks.take(task=task, user=volunteer)
    assert again.pk == first.pk
    assert again.expires_at > timezone.now() + timedelta(minutes=5)


def test_a_held_task_is_not_given_to_others(for_one: None, task: Task, volunteer: User, other: User) -> None:
    tasks.take(task=task, user=volunteer)
    with pytest.raises(Conflict, match="Others are at work"):
        tasks.take(task=task, user=other)
    tasks.release(task=task, user=volunteer)
    tasks.release(task=task, user=volunteer)
    assert tasks.take(task=task, user=other).user == other
    assert Event.objects.filter(task=task, verb="release").count() == 1


def test_a_lease_that_ran_out_makes_room(for_one: None, task: Task, volunteer: User, other: User) -> None:
    lease = tasks.take(task=task, user=volunteer)
    expire(lease)
    assert tasks.take(task=task, user=other).slot == 1
    lease.refresh_from_db()
    assert lease.state == Lease.State.EXPIRED


def test_a_task_has_places_for_some_at_once(task: Task, make_user: Callable[..., User], settings: Any) -> None:
    assert task.answers_wanted == settings.ANSWERS_FIRST == 3
    one, two, three, four = (make_user(name) for name in ("one", "two", "three", "four"))
    assert {tasks.take(task=task, user=user).slot for user in (one, two, three)} == {1, 2, 3}
    with pytest.raises(Conflict):
        tasks.take(task=task, user=four)


@pytest.mark.parametrize(
    ("first", "second", "constraint"),
    [
        ({"slot": 1}, {"slot": 2}, "one open lease"),
        ({"slot": 1}, {"slot": 1, "someone": "else"}, "one place, two people"),
        ({"slot": 1, "state": "submitted"}, {"slot": 1, "someone": "else"}, "an answered place"),
        ({"slot": 1}, {"slot": 3, "someone": "else"}, "a place that does not exist"),
    ],
)
def test_the_database_itself_refuses(
    task: Task, volunteer: User, other: User, first: dict[str, Any], second: dict[str, Any], constraint: str
) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    Lease.objects.create(task=task, user=volunteer, slots=2, expires_at=soon, **first)
    user = other if second.pop("someone", None) else volunteer
    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.create(task=task, user=user, slots=2, expires_at=soon, **second)
    assert Lease.objects.count() == 1, constraint


# --- Drafts -----------------------------------------------------------------------------------------------------------


def test_each_save_has_a_revision_and_renews_the_lease(task: Task, volunteer: User) -> None:
    draft, lease = tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=0)
    assert draft.revision == 1
    Lease.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    draft, renewed = tasks.save_draft(task=task, user=volunteer, flow=lenet(c1={"filters": 8}), revision=1)
    assert draft.revision == 2
    assert renewed.pk == lease.pk
    assert renewed.expires_at > timezone.now() + timedelta(minutes=5)


def test_a_save_from_an_older_window_is_refused(task: Task, volunteer: User) -> None:
    tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=0)
    with pytest.raises(StaleDraft) as error:
        tasks.save_draft(task=task, user=volunteer, flow=lenet(c1={"filters": 8}), revision=0)
    assert error.value.revision == 1
    assert Draft.objects.get().flow["layers"][1]["params"]["filters"] == 6


def test_the_same_save_sent_twice_counts_once(task: Task, volunteer: User) -> None:
    for _ in range(2):
        draft, _lease = tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=0)
        assert draft.revision == 1


def test_a_draft_is_kept_though_the_lease_is_lost(for_one: None, task: Task, volunteer: User, other: User) -> None:
    tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=0)
    expire(Lease.objects.get())
    tasks.take(task=task, user=other)
    with pytest.raises(LeaseLost):
        tasks.save_draft(task=task, user=volunteer, flow=lenet(c1={"filters": 9}), revision=1)
    draft = Draft.objects.get()
    assert (draft.revision, draft.flow["layers"][1]["params"]["filters"]) == (2, 9)


def test_a_lease_that_ran_out_is_taken_up_again_by_the_next_save(task: Task, volunteer: User) -> None:
    tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=0)
    expire(Lease.objects.get())
    _, lease = tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=1)
    assert lease.is_running


def test_a_draft_must_have_the_form_of_a_flow(task: Task, volunteer: User) -> None:
    with pytest.raises(FlowError, match=r"connections\[0\].target"):
        tasks.save_draft(
            task=task,
            user=volunteer,
            flow={"layers": [{"id": "a", "type": "Dense"}], "connections": [{"source": "a", "target": "b"}]},
            revision=0,
        )
    assert not Draft.objects.exists()


# --- Skips ------------------------------------------------------------------------------------------------------------


def test_skipping_says_why_frees_the_place_and_counts_once(task: Task, volunteer: User, other: User) -> None:
    tasks.take(task=task, user=volunteer)
    for _ in range(2):
        tasks.skip(task=task, user=volunteer, reason="not_a_network", comment="A photo of a cat")
    assert Skip.objects.get().comment == "A photo of a cat"
    assert tasks.next_task(user=volunteer) is None, "that is an answer too"
    assert tasks.take(task=task, user=other).slot == 1
    with pytest.raises(Invalid, match="unreadable"):
        tasks.skip(task=task, user=other, reason="bored")


# --- Closing and lapsing ----------------------------------------------------------------------------------------------


def test_moderators_close_tasks_with_a_reason(task: Task, volunteer: User, moderator: User) -> None:
    with pytest.raises(NotAllowed, match="Only moderators"):
        tasks.close(task=task, moderator=volunteer, reason="no network")
    with pytest.raises(Invalid, match="Say why"):
        tasks.close(task=task, moderator=moderator, reason=" ")
    tasks.close(task=task, moderator=moderator, reason="no network")
    task.refresh_from_db()
    assert task.state == Task.State.CLOSED
    denied = may_answer(volunteer, task)
    assert denied is not None
    assert "closed" in denied.reason
    with pytest.raises(Conflict):
        tasks.close(task=task, moderator=moderator, reason="no network")


def test_a_returned_answer_waits_for_its_author_but_not_for_ever(
    task: Task, volunteer: User, moderator: User, other: User, settings: Any
) -> None:
    decide(submission=answer(task, volunteer), moderator=moderator, decision="return", reason="Two layers are missing.")
    with pytest.raises(NotAllowed, match="went back to its author"):
        tasks.take(task=task, user=other)
    assert tasks.lapse_returned() == 0
    Task.objects.update(changed_at=timezone.now() - timedelta(days=settings.RETURN_DAYS + 1))
    assert tasks.lapse_returned() == 1
    assert tasks.lapse_returned() == 0
    assert tasks.take(task=task, user=other).user == other


def test_papers_without_networks_raise_no_questions(tmp_path: Path) -> None:
    paper: Paper = read(make_paper(), tmp_path, [])
    assert create_tasks(paper=paper) == []
