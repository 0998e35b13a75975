"""Arrows are checked by the shapes that boxes print."""

from __future__ import annotations

from extraction.readers.plots.ink import Cell, PlotNode
from extraction.readers.plots.keras_cells import Words
from extraction.readers.plots.mending import INFERRED, mend

PLACE = (0, 0, 90, 40)
NODES = [PlotNode(PLACE, [Cell(PLACE)]) for _ in range(6)]
ONE, TWO, THREE = (None, 10), (None, 20), (None, 30)
WORDS = [
    Words(kind="InputLayer", inputs=[ONE], outputs=[ONE]),
    Words(kind="Dense", inputs=[ONE], outputs=[TWO]),
    Words(kind="Dense", inputs=[ONE], outputs=[THREE]),
    Words(kind="Concatenate", inputs=[TWO, THREE], outputs=[(None, 50)]),
    Words(kind="Dense", inputs=[(None, 50)], outputs=[ONE]),
]
RIGHT = {(0, 1): 0.9, (0, 2): 0.9, (1, 3): 0.9, (2, 3): 0.9, (3, 4): 0.9}


def test_what_fits_stays() -> None:
    assert mend(NODES[:5], WORDS, dict(RIGHT)) == RIGHT


def test_a_line_that_was_led_astray_comes_from_the_box_that_fits_and_leads_nowhere() -> None:
    arrows = {**{pair: sure for pair, sure in RIGHT.items() if pair != (2, 3)}, (0, 3): 0.9}
    assert mend(NODES[:5], WORDS, arrows) == {**RIGHT, (2, 3): INFERRED}


def test_a_line_that_was_lost_is_added_where_one_box_alone_fits() -> None:
    arrows = {pair: sure for pair, sure in RIGHT.items() if pair != (2, 3)}
    assert mend(NODES[:5], WORDS, arrows) == {**RIGHT, (2, 3): INFERRED}


def test_nothing_is_guessed_where_two_boxes_fit() -> None:
    words = [*WORDS, WORDS[2]]
    arrows = {**{pair: sure for pair, sure in RIGHT.items() if pair != (2, 3)}, (0, 5): 0.9}
    assert mend(NODES, words, dict(arrows)) == arrows


def test_a_line_that_was_led_astray_may_come_from_a_box_that_leads_elsewhere_too() -> None:
    words = [*WORDS[:3], Words(kind="Concatenate", inputs=[TWO, THREE], outputs=[(None, 50)])]
    words += [Words(kind="Concatenate", inputs=[(None, 50), TWO], outputs=[(None, 70)])]
    right = {**RIGHT, (1, 4): 0.9}
    arrows = {**{pair: sure for pair, sure in right.items() if pair != (1, 4)}, (2, 4): 0.9}
    assert mend(NODES[:5], words, arrows) == {**right, (1, 4): INFERRED}


def test_nothing_leads_into_an_input() -> None:
    arrows = {pair: sure for pair, sure in RIGHT.items() if pair != (2, 3)}
    assert not any(target == 0 for _, target in mend(NODES[:5], WORDS, arrows))
