"""`manage.py train_classifiers DIR…`: the poster's six classifiers on our figures, beside the poster's table."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify import experiments, pages, simulated, six, vgg19
from extraction.classify.features import BACKBONE, Image
from extraction.classify.images import ImageError, load_image
from extraction.classify.prior import fitting
from extraction.classify.stored import Store
from extraction.classify.training import DataError, compute_features, read_all, train
from extraction.classify.weights import WeightsError
from extraction.simulate.kinds import HELD_OUT

LITE, VGG = "efficientnet-lite0", "vgg19"


class Command(BaseCommand):
    help = (
        "Trains naive Bayes, decision tree, logistic regression, random forest, SVM (RBF) and a neural network, each "
        "for “flow or not” and for the five kinds, calibrated, beside the built-in head: on labelled figures "
        "(learned from the part “develop”, tested on “check”), and on simulated ones, divided as the poster did and "
        "with whole looks held out. Prints the poster's table and ours."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folders", type=Path, nargs="*", metavar="DIR", help="labelled figures (see train_classifier)"
        )
        parser.add_argument(
            "--simulated", type=_count, default=1500, metavar="N", help="so many (default: %(default)s; 0: none)"
        )
        parser.add_argument("--seed", type=_count, default=1, help="of the simulated figures (default: %(default)s)")
        parser.add_argument(
            "--report", type=Path, metavar="OUT", help="write a page with plots and the worst errors here"
        )
        parser.add_argument("--classifiers", nargs="+", choices=list(six.SIX), default=list(six.SIX), metavar="NAME")
        parser.add_argument("--features", choices=(LITE, VGG), default=LITE, help="default: %(default)s")
        parser.add_argument(
            "--weights", default=vgg19.DOWNLOAD, metavar="FILE", help="of VGG19: a file, or “imagenet” to download them"
        )
        parser.add_argument(
            "--cache", type=Path, default=settings.VAR / "features", help="keeps features (default: %(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["folders"] and not options["simulated"]:
            raise CommandError("give labelled figures, or a number of simulated ones")
        names: list[str] = options["classifiers"]
        found = []
        try:
            store = self._store(options)
            if options["folders"]:
                found.append(self._real(options["folders"], names, store))
            if options["simulated"]:
                found += self._simulated(options["simulated"], options["seed"], names, store)
        except (DataError, ImageError, WeightsError, OSError) as error:
            raise CommandError(str(error)) from error
        if options["report"]:
            best = experiments.OURS if options["features"] == LITE else names[-1]
            page = pages.write(options["report"], found, _picture, best)
            self.stderr.write(f"the report is {page}")
        if options["json"]:
            self.stdout.write(json.dumps({one.title: one.to_dict() for one in found}))
        else:
            self.stdout.write(experiments.markdown(found))

    def _store(self, options: dict[str, Any]) -> Store:
        if options["features"] == LITE:
            return Store(options["cache"], BACKBONE)
        return Store(options["cache"], vgg19.NAME, vgg19.extractor(options["weights"]))

    def _real(self, folders: list[Path], names: list[str], store: Store) -> experiments.Experiment:
        figures = read_all(folders)
        files = [Path(file) for file in figures.files]
        rows = compute_features(files, store=store, progress=self._progress("features"))
        further = []
        if store.name == BACKBONE:
            learn = np.flatnonzero(figures.parts == "develop")
            mirrored = compute_features(
                [files[i] for i in learn], mirrored=True, store=store, progress=self._progress("mirrored features")
            )
            ours = train(figures.where(learn), rows[learn], mirrored, prior=fitting(rows.shape[1]))
            further = [six.Fitted(experiments.OURS, ours.head.probabilities, ours.flow, ours.kinds)]
        about = (
            f"{len(figures)} figures from {len(set(figures.sources))} papers and project pages; learned from the part "
            "“develop”, tested on sure labels of “check”. “Val” is cross-validation over sources on “develop”."
        )
        return experiments.run(
            "Real figures",
            about,
            figures,
            rows,
            ("develop", None, "check"),
            names=names,
            further=further,
            tell=self.stderr.write,
        )

    def _simulated(self, count: int, seed: int, names: list[str], store: Store) -> list[experiments.Experiment]:
        made = simulated.make(count, seed, store, self._progress("simulated figures"))
        learn, choose, test = simulated.LEARN, simulated.CHOOSE, simulated.TEST
        return [
            experiments.run(
                "Simulated figures, split as on the poster",
                f"{count} simulated figures, 60% to learn from, 20% to choose by, 20% to test on.",
                made.as_the_poster_split(), made.plain, (learn, choose, test), names=names, tell=self.stderr.write,
            ),
            experiments.run(
                "Simulated figures, whole looks held out",
                f"{count} simulated figures; nothing is learned from the looks {', '.join(HELD_OUT)}, which test. "
                "“Val” is cross-validation on the other looks.",
                made.by_looks(), made.plain, (learn, None, test), names=names, tell=self.stderr.write,
            ),
        ]  # fmt: skip

    def _progress(self, what: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            if done % 100 == 0 or done == total:
                self.stderr.write(f"{what}: {done} of {total}")

        return tell


def _picture(name: str) -> Image:
    return simulated.image_of(name) if name.startswith("simulated:") else load_image(Path(name))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 1_000_000:
        raise ArgumentTypeError(f"must be a whole number from 0 to a million, is {text}")
    return int(text)
