"""Completion: everything a flow leaves open is set, openly, so that Keras builds what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings

from extraction.flow.catalogue import CATALOGUE
from extraction.flow.checks import check
from extraction.flow.complete import Completion, complete
from extraction.flow.model import Connection, Flow, Layer, load
from extraction.flow.shapes import infer
from tests.flow.oracle import CAFFE_ALONE, build
from tests.flow.strategies import flows
from tests.flow.test_checks import IMAGE, drawn


def shape(completion: Completion, layer_id: str) -> tuple[int | None, ...] | None:
    return completion.flow.layer(layer_id).output_shape


def inputs(completion: Completion, layer_id: str) -> list[str]:
    return completion.flow.inputs_of()[layer_id]


def done(flow: Flow) -> Completion:
    """The completion of a flow that has no errors, held to what always holds."""
    completion = complete(flow)
    assert completion.ok, completion.problems
    holds(completion)
    return completion


def holds(completion: Completion) -> None:
    """What is true of every completed flow."""
    flow = completion.flow
    names = [layer.name for layer in flow.layers]
    assert all(name.isidentifier() for name in names)
    assert len(set(names)) == len(names)
    place = {layer.id: i for i, layer in enumerate(flow.layers)}
    assert all(place[c.source] < place[c.target] for c in flow.connections)
    taken = flow.inputs_of()
    for layer in flow.layers:
        row = CATALOGUE[layer.type]
        assert layer.output_shape is not None
        assert None not in layer.output_shape
        assert not layer.also
        assert all(layer.params.get(p.name) is not None for p in row.parameters if p.required), layer
        assert len(taken[layer.id]) >= row.min_inputs
        assert len(taken[layer.id]) <= (1 if row.family == "block" else row.max_inputs or len(taken[layer.id]))
    for assumption in completion.assumptions:
        layer = flow.layer(assumption.layer)
        assert assumption.reason
        if assumption.parameter in layer.params:
            assert layer.provenance[assumption.parameter] == assumption.provenance
            assert assumption.provenance in ("assumed", "inferred")
    inference = infer(flow)
    assert inference.problems == []
    assert inference.output_shapes == {layer.id: layer.output_shape for layer in flow.layers}
    assert None not in inference.parameters.values()
    again = complete(flow)
    assert again.flow == flow
    assert again.problems == ()


def test_a_printed_size_behind_causal_padding_tells_the_steps_before() -> None:
    flow = Flow((Layer("l0", "Conv1D", params={"padding": "causal", "filters": 4}, output_shape=(7, 4)),))
    first, *_ = complete(flow).flow.layers
    assert first.type == "Input"
    assert first.output_shape is not None
    assert first.output_shape[0] == 7


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(flows())
def test_a_completed_flow_is_whole_and_stays_as_it_is(flow: Flow) -> None:
    completion = complete(flow)
    assert complete(flow) == completion
    if completion.ok:
        holds(completion)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@example(Flow((Layer("l0", "Slice", output_shape=(1,)),)))
@given(flows(most=5))
def test_keras_builds_every_completed_flow_with_our_shapes_and_counts(flow: Flow) -> None:
    completion = complete(flow)
    if not completion.ok or any(len(layer.output_shape or ()) > 4 for layer in completion.flow.layers):
        return
    if any(layer.type in CAFFE_ALONE for layer in completion.flow.layers):
        return
    shapes, counts, _ = build(completion.flow)
    inference = infer(completion.flow)
    assert shapes == inference.output_shapes
    assert counts == inference.parameters


@pytest.mark.shared
def test_every_gold_flow_can_be_completed(benchmark: Path) -> None:
    refused = set()
    for path in sorted([*benchmark.glob("flows/gold/*.json"), *benchmark.glob("tables/*.json")]):
        completion = complete(load(path))
        if completion.ok:
            holds(completion)
        else:
            refused.add(path.name)
    assert not refused


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "ronneberger-2015-unet-fig1", "gwding__draw_convnet__convnet_fig", "venturelli-2017-siamese-head-pose-fig2",
        "ding-2021-repvgg-fig2", "szegedy-2014-googlenet-fig2", "vaswani-2017-transformer-fig1",
        "oord-2016-pixelrnn-fig5", "shi-2015-crnn-fig1", "xie-2017-resnext-fig3",
    ],
)  # fmt: skip
def test_keras_builds_gold_flows_with_our_shapes_and_counts(benchmark: Path, name: str) -> None:
    completion = done(load(benchmark / "flows" / "gold" / f"{name}.json"))
    shapes, counts, model = build(completion.flow)
    inference = infer(completion.flow)
    assert shapes == inference.output_shapes
    assert counts == inference.parameters
    assert model.count_params() == check(completion.flow).parameters


@pytest.mark.shared
def test_unet_is_what_its_paper_says(benchmark: Path) -> None:
    completion = done(load(benchmark / "flows" / "gold" / "ronneberger-2015-unet-fig1.json"))
    flow = completion.flow
    assert all(flow.layer(i).params["padding"] == "valid" for i in ("c1_1", "c5_2", "d4_1"))
    assert flow.layer("up4").params["filters"] == 512
    assert list(flow.layer("up4").params["strides"]) == [2, 2]
    assert flow.layer("cat4.crop").params["cropping"] == [[4, 4], [4, 4]]
    assert check(flow).parameters == 31_030_658


def test_a_printed_size_decides_kernel_padding_and_stride() -> None:
    lenet = drawn(
        Layer("in", "Input", output_shape=(32, 32)),
        Layer("c1", "Conv2D", output_shape=(28, 28, 6)),
        Layer("s2", "AveragePooling2D", output_shape=(14, 14, 6)),
        Layer("c3", "Conv2D", params={"kernel_size": [5, 5]}, output_shape=(10, 10, 16)),
        Layer("c4", "Conv2D", params={"kernel_size": [3, 3]}, output_shape=(5, 5, 16)),
    )
    completion = done(lenet)
    c1, c3, c4 = (completion.flow.layer(i) for i in ("c1", "c3", "c4"))
    assert (c1.params["kernel_size"], c1.params["padding"], c1.params["filters"]) == ([5, 5], "valid", 6)
    assert c1.provenance["kernel_size"] == c1.provenance["padding"] == c1.provenance["filters"] == "inferred"
    assert (c3.params["padding"], c4.params["strides"], c4.params["padding"]) == ("valid", [2, 2], "same")
    assert shape(completion, "in") == (32, 32, 1)


def test_sizes_printed_further_on_decide_too() -> None:
    stages = drawn(
        Layer("a", "Conv2D", params={"filters": 64, "kernel_size": 7, "strides": 2}, output_shape=(112, 112, 64)),
        Layer("b", "Conv2D", params={"filters": 64, "kernel_size": 3}),
        Layer("c", "Conv2D", params={"filters": 64, "kernel_size": 3}, output_shape=(56, 56, 64)),
    )
    completion = done(stages)
    assert shape(completion, "input") == (224, 224, 3)  # so large are pictures alone
    assert completion.flow.layer("b").params["strides"] == [2, 2]
    assert completion.flow.layer("c").params["strides"] == [1, 1]


def test_pixels_of_padding_become_words_or_a_layer() -> None:
    flow = drawn(
        IMAGE,
        Layer("a", "Conv2D", params={"filters": 8, "kernel_size": 3, "padding": 1}),
        Layer("b", "Conv2D", params={"filters": 8, "kernel_size": 3, "padding": 0}),
        Layer("c", "Conv2D", params={"filters": 8, "kernel_size": 3, "padding": 2}),
    )
    completion = done(flow)
    assert completion.flow.layer("a").params["padding"] == "same"
    assert completion.flow.layer("b").params["padding"] == "valid"
    assert inputs(completion, "c") == ["c.pad"]
    assert [shape(completion, i) for i in ("a", "b", "c")] == [(32, 32, 8), (30, 30, 8), (32, 32, 8)]


def test_one_box_of_several_operations_becomes_several_layers() -> None:
    flow = drawn(IMAGE, Layer("c", "Conv2D", name="conv", also=("BatchNormalization", "ReLU"), params={"repeat": 2}))
    completion = done(flow)
    assert completion.members["c"] == ("c", "c.bn", "c.relu", "c.again", "c.bn2", "c.relu2")
    assert [layer.type for layer in completion.flow.layers][1:4] == ["Conv2D", "BatchNormalization", "ReLU"]
    assert completion.flow.layer("c.bn").name == "conv_bn"


def test_a_missing_input_is_shared_by_all_that_start_without_one() -> None:
    flow = Flow(
        (Layer("a", "Conv2D"), Layer("b", "Conv2D"), Layer("m", "Concatenate")),
        (Connection("a", "m"), Connection("b", "m")),
    )
    completion = done(flow)
    assert inputs(completion, "a") == inputs(completion, "b") == ["input"]
    assert completion.flow.layer("input").provenance["type"] == "assumed"


def test_words_and_images_do_not_share_an_assumed_input() -> None:
    flow = Flow(
        (Layer("c", "Conv2D"), Layer("g", "GlobalMaxPooling2D"), Layer("e", "Embedding"), Layer("r", "LSTM"),
         Layer("m", "Concatenate")),
        (Connection("c", "g"), Connection("e", "r"), Connection("g", "m"), Connection("r", "m")),
    )  # fmt: skip
    completion = done(flow)
    assert completion.problems == ()
    assert len(shape(completion, inputs(completion, "c")[0]) or ()) == 3
    assert len(shape(completion, inputs(completion, "e")[0]) or ()) == 1


def test_what_is_added_has_equal_channels() -> None:
    flow = drawn(
        IMAGE,
        Layer("a", "Conv2D", params={"filters": 24}),
        Layer("b", "Conv2D"),
        Layer("m", "Add"),
        m="a b",
    )
    completion = done(flow)
    assert completion.flow.layer("b").params["filters"] == 24
    assert completion.flow.layer("b").provenance["filters"] == "inferred"


def test_a_stride_nobody_printed_follows_from_the_other_branch() -> None:
    flow = drawn(
        IMAGE,
        Layer("a", "Conv2D", params={"filters": 8, "kernel_size": 3, "strides": 2}),
        Layer("b", "Conv2D", params={"kernel_size": 1}),
        Layer("m", "Add"),
        b="in",
        m="a b",
    )
    completion = done(flow)
    assert completion.flow.layer("b").params["strides"] == [2, 2]
    assert shape(completion, "m") == (16, 16, 8)


def test_squeeze_and_excitation_scales_channel_by_channel() -> None:
    flow = drawn(
        IMAGE,
        Layer("c", "Conv2D", params={"filters": 16}),
        Layer("g", "GlobalAveragePooling2D"),
        Layer("d1", "Dense", params={"units": 4}),
        Layer("d2", "Dense"),
        Layer("m", "Multiply"),
        m="c d2",
    )
    completion = done(flow)
    assert completion.flow.layer("d2").params["units"] == 16
    assert shape(completion, "m") == (32, 32, 16)
    assert shape(completion, "m.reshape") == (1, 1, 16)


def test_a_stack_of_recurrent_layers_hands_on_sequences() -> None:
    flow = drawn(
        Layer("words", "Input"), Layer("e", "Embedding"), Layer("a", "LSTM"), Layer("b", "GRU"), Layer("d", "Dense")
    )
    completion = done(flow)
    assert completion.flow.layer("words").params["dtype"] == "int32"
    assert completion.flow.layer("a").params["return_sequences"] is True
    assert completion.flow.layer("b").params["return_sequences"] is False
    assert len(shape(completion, "d") or ()) == 1


def test_a_dense_layer_after_maps_is_flattened_unless_the_print_says_otherwise() -> None:
    flat = done(drawn(IMAGE, Layer("c", "Conv2D"), Layer("d", "Dense", params={"units": 5})))
    assert inputs(flat, "d") == ["d.flatten"]
    printed = Layer("d", "Dense", params={"units": 5}, output_shape=(32, 32, 5))
    along = done(drawn(IMAGE, Layer("c", "Conv2D"), printed))
    assert inputs(along, "d") == ["c"]


def test_a_generator_reshapes_its_first_dense_layer() -> None:
    flow = drawn(
        Layer("z", "Input", output_shape=(100,)),
        Layer("d", "Dense", output_shape=(4, 4, 64)),
        Layer("t", "Conv2DTranspose", output_shape=(8, 8, 32)),
    )
    completion = done(flow)
    assert completion.flow.layer("d").params["units"] == 4 * 4 * 64
    assert inputs(completion, "t") == ["d.reshape"]
    assert completion.flow.layer("t").params["strides"] == [2, 2]


def test_placeholders_take_the_shape_that_is_printed() -> None:
    flow = drawn(
        IMAGE,
        Layer("m", "Block", label="inception (3a)", output_shape=(16, 16, 256)),
        Layer("u", "Unknown", label="MFM", output_shape=(16, 16, 128)),
        Layer("p", "Block", label="Pooling"),
    )
    completion = done(flow)
    assert [shape(completion, i) for i in ("m", "u", "p")] == [(16, 16, 256), (16, 16, 128), (8, 8, 128)]
    assert all(shape(completion, i) == shape(completion, inputs(completion, i)[0]) for i in ("m", "u", "p"))


def test_several_inputs_of_one_layer_are_joined() -> None:
    flow = drawn(
        Layer("a", "Input", output_shape=(3,)), Layer("b", "Input", output_shape=(4,)), Layer("d", "Dense"),
        b="", d="a b",
    )  # fmt: skip
    completion = done(flow)
    assert inputs(completion, "d") == ["d.join"]
    assert completion.flow.layer("d.join").type == "Concatenate"
    assert shape(completion, "d.join") == (7,)


def test_numbers_written_with_a_point_are_whole() -> None:
    completion = done(drawn(IMAGE, Layer("c", "Conv2D", params={"filters": 8.0, "kernel_size": [3.0, 3.0]})))
    assert completion.flow.layer("c").params["filters"] == 8
    assert completion.flow.layer("c").params["kernel_size"] == [3, 3]


def test_what_no_machine_holds_is_an_error() -> None:
    layers = [Layer(f"u{i}", "UpSampling2D") for i in range(40)]
    completion = complete(drawn(IMAGE, *layers))
    assert not completion.ok
    assert "more than any machine holds" in completion.problems[0].message


def test_names_are_identifiers_and_what_is_printed_stays() -> None:
    layers = [
        Layer("1", "ReLU", name="conv1"),
        Layer("2", "ReLU", name="conv1"),
        Layer("3", "ReLU", name="class"),
        Layer("4", "ReLU", name="x: y"),
        Layer("5", "ReLU", name="входной"),
        Layer("6", "ReLU"),
    ]
    completion = done(drawn(*layers))
    names = {layer.id: layer.name for layer in completion.flow.layers}
    assert names["1"] == "conv1"
    assert names["2"] == "conv1_2"
    assert names["3"] == "class_"
    assert names["4"] == "x_y"
    assert names["6"] == "layer_6"


def test_what_goes_in_is_not_changed() -> None:
    flow = drawn(IMAGE, Layer("c", "Conv2D", params={"filters": 8}, also=("ReLU",)))
    before = flow.dumps()
    complete(flow)
    assert flow.dumps() == before


def test_an_images_size_that_nothing_prints_is_one_at_which_everything_fits() -> None:
    layers = [
        Layer("in", "Input", output_shape=(None, None, 3)),
        *(Layer(f"p{i}", "MaxPooling2D", params={"pool_size": 2, "strides": 2, "padding": "valid"}) for i in range(4)),
        Layer("c", "Conv2D", params={"filters": 4, "kernel_size": 16, "strides": 1, "padding": "valid"}),
    ]
    completion = complete(drawn(*layers))
    assert completion.ok
    assert shape(completion, "in") == (256, 256, 3)
    assert {(a.layer, a.parameter, a.provenance) for a in completion.assumptions} == {("in", "output_shape", "assumed")}


def test_channels_that_nothing_prints_are_a_pictures() -> None:
    completion = complete(drawn(Layer("in", "Input", output_shape=(124, 124, None)), Layer("f", "Flatten")))
    assert shape(completion, "in") == (124, 124, 3)
