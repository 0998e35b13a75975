"""`manage.py classify_figures IMAGE…`: a JSON line for each image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify import Verdict
from extraction.classify.files import classify_files
from extraction.classify.images import ImageError
from extraction.classify.weights import WeightsError


class Command(BaseCommand):
    help = (
        "Tells for each image whether it shows a network, and which of the five kinds. Prints a JSON line each: "
        "image, is_flow, flow_probability, kind, kind_probabilities. An image that can't be read gets a message on "
        "stderr, the others go on; the exit status is then 1."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("images", nargs="+", metavar="IMAGE", help="PNG, JPEG, WebP, GIF, BMP, TIFF or PPM")

    def handle(self, *args: Any, **options: Any) -> None:
        names: list[str] = options["images"]
        waiting = iter(names)
        broken = 0

        def tell(_: Path, answer: Verdict | ImageError) -> None:
            nonlocal broken
            name = next(waiting)
            if isinstance(answer, ImageError):
                broken += 1
                self.stderr.write(f"{name}: {answer}")
            else:
                self.stdout.write(json.dumps({"image": name, **answer.to_dict()}))

        try:
            classify_files([Path(name) for name in names], tell)
        except WeightsError as error:
            raise CommandError(str(error)) from error
        if broken:
            raise CommandError(f"{broken} of {len(names)} images could not be read")
