"""Checks: what contradicts itself is wrong, what is left open is not, and every message names its layer."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings

from extraction.flow.checks import check
from extraction.flow.model import Connection, Flow, Layer
from tests.flow.strategies import flows

IMAGE = Layer("in", "Input", output_shape=(32, 32, 3))


def conv(layer_id: str, filters: int | None = None, **params: object) -> Layer:
    said = {"filters": filters} if filters else {}
    return Layer(layer_id, "Conv2D", params={**said, **params})


def drawn(*layers: Layer, **inputs: str) -> Flow:
    """Layers in a row, except those whose inputs are given: `add="a b"`."""
    connections = []
    for before, layer in zip((None, *layers), layers, strict=False):
        sources = inputs[layer.id].split() if layer.id in inputs else [before.id] if before else []
        connections += [Connection(source, layer.id) for source in sources]
    return Flow(layers, tuple(connections))


def errors(flow: Flow) -> list[str]:
    return [problem.message for problem in check(flow).problems if problem.severity == "error"]


def warnings(flow: Flow) -> list[str]:
    return [problem.message for problem in check(flow).problems if problem.severity == "warning"]


def test_a_sound_flow_has_no_problems_and_all_shapes() -> None:
    report = check(
        drawn(IMAGE, conv("c", 8, kernel_size=3, padding="valid"), Layer("d", "Dense", params={"units": 10}))
    )
    assert report.valid
    assert report.problems == ()
    assert report.output_shapes == {"in": (32, 32, 3), "c": (30, 30, 8), "d": (10,)}
    assert report.layer_parameters == {"in": 0, "c": 3 * 3 * 3 * 8 + 8, "d": 30 * 30 * 8 * 10 + 10}
    assert report.parameters == sum(report.layer_parameters.values())


def test_what_is_not_said_is_no_problem() -> None:
    report = check(drawn(Layer("c", "Conv2D"), Layer("p", "MaxPooling2D"), Layer("d", "Dense"), Layer("o", "Output")))
    assert report.valid
    assert report.problems == ()


@pytest.mark.parametrize(
    ("flow", "layer", "message"),
    [
        (
            drawn(Layer("i", "Input", output_shape=(5, 5, 16)), conv("conv2", 6, kernel_size=[7, 7], padding="valid")),
            "conv2",
            "`conv2` gets 5x5x16, but its 7x7 kernel needs at least 7x7 with padding `valid`",
        ),
        (
            drawn(IMAGE, conv("a", 8), conv("b", 16), Layer("sum", "Add"), b="in", sum="a b"),
            "sum",
            "`sum` joins its inputs value by value, but they differ: 32x32x8 and 32x32x16",
        ),
        (
            drawn(
                Layer("i", "Input", output_shape=(8, 8, 3)),
                Layer("j", "Input", output_shape=(4, 4, 3)),
                Layer("m", "Concatenate"),
                j="",
                m="i j",
            ),
            "m",
            "`m` puts its inputs side by side, but they differ in more than the channels: 8x8x3 and 4x4x3",
        ),
        (drawn(IMAGE, Layer("x", "Flux")), "x", "`x` has the type “Flux”, which the catalogue doesn't have"),
        (drawn(IMAGE, conv("c", -3)), "c", "`c`: `filters` is -3, must be at least 1"),
        (drawn(IMAGE, conv("c", 4, kernel_size=[3, 3, 3])), "c", "`c`: `kernel_size` has 3 numbers"),
        (drawn(IMAGE, conv("c", 4, padding="full")), "c", "`c`: `padding` is “full”, must be one of valid and same"),
        (drawn(IMAGE, Layer("d", "Dropout", params={"rate": 1.5})), "d", "`d`: `rate` is 1.5, must be at most 1"),
        (drawn(IMAGE, conv("c", 4, groups=2)), "c", "`c` splits 3 channels into 2 groups"),
        (
            drawn(IMAGE, Layer("c", "Conv2D", params={"filters": 4, "kernel_size": 3}, output_shape=(50, 50, 4))),
            "c",
            "`c` is printed as 50x50x4, but from 32x32x3 it makes 32x32x4",
        ),
        (
            drawn(IMAGE, Layer("c", "Conv2D", params={"filters": 4, "kernel_size": 3}, output_shape=(30, 30, 9))),
            "c",
            "`c` is printed as 30x30x9, but from 32x32x3 it makes 30x30x4",
        ),
        (
            drawn(IMAGE, Layer("s", "Subtract"), s="in in in"),
            "s",
            "`s` joins 2 inputs, but 3 lead into it",
        ),
    ],
)
def test_contradictions_are_errors_that_name_the_layer(flow: Flow, layer: str, message: str) -> None:
    report = check(flow)
    assert not report.valid
    assert report.parameters is None
    found = [problem for problem in report.problems if problem.severity == "error"]
    assert [problem.layer for problem in found] == [layer]
    assert found[0].message.startswith(message)


def test_a_shortcut_is_projected_by_custom() -> None:
    """Residual networks draw a shortcut around layers that change the channels, and no box for its projection."""
    flow = drawn(IMAGE, conv("a", 8), conv("b", 16), Layer("sum", "Add"), sum="b a")
    assert errors(flow) == []
    assert check(flow).output_shapes["sum"] == (32, 32, 16)


def test_circles_are_named() -> None:
    flow = Flow(
        (IMAGE, Layer("a", "ReLU"), Layer("b", "ReLU")),
        (Connection("in", "a"), Connection("a", "b"), Connection("b", "a")),
    )
    assert errors(flow) == ["`a` and `b` lead into each other in a circle; remove one of the connections"]
    itself = Flow((Layer("a", "ReLU"),), (Connection("a", "a"),))
    assert errors(itself) == ["`a` leads into itself; remove that connection"]
    assert check(itself).problems[0].connection == ("a", "a")


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (Flow((IMAGE, Layer("d", "Dense"))), "`in` is connected to nothing"),
        (drawn(IMAGE, Layer("s", "Add")), "`s` joins inputs, but only one leads into it"),
        (drawn(IMAGE, conv("a"), conv("b"), b="in a"), "`b` takes one input, but 2 lead into it"),
        (drawn(IMAGE, conv("a"), a="in in"), "`in` leads into `a` twice; remove one connection"),
        (drawn(conv("a"), IMAGE), "`in` is an input, but connections lead into it"),
        (drawn(IMAGE, conv("a", colour="red")), "`a` has a parameter `colour`, which Conv2D doesn't have"),
        (drawn(IMAGE, Layer("l", "LSTM")), "`l` needs a sequence, but gets 32x32x3"),
    ],
)
def test_what_is_odd_is_a_warning_and_stays_valid(flow: Flow, message: str) -> None:
    assert check(flow).valid
    assert any(warning.startswith(message) for warning in warnings(flow))


def test_an_empty_flow_is_not_valid() -> None:
    assert errors(Flow()) == ["there are no layers yet; draw at least one"]


def test_a_box_of_several_operations_has_the_shape_after_the_last() -> None:
    box = Layer("c", "Conv2D", params={"filters": 4, "kernel_size": 3}, also=("BatchNormalization", "MaxPooling2D"))
    report = check(drawn(IMAGE, box))
    assert report.output_shapes["c"] == (16, 16, 4)
    assert report.layer_parameters["c"] == 3 * 3 * 3 * 4 + 4 + 4 * 4


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(flows(hostile=True, acyclic=False))
def test_no_flow_is_too_strange_to_check(flow: Flow) -> None:
    report = check(flow)
    ids = {layer.id for layer in flow.layers}
    assert set(report.output_shapes) == ids
    assert report.valid == all(problem.severity != "error" for problem in report.problems)
    assert all(problem.message and "\n" not in problem.message for problem in report.problems)
    if report.valid:
        assert report.parameters is not None
        assert None not in report.output_shapes.values()


def test_a_tangle_of_merges_as_large_as_a_flow_can_be_is_checked() -> None:
    chance = random.Random(1)
    layers = tuple(Layer(f"l{i}", chance.choice(["Add", "Concatenate", "Multiply"])) for i in range(5_000))
    pairs = (sorted(chance.sample(range(5_000), 2)) for _ in range(20_000))
    report = check(Flow(layers, tuple(Connection(f"l{a}", f"l{b}") for a, b in pairs)))
    assert len(report.output_shapes) == 5_000
    assert errors(Flow(layers)) == []
