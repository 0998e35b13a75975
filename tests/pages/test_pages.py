"""Every page, for every role: it answers, says what it must, and asks the database a fixed number of times."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import builders
from tests.pages.conftest import World, give_code

As = Callable[[str], Client]
VISITOR, VOLUNTEER, MODERATOR, ADMINISTRATOR = "", "volunteer", "moderator", "administrator"
ROLES = (VISITOR, VOLUNTEER, MODERATOR, ADMINISTRATOR)


def address(name: str, world: World) -> str:
    """The address of a page, by its name and what of the world it shows."""
    view, _, what = name.partition(" ")
    if view == "guide-page":
        return reverse(view, args=[what])
    subject = getattr(world, what) if what else None
    if view == "network":
        return reverse(view, args=[world.gold.number])
    if view == "task-feedback":
        return reverse(view, args=[world.done.tasks.get().pk])
    if view == "profile" and subject:
        return reverse(view, args=[subject.username])
    return reverse(view, args=[subject.pk] if subject else [])


#: Page -> status for visitor, volunteer, moderator and administrator (302: to the sign-in, or away where nothing
#: is to be done), and the most queries that it may take.
PAGES: dict[str, tuple[tuple[int, int, int, int], int]] = {
    "home": ((200, 200, 200, 200), 17),
    "papers": ((200, 200, 200, 200), 13),
    "upload": ((302, 200, 200, 200), 4),
    "paper done": ((200, 200, 200, 200), 16),
    "paper open": ((200, 200, 200, 200), 15),
    "paper waiting": ((200, 200, 200, 200), 15),
    "paper failed": ((200, 200, 200, 200), 15),
    "paper-progress waiting": ((200, 200, 200, 200), 1),
    "networks": ((200, 200, 200, 200), 9),
    "network gold": ((200, 200, 200, 200), 17),
    "contribute": ((200, 200, 200, 200), 10),
    "task correct": ((302, 200, 200, 200), 17),  # there are places for all three
    "task classify": ((200, 200, 200, 200), 7),
    "review": ((302, 403, 200, 200), 7),
    "review-task in_review": ((302, 403, 200, 200), 15),
    "review-bulk": ((302, 403, 200, 200), 6),
    "notices": ((302, 200, 200, 200), 6),
    "notice-settings": ((302, 200, 200, 200), 6),
    "reports": ((302, 200, 200, 200), 6),
    "moderation-reports": ((302, 403, 200, 200), 6),
    "profile volunteer": ((200, 200, 200, 200), 18),
    "profile moderator": ((200, 200, 200, 200), 18),
    "leaderboard": ((200, 200, 200, 200), 7),
    "task-feedback": ((302, 200, 404, 404), 8),  # for its author
    "classifier": ((200, 200, 200, 200), 17),
    "guide": ((200, 200, 200, 200), 3),
    "guide-page kinds": ((200, 200, 200, 200), 3),
    "guide-page points": ((200, 200, 200, 200), 3),
    "guide-page moderating": ((200, 200, 200, 200), 3),
    "privacy": ((200, 200, 200, 200), 3),
    "account_login": ((200, 302, 302, 302), 2),
    "account_signup": ((200, 302, 302, 302), 2),
    "account_reset_password": ((200, 200, 200, 200), 3),
    "account_change_password": ((302, 200, 200, 200), 3),
}


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, world: World, as_: As) -> None:
    statuses, limit = PAGES[name]
    for role, status in zip(ROLES, statuses, strict=True):
        client = as_(role)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address(name, world))
        assert response.status_code == status, role
        limit_of_role = limit + (role != VISITOR)  # the bell counts
        assert len(queries) <= limit_of_role, "\n".join(query["sql"][:160] for query in queries)
        if status != 200 or name == "paper-progress waiting":
            continue
        html = response.content.decode()
        assert html.count("<h1") == 1
        assert 'id="main"' in html
        # The policy for content forbids styles and scripts in the page; data for scripts is JSON.
        assert " style=" not in html
        assert "<style" not in html
        assert re.findall(r"<script(?![^>]* (?:src=|type=.application/json))", html) == []


@pytest.mark.parametrize(
    "name", ["home", "papers", "networks", "paper done", "review", "profile volunteer", "contribute"]
)
def test_longer_lists_take_no_more_queries(name: str, world: World, as_: As, tmp_path: Any) -> None:
    client = as_(MODERATOR)
    with CaptureQueriesContext(connection) as before:
        assert client.get(address(name, world)).status_code == 200

    from annotations.models import GoldFlow
    from annotations.services.review import decide

    for number in range(3):
        task = builders.make_task(tmp_path, text=f"more {number}")
        decide(submission=builders.answer(task, world.volunteer), moderator=world.moderator, decision="approve")
        give_code(GoldFlow.objects.first())
        builders.answer(builders.make_task(tmp_path, text=f"waits {number}"), world.volunteer)
    with CaptureQueriesContext(connection) as after:
        assert client.get(address(name, world)).status_code == 200
    assert len(after) <= len(before)


def test_what_to_try_is_named_once(world: World, as_: As, tmp_path: Any) -> None:
    from annotations.models import GoldFlow
    from annotations.services.review import decide

    task = builders.make_task(tmp_path, text="another LeNet")
    decide(submission=builders.answer(task, world.volunteer), moderator=world.moderator, decision="approve")
    give_code(GoldFlow.objects.latest("pk"))
    home = as_("").get(reverse("home")).context["home"]
    assert [network.title for network in home.newest] == ["LeNet", "LeNet"]
    assert home.tries == ("LeNet",)


def test_an_empty_site_says_what_to_do(client: Client, db: None) -> None:
    assert "No network is approved yet" in client.get(reverse("home")).content.decode()
    assert "No paper here yet" in client.get(reverse("papers")).content.decode()
    assert "Correct the first one" in client.get(reverse("networks")).content.decode()
    assert client.get(reverse("contribute")).status_code == 200


def test_home_says_that_networks_wait_where_no_kind_is_asked_for(client: Client, db: None, tmp_path: Any) -> None:
    assert "No open question right now" in client.get(reverse("home")).content.decode()
    builders.make_task(tmp_path)
    shown = client.get(reverse("home")).content.decode()
    assert "Networks wait for you" in shown
    assert "No open question right now" not in shown


def test_review_is_in_the_menu_of_those_who_may_review(world: World, as_: As) -> None:
    for role in ROLES:
        shown = f'href="{reverse("review")}"' in as_(role).get(reverse("home")).content.decode()
        assert shown == (role in {MODERATOR, ADMINISTRATOR})


def test_the_current_part_is_marked(world: World, as_: As) -> None:
    html = as_(VISITOR).get(reverse("network", args=[world.gold.number])).content.decode()
    assert f'<a href="{reverse("networks")}" aria-current="page">' in html


def test_a_missing_page_says_so(world: World, as_: As, settings: Any) -> None:
    settings.DEBUG = False
    for path in ("/nothing/here", "/networks/99999/", "/papers/99999/", "/people/nobody/", "/guide/nothing/"):
        response = as_(VISITOR).get(path)
        assert response.status_code == 404
        assert "This page could not be read." in response.content.decode()
    assert "&lt;script&gt;" in as_(VISITOR).get("/<script>").content.decode()


def test_the_page_for_our_own_mistakes_needs_nothing_of_the_request(client: Client, settings: Any, rf: Any) -> None:
    from django.views.defaults import server_error

    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something broke here." in response.content.decode()


def test_an_old_form_is_explained(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.volunteer)
    response = client.post(reverse("next-task"))
    assert response.status_code == 403
    assert "This form was too old." in response.content.decode()
