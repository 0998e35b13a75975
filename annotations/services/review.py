"""Moderators decide."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from annotations.models import FigureKind, Lease, Review, Submission, Task
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.gold import approve_flow
from annotations.services.permissions import may_decide
from annotations.services.states import lock, move
from annotations.services.task_creation import tasks_after_kind
from extraction.plain import plain

MAX_REASON = 2000


def decide(*, submission: Submission, moderator: User, decision: str, reason: str = "") -> Review:
    """Decide about an answer, once. The same decision of the same person twice is one.

    Approving makes a gold flow (or settles the figure's kind) and has its code built. Returning asks the author again,
    rejecting asks others.

    Raises:
        NotAllowed: no moderator, or the answer is their own.
        Invalid: no such decision, or no reason for one that needs it.
        Conflict: somebody has decided otherwise already.
    """
    if denied := may_decide(moderator, submission):
        raise NotAllowed.because(denied)
    if decision not in Review.Decision.values:
        raise Invalid(f"Decide with one of: {', '.join(Review.Decision.values)}.")
    reason = plain(reason).strip()[:MAX_REASON]
    if decision != Review.Decision.APPROVE and not reason:
        raise Invalid("Say why, so that the author can learn from it.")
    with transaction.atomic():
        task = lock(submission.task_id)
        if earlier := Review.objects.select_related("moderator").filter(submission=submission).first():
            if earlier.moderator_id == moderator.pk and earlier.decision == decision:
                return earlier
            raise Conflict(f"{earlier.moderator} has {earlier.get_decision_display()} this answer already.")
        review = Review(task=task, submission=submission, moderator=moderator, decision=decision, reason=reason)
        review.full_clean(validate_constraints=False)
        review.save()
        move(task, decision, actor=moderator, note=reason)
        if decision == Review.Decision.APPROVE:
            _approve(task, submission, review)
        else:
            # The place is free again, for the author or for others.
            Lease.objects.filter(pk=submission.lease_id).update(state=Lease.State.RELEASED)
    return review


def _approve(task: Task, submission: Submission, review: Review) -> None:
    if task.kind == Task.Kind.CORRECT:
        approve_flow(task=task, submission=submission, review=review)
    else:
        FigureKind.objects.create(figure=task.figure, kind=submission.answer_kind, review=review)
        tasks_after_kind(figure=task.figure, kind=submission.answer_kind)
