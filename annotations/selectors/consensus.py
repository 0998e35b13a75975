"""What the answers of a task say together."""

from __future__ import annotations

from annotations.models import Consensus, Task


def current(task: Task) -> Consensus | None:
    """The newest consensus of the task's round; `None` while nobody's answer counts in it."""
    newest = Consensus.objects.filter(task=task, round=task.round).order_by("number").last()
    return newest if newest is not None and newest.answers else None
