"""Answers, decisions, gold flows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotations.models import Artifact, Event, FigureKind, GoldFlow, Lease, Review, Submission, Task
from annotations.selectors.review import queue
from annotations.selectors.tasks import get_task, task_payload
from annotations.services import tasks
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.permissions import may_see_answer
from annotations.services.review import decide
from annotations.services.submissions import submit
from annotations.services.task_creation import create_missing_tasks, create_tasks
from extraction.flow.model import Flow
from extraction.models import Figure, Reading
from extraction.storing import store_figure_reading
from tests.builders import LENET, answer, lenet, make_paper, make_task, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(tmp_path: Path) -> Task:
    made: Task = make_task(tmp_path)
    return made


@pytest.fixture
def other(make_user: Callable[..., User]) -> User:
    return make_user("other")


def built(sent: list[Any]) -> list[Any]:
    """Of messages that were sent: those that have code built."""
    return [call for call in sent if call.args[0] == "annotations.jobs.build_artifact"]


def state(task: Task) -> str:
    task.refresh_from_db()
    return task.state


# --- Answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_goes_to_the_moderators_with_what_the_checks_say(task: Task, volunteer: User) -> None:
    wrong = lenet(c1={"kernel_size": [64, 64], "padding": "valid"})
    submission = answer(task, volunteer, wrong, comment="  as printed ")
    assert state(task) == Task.State.OPEN, "others are asked as well"
    assert [waiting.pk for waiting in queue()] == [task.pk], "a moderator needn't wait for them"
    assert submission.comment == "as printed"
    assert any(problem["layer"] == "c1" for problem in submission.problems)
    assert Lease.objects.get().state == Lease.State.SUBMITTED


def test_the_same_answer_sent_twice_is_one(task: Task, volunteer: User) -> None:
    key = uuid.uuid4()
    first = answer(task, volunteer, key=key)
    assert answer(task, volunteer, key=key).pk == first.pk
    assert Submission.objects.count() == 1


def test_a_key_belongs_to_one_task(task: Task, volunteer: User, tmp_path: Path) -> None:
    key = uuid.uuid4()
    answer(task, volunteer, key=key)
    with pytest.raises(Invalid, match="key"):
        answer(make_task(tmp_path, text="another"), volunteer, key=key)


def test_one_answer_a_person_and_task(task: Task, volunteer: User) -> None:
    Task.objects.update(answers_wanted=2)
    answer(task, volunteer)
    with pytest.raises(NotAllowed, match="answered this already"):
        answer(task, volunteer)


def test_an_answer_without_layers_is_none(task: Task, volunteer: User) -> None:
    with pytest.raises(Invalid, match="at least one layer"):
        answer(task, volunteer, {"layers": [], "connections": []})


def test_values_a_person_set_carry_their_mark_whatever_the_browser_claims(task: Task, volunteer: User) -> None:
    flow = lenet(c1={"filters": 8})
    flow["layers"][1]["provenance"] = {"filters": "figure", "kernel_size": "table"}
    flow["layers"][1]["params"]["strides"] = 1
    submission = answer(task, volunteer, flow)
    layers = {layer["id"]: layer["provenance"] for layer in submission.flow["layers"]}
    assert layers["c1"] == {"filters": "person", "kernel_size": "figure", "strides": "person", "type": "figure"}
    assert layers["in"] == {"shape": "figure", "type": "figure"}


def test_signs_that_no_database_takes_are_replaced(task: Task, volunteer: User) -> None:
    flow = lenet()
    flow["layers"][0]["id"] = flow["connections"][0]["source"] = "in\x00"
    flow["layers"][1]["params"]["name\x00"] = "\ud800"
    tasks.save_draft(task=task, user=volunteer, flow=flow, revision=0)
    submission = answer(task, volunteer, flow, comment="a\x00b")
    submission.refresh_from_db()
    assert submission.flow["connections"][0]["source"] == "in\ufffd"
    assert submission.flow["layers"][1]["params"]["name\ufffd"] == "\ufffd"
    assert submission.comment == "a\ufffdb"


def test_nobody_sees_anothers_answer_before_giving_their_own(
    task: Task, volunteer: User, other: User, moderator: User
) -> None:
    Task.objects.update(answers_wanted=2)
    given = answer(task, volunteer)
    assert may_see_answer(volunteer, given) is None
    assert may_see_answer(moderator, given) is None
    denied = may_see_answer(other, given)
    assert denied is not None
    assert "when you have given yours" in denied.reason
    answer(task, other)
    assert may_see_answer(other, given) is None


# --- Decisions --------------------------------------------------------------------------------------------------------


def test_approving_makes_a_gold_flow_and_has_its_code_built(
    task: Task, volunteer: User, moderator: User, django_capture_on_commit_callbacks: Any
) -> None:
    submission = answer(task, volunteer, lenet(c1={"filters": 8}))
    with django_capture_on_commit_callbacks() as sent:
        decide(submission=submission, moderator=moderator, decision="approve")
    assert state(task) == Task.State.APPROVED
    gold = GoldFlow.objects.get()
    assert (gold.version, gold.previous, gold.name) == (1, None, "LeNet")
    assert gold.flow == submission.flow
    assert dict(gold.layer_types.values_list("type", "count")) == {
        "Input": 1,
        "Conv2D": 1,
        "MaxPooling2D": 1,
        "Dense": 1,
    }
    assert set(gold.artifacts.values_list("framework", "state")) == {
        ("keras", "building"),
        ("caffe", "building"),
        ("pytorch", "building"),
    }
    assert len(built(sent)) == 3


def test_a_gold_flow_in_which_something_is_wrong_gets_a_next_version(
    task: Task, volunteer: User, moderator: User, other: User
) -> None:
    decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
    first = GoldFlow.objects.get()
    with pytest.raises(NotAllowed, match="Only moderators"):
        tasks.reopen(task=task, moderator=other, reason="It has 12 filters.")
    tasks.reopen(task=task, moderator=moderator, reason="It has 12 filters.")
    assert state(task) == Task.State.OPEN
    decide(submission=answer(task, other, lenet(c1={"filters": 12})), moderator=moderator, decision="approve")
    second = GoldFlow.objects.exclude(pk=first.pk).get()
    assert (second.version, second.previous) == (2, first)
    assert second.number > first.number
    first.refresh_from_db()
    assert first.flow["layers"][1]["params"]["filters"] == 6


def test_a_later_reading_of_the_figure_can_make_the_next_version(
    task: Task, volunteer: User, moderator: User, tmp_path: Path
) -> None:
    decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
    paper = task.paper
    type(paper).objects.update(state="queued")
    read(paper, tmp_path / "again", [lenet(c1={"filters": 12})])
    create_tasks(paper=paper)
    newer = Task.objects.exclude(pk=task.pk).get()
    decide(submission=answer(newer, volunteer), moderator=moderator, decision="approve")
    assert list(GoldFlow.objects.order_by("number").values_list("version", flat=True)) == [1, 2]


def test_returning_asks_the_author_again_with_the_reason(task: Task, volunteer: User, moderator: User) -> None:
    first = answer(task, volunteer)
    decide(submission=first, moderator=moderator, decision="return", reason="The ReLU is missing.")
    assert state(task) == Task.State.RETURNED
    second = answer(task, volunteer, lenet(c1={"activation": "relu"}))
    assert second.follows == first
    assert state(task) == Task.State.IN_REVIEW
    decide(submission=second, moderator=moderator, decision="approve")
    assert Submission.objects.count() == 2


def test_a_returned_answer_is_where_its_author_goes_on(task: Task, volunteer: User, moderator: User) -> None:
    tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=0)
    first = answer(task, volunteer, lenet(c1={"filters": 8}))
    decide(submission=first, moderator=moderator, decision="return", reason="The ReLU is missing.")
    told = task_payload(task=get_task(task.pk), user=volunteer)
    assert told["returned"]["reason"] == "The ReLU is missing."
    assert told["draft"]["flow"] == first.flow
    draft, _ = tasks.save_draft(task=task, user=volunteer, flow=LENET, revision=told["draft"]["revision"])
    assert draft.revision == told["draft"]["revision"] + 1


def test_rejecting_asks_others(task: Task, volunteer: User, moderator: User, other: User) -> None:
    decide(
        submission=answer(task, volunteer), moderator=moderator, decision="reject", reason="This is another network."
    )
    assert state(task) == Task.State.OPEN
    with pytest.raises(NotAllowed, match="rejected your answer"):
        tasks.take(task=task, user=volunteer)
    assert answer(task, other).follows is None


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_a_no_needs_a_reason(task: Task, volunteer: User, moderator: User, decision: str) -> None:
    with pytest.raises(Invalid, match="Say why"):
        decide(submission=answer(task, volunteer), moderator=moderator, decision=decision, reason="  ")
    assert state(task) == Task.State.OPEN


def test_nobody_decides_about_their_own_answer(task: Task, moderator: User) -> None:
    with pytest.raises(NotAllowed, match="your own answer"):
        decide(submission=answer(task, moderator), moderator=moderator, decision="approve")


def test_volunteers_do_not_decide(task: Task, volunteer: User, other: User) -> None:
    with pytest.raises(NotAllowed, match="Only moderators"):
        decide(submission=answer(task, volunteer), moderator=other, decision="approve")


def test_the_same_decision_twice_is_one_and_another_is_refused(
    task: Task, volunteer: User, moderator: User, make_user: Callable[..., User]
) -> None:
    second = make_user("second", "moderator")
    submission = answer(task, volunteer)
    first = decide(submission=submission, moderator=moderator, decision="approve")
    assert decide(submission=submission, moderator=moderator, decision="approve") == first
    with pytest.raises(Conflict, match="moderator has approved this answer already"):
        decide(submission=submission, moderator=second, decision="reject", reason="No.")
    assert (GoldFlow.objects.count(), Review.objects.count()) == (1, 1)


def test_every_change_of_state_is_in_the_log(task: Task, volunteer: User, moderator: User) -> None:
    decide(submission=answer(task, volunteer), moderator=moderator, decision="return", reason="Look again.")
    decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
    changes = Event.objects.filter(task=task, verb__in=["create", "complete", "return", "approve"])
    assert list(changes.values_list("before", "after", "actor__username")) == [
        ("", "open", None),
        ("open", "returned", "moderator"),
        ("returned", "in_review", "volunteer"),
        ("in_review", "approved", "moderator"),
    ]


# --- Kinds ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def question(tmp_path: Path) -> Task:
    paper = read(make_paper(), tmp_path)
    Figure.objects.update(flow_probability=0.5)
    create_tasks(paper=paper)
    asked: Task = paper.tasks.get()
    return asked


def test_an_approved_kind_leads_to_the_question_for_the_flow(question: Task, volunteer: User, moderator: User) -> None:
    submission = submit(task=question, user=volunteer, key=uuid.uuid4(), answer_kind="box2d")
    decide(submission=submission, moderator=moderator, decision="approve")
    assert FigureKind.objects.get().kind == "box2d"
    assert Task.objects.get(kind="correct").figure == question.figure
    assert not Artifact.objects.exists()


def test_a_kind_that_the_classifier_missed_has_the_figure_read_again_first(
    question: Task, volunteer: User, moderator: User, django_capture_on_commit_callbacks: Any
) -> None:
    submission = submit(task=question, user=volunteer, key=uuid.uuid4(), answer_kind="stacked2d")
    with django_capture_on_commit_callbacks() as sent:
        decide(submission=submission, moderator=moderator, decision="approve")
    assert "extraction.jobs.read_figure" in {call.args[0] for call in sent}
    assert not Task.objects.filter(kind="correct").exists()
    with django_capture_on_commit_callbacks() as sent_again:
        assert create_missing_tasks() == 0
    assert len(sent_again) == 1
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            store_figure_reading(figure=question.figure, kind="stacked2d", flow=Flow.from_dict(LENET))
    assert Reading.objects.filter(figure=question.figure).count() == 2
    task = Task.objects.get(kind="correct")
    assert task.reading is not None
    assert task.reading.flow["kind"] == "stacked2d"


def test_a_figure_that_is_no_network_raises_no_further_question(
    question: Task, volunteer: User, moderator: User
) -> None:
    submission = submit(task=question, user=volunteer, key=uuid.uuid4(), answer_kind="none")
    decide(submission=submission, moderator=moderator, decision="approve")
    assert not Task.objects.filter(kind="correct").exists()


def test_a_question_for_the_kind_takes_no_flow(question: Task, volunteer: User) -> None:
    with pytest.raises(Invalid, match="Choose one of"):
        submit(task=question, user=volunteer, key=uuid.uuid4(), flow=LENET)
