"""Caffe's arithmetic: layers of their own in the catalogue, and the same layers back in the prototxt."""

from __future__ import annotations

import pytest

from extraction.codegen import generate
from extraction.importing import ModelError
from extraction.importing.caffe import read

INPUT = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'


def layer(kind: str, param: str = "", bottoms: str = 'bottom: "x"') -> str:
    return f'{INPUT}layer {{ name: "y" type: "{kind}" {bottoms} top: "y" {param} }}'


@pytest.mark.parametrize(
    ("kind", "param", "type_", "params"),
    [
        ("AbsVal", "", "AbsVal", {}),
        ("Power", "power_param { power: 2 scale: 0.5 shift: -1 }", "PowerLaw", {"power": 2, "scale": 0.5, "shift": -1}),
        ("Log", "", "Logarithm", {}),
        ("Log", "log_param { base: 10 shift: 2 }", "Logarithm", {"base": 10, "shift": 2}),
        ("Exp", "exp_param { base: 2 scale: 3 }", "Exponential", {"base": 2, "scale": 3}),
        ("Threshold", "threshold_param { threshold: 0.5 }", "Threshold", {"threshold": 0.5}),
        ("MVN", "mvn_param { across_channels: true }", "MVN", {"across_channels": True}),
    ],
)
def test_arithmetic_is_a_layer_and_comes_back(kind: str, param: str, type_: str, params: dict[str, float]) -> None:
    text = layer(kind, param)
    result = read(text)
    assert result.notes == ()
    made = result.flow.layers[1]
    assert (made.type, made.params) == (type_, params)
    code = generate(result.flow, "caffe")
    assert read(code.source).flow.layers[1].params == params
    assert f'type: "{kind}"' in code.source


def test_a_sum_with_factors_is_products_that_are_added() -> None:
    param = "eltwise_param { operation: SUM coeff: 1 coeff: -0.5 }"
    result = read(layer("Eltwise", param, 'bottom: "x" bottom: "x"'))
    assert [(each.type, each.params) for each in result.flow.layers[1:]] == [
        ("Rescaling", {"scale": -0.5}),
        ("Add", {}),
    ]
    assert [note.kind for note in result.notes] == ["changed"]


def test_factors_that_are_not_as_many_as_the_inputs_are_an_error() -> None:
    with pytest.raises(ModelError, match=r"`y`.*2 factors for 3 inputs"):
        read(layer("Eltwise", "eltwise_param { coeff: 1 coeff: 2 }", 'bottom: "x" bottom: "x" bottom: "x"'))


def test_normalised_vectors_stay_whole_and_marked() -> None:
    text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }'
    made = read(f'{text} layer {{ name: "y" type: "MVN" bottom: "x" top: "y" }}').flow.layers[1]
    assert (made.type, made.label, made.output_shape) == ("Unknown", "MVN", (3,))
