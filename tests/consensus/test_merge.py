"""Several flows become one: what most say, put together so that it makes sense, and every element with its sayers."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.consensus.crowd import Crowd
from annotations.consensus.merge import Answer, Consensus, Element, Merge, merge, merge_kinds
from annotations.consensus.model import READER, ElementKind
from extraction.flow.canonical import digest
from extraction.flow.graph import find_cycle, topological
from extraction.flow.model import Connection, Flow, Layer
from tests.consensus.flows import Majority, anew, between, changed, lenet, linked, merged, said, without
from tests.flow.strategies import flows

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def element(consensus: Consensus, key: str) -> Element:
    return next(one for one in consensus.elements if one.key == key)


def pairs(flow: Flow) -> list[tuple[str, str]]:
    return [(c.source, c.target) for c in flow.connections]


def circling(flow: Flow) -> list[str]:
    return find_cycle(flow.inputs_of(), topological(flow)[1])


# --- The whole


@PROPERTY
@given(flows(hostile=True, acyclic=False), st.integers(1, 4), st.booleans(), st.booleans())
def test_what_all_say_is_the_consensus(flow: Flow, copies: int, started: bool, redrawn: bool) -> None:
    drawn = [anew(flow, f"{i}") if redrawn else flow for i in range(copies)]
    consensus = merge(said(drawn, flow if started else None), reading=flow if started else None, crowd=Majority())
    assert digest(consensus.flow) == digest(flow)
    assert not consensus.disputed
    if not redrawn:
        assert {layer.id for layer in consensus.flow.layers} == {layer.id for layer in flow.layers}


@PROPERTY
@given(flows(), st.lists(flows(most=6), min_size=1, max_size=4), st.booleans(), st.randoms(use_true_random=False))
def test_whatever_people_say_a_flow_comes_out(
    reading: Flow, others: list[Flow], started: bool, rng: random.Random
) -> None:
    """Whole, without circles where nobody draws one, the same for every order of people, and kept without loss."""
    answers = said([*others, others[0]], reading if started else None)
    consensus = merge(answers, reading=reading, crowd=Majority())
    flow = consensus.flow
    assert Flow.from_dict(flow.to_dict()).to_dict() == flow.to_dict()
    assert not circling(flow)
    assert 0 <= consensus.probability <= 1
    assert {e.key for e in consensus.elements} >= {consensus.weakest}
    assert len({e.key for e in consensus.elements}) == len(consensus.elements)
    stored = json.loads(json.dumps(consensus.to_dict()))
    again = Consensus.from_dict(stored)
    assert again.elements == consensus.elements
    assert again.to_dict() == consensus.to_dict()
    rng.shuffle(answers)
    assert merge(answers, reading=reading, crowd=Majority()).to_dict() == consensus.to_dict()


@PROPERTY
@given(flows(most=7), flows(most=7))
def test_the_majority_wins(flow: Flow, other: Flow) -> None:
    drawn = [flow, anew(flow, "x"), other, anew(flow, "y"), other]
    assert digest(merged(drawn).flow) == digest(flow)


def test_one_more_answer_changes_what_is_stored() -> None:
    reading = without(lenet(), "s2")
    answers = said([lenet(), reading, anew(lenet(), "x"), lenet()], reading)
    growing = Merge(reading)
    for answer in answers:
        growing.add(answer)
    growing.add(answers[1])
    assert growing.consensus(Majority()).to_dict() == merge(answers, reading=reading, crowd=Majority()).to_dict()
    assert digest(growing.consensus(Majority()).flow) == digest(lenet())


def test_what_cannot_be_merged_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        merge([], reading=None, crowd=Majority())
    with pytest.raises(ValueError, match="once"):
        merge([Answer("a", lenet()), Answer("a", lenet())], reading=None, crowd=Majority())
    with pytest.raises(ValueError, match="reader"):
        merge([Answer(READER, lenet())], reading=None, crowd=Majority())
    assert merge([], reading=lenet(), crowd=Majority()).flow.layers


def test_the_crowd_decides_as_well() -> None:
    """With what is known of nobody yet, four who correct a reading independently are believed."""
    reading = without(changed(lenet(), "c1", params={"filters": 16}), "s2")
    right = between(changed(reading, "c1", params={"filters": 6}), replace(lenet().layer("s2"), id="new"), "c1", "f3")
    drawn = [right, right, changed(right, "f3", params={"units": 84}), right]
    consensus = merge(said(drawn, reading), reading=reading, crowd=Crowd())
    assert digest(consensus.flow) == digest(lenet())


# --- Layers and their values


def test_what_most_say_of_a_layer_holds() -> None:
    reading = lenet()
    mine = changed(reading, "c1", params={"filters": 8, "activation": "tanh"}, label="C1: 8 maps")
    consensus = merged([mine, mine, mine, reading], reading, reading)
    assert dict(consensus.flow.layer("c1").params) == {"filters": 8, "kernel_size": [5, 5], "activation": "tanh"}
    assert consensus.flow.layer("c1").label == "C1: 8 maps"
    assert [layer.id for layer in consensus.flow.layers] == ["in", "c1", "s2", "f3", "out"]


def test_values_that_mean_the_same_are_one_vote() -> None:
    written = [5, [5, 5], (5, 5), [5.0, 5]]
    drawn = [changed(lenet(), "c1", params={"kernel_size": value}) for value in written]
    kernel = element(merged(drawn), "layer/c1/params/kernel_size")
    assert {vote.value for vote in kernel.votes} == {"[5, 5]"}
    spelled = [changed(lenet(), "s2", type="Block", label=label) for label in ("Res  Block", "res block", "Res Block")]
    assert not element(merged(spelled), "layer/s2/label").disputed


def test_who_takes_a_layer_for_another_says_nothing_of_its_parameters() -> None:
    block = changed(lenet(), "c1", type="Block")
    block = block.with_layers(replace(x, params={}) if x.id == "c1" else x for x in block.layers)
    consensus = merged([lenet(), lenet(), block, block, lenet()])
    assert digest(consensus.flow) == digest(lenet())
    assert element(consensus, "layer/c1/params/filters").probability > 0.99


def test_values_come_with_their_source_and_the_words_of_the_most_trusted() -> None:
    reading = lenet()
    own = {"filters": "person", "strides": "text"}
    mine = changed(reading, "c1", params={"filters": 8, "strides": 2}, provenance=own)
    other = changed(reading, "c1", params={"filters": 8, "strides": [2, 2]}, provenance={"filters": "person"})
    for skills, strides, source in (({"p0": 0.99}, 2, "text"), ({"p1": 0.99}, [2, 2], "person")):
        answers = said([mine, other, mine, other], reading)
        layer = merge(answers, reading=reading, crowd=Majority(**skills)).flow.layer("c1")
        assert (layer.params["strides"], layer.provenance["strides"]) == (strides, source)
        assert layer.provenance["filters"] == "person"
    assert merged([reading, mine, reading], reading, reading).flow.layer("c1").provenance == {"filters": "figure"}


def test_where_a_layer_stands_is_where_most_see_it() -> None:
    reading = lenet()
    moved = [changed(reading, "c1", bbox=(x, 0.0, x + 20.0, 40.0)) for x in (50.0, 52.0, 300.0)]
    assert merged(moved, reading, reading).flow.layer("c1").bbox == (52.0, 0.0, 72.0, 40.0)


def test_training_and_name_are_merged() -> None:
    reading = replace(lenet(), name="Net", training={"batch_size": {"value": 128, "provenance": "text", "page": 3}})
    mine = replace(
        reading, name="LeNet", training={"batch_size": {"value": 64, "page": 4}, "optimizer": {"value": "sgd"}}
    )
    consensus = merged([mine, mine, reading], reading, reading)
    assert consensus.flow.name == "LeNet"
    assert consensus.flow.training == mine.training
    assert element(consensus, "training/batch_size").to_dict()["said"][0] == {
        "value": 128,
        "by": [READER, "p2"],
        "touched": [READER],
    }
    assert not element(consensus, "training/batch_size").counts
    assert merged([reading, mine, reading], reading, reading).flow.training == reading.training


# --- Connections


def test_a_layer_that_some_missed_is_joined_as_those_say_who_have_it() -> None:
    reading = without(lenet(), "s2")
    drawn = [between(reading, replace(lenet().layer("s2"), id=f"x{i}"), "c1", "f3") for i in range(3)]
    consensus = merged([*drawn, reading, reading], reading, reading)
    assert pairs(consensus.flow) == [("in", "c1"), ("f3", "out"), ("c1", "x0"), ("x0", "f3")]
    assert element(consensus, "connection/c1/f3").value is False


def test_a_layer_that_only_some_have_is_taken_out_of_its_connections() -> None:
    extra = Layer("d", "Dropout", params={"rate": 0.5})
    consensus = merged(
        [lenet(), between(lenet(), extra, "c1", "s2"), between(lenet(), extra, "c1", "s2"), lenet(), lenet()]
    )
    assert pairs(consensus.flow) == pairs(lenet())
    direct = element(consensus, "connection/c1/s2")
    assert {vote.value for vote in direct.votes} == {True}
    assert len(direct.votes) == 5
    assert element(consensus, "layer/d").value is False


def test_of_a_circle_the_connection_goes_that_is_least_sure() -> None:
    """Each of three connections is drawn by most, but nobody draws all of them."""
    base = lenet().with_layers(lenet().layers[:4], [Connection("in", "c1")])
    there, on, back = ("c1", "s2"), ("s2", "f3"), ("f3", "c1")
    drawn = [linked(base, *some) for some in ((there, on), (there, on), (on, back), (back, there), (there, back))]
    consensus = merge(said(drawn), reading=None, crowd=Majority(p0=0.99, p1=0.99))
    assert pairs(consensus.flow) == [("in", "c1"), there, on]
    gone = element(consensus, "connection/f3/c1")
    assert gone.repaired
    assert gone.probability < 0.5
    assert consensus.weakest == gone.key


def test_a_circle_that_most_draw_stays_and_is_told() -> None:
    drawn = [linked(lenet(), ("f3", "c1"))] * 3
    consensus = merged([*drawn, lenet(), lenet()])
    assert circling(consensus.flow)
    assert not consensus.valid
    assert any("circle" in problem.message for problem in consensus.problems)


@pytest.mark.parametrize(
    ("kind", "expected"), [("Concatenate", ["b", "a"]), ("Subtract", ["b", "a"]), ("Add", ["a", "b"])]
)
def test_inputs_come_in_the_order_that_most_draw(kind: str, expected: list[str]) -> None:
    layers = (*(Layer(i, "Input", label=i) for i in "ab"), Layer("m", kind))
    one = Flow(layers, (Connection("a", "m"), Connection("b", "m")))
    other = Flow(layers, (Connection("b", "m"), Connection("a", "m")))
    consensus = merged([other, other, one])
    assert consensus.flow.inputs_of()["m"] == ["b", "a"]
    # The order of what is added up makes no other network, so nobody is asked about it.
    assert any(e.key == "order/m" for e in consensus.elements) is (kind != "Add")


def test_the_same_connection_twice_is_two() -> None:
    layers = (Layer("a", "Input"), Layer("b", "Multiply"))
    square = Flow(layers, (Connection("a", "b"), Connection("a", "b")))
    assert len(merged([square, square, Flow(layers, square.connections[:1])]).flow.connections) == 2


def test_of_two_likely_values_the_one_holds_that_fits() -> None:
    """As many say 33 as 3, but a kernel of 33 doesn't fit an image of 32."""
    wide = changed(lenet(), "c1", params={"kernel_size": [33, 33], "padding": "valid"})
    slim = changed(lenet(), "c1", params={"kernel_size": [3, 3], "padding": "valid"})
    consensus = merge(said([wide, slim, wide, slim]), reading=None, crowd=Majority(p0=0.95))
    kernel = element(consensus, "layer/c1/params/kernel_size")
    assert kernel.ranking[0][0] == "[33, 33]"
    assert kernel.repaired
    assert consensus.flow.layer("c1").params["kernel_size"] == [3, 3]
    assert consensus.valid


