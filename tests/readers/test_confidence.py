"""Stated confidences are shares that are right: between 0 and 1, lower where less is seen or more is left open."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.flow.model import BBox, Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers import read_image
from extraction.readers.confidence import LINES, PIXELS, Weights, as_its_elements, calibrated, figure_confidence
from extraction.readers.evidence import Evidence, evidence
from extraction.readers.primitives import Box, Drawing, End, TextLine, Wire
from extraction.readers.second_look import agreement

SURE = st.floats(0.0, 1.0)
SIDE = 200
PAPER: Image = np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)
LEFT: BBox = (20, 80, 60, 100)
RIGHT: BBox = (120, 80, 160, 100)


def sheet() -> Drawing:
    return Drawing(SIDE, SIDE, unit=10)


def chain(count: int, sure: float, links: list[tuple[int, int]]) -> Flow:
    layers = tuple(Layer(f"l{i}", "Conv2D", confidence=sure) for i in range(count))
    return Flow(layers, tuple(Connection(f"l{a}", f"l{b}", sure) for a, b in links))


def stated(flow: Flow, other: Flow | None = None) -> Flow:
    """What is stated of a flow where a second look gave the other one, or the same."""
    return calibrated(flow, evidence(flow, sheet(), PAPER), agreement(flow, other or flow))


@given(st.integers(1, 60), SURE)
def test_confidences_are_shares(count: int, sure: float) -> None:
    flow = stated(chain(count, sure, list(pairwise(range(count)))))
    values = [flow.confidence, *(e.confidence for e in (*flow.layers, *flow.connections))]
    assert all(value is not None and 0 <= value <= 1 for value in values)


@given(st.integers(3, 40), SURE, SURE)
def test_what_was_surer_stays_surer(count: int, one: float, other: float) -> None:
    low, high = (stated(chain(count, sure, list(pairwise(range(count))))) for sure in sorted((one, other)))
    assert (low.confidence or 0) <= (high.confidence or 0)
    assert (low.layers[0].confidence or 0) <= (high.layers[0].confidence or 0)


@given(st.integers(4, 40))
def test_a_figure_in_pieces_is_less_sure_than_a_whole_one(count: int) -> None:
    links = list(pairwise(range(count)))
    whole, pieces = (stated(chain(count, 0.9, part)) for part in (links, links[::2]))
    assert (pieces.confidence or 0) < (whole.confidence or 0)


def test_what_a_second_look_does_not_have_is_less_sure() -> None:
    flow = chain(4, 0.9, [(0, 1), (1, 2), (2, 3)])
    same, other = stated(flow), stated(flow, chain(4, 0.9, [(0, 1), (1, 2)]))
    assert (other.confidence or 0) < (same.confidence or 0)
    assert (other.connections[2].confidence or 0) < (other.connections[1].confidence or 0)
    assert (other.connections[1].confidence or 0) < (same.connections[1].confidence or 0)
    named = flow.with_layers([replace(layer, label=f"conv {n}") for n, layer in enumerate(flow.layers)])
    layers = stated(named, named.with_layers(named.layers[:3], named.connections[:2])).layers
    assert (layers[3].confidence or 0) < (layers[2].confidence or 0)


def test_lines_are_looked_at_once() -> None:
    flow = chain(4, 0.9, [(0, 1), (1, 2), (2, 3)])
    signs = evidence(flow, sheet(), PAPER)
    sure = calibrated(flow, signs)
    assert sure.confidence == pytest.approx(figure_confidence(signs, 1.0, LINES), abs=1e-3)


def test_nothing_read_is_nothing_to_be_sure_of() -> None:
    assert read_image(PAPER, "box2d").confidence is None


def test_what_a_program_drew_is_as_sure_as_its_elements() -> None:
    flow = chain(2, 0.9, [(0, 1)])
    assert as_its_elements(flow).confidence == pytest.approx(0.9)
    bare = Flow((Layer("a", "Dense"),))
    assert as_its_elements(bare) == bare


# --- What a reading leaves open ---------------------------------------------------------------------------------------


def two(kind: str = "box2d", **changes: object) -> Flow:
    """Two dense layers side by side, the left one's output given to the right one."""
    layers = (
        Layer("a", "Dense", label="dense", params={"units": 3}, bbox=LEFT, confidence=1.0),
        Layer("b", "Dense", label="softmax", params={"units": 2}, bbox=RIGHT, confidence=1.0),
    )
    return replace(Flow(layers, (Connection("a", "b", 1.0),), kind=kind), **changes)


