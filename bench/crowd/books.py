"""What must hold of leases, answers and consensus after many volunteers were at work at once."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def over_assigned() -> list[int]:
    """Tasks with more leases, running and answered, than they ask for, as one look at the database shows them."""
    from django.db.models import Count, F, Q

    from annotations.models import Task

    taken = Count("leases", filter=Q(leases__state__in=["open", "submitted"]))
    return list(Task.objects.annotate(taken=taken).filter(taken__gt=F("answers_wanted")).values_list("pk", flat=True))


def check(journals: Path, users: list[int], over: int) -> dict[str, Any]:
    from django.utils import timezone

    from annotations.models import Consensus, Event, Lease, Submission, Task
    from annotations.services import tasks

    notes = list(_notes(journals))
    wrong: list[str] = [f"error: {note['error']}" for note in notes if note["what"] == "error"]

    def must(holds: bool, what: str) -> None:
        if not holds:
            wrong.append(what)

    must(over == 0, f"{over} tasks were over-assigned at one moment")
    must(not over_assigned(), "tasks are over-assigned at the end")

    # Answers: each once, and each that somebody was told of is there.
    answers = list(Submission.objects.select_related("lease", "task"))
    by_key = {str(answer.key): answer for answer in answers}
    given = Counter((answer.task_id, answer.round, answer.user_id) for answer in answers)
    must(max(given.values(), default=0) <= 1, "somebody answered a task twice")
    receipts = [note for note in notes if note["what"] == "receipt"]
    for note in receipts:
        answer = by_key.get(note["key"])
        must(answer is not None and answer.pk == note["submission"], f"an answer was lost or doubled: {note}")
    waiting = {json.loads(path.read_text())["key"] for path in journals.glob("*.pending")}
    told = {note["key"] for note in receipts}
    must(set(by_key) <= told | waiting, "there are answers that nobody was told of and nobody still sends")
    must(all(answer.lease.state == Lease.State.SUBMITTED for answer in answers), "an answer lost its place")
    held = Lease.objects.filter(state=Lease.State.SUBMITTED).count()
    must(held == len(answers), f"{held} places are answered by {len(answers)} answers")
    must(Event.objects.filter(verb="submit").count() == len(answers), "the log has another number of answers")

    # Every answer has its consensus, in order.
    numbers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for task, number, count in Consensus.objects.order_by("number").values_list("task", "number", "answers"):
        numbers[task].append((number, count))
    per_task = Counter(answer.task_id for answer in answers)
    for task, rows in numbers.items():
        must(rows == [(n, n) for n in range(1, per_task[task] + 1)], f"task {task}: a consensus is missing: {rows}")

    # Leases of the dead and of those who left come back, and no task is stuck.
    last = Lease.objects.filter(state=Lease.State.OPEN).order_by("expires_at").last()
    if last is not None:
        time.sleep(max(0.0, (last.expires_at - timezone.now()).total_seconds()) + 0.1)
    open_before = Lease.objects.filter(state=Lease.State.OPEN).count()
    swept = tasks.expire()
    must(open_before == swept, f"{open_before - swept} leases did not run out")
    must(tasks.expire() == 0, "leases ran out twice")
    states = Counter(Task.objects.values_list("state", "retired"))
    stuck = _stuck()
    must(not stuck, f"tasks that nobody can be given: {stuck}")
    times: dict[str, list[float]] = defaultdict(list)
    for note in notes:
        if note["what"] == "took":
            times[note["call"]].append(note["ms"])
    return {
        "wrong": wrong,
        "run": {
            "answers": len(answers),
            "sent_again": len(receipts) - len(told),
            "left": sum(note["what"] == "left" for note in notes),
            "leases": Lease.objects.count(),
            "leases_expired": Lease.objects.filter(state=Lease.State.EXPIRED).count(),
            "chosen_by": dict(Counter(Lease.objects.values_list("chosen_by", flat=True))),
            "refused": dict(Counter(f"{n['call']} {n['error']}" for n in notes if n["what"] == "refused")),
            "over_assigned": over,
            "states": {f"{state} {retired}".strip(): count for (state, retired), count in states.items()},
        },
        "milliseconds": {call: _spread(values) for call, values in sorted(times.items())},
    }


def _notes(journals: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(journals.glob("*.journal")):
        for line in path.read_text().splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue  # cut off by a kill


def _stuck() -> list[int]:
    """Open tasks that a newcomer could not be given."""
    from django.contrib.auth.models import User

    from annotations.models import Task
    from annotations.selectors.tasks import available

    newcomer, _ = User.objects.get_or_create(username="newcomer")
    free = available(newcomer, upto=3).values("pk")
    return list(Task.objects.filter(state=Task.State.OPEN).exclude(pk__in=free).values_list("pk", flat=True))


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "median": ordered[len(ordered) // 2],
        "p95": ordered[int(len(ordered) * 0.95)],
        "max": ordered[-1],
    }
