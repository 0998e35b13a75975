"""`manage.py retrain_classifier`: a retraining now, in this process, as a record like those that workers make."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction import jobs, retraining
from extraction.classify.training import SEED
from extraction.models import TrainingRun
from extraction.retraining import Cause


class Command(BaseCommand):
    help = (
        "Learns from the base and the accepted labels, measures on the frozen test set, and promotes what comes out "
        "where it is no worse. Prints one JSON object. Exit status 1 where it was not promoted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--base", type=int, metavar="N", help="learn from N figures of the base, drawn at random, instead of all"
        )
        parser.add_argument(
            "--anew",
            action="store_true",
            help="begin a line of versions: it is compared with nothing and comes into use whatever it measures",
        )
        parser.add_argument("--seed", type=int, default=SEED, help="(default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        base = options["base"]
        if base is not None and base < 1:
            raise CommandError("--base must be at least 1.")
        if options["seed"] < 0:
            raise CommandError("--seed must not be negative.")
        run, new = retraining.start(
            cause=Cause.COMMAND, base_figures=base, anew=options["anew"], seed=options["seed"], send=False
        )
        if not new:
            raise CommandError(f"{run} is under way. Wait for its end, and start again.")
        jobs.retrain(run.pk)
        run.refresh_from_db()
        self.stderr.write(run.log, ending="")
        told = {
            "run": run.pk,
            "state": run.state,
            "version": run.version,
            "labels": run.labels,
            "new_labels": run.new_labels,
            "message": run.message,
            "metrics": run.metrics,
        }
        self.stdout.write(json.dumps(told))
        if run.state != TrainingRun.State.PROMOTED:
            raise CommandError(f"{run} was not promoted: {run.message}")
