"""`check_flow`: one JSON line a file, whatever the file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

GOOD = """{"format": "dlp2c-flow", "version": 1, "layers": [
  {"id": "in", "type": "Input", "output_shape": [5, 5, 16]},
  {"id": "c", "type": "Conv2D", "name": "conv2", "params": {"filters": 6, "kernel_size": [3, 3], "padding": "valid"}}],
 "connections": [{"source": "in", "target": "c"}]}"""


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_for_each_flow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("[3, 3]", "[7, 7]"))
    call_command("check_flow", str(good), str(bad))
    one, other = lines(capsys.readouterr().out)
    assert one["flow"] == str(good)
    assert one["valid"] is True
    assert one["problems"] == []
    assert one["parameters"] == 3 * 3 * 16 * 6 + 6
    assert one["output_shapes"] == {"in": [5, 5, 16], "c": [3, 3, 6]}
    assert other["valid"] is False
    assert other["parameters"] is None
    message = "`conv2` gets 5x5x16, but its 7x7 kernel needs at least 7x7 with padding `valid`"
    assert other["problems"] == [{"layer": "c", "message": message, "severity": "error"}]


@pytest.mark.parametrize(
    ("content", "words"), [(None, "can't be opened"), ("{", "not readable as JSON"), ("[1]", "must be an object")]
)
def test_a_file_that_is_no_flow_is_said_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    broken, good = tmp_path / "broken.json", tmp_path / "good.json"
    if content is not None:
        broken.write_text(content)
    good.write_text(GOOD)
    with pytest.raises(SystemExit) as caught:
        call_command("check_flow", str(broken), str(good))
    assert caught.value.code == 1
    one, other = lines(capsys.readouterr().out)
    assert one["valid"] is False
    assert words in one["problems"][0]["message"]
    assert other["valid"] is True
