"""Decisions are taken back."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotations.models import GoldFlow, Review, ReviewUndo, Task
from annotations.selectors.decisions import pending, standing_in
from annotations.services import deciding, skill
from annotations.services.errors import Conflict, NotAllowed
from annotations.services.gold import take_back
from annotations.services.permissions import is_administrator, may_decide_round, may_review
from annotations.services.states import lock, move_back
from extraction.models import Figure

APPROVE = Review.Decision.APPROVE


def undo(*, review: Review, moderator: User) -> Review:
    """Take a decision back: the task is where it was before, what was approved is withdrawn, answers count again.

    Who decided can do it for `settings.UNDO_MINUTES`, and an administrator; an approval that waits for a second
    moderator can be taken back by any other one, at any time. Of several answers sent back at once all count again.
    Twice is once.

    Raises:
        NotAllowed
        Conflict: it is too late, or more has happened since.
    """
    if denied := may_review(moderator):
        raise NotAllowed.because(denied)
    with transaction.atomic():
        task = lock(review.task_id)
        review = Review.objects.select_related("moderator").get(pk=review.pk)
        if review.undone:
            return review
        _may_undo(task, review, moderator)
        together = _together(task, review)
        newest = standing_in(task)[-1]
        if newest.pk not in {one.pk for one in together}:
            raise Conflict(f"{newest.moderator} has {newest.get_decision_display()} this since. Take that back first.")
        to = _before(review)
        move_back(task, decision=review.decision, to=to, actor=moderator)
        deciding.retire(task, "" if to == Task.State.OPEN else task.retired or Task.Retired.MODERATOR)
        ReviewUndo.objects.bulk_create(ReviewUndo(review=one, actor=moderator) for one in together)
        if review.decision == APPROVE:
            _take_back(task, review, moderator)
        else:
            for one in together:
                one.task = task
                deciding.restore(one)
            deciding.update(task, moderator)
        deciding.tell_undone(task, together, moderator)
    return review


def _may_undo(task: Task, review: Review, moderator: User) -> None:
    waiting = pending(task)
    if waiting is not None and waiting.pk == review.pk:
        if review.moderator_id != moderator.pk and (denied := may_decide_round(moderator, task)):
            raise NotAllowed.because(denied)
        return
    if review.moderator_id != moderator.pk and not is_administrator(moderator):
        raise NotAllowed(f"Only {review.moderator} and administrators can take this decision back.")
    if timezone.now() > review.created_at + timedelta(minutes=settings.UNDO_MINUTES):
        raise Conflict(
            f"A decision can be taken back for {settings.UNDO_MINUTES} minutes. Reopen the question, or have the "
            "network withdrawn, instead."
        )


def _together(task: Task, review: Review) -> list[Review]:
    """What was decided about this task in one go."""
    if review.batch is None:
        return [review]
    return [one for one in standing_in(task) if one.batch == review.batch and one.decision == review.decision]


def _before(review: Review) -> str:
    """Where the undo leads. A first approval that was overruled does not come back: the task is in review again."""
    if review.before == Task.State.SECOND and review.confirms_id is None:
        return Task.State.IN_REVIEW
    return review.before


def _take_back(task: Task, review: Review, moderator: User) -> None:
    Figure.pictures.select_for_update().get(pk=task.figure_id)  # nobody withdraws it meanwhile
    gold = GoldFlow.objects.filter(review=review, withdrawal=None).first()
    if gold is not None:
        take_back(gold=gold, moderator=moderator, reason="The decision to approve it was taken back.")
    elif task.kind == Task.Kind.CLASSIFY:
        deciding.forget_question(figure=task.figure, moderator=moderator)
    skill.reassess(figure=task.figure)
