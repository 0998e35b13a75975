"""Who may do what, with answers that say why not.

Each question returns `None` for yes, or `Denied` with the reason in words for the person who asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, cast

from django.contrib.auth.models import AnonymousUser, User

from annotations.models import Review, Submission, Task
from extraction.models import Paper

MODERATOR = "moderator"
ADMINISTRATOR = "administrator"

Person: TypeAlias = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why."""

    reason: str

    def __str__(self) -> str:
        return self.reason


SIGN_IN = Denied("Sign in first.")


def group_names(user: User) -> frozenset[str]:
    """The names of a user's groups, asked once a request."""
    cached: frozenset[str] | None = getattr(user, "_group_names", None)
    if cached is None:
        cached = frozenset(user.groups.values_list("name", flat=True))
        user._group_names = cached  # type: ignore[attr-defined]
    return cached


def is_moderator(user: Person) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or bool(group_names(user) & {MODERATOR, ADMINISTRATOR})


def is_administrator(user: Person) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or ADMINISTRATOR in group_names(user)


def may_contribute(user: Person) -> Denied | None:
    return None if user.is_authenticated and user.is_active else SIGN_IN


def may_upload(user: Person) -> Denied | None:
    return may_contribute(user)


def may_retry(user: Person, paper: Paper) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    if user.pk == paper.uploaded_by_id or is_moderator(user):
        return None
    return Denied("Who uploaded the paper and the moderators can have it read again.")


def may_download_paper(user: Person, paper: Paper) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    if user.pk == paper.uploaded_by_id or is_moderator(user):
        return None
    return Denied("The PDF belongs to its authors. Only who uploaded it and the moderators can download it here.")


def may_answer(user: Person, task: Task) -> Denied | None:
    """May this person work on this task? Whether a place is free is another question."""
    if denied := may_contribute(user):
        return denied
    answers = Submission.objects.filter(task=task, user_id=cast(int, user.pk)).select_related("review")
    last = answers.order_by("pk").last()
    if last is not None:
        review: Review | None = getattr(last, "review", None)
        if review is None:
            return Denied("You have answered this already. A moderator looks at your answer.")
        if review.decision == Review.Decision.REJECT:
            return Denied("A moderator rejected your answer, so now others are asked.")
    match task.state:
        case Task.State.OPEN:
            return None
        case Task.State.RETURNED if last is not None:
            return None
        case Task.State.RETURNED:
            return Denied("This answer went back to its author, who is asked first.")
        case Task.State.IN_REVIEW:
            return Denied("All answers are in; a moderator looks at them.")
        case _:
            return Denied(f"This task is {task.get_state_display()}; no more answers are needed.")


def may_review(user: Person) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    return None if is_moderator(user) else Denied("Only moderators decide about answers.")


def may_decide(user: Person, submission: Submission) -> Denied | None:
    if denied := may_review(user):
        return denied
    if submission.user_id == user.pk:
        return Denied("This is your own answer. Another moderator decides about it.")
    return None


def may_see_answer(user: Person, submission: Submission) -> Denied | None:
    """Nobody sees another's answer to a task before giving their own."""
    if denied := may_contribute(user):
        return denied
    if submission.user_id == user.pk or is_moderator(user):
        return None
    if submission.task.state in {Task.State.APPROVED, Task.State.CLOSED}:
        return None
    if Submission.objects.filter(task_id=submission.task_id, user_id=cast(int, user.pk)).exists():
        return None
    return Denied("You see the answers of others when you have given yours.")


def may_close(user: Person) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    return None if is_moderator(user) else Denied("Only moderators close and reopen tasks.")
