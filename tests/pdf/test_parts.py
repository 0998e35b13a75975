"""Sub-figures (a), (b), … are told apart, wherever their marks stand, and each is read by itself."""

from __future__ import annotations

import json

import pymupdf
import pytest

from extraction.pdf import open_safely, read_pdf
from extraction.pipeline import read_paper
from extraction.readers import read
from tests.pdf.sheets import Sheet, close_to, save

FIRST, SECOND = ["Conv", "Pool", "Dense"], ["Input", "LSTM"]


def sheet_of(document):
    sheet = Sheet(document)
    sheet.text(0, 72, 14)
    sheet.text(0, 560, 12)
    return sheet


def figure_of(document, tmp_path):
    (figure,) = read_pdf(save(document, tmp_path / "paper.pdf")).figures
    return figure


def in_points(figure, part):
    x, y = figure.region.bbox[:2]
    return tuple(value / figure.scale + (x, y)[n % 2] for n, value in enumerate(part.bbox))


def side_by_side(sheet, caption="Figure 1: Two networks."):
    left = sheet.boxes(100, 300, FIRST)
    right = sheet.boxes(340, 300, SECOND)
    sheet.line(150, 340, "(a) Pictures", 9)
    sheet.line(370, 340, "(b) Words", 9)
    sheet.line(200, 370, caption)
    return left, right


def test_parts_side_by_side_with_their_names_below(tmp_path):
    document = pymupdf.open()
    left, right = side_by_side(sheet_of(document))
    figure = figure_of(document, tmp_path)
    assert [(part.letter, part.caption) for part in figure.parts] == [("a", "Pictures"), ("b", "Words")]
    for part, ink in zip(figure.parts, (left, right), strict=True):
        box = in_points(figure, part)
        assert close_to((box[0], box[1], box[2]), ink[:3])
        assert 345 < box[3] < 352, "the mark belongs to the part"


def test_what_the_caption_says_of_a_part_goes_first(tmp_path):
    document = pymupdf.open()
    side_by_side(sheet_of(document), "Figure 1: (a) For pictures. (b) For sentences.")
    assert [part.caption for part in figure_of(document, tmp_path).parts] == ["For pictures", "For sentences"]


def test_parts_over_one_another_with_marks_above(tmp_path):
    document = pymupdf.open()
    sheet = sheet_of(document)
    sheet.line(150, 250, "(a)", 9)
    upper = sheet.boxes(150, 264, FIRST)
    sheet.line(150, 320, "(b)", 9)
    lower = sheet.boxes(150, 334, SECOND)
    sheet.line(200, 390, "Figure 1: Two networks.")
    figure = figure_of(document, tmp_path)
    assert [part.letter for part in figure.parts] == ["a", "b"]
    assert in_points(figure, figure.parts[0])[3] == pytest.approx(upper[3], abs=1)
    assert in_points(figure, figure.parts[1])[3] == pytest.approx(lower[3], abs=1)


def test_long_names_that_reach_under_the_other_part_do_not_hide_the_gap(tmp_path):
    document = pymupdf.open()
    sheet = sheet_of(document)
    sheet.boxes(120, 300, SECOND)
    sheet.boxes(270, 300, SECOND)
    sheet.line(110, 340, "(a) A network that reads long sentences", 9)
    sheet.line(275, 340, "(b) Another", 9)
    sheet.line(200, 370, "Figure 1: Two networks.")
    figure = figure_of(document, tmp_path)
    assert [part.letter for part in figure.parts] == ["a", "b"]


@pytest.mark.parametrize(
    "marks", [("(a) One", "(a) Two"), ("(b) One", "(c) Two"), ("(a) One", "Two"), ("f (a)", "f (b)")]
)
def test_without_a_row_of_marks_it_is_one_figure(tmp_path, marks):
    document = pymupdf.open()
    sheet = sheet_of(document)
    sheet.boxes(100, 300, FIRST)
    sheet.boxes(340, 300, SECOND)
    for x, mark in zip((150, 370), marks, strict=True):
        sheet.line(x, 340, mark, 9)
    sheet.line(200, 370, "Figure 1: Two networks.")
    assert figure_of(document, tmp_path).parts == ()


def test_parts_that_lines_join_are_one_figure(tmp_path):
    document = pymupdf.open()
    sheet = sheet_of(document)
    side_by_side(sheet)
    sheet.page.draw_line((286, 315), (340, 315), color=(0, 0, 0), width=1)
    assert figure_of(document, tmp_path).parts == ()


def test_each_part_is_read_by_itself(tmp_path):
    document = pymupdf.open()
    left, right = side_by_side(sheet_of(document))
    figure = figure_of(document, tmp_path)
    flow = read(figure, "box2d")
    assert [layer.label for layer in flow.layers] == FIRST + SECOND
    assert len({layer.id for layer in flow.layers}) == 5
    names = {layer.id: layer.label for layer in flow.layers}
    assert {(names[c.source], names[c.target]) for c in flow.connections} == {
        ("Conv", "Pool"),
        ("Pool", "Dense"),
        ("Input", "LSTM"),
    }
    for layer in flow.layers:
        x = layer.bbox[0] / figure.scale + figure.region.bbox[0]
        ink = left if layer.label in FIRST else right
        assert ink[0] - 1 <= x <= ink[2]


def test_the_parts_come_through_the_child_process_and_stand_in_paper_json(tmp_path):
    document = pymupdf.open()
    _, right = side_by_side(sheet_of(document))
    path = save(document, tmp_path / "paper.pdf")
    (figure,) = open_safely(path).figures
    assert [part.letter for part in figure.parts] == ["a", "b"]
    read_paper(path, tmp_path / "out")
    (entry,) = json.loads((tmp_path / "out" / "paper.json").read_text())["figures"]
    assert [(part["letter"], part["caption"]) for part in entry["parts"]] == [("a", "Pictures"), ("b", "Words")]
    assert close_to(entry["parts"][1]["bbox"][:2], right[:2])
    if entry["flow"]:
        whole, *parts = json.loads((tmp_path / "out" / entry["flow"]).read_text())["sources"]
        assert whole["bbox"] == entry["bbox"]
        assert [(part["part"], part["bbox"]) for part in parts] == [(p["letter"], p["bbox"]) for p in entry["parts"]]
