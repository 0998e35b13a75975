"""Code of the same layer in Keras and in PyTorch or Caffe, with the same weights, gives the same numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extraction.codegen import Refusal, generate, generate_completed
from extraction.proof import TOLERANCE, agree, prove
from tests.codegen.samples import FILM, IMAGE, SPATIAL, STEPS, VECTOR, Sample, chain, lenet, of_types, samples


def in_both(sample: Sample, other: str) -> bool:
    """An input computes nothing; weights divided by their size are PyTorch's alone."""
    completion = of_types([sample])
    try:
        codes = [generate_completed(completion.flow, completion, name) for name in ("keras", other)]
    except Refusal:
        return False
    return bool(codes) and sample[0] not in ("Input", "SpectralNormalization")


@pytest.mark.parametrize("shape", [VECTOR, STEPS, IMAGE, SPATIAL[3], FILM, (9,)])
def test_the_same_weights_give_the_same_numbers(shape: tuple[int, ...]) -> None:
    chosen = [sample for sample in samples() if sample[2][:1] == [shape] and in_both(sample, "pytorch")]
    completion = of_types(chosen)
    found = agree(*(generate_completed(completion.flow, completion, name) for name in ("keras", "pytorch")))
    assert found.error is None
    assert set(found.differences) == {f"l{i}" for i in range(len(chosen))}
    assert max(found.differences.values()) <= TOLERANCE
    assert set(found.versions) == {"keras", "torch", "numpy"}


def test_the_same_weights_give_the_same_numbers_in_caffe() -> None:
    chosen = [sample for sample in samples() if in_both(sample, "caffe")]
    completion = of_types(chosen)
    found = agree(*(generate_completed(completion.flow, completion, name) for name in ("keras", "caffe")))
    assert found.error is None
    assert len(found.differences) > 90
    assert max(found.differences.values()) <= TOLERANCE
    assert found.differences.keys() | found.left_out.keys() == {f"l{i}" for i in range(len(chosen))}
    assert {chosen[int(layer[1:])][0] for layer in found.left_out} == {
        "Conv2D", "SeparableConv2D", "AveragePooling2D", "UpSampling2D", "Resizing", "Reshape",
    }  # fmt: skip
    assert set(found.versions) == {"keras", "opencv", "numpy"}


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_what_follows_a_layer_that_differs_in_caffe_is_compared_all_the_same(activation: str) -> None:
    params = {"filters": 5, "kernel_size": 3, "padding": "same", "strides": 2, "activation": activation}
    drawn = chain(
        {"id": "in", "type": "Input", "output_shape": [8, 8, 3]},
        {"id": "c", "type": "Conv2D", "params": params},
        {"id": "d", "type": "Conv2D", "params": {"filters": 4, "kernel_size": 3, "padding": "same"}},
        {"id": "f", "type": "Flatten"},
        {"id": "fc", "type": "Dense", "params": {"units": 3, "activation": "softmax"}},
    )
    found = agree(generate(drawn, "keras"), generate(drawn, "caffe"))
    assert found.ok, found.error
    assert set(found.differences) == {"d", "f", "fc"}
    assert found.left_out == {"c": "Caffe pads both sides alike: the kernel lies one pixel ahead of Keras's"}


def test_a_proof_says_what_was_compared() -> None:
    proof = prove(generate(lenet(), "caffe"), generate(lenet(), "keras"))
    assert proof.ok, proof.error
    assert proof.proven[-1] == "numbers"
    assert {"keras", "opencv", "numpy", "python"} == set(proof.versions)
    found = proof.to_dict()["numbers"]
    assert (found["with"], found["compared"], found["left_out"]) == ("keras", 6, {})
    assert 0 <= found["largest"] <= TOLERANCE
    code = generate(lenet(), "caffe")
    wrong = replace(code, source=code.source.replace("eps: 0.001", "eps: 0.5"))
    assert wrong.source != code.source
    failed = prove(wrong, generate(lenet(), "keras"))
    assert (failed.state, failed.numbers and failed.numbers["ok"]) == ("failed", False)
    assert "`c1_bn` differs by" in (failed.error or "")
    assert "in Caffe" in (failed.error or "")


def test_means_of_large_maps_lose_no_digits() -> None:
    drawn = chain(
        {"id": "in", "type": "Input", "output_shape": [400, 400, 16]},
        {"id": "r", "type": "ReLU"},
        {"id": "m", "type": "GlobalAveragePooling2D"},
    )
    found = agree(generate(drawn, "keras"), generate(drawn, "pytorch"))
    assert found.ok, found.error
    assert found.differences["m"] < 1e-6


def test_sigmoids_of_large_scores_are_compared_by_what_goes_into_them() -> None:
    """A score of a thousand has an error of a thousandth in single precision, which a sigmoid near 1/2 shows."""
    drawn = chain(
        {"id": "in", "type": "Input", "output_shape": [400]},
        {"id": "r", "type": "Rescaling", "params": {"scale": 1e3}},
        {"id": "d", "type": "Dense", "params": {"units": 2000}},
        {"id": "s", "type": "Dense", "params": {"units": 4000, "activation": "sigmoid"}},
    )
    codes = generate(drawn, "keras"), generate(drawn, "pytorch")
    found = agree(*codes)
    assert found.ok, found.error
    assert found.differences["s"] <= TOLERANCE
    wrong = codes[1].source.replace("sigmoid(", "sigmoid(1.001 * ")
    assert wrong != codes[1].source
    assert not agree(codes[0], replace(codes[1], source=wrong)).ok


def test_a_network_with_a_flattened_map_agrees_at_every_layer() -> None:
    drawn = lenet()
    found = agree(generate(drawn, "keras"), generate(drawn, "pytorch"))
    assert found.error is None
    assert found.ok
    assert {"c1", "c1.bn", "c1.relu", "p1", "fc"} <= set(found.differences)
    assert found.left_out == {}
    assert found.to_dict()["largest"] <= TOLERANCE


def test_what_is_cut_up_after_flattening_is_left_out_and_named() -> None:
    drawn = chain(
        {"id": "in", "type": "Input", "output_shape": [6, 4, 3]},
        {"id": "c", "type": "Conv2D", "params": {"filters": 5, "kernel_size": 3, "padding": "valid"}},
        {"id": "f", "type": "Flatten"},
        {"id": "r", "type": "Reshape", "params": {"target_shape": [5, 8]}},
        {"id": "d", "type": "LSTM", "params": {"units": 3}},
    )
    found = agree(generate(drawn, "keras"), generate(drawn, "pytorch"))
    assert found.ok, found.error
    assert set(found.left_out) == {"r", "d"}
    assert set(found.differences) == {"c", "f"}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("F.softmax(", "0.001 + F.softmax(", "`fc` differs by"),
        ("nn.Linear(1176, 10)", "nn.Linear(1176, 10, bias=False)", "`fc` has 2 weights in Keras, but 1 in PyTorch"),
    ],
)
def test_code_that_computes_otherwise_is_caught(before: str, after: str, words: str) -> None:
    code = generate(lenet(), "pytorch")
    assert before in code.source
    found = agree(generate(lenet(), "keras"), replace(code, source=code.source.replace(before, after)))
    assert not found.ok
    assert words in (found.error or "")


def test_code_of_another_flow_is_not_compared() -> None:
    with pytest.raises(ValueError, match="same flow"):
        agree(generate(lenet(), "keras"), generate(lenet(), "keras"))
