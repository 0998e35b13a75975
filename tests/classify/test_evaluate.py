"""`evaluate` and `train_classifier` on the benchmark, and what they say where it is missing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("what", ["classifier", "flows", "tables"])
def test_a_missing_benchmark_is_named(tmp_path: Path, what: str) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("evaluate", what, "--benchmark", str(tmp_path / "nowhere"), stderr=io.StringIO())


def test_training_without_labels_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"labels\.csv"):
        call_command("train_classifier", str(tmp_path), stderr=io.StringIO())


@pytest.mark.shared
def test_a_measurement_is_a_table_for_people_and_an_object_for_programs(benchmark: Path, tmp_path: Path) -> None:
    """A small benchmark of one figure and the real scorer."""
    for folder in ("flows/gold", "flows/images"):
        (tmp_path / "benchmark" / folder).mkdir(parents=True)
    gold = benchmark / "flows" / "gold" / "kim-2016-pvanet-fig1.json"
    image = next((benchmark / "flows" / "images").glob(f"{gold.stem}.*"))
    for path, folder in ((gold, "gold"), (image, "images")):
        (tmp_path / "benchmark" / "flows" / folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "benchmark" / "split.csv").write_bytes((benchmark / "split.csv").read_bytes())
    (tmp_path / "tools").symlink_to(benchmark.parent / "tools")
    printed = []
    for extra in ([], ["--json"]):
        out = io.StringIO()
        where = ("--benchmark", str(tmp_path / "benchmark"))
        call_command("evaluate", "flows", *extra, *where, stdout=out, stderr=io.StringIO())
        printed.append(out.getvalue())
    (values,) = json.loads(printed[1]).values()
    assert values["flows"] == 1
    assert 0 <= values["layers_f1"] <= 1
    assert f"| layers_f1 | {values['layers_f1']:.3f} |" in printed[0]
