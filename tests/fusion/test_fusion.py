"""What figures, tables and text say of one network becomes one flow; what they contradict stays visible."""

from __future__ import annotations

import itertools
from dataclasses import replace

from extraction.flow.model import Connection, Flow, Layer
from extraction.fusion import Conflict, completeness, fuse, fuse_openly, same_network
from extraction.text import Hyperparameter


def _chain(*layers: Layer, name: str = "", confidence: float = 0.9, table: bool = False) -> Flow:
    connections = tuple(Connection(a.id, b.id) for a, b in itertools.pairwise(layers))
    source = {"paper": "ab", "page": 2, "table" if table else "figure": "1"}
    return Flow(layers, connections, name=name, confidence=confidence, sources=(source,))


FIGURE = _chain(
    Layer("a", "Input", label="image"),
    Layer("b", "Conv2D", label="conv1"),
    Layer("c", "MaxPooling2D", label="pool1"),
    Layer("d", "Conv2D", label="conv2", params={"filters": 32}),
    Layer("e", "Dense", label="fc", params={"units": 10}, bbox=(0, 0, 5, 5)),
    name="Net",
)
TABLE = _chain(
    Layer("a", "Conv2D", label="conv1", params={"filters": 16, "kernel_size": [5, 5]}),
    Layer("b", "MaxPooling2D", label="pool1", params={"pool_size": [2, 2]}, output_shape=(14, 14, 16)),
    Layer("c", "Conv2D", label="conv2", params={"filters": 64}),
    Layer("d", "Dense", label="fc", params={"units": 10}),
    confidence=0.5,
    table=True,
)


def test_the_most_complete_reading_is_the_base_and_the_other_fills_it() -> None:
    flow = fuse([FIGURE], [TABLE])
    assert flow is not None
    assert flow.name == "Net"
    assert flow.layer("b").params == {"filters": 16, "kernel_size": [5, 5]}
    assert flow.layer("b").provenance == {"filters": "table", "kernel_size": "table"}
    assert flow.layer("c").output_shape == (14, 14, 16)
    assert flow.layer("c").provenance["output_shape"] == "table"
    assert flow.layer("e").provenance["units"] == "figure"
    assert flow.connections == FIGURE.connections
    assert flow.sources == (*FIGURE.sources, *TABLE.sources)


def test_a_contradiction_keeps_the_base_and_is_listed() -> None:
    fusion = fuse_openly([FIGURE], [TABLE])
    assert fusion is not None
    assert fusion.flow.layer("d").params["filters"] == 32
    assert fusion.conflicts == (Conflict("d", "filters", 32, 64, "table"),)


def test_equal_values_in_two_spellings_are_no_contradiction() -> None:
    square = replace(TABLE.layers[0], params={"filters": 16, "kernel_size": 5})
    other = TABLE.with_layers([square, *TABLE.layers[1:]])
    wide = FIGURE.with_layers(
        [
            replace(layer, params={"filters": 16, "kernel_size": [5, 5]}) if layer.id == "b" else layer
            for layer in FIGURE.layers
        ]
    )
    fusion = fuse_openly([wide], [other])
    assert fusion is not None
    assert {conflict.layer for conflict in fusion.conflicts} == {"d"}


def test_a_guess_gives_way_to_print() -> None:
    guessed = replace(FIGURE.layers[1], params={"filters": 99}, provenance={"filters": "assumed"})
    base = FIGURE.with_layers([FIGURE.layers[0], guessed, *FIGURE.layers[2:]])
    fusion = fuse_openly([base], [TABLE])
    assert fusion is not None
    assert fusion.flow.layer("b").params["filters"] == 16
    assert fusion.flow.layer("b").provenance["filters"] == "table"
    assert all(conflict.layer != "b" for conflict in fusion.conflicts)


def test_another_network_fills_nothing() -> None:
    stranger = _chain(
        Layer("a", "Embedding", params={"output_dim": 50}),
        Layer("b", "LSTM", params={"units": 10}),
        Layer("e", "Dense", params={"units": 5}),
        confidence=0.2,
        table=True,
    )
    assert same_network(FIGURE, stranger) == {}
    fusion = fuse_openly([FIGURE], [stranger])
    assert fusion is not None
    assert fusion.conflicts == ()
    assert fusion.flow.layer("e").params == {"units": 10}
    assert fusion.flow.sources == FIGURE.sources


def test_hyper_parameters_become_the_training_with_their_page() -> None:
    found = [
        Hyperparameter("optimizer", "sgd", 5, "We use SGD."),
        Hyperparameter("learning_rate", 0.1, 5, "The rate is 0.1."),
        Hyperparameter("learning_rate", 0.01, 6, "Then 0.01."),
    ]
    fusion = fuse_openly([FIGURE], [], found)
    assert fusion is not None
    assert fusion.flow.training["optimizer"] == {"value": "sgd", "provenance": "text", "page": 5}
    rate = fusion.flow.training["learning_rate"]
    assert rate["value"] == 0.1
    assert rate["others"] == [{"value": 0.01, "page": 6}]
    assert fusion.conflicts == (Conflict(None, "learning_rate", 0.1, 0.01, "text", 6),)
    assert Flow.from_dict(fusion.flow.to_dict()).training == fusion.flow.training


def test_without_a_layer_there_is_no_flow() -> None:
    assert fuse([], []) is None
    assert fuse([Flow()], []) is None


def test_nothing_is_taken_from_the_readings_themselves() -> None:
    before = (FIGURE.dumps(), TABLE.dumps())
    fuse([FIGURE], [TABLE])
    assert (FIGURE.dumps(), TABLE.dumps()) == before


def test_modules_without_an_inside_count_for_less() -> None:
    blocks = _chain(*(Layer(f"b{i}", "Block") for i in range(8)))
    assert completeness(blocks) < completeness(FIGURE)
    fused = fuse([blocks, FIGURE], [])
    assert fused is not None
    assert fused.name == "Net"


def test_of_networks_side_by_side_only_the_likest_fills_the_flow() -> None:
    deeper = TABLE.with_layers([*TABLE.layers, Layer("z", "Conv2D", params={"filters": 99})])
    other = replace(deeper, layers=tuple(replace(layer, params={"filters": 7}) for layer in deeper.layers))
    fusion = fuse_openly([FIGURE], [other, TABLE])
    assert fusion is not None
    assert fusion.flow.layer("b").params["filters"] == 16
    assert [conflict.other for conflict in fusion.conflicts] == [64]


def test_networks_of_one_table_do_not_contradict_each_other() -> None:
    wider = replace(TABLE, layers=tuple(replace(layer, params={"filters": 7}) for layer in TABLE.layers))
    fusion = fuse_openly([], [TABLE, wider])
    assert fusion is not None
    assert fusion.conflicts == ()
    assert fusion.flow.layers[0].params["filters"] == 16
