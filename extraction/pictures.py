"""The whole reading of single pictures: decoded, told of what kind, read to a flow. No Django.

Pictures come from strangers, so all of it happens in limited child processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from extraction.classify import classify
from extraction.classify.images import ImageError, load_image
from extraction.flow.model import KINDS, Flow
from extraction.readers import read_image
from extraction.sandbox import Limits, SandboxError, report, run

#: What `plot_model` and `draw_net` draw are boxes and arrows, too.
LOOKS = {"keras": "box2d", "caffe": "box2d"}
ASKED = ("auto", *LOOKS, *KINDS)

#: Pictures that one child takes, and the time it has for them.
CHUNK = 16
SECONDS_TO_START = 30
SECONDS_A_PICTURE = 45


def read_pictures(paths: Sequence[Path], kind: str, tell: Callable[[Path, Flow | ImageError], None]) -> None:
    """Calls `tell` with each path, in order, and the flow read from it or why there is none.

    Args:
        kind: one of `ASKED`; with "auto" the classifier says which of the five kinds each picture is.

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
                limits=Limits(seconds=SECONDS_TO_START + SECONDS_A_PICTURE * len(chunk)),
                progress=hear,
            )
        except SandboxError as error:
            if told < len(chunk):
                hear({"error": error.message})
        done += told


def read_here(payload: dict[str, Any]) -> None:
    """The child's side: reports a flow or `{"error": …}` for each of `payload["paths"]`."""
    asked: str = payload["kind"]
    for path in payload["paths"]:
        try:
            image = load_image(path)
        except ImageError as error:
            report({"error": str(error)})
            continue
        kind = classify([image])[0].kind if asked == "auto" else LOOKS.get(asked, asked)
        report(read_image(image, kind).to_dict())
