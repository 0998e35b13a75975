"""Time of `classify_figures` on one core: the start, and a figure in a batch. `python -m bench.classify [FOLDER]`.

Budgets: 3 s to start, 25 ms a figure. Told as CPU time of the command and its child, which other work on the machine
disturbs least, and as time on the clock. Without a folder of images, drawn ones of a usual size are taken.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
BUDGET_MS, BUDGET_START = 25.0, 3.0
FIGURES = 128


def drawn(count: int, folder: Path) -> list[Path]:
    random = np.random.default_rng(0)
    files = []
    for number in range(count):
        image = np.full((*random.integers(300, 900, 2), 3), 255, np.uint8)
        for _ in range(20):
            x, y = (int(random.integers(side)) for side in image.shape[1::-1])
            cv2.rectangle(image, (x, y), (x + 80, y + 40), (0, 0, 0), 2)
        files.append(folder / f"{number}.png")
        cv2.imwrite(str(files[-1]), image)
    return files


def command(files: Sequence[Path]) -> tuple[float, float]:
    """Seconds of CPU and on the clock."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words = [sys.executable, "manage.py", "classify_figures", *map(str, files)]
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - start


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(Path(sys.argv[1]).resolve().iterdir()) if len(sys.argv) > 1 else []
        files = files[:: max(1, len(files) // FIGURES)] or drawn(FIGURES, Path(folder))
        one, on_clock = min(command(files[:1]) for _ in range(3))
        many, many_on_clock = min(command(files) for _ in range(3))
    each = (many - one) / (len(files) - 1) * 1000
    each_on_clock = (many_on_clock - on_clock) / (len(files) - 1) * 1000
    print(f"one figure, start included: {one:.2f} s of CPU, {on_clock:.2f} s on the clock")
    print(f"{len(files)} figures: {each:.1f} ms of CPU, {each_on_clock:.1f} ms on the clock for each further one")
    print(f"ratio to the budgets: start {one / BUDGET_START:.2f}, a figure {each / BUDGET_MS:.2f}")


if __name__ == "__main__":
    main()
