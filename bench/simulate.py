"""Simulated designs: how fast they are made and drawn, against Keras's own `plot_model` on the same designs.

    python bench/simulate.py [--designs N] [--dpi 96,200] [--build N]

Prints designs a second in memory (limit 4,000), pictures a second against `plot_model` (limit 8 times), layout against
Graphviz's program (limit 1), and how long the poster's 216,000 pictures with all code take two cores (limit 4 hours).
`plot_model` needs the program `dot`, Debian's package graphviz. With `--build` so many designs are built in Keras too,
and their sizes and counts compared with ours.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extraction.simulate import GRAMMARS, Design, Recipe, graphviz, keras_model, plot_model, shards
from extraction.simulate.plan import Plan
from extraction.simulate.png import encode
from tests.simulate import keras_build

SEED = 20_261
#: The poster's designs; each is drawn twice.
DESIGNS = 108_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--designs", type=int, default=18, help="how many designs are drawn (default 18)")
    parser.add_argument("--dpi", default="96,200", help="resolutions (default 96,200; Keras's own is 200)")
    parser.add_argument("--build", type=int, default=40, help="how many designs are built in Keras (default 40)")
    args = parser.parse_args()
    keras_build.no_weights()
    in_memory()
    build(args.build)
    designs = spread(args.designs)
    for dpi in args.dpi.split(","):
        against_plot_model(designs, int(dpi))
    against_dot(designs)
    whole_run()


def spread(count: int) -> list[Design]:
    """Designs of all depths from 5 to 40, evenly."""
    return list(Recipe("poster", SEED).designs(round(i * 36 / count) % 36 + 36 * (i % 3) for i in range(count)))


def in_memory() -> None:
    for grammar in GRAMMARS:
        count = 4_000
        started = time.process_time()
        layers = sum(len(design.kinds) for design in Recipe(grammar, SEED).designs(range(count)))
        rate = count / (time.process_time() - started)
        print(f"{grammar:9} {rate:8,.0f} designs a second and core in memory, {layers / count:.1f} layers each (4,000)")


def build(count: int) -> None:
    wrong: list[str] = []
    started = time.process_time()
    for grammar in GRAMMARS:
        for design in Recipe(grammar, SEED + 1).designs(range(count // 2)):
            wrong += keras_build.differences(design)
            if design.index % 100 == 0:
                gc.collect()
    seconds = (time.process_time() - started) / max(1, count)
    print(f"{count:,} designs built in Keras: {len(wrong)} differ in sizes or counts (0); {1000 * seconds:.0f} ms each")
    print("".join(f"  {line}\n" for line in wrong[:10]), end="")


def cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Clock:
    """Seconds of a clock and of a processor, child processes included."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def time(self, work: Callable[[], object]) -> None:
        wall, processor = time.perf_counter(), cpu()
        work()
        self.wall += time.perf_counter() - wall
        self.cpu += cpu() - processor


def against_plot_model(designs: list[Design], dpi: int) -> None:
    if not shutil.which("dot"):
        print("plot_model needs the program dot: apt-get install graphviz", file=sys.stderr)
        sys.exit(1)
    options = plot_model.Options("keras-3", dpi=dpi)
    theirs, ours, failed, drawn = Clock(), Clock(), 0, []
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)

        def plot(model: object) -> None:
            keras_build.keras.utils.plot_model(
                model, str(out / "theirs.png"), show_shapes=True, show_layer_names=True, dpi=dpi
            )

        def paint(design: Design) -> None:
            model = keras_model.build(design.to_flow())
            drawing = graphviz.draw(plot_model.dot_source(model, options), dpi, most=10**9)
            (out / "ours.png").write_bytes(encode(drawing.pixels, grey=True))
            (out / "ours.flow.json").write_text(plot_model.shown(model, options, drawing.boxes).dumps())

        for design in designs:
            model = keras_build.build(keras_model.build(design.to_flow()))  # in no time that is counted
            one = Clock()
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    one.time(lambda model=model: plot(model))
            except (AssertionError, OSError):
                failed += 1  # Debian's Graphviz 2.42 ends itself on some graphs with right angles
                continue
            theirs.wall, theirs.cpu = theirs.wall + one.wall, theirs.cpu + one.cpu
            drawn.append(design)
        graphviz.renderer()
        gc.collect()
        gc.freeze()  # what Keras left behind is nothing that simulate has to look through
        for design in drawn:
            ours.time(lambda design=design: paint(design))
        gc.unfreeze()
    pictures = len(drawn)
    note = f" ({failed} that their Graphviz failed on left out)" if failed else ""
    print(
        f"pictures at {dpi} dpi: {1000 * ours.wall / pictures:.0f} ms here, flow and file included, "
        f"{1000 * theirs.wall / pictures:.0f} ms by plot_model: {theirs.wall / ours.wall:.1f} times as many a second, "
        f"by processor time {theirs.cpu / ours.cpu:.1f} (8){note}"
    )


def against_dot(designs: list[Design]) -> None:
    """Reading a graph and laying it out: here, by pygraphviz's own interface, and by the program."""
    import pygraphviz

    painter = graphviz.renderer()
    options = plot_model.Options("tf-2.4")
    here, wheel, program = Clock(), Clock(), Clock()
    for design in designs:
        source = plot_model.dot_source(keras_model.build(design.to_flow(), version=2), options)
        if isinstance(painter, graphviz.Painter):
            here.time(lambda source=source: painter.layout(source))
        wheel.time(lambda source=source: pygraphviz.AGraph(source).layout("dot"))
        program.time(
            lambda source=source: subprocess.run(
                ["dot", "-Tplain"], input=source.encode(), capture_output=True, check=False
            )
        )
    each = 1000 / len(designs)
    print(
        f"layout: {each * here.cpu:.1f} ms here, {each * program.cpu:.1f} ms by Graphviz's program: "
        f"{here.cpu / program.cpu:.2f} of it (1); by pygraphviz, the same library, {each * wheel.cpu:.1f} ms"
    )


def whole_run() -> None:
    plan = Plan(Recipe("poster", SEED), 36)
    with tempfile.TemporaryDirectory() as scratch:
        spent = shards.fill(Path(scratch), plan, range(36))
    each = sum(spent.seconds.values()) / 36
    parts = ", ".join(
        f"{what} {1000 * seconds / 36:.1f}" for what, seconds in sorted(spent.seconds.items()) if what != "core"
    )
    print(f"a design with both pictures and both codes: {1000 * each:.0f} ms of a core ({parts})")
    print(f"2 x {DESIGNS:,} pictures and all code on two free cores: {each * DESIGNS / 2 / 3600:.2f} hours (4)")


if __name__ == "__main__":
    main()
