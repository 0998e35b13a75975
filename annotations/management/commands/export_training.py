"""`manage.py export_training --out DIR`: what people settled, in the form of the benchmark."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotations.services import training


class Command(BaseCommand):
    help = (
        "Writes accepted kinds and flows into a folder that `train_classifier DIR/figures` and "
        "`evaluate flows --benchmark DIR` read. Decisions taken back and networks withdrawn don't count. Safe to "
        "repeat: only what changed is written, and what no longer counts is removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
        parser.add_argument(
            "--benchmark",
            type=Path,
            default=settings.BENCHMARK_DIR,
            help="papers that stand here keep their name and their part (default: %(default)s, where that exists)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a sentence")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = training.export(folder=options["out"], known=training.known_sources(options["benchmark"]))
        except OSError as error:
            raise CommandError(f"The folder can't be written: {error}") from error
        for figure in done.missing:
            self.stderr.write(f"left out, its picture is gone: {figure}")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
        else:
            self.stdout.write(
                f"{done.labels} labelled figures and {done.flows} flows in {options['out']}; {done.written} files "
                f"written, {done.removed} removed."
            )
