"""`manage.py train_prior --simulated N`: what simulated figures teach every head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify import simulated
from extraction.classify.prior import ANSWERS, FILE, learn
from extraction.classify.stored import Store
from extraction.classify.weights import WeightsError


class Command(BaseCommand):
    help = (
        "Learns from simulated figures what “train_classifier” and retrainings use beside labelled ones. "
        "The same number and seed give the same maps. Run “train_classifier” and “make_training_sets” behind it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simulated", type=int, default=3000, metavar="N", help="figures (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
        parser.add_argument("--out", type=Path, default=FILE, help="where to write (default: %(default)s)")
        parser.add_argument("--cache", type=Path, default=settings.VAR / "features", help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        count, seed = options["simulated"], options["seed"]
        if count < 1 or seed < 0:
            raise CommandError("--simulated must be at least 1, and --seed must not be negative")
        try:
            made = simulated.make(count, seed, Store(options["cache"]), self._tell)
        except (WeightsError, OSError) as error:
            raise CommandError(str(error)) from error
        kinds = made.figures.kinds
        if missing := [answer for answer in ANSWERS if answer not in kinds]:
            raise CommandError(f"among {count} figures there is no {', '.join(missing)}: draw more")
        found = learn(np.asarray(kinds), made.plain)
        options["out"].write_bytes(found.to_bytes())
        self.stdout.write(f"{options['out']}: {found.weights.shape[0]} features, learned from {count} figures")

    def _tell(self, done: int, total: int) -> None:
        if done % 100 == 0 or done == total:
            self.stderr.write(f"simulated figures: {done} of {total}")
