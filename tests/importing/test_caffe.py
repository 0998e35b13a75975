"""Caffe nets become flows: both forms of layers, phases, in-place layers; errors name line and layer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from extraction.codegen import generate
from extraction.flow.checks import check
from extraction.flow.model import Flow
from extraction.importing.caffe import read
from extraction.importing.prototxt import Message, parse
from extraction.importing.result import ModelError
from extraction.proof.caffe_net import RULES, blobs_of

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 32 dim: 24 } } }\n'


def net(*layers: str) -> str:
    """Layers in short: `type name bottoms > top: fields`, one a line after the input."""
    rows = [INPUT]
    for text in layers:
        head, _, fields = text.partition(":")
        left, _, top = head.partition(">")
        kind, name, *bottoms = left.split()
        bottom = " ".join(f'bottom: "{blob}"' for blob in bottoms)
        tops = " ".join(f'top: "{blob}"' for blob in top.split())
        rows.append(f'layer {{ name: "{name}" type: "{kind}" {bottom} {tops} {fields} }}\n')
    return "".join(rows)


def types(flow: Flow) -> list[str]:
    return [layer.type for layer in flow.layers]


def shapes(flow: Flow) -> dict[str, Any]:
    report = check(flow)
    assert report.valid, report.problems
    return dict(report.output_shapes)


def test_both_forms_of_layers_say_the_same() -> None:
    new = """name: "n"
    layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
    layer { name: "c" type: "Convolution" bottom: "d" top: "c" convolution_param { num_output: 20 kernel_size: 5 } }
    layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
    layer { name: "i" type: "InnerProduct" bottom: "p" top: "i" inner_product_param { num_output: 10 } }
    layer { name: "r" type: "ReLU" bottom: "i" top: "i" } layer { name: "s" type: "Softmax" bottom: "i" top: "s" }"""
    old = """name: "n" input: "d" input_dim: 1 input_dim: 1 input_dim: 28 input_dim: 28
    layers { name: "c" type: CONVOLUTION bottom: "d" top: "c" blobs_lr: 1
             convolution_param { num_output: 20 kernel_size: 5 } }
    layers { name: "p" type: POOLING bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
    layers { name: "i" type: INNER_PRODUCT bottom: "p" top: "i" inner_product_param { num_output: 10 } }
    layers { name: "r" type: RELU bottom: "i" top: "i" } layers { name: "s" type: SOFTMAX bottom: "i" top: "s" }"""
    flow = read(new).flow
    assert flow == read(old).flow
    assert types(flow) == ["Input", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "ReLU", "Softmax"]
    assert check(flow).parameters == 20 * 26 + 10 * (12 * 12 * 20 + 1)


TRAIN_VAL = """
layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN } transform_param { crop_size: 24 } }
layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TEST }
        transform_param { crop_size: 20 mean_value: 1 mean_value: 2 mean_value: 3 } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 4 } }
