"""The leaderboard and public profiles: right answers count, by week and field; what is undecided shows to nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import Assessment, Contributor, Download, GoldFlow, Submission, Task
from annotations.selectors.leaderboard import board, span
from annotations.services import skill
from annotations.services.review import decide
from tests.builders import LENET, answer, lenet, make_task

pytestmark = pytest.mark.django_db

WRONG_READING = lenet(c1={"filters": 8})


@pytest.fixture
def work(make_user: Callable[..., User], moderator: User, tmp_path: Path) -> Callable[..., User]:
    """`work("ada", LENET, 3)`: ada gives this answer to three tasks, and a moderator approves the right one."""

    def make(name: str, flow: dict[str, Any], count: int, field: str = "vision") -> User:
        user = User.objects.filter(username=name).first() or make_user(name)
        for number in range(count):
            task = make_task(tmp_path, text=f"{name} {field} {number}", flow=WRONG_READING)
            Task.objects.filter(pk=task.pk).update(field=field)
            decide(submission=answer(task, user, flow), moderator=moderator, decision="approve", flow=LENET)
        return user

    return make


def names(**wishes: Any) -> list[str]:
    return [place.user.username for place in board(**wishes).places]


def test_places_go_by_what_was_right_not_by_how_much_was_done(work: Callable[..., User]) -> None:
    right = work("right", LENET, 3)
    work("busy", WRONG_READING, 5), work("beginner", LENET, 2)
    assert names() == ["right"], "who leaves errors has no points, and two answers are too few"
    found = board(viewer=right)
    (place,) = found.places
    assert (place.rank, place.points, place.answers, place.right, place.networks) == (1, 9, 3, 1.0, 3)
    assert found.own is None


def test_a_spammer_has_no_place(work: Callable[..., User]) -> None:
    user = work("ada", LENET, 3)
    assert names() == ["ada"]
    Contributor.objects.filter(user=user).update(spam_probability=0.95)
    assert names() == []


def test_weeks_begin_on_monday_and_fields_are_apart(work: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    start, end = span("last", timezone.make_aware(datetime(2026, 11, 25, 12)))
    assert start is not None
    assert end is not None
    assert (start.weekday(), end - start, end.day) == (0, timedelta(days=7), 23)
    with monkeypatch.context() as patch:
        last_week = timezone.now() - timedelta(days=7)
        patch.setattr(timezone, "now", lambda: last_week)
        work("ada", LENET, 3)
    work("grace", LENET, 3, field="language")
    assert names(period="week") == ["grace"]
    assert names(period="last") == ["ada"]
    assert sorted(names(period="all")) == ["ada", "grace"]
    assert names(period="all", field="language") == ["grace"]
    assert names(period="nonsense", field="nonsense") == ["grace"]


def test_a_better_version_changes_this_week_not_the_one_that_is_over(
    work: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        last_week = timezone.now() - timedelta(days=7)
        patch.setattr(timezone, "now", lambda: last_week)
        user = work("ada", LENET, 4)
    answered = Submission.objects.filter(user=user).first()
    assert answered is not None
    gold = GoldFlow.objects.get(figure=answered.task.figure)
    other = GoldFlow.objects.create(
        paper=gold.paper, figure=gold.figure, version=2, previous=gold, approved_by=gold.approved_by, digest="x",
        flow=lenet(c1={"filters": 7}), outline=gold.outline,
    )  # fmt: skip
    skill.reassess(figure=other.figure)
    assert board(period="last").places[0].points == 12
    assert board(period="all").places[0].points == 8
    assert Contributor.objects.get(user=user).reputation == 8


def test_the_page_shows_it_with_ties_and_ones_own_place(
    work: Callable[..., User], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "grace"):
        work(name, LENET, 4)
    mary = work("mary", LENET, 3)
    client.force_login(mary)
    html = client.get(reverse("leaderboard")).content.decode()
    assert html.index("ada") < html.index("grace") < html.index('class="hit"')
    assert [place.rank for place in board().places] == [1, 1, 3]
    monkeypatch.setattr("annotations.selectors.leaderboard.SHOWN", 2)
    found = board(viewer=mary)
    assert found.own is not None
    assert (found.own.user, found.own.rank, found.people) == (mary, 3, 3)
    assert "Nobody has a place here yet" in client.get(reverse("leaderboard"), {"field": "audio"}).content.decode()


def test_the_leaderboard_asks_a_fixed_number_of_times(work: Callable[..., User], client: Client) -> None:
    work("one", LENET, 3)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("leaderboard"))
    for number in range(3):
        work(f"person{number}", LENET, 3)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("leaderboard"))
    assert len(many) == len(few) <= 6
    assert not any(
        '"mistakes"' in query["sql"] or '"skill"' in query["sql"] for query in many if "GROUP" in query["sql"]
    )


def test_a_public_profile_says_how_often_somebody_is_right_and_nothing_undecided(
    work: Callable[..., User], client: Client, tmp_path: Path, moderator: User
) -> None:
    ada = work("ada", LENET, 2)
    gold = GoldFlow.objects.first()
    Download.objects.create(gold=gold, what="keras", day=timezone.now().date(), count=41)
    answer(make_task(tmp_path, text="undecided secret", flow=WRONG_READING), ada)
    url = reverse("profile", args=["ada"])
    html = client.get(url).content.decode()
    assert "<dd>2</dd>" in html
    assert "<dd>41</dd>" in html
    assert "Parameters" in html
    assert "Waits for a decision" not in html
    client.force_login(ada)
    own = client.get(url).content.decode()
    assert "<dd>3</dd>" in own
    assert "Waits for a decision" in own
    assert "level 1 of 3" in own
    assert "more answers whose right one is known" in own


def test_the_api_says_the_same(work: Callable[..., User], client: Client) -> None:
    work("ada", LENET, 3)
    found = client.get("/api/v1/people/", {"period": "week"}).json()
    assert [(row["username"], row["rank"], row["points"]) for row in found["places"]] == [("ada", 1, 9)]
    one = client.get("/api/v1/people/ada/").json()
    assert (one["level"], one["assessed"], one["flawless"], one["answers"]) == (1, 3, 3, 3)
    assert {"layer", "parameter"} <= {rate["kind"] for rate in one["rates"]}
    assert client.get("/api/v1/people/nobody/").status_code == 404
    client.force_login(User.objects.get(username="ada"))
    told = Assessment.objects.latest("pk")
    feedback = client.get(f"/api/v1/tasks/{told.submission.task_id}/feedback/").json()
    assert (feedback["assessment"]["score"], feedback["assessment"]["points"]) == (1, 3)
    assert feedback["flow"]["layers"]
