"""`manage.py rebuild_skill [NAME…]`: what is known of contributors, anew from their answers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotations.services import crowd_rebuild, skill


class Command(BaseCommand):
    help = (
        "Makes what is known of contributors (skill, level, points) anew from their assessed answers: after the rules "
        "have changed, or to check the books. Without names: of everybody, and of the crowd as a whole. The site can "
        "go on meanwhile. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="people; everybody where none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        people = User.objects.filter(contributor__isnull=False).order_by("pk")
        if options["names"]:
            people = people.filter(username__in=options["names"])
            if missing := set(options["names"]) - set(people.values_list("username", flat=True)):
                raise CommandError(f"Nothing is known of {', '.join(sorted(missing))}.")
        else:
            self.stderr.write(f"the crowd, from {crowd_rebuild.rebuild_crowd()} assessed answers")
        count = 0
        for person in list(people):
            row = skill.rebuild(person)
            count += 1
            self.stderr.write(f"{person}: level {row.level}, {row.reputation} points, {row.answers} answers assessed")
        self.stdout.write(f"{count} people rebuilt")
