"""What moderators look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotations.models import Consensus, GoldFlow, Review, Submission, Task
from annotations.selectors import consensus as consensus_selectors
from annotations.selectors.answers import counting, standing, with_review
from annotations.selectors.decisions import number_of, pending
from annotations.selectors.gold import offered_of, started_from
from annotations.selectors.worth import with_worth
from annotations.services.permissions import Denied, may_decide, may_decide_round
from extraction.flow.diff import Difference, diff
from extraction.flow.model import Flow

#: So many rows of the queue are shown, and looked through for the next task.
MAX_QUEUE = 200
WAITING = (Task.State.IN_REVIEW, Task.State.SECOND)


def _counting() -> QuerySet[Submission]:
    """Answers of a task's round that count, beside the task."""
    sent_back = standing().filter(submission=OuterRef("pk")).exclude(decision=Review.Decision.APPROVE)
    answers = Submission.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), followed_by=None)
    return counting(answers).filter(~Exists(sent_back))


def queue() -> QuerySet[Any]:
    """Tasks that a moderator can decide about, by what a decision is worth: with it and what it is made of.

    Tasks that are still asked are among them, once somebody has answered.
    """
    waiting = Task.objects.filter(
        Q(state__in=WAITING) | Q(state=Task.State.OPEN), Exists(_counting()), purpose=Task.Purpose.QUESTION
    )
    return (
        with_worth(waiting)
        .select_related("paper", "figure")
        .defer("paper__abstract", "paper__search_text")
        .order_by("-worth", "pk")
    )


def queue_of(user: User) -> QuerySet[Any]:
    """The queue, each with `own` (they answered it themselves) and `confirms` (they approved it, another confirms)."""
    own = Submission.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), withdrawal=None, user=user)
    approved = standing().filter(task=OuterRef("pk"), decision=Review.Decision.APPROVE, moderator=user)
    tasks: QuerySet[Any] = queue().annotate(own=Exists(own), confirms=Q(state=Task.State.SECOND) & Exists(approved))
    return tasks


def next_in_queue(*, user: User, after: Task | None = None, among: Iterable[Any] | None = None) -> Task | None:
    """The next task that this moderator may decide about: the one after `after`, and after the last the first.

    `among` are the rows of their queue, where they are known already.
    """
    if among is not None:
        order = [task.pk for task in among if not task.own and not task.confirms]
    else:
        mine = queue_of(user).filter(own=False, confirms=False)
        order = list(mine.values_list("pk", flat=True)[: MAX_QUEUE + 1])
    if after is not None and after.pk in order:
        at = order.index(after.pk)
        order = order[at + 1 :] + order[:at]
    return Task.objects.filter(pk=order[0]).first() if order else None


# --- One task ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as a moderator sees it."""

    submission: Submission
    review: Review | None
    #: Why the person who looks may not decide about it.
    denied: Denied | None
    reading: Flow | None
    #: The gold flow of the figure.
    gold: Flow | None

    @property
    def flow(self) -> Flow | None:
        return Flow.from_dict(self.submission.flow) if self.submission.flow else None

    @property
    def shown(self) -> Flow | None:
        """What its author started from."""
        return self.gold if self.submission.round > 1 and self.gold else self.reading

    @property
    def from_reading(self) -> Difference | None:
        flow = self.flow
        return diff(self.reading, flow) if self.reading and flow else None

    @property
    def from_gold(self) -> Difference | None:
        flow = self.flow
        return diff(self.gold, flow) if self.gold and flow else None

    @property
    def counts(self) -> bool:
        return self.review is None or self.review.decision == Review.Decision.APPROVE


@dataclass(frozen=True)
class ReviewPage:
    task: Task
    #: What all say together; `None` while nobody's answer counts.
    consensus: Consensus | None
    #: The gold flow that an approval would replace.
    gold: GoldFlow | None
    #: Those that count first, then those that were sent back, withdrawn, or given in earlier rounds.
    answers: list[Answer]
    #: Why the person who looks may not decide about the consensus.
    denied: Denied | None
    #: How much was decided so far: sent back with a decision, it guards against two at once.
    number: int
    #: The approval that waits for a second moderator.
    pending: Review | None

    @property
    def waiting(self) -> list[Answer]:
        """Answers that count in this round."""
        task = self.task
        return [a for a in self.answers if a.counts and a.submission.round == task.round and not withdrawn(a)]

    @cached_property
    def shown(self) -> Flow | None:
        """What people started from."""
        flow = started_from(self.task)
        return Flow.from_dict(flow) if flow else None


def withdrawn(answer: Answer) -> bool:
    return hasattr(answer.submission, "withdrawal") or hasattr(answer.submission, "followed_by")


def review_page(*, task: Task, user: User) -> ReviewPage:
    """A task with its consensus and its answers."""
    gold = offered_of(task.figure_id)
    read = Flow.from_dict(task.reading.flow) if task.reading else None
    before = Flow.from_dict(gold.flow) if gold else None
    found = task.submissions.select_related("user", "task", "withdrawal", "followed_by")
    answers = [
        Answer(submission, submission.review, may_decide(user, submission), read, before)
        for submission in with_review(found.order_by("-pk"))
    ]
    page = ReviewPage(
        task=task,
        consensus=consensus_selectors.current(task),
        gold=gold,
        answers=answers,
        denied=may_decide_round(user, task),
        number=number_of(task),
        pending=pending(task),
    )
    first = {answer.submission.pk for answer in page.waiting}
    answers.sort(key=lambda answer: (answer.submission.pk not in first, -answer.submission.pk))
    return page


# --- Many at once -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which tasks to decide about together."""

    #: The consensus must be at least this likely.
    probability: float = 0.99
    #: Of one kind only, `classify` or `correct`; empty: both.
    kind: str = ""
    #: People must not differ about more elements than this.
    disputed: int = 0
    #: So many answers at least.
    answers: int = 1
    #: Tasks of one paper only.
    paper: int | None = None


def candidates(criteria: Criteria) -> QuerySet[Any]:
    """Tasks of the queue that meet the criteria, by worth."""
    found = queue().filter(
        probability__gte=criteria.probability, disputed__lte=criteria.disputed, answers__gte=max(criteria.answers, 1)
    )
    if criteria.kind:
        found = found.filter(kind=criteria.kind)
    return found.filter(paper=criteria.paper) if criteria.paper is not None else found


def newest_consensus(tasks: Iterable[Task]) -> dict[int, Consensus]:
    """The consensus that holds of each task, without its flow and elements."""
    rows = Consensus.objects.filter(task__in=[task.pk for task in tasks], round=F("task__round"), answers__gt=0)
    return {row.task_id: row for row in rows.defer("flow", "outline", "elements", "problems").order_by("number")}
