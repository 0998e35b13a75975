"""Flows read from the labelled figures: layers F1, connections F1 and exact share, by part and kind.

F1 stands twice: over all layers (each counts once), and as the mean of the figures'. The last column is the rank
correlation of the stated confidence with the true score, the mean of a figure's two F1. `--worst` lists figures of
`develop` by what is missing or wrong in them.

    python bench/readers.py [--out DIR] [--worst N] [--pictures | --papers] [--truths bench/truths]

Each figure is read from its picture, and where it stands in a paper that is here, from the PDF as well. `--truths`
adds more figures of `develop`: the parts `extra-a`, `extra-b`, `extra-d` and `extra-e`, which rules may be mended
on, and `extra-c`, which only measures. The scores are those of the benchmark's own program, run beside.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scipy.stats import spearmanr

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extraction.classify.images import load_image
from extraction.flow.model import BBox, Flow
from extraction.pdf import read_pdf
from extraction.pdf.model import Figure, PdfError
from extraction.readers import read, read_image

#: A rank correlation of fewer figures says nothing.
FEWEST_RANKED = 5
#: The file of each figure's true network.
GOLD: dict[str, Path] = {}
BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="keep the flows here")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the N worst figures of develop")
    parser.add_argument("--truths", type=Path, help="a folder of more networks, of the benchmark's labelled figures")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--pictures", action="store_true", help="from the pictures alone")
    which.add_argument("--papers", action="store_true", help="from the PDFs alone")
    args = parser.parse_args()
    files = sorted((BENCHMARK / "flows" / "gold").glob("*.json"))
    files += sorted(args.truths.glob("*.json")) if args.truths else []
    GOLD.update((path.stem, path.resolve()) for path in files)
    gold = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in GOLD.items()}
    with tempfile.TemporaryDirectory() as scratch:
        out = args.out or Path(scratch)
        for way, readings in (("picture", from_pictures(gold)), ("paper", from_papers(gold))):
            if (way == "picture" and args.papers) or (way == "paper" and args.pictures):
                continue
            folder = out / way
            folder.mkdir(parents=True, exist_ok=True)
            start, names = time.perf_counter(), []
            for name, text in readings:
                (folder / f"{name}.json").write_text(text, encoding="utf-8")
                names.append(name)
            print(f"{way}: {len(names)} figures, {(time.perf_counter() - start) / max(1, len(names)):.2f} s each")
            show({name: gold[name] for name in names}, folder, args.worst)


def from_pictures(gold: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, flow in gold.items():
        folder = "figures" if flow.get("part") else "flows"
        image = load_image(next((BENCHMARK / folder / "images").glob(f"{name}.*")))
        yield name, read_image(image, flow["kind"]).dumps()


def from_papers(gold: dict[str, Any]) -> Iterator[tuple[str, str]]:
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    for name in gold:
        if match := re.fullmatch(r"(.+)-fig(\w+)", name):
            wanted[match[1]][match[2]] = name
    for slug, names in wanted.items():
        path = BENCHMARK.parent / "papers" / f"{slug}.pdf"
        if not path.exists():
            continue
        try:
            figures = {figure.region.number: figure for figure in read_pdf(path).figures}
        except PdfError as error:
            print(f"{slug}: {error}", file=sys.stderr)
            continue
        for number, name in names.items():
            if number in figures:
                flow = read(figures[number], gold[name]["kind"])
                yield name, in_the_crop(flow, figures[number], name, gold[name]).dumps()
            else:
                print(f"{name}: the figure was not found in the paper", file=sys.stderr)


def in_the_crop(flow: Flow, figure: Figure, name: str, gold: dict[str, Any]) -> Flow:
    """The reading with its boxes in the pixels of the benchmark's picture: layers are told by their place, too."""
    with (BENCHMARK / "figures" / "labels.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if Path(row["file"]).stem == name)
    folder = "figures" if gold.get("part") else "flows"
    tall, wide = load_image(next((BENCHMARK / folder / "images").glob(f"{name}.*"))).shape[:2]
    left, top, right, bottom = (float(row[side]) for side in ("x0", "y0", "x1", "y1"))
    across, down = wide / (right - left), tall / (bottom - top)
    x0, y0 = figure.region.bbox[0] - left, figure.region.bbox[1] - top

    def moved(box: BBox) -> BBox:
        a, b, c, d = (value / figure.scale for value in box)
        return (a + x0) * across, (b + y0) * down, (c + x0) * across, (d + y0) * down

    return replace(
        flow, layers=tuple(replace(layer, bbox=moved(layer.bbox)) if layer.bbox else layer for layer in flow.layers)
    )


def part_of(name: str) -> str:
    with (BENCHMARK / "split.csv").open(encoding="utf-8") as file:
        parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
    match = re.fullmatch(r"(.+)-fig\w+", name)
    return parts.get(f"paper:{match[1]}" if match else "web:" + "/".join(name.split("__")[:2]), "neither")


def show(gold: dict[str, Any], predicted: Path, worst: int) -> None:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, flow in gold.items():
        part = flow.get("part") or part_of(name)
        groups[part, flow["kind"]].append(name)
        groups[part, "all"].append(name)
        if not flow.get("part"):
            groups["all", "all"].append(name)
    print(f"  {'part':9}{'kind':11}{'flows':>6}{'layers F1':>14}{'connections F1':>16}{'exact':>7}{'rank':>7}")
    for (part, kind), names in sorted(groups.items()):
        scores, flows = score(names, predicted)
        layers = f"{scores['layers_f1']:.3f} {scores['layers_f1_macro']:.3f}"
        connections = f"{scores['connections_f1']:.3f} {scores['connections_f1_macro']:.3f}"
        rank = correlation(flows, predicted)
        print(f"  {part:9}{kind:11}{len(names):6}{layers:>14}{connections:>16}{scores['exact']:7.2f}{rank:>7}")
    if worst:
        _, flows = score(
            [name for name, flow in gold.items() if not flow.get("part") and part_of(name) == "develop"], predicted
        )
        for name, row in sorted(flows.items(), key=lambda item: -item[1]["edits"])[:worst]:
            print(
                f"  {row['edits']:.2f} edits, layers {row['right_layers']}/{row['gold_layers']} "
                f"(of {row['pred_layers']}), "
                f"connections {row['right_connections']}/{row['gold_connections']} (of {row['pred_connections']}) "
                f"{name}"
            )


def correlation(flows: dict[str, dict[str, float]], predicted: Path) -> str:
    """Spearman's, of the confidence that each reading states with how right it is; "-" where too few differ."""
    stated = [json.loads((predicted / f"{name}.json").read_text()).get("confidence") or 0.0 for name in flows]
    right = [(f1(row, "layers") + f1(row, "connections")) / 2 for row in flows.values()]
    if len(flows) < FEWEST_RANKED or len(set(stated)) == 1 or len(set(right)) == 1:
        return "-"
    return f"{spearmanr(stated, right)[0]:.2f}"


def f1(row: dict[str, float], what: str) -> float:
    return 2 * row[f"right_{what}"] / max(1.0, row[f"gold_{what}"] + row[f"pred_{what}"])


def score(names: list[str], predicted: Path) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            (Path(scratch) / f"{name}.json").symlink_to(GOLD[name])
        program = BENCHMARK.parent / "tools" / "score_flows.py"
        command = [sys.executable, str(program), scratch, str(predicted), "--json"]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer["summary"], answer["flows"]


if __name__ == "__main__":
    main()
