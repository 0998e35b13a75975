"""How much of simulated pictures is read by how strongly they were worn: packed as JPEG, blurred, scanned, sketched.

    python manage.py simulate --count 24 --seed 9801 --depth 5-16 --pictures jpeg,blur,scan,sketch --code none --out DIR
    python bench/worn.py DIR

A row a look and degree, from the mildest to the strongest third of what `manifest.csv` says: pictures, the share of
layers, types, names, parameters, shapes and connections that is right, pictures that are exact, seconds a picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extraction.management.simulated_evaluation import Case, read_case
from extraction.simulate import shards
from extraction.simulate.design import design_id
from extraction.simulate.plan import load
from extraction.simulate.scoring import PARTS, Total

#: What tells the degree of each look, and whether more is milder.
DEGREES = {"jpeg": ("quality", True), "blur": ("sigma", False), "scan": ("strength", False), "sketch": ("reach", False)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--looks", default=",".join(DEGREES), help="those to read; all by default")
    args = parser.parse_args()
    plan = load(args.folder)
    looks: dict[str, list[tuple[float, Case]]] = defaultdict(list)
    for row in shards.rows(args.folder):
        name = design_id(plan.recipe.grammar, plan.recipe.seed, int(row["index"]))
        for look in DEGREES.keys() & set(plan.looks) & set(args.looks.split(",")):
            if row[f"{look}_png_sha256"]:
                said: dict[str, Any] = json.loads(row[f"{look}_options"])
                kind = "caffe" if said["of"].startswith("caffe") else "keras"
                case = Case(args.folder / f"{name}.{look}.png", look, int(row["depth"]), kind)
                looks[look].append((degree(look, said), case))
    print(f"| look | degree | pictures | {' | '.join(PARTS)} | exact | seconds |\n|{' --- |' * (len(PARTS) + 5)}")
    for look, cases in sorted(looks.items()):
        what, milder = DEGREES[look]
        cases.sort(key=lambda item: item[0], reverse=milder)
        third = -(-len(cases) // 3)
        for part in (cases[i : i + third] for i in range(0, len(cases), third)):
            total = Total()
            for _, case in part:
                result = read_case(case)
                total.add(result.score, result.seconds)
            values = total.to_dict()
            shares = " | ".join("-" if values[p] is None else f"{values[p]:.0%}" for p in PARTS)
            print(
                f"| {look} | {what} {part[0][0]:g} to {part[-1][0]:g} | {len(part)} | {shares} | "
                f"{values['exact']:.0%} | {values['seconds']:.1f} |",
                flush=True,
            )


def degree(look: str, said: dict[str, Any]) -> float:
    return float(said[DEGREES[look][0]])


if __name__ == "__main__":
    main()
