"""Classifying image files that strangers made: decoded and classified in a child process with limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from extraction.classify import Verdict, classify
from extraction.classify.images import ImageError, load_image
from extraction.classify.weights import WeightsError
from extraction.sandbox import Failed, Limits, SandboxError, report, run

#: Files that one child takes (to start one takes as long as dozens of files), and the time it has for them.
CHUNK = 512
SECONDS_TO_START = 30
SECONDS_AN_IMAGE = 10


def classify_files(paths: Sequence[Path], tell: Callable[[Path, Verdict | ImageError], None]) -> None:
    """Calls `tell` with each path, in order, and its verdict or why there is none.

    One child serves many files. A file that ends the child gets the message, the next child goes on behind it.

    Raises:
        WeightsError: if the network's weights are not installed.
    """
    done = 0
    while done < len(paths):
        chunk = paths[done : done + CHUNK]
        told = 0

        def hear(message: dict[str, Any], chunk: Sequence[Path] = chunk) -> None:
            nonlocal told
            path, told = chunk[told], told + 1
            tell(path, ImageError(message["error"]) if "error" in message else Verdict(**message))

        try:
            run(
                f"{__name__}:classify_here",
                {"paths": list(chunk)},
                limits=Limits(seconds=SECONDS_TO_START + SECONDS_AN_IMAGE * len(chunk)),
                progress=hear,
            )
        except SandboxError as error:
            if isinstance(error, Failed) and error.kind == WeightsError.__name__:
                raise WeightsError(error.message) from error
            if told < len(chunk):
                hear({"error": error.message})
        done += told


def classify_here(payload: dict[str, Any]) -> None:
    """The child's side: reports a verdict or `{"error": …}` for each of `payload["paths"]`."""
    for path in payload["paths"]:
        try:
            report(asdict(classify([load_image(path)])[0]))
        except ImageError as error:
            report({"error": str(error)})
