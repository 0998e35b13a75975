"""`manage.py check_flow FLOW.json…`: whether flows make sense, a JSON line each."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from extraction.flow.checks import check
from extraction.flow.model import FlowError, load


class Command(BaseCommand):
    help = (
        "Checks flow files and writes a JSON line for each: flow, valid, problems (layer, message, severity), "
        "parameters (their number), output_shapes (by layer id). What a flow leaves open is no problem. "
        "Exit status 1 if a file can't be read as a flow; flows that are not valid don't change it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("flows", nargs="+", metavar="FLOW.json", help="flow files")

    def handle(self, *args: Any, **options: Any) -> None:
        readable = True
        for path in options["flows"]:
            line, read = check_file(Path(path))
            readable &= read
            self.stdout.write(json.dumps(line, ensure_ascii=False))
        if not readable:
            raise SystemExit(1)


def check_file(path: Path) -> tuple[dict[str, Any], bool]:
    """The line for one file, and whether it could be read as a flow."""
    try:
        report = check(load(path))
    except FlowError as error:
        message = str(error)
    except OSError as error:
        message = f"can't be opened: {error.strerror}"
    else:
        return {"flow": str(path), **report.to_dict()}, True
    problem = {"layer": None, "message": message, "severity": "error"}
    return {
        "flow": str(path), "valid": False, "problems": [problem], "parameters": None, "output_shapes": {},
        "layer_parameters": {},
    }, False  # fmt: skip