# --- Who said what


def test_elements_say_who_set_what_themselves() -> None:
    reading = lenet()
    confirmed = changed(reading, "s2", confidence=1.0, provenance={"type": "person"})
    mine = changed(reading, "c1", params={"filters": 8})
    mine = between(mine, Layer("d_1", "Dropout", params={"rate": 0.5}), "f3", "out")
    consensus = merged([reading, confirmed, mine, without(mine, "s2"), mine], reading, reading)
    touched = {
        "layer/in": [READER],
        "layer/s2": [READER, "p1", "p3"],
        "layer/s2/type": [READER, "p1"],
        "layer/c1/params/filters": [READER, "p2", "p3", "p4"],
        "layer/d_1": [READER, "p2", "p3", "p4"],
        "connection/f3/out": ["p2", "p3", "p4"],  # nobody else knows of the layer between
    }
    for key, people in touched.items():
        votes = element(consensus, key).votes
        assert [vote.contributor for vote in votes if vote.touched] == people, key
    filters = element(consensus, "layer/c1/params/filters").to_dict()
    assert filters["said"] == [
        {"value": 6, "by": [READER, "p0", "p1"], "touched": [READER]},
        {"value": 8, "by": ["p2", "p3", "p4"], "touched": ["p2", "p3", "p4"]},
    ]
    assert (filters["shown"], filters["kind"], filters["layers"]) == (6, "parameter", ["c1"])


