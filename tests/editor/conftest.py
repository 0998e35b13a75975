"""The editor in a real browser, on the real site, over a figure that shows the flow."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests import builders

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT = 420, 460
#: Layer -> type, what is printed, parameters, confidence. One below another, 90 pixels apart.
LAYERS: dict[str, tuple[str, str, dict[str, Any], float]] = {
    "in": ("Input", "32x32x3", {"shape": [32, 32, 3]}, 0.97),
    "c1": ("Conv2D", "conv 3x3, 16", {"filters": 16, "kernel_size": [3, 3]}, 0.97),
    "c2": ("MaxPooling2D", "conv 3x3, 32", {}, 0.58),
    "flat": ("Flatten", "flatten", {}, 0.93),
    "fc": ("Dense", "fc 10", {"units": 10}, 0.95),
}
EDGES = [("in", "c1", 0.99), ("c1", "c2", 0.61), ("c2", "flat", 0.98), ("flat", "fc", 0.98)]


def drawn_flow() -> dict[str, Any]:
    layers = []
    for row, (name, (kind, label, params, confidence)) in enumerate(LAYERS.items()):
        top = 20 + 90 * row
        layers.append(
            {
                "id": name,
                "type": kind,
                "name": name,
                "label": label,
                "params": params,
                "bbox": [150, top, 270, top + 40],
                "confidence": confidence,
                "provenance": dict.fromkeys(params, "figure"),
            }
        )
    connections = [{"source": a, "target": b, "confidence": c} for a, b, c in EDGES]
    return {
        "format": "dlp2c-flow",
        "version": 1,
        "name": "TinyNet",
        "kind": "box2d",
        "layers": layers,
        "connections": connections,
    }


def draw(path: Path, flow: dict[str, Any]) -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    for layer in flow["layers"]:
        if "bbox" not in layer:
            continue
        x0, y0, x1, y1 = layer["bbox"]
        pen.rectangle((x0, y0, x1, y1), outline="black", width=2)
        pen.text((x0 + 10, y0 + 12), layer["label"], fill="black")
    image.save(path)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium where it is there, otherwise Playwright's own."""
    # From here on Playwright's loop runs in this thread, to the session's end; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = shutil.which("chromium")
    path = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **path, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture
def make_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A task to correct a flow, with a figure that shows its layers where their boxes say."""
    read_result = builders.read_result

    def with_picture(folder: Path, flows: Any, **head: Any) -> dict[str, Any]:
        result = read_result(folder, flows, **head)
        draw(folder / "figures" / "fig-1.png", flows[0])
        return result

    def make(flow: dict[str, Any] | None = None) -> Any:
        monkeypatch.setattr(builders, "read_result", with_picture)
        return builders.make_task(tmp_path, text="tiny", flow=flow or drawn_flow())

    return make


@dataclass
class EditorPage:
    """What tests do in the editor, in a volunteer's words."""

    page: Page
    task: Any
    user: Any

    def layer(self, name: str) -> Locator:
        return self.page.locator(f'.svelte-flow__node[data-id="{name}"]')

    def connection(self, source: str, target: str) -> Locator:
        return self.page.locator(f'.svelte-flow__edge[data-id="{source}→{target}"]')

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("region", name="Selected layer")

    @property
    def code(self) -> Locator:
        return self.page.get_by_label("Code preview, not run yet")

    def field(self, label: str) -> Locator:
        return self.panel.get_by_label(label, exact=True)

    def select(self, name: str) -> None:
        self.layer(name).click(position={"x": 60, "y": 10})
        expect(self.panel.get_by_role("heading", level=2)).to_have_text(name)

    def saved(self) -> dict[str, Any]:
        """The draft, once the editor says that all is saved."""
        from annotations.models import Draft

        expect(self.page.locator("header .save")).to_have_text(self._saved_text)
        flow: dict[str, Any] = Draft.objects.get(task=self.task, user=self.user).flow
        return flow

    @property
    def _saved_text(self) -> Any:
        import re

        return re.compile(r"^\s*Saved (now|\d+ s ago)\s*$")

    def middle(self, name: str) -> tuple[float, float]:
        box = self.layer(name).bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=24)
        mouse.up()

    def draw_connection(self, source: str, side: str, target: str) -> None:
        """From the dot at a side of one layer to another layer."""
        self.layer(source).hover()
        dot = self.layer(source).locator(f'.svelte-flow__handle[data-handleid="{side}"]').bounding_box()
        goal = self.layer(target).locator('.svelte-flow__handle[data-handleid="t"]').bounding_box()
        assert dot
        assert goal
        self.drag((dot["x"], dot["y"]), (goal["x"], goal["y"] + 4))


def ids(flow: dict[str, Any]) -> list[str]:
    return [layer["id"] for layer in flow["layers"]]


def pairs(flow: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c["source"], c["target"]) for c in flow["connections"]}


def layer_of(flow: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(layer for layer in flow["layers"] if layer["id"] == name)
    return found


#: What a test that breaks the network on purpose may find in the console.
BROKEN_NETWORK = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "status of 409", "status of 403")


@pytest.fixture
def sign_in(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """A page of a signed-in person; at the end nothing may stand in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(text in message.text for text in BROKEN_NETWORK):
            complaints.append(message.text)

    def open_(user: Any, **options: Any) -> Page:
        from django.test import Client

        settings = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=live_server.url, **settings)
        contexts.append(context)
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def editor(sign_in: Callable[..., Page], make_task: Callable[..., Any], volunteer: Any) -> Callable[..., EditorPage]:
    def open_(flow: dict[str, Any] | None = None, **options: Any) -> EditorPage:
        task = make_task(flow)
        page = sign_in(volunteer, **options)
        page.goto(f"/tasks/{task.pk}/")
        opened = EditorPage(page, task, volunteer)
        expect(page.locator(".svelte-flow__node").first).to_be_visible()
        return opened

    return open_
