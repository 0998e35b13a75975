"""Correcting a flow: every way to change it ends in the draft, and every change can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.editor.conftest import HEIGHT, WIDTH, EditorPage, ids, layer_of, pairs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., EditorPage]


def test_layers_lie_where_the_figure_prints_them(editor: Open) -> None:
    e = editor()
    picture = e.page.locator(".svelte-flow__viewport-back img").bounding_box()
    assert picture
    for layer in e.task.reading.flow["layers"]:
        x0, y0, x1, y1 = layer["bbox"]
        x, y = e.middle(layer["id"])
        assert x == pytest.approx(picture["x"] + (x0 + x1) / 2 / WIDTH * picture["width"], abs=2)
        assert y == pytest.approx(picture["y"] + (y0 + y1) / 2 / HEIGHT * picture["height"], abs=2)


def test_a_layer_is_dragged_from_the_palette_connected_and_saved(editor: Open) -> None:
    e = editor()
    x, y = e.middle("c1")
    canvas = e.page.get_by_role("group", name="Canvas").bounding_box()
    assert canvas
    e.page.get_by_role("button", name=re.compile("^ReLU")).drag_to(
        e.page.locator(".svelte-flow__pane"),
        target_position={"x": x + 220 - canvas["x"], "y": y + 60 - canvas["y"]},
    )
    expect(e.layer("relu_1")).to_be_visible()
    e.draw_connection("c1", "r", "relu_1")
    expect(e.connection("c1", "relu_1")).to_be_attached()
    flow = e.saved()
    assert ids(flow)[-1] == "relu_1"
    assert ("c1", "relu_1") in pairs(flow)
    assert layer_of(flow, "relu_1")["provenance"] == {"type": "person"}
    assert layer_of(flow, "relu_1")["bbox"]


def test_undo_and_redo_go_all_the_way(editor: Open) -> None:
    e = editor()
    e.select("c1")
    e.page.keyboard.press("Delete")
    expect(e.layer("c1")).to_have_count(0)
    e.select("flat")
    e.page.keyboard.press("Backspace")
    expect(e.layer("flat")).to_have_count(0)
    e.page.keyboard.press("Control+z")
    e.page.keyboard.press("z")
    expect(e.connection("in", "c1")).to_be_attached()
    expect(e.connection("flat", "fc")).to_be_attached()
    e.page.keyboard.press("Control+Shift+z")
    e.page.keyboard.press("Shift+Z")
    expect(e.page.locator(".svelte-flow__node")).to_have_count(3)
    e.page.get_by_role("tab", name="History").click()
    e.page.get_by_role("button", name="As it was when you came").click()
    expect(e.page.locator(".svelte-flow__node")).to_have_count(5)
    assert e.saved() == e.task.reading.flow


def test_moving_is_an_edit_that_leaves_the_flow_alone(editor: Open) -> None:
    e = editor()
    x, y = e.middle("c1")
    e.drag((x + 30, y), (x + 150, y + 20))
    moved = e.middle("c1")
    assert moved[0] - x == pytest.approx(120, abs=6)
    e.page.keyboard.press("Control+z")
    assert e.middle("c1") == pytest.approx((x, y), abs=1)
    e.page.keyboard.press("Control+Shift+z")
    e.saved()
    e.page.reload()
    expect(e.layer("c1")).to_be_visible()
    assert layer_of(e.saved(), "c1")["bbox"] == e.task.reading.flow["layers"][1]["bbox"]


def test_a_connection_is_given_another_end(editor: Open) -> None:
    e = editor()
    above, below = e.middle("flat"), e.middle("fc")
    e.page.mouse.click(above[0], (above[1] + below[1]) / 2)
    ring = e.page.locator(".svelte-flow__edgeupdater-source").bounding_box()
    assert ring
    goal = e.layer("c1").locator('.svelte-flow__handle[data-handleid="r"]').bounding_box()
    assert goal
    e.drag((ring["x"] + 6, ring["y"] + 6), (goal["x"], goal["y"]))
    expect(e.connection("c1", "fc")).to_be_attached()
    assert pairs(e.saved()) == {("in", "c1"), ("c1", "c2"), ("c2", "flat"), ("c1", "fc")}


def test_a_loop_is_refused_with_words(editor: Open) -> None:
    e = editor()
    e.draw_connection("fc", "r", "c1")
    expect(e.page.get_by_role("status").filter(has_text="close a loop")).to_be_visible()
    expect(e.page.locator(".svelte-flow__edge")).to_have_count(4)


def test_values_are_set_checked_and_traced_to_the_person(editor: Open) -> None:
    e = editor()
    e.select("c1")
    expect(e.panel.locator(".prov.p-figure").first).to_be_visible()
    expect(e.code).to_contain_text("Conv2D(16")
    e.field("Filters").fill("0")
    expect(e.panel.get_by_text("can't be below 1")).to_be_visible()
    e.field("Filters").fill("24")
    expect(e.code).to_contain_text("Conv2D(24")
    expect(e.panel.locator(".prov.p-person").first).to_be_visible()
    expect(e.panel.get_by_text(f"{24 * (3 * 3 * 3 + 1)}")).to_be_visible()
    expect(e.code.locator(".l.hit").first).to_be_visible()
    e.field("Padding").select_option("same")
    expect(e.panel.get_by_text("32 × 32 × 24")).to_be_visible()
    e.field("Name").fill("first_conv")
    e.panel.get_by_label("Also in this box").select_option("ReLU")
    e.field("Printed shape").fill("32 x 32 x 24")
    layer = layer_of(e.saved(), "c1")
    assert layer["params"] == {"filters": 24, "kernel_size": [3, 3], "padding": "same"}
    assert layer["name"] == "first_conv"
    assert layer["also"] == ["ReLU"]
    assert layer["output_shape"] == [32, 32, 24]
    assert layer["provenance"] == {
        "filters": "person",
        "kernel_size": "figure",
        "padding": "person",
        "also": "person",
        "output_shape": "person",
    }


def test_doubts_are_questions_answered_by_keys(editor: Open) -> None:
    e = editor()
    e.page.keyboard.press("n")
    expect(e.panel).to_contain_text("Printed: “conv 3x3, 32”.")
    expect(e.panel.get_by_role("button", name=re.compile("^1.*Conv2D"))).to_be_visible()
    e.page.keyboard.press("1")
    expect(e.layer("c2")).to_have_attribute("aria-label", re.compile("^c2, Conv2D"))
    e.page.keyboard.press("n")
    expect(e.panel).to_contain_text("c1 to c2")
    e.page.keyboard.press("1")
    e.page.keyboard.press("n")
    expect(e.page.get_by_role("status").filter(has_text="Nothing is in doubt")).to_be_visible()
    flow = e.saved()
    assert layer_of(flow, "c2")["type"] == "Conv2D"
    assert layer_of(flow, "c2")["provenance"]["type"] == "person"
    assert all(c["confidence"] > 0.8 for c in flow["connections"])


def test_several_are_copied_pasted_and_deleted_at_once(editor: Open) -> None:
    e = editor()
    e.select("c1")
    e.layer("c2").click(position={"x": 60, "y": 10}, modifiers=["Control"])
    e.page.keyboard.press("Control+c")
    e.page.keyboard.press("Control+v")
    expect(e.page.locator(".svelte-flow__node")).to_have_count(7)
    flow = e.saved()
    new = [layer for layer in flow["layers"] if layer["id"] not in ("in", "c1", "c2", "flat", "fc")]
    assert [layer["type"] for layer in new] == ["Conv2D", "MaxPooling2D"]
    assert (new[0]["id"], new[1]["id"]) in pairs(flow)
    e.page.keyboard.press("Delete")
    expect(e.page.locator(".svelte-flow__node")).to_have_count(5)
    e.page.keyboard.press("Control+a")
    e.page.keyboard.press("Delete")
    expect(e.page.locator(".svelte-flow__node")).to_have_count(0)
    e.page.get_by_role("button", name=re.compile("^Undo Z|^Undo$")).last.click()
    expect(e.page.locator(".svelte-flow__node")).to_have_count(5)


def test_problems_lead_to_their_layer_and_carry_a_remedy(editor: Open) -> None:
    e = editor()
    e.select("c1")
    e.field("Kernel size").fill("50")
    e.field("Padding").select_option("valid")
    problem = e.page.get_by_role("tabpanel", name=re.compile("Problems")).get_by_role("button", name=re.compile("c1"))
    expect(problem.first).to_be_visible()
    expect(e.layer("c1").locator(".node")).to_have_class(re.compile("error"))
    e.select("fc")
    problem.first.click()
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("c1")


def test_a_framework_that_cannot_say_it_tells_why(editor: Open) -> None:
    from tests.editor.conftest import drawn_flow

    flow = drawn_flow()
    flow["layers"].append({"id": "att", "type": "MultiHeadAttention", "params": {"num_heads": 2, "key_dim": 8}})
    flow["connections"].append({"source": "c1", "target": "att"})
    e = editor(flow)
    e.page.get_by_role("tab", name="PyTorch").click()
    expect(e.code).to_contain_text("import torch")
    e.page.get_by_role("tab", name="Caffe").click()
    panel = e.page.get_by_role("tabpanel", name="Caffe")
    expect(panel.get_by_role("button", name=re.compile("Show att"))).to_be_visible()
    panel.get_by_role("button", name=re.compile("Show att")).click()
    expect(e.panel.get_by_role("heading", level=2)).to_have_text("att")
