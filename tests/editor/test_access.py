"""Keyboard, screen reader, small screens, dark, large networks, and the content policy (see `sign_in`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.editor.conftest import EditorPage, drawn_flow, pairs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., EditorPage]


def faults(page: Page) -> list[tuple[str, list[str]]]:
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(editor: Open, scheme: str) -> None:
    e = editor(color_scheme=scheme)
    expect(e.code).to_be_visible()
    assert faults(e.page) == []
    e.page.keyboard.press("n")
    expect(e.panel).to_contain_text("Which layer is it?")
    assert faults(e.page) == []
    for tab in ("Doubts", "List", "History"):
        e.page.get_by_role("tab", name=re.compile(f"^{tab}")).click()
        assert faults(e.page) == [], tab
    e.page.keyboard.press("Control+a")
    e.page.keyboard.press("b")
    assert faults(e.page) == []
    for key, name in (("?", "Keys and help"), ("Control+k", "Commands"), ("Control+Enter", "Submit your answer")):
        e.page.keyboard.press(key)
        expect(e.page.get_by_role("dialog", name=name)).to_be_visible()
        assert faults(e.page) == [], name
        e.page.keyboard.press("Escape")
        expect(e.page.get_by_role("dialog")).to_have_count(0)


def test_everything_can_be_done_with_keys_alone(editor: Open) -> None:
    e = editor()
    keyboard = e.page.keyboard
    e.layer("in").focus()
    keyboard.press("Enter")
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("in")
    before = e.middle("in")
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    assert e.middle("in")[0] > before[0]
    keyboard.press("a")
    keyboard.type("batch norm")
    keyboard.press("Enter")
    expect(e.connection("in", "batch_normalization_1")).to_be_attached()
    keyboard.press("Escape")
    e.layer("batch_normalization_1").focus()
    keyboard.press("Enter")
    keyboard.press("c")
    expect(e.page.get_by_role("combobox", name="Layers")).to_be_focused()
    keyboard.type("fc")
    keyboard.press("Enter")
    expect(e.connection("batch_normalization_1", "fc")).to_be_attached()
    keyboard.press("t")
    keyboard.type("dropout")
    keyboard.press("Enter")
    expect(e.layer("batch_normalization_1")).to_have_attribute("aria-label", re.compile("Dropout"))
    keyboard.press("r")
    keyboard.type("drop")
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("drop")
    e.connection("flat", "fc").focus()
    keyboard.press("Enter")
    keyboard.press("Delete")
    flow = e.saved()
    assert ("flat", "fc") not in pairs(flow)
    assert ("batch_normalization_1", "fc") in pairs(flow)


def test_typing_never_runs_commands(editor: Open) -> None:
    e = editor()
    e.select("c1")
    e.field("Printed").click()
    e.page.keyboard.press("End")
    e.page.keyboard.type(" an z 1 ?")
    e.page.keyboard.press("Backspace")
    expect(e.field("Printed")).to_have_value("conv 3x3, 16 an z 1 ")
    expect(e.page.locator(".svelte-flow__node")).to_have_count(5)


def test_letters_as_commands_can_be_turned_off(editor: Open) -> None:
    e = editor()
    e.page.keyboard.press("?")
    e.page.get_by_label(re.compile("Single letters")).uncheck()
    e.page.keyboard.press("Escape")
    e.page.keyboard.press("n")
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("The network")
    e.page.reload()
    expect(e.layer("c1")).to_be_visible()
    e.page.keyboard.press("n")
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("The network")


def test_the_list_says_all_that_the_graph_shows(editor: Open) -> None:
    e = editor()
    e.page.get_by_role("tab", name="List").click()
    rows = e.page.get_by_role("table", name="The layers of the network").get_by_role("row")
    expect(rows).to_have_count(6)
    expect(rows.nth(2)).to_contain_text("c1")
    expect(rows.nth(2)).to_contain_text("32 × 32 × 16")
    expect(rows.nth(3)).to_contain_text("58% sure")
    rows.nth(5).get_by_role("button").click()
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("fc")


def test_on_a_phone_the_question_comes_up_from_below(editor: Open) -> None:
    e = editor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    bar = e.page.get_by_role("toolbar", name="Editing")
    bar.get_by_role("button", name=re.compile("Doubts")).tap()
    expect(e.panel).to_contain_text("Which layer is it?")
    box = e.layer("c2").bounding_box()
    sheet = e.panel.bounding_box()
    assert box
    assert sheet
    assert box["y"] + box["height"] < sheet["y"]  # what is asked about is not covered
    assert faults(e.page) == []
    e.panel.get_by_role("button", name=re.compile("Conv2D")).first.tap()
    bar.get_by_role("button", name="Add").tap()
    e.page.get_by_role("button", name=re.compile("^Dropout")).tap()
    bar.get_by_role("button", name="List").tap()
    e.page.get_by_role("tab", name="List").tap()
    expect(e.page.get_by_role("table", name="The layers of the network")).to_contain_text("dropout_1")
    width = e.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def large_flow(count: int) -> dict[str, Any]:
    flow = drawn_flow()
    flow["layers"] = [
        {"id": f"l{i}", "type": "Dense" if i else "Input", "params": {"units": 8} if i else {"shape": [8]}}
        for i in range(count)
    ]
    for i, layer in enumerate(flow["layers"]):
        layer["bbox"] = [10, 10, 20, 20] if i < 2 else None
        layer["label"] = ""
        if layer["bbox"] is None:
            del layer["bbox"]
    flow["connections"] = [{"source": f"l{i}", "target": f"l{i + 1}"} for i in range(count - 1)]
    return flow


def test_a_thousand_layers_are_laid_out_and_only_what_is_seen_is_drawn(
    editor: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.editor.conftest.draw", lambda path, flow: None)
    e = editor(large_flow(1000))
    expect(e.panel).to_contain_text("1,000")
    assert e.page.locator(".svelte-flow__node").count() < 200
    e.page.keyboard.press("Control+k")
    e.page.keyboard.type("go to l999")
    e.page.keyboard.press("Enter")
    expect(e.layer("l999")).to_be_visible(timeout=30_000)
    expect(e.layer("l1")).to_have_count(0)
