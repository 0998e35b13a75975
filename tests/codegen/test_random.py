"""Any flow at all gives code or a refusal, and the same one each time."""

from __future__ import annotations

import ast

import pytest
from hypothesis import HealthCheck, given, settings

from extraction.codegen import FRAMEWORKS, Refusal, generate
from extraction.flow.model import Flow
from extraction.importing.prototxt import parse
from extraction.proof.caffe_net import blobs_of
from tests.flow.strategies import flows

SLOW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(flow: Flow, framework: str) -> str:
    try:
        return generate(flow, framework).source
    except Refusal as refusal:
        return f"refused: {refusal.layer} {refusal.reason}"


@pytest.mark.parametrize("framework", FRAMEWORKS)
@SLOW
@given(flow=flows(hostile=True))
def test_hostile_flows_are_written_or_refused(framework: str, flow: Flow) -> None:
    assert outcome(flow, framework) == outcome(Flow.from_dict(flow.to_dict()), framework)


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
@SLOW
@given(flow=flows(hostile=False))
def test_sensible_flows_give_python(framework: str, flow: Flow) -> None:
    source = outcome(flow, framework)
    if not source.startswith("refused: "):
        ast.parse(source)
        assert max(map(len, source.splitlines())) <= 100 or "https" in source


@SLOW
@given(flow=flows(hostile=False))
def test_sensible_flows_give_nets_that_caffe_can_set_up(flow: Flow) -> None:
    """Sizes by Caffe's own rules are those of the flow."""
    try:
        code = generate(flow, "caffe")
    except Refusal:
        return
    blobs = blobs_of(parse(code.source))
    for layer in code.completed.layers:
        place, shape = code.places[layer.id], layer.output_shape
        assert shape is not None
        assert blobs.shapes[place.name][1:] == ((shape[-1], *shape[:-1]) if place.channels_first else shape)
