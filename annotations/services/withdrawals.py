"""Answers that no longer count, because their author turned out to be a spammer, say.

A withdrawal is final: the answer stays to be seen, its place goes to somebody else, and the consensus is made anew
without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction

from annotations.models import Lease, Submission, Withdrawal
from annotations.selectors.moderation import unreviewed
from annotations.services.consensus import update as update_consensus
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import may_act_on
from annotations.services.states import lock
from extraction.plain import plain

MAX_REASON = 2000


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was withdrawn, or would be."""

    #: Ids of answers.
    answers: tuple[int, ...]
    #: How many of the person's unreviewed answers are left after that.
    left: int
    #: What stands in the log beside each; none in a dry run.
    batch: UUID | None


def withdraw(*, submission: Submission, actor: User, reason: str) -> Withdrawal:
    """Let an answer no longer count. Twice is once.

    Raises:
        NotAllowed, Invalid
        Conflict: it was decided about, or its round is settled.
    """
    reason = _allowed(submission.user, actor, reason)
    if earlier := Withdrawal.objects.filter(submission=submission).first():
        return earlier
    withdrawal = _withdraw(submission, actor, reason, None)
    if withdrawal is None:
        raise Conflict(
            "A moderator has decided about this answer, or a network was made with it. Take the decision back, or "
            "have the network withdrawn or reverted."
        )
    return withdrawal


def withdraw_all(
    *, person: User, actor: User, reason: str, dry_run: bool = False, at_most: int | None = None
) -> Withdrawn:
    """Withdraw all of a person's unreviewed answers, or say which these are.

    Task by task: killed halfway, what is done is done, and the same call does the rest. `at_most` does only so many.

    Raises:
        NotAllowed, Invalid
    """
    reason = _allowed(person, actor, reason)
    found = unreviewed(person.submissions.all()).order_by("task_id", "pk")
    if dry_run:
        answers = tuple(found.values_list("pk", flat=True)[:at_most])
        return Withdrawn(answers, found.count() - len(answers), None)
    batch = uuid4()
    chosen = found.select_related("user")[:at_most]
    done = tuple(_each(chosen, actor, reason, batch))
    return Withdrawn(done, found.count(), batch)


def _each(answers: Iterable[Submission], actor: User, reason: str, batch: UUID) -> Iterator[int]:
    for submission in answers:
        if _withdraw(submission, actor, reason, batch):
            yield submission.pk


def _withdraw(submission: Submission, actor: User, reason: str, batch: UUID | None) -> Withdrawal | None:
    """One answer; `None` where a moderator was quicker."""
    with transaction.atomic():
        task = lock(submission.task_id)
        if not unreviewed(Submission.objects.filter(pk=submission.pk)).exists():
            return Withdrawal.objects.filter(submission=submission).first()
        withdrawal = Withdrawal.objects.create(submission=submission, actor=actor, reason=reason)
        # The place is free again, for somebody else.
        Lease.objects.filter(pk=submission.lease_id, state=Lease.State.SUBMITTED).update(state=Lease.State.RELEASED)
        log(
            "withdraw",
            actor=actor,
            task=task,
            person=submission.user,
            before=f"answer {submission.pk} counts",
            after="withdrawn",
            note=reason,
            batch=batch,
        )
        update_consensus(task=task, actor=actor)
    return withdrawal


def _allowed(person: User, actor: User, reason: str) -> str:
    if denied := may_act_on(actor, person):
        raise NotAllowed.because(denied)
    reason = plain(reason).strip()[:MAX_REASON]
    if not reason:
        raise Invalid("Say why these answers should not count.")
    return reason
