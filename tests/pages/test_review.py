"""Deciding: what a moderator sees, and where each decision leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import builders
from tests.pages.conftest import World

As = Callable[[str], Client]


def decide(client: Client, task: Any, decision: str, reason: str = "", **headers: str) -> Any:
    data = {"answer": task.submissions.get().pk, "decision": decision, "reason": reason}
    return client.post(reverse("review-decide", args=[task.pk]), data, headers=headers)


@pytest.fixture
def following(world: World) -> Any:
    """Another task that waits for a decision."""
    builders.answer(world.correct, world.volunteer)
    return world.correct


def test_the_difference_stands_there_as_rows_and_for_the_graph(world: World, as_: As) -> None:
    html = as_("moderator").get(reverse("review-task", args=[world.in_review.pk])).content.decode()
    # The answer lacks the last layer and all connections.
    assert '<span class="diff del">fc 10</span>' in html
    assert '<span class="diff del">32x32x1 → conv 5x5, 6, connection</span>' in html
    assert '<script id="view-0" type="application/json">' in html
    assert 'data-config="view-0"' in html


def test_approving_leads_to_the_next(world: World, following: Any, as_: As) -> None:
    response = decide(as_("moderator"), world.in_review, "approve")
    assert response["Location"] == reverse("review-task", args=[following.pk])
    world.in_review.refresh_from_db()
    assert world.in_review.state == "approved"


def test_the_page_goes_on_by_itself_where_it_was_asked_by_script(world: World, following: Any, as_: As) -> None:
    response = decide(as_("moderator"), world.in_review, "approve", **{"HX-Request": "true"})
    assert response.status_code == 204
    assert response["HX-Redirect"] == reverse("review-task", args=[following.pk])


def test_after_the_last_one_the_queue_says_so(world: World, as_: As) -> None:
    client = as_("moderator")
    response = decide(client, world.in_review, "reject", "Not the network of the figure.")
    assert response["Location"] == reverse("review")
    html = client.get(reverse("review")).content.decode()
    assert "That was the last one." in html
    assert "Nothing waits for a decision" in html


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_without_a_reason_it_stays_and_asks_for_one(decision: str, world: World, as_: As) -> None:
    response = decide(as_("moderator"), world.in_review, decision, "  ", **{"HX-Request": "true"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "Say why" in html
    assert 'aria-invalid="true"' in html
    world.in_review.refresh_from_db()
    assert world.in_review.state == "in_review"


def test_a_decision_about_nothing_is_not_found(world: World, as_: As) -> None:
    client = as_("moderator")
    for answer in ("", "x", "-1", "9" * 30, "999999"):
        response = client.post(
            reverse("review-decide", args=[world.in_review.pk]), {"answer": answer, "decision": "approve"}
        )
        assert response.status_code == 404


def test_a_decision_sent_twice_is_one(world: World, as_: As) -> None:
    client = as_("moderator")
    decide(client, world.in_review, "approve")
    decide(client, world.in_review, "approve")
    assert world.in_review.reviews.count() == 1


def test_whoever_comes_second_is_told(world: World, as_: As) -> None:
    decide(as_("moderator"), world.in_review, "reject", "No.")
    response = as_("administrator").post(
        reverse("review-decide", args=[world.in_review.pk]),
        {"answer": world.in_review.submissions.get().pk, "decision": "approve"},
        follow=True,
    )
    assert "moderator has rejected this answer already." in response.content.decode()


def test_nobody_decides_about_their_own_answer(world: World, as_: As) -> None:
    builders.answer(world.correct, world.moderator)
    client = as_("moderator")
    html = client.get(reverse("review-task", args=[world.correct.pk])).content.decode()
    assert "This is your own answer." in html
    assert 'value="approve"' not in html
    assert "Your own answer" in client.get(reverse("review")).content.decode()


def test_a_volunteer_decides_nothing(world: World, as_: As) -> None:
    response = decide(as_("volunteer"), world.in_review, "approve")
    assert response.status_code == 403
    assert "Only moderators decide about answers." in response.content.decode()
    assert world.in_review.reviews.count() == 0


def test_after_the_session_the_sign_in_leads_back_to_the_page(world: World) -> None:
    page = reverse("review-task", args=[world.in_review.pk])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    response = decide(Client(), world.in_review, "approve", **headers)
    assert response["HX-Redirect"] == f"{reverse('account_login')}?next={page.replace('/', '%2F')}"
    assert decide(Client(), world.in_review, "approve")["Location"] == f"{reverse('account_login')}?next=/contribute/"
    assert world.in_review.reviews.count() == 0


def test_a_task_that_is_decided_leads_back_to_the_queue(world: World, as_: As) -> None:
    client = as_("moderator")
    decide(client, world.in_review, "approve")
    assert client.get(reverse("review-task", args=[world.in_review.pk]))["Location"] == reverse("review")


def test_the_kind_of_a_figure_is_decided_here_too(world: World, as_: As) -> None:
    client = as_("volunteer")
    client.post(reverse("task-answer", args=[world.classify.pk]), {"kind": "box3d"})
    client.get(reverse("contribute"))
    html = as_("moderator").get(reverse("review-task", args=[world.classify.pk])).content.decode()
    assert "<b>Cuboids</b>" in html
    decide(as_("moderator"), world.classify, "approve")
    html = as_("").get(reverse("paper", args=[world.open.pk])).content.decode()
    assert "Cuboids</span>" in html


def test_a_better_version_is_compared_with_gold_as_well(world: World, as_: As) -> None:
    from annotations.models import Submission, Task
    from extraction.models import Reading

    reading = Reading.objects.filter(figure=world.gold.figure).get()
    again = Reading.objects.create(
        paper=reading.paper,
        figure=reading.figure,
        flow=reading.flow,
        outline=reading.outline,
        reader="dlp2c 2",
        attempt=2,
    )
    task = Task.objects.create(kind="correct", paper=world.done, figure=world.gold.figure, reading=again)
    builders.answer(task, world.volunteer, builders.lenet(c1={"filters": 8}))
    html = as_("moderator").get(reverse("review-task", args=[task.pk])).content.decode()
    assert "Gold version 1 to answer" in html
    assert html.count('<span class="diff chg">conv 5x5, 6, filters</span>') == 2
    decide(as_("moderator"), Task.objects.get(pk=task.pk), "approve")
    newest = Submission.objects.get(task=task).gold_flow
    old = as_("").get(reverse("network", args=[world.gold.number])).content.decode()
    assert f"No. {newest.number}, version 2" in old
    new = as_("").get(reverse("network", args=[newest.number])).content.decode()
    assert "1 layer changed" in new
