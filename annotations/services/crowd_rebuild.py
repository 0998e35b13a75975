"""What the crowd has in common, made anew: what newcomers are taken for, what is mistaken for what, how readers read.

Everybody can work on meanwhile; what they add is looked up at the end.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from annotations.consensus.crowd import Crowd
from annotations.models import Assessment, Contributor, Task
from annotations.selectors.skill import standing
from annotations.services.crowd import Books, Shared, Truth, load_crowd, name_of, of_reader
from annotations.services.skill import BATCH, newest_truths, outcome_of, told_by

#: The crowd is fitted anew after so many assessments, and after this time if there is a new one.
EVERY, WITHIN = 200, timedelta(hours=1)
#: Spam probabilities that change less by it are left as they are.
_SAME = 0.005


def rebuild_crowd() -> int:
    """Count everybody's answers and all readings anew. Returns how many answers."""
    # What is under way now ends before the last look, which holds the crowd's row.
    counted: set[int] = set()
    truths: dict[int, Truth] = {}
    crowd = Crowd()
    _count(crowd, counted, truths)
    with transaction.atomic():
        shared = Shared()
        _count(crowd, counted, truths)
        _fit(crowd, shared)
    return len(counted)


def _count(crowd: Crowd, counted: set[int], truths: dict[int, Truth]) -> None:
    """Bring the crowd to what holds now; of what is counted already only the difference."""
    now = set(standing().values_list("pk", flat=True))
    for changed, weight in ((counted - now, -1), (now - counted, 1)):
        pks = sorted(changed)
        for start in range(0, len(pks), BATCH):
            rows = Assessment.objects.filter(pk__in=pks[start : start + BATCH]).order_by("pk")
            for row in rows.select_related("gold", "submission__task__reading"):
                _observe(crowd, row, weight)
    counted.clear()
    counted.update(now)
    _count_readings(crowd, truths)


def _observe(crowd: Crowd, row: Assessment, weight: int) -> None:
    outcome = outcome_of(row.submission, told_by(row, row.submission))
    if outcome is not None:
        crowd.observe(outcome.questions, outcome.decisions, weight=weight)


def _count_readings(crowd: Crowd, truths: dict[int, Truth]) -> None:
    now = newest_truths()
    changed = sorted(pk for pk, truth in now.items() if truths.get(pk) != truth)
    for start in range(0, len(changed), BATCH):
        tasks = Task.objects.filter(pk__in=changed[start : start + BATCH]).order_by("pk")
        for task in tasks.select_related("reading", "figure"):
            for truth, weight in ((truths.get(task.pk), -1), (now[task.pk], 1)):
                if truth is not None and (evidence := of_reader(task, truth)):
                    crowd.observe(*evidence, weight=weight)
    truths.update(now)


# --- Fitting ----------------------------------------------------------------------------------------------------------


def refit_if_due() -> bool:
    """Fit the crowd where enough is new. Safe to repeat."""
    newest = Assessment.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with transaction.atomic():
        state = Shared().row.state
        new = newest - state.get("fitted_upto", 0)
        last = state.get("fitted_at")
        long_ago = last is None or timezone.now() - datetime.fromisoformat(last) >= WITHIN
        if not (new >= EVERY or (new > 0 and long_ago)):
            return False
    refit()
    return True


def refit() -> int:
    """Learn from everybody what a newcomer is taken for, and tell spammers by it. Returns for how many that changed."""
    with transaction.atomic():
        shared = Shared()
        crowd = load_crowd()
        _fit(crowd, shared)
    changed = [
        user
        for user, was in Contributor.objects.filter(answers__gt=0)
        .order_by("user")
        .values_list("user", "spam_probability")
        if abs(crowd.spam_probability(name_of(user)) - was) > _SAME
    ]
    for start in range(0, len(changed), BATCH):
        with transaction.atomic():
            Books(changed[start : start + BATCH]).close(shared=False)
    return len(changed)


def _fit(crowd: Crowd, shared: Shared) -> None:
    crowd.refit()
    newest = Assessment.objects.aggregate(newest=Max("pk"))["newest"] or 0
    shared.keep(crowd, fitted_at=timezone.now().isoformat(), fitted_upto=newest)
