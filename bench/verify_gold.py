"""Code of every labelled flow, run: how many verify in each framework, and why the others do not.

    python bench/verify_gold.py [--frameworks keras,pytorch,caffe] [--tables] [--only TEXT] [--json FILE]

The figures that count are those of flows without `Block` and `Unknown`; `develop` and `check` stand apart.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extraction.codegen import FRAMEWORKS, Refusal, generate
from extraction.flow.model import Flow, load
from extraction.proof import prove, verify

BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))


@dataclass(frozen=True)
class Row:
    flow: str
    part: str
    #: No `Block` or `Unknown` in it.
    told: bool
    layers: int
    framework: str
    #: `verified`, `failed`, `unavailable` or `refused`.
    state: str
    seconds: float
    reason: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frameworks", default=",".join(FRAMEWORKS))
    parser.add_argument("--tables", action="store_true", help="the tables' flows, too")
    parser.add_argument("--numbers", action="store_true", help="compare the numbers of every layer with Keras's, too")
    parser.add_argument("--only", default="", help="flows whose name holds this text")
    parser.add_argument("--json", type=Path, help="write all rows here")
    options = parser.parse_args()
    paths = sorted((BENCHMARK / "flows" / "gold").glob("*.json"))
    paths += sorted((BENCHMARK / "tables").glob("*.json")) if options.tables else []
    parts = _parts()
    rows = []
    for path in (path for path in paths if options.only in path.stem):
        flow = load(path)
        for framework in options.frameworks.split(","):
            row = _try(path.stem, _part(path.stem, parts), flow, framework, options.numbers)
            rows.append(row)
            print(f"{row.state:11} {framework:8} {row.seconds:7.1f} s  {path.stem[:60]}  {row.reason}", flush=True)
    _summary(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0


def _try(name: str, part: str, flow: Flow, framework: str, numbers: bool) -> Row:
    told = not any(layer.type in ("Block", "Unknown") for layer in flow.layers)
    started = time.monotonic()
    try:
        code = generate(flow, framework)
        proof = prove(code, generate(flow, "keras")) if numbers and framework != "keras" else verify(code)
        state, reason = proof.state, proof.error or ""
    except Refusal as refusal:
        state, reason = "refused", str(refusal)
    return Row(name, part, told, len(flow.layers), framework, state, round(time.monotonic() - started, 2), reason[:300])


def _parts() -> dict[str, str]:
    """Part by how names of files begin: `lecun-1998-lenet`, `owner__repository`."""
    with (BENCHMARK / "split.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {row["source"].partition(":")[2].replace("/", "__"): row["part"] for row in rows}


def _part(name: str, parts: dict[str, str]) -> str:
    fitting = [start for start in parts if name.startswith(start)]
    return parts[max(fitting, key=len)] if fitting else "-"


def _summary(rows: list[Row]) -> None:
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        what = "all told" if row.told else "with Block or Unknown"
        groups[row.framework, what, row.part].append(row)
        groups[row.framework, what, "both"].append(row)
    print("\nframework  flows                  part      verified          refused  failed  seconds (median)")
    for (framework, what, part), group in sorted(groups.items()):
        states = [row.state for row in group]
        good = states.count("verified")
        times = sorted(row.seconds for row in group if row.state == "verified")
        median = times[len(times) // 2] if times else 0.0
        share = f"{good}/{len(group)} ({good / len(group):.0%})"
        rest = f"{states.count('refused'):7} {states.count('failed') + states.count('unavailable'):7}"
        print(f"{framework:10} {what:22} {part:9} {share:16} {rest}  {median:.1f}")


if __name__ == "__main__":
    sys.exit(main())
