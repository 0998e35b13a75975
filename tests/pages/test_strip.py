"""The strip: order, arcs, folding, and that nothing of a flow's text gets into the drawing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.templatetags import _strip
from annotations.templatetags._strip import Arc, Fold, Mark, arrange, fold, from_flow, from_outline, svg
from annotations.templatetags.strip import strip
from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Connection, Flow, Layer, load
from extraction.outline import outline


def chain(*types: str, skips: tuple[tuple[int, int], ...] = ()) -> Flow:
    layers = tuple(Layer(str(i), name) for i, name in enumerate(types))
    pairs = [(i, i + 1) for i in range(len(types) - 1)] + list(skips)
    return Flow(layers, tuple(Connection(str(a), str(b)) for a, b in pairs))


def forms(flow: Flow) -> list[str]:
    return [mark.form for mark in from_flow(flow).marks]


def test_a_mark_a_layer_in_the_order_of_the_data() -> None:
    flow = chain("Input", "Conv2D", "MaxPooling2D", "Dense")
    shuffled = Flow(flow.layers[::-1], flow.connections)
    assert forms(flow) == forms(shuffled) == ["io", "conv", "pool", "dense"]


def test_every_type_of_the_catalogue_has_a_form() -> None:
    assert {_strip.form_of(name) for name in CATALOGUE} <= _strip.FORMS.keys()
    assert _strip.form_of("NoSuchLayer") == "unknown"


def test_further_operations_and_repeats_are_marks_of_their_own() -> None:
    box = Layer("a", "Conv2D", params={"repeat": 2}, also=("BatchNormalization", "ReLU"))
    assert forms(Flow((box,))) == ["conv", "norm", "act"] * 2


def test_what_skips_is_an_arc_and_a_chain_has_none() -> None:
    assert from_flow(chain("Input", "Conv2D", "Conv2D", "Add")).arcs == ()
    assert from_flow(chain("Input", "Conv2D", "Conv2D", "Add", skips=((0, 3),))).arcs == (Arc(0, 3),)


def test_a_branch_stays_together() -> None:
    # Two branches of two layers each, drawn in turns.
    types = ["Input", "Conv2D", "Dense", "MaxPooling2D", "LSTM", "Add"]
    layers = tuple(Layer(str(i), name) for i, name in enumerate(types))
    pairs = [(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5)]
    row = from_flow(Flow(layers, tuple(Connection(str(a), str(b)) for a, b in pairs)))
    assert [mark.form for mark in row.marks] == ["io", "conv", "pool", "dense", "rec", "merge"]


def test_a_circle_ends_and_is_drawn_as_a_way_back() -> None:
    row = from_flow(chain("Input", "LSTM", "Dense", skips=((2, 1),)))
    assert len(row.marks) == 3
    assert [arc for arc in row.arcs if arc.back] == [Arc(2, 1)]
    assert 'class="arc back"' in svg(row)


def test_separate_networks_stand_apart() -> None:
    flow = Flow(tuple(Layer(i, "Conv2D") for i in "abcd"), (Connection("a", "b"), Connection("c", "d")))
    assert from_flow(flow).starts == {2}


def resnet(blocks: int) -> Flow:
    types, skips = ["Input", "Conv2D"], []
    for _ in range(blocks):
        skips.append((len(types) - 1, len(types) + 2))
        types += ["Conv2D", "ReLU", "Add"]
    return chain(*types, "Dense", skips=tuple(skips))


def test_a_short_row_is_not_folded() -> None:
    row = from_flow(resnet(10))
    assert fold(row) is row


def test_repeats_of_a_long_row_are_folded_and_counted() -> None:
    row = from_flow(resnet(50))
    folded = fold(row)
    assert folded.folds == (Fold(2, 3, 50),)
    assert len(folded.marks) == 6
    assert folded.arcs == (Arc(1, 4),)
    assert "×50" in svg(folded)
    assert _strip.describe(folded).startswith("153 layers: 51 convolution, 50 activation, 50 merge")


def test_what_differs_is_folded_as_far_as_it_is_equal() -> None:
    layers = [Layer(str(i), "Conv2D", params={"filters": 64 if i < 40 else 128}) for i in range(80)]
    flow = Flow(tuple(layers), tuple(Connection(str(i), str(i + 1)) for i in range(79)))
    assert fold(from_flow(flow)).folds == (Fold(0, 1, 40), Fold(1, 1, 40))


@pytest.mark.shared
def test_real_networks_are_drawn_whole(benchmark: Path) -> None:
    for path in sorted((benchmark / "flows" / "gold").glob("*.json")):
        flow = load(path)
        row = from_flow(flow)
        assert row.layers == len(flow.layers)
        assert len(row.marks) >= len(flow.layers)
        ET.fromstring(svg(fold(row), doubts=True))


def test_an_outline_gives_the_row_of_its_flow() -> None:
    flow = chain("Input", "Conv2D", "Conv2D", "Add", "Dense", skips=((1, 3),))
    drawn = from_outline(outline(flow))
    assert [mark.form for mark in drawn.marks] == forms(flow)
    assert drawn.arcs == from_flow(flow).arcs


def test_doubt_is_marked_only_where_asked() -> None:
    row = arrange([[Mark("conv", doubt=True)], [Mark("conv")]], [(0, 1)])
    assert svg(row, doubts=True).count("in-doubt") == 1
    assert "in-doubt" not in svg(row)


def test_what_is_no_flow_draws_nothing() -> None:
    assert strip(None) == strip({}) == strip({"layers": "no"}) == ""


names = st.text(min_size=1, max_size=12)


@given(
    types=st.lists(st.sampled_from([*CATALOGUE, "</svg><script>", "' onload='x"]), max_size=90),
    edges=st.lists(st.tuples(st.integers(0, 89), st.integers(0, 89)), max_size=60),
    label=names,
)
def test_any_graph_is_a_well_formed_drawing_without_its_text(
    types: list[str], edges: list[tuple[int, int]], label: str
) -> None:
    layers = tuple(Layer(f"{label}{i}", name, label=label + "<b>") for i, name in enumerate(types))
    inside = [(a, b) for a, b in edges if a < len(types) and b < len(types)]
    flow = Flow(layers, tuple(Connection(layers[a].id, layers[b].id) for a, b in inside))
    markup = str(strip(flow, doubts=True))
    assert "<script" not in markup
    assert "onload" not in markup
    if not layers:
        assert markup == ""
        return
    drawing = ET.fromstring(markup)
    assert re.match(rf"{len(layers)} layers?: ", drawing.attrib["aria-label"])
    left, _, width, _ = map(float, drawing.attrib["viewBox"].split())
    assert left == 0
    assert width == float(drawing.attrib["width"]) > 0
