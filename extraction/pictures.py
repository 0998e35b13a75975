"""The whole reading of single pictures: decoded, told of what kind, read to a flow. No Django.

Pictures come from strangers, so all of it happens in limited child processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from extraction.classify import classify
from extraction.classify.images import MAX_DRAWN_PIXELS, MAX_PIXELS, ImageError, load_image, too_large
from extraction.flow.model import KINDS, Flow
from extraction.readers import LOOKS, read_image, read_plot
from extraction.sandbox import Limits, SandboxError, report, run

ASKED = ("auto", *LOOKS, *KINDS)

#: Pictures that one child takes, and the time it has for them.
CHUNK = 16
SECONDS_TO_START = 30
SECONDS_A_PICTURE = 45
#: Of the largest drawn graph there are 3 bytes a pixel while it is read, 7 while it is decoded.
MEMORY_MB = 5120


def read_pictures(paths: Sequence[Path], kind: str, tell: Callable[[Path, Flow | ImageError], None]) -> None:
    """Calls `tell` with each path, in order, and the flow read from it or why there is none.

    Args:
        kind: one of `ASKED`; with "auto" a picture that `plot_model` or `draw_net` drew is told by itself, and of any
            other the classifier says which of the five kinds it is.

    One child serves several files. A file that ends the child gets the message, the next child goes on behind it.
    """
    done = 0
    while done < len(paths):
        chunk = paths[done : done + CHUNK]
        told = 0

        def hear(message: dict[str, Any], chunk: Sequence[Path] = chunk) -> None:
            nonlocal told
            path, told = chunk[told], told + 1
            tell(path, ImageError(message["error"]) if "error" in message else Flow.from_dict(message))

        try:
            run(
                f"{__name__}:read_here",
                {"paths": list(chunk), "kind": kind},
                limits=Limits(SECONDS_TO_START + SECONDS_A_PICTURE * len(chunk), MEMORY_MB),
                progress=hear,
            )
        except SandboxError as error:
            if told < len(chunk):
                hear({"error": error.message})
        done += told


def read_here(payload: dict[str, Any]) -> None:
    """The child's side: reports a flow or `{"error": …}` for each of `payload["paths"]`."""
    for path in payload["paths"]:
        try:
            report(_read(path, payload["kind"]).to_dict())
        except ImageError as error:
            report({"error": str(error)})


def _read(path: Path, asked: str) -> Flow:
    drawn = asked in ("auto", *LOOKS)
    image = load_image(path, MAX_DRAWN_PIXELS if drawn else MAX_PIXELS)
    if drawn and (plot := read_plot(image, asked)):
        return plot
    height, width = image.shape[:2]
    if width * height > MAX_PIXELS:
        raise too_large(width, height)
    return read_image(image, classify([image])[0].kind if asked == "auto" else asked)
