"""People of every role, the example paper, and tasks at every stage, to try the site with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from annotations.models import Task
from annotations.services import demo
from annotations.services.permissions import ADMINISTRATOR, MODERATOR
from annotations.services.task_creation import create_tasks
from extraction.models import Paper
from extraction.services import UploadError, add_paper, retry_paper

#: Name and groups. The password is the name: only for a site on one's own machine.
PEOPLE = {"volunteer": [], "moderator": [MODERATOR], "admin": [ADMINISTRATOR]}


class Command(BaseCommand):
    help = (
        "Creates a volunteer, a moderator and an administrator, and puts the example paper into the queue. A worker "
        "reads it and asks about its figures; then scripted people (demo-…) answer, so that there is a task at every "
        "stage. Where the paper is read already, they do it now. Safe to repeat."
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
        demo.ensure_people()
        self.stdout.write("Log-ins to try (name / password):")
        for name, groups in PEOPLE.items():
            self.stdout.write(f"  {name} / {name}  ({groups[0] if groups else 'volunteer'})")
        self.stdout.write(f"Example paper: {paper} ({paper.get_state_display()})")
        self._stages(paper)

    def _stages(self, paper: Paper) -> None:
        if paper.state != Paper.State.READ:
            self.stdout.write("Its tasks come when a worker has read it; scripted people answer some of them.")
            return
        create_tasks(paper=paper)
        for figure, words in demo.stage(paper=paper).items():
            self.stdout.write(f"  {figure}: {words}")
        for words in demo.missing(paper):
            self.stdout.write(f"  no task was found that could be: {words}")
        counts = Task.objects.filter(paper=paper).order_by("state").values_list("state").annotate(Count("pk"))
        self.stdout.write("Tasks: " + ", ".join(f"{count} {Task.State(state).label}" for state, count in counts))
