"""Does the site learn? Labels go its own way: tasks, answers, approvals, a worker, promotion; measured on the test set.

    python bench/learning.py [--start 100] [--labels 50] [--rounds 4] [--random] [--wrong 0.2] [--var DIR] [--json FILE]

Starts from a head that learned from `--start` figures of the base. The other figures of the base become papers with a
question about the kind of each; a volunteer gives the true answer to the questions that come first, a moderator
approves, and after each `--labels` a worker retrains. Then comes a batch of which a share is wrong. Features come from
the base, as if these pictures had been looked at before; black sheets stand for the pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from annotations.models import Task
    from extraction.classify.sets import FigureSet
    from extraction.models import TrainingRun

SEED = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=int, default=100, help="figures that the first head learned from")
    parser.add_argument("--labels", type=int, default=50, help="labels a round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--random", action="store_true", help="questions in random order")
    parser.add_argument("--wrong", type=float, default=0.2, help="share of wrong labels in the last batch")
    parser.add_argument("--var", type=Path, help="an empty folder to keep the site in")
    parser.add_argument("--json", type=Path, help="write all rows here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dlp2c-learning-") as folder:
        var = (options.var or Path(folder)).resolve()
        os.environ |= {
            "DLP2C_VAR": str(var),
            "DATABASE_URL": f"sqlite:///{var}/db.sqlite3",
            "DJANGO_SETTINGS_MODULE": "dlp2c_site.settings",
            "RETRAIN_AFTER": "0",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        rows = _measure(options)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


def _measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    from django.contrib.auth.models import Group, User

    from annotations.services import asking
    from annotations.services import classifier as people
    from extraction import jobs, retraining
    from extraction.classify import sets
    from extraction.models import TrainingRun

    administrator, moderator = (User.objects.create_user(name, password=name * 2) for name in ("root", "mo"))
    administrator.groups.set(Group.objects.filter(name="administrator"))
    moderator.groups.set(Group.objects.filter(name="moderator"))
    volunteers = [User.objects.create_user(f"volunteer{number}") for number in range(3)]
    first, _ = retraining.start(cause="command", base_figures=options.start, anew=True, seed=SEED, send=False)
    jobs.retrain(first.pk)
    rows = [_row("start", TrainingRun.objects.get(pk=first.pk))]
    base = sets.load(sets.BASE)
    known = set(base.some(options.start, SEED).figures.files)
    truth = _ask_about(base.where(np.array([name not in known for name in base.figures.files])))
    draw = random.Random(SEED)
    worker = _worker()
    try:
        for number in range(options.rounds + 1):
            poisoned = number == options.rounds
            asking.order_questions()
            for task in _next(options.labels, draw if options.random else None):
                kind = truth[task.figure_id]
                if poisoned and draw.random() < options.wrong:
                    kind = draw.choice([other for other in set(truth.values()) if other != kind])
                _settle(task, kind, draw.choice(volunteers), moderator)
            run, _ = people.start(actor=administrator)
            rows.append(_row("with wrong labels" if poisoned else "honest", _wait(run, worker)))
    finally:
        worker.terminate()
        worker.wait()
    return rows


def _ask_about(pool: FigureSet) -> dict[int, str]:
    """Papers with figures and their questions. Returns the true kind by figure."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from annotations.models import Task
    from annotations.selectors.training import DEVELOP, source_of
    from extraction import classifier, feature_store
    from extraction.flow.model import KINDS
    from extraction.models import Figure, Paper, figure_path

    present, truth, papers, sheet = classifier.present(), {}, {}, io.BytesIO()
    Image.new("RGB", (8, 8)).save(sheet, "png")
    flow, kinds = present.head.probabilities(pool.plain)
    for row, (picture, kind, source) in enumerate(
        zip(pool.figures.files, pool.figures.kinds, pool.figures.sources, strict=True)
    ):
        if source not in papers:
            names = (hashlib.sha256(f"{source} {number}".encode()).hexdigest() for number in range(99))
            sha256 = next(name for name in names if source_of(name).part == DEVELOP)
            papers[source] = Paper.objects.create(sha256=sha256, title=source, size=1, state=Paper.State.READ)
        paper = papers[source]
        name = default_storage.save(figure_path(Figure(), f"{picture}.png"), ContentFile(sheet.getvalue()))
        figure = Figure.objects.create(
            paper=paper,
            position=paper.figures.count(),
            number=str(paper.figures.count() + 1),
            page=1,
            bbox=[0, 0, 1, 1],
            image=name,
            is_flow=flow[row] >= 0.5,
            flow_probability=float(flow[row]),
            kind=KINDS[int(kinds[row].argmax())],
            kind_probabilities=dict(zip(KINDS, map(float, kinds[row]), strict=True)),
            classifier=present.version,
        )
        buffer = io.BytesIO()
        np.save(buffer, np.stack([pool.plain[row], pool.mirrored[row]]).astype(np.float16))
        default_storage.save(feature_store._name(str(picture)), ContentFile(buffer.getvalue()))
        Task.objects.create(kind=Task.Kind.CLASSIFY, paper=paper, figure=figure)
        truth[figure.pk] = str(kind)
    return truth


def _next(count: int, draw: random.Random | None) -> list[Task]:
    from annotations.models import Task

    found = Task.objects.filter(kind=Task.Kind.CLASSIFY, state=Task.State.OPEN).order_by("-priority", "pk")
    tasks = list(found.select_related("figure"))
    return (draw.sample(tasks, min(count, len(tasks))) if draw else tasks)[:count]


def _settle(task: Task, kind: str, volunteer: Any, moderator: Any) -> None:
    from annotations.services.review import decide
    from annotations.services.submissions import submit

    submission = submit(task=task, user=volunteer, key=uuid.uuid4(), answer_kind=kind)
    decide(submission=submission, moderator=moderator, decision="approve")


def _worker() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "dlp2c_site", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    with (Path(os.environ["DLP2C_VAR"]) / "worker.log").open("wb") as log:
        # It also tries to read each figure that is told to be a network, from papers that are none.
        return subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=log, stderr=log)


def _wait(run: TrainingRun, worker: subprocess.Popen[bytes]) -> TrainingRun:
    while run.is_open:
        if worker.poll() is not None:
            raise SystemExit(f"the worker ended with {worker.returncode}")
        time.sleep(0.5)
        run.refresh_from_db()
    return run


def _row(what: str, run: TrainingRun) -> dict[str, Any]:
    row = {"what": what, "state": run.state, "labels": run.labels, "message": run.message, "metrics": run.metrics}
    before, after = (run.metrics.get(when, {}) for when in ("before", "after"))
    measures = ("accuracy", "balanced_accuracy", "kind_accuracy")
    told = "   ".join(f"{name} {100 * before.get(name, 0):.1f} -> {100 * after.get(name, 0):.1f}" for name in measures)
    print(f"{what:18} {run.labels:4} labels  {run.state:9} {told}   {run.message[:200]}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
