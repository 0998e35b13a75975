"""Protobuf's text form is read as Caffe reads it, and never guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.importing.prototxt import Message, PrototxtError, Word, parse
from extraction.proof.caffe_net import NetError, blobs_of
from extraction.proof.caffemodel import caffemodel


def test_fields_keep_their_kinds_and_order() -> None:
    net = parse('name: "a\\"b" # comment\nlayer { type: \'X\' n: -1 f: 1e-4 w: MAX b: true } dims: [1, 2] m < x: 3 >')
    assert net.get("name") == 'a"b'
    layer = net.message("layer")
    assert [layer.get(name) for name in ("type", "n", "f", "w", "b")] == ["X", -1, 1e-4, "MAX", "true"]
    assert isinstance(layer.get("w"), Word)
    assert layer.flag("b", False)
    assert net.all("dims") == [1, 2]
    assert net.message("m").get("x") == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer {", "line 1: a field's name was expected"),
        ("\n\nname 'x'", "line 3: a colon or a bracket"),
        ("a: }", "line 1: a value was expected"),
        ("a: 'x\n'", "line 1: "),
        ("a: @", "line 1: '@' is not understood"),
        ("}", "line 1"),
        ("m {" * 40, "nested more than 32 deep"),
    ],
)
def test_errors_name_the_line(text: str, message: str) -> None:
    with pytest.raises(PrototxtError, match=message):
        parse(text)


values = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(codec="utf-8", exclude_characters="\t")),
    st.sampled_from(["MAX", "true"]).map(Word),
)
messages = st.recursive(
    st.just(Message()),
    lambda inner: st.lists(st.tuples(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), values | inner), max_size=4).map(
        Message
    ),
    max_leaves=12,
)


@given(messages)
def test_what_is_written_is_read_back(message: Message) -> None:
    assert parse(message.text()) == message


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        message = parse(text)
    except PrototxtError:
        return
    assert parse(message.text()) == message


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ('layer { name: "a" type: "ReLU" bottom: "x" top: "a" }', "`a`: its input `x` is made by no layer"),
        ('layer { name: "a" type: "Python" top: "a" }', "`a`: a layer of type Python"),
        ('layer { type: "ReLU" }', "name of its own"),
        (
            'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 } } }'
            'layer { name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 2 } }',
            "`c`: needs a map",
        ),
    ],
)
def test_nets_that_caffe_would_refuse_are_refused(layers: str, message: str) -> None:
    with pytest.raises(NetError, match=message):
        blobs_of(parse(layers))


def test_means_and_variances_count_whether_or_not_the_file_says_that_they_are_not_learnt() -> None:
    text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 dim: 2 dim: 2 } } }'
    for said in ("", "param { lr_mult: 0 } " * 3):
        net = parse(f'{text} layer {{ name: "b" type: "BatchNorm" bottom: "x" top: "b" {said} }}')
        assert blobs_of(net).parameters == 8


def test_weights_are_written_as_protobuf_reads_them() -> None:
    import numpy as np

    data = caffemodel([("c", "Convolution"), ("r", "ReLU")], {"c": [np.ones((2, 300), np.float32)]})
    assert data.startswith(b"\xa2\x06")  # field 100, length-delimited
    assert np.ones((2, 300), "<f4").tobytes() in data
    assert b"\x0a\x01c\x12\x0bConvolution" in data
    assert b"ReLU" not in data


@pytest.mark.shared
def test_real_nets_are_read(benchmark: Path) -> None:
    files = sorted((benchmark / "prototxt").rglob("*.prototxt"))
    assert files
    for path in files:
        net = parse(path.read_text(errors="replace"))
        assert net.all("layer") or net.all("layers") or net.fields, path
        assert parse(net.text()) == net
