"""The whole path in a browser: a real paper in, corrected by one, approved by another, and code that runs out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotations.models import Artifact, Task
from extraction.models import Paper
from tests.editor.conftest import EditorPage, browser_type_launch_args, pairs
from tests.site.test_worker import Site, site, until

__all__ = ["browser_type_launch_args", "site"]

pytestmark = [pytest.mark.browser, pytest.mark.shared, pytest.mark.django_db(transaction=True)]

#: A paper with a figure of flat boxes, and that figure's number.
PAPER, FIGURE = "kim-2016-pvanet.pdf", "1"


@pytest.fixture
def visitor(browser: Browser, live_server: Any) -> Iterator[Callable[[], Page]]:
    """Opens a page for somebody who has not been here before."""
    contexts: list[BrowserContext] = []

    def open_() -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        contexts.append(context)
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


def sign_up(page: Page, name: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill("a-long-secret-of-mine")
    page.get_by_label("Password (again)").fill("a-long-secret-of-mine")
    page.locator("main").get_by_role("button", name=re.compile("account|sign up", re.IGNORECASE)).click()
    expect(page).to_have_url(re.compile("/contribute/"))


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(name * 2)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/contribute/"))


def upload(page: Page, file: Path) -> Paper:
    page.goto("/papers/upload/")
    page.get_by_label("PDF files").set_input_files(file)
    expect(page.get_by_role("heading", name="Your papers")).to_be_visible()
    until(lambda: Paper.objects.exists())
    until(lambda: Paper.objects.get().state in {"read", "failed"})
    paper = Paper.objects.get()
    assert paper.state == "read", paper.message
    return paper


def test_a_paper_becomes_code_that_runs(
    site: Site, visitor: Callable[[], Page], moderator: Any, papers: Path, tmp_path: Path
) -> None:
    site.start_worker()
    page = visitor()
    sign_up(page, "ada")
    paper = upload(page, papers / PAPER)
    until(lambda: Task.objects.filter(figure__number=FIGURE, figure__table=None, kind="correct").exists())
    task = Task.objects.get(figure__number=FIGURE, figure__table=None, kind="correct")
    assert task.reading.flow["layers"], "the reader found nothing to correct"

    page.goto(f"/papers/{paper.pk}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("PVANET")
    page.goto(f"/tasks/{task.pk}/")
    editor = EditorPage(page, task, _user("ada"))
    last = next(layer["id"] for layer in task.reading.flow["layers"] if layer["label"] == "ReLU")
    expect(editor.layer(last)).to_be_visible()
    x, y = editor.middle(last)
    canvas = page.get_by_role("group", name="Canvas").bounding_box()
    assert canvas
    page.get_by_role("button", name=re.compile("^Dropout")).drag_to(
        page.locator(".svelte-flow__pane"), target_position={"x": x + 150 - canvas["x"], "y": y - canvas["y"]}
    )
    expect(editor.layer("dropout_1")).to_be_visible()
    editor.draw_connection(last, "r", "dropout_1")
    assert (last, "dropout_1") in pairs(editor.saved())
    page.get_by_role("button", name="Submit answer").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).not_to_have_url(re.compile(f"/tasks/{task.pk}/"))
    task.refresh_from_db()
    assert task.submissions.get().user.username == "ada"
    assert task.state == "open", "others may be asked, too; a moderator needn't wait for them"

    desk = visitor()
    sign_in(desk, "moderator")
    desk.goto(f"/review/{task.pk}/")
    expect(desk.get_by_role("group", name=re.compile("^added: dropout"))).to_be_visible()
    desk.keyboard.press("a")
    until(lambda: Artifact.objects.count() == 3 and not Artifact.objects.filter(state="building").exists(), seconds=300)
    states = {artifact.framework: artifact for artifact in Artifact.objects.all()}
    assert states["keras"].state == "verified", states["keras"].message

    reader = visitor()  # nobody has to sign in to take the code
    reader.goto(f"/networks/{states['keras'].gold.number}/")
    with reader.expect_download() as download:
        reader.get_by_role("link", name="Download Keras").click()
    code = tmp_path / "downloaded.py"
    download.value.save_as(code)
    assert "Dropout" in code.read_text()
    run = subprocess.run(
        [sys.executable, str(code)],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    archive = tmp_path / "all.zip"
    archive.write_bytes(reader.request.get(f"/networks/{states['keras'].gold.number}.zip").body())
    with zipfile.ZipFile(archive) as files:
        assert files.testzip() is None
        names = {name.rpartition("/")[2] for name in files.namelist()}
    assert {"flow.json", "proof_keras.json", "PROVENANCE.json", "CITATION.bib", "requirements.txt"} <= names
    assert any(name.endswith(".py") for name in names)


def _user(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name)
