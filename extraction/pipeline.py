"""The whole reading of one paper: PDF, figures, tables and text to flows, and flows to code. No Django.

What fails for one figure, table or framework is a warning of the paper and leaves the rest as it is.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from extraction.classify import Beside, Verdict, classify
from extraction.classify.head import Head
from extraction.codegen import FRAMEWORKS, Refusal, generate_completed
from extraction.flow.complete import Completion, complete
from extraction.flow.model import Flow
from extraction.fusion import Conflict, fuse_openly
from extraction.pdf import open_safely
from extraction.pdf.model import Figure, Image, Paper, Region, Table
from extraction.readers import read
from extraction.tables import read_table
from extraction.tables.counts import counts_of
from extraction.text import Hyperparameter, hyperparameters

logger = logging.getLogger(__name__)

#: Stage of the reading, how much of it is done, of how much.
Progress = Callable[[str, int, int], None]

PARTS = ("paper.json", "figures", "flows", "code")
_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")


def read_paper(
    path: Path, out: Path, *, progress: Progress | None = None, head: Head | None = None, with_words: bool = True
) -> dict[str, Any]:
    """Read a paper and write what was found below `out`.

    The tree: `paper.json`, `figures/fig-<number>.png`, `flows/fig-<number>.json`,
    `flows/table-<number>[-<model>].json`, `flows/paper.json`, `code/<flow>/keras.py`, `caffe.prototxt`,
    `pytorch.py`. It replaces that of an earlier reading whole, or not at all; other files in `out` stay.

    Args:
        path: the PDF. It is opened in a child process.
        out: a folder, made where it is missing.
        progress: told the stage, how much of it is done, and of how much.
        head: tells the kinds of figures; without one the classifier's own does.
        with_words: captions and words inside figures count beside their pictures when figures are classified.

    Returns:
        The content of `paper.json`.

    Raises:
        PdfError: if the PDF can't be read, with the reason in words for the person who brought it.
        OSError: if `out` can't be written.
    """
    tell = progress or (lambda stage, done, total: None)
    paper = open_safely(path, progress=lambda page, pages: tell("reading pages", page, pages))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=out) as name:
        folder = Path(name)
        result = _Reading(paper, folder, tell, head, with_words).run()
        _write_json(folder / "paper.json", result)
        _put_in_place(folder, out)
    return result


class _Reading:
    """One paper on its way from PDF to `paper.json`."""

    def __init__(self, paper: Paper, folder: Path, tell: Progress, head: Head | None, with_words: bool) -> None:
        self.paper = paper
        self.folder = folder
        self.tell = tell
        self.head = head
        self.with_words = with_words
        self.warnings: list[str] = list(paper.warnings)
        self.regions = len(paper.figures) + len(paper.tables)
        #: By the name of the flow's file, without its end.
        self.flows: dict[str, Flow] = {}
        #: The networks of tables with the paths that a printed count of parameters shows to be there.
        self.joined: dict[str, Flow] = {}

    def run(self) -> dict[str, Any]:
        for part in PARTS[1:]:
            (self.folder / part).mkdir()
        figures = self._figures()
        tables = self._tables()
        found = self._hyperparameters()
        self._fuse(found)
        self._code()
        return {
            "title": self.paper.title,
            "authors": list(self.paper.authors),
            "year": self.paper.year,
            "abstract": self.paper.abstract,
            "sha256": self.paper.sha256,
            "pages": len(self.paper.pages),
            "figures": figures,
            "tables": tables,
            "hyperparameters": [
                {"name": item.name, "value": item.value, "page": item.page, "sentence": item.sentence} for item in found
            ],
            "warnings": self.warnings,
        }

    def _warn(self, what: str, error: Exception) -> None:
        # Who runs a command reads what failed; where in the program it failed is for its developers.
        logger.debug("%s", what, exc_info=True)
        self.warnings.append(f"{what} could not be read: {error or type(error).__name__}")

    def _figures(self) -> list[dict[str, Any]]:
        figures = self.paper.figures
        self.tell("telling kinds", 0, len(figures))
        beside = [Beside.of(figure) for figure in figures] if self.with_words else None
        verdicts = classify([figure.image for figure in figures], self.head, beside)
        self.tell("telling kinds", len(figures), len(figures))
        names = unique_names([f"fig-{figure.region.number}" for figure in figures])
        entries = []
        for done, (name, figure, verdict) in enumerate(zip(names, figures, verdicts, strict=True)):
            self.tell("reading flows", done, self.regions)
            image = f"figures/{name}.png"
            _write_png(self.folder / image, figure.image)
            flow = self._figure_flow(name, figure, verdict) if verdict.is_flow else None
            entries.append(
                {
                    **_region(figure.region),
                    "image": image,
                    "content": figure.content,
                    "parts": _parts(figure),
                    **verdict.to_dict(),
                    "flow": flow,
                }
            )
        return entries

    def _figure_flow(self, name: str, figure: Figure, verdict: Verdict) -> str | None:
        where = f"Figure {figure.region.number} (page {figure.region.page})"
        try:
            flow = read(figure, verdict.kind)
        except Exception as error:
            self._warn(where, error)
            return None
        if not flow.layers:
            self.warnings.append(f"{where} was taken for a network, but no layers were found in it.")
            return None
        whole = self._source("figure", figure.region)
        parts = [{**whole, "part": part["letter"], "bbox": part["bbox"]} for part in _parts(figure)]
        return self._keep(name, replace(flow, sources=(whole, *parts)))

    def _tables(self) -> list[dict[str, Any]]:
        tables = self.paper.tables
        names = unique_names([f"table-{table.region.number}" for table in tables])
        entries = []
        for done, (name, table) in enumerate(zip(names, tables, strict=True)):
            self.tell("reading flows", len(self.paper.figures) + done, self.regions)
            flows = self._table_flows(name, table)
            entry = {**_region(table.region), "rows": table.rows(), "flow": flows}
            if flows and table.image is not None:
                entry["image"] = f"figures/{name}.png"
                _write_png(self.folder / entry["image"], table.image)
            entries.append(entry)
        return entries

    def _table_flows(self, name: str, table: Table) -> list[str]:
        try:
            flows = read_table(table)
        except Exception as error:
            self._warn(f"Table {table.region.number} (page {table.region.page})", error)
            return []
        names = [name] if len(flows) == 1 else unique_names([f"{name}-{flow.name or 'model'}" for flow in flows])
        source = self._source("table", table.region)
        kept = []
        for own, flow, count in zip(names, flows, counts_of(table, flows), strict=True):
            told = {}
            if count is not None:
                self.warnings.append(f"{own}: {count.told()}.")
                told = {"parameters": count.to_dict()}
            sources = ({**source, **told},)
            kept.append(self._keep(own, replace(flow, sources=sources)))
            if count is not None and count.agrees_joined and count.joined is not None:
                self.joined[own] = replace(count.joined.flow, sources=sources)
        return kept

    def _hyperparameters(self) -> Sequence[Hyperparameter]:
        self.tell("reading flows", self.regions, self.regions)
        try:
            return hyperparameters(self.paper.pages)
        except Exception as error:
            self._warn("The running text", error)
            return []

    def _fuse(self, found: Sequence[Hyperparameter]) -> None:
        figures = [flow for name, flow in self.flows.items() if name.startswith("fig-")]
        tables = [self.joined.get(name, flow) for name, flow in self.flows.items() if name.startswith("table-")]
        try:
            fusion = fuse_openly(figures, tables, found)
        except Exception as error:
            self._warn("What figures, tables and text say together", error)
            return
        if fusion is not None and fusion.flow.layers:
            self.warnings.extend(_told(conflict) for conflict in fusion.conflicts if conflict.layer is not None)
            self._keep("paper", fusion.flow)

    def _code(self) -> None:
        citation = self._citation()
        for done, (name, flow) in enumerate(self.flows.items()):
            self.tell("writing code", done, len(self.flows))
            completion: Completion | None = None
            for framework in FRAMEWORKS:
                try:
                    completion = completion or complete(flow)
                    code = generate_completed(flow, completion, framework, citation=citation)
                except Refusal as refusal:
                    self.warnings.append(f"{name}: no {framework} code, {refusal}")
                    continue
                except Exception as error:
                    logger.debug("%s: no %s code", name, framework, exc_info=True)
                    self.warnings.append(f"{name}: no {framework} code, {error or type(error).__name__}")
                    continue
                place = self.folder / "code" / name
                place.mkdir(exist_ok=True)
                (place / code.filename).write_text(code.source, encoding="utf-8")
        self.tell("writing code", len(self.flows), len(self.flows))

    def _keep(self, name: str, flow: Flow) -> str:
        if not flow.name:
            flow = replace(flow, name=name)
        self.flows[name] = flow
        file = f"flows/{name}.json"
        (self.folder / file).write_text(flow.dumps(), encoding="utf-8")
        return file

    def _source(self, kind: str, region: Region) -> dict[str, Any]:
        return {
            "paper": self.paper.sha256,
            "page": region.page,
            kind: region.number,
            "bbox": [round(value, 2) for value in region.bbox],
        }

    def _citation(self) -> str:
        authors = self.paper.authors
        shown = ", ".join(authors[:6]) + (" et al." if len(authors) > 6 else "")
        year = f" ({self.paper.year})" if self.paper.year else ""
        return f"{shown}{year}: {self.paper.title}" if shown else f"{self.paper.title}{year}"


def _told(conflict: Conflict) -> str:
    return (
        f"`{conflict.layer}` of the fused flow: {conflict.parameter} is {conflict.kept}, "
        f"but a {conflict.source} of the paper says {conflict.other}"
    )


def unique_names(wanted: Sequence[str]) -> list[str]:
    """Names that every file system takes, no two the same, capitals or not."""
    names: list[str] = []
    taken: set[str] = set()
    for text in wanted:
        base = _UNSAFE.sub("-", text).strip("-.")[:80] or "unnamed"
        name, count = base, 1
        while name.lower() in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name.lower())
        names.append(name)
    return names


def _region(region: Region) -> dict[str, Any]:
    return {
        "number": region.number,
        "page": region.page,
        "bbox": [round(value, 2) for value in region.bbox],
        "caption": region.caption,
    }


def _parts(figure: Figure) -> list[dict[str, Any]]:
    """(a), (b), … with their boxes in points."""
    x, y = figure.region.bbox[:2]
    return [
        {
            "letter": part.letter,
            "bbox": [round(value / figure.scale + (x, y)[n % 2], 2) for n, value in enumerate(part.bbox)],
            "caption": part.caption,
        }
        for part in figure.parts
    ]


def _write_png(path: Path, image: Image) -> None:
    done, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not done:
        raise OSError(f"{path.name} could not be written as PNG")
    path.write_bytes(data.tobytes())


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _put_in_place(folder: Path, out: Path) -> None:
    """Move the finished parts over those of an earlier reading. `paper.json` stands only while all of it is there."""
    (out / PARTS[0]).unlink(missing_ok=True)
    for part in reversed(PARTS):
        old = out / part
        if old.is_dir():
            shutil.rmtree(old)
        (folder / part).rename(old)
