"""How many answers a task gets, and why no more: agreement, difference, skips, a moderator."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotations.models import Consensus, Contributor, Draft, Event, GoldFlow, Lease, Task
from annotations.selectors.consensus import current
from annotations.selectors.tasks import get_task, task_payload
from annotations.services import tasks
from annotations.services.errors import NotAllowed
from annotations.services.review import decide
from annotations.services.states import lock
from annotations.services.submissions import submit
from annotations.services.withdrawals import withdraw
from tests.builders import answer, lenet, make_task
from tests.pages.conftest import ask_kind

pytestmark = pytest.mark.django_db

State, Retired = Task.State, Task.Retired


@pytest.fixture
def task(tmp_path: Path) -> Task:
    made: Task = make_task(tmp_path, flow=lenet(c1={"filters": 60}))
    return made


@pytest.fixture
def crowd(make_user: Callable[..., User]) -> list[User]:
    return [make_user(f"person{number}") for number in range(12)]


def fresh(task: Task) -> Task:
    task.refresh_from_db()
    return task


def until_done(task: Task, people: list[User], flow: Callable[[int], dict[str, Any]]) -> int:
    """Everybody answers as `flow` says of their number, until no more is asked for; how many did."""
    for number, user in enumerate(people):
        answer(task, user, flow(number))
        if fresh(task).state != State.OPEN:
            return number + 1
    return len(people)


# --- Answers ----------------------------------------------------------------------------------------------------------


def test_one_answer_is_never_enough_but_a_moderator_needn_t_wait(task: Task, volunteer: User, moderator: User) -> None:
    given = answer(task, volunteer, lenet())
    assert (fresh(task).state, task.retired, task.answers_wanted) == (State.OPEN, "", 3)
    assert (task.uncertainty, task.priority) != (1, 0)
    decide(submission=given, moderator=moderator, decision="approve")
    assert (fresh(task).state, task.retired) == (State.APPROVED, Retired.MODERATOR)


def test_one_person_is_not_outvoted_by_the_machine(task: Task, volunteer: User) -> None:
    said = lenet(c1={"filters": 6, "strides": [2, 2]})
    said["layers"][2:3] = [{"id": "drop", "type": "Dropout", "label": "drop", "params": {"rate": 0.5}}]
    said["connections"] = [{"source": a, "target": b} for a, b in (("in", "c1"), ("c1", "drop"), ("drop", "fc"))]
    answer(task, volunteer, said)
    found = current(task)
    assert found is not None
    layers = {layer["type"]: layer.get("params", {}) for layer in found.flow["layers"]}
    assert list(layers) == ["Input", "Conv2D", "Dropout", "Dense"]
    assert layers["Conv2D"]["filters"] == 6
    values = {element["key"]: element["value"] for element in found.elements if element["kind"] == "layer"}
    assert sorted(values.values()) == [False, True, True, True, True], "what was removed is told, too"
    assert found.probability < 0.99


def test_where_all_agree_few_are_enough(task: Task, crowd: list[User], settings: Any) -> None:
    count = until_done(task, crowd, lambda number: lenet())
    assert 2 <= count < settings.ANSWERS_LIMIT
    assert (fresh(task).state, task.retired) == (State.IN_REVIEW, Retired.CONSENSUS)
    found = current(task)
    assert found is not None
    assert (found.answers, found.disputed, found.number) == (count, 0, count)
    assert found.flow is not None
    assert found.flow["layers"][1]["params"]["filters"] == 6, "what people say, not what the machine read"
    assert found.outline["count"] == 4
    assert found.probability == pytest.approx(1 - task.uncertainty)


def test_where_people_differ_more_are_asked_one_by_one_and_not_for_ever(
    task: Task, crowd: list[User], settings: Any
) -> None:
    wanted = []
    for number, user in enumerate(crowd):
        answer(task, user, lenet(c1={"filters": 10 + number}, fc={"units": 100 + number}))
        wanted.append(fresh(task).answers_wanted)
        if task.state != State.OPEN:
            break
    assert wanted == [3, 3, 4, 5, 6, 7, 8, 9, 9]
    assert (task.state, task.retired) == (State.IN_REVIEW, Retired.LIMIT)
    assert Consensus.objects.filter(task=task).count() == settings.ANSWERS_LIMIT
    newest = current(task)
    assert newest is not None
    assert newest.disputed >= 2


def test_more_evidence_leaves_less_doubt(task: Task, crowd: list[User]) -> None:
    doubts = [task.uncertainty]
    for user in crowd[:2]:
        answer(task, user, lenet())
        doubts.append(fresh(task).uncertainty)
    assert doubts[1] > doubts[2]


def test_a_question_about_a_kind_is_settled_by_agreement(task: Task, crowd: list[User]) -> None:
    question: Task = ask_kind(task.paper)
    Task.objects.filter(pk=question.pk).update(answers_wanted=3)
    for user in crowd:
        submit(task=question, user=user, key=uuid.uuid4(), answer_kind="box3d")
        if fresh(question).state != State.OPEN:
            break
    assert (question.state, question.retired) == (State.IN_REVIEW, Retired.CONSENSUS)
    found = current(question)
    assert found is not None
    assert found.answer_kind == "box3d"
    (element,) = found.elements
    assert element["ranking"][0][0] == "box3d"
    assert ["reader"] in [said["by"] for said in element["said"]]


def test_found_spammers_have_no_say(task: Task, crowd: list[User]) -> None:
    for user in crowd[:3]:
        Contributor.objects.create(user=user, spam_probability=0.99)
        answer(task, user, lenet(c1={"filters": 99}))
    assert current(fresh(task)) is None
    assert (task.state, task.answers_wanted) == (State.OPEN, 4), "their places are made good"


def test_nothing_new_makes_no_new_consensus(task: Task, volunteer: User) -> None:
    from annotations.services import consensus

    answer(task, volunteer)
    first = current(task)
    assert consensus.update(task=lock(task.pk)) == first
    assert Consensus.objects.count() == 1


# --- Late, withdrawn, returned ----------------------------------------------------------------------------------------


def test_who_was_at_work_when_the_others_had_said_enough_hands_in_all_the_same(
    task: Task, crowd: list[User], moderator: User
) -> None:
    Task.objects.update(answers_wanted=9)
    late, expired, newcomer, *others = crowd
    for user in (late, expired):
        tasks.take(task=task, user=user)
        tasks.save_draft(task=task, user=user, flow=lenet(), revision=0)
    Lease.objects.filter(user=expired).update(expires_at=timezone.now() - timedelta(minutes=1))
    until_done(task, others, lambda number: lenet())
    assert fresh(task).retired == Retired.CONSENSUS
    with pytest.raises(NotAllowed, match="All answers are in"):
        tasks.take(task=task, user=newcomer)
    count = task.submissions.count()
    for user in (late, expired):
        answer(task, user)
    assert task.submissions.count() == count + 2
    assert fresh(task).state == State.IN_REVIEW
    found = current(task)
    assert found is not None
    assert found.answers == count + 2


def test_after_the_decision_it_is_too_late_and_the_draft_stays(task: Task, crowd: list[User], moderator: User) -> None:
    first, late, *_ = crowd
    tasks.save_draft(task=task, user=late, flow=lenet(c1={"filters": 7}), revision=0)
    decide(submission=answer(task, first), moderator=moderator, decision="approve")
    with pytest.raises(NotAllowed, match="approved"):
        answer(task, late)
    assert Draft.objects.get(user=late).flow["layers"][1]["params"]["filters"] == 7


def test_when_an_answer_goes_back_others_at_work_are_not_sent_away(
    task: Task, crowd: list[User], moderator: User
) -> None:
    author, other, newcomer, *_ = crowd
    tasks.take(task=task, user=other)
    first = answer(task, author)
    decide(submission=first, moderator=moderator, decision="return", reason="The ReLU is missing.")
    answer(task, other)
    assert fresh(task).state == State.RETURNED, "the moderator waits for the author"
    with pytest.raises(NotAllowed, match="went back to its author"):
        tasks.take(task=task, user=newcomer)
    answer(task, author, lenet(c1={"activation": "relu"}))
    assert fresh(task).state == State.IN_REVIEW


def test_what_was_withdrawn_no_longer_counts_and_others_are_asked(
    task: Task, crowd: list[User], moderator: User
) -> None:
    until_done(task, crowd, lambda number: lenet())
    for given in list(task.submissions.all())[:-1]:
        withdraw(submission=given, actor=moderator, reason="Made by a program.")
    assert (fresh(task).state, task.retired) == (State.OPEN, "")
    found = current(task)
    assert found is not None
    assert found.answers == 1
    withdraw(submission=task.submissions.latest("pk"), actor=moderator, reason="Made by a program.")
    assert current(fresh(task)) is None
    with pytest.raises(NotAllowed, match="set your answer aside"):
        tasks.take(task=task, user=crowd[0])
    assert tasks.take(task=task, user=crowd[-1]).is_running


def test_a_rejected_answer_makes_room_for_another(task: Task, crowd: list[User], moderator: User) -> None:
    given = [answer(task, user, lenet(c1={"filters": 70 + i})) for i, user in enumerate(crowd[:2])]
    decide(submission=given[0], moderator=moderator, decision="reject", reason="Another network.")
    found = current(fresh(task))
    assert found is not None
    assert found.answers == 1
    assert Lease.objects.filter(task=task, state="submitted").count() == 1


# --- Places -----------------------------------------------------------------------------------------------------------


def test_whose_time_ran_out_gets_a_place_again_while_more_may_be_asked(
    task: Task, crowd: list[User], settings: Any
) -> None:
    slow, *others = crowd
    tasks.save_draft(task=task, user=slow, flow=lenet(), revision=0)
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for user in others[:3]:
        tasks.take(task=task, user=user)
    assert tasks.heartbeat(task=task, user=slow).slot == 4
    assert fresh(task).answers_wanted == 4


def test_an_answer_to_a_question_about_a_kind_finds_a_place(task: Task, crowd: list[User]) -> None:
    question: Task = ask_kind(task.paper)
    tasks.take(task=question, user=crowd[0])
    submit(task=question, user=crowd[1], key=uuid.uuid4(), answer_kind="box2d")
    assert fresh(question).answers_wanted == 2
    assert question.submissions.count() == 1


# --- Skips ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "why"), [("not_a_network", "no_flow"), ("unreadable", "unreadable")])
def test_enough_people_say_that_there_is_nothing_to_answer(
    task: Task, crowd: list[User], reason: str, why: str
) -> None:
    for user in crowd[:2]:
        tasks.skip(task=task, user=user, reason=reason)
    tasks.skip(task=task, user=crowd[3], reason="too_hard")
    assert fresh(task).state == State.OPEN
    tasks.skip(task=task, user=crowd[2], reason=reason)
    assert (fresh(task).state, task.retired) == (State.CLOSED, why)
    event = Event.objects.filter(task=task, verb="retire").get()
    assert event.note == task.get_retired_display()


def test_spammers_and_who_thought_better_of_it_have_no_voice(task: Task, crowd: list[User]) -> None:
    Contributor.objects.create(user=crowd[0], spam_probability=0.95)
    Contributor.objects.create(user=crowd[1], banned_until=timezone.now() + timedelta(days=1))
    tasks.skip(task=task, user=crowd[0], reason="not_a_network")
    tasks.skip(task=task, user=crowd[2], reason="not_a_network")
    tasks.skip(task=task, user=crowd[3], reason="not_a_network")
    tasks.skip(task=task, user=crowd[3], reason="later")
    assert fresh(task).state == State.OPEN
    tasks.skip(task=task, user=crowd[4], reason="not_a_network")
    assert task.state == State.OPEN


def test_where_somebody_answered_a_moderator_tells_who_is_right(task: Task, crowd: list[User]) -> None:
    answer(task, crowd[0])
    for user in crowd[1:4]:
        tasks.skip(task=task, user=user, reason="not_a_network")
    assert fresh(task).state == State.OPEN, "an answer outweighs a skip"
    tasks.skip(task=task, user=crowd[4], reason="not_a_network")
    assert (fresh(task).state, task.retired) == (State.IN_REVIEW, Retired.NO_FLOW)


def test_opened_again_it_is_asked_anew(task: Task, crowd: list[User], moderator: User) -> None:
    for user in crowd[:3]:
        tasks.skip(task=task, user=user, reason="not_a_network")
    tasks.reopen(task=task, moderator=moderator, reason="It is one: look at the caption.")
    assert (fresh(task).state, task.retired) == (State.OPEN, "")
    tasks.skip(task=task, user=crowd[4], reason="not_a_network")
    assert fresh(task).state == State.OPEN


def test_a_task_that_is_opened_again_keeps_its_answers(task: Task, crowd: list[User], moderator: User) -> None:
    answer(task, crowd[0])
    tasks.close(task=task, moderator=moderator, reason="No network.")
    assert fresh(task).retired == Retired.MODERATOR
    tasks.reopen(task=task, moderator=moderator, reason="It is one.")
    found = current(fresh(task))
    assert (task.round, task.state, found and found.answers) == (1, State.OPEN, 1)


# --- Rounds -----------------------------------------------------------------------------------------------------------


def test_in_the_next_round_people_start_from_the_gold_flow_and_answers_count_anew(
    task: Task, crowd: list[User], moderator: User
) -> None:
    first, other, *_ = crowd
    decide(submission=answer(task, first, lenet(c1={"filters": 8})), moderator=moderator, decision="approve")
    tasks.reopen(task=task, moderator=moderator, reason="It has 12 filters.")
    assert (fresh(task).round, task.state, task.retired, task.answers_wanted) == (2, State.OPEN, "", 3)
    assert current(task) is None
    for user in (first, other):
        told = task_payload(task=get_task(task.pk), user=user)
        start = told["draft"]["flow"] if told["draft"] else told["reading"]["flow"]
        assert start["layers"][1]["params"]["filters"] == 8
    again = answer(task, first, lenet(c1={"filters": 12}))
    assert again.round == 2
    assert again.flow["layers"][1]["provenance"]["filters"] == "person"
    found = current(task)
    assert found is not None
    assert (found.round, found.answers) == (2, 1)
    assert GoldFlow.objects.count() == 1
