"""How the next task is found: small steps, tried one after the other. The first that has something for a person wins.

Each step gives candidates, the best first, all of which the person may have; somebody else may be quicker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from django.contrib.auth.models import User
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.models import Consensus, Lease, Skip, Task
from annotations.selectors import skips
from annotations.selectors.skill import level
from annotations.selectors.tasks import Wanted, available, returned_to, skipped_by, with_free_places

Step: TypeAlias = Callable[[User, Wanted], Iterable[Task]]


def own_lease(user: User, wanted: Wanted) -> QuerySet[Task]:
    """What this person is at work on, the latest first."""
    leases = Lease.objects.filter(user=user, state=Lease.State.OPEN, expires_at__gt=timezone.now())
    newest = leases.filter(task=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    held = Task.objects.filter(
        pk__in=leases.values("task"), state__in=[Task.State.OPEN, Task.State.RETURNED, Task.State.IN_REVIEW]
    )
    return wanted.narrow(held).order_by(Subquery(newest).desc())


def returned(user: User, wanted: Wanted) -> QuerySet[Task]:
    """What a moderator gave back to this person, the longest waiting first."""
    return wanted.narrow(returned_to(user)).order_by("changed_at", "pk")


def known(user: User, wanted: Wanted) -> Iterable[Task]:
    """A task whose answer is known, now and then: it tells how good this person is, and shows them what they missed."""
    from annotations.services.known import next_known

    if wanted.paper:
        return  # who works on a paper gets just that
    task = next_known(user=user, kind=wanted.kind, field=wanted.field, difficulty=wanted.difficulty)
    if task is not None and task.pk not in wanted.besides:
        yield task


def started(user: User, wanted: Wanted) -> QuerySet[Task]:
    """What others have answered alike so far: a few more answers, and it is done."""
    return _free(user, wanted).filter(answers_given__gt=0, differences=0).order_by("-answers_given", "-priority", "pk")


def disagreement(user: User, wanted: Wanted) -> QuerySet[Task]:
    """What people differ about: one more voice tells most there."""
    return _free(user, wanted).filter(answers_given__gt=0).order_by("-uncertainty", "-priority", "pk")


def priority(user: User, wanted: Wanted) -> QuerySet[Task]:
    """What nobody has answered yet, by what is unsure, wanted and old."""
    return _free(user, wanted).filter(answers_given=0).order_by("-priority", "pk")


def skipped(user: User, wanted: Wanted) -> QuerySet[Task]:
    """What this person passed on for now, when nothing else is left; the longest ago first."""
    final = [*skips.ABOUT_THE_FIGURE, Skip.Reason.WRONG_CROP]
    again: QuerySet[Any] = with_free_places(skipped_by(user)).filter(difficulty__lte=wanted.upto or level(user))
    again = wanted.narrow(again.exclude(skip_reason__in=final))
    return again.order_by("skipped_at", "pk")


#: In this order. The names are what leases and answers of the API record.
STEPS: tuple[tuple[str, Step], ...] = tuple(
    (step.__name__, step) for step in (own_lease, returned, known, started, disagreement, priority, skipped)
)


def _free(user: User, wanted: Wanted) -> QuerySet[Any]:
    """What anybody may answer, with a place free, that this person has neither answered nor skipped."""
    newest = Consensus.objects.filter(task=OuterRef("pk"), round=OuterRef("round")).order_by("-number")
    free: QuerySet[Any] = wanted.narrow(available(user, upto=wanted.upto)).annotate(
        answers_given=_number(newest, "answers"), differences=_number(newest, "disputed")
    )
    return free


def _number(newest: QuerySet[Consensus], name: str) -> Coalesce:
    return Coalesce(Subquery(newest.values(name)[:1]), Value(0), output_field=IntegerField())
