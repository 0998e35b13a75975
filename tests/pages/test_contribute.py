"""Questions about kinds: answered by one key, undone, kept without an account; and the way to a flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import builders
from tests.pages.conftest import World, ask_kind

As = Callable[[str], Client]


@pytest.fixture
def second(world: World) -> Any:
    """Another question about a kind."""
    return ask_kind(world.done)


def give(client: Client, task: Any, kind: str) -> Any:
    return client.post(reverse("task-answer", args=[task.pk]), {"kind": kind})


def submissions(task: Any) -> list[tuple[str, str]]:
    return list(task.submissions.values_list("user__username", "answer_kind"))


def test_an_answer_leads_to_the_next_question_and_waits_there(world: World, second: Any, as_: As) -> None:
    client = as_("volunteer")
    response = give(client, world.classify, "box3d")
    assert response["Location"] == reverse("task", args=[second.pk])
    assert "Noted: <b>cuboids</b>" in client.get(response["Location"]).content.decode()
    assert submissions(world.classify) == []


def test_the_next_answer_hands_in_the_one_before(world: World, second: Any, as_: As) -> None:
    client = as_("volunteer")
    give(client, world.classify, "box3d")
    ask_kind(builders.read(builders.make_paper("third"), _folder(world)))
    give(client, second, "none")
    assert submissions(world.classify) == [("volunteer", "box3d")]
    assert submissions(second) == []


def _folder(world: World) -> Any:
    from pathlib import Path

    from django.conf import settings

    return Path(settings.MEDIA_ROOT).parent / "third"


def test_the_last_answer_can_be_taken_back(world: World, second: Any, as_: As) -> None:
    client = as_("volunteer")
    give(client, world.classify, "box3d")
    response = client.post(reverse("task-answer", args=[world.classify.pk]), {"undo": "1"})
    assert response["Location"] == reverse("task", args=[world.classify.pk])
    client.get(reverse("contribute"))
    assert submissions(world.classify) == []


@pytest.mark.parametrize("way", ["settle", "home", "contribute", "next-task", "account_logout"])
def test_whatever_one_does_next_the_answer_is_handed_in(way: str, world: World, second: Any, as_: As) -> None:
    client = as_("volunteer")
    give(client, world.classify, "box3d")
    if way == "settle":
        response = client.post(reverse("task-answer", args=[world.classify.pk]), {"settle": "1"})
        assert response.status_code == 204
    elif way in {"next-task", "account_logout"}:
        client.post(reverse(way))
    else:
        client.get(reverse(way))
    assert submissions(world.classify) == [("volunteer", "box3d")]
    assert client.post(reverse("task-answer", args=[world.classify.pk]), {"undo": "1"}).status_code == 302
    assert submissions(world.classify) == [("volunteer", "box3d")]


def test_a_visitor_answers_and_it_counts_after_the_sign_in(world: World, second: Any) -> None:
    client = Client()
    give(client, world.classify, "box2d")
    give(client, second, "neurons")
    assert submissions(world.classify) == submissions(second) == []
    assert "<b>2 questions</b>" in client.get(reverse("account_login")).content.decode()
    response = client.post(reverse("account_login"), {"login": "volunteer", "password": "volunteer" * 2}, follow=True)
    assert "2 answers of yours are in." in response.content.decode()
    assert submissions(world.classify) == [("volunteer", "box2d")]
    assert submissions(second) == [("volunteer", "neurons")]


def test_an_answer_that_nobody_asks_for_any_more_is_let_go(world: World, second: Any, as_: As) -> None:
    from annotations.services.review import decide

    client = Client()
    give(client, world.classify, "box2d")
    builders_answer = as_("moderator")
    give(builders_answer, world.classify, "box3d")
    builders_answer.get(reverse("contribute"))
    told = world.classify.submissions.get()
    decide(submission=told, moderator=world.administrator, decision="approve")
    client.force_login(world.volunteer)
    assert client.get(reverse("contribute")).status_code == 200
    assert submissions(world.classify) == [("moderator", "box3d")]


@pytest.mark.parametrize("kind", ["", "box4d", "<script>"])
def test_a_kind_that_is_none_is_no_answer(kind: str, world: World, as_: As) -> None:
    client = as_("volunteer")
    assert give(client, world.classify, kind)["Location"] == reverse("task", args=[world.classify.pk])
    client.get(reverse("contribute"))
    assert submissions(world.classify) == []


def test_a_flow_is_not_answered_by_a_kind(world: World, as_: As) -> None:
    assert give(as_("volunteer"), world.correct, "box2d").status_code == 404


def test_who_answered_is_not_asked_again(world: World, second: Any, as_: As) -> None:
    client = as_("volunteer")
    give(client, world.classify, "box2d")
    client.get(reverse("contribute"))
    response = client.get(reverse("task", args=[world.classify.pk]))
    assert response.status_code == 403
    assert "You have answered this already." in response.content.decode()


def test_skipping_leads_on(world: World, second: Any, as_: As) -> None:
    client = as_("volunteer")
    response = client.post(reverse("task-skip", args=[world.classify.pk]), {"reason": "too_hard"})
    assert response["Location"] == reverse("task", args=[second.pk])
    assert world.classify.skips.get().user == world.volunteer


@pytest.mark.parametrize("kind", ["correct", "classify"])
def test_the_next_task_is_of_the_kind_that_was_asked_for(kind: str, world: World, as_: As) -> None:
    response = as_("volunteer").post(reverse("next-task"), {"kind": kind})
    lease = world.volunteer.leases.get(state="open")
    assert response["Location"] == reverse("task", args=[lease.task_id])
    assert lease.task.kind == kind


def test_where_nothing_is_left_it_says_so(world: World, as_: As) -> None:
    client = as_("volunteer")
    for task in (world.correct, world.classify, world.in_review):
        task.state = "closed"
        task.save()
    response = client.post(reverse("next-task"), follow=True)
    assert "Nothing is left to do for you right now." in response.content.decode()


def test_a_task_that_another_holds_says_so(world: World, as_: As) -> None:
    type(world.correct).objects.update(answers_wanted=1)
    as_("volunteer").get(reverse("task", args=[world.correct.pk]))
    response = as_("moderator").get(reverse("task", args=[world.correct.pk]))
    assert response.status_code == 403
    assert "Others are at work on this task." in response.content.decode()


def test_what_came_back_stands_on_top_with_its_reason(world: World, as_: As) -> None:
    from annotations.services.review import decide

    answer = builders.answer(world.correct, world.volunteer)
    decide(submission=answer, moderator=world.moderator, decision="return", reason="`c1` has stride 2.")
    html = as_("volunteer").get(reverse("contribute")).content.decode()
    assert "<code>c1</code> has stride 2." in html
    assert f'href="{reverse("task", args=[world.correct.pk])}"' in html


# --- Choosing ---------------------------------------------------------------------------------------------------------


def test_one_chooses_by_field_difficulty_and_paper_and_the_next_one_fits(world: World, as_: As) -> None:
    from annotations.models import Task

    Task.objects.filter(pk=world.correct.pk).update(field="language", difficulty=1)
    client = as_("volunteer")
    html = client.get(reverse("contribute"), {"field": "language"}).content.decode()
    assert 'aria-current="true" href="/contribute/#choose">Language' in html
    assert '<input type="hidden" name="field" value="language">' in html
    for query in ({"field": "language"}, {"paper": world.open.pk, "kind": "correct"}):
        response = client.get(reverse("next-task"), query)
        assert response["Location"] == reverse("task", args=[world.correct.pk])
    response = client.get(reverse("next-task"), {"field": "audio"}, follow=True)
    assert "Nothing of that is left to do for you right now." in response.content.decode()
    assert response.redirect_chain == [("/contribute/?field=audio", 302)]


@pytest.mark.parametrize("query", ["field=nonsense", "difficulty=9", "difficulty=x", "paper=1e9", "kind=<script>"])
def test_what_does_not_exist_is_as_if_it_had_not_been_said(query: str, world: World, as_: As) -> None:
    response = as_("volunteer").get(f"{reverse('contribute')}?{query}")
    assert response.status_code == 200
    assert "Clear all" not in response.content.decode()


def test_what_was_passed_on_stands_there_with_a_way_back(world: World, as_: As) -> None:
    from annotations.services.tasks import skip

    skip(task=world.correct, user=world.volunteer, reason="later")
    client = as_("volunteer")
    html = client.get(reverse("contribute")).content.decode()
    assert "I&#x27;ll come back to it" in html
    assert "Return to it" in html
    assert client.get(reverse("task", args=[world.correct.pk])).status_code == 200
    assert "Return to it" not in client.get(reverse("contribute")).content.decode()


def test_hard_ones_are_shown_as_not_yet_open(world: World, as_: As) -> None:
    from annotations.models import Task

    Task.objects.filter(pk=world.correct.pk).update(difficulty=3)
    html = as_("volunteer").get(reverse("contribute")).content.decode()
    assert "opens at level 3" in html
    assert "1 more is hard" in html
    assert as_("volunteer").get(reverse("task", args=[world.correct.pk])).status_code == 200, "who needs it may"


def test_a_question_about_a_kind_that_is_left_goes_back(world: World, as_: As) -> None:
    client = as_("volunteer")
    client.post(reverse("next-task"), {"kind": "classify"})
    lease = world.classify.leases.get()
    html = client.get(reverse("task", args=[world.classify.pk])).content.decode()
    assert lease.expires_at.isoformat() in html
    assert client.post(reverse("task-release", args=[world.classify.pk]), {"until": "soon"}).status_code == 204
    lease.refresh_from_db()
    assert lease.state == "open"
    client.post(reverse("task-release", args=[world.classify.pk]), {"until": lease.expires_at.isoformat()})
    lease.refresh_from_db()
    assert lease.state == "released"


# --- Asking for code --------------------------------------------------------------------------------------------------


def test_code_of_a_figure_is_asked_for_once_and_its_question_comes_earlier(world: World, as_: As) -> None:
    from annotations.models import Request

    client, figure = as_("volunteer"), world.correct.figure
    before = world.correct.priority
    page = reverse("paper", args=[world.open.pk])
    assert "Ask for its code" in client.get(page).content.decode()
    for _ in range(2):
        response = client.post(reverse("figure-request", args=[figure.pk]))
        assert response["Location"] == f"{page}#figure-{figure.pk}"
    assert Request.objects.get().user == world.volunteer
    world.correct.refresh_from_db()
    assert world.correct.priority > before
    assert "You are told when its code is there" in client.get(page).content.decode()
    assert "1 person waits for it" in as_("moderator").get(page).content.decode()


def test_where_there_is_code_it_says_so(world: World, as_: As) -> None:
    response = as_("moderator").post(reverse("figure-request", args=[world.gold.figure_id]), follow=True)
    assert "There is code of this figure already" in response.content.decode()


def test_why_no_more_answers_are_asked_for_stands_on_the_paper(world: World, as_: As) -> None:
    from annotations.models import Task

    Task.objects.filter(pk=world.correct.pk).update(state="closed", retired="no_flow")
    html = as_("").get(reverse("paper", args=[world.open.pk])).content.decode()
    assert "People say that the figure shows no network: no more answers are asked for." in html
