"""Deciding: what a moderator sees, and where each decision leads."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import GoldFlow, Review, Task
from annotations.services.gold import propose
from annotations.services.submissions import submit
from tests import builders
from tests.pages.conftest import World

As = Callable[[str], Client]
JSON = {"Accept": "application/json"}


def form(client: Client, task: Any, **values: Any) -> dict[str, Any]:
    """What the page's form would send."""
    found = client.get(reverse("review-part", args=[task.pk])).context["page"]
    consensus = found.consensus.pk if found.consensus else ""
    return {"consensus": consensus, "answer": "", "number": found.number, "key": str(uuid.uuid4()), **values}


def decide(client: Client, task: Any, decision: str, headers: dict[str, str] | None = None, **values: Any) -> Any:
    data = form(client, task, decision=decision, **values)
    return client.post(reverse("review-decide", args=[task.pk]), data, headers=headers)


def embedded(html: str, name: str) -> Any:
    """The JSON that a page carries for its scripts."""
    return json.loads(html.split(f'<script id="{name}" type="application/json">')[1].split("</script>")[0])


@pytest.fixture
def following(world: World) -> Any:
    """Another task that waits for a decision."""
    builders.answer(world.correct, world.volunteer)
    return world.correct


def test_every_difference_is_a_row_with_who_says_what(world: World, as_: As, make_user: Callable[..., Any]) -> None:
    Task.objects.update(answers_wanted=4)
    for name, filters in (("ada", 8), ("bo", 8), ("cy", 9)):
        builders.answer(world.correct, make_user(name), builders.lenet(c1={"filters": filters}), comment=f"{filters}!")
    html = as_("moderator").get(reverse("review-task", args=[world.correct.pk])).content.decode()
    row = html[html.index('<span class="diff chg">conv 5x5, 6, filters</span>') :].split("</tr>")[0]
    assert '<td class="before">6</td>' in row
    assert row.count('<td class="by"><span class="">8</span></td>') == 2
    assert '<span class="outvoted">9</span>' in row
    assert "8</ins>" in row or '<b class="doubtful">8</b>' in row
    assert "“9!”" in html
    pane = embedded(html, f"pane-{world.correct.pk}")
    assert {choice["text"] for choice in pane["rows"][0]["choices"]} == {"6", "8", "9"}
    assert {row["who"] for row in pane["skills"]["parameter"]["rows"]} >= {"reader"}
    assert f'data-config="view-{world.correct.pk}"' in html


def test_answers_that_leave_the_reading_as_it_is_differ_in_nothing(world: World, following: Any, as_: As) -> None:
    html = as_("moderator").get(reverse("review-task", args=[following.pk])).content.decode()
    assert "No difference: the answer leaves it as read" in html


def test_the_graph_of_one_answer_comes_when_it_is_asked_for(world: World, as_: As) -> None:
    client = as_("moderator")
    answer = world.in_review.submissions.get()
    shown = client.get(reverse("review-compare", args=[world.in_review.pk, str(answer.pk)])).json()
    assert shown["flow"] == answer.flow
    assert {change["kind"] for change in shown["other"]["layers"]} == {"same", "removed"}
    assert client.get(reverse("review-compare", args=[world.in_review.pk, "gold"])).status_code == 404


def test_approving_leads_to_the_next(world: World, following: Any, as_: As) -> None:
    response = decide(as_("moderator"), world.in_review, "approve")
    assert response["Location"] == reverse("review-task", args=[following.pk])
    world.in_review.refresh_from_db()
    assert world.in_review.state == "approved"


def test_a_page_that_goes_on_by_itself_is_told_how(world: World, following: Any, as_: As) -> None:
    client = as_("moderator")
    told = decide(client, world.in_review, "approve", headers=JSON).json()
    assert told["next"]["part"] == reverse("review-part", args=[following.pk])
    assert told["said"] == "Figure 1 of “Gradient-based learning”: approved."
    part = client.get(told["next"]["part"]).content.decode()
    assert "<html" not in part
    assert "data-decide" in part
    back = client.post(told["undo"], headers=JSON).json()
    assert back["next"]["task"] == world.in_review.pk
    assert Review.objects.get(task=world.in_review).undone
    assert client.post(told["undo"], follow=True).status_code == 200, "twice is once"


