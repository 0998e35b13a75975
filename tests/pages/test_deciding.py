"""A moderator at work in a browser: one key a decision, and the page stays."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations.models import GoldFlow, Review, Task
from annotations.services.submissions import submit
from annotations.services.task_creation import create_tasks
from extraction.models import Figure
from tests import builders
from tests.pages.conftest import World
from tests.pages.test_browser import live, needs_build, visit

__all__ = ["live", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DECISIONS, FLOWS = 100, 10


def questions(folder: Path, user: Any) -> Any:
    """As many tasks as are decided: mostly kinds of figures, some flows; all answered once."""
    paper = builders.read(builders.make_paper("many"), folder / "many", [builders.LENET] * DECISIONS)
    Figure.objects.filter(paper=paper, position__gte=FLOWS).update(flow_probability=0.5)
    create_tasks(paper=paper)
    for task in paper.tasks.select_related("figure"):
        if task.kind == Task.Kind.CLASSIFY:
            submit(task=task, user=user, key=uuid.uuid4(), answer_kind="box2d")
        elif task.figure.position < FLOWS:
            builders.answer(task, user, builders.lenet(c1={"filters": 8}))
    return paper


def shown(page: Page) -> str:
    return str(page.evaluate("document.querySelector('[data-review]').dataset.review"))


def press(page: Page, key: str) -> None:
    """Press a key and wait for another task."""
    before = shown(page)
    page.keyboard.press(key)
    page.wait_for_function("before => document.querySelector('[data-review]')?.dataset.review !== before", arg=before)


@needs_build
def test_a_hundred_decisions_without_a_full_page_load(live: World, visit: Callable[..., Page], tmp_path: Path) -> None:
    Task.objects.exclude(pk__in=[live.correct.pk]).update(state=Task.State.CLOSED)
    paper = questions(tmp_path, live.volunteer)
    builders.answer(live.correct, live.volunteer)  # one is left over, so that there is always a next one
    first = reverse("review-task", args=[paper.tasks.filter(kind="correct").first().pk])
    page = visit(first, "moderator")
    page.evaluate("window.never_loaded_again = true")
    before = Review.objects.count()
    for _ in range(DECISIONS):
        press(page, "a")
    assert Review.objects.count() - before == DECISIONS
    assert page.evaluate("window.never_loaded_again") is True
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    assert GoldFlow.objects.count() >= FLOWS


@needs_build
def test_undo_later_and_back_by_keys(live: World, visit: Callable[..., Page]) -> None:
    builders.answer(live.correct, live.volunteer, builders.lenet(c1={"filters": 8}, fc={"units": 12}))
    page = visit(reverse("review-task", args=[live.correct.pk]), "moderator")
    page.evaluate("window.never_loaded_again = true")
    press(page, "a")
    assert page.url.endswith(reverse("review-task", args=[live.in_review.pk]))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("[data-queue] [aria-current]")).to_have_attribute("data-task", str(live.in_review.pk))
    expect(page.locator("[data-said]")).to_contain_text("approved")
    press(page, "z")
    assert page.url.endswith(reverse("review-task", args=[live.correct.pk]))
    expect(page.locator("[data-said]")).to_contain_text("taken back")
    assert Review.objects.get(task=live.correct).undone
    expect(page.locator("[data-count]")).to_have_text("2")
    press(page, "j")
    page.go_back()
    page.wait_for_function(f"() => location.pathname.endsWith('/{live.correct.pk}/')")
    expect(page.locator(f'[data-review="{live.correct.pk}"]')).to_be_attached()
    assert page.evaluate("window.never_loaded_again") is True


@needs_build
def test_rows_values_and_reasons_by_keys(
    live: World, visit: Callable[..., Page], make_user: Callable[..., Any]
) -> None:
    Task.objects.update(answers_wanted=3)
    for name, filters in (("ada", 8), ("bo", 9)):
        builders.answer(live.correct, make_user(name), builders.lenet(c1={"filters": filters}, fc={"units": 12}))
    page = visit(reverse("review-task", args=[live.correct.pk]), "moderator")
    rows = page.locator("tr[data-row]")
    rows.first.click()
    expect(page.locator(".review-side h2")).to_have_text("conv 5x5, 6, filters")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    expect(page.locator(".review-side h2")).to_have_text("fc 10, units")
    expect(page.get_by_role("img", name="The place in the figure")).to_be_visible()
    page.keyboard.press("ArrowUp")
    other = page.locator('.choice[aria-pressed="false"]').first
    wanted = int(other.locator("b").inner_text())
    page.keyboard.press(other.locator("kbd").inner_text())
    expect(page.get_by_role("button", name="Approve with 1 change")).to_be_visible()
    page.get_by_role("button", name="ada", exact=True).click()
    expect(page.get_by_role("button", name="Approve ada’s answer")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("Why?")).to_be_focused()
    expect(page.get_by_text("ada alone reads this.")).to_be_visible()
    page.get_by_label("On conv 5x5, 6, filters").fill("It has 9 filters.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reading to consensus").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Approve with 1 change")).to_be_visible()
    press(page, "a")
    flow = GoldFlow.objects.get(figure=live.correct.figure).flow
    assert next(layer for layer in flow["layers"] if layer["id"] == "c1")["params"]["filters"] == wanted


@needs_build
def test_an_edit_is_approved_in_the_editor(live: World, visit: Callable[..., Page]) -> None:
    builders.answer(live.correct, live.volunteer)
    page = visit(reverse("review-task", args=[live.correct.pk]), "moderator")
    page.keyboard.press("e")
    page.wait_for_url("**/edit/")
    page.get_by_label("Name").fill("LeNet-5")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    page.wait_for_url(f"**{reverse('review-task', args=[live.in_review.pk])}?done=*")
    assert GoldFlow.objects.get(figure=live.correct.figure).name == "LeNet-5"
    press(page, "z")
    assert Review.objects.get(task=live.correct).undone
