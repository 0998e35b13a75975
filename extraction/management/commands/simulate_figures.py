"""`manage.py simulate_figures --count N --out DIR`: simulated figures of the five kinds and of no network."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import PIL.Image
from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.simulate.kinds import HELD_OUT, drawn, plan

COLUMNS = ("file", "kind", "confidence", "source", "look", "sort")


class Command(BaseCommand):
    help = (
        "Draws figures of the five kinds and of what is no network (charts, photographs, tables, code, maps, other "
        "diagrams) in twelve looks, as labelled figures: images/, labels.csv, and split.csv, where the looks "
        f"{', '.join(HELD_OUT)} are the part “check”. The same seed gives the same pixels."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True, metavar="N")
        parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="an empty or a new folder")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        count, seed = options["count"], options["seed"]
        if count < 1 or seed < 0:
            raise CommandError("--count must be at least 1, and --seed must not be negative")
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise CommandError(f"{out} is there already and not an empty folder")
        (out / "images").mkdir(parents=True, exist_ok=True)
        looks = {}
        with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for index, figure in enumerate(plan(count, seed)):
                image, sort = drawn(figure.kind, figure.look, figure.seed)
                name = f"{index:06d}-{figure.kind}-{figure.look}.png"
                PIL.Image.fromarray(image).save(out / "images" / name)
                source = f"simulated:{figure.look}"
                looks[source] = "check" if figure.look in HELD_OUT else "develop"
                writer.writerow((name, figure.kind, "sure", source, figure.look, sort))
                if (index + 1) % 100 == 0:
                    self.stderr.write(f"{index + 1} of {count}")
        with (out / "split.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("source", "part"), *sorted(looks.items())])
        self.stdout.write(f"{count} figures in {out}")
