"""Volunteers pass a task on, and say why."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from annotations.models import Lease, Skip, Task
from annotations.services import consensus
from annotations.services.errors import Invalid, NotAllowed
from annotations.services.leases import release
from annotations.services.log import log
from annotations.services.permissions import may_answer
from annotations.services.states import lock
from extraction.plain import plain

MAX_COMMENT = 500


def skip(*, task: Task, user: User, reason: str, comment: str = "") -> None:
    """Give the task back for now, with a reason. It is offered again when nothing else is left. Twice is once.

    Raises:
        NotAllowed: this person may not answer this task.
        Invalid: not one of the reasons.
    """
    if reason not in Skip.Reason.values:
        raise Invalid(f"Say why, with one of: {', '.join(Skip.Reason.values)}.")
    comment = plain(comment).strip()[:MAX_COMMENT]
    with transaction.atomic():
        locked = lock(task.pk)
        last = Skip.objects.filter(task=task, user=user).order_by("number").last()
        holds = Lease.objects.filter(task=task, user=user, state=Lease.State.OPEN).exists()
        if last is not None and last.reason == reason and not holds:
            return
        if denied := may_answer(user, locked):
            raise NotAllowed.because(denied)
        number = last.number + 1 if last else 1
        Skip.objects.create(task=task, user=user, reason=reason, comment=comment, number=number)
        log("skip", actor=user, task=task, after=reason, note=comment)
        release(task=task, user=user)
        consensus.after_skip(task=locked, actor=user)
