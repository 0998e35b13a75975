"""Time of reading papers, stage by stage: `python bench/read_paper.py [PAPER.pdf…] [--out DIR]`.

Reads one paper after the other with the whole pipeline, as `read_paper` does, and prints a line for each and, at the
end, median and maximum. Without names all papers of `../shared/papers` are read. Seconds of one processor core, the
child process that opens the PDF counted in, so that other work on the machine does not show; a stage counts from its
first sign of life to that of the next. Then come seconds a page and how many of the figures that were read for a
network are pixels. The aim is half a second a page for papers that have none: how many keep it stands at the end.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from extraction import pipeline
from extraction.pdf.model import PdfError

STAGES = ("reading pages", "telling kinds", "reading flows", "writing code")
#: Seconds a page that a paper with vector figures may take.
AIM = 0.5


class Clock:
    """Adds up the seconds between the stages that a reading reports."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.stage = STAGES[0]
        self.since = _cpu_seconds()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = _cpu_seconds()
        self.seconds[self.stage] += now - self.since
        self.stage, self.since = stage, now

    def stop(self) -> float:
        self("", 0, 0)
        return sum(self.seconds.values())


def _cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("papers", nargs="*", type=Path, help="PDF files; all of ../shared/papers if none is given")
    parser.add_argument("--out", type=Path, help="keep what was read in this folder")
    arguments = parser.parse_args()
    benchmark = Path(os.environ.get("DLP2C_BENCHMARK", "../shared/benchmark"))
    papers = arguments.papers or sorted((benchmark.parent / "papers").glob("*.pdf"))
    totals: list[float] = []
    by_page: list[float] = []
    of_vectors: list[float] = []
    by_stage: dict[str, list[float]] = defaultdict(list)
    failed = 0
    print(f"{'paper':44}" + "".join(f"{stage:>15}" for stage in STAGES) + f"{'all':>8}{'a page':>8}{'pixels':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for paper in papers:
            clock = Clock()
            try:
                read = pipeline.read_paper(paper, (arguments.out or Path(scratch)) / paper.stem, progress=clock)
            except PdfError as error:
                failed += 1
                print(f"{paper.stem[:43]:44}{error}", flush=True)
                continue
            totals.append(clock.stop())
            by_page.append(totals[-1] / read["pages"])
            pixels = sum(figure["kind"] != "none" and figure["content"] == "raster" for figure in read["figures"])
            if not pixels:
                of_vectors.append(by_page[-1])
            for stage in STAGES:
                by_stage[stage].append(clock.seconds[stage])
            cells = "".join(f"{clock.seconds[stage]:15.2f}" for stage in STAGES)
            print(f"{paper.stem[:43]:44}{cells}{totals[-1]:8.2f}{by_page[-1]:8.2f}{pixels:8}", flush=True)
    if totals:
        for name, measure in (("median", statistics.median), ("maximum", max)):
            cells = "".join(f"{measure(by_stage[stage]):15.2f}" for stage in STAGES)
            print(f"{name:44}{cells}{measure(totals):8.2f}{measure(by_page):8.2f}")
    if of_vectors:
        kept = sum(seconds <= AIM for seconds in of_vectors)
        print(f"papers without figures of pixels: {len(of_vectors)}, {kept} of them at most {AIM} s a page, ", end="")
        print(f"median {statistics.median(of_vectors):.2f}, maximum {max(of_vectors):.2f}")
    print(f"{len(totals)} papers read, {failed} failed")


if __name__ == "__main__":
    main()
