"""The canonical form sees the network and nothing else."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.flow.canonical import canonical, digest
from extraction.flow.model import Connection, Flow, Layer
from tests.flow.strategies import flows


def redrawn(flow: Flow, seed: int) -> Flow:
    """The same network with other ids, names, places and another order of layers and connections."""
    chance = random.Random(seed)
    names = [f"n{i}" for i in range(len(flow.layers))]
    chance.shuffle(names)
    other = {layer.id: name for layer, name in zip(flow.layers, names, strict=True)}
    layers = [
        replace(layer, id=other[layer.id], name=f"x{i}", bbox=(i, 0, i + 1, 1), confidence=0.5, provenance={})
        for i, layer in enumerate(flow.layers)
    ]
    chance.shuffle(layers)
    # The order of the connections into one layer is the order of its inputs, so it stays.
    by_target = [[c for c in flow.connections if c.target == layer.id] for layer in flow.layers]
    chance.shuffle(by_target)
    connections = tuple(Connection(other[c.source], other[c.target], 0.9) for group in by_target for c in group)
    return Flow(tuple(layers), connections, name="drawn again", kind=flow.kind)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(flows(acyclic=False), st.integers(0, 99))
def test_a_redrawn_network_has_the_same_digest(flow: Flow, seed: int) -> None:
    assert digest(redrawn(flow, seed)) == digest(flow)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(flows(), st.integers(0, 99))
def test_the_canonical_form_is_one_form(flow: Flow, seed: int) -> None:
    form = canonical(flow)
    assert canonical(redrawn(flow, seed)) == form
    assert canonical(form) == form
    assert digest(form) == digest(flow)


def pair(kind: str, *, swapped: bool = False) -> Flow:
    """Two different branches of one input, joined."""
    layers = (
        Layer("in", "Input", output_shape=(8, 8, 3)),
        Layer("a", "Conv2D", params={"filters": 4, "kernel_size": 1}),
        Layer("b", "Conv2D", params={"filters": 4, "kernel_size": 3, "padding": "same"}),
        Layer("m", kind),
    )
    first, second = ("b", "a") if swapped else ("a", "b")
    joined = (Connection("in", "a"), Connection("in", "b"), Connection(first, "m"), Connection(second, "m"))
    return Flow(layers, joined)


def test_the_order_of_inputs_counts_where_it_matters() -> None:
    assert digest(pair("Add")) == digest(pair("Add", swapped=True))
    assert canonical(pair("Add")) == canonical(pair("Add", swapped=True))
    assert digest(pair("Concatenate")) != digest(pair("Concatenate", swapped=True))


def test_spellings_of_the_same_layer_are_one() -> None:
    one = Flow((Layer("a", "Conv2D", params={"filters": 8, "kernel_size": 3}),))
    other = Flow((Layer("a", "Convolution2D", params={"kernel_size": [3, 3], "filters": 8, "padding": None}),))
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    "changed",
    [
        Layer("a", "Conv2D", params={"filters": 4, "kernel_size": 2}),
        Layer("a", "Conv1D", params={"filters": 4, "kernel_size": 1}),
        Layer("a", "Conv2D", params={"filters": 4, "kernel_size": 1}, also=("ReLU",)),
        Layer("a", "Conv2D", params={"filters": 4, "kernel_size": 1}, output_shape=(8, 8, 4)),
    ],
)
def test_any_change_of_the_network_changes_the_digest(changed: Layer) -> None:
    flow = pair("Add")
    layers = tuple(changed if layer.id == "a" else layer for layer in flow.layers)
    assert digest(replace(flow, layers=layers)) != digest(flow)
    assert digest(replace(flow, connections=flow.connections[:-1])) != digest(flow)


def test_equal_branches_keep_their_own_continuations() -> None:
    """Two equal layers are told apart by what follows them."""
    base = [Layer("in", "Input"), Layer("a", "Dense"), Layer("b", "Dense"), Layer("x", "ReLU"), Layer("y", "Softmax")]
    joins = [Connection("in", "a"), Connection("in", "b")]
    apart = Flow(tuple(base), (*joins, Connection("a", "x"), Connection("b", "y")))
    together = Flow(tuple(base), (*joins, Connection("a", "x"), Connection("a", "y")))
    assert digest(apart) != digest(together)


def test_large_flows_are_no_trouble() -> None:
    size = 5_000
    layers = tuple(Layer(f"l{i}", "Dense") for i in range(size))
    chain = Flow(layers, tuple(Connection(f"l{i}", f"l{i + 1}") for i in range(size - 1)))
    ring = replace(chain, connections=(*chain.connections, Connection(f"l{size - 1}", "l0")))
    assert digest(chain) != digest(ring)
    assert digest(chain) == digest(redrawn(chain, 3))
