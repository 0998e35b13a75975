"""When one moderator's approval needs another's."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, Sum
from django.utils import timezone

from annotations.models import Download, Rating, ReviewUndo, Submission, Task
from annotations.selectors.decisions import pending
from annotations.selectors.gold import offered_of
from annotations.services.log import log
from annotations.services.permissions import ADMINISTRATOR, MODERATOR
from extraction.flow.diff import Difference

#: So many others must be there who could confirm: where one is away, the site does not stand still.
OTHERS = 2


def why_second(*, task: Task, moderator: User, edit: Difference | None = None, probability: float | None = None) -> str:
    """Why another moderator has to confirm this approval, in words; empty where none has to.

    `edit` is what the moderator changed against what people said, `probability` that of the consensus.
    """
    if not settings.SECOND_MODERATOR or task.kind != Task.Kind.CORRECT:
        return ""
    reason = _reason(task, edit, probability)
    return reason if reason and len(_others(task, moderator)) >= OTHERS else ""


def _reason(task: Task, edit: Difference | None, probability: float | None) -> str:
    if edit is not None and (count := changes(edit)) > settings.SECOND_CHANGES:
        return f"the edit changes {count} elements of what people said"
    if edit is None and probability is not None and probability < settings.SECOND_PROBABILITY:
        return f"the answers leave it at {probability:.0%} that all of it is right"
    gold = offered_of(task.figure_id)
    if gold is not None:
        fetched = Download.objects.filter(gold=gold).aggregate(total=Sum("count"))["total"] or 0
        uses = fetched + Rating.objects.filter(gold=gold).count()
        if uses > settings.SECOND_USES:
            return f"it replaces No. {gold.number}, which was downloaded and rated {uses} times"
    return ""


def changes(edit: Difference) -> int:
    """How many elements differ: layers that came or went, values, connections."""
    layers = sum(len(change.fields) or 1 for change in edit.layers if change.kind != "same")
    return layers + sum(change.kind != "same" for change in edit.connections)


def overrule(task: Task, *, actor: User) -> None:
    """The first of two approvals counts no more: something else was decided. Call it before the task moves on."""
    if first := pending(task):
        ReviewUndo.objects.create(review=first, actor=actor)
        log("undo", actor=actor, task=task, person=first.moderator, before="approved once", note="overruled")


def _others(task: Task, moderator: User) -> list[int]:
    """Active moderators who could confirm it: neither the one who approves nor people who answered."""
    able = User.objects.filter(Q(groups__name__in=[MODERATOR, ADMINISTRATOR]) | Q(is_superuser=True), is_active=True)
    answered = Submission.objects.filter(task=task, round=task.round, withdrawal=None).values("user")
    able = able.exclude(contributor__banned_until__gt=timezone.now()).exclude(pk=moderator.pk)
    return list(able.exclude(pk__in=answered).distinct().values_list("pk", flat=True)[:OTHERS])
