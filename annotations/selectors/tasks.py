"""Tasks, for people who answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from annotations.facts import HARDEST
from annotations.models import Draft, Lease, Review, Skip, Submission, Task
from annotations.numbers import number
from annotations.selectors.gold import started_from
from annotations.selectors.skill import level
from annotations.selectors.skips import newest as newest_skips
from annotations.services.errors import Invalid


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to work on. Empty: whatever there is."""

    kind: str = ""
    #: Id of a paper.
    paper: int | None = None
    field: str = ""
    difficulty: int | None = None
    #: Ids of tasks that are not meant.
    besides: tuple[int, ...] = ()
    #: The person's level, where it has been asked for already.
    upto: int | None = None

    @classmethod
    def of(
        cls,
        *,
        kind: str | None = None,
        paper: int | str | None = None,
        field: str | None = None,
        difficulty: int | str | None = None,
        besides: tuple[int, ...] = (),
    ) -> Wanted:
        """From what was asked, by a program or in an address.

        Raises:
            Invalid: there is no such kind, field, difficulty or number of a paper.
        """
        if kind and kind not in Task.Kind.values:
            raise Invalid(f"kind: choose one of {', '.join(Task.Kind.values)}.")
        if field and field not in Task.Field.values:
            raise Invalid(f"field: choose one of {', '.join(Task.Field.values)}.")
        hard = _number("difficulty", difficulty)
        if hard is not None and not 1 <= hard <= HARDEST:
            raise Invalid(f"difficulty: choose a number from 1 to {HARDEST}.")
        return cls(kind or "", _number("paper", paper), field or "", hard, besides)

    def narrow(self, tasks: QuerySet[Any], *, but: str = "") -> QuerySet[Any]:
        """Only those that are wanted; `but` names one wish that doesn't count."""
        for name in ("kind", "paper", "field", "difficulty"):
            value = getattr(self, name)
            if value and name != but:
                tasks = tasks.filter(**{name: value})
        return tasks.exclude(pk__in=self.besides) if self.besides else tasks

    def __bool__(self) -> bool:
        return bool(self.kind or self.paper or self.field or self.difficulty)


def _number(name: str, value: int | str | None) -> int | None:
    if value is None or value == "":
        return None
    if (found := number(str(value))) is None:
        raise Invalid(f"{name}: must be a whole number.")
    return found


def with_free_places(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Those of which not every place is answered or held by somebody at work."""
    return tasks.alias(places_taken=_count(_taken())).filter(places_taken__lt=F("answers_wanted"))


def _taken() -> QuerySet[Lease]:
    running = Q(state=Lease.State.OPEN, expires_at__gt=timezone.now())
    return Lease.objects.filter(Q(state=Lease.State.SUBMITTED) | running, task=OuterRef("pk"))


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("task").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def with_answers(tasks: QuerySet[Task]) -> QuerySet[Any]:
    """Each with `answers_given`: how many people's answers stand in its round."""
    last = Submission.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), followed_by=None, withdrawal=None)
    return tasks.annotate(answers_given=_count(last))


def questions() -> QuerySet[Task]:
    """Tasks whose answer nobody knows yet. Those of known answer must look the same to who gets them."""
    return Task.objects.filter(purpose=Task.Purpose.QUESTION)


def open_questions() -> QuerySet[Task]:
    """What a visitor could be asked."""
    return with_free_places(questions().filter(state=Task.State.OPEN))


def open_to(user: User, *, upto: int | None = None) -> QuerySet[Task]:
    """Open questions that this person has not answered and that are not too hard for them.

    `upto` is the highest difficulty, where their level is known already or doesn't count.
    """
    answered = Submission.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), user=user)
    hardest = level(user) if upto is None else upto
    return questions().filter(~Exists(answered), state=Task.State.OPEN, difficulty__lte=hardest)


def available(user: User, *, upto: int | None = None) -> QuerySet[Task]:
    """What this person could be given: open to them, with a free place, not skipped by them."""
    unskipped = open_to(user, upto=upto).exclude(Exists(Skip.objects.filter(task=OuterRef("pk"), user=user)))
    return with_free_places(unskipped)


