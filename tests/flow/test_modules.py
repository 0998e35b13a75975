"""Modules whose inside a table prints become the layers they are made of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.flow.checks import check
from extraction.flow.complete import Completion, complete
from extraction.flow.completion.modules import inside
from extraction.flow.model import Connection, Flow, Layer, Shape
from tests.flow.oracle import build


def network(label: str, params: dict[str, Any], before: Shape, after: Shape | None = None) -> Flow:
    """Maps of a size, a module, its result."""
    return Flow(
        (
            Layer("in", "Input", output_shape=before),
            Layer("m", "Block", label=label, params=params, output_shape=after),
            Layer("out", "Output"),
        ),
        (Connection("in", "m"), Connection("m", "out")),
    )


def conv(kernel: int, before: int, after: int) -> int:
    return (kernel * kernel * before + 1) * after


INCEPTION = {"#1x1": 64, "#3x3 reduce": 96, "#3x3": 128, "#5x5 reduce": 16, "#5x5": 32, "pool proj": 32}
REDUCTION = {
    "stride": 2, "#3x3 reduce": 128, "#3x3": 160, "double #3x3 reduce": 64, "double #3x3": 96,
    "pool+proj": "max + pass through",
}  # fmt: skip
FIRE = {"depth": 2, "s1x1": 16, "e1x1": 64, "e3x3": 64}
CRELU = {"type": "3x3 C.ReLU", "stride": 2, "residual": True, "c.relu": "48-48-128"}
CHAINS = {"residual": True, "#1x1": 64, "#3x3": "64-128", "#5x5": "24-48-48", "#out": 256}
BNECK = {"exp size": 64, "#out": 24, "se": True, "nl": "HS", "s": 2}

#: Label, numbers, shape before and after, parameters.
MODULES: list[tuple[str, dict[str, Any], Shape, Shape, int]] = [
    (
        "inception (3a)", INCEPTION, (28, 28, 192), (28, 28, 256),
        conv(1, 192, 64) + conv(1, 192, 96) + conv(3, 96, 128) + conv(1, 192, 16) + conv(5, 16, 32) + conv(1, 192, 32),
    ),
    (
        "inception (3c)", REDUCTION, (28, 28, 320), (14, 14, 576),
        conv(1, 320, 128) + conv(3, 128, 160) + conv(1, 320, 64) + conv(3, 64, 96) + conv(3, 96, 96),
    ),
    ("fire2", FIRE, (55, 55, 96), (55, 55, 128), conv(1, 96, 16) + conv(1, 16, 64) + conv(3, 16, 64)),
    (
        "conv3_1", CRELU, (264, 160, 64), (132, 80, 128),
        conv(1, 64, 48) + conv(3, 48, 48) + conv(1, 96, 128) + conv(1, 64, 128),
    ),
    (
        "conv4_2", CHAINS, (66, 40, 256), (66, 40, 256),
        conv(1, 256, 64) + conv(1, 256, 64) + conv(3, 64, 128) + conv(1, 256, 24) + conv(3, 24, 48) + conv(3, 48, 48)
        + conv(1, 240, 256),
    ),
    (
        "bneck, 5x5", BNECK, (56, 56, 16), (28, 28, 24),
        16 * 64 + 4 * 64 + 25 * 64 + 4 * 64 + conv(1, 64, 16) + conv(1, 16, 64) + 64 * 24 + 4 * 24,
    ),
    ("bottleneck", {"t": 6, "c": 24, "s": 1}, (56, 56, 24), (56, 56, 24), 2 * 144 * 24 + 8 * 144 + 9 * 144 + 4 * 24),
    ("spp, {7, 3, 2, 1}", {}, (14, 14, 8), (63 * 8,), 0),
]  # fmt: skip


@pytest.mark.parametrize(("label", "params", "before", "after", "counted"), MODULES, ids=[m[0] for m in MODULES])
def test_a_module_is_built_with_its_weights_and_keras_agrees(
    label: str, params: dict[str, Any], before: Shape, after: Shape, counted: int
) -> None:
    flow = network(label, params, before)
    completion = complete(flow)
    assert completion.ok
    assert not [layer for layer in completion.flow.layers if layer.type in ("Block", "Unknown")]
    report = check(flow)
    assert (report.valid, report.output_shapes["m"], report.layer_parameters["m"]) == (True, after, counted)
    _, counts, _ = build(completion.flow)
    assert sum(count or 0 for count in counts.values()) == counted


def test_the_module_keeps_its_id_and_says_where_its_inside_is_from() -> None:
    completion = complete(network("fire2", FIRE, (55, 55, 96), (55, 55, 128)))
    assert completion.members["m"] == ("m.conv1x1", "m.conv1x1_2", "m.conv3x3", "m")
    last = completion.flow.layer("m")
    assert (last.type, last.label, last.provenance["type"]) == ("Concatenate", "fire2", "inferred")
    told = [a for a in completion.assumptions if a.layer == "m" and a.parameter == "type"]
    assert [a.provenance for a in told] == ["inferred"]
    assert complete(completion.flow).flow == completion.flow


def types_of(completion: Completion) -> list[str]:
    return [layer.type for layer in completion.flow.layers]


@pytest.mark.parametrize(
    ("label", "params"),
    [
        ("inception (3a)", {}),
        ("inception (3a)", {"#1x1": 64}),
        ("inception (3a)", {"#1x1": 64, "#3x3": "n", "pool proj": 32}),
        ("fire2", {"s1x1": 16, "e1x1": 64}),
        ("fire2", {"s1x1": "16%", "e1x1": 64, "e3x3": 64}),
        ("conv2", {"c.relu": "a-b-c"}),
        ("bottleneck", {"c": 24, "s": 2}),
        ("residual block", {"filters": 64}),
        ("spp", {}),
    ],
)
def test_what_says_less_stays_a_module_that_is_not_shown(label: str, params: dict[str, Any]) -> None:
    assert "Block" in types_of(complete(network(label, params, (28, 28, 32))))


def test_columns_that_do_not_go_with_the_printed_size_are_not_believed() -> None:
    # These branches have 256 channels together: with 480 printed after it, the row says something else.
    completion = complete(network("inception (3a)", INCEPTION, (28, 28, 192), (28, 28, 480)))
    assert completion.ok
    assert "Block" in types_of(completion)


def test_a_size_that_cannot_be_and_that_the_next_row_contradicts_is_a_misprint() -> None:
    flow = Flow(
        (
            Layer("in", "Input", output_shape=(27, 27, 8)),
            Layer("pool", "MaxPooling2D", params={"pool_size": 3, "strides": 2}, output_shape=(13, 12, 8)),
            Layer("act", "ReLU", output_shape=(13, 13, 8)),
        ),
        (Connection("in", "pool"), Connection("pool", "act")),
    )
    report = check(flow)
    assert (report.valid, report.output_shapes["pool"]) == (True, (13, 13, 8))
    (problem,) = report.problems
    assert (problem.layer, problem.severity) == ("pool", "warning")
    assert "is printed as 13x12x8" in problem.message
    # Where what follows is printed for the same size, both stand: it is a contradiction.
    both = Flow((*flow.layers[:2], Layer("act", "ReLU", output_shape=(13, 12, 8))), flow.connections)
    assert not check(both).valid


words = st.sampled_from([*INCEPTION, *REDUCTION, *FIRE, *CRELU, *BNECK, "t", "c", "#out", "#pool"])
values = st.one_of(
    st.integers(-3, 10**12), st.booleans(), st.none(), st.floats(), st.text(max_size=8),
    st.sampled_from(["24-48-48", "X-16-X", "avg + 32", "3x3 C.ReLU", "9" * 40, "1-" * 200]), st.lists(st.integers()),
)  # fmt: skip
names = st.sampled_from(["inception", "bneck, 3x3", "MBConv6, k5x5", "spp, {9, 1}", "spp {" + "1," * 99 + "2}", "x"])


def test_columns_without_end_are_no_module() -> None:
    columns = {f"{mark}{k}x{k}{narrow}": 8 for k in range(1, 60) for mark in ("", "#") for narrow in ("", " reduce")}
    completion = complete(network("inception", columns, (28, 28, 32)))
    assert completion.ok
    assert "Block" in types_of(completion)


def test_height_and_width_alone_say_no_channels() -> None:
    flow = network("conv4", CHAINS, (66, 40, 128))
    flow = Flow(
        (*flow.layers[:1], Layer("conv", "Conv2D", params={"kernel_size": 3, "filters": 256}, output_shape=(66, 40)),
         *flow.layers[1:]),
        (Connection("in", "conv"), Connection("conv", "m"), Connection("m", "out")),
    )  # fmt: skip
    # 256 channels come in and go out: the shortcut needs no convolution.
    assert len([layer for layer in complete(flow).flow.layers if layer.id.startswith("m.conv1x1")]) == 4


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(names, st.dictionaries(words, values, max_size=6), st.one_of(st.none(), st.integers(1, 512)))
def test_no_cell_breaks_it(label: str, params: dict[str, Any], channels: int | None) -> None:
    steps = inside(Layer("m", "Block", label=label, params=params), channels)
    known = {""}
    for step in steps or ():
        assert set(step.inputs) <= known
        known.add(step.name)
    complete(network(label, params, (28, 28, channels or 1)))
