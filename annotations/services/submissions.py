"""Answers come in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from annotations.models import Lease, Submission, Task
from annotations.models.submissions import ANSWER_KINDS
from annotations.selectors.gold import started_from
from annotations.services import consensus
from annotations.services.attribution import attribute
from annotations.services.errors import Invalid
from annotations.services.known import assess_known
from annotations.services.leases import take_held
from annotations.services.log import log
from annotations.services.states import lock
from annotations.services.tasks import keep_draft
from extraction.flow.checks import check
from extraction.flow.model import Flow
from extraction.outline import outline
from extraction.plain import plain

MAX_COMMENT = 2000


def submit(
    *, task: Task, user: User, key: UUID, flow: Any = None, answer_kind: str = "", comment: str = ""
) -> Submission:
    """Take in an answer: a flow for a task to correct, a kind for one to classify. The same `key` twice is one answer.

    Problems that the checks find don't hold an answer back: they are stored with it for the moderator.

    Raises:
        FlowError: not the form of a flow.
        Invalid: an answer of the wrong sort, or a key used for another task.
        NotAllowed: this person may not answer this task.
        Conflict: others hold all places of the task.
    """
    # A flow can be large: what only looks at it is done before the task is held.
    answer = _answer(task, flow, answer_kind)
    with transaction.atomic():
        locked = lock(task.pk)
        if earlier := Submission.objects.filter(user=user, key=key).first():
            if earlier.task_id != task.pk:
                raise Invalid("This key was used for another task. Make a new one for each answer.")
            return earlier
        lease = take_held(task=locked, user=user, answered=True)
        lease.state = Lease.State.SUBMITTED
        lease.save(update_fields=["state"])
        submission = Submission(
            task=locked,
            round=locked.round,
            user=user,
            lease=lease,
            key=key,
            follows=Submission.objects.filter(task=locked, round=locked.round, user=user).order_by("pk").last(),
            comment=plain(comment).strip()[:MAX_COMMENT],
            **answer,
        )
        submission.full_clean(exclude=["flow", "outline"], validate_constraints=False)
        submission.save()
        if submission.flow is not None:
            keep_draft(task=locked, user=user, flow=submission.flow)
        log("submit", actor=user, task=locked, after=f"answer {submission.pk}")
        if locked.purpose == Task.Purpose.KNOWN:
            assess_known(submission=submission)
        else:
            consensus.update(task=locked, actor=user)
    return submission


def _answer(task: Task, flow: Any, answer_kind: str) -> dict[str, Any]:
    if task.kind == Task.Kind.CLASSIFY:
        if answer_kind not in dict(ANSWER_KINDS):
            raise Invalid(f"Choose one of: {', '.join(dict(ANSWER_KINDS))}.")
        return {"answer_kind": answer_kind}
    given = Flow.from_dict(plain(flow))
    if not given.layers:
        raise Invalid("An answer needs at least one layer. If the figure shows no network, skip it and say so.")
    started = started_from(task)
    attributed = attribute(given, reading=Flow.from_dict(started) if started else None)
    return {
        "flow": attributed.to_dict(),
        "outline": outline(attributed),
        "problems": [problem.to_dict() for problem in check(attributed).problems],
    }
