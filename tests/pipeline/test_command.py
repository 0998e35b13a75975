"""`manage.py read_paper`: a line for each paper, a message for each that fails, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from extraction.management.commands.read_paper import folders
from tests.pipeline.papers import small_paper

ROOT = Path(__file__).resolve().parents[2]


def read_paper(*arguments):
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "read_paper", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Three papers at once, one of them broken."""
    folder = tmp_path_factory.mktemp("papers")
    good = [small_paper(folder / "first.pdf"), small_paper(folder / "second.pdf")]
    bad = folder / "broken.pdf"
    bad.write_bytes(good[0].read_bytes()[:900])
    return read_paper(good[0], bad, good[1], "--out", folder / "out", "--jobs", 2), folder


def test_a_broken_paper_is_named_and_the_others_go_on(done):
    run, folder = done
    lines = {Path(line["paper"]).name: line for line in map(json.loads, run.stdout.splitlines())}
    assert set(lines) == {"first.pdf", "second.pdf", "broken.pdf"}
    assert lines["first.pdf"]["ok"]
    assert lines["second.pdf"]["ok"]
    assert not lines["broken.pdf"]["ok"]
    assert "truncated" in lines["broken.pdf"]["error"]
    assert f"{folder / 'broken.pdf'}: The PDF is truncated" in run.stderr
    assert run.returncode == 1


def test_each_paper_has_a_folder_with_its_reading(done):
    _, folder = done
    for name in ("first", "second"):
        assert json.loads((folder / "out" / name / "paper.json").read_text())["figures"]
    assert not (folder / "out" / "broken").exists()


def test_progress_is_told_on_stderr_alone(done):
    run, _ = done
    assert "first.pdf: reading pages (1 of 1)" in run.stderr
    assert all(line.startswith("{") for line in run.stdout.splitlines())


def test_papers_of_the_same_name_do_not_share_a_folder():
    papers = [Path("a/paper.pdf"), Path("b/paper.pdf"), Path("b/Paper.pdf")]
    assert folders(papers, Path("out")) == [Path("out/paper"), Path("out/paper-2"), Path("out/Paper-3")]


def test_nonsense_gets_a_message(tmp_path):
    run = read_paper(tmp_path / "gone.pdf", "--out", tmp_path / "out", "--jobs", 0)
    assert run.returncode == 1
    assert "--jobs must be 1 or more" in run.stderr
