"""Every type of the catalogue is written in each framework, or refused with the layer and a reason."""

from __future__ import annotations

import pytest

from extraction.codegen import FRAMEWORKS, Code, Refusal, generate_completed
from extraction.flow.catalogue import CATALOGUE
from extraction.proof import verify
from tests.codegen.samples import Sample, of_types, samples

#: Types that the catalogue has a counterpart for in Caffe, but that can't be proven or are no part of BVLC Caffe.
NOT_IN_CAFFE = {"Embedding", "SimpleRNN", "LSTM", "UnitNormalization"}


def _written(sample: Sample, framework: str) -> Code | Refusal:
    completion = of_types([sample])
    try:
        return generate_completed(completion.flow, completion, framework)
    except Refusal as refusal:
        return refusal


def test_the_samples_hold_every_type() -> None:
    assert {kind for kind, _, _ in samples()} == set(CATALOGUE)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_each_sample_is_written_or_refused_with_a_reason(framework: str) -> None:
    written = set()
    for sample in samples():
        result = _written(sample, framework)
        if isinstance(result, Refusal):
            assert result.layer == "l0", sample
            assert str(result).startswith("`l0`: "), sample
            assert len(result.reason.split()) > 3, sample
        else:
            assert "l0" in result.lines, sample
            written.add(sample[0])
    expected = {name for name, row in CATALOGUE.items() if getattr(row, framework) is not None}
    assert expected - written == (NOT_IN_CAFFE if framework == "caffe" else set())


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_written_has_the_sizes_and_counts_of_the_flow(framework: str) -> None:
    good = [sample for sample in samples() if isinstance(_written(sample, framework), Code)]
    completion = of_types(good)
    # Keras is not trained here: that takes a minute for so many layers; `tests/proof` trains.
    proof = verify(generate_completed(completion.flow, completion, framework), train=framework == "pytorch")
    assert proof.error is None
    assert {"built", "forward", "shapes", "parameters"} <= set(proof.proven)
    assert set(proof.output_shapes) == {layer.id for layer in completion.flow.layers}


@pytest.mark.parametrize(
    ("kind", "params", "framework", "reason"),
    [
        ("GRU", {"units": 5, "reset_after": False}, "pytorch", "reset gate"),
        ("LSTM", {"units": 5, "activation": "relu"}, "pytorch", "activation `relu`"),
        ("LSTM", {"units": 5, "recurrent_dropout": 0.5}, "pytorch", "dropout of a recurrent state"),
        ("LayerNormalization", {"scale": False}, "pytorch", "both or not at all"),
        ("LayerNormalization", {}, "caffe", "no layer normalisation"),
        ("Activation", {"activation": "gelu"}, "caffe", "no activation `gelu`"),
    ],
)
def test_refusals_say_what_is_missing(kind: str, params: dict[str, object], framework: str, reason: str) -> None:
    result = _written((kind, params, [(7, 12)]), framework)
    assert isinstance(result, Refusal)
    assert reason in result.reason
