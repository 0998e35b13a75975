"""Which layers of several people are one: a layer in one cluster, a person once in each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.consensus.answers import Answer
from annotations.consensus.clusters import Clusters, cluster
from annotations.consensus.model import READER
from annotations.consensus.sides import sides_of
from extraction.flow.model import Connection, Flow, Layer
from tests.consensus.flows import anew, between, changed, lenet, linked, moved, row, said, without
from tests.flow.strategies import flows


def clustered(answers: Sequence[Answer], reading: Flow | None = None) -> Clusters:
    return cluster(sides_of(answers, reading))


def members(found: Clusters) -> set[frozenset[tuple[str, str]]]:
    """For each cluster the names of its members with their layers' ids."""
    return {frozenset((name, t.layer.id) for name, t in one.members.items()) for one in found.all}


def of(found: Clusters, name: str, layer_id: str) -> dict[str, str]:
    """Everybody's layer that is in the same cluster."""
    for one in found.all:
        if name in one.members and one.members[name].layer.id == layer_id:
            return {who: traits.layer.id for who, traits in one.members.items()}
    raise KeyError(layer_id)


def test_who_corrects_a_layer_keeps_it() -> None:
    reading = changed(lenet(), "s2", type="Unknown", label="52", params={})
    mine = changed(reading, "s2", type="AveragePooling2D", label="S2", bbox=(82.0, 1.0, 102.0, 41.0))
    mine = changed(mine, "f3", type="Conv2D", label="something else", params={"filters": 120})
    found = clustered(said([mine, reading], reading), reading)
    assert members(found) == {frozenset((who, i) for who in (READER, "p0", "p1")) for i in mine.inputs_of()}


def test_an_id_that_is_used_again_for_another_layer_is_not_that_layer() -> None:
    reading = changed(lenet(), "f3", id="dense_1")
    reading = row([*reading.layers])
    # Both took `dense_1` away, and drew a layer elsewhere, which the editor gave the id that was free again.
    elsewhere = Layer("dense_1", "Dropout", label="p=0.5", bbox=(10, 100, 30, 140))
    mine = between(without(reading, "dense_1"), elsewhere, "in", "c1")
    found = clustered(said([mine, mine], reading), reading)
    assert of(found, "p0", "dense_1") == {"p0": "dense_1", "p1": "dense_1"}
    assert of(found, READER, "dense_1") == {READER: "dense_1"}


def test_all_who_add_a_missing_layer_mean_the_same_one() -> None:
    reading = without(lenet(), "s2")
    pool = lenet().layer("s2")
    drawn = [
        replace(pool, id="average_pooling2_d_1"),
        replace(pool, id="pool", label="", bbox=None, params={}),
        replace(pool, id="average_pooling2_d_1", bbox=(86, 4, 104, 50), label="s2:"),
        replace(pool, id="max_pooling2_d_1", type="MaxPooling2D", bbox=None),
        replace(pool, id="x", type="Dropout", label="", bbox=None, params={}),
    ]
    answers = said([between(reading, layer, "c1", "f3") for layer in drawn], reading)
    assert of(clustered(answers, reading), "p0", drawn[0].id) == {f"p{i}": one.id for i, one in enumerate(drawn)}


def test_added_layers_are_told_apart_though_they_got_the_same_id() -> None:
    reading = lenet()
    first = between(reading, Layer("dropout_1", "Dropout"), "in", "c1")
    second = between(reading, Layer("dropout_1", "Dropout"), "f3", "out")
    both = between(between(reading, Layer("a", "Dropout"), "in", "c1"), Layer("b", "Dropout"), "f3", "out")
    found = clustered(said([first, second, both], reading), reading)
    assert of(found, "p0", "dropout_1") == {"p0": "dropout_1", "p2": "a"}
    assert of(found, "p1", "dropout_1") == {"p1": "dropout_1", "p2": "b"}