def test_after_the_last_one_the_queue_says_so(world: World, as_: As) -> None:
    client = as_("moderator")
    response = decide(client, world.in_review, "reject", reason="Not the network of the figure.")
    assert response["Location"] == reverse("review")
    html = client.get(reverse("review")).content.decode()
    assert "That was the last one." in html
    assert "Nothing waits for a decision" in html


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_without_a_reason_it_stays_and_asks_for_one(decision: str, world: World, as_: As) -> None:
    response = decide(as_("moderator"), world.in_review, decision, headers=JSON, reason="  ")
    assert response.status_code == 422
    assert "Say why" in response.json()["error"]
    assert not Review.objects.filter(task=world.in_review).exists()


def test_remarks_on_elements_go_to_the_author(world: World, as_: As) -> None:
    remarks = {"remark-element": ["c1", "in>c1"], "remark": ["It has 8 filters.", ""]}
    decide(as_("moderator"), world.in_review, "return", **remarks)
    review = Review.objects.get(task=world.in_review)
    assert [(remark.element, remark.text) for remark in review.remarks.all()] == [("c1", "It has 8 filters.")]


def test_another_value_is_approved_with_a_key(world: World, as_: As, make_user: Callable[..., Any]) -> None:
    Task.objects.update(answers_wanted=3)
    for name, filters in (("ada", 8), ("bo", 8), ("cy", 9)):
        builders.answer(world.correct, make_user(name), builders.lenet(c1={"filters": filters}))
    client = as_("moderator")
    for choices in ('{"layer/c1/params/filters": 7}', '{"layer/x": 0}', "[1]", "{"):
        refused = decide(client, world.correct, "approve", headers=JSON, choices=choices)
        assert refused.status_code in {409, 422}, choices
    (element,) = [one for one in world.correct.consensuses.last().elements if one["key"] == "layer/c1/params/filters"]
    place = [value for value, _ in element["ranking"]].index(9)
    decide(client, world.correct, "approve", choices=json.dumps({element["key"]: place}))
    (c1,) = [layer for layer in GoldFlow.objects.get(figure=world.correct.figure).flow["layers"] if layer["id"] == "c1"]
    assert c1["params"]["filters"] == 9


@pytest.mark.parametrize("sent", ["[" * 100_000, '{"type": 1.5}', "[1]", "{"])
def test_choices_that_make_no_sense_are_said(world: World, as_: As, sent: str) -> None:
    response = decide(as_("moderator"), world.in_review, "approve", JSON, choices=sent)
    assert (response.status_code, response.json()["error"][:14]) == (422, "What you chose")


def test_the_editor_opens_with_what_people_say(world: World, as_: As) -> None:
    client = as_("moderator")
    html = client.get(reverse("review-edit", args=[world.in_review.pk])).content.decode()
    config = embedded(html, "editor-config")
    consensus = world.in_review.consensuses.get()
    assert config["task"]["reading"]["flow"] == consensus.flow
    assert config["review"] == {"consensus": consensus.pk, "number": 0}
    sent = {"decision": "approve", "flow": builders.lenet(c1={"filters": 8}), "key": str(uuid.uuid4()), "number": 0}
    response = client.post(config["urls"]["submit"], sent, content_type="application/json")
    assert response.status_code == 200
    last = client.get(config["urls"]["next"], follow=True).content.decode()
    assert "That was the last one." in last


def test_a_decision_about_nothing_is_not_found(world: World, as_: As) -> None:
    client = as_("moderator")
    for answer in ("", "x", "-1", "9" * 30, "999999"):
        response = client.post(
            reverse("review-decide", args=[world.in_review.pk]), {"answer": answer, "decision": "approve"}
        )
        assert response.status_code == 404


def test_a_decision_sent_twice_is_one(world: World, as_: As) -> None:
    client = as_("moderator")
    data = form(client, world.in_review, decision="approve")
    for _ in range(2):
        client.post(reverse("review-decide", args=[world.in_review.pk]), data)
    assert world.in_review.reviews.count() == 1


def test_whoever_comes_second_is_told(world: World, as_: As) -> None:
    late = form(as_("administrator"), world.in_review, decision="approve")
    decide(as_("moderator"), world.in_review, "return", reason="No.")
    response = as_("administrator").post(reverse("review-decide", args=[world.in_review.pk]), late, follow=True)
    assert "moderator has returned this already." in response.content.decode()


def test_nobody_decides_about_their_own_answer(world: World, as_: As) -> None:
    builders.answer(world.correct, world.moderator)
    client = as_("moderator")
    html = client.get(reverse("review-task", args=[world.correct.pk])).content.decode()
    assert "You have answered this question yourself." in html
    assert 'value="approve"' not in html
    assert "one is yours" in client.get(reverse("review")).content.decode()
    assert client.get(reverse("review-edit", args=[world.correct.pk])).status_code == 403


