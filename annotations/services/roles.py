"""The roles: everybody who signs in is a volunteer; moderators and administrators are members of a group."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

from annotations.services.errors import Invalid, NotAllowed
from annotations.services.log import log
from annotations.services.permissions import ADMINISTRATOR, MODERATOR, forget, may_give_roles

#: What each role may do in the administration pages.
PERMISSIONS = {
    MODERATOR: ["extraction.view_paper", "extraction.change_paper", "annotations.view_task"],
    ADMINISTRATOR: [
        *(f"auth.{verb}_user" for verb in ("view", "add", "change")),
        "extraction.view_paper",
        "extraction.change_paper",
        *(f"annotations.view_{model}" for model in ("task", "submission", "review", "goldflow", "artifact", "event")),
        "annotations.change_task",
    ],
}


def ensure_roles(**kwargs: Any) -> None:
    """Create the groups with their permissions. Runs after every migration."""
    for name, codes in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = [
            permission
            for code in codes
            for permission in Permission.objects.filter(
                content_type__app_label=code.partition(".")[0], codename=code.partition(".")[2]
            )
        ]
        group.permissions.set(wanted)


def set_role(*, person: User, role: str, actor: User) -> None:
    """Make somebody a volunteer (an empty `role`), a moderator or an administrator.

    Raises:
        NotAllowed, Invalid
    """
    if denied := may_give_roles(actor, person):
        raise NotAllowed.because(denied)
    if role not in {"", *PERMISSIONS}:
        raise Invalid(f"A role is one of: volunteer (empty), {', '.join(PERMISSIONS)}.")
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=person.pk)
        before = names(locked)
        locked.groups.remove(*Group.objects.filter(name__in=PERMISSIONS))
        locked.groups.add(*Group.objects.filter(name=role))
        User.objects.filter(pk=person.pk).update(is_staff=bool(role) or locked.is_superuser)
        log_change(person=person, actor=actor, before=before)
    forget(person)


def names(person: User) -> str:
    """The roles of a person in words, as the log has them."""
    groups = person.groups.order_by("name").values_list("name", flat=True)
    told = [*groups, *(["superuser"] if person.is_superuser else []), *([] if person.is_active else ["inactive"])]
    return ", ".join(told) or "volunteer"


def log_change(*, person: User, actor: User | None, before: str) -> None:
    """Log what became of a person's roles, if anything. Call it in the transaction of the change."""
    after = names(User.objects.get(pk=person.pk))
    if after != before:
        log("role", actor=actor, person=person, before=before, after=after)
