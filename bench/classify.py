"""Time of the classifier a figure, on one core, against the budget of 25 ms. `python -m bench.classify [FOLDER]`.

Without a folder of images, drawn ones of a usual size are taken.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2
import numpy as np

from extraction.classify import classify
from extraction.classify.features import Image
from extraction.classify.images import load_image

BUDGET_MS = 25.0
FIGURES = 100


def drawn(count: int) -> list[Image]:
    random = np.random.default_rng(0)
    images = []
    for _ in range(count):
        image = np.full((*random.integers(300, 900, 2), 3), 255, np.uint8)
        for _ in range(20):
            x, y = (int(random.integers(side)) for side in image.shape[1::-1])
            cv2.rectangle(image, (x, y), (x + 80, y + 40), (0, 0, 0), 2)
        images.append(image)
    return images


def main() -> None:
    cv2.setNumThreads(1)
    files = sorted(Path(sys.argv[1]).iterdir()) if len(sys.argv) > 1 else []
    images = [load_image(file) for file in files[:: max(1, len(files) // FIGURES)]] or drawn(FIGURES)
    start = time.perf_counter()
    classify(images[:1])
    first = time.perf_counter() - start
    start = time.process_time()
    classify(images)
    milliseconds = (time.process_time() - start) / len(images) * 1000
    print(f"figures {len(images)}, first call {first:.2f} s, then {milliseconds:.1f} ms of CPU a figure")
    print(f"ratio to the budget of {BUDGET_MS:g} ms: {milliseconds / BUDGET_MS:.2f}")


if __name__ == "__main__":
    main()
