"""Shapes and parameter counts are Keras's own, and what Keras refuses is refused."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.flow.catalogue import CATALOGUE, WRAPPERS
from extraction.flow.model import Connection, Flow, Layer
from extraction.flow.rules import RuleError, apply
from extraction.flow.shapes import infer
from tests.flow.oracle import call, compute, keras
from tests.flow.strategies import fitting

#: Classes of `keras.applications` that Keras does not export.
INTERNAL = ("LayerScale", "StochasticDepth")
WITH_KERAS = [name for name, row in CATALOGUE.items() if row.family not in ("io", "block") and row.keras]
WITH_KERAS += INTERNAL
#: Equation, sizes of the input, of the output, axes of the bias. Keras turns the axes around that dots stand for when
#: it tells sizes beforehand (not when it runs), so these are equal here.
EQUATIONS = [
    ("abc,cd->abd", (4, 6), [-1, 5], "d"), ("abc,cd->abd", (4, 6), [4, 5], None), ("...x,xy->...y", (3, 3, 6), 5, "y"),
    ("ab,bc->ac", (6,), 3, "c"), ("abc,bcde->ade", (4, 6), [2, 3], "de"), ("abc,bd->adc", (4, 6), [5, 6], "d"),
    ("abc,cd->abd", (4, 6), [3, 5], None),
]  # fmt: skip


@st.composite
def layer_and_inputs(draw: st.DrawFn, kind: str) -> tuple[Layer, list[tuple[int, ...]]]:
    """A layer with values that the catalogue allows, and inputs with the right number of axes."""
    row = CATALOGUE[kind]
    if kind in WRAPPERS:
        inner, inputs = draw(layer_and_inputs(draw(st.sampled_from(WRAPPERS[kind]))))
        given = [(3, *inputs[0])] if kind == "TimeDistributed" else inputs
        return Layer("l", kind, params={"layer": inner.type, **inner.params}), given
    if kind == "EinsumDense":
        equation, given_shape, output, bias = draw(st.sampled_from(EQUATIONS))
        params = {"equation": equation, "output_shape": output, "bias_axes": bias}
        return Layer("l", kind, params=params), [given_shape]
    axes = row.rank + 1 if row.rank is not None else draw(st.integers(1, 3))
    shape = (*(draw(st.integers(1, 9)) for _ in range(axes - 1)), draw(st.sampled_from([1, 4, 6])))
    params: dict[str, Any] = {}
    for parameter in row.parameters:
        if parameter.required or draw(st.booleans()):
            for_shape = _for_shape(parameter.name, shape, row.window or 1)
            params[parameter.name] = draw(fitting(parameter, row.window or 1) if for_shape is None else for_shape)
    count = draw(st.integers(max(row.min_inputs, 1), min(row.max_inputs or 3, 3)))
    if kind.endswith("Cell"):  # all its states, or none, as many as it has units
        states = draw(st.sampled_from([0, (row.max_inputs or 1) - 1]))
        return Layer("l", kind, params=params), [shape, *[(params["units"],)] * states]
    # Attention compares features only when it runs, so unequal ones would be no test here.
    other = (*shape[:-1], shape[-1] if row.family == "attn" else draw(st.sampled_from([shape[-1], 4])))
    inputs = [shape] + [draw(st.sampled_from([shape, other])) for _ in range(count - 1)]
    return Layer("l", kind, params=params), inputs


def _for_shape(name: str, shape: tuple[int, ...], rank: int) -> st.SearchStrategy[Any] | None:
    """Values that only make sense for the shape at hand."""
    total = math.prod(shape)
    match name:
        case "target_shape":
            return st.sampled_from([[total], [-1], [1, total], [-1, shape[-1]], [7, -1]])
        case "dims":
            return st.permutations(range(1, len(shape) + 1))
        case "axis":
            return st.sampled_from([-1, len(shape)])
        case "axes":
            return st.sampled_from([-1, 1, [1, 1]])
        case "shared_axes":
            return st.lists(st.integers(1, len(shape)), min_size=1, unique=True)
        case "groups":
            return st.sampled_from([1, 2])
        case "cropping":
            pair = st.lists(st.integers(0, 2), min_size=2, max_size=2)
            return st.integers(0, 2) | (pair if rank == 1 else st.lists(pair, min_size=rank, max_size=rank))
    return None


@pytest.mark.parametrize("kind", WITH_KERAS)
def test_a_layer_has_the_shape_and_the_parameters_that_keras_gives_it(kind: str) -> None:
    agreed = 0

    @settings(max_examples=8, deadline=None, derandomize=True, database=None)
    @given(layer_and_inputs(kind))
    def compare(case: tuple[Layer, list[tuple[int, ...]]]) -> None:
        nonlocal agreed
        layer, shapes = case
        words = kind == "Embedding" or (kind == "ReversibleEmbedding" and not layer.params.get("reverse"))
        dtype = "int32" if words else "float32"
        inputs = [keras.Input(batch_shape=(2, *shape), dtype=dtype) for shape in shapes]
        try:
            ours = apply(layer, shapes)
        except RuleError:
            with pytest.raises(Exception):  # noqa: B017 - Keras raises many kinds
                compute(layer, inputs)
            return
        output, count = call(layer, inputs)
        # Keras leaves open what an equation takes from its input.
        theirs = tuple(a if b is None else b for a, b in zip(ours[0], output.shape[1:], strict=True))
        assert (ours, (layer, shapes)) == ((theirs, count), (layer, shapes))
        agreed += 1

    compare()
    assert agreed, "every example was refused: the comparison compared nothing"


def chain(*layers: Layer) -> Flow:
    return Flow(layers, tuple(Connection(a.id, b.id) for a, b in itertools.pairwise(layers)))


def test_a_size_that_is_not_known_stays_unknown_and_the_rest_is_told() -> None:
    flow = chain(
        Layer("in", "Input", output_shape=(None, 28, 1)),
        Layer("c", "Conv2D", params={"filters": 6, "kernel_size": 5}),
    )
    result = infer(flow)
    assert result.output_shapes["c"] == (None, 24, 6)
    assert result.parameters["c"] == 5 * 5 * 6 + 6


def test_a_kernel_that_is_too_large_is_told_in_words() -> None:
    flow = chain(
        Layer("in", "Input", output_shape=(5, 5, 16)),
        Layer("c", "Conv2D", name="conv2", params={"filters": 6, "kernel_size": [7, 7], "padding": "valid"}),
    )
    (problem,) = infer(flow).problems
    assert problem.layer == "c"
    assert problem.message == "`conv2` gets 5x5x16, but its 7x7 kernel needs at least 7x7 with padding `valid`"


def test_operations_of_one_box_count_together() -> None:
    flow = chain(
        Layer("in", "Input", output_shape=(8, 8, 3)),
        Layer("c", "Conv2D", params={"filters": 4, "kernel_size": 3}, also=("LRN", "GlobalMaxPooling2D")),
    )
    result = infer(flow)
    assert result.output_shapes["c"] == (4,)
    assert result.parameters["c"] == 3 * 3 * 3 * 4 + 4


@pytest.mark.parametrize("size", [1, 2, 5_000])
def test_a_circle_of_any_size_ends_with_one_message(size: int) -> None:
    layers = tuple(Layer(f"l{i}", "Activation", params={"activation": "relu"}) for i in range(size))
    ring = tuple(Connection(f"l{i}", f"l{(i + 1) % size}") for i in range(size))
    result = infer(Flow(layers, ring))
    assert len(result.problems) == 1
    assert "l0" in result.problems[0].message
    assert set(result.output_shapes.values()) == {None}


def test_a_deep_flow_in_random_order_is_inferred() -> None:
    size = 5_000
    layers = [Layer("l0", "Input", output_shape=(7,))]
    layers += [Layer(f"l{i}", "Dense", params={"units": 7}) for i in range(1, size)]
    connections = tuple(Connection(f"l{i}", f"l{i + 1}") for i in range(size - 1))
    random.Random(1).shuffle(layers)
    result = infer(Flow(tuple(layers), connections))
    assert not result.problems
    assert sum(count or 0 for count in result.parameters.values()) == (size - 1) * (7 * 7 + 7)
