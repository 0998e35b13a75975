"""Which way a figure goes."""

from __future__ import annotations

import pytest

from extraction.readers.links import Attached
from extraction.readers.primitives import Drawing, End, Wire
from extraction.readers.stream import direction

RIGHT, LEFT, DOWN, UP = (100.0, 0.0), (-100.0, 0.0), (0.0, 100.0), (0.0, -100.0)


def arrows(*ways: tuple[float, float]) -> list[Attached]:
    """Arrows between two things each."""
    wires = [Wire((End((0, 0), head=False), End(way, head=True))) for way in ways]
    return [Attached(wire, [2 * n, 2 * n + 1], [1.0, 1.0]) for n, wire in enumerate(wires)]


@pytest.mark.parametrize(
    ("ways", "goes"),
    [
        ([RIGHT, RIGHT, DOWN], "right"),
        ([DOWN, DOWN, RIGHT], "down"),
        ([UP, UP, DOWN, RIGHT], "up"),
        # A few small heads misread are likelier than a figure that goes to the left.
        ([LEFT, LEFT, RIGHT], "right"),
        ([LEFT, LEFT, LEFT, DOWN], "right"),
        ([LEFT] * 4, "left"),
        ([LEFT] * 9 + [RIGHT] * 2, "left"),
    ],
)
def test_a_figure_goes_as_most_arrows_do(ways: list[tuple[float, float]], goes: str) -> None:
    assert direction(arrows(*ways), Drawing(400, 400, 10)) == goes
