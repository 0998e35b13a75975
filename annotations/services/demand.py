"""What people want: requests, downloads and ratings, and the order of tasks that follows from them.

Priority = how unsure a task still is + what people want + how long it has waited. Uncertainty changes with each answer
(`set_uncertainty`); the rest when somebody asks for something (`refresh`), and once an hour for all (`refresh_all`).
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import Aggregate, Count, F, Q, QuerySet, Sum
from django.utils import timezone

from annotations.models import Artifact, Download, GoldFlow, Rating, Request, Task
from annotations.models.gold import FRAMEWORKS
from annotations.selectors.gold import offered_of
from annotations.services.errors import Conflict, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import may_contribute
from extraction.models import Figure

logger = logging.getLogger(__name__)

#: Somebody waits for the code of this very figure.
REQUEST = 3.0
#: A download of this figure's code, and of another network of the same paper, within `RECENT`.
DOWNLOAD, DOWNLOAD_NEARBY = 0.5, 0.1
RATING, RATING_NEARBY = 0.5, 0.1
#: Somebody gives this figure's network few stars: a better version is wanted.
LOW_RATING = 2.0
LOW_STARS = 2
RECENT = timedelta(days=90)

#: What doubling the demand, and waiting for `OLD`, add to the priority; full uncertainty adds 1.
DEMAND_WEIGHT, AGE_WEIGHT = 0.5, 0.5
OLD = timedelta(days=60)

#: States in which the order of tasks still matters.
LIVE = (Task.State.OPEN, Task.State.IN_REVIEW, Task.State.SECOND, Task.State.RETURNED)
#: How often all priorities are told anew, in seconds.
REFRESH_SECONDS = 3600
BATCH = 500
ZIP = "zip"


# --- The order of tasks -----------------------------------------------------------------------------------------------


def demand_of(points: float) -> float:
    """Each doubling counts the same, so that a famous paper does not push all others aside."""
    return math.log2(1 + points)


def standing_of(demand: float, created_at: datetime, now: datetime) -> float:
    """The part of the priority that does not come from uncertainty."""
    age = min((now - created_at) / OLD, 1.0)
    return DEMAND_WEIGHT * demand + AGE_WEIGHT * max(age, 0.0)


def set_uncertainty(*, task: Task, uncertainty: float) -> None:
    """Store how unsure a task is now, 0 to 1, and its priority. The caller holds its row."""
    task.uncertainty = min(max(uncertainty, 0.0), 1.0)
    task.priority = task.uncertainty + standing_of(task.demand, task.created_at, timezone.now())
    Task.objects.filter(pk=task.pk).update(uncertainty=task.uncertainty, priority=task.priority)


def refresh(*, figure: Figure) -> None:
    """Somebody wants something of this figure: its tasks and those of its paper find their place anew."""
    _refresh(Q(paper=figure.paper_id))


def refresh_all() -> int:
    """Demand and priority of every task that is still open. Returns how many there are. Safe to repeat."""
    count = 0
    papers = Task.objects.filter(state__in=LIVE).order_by("paper").values_list("paper", flat=True).distinct()
    found = list(papers)
    for start in range(0, len(found), BATCH):
        count += _refresh(Q(paper__in=found[start : start + BATCH]))
    return count


def refresh_when_due() -> None:
    """`refresh_all`, by one worker an hour."""
    if cache.add("demand-refreshed", True, REFRESH_SECONDS):
        refresh_all()


def _refresh(which: Q) -> int:
    now = timezone.now()
    with transaction.atomic():
        # One that somebody is deciding about keeps its place until the next time: nobody waits for an order of tasks.
        tasks = list(
            Task.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(which, state__in=LIVE)
            .order_by("pk")
            .only("pk", "figure_id", "paper_id", "created_at", "demand")
        )
        wanted = _wanted({task.figure_id for task in tasks}, {task.paper_id for task in tasks})
        alike: dict[tuple[float, float], list[int]] = defaultdict(list)
        for task in tasks:
            demand = wanted.demand(task)
            alike[demand, round(standing_of(demand, task.created_at, now), 3)].append(task.pk)
        for (demand, rest), pks in alike.items():
            for some in _some(pks):
                Task.objects.filter(pk__in=some).update(demand=demand, priority=F("uncertainty") + rest)
    return len(tasks)


@dataclass
class _Wanted:
    """Points, by figure and by paper."""

    figures: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    papers: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))

    def demand(self, task: Task) -> float:
        return round(demand_of(self.figures[task.figure_id] + self.papers[task.paper_id]), 3)


def _wanted(figures: set[int], papers: set[int]) -> _Wanted:
    wanted = _Wanted()
    fetched = Download.objects.filter(gold__paper__in=papers, day__gte=timezone.now().date() - RECENT)
    rated = Rating.objects.filter(gold__paper__in=papers)
    low = rated.filter(stars__lte=LOW_STARS)
    # What is nearby counts for all figures of the paper, so of the figure's own only the rest is added.
    for rows, key, value, points in (
        (Request.objects.filter(figure__in=figures), "figure", Count("pk"), REQUEST),
        (fetched, "gold__figure", Sum("count"), DOWNLOAD - DOWNLOAD_NEARBY),
        (rated, "gold__figure", Count("pk"), RATING - RATING_NEARBY),
        (low, "gold__figure", Count("pk"), LOW_RATING),
    ):
        for figure, count in _counts(rows, key, value):
            wanted.figures[figure] += points * count
    for rows, value, points in ((fetched, Sum("count"), DOWNLOAD_NEARBY), (rated, Count("pk"), RATING_NEARBY)):
        for paper, count in _counts(rows, "gold__paper", value):
            wanted.papers[paper] += points * count
    return wanted


def _counts(rows: QuerySet[Any], key: str, value: Aggregate) -> list[tuple[int, int]]:
    return list(rows.order_by().values_list(key).annotate(wanted=value))


def _some(pks: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(pks), BATCH):
        yield pks[start : start + BATCH]


# --- What people want -------------------------------------------------------------------------------------------------


def record_download(*, gold: GoldFlow, what: str) -> None:
    """Somebody fetched code of one framework, or all of it ("zip"): one more on this day, and nothing about who.

    A count that can't be stored holds nobody's download back.
    """
    if what != ZIP and what not in dict(FRAMEWORKS):
        raise ValueError(f"neither a framework nor “{ZIP}”: {what}")
    day = Download.objects.filter(gold=gold, what=what, day=timezone.now().date())
    try:
        with transaction.atomic():
            if not day.update(count=F("count") + 1):
                Download.objects.get_or_create(gold=gold, what=what, day=timezone.now().date())
                day.update(count=F("count") + 1)
    except DatabaseError:
        logger.warning("A download of network %s was not counted", gold.pk, exc_info=True)


def request_code(*, figure: Figure, user: User) -> Request:
    """Somebody wants the code of a figure. Twice is once. A figure that nobody was asked about is asked about now.

    Raises:
        NotAllowed: not signed in.
        Conflict: there is such code already.
    """
    from annotations.services.task_creation import ask_for

    if denied := may_contribute(user):
        raise NotAllowed.because(denied)
    gold = offered_of(figure.pk)
    if gold is not None and gold.artifacts.filter(state=Artifact.State.VERIFIED).exists():
        raise Conflict(f"There is code of this figure already: network No. {gold.number}.")
    with transaction.atomic():
        request, new = Request.objects.get_or_create(figure=figure, user=user)
        if new:
            log("request", actor=user, after=f"code of {figure}", note=f"“{figure.paper}”, figure {figure.pk}")
            ask_for(figure=figure)
            refresh(figure=figure)
    return request
