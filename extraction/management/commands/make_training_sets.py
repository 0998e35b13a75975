"""`manage.py make_training_sets DIR`: the base of retrainings and the frozen test set, as features."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify import sets
from extraction.classify.head import FOLDER
from extraction.classify.images import ImageError
from extraction.classify.training import DataError, Figures, compute_features, read_labels
from extraction.classify.weights import WeightsError

PARTS = {sets.BASE: "develop", sets.FROZEN: "check"}


class Command(BaseCommand):
    help = (
        "Writes what retrainings start from (the part “develop”) and what they are measured on (sure labels of the "
        "part “check”) as features, labels and hashes, without pictures. Run it when labels or the backbone changed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", type=Path, metavar="DIR", help="labelled figures (labels.csv, images/, split.csv)"
        )
        parser.add_argument(
            "--papers", type=Path, help="folder of their PDF files (default: papers/ beside the benchmark)"
        )
        parser.add_argument("--out", type=Path, default=FOLDER, help="where to write (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        papers: Path = options["papers"] or folder.resolve().parent.parent / "papers"
        out: Path = options["out"]
        out.mkdir(parents=True, exist_ok=True)
        try:
            figures = read_labels(folder)
            for kind, part in PARTS.items():
                chosen = figures.where(np.flatnonzero(figures.parts == part))
                path = sets.path_of(kind, out)
                path.write_bytes(self._made(kind, chosen, papers))
                size = path.stat().st_size / 1e6
                self.stdout.write(f"{path.name}: {len(sets.load(kind, out))} figures, {size:.1f} MB")
        except (DataError, ImageError, WeightsError, sets.SetError, OSError) as error:
            raise CommandError(str(error)) from error

    def _made(self, kind: str, figures: Figures, papers: Path) -> bytes:
        files = [Path(file) for file in figures.files]
        self.stderr.write(f"features of {len(files)} figures …")
        plain = compute_features(files)
        mirrored = compute_features(files, mirrored=True) if kind == sets.BASE else plain[:0]
        hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        slugs = sorted({str(source).removeprefix("paper:") for source in figures.sources})
        known = {
            hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (papers / f"{slug}.pdf" for slug in slugs)
            if path.is_file()
        }
        return sets.make(kind, figures, hashes, plain, mirrored, known)
