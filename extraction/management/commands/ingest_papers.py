"""Put papers into the queue."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from extraction.services import UploadError, add_paper


class Command(BaseCommand):
    help = "Takes PDF files, or all those in folders, into the site's queue. Safe to repeat: known files are skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="DIR_OR_FILE")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        files = list(_files(paths))
        new = known = refused = 0
        for number, path in enumerate(files, 1):
            try:
                with path.open("rb") as file:
                    paper, created = add_paper(file=file, name=path.name, uploaded_by=None)
            except (UploadError, OSError) as error:
                refused += 1
                self.stderr.write(self.style.ERROR(f"[{number}/{len(files)}] {path}: {error}"))
                continue
            new, known = new + created, known + (not created)
            self.stderr.write(f"[{number}/{len(files)}] {path}: {'queued' if created else paper.get_state_display()}")
        self.stdout.write(f"{new} new, {known} known, {refused} refused")
        if refused:
            raise CommandError(f"{refused} of {len(files)} files were not taken in")


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(found for found in path.rglob("*") if found.suffix.lower() == ".pdf")
        elif path.exists():
            yield path
        else:
            raise CommandError(f"{path} is not there")