def skipped_by(user: User) -> QuerySet[Task]:
    """Open tasks that this person passed on last, the latest first, each with `skip_reason` and `skipped_at`.

    One that they answered or took up again since is not among them.
    """
    answered = Submission.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), user=user)
    held = Lease.objects.filter(task=OuterRef("pk"), user=user, state=Lease.State.OPEN, expires_at__gt=timezone.now())
    last = newest_skips(Skip.objects.filter(user=user, task=OuterRef("pk")))
    return (
        Task.objects.filter(Exists(last), ~Exists(answered), ~Exists(held), state=Task.State.OPEN)
        .annotate(skip_reason=Subquery(last.values("reason")[:1]), skipped_at=Subquery(last.values("created_at")[:1]))
        .select_related("paper", "figure")
        .defer("paper__abstract", "paper__search_text")
        .order_by("-skipped_at", "pk")
    )


def returned_to(user: User) -> QuerySet[Task]:
    """What a moderator gave back to this person, and they have not answered again."""
    mine = Submission.objects.filter(task=OuterRef("pk"), round=OuterRef("round"), user=user, followed_by=None)
    back = mine.filter(reviews__decision=Review.Decision.RETURN, reviews__undo=None, withdrawal=None)
    return questions().filter(Exists(back), state=Task.State.RETURNED)


def get_task(pk: int) -> Task:
    """A task with what its page shows.

    Raises:
        Task.DoesNotExist
    """
    return Task.objects.select_related("paper", "figure", "reading").get(pk=pk)


def running_lease(*, task: Task, user: User) -> Lease | None:
    return Lease.objects.filter(task=task, user=user, state=Lease.State.OPEN, expires_at__gt=timezone.now()).first()


def task_payload(*, task: Task, user: User) -> dict[str, Any]:
    """A task as the editor gets it: nothing in it comes from another volunteer, nor tells whether its answer is known.

    `reading` holds the flow to start from: in later rounds that is the gold flow to be bettered. `returned` holds what
    a moderator said of this person's last answer, where it came back.
    """
    lease = running_lease(task=task, user=user)
    draft = Draft.objects.filter(task=task, user=user).first()
    last = Submission.objects.filter(task=task, user=user).order_by("pk").last()
    review = last.review if last and last.round == task.round else None
    start = started_from(task)
    told = draft_payload(draft)
    if told and last and last.round < task.round and told["flow"] == last.flow:
        # What they handed in in an earlier round is no draft of this one.
        told["flow"] = start
    return {
        "id": task.pk,
        "kind": task.kind,
        "state": task.state,
        "retired": task.retired,
        "field": task.field,
        "difficulty": task.difficulty,
        "paper": {"id": task.paper_id, "title": str(task.paper)},
        "figure": figure_payload(task),
        "reading": {"id": task.reading_id, "flow": start} if task.reading else None,
        "draft": told,
        "lease": lease_payload(lease),
        "returned": returned_payload(review) if review and review.decision == Review.Decision.RETURN else None,
    }


def returned_payload(review: Review) -> dict[str, Any]:
    """What a moderator said when an answer went back: as a whole, and of single elements."""
    return {
        "reason": review.reason or review.get_code_display(),
        "at": review.created_at.isoformat(),
        "remarks": [{"element": remark.element, "text": remark.text} for remark in review.remarks.all()],
    }


def figure_payload(task: Task) -> dict[str, Any]:
    figure = task.figure
    return {
        "id": figure.pk,
        "name": str(figure),
        "number": figure.number,
        "page": figure.page,
        "caption": figure.caption,
        "image_url": reverse("figure-image", args=[figure.pk]),
        "width": figure.width,
        "height": figure.height,
        "kind": figure.kind,
    }


def draft_payload(draft: Draft | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    return {"flow": draft.flow, "revision": draft.revision, "saved_at": draft.saved_at.isoformat()}


def lease_payload(lease: Lease | None) -> dict[str, Any] | None:
    return {"id": lease.pk, "expires_at": lease.expires_at.isoformat()} if lease else None
