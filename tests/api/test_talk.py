"""Ratings, comments, reports and notices for programs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotations.models import GoldFlow, Notice
from annotations.services.review import decide
from tests.builders import answer, make_task

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], APIClient]


@pytest.fixture
def gold(tmp_path: Path, volunteer: User, moderator: User) -> GoldFlow:
    decide(submission=answer(make_task(tmp_path), volunteer), moderator=moderator, decision="approve")
    Notice.objects.all().delete()  # of the approval
    return GoldFlow.objects.get()


def test_from_a_comment_to_the_answer_to_its_report(
    gold: GoldFlow, volunteer: User, moderator: User, make_user: Callable[..., User], client_of: ClientOf
) -> None:
    ada, boss, author = client_of(make_user("ada")), client_of(moderator), client_of(volunteer)
    comments = f"/api/v1/networks/{gold.pk}/comments/"
    sent = {"key": str(uuid.uuid4()), "text": "@volunteer, buy coins", "element": "c1"}
    assert client_of(None).post(comments, sent).status_code in {401, 403}
    first, second = (ada.post(comments, sent) for _ in range(2))
    assert (first.status_code, first.data) == (201, second.data)
    assert ada.post(comments, {**sent, "key": str(uuid.uuid4()), "element": "c9"}).status_code == 400
    replied = ada.post(comments, {"key": str(uuid.uuid4()), "text": "again", "answers": first.data["id"]})
    assert replied.data["element"] == "c1"
    assert client_of(None).get(comments, {"element": "c1"}).data["count"] == 2
    (notice,) = author.get("/api/v1/notices/", {"unread": "1"}).data["results"]
    assert (notice["kind"], notice["actor"]) == ("mention", "ada")
    assert author.post("/api/v1/notices/read/", {"upto": notice["id"]}).data == {"marked": 1}
    assert author.get("/api/v1/notices/", {"unread": "1"}).data["count"] == 0

    report = author.post("/api/v1/reports/", {"comment": first.data["id"], "code": "spam"})
    assert report.status_code == 201
    assert author.post("/api/v1/reports/", {"code": "spam"}).status_code == 400
    assert author.get("/api/v1/reports/open/").status_code == 403
    (waiting,) = boss.get("/api/v1/reports/open/").data["results"]
    assert waiting["reporter"] == "volunteer"
    handle = f"/api/v1/reports/{waiting['id']}/handle/"
    assert author.post(handle, {"uphold": True}).status_code == 403
    assert boss.post(handle, {"uphold": True}).data[0]["state"] == "upheld"
    assert author.get("/api/v1/reports/").data["results"][0]["state"] == "upheld"
    assert [row["id"] for row in ada.get(comments).data["results"]] == [replied.data["id"]]
    assert ada.post(f"/api/v1/comments/{first.data['id']}/show/").status_code == 403
    assert boss.post(f"/api/v1/comments/{first.data['id']}/show/", {"reason": "no"}).data["hidden"] is False


def test_stars(gold: GoldFlow, volunteer: User, make_user: Callable[..., User], client_of: ClientOf) -> None:
    ada, address = client_of(make_user("ada")), f"/api/v1/networks/{gold.pk}/ratings/"
    assert ada.put(address, {"stars": 6}).status_code == 400
    assert ada.put(address, {"stars": 4}).status_code == 200
    assert client_of(volunteer).put(address, {"stars": 5}).status_code == 403
    assert ada.put(address, {"stars": 4, "framework": "keras"}).status_code == 409
    assert ada.get(address).data == [{"framework": "", "average": 4.0, "count": 1, "mine": 4}]
    (row,) = client_of(None).get("/api/v1/networks/").data["results"]
    assert (row["stars"], row["raters"]) == (4.0, 1)
    assert ada.delete(address).status_code == 204
    assert client_of(None).get(address).data[0]["count"] == 0


def test_mails_are_switched_off_by_kind(volunteer: User, client_of: ClientOf) -> None:
    client, address = client_of(volunteer), "/api/v1/notices/preferences/"
    assert all(row["mail"] for row in client.get(address).data)
    told = client.put(address, {"kind": "level", "mail": False}).data
    assert [row["kind"] for row in told if not row["mail"]] == ["level"]
    assert client.put(address, {"kind": "wine", "mail": False}).status_code == 400
    assert client_of(None).get(address).status_code in {401, 403}


@pytest.mark.parametrize("address", ["networks/{}/comments/", "reports/", "reports/open/", "notices/"])
def test_lists_ask_the_database_as_often_for_many(
    address: str, gold: GoldFlow, moderator: User, make_user: Callable[..., User], client_of: ClientOf
) -> None:
    from annotations.services.reports import report
    from annotations.services.talk import comment

    client: Any = client_of(moderator)

    def grow(count: int) -> None:
        for number in range(count):
            user = make_user(f"ada{User.objects.count()}-{number}")
            said = comment(gold=gold, user=user, text="@moderator", key=uuid.uuid4(), element="c1")
            report(reporter=moderator, comment=said, code="spam")
            report(reporter=user, person=moderator, code="spam")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{address.format(gold.pk)}").data["count"] > 1
        return len(captured)

    grow(2)
    queries()
    few = queries()
    grow(4)
    assert queries() == few
