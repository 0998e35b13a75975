"""Keras and PyTorch code of the same layer, with the same weights, give the same numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extraction.codegen import Refusal, generate, generate_completed
from extraction.proof import TOLERANCE, agree
from tests.codegen.samples import FILM, IMAGE, SPATIAL, STEPS, VECTOR, Sample, chain, lenet, of_types, samples


def differs_on_purpose(sample: Sample) -> bool:
    """Zeros around a maximum are Keras's alone; weights divided by their size are PyTorch's."""
    kind, params, _ = sample
    zeros = kind.startswith("MaxPooling") and not isinstance(params.get("padding", ""), str)
    return zeros or kind in ("Input", "SpectralNormalization")


def in_both(sample: Sample) -> bool:
    completion = of_types([sample])
    try:
        return all(generate_completed(completion.flow, completion, name) for name in ("keras", "pytorch"))
    except Refusal:
        return False


@pytest.mark.parametrize("shape", [VECTOR, STEPS, IMAGE, SPATIAL[3], FILM, (9,)])
def test_the_same_weights_give_the_same_numbers(shape: tuple[int, ...]) -> None:
    chosen = [
        sample
        for sample in samples()
        if sample[2][:1] == [shape] and not differs_on_purpose(sample) and in_both(sample)
    ]
    completion = of_types(chosen)
    found = agree(*(generate_completed(completion.flow, completion, name) for name in ("keras", "pytorch")))
    assert found.error is None
    assert set(found.differences) == {f"l{i}" for i in range(len(chosen))}
    assert max(found.differences.values()) <= TOLERANCE
    assert set(found.versions) == {"keras", "torch", "numpy"}


def test_a_network_with_a_flattened_map_agrees_at_every_layer() -> None:
    drawn = lenet()
    found = agree(generate(drawn, "keras"), generate(drawn, "pytorch"))
    assert found.error is None
    assert found.ok
    assert {"c1", "c1.bn", "c1.relu", "p1", "fc"} <= set(found.differences)
    assert found.left_out == ()
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
    assert found.left_out == ("r", "d")
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
