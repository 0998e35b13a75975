"""The read-only graph: a difference told by sign, colour and words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import builders
from tests.editor.conftest import drawn_flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_moderator_sees_what_was_added_removed_and_changed(
    sign_in: Callable[..., Page], make_task: Callable[..., Any], volunteer: Any, moderator: Any
) -> None:
    task = make_task()
    flow = drawn_flow()
    flow["layers"][1]["params"]["filters"] = 24
    flow["layers"] = [layer for layer in flow["layers"] if layer["id"] != "flat"]
    flow["layers"].append({"id": "new", "type": "Dropout", "name": "drop", "bbox": [300, 200, 400, 240]})
    flow["connections"] = [c for c in flow["connections"] if "flat" not in c.values()]
    flow["connections"] += [{"source": "c2", "target": "new"}, {"source": "new", "target": "fc"}]
    builders.answer(task, volunteer, flow)
    page = sign_in(moderator)
    page.goto(f"/review/{task.pk}/")
    graph = page.locator("flow-view").first
    expect(graph.get_by_role("group", name=re.compile("^added: drop"))).to_be_visible()
    expect(graph.get_by_role("group", name=re.compile("^removed: flat"))).to_be_visible()
    expect(graph.get_by_role("group", name=re.compile("^changed: c1"))).to_be_visible()
    expect(graph.locator(".fe-edge.added")).to_have_count(2)
    expect(graph.locator(".fe-edge.removed")).to_have_count(2)
    before = graph.locator('.svelte-flow__node[data-id="c1"]').bounding_box()
    graph.locator('.svelte-flow__node[data-id="c1"]').click()
    page.mouse.wheel(0, 200)
    assert before  # nothing can be moved or deleted here
    page.keyboard.press("Delete")
    expect(graph.locator('.svelte-flow__node[data-id="c1"]')).to_have_count(1)
