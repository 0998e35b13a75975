"""What counts as read right from a simulated picture."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from extraction.flow.model import Connection, Flow, Layer
from extraction.simulate.scoring import Total, score

SHOWN = Flow(
    (
        Layer("a", "Input", name="input", output_shape=(28, 28, 1), bbox=(0, 0, 100, 40)),
        Layer("b", "Conv2D", name="conv", params={"activation": "relu"}, bbox=(0, 80, 100, 120)),
        Layer("c", "Flatten", bbox=(0, 160, 100, 200)),
    ),
    (Connection("a", "b"), Connection("b", "c")),
)


def test_the_same_flow_with_other_ids_and_boxes_is_exact() -> None:
    moved = [
        replace(layer, id=f"n{i}", bbox=(2, 80 * i - 1, 99, 80 * i + 41), params=dict(layer.params))
        for i, layer in enumerate(SHOWN.layers)
    ]
    read = Flow(tuple(reversed(moved)), (Connection("n0", "n1"), Connection("n1", "n2")))
    assert score(SHOWN, read).exact


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("types", {"type": "Conv1D"}),
        ("names", {"name": "c0nv"}),
        ("params", {"params": {"activation": "elu"}}),
        ("params", {"params": {"activation": "relu", "filters": 3}}),
        ("shapes", {"output_shape": (28, 28, 3)}),
    ],
)
def test_a_layer_read_wrong_or_with_more_than_is_printed_is_not_exact(part: str, change: dict[str, Any]) -> None:
    read = SHOWN.with_layers([replace(layer, **change) if layer.id == "b" else layer for layer in SHOWN.layers])
    found = score(SHOWN, read)
    assert not found.exact
    assert [name for name, count in found.parts.items() if not count.exact] == [part]
    assert len(found.wrong) == 1


def test_what_a_reading_infers_is_no_mistake() -> None:
    more = replace(SHOWN.layers[1], params={"activation": "relu", "filters": 3}, provenance={"filters": "inferred"})
    assert score(SHOWN, SHOWN.with_layers([SHOWN.layers[0], more, SHOWN.layers[2]])).exact


def test_missing_and_additional_layers_and_connections_count() -> None:
    read = SHOWN.with_layers(
        [*SHOWN.layers[:2], Layer("z", "Dense", bbox=(300, 0, 400, 40))], [Connection("a", "b"), Connection("a", "z")]
    )
    parts = score(SHOWN, read).parts
    assert (parts["layers"].shown, parts["layers"].right, parts["layers"].extra) == (3, 2, 1)
    assert (parts["connections"].shown, parts["connections"].right, parts["connections"].extra) == (2, 1, 1)
    total = Total()
    total.add(score(SHOWN, read), 1.0)
    total.add(score(SHOWN, SHOWN), 2.0)
    assert total.to_dict()["exact"] == 0.5
    assert total.to_dict()["connections"] == pytest.approx(3 / 5)


def test_the_command_reads_the_pictures_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "designs"
    call_command("simulate", *f"--count=1 --seed=41 --out={folder} --depth=5-5 --pictures=keras2 --code=none".split())
    out = io.StringIO()
    call_command("evaluate", "flows", f"--simulated={folder}", "--json", stdout=out, stderr=io.StringIO())
    values = json.loads(out.getvalue())["looks"]["keras2"]
    assert values["all"] == values["5-10"]
    assert (values["all"]["pictures"], values["all"]["layers"]) == (1, 1.0)
    with pytest.raises(CommandError, match="no pictures of caffe"):
        call_command("evaluate", "flows", f"--simulated={folder}", "--looks=caffe", stderr=io.StringIO())
