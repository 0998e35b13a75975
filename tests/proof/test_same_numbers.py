"""Keras and PyTorch code of the same layer, with the same weights, give the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction import sandbox
from extraction.codegen import Code, Refusal, generate_completed
from tests.codegen.samples import IMAGE, SPATIAL, STEPS, VECTOR, Sample, of_types, samples

SOURCE = (Path(__file__).parent / "same_numbers.py").read_text()
MOST = 1e-4


def differs_on_purpose(sample: Sample) -> bool:
    """A flattened map has its values in the framework's own order; zeros around a maximum are Keras's alone."""
    kind, params, shapes = sample
    zeros = kind.startswith("MaxPooling") and not isinstance(params.get("padding", ""), str)
    return zeros or kind == "Input" or (kind == "Flatten" and len(shapes[0]) > 2)


def in_both(sample: Sample) -> bool:
    completion = of_types([sample])
    try:
        return all(generate_completed(completion.flow, completion, name) for name in ("keras", "pytorch"))
    except Refusal:
        return False


def differences(chosen: list[Sample]) -> dict[int, float]:
    """By sample the largest difference, relative to the largest number; -1 where the sizes differ."""
    completion = of_types(chosen)
    keras, pytorch = (generate_completed(completion.flow, completion, name) for name in ("keras", "pytorch"))
    result = sandbox.run(
        "extraction.sandbox.source:evaluate", {"source": SOURCE, "given": _given(keras, pytorch)},
        limits=sandbox.Limits(seconds=300, memory_mb=6000),
    )  # fmt: skip
    return {index: result[pytorch.places[f"l{index}"].name] for index in range(len(chosen))}


def _given(keras: Code, pytorch: Code) -> list[object]:
    assert len(keras.models) == len(pytorch.models) == 1
    names = [pytorch.places[layer].name for layer in pytorch.models[0].inputs]
    sides = {place.name: place.channels_first for place in pytorch.places.values()}
    return [keras.source, pytorch.source, keras.models[0].entry, pytorch.models[0].entry, names, sides]


@pytest.mark.parametrize("shape", [VECTOR, STEPS, IMAGE, SPATIAL[3]])
def test_the_same_weights_give_the_same_numbers(shape: tuple[int, ...]) -> None:
    chosen = [
        sample
        for sample in samples()
        if sample[2][:1] == [shape] and not differs_on_purpose(sample) and in_both(sample)
    ]
    assert len(chosen) >= 10
    found = differences(chosen)
    assert {chosen[i][:2].__repr__(): value for i, value in found.items() if not 0 <= value <= MOST} == {}
