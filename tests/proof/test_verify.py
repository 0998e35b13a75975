"""A proof says what ran, and catches code that differs from the flow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extraction import sandbox
from extraction.codegen import FRAMEWORKS, Code, generate
from extraction.proof import verify
from tests.codegen.samples import chain, lenet

TRAINED = {"keras": True, "pytorch": True, "caffe": False}


def changed(code: Code, before: str, after: str) -> Code:
    assert before in code.source
    return replace(code, source=code.source.replace(before, after))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_good_code_is_verified(framework: str) -> None:
    code = generate(lenet(), framework)
    proof = verify(code)
    assert proof.error is None
    assert proof.ok
    # 5*5*6 + 6, 4*6 of the normalisation (two learnt, two measured), 14*14*6*10 + 10
    assert proof.parameters == 156 + 24 + 11_770
    assert proof.output_shapes["c1"] == (28, 28, 6)
    assert proof.output_shapes["fc"] == (10,)
    assert set(proof.output_shapes) == {layer.id for layer in code.completed.layers}
    assert ("trained" in proof.proven) == TRAINED[framework]
    assert {"built", "forward", "shapes", "parameters"} <= set(proof.proven)
    assert "python" in proof.versions
    assert len(proof.versions) > 1


@pytest.mark.parametrize(
    ("framework", "before", "after", "message"),
    [
        ("keras", "layers.Conv2D(6, 5", "layers.Conv2D(7, 5", "`c1` gives 28x28x7 in Keras, but 28x28x6 in the flow"),
        ("pytorch", "self.p1 = nn.MaxPool2d(2)", "self.p1 = nn.MaxPool2d(2, 2, 1)", "running it forward"),
        ("pytorch", "nn.Conv2d(1, 6, 5", "nn.Conv2d(1, 6, 5, bias=False", "PyTorch counts 11,944 parameters"),
        ("keras", "def build_lenet_5", "raise ValueError('no')\ndef build_lenet_5", "building it: ValueError: no"),
        ("caffe", "num_output: 6", "num_output: 7", "`c1` gives 28x28x7 in Caffe, but 28x28x6 in the flow"),
        ("caffe", 'type: "Pooling"', 'type: "Pooling2"', "a layer of type Pooling2 is not known"),
        ("caffe", "kernel_size: 5", "kernel_size: {", "building it: PrototxtError"),
    ],
)
def test_code_that_differs_is_caught(framework: str, before: str, after: str, message: str) -> None:
    proof = verify(changed(generate(lenet(), framework), before, after), train=False)
    assert not proof.ok
    assert proof.state == "failed"
    assert message in (proof.error or "")


def test_a_training_that_breaks_is_told_apart() -> None:
    code = changed(generate(lenet(), "pytorch"), "loss.backward()", "raise ArithmeticError('overflow')")
    proof = verify(code)
    assert "training it for one step: ArithmeticError: overflow" in (proof.error or "")
    assert proof.proven == ("built", "forward")


def test_a_layer_that_learns_nothing_is_caught() -> None:
    code = changed(generate(lenet(), "pytorch"), "self.fc(fc_flatten)", "self.fc(fc_flatten).detach().requires_grad_()")
    assert "training does not reach" in (verify(code).error or "")


@pytest.mark.parametrize(
    ("source", "message", "seconds"),
    [
        ("import socket\nsocket.create_connection(('127.0.0.1', 80))", "no network", 120),
        ("open('/etc/shadow').read()", "Permission denied", 120),
        ("while True: pass", "longer than 6 seconds", 6),
    ],
)
def test_hostile_code_is_contained(source: str, message: str, seconds: int) -> None:
    code = replace(generate(lenet(), "pytorch"), source=source)
    proof = verify(code, limits=sandbox.Limits(seconds=seconds, memory_mb=2048))
    assert proof.state == "failed"
    assert message in (proof.error or "")


def test_a_network_that_is_too_large_is_a_clear_failure() -> None:
    drawn = chain(
        {"id": "in", "type": "Input", "output_shape": [100_000]},
        {"id": "d", "type": "Dense", "params": {"units": 50_000}},
    )
    proof = verify(generate(drawn, "caffe"))
    assert not proof.ok
    assert "MB of memory" in (proof.error or "")


@pytest.mark.parametrize(("module", "framework"), [("torch", "pytorch"), ("cv2", "caffe"), ("keras", "keras")])
def test_a_missing_framework_is_no_failure_of_the_code(module: str, framework: str) -> None:
    source = (
        f"import sys\nsys.modules[{module!r}] = None\nfrom extraction.proof import run_{framework}\n"
        f"result = run_{framework}.prove(given)"
    )
    given = {"source": "", "models": [], "places": [], "train": True}
    answer = sandbox.run("extraction.sandbox.source:evaluate", {"source": source, "given": given})
    assert set(answer) == {"missing"}


def test_several_models_are_all_verified() -> None:
    from tests.codegen.samples import flow

    rows = [
        {"id": "a", "type": "Input", "output_shape": [4]}, {"id": "x", "type": "Dense", "params": {"units": 3}},
        {"id": "b", "type": "Input", "output_shape": [6]}, {"id": "y", "type": "Dense", "params": {"units": 2}},
    ]  # fmt: skip
    drawn = flow(rows, [("a", "x"), ("b", "y")])
    for framework in FRAMEWORKS:
        proof = verify(generate(drawn, framework), train=False)
        assert proof.ok, proof.error
        assert proof.parameters == 15 + 14
