"""Arrows as programs write them into a PDF: every style says the same of every network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from extraction.pdf.model import Figure, Point, Region, Stroke, Word
from extraction.readers import read

BLACK, WHITE, GREY = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.85, 0.85, 0.85)
Path = list[Point]
Arrow = Callable[[Path], list[Stroke]]


def line(*points: Point, dashed: bool = False, closed: bool = False) -> Stroke:
    return Stroke(points, closed, BLACK, None, 1.0, dashed=dashed)


def area(*points: Point, fill: tuple[float, float, float] | None = BLACK, outlined: bool = False) -> Stroke:
    return Stroke(points, True, BLACK if outlined else None, fill, 1.0 if outlined else 0.0)


def way(a: Point, b: Point) -> Point:
    long = math.dist(a, b)
    return (b[0] - a[0]) / long, (b[1] - a[1]) / long


def behind(tip: Point, d: Point, back: float, aside: float) -> Point:
    return tip[0] - d[0] * back - d[1] * aside, tip[1] - d[1] * back + d[0] * aside


def shorter(path: Path, back: float, on: float = 0.0) -> Path:
    first, last = way(path[0], path[1]), way(path[-2], path[-1])
    start = (path[0][0] + first[0] * on, path[0][1] + first[1] * on)
    return [start, *path[1:-1], (path[-1][0] - last[0] * back, path[-1][1] - last[1] * back)]


def barbs(path: Path, long: float = 9, half: float = 4) -> tuple[Point, Point]:
    d = way(path[-2], path[-1])
    return behind(path[-1], d, long, half), behind(path[-1], d, long, -half)


def triangle(path: Path, fill: tuple[float, float, float] | None = BLACK, *, outlined: bool = False) -> Stroke:
    left, right = barbs(path)
    return area(path[-1], left, right, fill=fill, outlined=outlined)


def filled(path: Path) -> list[Stroke]:
    return [line(*shorter(path, 9)), triangle(path)]


def concave(path: Path) -> list[Stroke]:
    left, right = barbs(path, 8)
    return [line(*shorter(path, 5)), area(path[-1], left, shorter(path, 5.5)[-1], right, outlined=True)]


def of_two_strokes(path: Path) -> list[Stroke]:
    left, right = barbs(path, 7)
    return [line(*path), line(left, path[-1]), line(right, path[-1])]


def of_one_stroke(path: Path) -> list[Stroke]:
    left, right = barbs(path, 7)
    return [line(*path), line(left, path[-1], right)]


def hollow(path: Path) -> list[Stroke]:
    return [line(*shorter(path, 9)), triangle(path, None, outlined=True)]


def white(path: Path) -> list[Stroke]:
    return [line(*shorter(path, 9)), triangle(path, WHITE, outlined=True)]


def pale(path: Path) -> list[Stroke]:
    return [Stroke(tuple(shorter(path, 9)), False, GREY, None, 1.0), triangle(path, GREY)]


def with_gaps(path: Path) -> list[Stroke]:
    return filled(shorter(path, 6, 6))


def into_the_box(path: Path) -> list[Stroke]:
    path = shorter(path, -5, -14)
    return [line(*path), triangle(path)]


def of_dashes(path: Path) -> list[Stroke]:
    pieces = []
    for a, b in zip(path[:-1], shorter(path, 9)[1:], strict=True):
        (x, y), long = way(a, b), math.dist(a, b)
        starts = range(0, int(long), 7)
        pieces += [line((a[0] + x * k, a[1] + y * k), (a[0] + x * (k + 4), a[1] + y * (k + 4))) for k in starts]
    return [*pieces, triangle(path)]


def of_pieces(path: Path) -> list[Stroke]:
    pieces = []
    for a, b in zip(path[:-1], shorter(path, 9)[1:], strict=True):
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        pieces += [line(a, a), line(a, middle), line(middle, middle), line(middle, b)]
    return [*pieces, triangle(path)]


def there_and_back(path: Path) -> list[Stroke]:
    there = shorter(path, 9)
    return [line(*there, *there[::-1], closed=True), triangle(path)]


def closed(path: Path) -> list[Stroke]:
    return [line(*shorter(path, 9), closed=len(path) == 2), triangle(path)]


def one_area(path: Path) -> list[Stroke]:
    """A line and its head as a single outline, as drawing programs expand them."""
    there = shorter(path, 9)
    sides: list[Path] = [[], []]
    for n, point in enumerate(there):
        before = way(there[n - 1], point) if n else way(point, there[1])
        after = way(point, there[n + 1]) if n + 1 < len(there) else before
        both = math.hypot(before[0] + after[0], before[1] + after[1]) or 1.0
        d = ((before[0] + after[0]) / both, (before[1] + after[1]) / both)
        for side, half in zip(sides, (0.75, -0.75), strict=True):
            side.append(behind(point, d, 0, half))
    left, right = barbs(path)
    return [area(*sides[0], left, path[-1], right, *sides[1][::-1])]


def of_two_areas(path: Path) -> list[Stroke]:
    """A block arrow of a rectangle and a triangle; thin ones round a corner."""
    if len(path) > 2:
        return filled(path)
    d, tip = way(*path), path[-1]
    shaft = area(
        behind(path[0], d, 0, 4), behind(tip, d, 10, 4), behind(tip, d, 10, -4), behind(path[0], d, 0, -4), fill=GREY
    )
    return [shaft, area(tip, behind(tip, d, 10, 9), behind(tip, d, 10, -9), fill=GREY)]


STYLES: list[Arrow] = [
    filled,
    concave,
    of_two_strokes,
    of_one_stroke,
    hollow,
    white,
    pale,
    with_gaps,
    into_the_box,
    of_dashes,
    of_pieces,
    there_and_back,
    closed,
    one_area,
    of_two_areas,
]


class Sketch:
    def __init__(self) -> None:
        self.places: dict[str, tuple[float, float]] = {}
        self.ways: dict[tuple[str, str], Path] = {}

    def box(self, name: str, x: float, y: float) -> None:
        self.places[name] = (x, y)

    def at(self, name: str, side: str, share: float = 0.5) -> Point:
        x, y = self.places[name]
        return {
            "t": (x + 80 * share, y),
            "b": (x + 80 * share, y + 34),
            "l": (x, y + 34 * share),
            "r": (x + 80, y + 34 * share),
        }[side]

    def join(self, a: str, b: str, sides: str, *corners: Point, into: float = 0.5) -> None:
        self.ways[a, b] = [self.at(a, sides[0]), *corners, self.at(b, sides[1], into)]

    def read(self, style: Arrow, *, boxes: bool = True) -> set[tuple[str, str]]:
        strokes, words = [], []
        for name, (x, y) in self.places.items():
            if not boxes:
                words.append(Word(name, (x + 2, y + 4, x + 78, y + 30), 26.0, line=len(words)))
                continue
            strokes.append(
                Stroke(((x, y), (x + 80, y), (x + 80, y + 34), (x, y + 34)), True, BLACK, (0.8, 0.9, 1), 1.0)
            )
            half = 3.6 * len(name)
            words.append(Word(name, (x + 40 - half, y + 10, x + 40 + half, y + 24), 14.0, line=len(words)))
        for path in self.ways.values():
            strokes += style(path)
        image = np.full((520, 620, 3), 255, dtype=np.uint8)
        flow = read(
            Figure(Region("1", 1, (0, 0, 620, 520), ""), "vector", image, 1.0, tuple(words), tuple(strokes)), "box2d"
        )
        names = {layer.id: layer.label for layer in flow.layers}
        return {(names[c.source], names[c.target]) for c in flow.connections}


def chain(sketch: Sketch, names: Sequence[str], sides: str) -> None:
    for a, b in pairwise(names):
        sketch.join(a, b, sides)


def inception() -> Sketch:
    sketch = Sketch()
    sketch.box("input", 260, 400)
    sketch.box("concat", 260, 80)
    for n, name in enumerate(["conv1", "conv3", "conv5", "pool"]):
        sketch.box(name, 40 + 140 * n, 250)
        sketch.join("input", name, "tb")
        sketch.join(name, "concat", "tb")
    return sketch


def transformer() -> Sketch:
    sketch = Sketch()
    names = ["embedding", "attention", "norm1", "feed", "norm2"]
    for n, name in enumerate(names):
        sketch.box(name, 150, 460 - 95 * n)
    chain(sketch, names, "tb")
    sketch.join("embedding", "norm1", "tl", (190, 435), (110, 435), (110, 287))
    sketch.join("norm1", "norm2", "tl", (190, 245), (110, 245), (110, 97))
    return sketch


def unrolled() -> Sketch:
    """Two rows of cells, one gone forwards and one backwards."""
    sketch = Sketch()
    for n in range(4):
        for name, y in (("x", 400), ("f", 300), ("b", 200), ("y", 100)):
            sketch.box(f"{name}{n}", 30 + 140 * n + (20 if name == "b" else 0), y)
        sketch.join(f"x{n}", f"f{n}", "tb")
        sketch.join(f"b{n}", f"y{n}", "tb")
        if n:
            sketch.join(f"f{n - 1}", f"f{n}", "rl")
            sketch.join(f"b{n}", f"b{n - 1}", "lr")
    return sketch


def u_shaped() -> Sketch:
    sketch = Sketch()
    for n in range(3):
        sketch.box(f"enc{n}", 30 + 40 * n, 40 + 90 * n)
        sketch.box(f"dec{n}", 400 - 40 * n, 40 + 90 * n)
        sketch.join(f"enc{n}", f"dec{n}", "rl")
    sketch.box("mid", 230, 330)
    for n in range(2):
        sketch.ways[f"enc{n}", f"enc{n + 1}"] = [sketch.at(f"enc{n}", "b", 0.75), sketch.at(f"enc{n + 1}", "t", 0.25)]
        sketch.ways[f"dec{n + 1}", f"dec{n}"] = [sketch.at(f"dec{n + 1}", "t", 0.75), sketch.at(f"dec{n}", "b", 0.25)]
    sketch.join("enc2", "mid", "bl", (150, 347))
    sketch.join("mid", "dec2", "rb", (360, 347))
    return sketch


SKETCHES: list[Callable[[], Sketch]] = [inception, transformer, unrolled, u_shaped]
#: Dashes that leave one place at narrow angles lie over one another.
CASES = [(sketch, style) for sketch in SKETCHES for style in STYLES if (sketch, style) != (inception, of_dashes)]


@pytest.mark.parametrize(("sketch", "style"), CASES, ids=lambda value: value.__name__)
def test_every_style_of_arrow_says_the_same(sketch: Callable[[], Sketch], style: Arrow) -> None:
    network = sketch()
    assert network.read(style) == set(network.ways)


@pytest.mark.parametrize("style", [filled, with_gaps, of_two_strokes, concave], ids=lambda style: style.__name__)
@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda sketch: sketch.__name__)
def test_words_without_boxes_are_joined_like_boxes(sketch: Callable[[], Sketch], style: Arrow) -> None:
    network = sketch()
    assert network.read(style, boxes=False) == set(network.ways)
