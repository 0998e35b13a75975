"""Bidirectional networks: rows of layers that go there and back."""

from __future__ import annotations

import math

from extraction.readers.assemble import assemble
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire


def wire(start: tuple[float, float], end: tuple[float, float], *, head: bool = True) -> Wire:
    length = math.dist(start, end)
    way = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    return Wire((End(start, False, (-way[0], -way[1])), End(end, head, way)), (start, middle, end), ((0, 1),))


def test_of_a_bidirectional_network_arrows_at_a_frame_mean_both_directions() -> None:
    drawing = Drawing(640, 400, 15.0)
    for k in range(3):
        x = 40.0 + 200 * k
        shade = (0.3 + 0.004 * k, 0.5, 0.7)  # what pixels show of one colour differs a little
        drawing.boxes += [Box((x - 6, 94, x + 106, 186))]
        for y, label in ((100, f"back{k}"), (145, f"forth{k}")):
            drawing.boxes.append(Box((x, y, x + 100, y + 35), filled=True, colour=shade))
            drawing.texts.append(TextLine(f"LSTM {label}", (x + 10, y + 10, x + 90, y + 25)))
        drawing.texts += [
            TextLine(f"x{k}", (x + 40, 260, x + 60, 275)),
            TextLine(f"y{k}", (x + 40, 20, x + 60, 35)),
        ]
        drawing.wires += [wire((x + 50, 256), (x + 50, 190)), wire((x + 50, 92), (x + 50, 40))]
    for k in range(2):
        x = 140.0 + 200 * k
        # A head of the way back is lost.
        drawing.wires += [wire((x + 2, 162), (x + 98, 162)), wire((x + 98, 117), (x + 2, 117), head=k == 0)]
    flow = assemble(drawing)
    names = {layer.id: layer.label.split()[-1] for layer in flow.layers}
    found = {(names[c.source], names[c.target]) for c in flow.connections}
    assert found == {
        *((f"x{k}", f"{way}{k}") for k in range(3) for way in ("forth", "back")),
        *((f"{way}{k}", f"y{k}") for k in range(3) for way in ("forth", "back")),
        ("forth0", "forth1"),
        ("forth1", "forth2"),
        ("back2", "back1"),
        ("back1", "back0"),
    }
