"""What goes with the code: notebooks, and Caffe's net to train with and its solver."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from extraction import sandbox
from extraction.codegen import Refusal, companions, generate
from extraction.importing.prototxt import Message, parse
from extraction.proof.caffe_net import blobs_of
from tests.codegen.samples import chain, lenet

IMAGE = {"id": "in", "type": "Input", "output_shape": [8, 8, 3]}


def code_of(notebook: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_a_notebook_holds_the_whole_code(framework: str) -> None:
    (name, text), *others = companions(lenet(), framework).items()
    assert not others
    assert name == f"{framework}.ipynb"
    data = json.loads(text)
    assert (data["nbformat"], data["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in data["cells"]}) == len(data["cells"])
    tree = ast.parse(generate(lenet(), framework).source)
    *body, main = tree.body[1:]
    assert isinstance(main, ast.If)
    theirs = ast.parse("\n".join(code_of(text))).body
    assert [ast.dump(node) for node in theirs] == [ast.dump(node) for node in (*body, *main.body)]


def test_a_notebook_runs_from_top_to_bottom() -> None:
    source = "\n".join(code_of(companions(lenet(), "pytorch")["pytorch.ipynb"]))
    answer = sandbox.run("extraction.sandbox.source:evaluate", {"source": f"{source}\nresult = type(model).__name__"})
    assert answer == "LeNet5"


def test_strangers_words_stay_text_in_a_notebook() -> None:
    drawn = lenet(name='"""\nimport os\n"""')
    for source in code_of(companions(drawn, "keras", citation='"""\nimport os')["keras.ipynb"]):
        imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)]
        assert all(alias.name != "os" for node in imports for alias in node.names)


def net_of(*layers: dict[str, Any], **rest: Any) -> tuple[Message, Message]:
    files = companions(chain(*layers, **rest), "caffe")
    assert set(files) == {"train_val.prototxt", "solver.prototxt"}
    return parse(files["train_val.prototxt"]), parse(files["solver.prototxt"])


def kinds(net: Message) -> list[str]:
    return [str(layer.get("type")) for layer in net.all("layer")]


@pytest.mark.parametrize(
    ("last", "loss", "label"),
    [
        ({"type": "Dense", "params": {"units": 5, "activation": "softmax"}}, "SoftmaxWithLoss", (32,)),
        ({"type": "Dense", "params": {"units": 5, "activation": "sigmoid"}}, "SigmoidCrossEntropyLoss", (32, 5)),
        ({"type": "Dense", "params": {"units": 5}}, "EuclideanLoss", (32, 5)),
        (
            {"type": "Conv2D", "params": {"filters": 4, "kernel_size": 1, "activation": "softmax"}},
            "SoftmaxWithLoss",
            (32, 1, 8, 8),
        ),
    ],
)
def test_the_net_to_train_with_has_data_and_a_loss(last: dict[str, Any], loss: str, label: tuple[int, ...]) -> None:
    net, _ = net_of(IMAGE, {"id": "last", **last})
    found = kinds(net)
    assert "Input" not in found
    assert found.count("DummyData") == 2
    assert found.count(loss) == 1
    assert not {"Softmax", "Sigmoid"} & set(found)  # the loss holds them
    assert ("Accuracy" in found) == (loss == "SoftmaxWithLoss")
    blobs = blobs_of(net)
    assert blobs.shapes["last_label" if "last_label" in blobs.shapes else "last_softmax_label"] == label
    assert [shape for name, shape in blobs.shapes.items() if name.endswith("_loss")] == [()]


def test_the_solver_says_what_the_paper_says() -> None:
    training = {
        "optimizer": {"value": "SGD with momentum", "provenance": "text", "page": 4},
        "momentum": {"value": 0.9},
        "epochs": {"value": 40},
        "batch_size": {"value": 16},
        "learning_rate": {"value": 0.05},
    }
    net, solver = net_of(IMAGE, {"id": "d", "type": "Dense", "params": {"units": 5}}, training=training)
    assert solver.get("net") == "train_val.prototxt"
    assert (solver.get("type"), solver.get("base_lr"), solver.get("momentum")) == ("SGD", 0.05, 0.9)
    assert solver.get("max_iter") == 40
    assert blobs_of(net).shapes["in_"] == (16, 3, 8, 8)


def test_what_caffe_refuses_has_no_companions_either() -> None:
    with pytest.raises(Refusal, match="no layer normalisation"):
        net_of(IMAGE, {"id": "n", "type": "LayerNormalization"})


@pytest.mark.parametrize("framework", ["keras", "pytorch", "caffe"])
def test_the_same_flow_gives_the_same_companions(framework: str) -> None:
    assert companions(lenet(), framework) == companions(lenet(), framework)
