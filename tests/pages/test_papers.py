"""Papers: coming in, being read, found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotations.templatetags.papers import bare_caption, stages
from annotations.views.networks import count
from extraction.models import Paper
from tests import builders
from tests.pages.conftest import World

As = Callable[[str], Client]


def pdf(name: str = "new.pdf", text: str = "new") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, builders.pdf_bytes(text), content_type="application/pdf")


def test_an_upload_leads_to_the_papers_page(world: World, as_: As) -> None:
    response = as_("volunteer").post(reverse("upload"), {"file": pdf()})
    paper = Paper.objects.get(file_name="new.pdf")
    assert response["Location"] == reverse("paper", args=[paper.pk])
    assert paper.uploaded_by == world.volunteer


def test_several_are_listed_with_their_progress(world: World, as_: As) -> None:
    client = as_("volunteer")
    response = client.post(reverse("upload"), {"file": [pdf("a.pdf", "a"), pdf("b.pdf", "b")]}, follow=True)
    html = response.content.decode()
    assert "a.pdf" in html
    assert "b.pdf" in html
    assert html.count('hx-trigger="every 1s"') == 3  # and the one that waited


def test_a_paper_that_is_here_is_found(world: World, as_: As) -> None:
    response = as_("volunteer").post(reverse("upload"), {"file": pdf("other name.pdf", "done")}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("paper", args=[world.done.pk])
    assert "This paper is already here." in response.content.decode()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"<html>", "is not a PDF"), (b"", "is empty"), (b"%PDF-" + b"x" * 2000, "is larger than")],
    ids=["no PDF", "empty", "too large"],
)
def test_a_refusal_says_why_and_names_the_file(content: bytes, says: str, world: World, as_: As, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    response = as_("volunteer").post(reverse("upload"), {"file": [SimpleUploadedFile("bad<b>.pdf", content), pdf()]})
    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert "“bad&lt;b&gt;.pdf”" in html
    assert "new.pdf" in html  # the good one came in


def test_no_file_is_said_too(world: World, as_: As) -> None:
    response = as_("volunteer").post(reverse("upload"))
    assert response.status_code == 422
    assert "No file came in." in response.content.decode()


def test_progress_is_told_page_by_page(world: World, as_: As) -> None:
    from extraction.services import claim_paper, report_progress

    address = reverse("paper-progress", args=[world.waiting.pk])
    assert "The paper waits for its turn." in as_("").get(address).content.decode()
    claimed = claim_paper(paper_id=world.waiting.pk)
    assert claimed is not None
    report_progress(paper=claimed, stage="reading pages", done=3, total=12)
    response = as_("").get(address)
    html = response.content.decode()
    assert "3 of 12" in html
    assert 'hx-trigger="every 1s"' in html
    assert "HX-Refresh" not in response


def test_when_it_is_read_the_page_shows_the_result(world: World, as_: As) -> None:
    for paper in (world.done, world.failed):
        response = as_("").get(reverse("paper-progress", args=[paper.pk]))
        assert response["HX-Refresh"] == "true"
        assert "hx-trigger" not in response.content.decode()
        row = as_("").get(reverse("paper-progress", args=[paper.pk]) + "?row=1")
        assert "HX-Refresh" not in row


@pytest.mark.parametrize(
    ("stage", "now"),
    [("opening the file", "Pages"), ("telling kinds", "Kinds"), ("writing code", "Code"), ("?", "Pages")],
)
def test_stages(stage: str, now: str) -> None:
    shown = stages(Paper(state="reading", stage=stage))
    assert [s.name for s in shown if s.state == "now"] == [now]
    states = [s.state for s in shown]
    assert states == sorted(states, key=["done", "now", ""].index)


def test_what_could_not_be_read_says_why_and_can_be_tried_again(world: World, as_: As) -> None:
    address = reverse("paper", args=[world.failed.pk])
    assert "The file is locked by a password." in as_("").get(address).content.decode()
    assert "Try again" not in as_("").get(address).content.decode()
    retry = reverse("paper-retry", args=[world.failed.pk])
    assert as_("").post(retry).status_code == 403
    client = as_("volunteer")
    assert "Try again" in client.get(address).content.decode()
    client.post(retry)
    world.failed.refresh_from_db()
    assert world.failed.state == Paper.State.QUEUED


def shown(client: Client, page: str, query: str) -> str:
    return client.get(f"{reverse(page)}?{query}").content.decode()


def test_papers_are_found_by_words_and_layers(world: World, as_: As) -> None:
    client = as_("")
    assert "1 paper<" in shown(client, "papers", "q=failed.pdf")
    assert "<mark>Gradient</mark>-based" in shown(client, "papers", "q=gradient")
    assert "1 paper<" in shown(client, "papers", "q=conv2d gradient")
    assert "No paper fits" in shown(client, "papers", "q=nothing of that sort")


def test_facets_narrow_and_count(world: World, as_: As) -> None:
    client = as_("")
    assert "1 paper<" in shown(client, "papers", "state=verified")
    assert "2 papers<" in shown(client, "papers", "state=verified&state=failed")
    assert "0 papers<" in shown(client, "papers", "state=failed&layer=conv")
    assert "5 papers<" in shown(client, "papers", "state=rubbish&layer=&drawn=%3Cb%3E&sort=x&page=-3")


def test_networks_are_found_by_number_name_layer_and_size(world: World, as_: As) -> None:
    client = as_("")
    for query in (f"q={world.gold.number}", "q=lenet", "q=maxpool", "framework=keras", "layer=conv", "most=62k"):
        assert "1 network<" in shown(client, "networks", query), query
    for query in ("q=transformer", "framework=caffe", "layer=attn", "most=61k", "drawn=neurons"):
        assert "0 networks<" in shown(client, "networks", query), query


@pytest.mark.parametrize(
    ("text", "number"),
    [("5M", 5_000_000), ("1,000", 1000), ("0.5b", 500_000_000), ("x", None), ("", None), ("-1", None), ("nan", None)],
)
def test_counts_are_read_as_people_write_them(text: str, number: int | None) -> None:
    assert count(text) == number


def test_only_code_that_ran_is_offered(world: World, as_: As) -> None:
    html = as_("").get(reverse("network", args=[world.gold.number])).content.decode()
    assert reverse("network-code", args=[world.gold.number, "keras"]) in html
    assert reverse("network-code", args=[world.gold.number, "caffe"]) not in html
    assert "It is not offered for download." in html


def test_the_pdf_is_for_its_uploader(world: World, as_: As) -> None:
    link = reverse("paper-pdf", args=[world.done.pk])
    address = reverse("paper", args=[world.done.pk])
    assert link not in as_("").get(address).content.decode()
    assert link in as_("volunteer").get(address).content.decode()


def test_answers_of_others_stay_between_author_and_moderators(world: World, as_: As) -> None:
    address = reverse("profile", args=["other"])
    assert "Waits for a decision" not in as_("volunteer").get(address).content.decode()
    assert "Waits for a decision" in as_("moderator").get(address).content.decode()


@pytest.mark.parametrize(
    ("caption", "bare"),
    [
        ("Figure 1: TinyNet.", "TinyNet."),
        ("Fig. 2. The net.", "The net."),
        ("TABLE II – Layers", "Layers"),
        ("Fig 3a: A", "A"),
        ("Figures of merit are low.", "Figures of merit are low."),
        ("The network", "The network"),
    ],
)
def test_a_caption_does_not_say_its_label_twice(caption: str, bare: str) -> None:
    assert bare_caption(caption) == bare
