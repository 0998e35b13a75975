"""What a moderator waits for: milliseconds of the server for a decision and for the next task, against a limit.

    python bench/review.py [--tasks 40] [--answers 4] [--layers 20] [--waiting 300] [--limit 100]

Makes a database of its own, of the sort that `DATABASE_URL` names, with tasks that several people answered (some
layers and values differ) and a long queue beside them. Then it decides as the page does: POST the decision, GET the
part of the page that holds the next task. Exit status 1 where the median of a decision is above the limit.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> int:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dlp2c_site.settings")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"DLP2C_VAR": scratch, "LOG_LEVEL": "ERROR"}
        import django

        django.setup()
        from django.db import connections
        from django.test.utils import setup_databases, setup_test_environment, teardown_databases

        setup_test_environment()
        made = setup_databases(verbosity=0, interactive=False)
        try:
            return _run(options, Path(scratch))
        finally:
            connections.close_all()
            teardown_databases(made, verbosity=0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=40, help="decisions that are timed")
    parser.add_argument("--answers", type=int, default=4, help="people who answered each")
    parser.add_argument("--layers", type=int, default=20)
    parser.add_argument("--waiting", type=int, default=300, help="further tasks in the queue")
    parser.add_argument("--limit", type=float, default=100, help="milliseconds")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> int:
    from django.contrib.auth.models import Group, User
    from django.test import Client

    rng = random.Random(1)
    moderator = User.objects.create_user("moderator")
    moderator.groups.add(Group.objects.get(name="moderator"))
    people = [User.objects.create_user(f"person{number}") for number in range(options.answers)]
    _fill(folder, rng, people, options)
    client = Client()
    client.force_login(moderator)
    took: dict[str, list[float]] = {"approve": [], "return": [], "next": []}
    following = _first(client)
    for number in range(options.tasks):
        if following is None:
            break
        page, seconds = _timed(lambda: client.get(f"/review/{following}/part/"))  # noqa: B023
        took["next"].append(seconds)
        decision = "return" if number % 5 == 4 else "approve"
        data = _form(page.content.decode()) | {"decision": decision, "reason": "The arrow is missing."}
        answer, seconds = _timed(
            lambda: client.post(f"/review/{following}/decide/", data, headers={"Accept": "application/json"})  # noqa: B023
        )
        assert answer.status_code == 200, answer.content
        took[decision].append(seconds)
        following = (answer.json()["next"] or {}).get("task")
    return _report(took, options)


def _report(took: dict[str, list[float]], options: argparse.Namespace) -> int:
    worst = 0.0
    for name, seconds in took.items():
        if not seconds:
            continue
        median, high = statistics.median(seconds), sorted(seconds)[int(0.95 * (len(seconds) - 1))]
        words = {"approve": "approving", "return": "returning", "next": "the next task"}[name]
        print(f"{words:14} {1000 * median:6.1f} ms, 95% within {1000 * high:6.1f} ms ({len(seconds)})")
        if name != "next":
            worst = max(worst, 1000 * median)
    print(f"a decision at {worst / options.limit:.2f} times the limit of {options.limit:g} ms")
    return int(worst > options.limit)


def _timed(call: Any) -> tuple[Any, float]:
    started = time.perf_counter()
    return call(), time.perf_counter() - started


def _first(client: Any) -> int | None:
    first = client.get("/review/").context["first"]
    return first.pk if first else None


def _form(html: str) -> dict[str, str]:
    import re

    form = html[html.index("data-decide") :]
    return dict(re.findall(r'<input type="hidden" name="(consensus|answer|number|key)" value="([^"]*)"', form))


# --- What is decided about --------------------------------------------------------------------------------------------


def _fill(folder: Path, rng: random.Random, people: list[Any], options: argparse.Namespace) -> None:
    from annotations.models import Task
    from annotations.services.task_creation import create_tasks
    from tests import builders

    count = options.tasks + options.waiting
    flow = _chain(options.layers)
    paper = builders.read(builders.make_paper("bench"), folder / "read", [flow] * count)
    create_tasks(paper=paper)
    Task.objects.update(answers_wanted=options.answers)
    tasks = list(Task.objects.filter(kind="correct").order_by("pk"))
    for number, task in enumerate(tasks):
        answering = people if number < options.tasks else people[:1]
        for person in answering:
            if Task.objects.get(pk=task.pk).state == Task.State.OPEN:
                builders.answer(task, person, _changed(flow, rng))
    # What is timed comes first.
    Task.objects.filter(pk__in=[task.pk for task in tasks[: options.tasks]]).update(demand=50)


def _chain(layers: int) -> dict[str, Any]:
    made = [{"id": "in", "type": "Input", "params": {"shape": [64, 64, 3]}, "bbox": [2, 2, 60, 20]}]
    for number in range(layers - 1):
        box = [2, 30 * (number + 1), 60, 30 * (number + 1) + 20]
        params = {"filters": 8 * (1 + number % 4), "kernel_size": [3, 3], "padding": "same"}
        made.append({"id": f"c{number}", "type": "Conv2D", "label": f"conv {number}", "params": params, "bbox": box})
    pairs = itertools.pairwise(layer["id"] for layer in made)
    return {
        "format": "dlp2c-flow",
        "version": 1,
        "name": "Chain",
        "kind": "box2d",
        "layers": made,
        "connections": [{"source": a, "target": b} for a, b in pairs],
    }


def _changed(flow: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The flow with one layer more, one fewer connection, and some other values."""
    layers = [layer | {"params": dict(layer["params"])} for layer in flow["layers"]]
    for layer in rng.sample(layers[1:], 3):
        layer["params"]["filters"] = rng.choice([12, 24])
    extra = {"id": f"extra-{uuid.uuid4().hex[:6]}", "type": "Add", "params": {}}
    skip = [{"source": layers[1]["id"], "target": extra["id"]}, {"source": layers[3]["id"], "target": extra["id"]}]
    return flow | {"layers": [*layers, extra], "connections": [*flow["connections"][:-1], *skip]}


if __name__ == "__main__":
    sys.exit(main())
