"""The catalogue is complete, consistent, and true to Keras."""

from __future__ import annotations

import inspect
import json

import pytest

from extraction.flow.catalogue import ACTIVATIONS, CATALOGUE, FAMILIES, canonical_type, catalogue_json
from extraction.flow.values import wrong
from tests.flow.oracle import keras

#: Parameters that other classes than the layer's own take in Keras.
ELSEWHERE = {"Bidirectional", "TimeDistributed", "SpectralNormalization", "StackedRNNCells", "Input"}
OF_THE_CALL = {"use_causal_mask", "reverse"}
#: What prepares data, and what is no layer: the rest of `keras.layers` builds networks.
PREPARES = (
    "AugMix", "AutoContrast", "CategoryEncoding", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization",
    "CutMix",    "Discretization", "Equalization", "HashedCrossing", "Hashing", "IntegerLookup", "MaxNumBoundingBoxes",
    "MelSpectrogram", "MixUp", "RandAugment", "Random", "STFTSpectrogram", "Solarization", "StringLookup",
    "TextVectorization", "InputSpec",
)  # fmt: skip


def test_every_layer_of_keras_that_builds_networks_is_known() -> None:
    names = [name for name in dir(keras.layers) if inspect.isclass(getattr(keras.layers, name))]
    unknown = [name for name in names if canonical_type(name) is None and not name.startswith(PREPARES)]
    assert unknown == []
    assert len(names) > 150


def test_every_family_has_types() -> None:
    assert {row.family for row in CATALOGUE.values()} == set(FAMILIES)


@pytest.mark.parametrize("row", CATALOGUE.values(), ids=lambda row: row.name)
def test_a_row_says_what_the_editor_needs(row) -> None:
    assert row.help.endswith(".")
    assert row.max_inputs is None or row.min_inputs <= row.max_inputs
    names = [parameter.name for parameter in row.parameters]
    assert len(names) == len(set(names))
    for parameter in row.parameters:
        assert parameter.required or wrong(parameter, parameter.default, row.window) is None
        assert (parameter.kind == "choice") == bool(parameter.choices)


@pytest.mark.parametrize(
    "row", [row for row in CATALOGUE.values() if row.keras and row.name not in {"Output"}], ids=lambda row: row.name
)
def test_parameters_and_defaults_are_those_of_keras(row) -> None:
    if row.name in ELSEWHERE:
        assert hasattr(keras.layers, row.keras)
        return
    theirs = inspect.signature(getattr(keras.layers, row.keras).__init__).parameters
    for parameter in row.parameters:
        if parameter.name in OF_THE_CALL:
            continue
        assert parameter.name in theirs, f"{row.name} has no {parameter.name} in Keras"
        default = theirs[parameter.name].default
        if parameter.required or default is inspect.Parameter.empty or default is None:
            continue
        while isinstance(default, tuple) and len(set(default)) == 1:
            default = default[0]
        assert parameter.default == default, f"{row.name}.{parameter.name}"


def test_activations_are_those_of_keras() -> None:
    for name in ACTIVATIONS:
        assert callable(keras.activations.get(name))


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ("Conv2D", "Conv2D"),
        ("Convolution2D", "Conv2D"),
        ("conv-2d", "Conv2D"),
        ("MaxPool2D", "MaxPooling2D"),
        ("max pooling", "MaxPooling2D"),
        ("InputLayer", "Input"),
        ("batch norm", "BatchNormalization"),
        ("FC", "Dense"),
        ("relu", "ReLU"),
        ("+", "Add"),
        ("⊗", "Multiply"),
        ("BiLSTM", "Bidirectional"),
        ("flux capacitor", None),
        ("", None),
    ],
)
def test_types_are_known_by_many_names(printed: str, kind: str | None) -> None:
    assert canonical_type(printed) == kind


def test_no_name_means_two_types() -> None:
    for row in CATALOGUE.values():
        assert canonical_type(row.name) == row.name
        for alias in row.aliases:
            assert canonical_type(alias) == row.name, alias


def test_the_json_is_plain_stable_and_whole() -> None:
    data = catalogue_json()
    assert json.loads(json.dumps(data)) == data
    assert data == catalogue_json()
    assert {row["name"] for row in data["types"]} == set(CATALOGUE)
    assert [family["name"] for family in data["families"]] == list(FAMILIES)
