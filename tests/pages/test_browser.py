"""The pages in a real browser: the content policy refuses nothing, axe finds nothing, no page scrolls sideways."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests import builders
from tests.pages.conftest import World, ask_kind, build
from tests.pages.test_pages import address
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
#: Page -> who looks at it.
READERS = {
    "home": "",
    "papers": "",
    "paper done": "",
    "paper failed": "volunteer",
    "paper waiting": "",
    "upload": "volunteer",
    "networks": "",
    "contribute": "volunteer",
    "task classify": "",
    "review": "moderator",
    "review-bulk": "moderator",
    "profile volunteer": "volunteer",
    "leaderboard": "",
    "guide": "",
    "guide-page kinds": "",
    "classifier": "",
    "guide-page points": "",
    "guide-page moderating": "",
    "privacy": "",
    "account_login": "",
    "account_signup": "",
}
#: These show the built editor's graph as well.
WITH_GRAPH = {"network gold": "", "task-feedback": "volunteer", "review-task in_review": "moderator"}
needs_build = pytest.mark.skipif(
    not (ROOT / "static" / "build" / "editor.js").is_file() and os.environ.get("CI") != "true",
    reason="the editor is not built",
)


@pytest.fixture
def live(live_server: Any, tmp_path: Path, make_user: Callable[..., Any]) -> World:
    return build(tmp_path, make_user)


def complains(message: ConsoleMessage) -> bool:
    """Errors and warnings, but for answers 422: a form that is refused is shown again.

    A request whose place a later one took is no fault: htmx tells of both `htmx:sendAbort` and `htmx:afterRequest`
    (one that went wrong is told as `htmx:sendError` or `htmx:timeout` as well).
    """
    if message.text.startswith(("htmx:afterRequest", "htmx:sendAbort")):
        return False
    return message.type in {"error", "warning"} and "with a status of 422" not in message.text


@pytest.fixture
def visit(browser: Browser, live_server: Any, live: World) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody; at the end nothing may stand in the browser's console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(path: str, who: str = "") -> Page:
        from django.test import Client

        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, base_url=live_server.url, reduced_motion="reduce"
        )
        contexts.append(context)
        if who:
            client = Client()
            client.force_login(getattr(live, who))
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if complains(m) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def faults(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """What axe finds by all rules of WCAG 2.2 A and AA, or by some rules alone."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": tags}
    found = Axe().run(page, options={"runOnly": only, "resultTypes": ["violations"]}).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]


def sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def look(visit: Callable[..., Page], live: World, name: str, who: str) -> None:
    page = visit(address(name, live), who)
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults(page, "color-contrast") == []
    for width in (320, 390, 1000, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert not sideways(page), width
        if width == 390:
            assert faults(page, "target-size", "color-contrast") == []


@pytest.mark.parametrize("name", READERS)
def test_pages_are_open_to_all_and_fit(name: str, live: World, visit: Callable[..., Page]) -> None:
    look(visit, live, name, READERS[name])


@needs_build
@pytest.mark.parametrize("name", WITH_GRAPH)
def test_pages_with_a_graph_are_open_to_all_and_fit(name: str, live: World, visit: Callable[..., Page]) -> None:
    look(visit, live, name, WITH_GRAPH[name])


def test_questions_are_answered_and_undone_by_keys(live: World, visit: Callable[..., Page]) -> None:
    second = ask_kind(live.done)
    page = visit(reverse("task", args=[live.classify.pk]), "volunteer")
    page.keyboard.press("4")
    page.wait_for_url(f"**{reverse('task', args=[second.pk])}")
    expect(page.get_by_text("Noted: cuboids.")).to_be_visible()
    page.keyboard.press("z")
    page.wait_for_url(f"**{reverse('task', args=[live.classify.pk])}")
    page.keyboard.press("0")
    page.wait_for_url(f"**{reverse('task', args=[second.pk])}")
    # Leaving hands it in.
    page.goto(reverse("guide"))
    until(live.classify.submissions.exists)
    assert live.classify.submissions.get().answer_kind == "none"


def test_a_moderator_decides_by_keys(live: World, visit: Callable[..., Page]) -> None:
    builders.answer(live.correct, live.volunteer)
    page = visit(reverse("guide"), "moderator")  # the graph is not what is tried here
    page.route("**/static/build/**", lambda route: route.fulfill(status=200, body="", content_type=_type(route)))
    page.goto(reverse("review-task", args=[live.in_review.pk]))
    page.keyboard.press("r")
    expect(page.get_by_label("Why?")).to_be_focused()
    page.get_by_role("button", name="Return").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    page.get_by_label("Why?").fill("`fc` is missing.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{reverse('review-task', args=[live.correct.pk])}")
    assert live.in_review.reviews.get().reason == "`fc` is missing."
    page.keyboard.press("a")
    page.wait_for_url(f"**{reverse('review')}")
    expect(page.get_by_text("That was the last one.")).to_be_visible()
    live.correct.refresh_from_db()
    assert live.correct.state == "approved"


def _type(route: Any) -> str:
    return "text/css" if route.request.url.endswith(".css") else "text/javascript"


def test_progress_comes_by_itself_and_ends_in_the_result(
    live: World, visit: Callable[..., Page], tmp_path: Path
) -> None:
    from extraction.services import claim_paper, report_progress
    from extraction.storing import store_result

    page = visit(reverse("paper", args=[live.waiting.pk]))
    expect(page.get_by_text("The paper waits for its turn.")).to_be_visible()
    folder = tmp_path / "read"
    claimed = claim_paper(paper_id=live.waiting.pk)
    assert claimed is not None
    report_progress(paper=claimed, stage="reading pages", done=3, total=12)
    expect(page.get_by_text("3 of 12")).to_be_visible()
    store_result(paper=claimed, result=builders.read_result(folder, [builders.LENET]), folder=folder)
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()
    expect(page.get_by_text("1 network read", exact=True).first).to_be_visible()


def test_choosing_a_file_sends_it(live: World, visit: Callable[..., Page]) -> None:
    page = visit(reverse("upload"), "volunteer")
    page.get_by_label("PDF files").set_input_files(
        {"name": "chosen.pdf", "mimeType": "application/pdf", "buffer": builders.pdf_bytes("chosen")}
    )
    page.wait_for_url(re.compile(r"/papers/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("chosen.pdf")


def test_a_refused_file_is_explained_in_place(live: World, visit: Callable[..., Page]) -> None:
    page = visit(reverse("upload"), "volunteer")
    page.get_by_label("PDF files").set_input_files(
        [
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no paper"},
            {"name": "fine.pdf", "mimeType": "application/pdf", "buffer": builders.pdf_bytes("fine")},
        ]
    )
    expect(page.get_by_role("alert")).to_contain_text("“notes.txt” is not a PDF.")
    expect(page.get_by_role("listitem").filter(has_text="fine.pdf")).to_be_visible()


def test_the_theme_is_kept_without_a_flash(live: World, visit: Callable[..., Page]) -> None:
    page = visit(reverse("guide"))
    switch = page.get_by_role("button", name="As the system")
    switch.click()
    switch = page.get_by_role("button", name="Light")
    switch.click()
    expect(page.get_by_role("button", name="Dark")).to_be_visible()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 21, 26)"


def test_menus_and_search_answer_to_keys(live: World, visit: Callable[..., Page]) -> None:
    page = visit(reverse("papers"), "volunteer")
    page.keyboard.press("/")
    expect(page.get_by_label("Search papers and networks")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_label("Your account, volunteer").press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.get_by_label("Your account, volunteer")).to_be_focused()


@needs_build
def test_a_layer_lights_in_table_and_code(live: World, visit: Callable[..., Page]) -> None:
    page = visit(reverse("network", args=[live.gold.number]))
    row = page.locator('tr[data-layer="c1"]')
    row.hover()
    lines = page.locator("#panel-keras .l.hit")
    expect(lines.filter(has_text="Conv2D")).to_have_count(1)
    page.get_by_role("tab", name="Keras").press("ArrowRight")
    expect(page.get_by_role("tab", name="PyTorch")).to_be_focused()
    expect(page.locator("#panel-pytorch")).to_be_visible()
    expect(page.locator("#panel-keras")).to_be_hidden()
