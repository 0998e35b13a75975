"""The whole path over the API: upload, task, draft, answer, decision, code."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from annotations.models import Artifact, Download, GoldFlow, Lease, Request, Task
from annotations.services.gold import claim_artifact, finish_artifact
from annotations.services.review import decide
from extraction.models import Paper
from tests.builders import LENET, answer, lenet, make_paper, make_task, pdf_bytes, read

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def upload(client: APIClient, content: bytes, name: str = "net.pdf") -> Any:
    return client.post(f"{V1}/papers/", {"file": SimpleUploadedFile(name, content)}, format="multipart")


def gold_flow(folder: Path, user: User, moderator: User) -> GoldFlow:
    """A gold flow whose Keras code ran, whose Caffe code was refused, and whose PyTorch code is on its way."""
    task = make_task(folder)
    decide(submission=answer(task, user), moderator=moderator, decision="approve")
    gold = GoldFlow.objects.get()
    proofs: dict[str, dict[str, Any]] = {
        "keras": {
            "state": "verified",
            "source": "import keras\n",
            "filename": "keras.py",
            "proof": {"ok": True, "parameters": 11926, "versions": {"keras": "3.15.0"}},
        },
        "caffe": {"state": "refused", "message": "Caffe has no such layer", "layer": "c1"},
    }
    for framework, values in proofs.items():
        artifact = claim_artifact(artifact_id=gold.artifacts.get(framework=framework).pk, attempt=0)
        assert artifact is not None
        assert finish_artifact(artifact=artifact, **values)
    return gold


# --- Papers -----------------------------------------------------------------------------------------------------------


def test_uploading_and_following_a_paper(api: APIClient, volunteer: User, tmp_path: Path) -> None:
    first = upload(api, pdf_bytes())
    assert first.status_code == 201
    assert first.data["state"] == "queued"
    again = upload(api, pdf_bytes(), "again.pdf")
    assert (again.status_code, again.data["id"]) == (200, first.data["id"])
    paper = Paper.objects.get()
    assert paper.uploaded_by == volunteer
    read(paper, tmp_path)
    detail = api.get(f"{V1}/papers/{paper.pk}/").data
    assert detail["state"] == "read"
    assert detail["hyperparameters"][0]["value"] == 128
    (figure,) = detail["figures"]
    image = api.get(figure["image_url"])
    assert image.headers["Content-Type"] == "image/png"
    assert b"".join(image.streaming_content).startswith(b"\x89PNG")
    assert api.get(f"{V1}/readings/{figure['readings'][0]}/").data["flow"]["layers"][1]["type"] == "Conv2D"
    assert api.get(f"{V1}/papers/{paper.pk}/figures/").data["count"] == 1
    assert api.get(f"{V1}/papers/{paper.pk}/readings/").data["count"] == 1


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"GIF89a", "is not a PDF")])
def test_a_bad_file_gets_a_sentence(api: APIClient, content: bytes, words: str) -> None:
    answer = upload(api, content)
    assert answer.status_code == 400
    assert words in answer.data["detail"]


def test_a_visitor_reads_but_does_not_upload(visitor: APIClient, tmp_path: Path) -> None:
    assert upload(visitor, pdf_bytes()).status_code in {401, 403}
    read(make_paper(), tmp_path)
    found = visitor.get(f"{V1}/papers/", {"search": "gradient"}).data
    assert [row["title"] for row in found["results"]] == ["Gradient-based learning"]
    assert visitor.get(f"{V1}/papers/", {"search": "unheard"}).data["count"] == 0


def test_a_failed_paper_is_tried_again_by_its_uploader(api: APIClient, mod: APIClient, volunteer: User) -> None:
    paper = make_paper(uploaded_by=None)
    Paper.objects.update(state="failed")
    assert api.post(f"{V1}/papers/{paper.pk}/retry/").status_code == 403
    assert mod.post(f"{V1}/papers/{paper.pk}/retry/").data["state"] == "queued"
    again = mod.post(f"{V1}/papers/{paper.pk}/retry/")
    assert (again.status_code, again.data["detail"]) == (
        409,
        "This paper is waiting. Only one that failed is tried again.",
    )


# --- Tasks ------------------------------------------------------------------------------------------------------------


def test_from_the_next_task_to_code(api: APIClient, mod: APIClient, tmp_path: Path) -> None:
    make_task(tmp_path)
    assert api.get(f"{V1}/tasks/").data["count"] == 1
    given = api.post(f"{V1}/tasks/next/").data
    assert given["chosen_by"] == "priority"
    assert given["lease"]["expires_at"]
    assert set(given) == {
        "id", "kind", "state", "retired", "field", "difficulty", "paper", "figure", "reading", "draft", "lease",
        "returned", "chosen_by",
    }  # fmt: skip
    task = f"{V1}/tasks/{given['id']}"
    saved = api.put(f"{task}/draft/", {"flow": lenet(c1={"filters": 8}), "revision": 0}).data
    assert saved["revision"] == 1
    assert saved["lease"]["expires_at"]
    assert api.get(f"{task}/").data["draft"]["flow"]["layers"][1]["params"]["filters"] == 8
    sent = {"flow": lenet(c1={"filters": 8}), "key": str(uuid.uuid4()), "comment": "done"}
    first, second = (api.post(f"{task}/submit/", sent) for _ in range(2))
    assert first.status_code == 200
    assert first.data == second.data
    assert mod.get(f"{V1}/review/").data["count"] == 1, "a moderator needn't wait for more answers"
    review = f"{V1}/review/{given['id']}"
    (shown,) = mod.get(f"{review}/").data["answers"]
    assert shown["user"] == "volunteer"
    assert [layer["kind"] for layer in shown["from_reading"]["layers"]].count("changed") == 1
    decision = {"submission": first.data["submission"], "decision": "approve"}
    decided = mod.post(f"{review}/decide/", decision)
    assert decided.data == mod.post(f"{review}/decide/", decision).data
    assert api.get(f"{V1}/networks/").data["count"] == 1
    assert api.post(f"{V1}/tasks/next/").status_code == 204


def test_a_stale_draft_is_a_conflict_that_names_the_revision(api: APIClient, tmp_path: Path) -> None:
    task = make_task(tmp_path)
    api.put(f"{V1}/tasks/{task.pk}/draft/", {"flow": LENET, "revision": 0})
    stale = api.put(f"{V1}/tasks/{task.pk}/draft/", {"flow": lenet(c1={"filters": 9}), "revision": 0})
    assert (stale.status_code, stale.data["revision"], stale.data["code"]) == (409, 1, "stale_draft")
    assert "another window" in stale.data["detail"]


def test_a_lost_lease_ends_the_work_and_keeps_the_draft(
    api: APIClient, make_user: Any, client_of: Any, tmp_path: Path, settings: Any
) -> None:
    settings.ANSWERS_FIRST = settings.ANSWERS_LIMIT = 1
    task = f"{V1}/tasks/{make_task(tmp_path).pk}"
    api.put(f"{task}/draft/", {"flow": LENET, "revision": 0})
    Lease.objects.update(expires_at="2020-01-01T00:00Z")
    client_of(make_user("other")).post(f"{task}/lease/")
    lost = api.put(f"{task}/draft/", {"flow": lenet(c1={"filters": 9}), "revision": 1})
    assert lost.status_code == 409
    assert lost.data["code"] == "lease_lost"
    assert "revision" not in lost.data, "nothing is stale"
    assert api.get(f"{task}/").data["draft"]["revision"] == 2
    beat = api.post(f"{task}/heartbeat/")
    assert (beat.status_code, beat.data["code"]) == (409, "lease_lost")
    assert api.post(f"{task}/submit/", {"flow": LENET, "key": str(uuid.uuid4())}).status_code == 409


def test_nothing_of_another_volunteer_shows_in_a_task(
    api: APIClient, client_of: Any, make_user: Any, tmp_path: Path
) -> None:
    task = make_task(tmp_path)
    other = client_of(make_user("other"))
    other.put(f"{V1}/tasks/{task.pk}/draft/", {"flow": lenet(c1={"filters": 987654}), "revision": 0})
    other.post(f"{V1}/tasks/{task.pk}/submit/", {"flow": lenet(c1={"filters": 987654}), "key": str(uuid.uuid4())})
    shown = api.get(f"{V1}/tasks/{task.pk}/")
    assert "987654" not in shown.content.decode()
    assert shown.data["draft"] is None
    assert "987654" not in api.post(f"{V1}/tasks/next/").content.decode()


def test_skipping_and_giving_back(api: APIClient, tmp_path: Path) -> None:
    task = make_task(tmp_path)
    api.post(f"{V1}/tasks/{task.pk}/lease/")
    assert api.post(f"{V1}/tasks/{task.pk}/release/").status_code == 204
    assert Lease.objects.get().state == "released"
    bad = api.post(f"{V1}/tasks/{task.pk}/skip/", {"reason": "bored"})
    assert bad.status_code == 400
    assert bad.data["detail"].startswith("reason: ")
    assert api.post(f"{V1}/tasks/{task.pk}/skip/", {"reason": "too_hard"}).status_code == 204
    assert api.get(f"{V1}/tasks/").data["count"] == 0
    (skipped,) = api.get(f"{V1}/tasks/skipped/").data["results"]
    assert (skipped["id"], skipped["reason"]) == (task.pk, "too_hard")
    again = api.post(f"{V1}/tasks/next/").data
    assert (again["id"], again["chosen_by"]) == (task.pk, "skipped")
    assert api.get(f"{V1}/tasks/skipped/").data["count"] == 0


def test_a_sign_of_life_renews_the_lease_and_makes_none(api: APIClient, tmp_path: Path) -> None:
    task = f"{V1}/tasks/{make_task(tmp_path).pk}"
    assert api.post(f"{task}/heartbeat/").status_code == 409
    first = api.post(f"{task}/lease/").data
    later = api.post(f"{task}/heartbeat/").data
    assert later["id"] == first["id"]
    assert later["expires_at"] > first["expires_at"]
    assert api.post(f"{task}/release/", {"until": first["expires_at"]}).status_code == 204
    assert Lease.objects.get().state == "open", "it was renewed beyond that time"
    assert api.post(f"{task}/release/", {"until": "soon"}).status_code == 400
    assert api.post(f"{task}/release/", {"until": later["expires_at"]}).status_code == 204
    assert Lease.objects.get().state == "released"


@pytest.mark.parametrize("query", ["?field=language&difficulty=1", "?kind=correct", "?paper={paper}"])
def test_one_asks_for_what_one_wants_to_work_on(api: APIClient, tmp_path: Path, query: str) -> None:
    make_task(tmp_path, text="another")
    task = make_task(tmp_path, text="wanted")
    Task.objects.filter(pk=task.pk).update(field="language")
    Task.objects.exclude(pk=task.pk).update(difficulty=1, priority=0)
    address = query.format(paper=task.paper_id)
    assert api.get(f"{V1}/tasks/{address}").data["results"][0]["id"] == task.pk
    assert api.post(f"{V1}/tasks/next/{address}").data["id"] == task.pk
    nothing = api.post(f"{V1}/tasks/next/", {"field": "audio"})
    assert nothing.status_code == 204


@pytest.mark.parametrize(
    ("query", "words"), [("field=art", "field: choose one of"), ("difficulty=4", "from 1 to 3"), ("paper=x", "whole")]
)
def test_a_wish_that_makes_no_sense_is_said(api: APIClient, query: str, words: str) -> None:
    for call, address in ((api.get, "tasks/"), (api.post, "tasks/next/")):
        response = call(f"{V1}/{address}?{query}")
        assert response.status_code == 400
        assert words in response.data["detail"]


def test_code_is_asked_for_and_why_no_more_answers_are_is_told(api: APIClient, tmp_path: Path) -> None:
    task = make_task(tmp_path)
    address = f"{V1}/figures/{task.figure_id}/request/"
    assert [api.post(address).status_code for _ in range(2)] == [204, 204]
    assert Request.objects.count() == 1
    Task.objects.update(state="closed", retired="unreadable")
    (figure,) = api.get(f"{V1}/papers/{task.paper_id}/").data["figures"]
    told = {"id": task.pk, "kind": "correct", "state": "closed", "retired": "unreadable"}
    assert [dict(row) for row in figure["tasks"]] == [told]
    assert api.get(f"{V1}/tasks/{task.pk}/").data["retired"] == "unreadable"


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ({"layers": [{"id": "a"}]}, "layers[0].type"),
        ({"layers": "no"}, "layers: must be a list"),
        ([], "the flow"),
        ({"format": "other"}, "format"),
    ],
)
def test_a_flow_of_the_wrong_form_gets_the_place(api: APIClient, tmp_path: Path, flow: Any, words: str) -> None:
    task = make_task(tmp_path)
    for address, extra in (("draft", {"revision": 0}), ("submit", {"key": str(uuid.uuid4())})):
        call = api.put if address == "draft" else api.post
        response = call(f"{V1}/tasks/{task.pk}/{address}/", {"flow": flow, **extra})
        assert response.status_code == 400
        assert words in response.data["detail"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "tasks/"),
        ("post", "tasks/next/"),
        ("get", "tasks/{task}/"),
        ("post", "tasks/{task}/lease/"),
        ("put", "tasks/{task}/draft/"),
        ("post", "tasks/{task}/submit/"),
        ("post", "tasks/{task}/skip/"),
        ("post", "tasks/{task}/release/"),
        ("post", "tasks/{task}/heartbeat/"),
        ("get", "tasks/skipped/"),
        ("post", "figures/1/request/"),
        ("get", "review/"),
        ("get", "review/{task}/"),
        ("post", "review/{task}/decide/"),
        ("post", "flows/check/"),
        ("post", "flows/preview/"),
    ],
)
def test_visitors_are_asked_to_sign_in(visitor: APIClient, tmp_path: Path, method: str, address: str) -> None:
    response = getattr(visitor, method)(f"{V1}/{address.format(task=make_task(tmp_path).pk)}")
    assert response.status_code in {401, 403}
    assert response.data["detail"]


@pytest.mark.parametrize("address", ["review/", "review/{task}/", "review/{task}/decide/"])
def test_volunteers_do_not_review(api: APIClient, tmp_path: Path, address: str) -> None:
    url = f"{V1}/{address.format(task=make_task(tmp_path).pk)}"
    response = api.post(url) if "decide" in address else api.get(url)
    assert (response.status_code, response.data["detail"]) == (403, "Only moderators decide about answers.")


def test_moderators_close_and_reopen(api: APIClient, mod: APIClient, tmp_path: Path) -> None:
    task = f"{V1}/tasks/{make_task(tmp_path).pk}"
    assert api.post(f"{task}/close/", {"reason": "no network"}).status_code == 403
    assert mod.post(f"{task}/close/", {"reason": ""}).status_code == 400
    assert mod.post(f"{task}/close/", {"reason": "no network"}).status_code == 204
    assert api.post(f"{task}/lease/").status_code == 403
    assert mod.post(f"{task}/close/", {"reason": "no network"}).status_code == 409
    assert mod.post(f"{task}/reopen/", {"reason": "it is one"}).status_code == 204
    assert api.post(f"{task}/lease/").status_code == 200


# --- Networks ---------------------------------------------------------------------------------------------------------


def test_networks_are_found_by_name_and_layer(
    visitor: APIClient, volunteer: User, moderator: User, tmp_path: Path
) -> None:
    gold_flow(tmp_path, volunteer, moderator)
    for query, count in [
        ({"search": "lenet"}, 1),
        ({"search": "lovelace"}, 1),
        ({"search": "resnet"}, 0),
        ({"layer": "conv2d"}, 1),
        ({"layer": ["Conv2D", "LSTM"]}, 0),
        ({"verified": "true"}, 1),
    ]:
        assert visitor.get(f"{V1}/networks/", query).data["count"] == count, query


def test_only_code_that_ran_is_given_away(visitor: APIClient, volunteer: User, moderator: User, tmp_path: Path) -> None:
    gold = gold_flow(tmp_path, volunteer, moderator)
    code = visitor.get(f"{V1}/networks/{gold.number}/code/keras/").data
    assert (code["filename"], code["source"], code["proof"]["parameters"]) == (
        "lenet_keras.py",
        "import keras\n",
        11926,
    )
    for framework in ("caffe", "pytorch", "cobol"):
        assert visitor.get(f"{V1}/networks/{gold.number}/code/{framework}/").status_code == 404
    file = visitor.get(f"/networks/{gold.number}/keras/")
    assert file.content == b"import keras\n"
    assert file.headers["Content-Disposition"] == 'attachment; filename="lenet_keras.py"'
    assert visitor.get(f"/networks/{gold.number}/caffe/").status_code == 404


def test_downloads_are_counted_and_nothing_of_who_fetched_them(
    visitor: APIClient, volunteer: User, moderator: User, tmp_path: Path
) -> None:
    gold = gold_flow(tmp_path, volunteer, moderator)
    for address in ("keras/", "keras/", "caffe/"):
        visitor.get(f"/networks/{gold.number}/{address}")
    visitor.head(f"/networks/{gold.number}/keras/")
    visitor.get(f"{V1}/networks/{gold.number}/code/keras/")
    visitor.get(f"/networks/{gold.number}.zip")
    assert dict(Download.objects.values_list("what", "count")) == {"keras": 3, "zip": 1}
    assert {field.name for field in Download._meta.fields} == {"id", "gold", "what", "day", "count"}


def test_the_zip_holds_what_ran_and_where_it_comes_from(
    visitor: APIClient, volunteer: User, moderator: User, tmp_path: Path
) -> None:
    gold = gold_flow(tmp_path, volunteer, moderator)
    response = visitor.get(f"/networks/{gold.number}.zip")
    assert response.content == visitor.get(f"{V1}/networks/{gold.number}/zip/").content
    with zipfile.ZipFile(io.BytesIO(response.content)) as file:
        names = {name.partition("/")[2] for name in file.namelist()}
    assert names == {
        "README.md", "flow.json", "lenet_keras.py", "proof_keras.json", "PROVENANCE.json", "CITATION.bib",
        "CITATION.cff", "requirements.txt",
    }  # fmt: skip


def test_a_network_that_did_not_change_is_not_sent_again(
    visitor: APIClient, volunteer: User, moderator: User, tmp_path: Path
) -> None:
    gold = gold_flow(tmp_path, volunteer, moderator)
    first = visitor.get(f"{V1}/networks/{gold.number}/")
    assert first.data["provenance"]["corrected_by"] == [{"person": "volunteer"}]
    tag = first.headers["ETag"]
    assert visitor.get(f"{V1}/networks/{gold.number}/", HTTP_IF_NONE_MATCH=tag).status_code == 304
    artifact = claim_artifact(artifact_id=gold.artifacts.get(framework="pytorch").pk, attempt=0)
    assert artifact is not None
    finish_artifact(artifact=artifact, state=Artifact.State.FAILED, message="no")
    assert visitor.get(f"{V1}/networks/{gold.number}/", HTTP_IF_NONE_MATCH=tag).status_code == 200
    assert visitor.get(f"{V1}/networks/999999/").status_code == 404
