"""Flows read from the papers' architecture tables against those written down by hand, `develop` and `check`.

    python bench/tables.py [--verbose] [--out DIR] [--part develop] [--more]
    python bench/tables.py --drawn [DIR] [--verbose]

With `--more` only the further tables of `develop` papers, whose flows are in `bench/truths/tables`. With `--drawn`
tables of other papers, written down from memory with their flows and drawn as PDFs: those of
`bench/truths/drawn_tables`, on which no rule has been made, or of a folder of that form (`tests/tables/prints`).

Each gold flow is compared with one reading of its table, no reading with two of them. `exact` is the share of flows
that are equal layer by layer, and in brackets of those whose printed labels agree as well. `flows beside` counts the
readings too many: of tables that show no network, or of columns that are none.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from extraction.flow.model import Flow
from extraction.management.evaluation import scorer_of
from extraction.pdf import read_pdf
from extraction.tables import read_table
from tests.tables.drawn import draw, expected, load

BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", "../shared/benchmark"))
TRUTHS = Path(__file__).parent / "truths" / "tables"
DRAWN = TRUTHS.parent / "drawn_tables"
SHOWN = ("layers_f1", "connections_f1", "params", "shapes", "exact", "exact_labelled")

Score = dict[str, Any]


def gold_flows(folder: Path) -> dict[str, dict[str, dict[str, Path]]]:
    """Files by paper, number of the table and name."""
    papers: dict[str, dict[str, dict[str, Path]]] = defaultdict(lambda: defaultdict(dict))
    with (folder / "INDEX.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            papers[row["slug"]][row["table"]][row["file"]] = folder / row["file"]
    return papers


def paired(scorer: Any, wanted: dict[str, dict[str, Any]], read: list[Flow]) -> dict[str, Score]:
    """The score of every gold flow, with the reading that suits it best where none is used twice."""
    found: list[dict[str, Any]] = [flow.to_dict() for flow in read] + [{} for _ in wanted]
    scores = [[scorer.score(flow, reading) for reading in found] for flow in wanted.values()]
    rows, columns = linear_sum_assignment(np.array([[score["edits"] for score in row] for row in scores]))
    names = list(wanted)
    return {names[i]: scores[i][j] for i, j in zip(rows, columns, strict=True)}


def of_drawn(scorer: Any, folder: Path, *, verbose: bool) -> tuple[list[Score], int]:
    """The scores of drawn tables, and how many flows were read beside."""
    scores: list[Score] = []
    beside = 0
    for path in sorted(folder.glob("*.txt")):
        printed = load(path)
        wanted = {name: expected(lines) for name, lines in printed.flows.items()}
        with tempfile.TemporaryDirectory() as place:
            document = pymupdf.open()
            draw(document, printed)
            document.save(Path(place) / "paper.pdf")
            read = [flow for table in read_pdf(Path(place) / "paper.pdf").tables for flow in read_table(table)]
        beside += max(0, len(read) - len(wanted))
        for name, score in paired(scorer, wanted, read).items() if wanted else ():
            scores.append(score)
            if verbose:
                print(f"  {verdict(score)} {path.stem}: {name}", file=sys.stderr)
    return scores, beside


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="a line for each flow of `develop`")
    parser.add_argument("--out", type=Path, help="keep the flows of `develop` here")
    parser.add_argument("--part", choices=("develop", "check"), help="this part alone")
    parser.add_argument("--more", action="store_true", help="the further tables of `develop` papers instead")
    parser.add_argument("--drawn", type=Path, nargs="?", const=DRAWN, help="drawn tables instead, of this folder")
    arguments = parser.parse_args()
    scorer = scorer_of(BENCHMARK)
    if arguments.drawn:
        shown("drawn", scorer, *of_drawn(scorer, arguments.drawn, verbose=arguments.verbose))
        return
    with (BENCHMARK / "split.csv").open(newline="", encoding="utf-8") as file:
        parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
    scores: dict[str, list[Score]] = defaultdict(list)
    beside: dict[str, int] = defaultdict(int)
    for slug, wanted in gold_flows(TRUTHS if arguments.more else BENCHMARK / "tables").items():
        part = parts[f"paper:{slug}"]
        if part != (arguments.part or part):
            continue
        read: dict[str, list[Flow]] = defaultdict(list)
        for table in read_pdf(BENCHMARK.parent / "papers" / f"{slug}.pdf").tables:
            read[table.region.number] += read_table(table)
        beside[part] += sum(max(0, len(flows) - len(wanted.get(number, ()))) for number, flows in read.items())
        for number, gold in wanted.items():
            truths = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in gold.items()}
            for name, score in paired(scorer, truths, read[number]).items():
                scores[part].append(score)
                if arguments.verbose and part == "develop":
                    print(f"  {verdict(score)} {name}", file=sys.stderr)
        if arguments.out and part == "develop":
            arguments.out.mkdir(parents=True, exist_ok=True)
            for number, flows in read.items():
                for flow in flows:
                    file_name = f"{slug}-table{number}-{flow.name.replace('/', '-')}.json"
                    (arguments.out / file_name).write_text(flow.dumps(), encoding="utf-8")
    for part in sorted(scores, reverse=True):
        shown(part, scorer, scores[part], beside[part])


def shown(part: str, scorer: Any, scores: list[Score], beside: int) -> None:
    summary = scorer.summarise(scores)
    figures = "  ".join(f"{key} {summary[key]:.3f}" for key in SHOWN)
    print(f"{part:8}{summary['flows']} flows  {figures}  flows beside {beside}")


def verdict(score: Score) -> str:
    return (
        f"{'exact' if score['exact'] else '-----'} {'labels' if score['exact_labelled'] else '------'} "
        f"layers {score['right_layers']}/{score['gold_layers']} (+{score['pred_layers']}), "
        f"params {score['params_right']}/{score['params']}, shapes {score['shapes_right']}/{score['shapes']}"
    )


if __name__ == "__main__":
    main()
