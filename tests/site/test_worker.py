"""A real worker, in a process of its own, on a real broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from annotations.models import Artifact, Task
from annotations.services.review import decide
from extraction.models import Figure, Paper, Reading
from tests.builders import LENET, answer
from tests.databases import database_url
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


class Site:
    """The site's processes beside the test: same database, a broker and files of their own."""

    def __init__(self, var: Path) -> None:
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "dlp2c_site.settings",
            "DATABASE_URL": database_url(),
            "DLP2C_VAR": str(var),
            # Redis or RabbitMQ where the environment names them, otherwise a folder.
            "CELERY_QUEUE": f"test-{uuid.uuid4().hex[:8]}",
            "SWEEP_SECONDS": "1",
            "HEARTBEAT_SECONDS": "0.5",
            "STALE_SECONDS": "3",
            "OMP_NUM_THREADS": "1",
        }
        self.workers: list[subprocess.Popen[bytes]] = []

    def manage(self, *args: str) -> str:
        run = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    def start_worker(self) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "dlp2c_site",
                "worker",
                "--concurrency",
                "2",
                "--loglevel",
                "WARNING",
            ],
            cwd=ROOT,
            env=self.env,
            start_new_session=True,
        )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As a machine that loses its power: no goodbye, and all its processes at once."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)


@pytest.fixture
def site(tmp_path: Path, settings: Any) -> Iterator[Site]:
    started = Site(tmp_path / "var")
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    yield started
    started.stop()
    connection.close()


def test_from_a_paper_to_code_that_ran(site: Site, example_paper: Path, tmp_path: Path) -> None:
    """A broken paper fails with a sentence, the next one is read and asked about, and an approved answer is built."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(example_paper.read_bytes()[:2000])
    site.start_worker()
    assert "2 new" in site.manage("ingest_papers", str(broken), str(example_paper))
    until(lambda: not Paper.objects.exclude(state__in=["read", "failed"]).exists())
    failed, paper = Paper.objects.order_by("pk")
    assert failed.state == Paper.State.FAILED
    assert failed.message
    assert "Traceback" not in failed.message
    assert paper.state == Paper.State.READ, paper.message
    assert paper.title
    assert Figure.objects.filter(paper=paper).count() >= 2
    assert Reading.objects.filter(paper=paper, figure__isnull=False).exists()
    until(lambda: Task.objects.filter(paper=paper).exists())
    assert "0 new, 2 known" in site.manage("ingest_papers", str(broken), str(example_paper))

    reading = Reading.objects.filter(figure__isnull=False).first()
    assert reading is not None
    task, _ = Task.objects.get_or_create(kind="correct", figure=reading.figure, reading=reading, paper=paper)
    author, moderator = User.objects.create_user("author"), User.objects.create_user("boss", is_superuser=True)
    # The test's own messages go nowhere: what was lost on the way is found by the sweep.
    decide(submission=answer(task, author, LENET), moderator=moderator, decision="approve")
    until(lambda: not Artifact.objects.filter(state="building").exists())
    outcomes = dict(Artifact.objects.values_list("framework", "state"))
    assert outcomes["keras"] == Artifact.State.VERIFIED, list(Artifact.objects.values("framework", "message"))


def test_a_paper_whose_worker_is_killed_is_read_by_the_next(site: Site, example_paper: Path) -> None:
    worker = site.start_worker()
    site.manage("ingest_papers", str(example_paper))
    until(lambda: Paper.objects.get().state != "queued")
    site.kill(worker)
    assert Paper.objects.get().state == Paper.State.READING
    site.start_worker()
    until(lambda: Paper.objects.get().state in {"read", "failed"})
    paper = Paper.objects.get()
    assert (paper.state, paper.attempt) == (Paper.State.READ, 2)
    assert [event.after for event in paper.events.all()] == ["queued", "reading", "queued", "reading", "read"]


def test_a_paper_is_taken_in_while_the_broker_is_away(site: Site, example_paper: Path) -> None:
    site.env["CELERY_BROKER_URL"] = "redis://127.0.0.1:1"
    assert "1 new" in site.manage("ingest_papers", str(example_paper))
    assert Paper.objects.get().state == Paper.State.QUEUED
