"""Reading and writing flows: an exact round trip, and clear words for what can't be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from extraction.flow.model import MAX_LAYERS, Flow, FlowError, load
from tests.flow.strategies import flows


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(flows(acyclic=False))
def test_a_flow_is_the_same_after_a_round_trip(flow: Flow) -> None:
    text = flow.dumps()
    again = Flow.loads(text)
    assert again == flow
    assert again.dumps() == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("[]", "the flow: must be an object"),
        ('{"format": "onnx"}', "format: is “onnx”"),
        ('{"version": 7}', "version: is “7”"),
        ('{"kind": "tree"}', "kind: is “tree”"),
        ('{"layers": [{"type": "Dense"}]}', "layers[0].id: is missing"),
        ('{"layers": [{"id": "a"}]}', "layers[0].type: is missing"),
        ('{"layers": [{"id": "a", "type": "Dense"}, {"id": "a", "type": "Dense"}]}', "layers[1].id: “a” stands twice"),
        ('{"layers": [], "connections": [{"source": "a", "target": "b"}]}', "connections[0].source: “a” is not the id"),
        ('{"layers": [{"id": "a", "type": "Dense", "output_shape": [0]}]}', "layers[0].output_shape[0]"),
        ('{"layers": [{"id": "a", "type": "Dense", "confidence": 2}]}', "must lie between 0 and 1"),
        ('{"layers": [{"id": "a", "type": "Dense", "params": {"units": 1e300}}]}', "too large"),
        ('{"layers": [{"id": "a", "type": "Dense", "params": {"units": NaN}}]}', "must be a number"),
        ('{"layers": [{"id": "a", "type": "Dense", "provenance": {"units": "guess"}}]}', "must be one of figure"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(FlowError) as caught:
        Flow.loads(text)
    assert words in str(caught.value)


def test_too_many_layers_are_refused_before_anything_is_done_with_them() -> None:
    data = {"layers": [{"id": i, "type": "Dense"} for i in range(MAX_LAYERS + 1)]}
    with pytest.raises(FlowError, match=f"at most {MAX_LAYERS:,}"):
        Flow.loads(json.dumps(data))


@pytest.mark.shared
def test_every_flow_of_the_benchmark_can_be_read_and_written(benchmark: Path) -> None:
    paths = [*benchmark.glob("flows/gold/*.json"), *benchmark.glob("tables/*.json")]
    assert len(paths) >= 86
    for path in paths:
        flow = load(path)
        assert Flow.loads(flow.dumps()) == flow, path.name
