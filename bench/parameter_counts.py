"""Counts of parameters that papers print in tables, beside those of the flows read there.

    python bench/parameter_counts.py [--part develop]

A line for each flow of `develop`; of `check` the sums alone. "with paths" are flows that agree once the shortcuts or
concatenations past their blocks are drawn, which the table leaves out.
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
from extraction.pdf.model import PdfError
from extraction.tables import read_table
from extraction.tables.counts import counts_of

BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", "../shared/benchmark"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=("develop", "check"), help="this part alone")
    arguments = parser.parse_args()
    with (BENCHMARK / "split.csv").open(newline="", encoding="utf-8") as file:
        parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted((BENCHMARK.parent / "papers").glob("*.pdf")):
        part = parts.get(f"paper:{path.stem}", "neither")
        if part != (arguments.part or part):
            continue
        try:
            tables = read_pdf(path).tables
        except PdfError as error:
            print(f"{path.stem}: {error}", file=sys.stderr)
            continue
        for table in tables:
            flows = read_table(table)
            for flow, count in zip(flows, counts_of(table, flows), strict=True):
                if count is None:
                    continue
                told = "as printed" if count.agrees else "with paths" if count.agrees_joined else "not"
                found[part][told] += 1
                if part == "develop":
                    print(f"{told:11}{path.stem} table {table.region.number} {flow.name}: {count.told()}")
    for part, told in sorted(found.items(), reverse=True):
        print(f"{part:8}" + "  ".join(f"{name} {told[name]}" for name in ("as printed", "with paths", "not")))


if __name__ == "__main__":
    main()