def test_elements_that_make_no_other_network_do_not_count() -> None:
    mine = changed(lenet(), "c1", name="conv1", label="C1: maps")
    consensus = merged([mine, lenet(), mine])
    assert {e.key for e in consensus.disputed} == {"layer/c1/name", "layer/c1/label"}
    assert not any(e.counts for e in consensus.disputed)
    assert consensus.probability == pytest.approx(merged([mine, mine, mine]).probability)


def test_a_flow_is_as_sure_as_its_parts() -> None:
    consensus = merged([lenet(), changed(lenet(), "f3", params={"units": 84}), lenet()])
    assert consensus.weakest == "layer/f3/params/units"
    assert consensus.probability < element(consensus, consensus.weakest).probability
    sure = {layer.id: layer.confidence for layer in consensus.flow.layers}
    assert min(sure, key=lambda i: sure[i] or 0) == "f3"
    assert all(connection.confidence for connection in consensus.flow.connections)
    assert consensus.flow.confidence == consensus.probability


def test_flows_that_were_shown_need_not_be_the_reading() -> None:
    """Two were shown an earlier consensus; what it has doesn't count as said, only as shown."""
    earlier = changed(lenet(), "c1", params={"filters": 8})
    answers = [Answer("a", earlier, earlier), Answer("b", lenet(), earlier)]
    filters = element(merge(answers, reading=lenet(), crowd=Majority()), "layer/c1/params/filters")
    assert [(v.contributor, v.value, v.touched) for v in filters.votes] == [
        (READER, "6", True),
        ("a", "8", False),
        ("b", "6", True),
    ]
    assert filters.shown == "8"


def test_kinds_of_figures_are_merged() -> None:
    decision = merge_kinds({"a": "box2d", "b": "box3d", "c": "box2d", READER: "box3d"}, Majority())
    assert decision.kind == ElementKind.FIGURE
    assert decision.value == "box2d"
    assert decision.probability > 0.5


def test_a_layer_whose_sources_were_only_written_out_is_untouched() -> None:
    """The site notes for each value of an answer where it comes from; that is no work of the person."""
    read = lenet()
    noted = [replace(one, provenance=dict.fromkeys((*one.params, "type"), "figure")) for one in read.layers]
    found = merge([Answer("a", read.with_layers(noted), read)], reading=read, crowd=Crowd())
    touched = {(vote.contributor, vote.touched) for element in found.elements for vote in element.votes}
    assert touched == {(READER, True), ("a", False)}
