"""What the page that leads to the next task shows: one's own work, what there is to choose from, what was skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from annotations.facts import HARDEST
from annotations.models import Lease, Review, Skip, Task
from annotations.selectors.skill import level
from annotations.selectors.tasks import (
    Wanted,
    available,
    open_questions,
    returned_to,
    skipped_by,
    with_answers,
)
from extraction.models import Paper

#: So many tasks stand in the list, and so many skipped ones.
SHOWN, SKIPPED_SHOWN = 8, 20
DIFFICULTIES = {1: "Easy", 2: "Medium", 3: "Hard"}
KINDS = {Task.Kind.CORRECT: "Correct a network", Task.Kind.CLASSIFY: "Tell the kind"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One chip: what it narrows to, how many tasks that leaves, the address that picks it or lets it go."""

    label: str
    count: int
    picked: bool
    query: str
    #: The level that opens it, where this person has not reached it.
    opens_at: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ContributePage:
    #: Tasks this person holds a running lease on, the latest first.
    at_work: list[Task]
    #: Tasks that a moderator gave back to them, each with `last_review`.
    returned: list[Task]
    #: What they passed on for now, the latest first, each with `skip_label` and `skipped_at`.
    skipped: list[Task]
    #: How many tasks wait for somebody like them, by kind, whatever is picked.
    waiting: dict[str, int]
    #: How many more there are for people of a higher level.
    harder: int
    wanted: Wanted
    rows: tuple[Row, ...]
    #: The paper that is picked.
    paper: Paper | None
    #: The first of what is picked, each with `answers_given`, and how many that is in all.
    first: list[Task]
    count: int
    #: The query of the address that leads to the next of them.
    query: str

    @property
    def example(self) -> Task | None:
        return self.first[0] if self.first else None


def contribute_page(user: User | None, wanted: Wanted | None = None) -> ContributePage:
    """The page as this person sees it; `None` is a visitor. In a fixed number of queries."""
    wanted = wanted or Wanted()
    own_level = level(user) if user else HARDEST
    counts = _Counts(available(user, upto=HARDEST) if user else open_questions(), wanted, own_level)
    picked = wanted.narrow(available(user, upto=own_level) if user else open_questions())
    return ContributePage(
        at_work=_at_work(user) if user else [],
        returned=_returned(user) if user else [],
        skipped=_skipped(user) if user else [],
        waiting=counts.waiting,
        harder=counts.harder,
        wanted=wanted,
        rows=(
            Row("What", tuple(_choices(counts, "kind", KINDS.items()))),
            Row("Field", tuple(_choices(counts, "field", Task.Field.choices))),
            Row("How hard", tuple(_choices(counts, "difficulty", DIFFICULTIES.items()))),
        ),
        paper=Paper.objects.filter(pk=wanted.paper).defer("abstract", "search_text").first() if wanted.paper else None,
        first=list(with_answers(_light(picked)).order_by("-priority", "pk")[:SHOWN]),
        count=counts.of(),
        query=query_of(wanted),
    )


def query_of(wanted: Wanted, **changed: object) -> str:
    """What is wanted, as the query of an address; `changed` replaces some of it, None leaves it out."""
    values = {name: getattr(wanted, name) for name in ("kind", "paper", "field", "difficulty")} | changed
    return urlencode({name: value for name, value in values.items() if value})


class _Counts:
    """How many tasks there are of each sort, asked for once."""

    def __init__(self, tasks: QuerySet[Task], wanted: Wanted, own_level: int) -> None:
        self.wanted, self.own_level = wanted, own_level
        here = ExpressionWrapper(Q(paper=wanted.paper or 0), output_field=BooleanField())
        sorts = tasks.annotate(here=here).order_by().values_list("kind", "field", "difficulty", "here")
        self._sorts: list[tuple[dict[str, Any], int]] = [
            ({"kind": kind, "field": field, "difficulty": difficulty, "paper": wanted.paper if here else None}, count)
            for kind, field, difficulty, here, count in sorts.annotate(count=Count("pk"))
        ]

    def of(self, *, but: str = "", **fixed: Any) -> int:
        """How many fit what is wanted; `but` names one wish that doesn't count, `fixed` replaces it."""
        wishes = {n: getattr(self.wanted, n) for n in ("kind", "field", "difficulty", "paper") if n != but}
        wishes = {name: value for name, value in (wishes | fixed).items() if value}
        return sum(
            count
            for sort, count in self._sorts
            if sort["difficulty"] <= self.own_level and all(sort[name] == value for name, value in wishes.items())
        )

    @property
    def waiting(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for sort, count in self._sorts:
            if sort["difficulty"] <= self.own_level:
                found[sort["kind"]] += count
        return dict(found)

    @property
    def harder(self) -> int:
        return sum(count for sort, count in self._sorts if sort["difficulty"] > self.own_level)


def _choices(counts: _Counts, name: str, values: Iterable[tuple[Any, str]]) -> Iterable[Choice]:
    for value, label in values:
        picked = getattr(counts.wanted, name) == value
        count = counts.of(but=name, **{name: value})
        opens_at = value if name == "difficulty" and value > counts.own_level else 0
        if count or picked or opens_at:
            query = query_of(counts.wanted, **{name: None if picked else value})
            yield Choice(label[:1].upper() + label[1:], count, picked, query, opens_at)


def _light(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """As rows of a list: no flow is opened."""
    rows = tasks.select_related("paper", "figure", "reading")
    return rows.defer("paper__abstract", "paper__search_text", "reading__flow")


def _at_work(user: User) -> list[Task]:
    held = Lease.objects.filter(user=user, state=Lease.State.OPEN, expires_at__gt=timezone.now(), task=OuterRef("pk"))
    tasks = Task.objects.filter(Exists(held), state__in=[Task.State.OPEN, Task.State.RETURNED, Task.State.IN_REVIEW])
    return list(_light(tasks).order_by(Subquery(held.order_by("-pk").values("pk")[:1]).desc()))


def _returned(user: User) -> list[Task]:
    tasks = list(_light(returned_to(user)))
    reviews: dict[int, Review] = {}
    decided = Review.objects.filter(task__in=tasks, submission__user=user, decision=Review.Decision.RETURN, undo=None)
    for review in decided.select_related("moderator").defer("flow").order_by("pk"):
        reviews[review.task_id] = review
    for task in tasks:
        task.last_review = reviews.get(task.pk)  # type: ignore[attr-defined]  # for the template
    return tasks


def _skipped(user: User) -> list[Task]:
    tasks = list(skipped_by(user)[:SKIPPED_SHOWN])
    labels = dict(Skip.Reason.choices)
    for task in tasks:
        task.skip_label = labels.get(task.skip_reason, "")  # type: ignore[attr-defined]  # for the template
    return tasks
