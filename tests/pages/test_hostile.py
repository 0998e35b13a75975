"""Titles, captions, labels and names come from strangers: they are shown as text, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotations.templatetags.code import code
from annotations.templatetags.flows import mark_words, ticks
from tests import builders
from tests.pages.conftest import build

EVIL = "</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}&amp;"


@pytest.fixture
def evil(db: None, tmp_path: Path, make_user: Callable[..., Any]) -> Any:
    flow = builders.lenet()
    flow["name"] = f"net {EVIL}"
    for layer in flow["layers"]:
        layer["label"] = EVIL
    flow["layers"][1]["params"]["note"] = EVIL
    flow["training"] = {"optimizer": {"value": EVIL}}
    table = {
        "number": EVIL[:18],
        "page": 1,
        "bbox": [1, 2, 3, 4],
        "caption": EVIL,
        "rows": [[EVIL, None, 3]],
        "flow": None,
    }
    return build(
        tmp_path,
        make_user,
        flow=flow,
        title=f"title {EVIL}",
        authors=[EVIL],
        abstract=EVIL,
        warnings=[EVIL],
        tables=[table | {"rows": [[EVIL, None, 3]], "flow": None}],
        hyperparameters=[{"name": "optimizer", "value": EVIL, "page": 1, "sentence": EVIL}],
    )


def test_no_page_lets_a_strangers_text_act(evil: Any) -> None:
    from annotations.services.review import decide
    from extraction.models import Figure

    Figure.objects.update(caption=EVIL, number=EVIL[:18])
    returned = builders.answer(evil.correct, evil.volunteer, comment=EVIL)
    decide(submission=returned, moderator=evil.moderator, decision="return", reason=EVIL)
    pages = [
        reverse("home"),
        reverse("papers") + "?q=title",
        reverse("papers") + "?q=%3C/script%3E%3Cimg",
        reverse("networks") + "?q=%22%3E%3Cimg src=x onerror=1%3E&most=%22%3E%3Cimg",
        reverse("paper", args=[evil.done.pk]),
        reverse("paper", args=[evil.open.pk]),
        reverse("network", args=[evil.gold.number]),
        reverse("contribute"),
        reverse("task", args=[evil.correct.pk]),
        reverse("task", args=[evil.classify.pk]),
        reverse("review"),
        reverse("review-task", args=[evil.in_review.pk]),
        reverse("review-edit", args=[evil.in_review.pk]),
        reverse("review-bulk") + "?probability=50&disputed=9&answers=1",
        reverse("profile", args=["volunteer"]),
        reverse("upload"),
    ]
    for person in (evil.volunteer, evil.moderator):
        client = Client()
        client.force_login(person)
        for page in pages:
            response = client.get(page)
            assert response.status_code in {200, 403}, page
            html = response.content.decode()
            assert "<img src=x" not in html, page
            assert "</script><img" not in html, page


def test_data_for_scripts_stays_data(evil: Any) -> None:
    client = Client()
    client.force_login(evil.volunteer)
    html = client.get(reverse("task", args=[evil.correct.pk])).content.decode()
    start = html.index('<script id="editor-config" type="application/json">')
    body = html[html.index(">", start) + 1 : html.index("</script>", start)]
    config = json.loads(body)
    assert config["task"]["reading"]["flow"]["layers"][0]["label"] == EVIL
    assert set(config["urls"]) == {
        "catalogue", "draft", "submit", "skip", "release", "heartbeat", "lease", "check", "preview", "back",
    }  # fmt: skip
    assert config["csrf"]


@given(st.text(max_size=60), st.text(max_size=20))
def test_marked_text_is_the_text(text: str, query: str) -> None:
    import html

    shown = str(mark_words(text, query))
    assert html.unescape(shown.replace("<mark>", "").replace("</mark>", "")) == text


def test_what_was_searched_for_is_marked() -> None:
    assert str(mark_words("A <b> Deep NET", "deep net")) == "A &lt;b&gt; <mark>Deep</mark> <mark>NET</mark>"


@given(st.text(alphabet="ab`<>&", max_size=30))
def test_ticks_lose_nothing(text: str) -> None:
    import html

    shown = str(ticks(text))
    plain = shown.replace("<code>", "`").replace("</code>", "`")
    assert html.unescape(plain) == text


def test_code_is_escaped_line_by_line() -> None:
    source = '"""a\n</pre><script>"""\nx = "<b>"\n'
    markup = str(code(source, "keras", {"in": [3, 3]}))
    assert markup.count('<span class="l"') == 3
    assert 'data-layers="in"' in markup
    assert "<script>" not in markup
    assert "<b>" not in markup
