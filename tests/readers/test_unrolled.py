"""Unrolled networks: rows of small boxes without words that lie over one another; arrows that mean all of a row."""

from __future__ import annotations

import numpy as np
import pytest

from extraction.flow.model import Flow
from extraction.pdf.model import Colour, Figure, Point, Region, Stroke, Word
from extraction.readers import read

BLACK = (0.0, 0.0, 0.0)
RED, BLUE, GREY, GREEN = (1.0, 0.4, 0.0), (0.0, 0.8, 1.0), (0.4, 0.5, 0.6), (0.2, 0.7, 0.4)
COLUMNS = (60, 130, 200, 330)


def box(x: float, y: float, wide: float, tall: float, colour: Colour | None) -> Stroke:
    return Stroke(((x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)), True, BLACK, colour, 1.0)


def arrow(a: Point, b: Point) -> list[Stroke]:
    size = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
    d = ((b[0] - a[0]) / size, (b[1] - a[1]) / size)
    base = (b[0] - 4 * d[0], b[1] - 4 * d[1])
    barbs = ((base[0] - 2 * d[1], base[1] + 2 * d[0]), (base[0] + 2 * d[1], base[1] - 2 * d[0]))
    return [Stroke((a, base), False, BLACK, None, 1.0), Stroke((b, *barbs), True, None, BLACK, 0.0)]


def upwards(x: float, y: float) -> list[Stroke]:
    """A block arrow of a rectangle and a triangle, from y + 25 up to y."""
    shaft = ((x - 6, y + 12), (x + 6, y + 12), (x + 6, y + 25), (x - 6, y + 25))
    head = ((x, y), (x - 12, y + 12), (x + 12, y + 12))
    return [Stroke(points, True, None, GREEN, 0.0) for points in (shaft, head)]


def word(text: str, x: float, y: float, tall: float = 24) -> Word:
    return Word(text, (x, y, x + 0.5 * tall * len(text), y + tall), tall, line=int(1000 * x + y))


def read_from(strokes: list[Stroke], *words: Word) -> Flow:
    image = np.full((600, 640, 3), 255, dtype=np.uint8)
    return read(Figure(Region("1", 1, (0, 0, 640, 600), ""), "vector", image, 1.0, words, tuple(strokes)), "pipeline")


def joined(flow: Flow) -> set[tuple[Point, Point]]:
    """Connections by the upper left corners of what they join."""
    corner = {layer.id: (round(layer.bbox[0]), round(layer.bbox[1])) for layer in flow.layers if layer.bbox}
    return {(corner[c.source], corner[c.target]) for c in flow.connections}


def cells() -> list[Stroke]:
    """Four columns: a red box before a blue one, and a grey one above, joined both ways."""
    strokes: list[Stroke] = []
    for x in COLUMNS:
        strokes += [box(x + 12, 200, 26, 44, BLUE), box(x, 214, 26, 44, RED), box(x + 6, 150, 26, 20, GREY)]
        strokes += arrow((x + 10, 214), (x + 14, 174)) + arrow((x + 32, 200), (x + 26, 174))
    for x, after in ((60, 130), (130, 200)):
        strokes += arrow((x + 26, 240), (after - 3, 240))
    # Of the way back one arrow has a head; the others are drawn without.
    strokes += [Stroke(((101, 222), (142, 222)), False, BLACK, None, 1.0)]
    strokes += arrow((212, 222), (171, 222))
    return strokes


def test_a_line_belongs_to_the_box_at_whose_side_it_ends_and_goes_as_the_others_of_its_row() -> None:
    found = joined(read_from(cells(), word("encoder", 480, 210, 30)))
    for x in COLUMNS:
        assert {((x, 214), (x + 6, 150)), ((x + 12, 200), (x + 6, 150))} <= found
    assert {((60, 214), (130, 214)), ((130, 214), (200, 214))} <= found
    assert {((142, 200), (72, 200)), ((212, 200), (142, 200))} <= found
    assert len(found) == 12


def test_over_dots_each_line_goes_on_in_itself() -> None:
    strokes = cells() + arrow((226, 240), (262, 240)) + arrow((292, 240), (327, 240))
    strokes += [*arrow((342, 222), (292, 222)), Stroke(((262, 222), (240, 222)), False, BLACK, None, 1.0)]
    dots = Word("......", (264, 214, 290, 246), 24.0, line=7)
    found = joined(read_from(strokes, word("encoder", 480, 210, 30), dots))
    assert {((200, 214), (330, 214)), ((342, 200), (212, 200))} <= found
    assert len(found) == 14


def test_an_arrow_below_a_row_feeds_all_of_it_and_one_above_comes_from_all() -> None:
    strokes = [*cells(), box(60, 350, 300, 40, None), box(60, 60, 300, 40, None)]
    strokes += upwards(220, 310) + upwards(280, 115)
    for x in COLUMNS:
        strokes += arrow((x + 8, 280), (x + 8, 260)) + arrow((x + 32, 270), (x + 32, 246))
    found = joined(
        read_from(strokes, word("features", 150, 358), word("softmax", 150, 68), word("encoder", 480, 210, 30))
    )
    assert {target for source, target in found if source == (60, 350)} == {
        place for x in COLUMNS for place in ((x, 214), (x + 12, 200))
    }
    assert {source for source, target in found if target == (60, 60)} == {(x + 6, 150) for x in COLUMNS}


