"""Moderators' tools as pages: who sees them, what they do, what a restricted person sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import Contributor, Sanction, Withdrawal
from annotations.services import sanctions
from annotations.services.log import log
from tests import builders
from tests.pages.conftest import World

As = Callable[[str], Client]


def page(name: str, *args: Any) -> str:
    return reverse(f"moderation-{name}", args=args)


PAGES = [
    ("people", ()),
    ("person", ("volunteer",)),
    ("withdraw", ("volunteer",)),
    ("log", ()),
    ("log-export", ("csv",)),
]


def test_only_moderators_see_them(world: World, as_: As) -> None:
    for name, args in PAGES:
        assert as_("").get(page(name, *args)).status_code == 302
        assert as_("volunteer").get(page(name, *args)).status_code == 403
        for role in ("moderator", "administrator"):
            assert as_(role).get(page(name, *args)).status_code == 200
    sanctions.ban(person=world.moderator, actor=world.administrator, until=soon(), reason="Lost password.")
    for name, args in PAGES:
        assert as_("moderator").get(page(name, *args)).status_code == 403


def soon() -> Any:
    return timezone.now() + timedelta(days=3)


def test_the_menu_leads_there(world: World, as_: As) -> None:
    for role, shown in (("", False), ("volunteer", False), ("moderator", True)):
        assert (page("people") in as_(role).get(reverse("home")).content.decode()) is shown
    html = as_("moderator").get(page("log")).content.decode()
    assert f'href="{reverse("moderation-reports")}"' in html
    assert f'<a href="{page("log")}" aria-current="page">Log</a>' in html


def test_people_come_with_the_likeliest_spammers_first(world: World, as_: As, make_user: Any) -> None:
    suspect = make_user("suspect")
    builders.answer(world.correct, suspect)
    Contributor.objects.update_or_create(user=suspect, defaults={"spam_probability": 0.97, "right": 1, "wrong": 9})
    sanctions.mute(person=world.volunteer, actor=world.moderator, until=soon(), reason="Rude.")
    client = as_("moderator")
    html = client.get(page("people")).content.decode()
    assert html.index("<b>suspect</b>") < html.index("<b>volunteer</b>")
    assert "97" in html
    assert "Muted until" in html
    assert "<b>volunteer</b>" not in client.get(page("people") + "?show=suspects").content.decode()
    assert "<b>suspect</b>" not in client.get(page("people") + "?show=restricted").content.decode()
    assert "<b>suspect</b>" in client.get(page("people") + "?q=SUSP").content.decode()
    assert "Nobody is like that" in client.get(page("people") + "?q=%3Cscript%3E").content.decode()


def test_more_people_take_no_more_queries(world: World, as_: As, make_user: Any) -> None:
    client = as_("moderator")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page("people")).status_code == 200
        return len(queries)

    few = count()
    for number in range(5):
        make_user(f"more{number}")
    assert count() == few <= 18


def restrict(client: Client, name: str, **data: str) -> Any:
    return client.post(page("restrict", name), data)


def test_muting_banning_and_lifting(world: World, as_: As) -> None:
    client = as_("moderator")
    asked = timezone.now().isoformat()
    for _ in range(2):  # a form sent twice
        response = restrict(client, "volunteer", kind="ban", days="7", reason="Spam.", asked=asked)
        assert response["Location"] == page("person", "volunteer")
    assert Sanction.objects.get().until == timezone.datetime.fromisoformat(asked) + timedelta(days=7)
    html = client.get(page("person", "volunteer")).content.decode()
    assert "Banned until" in html
    assert "Spam." in html
    restrict(client, "volunteer", kind="lift", reason="A mistake.")
    assert "Banned until" not in client.get(page("people")).content.decode()


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("volunteer", {"kind": "ban", "days": "7"}, "Say why"),
    ("volunteer", {"kind": "ban", "days": "999", "reason": "x"}, "Say when it ends"),
    ("volunteer", {"kind": "ban", "until": "2020-01-01", "reason": "x"}, "lies in the future"),
    ("volunteer", {"kind": "ban", "until": "<b>", "reason": "x"}, "is no day"),
    ("volunteer", {"kind": "x", "reason": "x"}, "Choose what to do"),
    ("volunteer", {"kind": "lift", "reason": "x"}, "may do everything already"),
    ("administrator", {"kind": "ban", "days": "7", "reason": "x"}, "Only administrators"),
]


def test_a_refusal_says_why_and_keeps_what_was_written(world: World, as_: As) -> None:
    client = as_("moderator")
    for name, data, says in REFUSED:
        response = restrict(client, name, **data)
        assert response.status_code == 422
        assert says in response.content.decode()
    html = restrict(client, "volunteer", kind="ban", until="2020-01-01", reason="Copied answers.").content.decode()
    assert "Copied answers.</textarea>" in html
    assert not Sanction.objects.exists()


def test_a_banned_person_is_told_clearly(world: World, as_: As) -> None:
    sanctions.ban(person=world.volunteer, actor=world.moderator, until=soon(), reason="Copied <b>answers</b>.")
    client = as_("volunteer")
    for address in (reverse("upload"), reverse("task", args=[world.correct.pk])):
        response = client.get(address)
        assert response.status_code == 403
        html = response.content.decode()
        assert "A moderator banned you until" in html
        assert "Copied &lt;b&gt;answers&lt;/b&gt;." in html
        assert f'href="{reverse("restrictions")}"' in html
    html = client.get(reverse("restrictions")).content.decode()
    assert "You are banned until" in html
    assert "Copied &lt;b&gt;answers" in html
    # Reading and downloading stay; every page says it.
    for address in (reverse("home"), reverse("contribute"), world.gold.get_absolute_url()):
        assert "You are banned until" in client.get(address).content.decode()
    assert "You are banned" not in as_("moderator").get(reverse("home")).content.decode()
    assert "Nothing restricts you" in as_("moderator").get(reverse("restrictions")).content.decode()


def test_withdrawing_all_says_first_what_it_would_do(world: World, as_: As) -> None:
    client = as_("moderator")
    html = client.get(page("withdraw", "other")).content.decode()
    assert "Withdraw 1 answer" in html
    assert "This is final." in html
    assert client.post(page("withdraw", "other"), {"reason": ""}).status_code == 422
    assert not Withdrawal.objects.exists()
    response = client.post(page("withdraw", "other"), {"reason": "Spam."})
    assert response["Location"] == page("person", "other")
    assert Withdrawal.objects.get().reason == "Spam."
    html = client.get(page("person", "other")).content.decode()
    assert "Withdrawn" in html
    assert "Nothing to withdraw" in client.get(page("withdraw", "other")).content.decode()


def test_one_answer_is_withdrawn_where_it_stands(world: World, as_: As) -> None:
    client = as_("moderator")
    answer = world.in_review.submissions.get()
    html = client.get(page("person", "other")).content.decode()
    assert f'name="answer" value="{answer.pk}"' in html
    client.post(page("withdraw", "other"), {"answer": answer.pk, "reason": "Spam."})
    assert Withdrawal.objects.get().submission == answer
    # An answer of somebody else, or none at all.
    for pk in (world.gold.submission_id, 10**20, "x"):
        assert client.post(page("withdraw", "other"), {"answer": pk, "reason": "x"}).status_code == 404


def test_administrators_give_roles(world: World, as_: As) -> None:
    assert "Role of volunteer" not in as_("moderator").get(page("person", "volunteer")).content.decode()
    assert as_("moderator").post(page("role", "volunteer"), {"role": "moderator"}).status_code == 422
    client = as_("administrator")
    assert "Role of volunteer" in client.get(page("person", "volunteer")).content.decode()
    client.post(page("role", "volunteer"), {"role": "moderator"})
    assert as_("volunteer").get(page("people")).status_code == 200


def test_names_stand_as_they_are_written(world: World, as_: As) -> None:
    """A report about a person is headed by their name, and the log says states in words."""
    as_("volunteer").post(reverse("report", args=["person", "other"]), {"code": "spam"})
    queue = as_("moderator").get(reverse("moderation-reports")).content.decode()
    assert ">other</a></h2>" in queue
    log("complete", task=world.correct, before="open", after="in_review")
    assert "→ in review" in as_("moderator").get(page("log") + "?verb=complete").content.decode()


def test_the_log_is_filtered_and_taken_away(world: World, as_: As) -> None:
    client = as_("moderator")
    html = client.get(page("log")).content.decode()
    assert "network approved" in html
    html = client.get(page("log") + "?actor=other&verb=submit").content.decode()
    assert "network approved</a>" not in html
    assert "answered</a>" in html
    assert "actor=other&amp;verb=submit" in html  # the export has the same filters
    response = client.get(page("log") + "?actor=%3Cb%3E")
    assert response.status_code == 422
    assert "There is nobody called “&lt;b&gt;”" in response.content.decode()
    response = client.get(page("log-export", "jsonl") + "?actor=other&verb=submit")
    lines = [json.loads(line) for line in b"".join(response.streaming_content).decode().splitlines()]
    assert [(line["actor"], line["verb"]) for line in lines] == [("other", "submit")]
    assert client.get(page("log-export", "xml")).status_code == 404


def test_the_log_is_read_on_page_by_page(world: World, as_: As) -> None:
    for _ in range(60):
        log("artifact", gold=world.gold)
    client = as_("moderator")
    html = client.get(page("log") + "?verb=artifact").content.decode()
    assert html.count("<time") == 50
    address = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    older = client.get(page("log") + address).content.decode()
    assert older.count("<time") == 10
    assert 'rel="next"' not in older
