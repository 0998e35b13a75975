"""A data set is the same however it is made, whatever stops it, and in whatever form it is given on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from django.core.management import CommandError, call_command

from dlp2c_site.celery import app
from extraction import jobs
from extraction.flow.model import load as load_flow
from extraction.simulate import Recipe, plan, run, shards
from extraction.simulate.export import ExportError, export
from extraction.simulate.plan import Plan, PlanError
from tests.simulate import dying

ROOT = Path(__file__).resolve().parents[2]
PLAN = Plan(Recipe("poster", 4, (5, 8)), 12, ("keras",), ("keras",))


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SHARD", 4)


def made(folder: Path, jobs: int, what: Plan = PLAN) -> dict[str, str]:
    """Fill a folder; gives the hash of every file of a design."""
    plan.keep(folder, what, resume=(folder / plan.FILE).exists())
    run.run(folder, what, jobs)
    assert shards.finish(folder, what).valid == what.count
    return hashes(folder)


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "SHARD", 4)
        folder = tmp_path_factory.mktemp("simulated")
        made(folder, 1)
        yield folder


def test_the_manifest_tells_of_every_file(finished: Path) -> None:
    found = hashes(finished)
    told = {}
    for row in shards.rows(finished):
        told |= dict(shards.files_of(row, PLAN))
        assert (row["valid"], row["keras_width"] != "") == ("1", True)
        flow = load_flow(finished / f"{row['id']}.flow.json")
        assert (len(flow.layers), len(flow.connections)) == (int(row["layers"]), int(row["connections"]))
        assert json.loads(row["keras_options"])["dpi"] >= 52
    assert told == {name: found[name] for name in found if name not in (plan.FILE, shards.MANIFEST)}
    assert len(told) == 12 * 4


def test_two_processes_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    assert made(tmp_path / "two", 2) == hashes(finished)


def test_what_was_killed_goes_on(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    plan.keep(folder, PLAN, resume=False)
    program = (
        "from pathlib import Path; from extraction.simulate import plan, run; plan.SHARD = 4\n"
        f"if __name__ == '__main__': run.run(Path({str(folder)!r}), plan.load(Path({str(folder)!r})), 1)"
    )
    script = tmp_path / "killed.py"
    script.write_text(program)
    process = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not list((folder / shards.PARTS).glob("*.csv")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(list((folder / shards.PARTS).glob("*.csv")))
    assert done >= 1
    with pytest.raises(PlanError, match="--resume"):
        plan.keep(folder, PLAN, resume=False)
    assert made(folder, 1) == hashes(finished)


def test_a_design_that_ends_its_process_gets_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_work", dying.work)
    plan.keep(tmp_path, PLAN, resume=False)
    run.run(tmp_path, PLAN, 1)
    result = shards.finish(tmp_path, PLAN)
    assert (result.designs, result.valid, result.pictures) == (12, 12, {"keras": 11})
    row = next(row for row in shards.rows(tmp_path) if row["index"] == "5")
    assert "ended its process" in json.loads(row["keras_options"])["missing"]
    assert [name for name, _ in shards.files_of(row, PLAN)] == [f"{row['id']}.flow.json", f"{row['id']}.keras.py"]


def test_workers_fill_shards_and_one_that_is_sent_twice_is_done_once(finished: Path, tmp_path: Path) -> None:
    plan.keep(tmp_path, PLAN, resume=False)
    for start in (8, 0, 4, 0):
        jobs.simulate_shard(str(tmp_path), start)
    shards.finish(tmp_path, PLAN)
    assert hashes(tmp_path) == hashes(finished)


@pytest.fixture
def worker() -> Iterator[None]:
    """Jobs are done as they are sent."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.mark.usefixtures("worker")
def test_the_command_lets_workers_do_it(finished: Path, tmp_path: Path) -> None:
    call_command(
        "simulate", count=12, seed=4, depth=(5, 8), pictures=("keras",), code=("keras",), out=tmp_path, queue=True
    )
    assert hashes(tmp_path) == hashes(finished)


def test_the_command_says_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments: dict[str, Any] = {"count": 9, "seed": 3, "out": tmp_path / "a", "depth": (5, 7), "jobs": 1}
    call_command("simulate", **arguments, pictures=(), code=("keras", "caffe"))
    output = capsys.readouterr().out
    assert "9 of 9 designs valid, 0 duplicates" in output
    assert "designs a second and core in memory" in output
    manifest = (tmp_path / "a" / shards.MANIFEST).read_text()
    refused = [row["refused"] for row in csv.DictReader(io.StringIO(manifest)) if row["caffe_code_sha256"] == ""]
    assert refused
    assert all("Caffe" in json.loads(text)["caffe"] for text in refused)
    with pytest.raises(CommandError, match="another plan"):
        call_command("simulate", **{**arguments, "seed": 4}, pictures=(), resume=True)
    call_command("simulate", **{**arguments, "count": 11}, pictures=(), resume=True, json=True)
    assert json.loads(capsys.readouterr().out)["designs"] == 11
    for wrong in ({"pictures": ("oil",)}, {"depth": (3, 9)}, {"count": 0}, {"jobs": 0}):
        with pytest.raises(CommandError, match=r"oil|depths|count|--jobs"):
            call_command("simulate", **{**arguments, "out": tmp_path / "b", **wrong})


def test_others_get_tar_files_with_all_of_a_design(finished: Path, tmp_path: Path) -> None:
    written = export(finished, tmp_path / "one", "webdataset", size=5)
    assert [path.name for path in written] == [
        "designs-000000.tar", "designs-000001.tar", "designs-000002.tar", "manifest.csv", "croissant.json",
    ]  # fmt: skip
    with tarfile.open(written[1]) as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]  # it holds files alone
    assert len({name.partition(".")[0] for name in members}) == 5
    for name, data in members.items():
        assert data == (finished / name).read_bytes()
    again = export(finished, tmp_path / "two", "webdataset", size=5)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]
    description = json.loads(written[-1].read_text())
    by_name = {item["name"]: item for item in description["distribution"]}
    assert by_name["designs-000001.tar"]["sha256"] == hashlib.sha256(written[1].read_bytes()).hexdigest()
    assert by_name["keras-pictures"]["includes"] == "*.keras.png"


def test_others_get_parquet_that_arrow_reads(finished: Path, tmp_path: Path) -> None:
    written = export(finished, tmp_path, "parquet", size=7)
    tables = [pyarrow.parquet.read_table(path) for path in written if path.suffix == ".parquet"]
    assert [table.num_rows for table in tables] == [7, 5]
    rows = [row for table in tables for row in table.to_pylist()]
    for row in rows:
        assert row["image"]["bytes"] == (finished / row["image"]["path"]).read_bytes()
        assert row["flow"] == (finished / f"{row['id']}.{row['look']}.flow.json").read_text()
        assert row["keras"] == (finished / f"{row['id']}.keras.py").read_text()
        assert row["caffe"] == ""
    assert {row["depth"] for row in rows} == {5, 6, 7, 8}


def test_a_file_that_has_changed_is_not_given_on(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no simulated designs"):
        export(tmp_path, tmp_path / "out", "webdataset")
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in finished.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    victim = next(copy.glob("*.keras.png"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(ExportError, match=victim.name):
        export(copy, tmp_path / "out", "webdataset")
    (copy / shards.MANIFEST).unlink()
    with pytest.raises(CommandError, match="not finished"):
        call_command("export_simulated", str(copy), out=tmp_path / "out")
