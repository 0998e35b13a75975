"""Papers come in, wait, are read or fail; nothing is doubled, nothing hangs."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from extraction import services
from extraction.models import Figure, Hyperparameter, Paper, Reading
from tests.builders import LENET, lenet, make_paper, pdf_bytes, read, read_result

pytestmark = pytest.mark.django_db


def states(paper: Paper) -> list[tuple[str, str]]:
    return list(paper.events.values_list("before", "after"))


def stored(paper: Paper) -> bytes:
    with paper.file.open("rb") as file:
        content: bytes = file.read()
    return content


def test_an_upload_waits_to_be_read(volunteer: User) -> None:
    paper, new = services.add_paper(file=io.BytesIO(pdf_bytes()), name="net.pdf", uploaded_by=volunteer)
    assert new
    assert paper.state == Paper.State.QUEUED
    assert paper.uploaded_by == volunteer
    assert stored(paper) == pdf_bytes()
    assert states(paper) == [("", "queued")]


def test_the_same_file_again_is_the_same_paper_whatever_its_name(volunteer: User) -> None:
    first, _ = services.add_paper(file=io.BytesIO(pdf_bytes()), name="one.pdf", uploaded_by=volunteer)
    second, new = services.add_paper(file=io.BytesIO(pdf_bytes()), name="two.pdf", uploaded_by=None)
    assert (second.pk, new) == (first.pk, False)
    assert Paper.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 a zip", "is not a PDF"),
        (b"x" * 2000 + b"%PDF-1.4", "is not a PDF"),
        (b"%PDF-1.4" + b"\0" * (2 << 20), "larger than 1 MB"),
    ],
)
def test_what_is_no_paper_is_refused_with_the_reason(content: bytes, message: str, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1 << 20
    with pytest.raises(services.UploadError, match=message):
        services.add_paper(file=io.BytesIO(content), name="net.pdf", uploaded_by=None)
    assert not Paper.objects.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\papers\\net.pdf", "net.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("", "paper.pdf"),
        ("n" * 400, "n" * 255),
    ],
)
def test_a_strangers_file_name_is_no_path(name: str, kept: str) -> None:
    paper, _ = services.add_paper(file=io.BytesIO(pdf_bytes()), name=name, uploaded_by=None)
    assert paper.file_name == kept
    assert paper.file.name == f"papers/{paper.sha256[:2]}/{paper.sha256}.pdf"


def test_one_person_can_not_fill_the_queue(volunteer: User, settings: Any) -> None:
    settings.MAX_WAITING_PAPERS = 2
    make_paper("one", uploaded_by=volunteer)
    make_paper("two", uploaded_by=volunteer)
    with pytest.raises(services.UploadError, match="2 of your papers are still waiting"):
        make_paper("three", uploaded_by=volunteer)


def test_a_file_that_was_cut_short_is_stored_whole_the_next_time(settings: Any) -> None:
    import hashlib

    sha256 = hashlib.sha256(pdf_bytes()).hexdigest()
    path = Path(settings.MEDIA_ROOT) / "papers" / sha256[:2] / f"{sha256}.pdf"
    path.parent.mkdir(parents=True)
    path.write_bytes(pdf_bytes()[:5])
    paper = make_paper()
    assert stored(paper) == pdf_bytes()


def test_reading_stores_everything_at_once(tmp_path: Path) -> None:
    paper = read(make_paper(), tmp_path, [LENET, lenet(c1={"filters": 16})])
    assert paper.state == Paper.State.READ
    assert paper.title == "Gradient-based learning"
    assert states(paper) == [("", "queued"), ("queued", "reading"), ("reading", "read")]
    first, second = Figure.objects.filter(paper=paper)
    assert (first.width, first.height) == (160, 24)
    assert second.readings.get().flow["layers"][1]["params"]["filters"] == 16
    assert first.readings.get().outline == {
        "count": 4,
        "types": ["Input", "Conv2D", "MaxPooling2D", "Dense"],
        "skips": [],
    }
    assert Hyperparameter.objects.get(paper=paper).value == 128


def test_a_result_that_can_not_be_stored_leaves_nothing_behind(tmp_path: Path) -> None:
    from extraction.storing import store_result

    paper = services.claim_paper(paper_id=make_paper().pk)
    assert paper is not None
    result = read_result(tmp_path, [LENET, LENET])
    result["figures"][1]["flow_probability"] = None
    with pytest.raises(Exception, match="flow_probability"):
        store_result(paper=paper, result=result, folder=tmp_path)
    assert not Figure.objects.exists()
    assert not Reading.objects.exists()
    assert Paper.objects.get().state == Paper.State.READING


def test_a_paper_is_taken_once() -> None:
    paper = make_paper()
    assert services.claim_paper(paper_id=paper.pk) is not None
    assert services.claim_paper(paper_id=paper.pk) is None


def test_a_worker_taken_for_dead_changes_nothing_any_more(tmp_path: Path) -> None:
    from extraction.storing import store_result

    paper = make_paper()
    slow = services.claim_paper(paper_id=paper.pk)
    assert slow is not None
    Paper.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    assert services.requeue_stale() == 1
    quick = services.claim_paper(paper_id=paper.pk)
    assert quick is not None
    with pytest.raises(services.LostClaim):
        services.report_progress(paper=slow, stage="reading page", done=1, total=2)
    with pytest.raises(services.LostClaim):
        store_result(paper=slow, result=read_result(tmp_path, [LENET]), folder=tmp_path)
    services.fail_paper(paper=slow, message="too late")
    paper.refresh_from_db()
    assert paper.state == Paper.State.READING
    store_result(paper=quick, result=read_result(tmp_path, [LENET]), folder=tmp_path)
    assert Reading.objects.count() == 1


def test_a_paper_that_kills_its_worker_each_time_is_given_up_with_a_message() -> None:
    paper = make_paper()
    for _ in range(3):
        claimed = services.claim_paper(paper_id=paper.pk)
        assert claimed is not None
        services.report_progress(paper=claimed, stage="reading page", done=3, total=9)
        Paper.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
        services.requeue_stale()
    paper.refresh_from_db()
    assert paper.state == Paper.State.FAILED
    assert "3 times" in paper.message
    assert "reading page" in paper.message


def test_the_sweep_leaves_the_living_alone() -> None:
    claimed = services.claim_paper(paper_id=make_paper("reading").pk)
    make_paper("waiting")
    assert services.requeue_stale() == 0
    assert claimed is not None
    claimed.refresh_from_db()
    assert claimed.state == Paper.State.READING


def test_a_lost_message_is_sent_again(django_capture_on_commit_callbacks: Any) -> None:
    make_paper()
    Paper.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    with django_capture_on_commit_callbacks() as sent:
        assert services.requeue_stale() == 1
    assert len(sent) == 1
    assert services.requeue_stale() == 0


def test_a_failed_paper_can_be_tried_again_once(volunteer: User) -> None:
    claimed = services.claim_paper(paper_id=make_paper().pk)
    assert claimed is not None
    services.fail_paper(paper=claimed, message="The file is encrypted.")
    claimed.refresh_from_db()
    assert (claimed.state, claimed.message) == (Paper.State.FAILED, "The file is encrypted.")
    assert services.retry_paper(paper=claimed, actor=volunteer)
    assert not services.retry_paper(paper=claimed, actor=volunteer)
    claimed.refresh_from_db()
    assert (claimed.state, claimed.message) == (Paper.State.QUEUED, "")
    assert claimed.events.last().actor == volunteer


def test_read_again_a_paper_keeps_its_earlier_readings(tmp_path: Path) -> None:
    paper = read(make_paper(), tmp_path / "first", [LENET])
    Paper.objects.update(state=Paper.State.QUEUED)
    read(paper, tmp_path / "second", [lenet(c1={"filters": 7})])
    assert Figure.objects.count() == 1
    filters = [reading.flow["layers"][1]["params"]["filters"] for reading in Reading.objects.order_by("pk")]
    assert filters == [6, 7]


def test_a_network_in_which_nothing_was_found_starts_from_an_empty_sheet(tmp_path: Path) -> None:
    from extraction.storing import store_result

    paper = services.claim_paper(paper_id=make_paper().pk)
    assert paper is not None
    result = read_result(tmp_path, [LENET])
    result["figures"][0]["flow"] = None
    store_result(paper=paper, result=result, folder=tmp_path)
    reading = Reading.objects.get()
    assert reading.outline["count"] == 0
    assert reading.flow["sources"] == [{"paper": paper.sha256, "page": 1, "figure": "1", "bbox": [50, 60, 210, 84]}]


def test_search_finds_papers_by_every_word(tmp_path: Path) -> None:
    from extraction.selectors import papers

    paper = read(make_paper(), tmp_path, title="Über tiefe Netze", authors=["Kunihiko Fukushima"])
    make_paper("other")
    assert list(papers(search="ÜBER fukushima")) == [paper]
    assert list(papers(search="über hinton")) == []
    assert papers(search="lenet").get().flow_count == 1


def test_signs_that_no_database_takes_are_replaced(tmp_path: Path) -> None:
    bad = "Deep\x00Nets\ud800"
    flow = lenet()
    flow["layers"][1]["label"] = flow["name"] = bad
    hyperparameter = {"name": "optimizer", "value": bad, "page": 1, "sentence": bad}
    paper = read(make_paper(), tmp_path, [flow], title=bad, authors=[bad], hyperparameters=[hyperparameter])
    assert paper.title == "Deep\ufffdNets\ufffd"
    assert Reading.objects.get().flow["layers"][1]["label"] == "Deep\ufffdNets\ufffd"
    assert Hyperparameter.objects.get().value == "Deep\ufffdNets\ufffd"
