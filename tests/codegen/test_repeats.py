"""What comes again and again in a network is written once, and every layer keeps its name and its numbers."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extraction.codegen import generate
from extraction.flow.model import Flow
from extraction.proof import agree
from tests.codegen.samples import flow


def residual(prefixes: list[str], widths: list[int], number: bool = False) -> Flow:
    """Blocks of two convolutions with a way around them, behind a first convolution."""
    rows: list[dict[str, Any]] = [{"id": "image", "type": "Input", "output_shape": [12, 12, 3]}]
    joined = []
    last = "image"
    for prefix, width in zip(prefixes, widths, strict=True):

        def title(part: str, prefix: str = prefix) -> str:
            return f"{part}{prefix}" if number else f"{prefix}_{part}"

        conv = {"filters": width, "kernel_size": 3, "padding": "same", "use_bias": False}
        rows += [
            {"id": title("around"), "type": "Conv2D", "params": {"filters": width, "kernel_size": 1}},
            {"id": title("conv"), "type": "Conv2D", "params": conv},
            {"id": title("norm"), "type": "BatchNormalization"},
            {"id": title("relu"), "type": "ReLU"},
            {"id": title("second"), "type": "Conv2D", "params": conv},
            {"id": title("add"), "type": "Add"},
        ]
        joined += [(last, title("around")), (last, title("conv")), (title("conv"), title("norm"))]
        joined += [(title("norm"), title("relu")), (title("relu"), title("second"))]
        joined += [(title("around"), title("add")), (title("second"), title("add"))]
        last = title("add")
    rows += [{"id": "pool", "type": "GlobalAveragePooling2D"}, {"id": "fc", "type": "Dense", "params": {"units": 4}}]
    return flow(rows, [*joined, (last, "pool"), ("pool", "fc")], name="residual")


BY_FRONT = residual(["block_1", "block_2", "block_3"], [8, 8, 16])
ORIGINS = {"block_1": "figure", "block_2": "text", "block_3": "table"}
BY_NUMBER = residual(["1", "2", "3"], [8, 8, 16], number=True)


@pytest.mark.parametrize("drawn", [BY_FRONT, BY_NUMBER], ids=["by front", "by number"])
def test_a_part_is_a_function_and_its_layers_keep_their_names_and_numbers(drawn: Flow, tmp_path: Path) -> None:
    keras, pytorch = generate(drawn, "keras"), generate(drawn, "pytorch")
    assert keras.source.count("layers.Add(") == 1
    assert keras.source.count("block(") == 4  # the function and three calls
    assert pytorch.source.count("class ") == 2
    assert pytorch.source.count("Block(") == 4
    found = agree(keras, pytorch)
    assert found.ok, found.error
    assert found.differences.keys() == {layer.id for layer in drawn.layers if layer.type != "Input"}
    for code in (keras, pytorch):
        (tmp_path / code.filename).write_text(code.source)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check"], ["check", "--select", "E,F,W,I,C4"]):
        done = subprocess.run(
            [*ruff, *command, "--isolated", "--line-length", "100", str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]


def test_modules_of_parts_are_not_taken_for_pieces_of_a_layer() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "image", "type": "Input", "output_shape": [8, 8, 3]},
        {"id": "conv", "type": "Conv2D", "params": {"filters": 4, "kernel_size": 1, "use_bias": False}},
    ]
    names = ["image", "conv"]
    for i in range(1, 7):
        rows += [
            {"id": f"conv_{i}", "type": "Conv2D", "params": {"filters": 4, "kernel_size": 3, "padding": "same"}},
            {"id": f"norm_{i}", "type": "BatchNormalization"},
            {"id": f"relu_{i}", "type": "ReLU"},
        ]
        names += [f"conv_{i}", f"norm_{i}", f"relu_{i}"]
    drawn = flow(rows, list(itertools.pairwise(names)), name="chain")
    keras, pytorch = generate(drawn, "keras"), generate(drawn, "pytorch")
    assert "self.conv_1 = ConvBlock()" in pytorch.source
    found = agree(keras, pytorch)
    assert found.ok, found.error
    assert len(found.differences) == 19


def test_many_inputs_stand_below_each_other(tmp_path: Path) -> None:
    names = [f"a_branch_with_a_long_name_{letter}" for letter in "abcdef"]
    rows = [{"id": "image", "type": "Input", "output_shape": [12, 12, 3]}, {"id": "all", "type": "Concatenate"}]
    rows += [
        {"id": name, "type": "Conv2D", "params": {"filters": i + 1, "kernel_size": 1}} for i, name in enumerate(names)
    ]
    code = generate(flow(rows, [("image", name) for name in names] + [(name, "all") for name in names]), "keras")
    assert max(map(len, code.source.splitlines())) <= 100
    path = tmp_path / "keras_code.py"
    path.write_text(code.source)
    command = [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "100", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_call_is_the_code_of_all_layers_of_a_copy() -> None:
    code = generate(BY_FRONT, "keras")
    rows = code.source.splitlines()
    for layer in BY_FRONT.layers[1:-2]:
        first, last = code.lines[layer.id]
        text = "\n".join(rows[first - 1 : last])
        assert "block(" in text
        assert layer.id.rpartition("_")[0] in text


def test_the_same_flow_gives_the_same_bytes() -> None:
    for framework in ("keras", "pytorch"):
        assert len({generate(BY_FRONT, framework).source for _ in range(20)}) == 1


def test_values_of_other_origin_are_not_written_as_one() -> None:
    layers = [
        replace(layer, provenance={"filters": ORIGINS[layer.id[:7]]}) if layer.type == "Conv2D" else layer
        for layer in BY_FRONT.layers
    ]
    drawn = BY_FRONT
    assert "def block(" in generate(drawn, "keras").source
    code = generate(drawn.with_layers(layers), "keras")
    assert "def block(" not in code.source
    assert all(origin in code.source for origin in ORIGINS.values())


def test_a_value_that_is_taken_elsewhere_is_not_hidden_in_a_function() -> None:
    drawn = residual(["block_1", "block_2", "block_3"], [8, 8, 8])
    more = flow([{"id": "extra", "type": "GlobalAveragePooling2D"}], [])
    joined = Flow.from_dict(
        drawn.to_dict()
        | {
            "layers": [layer.to_dict() for layer in (*drawn.layers, *more.layers)],
            "connections": [
                *(connection.to_dict() for connection in drawn.connections),
                {"source": "block_2_norm", "target": "extra"},
            ],
        }
    )
    code = generate(joined, "keras")
    assert "block_2_norm = layers.BatchNormalization(" in code.source
    assert agree(code, generate(joined, "pytorch")).ok
