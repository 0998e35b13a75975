"""`manage.py read_paper PAPER.pdf… --out DIR`: figures, tables, text, flows and code of papers."""

from __future__ import annotations

import json
import multiprocessing
import queue
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

Message = tuple[str, Any]


class Command(BaseCommand):
    help = (
        "Reads papers: for each, DIR/<name of the file>/ gets paper.json, the figures as pictures, a flow for every "
        "figure and table that shows a network, and code in Keras, Caffe and PyTorch. Prints a JSON line for each "
        "paper: paper, ok, out, title, pages, figures, tables, flows, warnings, seconds, or error. Progress goes to "
        "stderr. A paper that can't be read gets a message that names it, the others go on; "
        "exit status 1 if any failed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("papers", nargs="+", type=Path, metavar="PAPER.pdf", help="PDF files")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
        parser.add_argument("--jobs", type=int, default=1, metavar="J", help="papers read at the same time (default 1)")
        parser.add_argument(
            "--pictures-alone",
            action="store_true",
            help="classify figures by their pictures alone, without captions and words inside",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if options["jobs"] < 1:
            raise CommandError("--jobs must be 1 or more")
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{out} can't be made: {error.strerror}") from error
        waiting: queue.SimpleQueue[tuple[Path, Path]] = queue.SimpleQueue()
        for paper, folder in zip(options["papers"], folders(options["papers"], out), strict=True):
            waiting.put((paper, folder))
        failed: list[Path] = []
        lock = threading.Lock()

        def finished(paper: Path, line: dict[str, Any]) -> None:
            with lock:
                self.stdout.write(json.dumps(line, ensure_ascii=False))
                self.stdout.flush()
                if not line["ok"]:
                    failed.append(paper)
                    self.stderr.write(f"{paper}: {line['error']}")

        def told(paper: Path, text: str) -> None:
            with lock:
                self.stderr.write(f"{paper.name}: {text}", ending="\n")

        threads = [
            threading.Thread(target=_serve, args=(waiting, finished, told, not options["pictures_alone"]), daemon=True)
            for _ in range(min(options["jobs"], len(options["papers"])))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise CommandError(f"{len(failed)} of {len(options['papers'])} papers could not be read")


def folders(papers: Sequence[Path], out: Path) -> list[Path]:
    """A folder for each paper, named as its file is; a second paper of the same name gets "-2"."""
    taken: set[str] = set()
    result = []
    for paper in papers:
        name, count = paper.stem, 1
        while name.lower() in taken:
            count += 1
            name = f"{paper.stem}-{count}"
        taken.add(name.lower())
        result.append(out / name)
    return result


def _serve(waiting: queue.SimpleQueue[tuple[Path, Path]], finished: Any, told: Any, with_words: bool) -> None:
    """Read waiting papers one after the other in a process of its own, a new one where it died."""
    worker: _Worker | None = None
    while True:
        try:
            paper, folder = waiting.get_nowait()
        except queue.Empty:
            break
        worker = worker if worker is not None and worker.alive else _Worker(with_words)
        finished(paper, worker.read(paper, folder, told))
    if worker is not None:
        worker.stop()


class _Worker:
    """A child process that reads papers, so that a crash in a library ends one paper and no more."""

    def __init__(self, with_words: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.here, there = context.Pipe()
        self.process: SpawnProcess = context.Process(target=work, args=(there, with_words), daemon=True)
        self.process.start()
        there.close()

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def read(self, paper: Path, folder: Path, told: Any) -> dict[str, Any]:
        start = time.monotonic()
        head = {"paper": str(paper), "ok": False}
        last = ""
        try:
            self.here.send((paper, folder))
            while True:
                kind, value = self.here.recv()
                if kind == "progress":
                    stage, done, total = value
                    if stage != last or done == total:
                        told(paper, f"{stage} ({done} of {total})" if total else stage)
                    last = stage
                elif kind == "result":
                    seconds = round(time.monotonic() - start, 2)
                    return {**head, "ok": True, "out": str(folder), **value, "seconds": seconds}
                else:
                    return {**head, "error": value}
        except (EOFError, OSError):
            self.process.join()
            return {**head, "error": f"the reading crashed (exit status {self.process.exitcode})"}

    def stop(self) -> None:
        self.here.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.terminate()


def work(parent: Connection, with_words: bool = True) -> None:
    """The child: reads what it is sent until the pipe closes."""
    from extraction import pipeline  # heavy, so not before a paper is to be read
    from extraction.pdf.model import PdfError

    while True:
        try:
            paper, folder = parent.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            result = pipeline.read_paper(
                paper, folder, progress=lambda *value: parent.send(("progress", value)), with_words=with_words
            )
            answer: Message = ("result", _summary(result))
        except PdfError as error:
            answer = ("error", str(error))
        except OSError as error:
            answer = ("error", f"{error.filename or folder} can't be written: {error.strerror or error}")
        except KeyboardInterrupt:
            return
        except Exception as error:
            answer = ("error", f"the reading failed: {type(error).__name__}: {error}")
        parent.send(answer)


def _summary(result: dict[str, Any]) -> dict[str, Any]:
    flows = sum(1 for figure in result["figures"] if figure["flow"]) + sum(len(t["flow"]) for t in result["tables"])
    return {
        "title": result["title"],
        "pages": result["pages"],
        "figures": len(result["figures"]),
        "tables": len(result["tables"]),
        "flows": flows,
        "warnings": len(result["warnings"]),
    }
