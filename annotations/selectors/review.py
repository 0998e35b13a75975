"""What moderators look at."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Exists, Max, OuterRef, Prefetch, QuerySet

from annotations.models import GoldFlow, Review, Submission, Task
from annotations.services.permissions import Denied, may_decide
from extraction.flow.diff import Difference, diff
from extraction.flow.model import Flow


def queue() -> QuerySet[Task]:
    """Tasks that wait for a decision, the longest waiting first, each with `answered_at` and `waiting_answers`."""
    return (
        Task.objects.filter(state=Task.State.IN_REVIEW)
        .select_related("paper", "figure", "reading")
        .annotate(answered_at=Max("submissions__created_at"))
        .prefetch_related(
            Prefetch(
                "submissions",
                Submission.objects.filter(review=None).select_related("user").defer("flow"),
                to_attr="waiting_answers",
            )
        )
        .order_by("answered_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as a moderator sees it."""

    submission: Submission
    #: What changed from the reading to the answer, and from the earlier gold flow; `None` where there is none.
    from_reading: Difference | None
    from_gold: Difference | None
    review: Review | None
    #: Why the person who looks may not decide about it.
    denied: Denied | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    task: Task
    #: The earlier gold flow of the figure.
    gold: GoldFlow | None
    #: Those to decide about first, then earlier ones.
    answers: list[Answer]


def review_page(*, task: Task, user: User) -> ReviewPage:
    """A task with its answers, each compared with the reading and the earlier gold flow."""
    gold = GoldFlow.objects.filter(figure_id=task.figure_id).order_by("version").last()
    reading_flow = Flow.from_dict(task.reading.flow) if task.reading else None
    gold_flow = Flow.from_dict(gold.flow) if gold else None
    answers = []
    for submission in task.submissions.select_related("user", "review__moderator", "task"):
        flow = Flow.from_dict(submission.flow) if submission.flow else None
        answers.append(
            Answer(
                submission=submission,
                from_reading=diff(reading_flow, flow) if reading_flow and flow else None,
                from_gold=diff(gold_flow, flow) if gold_flow and flow else None,
                review=getattr(submission, "review", None),
                denied=may_decide(user, submission),
            )
        )
    answers.sort(key=lambda answer: (answer.review is not None, -answer.submission.pk))
    return ReviewPage(task, gold, answers)


def next_in_queue(*, user: User, after: Task | None = None) -> Task | None:
    """The next task with an answer that this moderator may decide about."""
    others = Submission.objects.filter(task=OuterRef("pk"), review=None).exclude(user=user)
    waiting = queue().filter(Exists(others))
    return waiting.exclude(pk=after.pk).first() if after else waiting.first()
