"""Who was right most: by week and by field. Counted by the database, from assessed answers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.levels import SPAMMER
from annotations.models import Assessment, GoldCredit, Task

PERIODS = {"week": "This week", "last": "Last week", "all": "All time"}
FIELDS = {"": "All fields", **dict(Task.Field.choices)}
SHOWN = 50
#: Who has fewer answers of known truth in that time has no place yet.
LEAST_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """One row. Those with equal points have the same rank."""

    rank: int
    user: User
    points: int
    #: Answers that were compared with what is right, in that time.
    answers: int
    #: Share of their elements that was right, 0 to 1.
    right: float
    #: Networks in the library that they have a part in, of all times and fields.
    networks: int
    level: int


@dataclass(frozen=True, slots=True)
class Board:
    period: str
    field: str
    places: tuple[Place, ...]
    #: Where the one who looks stands, if not among `places`.
    own: Place | None
    people: int
    #: First moment that counts; `None` for all time.
    since: datetime | None


def board(*, period: str = "week", field: str = "", viewer: User | None = None) -> Board:
    """The best of a time and a field. What is not known falls back to this week, and to all fields."""
    period = period if period in PERIODS else "week"
    field = field if field in FIELDS else ""
    start, end = span(period)
    rows = _ranked(start, end, field)
    first = list(rows.order_by("-total", "-right", "user")[:SHOWN])
    mine = None
    if viewer is not None and viewer.pk not in {row["user"] for row in first}:
        mine = rows.filter(user=viewer).order_by("user").first()
    people = User.objects.select_related("contributor").in_bulk(
        [row["user"] for row in (*first, *([mine] if mine else ()))]
    )
    networks = _networks(list(people))
    ranks = {row["total"]: place for place, row in reversed(list(enumerate(first, 1)))}
    if mine:
        ranks.setdefault(mine["total"], rows.filter(total__gt=mine["total"]).count() + 1)

    def place(row: Mapping[str, Any]) -> Place:
        user = people[row["user"]]
        level = user.contributor.level if hasattr(user, "contributor") else 1
        return Place(
            ranks[row["total"]], user, row["total"], row["answers"], row["right"], networks.get(user.pk, 0), level
        )

    places = tuple(place(row) for row in first)
    total = rows.count() if len(first) == SHOWN else len(first)
    return Board(period, field, places, place(mine) if mine else None, total, start)


def span(period: str, now: datetime | None = None) -> tuple[datetime | None, datetime | None]:
    """First moment of a period, and the first one after it. Weeks begin on Monday, in the site's time zone."""
    if period == "all":
        return None, None
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    return (monday, None) if period == "week" else (monday - timedelta(days=7), monday)


def _ranked(start: datetime | None, end: datetime | None, field: str) -> QuerySet[Any, Any]:
    """People with their points in that time. A better gold flow's correction counts when it came, so that weeks that
    are over stay as they were."""
    found = Assessment.objects.filter(user__is_active=True).exclude(
        Q(user__contributor__spam_probability__gte=SPAMMER) | Q(user__contributor__banned_until__gt=timezone.now())
    )
    if start:
        found = found.filter(created_at__gte=start)
    if end:
        found = found.filter(created_at__lt=end)
    if field:
        found = found.filter(field=field)
    holds = Q(replaced_by=None) & ~Q(score=0, points=0)
    return (
        found.order_by()
        .values("user")
        .annotate(
            total=Sum(F("points") - Coalesce(F("replaces__points"), 0)),
            answers=Count("pk", filter=holds),
            right=Avg("score", filter=holds),
        )
        .filter(answers__gte=LEAST_ANSWERS, total__gt=0)
    )


def _networks(users: list[int]) -> dict[int, int]:
    rows = GoldCredit.objects.filter(user__in=users, gold__withdrawal=None).order_by().values("user")
    return dict(rows.annotate(count=Count("gold__figure", distinct=True)).values_list("user", "count"))
