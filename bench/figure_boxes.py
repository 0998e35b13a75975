"""Boxes of figures and tables against the hand-made ones: precision and recall, `develop` and `check`.

    python bench/figure_boxes.py [--verbose] [--pictures DIR]

A figure or table counts as found where kind, number and page are right and the boxes' intersection over union is at
least 0.8. Only the papers and pages that were labelled count.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from extraction.pdf import read_pdf
from extraction.pdf.model import Box, Paper

LIMIT = 0.8
LABELLED_PAGES = 12

Key = tuple[int, str, str]


def iou(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def gold(benchmark: Path) -> dict[str, dict[Key, tuple[Box, Box]]]:
    papers: dict[str, dict[Key, tuple[Box, Box]]] = defaultdict(dict)
    with (benchmark / "figure_boxes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            papers[row["slug"]][(int(row["page"]), row["kind"], row["number"])] = (_box(row), _box(row, "c"))
    return papers


def _box(row: dict[str, str], of: str = "") -> Box:
    return float(row[of + "x0"]), float(row[of + "y0"]), float(row[of + "x1"]), float(row[of + "y1"])


def found(paper: Paper) -> dict[Key, tuple[Box, Box | None]]:
    regions = [("figure", figure.region) for figure in paper.figures] + [("table", t.region) for t in paper.tables]
    return {
        (region.page, kind, region.number): (region.bbox, region.caption_bbox)
        for kind, region in regions
        if region.page <= LABELLED_PAGES
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--verbose", action="store_true", help="name what is missed")
    arguments = parser.parse_args()
    benchmark = Path(os.environ.get("DLP2C_BENCHMARK", "../shared/benchmark"))
    with (benchmark / "split.csv").open(encoding="utf-8") as file:
        parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for slug, wanted in gold(benchmark).items():
        part = parts[f"paper:{slug}"]
        got = found(read_pdf(benchmark.parent / "papers" / f"{slug}.pdf"))
        for key, (box, caption) in wanted.items():
            hit = key in got and iou(got[key][0], box) >= LIMIT
            counts[part]["hit"] += hit
            if hit and (seen := got[key][1]) is not None:
                counts[part]["caption"] += iou(seen, caption) >= LIMIT
            if arguments.verbose and not hit:
                what = f"{iou(got[key][0], box):.2f} {got[key][0]}" if key in got else "missing"
                print(f"  {slug} p{key[0]} {key[1]} {key[2]}: {what}, gold {box}", file=sys.stderr)
            if arguments.verbose and hit and (seen := got[key][1]) is not None and iou(seen, caption) < LIMIT:
                print(f"  {slug} p{key[0]} {key[1]} {key[2]}: caption {seen}, gold {caption}", file=sys.stderr)
        for key in got.keys() - wanted.keys():
            if arguments.verbose:
                print(f"  {slug} p{key[0]} {key[1]} {key[2]}: not in gold {got[key][0]}", file=sys.stderr)
        counts[part]["gold"] += len(wanted)
        counts[part]["found"] += len(got)
    for part in ("develop", "check"):
        count = counts[part]
        print(
            f"{part:8} precision {count['hit'] / count['found']:.3f}  recall {count['hit'] / count['gold']:.3f}  "
            f"({count['hit']} of {count['gold']}, {count['found']} found)  "
            f"captions {count['caption'] / max(1, count['hit']):.3f}"
        )


if __name__ == "__main__":
    main()
