"""Known questions: made of what is sure, told from others by nobody, rarer with time, with feedback afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from annotations.models import (
    Assessment,
    Consensus,
    Contributor,
    FigureKind,
    GoldFlow,
    KnownAnswer,
    Lease,
    Submission,
    Task,
)
from annotations.selectors.page_people import profile_page
from annotations.services import known, skill, tasks
from annotations.services.errors import Conflict
from annotations.services.gold import propose, revert
from annotations.services.review import decide
from tests.builders import LENET, answer, lenet, make_task

pytestmark = pytest.mark.django_db

WRONG_READING = lenet(c1={"filters": 8})


def gold_of(folder: Path, text: str, author: User, moderator: User, flow: dict[str, Any] = WRONG_READING) -> GoldFlow:
    task = make_task(folder, text=text, flow=flow)
    given = answer(task, author, LENET)
    # As sure as many people would make it; a test has one.
    first = Consensus.objects.get(task=task)
    last = Consensus.objects.create(
        task=task, round=1, number=first.number + 1, answers=1, flow=given.flow, outline=given.outline,
        elements=first.elements, probability=0.99, digest=first.digest,
    )  # fmt: skip
    decide(consensus=last, moderator=moderator, decision="approve")
    return GoldFlow.objects.get(figure=task.figure, next=None)


@pytest.fixture
def author(make_user: Callable[..., User]) -> User:
    return make_user("author")


@pytest.fixture
def golds(author: User, moderator: User, tmp_path: Path) -> list[GoldFlow]:
    return [gold_of(tmp_path, f"gold {number}", author, moderator) for number in range(3)]


@pytest.fixture
def questions(golds: list[GoldFlow], tmp_path: Path) -> list[Task]:
    """Known questions made of the gold flows, among ordinary ones."""
    assert known.make_known() == 3
    return [make_task(tmp_path, text=f"open {number}") for number in range(4)]


def work(user: User, flow: dict[str, Any] = LENET) -> Iterator[Task]:
    """Takes and answers what comes, for ever."""
    while (found := tasks.next_task(user=user)) is not None:
        answer(found.task, user, flow)
        yield found.task


def test_the_second_question_is_a_known_one_and_none_comes_about_the_same_figure_twice(
    questions: list[Task], volunteer: User
) -> None:
    done = list(work(volunteer))
    purposes = [task.purpose for task in done]
    assert purposes[:2] == ["question", "known"]
    assert purposes.count("known") >= 1
    figures = [task.figure_id for task in done]
    assert len(set(figures)) == len(figures)


def test_asking_again_gives_the_same_question(questions: list[Task], volunteer: User) -> None:
    next(work(volunteer))
    assert {known.next_known(user=volunteer) for _ in range(5)} == {known.next_known(user=volunteer)}
    first = tasks.next_task(user=volunteer)
    again = tasks.next_task(user=volunteer)
    assert first is not None
    assert again is not None
    assert first.task == again.task


def test_known_questions_become_rare_as_more_is_known(volunteer: User, golds: list[GoldFlow], tmp_path: Path) -> None:
    def mean() -> float:
        return sum(known.gap(volunteer, number) for number in range(200)) / 200

    assert mean() == pytest.approx(known.OFTEN, rel=0.15)
    # What many right answers would leave behind.
    right = [skill.outcome_of(one, skill.Truth(golds[0])) for one in Submission.objects.all()]
    crowd = skill.load_crowd([])
    name = skill.name_of(volunteer.pk)
    for outcome in right * 40:
        assert outcome is not None
        votes = [q.__class__(q.key, q.kind, (q.votes[0].__class__(name, q.votes[0].value),), q.options, q.shown)
                 for q in outcome.questions]  # fmt: skip
        crowd.observe(votes, outcome.decisions)
    row = Contributor.objects.create(user=volunteer, skill=crowd.to_dict()["contributors"][name], known_answers=5)
    assert mean() == pytest.approx(known.SOMETIMES, rel=0.15)
    Contributor.objects.filter(pk=row.pk).update(known_answers=50)
    assert mean() == pytest.approx(known.RARELY, rel=0.15)
    Contributor.objects.filter(pk=row.pk).update(spam_probability=0.5)
    assert mean() == pytest.approx(known.OFTEN, rel=0.15), "who is suspect is looked at again"


def test_nothing_tells_a_known_question_from_another_beforehand(questions: list[Task], volunteer: User) -> None:
    api = APIClient()
    api.force_login(volunteer)
    first = api.post("/api/v1/tasks/next/").data
    answer(Task.objects.get(pk=first["id"]), volunteer)
    listed = {row["id"]: row for row in api.get("/api/v1/tasks/").data["results"]}
    second = api.post("/api/v1/tasks/next/").data
    assert Task.objects.get(pk=second["id"]).purpose == Task.Purpose.KNOWN
    assert second["id"] in listed
    assert "known" not in str(second | listed[second["id"]]).lower()
    assert second.keys() == first.keys()
    for key in ("kind", "state", "retired", "field", "difficulty", "chosen_by", "returned", "draft"):
        assert second[key] == first[key], key
    page = Client()
    page.force_login(volunteer)
    for number in (first["id"], second["id"]):
        html = page.get(reverse("task", args=[number])).content.decode()
        assert "purpose" not in html
    # Afterwards it leads to what was right.
    done = api.post(f"/api/v1/tasks/{second['id']}/submit/", {"key": str(uuid.uuid4()), "flow": LENET}, format="json")
    assert done.data["next_url"] == reverse("task-feedback", args=[second["id"]])
    assert page.get(done.data["next_url"]).status_code == 200


def test_nobody_can_pick_a_known_question_out(questions: list[Task], volunteer: User, make_user: Any) -> None:
    next(work(volunteer))
    due = known.next_known(user=volunteer)
    assert due is not None
    for task in known.fresh():
        if task != due:
            with pytest.raises(Conflict, match="Others are at work"):
                tasks.take(task=task, user=volunteer)
        with pytest.raises(Conflict, match="Others are at work"):
            tasks.take(task=task, user=make_user(f"newcomer{task.pk}"))
    assert tasks.take(task=due, user=volunteer).task == due


def test_an_answer_is_assessed_at_once_and_goes_to_no_moderator(questions: list[Task], volunteer: User) -> None:
    worker = work(volunteer, WRONG_READING)
    next(worker)
    task = next(worker)
    told = Assessment.objects.get(user=volunteer)
    assert (told.known, told.wrong, told.gold) == (True, {"parameter": 1}, task.known_answer.gold)
    row = Contributor.objects.get(user=volunteer)
    assert (row.known_answers, row.answers, row.wrong) == (1, 1, 1)
    task.refresh_from_db()
    assert task.state == Task.State.OPEN
    assert not Consensus.objects.filter(task=task).exists()
    assert known.assess_known(submission=told.submission) == told, "twice is once"


def test_who_made_a_network_or_decided_about_it_is_not_asked(
    questions: list[Task], author: User, moderator: User
) -> None:
    for user in (author, moderator):
        assert all(task.purpose == Task.Purpose.QUESTION for task in work(user))


def test_a_better_version_retires_the_question_and_answers_are_compared_anew(
    questions: list[Task], golds: list[GoldFlow], volunteer: User, author: User, moderator: User
) -> None:
    worker = work(volunteer)
    next(worker)
    task = next(worker)
    gold = task.known_answer.gold
    asked = propose(gold=gold, user=author, reason="The pool is larger.")
    assert task not in known.fresh(), "while people doubt it, nobody is measured by it"
    answer(asked, author, lenet(p1={"pool_size": [3, 3]}))
    decide(submission=Submission.objects.latest("pk"), moderator=moderator, decision="approve")
    known.tend()
    task.refresh_from_db()
    assert task.state == Task.State.CLOSED
    newest = Assessment.objects.get(user=volunteer, replaced_by=None)
    assert (newest.known, newest.wrong, newest.gold.version) == (True, {"parameter": 1}, 2)
    revert(gold=gold, moderator=moderator, reason="It was right.")
    known.tend()
    assert Assessment.objects.get(user=volunteer, replaced_by=None).score == 1
    assert KnownAnswer.objects.filter(gold__figure=gold.figure).count() == 2, "and it is asked again"


def test_only_what_is_sure_becomes_a_known_question(author: User, moderator: User, tmp_path: Path) -> None:
    task = make_task(tmp_path, flow=WRONG_READING)
    decide(submission=answer(task, author, LENET), moderator=moderator, decision="approve")
    call_command("make_known_answers", verbosity=0)
    assert not KnownAnswer.objects.exists(), "one person's answer and one moderator are not enough"
    gold_of(tmp_path, "sure", author, moderator)
    call_command("make_known_answers", verbosity=0)
    call_command("make_known_answers", verbosity=0)
    assert KnownAnswer.objects.count() == 1


def test_kinds_that_people_agree_on_are_asked_again(make_user: Any, moderator: User, tmp_path: Path) -> None:
    paper = make_task(tmp_path).paper
    task = Task.objects.create(
        kind=Task.Kind.CLASSIFY, paper=paper, figure=paper.figures.get(position=0), answers_wanted=5
    )
    for number in range(4):
        kind = "pipeline" if number else "box3d"
        answer(task, make_user(f"person{number}"), None, answer_kind=kind)
    decide(submission=Submission.objects.latest("pk"), moderator=moderator, decision="approve")
    assert FigureKind.objects.get().votes == 3
    assert known.make_known() == 1
    volunteer = make_user("volunteer")
    other = make_task(tmp_path, text="another paper")
    answer(other, volunteer)
    found = tasks.next_task(user=volunteer, kind="classify")
    assert found is not None
    assert found.task.purpose == Task.Purpose.KNOWN
    answer(found.task, volunteer, None, answer_kind="box3d")
    assert Assessment.objects.get(user=volunteer).mistakes[0]["wanted"] == "pipeline"


def test_the_person_is_shown_what_was_right_and_nobody_else_learns_of_it(
    questions: list[Task], volunteer: User, make_user: Any, client: Client
) -> None:
    worker = work(volunteer, WRONG_READING)
    first = next(worker)
    task = next(worker)
    client.force_login(volunteer)
    html = client.get(reverse("task-feedback", args=[task.pk])).content.decode()
    assert "Nearly all of it is right" in html or "A good part" in html or "one was hard" in html
    assert "as the machine read it" in html
    assert "filters" in html
    assert "Nobody knows yet" in client.get(reverse("task-feedback", args=[first.pk])).content.decode()
    other = make_user("other")
    client.force_login(other)
    assert client.get(reverse("task-feedback", args=[task.pk])).status_code == 404
    shown = profile_page(person=volunteer, viewer=other)
    assert shown.latest == ()
    assert shown.answers == 1, "of others one sees what was decided"
    assert [row.state for row in profile_page(person=volunteer, viewer=volunteer).latest] == ["known", "waiting"]
    assert Lease.objects.filter(user=volunteer, task=task, state="submitted").exists()
