"""Tables as well-known papers print them, drawn as PDFs: the networks that come out of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest

from extraction.flow.model import Flow
from extraction.pdf import read_pdf
from extraction.tables import read_table
from tests.tables.drawn import draw, expected, load

PRINTS = sorted((Path(__file__).parent / "prints").glob("*.txt"))
#: Types that name one operation in two ways.
ALIKE = {"LeakyReLU": "Activation", "ReLU": "Activation", "Softmax": "Activation"}


def said(flow: dict[str, Any]) -> tuple[list[str], set[tuple[int, int]]]:
    """Types in order and connections by place."""
    place = {layer["id"]: index for index, layer in enumerate(flow["layers"])}
    joined = {(place[c["source"]], place[c["target"]]) for c in flow["connections"]}
    return [ALIKE.get(layer["type"], layer["type"]) for layer in flow["layers"]], joined


def differing(flow: Flow, wanted: dict[str, Any]) -> list[str]:
    """Wanted values that the flow says otherwise or not at all."""
    wrong = []
    for layer, told in zip(flow.to_dict()["layers"], wanted["layers"], strict=True):
        params = layer.get("params", {})
        wrong += [f"{layer['id']} {key}" for key, value in told["params"].items() if params.get(key) != value]
        if None not in told.get("output_shape", [None]) and layer.get("output_shape") != told["output_shape"]:
            wrong.append(f"{layer['id']} output_shape")
    return wrong


@pytest.mark.parametrize("path", PRINTS, ids=[path.stem for path in PRINTS])
def test_networks_of_a_drawn_table(path: Path, tmp_path: Path) -> None:
    printed = load(path)
    document = pymupdf.open()
    draw(document, printed)
    document.save(tmp_path / "paper.pdf")
    flows = [flow for table in read_pdf(tmp_path / "paper.pdf").tables for flow in read_table(table)]
    wanted = [expected(lines) for lines in printed.flows.values()]
    assert [said(flow.to_dict()) for flow in flows] == [said(flow) for flow in wanted]
    assert [wrong for flow, told in zip(flows, wanted, strict=True) for wrong in differing(flow, told)] == []
