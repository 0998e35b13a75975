"""`manage.py train_classifier DIR…`: makes the head of the classifier from labelled figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify.head import FILE, model_version
from extraction.classify.images import ImageError
from extraction.classify.prior import fitting
from extraction.classify.report import Report, table
from extraction.classify.training import DataError, compute_features, read_all, train
from extraction.classify.weights import WeightsError


class Command(BaseCommand):
    help = (
        "Learns the classifier's head from labelled figures (labels.csv, images/, split.csv): from the part "
        "“develop” alone. Prints how good it is by cross-validation over sources and on the part “check”."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="the labelled figures")
        parser.add_argument("--out", type=Path, default=FILE, help="where to write the head (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = read_all(options["folders"])
            learn = np.flatnonzero(figures.parts == "develop")
            test = np.flatnonzero(figures.parts == "check")
            files = [Path(file) for file in figures.files]
            plain = compute_features(files, progress=self._progress("features"))
            mirrored = compute_features(
                [files[i] for i in learn], mirrored=True, progress=self._progress("mirrored features")
            )
        except (DataError, ImageError, WeightsError) as error:
            raise CommandError(str(error)) from error
        self.stderr.write("learning …")
        trained = train(figures.where(learn), plain[learn], mirrored, prior=fitting(plain.shape[1]))
        reports = [
            Report.of("develop, cross-validated", figures.where(learn), trained.flow, trained.kinds),
            Report.of("check", figures.where(test), *trained.head.probabilities(plain[test])),
        ]
        out: Path = options["out"]
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(trained.head.to_bytes())
        version = model_version(out)
        if options["json"]:
            self.stdout.write(json.dumps({"model": version, **{report.part: report.to_dict() for report in reports}}))
        else:
            self.stdout.write(f"{version} in {out}\n\n{table(reports)}")

    def _progress(self, what: str) -> Any:
        def tell(done: int, total: int) -> None:
            if done % 100 == 0 or done == total:
                self.stderr.write(f"{what}: {done} of {total}")

        return tell
