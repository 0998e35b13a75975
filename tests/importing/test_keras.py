"""Keras models become flows: of Keras 3 and Keras 2, nested, with shared layers, several inputs and outputs.

The configs in `data` are what `model.to_json()` of Keras 3.15 wrote, without initializers.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from extraction.codegen import generate
from extraction.flow.checks import check
from extraction.flow.model import Flow
from extraction.importing.keras import read_archive, read_config
from extraction.importing.result import Imported, ModelError

DATA = Path(__file__).parent / "data"


def of(name: str) -> Imported:
    return read_config((DATA / f"{name}.json").read_text())


def types(flow: Flow) -> list[str]:
    return [layer.type for layer in flow.layers]


def test_a_sequential_model() -> None:
    flow = of("sequential").flow
    assert flow.name == "small"
    assert types(flow) == ["Input", "Conv2D", "AveragePooling2D", "Flatten", "Dropout", "Dense"]
    conv = flow.layer("conv2d").params
    assert (conv["filters"], conv["kernel_size"], conv["padding"], conv["activation"]) == (6, 5, "same", "tanh")
    report = check(flow)
    assert report.valid
    assert (report.parameters, report.output_shapes["dense"]) == (11_926, (10,))  # as Keras counts


def test_several_inputs_and_outputs_and_wrapped_layers() -> None:
    result = of("several")
    flow, report = result.flow, check(result.flow)
    assert report.valid
    assert report.parameters == 1_289
    assert {layer.id: layer.params.get("dtype") for layer in flow.layers if layer.type == "Input"} == {
        "a": None,
        "b": "int32",
    }
    assert flow.inputs_of()["join"] == ["a", "mean"]
    assert flow.inputs_of()["attend"] == ["each"]
    assert flow.layer("attend").params["use_causal_mask"] is True
    assert report.output_shapes["both"] == (24, 5)
    assert {layer for layer in flow.outputs_of() if not flow.outputs_of()[layer]} == {"x", "y"}
    assert {(note.kind, note.layer) for note in result.notes} == {("lost", "both")}


def test_models_in_models_shared_layers_and_code() -> None:
    result = of("nested")
    flow, report = result.flow, check(result.flow)
    assert report.valid, report.problems
    # The model inside of a model inside is used twice; so are a layer with weights and one without.
    assert [layer.id for layer in flow.layers if layer.type == "Conv2D"] == [
        "pair/block/conv", "block/conv", "shared", "shared_2",
    ]  # fmt: skip
    assert [(note.kind, note.layer) for note in result.notes if note.kind == "lost"] == [("lost", "shared")]
    assert flow.layer("multiply").params == {"scale": 0.5}
    assert flow.layer("add").params == {"scale": 1, "offset": 1.0}
    assert report.output_shapes["pad"] == (19, 16, 2)
    secret = flow.layer("secret")
    assert (secret.type, secret.label) == ("Unknown", "Lambda")
    assert "function" not in secret.params
    assert flow.inputs_of()["up" if "up" in flow.inputs_of() else "pair/up"] == ["image"]
    assert "code" in next(note.message for note in result.notes if note.layer == "secret")
    generate(flow, "keras")


KERAS_2 = {
    "class_name": "Functional",
    "config": {
        "name": "old",
        "layers": [
            {"class_name": "InputLayer", "name": "in", "inbound_nodes": [],
             "config": {"batch_input_shape": [None, 8, 8, 3], "dtype": "float32"}},
            {"class_name": "Convolution2D", "name": "c", "inbound_nodes": [[["in", 0, 0, {}]]],
             "config": {"name": "c", "filters": 4, "kernel_size": [3, 3], "padding": "same", "activation": "relu"}},
            {"class_name": "BatchNormalization", "name": "bn", "inbound_nodes": [[["c", 0, 0, {}]]],
             "config": {"name": "bn", "axis": [3], "momentum": 0.99, "epsilon": 0.001}},
            {"class_name": "LeakyReLU", "name": "l", "inbound_nodes": [[["bn", 0, 0, {}]], [["c", 0, 0, {}]]],
             "config": {"name": "l", "alpha": 0.1}},
            {"class_name": "Concatenate", "name": "j", "inbound_nodes": [[["l", 0, 0, {}], ["l", 1, 0, {}]]],
             "config": {"name": "j", "axis": 3}},
        ],
        "input_layers": [["in", 0, 0]],
        "output_layers": [["j", 0, 0]],
    },
    "keras_version": "2.11.0",
}  # fmt: skip


def test_the_form_of_keras_2() -> None:
    result = read_config(json.dumps(KERAS_2))
    flow = result.flow
    assert types(flow) == ["Input", "Conv2D", "BatchNormalization", "LeakyReLU", "LeakyReLU", "Concatenate"]
    assert flow.inputs_of()["j"] == ["l", "l_2"]
    assert flow.layer("l").params == {"negative_slope": 0.1}
    assert "axis" not in flow.layer("bn").params
    assert "axis" not in flow.layer("j").params
    assert not result.notes
    assert check(flow).output_shapes["j"] == (8, 8, 8)


def test_a_sequential_model_without_an_input_layer() -> None:
    first = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 5]}}
    data = {"class_name": "Sequential", "config": [first]}
    assert read_config(json.dumps(data)).flow.layers[0].params == {"shape": [5]}
    del first["config"]["batch_input_shape"]  # type: ignore[attr-defined]  # made up above
    result = read_config(json.dumps(data))
    assert types(result.flow) == ["Input", "Dense"]
    assert result.notes[0].kind == "odd"


def test_layers_of_others_are_kept_whole() -> None:
    own = {"class_name": "Dense", "module": "mine.layers", "registered_name": "mine>Dense",
           "config": {"name": "d", "units": 3, "deep": {"a": [1, 2]}}}  # fmt: skip
    start = {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 4]}}
    result = read_config(json.dumps({"class_name": "Sequential", "config": {"layers": [start, own]}}))
    layer = result.flow.layers[1]
    assert (layer.type, layer.label, layer.params["deep"]) == ("Unknown", "Dense", {"a": [1, 2]})
    assert result.notes[0].kind == "kept"


def test_a_number_for_each_channel() -> None:
    def layer(scale: Any) -> Any:
        start = {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 4, 4, 3]}}
        rows = [start, {"class_name": "Rescaling", "config": {"name": "r", "scale": scale, "offset": 0.0}}]
        return read_config(json.dumps({"class_name": "Sequential", "config": {"layers": rows}})).flow.layers[1]

    assert (layer([2.0, 2.0, 2.0]).type, layer([2.0, 2.0, 2.0]).params) == ("Rescaling", {"scale": 2.0})
    assert layer([1.0, 2.0, 3.0]).params == layer([[[1.0, 2.0, 3.0]]]).params == {"scale": [1.0, 2.0, 3.0]}
    kept = layer([[1.0, 2.0], [3.0, 4.0]])
    assert (kept.type, kept.label, kept.params["scale"]) == ("Unknown", "Rescaling", [[1.0, 2.0], [3.0, 4.0]])


def test_a_number_beyond_what_a_flow_can_hold_is_refused() -> None:
    config = json.loads(json.dumps(KERAS_2))
    config["config"]["layers"][3]["config"]["alpha"] = 1e12
    with pytest.raises(ModelError, match="at most 1,000,000,000"):
        read_config(json.dumps(config))


def changed(**changes: Any) -> str:
    """The config of Keras 2 above with changes to its convolution."""
    data = json.loads(json.dumps(KERAS_2))
    layer = data["config"]["layers"][1]
    layer["config"] |= changes.pop("config", {})
    layer |= changes
    return json.dumps(data, indent=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1: is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"n": ' + "9" * 10_000 + "}", "is no JSON"),
        ('{"class_name": "Dense", "config": {}}', "is a Dense, no Functional"),
        ('{"class_name": "Sequential", "config": {"layers": []}}', "no layers"),
        ('{"class_name": "Sequential", "config": {"layers": [3]}}', "must be an object with `class_name`"),
        (changed(config={"filters": 10**9}), "line 21, `c`: `filters` is 1,000,000,000; at most"),
        (changed(config={"filters": "many"}), "line 21, `c`: `filters` is “many”, must be a whole number"),
        (changed(config={"kernel_size": [3, 3, 4]}), "`c`: `kernel_size` has 3 numbers"),
        (changed(config={"data_format": "channels_first"}), "`c`: stores its channels first"),
        (changed(inbound_nodes=[[["l", 0, 0, {}]]]), "lead into each other in a circle"),
        (changed(inbound_nodes=[[["c", 0, 0, {}]]]), "`c`: layers lead into each other in a circle"),
        (changed(inbound_nodes=[[["gone", 0, 0, {}]]]), "`c`: its input `gone` is no layer"),
        (changed(inbound_nodes=[[["in", 7, 0, {}]]]), "has no use number 8"),
        (changed(inbound_nodes=[]), "`c`: nothing leads into it"),
        (changed(name="in"), "`in`: the name stands twice"),
        (changed(inbound_nodes=3), "`inbound_nodes` a list"),
    ],
)
def test_errors_name_line_and_layer(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_config(text)


def archive(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "."), data)
    return path


def test_of_an_archive_the_config_alone_is_opened(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", config__json=json.dumps(KERAS_2), metadata__json="{}", model__weights__h5=b"?")
    assert read_archive(path).flow == read_config(json.dumps(KERAS_2)).flow


def test_archives_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no `config\.json`"):
        read_archive(archive(tmp_path / "a.keras", other="x"))
    (tmp_path / "b.keras").write_bytes(b"PK\3\4 broken")
    with pytest.raises(ModelError, match="archive is damaged"):
        read_archive(tmp_path / "b.keras")
