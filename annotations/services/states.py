"""The life of a task, as a table."""

from __future__ import annotations

from django.contrib.auth.models import User

from annotations.models import Task
from annotations.services.errors import Conflict
from annotations.services.log import log

S = Task.State

#: (state, action) -> next state. What is not here does not happen.
#: Who may do it is asked in `permissions`.
TRANSITIONS: dict[tuple[str, str], str] = {
    (S.OPEN, "complete"): S.IN_REVIEW,  # the last wanted answer came in
    (S.RETURNED, "complete"): S.IN_REVIEW,
    (S.IN_REVIEW, "approve"): S.APPROVED,
    (S.IN_REVIEW, "return"): S.RETURNED,  # its author answers again
    (S.IN_REVIEW, "reject"): S.OPEN,  # others answer
    (S.RETURNED, "lapse"): S.OPEN,  # its author did not come back
    (S.OPEN, "close"): S.CLOSED,
    (S.IN_REVIEW, "close"): S.CLOSED,
    (S.RETURNED, "close"): S.CLOSED,
    (S.CLOSED, "reopen"): S.OPEN,
    (S.APPROVED, "reopen"): S.OPEN,  # something is wrong with the gold flow; the next answer makes its next version
}


def move(task: Task, action: str, *, actor: User | None, note: str = "") -> None:
    """Take a task, whose row the caller holds, one step on, and log it.

    Raises:
        Conflict: the step does not exist from the state the task is in.
    """
    before = task.state
    after = TRANSITIONS.get((before, action))
    if after is None:
        raise Conflict(f"This task is {task.get_state_display()}; it can't be changed that way any more.")
    task.state = after
    task.save(update_fields=["state", "changed_at"])
    log(action, actor=actor, task=task, before=before, after=after, note=note)


def lock(task_id: int) -> Task:
    """The task's row, held until the transaction ends: steps of one task come one after another.

    Raises:
        Task.DoesNotExist
    """
    return Task.objects.select_for_update(of=("self",)).select_related("paper", "figure", "reading").get(pk=task_id)
