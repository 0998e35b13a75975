"""The roles: everybody who signs in is a volunteer; moderators and administrators are members of a group."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission

from annotations.services.permissions import ADMINISTRATOR, MODERATOR

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