def rod(x: float, y: float) -> list[Stroke]:
    """A long cuboid that goes back to the right."""
    top = ((x, y), (x + 60, y - 50), (x + 84, y - 50), (x + 24, y))
    side = ((x + 24, y), (x + 84, y - 50), (x + 84, y - 26), (x + 24, y + 24))
    return [box(x, y, 24, 24, GREEN), *(Stroke(face, True, None, GREEN, 0.0) for face in (top, side))]


def test_alike_cuboids_with_dots_between_are_one_sequence() -> None:
    rods = [stroke for x in (60, 94, 128, 300, 334, 368) for stroke in rod(x, 300)]
    strokes = [*rods, *upwards(260, 332), box(60, 372, 400, 40, None), *upwards(260, 215), box(60, 170, 400, 40, None)]
    dots = word("...", 240, 290)
    flow = read_from(strokes, word("conv", 220, 380), word("dense", 220, 178), dots)
    assert joined(flow) == {((60, 372), (60, 250)), ((60, 250), (60, 170))}
    assert len(flow.layers) == 3


def test_cells_of_a_letter_each_are_one_string() -> None:
    letters = [
        (box(100 + 30 * n, 100, 30, 40, None), word(letter, 109 + 30 * n, 108)) for n, letter in enumerate("-st-ate")
    ]
    strokes = [*(cell for cell, _ in letters), box(100, 200, 210, 40, None), *upwards(205, 158)]
    flow = read_from(strokes, word("softmax", 160, 208), *(letter for _, letter in letters))
    assert [layer.label for layer in flow.layers] == ["- s t - a t e", "softmax"]
    assert joined(flow) == {((100, 200), (100, 100))}


def test_a_column_of_names_in_the_margin_calls_what_is_level_with_it() -> None:
    strokes = [*cells(), box(60, 350, 300, 40, GREEN), box(60, 60, 300, 40, GREEN)]
    strokes += upwards(220, 310) + upwards(280, 115)
    for x in COLUMNS:
        strokes += arrow((x + 8, 280), (x + 8, 260)) + arrow((x + 32, 270), (x + 32, 246))
    names = [word("Dense", 480, 68), word("Deep", 480, 200), word("LSTM", 480, 226), word("Convolution", 480, 358)]
    flow = read_from(strokes, *names)
    types = {(round(layer.bbox[0]), round(layer.bbox[1])): layer.type for layer in flow.layers if layer.bbox}
    assert types[60, 60] == "Dense"
    assert types[60, 350] == "Conv2D"
    assert {types[x, 214] for x in COLUMNS[:3]} == {"LSTM"}
    assert {types[x + 6, 150] for x in COLUMNS[:3]} == {"Unknown"}


@pytest.mark.parametrize(("name", "kind"), [("Softmax layer", "Activation"), ("Softmax layers", "Block")])
def test_a_name_in_the_margin_calls_all_boxes_of_a_row_that_look_alike(name: str, kind: str) -> None:
    """Several layers are a part of the network, and no box is called so."""
    strokes = [*cells(), box(60, 350, 300, 40, GREEN), *upwards(220, 310)]
    for x in COLUMNS:
        strokes += arrow((x + 16, 148), (x + 16, 114)) + arrow((x + 8, 280), (x + 8, 260))
        strokes += arrow((x + 32, 270), (x + 32, 246))
    words = [word(f"y{n}", x + 4, 86) for n, x in enumerate(COLUMNS)]
    # Beside each box stands what it gives: no name of it.
    words += [word(f"o{n}", x + 36, 158, 14) for n, x in enumerate(COLUMNS)]
    names = [word("Words", 400, 86), word(name, 400, 148), word("Embedding", 400, 358)]
    flow = read_from(strokes, *words, *names)
    types = {(round(layer.bbox[0]), round(layer.bbox[1])): layer.type for layer in flow.layers if layer.bbox}
    assert {types[x + 6, 150] for x in COLUMNS} == {kind}
    assert types[60, 350] == "Embedding"


def test_what_most_steps_show_holds_for_all() -> None:
    """Of six steps one arrow is forgotten, and one has its head at the wrong end."""
    strokes: list[Stroke] = []
    for n in range(6):
        x = 40 + 90 * n
        strokes += [box(x, 200, 40, 40, BLUE), box(x, 300, 40, 40, GREY)]
        if n != 2:
            ends = ((x + 20, 298), (x + 20, 243))
            strokes += arrow(*(ends[::-1] if n == 4 else ends))
        if n:
            strokes += arrow((x - 48, 220), (x - 3, 220))
    found = joined(read_from(strokes, word("encoder", 250, 100, 30)))
    upwards_ = {((40 + 90 * n, 300), (40 + 90 * n, 200)) for n in range(6)}
    assert found == upwards_ | {((40 + 90 * n, 200), (130 + 90 * n, 200)) for n in range(5)}
