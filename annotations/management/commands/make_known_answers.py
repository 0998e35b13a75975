"""`manage.py make_known_answers`: questions whose answer is known, to measure contributors with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotations.services import known


class Command(BaseCommand):
    help = (
        "Makes known questions of gold flows and kinds that are firmly agreed, and retires those whose answer holds no "
        "more. A worker does the same every minute; this does it now. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--most", type=int, default=known.MOST, metavar="N", help="make at most so many")

    def handle(self, *args: Any, **options: Any) -> None:
        retired = known.retire_stale()
        made = known.make_known(most=max(0, options["most"]))
        self.stdout.write(f"{made} made, {retired} retired, {known.fresh().count()} in use")
