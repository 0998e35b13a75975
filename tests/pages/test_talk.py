"""Rating, talking and reporting on pages: by forms alone, and in a real browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error, Page, Route, expect

from annotations.models import Comment, Notice, Rating, Report
from annotations.services.notices import notify
from annotations.services.talk import comment
from tests.pages.conftest import World
from tests.pages.test_browser import faults, live, needs_build, sideways, visit
from tests.pages.test_hostile import EVIL, evil

__all__ = ["evil", "live", "visit"]  # fixtures
As = Callable[[str], Client]


def say(world: World, who: str, text: str, **kwargs: Any) -> Comment:
    return comment(gold=world.gold, user=getattr(world, who), text=text, key=uuid.uuid4(), **kwargs)


@pytest.mark.django_db
def test_everything_works_by_forms_alone(world: World, as_: As) -> None:
    page, client = world.gold.get_absolute_url(), as_("administrator")
    sent = {"key": str(uuid.uuid4()), "text": "Is it 5 × 5? @volunteer", "about": "at:c1", "back": ""}
    answer = client.post(f"{page}say/", sent)
    said = Comment.objects.get()
    assert answer["Location"] == f"{page}#comment-{said.pk}"
    html = client.get(f"{page}?about=at:c1").content.decode()
    assert "Is it 5 × 5?" in html
    assert 'aria-label="1 comment on c1"' in html
    refused = client.post(f"{page}say/", {**sent, "text": "And now?"})
    assert refused.status_code == 409
    assert "And now?</textarea>" in refused.content.decode(), "what was typed is not lost"

    for stars in (3, 5):
        client.post(f"{page}rate/", {"stars": stars, "framework": ""})
    assert Rating.objects.get().stars == 5
    assert "5.0 of 5 stars from 1 person" in as_("").get(page).content.decode()
    for path in (reverse("networks") + "?sort=rated", reverse("home")):
        assert "5.0 of 5 stars" in as_("").get(path).content.decode()

    reader = as_("volunteer")
    Notice.objects.exclude(kind="mention").delete()  # of the approval
    assert 'aria-label="Notices, 1 unread"' in reader.get(reverse("home")).content.decode()
    notice = Notice.objects.get(user=world.volunteer, kind="mention")
    assert reader.get(reverse("notice", args=[notice.pk]))["Location"] == reverse("comment", args=[said.pk])
    assert reader.get(reverse("comment", args=[said.pk]))["Location"].endswith(f"#comment-{said.pk}")
    assert as_("moderator").get(reverse("notice", args=[notice.pk])).status_code == 404

    assert reader.post(reverse("report", args=["comment", said.pk]), {"code": "spam"}).status_code == 302
    queue = as_("moderator").get(reverse("moderation-reports")).content.decode()
    assert "Is it 5 × 5?" in queue
    handle = reverse("moderation-report", args=[Report.objects.get().pk])
    assert as_("moderator").post(handle, {"decision": "dismiss"}).status_code == 422
    as_("moderator").post(handle, {"decision": "dismiss", "answer": "A fair question."})
    assert "A fair question." in reader.get(reverse("reports")).content.decode()

    client.post(reverse("comment-hide", args=[said.pk]))
    assert "Is it 5 × 5?" not in reader.get(page).content.decode()


@pytest.mark.django_db
def test_what_is_unread_is_marked_read_up_to_what_was_seen(world: World, as_: As) -> None:
    Notice.objects.all().delete()
    for number in range(3):
        notify(user=world.volunteer, kind="level", text=f"Level {number}", url="/", key=f"level-{number}")
    newest = Notice.objects.order_by("pk").last()
    assert newest is not None
    as_("volunteer").post(reverse("notices-read"), {"upto": newest.pk - 1})
    assert list(Notice.objects.filter(read_at=None)) == [newest]
    for rubbish in ("", "x", "-1", "9" * 40, "²"):
        assert as_("volunteer").post(reverse("notices-read"), {"upto": rubbish}).status_code == 302
    assert list(Notice.objects.filter(read_at=None)) == [newest]


@pytest.mark.django_db
def test_visitors_read_and_are_asked_to_sign_in(world: World, as_: As) -> None:
    page, said = world.gold.get_absolute_url(), say(world, "administrator", "Fine.")
    html = as_("").get(page).content.decode()
    assert "Fine." in html
    assert "to say something" in html
    for path in (f"{page}say/", f"{page}rate/", reverse("comment-hide", args=[said.pk])):
        assert as_("").post(path)["Location"].startswith("/accounts/login/")
    assert as_("").get(reverse("report", args=["comment", said.pk]))["Location"].startswith("/accounts/login/")
    assert as_("").get(reverse("notices"))["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_no_text_of_a_stranger_acts(evil: World) -> None:
    say(evil, "administrator", f"{EVIL} @moderator https://a.b/{EVIL}", element="c1")
    said = say(evil, "volunteer", f"@moderator \u202e{EVIL}")
    client = Client()
    client.force_login(evil.moderator)
    report = {"code": "other", "text": EVIL}
    for what, name in (("comment", said.pk), ("network", evil.gold.pk), ("person", "volunteer")):
        assert client.post(reverse("report", args=[what, name]), report).status_code == 302
    page = evil.gold.get_absolute_url()
    pages = [
        page,
        f"{page}?about=%22%3E%3Cimg src=x&upto=%3Cimg src=x",
        f"{page}?about=at:%3C/script%3E%3Cimg src=x onerror=alert(1)%3E",
        reverse("moderation-reports"),
        reverse("reports"),
        reverse("notices"),
        reverse("report", args=["comment", said.pk]),
    ]
    for path in pages:
        html = client.get(path).content.decode()
        assert "<img src=x" not in html, path
        assert "</script><img" not in html, path
    for path in ("report/comment/x", "report/wine/1", f"report/comment/{'9' * 30}", "comments/7777"):
        assert client.get(f"/{path}/").status_code == 404


@needs_build
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_layer_is_chosen_and_talked_about(live: World, visit: Callable[..., Page]) -> None:
    say(live, "moderator", "What is the padding here?", element="p1")
    page = visit(live.gold.get_absolute_url(), "administrator")
    page.locator('flow-view .svelte-flow__node[data-id="p1"]').click()
    bar = page.locator("[data-element-bar]")
    expect(bar).to_contain_text("p1")
    expect(bar).to_contain_text("1 comment")
    expect(page.locator("#talk-list")).to_contain_text("What is the padding here?")
    about = page.get_by_label("About", exact=True)
    expect(about).to_have_value("at:p1")

    text = page.get_by_label("What do you want to say?")
    text.fill("Half typed")
    page.locator('flow-view .svelte-flow__node[data-id="c1"]').click()
    expect(page.get_by_text("Nobody has said anything about c1 yet.")).to_be_visible()
    expect(about).to_have_value("at:c1")
    expect(text).to_have_value("Half typed")
    text.fill("Is the kernel printed?\n<b>5 × 5</b>")
    page.get_by_role("button", name="Say it").click()
    said = page.locator("#talk article").filter(has_text="<b>5 × 5</b>")
    expect(said).to_be_visible()
    expect(page.get_by_role("link", name="1 comment on c1")).to_be_visible()
    assert Comment.objects.get(element="c1").user == live.administrator

    page.locator('flow-view .svelte-flow__edge[data-id="c1→p1"]').click(force=True)
    expect(bar).to_contain_text("c1 → p1")
    page.get_by_role("link", name="1 comment on p1").click()
    expect(page.locator("#talk-list")).to_have_attribute("data-about", "at:p1")
    page.locator("details.reply summary").click()
    page.get_by_label("Your answer to moderator").fill("valid")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".replies")).to_contain_text("valid")

    page.get_by_role("group", name="Your stars for The network").get_by_label("4 stars").click()
    expect(page.locator("#head-stars")).to_contain_text("4.0 (1)")
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults(page, "color-contrast") == []
    page.set_viewport_size({"width": 390, "height": 900})
    assert not sideways(page)
    assert faults(page, "target-size", "color-contrast") == []


@needs_build
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_was_chosen_last_is_shown_even_if_an_earlier_answer_comes_late(
    live: World, visit: Callable[..., Page]
) -> None:
    say(live, "moderator", "What is the padding here?", element="p1")
    page = visit(live.gold.get_absolute_url(), "administrator")
    held: list[Route] = []
    page.route("**/talk/?about=at%3Ac1", lambda route: held.append(route))
    page.locator('flow-view .svelte-flow__node[data-id="c1"]').click()
    page.locator('flow-view .svelte-flow__node[data-id="p1"]').click()
    shown = page.locator("#talk-list")
    expect(shown).to_have_attribute("data-about", "at:p1")
    assert len(held) == 1
    with suppress(Error):  # the page no longer waits for it
        held[0].continue_()
    page.wait_for_load_state("networkidle")
    expect(shown).to_have_attribute("data-about", "at:p1")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_notices_and_reports_are_open_to_all_and_fit(live: World, visit: Callable[..., Page]) -> None:
    from annotations.services.reports import report

    said = say(live, "administrator", "Buy coins @moderator @volunteer")
    report(reporter=live.volunteer, comment=said, code="spam", text="Coins")
    report(reporter=live.volunteer, person=live.administrator, code="other", text="Coins again")
    page = visit(reverse("moderation-reports"), "moderator")
    for path in (
        reverse("moderation-reports"),
        reverse("notices"),
        reverse("notice-settings"),
        reverse("report", args=["comment", said.pk]),
    ):
        page.goto(path)
        assert faults(page) == []
        page.emulate_media(color_scheme="dark")
        assert faults(page, "color-contrast") == []
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert not sideways(page), (path, width)
            if width == 390:
                assert faults(page, "target-size") == []
        page.emulate_media(color_scheme="light")
