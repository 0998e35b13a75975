"""People of every role and the example paper, to try the site with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError

from annotations.services.permissions import ADMINISTRATOR, MODERATOR
from extraction.models import Paper
from extraction.services import UploadError, add_paper, retry_paper

#: Name and groups. The password is the name: only for a site on one's own machine.
PEOPLE = {"volunteer": [], "moderator": [MODERATOR], "admin": [ADMINISTRATOR]}


class Command(BaseCommand):
    help = (
        "Creates a volunteer, a moderator and an administrator, and puts the example paper into the queue; a worker "
        "reads it and asks about its figures. Safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEPLOYED:
            raise CommandError("These people have passwords that everybody knows; a deployed site must not have them.")
        for name, groups in PEOPLE.items():
            user, created = User.objects.get_or_create(
                username=name, defaults={"is_staff": bool(groups), "is_superuser": ADMINISTRATOR in groups}
            )
            if created:
                user.set_password(name)
                user.save(update_fields=["password"])
            user.groups.add(*Group.objects.filter(name__in=groups))
        try:
            with settings.EXAMPLE_PAPER.open("rb") as file:
                paper, created = add_paper(
                    file=file, name=settings.EXAMPLE_PAPER.name, uploaded_by=User.objects.get(username="volunteer")
                )
        except (UploadError, OSError) as error:
            raise CommandError(f"The example paper was not taken in: {error}") from error
        if paper.state == Paper.State.FAILED:
            retry_paper(paper=paper, actor=None)
            paper.refresh_from_db()
        self.stdout.write("Log-ins to try (name / password):")
        for name, groups in PEOPLE.items():
            self.stdout.write(f"  {name} / {name}  ({groups[0] if groups else 'volunteer'})")
        self.stdout.write(f"Example paper: {paper} ({paper.get_state_display()})")
