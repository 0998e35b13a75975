"""ONNX graphs become flows, and code from those flows computes what ONNX Runtime computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from extraction import sandbox
from extraction.codegen import Refusal, generate
from extraction.flow.checks import check
from extraction.flow.model import Flow
from extraction.importing import ModelError, open_safely
from extraction.importing.onnx import read

RNG = np.random.default_rng(0)


class Net:
    """A graph in the making: `op` gives the name of its result."""

    def __init__(self, *shape: int | str) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))]
        self.last = "x"

    def weight(self, *shape: int, value: Any = None) -> str:
        name = f"w{len(self.weights)}"
        array = RNG.normal(size=shape).astype("float32") * 0.3 if value is None else np.asarray(value)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs) or [self.last], [name], name=name, **attributes))
        self.last = name
        return name

    def norm(self, channels: int) -> str:
        positive = np.abs(RNG.normal(size=channels)).astype("float32") + 0.5
        weights = [self.weight(channels), self.weight(channels), self.weight(channels), self.weight(0, value=positive)]
        return self.op("BatchNormalization", self.last, *weights)

    def proto(self) -> Any:
        output = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "net", self.inputs, [output], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def save(self, path: Path) -> Path:
        onnx.save(self.proto(), path)
        return path


def types(flow: Flow) -> list[str]:
    return [layer.type for layer in flow.layers]


def residual() -> Net:
    """Convolutions plain, strided and for each channel, a skip, poolings, and a head."""
    net = Net("N", 3, 18, 14)
    net.op("Conv", "x", net.weight(8, 3, 3, 3), net.weight(8), pads=[1, 1, 1, 1])
    net.norm(8)
    start = net.op("Relu")
    net.op("Conv", start, net.weight(8, 1, 3, 3), pads=[1, 1, 1, 1], group=8)
    net.op("Clip", net.last, net.weight(value=np.float32(0)), net.weight(value=np.float32(6)))
    net.op("Add", start, net.last)
    net.op("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    net.op("Conv", net.last, net.weight(6, 8, 3, 3), strides=[2, 2], pads=[0, 0, 1, 1])
    net.op("LeakyRelu", alpha=0.2)
    net.op("AveragePool", kernel_shape=[2, 2], strides=[1, 1])
    size = net.op("Shape")
    first = net.op("Gather", size, net.weight(value=np.int64(0)), axis=0)
    first = net.op("Unsqueeze", first, net.weight(value=np.array([0])))
    target = net.op("Concat", first, net.weight(value=np.array([-1])), axis=0)
    net.op("Reshape", net.nodes[-5].output[0], target)
    net.op("Gemm", net.last, net.weight(5, 36), net.weight(5), transB=1)
    net.op("Mul", net.last, net.weight(value=np.float32(0.5)))
    net.op("MatMul", net.last, net.weight(5, 4))
    net.op("Add", net.last, net.weight(4))
    return net


def test_a_graph_becomes_layers(tmp_path: Path) -> None:
    result = open_safely(residual().save(tmp_path / "net.onnx"))
    assert types(result.flow) == [
        "Input", "Conv2D", "BatchNormalization", "ReLU", "DepthwiseConv2D", "ReLU", "Add", "ZeroPadding2D",
        "MaxPooling2D", "ZeroPadding2D", "Conv2D", "LeakyReLU", "AveragePooling2D", "Flatten", "Dense", "Rescaling",
        "Dense",
    ]  # fmt: skip
    assert [layer.params.get("max_value") for layer in result.flow.layers if layer.type == "ReLU"] == [None, 6]
    assert check(result.flow).valid
    assert {note.kind for note in result.notes} == {"changed"}
    assert Flow.loads(result.flow.dumps()) == result.flow


CARRIED = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
import keras, numpy as np, onnx, onnxruntime
from onnx import numpy_helper
from extraction.sandbox.source import load_source

source, build, path, names, order = given
model = getattr(load_source(source, "of_keras"), build)()
proto = onnx.load(path)
weights = {w.name: numpy_helper.to_array(w) for w in proto.graph.initializer}
for node in proto.graph.node:
    own = [weights[name] for name in node.input if name in weights]
    if node.name not in names or not own:
        continue
    layer = model.get_layer(names[node.name])
    if not layer.weights:
        continue
    if node.op_type == "MatMul":
        add = next(n for n in proto.graph.node if node.output[0] in n.input)
        own += [weights[name] for name in add.input if name in weights]
    if node.op_type == "Gemm":
        own[0] = own[0].T
    if node.op_type == "Gemm" and order:
        own[0] = own[0].reshape(*order, -1).transpose(1, 2, 0, 3).reshape(-1, own[0].shape[-1])
    if node.op_type == "Conv":
        own[0] = own[0].transpose(2, 3, 0, 1) if "Depthwise" in type(layer).__name__ else own[0].transpose(2, 3, 1, 0)
    layer.set_weights([np.asarray(w).reshape(t.shape) for w, t in zip(own, layer.weights)])
x = np.random.default_rng(1).normal(size=(2, *model.inputs[0].shape[1:])).astype("float32")
ours = np.asarray(model(x))
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
theirs = session.run(None, {"x": x.transpose(0, 3, 1, 2)})[0]
result = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
"""


