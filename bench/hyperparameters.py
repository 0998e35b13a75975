"""Precision, recall and F1 of hyper-parameters read from running text. `python -m bench.hyperparameters [--list]`.

A finding is right when name and value are those of the labels (numbers equal, texts alike by at least 0.6); each
counts once a paper.
"""

from __future__ import annotations

import csv
import difflib
import os
import sys
from collections import defaultdict
from pathlib import Path

from extraction.pdf import read_pdf
from extraction.text import Hyperparameter, hyperparameters

ROOT = Path(__file__).resolve().parent.parent
ALIKE = 0.6


def same(wanted: str, found: float | int | str) -> bool:
    try:
        number = float(wanted)
    except ValueError:
        a, b = ("".join(c.lower() if c.isalnum() or c == "." else " " for c in str(v)).split() for v in (wanted, found))
        return difflib.SequenceMatcher(None, " ".join(a), " ".join(b), autojunk=False).ratio() >= ALIKE
    return isinstance(found, int | float) and abs(number - found) <= 1e-9 * max(1.0, abs(number))


def score(
    wanted: list[tuple[str, str]], found: list[Hyperparameter]
) -> tuple[int, list[tuple[str, str]], list[Hyperparameter]]:
    """Number of right findings, labels missed, findings too many."""
    rest, right, missed = list(found), 0, []
    for name, value in wanted:
        hit = next((item for item in rest if item.name == name and same(value, item.value)), None)
        if hit is None:
            missed.append((name, value))
        else:
            right += 1
            rest.remove(hit)
    return right, missed, rest


def main() -> None:
    benchmark = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
    with (benchmark / "split.csv").open(newline="", encoding="utf-8") as file:
        parts = {row["source"]: row["part"] for row in csv.DictReader(file)}
    labels: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    with (benchmark / "hyperparameters.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            labels[row["slug"]][row["name"], row["value"]] = None
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for slug, wanted in sorted(labels.items()):
        found = hyperparameters(read_pdf(benchmark.parent / "papers" / f"{slug}.pdf").pages)
        right, missed, rest = score(list(wanted), found)
        part = parts[f"paper:{slug}"]
        totals[part] = [a + b for a, b in zip(totals[part], (right, len(found), len(wanted)), strict=True)]
        if "--list" in sys.argv:
            print(f"{slug} ({part}): {right} right")
            for name, value in missed:
                print(f"   missed  {name} = {value}")
            for item in rest:
                print(f"   extra   {item.name} = {item.value}  p{item.page}: {item.sentence[:110]}")
    for part, (right, found_count, wanted_count) in sorted(totals.items()):
        precision, recall = right / max(1, found_count), right / max(1, wanted_count)
        f1 = 2 * right / max(1, found_count + wanted_count)
        print(f"{part}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} ({wanted_count} labels)")


if __name__ == "__main__":
    main()
