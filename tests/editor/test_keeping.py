"""Nothing of the user's work is lost: reload, no network, two windows, a lease that ended, an answer that was lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.editor.conftest import EditorPage, drawn_flow, ids

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., EditorPage]


def test_a_reload_before_anything_was_sent_keeps_the_edits(editor: Open) -> None:
    e = editor()
    e.page.route("**/draft/", lambda route: route.abort())
    e.select("c1")
    e.page.keyboard.press("Delete")
    expect(e.page.locator("header .save")).to_contain_text("Not connected: 1 edit waits here and is safe")
    e.page.reload()
    expect(e.layer("in")).to_be_visible()
    expect(e.layer("c1")).to_have_count(0)
    e.page.unroute("**/draft/")
    e.select("flat")
    e.page.keyboard.press("Delete")
    assert ids(e.saved()) == ["in", "c2", "fc"]


def test_without_a_network_edits_wait_and_go_when_it_is_back(editor: Open) -> None:
    e = editor()
    e.page.context.set_offline(True)
    e.select("c1")
    e.page.keyboard.press("Delete")
    e.select("fc")
    e.page.keyboard.press("Delete")
    expect(e.page.locator("header .save")).to_contain_text("edits wait here and are safe")
    e.page.context.set_offline(False)
    assert ids(e.saved()) == ["in", "c2", "flat"]


@pytest.mark.parametrize("mine", [True, False])
def test_two_windows_are_asked_and_neither_version_is_lost(editor: Open, mine: bool) -> None:
    from annotations.services.tasks import save_draft

    e = editor()
    other = drawn_flow()
    other["layers"] = other["layers"][:2]
    other["connections"] = other["connections"][:1]
    save_draft(task=e.task, user=e.user, flow=other, revision=0)
    e.select("fc")
    e.page.keyboard.press("Delete")
    dialog = e.page.get_by_role("dialog", name="Changed in two places")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=re.compile("^This one" if mine else "^The other one")).click()
    expect(dialog).to_have_count(0)
    if mine:
        assert ids(e.saved()) == ["in", "c1", "c2", "flat"]
        return
    expect(e.page.locator(".svelte-flow__node")).to_have_count(2)
    e.page.keyboard.press("Control+z")
    expect(e.page.locator(".svelte-flow__node")).to_have_count(4)
    assert ids(e.saved()) == ["in", "c1", "c2", "flat"]


def test_a_lease_that_went_to_somebody_else_is_said_and_the_work_is_kept(
    editor: Open, make_user: Callable[..., Any], settings: Any
) -> None:
    from annotations.models import Lease
    from annotations.services.tasks import release, take

    settings.ANSWERS_FIRST = settings.ANSWERS_LIMIT = 1
    e = editor()
    Lease.objects.filter(task=e.task).update(expires_at=timezone.now() - timedelta(minutes=1))
    somebody = make_user("somebody")
    take(task=e.task, user=somebody)
    e.select("fc")
    e.page.keyboard.press("Delete")
    alert = e.page.get_by_role("alert").filter(has_text="somebody else is at work on it")
    expect(alert).to_contain_text("What you have drawn is kept in this browser")
    with e.page.expect_download() as download:
        alert.get_by_role("button", name="Download my flow").click()
    assert download.value.suggested_filename.endswith(".flow.json")
    release(task=e.task, user=somebody)
    alert.get_by_role("button", name="Try to go on").click()
    assert ids(e.saved()) == ["in", "c1", "c2", "flat"]


def test_someone_who_left_is_told_before_the_lease_ends_and_can_stay(editor: Open) -> None:
    from annotations.models import Lease

    e = editor()
    Lease.objects.filter(task=e.task).update(expires_at=timezone.now() + timedelta(seconds=90))
    e.page.reload()
    # Opening the page renews the lease; here the page is told of one that is nearly over.
    e.page.evaluate(
        """() => { const json = document.getElementById("editor-config");
        const config = JSON.parse(json.textContent);
        config.task.lease.expires_at = new Date(Date.now() + 90000).toISOString();
        json.textContent = JSON.stringify(config);
        const old = document.querySelector("flow-editor"), fresh = document.createElement("flow-editor");
        fresh.dataset.config = "editor-config"; old.replaceWith(fresh); }"""
    )
    warning = e.page.get_by_role("alert").filter(has_text="Are you still there?")
    expect(warning).to_be_visible()
    warning.get_by_role("button", name="Go on working").click()
    expect(warning).to_have_count(0)
    assert Lease.objects.get(task=e.task).expires_at > timezone.now() + timedelta(minutes=10)


def assert_given_back(e: EditorPage) -> None:
    """A page that is left says so in a request of its own, which may take a while."""
    from annotations.models import Lease

    for _ in range(100):
        if Lease.objects.get(task=e.task).state == Lease.State.RELEASED:
            break
        e.page.wait_for_timeout(100)
    assert Lease.objects.get(task=e.task).state == Lease.State.RELEASED


def test_who_is_at_it_without_an_edit_keeps_the_question_and_who_leaves_gives_it_back(editor: Open) -> None:
    from annotations.models import Draft, Lease

    e = editor()
    Lease.objects.filter(task=e.task).update(expires_at=timezone.now() + timedelta(minutes=2))
    with e.page.expect_response("**/heartbeat/") as beat:
        e.page.keyboard.press("Control+s")
    assert beat.value.ok
    assert Lease.objects.get(task=e.task).expires_at > timezone.now() + timedelta(minutes=10)
    assert not Draft.objects.exists(), "a sign of life is no edit"
    e.page.goto("about:blank")
    assert_given_back(e)


def test_who_leaves_before_a_sign_of_life_was_answered_gives_the_question_back_too(editor: Open) -> None:
    from annotations.models import Lease

    e = editor()
    before = Lease.objects.get(task=e.task).expires_at
    # The site has renewed the lease, its answer is still on the way when the page is left.
    e.page.route("**/heartbeat/", lambda route: route.fetch() and None)
    e.page.keyboard.press("Control+s")
    for _ in range(100):
        if Lease.objects.get(task=e.task).expires_at > before:
            break
        e.page.wait_for_timeout(100)
    e.page.goto("about:blank")
    assert_given_back(e)


def test_who_leaves_with_edits_finds_the_question_still_theirs(editor: Open) -> None:
    from annotations.models import Lease

    e = editor()
    e.select("fc")
    e.page.keyboard.press("Delete")
    e.saved()
    e.page.goto("about:blank")
    assert Lease.objects.get(task=e.task).state == Lease.State.OPEN


def submit(page: Page, comment: str = "") -> None:
    page.get_by_role("button", name=re.compile("^Submit")).first.click()
    dialog = page.get_by_role("dialog", name="Submit your answer")
    dialog.get_by_label(re.compile("A word to the moderator")).fill(comment)
    dialog.get_by_role("button", name="Submit answer").click()


def test_an_answer_is_submitted_with_its_comment(editor: Open) -> None:
    from annotations.models import Submission

    e = editor()
    e.select("fc")
    e.page.keyboard.press("Delete")
    submit(e.page, "The last layer is not in the figure.")
    e.page.wait_for_url("**/contribute/")
    answer = Submission.objects.get(task=e.task, user=e.user)
    assert ids(answer.flow) == ["in", "c1", "c2", "flat"]
    assert answer.comment == "The last layer is not in the figure."
    assert e.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('dlp2c-draft')).length") == 0


def test_an_answer_whose_receipt_was_lost_counts_once(editor: Open) -> None:
    from annotations.models import Submission

    e = editor()
    lost = 0

    def lose_receipt(route: Route) -> None:
        nonlocal lost
        route.fetch()
        lost += 1
        route.abort()

    e.page.route("**/submit/", lose_receipt)
    submit(e.page)
    again = e.page.get_by_role("button", name="Send again")
    expect(again).to_be_visible()
    e.page.unroute("**/submit/")
    again.click()
    e.page.wait_for_url("**/contribute/")
    assert lost == 1
    assert Submission.objects.filter(task=e.task).count() == 1


def test_a_question_is_skipped_with_a_reason(editor: Open) -> None:
    from annotations.models import Skip

    e = editor()
    e.page.get_by_role("button", name="Skip").click()
    dialog = e.page.get_by_role("dialog", name="Skip this question")
    dialog.get_by_role("button", name="Skip").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Say why")
    dialog.get_by_label("The figure is cut wrongly").check()
    dialog.get_by_role("button", name="Skip").click()
    e.page.wait_for_url("**/contribute/")
    assert Skip.objects.get(task=e.task, user=e.user).reason == Skip.Reason.WRONG_CROP


def test_a_kept_copy_is_never_shown_to_somebody_else_at_the_same_browser(
    editor: Open, make_user: Callable[..., Any], live_server: Any
) -> None:
    from annotations.models import Lease
    from annotations.services.tasks import release

    e = editor()
    e.page.route("**/draft/", lambda route: route.abort())
    e.select("c1")
    e.page.keyboard.press("Delete")
    expect(e.page.locator("header .save")).to_contain_text("Not connected")
    release(task=e.task, user=e.user)
    assert not Lease.objects.filter(task=e.task, state="open").exists()
    from django.test import Client

    client = Client()
    client.force_login(make_user("grace"))
    e.page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    e.page.reload()
    expect(e.layer("c1")).to_be_visible()
