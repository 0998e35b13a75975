"""Handing what people settled to the classifier's training and to the measuring of the readers.

Writes the very form that `train_classifier` and `evaluate` read: `figures/labels.csv` with `images/`, `flows/gold` with
`flows/images`, and `split.csv` by paper. Beside each row stands who said so, when, and in which decision. Nothing in
the database changes. The same state of the site gives the same bytes, and what did not change is not written again.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from annotations.selectors import training as selectors
from annotations.selectors.training import Gold, Label, Source
from extraction.flow.model import Flow
from extraction.models import Figure

HAND_OVER = "annotations.jobs.hand_over"
FORMAT, VERSION = "dlp2c-training", 1
MANIFEST = "manifest.json"

PROVENANCE = ("told_by", "decided_by", "decided_at", "review")
LABELS = (
    "file", "kind", "confidence", "crop", "source", "slug", "figure", "page", "x0", "y0", "x1", "y1", "content",
    "caption", "note", "votes", *PROVENANCE,
)  # fmt: skip
INDEX = (
    "file", "image", "number", "version", "digest", "source", "slug", "figure", "page", "x0", "y0", "x1", "y1",
    "caption", *PROVENANCE,
)  # fmt: skip
TABLES = (
    "file", "slug", "table", "page", "model", "n_layers", "number", "version", "digest", "source", *PROVENANCE,
)  # fmt: skip
README = """What people settled on this site, in the form of the benchmark.

figures/labels.csv  the kind of each figure (`train_classifier figures`); pictures in figures/images
flows/gold          the approved flow of each figure (`evaluate flows --benchmark .`); pictures in flows/images
flows/INDEX.csv     which network each is, and who made it
tables              the approved flow of each model of a table; tables/INDEX.csv says of which
split.csv           which papers are learned from (develop) and which are only measured on (check)
manifest.json       SHA-256 of every file

The papers belong to their authors and publishers: publish nothing of the pictures.
"""


@dataclass(slots=True)
class Exported:
    """What lies in the folder now, and what changed there."""

    labels: int = 0
    flows: int = 0
    written: int = 0
    removed: int = 0
    #: Figures left out because their picture is gone.
    missing: list[str] = field(default_factory=list)


def export(*, folder: Path, known: Mapping[str, Source] | None = None) -> Exported:
    """Bring a folder to what is settled now. Safe to repeat, to be killed, and to run twice at once.

    Raises:
        OSError: the folder can't be written.
    """
    with _alone(folder):
        return _Folder(folder, known or {}).bring_up_to_date(None)


def hand_over() -> Exported:
    """Bring the site's own folder up to date: only figures about which something was settled since the last time."""
    folder = Path(settings.TRAINING_DIR)
    with _alone(folder):
        there = _Folder(folder, known_sources(settings.BENCHMARK_DIR))
        since = there.marks
        return there.bring_up_to_date(selectors.settled_since(since) if since else None)


def catch_up() -> None:
    """Hand over what a lost message left behind. Safe to repeat."""
    if _Folder(Path(settings.TRAINING_DIR), {}).marks != selectors.marks():
        hand_over()


