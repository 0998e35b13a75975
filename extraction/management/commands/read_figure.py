"""`manage.py read_figure IMAGE… --out DIR`: the flow that each picture shows."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extraction.classify.images import ImageError
from extraction.flow.model import Flow
from extraction.management.commands.read_paper import folders
from extraction.pictures import ASKED, read_pictures


class Command(BaseCommand):
    help = (
        "Reads the network that each picture shows and writes it as DIR/<name of the picture>.json. Prints a JSON line "
        "for each picture: image, out, kind, layers, connections, confidence. A picture that can't be read gets a "
        "message on stderr, the others go on; the exit status is then 1."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "images", nargs="+", type=Path, metavar="IMAGE", help="PNG, JPEG, WebP, GIF, BMP, TIFF or PPM"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the flows")
        parser.add_argument(
            "--kind",
            choices=ASKED,
            default="auto",
            help="what kind of figure the pictures are; auto (the default) asks the classifier. keras and caffe are "
            "the looks of plot_model and draw_net, which have a reader of their own and are also told by themselves. "
            "Boxes and arrows are what the reader of figures knows best; the other kinds get what the same means "
            "find, with less confidence",
        )
        parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes at the same time (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        images: list[Path] = options["images"]
        out: Path = options["out"]
        jobs: int = options["jobs"]
        if jobs < 1:
            raise CommandError("--jobs must be 1 or more")
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{out} can't be made: {error.strerror}") from error
        names = [folder.name for folder in folders(images, out)]
        lock = threading.Lock()
        failed: list[Path] = []
        done = 0

        def work(mine: list[int]) -> None:
            places = iter(mine)

            def tell(path: Path, answer: Flow | ImageError) -> None:
                nonlocal done
                target = out / f"{names[next(places)]}.json"
                with lock:
                    done += 1
                    problem = str(answer) if isinstance(answer, ImageError) else self._write(path, target, answer)
                    if problem:
                        failed.append(path)
                        self.stderr.write(f"{path}: {problem}")
                    else:
                        found = "read" if isinstance(answer, Flow) and answer.layers else "read, but no layers found"
                        self.stderr.write(f"{path.name}: {found} ({done} of {len(images)})")

            read_pictures([images[i] for i in mine], options["kind"], tell)

        shares = [list(range(start, len(images), jobs)) for start in range(min(jobs, len(images)))]
        threads = [threading.Thread(target=work, args=(share,), daemon=True) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise CommandError(f"{len(failed)} of {len(images)} pictures could not be read")
        if done < len(images):
            raise CommandError(f"{len(images) - done} of {len(images)} pictures were not read")

    def _write(self, path: Path, target: Path, flow: Flow) -> str:
        """Keep a flow and say so; returns what went wrong, if something did."""
        try:
            target.write_text(flow.dumps(), encoding="utf-8")
        except OSError as error:
            return f"{target} can't be written: {error.strerror}"
        line = {
            "image": str(path),
            "out": str(target),
            "kind": flow.kind,
            "layers": len(flow.layers),
            "connections": len(flow.connections),
            "confidence": flow.confidence,
        }
        self.stdout.write(json.dumps(line, ensure_ascii=False))
        return ""
