"""Files from strangers: a clear refusal, nothing run, memory bounded."""

from __future__ import annotations

import ast
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import sandbox
from extraction.codegen import FRAMEWORKS, Refusal, generate
from extraction.flow.model import Flow
from extraction.importing import Imported, ModelError, open_safely, read_file
from extraction.importing.caffe import read
from extraction.importing.keras import read_config
from tests.importing.test_keras import DATA, KERAS_2

#: Far below what the files here would take if they were unpacked.
SMALL = sandbox.Limits(seconds=60, memory_mb=512, result_mb=16)

NAMES = [
    '"); import os; #',
    "'''\nimport os\n'''",
    '"""',
    "\\",
    "{}",
    "\n",
    "a\0b",
    "__import__('os')",
    "x" * 5000,
    "é",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_names_are_text_and_never_code(name: str, framework: str) -> None:
    inner: list[Any] = [
        {"class_name": "InputLayer", "config": {"name": name, "batch_shape": [None, 8, 8, 3]}},
        {"class_name": "Conv2D", "config": {"name": name + "2", "filters": 4, "kernel_size": 3, "padding": "same"}},
        {"class_name": name, "config": {"name": name + "3", name: name}},
    ]
    data = {"class_name": "Sequential", "config": {"name": name, "layers": inner}}
    flow = read_config(json.dumps(data)).flow
    assert Flow.loads(flow.dumps()) == flow
    source = generate(flow, framework).source
    if framework == "caffe":
        again = read(source).flow
        assert "Conv2D" in [layer.type for layer in again.layers]
        return
    tree = ast.parse(source)
    imported = [n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names]
    assert set(imported) <= {"keras", "numpy", "torch", "torch.nn.functional"}


def test_a_hundred_thousand_layers(tmp_path: Path) -> None:
    layer = 'layer { name: "r%d" type: "ReLU" bottom: "d" top: "d" }\n'
    path = tmp_path / "net.prototxt"
    path.write_text('input: "d"\n' + "".join(layer % i for i in range(100_000)))
    with pytest.raises(ModelError, match="more than 5,000 layers"):
        open_safely(path, limits=SMALL)
    rows = [{"class_name": "ReLU", "config": {"name": f"r{i}"}} for i in range(100_000)]
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"layers": rows}}))
    with pytest.raises(ModelError, match="at most 5,000 layers"):
        read_file(path)


def test_models_that_use_each_other_again_and_again() -> None:
    """Ten uses of a model that uses a model ten times, and so on: a million million layers, if one let it."""
    inner: Any = {"class_name": "ReLU", "config": {"name": "r"}}
    for depth in range(12):
        start = {"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [None, 4]}, "inbound_nodes": []}
        uses = [[["in", 0, 0, {}]], *([["m", i, 0, {}]] for i in range(9))]
        layer = {**inner, "name": "m", "inbound_nodes": uses}
        ends = {"input_layers": [["in", 0, 0]], "output_layers": [["m", 9, 0]]}
        inner = {"class_name": "Functional", "config": {"name": f"d{depth}", "layers": [start, layer], **ends}}
    with pytest.raises(ModelError, match=r"at most 5,000 layers|used more than"):
        read_config(json.dumps(inner))


def test_an_archive_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.keras"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("config.json", "w", force_zip64=True) as out,
    ):
        for _ in range(256):
            out.write(b" " * (1 << 20))
    assert path.stat().st_size < 4 << 20
    with pytest.raises(ModelError, match="unpacks to more than 32 MB"):
        open_safely(path, limits=SMALL)


class _Mine:
    def __reduce__(self) -> tuple[Any, ...]:
        return open, ("/tmp/never-written", "w")


