"""Who may do what, with answers that say why not.

Each question returns `None` for yes, or `Denied` with the reason in words for the person who asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser, User

from extraction.models import Paper

MODERATOR = "moderator"
ADMINISTRATOR = "administrator"

Person: TypeAlias = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why."""

    reason: str


SIGN_IN = Denied("Sign in first.")


def is_moderator(user: Person) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or bool(group_names(user) & {MODERATOR, ADMINISTRATOR})


def is_administrator(user: Person) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or ADMINISTRATOR in group_names(user)


def group_names(user: User) -> frozenset[str]:
    """The names of a user's groups, asked once a request."""
    cached: frozenset[str] | None = getattr(user, "_group_names", None)
    if cached is None:
        cached = frozenset(user.groups.values_list("name", flat=True))
        user._group_names = cached  # type: ignore[attr-defined]
    return cached


def may_contribute(user: Person) -> Denied | None:
    return None if user.is_authenticated and user.is_active else SIGN_IN


def may_review(user: Person) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    return None if is_moderator(user) else Denied("Only moderators decide about answers.")


def may_download_paper(user: Person, paper: Paper) -> Denied | None:
    if denied := may_contribute(user):
        return denied
    if user.pk == paper.uploaded_by_id or is_moderator(user):
        return None
    return Denied("The PDF belongs to its authors. Only who uploaded it and the moderators can download it here.")
