"""Real networks: code for the labelled flows verifies. All of them, in every framework: `bench/verify_gold.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.codegen import FRAMEWORKS, Refusal, generate
from extraction.flow.model import Flow, load
from extraction.proof import verify

pytestmark = pytest.mark.shared
#: Code of larger flows takes longer to run than a test may.
FEW_LAYERS = 13


def told(benchmark: Path) -> list[tuple[str, Flow]]:
    """Flows without blocks or unknown layers."""
    flows = [(path.stem, load(path)) for path in sorted((benchmark / "flows" / "gold").glob("*.json"))]
    return [(name, flow) for name, flow in flows if not any(row.type in ("Block", "Unknown") for row in flow.layers)]


@pytest.mark.parametrize(("framework", "share"), [("keras", 0.8), ("pytorch", 0.8), ("caffe", 0.6)])
def test_most_flows_are_written(benchmark: Path, framework: str, share: float) -> None:
    flows = told(benchmark)
    written = 0
    for name, flow in flows:
        try:
            generate(flow, framework)
            written += 1
        except Refusal as refusal:
            assert refusal.layer, name
            assert refusal.reason, name
    assert written >= share * len(flows)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_small_flows_verify(benchmark: Path, framework: str) -> None:
    flows = [(name, flow) for name, flow in told(benchmark) if len(flow.layers) <= FEW_LAYERS]
    assert flows
    for name, flow in flows[::4] if framework != "caffe" else flows:
        try:
            code = generate(flow, framework)
        except Refusal:
            continue
        proof = verify(code)
        assert proof.ok, f"{name}: {proof.error}"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_flow_or_table_breaks_the_writer(benchmark: Path, framework: str) -> None:
    paths = [*(benchmark / "flows" / "gold").glob("*.json"), *(benchmark / "tables").glob("*.json")]
    for path in sorted(paths):
        flow = load(path)
        try:
            code = generate(flow, framework)
        except Refusal as refusal:
            assert refusal.layer in {layer.id for layer in flow.layers} or "." in str(refusal.layer), path.stem
            continue
        assert set(code.lines) <= {layer.id for layer in flow.layers}
        assert len(code.lines) == len(flow.layers), path.stem
