"""Answers with what was decided about them."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from annotations.models import Review, Submission, Task


def standing(reviews: QuerySet[Review] | None = None) -> QuerySet[Review]:
    """Decisions that nobody took back."""
    return (Review.objects.all() if reviews is None else reviews).filter(undo__isnull=True)


def with_review(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    """Each with its `review` at hand: the decision about it that stands, or None."""
    reviews = standing().select_related("moderator").order_by("pk")
    return answers.prefetch_related(Prefetch("reviews", reviews, to_attr="standing_reviews"))


def counting(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those that were not withdrawn."""
    return answers.filter(withdrawal__isnull=True)


def undecided(answers: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those that count and that no standing decision is about."""
    return counting(answers).filter(~Exists(standing().filter(submission=OuterRef("pk"))))


def counting_in(task: Task) -> QuerySet[Submission]:
    """The answers that count in the task's round: each person's last one, neither withdrawn nor sent back."""
    sent_back = standing().filter(submission=OuterRef("pk")).exclude(decision=Review.Decision.APPROVE)
    answers = Submission.objects.filter(task=task, round=task.round, followed_by=None)
    return counting(answers).filter(~Exists(sent_back)).order_by("pk")
