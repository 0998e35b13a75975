"""Flows read from simulated figures of cuboids and stacks, whose truth is known: layers F1, connections F1, exact.

    python bench/drawn.py [--kind box3d] [--count 200] [--seed S] [--out DIR] [--worst N]

`--out` keeps pictures, truths and readings, and `--worst` lists those with most edits.
The scores are those of the benchmark's own program.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import PIL.Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.readers import BENCHMARK
from extraction.readers import read_image
from extraction.simulate.kinds import LOOKS, SHOWING, draw_flow


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", choices=tuple(SHOWING), help="default: both")
    parser.add_argument("--count", type=int, default=50, help="figures of each kind; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keep pictures, truths and readings here")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the N figures with most edits")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for kind in [args.kind] if args.kind else SHOWING:
            out = (args.out or Path(scratch)) / kind
            read_all(kind, args.count, args.seed, out)
            show(kind, out, args.worst)


def read_all(kind: str, count: int, seed: int, out: Path) -> None:
    """Draw so many figures in all looks in turn; keep pictures, truths and readings."""
    looks = tuple(LOOKS)
    for folder in ("images", "truths", "readings"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        look = looks[i % len(looks)]
        image, truth = draw_flow(kind, look, seed * 1_000_003 + i)
        name = f"{i:04d}-{look}"
        PIL.Image.fromarray(image).save(out / "images" / f"{name}.png")
        (out / "truths" / f"{name}.json").write_text(truth.dumps(), encoding="utf-8")
        (out / "readings" / f"{name}.json").write_text(read_image(image, kind).dumps(), encoding="utf-8")


def show(kind: str, out: Path, worst: int) -> None:
    program = BENCHMARK.parent / "tools" / "score_flows.py"
    command = [sys.executable, str(program), str(out / "truths"), str(out / "readings"), "--json"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    total = answer["summary"]
    print(
        f"{kind}: {total['flows']} figures, layers F1 {total['layers_f1']:.3f} / {total['layers_f1_macro']:.3f}, "
        f"connections F1 {total['connections_f1']:.3f} / {total['connections_f1_macro']:.3f}, "
        f"exact {total['exact']:.2f}, shapes {total['shapes'] or 0.0:.2f}"
    )
    for name, row in sorted(answer["flows"].items(), key=lambda item: -item[1]["edits"])[:worst]:
        print(
            f"  {row['edits']:.2f} edits, layers {row['right_layers']}/{row['gold_layers']} (of {row['pred_layers']}), "
            f"connections {row['right_connections']}/{row['gold_connections']} (of {row['pred_connections']}) {name}"
        )


if __name__ == "__main__":
    main()
