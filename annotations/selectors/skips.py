"""Who skipped what, and what follows from many skips."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotations.levels import SPAMMER
from annotations.models import Event, Skip, Submission, Task

#: What a skip says about the figure -> why the task is asked no more when enough people say so.
ABOUT_THE_FIGURE = {
    Skip.Reason.NOT_A_NETWORK: Task.Retired.NO_FLOW,
    Skip.Reason.UNREADABLE: Task.Retired.UNREADABLE,
}


def newest(skips: QuerySet[Skip] | None = None) -> QuerySet[Skip]:
    """Each person's last skip of each task."""
    later = Skip.objects.filter(task=OuterRef("task"), user=OuterRef("user"), number__gt=OuterRef("number"))
    return (Skip.objects.all() if skips is None else skips).filter(~Exists(later))


def nothing_there(*, task: Task, answers: int) -> str:
    """Why nobody need be asked any more, by what people said when they skipped; empty where they must be.

    A skip counts until its author answers, and until a moderator opens the task again. Each answer outweighs one skip.
    Spammers and people who are banned have no voice.
    """
    if task.round > 1:
        return ""  # a gold flow was made of this figure
    opened = Event.objects.filter(task=task, verb="reopen").order_by("pk").last()
    answered = Submission.objects.filter(task=task, round=task.round, user=OuterRef("user"), withdrawal=None)
    voices = newest(Skip.objects.filter(task=task, reason__in=ABOUT_THE_FIGURE)).filter(
        ~Exists(answered),
        ~Q(user__contributor__spam_probability__gte=SPAMMER),
        ~Q(user__contributor__banned_until__gt=timezone.now()),
        user__is_active=True,
    )
    if opened is not None:
        voices = voices.filter(created_at__gt=opened.at)
    said = list(voices.values_list("reason", flat=True))
    reason = max(ABOUT_THE_FIGURE, key=said.count)
    enough = said.count(reason) >= settings.SKIPS_TO_RETIRE + answers
    return ABOUT_THE_FIGURE[reason] if enough else ""