def test_files_that_hold_code_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(_Mine()))
    (tmp_path / "b.yaml").write_text("a: &a [x,x]\nb: &b [*a,*a]\nclass_name: !!python/object/apply:os.system ['true']")
    (tmp_path / "c.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (tmp_path / "d.bin").write_bytes(b"\0" * 100)
    (tmp_path / "e.json").write_text(" ")
    with zipfile.ZipFile(tmp_path / "f.pt", "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps(_Mine()))
    for name, message in {
        "a.pkl": "pickle", "b.yaml": "YAML", "c.h5": "HDF5", "d.bin": "none of the formats", "e.json": "empty",
        "f.pt": "pickle", "gone": "no such file",
    }.items():  # fmt: skip
        with pytest.raises(ModelError, match=message):
            open_safely(tmp_path / name) if name in ("a.pkl", "gone") else read_file(tmp_path / name)
    assert not Path("/tmp/never-written").exists()


def test_a_lambda_is_neither_run_nor_kept(tmp_path: Path) -> None:
    code = {
        "class_name": "Lambda",
        "config": {"name": "f", "function": ["4wEAAAAAAAAA\n", None, None], "arguments": {}},
    }
    start = {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 4]}}
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"layers": [start, code]}}))
    result = open_safely(path)
    assert "4wEA" not in result.flow.dumps()
    assert (result.flow.layers[1].type, result.flow.layers[1].label) == ("Unknown", "Lambda")
    assert "neither run nor taken over" in str(result.notes[0])


def _readable(result: Imported) -> None:
    """Whatever is accepted is a flow that can be written, read, and turned into code or refused."""
    assert Flow.loads(result.flow.dumps()) == result.flow
    try:
        generate(result.flow, "keras")
    except Refusal:
        return


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in (read, read_config):
        try:
            _readable(reader(text))
        except ModelError:
            continue


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TEXTS = [json.dumps(KERAS_2), *(path.read_text() for path in sorted(DATA.glob("*.json")))]


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in items:
        found += _places(item, (*path, key))
    return found


PLACES = [_places(json.loads(text)) for text in TEXTS]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_config_with_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(TEXTS) - 1))
    config = json.loads(TEXTS[which])
    *way, last = data.draw(st.sampled_from(PLACES[which]))
    holder = config
    for key in way:
        holder = holder[key]
    holder[last] = data.draw(values)
    try:
        _readable(read_config(json.dumps(config)))
    except ModelError:
        return


NET = """name: "n" input: "d" input_dim: 1 input_dim: 3 input_dim: 16 input_dim: 16
layer { name: "c" type: "Convolution" bottom: "d" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 group: 1 } }
layer { name: "b" type: "BatchNorm" bottom: "c" top: "c" } layer { name: "s" type: "Scale" bottom: "c" top: "c" }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 } }
layer { name: "q" type: "Permute" bottom: "p" top: "q" permute_param { order: 0 order: 2 order: 3 order: 1 } }
layer { name: "r" type: "Reshape" bottom: "q" top: "r" reshape_param { shape { dim: 0 dim: -1 dim: 4 } } }
layer { name: "x" type: "Slice" bottom: "p" top: "x1" top: "x2" slice_param { axis: 2 slice_point: 3 } }
layer { name: "k" type: "Crop" bottom: "d" bottom: "p" top: "k" crop_param { axis: 2 offset: 2 } }
layer { name: "i" type: "InnerProduct" bottom: "r" top: "i" inner_product_param { num_output: 5 axis: 2 } }
layer { name: "e" type: "Eltwise" bottom: "x1" bottom: "x1" top: "e"
        eltwise_param { operation: SUM coeff: 1 coeff: -1 } }
layer { name: "l" type: "LRN" bottom: "e" top: "l" lrn_param { local_size: 5 alpha: 1 } }"""
WORDS = NET.replace("{", " { ").replace("}", " } ").split()


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_net_with_words_exchanged_is_read_or_refused(data: st.DataObject) -> None:
    words = list(WORDS)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(
            st.sampled_from(WORDS) | st.sampled_from(["-1", "0", "7", "1e40", '"', "{", "}", "9" * 30])
        )
    try:
        _readable(read(" ".join(words)))
    except ModelError:
        return
