"""`manage.py evaluate classifier|flows|tables`: how good the parts are, on the benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify.head import HeadError
from extraction.classify.images import ImageError
from extraction.classify.training import DataError
from extraction.classify.weights import WeightsError
from extraction.management.evaluation import MEASUREMENTS, EvaluationError, benchmark_folder
from extraction.pdf.model import PdfError


class Command(BaseCommand):
    help = "Measures a part on the benchmark (DLP2C_BENCHMARK, by default ../shared/benchmark) and prints a table."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted(MEASUREMENTS), help="what to measure")
        parser.add_argument("--benchmark", type=Path, help="the folder of the benchmark")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            benchmark = options["benchmark"] or benchmark_folder()
            values, text = MEASUREMENTS[options["what"]](benchmark, self.stderr.write)
        except (EvaluationError, DataError, HeadError, ImageError, WeightsError, PdfError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(values) if options["json"] else text)
