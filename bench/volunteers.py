"""Many volunteers at once, and processes that die: nobody gets a place too many, and nothing is lost.

    python bench/volunteers.py [--volunteers 200] [--tasks 60] [--processes 8] [--kills 20] [--seconds 240] [--seed 1]

Makes a database of its own, of the sort that `DATABASE_URL` names, and drives the services as the site does: each
volunteer is a thread that asks for the next task, saves drafts, gives signs of life, hands in, skips or just leaves;
each of their requests is a transaction of its own. Some of the processes they live in are killed in mid-work, with
SIGKILL; the volunteers come back in a new one and send again what they got no answer to, as a browser does. At the end
the books are checked; exit status 1 where they are wrong.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.crowd.books import check, over_assigned
from bench.crowd.volunteer import live

FIGURES_A_PAPER = 6


def main() -> int:
    options = _options()
    scratch = tempfile.TemporaryDirectory()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dlp2c_site.settings")
    os.environ |= {"LEASE_MINUTES": str(options.lease / 60), "LOG_LEVEL": "ERROR"}
    if not options.here:
        os.environ["DLP2C_VAR"] = scratch.name
    with scratch:
        import django

        django.setup()
        if options.here:
            return _run(options, Path(scratch.name))
        from django.test.utils import setup_databases, teardown_databases

        made = setup_databases(verbosity=0, interactive=False)
        try:
            return _run(options, Path(scratch.name))
        finally:
            _disconnect()
            teardown_databases(made, verbosity=0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--volunteers", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--kills", type=int, default=20, help="how many processes are killed")
    parser.add_argument("--seconds", type=float, default=240, help="the most that the run may take")
    parser.add_argument("--lease", type=float, default=8, help="seconds: short, so that those of the dead come back")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="in the database of DATABASE_URL, which must be empty")
    parser.add_argument("--json", action="store_true", help="print one object for programs")
    return parser.parse_args()


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()


def _run(options: argparse.Namespace, folder: Path) -> int:
    from django.db import connection

    from annotations.models import Task

    journals = folder / "journals"
    journals.mkdir()
    users = _prepare(options, folder)
    start, end = time.time(), time.time() + options.seconds
    chance = random.Random(options.seed)
    fork = multiprocessing.get_context("fork")
    groups = [users[number :: options.processes] for number in range(options.processes)]
    over = killed = 0

    def spawn(number: int, generation: int) -> Any:
        _disconnect()  # a connection must not be shared with a child
        process = fork.Process(target=live, args=(groups[number], journals, generation * 997 + number, end))
        process.start()
        return process

    living = {number: spawn(number, options.seed) for number in range(options.processes)}
    due = start + 0.5
    while any(process.is_alive() for process in living.values()):
        time.sleep(0.05)
        over = max(over, len(over_assigned()))
        if killed < options.kills and time.time() > due:
            number = chance.choice([n for n, process in living.items() if process.is_alive()] or [0])
            if living[number].is_alive():
                os.kill(living[number].pid, signal.SIGKILL)
                killed += 1
            living[number].join()
            living[number] = spawn(number, options.seed + killed)
            # The kills spread over the time that the work takes, as far as that can be told.
            left = Task.objects.filter(state=Task.State.OPEN).count() / options.tasks
            due = time.time() + chance.uniform(0.2, 0.6) * (1 + left)
    seconds = time.time() - start
    for process in living.values():
        process.join()
    report = check(journals, users, over)
    report["run"] |= {
        "database": connection.vendor, "volunteers": options.volunteers, "tasks": options.tasks,
        "processes": options.processes, "killed": killed, "seconds": round(seconds, 1),
    }  # fmt: skip
    _print(report, as_json=options.json)
    return 1 if report["wrong"] else 0


def _prepare(options: argparse.Namespace, folder: Path) -> list[int]:
    """People, and tasks whose reading has one wrong value each."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.urls import reverse

    from annotations.services.task_creation import create_tasks
    from tests.builders import lenet, make_paper, read

    reverse("home")  # what a web server loads once is loaded before there are children
    settings.MEDIA_ROOT = folder / "media"
    User.objects.bulk_create(User(username=f"volunteer{number}") for number in range(options.volunteers))
    left = options.tasks
    for number in range(-(-options.tasks // FIGURES_A_PAPER)):
        flows = [lenet(c1={"filters": 60 + figure}) for figure in range(min(FIGURES_A_PAPER, left))]
        paper = read(make_paper(f"paper {number}"), folder / f"paper-{number}", flows)
        create_tasks(paper=paper)
        left -= len(flows)
    return list(User.objects.filter(username__startswith="volunteer").order_by("pk").values_list("pk", flat=True))


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report))
        return
    run = report["run"]
    print(
        f"{run['volunteers']} volunteers on {run['tasks']} tasks, {run['database']}: {run['answers']} answers in "
        f"{run['seconds']} s, {run['killed']} of {run['processes']} processes at a time killed in mid-work"
    )
    print(f"over-assigned          {run['over_assigned']} / {run['tasks']} (must be 0)")
    print(f"leases                 {run['leases']}, of which {run['leases_expired']} ran out and came back")
    print(f"left without a word    {run['left']}")
    print(f"sent again             {run['sent_again']}, counted once")
    print(f"tasks at the end       {run['states']}")
    print(f"chosen by              {run['chosen_by']}")
    print(f"refused                {run['refused']}")
    for call, ms in report["milliseconds"].items():
        print(f"{call:8} {ms['count']:6} times, ms: median {ms['median']}, 95% {ms['p95']}, max {ms['max']}")
    for line in report["wrong"][:20]:
        print(f"WRONG: {line}")
    print("wrong" if report["wrong"] else "all books agree")


if __name__ == "__main__":
    sys.exit(main())
