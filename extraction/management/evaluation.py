"""Measuring the parts on the benchmark: what `manage.py evaluate` prints."""

from __future__ import annotations

import csv
import importlib.util
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from extraction.classify.head import Head
from extraction.classify.images import load_image
from extraction.classify.report import Report, table
from extraction.classify.training import compute_features, read_labels
from extraction.flow.model import Flow
from extraction.pdf import open_safely
from extraction.readers import read_image
from extraction.tables import read_table

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("develop", "check")
#: Measures of the scorer that are shown, in this order.
SHOWN = ("flows", "layers_f1", "connections_f1", "params", "shapes", "exact", "edits")

Tell = Callable[[str], None]


class EvaluationError(Exception):
    """The benchmark, or a part of it, is not where it should be."""


def benchmark_folder() -> Path:
    """`DLP2C_BENCHMARK`, by default `../shared/benchmark` beside the repository."""
    folder = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not there; set DLP2C_BENCHMARK to the folder of the benchmark")
    return folder


def classifier(benchmark: Path, tell: Tell) -> tuple[dict[str, Any], str]:
    """The stored head on the figures that nothing was learned from."""
    figures = read_labels(benchmark / "figures")
    chosen = figures.where(figures.parts == "check")
    tell(f"features of {len(chosen)} figures …")
    rows = compute_features([Path(file) for file in chosen.files])
    report = Report.of("check", chosen, *Head.load().probabilities(rows))
    return {report.part: report.to_dict()}, table([report])


def flows(benchmark: Path, tell: Tell) -> tuple[dict[str, Any], str]:
    """Flows read from the pixels of the pictures whose network was written down by hand."""
    parts = _parts(benchmark)
    images = {path.stem: path for path in (benchmark / "flows" / "images").iterdir()}
    pairs = []
    for gold in sorted((benchmark / "flows" / "gold").glob("*.json")):
        tell(gold.stem)
        flow = Flow.loads(gold.read_bytes())
        image = images.get(gold.stem)
        read = read_image(load_image(image), flow.kind or "auto") if image else Flow()
        pairs.append((_part_of(gold.stem, parts), gold, [read]))
    return _scored(benchmark, pairs)


def tables(benchmark: Path, tell: Tell) -> tuple[dict[str, Any], str]:
    """Flows read from the papers' architecture tables."""
    parts = _parts(benchmark)
    with (benchmark / "tables" / "INDEX.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pairs = []
    papers: dict[str, dict[str, list[Flow]]] = {}
    for row in rows:
        slug = row["slug"]
        if slug not in papers:
            tell(slug)
            found: dict[str, list[Flow]] = defaultdict(list)
            for item in open_safely(benchmark.parent / "papers" / f"{slug}.pdf").tables:
                found[item.region.number] += read_table(item)
            papers[slug] = found
        gold = benchmark / "tables" / row["file"]
        pairs.append((parts.get(f"paper:{slug}", "?"), gold, papers[slug].get(row["table"], [])))
    return _scored(benchmark, pairs)


MEASUREMENTS = {"classifier": classifier, "flows": flows, "tables": tables}


def _parts(benchmark: Path) -> dict[str, str]:
    with (benchmark / "split.csv").open(newline="", encoding="utf-8") as file:
        return {row["source"]: row["part"] for row in csv.DictReader(file)}


def _part_of(stem: str, parts: dict[str, str]) -> str:
    """Of a file named after its source: `<slug>-fig3` or `<owner>__<repository>__<file>`."""
    names = stem.split("__")
    if len(names) > 2:
        return parts.get(f"web:{names[0]}/{names[1]}", "?")
    return parts.get(f"paper:{stem.rpartition('-')[0]}", "?")


def _scored(benchmark: Path, pairs: Iterable[tuple[str, Path, list[Flow]]]) -> tuple[dict[str, Any], str]:
    """Scores by part. A gold flow is compared with the reading of its figure or table that is closest to it."""
    scorer = scorer_of(benchmark)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part, gold, read in pairs:
        wanted = Flow.loads(gold.read_bytes()).to_dict()
        scores = [scorer.score(wanted, flow.to_dict()) for flow in read or [Flow()]]
        rows[part].append(min(scores, key=lambda score: float(score["edits"])))
    summary = {part: {key: scorer.summarise(rows[part])[key] for key in SHOWN} for part in sorted(rows, reverse=True)}
    lines = [["measure", *summary], ["---"] * (len(summary) + 1)]
    for key in SHOWN:
        cells = [values[key] for values in summary.values()]
        lines.append([key, *("-" if v is None else str(v) if isinstance(v, int) else f"{v:.3f}" for v in cells)])
    return summary, "\n".join("| " + " | ".join(line) + " |" for line in lines)


def scorer_of(benchmark: Path) -> ModuleType:
    """The benchmark's own scorer: one judge for all, also for folders of the same form that have none beside them."""
    path = benchmark.parent / "tools" / "score_flows.py"
    if not path.is_file():
        path = benchmark_folder().parent / "tools" / "score_flows.py"
    spec = importlib.util.spec_from_file_location("score_flows", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise EvaluationError(f"the scorer {path} is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