layer { name: "only" type: "Dropout" bottom: "fc" top: "fc" include { phase: TRAIN } }
layer { name: "not" type: "Sigmoid" bottom: "fc" top: "fc" exclude { phase: TRAIN } }
layer { name: "acc" type: "Accuracy" bottom: "fc" bottom: "label" top: "acc" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
"""


def test_a_phase_is_read_and_what_only_trains_is_named() -> None:
    result = read(TRAIN_VAL)
    assert types(result.flow) == ["Input", "Flatten", "Dense", "Activation"]
    assert result.flow.layers[0].params["shape"] == [20, 20, 3]
    assert {note.layer: note.kind for note in result.notes} == {"acc": "dropped", "loss": "dropped"}
    assert result.flow.training == {"loss": {"value": "categorical_crossentropy"}}
    train = read(TRAIN_VAL, phase="TRAIN").flow
    assert types(train) == ["Input", "Flatten", "Dense", "Dropout"]
    assert train.layers[0].output_shape == (24, 24, None)


def test_a_net_that_is_whole_in_training_alone_is_read_so() -> None:
    text = TRAIN_VAL.replace("phase: TEST }\n", "phase: NONE }\n")
    assert "Dropout" in types(read(text).flow)


def test_layers_in_place_follow_each_other() -> None:
    flow = read(net("Convolution c data > x: convolution_param { num_output: 4 kernel_size: 1 }",
                    "BatchNorm bn x > x", "Scale sc x > x: scale_param { bias_term: true }", "ReLU r x > x",
                    "Eltwise e x x > e")).flow  # fmt: skip
    assert types(flow) == ["Input", "Conv2D", "BatchNormalization", "ReLU", "Add"]
    assert flow.layers[2].params == {"momentum": 0.999, "epsilon": 1e-5}
    assert flow.inputs_of()["e"] == ["r", "r"]


def test_a_normalisation_that_others_read_keeps_its_scale_apart() -> None:
    flow = read(net("BatchNorm bn data > x", "Scale sc x > y", "Sigmoid s x > z")).flow
    assert flow.layers[1].params["scale"] is False


@pytest.mark.parametrize(
    ("size", "fields", "kind", "expected"),
    [
        (32, "kernel_size: 2 stride: 2", "MAX", (16, "valid")),
        (112, "kernel_size: 3 stride: 2", "MAX", (56, "same")),
        (113, "kernel_size: 3 stride: 2", "MAX", (56, "valid")),
        (112, "kernel_size: 3 stride: 2", "AVE", (56, "same")),
        (8, "kernel_size: 3 stride: 1 pad: 1", "MAX", (8, "same")),
        (8, "kernel_size: 3 stride: 1 pad: 1", "AVE", (8, 1)),
        (224, "kernel_size: 3 stride: 2 pad: 1 round_mode: FLOOR", "MAX", (112, "valid")),  # behind a border of zeros
    ],
)
def test_pooling_keeps_caffes_sizes(size: int, fields: str, kind: str, expected: tuple[int, Any]) -> None:
    text = net(f"Pooling p data > p: pooling_param {{ pool: {kind} {fields} }}")
    flow = read(text.replace("dim: 32 dim: 24", f"dim: {size} dim: {size}")).flow
    assert (shapes(flow)["p"][0], flow.layers[-1].params.get("padding", "valid")) == expected


def test_axes_that_only_change_places_cost_no_layer() -> None:
    """A detector's heads: values are flattened with the channels last, as a flow has them."""
    result = read(net("Permute p data > p: permute_param { order: 0 order: 2 order: 3 order: 1 }",
                      "Flatten f p > f", "Reshape r f > r: reshape_param { shape { dim: 0 dim: -1 dim: 3 } }",
                      "Softmax s r > s: softmax_param { axis: 2 }"))  # fmt: skip
    assert types(result.flow) == ["Input", "Flatten", "Reshape", "Softmax"]
    assert shapes(result.flow)["s"] == (32 * 24, 3)
    assert "axis" not in result.flow.layers[-1].params


def test_a_row_of_values_comes_in_the_files_order() -> None:
    flow = read(net("Reshape r data > r: reshape_param { shape { dim: 0 dim: 6 dim: -1 dim: 24 } }")).flow
    assert types(flow) == ["Input", "Permute", "Reshape"]
    assert flow.layers[1].params["dims"] == [3, 1, 2]


def test_what_the_catalogue_lacks_is_kept_whole_and_marked() -> None:
    result = read(net("PriorBox b data data > b:"
                      "prior_box_param { min_size: 60 aspect_ratio: 2 flip: true variance: 0.1 variance: 0.2 }",
                      "Strange s data > s: strange_param { deep { word: YES flag: true } number: 1e12 }"))  # fmt: skip
    box, strange = result.flow.layers[1:]
    assert (box.type, box.label, box.output_shape) == ("Unknown", "PriorBox", (2, 32 * 24 * 3 * 4))
    assert box.params["prior_box_param"]["variance"] == [0.1, 0.2]
    assert strange.params["strange_param"] == {"deep": {"word": "YES", "flag": True}, "number": "1000000000000.0"}
    assert [(note.kind, note.layer, note.line) for note in result.notes] == [("kept", "b", 2), ("kept", "s", 3)]
    assert Flow.loads(result.flow.dumps()) == result.flow
    generate(result.flow, "keras")


def test_shared_weights_are_a_loss_with_a_name() -> None:
    fields = ': param { name: "w" } inner_product_param { num_output: 2 }'
    result = read(net(f"InnerProduct a data > a{fields}", f"InnerProduct b data > b{fields}"))
    assert [(note.kind, note.layer) for note in result.notes] == [("lost", "b")]
    assert "weights of `a`" in result.notes[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer {\n  name: 'x'", "line 2: a field's name was expected"),
        ("net: 'train.prototxt' base_lr: 0.1", "this is a solver"),
        ("name: 'x'", "no layers of a Caffe net"),
        ("layer: 3", "`layer` must be a message"),
        ("layers { layer { name: 'x' type: 'conv' } }", "line 1: layers inside of layers"),
        ("layer { name: 'x' }", "line 1: a layer's `type` is missing"),
        (INPUT + "layer { name: 'b' type: 'ReLU' bottom: 'a' top: 'b' }\n"
         "layer { name: 'a' type: 'ReLU' bottom: 'b' top: 'a' }",
         "line 2, `b`: its input `a` is made by no layer before it"),
        (net("Convolution c data > c: convolution_param { num_output: 4 }"), "line 2, `c`: its kernel size is missing"),
        (net("Convolution c data > c: convolution_param { num_output: 1000000000 kernel_size: 3 }"),
         "line 2, `c`: `filters` is 1,000,000,000; at most 10,000,000"),
        (net("Convolution c data > c: convolution_param { num_output: 0 kernel_size: 3 }"), "`filters` is 0"),
        (net("Convolution c data > c: convolution_param { num_output: 4 kernel_size: 1.5 }"), "must be whole numbers"),
        (net("InnerProduct c data > c: inner_product_param { num_output: 4 axis: 9 }"), "`axis` 9"),
        (net("ReLU c > c: relu_param { negative_slope: 'x' }"), "`negative_slope` must be a number|takes one input"),
        (net("Pooling p data > p: pooling_param { kernel_size: 2 stride: 0 }"), "stride must be at least 1"),
        ("layer { name: 'd' type: 'Input' top: 'd' input_param { shape { dim: 1 dim: 99999999999 } } }"
         "layer { name: 'r' type: 'ReLU' bottom: 'd' top: 'r' }", "`d`: its shape"),
    ],
)  # fmt: skip
def test_errors_name_line_and_layer(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read(text)


@pytest.mark.shared
def test_every_real_net_is_read(benchmark: Path) -> None:
    files = sorted((benchmark / "prototxt").glob("*.prototxt"))
    assert files
    for path in files:
        flow = read(path.read_text(errors="replace")).flow
        assert Flow.loads(flow.dumps()) == flow
        assert len(flow.layers) > 10, path.name


def _same(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    return [bottoms[0]], []


def _permute(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    return [tuple(bottoms[0][axis] for axis in layer.message("permute_param").all("order"))], []


def _priors(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    return [(1, 2, 4)], []


def _reshape(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    dims = layer.message("reshape_param").message("shape").all("dim")
    shape = [bottoms[0][i] if size == 0 else size for i, size in enumerate(dims)]
    rest = math.prod(bottoms[0]) // math.prod(size for size in shape if size != -1)
    return [tuple(rest if size == -1 else size for size in shape)], []


def _slice(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    param, shape = layer.message("slice_param"), bottoms[0]
    points = [*param.all("slice_point"), shape[1]]
    if len(points) < len(layer.all("top")):
        points = [shape[1] // len(layer.all("top")) * (i + 1) for i in range(len(layer.all("top")))]
    return [(shape[0], end - start, *shape[2:]) for start, end in zip([0, *points], points, strict=False)], []


def _pyramid(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    parts = sum(4**level for level in range(layer.message("spp_param").get("pyramid_height")))
    return [(bottoms[0][0], bottoms[0][1] * parts)], []


def _memory(layer: Message, bottoms: list[Any]) -> tuple[list[Any], list[Any]]:
    param = layer.message("memory_data_param")
    return [tuple(param.get(name) for name in ("batch_size", "channels", "height", "width")), (1,)], []


#: Layers that say how large their images are.
SIZED = ("Input", "MemoryData")
MORE_RULES = {
    "MemoryData": _memory,
    "Permute": _permute, "PriorBox": _priors, "DetectionOutput": _priors, "GRN": _same, "Reshape": _reshape,
    "Slice": _slice, "SPP": _pyramid, "Crop": lambda layer, bottoms: ([bottoms[1]], []),
}  # fmt: skip


@pytest.mark.shared
def test_deploy_nets_give_keras_code_with_caffes_number_of_parameters(
    benchmark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count comes from the prototxt, by the sizes of Caffe's own blobs of weights."""
    for name, rule in MORE_RULES.items():
        monkeypatch.setitem(RULES, name, rule)
    deploys = [path for path in sorted((benchmark / "prototxt").glob("*.prototxt")) if _has_input(path)]
    assert len(deploys) >= 9
    for path in deploys:
        text = path.read_text(errors="replace")
        flow = read(text).flow
        code = generate(flow, "keras")
        assert check(code.completed).parameters == _counted(parse(text)), path.name


def _has_input(path: Path) -> bool:
    net = parse(path.read_text(errors="replace"))
    return bool(net.all("input") or any(layer.get("type") in SIZED for layer in net.all("layer")))


def _counted(net: Message) -> int:
    dims = net.all("input_dim") or (net.message("input_shape").all("dim") if net.all("input_shape") else [])
    rows = []
    if net.all("input"):
        shape = Message([("dim", size) for size in dims])
        fields = [("name", "in"), ("type", "Input"), ("top", net.get("input"))]
        rows = [("layer", Message([*fields, ("input_param", Message([("shape", shape)]))]))]
    for layer in net.all("layer"):
        kept = [(name, value) for name, value in layer.fields if name != "param"]  # what is not learnt counts, too
        rows.append(("layer", Message(kept)))
    return blobs_of(Message(rows)).parameters