def drawn() -> tuple[Drawing, Image]:
    """The figure of `two`: boxes, an arrow between them, and their words."""
    drawing = sheet()
    image = PAPER.copy()
    for bbox, word in ((LEFT, "dense"), (RIGHT, "softmax")):
        drawing.boxes.append(Box(bbox))
        drawing.texts.append(TextLine(word, bbox))
        cv2.rectangle(image, (int(bbox[0]), int(bbox[1])), (int(bbox[2]), int(bbox[3])), (0, 0, 0), 1)
    drawing.wires.append(wire((60, 90), (120, 90)))
    cv2.line(image, (60, 90), (120, 90), (0, 0, 0), 1)
    return drawing, image


def wire(a: tuple[float, float], b: tuple[float, float]) -> Wire:
    steps = [k / 20 for k in range(21)]
    path = tuple((a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k) for k in steps)
    return Wire((End(a, head=False), End(b, head=True)), path)


def test_a_reading_that_takes_all_there_is_leaves_nothing_open() -> None:
    signs = evidence(two(), *drawn())
    assert signs == Evidence(*[0.0] * len(signs))._replace(rootless=0.5)


def test_words_that_no_layer_has_are_unread() -> None:
    drawing, image = drawn()
    drawing.texts.append(TextLine("lstm", (20, 20, 60, 30)))
    assert evidence(two(), drawing, image).unread == pytest.approx(4 / 16)
    # The words of a layer may stand beside it.
    drawing.texts[-1] = TextLine("Soft-max", (120, 110, 160, 120))
    assert evidence(two(), drawing, image).unread == 0


def test_wires_that_no_connection_follows_are_unused() -> None:
    drawing, image = drawn()
    drawing.wires.append(wire((140, 100), (140, 180)))
    assert evidence(two(), drawing, image).unused == pytest.approx(1 / 2)
    assert evidence(two(connections=()), drawing, image).unused == pytest.approx(2 / 2)


def test_ink_beside_all_that_was_read_is_unexplained() -> None:
    drawing, image = drawn()
    cv2.rectangle(image, (20, 150), (60, 180), (200, 60, 60), -1)
    left = evidence(two(), drawing, image).unexplained
    assert 0.5 < left < 1
    # A frame around layers is no layer, nor is it ink that nothing stands for.
    drawing, image = drawn()
    drawing.boxes.append(Box((10, 40, 180, 140)))
    cv2.rectangle(image, (10, 40), (180, 140), (0, 0, 0), 1)
    assert evidence(two(), drawing, image).unexplained == 0


def test_lines_between_columns_of_neurons_are_their_connection() -> None:
    drawing, image = drawn()
    drawing.wires = [wire((62, 85), (90, 98)), wire((90, 85), (118, 95))]
    cv2.line(image, (62, 82), (118, 98), (0, 0, 0), 1)
    signs = evidence(two("neurons"), drawing, image)
    assert (signs.unused, signs.unexplained) == (0, 0)
    assert evidence(two(), drawing, image).unused == pytest.approx(2 / 2)


def test_inputs_run_together_into_what_merges_nothing_are_crowded() -> None:
    a, b = two().layers
    many = (Connection("a", "b", 1.0), Connection("c", "b", 1.0))
    three = (a, b, replace(a, id="c", bbox=(20, 20, 60, 40)))
    assert evidence(two(layers=three, connections=many), *drawn()).crowded == pytest.approx(1 / 3)
    three = (a, replace(b, type="Add"), three[2])
    assert evidence(two(layers=three, connections=many), *drawn()).crowded == 0


def test_layers_on_one_another_are_stacked() -> None:
    a, b = two().layers
    flow = two(layers=(a, replace(b, bbox=(50, 80, 90, 100))))
    assert evidence(flow, *drawn()).stacked == 1


@pytest.mark.parametrize("sign", Evidence._fields)
@pytest.mark.parametrize("weights", [PIXELS, LINES])
def test_each_sign_makes_less_sure(sign: str, weights: Weights) -> None:
    none = Evidence(*[0.0] * len(Evidence._fields))
    one = none._replace(**{sign: 0.5})
    assert figure_confidence(one, 1.0, weights) < figure_confidence(none, 1.0, weights)
