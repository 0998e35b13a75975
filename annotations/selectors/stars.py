"""How many stars networks and their code have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Avg, Count, FloatField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from annotations.models import Artifact, GoldFlow, Rating
from annotations.models.gold import FRAMEWORKS
from annotations.services.permissions import Denied, Person, may_rate

#: In the order "best rated", a network stands as if so many more had given it so many stars.
PRIOR_COUNT, PRIOR_STARS = 3, 3.0


@dataclass(frozen=True, slots=True)
class Rated:
    """The stars of a network (`framework` empty) or of its code for one framework."""

    framework: str
    label: str
    average: float | None
    count: int
    #: What the person who looks gave, 0 for nothing.
    mine: int


@dataclass(frozen=True, slots=True)
class Ratings:
    rows: tuple[Rated, ...]
    #: Why the person who looks can't rate.
    denied: Denied | None

    @property
    def network(self) -> Rated:
        return self.rows[0]


def ratings(*, gold: GoldFlow, user: Person) -> Ratings:
    """The network's stars, then those of each framework whose code ran. `gold` has artifacts and credits loaded."""
    found = {
        row["framework"]: (row["average"], row["count"])
        for row in Rating.objects.filter(gold=gold)
        .order_by()
        .values("framework")
        .annotate(average=Avg("stars"), count=Count("pk"))
    }
    mine: dict[str, int] = {}
    if isinstance(user, User):
        mine = dict(Rating.objects.filter(gold=gold, user=user).values_list("framework", "stars"))
    ran = {artifact.framework for artifact in gold.artifacts.all() if artifact.state == Artifact.State.VERIFIED}
    shown = [("", "The network"), *((name, f"{label} code") for name, label in FRAMEWORKS if name in ran)]
    rows = (Rated(name, label, *found.get(name, (None, 0)), mine.get(name, 0)) for name, label in shown)
    return Ratings(tuple(rows), may_rate(user, gold) or withdrawn(gold))


def withdrawn(gold: GoldFlow) -> Denied | None:
    """Why nothing more can be said about a version that is no longer offered."""
    return Denied("This version was withdrawn.") if hasattr(gold, "withdrawal") else None


def with_stars(networks: QuerySet[GoldFlow]) -> QuerySet[GoldFlow]:
    """The same networks with `stars` (their average, or none) and `raters`, for lists."""
    return networks.annotate(stars=_of_ratings(Avg("stars")), raters=Coalesce(_of_ratings(Count("pk")), 0))


def rank() -> Any:
    """To sort by stars: five of one person come after four and a half of twenty."""
    total = Coalesce(_of_ratings(Cast(Sum("stars"), FloatField())), 0.0) + PRIOR_COUNT * PRIOR_STARS
    return total / (Coalesce(_of_ratings(Cast(Count("pk"), FloatField())), 0.0) + float(PRIOR_COUNT))


def _of_ratings(what: Any) -> Subquery:
    own = Rating.objects.filter(gold=OuterRef("pk"), framework="").order_by().values("gold")
    return Subquery(own.annotate(told=what).values("told"))
