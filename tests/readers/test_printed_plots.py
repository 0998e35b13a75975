"""Plots that programs write into PDFs: their words are known, their lines are drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extraction.flow.model import Flow, load
from extraction.pdf import read_pdf
from extraction.pdf.model import Word
from extraction.readers import read
from extraction.readers.plots.printed import numbers_beside
from extraction.vocabulary import parse
from extraction.vocabulary.coded import value_of

HERE = Path(__file__).parent / "vectors"


def of_file(name: str) -> tuple[Flow, Flow]:
    """What a PDF shows, as it was made by Graphviz of a simulated design, and what was read."""
    (figure,) = read_pdf(HERE / f"{name}.pdf").figures
    return load(HERE / f"{name}.flow.json"), read(figure, "box2d")


def joined(flow: Flow, *, named: bool) -> Counter[tuple[str, str]]:
    """Connections by what layers are called; a card has no name of its own."""
    names = {layer.id: layer.name if named else " ".join(sorted(layer.label.split())) for layer in flow.layers}
    return Counter((names[each.source], names[each.target]) for each in flow.connections)


@pytest.mark.parametrize("name", ["plot_model", "draw_net"])
def test_a_plot_is_read_as_from_a_picture(name: str) -> None:
    shown, found = of_file(name)
    said = [
        sorted((layer.name, layer.type, layer.output_shape, sorted(layer.params.items())) for layer in flow.layers)
        for flow in (shown, found)
    ]
    assert said[0] == said[1]
    assert joined(found, named=True) == joined(shown, named=True)


def test_a_card_is_one_layer() -> None:
    shown, found = of_file("netron")
    assert Counter(layer.type for layer in found.layers) == Counter(layer.type for layer in shown.layers)
    kept = Counter(pair for pair in joined(shown, named=False) if not any("Input" in label for label in pair))
    assert not kept - joined(found, named=False)
    assert len(found.connections) == len(shown.connections)
    wanted = [sorted(layer.params.items()) for layer in shown.layers if layer.type == "Dense"]
    assert sorted(sorted(layer.params.items()) for layer in found.layers if layer.type == "Dense") == sorted(wanted)


def test_boxes_of_a_plot_lie_where_they_are_drawn() -> None:
    (figure,) = read_pdf(HERE / "plot_model.pdf").figures
    flow = read(figure, "auto")
    words = [word for word in figure.words if word.text.endswith(":") and "put" not in word.text]
    assert len(words) == len(flow.layers)
    for word in words:
        x, y = (word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2
        boxes = [layer.bbox for layer in flow.layers if layer.bbox and layer.name == word.text.rstrip(":")]
        assert [box for box in boxes if box[0] < x < box[2] and box[1] < y < box[3]] == boxes


@pytest.mark.parametrize(
    ("label", "kind", "params"),
    [
        ("SimpleRNN units = 144 200x144", "SimpleRNN", {"units": 144}),
        ("attn1 MultiHeadAttention num_heads = 2 key_dim = 85", "MultiHeadAttention", {"num_heads": 2, "key_dim": 85}),
        ("Conv2D block1_conv1 filters = 96 kernel_size = 5x5", "Conv2D", {"filters": 96, "kernel_size": [5, 5]}),
        ("GRU gru1 units = 32 return_sequences = false", "GRU", {"units": 32, "return_sequences": False}),
        ("Activation activation", "Activation", {}),
    ],
)
def test_what_programs_print_of_a_layer(label: str, kind: str, params: dict[str, object]) -> None:
    phrase = parse(label)
    assert (phrase.type, phrase.params) == (kind, params)


@pytest.mark.parametrize("label", ["Conv2D block", "Dense block1", "LSTM lstm encoder", "ResNet unit2"])
def test_parts_are_no_layers(label: str) -> None:
    assert parse(label).type in (None, "Block")


@pytest.mark.parametrize("text", ["²", "9" * 5000, "٣"])
def test_what_is_no_plain_number_beside_a_line_is_left_out(text: str) -> None:
    way = np.array([[0.0, 0.0], [0.0, 20.0]])
    words = [Word("40", (3, 5, 12, 12)), Word(text, (3, 5, 12, 12))]
    assert [number.value for number in numbers_beside(words, [], [way])[0]] == [40]


def test_words_without_a_height_do_no_harm() -> None:
    (figure,) = read_pdf(HERE / "plot_model.pdf").figures
    flat = tuple(replace(word, bbox=(*word.bbox[:3], word.bbox[1])) for word in figure.words)
    assert read(replace(figure, words=flat), "box2d").layers is not None


@pytest.mark.parametrize("value", ["1.0e999", "9" * 40])
def test_a_number_out_of_all_reason_stays_text(value: str) -> None:
    assert value_of("Dropout", "rate", value) == value