def test_a_volunteer_decides_nothing(world: World, as_: As) -> None:
    client = as_("volunteer")
    for name in ("review-decide", "review-part", "review-edit"):
        response = client.post(reverse(name, args=[world.in_review.pk]), {"decision": "approve"})
        assert response.status_code == 403
        assert "Only moderators decide about answers." in response.content.decode()
    assert world.in_review.reviews.count() == 0


def test_a_task_that_is_decided_leads_back_to_the_queue(world: World, as_: As) -> None:
    client = as_("moderator")
    decide(client, world.in_review, "approve")
    assert client.get(reverse("review-task", args=[world.in_review.pk]))["Location"] == reverse("review")
    assert client.get(reverse("review-part", args=[world.in_review.pk])).status_code == 204


def test_the_kind_of_a_figure_is_decided_here_too(world: World, as_: As, make_user: Callable[..., Any]) -> None:
    Task.objects.update(answers_wanted=3)
    for name, kind in (("ada", "box3d"), ("bo", "box3d"), ("cy", "pipeline")):
        submit(task=world.classify, user=make_user(name), key=uuid.uuid4(), answer_kind=kind)
    client = as_("moderator")
    html = client.get(reverse("review-task", args=[world.classify.pk])).content.decode()
    assert html.count("<b>Cuboids</b>") == 3, "two people and the consensus"
    assert '<span class="outvoted">Whole pipeline</span>' in html
    decide(client, world.classify, "approve")
    assert "Cuboids</span>" in as_("").get(reverse("paper", args=[world.open.pk])).content.decode()


def test_a_better_version_is_compared_with_the_one_it_is_to_replace(world: World, as_: As) -> None:
    task = propose(gold=world.gold, user=world.volunteer, reason="It has 8 filters.")
    builders.answer(task, world.volunteer, builders.lenet(c1={"filters": 8}))
    client = as_("moderator")
    html = client.get(reverse("review-task", args=[task.pk])).content.decode()
    assert "Gold to consensus" in html
    assert '<span class="diff chg">conv 5x5, 6, filters</span>' in html
    assert "proposal to gold" in html
    decide(client, task, "approve")
    newest = GoldFlow.objects.get(previous=world.gold)
    old = as_("").get(reverse("network", args=[world.gold.number])).content.decode()
    assert f"No. {newest.number}, version 2" in old
    assert "1 layer changed" in as_("").get(reverse("network", args=[newest.number])).content.decode()


def test_many_at_once_are_shown_approved_and_taken_back(world: World, following: Any, as_: As) -> None:
    client = as_("moderator")
    page = client.get(reverse("review-bulk"), {"probability": 50, "disputed": 9, "answers": 1, "kind": "correct"})
    would = page.context["would"]
    assert following in [one.task for one in would]
    tasks = [f"{one.task.pk}:{one.consensus.pk}" for one in would]
    batch = str(page.context["batch"])
    done = client.post(reverse("review-bulk"), {"task": tasks, "batch": batch}, follow=True)
    assert f"{len(tasks)} decided together" in done.content.decode()
    back = client.post(reverse("review-batch-undo", args=[batch]), follow=True)
    assert "All taken back" in back.content.decode()
    beyond = [f"{2**63}:1"]
    for wrong in ({"task": ["x"], "batch": batch}, {"task": beyond, "batch": batch}, {"task": tasks, "batch": "x"}, {}):
        assert "looked" not in client.post(reverse("review-bulk"), wrong, follow=True).context


def test_an_empty_text_is_nothing(as_: As, make_user: Callable[..., Any], tmp_path: Path) -> None:
    unnamed, named = ({**builders.lenet(), "name": name} for name in ("", "LeNet-5"))
    task = builders.make_task(tmp_path / "unnamed", text="unnamed", flow=unnamed)
    Task.objects.update(answers_wanted=3)
    for name, flow in (("ada", named), ("bo", named), ("cy", unnamed)):
        builders.answer(task, make_user(name), flow)
    html = as_("moderator").get(reverse("review-task", args=[task.pk])).content.decode()
    row = html[html.index('<span class="diff chg">network, name</span>') :].split("</tr>")[0]
    assert '<td class="before"><span class="muted">none</span></td>' in row
    assert "<del></del>" not in row
    (pane,) = [one for one in embedded(html, f"pane-{task.pk}")["rows"] if one["title"] == "network, name"]
    assert {choice["text"] for choice in pane["choices"]} == {"none", "LeNet-5"}
