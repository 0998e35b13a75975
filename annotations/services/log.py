"""Writing the change log."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User

from annotations.models import Event, GoldFlow, Task


def log(
    verb: str,
    *,
    actor: User | None = None,
    task: Task | None = None,
    gold: GoldFlow | None = None,
    person: User | None = None,
    before: str = "",
    after: str = "",
    note: str = "",
    batch: UUID | None = None,
) -> None:
    """Add a line. Call it in the transaction of what it tells of."""
    Event.objects.create(
        verb=verb,
        actor=actor,
        task=task,
        gold=gold,
        person=person,
        before=before[:200],
        after=after[:200],
        note=note,
        batch=batch,
    )
