"""The difference of two flows: nothing where nothing changed, and all that did, no more."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given, settings

from extraction.flow.alignment import align
from extraction.flow.diff import diff
from extraction.flow.model import Connection, Flow, Layer
from tests.flow.strategies import flows


def lenet() -> Flow:
    layers = (
        Layer("in", "Input", output_shape=(32, 32, 1), label="INPUT 32x32", bbox=(0, 0, 20, 40)),
        Layer("c1", "Conv2D", label="C1: 6@28x28", params={"filters": 6, "kernel_size": [5, 5]}, bbox=(30, 0, 50, 40)),
        Layer("s2", "AveragePooling2D", label="S2: 6@14x14", bbox=(60, 0, 80, 40)),
        Layer(
            "c3", "Conv2D", label="C3: 16@10x10", params={"filters": 16, "kernel_size": [5, 5]}, bbox=(90, 0, 110, 40)
        ),
        Layer("f5", "Dense", label="F5: 120", params={"units": 120}, bbox=(120, 0, 140, 40)),
    )
    ids = [layer.id for layer in layers]
    return Flow(layers, tuple(Connection(a, b) for a, b in itertools.pairwise(ids)))


def renamed(flow: Flow, prefix: str) -> Flow:
    layers = tuple(replace(layer, id=prefix + layer.id) for layer in flow.layers)
    return flow.with_layers(layers, [Connection(prefix + c.source, prefix + c.target) for c in flow.connections])


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(flows(acyclic=False))
def test_a_flow_does_not_differ_from_itself(flow: Flow) -> None:
    difference = diff(flow, flow)
    assert difference.empty
    assert len(difference.layers) == len(flow.layers)
    assert len(difference.connections) == len(flow.connections)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(flows(acyclic=False), flows(acyclic=False))
def test_every_layer_and_connection_is_told_once(before: Flow, after: Flow) -> None:
    difference = diff(before, after)
    assert [c.after for c in difference.layers if c.after] == list(after.layers)
    assert sorted(c.before.id for c in difference.layers if c.before) == sorted(layer.id for layer in before.layers)
    kinds = [change.kind for change in difference.connections]
    assert kinds.count("added") + kinds.count("same") == len(after.connections)
    assert kinds.count("removed") + kinds.count("same") == len(before.connections)


def test_what_a_person_changed_is_told_and_nothing_else() -> None:
    before = lenet()
    c1, s2 = before.layer("c1"), before.layer("s2")
    changed = {
        "c1": replace(c1, params={"filters": 8, "kernel_size": [5, 5], "activation": "tanh"}, bbox=(31, 0, 51, 40)),
        "s2": replace(s2, type="MaxPooling2D"),
    }
    kept = [changed.get(layer.id, layer) for layer in before.layers if layer.id != "f5"]
    after = before.with_layers(
        [*kept, Layer("n1", "Output", label="10")],
        [*(c for c in before.connections if c.target != "f5"), Connection("c3", "n1")],
    )
    difference = diff(before, after)
    assert {change.after.id: change.kind for change in difference.layers if change.after} == {
        "in": "same", "c1": "changed", "s2": "changed", "c3": "same", "n1": "added",
    }  # fmt: skip
    fields = {change.after.id: change.fields for change in difference.layers if change.after}
    assert fields["c1"] == (("filters", 6, 8), ("activation", None, "tanh"))
    assert fields["s2"] == (("type", "AveragePooling2D", "MaxPooling2D"),)
    assert [change.before.id for change in difference.layers if change.kind == "removed" and change.before] == ["f5"]
    told = {(change.kind, change.source, change.target) for change in difference.connections if change.kind != "same"}
    assert told == {("added", "c3", "n1"), ("removed", "c3", "f5")}
    assert difference.to_dict()["summary"] == {
        "layers": {"same": 2, "changed": 2, "added": 1, "removed": 1},
        "connections": {"same": 3, "added": 1, "removed": 1},
    }


def test_layers_with_other_ids_are_found_by_place_text_and_type() -> None:
    before = lenet()
    assert align(before, renamed(before, "new_")) == {layer.id: f"new_{layer.id}" for layer in before.layers}


def test_layers_without_place_or_text_are_found_by_their_neighbours() -> None:
    bare = lenet().with_layers(replace(layer, label="", bbox=None) for layer in lenet().layers)
    after = renamed(bare, "n")
    # One more convolution of the same kind in front of the last: the others stay who they are.
    extra = replace(after.layer("nc3"), id="extra", params={"filters": 99, "kernel_size": [1, 1]})
    connections = [c for c in after.connections if c.target != "nf5"]
    after = after.with_layers(
        [*after.layers, extra], [*connections, Connection("nc3", "extra"), Connection("extra", "nf5")]
    )
    assert align(bare, after) == {layer.id: f"n{layer.id}" for layer in bare.layers}


def test_the_same_id_on_unlike_layers_is_no_match() -> None:
    one = Flow((Layer("1", "Conv2D", label="conv 3x3", params={"filters": 64}, bbox=(0, 0, 10, 10)),))
    other = Flow((Layer("1", "LSTM", label="decoder", params={"units": 5}, bbox=(500, 500, 520, 520)),))
    kinds = [change.kind for change in diff(one, other).layers]
    assert kinds == ["added", "removed"]


def test_one_of_two_equal_connections_can_go() -> None:
    layers = (Layer("a", "Input"), Layer("b", "Multiply"))
    twice = Flow(layers, (Connection("a", "b"), Connection("a", "b")))
    once = Flow(layers, (Connection("a", "b"),))
    assert [change.kind for change in diff(twice, once).connections] == ["same", "removed"]


def test_large_flows_are_aligned() -> None:
    size = 5_000
    layers = tuple(Layer(f"l{i}", "Dense", params={"units": i + 1}) for i in range(size))
    before = Flow(layers, tuple(Connection(f"l{i}", f"l{i + 1}") for i in range(size - 1)))
    pairs = align(before, renamed(before, "n"))
    assert sum(pairs.get(f"l{i}") == f"nl{i}" for i in range(size)) == size
