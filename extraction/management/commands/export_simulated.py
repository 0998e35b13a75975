"""`manage.py export_simulated DIR --out OUT --format webdataset|parquet`: simulated designs for others to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.simulate.export import FORMATS, export


class Command(BaseCommand):
    help = (
        "Writes what simulate made as WebDataset (tar files, a sample a design) or Parquet (a row a picture), with "
        "manifest.csv and a description in Croissant (croissant.json). Every file is compared with its hash on the way."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="what simulate wrote, finished")
        parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="folder for the files")
        parser.add_argument("--format", choices=FORMATS, default="webdataset", dest="form")
        parser.add_argument("--size", type=int, default=1000, metavar="N", help="designs a file (default 1000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["size"] < 1:
            raise CommandError("--size must be 1 or more")
        if options["out"].resolve() == options["folder"].resolve():
            raise CommandError("--out must be another folder than DIR")

        def told(count: int) -> None:
            if count % 1000 == 0:
                self.stderr.write(f"{count:,} designs")

        try:
            written = export(options["folder"], options["out"], options["form"], size=options["size"], told=told)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        for path in written:
            self.stdout.write(str(path))
