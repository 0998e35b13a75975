"""Values of parameters, and the bounds that keep every design buildable on a small machine.

Choices are plain tuples; a value that should come more often stands more often in its tuple. Only `random()` is asked
for numbers: what it gives for a seed is the same in every version of Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from extraction.simulate.design import Design

Random = Callable[[], float]

#: Most values that a layer gives, most channels or features, most weights of one layer and of a whole design.
MOST_VALUES = 800_000
MOST_CHANNELS = 4_096
MOST_WEIGHTS = 8_000_000
MOST_PARAMETERS = 60_000_000

ACTIVATIONS = ("relu",) * 12 + ("linear",) * 4 + ("tanh", "tanh", "sigmoid", "elu", "elu", "softplus")
CELL_ACTIVATIONS = ("tanh",) * 6 + ("relu", "sigmoid")
RATES = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.5, 0.5, 0.6, 0.15, 0.35, 0.05, 0.7)
KERNELS = (1, 3, 3, 3, 3, 3, 3, 5, 5, 7)
FILTERS = (*range(8, 512, 8), 16, 20, 32, 32, 64, 64, 64, 96, 128, 128, 128, 192, 256, 256, 384, 512)
UNITS = (*range(10, 1000, 10), 32, 64, 128, 128, 256, 256, 512, 512, 1024, 1024, 2048, 4096, 4096, 100, 500)
CELLS = (*range(8, 257, 4), 32, 64, 64, 128, 128, 256, 512)
CLASSES = (*range(2, 60), 10, 10, 10, 10, 10, 20, 62, 91, 100, 100, 100, 101, 200, 365, 1000, 1000)
STEPS = (*range(10, 260), 10, 20, 28, 30, 50, 64, 80, 100, 100, 128, 200, 256, 300, 400, 500)
FEATURES = (*range(2, 129), 1, 28, 40, 64, 128)
VECTOR = (*range(4, 1200), 13, 100, 128, 256, 512, 784, 784, 1024, 2048)
WORDS = (*range(1000, 40000, 7), 1000, 5000, 10000, 10000, 20000, 20000, 30000, 50000)
EMBEDDINGS = (*range(8, 257, 8), 50, 64, 100, 100, 128, 128, 200, 256, 300, 300)
SIDES = (*range(24, 161), 28, 28, 32, 32, 32, 48, 64, 64, 96, 112, 128, 128, 160, 224, 224, 224, 227, 256, 299)
COLOURS = (1, 1, 3, 3, 3, 3, 4)


def pick(random: Random, choices: Sequence[Any]) -> Any:
    return choices[int(random() * len(choices))]


def product(numbers: Sequence[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


def image(random: Random, depth: int) -> tuple[int, int, int]:
    """Sizes of an input image: small ones for shallow networks, square ones mostly."""
    height = SIDES[int(random() * len(SIDES))]
    if depth < 10 and height > 100:
        height //= 2
    width = height if random() < 0.85 else SIDES[int(random() * 137)]
    return height, width, COLOURS[int(random() * len(COLOURS))]


def conv2d(random: Random, d: Design, source: int, *, keep: bool = False) -> int:
    """A convolution of a size that fits; `keep` where height and width must stay as they are."""
    height, width, channels = d.shapes[source]
    side = height if height < width else width
    kernel = KERNELS[int(random() * 10)]
    same = keep or random() < 0.55
    if kernel > side or (not same and side < kernel + 4):
        kernel, same = (3 if side >= 3 else 1), True
    params: dict[str, Any] = {"filters": 0, "kernel_size": (kernel, kernel), "strides": (1, 1)}
    cells = height * width
    if not keep and side >= 12 and random() < (0.3 if cells > 4096 else 0.07):
        params["strides"] = (2, 2)
        cells //= 4
    elif not same:
        cells = (height - kernel + 1) * (width - kernel + 1)
    params["padding"] = "same" if same else "valid"
    filters = FILTERS[int(random() * len(FILTERS))]
    most = min(MOST_VALUES // cells, MOST_WEIGHTS // 4 // (kernel * kernel * channels))
    if d.parameters > MOST_PARAMETERS:
        most = min(most, 32)
    if filters > most:
        filters = most // 8 * 8 or most or 1
    params["filters"] = filters
    function = ACTIVATIONS[int(random() * 22)]
    if function != "linear":
        params["activation"] = function
    return d.add("Conv2D", params, source)


def pool2d(random: Random, d: Design, source: int, kind: str) -> int:
    """A window of 2 or 3 that halves height and width, in one of the usual ways."""
    chance = random()
    size = 2 if chance < 0.65 else 3
    stride = 3 if chance > 0.95 and min(d.shapes[source][:2]) > 6 else 2
    same = random() < 0.3
    params = {"pool_size": (size, size), "strides": (stride, stride), "padding": "same" if same else "valid"}
    return d.add(kind, params, source)


def dense(random: Random, d: Design, source: int) -> int:
    units = UNITS[int(random() * len(UNITS))]
    features = d.shapes[source][-1]
    if units * features > MOST_WEIGHTS or d.parameters > MOST_PARAMETERS:
        units = min(units, 128, max(2, MOST_WEIGHTS // features))
    params: dict[str, Any] = {"units": units}
    function = ACTIVATIONS[int(random() * 22)]
    if function != "linear":
        params["activation"] = function
    return d.add("Dense", params, source)


def last_dense(d: Design, random: Random, source: int) -> int:
    """The layer that every design ends in: classes, a probability or a number."""
    chance = random()
    if chance < 0.8:
        classes = CLASSES[int(random() * len(CLASSES))]
        most = max(2, MOST_WEIGHTS // d.shapes[source][-1])
        params: dict[str, Any] = {"units": min(classes, most), "activation": "softmax"}
    elif chance < 0.92:
        params = {"units": 1, "activation": "sigmoid"}
    else:
        params = {"units": 1 + int(random() * 8)}
    return d.add("Dense", params, source)


def dropout(random: Random, d: Design, source: int) -> int:
    return d.add("Dropout", {"rate": RATES[int(random() * 13)]}, source)


def embedding(random: Random, d: Design, source: int) -> int:
    words = WORDS[int(random() * len(WORDS))]
    return d.add("Embedding", {"input_dim": words, "output_dim": EMBEDDINGS[int(random() * len(EMBEDDINGS))]}, source)


def recurrent(random: Random, d: Design, source: int, kind: str, *, sequences: bool) -> int:
    units = CELLS[int(random() * len(CELLS))]
    params: dict[str, Any] = {"units": units}
    function = CELL_ACTIVATIONS[int(random() * 8)]
    if function != "tanh":
        params["activation"] = function
    params["return_sequences"] = sequences
    return d.add(kind, params, source)
