"""`generate_code`: source and proof, or a clear refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from extraction.flow.model import Flow
from tests.codegen.samples import chain, lenet

ROOT = Path(__file__).parents[2]


def run(flow: Flow | str, tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "flow.json"
    path.write_text(flow if isinstance(flow, str) else flow.dumps())
    command = [sys.executable, "manage.py", "generate_code", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_source_goes_to_stdout(tmp_path: Path) -> None:
    result = run(lenet(), tmp_path, "--framework", "keras", "--citation", "LeCun et al.")
    assert result.returncode == 0
    assert result.stdout.startswith('"""LeNet-5 in Keras.')
    assert "LeCun et al." in result.stdout
    compile(result.stdout, "stdout", "exec")


def test_source_goes_to_a_file_and_the_proof_to_stdout(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "caffe.prototxt"
    result = run(lenet(), tmp_path, "--framework", "caffe", "--out", str(out), "--verify")
    assert result.returncode == 0, result.stderr
    assert out.read_text().startswith("# LeNet-5 in Caffe.")
    line = json.loads(result.stdout)
    assert {"framework", "ok", "parameters", "output_shapes", "seconds", "error"} <= set(line)
    assert (line["framework"], line["ok"], line["error"]) == ("caffe", True, None)
    assert line["output_shapes"]["c1"] == [28, 28, 6]
    assert (line["numbers"]["with"], line["numbers"]["ok"], line["numbers"]["compared"]) == ("keras", True, 6)
    assert {"keras", "opencv"} <= set(line["versions"])


def test_an_onnx_model_is_written_and_proven(tmp_path: Path) -> None:
    out = tmp_path / "lenet.onnx"
    result = run(lenet(), tmp_path, "--framework", "onnx", "--out", str(out), "--verify")
    assert result.returncode == 0, result.stderr
    line = json.loads(result.stdout)
    assert (line["ok"], line["parameters"], line["numbers"]["compared"]) == (True, 11950, 6)
    assert line["proven"] == ["built", "forward", "shapes", "parameters", "numbers"]
    assert out.read_bytes()
    refused = run(lenet(), tmp_path, "--framework", "onnx")
    assert refused.returncode == 1
    assert "needs --out" in refused.stderr


def test_with_source_on_stdout_the_proof_is_the_last_line(tmp_path: Path) -> None:
    result = run(lenet(), tmp_path, "--framework", "caffe", "--verify")
    source, _, line = result.stdout.rstrip("\n").rpartition("\n")
    assert json.loads(line)["ok"] is True
    assert source.startswith("# LeNet-5")


def test_a_refusal_names_the_layer(tmp_path: Path) -> None:
    drawn = chain({"id": "in", "type": "Input", "output_shape": [5, 3]}, {"id": "g", "type": "GRU", "name": "memory"})
    result = run(drawn, tmp_path, "--framework", "caffe", "--verify")
    assert result.returncode == 1
    line = json.loads(result.stdout)
    assert line["ok"] is False
    assert line["error"] == "`memory`: Caffe has no GRU"
    assert "`memory`: Caffe has no GRU" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_file_gets_a_message(tmp_path: Path) -> None:
    for text, message in [("{", "not readable as JSON"), ('{"layers": [{"id": "a"}]}', "layers[0].type")]:
        result = run(text, tmp_path, "--framework", "keras")
        assert result.returncode == 1
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    missing = subprocess.run(
        [sys.executable, "manage.py", "generate_code", "nowhere.json", "--framework", "keras"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert missing.returncode == 1
    assert "nowhere.json: can't be read" in missing.stderr
