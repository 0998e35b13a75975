"""`import_model`: a model file becomes a flow."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from extraction.importing import ModelError, open_safely


class Command(BaseCommand):
    help = (
        "Read a model file (Keras .keras or config JSON, Caffe .prototxt, ONNX .onnx) and write its flow. Nothing in "
        "the file is run. What the flow can't say, or says in other words, is told on stderr, a line each."
    )

    requires_system_checks = ()  # neither the database nor the site is needed

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", type=Path, metavar="MODEL", help="the file")
        parser.add_argument("--out", type=Path, metavar="FLOW.json", help="write the flow here instead of on stdout")
        parser.add_argument(
            "--phase", choices=("TEST", "TRAIN"), help="of a Caffe net; without it TEST, where the file has all of it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, out = options["model"], options["out"]
        try:
            result = open_safely(path, phase=options["phase"])
        except ModelError as error:
            raise CommandError(f"{path}: {error}") from error
        for note in result.notes:
            self.stderr.write(f"{note.kind}: {note}")
        text = result.flow.dumps()
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out}: can't be written ({error.strerror})") from error
        self.stderr.write(f"{out}: {len(result.flow.layers)} layers, {len(result.flow.connections)} connections")