def test_the_same_weights_give_what_onnx_runtime_gives(tmp_path: Path) -> None:
    path = residual().save(tmp_path / "net.onnx")
    flow = read(path).flow
    code = generate(flow, "keras")
    names = {layer.name: code.places[layer.id].name for layer in flow.layers}
    flat = next(layer for layer in flow.layers if layer.type == "Flatten")
    height, width, channels = check(flow).output_shapes[flow.inputs_of()[flat.id][0]] or (0, 0, 0)
    given_ = [code.source, code.models[0].entry, str(path), names, [channels, height, width]]
    payload = {"source": CARRIED, "given": given_, "path": path}
    assert sandbox.run("extraction.sandbox.source:evaluate", payload) < 1e-4


@pytest.mark.parametrize("mode", ["NOTSET", "SAME_UPPER", "VALID"])
def test_padding(mode: str, tmp_path: Path) -> None:
    net = Net(1, 3, 9, 8)
    pads = {"pads": [1, 2, 1, 2]} if mode == "NOTSET" else {}
    net.op("Conv", "x", net.weight(4, 3, 3, 5), auto_pad=mode, **pads)
    conv = read(net.save(tmp_path / "n.onnx")).flow.layers[-1]
    assert conv.params["padding"] == {"NOTSET": "same", "SAME_UPPER": "same", "VALID": "valid"}[mode]
    assert "filters" in conv.params


def test_what_no_layer_does_is_kept_whole(tmp_path: Path) -> None:
    net = Net(1, 4, 6, 6)
    net.op("Conv", "x", net.weight(4, 1, 3, 3), group=4)
    net.op("GridSample", net.last, net.last, mode="bilinear")
    net.op("Einsum", equation="nchw->nc")
    result = read(net.save(tmp_path / "n.onnx"))
    assert types(result.flow) == ["Input", "DepthwiseConv2D", "Unknown", "Unknown"]
    assert result.flow.layers[2].label == "GridSample"
    assert result.flow.layers[3].params["equation"] == "nchw->nc"
    assert [note.kind for note in result.notes] == ["kept", "kept"]


def test_words_and_attention_free_sequences(tmp_path: Path) -> None:
    net = Net(1, 12)
    net.inputs = [helper.make_tensor_value_info("x", TensorProto.INT64, [1, 12])]
    net.op("Gather", net.weight(50, 16), "x")
    net.op("MatMul", net.last, net.weight(16, 8))
    net.op("Add", net.weight(8), net.last)
    net.op("ReduceMean", axes=[1], keepdims=0)
    flow = read(net.save(tmp_path / "n.onnx")).flow
    assert types(flow) == ["Input", "Embedding", "Dense", "GlobalAveragePooling1D"]
    assert flow.layers[0].params == {"shape": [12], "dtype": "int32"}
    assert check(flow).output_shapes[flow.layers[-1].id] == (8,)
    assert check(flow).parameters == 50 * 16 + 17 * 8


def test_errors_name_the_operation(tmp_path: Path) -> None:
    net = Net(1, 3, 8, 8)
    net.op("Relu", "gone")
    with pytest.raises(ModelError, match="`relu_0`: its input `gone` is made by no operation"):
        read(net.save(tmp_path / "a.onnx"))
    (tmp_path / "b.onnx").write_bytes(b"\x08\x07 not protobuf at all \xff\xff\xff")
    with pytest.raises(ModelError, match=r"no ONNX|no operations"):
        open_safely(tmp_path / "b.onnx")
    net = Net(1, 3, 8, 8)
    net.op("Conv", "x", net.weight(4, 3, 3))
    with pytest.raises(ModelError, match="weights have 3 axes"):
        read(net.save(tmp_path / "c.onnx"))


BYTES = residual().proto().SerializeToString()


@settings(deadline=None, max_examples=100)
@example([(5177, 29)])  # a weight of no known type of number
@given(st.lists(st.tuples(st.integers(0, len(BYTES) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_file_with_bytes_exchanged_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    import tempfile

    data = bytearray(BYTES)
    for place, value in changes:
        data[place] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "n.onnx"
        path.write_bytes(data)
        try:
            flow = read(path).flow
        except ModelError:
            return
    assert Flow.loads(flow.dumps()) == flow
    try:
        generate(flow, "keras")
    except Refusal:
        return
