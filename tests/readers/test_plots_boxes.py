"""Boxes that name Keras's types, in looks that no reader was made for."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from extraction.classify.images import load_image
from extraction.flow.model import Flow
from extraction.readers import read_image
from extraction.readers.plots.heads import Arrow
from extraction.readers.plots.named_boxes import Card, read_cards
from extraction.simulate.scoring import score

PLACE = (0.0, 0.0, 10.0, 10.0)


@pytest.mark.parametrize("look", ["graphviz", "netron", "tikz", "straight"])
def test_other_programs_boxes_are_read_with_all_that_they_say(tmp_path: Path, look: str) -> None:
    plan = f"--count=3 --seed=43 --depth=5-9 --pictures={look} --code=none"
    call_command("simulate", *f"{plan} --out={tmp_path}".split())
    wrong = {}
    for path in sorted(tmp_path.glob("*.png")):
        shown = Flow.loads(path.with_suffix(".flow.json").read_bytes())
        wrong[path.name] = score(shown, read_image(load_image(path), "box2d")).wrong
    assert len(wrong) == 3
    assert not any(wrong.values()), wrong


def test_lines_of_a_box_are_told_apart() -> None:
    cards = [
        Card(["words"], PLACE),
        Card(["embedding", "Embedding", "output_dim = 24", "31x24"], PLACE),
        Card(["Conv1D", "conv", "kernel_size = 5", "use_bias = false", "activation = relu"], PLACE),
    ]
    flow = read_cards(cards, [Arrow(1, {0: 1.0}), Arrow(2, {1: 1.0})])
    assert flow is not None
    words, embedding, conv = flow.layers
    assert (words.type, words.name) == ("Input", "words")
    assert (embedding.name, embedding.params, embedding.output_shape) == ("embedding", {"output_dim": 24}, (31, 24))
    assert (conv.type, conv.name) == ("Conv1D", "conv")
    assert conv.params["use_bias"] is False
    assert conv.params["activation"] == "relu"
    assert [(c.source, c.target) for c in flow.connections] == [("n0", "n1"), ("n1", "n2")]


def test_boxes_that_name_no_types_are_none() -> None:
    cards = [Card(["Encoder"], PLACE), Card(["Decoder"], PLACE), Card(["Dense"], PLACE)]
    assert read_cards(cards, [Arrow(1, {0: 1.0}), Arrow(2, {1: 1.0})]) is None


def test_boxes_that_nothing_leads_from_are_no_inputs() -> None:
    cards = [Card(["Method"], PLACE), Card(["Accuracy"], PLACE), Card(["Dense"], PLACE), Card(["Conv2D"], PLACE)]
    assert read_cards(cards, []) is None
    assert read_cards(cards, [Arrow(1, {0: 1.0}), Arrow(3, {2: 1.0})]) is None
