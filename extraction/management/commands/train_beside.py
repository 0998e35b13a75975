"""`manage.py train_beside DIR`: what captions and words inside are worth beside the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify import beside_training, sets
from extraction.classify.beside import FILE
from extraction.classify.head import Head
from extraction.classify.report import Report, table
from extraction.classify.training import DataError
from extraction.sandbox import SandboxError


class Command(BaseCommand):
    help = (
        "Learns what captions, words inside and strokes add to what the classifier sees, from the sets that "
        "“make_training_sets” stored and the papers that they come from. Prints how good the head is alone and with "
        "the addition: by cross-validation over sources, and on the frozen test set."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="the labelled figures (labels.csv, images/)")
        parser.add_argument(
            "--papers", type=Path, help="folder of their PDF files (default: papers/ beside the benchmark)"
        )
        parser.add_argument("--out", type=Path, default=FILE, help="where to write (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        papers: Path = options["papers"] or folder.resolve().parent.parent / "papers"
        try:
            base, frozen = sets.load(sets.BASE), sets.load(sets.FROZEN)
            self.stderr.write("reading captions and papers …")
            beside = beside_training.read_beside(folder, papers)
        except (sets.SetError, DataError, SandboxError) as error:
            raise CommandError(str(error)) from error
        rows, test = (beside_training.rows_of(one.figures, beside) for one in (base, frozen))
        if not rows.any():
            raise CommandError(f"{folder} says nothing beside the pictures of the stored sets")
        self.stderr.write("learning …")
        trained, added = beside_training.cross_validated(base, rows)
        addition = beside_training.learn(base.figures, trained.flow, rows)
        options["out"].write_bytes(addition.to_bytes())
        flow, kinds = Head.load().probabilities(frozen.plain)
        for part, figures, by_kind, alone, both in (
            ("develop", base.figures, trained.kinds, trained.flow, added),
            ("check", frozen.figures, kinds, flow, addition.to(flow, test)),
        ):
            reports = [
                Report.of(f"{part}, {how}", figures, values, by_kind)
                for how, values in (("picture alone", alone), ("with what stands beside", both))
            ]
            self.stdout.write(f"{table(reports)}\n")
        self.stdout.write(f"{options['out']}: {rows.any(axis=1).sum()} figures had something beside them")
