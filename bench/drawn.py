"""Flows read from drawn figures of boxes, circles, cuboids and stacks, whose truth is known.

    python bench/drawn.py [--kind box3d] [--count 200] [--seed S] [--looks A,B] [--out DIR] [--worst N]

`box2d` and `neurons` are read from pictures, and once more as figures of a PDF. `--out` keeps pictures, truths and
readings, and `--worst` lists those with most edits. The scores are those of the benchmark's own program.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import PIL.Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import boxes, circles
from bench.ink import on_page
from bench.readers import BENCHMARK, f1
from extraction.flow.model import Flow
from extraction.pdf import read_pdf
from extraction.pdf.model import Image
from extraction.readers import read, read_image
from extraction.simulate.kinds import LOOKS, SHOWING, draw_flow

#: Kinds that are drawn as lines of a page, by what draws them; the others are drawn by simulation.
PAGES = {"box2d": boxes, "neurons": circles}
KINDS = (*PAGES, *SHOWING)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", choices=KINDS, help="default: all")
    parser.add_argument("--count", type=int, default=50, help="figures of each kind; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--looks", help="only these, with commas between")
    parser.add_argument("--out", type=Path, help="keep pictures, truths and readings here")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the N figures with most edits")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for kind in [args.kind] if args.kind else KINDS:
            out = (args.out or Path(scratch)) / kind
            looks = (
                tuple(args.looks.split(",")) if args.looks else tuple(PAGES[kind].STYLES if kind in PAGES else LOOKS)
            )
            plan = [
                (look := looks[i % len(looks)], f"{i:04d}-{look}", args.seed * 1_000_003 + i) for i in range(args.count)
            ]
            for folder in ("images", "truths", "readings"):
                for place in (out, out / "papers"):
                    (place / folder).mkdir(parents=True, exist_ok=True)
            for look, name, seed in plan:
                if kind in PAGES:
                    read_page(kind, look, name, seed, out)
                else:
                    image, truth = draw_flow(kind, look, seed)
                    keep(out, name, image, truth, read_image(image, kind))
            show(kind, out, args.worst)
            if kind in PAGES:
                show(f"{kind} in PDFs", out / "papers", args.worst)


def read_page(kind: str, style: str, name: str, seed: int, out: Path) -> None:
    """Draw a page; read it as a picture and as a paper."""
    ink = PAGES[kind].draw(style, seed)
    image, truth = ink.picture()
    keep(out, name, image, truth, read_image(image, kind))
    path = out / "papers" / "images" / f"{name}.pdf"
    ink.document.save(path)
    figures = read_pdf(path).figures
    found = on_page(read(figures[0], kind), figures[0].region.bbox[:2], figures[0].scale) if figures else Flow()
    keep(out / "papers", name, None, ink.truth(), found)


def keep(out: Path, name: str, image: Image | None, truth: Flow, reading: Flow) -> None:
    if image is not None:
        PIL.Image.fromarray(image).save(out / "images" / f"{name}.png")
    (out / "truths" / f"{name}.json").write_text(truth.dumps(), encoding="utf-8")
    (out / "readings" / f"{name}.json").write_text(reading.dumps(), encoding="utf-8")


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
    looks: dict[str, list[dict[str, float]]] = defaultdict(list)
    for name, row in answer["flows"].items():
        looks[name.split("-", 1)[1]].append(row)
    for look, rows in looks.items() if len(looks) > 1 else ():
        layers, connections = (
            sum(f1(row, what) for row in rows) / len(rows) for what in ("layers", "connections")
        )  # fmt: skip
        print(f"  {look:12} {len(rows):3}  {layers:.3f} {connections:.3f}")
    for name, row in sorted(answer["flows"].items(), key=lambda item: -item[1]["edits"])[:worst]:
        print(
            f"  {row['edits']:.2f} edits, layers {row['right_layers']}/{row['gold_layers']} (of {row['pred_layers']}), "
            f"connections {row['right_connections']}/{row['gold_connections']} (of {row['pred_connections']}) {name}"
        )


if __name__ == "__main__":
    main()
