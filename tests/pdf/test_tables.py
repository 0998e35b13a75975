"""Cells of tables: rows and columns by alignment, spans by rules."""

from __future__ import annotations

import pymupdf

from extraction.pdf import read_pdf
from tests.pdf.sheets import Sheet, save

ROWS = [["layer", "kernel", "output"], ["conv1", "5x5", "28x28x6"], ["pool1", "2x2", "14x14x6"], ["fc", "", "10"]]


def page(draw, tmp_path, top=100):
    document = pymupdf.open()
    sheet = Sheet(document)
    sheet.line(150, top - 20, "Table 1: The layers of the network and what comes out of each.")
    draw(sheet, top)
    sheet.text(0, 300, 36)
    return read_pdf(save(document, tmp_path / "paper.pdf")).tables[0]


def test_rows_and_columns_of_a_ruled_table(tmp_path):
    table = page(lambda sheet, top: sheet.table(200, top, ROWS), tmp_path)
    assert table.rows() == ROWS


def test_a_table_without_rules(tmp_path):
    def draw(sheet, top):
        for number, row in enumerate(ROWS):
            for column, text in enumerate(row):
                sheet.line(200 + 80 * column, top + 13 * number, text, 9)

    assert page(draw, tmp_path).rows() == ROWS


def test_a_heading_over_two_columns_spans_what_its_rule_spans(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 30, top + 60):
            sheet.page.draw_line((200, y), (440, y), width=0.8)
        sheet.line(290, top + 3, "output", 9)
        sheet.page.draw_line((262, top + 15), (436, top + 15), width=0.5)
        for y, row in ((18, ["layer", "train", "test"]), (33, ["conv1", "28", "32"]), (46, ["pool1", "14", "16"])):
            for column, text in enumerate(row):
                sheet.line(204 + 100 * column, top + y, text, 9)

    table = page(draw, tmp_path)
    assert table.rows()[0] == ["", "output", "output"]
    assert table.rows()[2] == ["conv1", "28", "32"]
    assert [(cell.column, cell.column_span) for cell in table.cells if cell.text == "output"] == [(1, 2)]


def test_upright_rules_part_cells_that_stand_close(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 14, top + 28, top + 42):
            sheet.page.draw_line((200, y), (290, y), width=0.6)
        for x in (200, 230, 260, 290):
            sheet.page.draw_line((x, top), (x, top + 42), width=0.6)
        for number in range(3):
            for column in range(3):
                sheet.line(201.5 + 30 * column, top + 2 + 14 * number, f"{number}{column}456", 9)

    assert page(draw, tmp_path).rows() == [[f"{row}{column}456" for column in range(3)] for row in range(3)]


def test_a_cell_halfway_between_two_rows_spans_both(tmp_path):
    def draw(sheet, top):
        for y in (top, top + 15, top + 60):
            sheet.page.draw_line((200, y), (400, y), width=0.8)
        sheet.line(204, top + 2, "block", 9)
        sheet.line(280, top + 2, "kernel", 9)
        sheet.line(280, top + 18, "1x1, 64", 9)
        sheet.line(280, top + 30, "3x3, 64", 9)
        sheet.line(204, top + 24, "conv2", 9)

    table = page(draw, tmp_path)
    cell = next(cell for cell in table.cells if cell.text == "conv2")
    assert (cell.row, cell.row_span) == (1, 2)
    assert table.rows() == [["block", "kernel"], ["conv2", "1x1, 64"], ["conv2", "3x3, 64"]]
