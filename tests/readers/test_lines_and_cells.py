"""Arrows that stop short of what they point at, rows of cells, and types by place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from extraction.readers.assemble import assemble
from extraction.readers.cells import whole_bars
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire

UNIT = 10.0


def wire(start: tuple[float, float], end: tuple[float, float], *, head: bool = True, sure: float = 0.95) -> Wire:
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    way = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    ends = (End(start, False, (-way[0], -way[1])), End(end, head, way))
    return Wire(ends, (start, middle, end), ((0, 1),), sure)


def column(*labels: str, apart: float = 40.0, boxes: bool = True) -> Drawing:
    """Labelled boxes (or texts) under one another, 100 x 20, `apart` from one another."""
    drawing = Drawing(400, 600, UNIT)
    for k, label in enumerate(labels):
        y = 10 + k * (20 + apart)
        if boxes:
            drawing.boxes.append(Box((100, y, 200, y + 20)))
        drawing.texts.append(TextLine(label, (110, y + 5, 190, y + 15)))
    return drawing


def types(drawing: Drawing) -> dict[str, str]:
    return {layer.label: layer.type for layer in assemble(drawing).layers}


def links(drawing: Drawing) -> set[tuple[str, str]]:
    flow = assemble(drawing)
    names = {layer.id: layer.label for layer in flow.layers}
    return {(names[c.source], names[c.target]) for c in flow.connections}


def test_an_arrow_points_at_what_lies_ahead_no_farther_than_it_is_long() -> None:
    drawing = column("conv1", "conv2", apart=60.0)
    drawing.wires = [wire((150, 43), (150, 77))]
    assert links(drawing) == {("conv1", "conv2")}
    drawing.wires = [wire((150, 56), (150, 64))]
    assert links(drawing) == set()


def test_a_short_arrow_goes_where_all_others_go() -> None:
    labels = [f"conv{k}" for k in range(7)]
    drawing = column(*labels, apart=20.0)
    ways = [((150, 31 + 40 * k), (150, 49 + 40 * k)) for k in range(6)]
    drawing.wires = [wire(a, b) if k != 3 else wire(b, a) for k, (a, b) in enumerate(ways)]
    assert links(drawing) == set(pairwise(labels))


@pytest.mark.parametrize("boxes", [True, False])
def test_what_names_no_layer_is_given_or_the_result_by_its_place(boxes: bool) -> None:
    drawing = column("Low-level features", "conv 3x3", "2D regressor", boxes=boxes)
    drawing.boxes = drawing.boxes or [Box((100, 70, 200, 90))]
    drawing.wires = [wire((150, 31), (150, 69)), wire((150, 91), (150, 129))]
    assert types(drawing) == {"Low-level features": "Input", "conv 3x3": "Conv2D", "2D regressor": "Output"}


def test_a_box_beside_which_an_arrow_may_have_been_missed_stays_a_block() -> None:
    drawing = column("conv 3x3", "Negative mining", "conv 1x1")
    drawing.wires = [wire((150, 91), (150, 129))]
    assert types(drawing)["Negative mining"] == "Block"


def test_a_prediction_that_goes_on_is_a_block_and_a_loss_is_none() -> None:
    drawing = column("conv 3x3", "Label prediction", "Softmax loss", "Sum of losses")
    drawing.wires = [wire((150, 31 + 60 * k), (150, 69 + 60 * k)) for k in range(3)]
    assert types(drawing)["Label prediction"] == "Block"
    assert types(drawing)["Softmax loss"] == "Output"


def test_cells_of_a_bar_are_one_and_worded_boxes_side_by_side_are_not() -> None:
    drawing = Drawing(400, 100, UNIT)
    drawing.boxes = [Box((20.0 * k, 10, 20.0 * k + 20, 30), filled=True) for k in range(6)]
    whole_bars(drawing)
    assert [box.bbox for box in drawing.boxes] == [(0, 10, 120, 30)]
    drawing.boxes = [Box((60.0 * k, 10, 60.0 * k + 60, 30)) for k in range(3)]
    drawing.texts = [
        TextLine(word, (60.0 * k + 5, 15, 60.0 * k + 50, 25)) for k, word in enumerate(("conv", "bn", "relu"))
    ]
    whole_bars(drawing)
    assert len(drawing.boxes) == 3


def test_a_short_arrow_leads_to_the_box_ahead_that_nothing_else_is_joined_to() -> None:
    drawing = column("conv1", "", "conv2", apart=40.0)
    drawing.texts = [text for text in drawing.texts if text.text]
    drawing.wires = [wire((150, 31), (150, 46))]
    flow = assemble(drawing)
    assert [(layer.type, layer.label) for layer in flow.layers] == [
        ("Conv2D", "conv1"),
        ("Output", "[box]"),
        ("Conv2D", "conv2"),
    ]
    drawing.wires.append(wire((150, 91), (150, 129)))
    assert links(drawing) == {("[box]", "conv2")}  # the arrow that ends nowhere says nothing of what has one of its own
