"""The whole reading of a paper: what it writes, and what it does when a part of it fails."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from extraction import pipeline
from extraction.flow.checks import check
from extraction.flow.model import load
from extraction.pdf.model import PdfError
from tests.pipeline.papers import small_paper


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """One paper read once: its folder, what was returned, the stages that were told."""
    folder = tmp_path_factory.mktemp("reading")
    path = small_paper(folder / "paper.pdf")
    stages: list[tuple[str, int, int]] = []
    result = pipeline.read_paper(path, folder / "out", progress=lambda *value: stages.append(value))
    return folder / "out", result, stages


def test_paper_json_says_what_was_found(reading):
    out, result, _ = reading
    assert json.loads((out / "paper.json").read_text()) == json.loads(json.dumps(result))
    assert result["title"] == "Small Networks for Small Pictures"
    assert result["authors"] == ["Ada Lovelace", "Alan M. Turing"]
    assert result["pages"] == 1
    assert len(result["sha256"]) == 64
    (figure,) = result["figures"]
    assert (figure["number"], figure["page"], figure["image"]) == ("1", 1, "figures/fig-1.png")
    assert set(figure) >= {"bbox", "caption", "is_flow", "flow_probability", "kind", "kind_probabilities", "flow"}
    (table,) = result["tables"]
    assert set(table) >= {"number", "page", "bbox", "caption", "rows", "flow"}
    assert table["rows"][2] == ["conv1", "5x5", "24x24x6"]
    assert (out / table["image"]).is_file(), "what describes a network is shown to people"


def test_every_file_that_is_named_is_there(reading):
    out, result, _ = reading
    for figure in result["figures"]:
        with Image.open(out / figure["image"]) as picture:
            assert picture.mode == "RGB"
        if figure["flow"]:
            flow = load(out / figure["flow"])
            assert flow.layers
            assert flow.sources[0]["paper"] == result["sha256"]
            assert flow.sources[0]["figure"] == figure["number"]
    for table in result["tables"]:
        for name in table["flow"]:
            assert load(out / name).sources[0]["table"] == table["number"]
    assert sorted(path.name for path in out.iterdir()) == ["code", "figures", "flows", "paper.json"]


def test_every_flow_has_code_or_a_reason(reading):
    out, result, _ = reading
    names = sorted(path.stem for path in (out / "flows").glob("*.json"))
    assert names
    files = {"keras": "keras.py", "caffe": "caffe.prototxt", "pytorch": "pytorch.py"}
    for name in names:
        for framework, file in files.items():
            refused = any(warning.startswith(f"{name}: no {framework} code, ") for warning in result["warnings"])
            assert (out / "code" / name / file).is_file() != refused


def test_hyperparameters_come_with_their_page_and_sentence(reading):
    _, result, _ = reading
    found = {item["name"]: item for item in result["hyperparameters"]}
    assert found["learning_rate"]["value"] == 0.001
    assert found["batch_size"]["value"] == 64
    assert found["batch_size"]["page"] == 1
    assert "batch size of 64" in found["batch_size"]["sentence"]


def test_progress_goes_through_all_stages_in_order(reading):
    _, _, stages = reading
    names = list(dict.fromkeys(stage for stage, _, _ in stages))
    assert names == ["reading pages", "telling kinds", "reading flows", "writing code"]
    assert all(0 <= done <= total for _, done, total in stages)


def test_one_figure_that_fails_is_a_warning_and_no_more(tmp_path, monkeypatch):
    path = small_paper(tmp_path / "paper.pdf")

    def fail(*_):
        raise ZeroDivisionError("a bug in a reader")

    monkeypatch.setattr(pipeline, "read", fail)
    monkeypatch.setattr(pipeline, "read_table", fail)
    monkeypatch.setattr(pipeline, "fuse_openly", fail)
    result = pipeline.read_paper(path, tmp_path / "out")
    assert [figure["flow"] for figure in result["figures"]] == [None]
    assert [table["flow"] for table in result["tables"]] == [[]]
    assert "Table 1 (page 1) could not be read: a bug in a reader" in result["warnings"]
    assert (tmp_path / "out" / "paper.json").is_file()


def test_reading_again_replaces_the_earlier_reading_whole(tmp_path):
    out = tmp_path / "out"
    pipeline.read_paper(small_paper(tmp_path / "a.pdf", figure="7"), out)
    (out / "notes.txt").write_text("mine")
    pipeline.read_paper(small_paper(tmp_path / "b.pdf", figure="2"), out)
    assert {path.name for path in (out / "figures").iterdir()} == {"fig-2.png", "table-1.png"}
    assert (out / "notes.txt").read_text() == "mine"
    assert not list(out.glob(".reading-*"))


def test_a_paper_that_cannot_be_read_leaves_nothing(tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_text("no paper at all")
    with pytest.raises(PdfError, match="not a PDF"):
        pipeline.read_paper(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_names_are_safe_and_unlike():
    wanted = ["fig-1", "fig-1", "FIG-1", "fig-../../etc/passwd", "fig-A.1", "fig-日本", "fig-"]
    names = pipeline.unique_names(wanted)
    assert len({name.lower() for name in names}) == len(wanted)
    assert names[0] == "fig-1"
    assert names[4] == "fig-A.1"
    for name in names:
        assert "/" not in name
        assert not name.startswith(".")


@pytest.mark.shared
def test_a_printed_count_shows_the_shortcuts_that_its_table_leaves_out(papers, tmp_path):
    result = pipeline.read_paper(papers / "xie-2017-resnext.pdf", tmp_path)
    printed = load(tmp_path / "flows" / "table-1-ResNeXt-50.json")
    assert not [layer for layer in printed.layers if layer.type == "Add"]
    assert any("25,000,000 parameters are printed" in warning for warning in result["warnings"])
    whole = load(tmp_path / "flows" / "paper.json")
    assert len([layer for layer in whole.layers if layer.type == "Add"]) == 16
    assert check(whole).parameters == pytest.approx(25_000_000, rel=0.01)
