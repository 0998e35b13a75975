"""Deciding over the API, and what becomes of networks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from annotations.models import GoldFlow, Review, Task
from tests.builders import answer, lenet, make_task

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def task(tmp_path: Path, volunteer: User, make_user: Callable[..., User]) -> Task:
    made: Task = make_task(tmp_path)
    Task.objects.update(answers_wanted=3, demand=2)
    answer(made, volunteer, lenet(c1={"filters": 8}))
    answer(made, make_user("other"), lenet(c1={"filters": 9}))
    return made


def test_the_consensus_is_seen_edited_approved_and_taken_back(mod: APIClient, task: Task) -> None:
    (row,) = mod.get(f"{V1}/review/").data["results"]
    assert (row["id"], row["answer_count"], row["disputed"], row["own"]) == (task.pk, 2, 1, False)
    assert row["worth"] > 1
    seen = mod.get(f"{V1}/review/{task.pk}/").data
    consensus = seen["consensus"]
    (filters,) = [one for one in consensus["elements"] if one["key"] == "layer/c1/params/filters"]
    assert {said["value"] for said in filters["said"]} == {6, 8, 9}
    sent = {
        "consensus": consensus["id"],
        "number": seen["number"],
        "key": str(uuid.uuid4()),
        "decision": "approve",
        "flow": lenet(c1={"filters": 12}),
    }
    first, second = (mod.post(f"{V1}/review/{task.pk}/decide/", sent) for _ in range(2))
    assert first.status_code == 200, first.data
    assert (first.data, first.data["state"]) == (second.data, "approved")
    gold = GoldFlow.objects.get(pk=first.data["network"])
    assert gold.flow["layers"][1]["params"]["filters"] == 12
    late = mod.post(f"{V1}/review/{task.pk}/decide/", sent | {"key": str(uuid.uuid4())})
    assert (late.status_code, late.data["detail"]) == (409, "moderator has approved this already.")
    back = mod.post(f"{V1}/decisions/{first.data['id']}/undo/")
    assert (back.data["undone"], back.data["state"]) == (True, "open")
    assert mod.get(f"{V1}/networks/").data["count"] == 0


def test_sent_back_with_remarks_and_a_code(mod: APIClient, api: APIClient, task: Task) -> None:
    mine = task.submissions.first()
    assert mine is not None
    remarks = [{"element": "c1", "text": "It has 12 filters."}]
    sent = {"submission": mine.pk, "decision": "return", "code": "parameters", "remarks": remarks}
    told = mod.post(f"{V1}/review/{task.pk}/decide/", sent).data
    assert (told["remarks"], told["code"], told["state"]) == (remarks, "parameters", "returned")
    assert api.get(f"{V1}/tasks/{task.pk}/").data["returned"]["remarks"] == remarks
    for wrong in ({"submission": 999}, {"consensus": 999}):
        assert mod.post(f"{V1}/review/{task.pk}/decide/", wrong | {"decision": "approve"}).status_code == 404


def test_many_at_once(mod: APIClient, task: Task) -> None:
    looked = mod.post(f"{V1}/review/bulk/", {"probability": 0.1, "disputed": 5}).data
    (outcome,) = looked["outcomes"]
    assert (looked["dry_run"], outcome["why_not"], Review.objects.count()) == (True, "", 0)
    tasks = [{"task": outcome["task"], "consensus": outcome["consensus"]}]
    batch = str(uuid.uuid4())
    done = mod.post(f"{V1}/review/bulk/", {"tasks": tasks, "dry_run": False, "batch": batch}).data
    assert done["outcomes"][0]["review"] == Review.objects.get().pk
    beyond = [{"task": 2**63, "consensus": 1}]
    assert mod.post(f"{V1}/review/bulk/", {"tasks": beyond}).status_code == 400
    (back,) = mod.post(f"{V1}/review/bulk/{batch}/undo/").data
    assert back["why_not"] == ""
    assert Review.objects.get().undone


def test_versions_of_a_network(mod: APIClient, api: APIClient, task: Task, moderator: User) -> None:
    mod.post(f"{V1}/review/{task.pk}/decide/", {"decision": "approve"})
    number = GoldFlow.objects.get().number
    reason = {"reason": "It has 12 filters."}
    proposed = api.post(f"{V1}/networks/{number}/propose/", reason).data
    assert proposed == {"task": task.pk, "round": 2}
    answer(Task.objects.get(), moderator, lenet(c1={"filters": 12}))
    own: Any = mod.post(f"{V1}/review/{task.pk}/decide/", {"decision": "approve"})
    assert (own.status_code, own.data["detail"][:34]) == (403, "You have answered this question yo")
    for name in ("revert", "withdraw"):
        assert api.post(f"{V1}/networks/{number}/{name}/", reason).status_code == 403
        assert mod.post(f"{V1}/networks/999999/{name}/", reason).status_code == 404
    assert mod.post(f"{V1}/networks/{number}/revert/", reason).status_code == 409
    tag = mod.get(f"{V1}/networks/{number}/").headers["ETag"]
    assert mod.post(f"{V1}/networks/{number}/withdraw/", reason).data["actor"] == "moderator"
    seen = mod.get(f"{V1}/networks/{number}/", HTTP_IF_NONE_MATCH=tag)
    assert (seen.status_code, seen.data["withdrawn"]) == (200, "It has 12 filters.")
    assert mod.get(f"{V1}/networks/").data["count"] == 0
    assert mod.post(f"{V1}/networks/{number}/revert/", reason).status_code == 409


@pytest.mark.parametrize(
    "address", ["review/bulk/", "review/bulk/00000000-0000-4000-8000-000000000001/undo/", "decisions/1/undo/"]
)
def test_volunteers_do_none_of_it(api: APIClient, address: str) -> None:
    response = api.post(f"{V1}/{address}")
    assert (response.status_code, response.data["detail"]) == (403, "Only moderators decide about answers.")
