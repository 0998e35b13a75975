"""What is approved goes to training and measuring, in the very form that those read."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from annotations.models import GoldFlow, GoldWithdrawal, ReviewUndo
from annotations.selectors.training import CHECK, DEVELOP, Source, source_of
from annotations.services import training
from annotations.services.review import decide
from extraction.classify.training import DataError, read_all, read_labels
from extraction.flow.model import Flow
from tests.builders import LENET, answer, lenet, make_task

pytestmark = pytest.mark.django_db


def approve(folder: Path, text: str, author: User, moderator: User, flow: dict[str, Any] = LENET) -> Any:
    task = make_task(folder, text=text)
    return decide(submission=answer(task, author, flow), moderator=moderator, decision="approve")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def approved(tmp_path: Path, volunteer: User, moderator: User) -> list[Any]:
    return [approve(tmp_path, f"paper {number}", volunteer, moderator) for number in range(3)]


def test_what_was_approved_is_read_by_the_classifiers_training(approved: list[Any], out: Path) -> None:
    training.export(folder=out)
    figures = read_labels(out / "figures")
    assert figures.kinds.tolist() == ["box2d"] * 3
    assert all(Path(file).is_file() for file in figures.files)
    assert set(figures.parts) <= {DEVELOP, CHECK}
    row = rows(out / "figures" / "labels.csv")[0]
    assert (row["told_by"], row["decided_by"]) == ("volunteer", "moderator")
    assert row["review"] in {str(review.pk) for review in approved}


@pytest.mark.shared
def test_the_readers_are_measured_on_it(
    tmp_path: Path, out: Path, volunteer: User, moderator: User, capsys: Any, benchmark: Path
) -> None:
    approve(tmp_path, "a paper", volunteer, moderator)
    training.export(folder=out)
    (gold,) = (out / "flows" / "gold").iterdir()
    assert Flow.loads(gold.read_bytes()).to_dict() == GoldFlow.objects.get().flow
    call_command("evaluate", "flows", "--benchmark", str(out), "--json")
    measured = json.loads(capsys.readouterr().out)
    assert [part["flows"] for part in measured.values()] == [1]
    assert "?" not in measured


def test_the_manifest_tells_every_file_and_the_same_state_gives_the_same_bytes(approved: list[Any], out: Path) -> None:
    first = training.export(folder=out)
    before = contents(out)
    manifest = json.loads(before.pop("manifest.json"))
    assert manifest["files"] == {path: hashlib.sha256(content).hexdigest() for path, content in before.items()}
    again = training.export(folder=out)
    assert (first.written > 0, again.written, again.removed) == (True, 0, 0)
    training.export(folder=out.with_name("other"))
    assert contents(out.with_name("other")) == contents(out)


def test_what_was_taken_back_or_withdrawn_goes(approved: list[Any], out: Path, moderator: User) -> None:
    training.export(folder=out)
    ReviewUndo.objects.create(review=approved[0], actor=moderator)
    for review in approved[:2]:
        GoldWithdrawal.objects.create(gold=review.gold_flow, actor=moderator, reason="Wrong figure.")
    done = training.export(folder=out)
    assert done.flows == 1
    assert done.removed > 0
    labels = {row["review"] for row in rows(out / "figures" / "labels.csv")}
    assert str(approved[0].pk) not in labels
    assert str(approved[2].pk) in labels
    assert len(list((out / "flows" / "gold").iterdir())) == len(list((out / "flows" / "images").iterdir())) == 1


def test_files_of_others_in_the_folder_stay(approved: list[Any], out: Path) -> None:
    training.export(folder=out)
    mine = out / "figures" / "images" / "mine.png"
    mine.write_bytes(b"mine")
    training.export(folder=out)
    assert mine.read_bytes() == b"mine"


def test_a_manifest_that_somebody_edited_reaches_nothing_outside(approved: list[Any], out: Path) -> None:
    training.export(folder=out)
    outside = out.parent / "precious.txt"
    outside.write_text("keep")
    path = out / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["../precious.txt"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(OSError, match="lies outside"):
        training.export(folder=out)
    assert outside.read_text() == "keep"


def test_an_approval_is_handed_over_and_gives_what_a_full_export_gives(
    approved: list[Any], out: Path, settings: Any, tmp_path: Path, volunteer: User, moderator: User, monkeypatch: Any
) -> None:
    settings.TRAINING_DIR, settings.BENCHMARK_DIR = out, tmp_path / "nowhere"
    training.hand_over()
    monkeypatch.setattr("annotations.selectors.training.OVERLAP", 0)
    new = approve(tmp_path, "one more", volunteer, moderator, lenet(c1={"filters": 9}))
    GoldWithdrawal.objects.create(gold=approved[0].gold_flow, actor=moderator, reason="Wrong.")
    training.catch_up()
    assert GoldFlow.objects.get(review=new).number in {int(row["number"]) for row in rows(out / "flows" / "INDEX.csv")}
    training.export(folder=tmp_path / "full")
    assert contents(out) == contents(tmp_path / "full")


@pytest.mark.django_db(transaction=True)
def test_approving_sends_the_job(tmp_path: Path, volunteer: User, moderator: User, monkeypatch: Any) -> None:
    sent: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **kwargs: sent.append(name))
    approve(tmp_path, "a paper", volunteer, moderator)
    assert training.HAND_OVER in sent


def test_a_paper_keeps_its_part_whatever_else_there_is() -> None:
    papers = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(400)]
    parts = [source_of(sha).part for sha in papers]
    assert parts == [source_of(sha).part for sha in papers]
    assert 0.14 < parts.count(CHECK) / len(parts) < 0.26
    frozen = Source("badrinarayanan-2015-segnet", CHECK)
    assert source_of(papers[0], {papers[0]: frozen}) is frozen


@pytest.mark.shared
def test_papers_of_the_benchmark_keep_the_part_they_have_there(benchmark: Path) -> None:
    known = training.known_sources(benchmark)
    parts = {row["source"]: row["part"] for row in rows(benchmark / "split.csv")}
    assert len(known) > 50
    assert all(parts.get(source.name, CHECK) == source.part for source in known.values())


def test_folders_that_disagree_about_a_source_are_refused(approved: list[Any], out: Path) -> None:
    training.export(folder=out)
    other = out.with_name("other")
    shutil.copytree(out, other)
    flipped = (other / "split.csv").read_text().translate({})
    flipped = "\n".join(
        line.replace(DEVELOP, "x").replace(CHECK, DEVELOP).replace(",x", f",{CHECK}") for line in flipped.splitlines()
    )
    (other / "split.csv").write_text(flipped + "\n")
    with pytest.raises(DataError, match="in the part"):
        read_all([out / "figures", other / "figures"])


@pytest.mark.shared
def test_the_classifier_learns_from_the_benchmark_and_from_what_people_told(
    approved: list[Any], out: Path, benchmark: Path, tmp_path: Path, capsys: Any
) -> None:
    """A small part of the benchmark with the export: the whole of it takes minutes."""
    training.export(folder=out)
    figures = read_labels(benchmark / "figures")
    chosen: list[int] = []
    for part, each in ((DEVELOP, 6), (CHECK, 1)):
        for kind in ("none", "box2d", "box3d"):
            places = np.flatnonzero((figures.parts == part) & (figures.kinds == kind))
            chosen += places[:: max(1, len(places) // each)][:each].tolist()
    small = tmp_path / "small"
    (small / "images").mkdir(parents=True)
    for place in chosen:
        shutil.copy(figures.files[place], small / "images")
    lines = {Path(figures.files[place]).name for place in chosen}
    with (small / "labels.csv").open("w", newline="") as file:
        table = rows(benchmark / "figures" / "labels.csv")
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(row for row in table if row["file"] in lines)
    shutil.copy(benchmark / "split.csv", small / "split.csv")
    head = tmp_path / "head.npz"
    call_command("train_classifier", str(small), str(out / "figures"), "--out", str(head), "--json")
    report = json.loads(capsys.readouterr().out)
    assert head.stat().st_size > 1000
    assert report["develop, cross-validated"]