def test_who_draws_everything_anew_draws_the_same_layers() -> None:
    reading = lenet()
    bare = anew(reading, "y").with_layers(replace(x, bbox=None) for x in anew(reading, "y").layers)
    found = clustered(said([anew(reading, "x", 3.0), reading, bare], reading), reading)
    assert len(found.all) == len(reading.layers)
    assert of(found, READER, "s2") == {READER: "s2", "p0": "xs2", "p1": "s2", "p2": "ys2"}


def test_a_layer_drawn_twice_counts_once() -> None:
    reading = lenet()
    twice = linked(reading.with_layers((*reading.layers, replace(reading.layer("s2"), id="again"))), ("c1", "again"))
    found = clustered(said([reading, twice, reading], reading), reading)
    assert of(found, "p1", "again") == {"p1": "again"}
    assert len(of(found, "p1", "s2")) == 4


def test_identical_branches_are_not_mixed() -> None:
    """Nothing tells two branches apart; but what leads into each other stays together."""
    names = [f"{branch}{i}" for branch in "ab" for i in range(4)]
    layers = [Layer("in", "Input"), *(Layer(name, "Dense", params={"units": 8}) for name in names), Layer("add", "Add")]
    pairs = [("in", "a0"), ("in", "b0"), ("a3", "add"), ("b3", "add")]
    pairs += [(f"{branch}{i}", f"{branch}{i + 1}") for branch in "ab" for i in range(3)]
    truth = Flow(tuple(layers), tuple(Connection(a, b) for a, b in pairs))
    rng = random.Random(1)
    drawn = []
    for prefix in "xyz":
        flow = anew(truth, prefix)
        shuffled = list(flow.layers)
        rng.shuffle(shuffled)
        drawn.append(flow.with_layers(shuffled))
    found = clustered(said(drawn))
    assert len(found.all) == len(layers)
    for one in found.all:
        assert len({traits.layer.id[-1] for traits in one.members.values()}) == 1
    branch = {
        (n, t.layer.id[1:-1])
        for one in found.all
        if one.members["p0"].layer.id[1:-1] == "a"
        for n, t in one.members.items()
    }
    assert len(branch) == 3


def test_a_thousand_layers_drawn_by_five() -> None:
    rng = random.Random(2)
    kinds = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Dense"]
    layers = [
        Layer(
            f"l{i}",
            kinds[i % 4],
            label=f"{kinds[i % 4]} {i // 7}",
            bbox=(x := 30 * (i % 40), y := 30 * (i // 40), x + 20, y + 20),
        )
        for i in range(1000)
    ]
    truth = row(layers)
    drawn = []
    for name in "abcde":
        flow = anew(truth, name)
        layers_apart = [replace(x, bbox=moved(x.bbox, lambda: rng.uniform(-4, 4))) for x in flow.layers]
        drawn.append(flow.with_layers(layers_apart))
    found = clustered(said(drawn))
    right = {frozenset((f"p{i}", f"{name}l{n}") for i, name in enumerate("abcde")) for n in range(1000)}
    assert len(members(found) & right) >= 995


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(flows(), st.lists(flows(most=6), min_size=1, max_size=3), st.booleans(), st.randoms(use_true_random=False))
def test_every_layer_is_in_one_cluster_and_nobody_twice(
    reading: Flow, others: list[Flow], from_reading: bool, rng: random.Random
) -> None:
    # Some kept parts of the reading, some drew what they liked under the same ids.
    kept = reading.with_layers(reading.layers[::2], [])
    answers = said([kept, *others, reading], reading if from_reading else None)
    found = clustered(answers, reading)
    everything = [(READER, x.id) for x in reading.layers] + [
        (a.contributor, x.id) for a in answers for x in a.flow.layers
    ]
    listed = [(name, traits.layer.id) for one in found.all for name, traits in one.members.items()]
    assert sorted(listed) == sorted(everything)
    for side in found.sides:
        assert [found.all[n].members[side.name].layer for n in found.of[side.name]] == list(side.flow.layers)
    rng.shuffle(answers)
    assert members(clustered(answers, reading)) == members(found)
