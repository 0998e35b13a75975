"""The life of a task, as a table: which step leads from where to where, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User

from annotations.models import Task
from annotations.services.errors import Conflict
from annotations.services.log import log

S = Task.State


class Needs(StrEnum):
    """Who may take a step. `services.permissions` answers for a person, `Denied` or not."""

    SITE = "site"  # it follows from something else: an answer came in, a time is over
    CONTRIBUTOR = "contributor"
    MODERATOR = "moderator"  # one who has no answer of their own in it


@dataclass(frozen=True, slots=True)
class Step:
    to: str
    needs: Needs


_SITE, _MODERATOR = Needs.SITE, Needs.MODERATOR

#: (state, action) -> step. What is not here does not happen.
TRANSITIONS: dict[tuple[str, str], Step] = {
    # The answers say enough, or too many were given.
    (S.OPEN, "complete"): Step(S.IN_REVIEW, _SITE),
    (S.RETURNED, "complete"): Step(S.IN_REVIEW, _SITE),
    # An answer was withdrawn: the rest says too little.
    (S.IN_REVIEW, "ask_more"): Step(S.OPEN, _SITE),
    # A moderator needn't wait for more answers.
    **{(state, "approve"): Step(S.APPROVED, _MODERATOR) for state in (S.OPEN, S.IN_REVIEW)},
    **{(state, "ask_second"): Step(S.SECOND, _MODERATOR) for state in (S.OPEN, S.IN_REVIEW)},
    (S.SECOND, "confirm"): Step(S.APPROVED, _MODERATOR),
    # An answer goes back to its author.
    **{(state, "return"): Step(S.RETURNED, _MODERATOR) for state in (S.OPEN, S.IN_REVIEW, S.SECOND)},
    # An answer doesn't count: others are asked.
    **{(state, "reject"): Step(S.OPEN, _MODERATOR) for state in (S.OPEN, S.IN_REVIEW, S.SECOND, S.RETURNED)},
    # Its author did not come back.
    (S.RETURNED, "lapse"): Step(S.OPEN, _SITE),
    # Enough people say that there is nothing to answer.
    (S.OPEN, "retire"): Step(S.CLOSED, _SITE),
    **{(state, "close"): Step(S.CLOSED, _MODERATOR) for state in (S.OPEN, S.IN_REVIEW, S.SECOND, S.RETURNED)},
    (S.CLOSED, "reopen"): Step(S.OPEN, _MODERATOR),
    # Something is wrong with the gold flow: a new round, whose answers make its next version.
    (S.APPROVED, "reopen"): Step(S.OPEN, _MODERATOR),
    (S.APPROVED, "propose"): Step(S.OPEN, Needs.CONTRIBUTOR),
}

#: A decision that is taken back leads where the task was before it (`Review.before`), from where it led to.
UNDO: dict[str, frozenset[str]] = {
    "approve": frozenset({S.APPROVED, S.SECOND}),
    "return": frozenset({S.RETURNED}),
    # The other answers may say enough without it.
    "reject": frozenset({S.OPEN, S.IN_REVIEW}),
}


def move(task: Task, action: str, *, actor: User | None, note: str = "") -> None:
    """Take a task, whose row the caller holds, one step on, and log it.

    Raises:
        Conflict: the step does not exist from the state the task is in.
    """
    before = task.state
    step = TRANSITIONS.get((before, action))
    if step is None:
        raise Conflict(f"This task is {task.get_state_display()}; it can't be changed that way any more.")
    _set(task, step.to, action, actor=actor, note=note)


def move_back(task: Task, *, decision: str, to: str, actor: User) -> None:
    """Undo a decision about a task whose row the caller holds.

    Raises:
        Conflict: the task has moved on since.
    """
    if task.state not in UNDO[decision]:
        raise Conflict(f"This task is {task.get_state_display()} meanwhile; the decision can't be taken back any more.")
    _set(task, to, "undo", actor=actor, note=decision)


def _set(task: Task, state: str, action: str, *, actor: User | None, note: str) -> None:
    before, task.state = task.state, state
    task.save(update_fields=["state", "changed_at"])
    log(action, actor=actor, task=task, before=before, after=state, note=note)


def lock(task_id: int, *, wait: bool = True) -> Task:
    """The task's row, held until the transaction ends: steps of one task come one after another.

    Without `wait`, a row that somebody else holds counts as not there. (SQLite has one writer at a time anyway.)

    Raises:
        Task.DoesNotExist
    """
    rows = Task.objects.select_for_update(of=("self",), skip_locked=not wait)
    return rows.select_related("paper", "figure", "reading").get(pk=task_id)
