"""A crowd at once, in processes that are killed in mid-work: a small run of `bench/volunteers.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import database_url

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
SIZE = {"volunteers": 24, "tasks": 6, "processes": 3, "kills": 4, "seconds": 20, "lease": 2}


def test_nobody_gets_a_place_too_many_and_nothing_is_lost_when_processes_die(tmp_path: Path) -> None:
    options = [part for name, value in SIZE.items() for part in (f"--{name}", str(value))]
    run = subprocess.run(
        [sys.executable, "bench/volunteers.py", "--here", "--json", *options],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "DLP2C_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert run.stdout, run.stderr[-3000:]
    report = json.loads(run.stdout)
    assert report["wrong"] == []
    told = report["run"]
    assert (told["volunteers"], told["killed"], told["over_assigned"]) == (24, 4, 0)
    assert told["answers"] > 0
    assert told["leases_expired"] >= told["left"] > 0, "whoever left for good holds no place any more"
    assert run.returncode == 0
