"""Tasks, for people who answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from annotations.models import Draft, Lease, Review, Skip, Submission, Task


def with_free_places(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Those of which not every place is answered or held by somebody at work."""
    taken = Q(leases__state=Lease.State.SUBMITTED) | Q(
        leases__state=Lease.State.OPEN, leases__expires_at__gt=timezone.now()
    )
    return tasks.alias(places_taken=Count("leases", filter=taken)).filter(places_taken__lt=F("answers_wanted"))


def available(user: User) -> QuerySet[Task]:
    """What this person could be given: open, with a free place, neither answered nor skipped by them."""
    return with_free_places(Task.objects.filter(state=Task.State.OPEN)).exclude(
        Exists(Submission.objects.filter(task=OuterRef("pk"), user=user))
        | Exists(Skip.objects.filter(task=OuterRef("pk"), user=user))
    )


@dataclass(frozen=True, slots=True)
class ContributePage:
    #: Tasks this person holds a running lease on, the latest first.
    at_work: list[Task]
    #: Tasks that a moderator gave back to them, each with `last_review`.
    returned: list[Task]
    #: How many tasks wait for somebody like them, by kind.
    waiting: dict[str, int]
    #: The first of them, to show what a question looks like.
    example: Task | None


def contribute_page(user: User | None) -> ContributePage:
    """What the page that leads to the next task shows; `None` is a visitor."""
    open_tasks = available(user) if user else with_free_places(Task.objects.filter(state=Task.State.OPEN))
    kinds = dict(
        Task.objects.filter(pk__in=open_tasks.values("pk")).values_list("kind").annotate(Count("pk")).order_by()
    )
    example = open_tasks.select_related("paper", "figure").order_by("-priority", "pk").first()
    if user is None:
        return ContributePage([], [], kinds, example)
    at_work = Task.objects.filter(
        leases__user=user, leases__state=Lease.State.OPEN, leases__expires_at__gt=timezone.now()
    )
    returned = list(
        Task.objects.filter(
            Exists(Submission.objects.filter(task=OuterRef("pk"), user=user)), state=Task.State.RETURNED
        ).select_related("paper", "figure")
    )
    reviews: dict[int, Review] = {}
    for review in Review.objects.filter(task__in=returned, decision=Review.Decision.RETURN).order_by("pk"):
        reviews[review.task_id] = review
    for task in returned:
        task.last_review = reviews.get(task.pk)  # type: ignore[attr-defined]
    return ContributePage(
        list(at_work.select_related("paper", "figure").order_by("-leases__pk")), returned, kinds, example
    )


def get_task(pk: int) -> Task:
    """A task with what its page shows.

    Raises:
        Task.DoesNotExist
    """
    return Task.objects.select_related("paper", "figure", "reading").get(pk=pk)


def running_lease(*, task: Task, user: User) -> Lease | None:
    return Lease.objects.filter(task=task, user=user, state=Lease.State.OPEN, expires_at__gt=timezone.now()).first()


def task_payload(*, task: Task, user: User) -> dict[str, Any]:
    """A task as the editor gets it: nothing in it comes from another volunteer.

    `returned` holds what a moderator said of this person's last answer, where it came back.
    """
    lease = running_lease(task=task, user=user)
    draft = Draft.objects.filter(task=task, user=user).first()
    last = Submission.objects.filter(task=task, user=user).select_related("review").order_by("pk").last()
    review: Review | None = getattr(last, "review", None) if last else None
    return {
        "id": task.pk,
        "kind": task.kind,
        "state": task.state,
        "paper": {"id": task.paper_id, "title": str(task.paper)},
        "figure": figure_payload(task),
        "reading": {"id": task.reading_id, "flow": task.reading.flow} if task.reading else None,
        "draft": draft_payload(draft),
        "lease": lease_payload(lease),
        "returned": {"reason": review.reason, "at": review.created_at.isoformat()}
        if review and review.decision == Review.Decision.RETURN
        else None,
    }


def figure_payload(task: Task) -> dict[str, Any]:
    figure = task.figure
    return {
        "id": figure.pk,
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
