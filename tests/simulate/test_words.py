"""What pictures print of types is read back as the type that was drawn."""

from __future__ import annotations

import pytest

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.simulate import keras_model, plot_model
from extraction.simulate.caffe_net import NetLayer
from extraction.simulate.draw_net import Options, words
from extraction.simulate.looks import _MISSING as MISSING
from extraction.vocabulary.tools import caffe_type, keras_type


@pytest.mark.parametrize("dialect", plot_model.DIALECTS)
def test_classes_of_every_keras_are_read_as_their_types(dialect: str) -> None:
    options = plot_model.Options(dialect)
    for kind in CATALOGUE.keys() - MISSING[options.version]:
        box = keras_model.Box(kind, "a", params={"layer": "GRU"} if kind == "Bidirectional" else {})
        printed = plot_model.class_name(box, options)
        read, params = keras_type(printed)
        assert (read or canonical_type(printed)) == kind
        assert params == ({"layer": "GRU"} if kind == "Bidirectional" and options.version == 2 else {})


def test_types_of_caffe_are_read_with_what_stands_beside_them() -> None:
    assert caffe_type("Convolution") == ("Conv2D", {})
    assert caffe_type("TanH") == ("Activation", {"activation": "tanh"})
    assert caffe_type("SoftmaxWithLoss") == ("Block", {})
    for late in (False, True):
        printed = words(NetLayer("p", "Pooling", fields={"pool": "AVE"}), Options(late=late))[1].strip("()")
        assert caffe_type(printed, 3) == ("AveragePooling2D", {})
        assert caffe_type(printed, 0) == ("GlobalAveragePooling2D", {})
    assert caffe_type("STOCHASTIC Pooling", 2) == ("Block", {})


def test_names_are_those_that_each_keras_gives() -> None:
    kinds = ["Input", "Conv2D", "MaxPooling2D", "Conv2D", "PReLU", "Input"]
    assert keras_model.version_names(kinds, 3, 0) == [
        "input_layer", "conv2d", "max_pooling2d", "conv2d_1", "p_re_lu", "input_layer_1",
    ]  # fmt: skip
    assert keras_model.version_names(kinds, 2, 0)[:2] == ["input_1", "conv2d"]
    assert keras_model.version_names(kinds, 2, 1)[3] == "conv2d_2"
    assert keras_model.version_names(kinds, 1, 1)[:3] == ["input_1", "convolution2d_1", "maxpooling2d_1"]
