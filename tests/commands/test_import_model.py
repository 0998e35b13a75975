"""`import_model`: a flow, or a message that names file, line and layer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from extraction.flow.model import Flow, load

ROOT = Path(__file__).parents[2]
NET = """input: "d" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layer { name: "c" type: "Convolution" bottom: "d" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "x" type: "Strange" bottom: "c" top: "x" }
"""


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "import_model", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_flow_goes_to_stdout_and_what_is_lost_to_stderr(tmp_path: Path) -> None:
    path = tmp_path / "lenet.prototxt"
    path.write_text(NET)
    result = run(path)
    assert result.returncode == 0
    flow = Flow.loads(result.stdout)
    assert (flow.name, [layer.type for layer in flow.layers]) == ("lenet", ["Input", "Conv2D", "Unknown"])
    assert result.stderr.startswith("kept: line 3, `x`: the catalogue has no layer Strange")


def test_the_flow_goes_to_a_file(tmp_path: Path) -> None:
    path, out = tmp_path / "m.json", tmp_path / "deep" / "m.flow.json"
    first = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 5]}}
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": [first]}}))
    assert run(path, "--out", str(out)).returncode == 0
    assert [layer.type for layer in load(out).layers] == ["Input", "Dense"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.prototxt"
    path.write_text(NET.replace("kernel_size: 3", "kernel_size: x"))
    result = run(path)
    assert result.returncode == 1
    assert "broken.prototxt: line 2, `c`: `kernel_size` must be whole numbers" in result.stderr
