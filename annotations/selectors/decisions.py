"""What was decided about a task."""

from __future__ import annotations

from django.db.models import Count

from annotations.models import Review, Task
from annotations.selectors.answers import standing


def standing_in(task: Task) -> list[Review]:
    """The task's decisions that nobody took back, oldest first."""
    return list(standing(Review.objects.filter(task=task)).select_related("moderator").defer("flow").order_by("number"))


def number_of(task: Task) -> int:
    """How often something was decided about a task, or taken back."""
    counts = Review.objects.filter(task=task).aggregate(decided=Count("pk"), undone=Count("undo"))
    return int(counts["decided"] + counts["undone"])


def pending(task: Task) -> Review | None:
    """The approval that waits for a second moderator."""
    if task.state != Task.State.SECOND:
        return None
    return next((one for one in reversed(standing_in(task)) if one.decision == Review.Decision.APPROVE), None)
