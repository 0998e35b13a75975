"""Real networks: code for the labelled flows verifies. All of them, in every framework: `bench/verify_gold.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.codegen import FRAMEWORKS, Code, Refusal, generate
from extraction.flow.model import Flow, load
from extraction.proof import verify

pytestmark = pytest.mark.shared


def told(benchmark: Path) -> list[tuple[str, Flow]]:
    """Flows without blocks or unknown layers."""
    flows = [(path.stem, load(path)) for path in sorted((benchmark / "flows" / "gold").glob("*.json"))]
    return [(name, flow) for name, flow in flows if not any(row.type in ("Block", "Unknown") for row in flow.layers)]


def written(flow: Flow, framework: str) -> Code | Refusal:
    try:
        return generate(flow, framework)
    except Refusal as refusal:
        return refusal


@pytest.mark.parametrize(("framework", "share"), [("keras", 0.8), ("pytorch", 0.8), ("caffe", 0.6)])
def test_most_flows_are_written(benchmark: Path, framework: str, share: float) -> None:
    results = [(name, written(flow, framework)) for name, flow in told(benchmark)]
    refusals = [(name, result) for name, result in results if isinstance(result, Refusal)]
    assert all(refusal.layer and refusal.reason for _, refusal in refusals), refusals
    assert len(results) - len(refusals) >= share * len(results), refusals


@pytest.mark.parametrize(("framework", "layers", "step"), [("keras", 8, 4), ("pytorch", 12, 5), ("caffe", 20, 1)])
def test_small_flows_verify(benchmark: Path, framework: str, layers: int, step: int) -> None:
    """A few of them, for running takes its time; Keras and PyTorch are trained for one step."""
    flows = [(name, flow) for name, flow in told(benchmark) if len(flow.layers) <= layers and "vgg" not in name]
    assert len(flows) > 3
    for name, flow in flows[::step]:
        code = written(flow, framework)
        if isinstance(code, Code):
            proof = verify(code)
            assert proof.ok, f"{name}: {proof.error}"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_flow_or_table_breaks_the_writer(benchmark: Path, framework: str) -> None:
    paths = [*(benchmark / "flows" / "gold").glob("*.json"), *(benchmark / "tables").glob("*.json")]
    for path in sorted(paths):
        flow = load(path)
        result = written(flow, framework)
        if isinstance(result, Refusal):
            assert result.layer, path.stem
            assert result.reason, path.stem
        else:
            assert set(result.lines) == {layer.id for layer in flow.layers}, path.stem
