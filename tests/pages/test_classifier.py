"""How the machine learns, as pages and in the API: who sees what, who starts and goes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.selectors.page_classifier import Curve, Point
from annotations.templatetags.classifier import curve_drawing
from extraction import retraining
from extraction.classifier import store_artifact
from extraction.classify import MODEL_VERSION
from extraction.classify.comparing import NAMES
from extraction.classify.head import Head, version_of
from extraction.models import Figure, Promotion, TrainingRun
from extraction.retraining import Cause
from tests.builders import answer
from tests.pages.conftest import World

As = Callable[[str], Client]
State = TrainingRun.State
PAGE = "/classifier/"


def metrics(before: float, after: float, learned_from: int) -> dict[str, Any]:
    names = dict.fromkeys(NAMES)
    return {
        "before": dict.fromkeys(names, before),
        "after": dict.fromkeys(names, after),
        "range_after": {key: [after - 0.03, after + 0.02] for key in names},
        "range_gain": {key: [after - before - 0.01, after - before + 0.01] for key in names},
        "people": [{"name": "volunteer", "labels": 12, "contradicted": 5}],
        "test_figures": 317,
        "learned_from": learned_from,
        "new_labels": 12,
        "contradicted": 5,
        "accepted_share": 0.12,
    }


def made(state: str, after: float = 0.9, learned_from: int = 700, **facts: Any) -> TrainingRun:
    """A retraining that has ended, as a worker leaves it."""
    sha256 = store_artifact(Head.load().to_bytes())
    run = TrainingRun.objects.create(
        **{
            "state": state,
            "cause": Cause.PERSON,
            "heartbeat_at": timezone.now(),
            "finished_at": timezone.now(),
            "version": version_of(sha256),
            "artifact_sha256": sha256,
            "release_sha256": "cd" * 32,
            "release": [{"figure": 1, "picture": "ab", "paper": "cd", "kind": "none", "told_by": ["volunteer"]}],
            "labels": 40,
            "new_labels": 12,
            "compared_with": MODEL_VERSION,
            "metrics": metrics(0.88, after, learned_from),
            "message": "5 of 12 new labels of volunteer are contradicted." if state == State.REFUSED else "",
            "log": "2026-11-29 10:00:00 learning from volunteer\n",
            **facts,
        }
    )
    if state == State.PROMOTED:
        Promotion.objects.create(number=Promotion.objects.count() + 1, run=run, version=run.version)
    return run


def test_visitors_see_versions_and_measures_but_no_names(world: World, as_: As) -> None:
    promoted, refused = made(State.PROMOTED), made(State.REFUSED, 0.86, 712)
    html = as_("").get(PAGE).content.decode()
    assert promoted.version in html
    assert "90.0%" in html
    assert 'class="curve"' in html
    assert "as installed, 88.0%" in html
    assert "Retrain now" not in html
    for run in (promoted, refused):
        page = as_("").get(f"{PAGE}runs/{run.pk}/").content.decode()
        assert run.artifact_sha256 in page
        assert "volunteer" not in page
        assert "Use this version" not in page
    assert "spoke against it" in as_("volunteer").get(f"{PAGE}runs/{refused.pk}/").content.decode()
    assert as_("").get(f"{PAGE}runs/{refused.pk + 1}/").status_code == 404


def test_moderators_see_who_gave_the_labels(world: World, as_: As) -> None:
    refused = made(State.REFUSED)
    page = as_("moderator").get(f"{PAGE}runs/{refused.pk}/").content.decode()
    assert "5 of 12 new labels of volunteer" in page
    assert "learning from volunteer" in page
    assert reverse("moderation-person", args=["volunteer"]) in page
    assert "Retrain now" not in as_("moderator").get(PAGE).content.decode()
    assert f'href="{PAGE}"' in as_("moderator").get(reverse("moderation-log")).content.decode()


def test_moderators_see_which_version_told_the_kind(world: World, as_: As) -> None:
    answer(world.classify, world.volunteer, None, answer_kind="box2d")
    address = reverse("review-task", args=[world.classify.pk])
    assert "told by" not in as_("moderator").get(address).content.decode()
    Figure.objects.filter(pk=world.classify.figure_id).update(classifier="lite0-0123456789")
    page = as_("moderator").get(address).content.decode()
    assert f'told by <a class="mono" href="{PAGE}">lite0-0123456789</a>' in page


def test_an_administrator_starts_one_and_twice_is_once(world: World, as_: As) -> None:
    client = as_("administrator")
    assert "Retrain now" in client.get(PAGE).content.decode()
    first, again = (client.post(f"{PAGE}retrain/") for _ in range(2))
    run = TrainingRun.objects.get()
    assert first["Location"] == again["Location"] == f"{PAGE}runs/{run.pk}/"
    assert (run.state, run.cause, run.started_by) == (State.WAITING, Cause.PERSON, world.administrator)
    page = client.get(first["Location"]).content.decode()
    assert "is under way already" in page
    listing = client.get(PAGE).content.decode()
    assert f"{run} is under way" in listing
    assert "Retrain now" not in listing
    assert "–" in listing
    assert 'hx-trigger="every 2s"' in page
    part = client.get(first["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "It waits for a worker" in part
    for who, status in (("", 302), ("volunteer", 403), ("moderator", 403)):
        assert as_(who).post(f"{PAGE}retrain/").status_code == status
        assert as_(who).post(f"{PAGE}use/").status_code == status
    assert client.get(f"{PAGE}retrain/").status_code == 405


def test_an_administrator_goes_back_and_reads_why_not(world: World, as_: As) -> None:
    first, second, refused = made(State.PROMOTED), made(State.PROMOTED), made(State.REFUSED)
    client = as_("administrator")
    assert "Use this version" in client.get(f"{PAGE}runs/{first.pk}/").content.decode()
    assert "Use this version" not in client.get(f"{PAGE}runs/{second.pk}/").content.decode()
    assert client.post(f"{PAGE}use/", {"run": first.pk, "note": "It misses neurons."}).status_code == 302
    assert Promotion.objects.latest("number").run == first
    html = client.get(PAGE).content.decode()
    assert "It misses neurons." in html
    assert "It misses neurons." not in as_("").get(PAGE).content.decode()
    for sent, words in (({"run": first.pk}, "in use"), ({"run": refused.pk}, "never promoted")):
        response = client.post(f"{PAGE}use/", sent)
        assert response.status_code == 422
        assert words in response.content.decode()
    assert client.post(f"{PAGE}use/", {"run": "x"}).status_code == 404
    assert client.post(f"{PAGE}use/", {}).status_code == 302
    assert Promotion.objects.latest("number").run is None
    assert client.post(f"{PAGE}use/", {}).status_code == 422


def test_more_retrainings_take_no_more_queries(world: World, as_: As) -> None:
    client = as_("moderator")

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    made(State.PROMOTED, started_by=world.administrator)
    addresses = (PAGE, "/api/v1/classifier/runs/")
    few = [count(address) for address in addresses]
    for number in range(6):
        made(State.PROMOTED, 0.9 + number / 100, 700 + number, started_by=world.administrator)
    assert [count(address) for address in addresses] <= few


@pytest.mark.parametrize("count", [1, 2, 30])
def test_every_point_lies_in_the_drawing(count: int) -> None:
    points = tuple(
        Point(n, n % 3 != 2, 100 + 7 * n, 0.8 + n / 200, 0.78 + n / 200, 0.83 + n / 200) for n in range(count)
    )
    drawn = curve_drawing(Curve("accuracy", points, 0.7), "All six answers")
    places = [float(part.split("%")[0]) for part in drawn.split('cx="')[1:]]
    assert len(places) == count
    assert all(10 <= place <= 98 for place in places)
    assert places == sorted(places)
    heights = [float(part.split('"')[0]) for part in drawn.split('cy="')[1:]]
    assert heights == sorted(heights, reverse=True)
    assert all(0 < height < 240 for height in heights)


# --- API --------------------------------------------------------------------------------------------------------------


def test_programs_start_see_and_go_back(world: World, as_: As) -> None:
    admin, visitor = as_("administrator"), as_("")
    assert visitor.get("/api/v1/classifier/").json() == {
        "version": MODEL_VERSION,
        "run": None,
        "number": 0,
        "problem": "",
    }
    started = admin.post("/api/v1/classifier/retrain/")
    assert (started.status_code, started.json()["state"]) == (201, "waiting")
    assert admin.post("/api/v1/classifier/retrain/").status_code == 200
    retraining.fail(run=retraining.claim(run_id=started.json()["id"]) or pytest.fail("not taken"), message="broken")
    done = made(State.PROMOTED)
    assert visitor.get("/api/v1/classifier/").json()["run"] == done.pk
    back = admin.post("/api/v1/classifier/use/", {"run": None, "note": "back"}, content_type="application/json")
    assert back.json()["version"] == MODEL_VERSION
    again = admin.post("/api/v1/classifier/use/", {"run": None}, content_type="application/json")
    assert again.status_code == 409
    for who, status in (("", 403), ("volunteer", 403), ("moderator", 403)):
        for address in ("retrain", "use"):
            sent = as_(who).post(f"/api/v1/classifier/{address}/", {"run": None}, content_type="application/json")
            assert sent.status_code == status, (who, address)


def test_programs_of_visitors_read_no_names(world: World, as_: As) -> None:
    refused = made(State.REFUSED, started_by=world.administrator)
    address = f"/api/v1/classifier/runs/{refused.pk}/"
    outside, inside = (as_(who).get(address) for who in ("volunteer", "moderator"))
    assert "volunteer" not in outside.content.decode()
    assert outside.json()["metrics"]["after"]["accuracy"] == 0.9
    assert inside.json()["metrics"]["people"][0]["name"] == "volunteer"
    assert inside.json()["started_by"] == "administrator"
    assert "learning from" in inside.json()["log"]
    assert as_("volunteer").get(f"{address}release/").status_code == 403
    assert as_("moderator").get(f"{address}release/").json()[0]["told_by"] == ["volunteer"]
