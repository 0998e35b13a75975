"""`manage.py evaluate classifier|flows|tables|consensus`: how good the parts are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotations.management.consensus_evaluation import consensus
from extraction.classify.head import HeadError
from extraction.classify.images import ImageError
from extraction.classify.training import DataError
from extraction.classify.weights import WeightsError
from extraction.management.evaluation import MEASUREMENTS, EvaluationError, benchmark_folder
from extraction.management.simulated_evaluation import simulated
from extraction.pdf.model import PdfError
from extraction.simulate.plan import PlanError

CONSENSUS = "consensus"
FLOWS = "flows"


class Command(BaseCommand):
    help = (
        "Measures a part on the benchmark (DLP2C_BENCHMARK, by default ../shared/benchmark) and prints a table. "
        "`consensus` measures a simulated crowd and the answers of real people; it takes a few minutes on two cores. "
        "`flows --simulated DIR` reads the pictures that `simulate` made, and needs no benchmark."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted([*MEASUREMENTS, CONSENSUS]), help="what to measure")
        parser.add_argument("--benchmark", type=Path, help="the folder of the benchmark")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
        parser.add_argument(
            "--plots", type=Path, metavar="DIR", help="of consensus: curves as PNG files in this folder"
        )
        parser.add_argument(
            "--thorough", action="store_true", help="of consensus: crowd-kit's slow aggregators too, 10 minutes more"
        )
        parser.add_argument(
            "--simulated", type=Path, metavar="DIR", help="of flows: the pictures of this folder that `simulate` made"
        )
        parser.add_argument(
            "--looks",
            type=lambda text: tuple(text.split(",")),
            default=(),
            metavar="LOOK,…",
            help="of --simulated: which (default: all that are there)",
        )
        parser.add_argument(
            "--auto", action="store_true", help="of --simulated: the reader isn't told what drew a picture"
        )
        parser.add_argument("--jobs", type=int, default=1, metavar="J", help="of --simulated: processes (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        what = options["what"]
        if what != CONSENSUS and (options["plots"] or options["thorough"]):
            raise CommandError("--plots and --thorough go with consensus only")
        if options["simulated"]:
            self._simulated(what, options)
            return
        if options["looks"] or options["auto"]:
            raise CommandError("--looks and --auto go with flows --simulated only")
        try:
            benchmark = options["benchmark"] or benchmark_folder()
            if what == CONSENSUS:
                values, text = consensus(
                    benchmark, self.stderr.write, plots=options["plots"], thorough=options["thorough"]
                )
            else:
                values, text = MEASUREMENTS[what](benchmark, self.stderr.write)
        except ImportError as error:
            raise CommandError(f"{error}: `make install-dev` installs what measuring needs") from error
        except (EvaluationError, DataError, HeadError, ImageError, WeightsError, PdfError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(values) if options["json"] else text)

    def _simulated(self, what: str, options: dict[str, Any]) -> None:
        if what != FLOWS:
            raise CommandError("--simulated goes with flows only")
        if options["jobs"] < 1:
            raise CommandError("--jobs must be 1 or more")
        try:
            values, text = simulated(
                options["simulated"],
                self.stderr.write,
                looks=options["looks"],
                jobs=options["jobs"],
                auto=options["auto"],
            )
        except (PlanError, ImageError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(values) if options["json"] else text)
