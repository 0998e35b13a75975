"""Rows of cells with plus signs between them."""

from __future__ import annotations

from extraction.flow.model import Flow
from extraction.readers.assemble import assemble
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire

UNIT = 10.0
COLUMNS = (100, 160, 220)
WORDS = ("my", "dog", "barks")


def cell(drawing: Drawing, label: str, x: float, y: float) -> None:
    drawing.boxes.append(Box((x, y, x + 50, y + 24)))
    drawing.texts.append(TextLine(label, (x + 10, y + 7, x + 40, y + 17)))


def plus(drawing: Drawing, x: float, y: float) -> None:
    drawing.texts.append(TextLine("+", (x + 20, y, x + 30, y + 10)))


def rows(*, words: bool = False, names: bool = False) -> Drawing:
    """Three rows of cells at y = 60, 100, 140, plus signs between them; above them a row of words."""
    drawing = Drawing(300, 180, UNIT)
    for x, word in zip(COLUMNS, WORDS, strict=True):
        if words:
            cell(drawing, word, x, 22)
        for y, letter in ((60, word), (100, "A"), (140, str(x))):
            cell(drawing, f"E {letter}", x, y)
        plus(drawing, x, 87)
        plus(drawing, x, 127)
    for k, name in enumerate(("Token Embeddings", "Segment Embeddings", "Position Embeddings") if names else ()):
        drawing.texts.append(TextLine(name, (10, 67 + 40 * k, 80, 77 + 40 * k)))
    return drawing


def joined(flow: Flow) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    corner = {layer.id: layer.bbox[:2] for layer in flow.layers if layer.bbox}
    return {(corner[c.source], corner[c.target]) for c in flow.connections}


def test_a_plus_between_two_cells_adds_them_and_the_next_one_adds_to_the_sum() -> None:
    flow = assemble(rows())
    assert [layer.type for layer in flow.layers].count("Add") == 6
    assert joined(flow) == {
        pair
        for x in COLUMNS
        for pair in (
            ((x, 60), (x + 20, 87)),
            ((x, 100), (x + 20, 87)),
            ((x + 20, 87), (x + 20, 127)),
            ((x, 140), (x + 20, 127)),
        )
    }


def test_cells_right_above_those_that_are_added_lead_to_them() -> None:
    flow = assemble(rows(words=True))
    assert {((x, 22), (x, 60)) for x in COLUMNS} <= joined(flow)
    assert {layer.type for layer in flow.layers if layer.label in WORDS} == {"Input"}


def test_a_row_of_symbols_is_what_its_name_in_the_margin_says() -> None:
    flow = assemble(rows(names=True))
    assert [layer.type for layer in flow.layers].count("Embedding") == 9
    assert all(not layer.params for layer in flow.layers)


def test_a_plus_at_which_lines_end_is_joined_by_these_alone() -> None:
    drawing = rows()
    x = COLUMNS[0]
    drawing.wires = [Wire((End((x + 60, 92), False, (1.0, 0.0)), End((x + 31, 92), True, (-1.0, 0.0))))]
    assert ((x, 60), (x + 20, 87)) not in joined(assemble(drawing))


def test_a_plus_beside_a_box_alone_adds_nothing() -> None:
    drawing = Drawing(300, 180, UNIT)
    cell(drawing, "conv", 100, 60)
    plus(drawing, 100, 87)
    assert [layer.type for layer in assemble(drawing).layers] == ["Conv2D"]