@cache
def known_sources(benchmark: Path) -> dict[str, Source]:
    """The papers of the benchmark by the SHA-256 of their files: `papers/*.pdf` beside it, parts from `split.csv`."""
    split, papers = benchmark / "split.csv", benchmark.parent / "papers"
    if not split.is_file() or not papers.is_dir():
        return {}
    with split.open(newline="", encoding="utf-8") as file:
        parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
    found = {}
    for path in sorted(papers.glob("*.pdf")):
        # A paper that is in no part is nobody's to learn from, until somebody says so.
        part = parts.get(f"paper:{path.stem}", selectors.CHECK)
        found[hashlib.sha256(path.read_bytes()).hexdigest()] = Source(path.stem, part)
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time writes into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Folder:
    """The folder as it is and as it becomes."""

    def __init__(self, folder: Path, known: Mapping[str, Source]) -> None:
        self.folder = folder
        self.known = known
        manifest = _manifest(folder / MANIFEST)
        self.marks: dict[str, int] = manifest.get("marks", {})
        #: Path below the folder -> SHA-256, as it is and as it becomes.
        self.before: dict[str, str] = manifest.get("files", {})
        self.after: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.told = Exported()

    def bring_up_to_date(self, figures: Collection[int] | None) -> Exported:
        """All figures; or these alone, and what stands there of the others stays."""
        marks = selectors.marks()  # first: what is settled while we read is read again the next time
        labels, index, tables = ({}, {}, {}) if figures is None else self._others(figures)
        for label in selectors.labels(figures):
            self._label(label, labels)
        for gold in selectors.flows(figures):
            if gold.figure.table_id:
                self._table(gold, tables)
            else:
                self._gold(gold, index)
        named = {row["source"] for row in [*labels.values(), *index.values(), *tables.values()]}
        self._put("figures/labels.csv", _csv(LABELS, (labels[name] for name in sorted(labels))))
        self._put("flows/INDEX.csv", _csv(INDEX, (index[name] for name in sorted(index))))
        self._put("tables/INDEX.csv", _csv(TABLES, (tables[name] for name in sorted(tables))))
        self._put("split.csv", _csv(("source", "part"), ({"source": x, "part": self.parts[x]} for x in sorted(named))))
        self._put("README.md", README.encode())
        for path in sorted(self.before.keys() - self.after.keys()):
            _inside(self.folder, path).unlink(missing_ok=True)
            self.told.removed += 1
        manifest = {"format": FORMAT, "version": VERSION, "marks": marks, "files": dict(sorted(self.after.items()))}
        self._write(self.folder / MANIFEST, json.dumps(manifest, indent=1).encode())
        self.told.labels, self.told.flows = len(labels), len(index) + len(tables)
        return self.told

    def _others(self, figures: Collection[int]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Rows of the folder but those of these figures. Their files are kept."""
        anew = {self._stem(figure) for figure in Figure.pictures.filter(pk__in=figures).select_related("paper")}
        labels = _read(self.folder / "figures" / "labels.csv", anew)
        index = _read(self.folder / "flows" / "INDEX.csv", anew)
        tables = _read(self.folder / "tables" / "INDEX.csv", anew)
        self.parts |= {row["source"]: row["part"] for row in _read(self.folder / "split.csv", set(), "source").values()}
        files = [f"figures/images/{row['file']}" for row in labels.values()]
        files += [
            f"flows/{place}" for row in index.values() for place in (f"gold/{row['file']}", f"images/{row['image']}")
        ]
        files += [f"tables/{row['file']}" for row in tables.values()]
        self.after |= {path: self.before[path] for path in files if path in self.before}
        return labels, index, tables

    def _source(self, figure: Figure) -> Source:
        return selectors.source_of(figure.paper.sha256, self.known)

    def _stem(self, figure: Figure) -> str:
        """The name of a figure's files: that of its paper and its place there, which never change."""
        slug = self._source(figure).slug
        if not figure.table_id:
            return f"{slug}-fig{figure.position + 1}"
        # Models of a table are told apart by their row: their names are a stranger's words.
        return f"{slug}-table{figure.position + 1}-{figure.pk}"

    def _label(self, label: Label, rows: dict[str, Any]) -> None:
        image = self._picture(label.figure, "figures/images")
        if image is not None:
            rows[self._stem(label.figure)] = {
                "file": image,
                "kind": label.kind,
                "confidence": "sure",
                "crop": "good",
                "content": label.figure.content,
                "votes": label.votes,
                **self._where(label.figure),
                **_provenance(label),
            }

    def _gold(self, gold: Gold, rows: dict[str, Any]) -> None:
        image = self._picture(gold.figure, "flows/images")
        if image is not None:
            stem = self._stem(gold.figure)
            self._put(f"flows/gold/{stem}.json", Flow.from_dict(gold.flow).dumps().encode())
            rows[stem] = {
                "file": f"{stem}.json",
                "image": image,
                "number": gold.number,
                "version": gold.version,
                "digest": gold.digest,
                **self._where(gold.figure),
                **_provenance(gold),
            }

    def _table(self, gold: Gold, rows: dict[str, Any]) -> None:
        stem, source = self._stem(gold.figure), self._source(gold.figure)
        self.parts[source.name] = source.part
        self._put(f"tables/{stem}.json", Flow.from_dict(gold.flow).dumps().encode())
        rows[stem] = {
            "file": f"{stem}.json",
            "slug": source.slug,
            "table": gold.figure.number,
            "page": gold.figure.page,
            "model": gold.figure.model_name,
            "n_layers": len(gold.flow.get("layers", ())),
            "number": gold.number,
            "version": gold.version,
            "digest": gold.digest,
            "source": source.name,
            **_provenance(gold),
        }

    def _where(self, figure: Figure) -> dict[str, Any]:
        source = self._source(figure)
        self.parts[source.name] = source.part
        return {
            "source": source.name,
            "slug": source.slug,
            "figure": figure.number,
            "page": figure.page,
            **dict(zip(("x0", "y0", "x1", "y1"), figure.bbox, strict=True)),
            "caption": figure.caption,
        }

    def _picture(self, figure: Figure, folder: str) -> str | None:
        """The figure's picture in a folder of ours; its name there, `None` where it is gone."""
        stored = Path(str(figure.image.name))
        name = f"{self._stem(figure)}{stored.suffix}"
        path = f"{folder}/{name}"
        # Pictures are stored under what they contain: one that is here already need not be read again.
        digest = stored.stem
        if self.before.get(path) == digest and (self.folder / path).is_file():
            self.after[path] = digest
            return name
        try:
            with figure.image.open("rb") as file:
                self._put(path, file.read())
        except FileNotFoundError:
            self.told.missing.append(f"{figure} of {figure.paper}")
            return None
        return name

    def _put(self, path: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        target = _inside(self.folder, path)
        if self.before.get(path) != digest or not target.is_file():
            self._write(target, content)
            self.told.written += 1
        self.after[path] = digest

    def _write(self, target: Path, content: bytes) -> None:
        """Whole or not at all."""
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self.folder, prefix=".part-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(draft).chmod(0o644)
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def _inside(folder: Path, path: str) -> Path:
    """A path that a manifest names, which somebody may have edited: never one outside the folder."""
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OSError(f"{folder / MANIFEST} names {path}, which lies outside")
    return target


def _manifest(path: Path) -> dict[str, Any]:
    """What was written last time. Where that can't be told, everything is written anew."""
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    fits = isinstance(read, dict) and (read.get("format"), read.get("version")) == (FORMAT, VERSION)
    return read if fits else {}


def _provenance(settled: Label | Gold) -> dict[str, Any]:
    return {
        "told_by": ";".join(settled.told_by),
        "decided_by": settled.decided_by,
        "decided_at": settled.decided_at.isoformat(timespec="seconds"),
        "review": settled.review,
    }


def _csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _read(path: Path, without: Collection[str], key: str = "file") -> dict[str, dict[str, Any]]:
    """Rows of a file of ours by the stem of what they name."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = {Path(row[key]).stem if key == "file" else row[key]: row for row in csv.DictReader(file)}
    return {name: row for name, row in rows.items() if name not in without}
