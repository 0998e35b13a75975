"""What a decision about a task is worth, told by the database.

    worth = (1 + demand) × (0.25 + 0.75 × probability) × (½ while others are still asked)
            + 0.5 × answers that wait + 0.1 × days since the last of them

A network that many people want, and of which the answers are sure, is one key away from being of use: it comes first.
Work that waits, and waits long, counts as well, so that nothing waits for ever.
"""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now

from annotations.models import Consensus, Task

LEAST_SURE, SURE = 0.25, 0.75
STILL_ASKED = 0.5
ANSWER, DAY = 0.5, 0.1

IN_WORDS = (
    "Most worth first: how many want it, times how sure the answers are (half while others are still asked); then "
    "answers that wait, and for how long."
)


class Days(Func):
    """A length of time in days."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s / 86400000000.0)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(EXTRACT(EPOCH FROM %(expressions)s) / 86400.0)", **context)


def _newest(field: str) -> Subquery:
    rounds = Consensus.objects.filter(task=OuterRef("pk"), round=OuterRef("round"))
    return Subquery(rounds.order_by("-number").values(field)[:1])


def with_worth(tasks: QuerySet[Task]) -> QuerySet[Any]:
    """Each with `worth`, and what it is made of: `probability`, `answers`, `disputed`, `answered_at`."""
    sure = LEAST_SURE + SURE * F("probability")
    asked = Case(When(state=Task.State.OPEN, then=Value(STILL_ASKED)), default=Value(1.0))
    age = ExpressionWrapper(Now() - F("answered_at"), output_field=DurationField())
    return tasks.annotate(
        probability=Coalesce(_newest("probability"), 1 - F("uncertainty"), output_field=FloatField()),
        answers=Coalesce(_newest("answers"), 0),
        disputed=Coalesce(_newest("disputed"), 0),
        answered_at=Coalesce(_newest("created_at"), F("changed_at")),
    ).annotate(
        worth=ExpressionWrapper(
            (1 + F("demand")) * sure * asked + ANSWER * F("answers") + DAY * Days(age), output_field=FloatField()
        )
    )
